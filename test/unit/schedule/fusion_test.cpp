// What is fused, in which order kernels run, and how inputs are overwritten.
#include <algorithm>
#include <functional>
#include <gtest/gtest.h>

#include "compiler/schedule/plan_memory.h"
#include "test/tools/interpret_plan.h"
#include "test/unit/schedule/planned.h"

namespace nnc::schedule {
namespace {

using test::Planned;

TEST(Fusion, ChainsOfElementwiseNodesAreOneLoop) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 3] "x"
%1 = comp [i:N, j:3] : exp(%0[i, j])
%2 = comp [i:N, j:3] : sin(%1[i, j])
%3 = comp [i:N, j:3] : mul(%1[i, j], %2[i, j])
output "y" %3
output "e" %1
)", {{"N", 4}});
  ASSERT_EQ(plan.kernels.size(), 1u) << Print(plan);
  EXPECT_EQ(plan.kernels[0].stores.size(), 2u);
  EXPECT_EQ(plan.kernels[0].loops.size(), 1u) << "the axes are merged";
  EXPECT_EQ(plan.arena_bytes, 0);
}

TEST(Fusion, BiasAndActivationAreTheEpilogueOfTheirContraction) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 3] "x"
%1 = input weight f32 [3, 4] "W"
%2 = input weight f32 [4] "b"
%3 = comp [n:N, o:4] sum [i:3] : mul(%0[n, i], %1[i, o])
%4 = comp [n:N, o:4] : add(%3[n, o], %2[o])
%5 = comp [n:N, o:4] : max(%4[n, o], 0)
output "y" %5
)", {{"N", 4}});
  ASSERT_EQ(plan.kernels.size(), 1u) << Print(plan);
  EXPECT_EQ(plan.kernels[0].kind, Kernel::Kind::Contraction);
  EXPECT_EQ(plan.kernels[0].classes, (std::vector<LoopClass>{LoopClass::Row, LoopClass::Column, LoopClass::Summed}));
}

TEST(Fusion, OperandsOfContractionsStayBareReads) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 6] "x"
%1 = input weight f32 [6, 4] "W"
%2 = comp [n:N, i:6] : exp(%0[n, i])
%3 = comp [n:N, o:4] sum [i:6] : mul(%2[n, i], %1[i, o])
%4 = comp [o:4, i:6] : %1[i, o]
%5 = comp [n:N, i:6] sum [o:4] : mul(%3[n, o], %4[o, i])
output "y" %3
output "z" %5
)", {{"N", 4}});
  EXPECT_EQ(plan.kernels.size(), 3u) << Print(plan);
  EXPECT_EQ(test::CountKernels(plan, Kernel::Kind::Contraction), 2) << Print(plan);
}

TEST(Fusion, ProducersMoveIntoAFoldThatEvaluatesThemOnce) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 3] "x"
%1 = comp [i:N, j:3] : exp(%0[i, j])
%2 = comp [] sum [i:N, j:3] : %1[i, j]
%3 = comp [] : div(%2[], size(N))
%4 = comp [i:N] : sin(%0[i, 0])
%5 = comp [i:N, k:9] sum [j:4] : %4[i]
output "mean" %3
output "repeated" %5
)", {{"N", 4}});
  EXPECT_EQ(plan.kernels.size(), 3u) << Print(plan);
  EXPECT_TRUE(std::any_of(plan.buffers.begin(), plan.buffers.end(), [](const Buffer& buffer) { return buffer.name == "%4"; })) << Print(plan);
}

TEST(Fusion, NodesThatNothingNeedsAreNoReaders) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 6] "x"
%1 = comp [i:N, j:6] : exp(%0[i, j])
%2 = comp [i:N] sum [j:6] : %1[i, j]
%3 = comp [i:N, j:6] : sin(%1[i, j])
output "y" %2
)", {{"N", 4}});
  EXPECT_EQ(plan.kernels.size(), 1u) << Print(plan);
}

TEST(Fusion, ACheapProducerOfSeveralFoldsIsComputedInEach) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [5, 6] "x"
%1 = comp [i:5, j:6] : mul(%0[i, j], 3)
%2 = comp [i:5] max [j:6] : %1[i, j]
%3 = comp [j:6] max [i:5] : %1[i, j]
output "y" %2
output "z" %3
)", {});
  EXPECT_EQ(plan.kernels.size(), 2u) << Print(plan);
  EXPECT_EQ(plan.arena_bytes, 0);
}

// e must not be computed along with c: the loop of a and d waits for c, and b, which e reads, for that loop.
TEST(Fusion, LoopsThatWouldWaitForEachOtherStayApart) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [8] "x"
%1 = input direct f32 [9] "y"
%2 = comp [i:8] : exp(%0[i])
%3 = comp [] sum [i:8] : %2[i]
%4 = comp [] sum [i:9] : %1[i]
%5 = comp [i:8] : mul(%2[i], %4[])
%6 = comp [] : mul(%3[], %4[])
output "a" %2
output "b" %3
output "c" %4
output "d" %5
output "e" %6
)", {});
  EXPECT_EQ(plan.kernels.size(), 3u) << Print(plan);
}

