#include "check.h"

#include <gtest/gtest.h>

#include <cmath>

#include "compiler/ir/text.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/pipeline.h"

namespace nnc::test {

using ir::Builder;
using ir::Graph;
using ir::NodeId;
using ir::Operand;
using reference::Context;
using reference::Tensor;

static std::vector<int> Iota(size_t count) {
  std::vector<int> indices(count);
  for (size_t i = 0; i < count; ++i) indices[i] = static_cast<int>(i);
  return indices;
}

NodeId Dot(Builder& builder, NodeId a, NodeId b) {
  const ir::Shape shape = builder.graph().ShapeOf(a);
  const std::vector<int> all = Iota(shape.size());
  return builder.Contract(Operand::Of(a, all), Operand::Of(b, all), shape, 0);
}

NodeId AddInput(Builder& builder, const std::string& name, const std::vector<int64_t>& shape) {
  ir::Input input;
  input.name = name;
  return builder.AddInput(input, ir::Shape(shape.begin(), shape.end()));
}

Tensor Draw(const std::vector<int64_t>& shape, double low, double high, uint64_t seed) {
  Tensor tensor{shape, {}};
  size_t count = 1;
  for (int64_t size : shape) count *= static_cast<size_t>(size);
  uint64_t state = seed * 0x9E3779B97F4A7C15ull + 12345;
  for (size_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    tensor.values.push_back(low + (high - low) * static_cast<double>(state >> 11) / 9007199254740992.0);
  }
  return tensor;
}

std::vector<Tensor> Values(const Graph& graph, const std::vector<NodeId>& nodes, const Context& context) {
  Graph copy = graph;
  copy.outputs.clear();
  for (size_t i = 0; i < nodes.size(); ++i) copy.outputs.push_back({"o" + std::to_string(i), nodes[i], ir::kNoNode});
  copy = passes::EliminateDead(copy);
  const std::string wrong = ir::Verify(copy, true);
  EXPECT_EQ(wrong, "") << ir::Print(copy);
  std::vector<Tensor> direct = reference::Evaluate(copy, context);
  std::vector<Tensor> optimized = reference::Evaluate(passes::Optimize(copy), context);
  for (size_t i = 0; i < direct.size(); ++i) {
    EXPECT_EQ(direct[i].shape, optimized[i].shape);
    for (size_t k = 0; k < direct[i].values.size(); ++k) {
      const double scale = std::max(1.0, std::fabs(direct[i].values[k]));
      EXPECT_NEAR(direct[i].values[k], optimized[i].values[k], 1e-9 * scale) << "optimized output " << i << " element " << k;
    }
  }
  return direct;
}

static size_t LiveNodes(const Graph& graph, NodeId node) {
  Graph copy = graph;
  copy.outputs = {{"o", node, ir::kNoNode}};

  copy = passes::Optimize(copy);
  size_t count = 0;
  for (const ir::Node& n : copy.nodes) count += n.op() == ir::Node::Op::Comp;
  return count;
}

// d scalar / d each element of `input` by central differences.
static std::vector<double> Differences(const Graph& graph, NodeId scalar, const std::string& input, Context context) {
  Graph small = graph;
  small.outputs = {{"o", scalar, ir::kNoNode}};
  small = passes::EliminateDead(small);
  std::vector<double> result;
  const size_t count = context.inputs[input].values.size();
  for (size_t i = 0; i < count; ++i) {
    double& value = context.inputs[input].values[i];
    const double kept = value;
    const double h = 1e-4;
    auto at = [&](double v) {
      value = v;
      return reference::Evaluate(small, context)[0].values[0];
    };
    // Fourth-order formula: the error is h^4 times the fifth derivative.
    const double slope = (8 * (at(kept + h) - at(kept - h)) - (at(kept + 2 * h) - at(kept - 2 * h))) / (12 * h);
    value = kept;
    result.push_back(slope);
  }
  return result;
}

static double Product(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (size_t i = 0; i < a.values.size(); ++i) sum += a.values[i] * b.values[i];
  return sum;
}

static void ExpectClose(double value, double expected, double tolerance, const std::string& what) {
  EXPECT_NEAR(value, expected, tolerance * std::max(1.0, std::fabs(expected))) << what;
}

static void CheckIdentities(const Case& test, Graph& graph, NodeId y, NodeId scalar, const std::vector<NodeId>& inputs, Context& context) {
  Builder builder(graph);
  std::vector<int64_t> shape;
  for (const ir::Dim& d : graph.ShapeOf(y)) shape.push_back(d.Constant());
  const NodeId u = AddInput(builder, "covector", shape);
  context.inputs["covector"] = Draw(shape, -1, 1, 77);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Variable& variable = test.variables[i];
    const std::string name = "vector" + std::to_string(i);
    const NodeId v = AddInput(builder, name, variable.shape);
    context.inputs[name] = Draw(variable.shape, -1, 1, 88 + i);
    const NodeId wrt[1] = {inputs[i]};
    const NodeId forward = passes::JacobianVector(builder, y, inputs[i], v);
    const NodeId reverse = passes::VectorJacobian(builder, y, u, wrt)[0];
    const NodeId one = builder.Fill(Operand::Of(1.0), {});
    const NodeId gradient = passes::VectorJacobian(builder, scalar, one, wrt)[0];
    const NodeId over = passes::JacobianVector(builder, gradient, inputs[i], v);
    const NodeId twice = passes::VectorJacobian(builder, Dot(builder, gradient, v), one, wrt)[0];
    const std::vector<Tensor> values = Values(graph, {forward, reverse, over, twice}, context);
    ExpectClose(Product(values[0], context.inputs["covector"]), Product(values[1], context.inputs[name]), 1e-9, test.name + ": <Jv, u> = <v, J'u>");
    for (size_t k = 0; k < values[2].values.size(); ++k) {
      ExpectClose(values[2].values[k], values[3].values[k], 1e-8, test.name + ": forward over reverse, " + variable.name);
    }
  }
}

