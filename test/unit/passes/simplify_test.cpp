// The rewrites that look at users, and the other whole-graph passes.
#include <gtest/gtest.h>

#include "compiler/ir/text.h"
#include "compiler/passes/pipeline.h"
#include "compiler/passes/passes.h"
#include "test/tools/graphs.h"

namespace nnc::test {

static std::string Optimized(const std::string& text) { return ir::Print(passes::Optimize(ReadGraph(text))); }

TEST(Simplify, SumMovesIntoTheOnlyOperandThatCarriesItsIndex) {
  EXPECT_EQ(Optimized("graph main\n%0 = input direct f32 [N, 3] \"x\"\n%1 = input weight f32 [3, 4] \"W\"\n"
                      "%2 = comp [i:N, j:4] sum [k:3] : mul(%0[i, k], %1[k, j])\n%3 = comp [j:4] sum [i:N] : %2[i, j]\noutput \"y\" %3\n"),
            "graph main\n%0 = input direct f32 [N, 3] \"x\"\n%1 = input weight f32 [3, 4] \"W\"\n"
            "%2 = comp [i:3] sum [j:N] : %0[j, i]\n%3 = comp [i:4] sum [j:3] : mul(%1[j, i], %2[j])\noutput \"y\" %3\n");
}

TEST(Simplify, SumStaysWhereTheContractionHasOtherReaders) {
  const std::string text =
      "graph main\n%0 = input direct f32 [N, 3] \"x\"\n%1 = input weight f32 [3, 4] \"W\"\n"
      "%2 = comp [i:N, j:4] sum [k:3] : mul(%0[i, k], %1[k, j])\n%3 = comp [i:4] sum [j:N] : %2[j, i]\n"
      "output \"y\" %2\noutput \"z\" %3\n";
  EXPECT_EQ(Optimized(text), text);
}

TEST(Simplify, SumOfTermsSplitsWhereATermGetsCheaper) {
  EXPECT_EQ(Optimized("graph main\n%0 = input direct f32 [N, 3] \"x\"\n%1 = input weight f32 [3, 4] \"W\"\n%2 = input weight f32 [4] \"b\"\n"
                      "%3 = comp [i:N, j:4] sum [k:3] : mul(%0[i, k], %1[k, j])\n%4 = comp [i:N, j:4] : add(%2[j], %3[i, j])\n"
                      "%5 = comp [j:4] sum [i:N] : %4[i, j]\noutput \"y\" %5\n"),
            "graph main\n%0 = input direct f32 [N, 3] \"x\"\n%1 = input weight f32 [3, 4] \"W\"\n%2 = input weight f32 [4] \"b\"\n"
            "%3 = comp [i:4] : mul(size(N), %2[i])\n%4 = comp [i:3] sum [j:N] : %0[j, i]\n%5 = comp [i:4] sum [j:3] : mul(%1[j, i], %4[j])\n"
            "%6 = comp [i:4] : add(%3[i], %5[i])\noutput \"y\" %6\n");
}

TEST(Simplify, SumOfElementwiseTermsStaysWhole) {
  const std::string text =
      "graph main\n%0 = input direct f32 [8] \"x\"\n%1 = input direct f32 [8] \"y\"\n"
      "%2 = comp [i:8] : exp(%0[i])\n%3 = comp [i:8] : add(%1[i], %2[i])\n%4 = comp [] sum [i:8] : %3[i]\noutput \"z\" %4\n";
  EXPECT_EQ(Optimized(text), text);
}

TEST(Simplify, IsSettledAfterOneRun) {
  const std::string text =
      "graph main\n%0 = input direct f32 [N, 3] \"x\"\n%1 = input weight f32 [3, 4] \"W\"\n"
      "%2 = comp [i:N, j:4] sum [k:3] : mul(%0[i, k], %1[k, j])\n%3 = comp [i:N, j:4] : tanh(%2[i, j])\n"
      "%4 = comp [] sum [i:N, j:4] : mul(%3[i, j], %3[i, j])\noutput \"y\" %4\n";
  const std::string once = Optimized(text);
  EXPECT_EQ(Optimized(once), once);
}

TEST(Simplify, StopIsGoneAfterTheLastDerivative) {
  EXPECT_EQ(Optimized("graph main\n%0 = input direct f32 [8] \"x\"\n%1 = comp [i:8] : stop(%0[i])\n%2 = comp [i:8] : exp(%1[i])\noutput \"y\" %2\n"),
            "graph main\n%0 = input direct f32 [8] \"x\"\n%1 = comp [i:8] : exp(%0[i])\noutput \"y\" %1\n");
}

TEST(Simplify, ProductsInTheGraphAreReadAgain) {
  const std::string result = Optimized(
      "graph main\n%0 = input direct f32 [N, 4] \"g\"\n%1 = input direct f32 [N, 4] \"s\"\n"
      "%2 = comp [i:N, j:4] : mul(%0[i, j], %1[i, j])\n%3 = comp [j:4] sum [i:N] : mul(%0[i, j], %1[i, j])\noutput \"a\" %2\noutput \"b\" %3\n");
  EXPECT_NE(result.find("%3 = comp [i:4] sum [j:N] : %2[j, i]"), std::string::npos) << result;
}

TEST(EliminateDead, KeepsInputsAndDropsWhatNoOutputNeeds) {
  const ir::Graph graph = passes::EliminateDead(ReadGraph(
      "graph main\n%0 = input direct f32 [8] \"x\"\n%1 = input direct f32 [8] \"unused\"\n%2 = comp [i:8] : exp(%0[i])\n"
      "%3 = comp [i:8] : sin(%0[i])\noutput \"y\" %3\n"));
  EXPECT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.inputs.size(), 2u);
}

