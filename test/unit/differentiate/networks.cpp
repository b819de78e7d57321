#include "networks.h"

#include <cmath>

namespace nnc::test {

using ir::Affine;
using ir::Builder;
using ir::Dim;
using ir::Monoid;
using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;
using ir::Shape;
using Nodes = std::vector<NodeId>;

NodeId Call(Builder& builder, ScalarFn fn, Nodes arguments) { return builder.Call(fn, std::move(arguments)); }
NodeId Literal(Builder& builder, double value) { return builder.Fill(Operand::Of(value), {}); }

static std::vector<int> Iota(int count) {
  std::vector<int> indices;
  for (int i = 0; i < count; ++i) indices.push_back(i);
  return indices;
}

NodeId SumLast(Builder& builder, NodeId x, Monoid monoid) {
  const Shape shape = builder.graph().ShapeOf(x);
  const int rank = static_cast<int>(shape.size());
  return builder.Reduce(monoid, Operand::Of(x, Iota(rank)), shape, rank - 1);
}

NodeId KeepLast(Builder& builder, NodeId x) {
  Shape shape = builder.graph().ShapeOf(x);
  const int rank = static_cast<int>(shape.size());
  shape.push_back(1);
  return builder.Fill(Operand::Of(x, Iota(rank)), shape);
}

NodeId Dense(Builder& builder, NodeId x, NodeId W, NodeId b) {
  const Dim n = builder.graph().ShapeOf(x)[0], i = builder.graph().ShapeOf(W)[0], o = builder.graph().ShapeOf(W)[1];
  const NodeId product = builder.Contract(Operand::Of(x, {0, 2}), Operand::Of(W, {2, 1}), {n, o, i}, 2);
  return Call(builder, ScalarFn::Add, {product, b});
}

NodeId Softmax(Builder& builder, NodeId x) {
  const NodeId largest = Call(builder, ScalarFn::Stop, {KeepLast(builder, SumLast(builder, x, Monoid::Max))});
  const NodeId e = Call(builder, ScalarFn::Exp, {Call(builder, ScalarFn::Sub, {x, largest})});
  return Call(builder, ScalarFn::Div, {e, KeepLast(builder, SumLast(builder, e))});
}

// constant + sum of coefficient * index
static Affine Relation(std::vector<Affine::Term> terms, int64_t constant) {
  Affine relation;
  for (const Affine::Term& term : terms) relation.Add(term.index, term.coefficient);
  relation.constant = constant;
  return relation;
}

NodeId Convolution(Builder& builder, NodeId x, NodeId K, int stride, int dilation, int pad) {
  const Shape xs = builder.graph().ShapeOf(x), ks = builder.graph().ShapeOf(K);
  auto outputs = [&](size_t axis) {
    return Dim((xs[axis].Constant() + 2 * pad - dilation * (ks[axis].Constant() - 1) - 1) / stride + 1);
  };
  // n o i j | c u v p q
  std::vector<Dim> extents{xs[0], ks[0], outputs(2), outputs(3), xs[1], xs[2], xs[3], ks[2], ks[3]};
  std::vector<Affine> relations{Relation({{2, stride}, {7, dilation}, {5, -1}}, -pad), Relation({{3, stride}, {8, dilation}, {6, -1}}, -pad)};
  return builder.Contract(Operand::Of(x, {0, 4, 5, 6}), Operand::Of(K, {1, 4, 7, 8}), std::move(extents), 4, std::move(relations));
}

NodeId Pool(Builder& builder, Monoid monoid, NodeId x, int size, int stride) {
  const Shape xs = builder.graph().ShapeOf(x);
  auto outputs = [&](size_t axis) { return Dim((xs[axis].Constant() - size) / stride + 1); };
  // n c i j | p q u v
  std::vector<Dim> extents{xs[0], xs[1], outputs(2), outputs(3), size, size, xs[2], xs[3]};
  std::vector<Affine> relations{Relation({{2, stride}, {4, 1}, {6, -1}}, 0), Relation({{3, stride}, {5, 1}, {7, -1}}, 0)};
  return builder.Reduce(monoid, Operand::Of(x, {0, 1, 6, 7}), std::move(extents), 4, std::move(relations));
}

NodeId Attention(Builder& builder, NodeId x, NodeId Q, NodeId K, NodeId V) {
  const Shape xs = builder.graph().ShapeOf(x);
  auto project = [&](NodeId W) {
    const Shape ws = builder.graph().ShapeOf(W);
    return builder.Contract(Operand::Of(x, {0, 2}), Operand::Of(W, {2, 1}), {xs[0], ws[1], ws[0]}, 2);
  };
  const NodeId q = project(Q), k = project(K), v = project(V);
  const Dim t = xs[0], d = builder.graph().ShapeOf(q)[1];
  const NodeId scores = builder.Contract(Operand::Of(q, {0, 2}), Operand::Of(k, {1, 2}), {t, t, d}, 2);
  const NodeId p = Softmax(builder, Call(builder, ScalarFn::Mul, {scores, Literal(builder, 1 / std::sqrt(2.0))}));
  return builder.Contract(Operand::Of(p, {0, 2}), Operand::Of(v, {2, 1}), {t, d, t}, 2);
}

static NodeId LayerNorm(Builder& builder, NodeId x, NodeId scale) {
  const double count = static_cast<double>(builder.graph().ShapeOf(x)[1].Constant());
  const NodeId n = Literal(builder, count);
  auto mean = [&](NodeId t) { return KeepLast(builder, Call(builder, ScalarFn::Div, {SumLast(builder, t), n})); };
  const NodeId centred = Call(builder, ScalarFn::Sub, {x, mean(x)});
  const NodeId variance = mean(Call(builder, ScalarFn::Mul, {centred, centred}));
  const NodeId deviation = Call(builder, ScalarFn::Sqrt, {Call(builder, ScalarFn::Add, {variance, Literal(builder, 1e-3)})});
  return Call(builder, ScalarFn::Mul, {Call(builder, ScalarFn::Div, {centred, deviation}), scale});
}

static NodeId BatchNorm(Builder& builder, NodeId x) {
  const Shape s = builder.graph().ShapeOf(x);
  auto mean = [&](NodeId t) {
    return Call(builder, ScalarFn::Div, {builder.Reduce(Monoid::Sum, Operand::Of(t, {1, 0}), {s[1], s[0]}, 1), Literal(builder, static_cast<double>(s[0].Constant()))});
  };
  const NodeId centred = Call(builder, ScalarFn::Sub, {x, mean(x)});
  const NodeId variance = mean(Call(builder, ScalarFn::Pow, {centred, Literal(builder, 2)}));
  return Call(builder, ScalarFn::Div, {centred, Call(builder, ScalarFn::Sqrt, {Call(builder, ScalarFn::Add, {variance, Literal(builder, 0.1)})})});
}

static NodeId CrossEntropy(Builder& builder, NodeId logits, const std::vector<int>& labels) {
  const Shape s = builder.graph().ShapeOf(logits);
  const NodeId logp = Call(builder, ScalarFn::Log, {Softmax(builder, logits)});
  NodeId loss = Literal(builder, 0);
  for (size_t n = 0; n < labels.size(); ++n) {
    std::vector<Affine> point{Relation({{0, 1}}, -static_cast<int64_t>(n)), Relation({{1, 1}}, -labels[n])};
    const NodeId picked = builder.Reduce(Monoid::Sum, Operand::Of(logp, {0, 1}), s, 0, std::move(point));
    loss = Call(builder, ScalarFn::Sub, {loss, picked});
  }
  return loss;
}

// One step of a gated recurrence with gates as slices of one tensor.
static NodeId Gated(Builder& builder, NodeId x, NodeId W, NodeId h) {
  const Shape xs = builder.graph().ShapeOf(x), ws = builder.graph().ShapeOf(W);  // W[i, 2, j]
  const NodeId z = builder.Contract(Operand::Of(x, {0, 3}), Operand::Of(W, {3, 1, 2}), {xs[0], ws[1], ws[2], ws[0]}, 3);
  auto gate = [&](int64_t g) {
    return builder.Reduce(Monoid::Sum, Operand::Of(z, {0, 2, 1}), {xs[0], ws[2], ws[1]}, 2, {Relation({{2, 1}}, -g)});
  };
  const NodeId f = Call(builder, ScalarFn::Sigmoid, {gate(0)});
  const NodeId c = Call(builder, ScalarFn::Tanh, {gate(1)});
  return Call(builder, ScalarFn::Add, {Call(builder, ScalarFn::Mul, {f, h}), Call(builder, ScalarFn::Mul, {Call(builder, ScalarFn::Sub, {Literal(builder, 1), f}), c})});
}

// Values far apart from each other, so that no maximum has a tie nearby.
static std::vector<double> Spread(size_t count) {
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) values.push_back(-1.0 + 2.0 * static_cast<double>((i * 7 + 3) % count) / static_cast<double>(count));
  return values;
}

