// Affine relations in random programs: windows, slices, pads, reversals, upsampling, flattening, deltas.
#include <algorithm>
#include <cmath>

#include "test/tools/random_generator.h"

namespace nnc::test {

using namespace ir;

Affine Generator::Signed(Affine relation) { return random_.Chance(0.3) ? Affine().Plus(relation, -1) : relation; }

int Generator::LongAxis(Place x) {
  std::vector<int> axes;
  const Shape& shape = ShapeOf(x);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (!shape[axis].IsConstant() || shape[axis].Constant() >= 2) axes.push_back(static_cast<int>(axis));
  }
  return axes.empty() ? -1 : random_.Of(axes);
}

// With `always_inside`, every window meets the axis. A size that is not a number gets enough padding to leave an output.
std::optional<Generator::Window> Generator::RandomWindow(const Dim& size, bool transposed, bool always_inside) {
  Window window;
  window.stride = random_.Between(1, 3);
  window.taps = random_.Between(1, 3);
  window.dilation = always_inside ? 1 : random_.Between(1, 2);
  const int reach = window.dilation * (window.taps - 1);
  window.pad = random_.Between(0, std::min(2, reach));
  if (!size.IsConstant() && !transposed) window.pad = reach;
  if (always_inside) window.pad = std::min(window.pad, window.taps - 1);
  if (transposed) {
    window.pad = std::min(window.pad, reach / 2);
    window.out = (size - Dim(1)) * Dim(window.stride) + Dim(reach + 1 - 2 * window.pad);
  } else {
    const Dim room = size + Dim(2 * window.pad - reach - 1);
    if (!room.ProvablyNonNegative()) return std::nullopt;
    window.out = Dim::FloorDiv(room, window.stride) + Dim(1);
  }
  if (window.out.IsConstant() && window.out.Constant() > 12) return std::nullopt;
  Feature("stride " + std::to_string(window.stride));
  if (window.taps > 1) Feature("dilation " + std::to_string(window.dilation));
  if (window.pad > 0) Feature("guard");
  return window;
}

// stride * out + dilation * tap == in + pad; the transposed one has out and in exchanged.
Affine Generator::WindowRelation(const Window& window, int out, int tap, int in, bool transposed) {
  Affine relation;
  relation.Add(transposed ? in : out, window.stride);
  relation.Add(tap, window.dilation);
  relation.Add(transposed ? out : in, -1);
  relation.constant = -window.pad;
  return relation;
}

void Generator::Convolution(bool transposed) {
  const Place x = Moderate(Pick());
  const int axis = LongAxis(x);
  if (axis < 0) return;
  const Shape shape = ShapeOf(x);
  Indices indices;
  std::vector<Affine> relations;
  std::vector<int> x_subscripts, kernel_subscripts;
  Shape kernel_shape;
  double bound = pool_[x].bound * 1.5;
  auto kernel_axis = [&](const Dim& extent, int index) {
    kernel_shape.push_back(extent);
    kernel_subscripts.push_back(index);
  };
  if (random_.Chance(0.5)) {
    const Dim filters = random_.Between(1, 3);
    kernel_axis(filters, indices.New(filters, false));
  }
  for (size_t a = 0; a < shape.size(); ++a) {
    const bool windowed = static_cast<int>(a) == axis || (random_.Chance(0.3) && relations.size() < 2);
    std::optional<Window> window;
    if (windowed) window = RandomWindow(shape[a], transposed, false);
    if (window) {
      const int in = indices.New(shape[a], true), tap = indices.New(window->taps, true), out = indices.New(window->out, false);
      x_subscripts.push_back(in);
      kernel_axis(window->taps, tap);
      relations.push_back(WindowRelation(*window, out, tap, in, transposed));
      bound *= window->taps;
      continue;
    }
    const bool channel = shape[a].IsConstant() && random_.Chance(0.5);
    x_subscripts.push_back(indices.New(shape[a], channel));
    if (!channel) continue;
    kernel_axis(shape[a], x_subscripts.back());
    bound *= Nominal(shape[a]);
  }
  if (relations.empty() || !Affordable(Order(indices).extents, static_cast<size_t>(Order(indices).rank))) return;
  Feature(transposed ? "relation transposed convolution" : "relation convolution");
  Product(x, x_subscripts, NewInput(kernel_shape), kernel_subscripts, indices, relations, bound);
}

void Generator::Pooling() {
  static const std::vector<Monoid> monoids = {Monoid::Sum, Monoid::Prod, Monoid::Max, Monoid::Min, Monoid::ArgMax, Monoid::ArgMin};
  const Place x = Moderate(Pick());
  const int axis = LongAxis(x);
  if (axis < 0) return;
  const Shape shape = ShapeOf(x);
  std::optional<Window> window = RandomWindow(shape[static_cast<size_t>(axis)], false, true);
  if (!window) return;
  Indices indices;
  std::vector<int> subscripts;
  std::vector<Affine> relations;
  int tap = -1;
  for (size_t a = 0; a < shape.size(); ++a) {
    const bool windowed = static_cast<int>(a) == axis;
    subscripts.push_back(indices.New(shape[a], windowed));
    if (!windowed) continue;
    tap = indices.New(window->taps, true);
    relations.push_back(WindowRelation(*window, indices.New(window->out, false), tap, subscripts.back(), false));
  }
  const Monoid monoid = random_.Of(monoids);
  const bool arg = monoid == Monoid::ArgMax || monoid == Monoid::ArgMin;
  if (!Affordable(Order(indices).extents, static_cast<size_t>(Order(indices).rank))) return;
  Feature("relation pooling");
  const double bound = std::pow(std::max(2.0, pool_[x].bound), monoid == Monoid::Prod ? window->taps : 1) * window->taps;
  Moderate(Fold(monoid, x, subscripts, indices, relations, bound, arg ? std::vector<int>{tap} : std::vector<int>{}));
}

