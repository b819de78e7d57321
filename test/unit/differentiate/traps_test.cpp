// The traps of differentiation: masks that are no products, products at zeros, ties, what stands under `stop`.
#include <gtest/gtest.h>

#include <cmath>

#include "compiler/passes/differentiate.h"
#include "networks.h"

namespace nnc::test {

using ir::Monoid;
using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;
using reference::Context;
using reference::Tensor;

struct Sheet {
  ir::Graph graph;
  ir::Builder builder{graph};
  Context context;

  NodeId Input(const std::string& name, std::vector<int64_t> shape, std::vector<double> values) {
    context.inputs[name] = Tensor{shape, std::move(values)};
    return AddInput(builder, name, shape);
  }
  NodeId Total(NodeId x) { return Dot(builder, x, builder.Fill(Operand::Of(1.0), graph.ShapeOf(x))); }
  NodeId Gradient(NodeId scalar, NodeId x) {
    const NodeId wrt[1] = {x};
    return passes::VectorJacobian(builder, scalar, builder.Fill(Operand::Of(1.0), {}), wrt)[0];
  }
  std::vector<double> Value(NodeId node) { return Values(graph, {node}, context)[0].values; }
};

TEST(Traps, SelectShieldsTheRootAtZero) {
  Sheet s;
  const NodeId x = s.Input("x", {3}, {0, 0.25, 4});
  const NodeId safe = Call(s.builder, ScalarFn::Ge, {x, Literal(s.builder, 0.1)});
  const NodeId y = Call(s.builder, ScalarFn::Select, {safe, Call(s.builder, ScalarFn::Sqrt, {x}), Literal(s.builder, 0)});
  const NodeId first = s.Gradient(s.Total(y), x);
  const NodeId second = s.Gradient(s.Total(first), x);
  EXPECT_EQ(s.Value(first), (std::vector<double>{0, 1, 0.25}));
  EXPECT_EQ(s.Value(second), (std::vector<double>{0, -2, -1.0 / 32}));
  const NodeId tangent = passes::JacobianVector(s.builder, y, x, s.builder.Fill(Operand::Of(1.0), s.graph.ShapeOf(x)));
  EXPECT_EQ(s.Value(tangent), (std::vector<double>{0, 1, 0.25}));
}

TEST(Traps, MaskedContractionStaysFinite) {  // sum[i] of select(c, w / x, 0) with x = 0 behind the mask
  Sheet s;
  const NodeId x = s.Input("x", {2, 2}, {0, 2, 4, 0});
  const NodeId w = s.Input("w", {2}, {3, 5});
  const NodeId c = Call(s.builder, ScalarFn::Gt, {x, Literal(s.builder, 0)});
  const NodeId y = SumLast(s.builder, Call(s.builder, ScalarFn::Select, {c, Call(s.builder, ScalarFn::Div, {w, x}), Literal(s.builder, 0)}));
  EXPECT_EQ(s.Value(s.Gradient(s.Total(y), w)), (std::vector<double>{0.25, 0.5}));
  EXPECT_EQ(s.Value(s.Gradient(s.Total(y), x)), (std::vector<double>{0, -1.25, -3.0 / 16, 0}));
}

TEST(Traps, ProductAtZerosHasTheRightSymmetricHessian) {
  Sheet s;
  const NodeId x = s.Input("x", {3}, {0, 0, 5});
  const NodeId y = SumLast(s.builder, x, Monoid::Prod);
  const NodeId gradient = s.Gradient(y, x);
  EXPECT_EQ(s.Value(gradient), (std::vector<double>{0, 0, 0}));
  const NodeId identity = s.builder.Map(ScalarFn::Eq, {Operand::Of(0), Operand::Of(1)}, {3, 3});
  const NodeId wrt[1] = {x};
  const NodeId hessian = passes::VectorJacobian(s.builder, gradient, identity, wrt)[0];
  EXPECT_EQ(s.Value(hessian), (std::vector<double>{0, 5, 0, 5, 0, 0, 0, 0, 0}));
  EXPECT_EQ(s.Value(passes::JacobianVector(s.builder, gradient, x, identity)), (std::vector<double>{0, 5, 0, 5, 0, 0, 0, 0, 0}));
}

TEST(Traps, TieOfMaxGoesToTheFirst) {
  Sheet s;
  const NodeId x = s.Input("x", {3}, {1, 1, 1});
  const NodeId cube = Call(s.builder, ScalarFn::Pow, {x, Literal(s.builder, 3)});
  const NodeId y = SumLast(s.builder, cube, Monoid::Max);
  const NodeId gradient = s.Gradient(y, x);
  EXPECT_EQ(s.Value(gradient), (std::vector<double>{3, 0, 0}));
  EXPECT_EQ(s.Value(s.Gradient(s.Total(gradient), x)), (std::vector<double>{6, 0, 0}));
}

// max[a, b, c] of x[a, b, c] where a + b + c == 2, a + b + 2 c == 3: c is 1, and of a and b either may be 1. No relation alone
// determines an index, so that all three number the points.
TEST(Traps, MaximumOverPointsThatTwoRelationsLeave) {
  Sheet s;
  const NodeId x = s.Input("x", {2, 2, 2}, {9, 9, 9, 1, 9, 2, 9, 9});
  std::vector<ir::Affine> relations(2);
  for (int index = 0; index < 3; ++index) relations[0].Add(index, 1);
  relations[0].constant = ir::Dim(-2);
  for (int index = 0; index < 3; ++index) relations[1].Add(index, index == 2 ? 2 : 1);
  relations[1].constant = ir::Dim(-3);
  const NodeId y = s.builder.Reduce(Monoid::Max, Operand::Of(x, {0, 1, 2}), {2, 2, 2}, 0, relations);
  EXPECT_EQ(s.Value(y), (std::vector<double>{2}));
  EXPECT_EQ(s.Value(s.Gradient(y, x)), (std::vector<double>{0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(Traps, StopMakesAConstant) {
  Sheet s;
  const NodeId x = s.Input("x", {2}, {2, 3});
  const NodeId y = Call(s.builder, ScalarFn::Mul, {x, Call(s.builder, ScalarFn::Stop, {x})});
  EXPECT_EQ(s.Value(s.Gradient(s.Total(y), x)), (std::vector<double>{2, 3}));
  EXPECT_FALSE(passes::DependsOn(s.graph, Call(s.builder, ScalarFn::Stop, {x}), x));
}

TEST(Traps, SoftmaxWithItsMaximumUnderStopIsSmaller) {
  auto nodes = [](bool stopped) {
    Sheet s;
    const NodeId x = s.Input("x", {2, 3}, {1, 2, 3, 4, 6, 5});
    NodeId largest = KeepLast(s.builder, SumLast(s.builder, x, Monoid::Max));
    if (stopped) largest = Call(s.builder, ScalarFn::Stop, {largest});
    const NodeId e = Call(s.builder, ScalarFn::Exp, {Call(s.builder, ScalarFn::Sub, {x, largest})});
    const NodeId p = Call(s.builder, ScalarFn::Div, {e, KeepLast(s.builder, SumLast(s.builder, e))});
    const NodeId gradient = s.Gradient(Dot(s.builder, p, x), x);
    s.Value(gradient);
    return s.graph.nodes.size();
  };
  EXPECT_LT(nodes(true), nodes(false));
}

TEST(Traps, ProtectedVariableIsNotSeenThrough) {
  Sheet s;
  const NodeId a = s.Input("a", {2}, {2, 3}), b = s.Input("b", {2}, {5, 7});
  const NodeId w = Call(s.builder, ScalarFn::Mul, {a, b});
  s.builder.Protect(w);
  const NodeId y = SumLast(s.builder, w);
  EXPECT_TRUE(passes::DependsOn(s.graph, y, w));
  EXPECT_EQ(s.Value(s.Gradient(y, w)), (std::vector<double>{1, 1}));
}

TEST(Independence, HoldsThroughAPerceptronAndFailsAtTheMeanOverPoints) {
  Sheet s;
  const NodeId x = s.Input("x", {4, 3}, std::vector<double>(12, 1)), W = s.Input("W", {3, 3}, std::vector<double>(9, 1)), b = s.Input("b", {3}, {0, 0, 0});
  const NodeId h = Call(s.builder, ScalarFn::Tanh, {Dense(s.builder, x, W, b)});
  NodeId culprit = ir::kNoNode;
  EXPECT_TRUE(passes::IndependentAlong(s.graph, h, 0, x, 0, &culprit));
  EXPECT_FALSE(passes::IndependentAlong(s.graph, h, 1, x, 0, &culprit));
  const NodeId mean = s.builder.Reduce(Monoid::Sum, Operand::Of(h, {1, 0}), {3, 4}, 1);
  const NodeId centred = Call(s.builder, ScalarFn::Sub, {h, mean});
  EXPECT_FALSE(passes::IndependentAlong(s.graph, centred, 0, x, 0, &culprit));
  EXPECT_EQ(culprit, mean);
}

TEST(Jacobian, ForwardAndReverseAgree) {
  Sheet s;
  const NodeId x = s.Input("x", {3}, {0.3, -0.4, 0.5}), A = s.Input("A", {2, 3}, {1, 2, 3, 4, 5, 6});
  const NodeId y = Call(s.builder, ScalarFn::Sin, {s.builder.Contract(Operand::Of(A, {0, 1}), Operand::Of(x, {1}), {2, 3}, 1)});
  const NodeId rows = s.builder.Map(ScalarFn::Eq, {Operand::Of(0), Operand::Of(1)}, {2, 2});
  const NodeId columns = s.builder.Map(ScalarFn::Eq, {Operand::Of(0), Operand::Of(1)}, {3, 3});
  const NodeId wrt[1] = {x};
  const std::vector<double> reverse = s.Value(passes::VectorJacobian(s.builder, y, rows, wrt)[0]);
  const std::vector<double> forward = s.Value(passes::JacobianVector(s.builder, y, x, columns));
  for (size_t o = 0; o < 2; ++o) {
    for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(reverse[o * 3 + i], forward[i * 2 + o], 1e-12);
  }
}

}  // namespace nnc::test
