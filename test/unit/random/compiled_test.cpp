// Machine code of random programs and of their derivatives against the reference evaluator: the whole way from a graph through
// passes, schedule and code generation, on every instruction set that this machine has in turn.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "compiled_graph.h"
#include "compiler/ir/text.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/pipeline.h"
#include "test/tools/random_programs.h"

namespace nnc::test {
namespace {

using ir::Graph;
using ir::NodeId;
using ir::Operand;

constexpr int kPrograms = 520;
constexpr double kTolerance = 2e-3;  // single precision through a dozen operations; values are moderate

// The program with the derivatives of its loss by its inputs, to the given order (along ones from the second on).
Graph WithDerivatives(const Graph& program, int order) {
  Graph graph = program;
  ir::Builder builder(graph);
  NodeId value = graph.outputs.back().node;
  for (int k = 1; k <= order; ++k) {
    std::vector<NodeId> by;
    for (NodeId input : graph.inputs)
      if (graph[input].input.dtype == ir::DType::F32 && passes::DependsOn(graph, value, input)) by.push_back(input);
    if (by.empty() || graph.nodes.size() > 1500) break;
    const std::vector<NodeId> gradients = passes::VectorJacobian(builder, value, builder.Fill(Operand::Of(1.0), {}), by);
    NodeId sum = builder.Fill(Operand::Of(0.0), {});
    for (size_t i = 0; i < by.size(); ++i) {
      graph.outputs.push_back({"d" + std::to_string(k) + "." + graph[by[i]].input.name, gradients[i]});
      const ir::Shape shape = graph.ShapeOf(gradients[i]);
      std::vector<int> axes;
      for (size_t axis = 0; axis < shape.size(); ++axis) axes.push_back(static_cast<int>(axis));
      const NodeId total = shape.empty() ? gradients[i] : builder.Reduce(ir::Monoid::Sum, Operand::Of(gradients[i], axes), shape, 0);
      sum = builder.Call(ir::ScalarFn::Add, {sum, total});
    }
    value = sum;
  }
  return graph;
}

bool Moderate(const std::vector<reference::Tensor>& tensors) {
  for (const reference::Tensor& tensor : tensors)
    for (double value : tensor.values)
      if (!std::isfinite(value) || std::fabs(value) > 1e4) return false;
  return true;
}

TEST(RandomCompiled, ProgramsAndDerivativesComputeWhatTheyMean) {
  const char* chosen = std::getenv("NNC_TEST_SEED");
  const uint64_t first = chosen ? std::strtoull(chosen, nullptr, 10) : 7000;
  std::vector<codegen::Level> levels{codegen::Level::Baseline};
  if (codegen::HostLevel() >= codegen::Level::Avx2) levels.push_back(codegen::Level::Avx2);
  if (codegen::HostLevel() == codegen::Level::Avx512) levels.push_back(codegen::Level::Avx512);
  Statistics statistics;
  int compared = 0;
  std::map<int, int> orders;
  for (uint64_t seed = first; seed < first + kPrograms * 3 / 2 && compared < kPrograms; ++seed) {
    RandomOptions options;
    const int order = static_cast<int>(seed % 3);
    options.differentiable = order > 0;
    options.through_builder = order > 0 || seed % 2 == 0;
    options.fused = order == 0 && seed % 4 == 3;
    Statistics seen;
    Graph graph = RandomGraph(seed, seen, options);
    const reference::Context context = RandomContext(graph, seed);
    if (!IsTame(graph, context)) continue;
    if (order > 0) graph = passes::Optimize(WithDerivatives(graph, order));
    const std::vector<reference::Tensor> expected = reference::Evaluate(graph, context);
    if (!Moderate(expected)) continue;
    RandomGraph(seed, statistics, options);  // counts what is compared
    ++compared;
    ++orders[order];
    const codegen::Level level = levels[seed % levels.size()];
    const std::vector<reference::Tensor> found = RunCompiled(graph, context, {level, seed % 5 != 0}, static_cast<int64_t>(seed % 3));
    ASSERT_EQ(expected.size(), found.size());
    for (size_t i = 0; i < expected.size(); ++i)
      ASSERT_LT(LargestDifference({expected[i]}, {found[i]}), kTolerance)
          << "seed " << seed << " " << Name(level) << ", output " << graph.outputs[i].name << "\n" << ir::Print(graph);
  }
  std::printf("%d random programs compiled, seeds from %llu (NNC_TEST_SEED chooses others):\n%s", compared,
              static_cast<unsigned long long>(first), statistics.Report().c_str());
  for (const auto& [order, count] : orders) {
    std::printf("  derivatives of order %d: %d programs\n", order, count);
    EXPECT_GE(count, 100);
  }
  EXPECT_GE(compared, 500);
  EXPECT_EQ(statistics.Missing(3), "");
}

}  // namespace
}  // namespace nnc::test
