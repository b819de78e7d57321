// The textual form: one spelling, read back exactly, mistakes located.
#include <cmath>
#include <gtest/gtest.h>

#include "test/tools/graphs.h"

namespace nnc::ir {
namespace {

const char* const kEverything = R"(graph main
%0 = input column f32 [N, 3] source 1 "x"
%1 = input weight f32 [3, 32] "PID.dense.0.W"
%2 = input step i32 [] "step"
%3 = comp [i:N, j:32] sum [k:3] : mul(%0[i, k], %1[k, j])
%4 = comp [i:N, j:32] : max(%3[i, j], 0)
%5 = comp [i:N, j:8, k:16] sum [l:32] where j + 2*l == 4*k + 1, l + N - 1 == i : %4[i, l]
%6 = random [N, 2] place 17 word 3 per row source 0
%7 = random [] place 4294967295 word 0
%8 = comp [i:N] argmax [j:8, k:16] : %5[i, j, k]
%9 = comp [i:N] argmin [j:8 | k:16, l:32] where j == k, k == l : %4[i, l]
%10 = comp [] prod [i:N] : %9[i]
%11 = comp [i:(N // 2)] : let t0 = exp(%8?[2*i + 1]), t1 = mul(t0, t0) in select(lt(t1, inf), t1, div(t0, size(N*N - 1)))
%12 = comp [i:2] sum [] where i == 1 : -1e-05
signature %1, %0, %2
output "loss" %10
output "PID.dense.0.W" %1 updates %1
output "odd \"name\"\n" %12
)";

TEST(Text, WhatIsPrintedIsWhatWasRead) { EXPECT_EQ(Print(test::ReadGraph(kEverything)), kEverything); }

TEST(Text, IndicesAvoidTheNamesOfSizes) {
  const std::string text = "graph main\n%0 = comp [j:i, k:3] : mul(j, size(i*l))\noutput \"y\" %0\n";
  EXPECT_EQ(Print(test::ReadGraph(text)), text);
}

TEST(Text, IndicesAvoidTheNamesOfSizesThatOnlyNumbersMention) {
  const std::string text = "graph main\n%0 = comp [k:3, l:4] : mul(k, size(i*j))\noutput \"y\" %0\n";
  EXPECT_EQ(Print(test::ReadGraph(text)), text);
}

TEST(Text, BehindTheLettersIndicesAreNumbered) {
  std::string extents;
  for (const char* name : {"i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "u", "v", "w", "x", "y", "z", "i1", "j1"})
    extents += (extents.empty() ? "" : ", ") + std::string(name) + ":2";
  const std::string text = "graph main\n%0 = comp [" + extents + "] : add(i1, j1)\noutput \"y\" %0\n";
  EXPECT_EQ(Print(test::ReadGraph(text)), text);
}

TEST(Text, NamesCommentsAndLayoutAreFree) {
  const Graph graph = test::ReadGraph("# RUN: nothing\ngraph main %speed = comp [row:2,\n  col : 3] : add(row,col) # sum\noutput \"y\" %speed");
  EXPECT_EQ(Print(graph), "graph main\n%0 = comp [i:2, j:3] : add(i, j)\noutput \"y\" %0\n");
}

TEST(Text, NamesMayBeginWithAnUnderscoreAndHoldAnyLetters) {
  const std::string text = "graph main\n%0 = input direct f32 [_n, größe, é] \"x\"\noutput \"y\" %0\n";
  EXPECT_EQ(Print(test::ReadGraph(text)), text);
}

TEST(Text, StepsThatNothingReadsAreNotPrinted) {
  const Graph graph = test::ReadGraph("graph main\n%0 = comp [i:2] : let a = exp(i), b = mul(a, a), c = sin(i) in add(a, 1)\noutput \"y\" %0\n");
  EXPECT_EQ(Print(graph), "graph main\n%0 = comp [i:2] : add(exp(i), 1)\noutput \"y\" %0\n");
}

TEST(Text, DeepBodiesAreReadBack) {
  std::string body = "%0[]";
  Graph graph = test::ReadGraph("graph main\n%0 = input direct f32 [] \"x\"\n%1 = comp [] : sin(%0[])\noutput \"y\" %1\n");
  Comp& comp = graph.nodes[1].comp();
  for (int i = 0; i < 2000; ++i) {
    Scalar step = comp.body.back();
    step.arguments[0] = static_cast<int>(comp.body.size()) - 1;
    comp.body.push_back(step);
  }
  const std::string text = Print(graph);
  EXPECT_EQ(Print(test::ReadGraph(text)), text);
  EXPECT_EQ(test::ReadGraph(text).nodes[1].comp().body.size(), comp.body.size());
}

TEST(Text, LiteralsKeepTheirBits) {
  const std::string text = R"(graph main
%0 = comp [] : add(0.1, 1e-300)
%1 = comp [] : add(-0, nan)
%2 = comp [] : add(-inf, 4.9406564584124654e-324)
%3 = comp [] : select(0, -0, 1.7976931348623157e+308)
)";
  const Graph graph = test::ReadGraph(text);
  EXPECT_EQ(Print(test::ReadGraph(Print(graph))), Print(graph));
  EXPECT_EQ(graph[0].comp().body[0].literal, 0.1);
  EXPECT_TRUE(std::signbit(graph[1].comp().body[0].literal));
  EXPECT_TRUE(std::signbit(graph[3].comp().body[1].literal));
  EXPECT_FALSE(std::signbit(graph[3].comp().body[0].literal));
}

// Of one line added to a small graph.
std::string Errors(const std::string& line) {
  return test::ReadErrors("graph main\n%0 = input direct f32 [N, 3] \"x\"\n" + line + "\noutput \"y\" %0\n");
}

TEST(Text, MistakesAreLocatedAndNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"%1 = comp [i:N] : exq(%0[i, 0])", "3:19 E0301 there is no scalar function `exq`"},
      {"%1 = comp [i:N] : exp(%7[i, 0])", "3:23 E0301 there is no node `%7` above this line"},
      {"%1 = comp [i:N] : exp(k)", "3:23 E0301 `k` is neither an index nor a step of this body"},
      {"%1 = comp [i:N] : exp(%0[i])", "3:23 E0201 %0 has 2 axes and is read with 1 subscripts"},
      {"%1 = comp [i:N] : add(%0[i, 0])", "3:19 E0305 `add` takes 2 arguments"},
      {"%1 = comp [i:N] : exp(1, 2)", "3:19 E0306 `exp` takes 1 arguments"},
      {"%0 = comp [] : 1", "3:1 E0302 `%0` is defined twice"},
      {"%1 = comp [i:2, i:3] : 1", "3:17 E0302 the index `i` stands twice"},
      {"%1 = comp [i:2] : let i = exp(1) in i", "3:23 E0302 `i` has a meaning already"},
      {"%1 = comp [i:2] mean [j:3] : 1", "3:17 E0301 there is no reduction `mean`"},
      {"%1 = comp [i:2] sum [j:3] where i*j == 1 : 1", "3:35 E0214 an index is multiplied by an index"},
      {"%1 = comp [i:2] : 1e999", "3:19 E0111 the number does not fit into a double"},
      {"%1 = comp [i:99999999999999999999] : 1", "3:14 E0111 the number does not fit here"},
      {"%1 = comp [i:2] : &", "3:19 E0104 a character without meaning in the text of a graph"},
      {"%1 = comp [i:2] : (1)", "3:19 E0101 expected a scalar value, found `(`"},
      {"%1 = input direct f64 [] \"z\"", "3:19 E0301 expected a storage type, found `f64`"},
      {"%1 = input direct f32 [] \"z", "3:26 E0110 the string has no closing quote on its line"},
      {"%1 = comp [i:N, j:4] : exp(%0[i, j])", "3:1 E0203 the graph breaks a rule: the read of %0 at axis 1: an index of extent 4 does not fit an axis of 3"},
      {"hello", "3:1 E0101 expected a node, `signature` or `output`, found `hello`"},
  };
  for (const auto& [line, wanted] : cases) {
    const std::string errors = Errors(line);
    EXPECT_EQ(errors.substr(0, errors.find('\n')), wanted) << line;
  }
  EXPECT_EQ(Errors("%1 = comp [i:N] : exp(%0[i, 0])"), "");
}

TEST(Text, SeveralMistakesAreReportedInOneGoAndNotTwice) {
  EXPECT_EQ(Errors("%1 = comp [i:N] : exq(1)\n%2 = comp [i:N] : exp(%1[i])\n%3 = comp [i:N] : add(1)"),
            "3:19 E0301 there is no scalar function `exq`\n5:19 E0305 `add` takes 2 arguments\n");
}

TEST(Text, AStringWithoutItsQuoteEndsWithTheLine) {
  EXPECT_EQ(Errors("%1 = input direct f32 [] \"z\n%2 = comp [i:N] : exq(1)"),
            "3:26 E0110 the string has no closing quote on its line\n4:19 E0301 there is no scalar function `exq`\n");
  EXPECT_EQ(Errors("%1 = input direct f32 [] \"z\\"), "3:26 E0110 the string has no closing quote on its line\n");
}

TEST(Text, GarbageIsRefusedWithoutACrash) {
  uint32_t state = 12345;
  auto next = [&state] { return (state = state * 1664525u + 1013904223u) >> 8; };
  const std::string valid = kEverything;
  for (int round = 0; round < 3000; ++round) {
    std::string text = valid;
    for (uint32_t edits = 1 + next() % 4; edits > 0 && !text.empty(); --edits) {
      const size_t at = next() % text.size(), length = next() % 12;
      switch (next() % 4) {
        case 0: text[at] = static_cast<char>(next()); break;
        case 1: text.erase(at, length); break;
        case 2: text.insert(at, valid.substr(next() % valid.size(), length)); break;
        case 3: text = text.substr(0, at + 1); break;
      }
    }
    test::ReadErrors(text);
  }
  std::string noise(200000, ' ');
  for (char& c : noise) c = static_cast<char>(next());
  EXPECT_NE(test::ReadErrors(noise), "");
  EXPECT_NE(test::ReadErrors("graph main\n%1 = comp [] : " + std::string(100000, '-')), "");
  std::string nested = "graph main\n%1 = comp [] : ";
  for (int i = 0; i < 100000; ++i) nested += "exp(";
  EXPECT_NE(test::ReadErrors(nested), "");
  EXPECT_NE(test::ReadErrors("graph main\n%1 = comp [i:" + std::string(100000, '(')), "");
}

}  // namespace
}  // namespace nnc::ir
