// The reference evaluator on comprehensions worked out by hand.
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "compiler/reference/random_numbers.h"
#include "test/tools/graphs.h"

namespace nnc::reference {
namespace {

using Values = std::vector<double>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The first output of a graph with inputs x and w.
Tensor RunGraph(const std::string& text, Tensor x = {}, Tensor w = {}, std::map<std::string, int64_t> extents = {}) {
  Context context;
  context.inputs = {{"x", std::move(x)}, {"w", std::move(w)}};
  context.extents = std::move(extents);
  return Evaluate(test::ReadGraph("graph main\n" + text), context).at(0);
}

TEST(Evaluate, MatrixProductWithSymbolicRows) {
  const Tensor y = RunGraph(R"(
    %x = input direct f32 [N, 2] "x"
    %w = input weight f32 [2, 3] "w"
    %y = comp [i:N, j:3] sum [k:2] : mul(%x[i, k], %w[k, j])
    output "y" %y)", {{2, 2}, {1, 2, 3, 4}}, {{2, 3}, {1, 0, -1, 2, 5, 1}}, {{"N", 2}});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(y.values, (Values{5, 10, 1, 11, 20, 1}));
}

// Stride 2, padding 1, three taps: y[o] = sum of x[2 o + p - 1] w[p] inside 0..4.
TEST(Evaluate, StridedPaddedConvolution) {
  const Tensor y = RunGraph(R"(
    %x = input direct f32 [5] "x"
    %w = input weight f32 [3] "w"
    %y = comp [o:3] sum [p:3, u:5] where 2*o + p == u + 1 : mul(%x[u], %w[p])
    output "y" %y)", {{5}, {1, 2, 3, 4, 5}}, {{3}, {1, 10, 100}});
  EXPECT_EQ(y.values, (Values{10 * 1 + 100 * 2, 2 + 10 * 3 + 100 * 4, 4 + 10 * 5}));
}

TEST(Evaluate, TheOrderOfReductionIndicesDoesNotChangeWhatIsSummed) {
  const Tensor y = RunGraph(R"(
    %x = input direct f32 [5] "x"
    %w = input weight f32 [3] "w"
    %y = comp [o:3] sum [u:5, p:3] where 2*o + p == u + 1 : mul(%x[u], %w[p])
    output "y" %y)", {{5}, {1, 2, 3, 4, 5}}, {{3}, {1, 10, 100}});
  EXPECT_EQ(y.values, (Values{210, 432, 54}));
}

// The adjoint of the convolution: x'[u] gets w[p] y'[o] for every 2 o + p == u + 1.
TEST(Evaluate, AnOutputIndexWithACoefficientHasPointsOnlyWhereItDivides) {
  const Tensor y = RunGraph(R"(
    %x = input direct f32 [3] "x"
    %w = input weight f32 [3] "w"
    %y = comp [u:5] sum [p:3, o:3] where 2*o + p == u + 1 : mul(%x[o], %w[p])
    output "y" %y)", {{3}, {1, 2, 3}}, {{3}, {1, 10, 100}});
  EXPECT_EQ(y.values, (Values{10, 100 + 2, 20, 200 + 3, 30}));
}

TEST(Evaluate, MaximumPoolingAndItsWinner) {
  const std::string head = R"(%x = input direct f32 [2, 4] "x"
    )";
  const Tensor x{{2, 4}, {1, 7, 7, 2, 9, 3, 4, 8}};
  EXPECT_EQ(RunGraph(head + R"(%y = comp [i:2, o:2] max [p:2, u:4] where 2*o + p == u : %x[i, u]
    output "y" %y)", x).values, (Values{7, 7, 9, 8}));
  EXPECT_EQ(RunGraph(head + R"(%y = comp [i:2, o:2] argmax [p:2 | u:4] where 2*o + p == u : %x[i, u]
    output "y" %y)", x).values, (Values{1, 0, 0, 1}));
  EXPECT_EQ(RunGraph(head + R"(%y = comp [] argmax [i:2, u:4] : %x[i, u]
    output "y" %y)", x).values, (Values{4}));
  EXPECT_EQ(RunGraph(head + R"(%y = comp [i:2] argmin [u:4] : %x[i, u]
    output "y" %y)", x).values, (Values{0, 1}));
}

TEST(Evaluate, TheFirstOfEqualPointsWins) {
  const Tensor y = RunGraph(R"(
    %x = input direct f32 [4] "x"
    %y = comp [] argmax [i:4] : %x[i]
    %z = comp [] argmin [i:4] : %x[i]
    %both = comp [] : add(mul(10, %y[]), %z[])
    output "y" %both)", {{4}, {2, 5, 5, 2}});
  EXPECT_EQ(y.values, (Values{10}));
}

TEST(Evaluate, ProductsAndEmptyReductions) {
  auto reduce = [](const std::string& monoid) {
    return RunGraph("%x = input direct f32 [3] \"x\"\n%y = comp [o:2] " + monoid + " [i:3] where i == 4*o : %x[i]\noutput \"y\" %y", {{3}, {-2, 3, 5}}).values;
  };
  EXPECT_EQ(reduce("sum"), (Values{-2, 0}));
  EXPECT_EQ(reduce("prod"), (Values{-2, 1}));
  EXPECT_EQ(reduce("max"), (Values{-2, -kInfinity}));
  EXPECT_EQ(reduce("min"), (Values{-2, kInfinity}));
  EXPECT_EQ(RunGraph(R"(%x = input direct f32 [3] "x"
    %y = comp [] prod [i:3] : %x[i]
    output "y" %y)", {{3}, {-2, 3, 5}}).values, (Values{-30}));
}

TEST(Evaluate, SlicesPadsTransposesAndDiagonals) {
  const Tensor x{{2, 3}, {1, 2, 3, 4, 5, 6}};
  const std::string head = R"(%x = input direct f32 [2, 3] "x"
    )";
  EXPECT_EQ(RunGraph(head + R"(%y = comp [i:3, j:2] sum [] : %x[j, i]
    output "y" %y)", x).values, (Values{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(RunGraph(head + R"(%y = comp [i:2] sum [j:3] where j == i + 1 : %x[i, j]
    output "y" %y)", x).values, (Values{2, 6}));
  EXPECT_EQ(RunGraph(head + R"(%y = comp [i:4, j:3] sum [k:2] where k == i - 1 : %x[k, j]
    output "y" %y)", x).values, (Values{0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0}));
  EXPECT_EQ(RunGraph(head + R"(%s = comp [i:2, j:2] sum [k:3] where k == j : %x[i, k]
    %y = comp [i:2] sum [] : %s[i, i]
    output "y" %y)", x).values, (Values{1, 5}));
}

TEST(Evaluate, RelationsBetweenOutputIndicesGiveADelta) {
  EXPECT_EQ(RunGraph("%y = comp [i:2, j:3] sum [] where i == j : 1\noutput \"y\" %y").values, (Values{1, 0, 0, 0, 1, 0}));
}

TEST(Evaluate, IndicesSizesAndLiterals) {
  EXPECT_EQ(RunGraph("%y = comp [i:N] : div(i, size(N*N))\noutput \"y\" %y", {}, {}, {{"N", 2}}).values, (Values{0, 0.25}));
  EXPECT_EQ(RunGraph("%y = comp [] : -1.5e-3\noutput \"y\" %y").values, (Values{-1.5e-3}));
}

TEST(Evaluate, FusedBodiesReadAffinelyAndGuardedReadsOutsideAreZero) {
  const Tensor y = RunGraph(R"(
    %x = input direct f32 [4] "x"
    %y = comp [o:2] sum [p:3] : let t0 = mul(%x?[2*o + p - 1], 10) in add(t0, mul(t0, t0))
    output "y" %y)", {{4}, {1, 2, 3, 4}});
  auto f = [](double v) { return 10 * v + 100 * v * v; };
  EXPECT_EQ(y.values, (Values{f(1) + f(2), f(2) + f(3) + f(4)}));
}

TEST(Evaluate, PhiloxMatchesThePublishedVectors) {
  EXPECT_EQ(Philox({0, 0, 0, 0}, 0), (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffffull),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822ull),
            (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Evaluate, DrawsFollowTheirCounter) {
  const ir::Graph graph = test::ReadGraph(R"(graph main
    %a = random [2, 3] place 17 word 2
    %b = random [2, 3] place 17 word 1 per row source 0
    output "a" %a
    output "b" %b)");
  Context context;
  context.seed = 0x123456789abcdef0ull;
  context.step = 5;
  context.rows = {40, 7};
  const std::vector<Tensor> values = Evaluate(graph, context);
  auto number = [&](std::array<uint32_t, 4> counter, int word) { return std::ldexp(Philox(counter, context.seed)[static_cast<size_t>(word)] >> 8, -24); };
  EXPECT_EQ(values[0].values[4], number({4, 5, 17, 0}, 2));
  EXPECT_EQ(values[1].values[2], number({2, 40, 17, 1}, 1));
  EXPECT_EQ(values[1].values[4], number({1, 7, 17, 1}, 1));
}

TEST(Evaluate, OnlyWhatIsAskedForIsNeeded) {
  const ir::Graph graph = test::ReadGraph(R"(graph main
    %x = input direct f32 [2] "unbound"
    %y = comp [i:2] : add(i, 1)
    %z = comp [i:2] : mul(%x[i], 2)
    output "z" %z)");
  EXPECT_EQ(EvaluateNode(graph, 1, {}).values, (Values{1, 2}));
}

}  // namespace
}  // namespace nnc::reference