TEST(Fusion, SoftmaxIsFourLoops) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 5] "x"
%1 = comp [n:N] max [k:5] : %0[n, k]
%2 = comp [n:N, k:5] : sub(%0[n, k], %1[n])
%3 = comp [n:N, k:5] : exp(%2[n, k])
%4 = comp [n:N] sum [k:5] : %3[n, k]
%5 = comp [n:N, k:5] : div(%3[n, k], %4[n])
output "y" %5
)", {{"N", 4}});
  EXPECT_EQ(plan.kernels.size(), 4u) << Print(plan);
}

TEST(Fusion, APartOfAnArrayDoesNotJoinTheLoopsOfTheWhole) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 3] "x"
%1 = comp [i:3] sum [j:N] : %0[j, i]
%2 = comp [i:2] sum [j:3] where i == j : %1[j]
%3 = comp [i:2] : exp(%2[i])
output "y" %3
)", {{"N", 4}});
  EXPECT_EQ(plan.kernels.size(), 2u) << Print(plan);
}

TEST(Fusion, AMaskJoinsTheLoopsOverTheDigitsOfItsIndices) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 10] "x"
%1 = input direct f32 [N, 5] "dy"
%2 = comp [n:N, u:10] sum [i:5, r:2] where 2*i + r == u : %1[n, i]
%3 = comp [n:N, u:10] : ge(%0[n, u], 0)
%4 = comp [n:N, u:10] : select(%3[n, u], %2[n, u], 0)
output "dx" %4
)", {{"N", 4}});
  EXPECT_EQ(plan.kernels.size(), 1u) << Print(plan);
}

TEST(Fusion, AMaskJoinsTheLoopsOverDigitsBesideAnAxisOfOneElement) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 1, 10] "x"
%1 = input direct f32 [N, 5] "dy"
%2 = comp [n:N, c:1, u:10] sum [i:5, r:2] where 2*i + r == u : %1[n, i]
%3 = comp [n:N, c:1, u:10] : ge(%0[n, c, u], 0)
%4 = comp [n:N, c:1, u:10] : select(%3[n, c, u], %2[n, c, u], 0)
output "dx" %4
)", {{"N", 4}});
  EXPECT_EQ(plan.kernels.size(), 1u) << Print(plan);
}

TEST(Fusion, OfTheLoopsThatHoldItsOperandsAReaderJoinsTheLatest) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [8] "x"
%1 = input direct f32 [8] "y"
%2 = comp [i:8] : exp(%0[i])
%3 = comp [i:8] : sin(%1[i])
%4 = comp [i:8] : mul(%2[i], %3[i])
output "a" %2
output "b" %3
output "c" %4
)", {});
  ASSERT_EQ(plan.kernels.size(), 2u) << Print(plan);
  EXPECT_EQ(plan.kernels[0].label, "%2");
  EXPECT_EQ(plan.kernels[1].label, "%3 %4");
}

TEST(Updates, RunAfterEveryReaderOfTheInput) {
  Planned(R"(graph main
%0 = input weight f32 [4, 4] "W"
%1 = input direct f32 [N, 4] "x"
%2 = comp [n:N, o:4] sum [i:4] : mul(%1[n, i], %0[i, o])
%3 = comp [i:4, o:4] sum [n:N] : mul(%1[n, i], %2[n, o])
%4 = comp [i:4, o:4] : sub(%0[i, o], %3[i, o])
%5 = comp [n:N, i:4] sum [o:4] : mul(%2[n, o], %0[i, o])
%6 = comp [o:4] sum [i:4] : %0[i, o]
output "W" %4 updates %0
output "dx" %5
output "norm" %6
)", {{"N", 3}});
}

TEST(Updates, InPlaceNeedNoSecondBuffer) {
  const Plan plan = Planned(R"(graph main
%0 = input weight f32 [4, 3] "w"
%1 = input state f32 [4, 3] "m"
%2 = comp [i:4, j:3] : mul(%1[i, j], 0.5)
%3 = comp [i:4, j:3] : sub(%0[i, j], %2[i, j])
output "m" %2 updates %1
output "w" %3 updates %0
)");
  EXPECT_EQ(plan.kernels.size(), 1u) << Print(plan);
  EXPECT_EQ(plan.arena_bytes, 0);
  EXPECT_EQ(plan.bindings.size(), 2u);
  EXPECT_TRUE(plan.bindings[0].input && plan.bindings[0].output);
}

