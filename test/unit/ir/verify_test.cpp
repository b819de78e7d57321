// The verifier refuses graphs that break an invariant: each starts from a good one and breaks one thing.
#include <functional>
#include <gtest/gtest.h>

#include "compiler/ir/walk.h"
#include "test/tools/graphs.h"

namespace nnc::ir {
namespace {

const char* const kGood = R"(graph main
%0 = input column f32 [N, 3] source 0 "x"
%1 = input weight f32 [3, 4] "W"
%2 = comp [i:N, j:4] sum [k:3] : mul(%0[i, k], %1[k, j])
%3 = comp [i:N] argmax [j:4] : %2[i, j]
%4 = random [N] place 1 word 0 per row source 0
%5 = comp [i:3, j:4] : mul(%1[i, j], 2)
%6 = comp [i:2, j:4] sum [k:3] where k == i + 1 : %5[k, j]
output "y" %3
output "W" %5 updates %1
)";

struct Break {
  const char* what;  // the message
  std::function<void(Graph&)> edit;
};

TEST(Verify, AGoodGraphPasses) {
  EXPECT_EQ(Verify(test::ReadGraph(kGood)), "");
  EXPECT_EQ(Verify(test::ReadGraph(kGood), true), "");
}

TEST(Verify, EachBrokenInvariantIsFound) {
  const Break breaks[] = {
      {"%2: the operand %2 is not defined above", [](Graph& g) { g.nodes[2].comp().accesses[0].operand = 2; }},
      {"%2: the operand %-1 is not defined above", [](Graph& g) { g.nodes[2].comp().accesses[0].operand = -1; }},
      {"%2: the shape [N, 5] differs from the output indices", [](Graph& g) { g.nodes[2].shape[1] = 5; }},
      {"%2: the number of output indices does not fit", [](Graph& g) { g.nodes[2].comp().rank = 4; }},
      {"%2: there are reduction indices without a reduction", [](Graph& g) { g.nodes[2].comp().monoid = Monoid::None; }},
      {"%5: there are relations without a reduction", [](Graph& g) { g.nodes[5].comp().relations.push_back(Affine::Index(0)); }},
      {"%2: only argmax and argmin number their indices", [](Graph& g) { g.nodes[2].comp().arg_count = 1; }},
      {"%3: more indices are numbered than reduced", [](Graph& g) { g.nodes[3].comp().arg_count = 2; }},
      {"%3: index 1 is neither numbered nor determined by a relation", [](Graph& g) { g.nodes[3].comp().arg_count = 0; }},
      {"%6: there is no index 9", [](Graph& g) { g.nodes[6].comp().relations[0].terms.back().index = 9; }},
      {"%6: the terms of an affine form are not sorted", [](Graph& g) { std::swap(g.nodes[6].comp().relations[0].terms[0], g.nodes[6].comp().relations[0].terms[1]); }},
      {"%6: an affine form has a zero coefficient", [](Graph& g) { g.nodes[6].comp().relations[0].terms[0].coefficient = 0; }},
      {"%6: a relation stands twice", [](Graph& g) { g.nodes[6].comp().relations.push_back(g.nodes[6].comp().relations[0]); }},
      {"%2: the read of %0 has 1 subscripts for 2 axes", [](Graph& g) { g.nodes[2].comp().accesses[0].subscripts.pop_back(); }},
      {"%2: the read of %0 at axis 1: an index of extent 4 does not fit an axis of 3", [](Graph& g) { g.nodes[2].comp().extents[2] = 4; }},
      {"%2: the read of %0 at axis 0: there is no index 3", [](Graph& g) { g.nodes[2].comp().accesses[0].subscripts[0] = Affine::Index(3); }},
      {"%2: the read of %0 at axis 1: subscripts from 1 to 3 are not proved to lie in an axis of 3",
       [](Graph& g) { g.nodes[2].comp().accesses[0].subscripts[1].constant = 1; }},
      {"%2: the extent -1 is negative", [](Graph& g) { g.nodes[2].comp().extents[2] = -1; }},
      {"%5: the body is empty", [](Graph& g) { g.nodes[5].comp().body.clear(); }},
      {"%5: step 2: an argument is missing or not computed before", [](Graph& g) { g.nodes[5].comp().body[2].arguments[0] = 2; }},
      {"%5: step 2: an argument is missing or not computed before", [](Graph& g) { g.nodes[5].comp().body[2].arguments[1] = -1; }},
      {"%5: step 2: there are too many arguments", [](Graph& g) { g.nodes[5].comp().body[2].arguments[2] = 0; }},
      {"%5: step 0: there is no such access", [](Graph& g) { g.nodes[5].comp().body[0].index = 1; }},
      {"%5: step 1: there is no such index", [](Graph& g) { g.nodes[5].comp().body[1].kind = Scalar::Kind::Index, g.nodes[5].comp().body[1].index = 2; }},
      {"%0: an input has no name", [](Graph& g) { g.nodes[0].input().name = ""; }},
      {"%1: two inputs are called \"x\"", [](Graph& g) { g.nodes[1].input().name = "x"; }},
      {"%1: the input is missing in the signature", [](Graph& g) { g.inputs.pop_back(); }},
      {"%0: the input stands in the signature twice", [](Graph& g) { g.inputs.push_back(0); }},
      {"%2 stands in the signature and is no input", [](Graph& g) { g.inputs[0] = 2; }},
      {"%4: a block of random numbers has four words", [](Graph& g) { g.nodes[4].random().word = 4; }},
      {"%4: a draw per row has no axis of rows", [](Graph& g) { g.nodes[4].shape.clear(); }},
      {"output \"y\" refers to %70, which does not exist", [](Graph& g) { g.outputs[0].node = 70; }},
      {"%5: output \"y\" stands twice", [](Graph& g) { g.outputs[1].name = "y"; }},
      {"%3: output \"x\" has the name of an input, which it does not update", [](Graph& g) { g.outputs[0].name = "x"; }},
      {"%5: output \"W\" updates something that is no input", [](Graph& g) { g.outputs[1].updates = 2; }},
      {"%3: output \"y\" has shape [N] and updates an input of shape [N, 3]", [](Graph& g) { g.outputs[0].updates = 0; }},
  };
  for (const Break& broken : breaks) {
    Graph graph = test::ReadGraph(kGood);
    broken.edit(graph);
    EXPECT_EQ(Verify(graph), broken.what);
  }
}

std::string VerifyNormal(const std::string& line) {
  return Verify(test::ReadGraph(std::string(kGood) + line), true);
}

TEST(Verify, OnlyNormalShapesPassAsNormalForm) {
  EXPECT_EQ(VerifyNormal("%7 = comp [i:N] : exp(neg(%3[i]))"), "%7: the node has none of the normal shapes");
  EXPECT_EQ(VerifyNormal("%7 = comp [i:2, j:4] : exp(%1[i + 1, j])"), "%7: the node has none of the normal shapes");
  EXPECT_EQ(VerifyNormal("%7 = comp [i:2, j:4] : exp(%1[i, j])"), "%7: an index covers only a part of an axis of %1");
  EXPECT_EQ(VerifyNormal("%7 = comp [i:N] sum [k:4] : mul(%3[i], %2[i, k])"), "%7: a contraction carries a factor free of its reduction indices");
  EXPECT_EQ(VerifyNormal("%7 = comp [i:N] sum [k:4] : mul(2, %2[i, k])"), "%7: a contraction carries a factor free of its reduction indices");
  EXPECT_EQ(VerifyNormal("%7 = comp [i:3, j:4] : mul(%1[i, j], 2)"), "%7: the node equals %5");
  EXPECT_EQ(VerifyNormal("%7 = comp [i:N] sum [k:4] : mul(%2[i, k], %2[i, k])"), "");
}

TEST(Verify, AffineReadsAreProvedInsideForSymbolicSizes) {
  auto verify = [](const std::string& extent, const std::string& subscript) {
    return test::ReadErrors("graph main\n%0 = input direct f32 [H] \"x\"\n%1 = comp [i:" + extent + ", j:3] : exp(%0[" + subscript + "])\n").empty();
  };
  EXPECT_TRUE(verify("(H - 3) // 2 + 1", "2*i + j"));
  EXPECT_FALSE(verify("(H - 3) // 2 + 1", "2*i + j + 1"));
  EXPECT_FALSE(verify("(H - 3) // 2 + 1", "2*i + j - 1"));
  EXPECT_TRUE(verify("H", "H - 1 - i"));
  EXPECT_FALSE(verify("H", "H - i"));
  EXPECT_TRUE(verify("H - 2", "i + j"));
  EXPECT_FALSE(verify("H - 1", "i + j"));
}

TEST(Classify, TellsTheNormalShapes) {
  const Graph graph = test::ReadGraph(std::string(kGood) + R"(%7 = comp [i:N, j:N] sum [] where i == j : 1
%8 = comp [i:3] : 0
%9 = comp [i:3, j:4] sum [] : exp(%1[i, j])
%10 = comp [i:2, j:4] : exp(%1?[i + 2, j])
%11 = comp [i:3, j:4] : select(lt(i, 1), %1[i, j], 0)
)");
  const CompForm wanted[] = {CompForm::Contraction, CompForm::Reduce, {}, CompForm::Elementwise, CompForm::Reduce, CompForm::Reduce,
                           CompForm::Elementwise, CompForm::Fused,  CompForm::Fused, CompForm::Fused};
  for (NodeId id = 2; id < 12; ++id) {
    if (id == 4) continue;
    EXPECT_EQ(Classify(graph[id].comp()), wanted[id - 2]) << id;
  }
  EXPECT_EQ(Operands(graph[2]), (std::vector<NodeId>{0, 1}));
  EXPECT_TRUE(Operands(graph[0]).empty());
}

TEST(Affine, KeepsItsTermsSortedAndWithoutZeros) {
  Affine affine = Affine::Index(2);
  EXPECT_TRUE(affine.IsBare());
  EXPECT_EQ(affine.BareIndex(), 2);
  affine.Add(0, 3);
  affine.Add(5, -1);
  EXPECT_EQ(affine.terms, (std::vector<Affine::Term>{{0, 3}, {2, 1}, {5, -1}}));
  EXPECT_EQ(affine.Coefficient(5), -1);
  EXPECT_EQ(affine.Coefficient(1), 0);
  affine.Add(2, -1);
  affine.Add(7, 0);
  EXPECT_EQ(affine.terms.size(), 2u);
  Affine shifted = Affine::Index(0);
  shifted.constant = 4;
  EXPECT_FALSE(shifted.IsBare());
  const Affine sum = affine.Plus(shifted, -3);
  EXPECT_EQ(sum.terms, (std::vector<Affine::Term>{{5, -1}}));
  EXPECT_EQ(sum.constant, Dim(-12));
}

}  // namespace
}  // namespace nnc::ir
