// Scalar functions in random programs: each on arguments inside its domain and away from overflow.
#include <algorithm>
#include <cmath>

#include "test/tools/random_generator.h"

namespace nnc::test {

using namespace ir;

Operand Generator::At(Place x, std::vector<int> indices) {
  pool_[x].read = true;
  return Operand::Of(pool_[x].id, std::move(indices));
}

Operand Generator::Whole(Place x) {
  std::vector<int> indices;
  for (size_t axis = 0; axis < ShapeOf(x).size(); ++axis) indices.push_back(static_cast<int>(axis));
  return At(x, std::move(indices));
}

std::optional<Operand> Generator::Fitting(const Shape& extents, double* bound) {
  for (int attempt = 0; attempt < 8; ++attempt) {
    const Place y = Pick();
    std::vector<int> indices;
    for (const Dim& size : ShapeOf(y)) {
      std::vector<int> fits;
      for (size_t i = 0; i < extents.size(); ++i) {
        if (extents[i] == size) fits.push_back(static_cast<int>(i));
      }
      if (fits.empty()) break;
      indices.push_back(random_.Of(fits));
    }
    if (indices.size() < ShapeOf(y).size()) continue;
    std::vector<int> sorted = indices;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) Feature("relation diagonal");
    if (indices != sorted) Feature("transpose");
    if (indices.size() < extents.size()) Feature("broadcast");
    *bound = pool_[y].bound;
    return At(y, std::move(indices));
  }
  return std::nullopt;
}

Generator::Place Generator::Map(ScalarFn fn, std::vector<Operand> arguments, Shape extents, double bound) {
  Feature("scalar " + std::string(Row(fn).name));
  const NodeId id = emitter_.Map(fn, std::move(arguments), extents);
  return Add(id, std::move(extents), bound);
}

Generator::Place Generator::Positive(Place x) {
  const double bound = pool_[x].bound;
  const Place square = Map(ScalarFn::Mul, {Whole(x), Whole(x)}, ShapeOf(x), bound * bound);
  return Map(ScalarFn::Add, square, 0.3125, bound * bound + 0.3125);
}

Generator::Place Generator::InsideUnit(Place x) { return Map(ScalarFn::Mul, Map(ScalarFn::Tanh, x, 1), 0.8125, 0.8125); }

Generator::Place Generator::Condition(Place x) {
  static const std::vector<ScalarFn> comparisons = {ScalarFn::Lt, ScalarFn::Le, ScalarFn::Gt, ScalarFn::Ge};
  if (ShapeOf(x).size() >= 2 && random_.Chance(0.3)) {
    Feature("index value");
    return Map(random_.Chance(0.5) ? ScalarFn::Eq : ScalarFn::Le, {Operand::Of(0), Operand::Of(1)}, ShapeOf(x), 1);
  }
  return Map(random_.Of(comparisons), x, random_.Uniform(-0.5, 0.5), 1);
}

Generator::Argument Generator::SecondArgument(const Shape& extents) {
  const int choice = random_.Below(10);
  double bound = 0;
  if (choice < 7) {
    if (std::optional<Operand> operand = Fitting(extents, &bound)) return {*operand, bound};
  }
  if (choice == 7 && !extents.empty()) {
    Feature("index value");
    return {Operand::Of(random_.Below(static_cast<int>(extents.size()))), 6};
  }
  if (choice == 8) {
    Feature("size value");
    return {Operand::Of(rows_ + Dim(random_.Below(2))), 6};
  }
  const double literal = std::round(random_.Uniform(-2, 2) * 64) / 64;
  return {Operand::Of(literal), 2};
}

void Generator::UnaryRow(ScalarFn fn) {
  Place x = Moderate(Pick());
  double bound = pool_[x].bound;
  switch (fn) {
    case ScalarFn::Log:
    case ScalarFn::Sqrt:
      x = Positive(x);
      bound = std::max(1.2, pool_[x].bound);
      break;
    case ScalarFn::Log1p:
    case ScalarFn::Asin:
    case ScalarFn::Acos:
    case ScalarFn::Tan:
      x = InsideUnit(x);
      bound = 2.6;
      break;
    case ScalarFn::Exp:
    case ScalarFn::Expm1:
    case ScalarFn::Sinh:
    case ScalarFn::Cosh: bound = std::exp(bound); break;
    case ScalarFn::Not: x = Condition(x); break;
    default: bound = std::max(bound, 1.0) + 1; break;
  }
  Moderate(Map(fn, x, bound));
}

