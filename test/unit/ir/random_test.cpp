// Hundreds of random programs: what is printed is read back with the same bits, the verifier accepts them, and the builder's
// rules do not change what a program means.
#include <cmath>
#include <cstdio>
#include <gtest/gtest.h>

#include "test/tools/graphs.h"
#include "test/tools/random_programs.h"

namespace nnc::ir {
namespace {

constexpr uint64_t kFirstSeed = 1000;
constexpr int kPrograms = 500;

// The largest difference relative to the size of the values, or infinity if shapes or non-finite values differ.
double Difference(const std::vector<reference::Tensor>& a, const std::vector<reference::Tensor>& b) {
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

TEST(RandomPrograms, AreReadBackWithTheSameBits) {
  test::Statistics statistics;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kPrograms; ++seed) {
    test::RandomOptions options;
    options.fused = true;
    options.through_builder = seed % 2 == 0;
    const Graph graph = test::RandomGraph(seed, statistics, options);
    ASSERT_EQ(Verify(graph), "") << "seed " << seed << "\n" << Print(graph);
    const std::string text = Print(graph);
    ASSERT_EQ(test::ReadErrors(text), "") << "seed " << seed << "\n" << text;
    const Graph again = test::ReadGraph(text);
    ASSERT_EQ(Print(again), text) << "seed " << seed;
    const reference::Context context = test::RandomContext(graph, seed);
    ASSERT_TRUE(test::SameBits(reference::Evaluate(graph, context), reference::Evaluate(again, context))) << "seed " << seed << "\n" << text;
  }
  std::printf("random programs, seeds %d to %d:\n%s", static_cast<int>(kFirstSeed), static_cast<int>(kFirstSeed) + kPrograms - 1, statistics.Report().c_str());
  EXPECT_EQ(statistics.Missing(5), "");
  EXPECT_GE(statistics.Of("fused"), 50);
}

TEST(RandomPrograms, MeanTheSameThroughTheBuildersRules) {
  test::Statistics statistics;
  int tame = 0;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kPrograms; ++seed) {
    test::RandomOptions options;
    const Graph built = test::RandomGraph(seed, statistics, options);
    options.through_builder = false;
    const Graph plain = test::RandomGraph(seed, statistics, options);
    ASSERT_EQ(Verify(built, true), "") << "seed " << seed << "\n" << Print(built) << "\n" << Print(plain);
    const reference::Context context = test::RandomContext(plain, seed);
    if (!test::IsTame(plain, context)) continue;
    ++tame;
    ASSERT_LT(Difference(reference::Evaluate(plain, context), reference::Evaluate(built, context)), 1e-9)
        << "seed " << seed << "\nplain:\n" << Print(plain) << "\nbuilt:\n" << Print(built);
  }
  EXPECT_GE(tame, kPrograms * 7 / 10);
}

TEST(RandomPrograms, EqualSeedsGiveEqualPrograms) {
  test::Statistics a, b;
  EXPECT_EQ(Print(test::RandomGraph(7, a)), Print(test::RandomGraph(7, b)));
  EXPECT_NE(Print(test::RandomGraph(7, a)), Print(test::RandomGraph(8, b)));
}

TEST(RandomPrograms, ARunThatSawTooLittleIsFound) {
  test::Statistics statistics;
  test::RandomGraph(1, statistics);
  EXPECT_NE(statistics.Missing(5), "");
  EXPECT_NE(statistics.MissingDerivatives(1), "");
}

TEST(RandomPrograms, KinksAreSeen) {
  const Graph graph = test::ReadGraph("graph main\n%0 = input direct f32 [2] \"x\"\n%1 = comp [] max [i:2] : %0[i]\n%2 = comp [i:2] : abs(%0[i])\n"
                                      "output \"y\" %1\noutput \"z\" %2\n");
  auto tame = [&](double a, double b) {
    reference::Context context;
    context.inputs["x"] = {{2}, {a, b}};
    return test::IsTame(graph, context);
  };
  EXPECT_TRUE(tame(1, -0.5));
  EXPECT_FALSE(tame(1, 1.0001));
  EXPECT_FALSE(tame(1, 1e-4));
  EXPECT_FALSE(tame(1, 1e9));
}

}  // namespace
}  // namespace nnc::ir
