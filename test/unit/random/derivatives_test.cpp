// Derivatives of random programs to order three, each a derivative of the one before along a random direction: against central
// differences, reverse against forward mode, with rules against without (order two), and before against after the pipeline of passes.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <gtest/gtest.h>

#include "compiler/ir/text.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/pipeline.h"
#include "compiler/reference/evaluate.h"
#include "test/tools/random_numbers.h"
#include "test/tools/random_programs.h"

namespace nnc::test {
namespace {

using ir::Graph;
using ir::NodeId;
using ir::Operand;
using reference::Context;
using reference::Tensor;

constexpr uint64_t kFirstSeed = 5000;
constexpr int kPrograms = 300;
constexpr int kOrders = 3;

// The outputs of `graph` are the loss, then for each order k its derivative by input `by[k]` along input "v<k>", in reverse
// mode, then the same in forward mode from the reverse one of order k - 1.
struct Tower {
  Graph graph;
  std::vector<std::string> by;
};

std::vector<int> Axes(const ir::Shape& shape) {
  std::vector<int> axes;
  for (size_t axis = 0; axis < shape.size(); ++axis) axes.push_back(static_cast<int>(axis));
  return axes;
}

Tower Differentiated(const Graph& program, uint64_t seed) {
  Tower tower{program, {}};
  RandomNumbers random(seed);
  std::vector<NodeId> variables;
  for (NodeId id : program.inputs) {
    if (program[id].input().dtype == ir::DType::F32) variables.push_back(id);
  }
  NodeId value = program.outputs.back().node;
  tower.graph.outputs = {{"0", value}};
  ir::Builder builder(tower.graph);
  for (int order = 1; order <= kOrders && !variables.empty(); ++order) {
    std::vector<NodeId> reached;
    for (NodeId id : variables) {
      if (passes::DependsOn(tower.graph, value, id)) reached.push_back(id);
    }
    if (reached.empty()) break;
    const NodeId x = random.Of(reached);
    const ir::Shape shape = tower.graph.ShapeOf(x);
    const NodeId direction = builder.AddInput({ir::Role::Direct, ir::DType::F32, "v" + std::to_string(order)}, shape);
    const NodeId gradient = passes::VectorJacobian(builder, value, builder.Fill(Operand::Of(1.0), {}), std::vector<NodeId>{x})[0];
    const NodeId forward = passes::JacobianVector(builder, value, x, direction);
    value = builder.Contract(Operand::Of(gradient, Axes(shape)), Operand::Of(direction, Axes(shape)), shape, 0);
    tower.by.push_back(program[x].input().name);
    tower.graph.outputs.push_back({std::to_string(order), value});
    tower.graph.outputs.push_back({std::to_string(order) + " forward", forward});
    if (tower.graph.nodes.size() > 3000) break;
  }
  tower.graph = passes::EliminateDead(tower.graph);  // without placeholders of scans
  return tower;
}

// The same derivatives in reverse mode, to order two, by a builder that applies no rule.
Graph WithoutRules(const Graph& program, const std::vector<std::string>& by) {
  Graph graph = program;
  NodeId value = program.outputs.back().node;
  graph.outputs = {{"0", value}};
  ir::Builder builder(graph);
  builder.UseRules(false);
  for (size_t order = 1; order <= std::min<size_t>(by.size(), 2); ++order) {
    NodeId x = ir::kNoNode;
    for (NodeId id : program.inputs) {
      if (program[id].input().name == by[order - 1]) x = id;
    }
    const ir::Shape shape = graph.ShapeOf(x);
    const NodeId direction = builder.AddInput({ir::Role::Direct, ir::DType::F32, "v" + std::to_string(order)}, shape);
    const NodeId gradient = passes::VectorJacobian(builder, value, builder.Fill(Operand::Of(1.0), {}), std::vector<NodeId>{x})[0];
    value = builder.Contract(Operand::Of(gradient, Axes(shape)), Operand::Of(direction, Axes(shape)), shape, 0);
    graph.outputs.push_back({std::to_string(order), value});
  }
  return graph;
}

double Number(const Graph& graph, NodeId id, const Context& context) { return reference::EvaluateNode(graph, id, context).values.at(0); }

// Of output `node` along direction v of input `name`, to fourth order in the step.
double Difference(const Graph& graph, NodeId node, const Context& context, const std::string& name, const Tensor& v) {
  constexpr double kStep = 2e-4;
  auto moved = [&](double by) {
    Context other = context;
    Tensor& x = other.inputs.at(name);
    for (size_t i = 0; i < x.values.size(); ++i) x.values[i] += by * v.values[i];
    return Number(graph, node, other);
  };
  return (8 * (moved(kStep) - moved(-kStep)) - (moved(2 * kStep) - moved(-2 * kStep))) / (12 * kStep);
}

bool Close(double a, double b, double tolerance, double scale = 1) { return std::fabs(a - b) <= tolerance * (scale + std::fabs(a) + std::fabs(b)); }

TEST(RandomDerivatives, AgreeWithDifferencesInBothModesAndThroughThePasses) {
  Statistics statistics;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kPrograms; ++seed) {
    RandomOptions options;
    options.differentiable = true;
    options.operations = 4;
    const Graph program = RandomGraph(seed, statistics, options);
    Tower tower = Differentiated(program, seed);
    const Graph& graph = tower.graph;
    ASSERT_EQ(ir::Verify(graph, true), "") << "seed " << seed;
    Context context = RandomContext(graph, seed);
    if (!IsTame(program, context)) continue;
    const std::vector<Tensor> exact = reference::Evaluate(graph, context);
    for (size_t k = 1; k <= tower.by.size(); ++k) {
      const double reverse = exact[2 * k - 1].values.at(0), forward = exact[2 * k].values.at(0);
      ASSERT_TRUE(Close(reverse, forward, 1e-9)) << "seed " << seed << " order " << k << ": reverse " << reverse << ", forward " << forward;
      if (!(std::fabs(reverse) < 1e4)) break;
      const NodeId before = graph.outputs[k == 1 ? 0 : 2 * k - 3].node;
      const double difference = Difference(graph, before, context, tower.by[k - 1], context.inputs.at("v" + std::to_string(k)));
      ASSERT_TRUE(Close(reverse, difference, 2e-5)) << "seed " << seed << " order " << k << " by " << tower.by[k - 1] << ": derivative " << reverse
                                                    << ", differences " << difference << "\n" << ir::Print(program);
      if (reverse != 0) statistics.Count("derivative of order " + std::to_string(k));
    }
    const Graph plain = WithoutRules(program, tower.by);
    const std::vector<Tensor> unruled = reference::Evaluate(plain, context);
    for (size_t k = 1; k < unruled.size(); ++k) {
      ASSERT_TRUE(Close(exact[2 * k - 1].values.at(0), unruled[k].values.at(0), 1e-9)) << "seed " << seed << " order " << k << ": with rules "
          << exact[2 * k - 1].values[0] << ", without " << unruled[k].values[0] << "\n" << ir::Print(program);
      statistics.Count("compared without rules");
    }
    const std::vector<Tensor> optimized = reference::Evaluate(passes::Optimize(graph), context);
    for (size_t o = 0; o < exact.size(); ++o) {
      ASSERT_TRUE(Close(exact[o].values.at(0), optimized[o].values.at(0), 1e-9)) << "seed " << seed << " output " << graph.outputs[o].name;
    }
  }
  std::printf("derivatives of random programs, seeds %d to %d:\n%s", static_cast<int>(kFirstSeed), static_cast<int>(kFirstSeed) + kPrograms - 1,
              statistics.Report().c_str());
  EXPECT_EQ(statistics.MissingDerivatives(50), "");
}

}  // namespace
}  // namespace nnc::test