void Generator::BinaryRow(ScalarFn fn) {
  Place x = Moderate(Pick());
  Shape extents = ShapeOf(x);
  Argument y = SecondArgument(extents);
  double bound = pool_[x].bound + y.bound;
  switch (fn) {
    case ScalarFn::Mul: bound = pool_[x].bound * y.bound; break;
    case ScalarFn::Div:
    case ScalarFn::Quotient:
    case ScalarFn::FloorDiv:
    case ScalarFn::Mod: {
      const Place other = Pick();
      if (ShapeOf(other) == extents && random_.Chance(0.6)) {
        y = {Whole(Positive(Moderate(other))), 0};
      } else {
        y = {Operand::Of(random_.Of(std::vector<double>{0.75, 1.5, -2.0})), 0};
      }
      bound = pool_[x].bound * 4 + 10;
      break;
    }
    case ScalarFn::Pow: {
      const double exponent = random_.Of(std::vector<double>{2, 3, 0.5, -1, 1.5, 0, 1});
      x = Positive(x);
      y = {Operand::Of(exponent), 3};
      if (random_.Chance(0.3)) y.operand = Whole(InsideUnit(x));
      bound = std::pow(std::max(pool_[x].bound, 4.0), 3);
      break;
    }
    case ScalarFn::Xlogy:
    case ScalarFn::Xlog1py: {
      const Place other = Pick();
      const Place argument = ShapeOf(other) == extents ? Moderate(other) : x;
      y = {Whole(fn == ScalarFn::Xlogy ? Positive(argument) : InsideUnit(argument)), 0};
      bound = pool_[x].bound * 3;
      break;
    }
    case ScalarFn::Atan2: {
      const Place other = Positive(x);
      y = {Whole(other), 0};
      bound = 2;
      break;
    }
    default: break;
  }
  std::vector<Operand> arguments = {Whole(x), y.operand};
  const bool ordered = fn == ScalarFn::Div || fn == ScalarFn::Quotient || fn == ScalarFn::FloorDiv || fn == ScalarFn::Mod || fn == ScalarFn::Pow || fn == ScalarFn::Atan2 ||
                       fn == ScalarFn::Xlogy || fn == ScalarFn::Xlog1py;
  if (!ordered && random_.Chance(0.5)) std::swap(arguments[0], arguments[1]);
  Moderate(Map(fn, std::move(arguments), std::move(extents), bound));
}

// Not of their own sum or product: what is left of that differs with the precision.
void Generator::RestRow(ScalarFn fn) {
  const Place x = Moderate(Pick());
  const Shape extents = ShapeOf(x);
  const Argument y = SecondArgument(extents);
  const bool product = fn == ScalarFn::ProductRest;
  const double bound = product ? pool_[x].bound * y.bound : pool_[x].bound + y.bound;
  const Argument from = SecondArgument(extents);
  Moderate(Map(fn, {Whole(x), y.operand, from.operand}, extents, bound + from.bound));
}

void Generator::TruthRow(ScalarFn fn) {
  const Place x = Moderate(Pick());
  const Shape extents = ShapeOf(x);
  if (fn == ScalarFn::Eq || fn == ScalarFn::Ne) {
    Map(fn, Map(ScalarFn::Floor, x, pool_[x].bound + 1), random_.Between(-1, 1), 1);
  } else if (fn == ScalarFn::And || fn == ScalarFn::Or) {
    const Place a = Condition(x), b = Condition(x);
    Map(fn, {Whole(a), Whole(b)}, extents, 1);
  } else {
    Map(fn, {Whole(x), SecondArgument(extents).operand}, extents, 1);
  }
}

void Generator::Elementwise() {
  const ScalarRow& row = random_.Of(AllScalarRows());
  if (row.fn == ScalarFn::Stop && options_.differentiable) return;
  if (row.fn == ScalarFn::Select) {
    const Place x = Moderate(Pick());
    const Shape extents = ShapeOf(x);
    const Place condition = Condition(x);
    const Argument other = SecondArgument(extents);
    Moderate(Map(ScalarFn::Select, {Whole(condition), Whole(x), other.operand}, extents, pool_[x].bound + other.bound));
  } else if (row.arity == 3) {
    RestRow(row.fn);
  } else if (row.arity == 1) {
    UnaryRow(row.fn);
  } else if (row.truth) {
    TruthRow(row.fn);
  } else {
    BinaryRow(row.fn);
  }
}

}  // namespace nnc::test