// One axis becomes another: out == in + c, out == H - 1 - in, s * out + c == in, s * in + c == out.
void Generator::OneAxis() {
  const Place x = Pick();
  const int axis = LongAxis(x);
  if (axis < 0) return;
  const Shape shape = ShapeOf(x);
  const Dim size = shape[static_cast<size_t>(axis)];
  const int stride = random_.Between(1, 3);
  Affine relation;  // in terms of in = 0 and out = 1, renamed below
  Dim out;
  switch (random_.Below(4)) {
    case 0: {
      const int before = random_.Between(0, 2), after = random_.Between(0, 2);
      relation.Add(0, 1);
      relation.Add(1, -1);
      relation.constant = before;
      out = size + Dim(before + after);
      Feature("relation pad");
      if (before + after > 0) Feature("guard");
      break;
    }
    case 1:
      relation.Add(0, 1);
      relation.Add(1, 1);
      relation.constant = Dim(1) - size;
      out = size;
      Feature("relation reversal");
      break;
    case 2: {
      const int skip = size.IsConstant() ? random_.Below(static_cast<int>(size.Constant())) : 0;
      relation.Add(0, -1);
      relation.Add(1, stride);
      relation.constant = skip;
      out = Dim::FloorDiv(size - Dim(1 + skip), stride) + Dim(1);
      Feature("relation slice");
      Feature("stride " + std::to_string(stride));
      break;
    }
    default: {
      const int offset = random_.Below(2);
      relation.Add(0, stride);
      relation.Add(1, -1);
      relation.constant = offset;
      out = (size - Dim(1)) * Dim(stride) + Dim(1 + offset + random_.Below(2));
      Feature("relation upsampling");
      Feature("stride " + std::to_string(stride));
      break;
    }
  }
  Indices indices;
  std::vector<int> subscripts;
  Affine renamed;
  for (size_t a = 0; a < shape.size(); ++a) {
    subscripts.push_back(indices.New(shape[a], static_cast<int>(a) == axis));
    if (static_cast<int>(a) != axis) continue;
    renamed.constant = relation.constant;
    renamed.Add(subscripts.back(), relation.Coefficient(0));
    renamed.Add(indices.New(out, false), relation.Coefficient(1));
  }
  if (!Affordable(Order(indices).extents, static_cast<size_t>(Order(indices).rank))) return;
  Fold(Monoid::Sum, x, subscripts, indices, {renamed}, pool_[x].bound);
}

// [.., H, 3, ..] becomes [.., 3 H, ..], or a multiple of 2 or 3 is split.
void Generator::Flatten() {
  const Place x = Pick();
  const Shape shape = ShapeOf(x);
  Indices indices;
  std::vector<int> subscripts;
  Affine relation;
  bool done = false;
  for (size_t a = 0; a < shape.size(); ++a) {
    const bool pair = !done && a + 1 < shape.size() && shape[a + 1].IsConstant();
    const bool split = !done && shape[a].IsConstant() && (shape[a].Constant() == 4 || shape[a].Constant() == 6);
    if (pair) {
      const int64_t width = shape[a + 1].Constant();
      subscripts.push_back(indices.New(shape[a], true));
      relation.Add(subscripts.back(), width);
      subscripts.push_back(indices.New(shape[++a], true));
      relation.Add(subscripts.back(), 1);
      relation.Add(indices.New(shape[a - 1] * shape[a], false), -1);
      done = true;
    } else if (split) {
      subscripts.push_back(indices.New(shape[a], true));
      relation.Add(subscripts.back(), -1);
      relation.Add(indices.New(Dim(shape[a].Constant() / 2), false), 2);
      relation.Add(indices.New(2, false), 1);
      done = true;
    } else {
      subscripts.push_back(indices.New(shape[a], false));
    }
  }
  if (!done || !Affordable(Order(indices).extents, static_cast<size_t>(Order(indices).rank))) return;
  Feature("relation flatten");
  Fold(Monoid::Sum, x, subscripts, indices, {relation}, pool_[x].bound);
}

// x[i, ..] where i == j + c, for an output index j or a reduced one.
void Generator::Delta() {
  const Place x = Pick();
  const Shape shape = ShapeOf(x);
  if (shape.empty()) return;
  Indices indices;
  std::vector<int> subscripts;
  for (const Dim& size : shape) subscripts.push_back(indices.New(size, false));
  Affine relation = Affine::Index(0);
  int other = -1;
  if (shape.size() > 1 && random_.Chance(0.5)) {
    other = 1;
    indices.reduced[1] = random_.Chance(0.6);
    Feature("relation diagonal");
  } else {
    other = indices.New(shape[0], false);
    Feature("relation delta");
  }
  relation.Add(other, -1);
  relation.constant = random_.Between(-1, 1);
  if (!Affordable(Order(indices).extents, static_cast<size_t>(Order(indices).rank))) return;
  Fold(Monoid::Sum, x, subscripts, indices, {relation}, pool_[x].bound);
}

void Generator::Relation() {
  const int choice = random_.Below(100);
  if (choice < 30) Convolution(false);
  else if (choice < 45) Convolution(true);
  else if (choice < 65) Pooling();
  else if (choice < 85) OneAxis();
  else if (choice < 93) Flatten();
  else Delta();
}

}  // namespace nnc::test
