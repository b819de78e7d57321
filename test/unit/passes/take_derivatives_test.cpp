// From graphs as they are written to graphs of plain nodes: variables told apart, derivatives taken, nothing left of either.
#include "compiler/passes/take_derivatives.h"

#include <gtest/gtest.h>

#include <cmath>

#include "compiler/ir/text.h"
#include "compiler/passes/passes.h"
#include "compiler/reference/evaluate.h"

namespace nnc::test {
namespace {

using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;

class TakeDerivatives : public testing::Test {
 protected:
  TakeDerivatives() { builder.UseRules(false); }

  NodeId Sum(NodeId x) { return builder.Reduce(ir::Monoid::Sum, Operand::Of(x, {0}), {3}, 0); }
  NodeId By(NodeId y, NodeId x) { return builder.AddDerivative({y, x, builder.Fill(Operand::Of(1.0), {})}, graph.ShapeOf(x)); }
  std::vector<double> Value(NodeId node) {
    ir::Graph finished = graph;
    finished.outputs = {{"value", node}};
    finished = passes::EliminateDead(finished);
    EXPECT_EQ(ir::Verify(finished, true), "");
    reference::Context context;
    context.inputs["x"] = {{3}, {1, 2, 3}};
    return reference::Evaluate(finished, context)[0].values;
  }

  ir::Graph graph;
  ir::Builder builder{graph};
  passes::DerivativeTaker taker{builder};
  NodeId x = builder.AddInput({ir::Role::Direct, ir::DType::F32, "x", 0}, {3});
};

using Numbers = std::vector<double>;

TEST_F(TakeDerivatives, EqualNodesUnderTwoNamesAreTwoVariables) {
  const NodeId square = builder.Call(ScalarFn::Mul, {x, x});
  const NodeId a = builder.AddVariable(square), b = builder.AddVariable(square);
  EXPECT_NE(a, b);
  const NodeId y = Sum(builder.Call(ScalarFn::Mul, {a, b}));
  EXPECT_EQ(Value(taker.Take(By(y, a))), (Numbers{1, 4, 9}));
  EXPECT_EQ(Value(taker.Take(By(y, x))), (Numbers{4, 32, 108}));
}

TEST_F(TakeDerivatives, ANameOfANameIsReachedThroughIt) {
  const NodeId a = builder.AddVariable(x), b = builder.AddVariable(a);
  const NodeId y = Sum(builder.Call(ScalarFn::Mul, {a, b}));
  EXPECT_EQ(Value(taker.Take(By(y, a))), (Numbers{2, 4, 6}));
  EXPECT_EQ(Value(taker.Take(By(y, b))), (Numbers{1, 2, 3}));
}

TEST_F(TakeDerivatives, AnOuterDerivativeFindsItsVariableInTheInnerOne) {
  const NodeId a = builder.AddVariable(builder.Call(ScalarFn::Exp, {x}));
  const NodeId cube = builder.Call(ScalarFn::Mul, {a, builder.Call(ScalarFn::Mul, {a, a})});
  const NodeId second = By(Sum(By(Sum(cube), a)), a);  // 6 a
  const Numbers found = Value(taker.Take(second));
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(found[i], 6 * std::exp(1.0 + static_cast<double>(i)), 1e-9);
}

TEST_F(TakeDerivatives, ANameThatNothingIsDifferentiatedByLeavesTheStableForm) {
  const NodeId p = builder.AddVariable(builder.Call(ScalarFn::Sigmoid, {builder.Call(ScalarFn::Mul, {builder.Fill(Operand::Of(-1000.0), {3}), x})}));
  EXPECT_EQ(Value(taker.Take(By(Sum(builder.Call(ScalarFn::Log, {p})), x))), (Numbers{-1000, -1000, -1000}));
}

TEST_F(TakeDerivatives, PathsThatVanishAreStillPaths) {
  const NodeId a = builder.AddVariable(x), b = builder.AddVariable(x);
  const NodeId y = Sum(builder.Call(ScalarFn::Mul, {builder.Fill(Operand::Of(0.0), {3}), a}));
  EXPECT_TRUE(taker.Reaches(a, y));
  EXPECT_TRUE(taker.Reaches(x, y));
  EXPECT_FALSE(taker.Reaches(b, y));
  EXPECT_EQ(Value(taker.Take(By(y, a))), (Numbers{0, 0, 0}));
}

TEST_F(TakeDerivatives, AFigureIsWhatItStandsForInsideADerivativeAlone) {
  const NodeId a = builder.AddVariable(x);
  const NodeId whole = Sum(builder.Call(ScalarFn::Mul, {a, a}));
  const NodeId figure = builder.AddInput({ir::Role::Fitted, ir::DType::F32, "figure", 0}, {});
  taker.Inside(figure, whole);
  EXPECT_TRUE(taker.Reaches(a, figure));
  EXPECT_EQ(Value(taker.Take(By(builder.Call(ScalarFn::Mul, {figure, figure}), a))), (Numbers{56, 112, 168}));  // 4 a sum a^2
  EXPECT_EQ(taker.Take(figure), figure);
}

}  // namespace
}  // namespace nnc::test