std::vector<size_t> CheckDerivatives(const Case& test) {
  Graph graph;
  Builder builder(graph);
  std::vector<NodeId> inputs;
  for (const Variable& variable : test.variables) inputs.push_back(AddInput(builder, variable.name, variable.shape));
  const NodeId y = test.build(builder, inputs);
  return CheckDerivatives(test, std::move(graph), inputs, y);
}

std::vector<size_t> CheckDerivatives(const Case& test, Graph graph, const std::vector<NodeId>& inputs, NodeId y) {
  Builder builder(graph);
  Context context;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Variable& variable = test.variables[i];
    Tensor value = Draw(variable.shape, variable.low, variable.high, i + 1);
    if (!variable.values.empty()) value.values = variable.values;
    context.inputs[variable.name] = value;
  }
  const NodeId one = builder.Fill(Operand::Of(1.0), {});
  auto weighted = [&](NodeId tensor, const std::string& name) {
    std::vector<int64_t> shape;
    for (const ir::Dim& d : graph.ShapeOf(tensor)) shape.push_back(d.Constant());
    context.inputs[name] = Draw(shape, 0.2, 1, std::hash<std::string>()(name));
    return Dot(builder, tensor, AddInput(builder, name, shape));
  };
  NodeId scalar = weighted(y, "weight");
  const NodeId first = scalar;
  std::vector<size_t> counts{LiveNodes(graph, scalar)};
  for (int order = 1; order <= test.orders; ++order) {
    const std::vector<NodeId> gradients = passes::VectorJacobian(builder, scalar, one, inputs);
    NodeId next = builder.Fill(Operand::Of(0.0), {});
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Tensor value = Values(graph, {gradients[i]}, context)[0];
      const std::vector<double> expected = Differences(graph, scalar, test.variables[i].name, context);
      EXPECT_EQ(value.values.size(), expected.size());
      if (value.values.size() != expected.size()) continue;
      for (size_t k = 0; k < expected.size(); ++k) {
        ExpectClose(value.values[k], expected[k], test.tolerance, test.name + " order " + std::to_string(order) + " " + test.variables[i].name + " element " + std::to_string(k));
      }
      const NodeId part = weighted(gradients[i], "weight" + std::to_string(order) + "_" + std::to_string(i));
      next = builder.Call(ir::ScalarFn::Add, {next, part});
    }
    scalar = next;
    counts.push_back(LiveNodes(graph, scalar));
  }
  CheckIdentities(test, graph, y, first, inputs, context);
  return counts;
}

}  // namespace nnc::test
