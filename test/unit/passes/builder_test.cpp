// The builder's rules, one idea a test: what a construction becomes.
#include <gtest/gtest.h>

#include <limits>

#include "compiler/ir/builder.h"
#include "compiler/ir/text.h"

namespace nnc::test {

using ir::Affine;
using ir::Dim;
using ir::Monoid;
using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;
using ir::Shape;

class BuilderRules : public testing::Test {
 protected:
  NodeId Input(const std::string& name, Shape shape) {
    ir::Input input;
    input.name = name;
    return builder.AddInput(input, std::move(shape));
  }
  NodeId Literal(double value, Shape shape = {}) { return builder.Fill(Operand::Of(value), std::move(shape)); }
  NodeId Call(ScalarFn fn, std::vector<NodeId> arguments) { return builder.Call(fn, std::move(arguments)); }
  static Affine Relation(std::vector<std::pair<int, int64_t>> terms, int64_t constant = 0) {
    Affine relation;
    for (auto [index, coefficient] : terms) relation.Add(index, coefficient);
    relation.constant = constant;
    return relation;
  }
  double LiteralOf(NodeId node) {
    double value = -12345;
    EXPECT_TRUE(builder.IsLiteral(node, &value));
    return value;
  }
  void TearDown() override { EXPECT_EQ(ir::Verify(graph, true), "") << ir::Print(graph); }