TEST(Updates, ThatReadOtherElementsGoThroughACopy) {
  Planned(R"(graph main
%0 = input weight f32 [4, 4] "w"
%1 = input weight f32 [4, 4] "v"
%2 = comp [i:4, j:4] : %0[j, i]
%3 = comp [i:4, j:4] sum [k:4] : mul(%1[i, k], %1[k, j])
output "w" %2 updates %0
output "v" %3 updates %1
)");
}

TEST(Updates, MayExchangeTwoInputs) {
  Planned(R"(graph main
%0 = input buffer f32 [5] "a"
%1 = input buffer f32 [5] "b"
%2 = input buffer f32 [5] "c"
%3 = comp [i:5] : add(%1[i], 1)
%4 = comp [i:5] : add(%0[i], %2[i])
output "a" %1 updates %0
output "b" %0 updates %1
output "c" %4 updates %2
output "old" %0
output "sum" %3
)");
}

TEST(Updates, OfAnInputByItselfAreNoWork) {
  const Plan plan = Planned(R"(graph main
%0 = input weight f32 [5] "w"
%1 = input direct f32 [5] "x"
%2 = comp [i:5] : mul(%0[i], %1[i])
output "y" %2
output "w" %0 updates %0
)");
  EXPECT_EQ(plan.kernels.size(), 1u) << Print(plan);
  EXPECT_FALSE(plan.bindings[0].output) << "the weights stay as they are";
}

TEST(Updates, OfOneNodeMayGoToSeveralPlaces) {
  const Plan plan = Planned(R"(graph main
%0 = input buffer f32 [5] "a"
%1 = input buffer f32 [5] "b"
%2 = input direct f32 [5] "x"
%3 = comp [i:5] : exp(%2[i])
%4 = comp [i:5] : add(%3[i], %0[i])
output "a" %3 updates %0
output "b" %3 updates %1
output "y" %3
output "z" %3
output "sum" %4
output "kept" %2
)");
  EXPECT_EQ(plan.arena_bytes, 0) << Print(plan);
}

TEST(Outputs, MayBeInputsConstantsAndScalars) {
  const Plan plan = Planned(R"(graph main
%0 = input column u8 [N, 2] source 0 "x"
%1 = input step f32 [] "step"
%2 = comp [i:3] : 4.5
%3 = comp [i:3] : mul(i, 2)
%4 = comp [] : pow(0.9, %1[])
%5 = input weight f32 [1, 3] "w"
%6 = comp [] : size(2*N + 1)
%7 = random [N, 2] place 7 word 1 per row source 0
%8 = comp [i:1, j:3] : mul(%5[i, j], %4[])
signature %0, %1, %5
output "first" %0
output "again" %0
output "number" %1
output "constant" %2
output "index" %3
output "power" %4
output "size" %6
output "draw" %7
output "w" %5 updates %5
output "scaled" %8
)", {{"N", 4}});
  EXPECT_EQ(plan.bindings.size(), 2u + 9u);
  EXPECT_EQ(plan.symbols, std::vector<std::string>{"N"});
}

TEST(Memory, IsSharedByArraysThatDoNotLiveTogether) {
  std::string text = "graph main\n%0 = input direct f32 [8, 8] \"x\"\n";
  for (int n = 1; n <= 9; ++n) {
    const std::string before = "%" + std::to_string(n - 1);
    text += "%" + std::to_string(n) + " = comp [i:8, j:8] sum [k:8] : mul(" + before + "[i, k], " + before + "[k, j])\n";
  }
  const Plan plan = Planned(text + "output \"y\" %9\n");
  EXPECT_EQ(plan.kernels.size(), 9u);
  EXPECT_EQ(plan.arena_bytes, 2 * 8 * 8 * 4) << Print(plan);
  EXPECT_EQ(LargestLiveBytes(plan), plan.arena_bytes);
}

