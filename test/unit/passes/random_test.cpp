// Hundreds of random programs: the passes keep what they mean, and their derivatives of order 1 to 3 match difference
// quotients along random directions.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <iterator>

#include "compiler/ir/text.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/pipeline.h"
#include "test/tools/random_programs.h"

namespace nnc::test {

using ir::Builder;
using ir::Graph;
using ir::NodeId;
using ir::Operand;
using reference::Context;
using reference::Tensor;

constexpr uint64_t kFirstSeed = 5000;
constexpr int kPrograms = 220;

static double Difference(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double largest = a.size() == b.size() ? 0 : INFINITY;
  for (size_t t = 0; t < a.size() && t < b.size(); ++t) {
    if (a[t].shape != b[t].shape || a[t].values.size() != b[t].values.size()) return INFINITY;
    for (size_t i = 0; i < a[t].values.size(); ++i) {
      const double x = a[t].values[i], y = b[t].values[i];
      if (x == y || (std::isnan(x) && std::isnan(y))) continue;
      const double difference = std::fabs(x - y) / (1 + std::fabs(x));
      largest = std::isfinite(difference) ? std::max(largest, difference) : INFINITY;
    }
  }
  return largest;
}

TEST(RandomPrograms, MeanTheSameAfterThePasses) {
  Statistics statistics;
  int tame = 0;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kPrograms; ++seed) {
    RandomOptions options;
    options.through_builder = seed % 2 == 0;
    const Graph graph = RandomGraph(seed, statistics, options);
    const Context context = RandomContext(graph, seed);
    if (!IsTame(graph, context)) continue;
    ++tame;
    const Graph optimized = passes::Optimize(graph);
    ASSERT_LT(Difference(reference::Evaluate(graph, context), reference::Evaluate(optimized, context)), 1e-9)
        << "seed " << seed << "\n" << ir::Print(graph) << "\noptimized:\n" << ir::Print(optimized);
  }
  EXPECT_GE(tame, kPrograms / 2);
  EXPECT_EQ(statistics.Missing(5), "");
}

// Reference and compiled code elsewhere share the graph that the builder's rules made; here it is compared with one made without them.
TEST(RandomPrograms, MeanTheSameThroughTheBuildersRulesAsWithout) {
  Statistics statistics;
  int tame = 0;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + 2 * kPrograms; ++seed) {
    RandomOptions options;
    options.through_builder = false;
    const Graph plain = RandomGraph(seed, statistics, options);
    const Context context = RandomContext(plain, seed);
    if (!IsTame(plain, context)) continue;
    ++tame;
    options.through_builder = true;
    const Graph ruled = RandomGraph(seed, statistics, options);
    ASSERT_LT(Difference(reference::Evaluate(plain, context), reference::Evaluate(ruled, context)), 1e-9)
        << "seed " << seed << "\n" << ir::Print(plain) << "\nthrough the rules:\n" << ir::Print(ruled);
  }
  EXPECT_GE(tame, kPrograms);
}

// The same where an input holds a nan, an infinity, or a number so large or small that single precision ends there.
// A comparison of indices alone says which points there are: its product with nan is 0 where it does not hold.
static bool ComparesIndices(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const ir::Node& node) {
    return node.op() == ir::Node::Op::Comp && node.comp().accesses.empty() && std::any_of(node.comp().body.begin(), node.comp().body.end(), [](const ir::Scalar& step) {
      return step.kind == ir::Scalar::Kind::Call && ir::Row(step.fn).truth;
    });
  });
}

TEST(RandomPrograms, MeanTheSameThroughTheBuildersRulesAtExtremes) {
  constexpr double kExtremes[] = {NAN, INFINITY, -INFINITY, 0, 1e-40, 1e-19, 1e19, 3e38};
  constexpr size_t kCount = std::size(kExtremes);
  Statistics statistics;
  int compared[kCount] = {};
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + 40 * kPrograms; ++seed) {
    RandomOptions options;
    options.through_builder = false;
    const Graph plain = RandomGraph(seed, statistics, options);
    if (HasEdges(plain)) continue;
    options.through_builder = true;
    const Graph ruled = RandomGraph(seed, statistics, options);
    const size_t which = seed % kCount;
    if (!std::isfinite(kExtremes[which]) && ComparesIndices(plain)) continue;
    const Context context = Replaced(plain, RandomContext(plain, seed), kExtremes[which], seed);
    Graph all = plain;
    for (size_t n = 0; n < plain.nodes.size(); ++n) all.outputs.push_back({"", static_cast<NodeId>(n)});
    double largest = 1;  // of all numbers on the way: what they leave of the others is chance
    bool any_nan = false, any_infinity = false;
    for (const Tensor& tensor : reference::Evaluate(all, context))
      for (double value : tensor.values)
        if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
        else (std::isnan(value) ? any_nan : any_infinity) = true;
    if (any_nan && any_infinity) continue;  // inf - inf in one order of a sum is none in another
    const std::vector<Tensor> expected = reference::Evaluate(plain, context), found = reference::Evaluate(ruled, context);
    for (size_t t = 0; t < expected.size(); ++t) {
      for (size_t i = 0; i < expected[t].values.size(); ++i) {
        const double a = expected[t].values[i], b = found[t].values[i];
        ASSERT_TRUE(a == b || (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= 1e-9 * largest)
            << "seed " << seed << " with " << kExtremes[which] << " output " << plain.outputs[t].name << " element " << i << ": " << a
            << " without rules, " << b << " with them\n" << ir::Print(plain) << "\nthrough the rules:\n" << ir::Print(ruled);
      }
    }
    ++compared[which];
  }
  for (size_t i = 0; i < kCount; ++i) EXPECT_GE(compared[i], 50) << kExtremes[i];
}