  ir::Graph graph;
  ir::Builder builder{graph};
};

TEST_F(BuilderRules, EqualDefinitionsAreOneNode) {
  const NodeId x = Input("x", {4}), y = Input("y", {4});
  EXPECT_EQ(Call(ScalarFn::Add, {x, y}), Call(ScalarFn::Add, {y, x}));
  EXPECT_NE(Call(ScalarFn::Sub, {x, y}), Call(ScalarFn::Sub, {y, x}));
}

TEST_F(BuilderRules, ConstantsFoldThroughTheTable) {
  EXPECT_EQ(LiteralOf(Call(ScalarFn::Exp, {Literal(0, {3})})), 1);
  EXPECT_EQ(LiteralOf(Call(ScalarFn::FloorDiv, {Literal(7), Literal(2)})), 3);
}

TEST_F(BuilderRules, NeutralElementsAndZerosGo) {
  const NodeId x = Input("x", {4});
  EXPECT_EQ(Call(ScalarFn::Add, {x, Literal(0)}), x);
  EXPECT_EQ(Call(ScalarFn::Mul, {Literal(1), x}), x);
  EXPECT_EQ(Call(ScalarFn::Div, {x, Literal(1)}), x);
  EXPECT_EQ(Call(ScalarFn::Neg, {Call(ScalarFn::Neg, {x})}), x);
  EXPECT_TRUE(builder.IsZero(Call(ScalarFn::Mul, {x, Literal(0)})));
  EXPECT_EQ(graph.ShapeOf(Call(ScalarFn::Mul, {x, Literal(0)})), Shape{4});
  EXPECT_EQ(Call(ScalarFn::Select, {Literal(1), x, Literal(5)}), x);
}

TEST_F(BuilderRules, SmallPowersAreProducts) {
  const NodeId x = Input("x", {4});
  EXPECT_EQ(Call(ScalarFn::Pow, {x, Literal(2)}), Call(ScalarFn::Mul, {x, x}));
  EXPECT_EQ(Call(ScalarFn::Pow, {x, Literal(1)}), x);
  EXPECT_EQ(Call(ScalarFn::Pow, {x, Literal(0.5)}), Call(ScalarFn::Sqrt, {x}));
}

TEST_F(BuilderRules, DivisionByAPowerOfTwoIsAProductOthersStay) {
  const NodeId x = Input("x", {4});
  EXPECT_EQ(Call(ScalarFn::Div, {x, Literal(4)}), Call(ScalarFn::Mul, {x, Literal(0.25)}));
  EXPECT_EQ(graph[Call(ScalarFn::Div, {x, Literal(3)})].comp().body.back().fn, ScalarFn::Div);
}

TEST_F(BuilderRules, CopiesAreSeenThrough) {
  const NodeId x = Input("x", {3, 4});
  const NodeId turned = builder.Fill(Operand::Of(x, {1, 0}), {4, 3});
  EXPECT_EQ(builder.Fill(Operand::Of(turned, {1, 0}), {3, 4}), x);
  const NodeId wide = builder.Fill(Operand::Of(x, {1, 2}), {5, 3, 4});
  const NodeId e = builder.Map(ScalarFn::Exp, {Operand::Of(wide, {0, 1, 2})}, {5, 3, 4});
  // The broadcast index is not computed over.
  EXPECT_EQ(graph[e].comp().monoid, Monoid::Sum);
  EXPECT_EQ(graph[e].comp().accesses[0].operand, Call(ScalarFn::Exp, {x}));
}

TEST_F(BuilderRules, SumOfProductIsAContraction) {
  const NodeId a = Input("a", {3, 4}), b = Input("b", {4, 5});
  const NodeId product = builder.Map(ScalarFn::Mul, {Operand::Of(a, {0, 2}), Operand::Of(b, {2, 1})}, {3, 5, 4});
  EXPECT_EQ(builder.Reduce(Monoid::Sum, Operand::Of(product, {0, 1, 2}), {3, 5, 4}, 2),
            builder.Contract(Operand::Of(a, {0, 2}), Operand::Of(b, {2, 1}), {3, 5, 4}, 2));
}

TEST_F(BuilderRules, FactorsFreeOfTheReductionStandOutside) {
  const NodeId a = Input("a", {3}), b = Input("b", {4});
  const NodeId sum = builder.Contract(Operand::Of(a, {0}), Operand::Of(b, {1}), {3, 4}, 1);
  const NodeId total = builder.Reduce(Monoid::Sum, Operand::Of(b, {0}), {4}, 0);
  EXPECT_EQ(sum, builder.Map(ScalarFn::Mul, {Operand::Of(a, {0}), Operand::Of(total, {})}, {3}));
}

TEST_F(BuilderRules, AnIndexOfOneOperandIsSummedFirst) {
  const NodeId a = Input("a", {3, 4, 6}), b = Input("b", {4, 5});
  const NodeId sum = builder.Contract(Operand::Of(a, {0, 2, 3}), Operand::Of(b, {2, 1}), {3, 5, 4, 6}, 2);
  EXPECT_EQ(graph[sum].comp().extents.size(), 3u);
  const NodeId first = builder.Reduce(Monoid::Sum, Operand::Of(a, {0, 1, 2}), {3, 4, 6}, 2);
  EXPECT_EQ(sum, builder.Contract(Operand::Of(first, {0, 2}), Operand::Of(b, {2, 1}), {3, 5, 4}, 2));
}

TEST_F(BuilderRules, SumOfALiteralCounts) {
  EXPECT_EQ(LiteralOf(builder.Reduce(Monoid::Sum, Operand::Of(2.0), {3, 4, 5}, 1)), 40);
  const Dim n = Dim::Symbol("N");
  const NodeId count = builder.Reduce(Monoid::Sum, Operand::Of(1.0), {n}, 0);
  EXPECT_EQ(count, builder.Fill(Operand::Of(n), {}));
}

TEST_F(BuilderRules, DeltasAreSolved) {
  const NodeId x = Input("x", {4}), W = Input("W", {4, 5});
  const NodeId delta = builder.Map(ScalarFn::Eq, {Operand::Of(0), Operand::Of(1)}, {4, 4});
  EXPECT_EQ(builder.Contract(Operand::Of(delta, {1, 0}), Operand::Of(x, {1}), {4, 4}, 1), x);
  // A delta seed broadcast over points: the tangent of a dense layer is a row of W.
  const NodeId seed = builder.Map(ScalarFn::Eq, {Operand::Of(0), Operand::Of(2)}, {4, 7, 4});
  EXPECT_EQ(builder.Contract(Operand::Of(seed, {0, 1, 3}), Operand::Of(W, {3, 2}), {4, 7, 5, 4}, 3),
            builder.Fill(Operand::Of(W, {0, 2}), {4, 7, 5}));
}

TEST_F(BuilderRules, AnIndexNamedTwiceByARelationIsOne) {
  const NodeId x = Input("x", {6}), w = Input("w", {6});
  EXPECT_EQ(builder.Contract(Operand::Of(x, {0}), Operand::Of(w, {1}), {6, 6}, 0, {Relation({{0, 1}, {1, -1}})}),
            builder.Contract(Operand::Of(x, {0}), Operand::Of(w, {0}), {6}, 0));
}

TEST_F(BuilderRules, AnIndexThatNothingMentionsIsLeftOutOfExtrema) {
  const NodeId x = Input("x", {4});
  for (Monoid monoid : {Monoid::Max, Monoid::Min}) EXPECT_EQ(builder.Reduce(monoid, Operand::Of(x, {0}), {4, 5}, 1), x);
}

TEST_F(BuilderRules, SeveralRelationsHaveOneOrder) {
  const NodeId x = Input("x", {9, 9}), w = Input("w", {3, 4});
  const Affine rows = Relation({{0, 1}, {4, 1}, {2, -1}}, 5), columns = Relation({{1, 2}, {5, 1}, {3, -1}}, -1);
  auto made = [&](std::vector<Affine> relations) {
    return builder.Contract(Operand::Of(x, {2, 3}), Operand::Of(w, {4, 5}), {4, 4, 9, 9, 3, 4}, 2, std::move(relations));
  };
  EXPECT_EQ(made({rows, columns}), made({columns, rows}));
}

TEST_F(BuilderRules, RelationsHaveOneForm) {
  const NodeId x = Input("x", {8}), w = Input("w", {3});
  const NodeId a = builder.Contract(Operand::Of(x, {1}), Operand::Of(w, {2}), {4, 8, 3}, 1, {Relation({{0, 2}, {2, 1}, {1, -1}}, -1)});
  const NodeId b = builder.Contract(Operand::Of(w, {1}), Operand::Of(x, {2}), {4, 3, 8}, 1, {Relation({{2, 3}, {0, -6}, {1, -3}}, 3)});
  EXPECT_EQ(a, b);
}

TEST_F(BuilderRules, AnImpossibleRelationLeavesTheEmptySum) {
  const NodeId x = Input("x", {4});
  EXPECT_TRUE(builder.IsZero(builder.Reduce(Monoid::Sum, Operand::Of(x, {1}), {3, 4}, 1, {Relation({{0, 1}, {1, -1}}, 9)})));
  EXPECT_TRUE(builder.IsZero(builder.Reduce(Monoid::Sum, Operand::Of(x, {1}), {3, 4}, 1, {Relation({{0, 2}, {1, -2}}, 1)})));
  const NodeId largest = builder.Reduce(Monoid::Max, Operand::Of(x, {1}), {3, 4}, 1, {Relation({{0, 1}, {1, -1}}, 9)});
  EXPECT_EQ(LiteralOf(largest), -std::numeric_limits<double>::infinity());
}

TEST_F(BuilderRules, SliceOfAPaddingIsTheSource) {
  const NodeId x = Input("x", {4});
  const NodeId padded = builder.Reduce(Monoid::Sum, Operand::Of(x, {1}), {6, 4}, 1, {Relation({{0, 1}, {1, -1}}, -1)});
  EXPECT_EQ(builder.Reduce(Monoid::Sum, Operand::Of(padded, {1}), {4, 6}, 1, {Relation({{0, 1}, {1, -1}}, 1)}), x);
}

TEST_F(BuilderRules, PieceOfAConcatenationIsThePiece) {
  const NodeId a = Input("a", {2}), b = Input("b", {3});
  const NodeId left = builder.Reduce(Monoid::Sum, Operand::Of(a, {1}), {5, 2}, 1, {Relation({{0, 1}, {1, -1}})});
  const NodeId right = builder.Reduce(Monoid::Sum, Operand::Of(b, {1}), {5, 3}, 1, {Relation({{0, 1}, {1, -1}}, -2)});
  const NodeId both = Call(ScalarFn::Add, {left, right});
  EXPECT_EQ(builder.Reduce(Monoid::Sum, Operand::Of(both, {1}), {3, 5}, 1, {Relation({{0, 1}, {1, -1}}, 2)}), b);
  EXPECT_EQ(builder.Reduce(Monoid::Sum, Operand::Of(both, {1}), {2, 5}, 1, {Relation({{0, 1}, {1, -1}})}), a);
}

TEST_F(BuilderRules, DiagonalIsPushedIntoItsProducer) {
  const NodeId a = Input("a", {3, 4}), b = Input("b", {4, 3});
  const NodeId product = builder.Contract(Operand::Of(a, {0, 2}), Operand::Of(b, {2, 1}), {3, 3, 4}, 2);
  const NodeId e = Call(ScalarFn::Exp, {product});
  const NodeId diagonal = builder.Fill(Operand::Of(e, {0, 0}), {3});
  const NodeId rows = builder.Contract(Operand::Of(a, {0, 1}), Operand::Of(b, {1, 0}), {3, 4}, 1);
  EXPECT_EQ(diagonal, Call(ScalarFn::Exp, {rows}));
}

TEST_F(BuilderRules, MasksStandOutsideProducts) {
  const NodeId c = Input("c", {4}), g = Input("g", {4}), b = Input("b", {4});
  const NodeId masked = Call(ScalarFn::Select, {c, g, Literal(0)});
  EXPECT_EQ(Call(ScalarFn::Mul, {masked, b}), Call(ScalarFn::Select, {c, Call(ScalarFn::Mul, {g, b}), Literal(0)}));
  EXPECT_EQ(Call(ScalarFn::Div, {masked, b}), Call(ScalarFn::Select, {c, Call(ScalarFn::Div, {g, b}), Literal(0)}));
  EXPECT_EQ(Call(ScalarFn::Neg, {masked}), Call(ScalarFn::Select, {c, Call(ScalarFn::Neg, {g}), Literal(0)}));
}

TEST_F(BuilderRules, AMaskOfOnesStaysAMask) {  // as a number it would make 0 * infinity
  const NodeId x = Input("x", {4}), b = Input("b", {4});
  const NodeId mask = Call(ScalarFn::Select, {Call(ScalarFn::Gt, {x, Literal(0)}), Literal(1), Literal(0)});
  EXPECT_EQ(graph[Call(ScalarFn::Mul, {mask, b})].comp().body.back().fn, ScalarFn::Select);
}

TEST_F(BuilderRules, CallBroadcastsAxesOfSizeOne) {
  const NodeId column = Input("column", {3, 1}), row = Input("row", {4});
  EXPECT_EQ(graph.ShapeOf(Call(ScalarFn::Add, {column, row})), (Shape{3, 4}));
}

}  // namespace nnc::test
