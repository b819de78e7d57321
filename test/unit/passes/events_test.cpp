// The proof that an element depends on its own event, and where graphs are cut between single events and all of them.
#include <gtest/gtest.h>

#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "compiler/passes/events.h"
#include "test/tools/graphs.h"

namespace nnc::test {

static const char* const kInputs = "graph main\n%0 = input column f32 [N, 3] source 0 \"x\"\n%1 = input weight f32 [3, 4] \"W\"\n";

static bool Mixes(const std::string& nodes, int result) {
  const ir::Graph graph = ReadGraph(kInputs + nodes + "output \"y\" %" + std::to_string(result) + "\n");
  return passes::MixesEvents(graph, "N") != ir::kNoNode;
}

TEST(Events, AreProvenIndependentWhereTheirIndexStaysAlone) {
  EXPECT_FALSE(Mixes("", 0));
  EXPECT_FALSE(Mixes("%2 = comp [i:N, j:4] sum [k:3] : mul(%0[i, k], %1[k, j])\n", 2));
  EXPECT_FALSE(Mixes("%2 = comp [i:3, j:N] : tanh(%0[j, i])\n%3 = comp [i:N] sum [j:3] : %2[j, i]\n", 3));  // through a transpose
  EXPECT_FALSE(Mixes("%2 = comp [i:N, j:12] sum [k:3, l:4] where j == 4*k + l : %0[i, k]\n", 2));
  EXPECT_FALSE(Mixes("%2 = comp [i:4] sum [j:3] : %1[j, i]\n", 2));
}

TEST(Events, StayApartWhereTheirAxisIsMergedAndSplitAgain) {
  const std::string merged = "%2 = comp [i:3*N] sum [j:N, k:3] where i == 3*j + k : %0[j, k]\n%3 = comp [i:3*N] : exp(%2[i])\n";
  EXPECT_FALSE(Mixes(merged + "%4 = comp [i:N, j:3] sum [k:3*N] where k == 3*i + j : %3[k]\n", 4));
  EXPECT_TRUE(Mixes(merged, 3));  // as a result it is no array over events
  EXPECT_TRUE(Mixes(merged + "%4 = comp [i:N, j:3] sum [k:3*N] where k == 3*i + j + 1 : %3[k]\n", 4));
  EXPECT_TRUE(Mixes(merged + "%4 = comp [i:N, j:4] sum [k:3*N] where k == 3*i + j : %3[k]\n", 4));
  EXPECT_TRUE(Mixes("%2 = comp [i:3*N] sum [j:N, k:3] where i == j + k : %0[j, k]\n%3 = comp [i:N, j:3] sum [k:3*N] where k == 3*i + j : %2[k]\n", 3));
}

TEST(Events, MixWhereAnElementReadsOthers) {
  EXPECT_TRUE(Mixes("%2 = comp [i:3] sum [j:N] : %0[j, i]\n%3 = comp [i:N, j:3] : sub(%0[i, j], %2[j])\n", 3));
  EXPECT_TRUE(Mixes("%2 = comp [i:N] sum [j:N, k:3] : mul(%0[i, k], %0[j, k])\n", 2));
  EXPECT_TRUE(Mixes("%2 = comp [i:N, j:N] sum [k:3] : mul(%0[i, k], %0[j, k])\n", 2));
  EXPECT_TRUE(Mixes("%2 = comp [i:N, j:3] sum [k:N] where k == i - 1 : %0[k, j]\n", 2));
  EXPECT_TRUE(Mixes("%2 = comp [i:3] sum [j:N] where j == 0 : %0[j, i]\n%3 = comp [i:N, j:3] : mul(%0[i, j], %2[j])\n", 3));
  EXPECT_TRUE(Mixes("%2 = comp [i:3, j:N] : tanh(%0[j, i])\n", 2));  // the axis of events is not in front
}

TEST(Events, MixWhereTheirNumberOrPlaceCounts) {
  EXPECT_TRUE(Mixes("%2 = comp [i:N, j:3] : mul(%0[i, j], size(N))\n", 2));
  EXPECT_TRUE(Mixes("%2 = comp [i:N, j:3] : mul(%0[i, j], i)\n", 2));
  EXPECT_FALSE(Mixes("%2 = comp [i:N, j:3] : mul(%0[i, j], j)\n", 2));
}

TEST(Events, OfOneSourceAreIndependentOfAnothersNumber) {
  const ir::Graph graph = ReadGraph(
      "graph main\n%0 = input column f32 [N] source 0 \"x\"\n%1 = input column f32 [edge.N] source 1 \"e\"\n"
      "%2 = comp [i:N] sum [j:edge.N] : mul(%0[i], %1[j])\noutput \"y\" %2\n");
  EXPECT_EQ(passes::MixesEvents(graph, "N"), ir::kNoNode);
  EXPECT_NE(passes::MixesEvents(graph, "edge.N"), ir::kNoNode);
}

// mean((x - mean(x))^2) and the place of the largest: sums fold over blocks, a place does not; sizes become numbers of the whole part.
TEST(Events, TotalsAreCutOut) {
  ir::Graph graph = ReadGraph(
      "graph main\n%0 = input column f32 [N] source 0 \"x\"\n%1 = comp [] sum [i:N] : %0[i]\n%2 = comp [] : div(%1[], size(N))\n"
      "%3 = comp [i:N] : sub(%0[i], %2[])\n%4 = comp [] sum [i:N] : mul(%3[i], %3[i])\n%5 = comp [] argmax [i:N] : %3[i]\n"
      "%6 = comp [] : add(%4[], %5[])\noutput \"value\" %6\n");
  const std::string symbols[] = {"N"};
  const std::vector<passes::EventTotal> totals = passes::CutAtEvents(graph, symbols);
  EXPECT_EQ(ir::Verify(graph, false), "");
  ASSERT_EQ(totals.size(), 3u);
  EXPECT_EQ(totals[0].monoid, ir::Monoid::Sum);
  EXPECT_EQ(totals[1].monoid, ir::Monoid::Sum);
  EXPECT_EQ(totals[2].monoid, ir::Monoid::None);
  EXPECT_EQ(passes::MixesEvents(graph, "N") == ir::kNoNode, false);  // the definitions themselves
  const std::string text = ir::Print(graph);
  EXPECT_NE(text.find("\"size N\""), std::string::npos) << text;
  EXPECT_EQ(text.find("size(N)"), std::string::npos) << text;
}

}  // namespace nnc::test