// The product of a tensor with a fixed pattern of weights, as a scalar: a direction in the space of the input.
static NodeId Along(Builder& builder, NodeId x, NodeId direction) {
  const ir::Shape shape = builder.graph().ShapeOf(x);
  std::vector<int> all;
  for (size_t i = 0; i < shape.size(); ++i) all.push_back(static_cast<int>(i));
  return builder.Contract(Operand::Of(x, all), Operand::Of(direction, all), shape, 0);
}

static double Scalar(const Graph& graph, NodeId node, const Context& context) {
  Graph copy = graph;
  copy.outputs = {{"o", node, ir::kNoNode}};
  return reference::Evaluate(passes::EliminateDead(copy), context)[0].values[0];
}

TEST(RandomPrograms, DerivativesMatchDifferencesAlongDirections) {
  Statistics statistics;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kPrograms; ++seed) {
    RandomOptions options;
    options.differentiable = true;
    options.operations = 5;
    Graph graph = RandomGraph(seed, statistics, options);
    Context context = RandomContext(graph, seed);
    if (!IsTame(graph, context)) continue;
    NodeId scalar = ir::kNoNode;
    for (const ir::Output& output : graph.outputs) {
      if (output.name == "loss") scalar = output.node;
    }
    ASSERT_NE(scalar, ir::kNoNode);
    Builder builder(graph);
    std::vector<NodeId> variables;  // integers stand still: they may well tie
    for (NodeId input : graph.inputs) {
      if (graph[input].input().dtype == ir::DType::F32) variables.push_back(input);
    }
    const NodeId one = builder.Fill(Operand::Of(1.0), {});
    for (int order = 1; order <= 3; ++order) {
      // Reverse mode for odd orders, forward mode for even ones: d/ds of scalar(x + s v) over all inputs at once.
      NodeId slope = builder.Fill(Operand::Of(0.0), {});
      const std::vector<NodeId> gradients = passes::VectorJacobian(builder, scalar, one, variables);
      std::vector<std::vector<double>> directions;
      for (size_t i = 0; i < variables.size(); ++i) {
        const std::string name = "v" + std::to_string(order) + "_" + std::to_string(i);
        ir::Input input;
        input.name = name;
        const NodeId v = builder.AddInput(input, graph.ShapeOf(variables[i]));
        Tensor value = context.inputs[graph[variables[i]].input().name];
        uint64_t state = seed + 31 * i + 7 * static_cast<uint64_t>(order);
        for (double& element : value.values) {
          state = state * 6364136223846793005ull + 1442695040888963407ull;
          element = static_cast<double>(state >> 40) / 16777216.0 - 0.5;
        }
        directions.push_back(value.values);
        context.inputs[name] = value;
        const NodeId part = order % 2 == 1 ? Along(builder, gradients[i], v) : passes::JacobianVector(builder, scalar, variables[i], v);
        slope = builder.Call(ir::ScalarFn::Add, {slope, part});
      }
      auto moved = [&](double s) {
        Context shifted = context;
        for (size_t i = 0; i < variables.size(); ++i) {
          std::vector<double>& values = shifted.inputs[graph[variables[i]].input().name].values;
          for (size_t k = 0; k < values.size(); ++k) values[k] += s * directions[i][k];
        }
        return Scalar(graph, scalar, shifted);
      };
      auto quotient = [&](double h) { return (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h); };
      const double expected = quotient(3e-5);
      const double value = Scalar(graph, slope, context);
      if (!std::isfinite(expected) || std::fabs(expected) > 1e5) break;
      // A kink within reach (a direction also moves what is exactly at one) shows as quotients that disagree.
      if (std::fabs(expected - quotient(5e-5)) > 1e-5 * (1 + std::fabs(expected))) break;
      Graph final = graph;
      final.outputs = {{"o", slope, ir::kNoNode}};
      final = passes::EliminateDead(final);
      ASSERT_EQ(ir::Verify(final, true), "") << "seed " << seed << "\n" << ir::Print(final);
      // Rounding in a difference quotient grows with the function's own size.
      const double scale = 1 + std::fabs(expected) + std::fabs(Scalar(graph, scalar, context));
      ASSERT_NEAR(value, expected, 2e-5 * scale) << "seed " << seed << " order " << order << "\n" << ir::Print(final);
      ASSERT_NEAR(reference::Evaluate(passes::Optimize(final), context)[0].values[0], value, 1e-9 * scale) << "seed " << seed;
      statistics.Count("derivative of order " + std::to_string(order));
      scalar = slope;
    }
  }
  EXPECT_EQ(statistics.MissingDerivatives(kPrograms / 4), "");
}

}  // namespace nnc::test
