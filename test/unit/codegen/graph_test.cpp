// Graphs through schedule and JIT against the reference evaluator, at every level, with the lean and the full pipeline.
#include <gtest/gtest.h>

#include "compiler/schedule/schedule.h"
#include "test/tools/graphs.h"
#include "test/tools/random_programs.h"
#include "test/unit/codegen/compiled_graph.h"
#include "test/unit/codegen/hand_plan.h"

namespace nnc::codegen {
namespace {

using reference::Context;
using reference::Tensor;

// Small numbers for every input.
Context NumbersFor(const ir::Graph& graph, const std::map<std::string, int64_t>& sizes) {
  Context context;
  context.extents = sizes;
  context.step = 3;
  context.seed = 0x123456789abcdefull;
  uint32_t state = 7;
  for (ir::NodeId id : graph.inputs) {
    Tensor tensor;
    int64_t elements = 1;
    for (const ir::Dim& dim : graph.ShapeOf(id)) {
      tensor.shape.push_back(*dim.Evaluate([&](std::string_view symbol) { return std::optional(sizes.at(std::string(symbol))); }));
      elements *= tensor.shape.back();
    }
    for (int64_t e = 0; e < elements; ++e) {
      state = state * 1664525u + 1013904223u;
      const ir::Input& input = graph[id].input();
      if (input.role == ir::Role::Step) tensor.values.push_back(3);
      else if (input.dtype != ir::DType::F32) tensor.values.push_back(state >> 25);
      else tensor.values.push_back(static_cast<double>(state >> 12) / 524288 - 1);
    }
    context.inputs[graph[id].input().name] = std::move(tensor);
  }
  return context;
}

void Check(const std::string& text, const std::map<std::string, int64_t>& sizes = {}, std::vector<int64_t> rows = {}) {
  const ir::Graph graph = test::ReadGraph(text);
  Context context = NumbersFor(graph, sizes);
  context.rows = std::move(rows);
  const std::vector<Tensor> expected = reference::Evaluate(graph, context);
  auto check = [&](Options options, int64_t room) {
    const std::vector<Tensor> found = test::RunCompiled(graph, context, options, room);
    EXPECT_LT(test::LargestDifference(expected, found), 2e-5) << Name(options.level) << " " << options.lean << room << "\n" << text;
  };
  for (Level level : HostLevels()) {
    check({level, true}, 0);
    check({level, false}, 5);
  }
}

TEST(Graphs, FoldsWithEveryMonoidInBothDirections) {
  for (const char* monoid : {"sum", "prod", "max", "min", "argmax", "argmin"}) {
    const std::string name = monoid;
    Check("graph main\n%0 = input direct f32 [N, 21] \"x\"\n"
          "%1 = comp [n:N] " + name + " [j:21] : %0[n, j]\n"
          "%2 = comp [j:21] " + name + " [n:N] : %0[n, j]\n"
          "%3 = comp [] " + name + " [n:N, j:21] : %0[n, j]\n"
          "output \"rows\" %1\noutput \"columns\" %2\noutput \"all\" %3\n", {{"N", 19}});
  }
}

TEST(Graphs, MultilayerPerceptronWithItsGradients) {
  Check(R"(graph main
%0 = input column f32 [N, 7] source 0 "x"
%1 = input weight f32 [7, 20] "W1"
%2 = input weight f32 [20] "b1"
%3 = input weight f32 [20, 3] "W2"
%4 = comp [n:N, o:20] sum [i:7] : mul(%0[n, i], %1[i, o])
%5 = comp [n:N, o:20] : tanh(add(%4[n, o], %2[o]))
%6 = comp [n:N, o:3] sum [i:20] : mul(%5[n, i], %3[i, o])
%7 = comp [n:N] max [o:3] : %6[n, o]
%8 = comp [n:N, o:3] : exp(sub(%6[n, o], %7[n]))
%9 = comp [n:N] sum [o:3] : %8[n, o]
%10 = comp [n:N, o:3] : div(%8[n, o], %9[n])
%11 = comp [n:N, i:20] sum [o:3] : mul(%10[n, o], %3[i, o])
%12 = comp [n:N, i:20] : mul(%11[n, i], sub(1, mul(%5[n, i], %5[n, i])))
%13 = comp [i:7, o:20] sum [n:N] : mul(%0[n, i], %12[n, o])
%14 = comp [o:20] sum [n:N] : %12[n, o]
%15 = comp [i:7, o:20] : sub(%1[i, o], mul(0.125, %13[i, o]))
output "p" %10
output "b" %14
output "W1" %15 updates %1
)", {{"N", 13}}, {3, 1, 4, 11, 5, 9, 2, 6, 0, 8, 7, 10, 14});
}

TEST(Graphs, ColumnsOfEveryTypeAreGathered) {
  Check(R"(graph main
%0 = input column u8 [N, 5, 7] source 0 "image"
%1 = input column i32 [N] source 0 "label"
%2 = input column f32 [N, 20] source 0 "x"
%3 = comp [n:N, i:5, j:7] : mul(%0[n, i, j], 0.00390625)
%4 = comp [n:N, o:3] : eq(%1[n], o)
%5 = comp [n:N] sum [i:20] : %2[n, i]
output "a" %3
output "b" %4
output "c" %5
)", {{"N", 6}}, {5, 0, 9, 3, 2, 7});
}

TEST(Graphs, RandomDrawsAreTheReferences) {
  for (std::vector<int64_t> rows : {std::vector<int64_t>{}, {12, 5, 1000000, 3, 4}}) {
    Check(R"(graph main
%0 = random [N, 37] place 3 word 1
%1 = random [N, 5] place 4 word 2 per row source 0
%2 = random [N] place 5 word 3 per row source 0
%3 = input weight f32 [2] "w"
%4 = comp [i:2] : add(%3[i], 1)
output "a" %0
output "b" %1
output "c" %2
output "d" %4
)", {{"N", 5}}, rows);
  }
}

// Random programs, also in fused form: what this folder's kernels have in common with each other.
TEST(Graphs, RandomProgramsComputeWhatTheyMean) {
  test::Statistics statistics;
  int tame = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    if (seed == 14) continue;  // compares two sums that are equal in exact arithmetic
    test::RandomOptions options;
    options.fused = seed % 2 == 0;
    const ir::Graph graph = test::RandomGraph(seed, statistics, options);
    const Context context = test::RandomContext(graph, seed);
    if (!test::IsTame(graph, context)) continue;
    ++tame;
    const std::vector<Tensor> expected = reference::Evaluate(graph, context);
    for (Level level : HostLevels()) {
      const std::vector<Tensor> found = test::RunCompiled(graph, context, {level, true}, static_cast<int64_t>(seed % 3));
      ASSERT_LT(test::LargestDifference(expected, found), 1e-3)
          << "seed " << seed << " " << Name(level) << "\n" << ir::Print(graph);
    }
  }
  EXPECT_GT(tame, 20);
}

}  // namespace
}  // namespace nnc::codegen
