#include "compiler/driver/slice.h"

#include <gtest/gtest.h>

#include "compiler/ir/text.h"

namespace nnc::driver {
namespace {

ir::Graph Parse(const char* text) {
  SourceManager sources;
  Diagnostics diagnostics;
  ir::Graph graph;
  EXPECT_TRUE(ir::Read(sources, sources.Add("graph.nnir", text), diagnostics, graph));
  return graph;
}

const char* const kTwoOutputs = R"(graph "g"
%0 = input direct f32 [N] "a"
%1 = input direct f32 [M] "b"
%2 = comp [i:N] : exp(%0[i])
%3 = comp [i:M] : log(%1[i])
%4 = comp [i:N] : tanh(%2[i])
output "x" %4
output "y" %3
)";

TEST(Slice, KeepsWhatAnOutputNeedsAndNothingElse) {
  ir::Graph slice = Slice(Parse(kTwoOutputs), {"x"});
  EXPECT_EQ(ir::Verify(slice), "");
  EXPECT_EQ(slice.nodes.size(), 3U);
  ASSERT_EQ(slice.inputs.size(), 1U);
  EXPECT_EQ(slice[slice.inputs[0]].input().name, "a");
  EXPECT_EQ(OutputNames(slice), std::set<std::string>{"x"});
  EXPECT_EQ(SymbolsOf(slice), std::set<std::string>{"N"});
}

TEST(Slice, OfAllOutputsIsTheGraph) {
  ir::Graph graph = Parse(kTwoOutputs);
  EXPECT_EQ(ir::Print(Slice(graph, OutputNames(graph))), ir::Print(graph));
}

}  // namespace
}  // namespace nnc::driver