TEST(SubstituteDim, MakesASizeANumberEverywhere) {
  const ir::Graph graph = passes::SubstituteDim(ReadGraph("graph main\n%0 = input direct f32 [N] \"x\"\n%1 = comp [] sum [i:N] : %0[i]\n"
                                                          "%2 = comp [] : div(%1[], size(N))\noutput \"y\" %2\n"),
                                                "N", 64);
  const std::string text = ir::Print(graph);
  EXPECT_EQ(ir::Verify(graph), "");
  EXPECT_EQ(text.find('N'), std::string::npos) << text;
  // With the number known, the division by a power of two is a product.
  EXPECT_NE(ir::Print(passes::Optimize(graph)).find("0.015625"), std::string::npos);
}

// The product pairs a[i] with b[i]; the sums pair each a[i] with each b[j].
TEST(Simplify, ProductsOfOtherPairsAreNotReadAgain) {
  const std::string text =
      "graph main\n%0 = input direct f32 [8] \"a\"\n%1 = input direct f32 [8] \"b\"\n%2 = comp [i:8] : mul(%0[i], %1[i])\n"
      "%3 = comp [i:8] sum [j:8] : mul(%0[i], %1[j])\n%4 = comp [i:8] sum [j:8] : mul(%0[j], %1[i])\n"
      "output \"x\" %2\noutput \"y\" %3\noutput \"z\" %4\n";
  EXPECT_EQ(ir::Print(passes::ReuseProducts(ReadGraph(text))), text);
}

TEST(Pipeline, ReportsEveryPass) {
  std::vector<std::string> names;
  passes::PipelineOptions options;
  options.after = [&](std::string_view name, const ir::Graph&, double) { names.emplace_back(name); };
  passes::Optimize(ReadGraph("graph main\n%0 = input direct f32 [8] \"x\"\noutput \"y\" %0\n"), options);
  EXPECT_EQ(names, (std::vector<std::string>{"eliminate-dead", "drop-stops", "simplify", "save-turns", "inline-turns", "reuse-products"}));
}

TEST(Pipeline, SaysWhatIsWrongBehindWhichPass) {
  ir::Graph graph = ReadGraph("graph main\n%0 = input direct f32 [8] \"x\"\noutput \"y\" %0\n");
  graph.outputs.push_back(graph.outputs[0]);
  EXPECT_DEATH(passes::Optimize(graph), "internal error: after pass eliminate-dead: %0: output \"y\" stands twice");
}

}  // namespace nnc::test
