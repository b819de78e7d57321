// Losses of probabilities at extreme inputs: log of sigmoid and softmax in stable form, in value and derivative.
#include <gtest/gtest.h>

#include <cmath>

#include "compiler/passes/differentiate.h"
#include "compiler/passes/pipeline.h"
#include "compiler/reference/evaluate.h"

namespace nnc::test {

using ir::Monoid;
using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;

struct Loss {
  ir::Graph graph;
  ir::Builder builder{graph};
  reference::Context context;

  NodeId Input(const std::string& name, std::vector<int64_t> shape, std::vector<double> values) {
    context.inputs[name] = {shape, std::move(values)};
    ir::Input input;
    input.name = name;
    return builder.AddInput(input, ir::Shape(shape.begin(), shape.end()));
  }
  NodeId Literal(double value) { return builder.Fill(Operand::Of(value), {}); }
  // Value and gradient after all passes; every literal use of log must have gone.
  std::vector<std::vector<double>> Run(NodeId loss, NodeId x) {
    const NodeId wrt[1] = {x};
    const NodeId ones = builder.Fill(Operand::Of(1.0), graph.ShapeOf(loss));
    graph.outputs = {{"loss", loss, ir::kNoNode}, {"gradient", passes::VectorJacobian(builder, loss, ones, wrt)[0], ir::kNoNode}};
    std::vector<std::vector<double>> values;
    for (const reference::Tensor& tensor : reference::Evaluate(passes::Optimize(graph), context)) values.push_back(tensor.values);
    return values;
  }
};

static void ExpectNear(const std::vector<double>& values, const std::vector<double>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-12) << i;
}

// -(t log p + (1 - t) log(1 - p))
static NodeId CrossEntropy(Loss& l, NodeId p, NodeId t) {
  ir::Builder& b = l.builder;
  const NodeId one = l.Literal(1);
  const NodeId taken = b.Call(ScalarFn::Mul, {t, b.Call(ScalarFn::Log, {p})});
  const NodeId other = b.Call(ScalarFn::Mul, {b.Call(ScalarFn::Sub, {one, t}), b.Call(ScalarFn::Log, {b.Call(ScalarFn::Sub, {one, p})})});
  return b.Call(ScalarFn::Neg, {b.Call(ScalarFn::Add, {taken, other})});
}

TEST(Stable, BinaryCrossEntropyOfASigmoid) {
  Loss l;
  const NodeId z = l.Input("z", {4}, {-800, 800, -800, 800}), t = l.Input("t", {4}, {0, 1, 1, 0});
  const auto values = l.Run(CrossEntropy(l, l.builder.Call(ScalarFn::Sigmoid, {z}), t), z);
  ExpectNear(values[0], {0, 0, 800, 800});
  ExpectNear(values[1], {0, 0, -1, 1});
}

TEST(Stable, BinaryCrossEntropyWithALiteralTarget) {
  for (double target : {0.0, 1.0}) {
    Loss l;
    const NodeId z = l.Input("z", {2}, {-800, 800});
    const auto values = l.Run(CrossEntropy(l, l.builder.Call(ScalarFn::Sigmoid, {z}), l.Literal(target)), z);
    ExpectNear(values[0], target == 0 ? std::vector<double>{0, 800} : std::vector<double>{800, 0});
  }
}

TEST(Stable, SigmoidBeforeASqueeze) {
  Loss l;
  const NodeId z = l.Input("z", {3, 1}, {-800, 800, 0}), t = l.Input("t", {3}, {1, 0, 1});
  const NodeId p = l.builder.Reduce(Monoid::Sum, Operand::Of(l.builder.Call(ScalarFn::Sigmoid, {z}), {0, 1}), {3, 1}, 1);
  const auto values = l.Run(CrossEntropy(l, p, t), z);
  ExpectNear(values[0], {800, 800, std::log(2.0)});
  ExpectNear(values[1], {-1, 1, -0.5});
}

TEST(Stable, LogOfASoftmax) {
  Loss l;
  ir::Builder& b = l.builder;
  const NodeId z = l.Input("z", {2, 3}, {0, 900, -900, 2000, 2000, 0});
  const NodeId largest = b.Call(ScalarFn::Stop, {b.Reduce(Monoid::Max, Operand::Of(z, {0, 1}), {2, 3}, 1)});
  const NodeId column = b.Fill(Operand::Of(largest, {0}), {2, 1});
  const NodeId e = b.Call(ScalarFn::Exp, {b.Call(ScalarFn::Sub, {z, column})});
  const NodeId total = b.Fill(Operand::Of(b.Reduce(Monoid::Sum, Operand::Of(e, {0, 1}), {2, 3}, 1), {0}), {2, 1});
  const NodeId logp = b.Call(ScalarFn::Log, {b.Call(ScalarFn::Div, {e, total})});
  const NodeId hot = l.Input("hot", {2, 3}, {0, 0, 1, 1, 0, 0});
  const NodeId loss = b.Call(ScalarFn::Neg, {b.Contract(Operand::Of(hot, {0, 1}), Operand::Of(logp, {0, 1}), {2, 3}, 1)});
  const auto values = l.Run(loss, z);
  ExpectNear(values[0], {1800, std::log(2.0)});
  ExpectNear(values[1], {0, 1, -1, -0.5, 0.5, 0});
}

}  // namespace nnc::test