TEST(Plans, ThatBreakARuleAreRejected) {
  const Plan good = Planned(R"(graph main
%0 = input direct f32 [4, 6] "x"
%1 = comp [i:4] sum [j:6] : %0[i, j]
%2 = comp [i:4, j:6] : mul(%1[i], %0[i, j])
%3 = comp [i:4] max [j:6] : %2[i, j]
%4 = comp [i:4] : neg(%3[i])
output "y" %4
)");
  ASSERT_EQ(Verify(good), "");
  struct Broken {
    const char* what;
    std::function<void(Plan&, Kernel&)> change;  // the plan, its first kernel
  };
  const Broken cases[] = {
      {"kernel 0: axis 1 of x is read or stored from 1 to 6", [](Plan&, Kernel& sum) { sum.reads[0].subscripts[1].constant = 1; }},
      {"kernel 0: a read uses a loop out of reach", [](Plan&, Kernel& sum) { sum.reads[0].subscripts[1] = ir::Affine::Index(2); }},
      {"kernel 0: a subscript uses a loop out of reach", [](Plan&, Kernel& sum) { sum.stores[0].target.subscripts[0] = ir::Affine::Index(1); }},
      {"kernel 0: x needs one subscript per axis", [](Plan&, Kernel& sum) { sum.reads[0].guarded.clear(); }},
      {"kernel 0: a buffer that does not exist", [](Plan&, Kernel& sum) { sum.reads[0].buffer = 77; }},
      {"kernel 0: a read that does not exist", [](Plan&, Kernel& sum) { sum.body[0].index = 1; }},
      {"kernel 0: a read that does not exist", [](Plan&, Kernel& sum) { sum.body[0].index = -1; }},
      {"kernel 0: folded loops without a fold", [](Plan&, Kernel& sum) { sum.folded = -1; }},
      {"kernel 0: the folded step does not exist", [](Plan&, Kernel& sum) { sum.folded = 1; }},
      {"kernel 0: a fold needs a monoid", [](Plan&, Kernel& sum) { sum.monoid = ir::Monoid::None; }},
      {"kernel 0: the argument indices do not fit the monoid", [](Plan&, Kernel& sum) { sum.monoid = ir::Monoid::ArgMax; }},
      {"kernel 0: the rank exceeds the loops", [](Plan&, Kernel& sum) { sum.rank = 3; }},
      {"kernel 0: a loop of extent 1", [](Plan&, Kernel& sum) { sum.loops[1] = 1; }},
      {"kernel 0: a store of a step out of reach", [](Plan&, Kernel& sum) { sum.stores[0].step = 1; }},
      {"kernel 0: a guarded store", [](Plan&, Kernel& sum) { sum.stores[0].target.guarded[0] = true; }},
      {"kernel 0: nothing is stored", [](Plan&, Kernel& sum) { sum.stores.clear(); }},
      {"kernel 0: other elements of a stored buffer are read", [](Plan&, Kernel& sum) { sum.stores[0].target = sum.reads[0]; sum.stores[0].target.subscripts[1] = {}; }},
      {"kernel 1: step 2 has wrong arguments", [](Plan& plan, Kernel&) { plan.kernels[1].body[2].arguments[1] = 2; }},
      {"kernel 1: the epilogue refers to a step of the fold", [](Plan& plan, Kernel&) { plan.kernels[1].body[3].arguments[0] = 0; }},
      {"kernel 1: the epilogue refers to a step of the fold", [](Plan& plan, Kernel&) { plan.kernels[1].body[3].arguments[0] = 1; }},
      {"%1 is read before it is stored", [](Plan& plan, Kernel&) { std::swap(plan.kernels[0], plan.kernels[1]); }},
      {"%1 lies outside the arena", [](Plan& plan, Kernel&) { plan.arena_bytes = 0; }},
      {"buffer %1: view of nothing", [](Plan& plan, Kernel& sum) { plan.buffers[static_cast<size_t>(sum.stores[0].target.buffer)].view_of = 77; }},
  };
  for (const Broken& broken : cases) {
    Plan plan = good;
    broken.change(plan, plan.kernels[0]);
    EXPECT_EQ(Verify(plan), broken.what);
  }
}

TEST(Plans, WhoseContractionsReadIntegersAreRejected) {
  Plan plan = Planned(R"(graph main
%0 = input direct u8 [3, 6] "x"
%1 = input weight f32 [6, 4] "W"
%2 = comp [n:3, o:4] sum [i:6] : mul(%0[n, i], %1[i, o])
output "y" %2
)", {});
  ASSERT_EQ(plan.kernels.size(), 2u) << "bytes are copied first\n" << Print(plan);
  plan.buffers[static_cast<size_t>(plan.kernels[1].reads[1].buffer)].dtype = ir::DType::I32;
  EXPECT_EQ(Verify(plan), "kernel 1: an operand of a contraction is no array of f32");
}

TEST(Printing, ShowsLoopsReadsFoldsAndStores) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 6] "x"
%1 = input weight f32 [6, 4] "W"
%2 = comp [n:N, o:4] sum [i:6] : mul(%0[n, i], %1[i, o])
%3 = comp [n:N, o:4] : tanh(%2[n, o])
output "y" %3
)", {{"N", 4}});
  EXPECT_EQ(Print(plan), R"(plan main
symbol N <= 7
arena 0 bytes, 1.00 of the largest live sum
buffers
  x f32[N, 6] bound 0 direct
  W f32[6, 4] bound 1 weight
  y f32[N, 4] bound 2 output
kernels
0: contraction [row i:N, column j:4] sum [summed k:6]  ; %2 %3
   fold = sum of mul(x[i, k], W[k, j])
   y[i, j] = tanh(fold)
)");
}

}  // namespace
}  // namespace nnc::schedule
