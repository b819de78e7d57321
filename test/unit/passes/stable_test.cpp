// Losses of probabilities at extreme inputs: log of sigmoid and softmax in stable form, in value and derivative.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

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

// y log p, and 0 where both are 0: the library's xlogy.
static NodeId XLogY(Loss& l, NodeId y, NodeId p) {
  ir::Builder& b = l.builder;
  const NodeId log = b.Call(ScalarFn::Log, {p});
  const NodeId nothing = b.Call(ScalarFn::Eq, {log, l.Literal(-std::numeric_limits<double>::infinity())});
  const NodeId both = b.Call(ScalarFn::And, {b.Call(ScalarFn::Eq, {y, l.Literal(0)}), nothing});
  return b.Call(ScalarFn::Select, {both, l.Literal(0), b.Call(ScalarFn::Mul, {y, log})});
}

// -(t log p + (1 - t) log(1 - p))
static NodeId CrossEntropy(Loss& l, NodeId p, NodeId t) {
  ir::Builder& b = l.builder;
  const NodeId one = l.Literal(1);
  const NodeId taken = XLogY(l, t, p);
  const NodeId other = XLogY(l, b.Call(ScalarFn::Sub, {one, t}), b.Call(ScalarFn::Sub, {one, p}));
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

// softmax over the last axis of z: [rows, classes].
static NodeId Softmax(Loss& l, NodeId z, int64_t rows, int64_t classes) {
  ir::Builder& b = l.builder;
  const NodeId largest = b.Call(ScalarFn::Stop, {b.Reduce(Monoid::Max, Operand::Of(z, {0, 1}), {rows, classes}, 1)});
  const NodeId e = b.Map(ScalarFn::Exp, {Operand::Of(b.Map(ScalarFn::Sub, {Operand::Of(z, {0, 1}), Operand::Of(largest, {0})}, {rows, classes}), {0, 1})}, {rows, classes});
  const NodeId total = b.Reduce(Monoid::Sum, Operand::Of(e, {0, 1}), {rows, classes}, 1);
  return b.Map(ScalarFn::Div, {Operand::Of(e, {0, 1}), Operand::Of(total, {0})}, {rows, classes});
}

// p[:, element]
static NodeId Slice(Loss& l, NodeId p, int64_t rows, int64_t classes, int64_t element) {
  ir::Affine at = ir::Affine::Index(1);
  at.constant = -element;
  return l.builder.Reduce(Monoid::Sum, Operand::Of(p, {0, 1}), {rows, classes}, 1, {at});
}

TEST(Stable, ProductsWithTheLogarithmOfZeroAreZero) {
  Loss l;
  const NodeId p = l.Input("p", {4}, {0, 1, 0.5, 0}), y = l.Input("y", {4}, {0, 1, 0, 2});
  const auto values = l.Run(XLogY(l, y, p), p);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(values[0], (std::vector<double>{0, 0, 0, -infinity}));
  EXPECT_EQ(values[1], (std::vector<double>{0, 1, 0, infinity}));
}

TEST(Stable, BinaryCrossEntropyOfCertainties) {
  Loss l;
  const NodeId p = l.Input("p", {3}, {1, 0, 0.25}), t = l.Input("t", {3}, {1, 0, 1});
  const auto values = l.Run(CrossEntropy(l, p, t), p);
  ExpectNear(values[0], {0, 0, std::log(4.0)});
  ExpectNear(values[1], {-1, 1, -4});
}

TEST(Stable, BinaryCrossEntropyTheOtherWayRound) {
  Loss l;
  ir::Builder& b = l.builder;
  const NodeId z = l.Input("z", {4}, {-800, 800, -800, 800}), t = l.Input("t", {4}, {0, 1, 1, 0}), one = l.Literal(1);
  const NodeId p = b.Call(ScalarFn::Sub, {one, b.Call(ScalarFn::Sigmoid, {z})}), u = b.Call(ScalarFn::Sub, {one, t});
  const auto values = l.Run(CrossEntropy(l, p, u), z);
  ExpectNear(values[0], {0, 0, 800, 800});
  ExpectNear(values[1], {0, 0, -1, 1});
}

// log(if y == 1 then p else 1 - p), the heart of the focal loss.
TEST(Stable, SelectionOfAProbability) {
  Loss l;
  ir::Builder& b = l.builder;
  const NodeId z = l.Input("z", {4}, {-100, 17, 17, 100}), y = l.Input("y", {4}, {1, 0, 1, 0}), one = l.Literal(1);
  const NodeId p = b.Call(ScalarFn::Sigmoid, {z});
  const NodeId right = b.Call(ScalarFn::Select, {b.Call(ScalarFn::Eq, {y, one}), p, b.Call(ScalarFn::Sub, {one, p})});
  const auto values = l.Run(b.Call(ScalarFn::Log, {right}), z);
  const double log1p = std::log1p(std::exp(-17));
  ExpectNear(values[0], {-100, -17 - log1p, -log1p, -100});
  ExpectNear(values[1], {1, -1 / (1 + std::exp(-17)), 1 / (1 + std::exp(17)), -1});
}

TEST(Stable, BoundedProbabilities) {
  Loss l;
  ir::Builder& b = l.builder;
  const NodeId z = l.Input("z", {4}, {-800, -2, 3, 800}), one = l.Literal(1);
  const NodeId low = b.Call(ScalarFn::Max, {b.Call(ScalarFn::Sigmoid, {z}), l.Literal(1e-7)});
  const NodeId p = b.Call(ScalarFn::Min, {low, b.Call(ScalarFn::Sub, {one, l.Literal(1e-7)})});
  const NodeId other = b.Call(ScalarFn::Log, {b.Call(ScalarFn::Sub, {one, p})});
  const auto values = l.Run(b.Call(ScalarFn::Sub, {b.Call(ScalarFn::Log, {p}), other}), z);
  const double bound = std::log(1e-7) - std::log1p(-1e-7);
  ASSERT_EQ(values[0].size(), 4u);
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(values[0][i], (std::vector<double>{bound, -2, 3, -bound})[i], 1e-9);
  ExpectNear(values[1], {0, 1, 1, 0});
}

TEST(Stable, DroppedProbabilities) {
  Loss l;
  ir::Builder& b = l.builder;
  const NodeId z = l.Input("z", {3}, {-5, 3, 2}), kept = l.Input("kept", {3}, {0, 1, 1}), y = l.Input("y", {3}, {0, 1, 0});
  const NodeId p = b.Call(ScalarFn::Select, {kept, b.Call(ScalarFn::Sigmoid, {z}), l.Literal(0)});
  const auto values = l.Run(CrossEntropy(l, p, y), z);
  ExpectNear(values[0], {0, std::log1p(std::exp(-3)), std::log1p(std::exp(2))});
  ExpectNear(values[1], {0, -1 / (1 + std::exp(3)), 1 / (1 + std::exp(-2))});
}

// Of a mixture in which every part vanishes in single precision, and in double.
TEST(Stable, MixtureOfSoftmaxes) {
  Loss l;
  ir::Builder& b = l.builder;
  const NodeId z = l.Input("z", {1, 2}, {0, 2000}), v = l.Input("v", {1, 2}, {0, 1900});
  auto half = [&](NodeId x) { return b.Call(ScalarFn::Mul, {l.Literal(0.5), Softmax(l, x, 1, 2)}); };
  const NodeId p = b.Call(ScalarFn::Add, {half(z), half(v)});
  const NodeId hot = l.Input("hot", {1, 2}, {1, 0});
  const NodeId loss = b.Contract(Operand::Of(hot, {0, 1}), Operand::Of(b.Call(ScalarFn::Log, {p}), {0, 1}), {1, 2}, 1);
  const auto values = l.Run(loss, v);
  ExpectNear(values[0], {-1900 + std::log(0.5)});
  ExpectNear(values[1], {1, -1});
}

TEST(Stable, SoftplusWrittenOut) {
  Loss l;
  ir::Builder& b = l.builder;
  const NodeId z = l.Input("z", {3}, {-90, 1, 900}), one = l.Literal(1), e = b.Call(ScalarFn::Exp, {z});
  const NodeId sum = b.Call(ScalarFn::Log, {b.Call(ScalarFn::Add, {one, e})}), log1p = b.Call(ScalarFn::Log1p, {e});
  const auto values = l.Run(b.Call(ScalarFn::Add, {sum, log1p}), z);
  ExpectNear(values[0], {0, 2 * std::log1p(std::exp(1)), 1800});
  ExpectNear(values[1], {0, 2 / (1 + std::exp(-1)), 2});
}

TEST(Stable, OneClassOfASoftmaxAgainstTheOthers) {
  for (int64_t element : {0, 1}) {
    Loss l;
    const NodeId z = l.Input("z", {2, 3}, {2000, 0, -10, 1, 900, 3}), y = l.Input("y", {2}, {0, 0});
    const auto values = l.Run(CrossEntropy(l, Slice(l, Softmax(l, z, 2, 3), 2, 3, element), y), z);
    const double two = std::log(1 + std::exp(-10)), rest = std::log(std::exp(1) + std::exp(3));
    if (element == 0) {
      ExpectNear(values[0], {2000 - two, 0});
      ExpectNear(values[1], {1, -1 / (1 + std::exp(-10)), -1 / (1 + std::exp(10)), 0, 0, 0});
    } else {
      ExpectNear(values[0], {0, 900 - rest});
      ExpectNear(values[1], {0, 0, 0, -1 / (1 + std::exp(2)), 1, -1 / (1 + std::exp(-2))});
    }
  }
  Loss l;
  ir::Builder& b = l.builder;
  const NodeId z = l.Input("z", {1, 2}, {0, 300});
  const auto values = l.Run(b.Call(ScalarFn::Log, {b.Call(ScalarFn::Sub, {l.Literal(1), Softmax(l, z, 1, 2)})}), z);
  ExpectNear(values[0], {0, -300});
}

// 1 - e^x q is positive also where e^x alone is above 1, and a product of two negative numbers is, too.
TEST(Stable, FactorsThatAreNoProbabilitiesStayAsTheyAre) {
  Loss l;
  ir::Builder& b = l.builder;
  const NodeId x = l.Input("x", {2}, {1, 0.5}), y = l.Input("y", {2}, {-3, -1}), one = l.Literal(1);
  const NodeId e = b.Call(ScalarFn::Exp, {x}), q = b.Call(ScalarFn::Sigmoid, {y});
  const NodeId product = b.Call(ScalarFn::Log, {b.Call(ScalarFn::Sub, {one, b.Call(ScalarFn::Mul, {e, q})})});
  const NodeId half = b.Call(ScalarFn::Log, {b.Call(ScalarFn::Sub, {one, b.Call(ScalarFn::Mul, {l.Literal(0.25), e})})});
  const NodeId rest = b.Call(ScalarFn::Sub, {one, e});
  const NodeId square = b.Call(ScalarFn::Log, {b.Call(ScalarFn::Mul, {rest, rest})});
  const auto values = l.Run(b.Call(ScalarFn::Add, {b.Call(ScalarFn::Add, {product, half}), square}), x);
  std::vector<double> expected, slopes;
  for (auto [u, v] : {std::pair(1.0, -3.0), std::pair(0.5, -1.0)}) {
    const double power = std::exp(u), share = 1 / (1 + std::exp(-v));
    expected.push_back(std::log(1 - power * share) + std::log(1 - 0.25 * power) + std::log((1 - power) * (1 - power)));
    slopes.push_back(-power * share / (1 - power * share) - 0.25 * power / (1 - 0.25 * power) - 2 * power / (1 - power));
  }
  ExpectNear(values[0], expected);
  ExpectNear(values[1], slopes);
}

// The logarithm of a sum of powers is taken relative to their maximum, once: building the graph again changes nothing.
TEST(Stable, SumsOfPowersAreLoweredOnce) {
  Loss l;
  ir::Builder& b = l.builder;
  const NodeId z = l.Input("z", {2, 3}, {1000, 1001, 0, -1000, -1001, -2000});
  const NodeId sum = b.Reduce(Monoid::Sum, Operand::Of(b.Call(ScalarFn::Exp, {z}), {0, 1}), {2, 3}, 1);
  const NodeId log = b.Call(ScalarFn::Log, {sum});
  l.graph.outputs = {{"log", log, ir::kNoNode}};
  const ir::Graph once = passes::Optimize(l.graph), twice = passes::Optimize(once);
  EXPECT_EQ(once.nodes.size(), twice.nodes.size());
  const double more = std::log1p(std::exp(-1));
  const auto values = l.Run(log, z);
  ExpectNear(values[0], {1001 + more, -1000 + more});
  ExpectNear(values[1], {1 / (1 + std::exp(1)), 1 / (1 + std::exp(-1)), 0, 1 / (1 + std::exp(-1)), 1 / (1 + std::exp(1)), 0});
}

}  // namespace nnc::test
