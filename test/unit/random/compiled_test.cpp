// Machine code of random programs and of their derivatives against the reference evaluator: the whole way from a graph through
// passes, schedule and code generation, on every instruction set that this machine has in turn.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "compiled_graph.h"
#include "compiler/ir/text.h"
#include "compiler/passes/pipeline.h"
#include "test/tools/graphs.h"
#include "test/tools/random_programs.h"
#include "with_derivatives.h"

namespace nnc::test {
namespace {

using ir::Graph;

constexpr int kPrograms = 520;
constexpr double kTolerance = 2e-3;  // single precision through a dozen operations; values are moderate

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

void ExpectSameOnEveryLevel(const Graph& graph, const reference::Context& context) {
  const std::vector<reference::Tensor> expected = reference::Evaluate(graph, context);
  for (codegen::Level level : {codegen::Level::Baseline, codegen::Level::Avx2, codegen::Level::Avx512}) {
    if (level > codegen::HostLevel()) continue;
    for (int64_t room = 0; room < 3; ++room)
      for (bool lean : {false, true}) EXPECT_LT(LargestDifference(expected, RunCompiled(graph, context, {level, lean}, room)), kTolerance);
  }
}

// The upper half of what is read has no lanes at all, and nothing lies behind it: LLVM must not read it.
TEST(RandomCompiled, AReadOfFewLanesUnderAConditionStaysMasked) {
  const Graph graph = ReadGraph(R"(graph few
%0 = input direct f32 [N, 2, 3] "x"
%1 = comp [i:((N + 1) // 2) + 1, j:2, k:3] argmax [l:3 | m:N] where 2*i + l == m + 2 : %0[m, j, k]
output "where" %1
)");
  reference::Context context;
  context.extents["N"] = 1;
  context.inputs["x"] = {{1, 2, 3}, {1, -2, 3, 0.5, 4, -5}};
  ExpectSameOnEveryLevel(graph, context);
}

// The same where a guard, unknown to LLVM, meets the lanes that are there.
TEST(RandomCompiled, AGuardedReadOfFewLanesStaysMasked) {
  const Graph graph = ReadGraph(R"(graph few
%0 = input direct f32 [N, 2, 3] "x"
%1 = input weight f32 [3, 3] "w"
%2 = comp [i:N, j:2, k:3, l:3] sum [m:3, n:3] where l + n == m + 1 : mul(%1[k, m], %0[i, j, m])
output "y" %2
)");
  reference::Context context;
  context.extents["N"] = 1;
  context.inputs["x"] = {{1, 2, 3}, {1, -2, 3, 0.5, 4, -5}};
  context.inputs["w"] = {{3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  ExpectSameOnEveryLevel(graph, context);
}

}  // namespace
}  // namespace nnc::test
