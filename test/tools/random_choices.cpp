// Indices that come from data in random programs: a condition equates an index to whole numbers that are computed, some of them outside of
// the axis; what is chosen by it is summed over the index (a gather) or over what the numbers belong to (a scatter, a histogram).
#include <algorithm>

#include "test/tools/random_generator.h"

namespace nnc::test {

using namespace ir;

// Whole numbers from -1 to about `size`, of the shape of a tensor of the pool with few axes.
Generator::Place Generator::WholeNumbers(int size) {
  Place x = Pick();
  for (int attempt = 0; attempt < 8 && ShapeOf(x).size() > 2; ++attempt) x = Pick();
  if (ShapeOf(x).size() > 2) x = NewInput({RandomSize()});
  const Place spread = Map(ScalarFn::Mul, Map(ScalarFn::Tanh, x, 1), size * 0.53125, size);
  return Map(ScalarFn::Floor, Map(ScalarFn::Add, spread, size * 0.5, size), size);
}

// index == number, or index - other == number, over [size, axes of the numbers...].
Generator::Place Generator::Chosen(const Dim& size, Place numbers) {
  Shape extents = ShapeOf(numbers);
  std::vector<int> axes;
  for (size_t axis = 0; axis < extents.size(); ++axis) axes.push_back(static_cast<int>(axis) + 1);
  extents.insert(extents.begin(), size);
  Operand number = At(numbers, axes);
  if (!axes.empty() && random_.Chance(0.25)) {
    Feature("choice by an index and a number");
    const Place sum = Map(ScalarFn::Add, {number, Operand::Of(random_.Of(axes))}, extents, pool_[numbers].bound + 6);
    number = Whole(sum);
  }
  std::vector<Operand> sides = {Operand::Of(0), number};
  if (random_.Chance(0.5)) std::swap(sides[0], sides[1]);
  const Place condition = Map(ScalarFn::Eq, sides, extents, 1);
  if (!random_.Chance(0.2)) return condition;
  double bound = 0;
  const std::optional<Operand> other = Fitting(extents, &bound);
  if (!other) return condition;
  Feature("choice under a condition");
  const NodeId truth = emitter_.Map(ScalarFn::Gt, {*other, Operand::Of(0.125)}, extents);
  const Place both = Add(truth, extents, 1);
  return Map(ScalarFn::And, {Whole(condition), Whole(both)}, extents, 1);
}

void Generator::Choice() {
  const int size = random_.Of(std::vector<int>{3, 9, 11});  // few turns are walked, more are found
  const Place numbers = WholeNumbers(size);
  const Place condition = Chosen(size, numbers);
  const Shape chosen = ShapeOf(condition);  // [size, axes of the numbers...]
  const bool gather = random_.Chance(0.5);
  Indices indices;
  std::vector<int> of_condition, of_value, all;
  for (size_t axis = 0; axis < chosen.size(); ++axis) {
    const bool reduced = gather ? axis == 0 || random_.Chance(0.2) : axis > 0 && random_.Chance(0.85);
    of_condition.push_back(indices.New(chosen[axis], reduced));
  }
  // The value: a table's row, or what each number brings with it.
  Shape shape;
  auto value_axis = [&](const Dim& extent, int index) {
    shape.push_back(extent);
    of_value.push_back(index);
  };
  if (gather) value_axis(size, of_condition[0]);
  for (size_t axis = 1; axis < chosen.size(); ++axis)
    if (!gather || random_.Chance(0.3)) value_axis(chosen[axis], of_condition[axis]);
  if (random_.Chance(0.6)) {
    const Dim extent = RandomSize();
    value_axis(extent, indices.New(extent, false));
  }
  if (!Affordable(indices.extents, indices.extents.size())) return;
  std::vector<Place> fitting;
  for (Place p = 0; p < pool_.size(); ++p)
    if (pool_[p].shape == shape && pool_[p].bound < 4) fitting.push_back(p);
  const Place value = Moderate(!fitting.empty() && random_.Chance(0.7) ? random_.Of(fitting) : NewInput(shape));
  double count = 1;
  for (size_t i = 1; i < chosen.size(); ++i) count *= indices.reduced[i] ? Nominal(chosen[i]) : 1;
  Feature(gather ? "gather" : "scatter");
  if (size > 8) Feature("found turn");
  const double bound = std::max(1.0, pool_[value].bound) * count;
  if (random_.Chance(0.3)) return Product(condition, of_condition, value, of_value, indices, {}, bound);
  const Monoid monoid = random_.Chance(0.85) ? Monoid::Sum : Monoid::Prod;
  // Factors near 1.
  const Place near = monoid == Monoid::Sum ? value : Map(ScalarFn::Add, Map(ScalarFn::Mul, Map(ScalarFn::Sin, value, 1), 0.25, 0.25), 1, 1.25);
  std::vector<Operand> arguments = {At(condition, of_condition), At(near, of_value), Operand::Of(monoid == Monoid::Sum ? 0.0 : 1.0)};
  const Place choice = Map(ScalarFn::Select, std::move(arguments), indices.extents, pool_[near].bound);
  for (size_t i = 0; i < indices.extents.size(); ++i) all.push_back(static_cast<int>(i));
  if (monoid == Monoid::Prod && count > 20) return;
  std::vector<Affine> relations;
  if (gather && size > 9 && random_.Chance(0.4)) {  // from a part of the table: its first index is another one, and a number
    Feature("found turn of a part");
    const int first = random_.Between(1, 2);
    Affine part = Affine::Index(of_condition[0]);
    part.Add(indices.New(size - first, true), -1);
    part.constant = -first;
    relations.push_back(part);
  }
  Moderate(Fold(monoid, choice, all, indices, relations, monoid == Monoid::Prod ? 100 : bound));
}

}  // namespace nnc::test