std::vector<Case> Networks() {
  std::vector<Case> cases;
  auto add = [&](Case c) { cases.push_back(std::move(c)); };
  add({"dense", {{"x", {2, 3}}, {"W", {3, 2}}, {"b", {2}}}, [](Builder& b, const Nodes& in) { return Call(b, ScalarFn::Tanh, {Dense(b, in[0], in[1], in[2])}); }});
  add({"two_layers", {{"x", {2, 2}}, {"W", {2, 3}}, {"V", {3, 1}}, {"b", {3}}, {"c", {1}}}, [](Builder& b, const Nodes& in) {
         return Call(b, ScalarFn::Sigmoid, {Dense(b, Call(b, ScalarFn::Tanh, {Dense(b, in[0], in[1], in[3])}), in[2], in[4])});
       }});
  add({"strided_convolution", {{"x", {1, 2, 5, 4}}, {"K", {2, 2, 3, 2}}}, [](Builder& b, const Nodes& in) { return Call(b, ScalarFn::Tanh, {Convolution(b, in[0], in[1], 2, 1, 1)}); }, 2});
  add({"dilated_convolution", {{"x", {1, 1, 6, 5}}, {"K", {2, 1, 2, 2}}}, [](Builder& b, const Nodes& in) { return Call(b, ScalarFn::Sin, {Convolution(b, in[0], in[1], 2, 2, 1)}); }});
  add({"max_pool", {{"x", {1, 1, 4, 4}, -1, 1, Spread(16)}}, [](Builder& b, const Nodes& in) { return Call(b, ScalarFn::Exp, {Pool(b, Monoid::Max, in[0], 2, 2)}); }});
  add({"overlapping_max_pool", {{"x", {1, 1, 5, 5}, -1, 1, Spread(25)}}, [](Builder& b, const Nodes& in) { return Call(b, ScalarFn::Exp, {Pool(b, Monoid::Max, in[0], 3, 2)}); }});
  add({"mean_pool", {{"x", {1, 1, 5, 5}}}, [](Builder& b, const Nodes& in) { return Call(b, ScalarFn::Exp, {Pool(b, Monoid::Sum, in[0], 3, 1)}); }});
  add({"min_and_max", {{"x", {3, 4}, -1, 1, Spread(12)}}, [](Builder& b, const Nodes& in) {
         return Call(b, ScalarFn::Mul, {SumLast(b, Call(b, ScalarFn::Exp, {in[0]}), Monoid::Max), SumLast(b, in[0], Monoid::Min)});
       }});
  add({"softmax_cross_entropy", {{"x", {2, 3}}, {"W", {3, 3}}, {"b", {3}}}, [](Builder& b, const Nodes& in) { return CrossEntropy(b, Dense(b, in[0], in[1], in[2]), {2, 0}); }});
  add({"softmax", {{"x", {2, 3}}}, [](Builder& b, const Nodes& in) { return Softmax(b, in[0]); }});
  add({"layer_norm", {{"x", {2, 3}}, {"s", {3}}}, [](Builder& b, const Nodes& in) { return LayerNorm(b, in[0], in[1]); }, 3, 5e-5});
  add({"batch_norm", {{"x", {3, 2}}}, [](Builder& b, const Nodes& in) { return BatchNorm(b, in[0]); }, 3, 2e-5});
  add({"attention", {{"x", {3, 2}}, {"Q", {2, 2}}, {"K", {2, 2}}, {"V", {2, 2}}}, [](Builder& b, const Nodes& in) { return Attention(b, in[0], in[1], in[2], in[3]); }});
  add({"gated", {{"x", {2, 2}}, {"W", {2, 2, 2}}, {"h", {2, 2}}}, [](Builder& b, const Nodes& in) { return Gated(b, in[0], in[1], in[2]); }});
  add({"prod", {{"x", {2, 4}}}, [](Builder& b, const Nodes& in) { return SumLast(b, in[0], Monoid::Prod); }});
  add({"prod_over_two_axes", {{"x", {2, 3}}}, [](Builder& b, const Nodes& in) {
         return b.Reduce(Monoid::Prod, Operand::Of(in[0], {0, 1}), {2, 3}, 0);
       }});
  add({"windowed_prod", {{"x", {6}}}, [](Builder& b, const Nodes& in) {  // y[i] = prod[p:3] x[i + p - 1], outside left out
         return b.Reduce(Monoid::Prod, Operand::Of(in[0], {2}), {6, 3, 6}, 1, {Relation({{0, 1}, {1, 1}, {2, -1}}, -1)});
       }});
  add({"diagonal", {{"x", {3, 3}}}, [](Builder& b, const Nodes& in) {
         const NodeId e = Call(b, ScalarFn::Exp, {in[0]});
         return b.Fill(Operand::Of(e, {0, 0}), {3});
       }});
  add({"diagonal_of_input", {{"x", {3, 3}}}, [](Builder& b, const Nodes& in) {
         return Call(b, ScalarFn::Tanh, {b.Contract(Operand::Of(in[0], {1, 1}), Operand::Of(in[0], {0, 1}), {3, 3}, 1)});
       }});
  add({"trace_of_square", {{"x", {3, 3}}}, [](Builder& b, const Nodes& in) {
         const NodeId square = b.Contract(Operand::Of(in[0], {0, 2}), Operand::Of(in[0], {2, 1}), {3, 3, 3}, 2);
         return Call(b, ScalarFn::Exp, {b.Reduce(Monoid::Sum, Operand::Of(square, {0, 0}), {3}, 0)});
       }});
  add({"slice_and_reverse", {{"x", {5}}}, [](Builder& b, const Nodes& in) {  // y[i] = x[i + 1] * x[4 - i]
         const NodeId left = b.Reduce(Monoid::Sum, Operand::Of(in[0], {1}), {3, 5}, 1, {Relation({{0, 1}, {1, -1}}, 1)});
         const NodeId right = b.Reduce(Monoid::Sum, Operand::Of(in[0], {1}), {3, 5}, 1, {Relation({{0, 1}, {1, 1}}, -4)});
         return Call(b, ScalarFn::Mul, {left, Call(b, ScalarFn::Sin, {right})});
       }});
  add({"powers", {{"x", {3}, 0.5, 1.5}}, [](Builder& b, const Nodes& in) {
         NodeId sum = Literal(b, 0);
         for (double e : {-2.0, -1.0, 0.5, 2.0, 3.0, 5.0}) sum = Call(b, ScalarFn::Add, {sum, Call(b, ScalarFn::Pow, {in[0], Literal(b, e)})});
         return sum;
       }});
  return cases;
}

}  // namespace nnc::test
