// The one rule for comprehensions, per access a = x[s(o, r)] of y[o] = fold over r of f, relations C kept as they are:
//
//   xbar[u] = sum over o, r of [C] [u = s(o, r)] * w * ybar[o] * df/da
//
// with w = 1 for sums, [r is the recorded winner] for max and min, and the product of the other factors for products (made of
// the products before and after r, never by division). Masks are strong zeros: select around the whole product.
#include "compiler/passes/derivative_rules.h"

#include <algorithm>

namespace nnc::passes {

using ir::Affine;
using ir::Dim;
using ir::Monoid;
using ir::NodeId;
using ir::Operand;
using ir::Scalar;
using ir::ScalarFn;
using ir::Shape;

Operand NodeDerivative::Behind(const Operand& operand) const {
  return Rename(operand, Iota(static_cast<int>(definition_.extents.size()), Extra()));
}

std::vector<Dim> NodeDerivative::Space() const {
  std::vector<Dim> space = extra_;
  space.insert(space.end(), definition_.extents.begin(), definition_.extents.end());
  return space;
}

// A tensor over the first `indices` indices of the space.
Operand NodeDerivative::Whole(NodeId tensor, int indices) const { return Operand::Of(tensor, Iota(indices)); }

// The sum of a product over everything but the extra axes and the axes of target's node. An index that stands twice in the
// target's subscripts becomes a relation between two output indices.
NodeId NodeDerivative::SumOnto(std::vector<Operand> factors, const Operand& target) {
  const std::vector<Dim> space = Space();
  std::vector<int> names(space.size(), -1);
  std::vector<Dim> extents = extra_;
  std::vector<std::pair<int, int>> equal;
  for (int e = 0; e < Extra(); ++e) names[static_cast<size_t>(e)] = e;
  for (int index : target.indices) {
    const int output = static_cast<int>(extents.size());
    extents.push_back(space[static_cast<size_t>(index)]);
    if (names[static_cast<size_t>(index)] < 0) {
      names[static_cast<size_t>(index)] = output;
    } else {
      equal.emplace_back(names[static_cast<size_t>(index)], output);
    }
  }
  const int rank = static_cast<int>(extents.size());
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] >= 0) continue;
    names[i] = static_cast<int>(extents.size());
    extents.push_back(space[i]);
  }
  std::vector<Affine> relations;
  for (const Affine& relation : definition_.relations) {
    relations.push_back(Rename(Rename(relation, Iota(static_cast<int>(definition_.extents.size()), Extra())), names));
  }
  for (auto [first, second] : equal) {
    Affine relation = Affine::Index(first);
    relation.Add(second, -1);
    relations.push_back(std::move(relation));
  }
  for (Operand& factor : factors) factor = Rename(std::move(factor), names);
  if (factors.size() == 1) return builder_.Reduce(Monoid::Sum, factors[0], std::move(extents), rank, std::move(relations));
  return builder_.Contract(factors[0], factors[1], std::move(extents), rank, std::move(relations));
}

// The scalar table's formula at every point of the space.
NodeId NodeDerivative::ApplyRow(size_t arg, const Operand& g) {
  const ir::ScalarRow& row = ir::Row(definition_.fn);
  Operand abc[3];
  for (size_t i = 0; i < definition_.args.size(); ++i) abc[i] = Behind(definition_.args[i]);
  const Operand y = Operand::Of(node_, Iota(definition_.rank, Extra()));
  return ir::ApplyFormula(builder_, row.derivative[arg], abc, y, g, Space());
}

static bool Larger(const Dim& a, const Dim& b) {
  if (!a.IsConstant() || !b.IsConstant()) return !a.IsConstant() && b.IsConstant();
  return a.Constant() > b.Constant();
}

// For each relation one reduction index that it determines: the largest with coefficient 1 or -1.
static std::vector<bool> Determined(const Definition& d) {
  std::vector<bool> determined(d.extents.size(), false);
  for (const Affine& relation : d.relations) {
    int best = -1;
    for (const Affine::Term& term : relation.terms) {
      if (term.index < d.rank || determined[static_cast<size_t>(term.index)]) continue;
      if (term.coefficient != 1 && term.coefficient != -1) continue;
      if (best < 0 || Larger(d.extents[static_cast<size_t>(term.index)], d.extents[static_cast<size_t>(best)])) best = term.index;
    }
    if (best >= 0) determined[static_cast<size_t>(best)] = true;
  }
  return determined;
}

// Renumbers the reduction indices: those that number the points first, then those that relations determine.
void NodeDerivative::NumberFreeIndicesFirst() {
  Definition& d = definition_;
  std::vector<bool> determined = Determined(d);
  if (!LeaveOneValue(d, determined)) determined.assign(determined.size(), false);
  std::vector<int> names(d.extents.size());
  std::vector<Dim> extents = d.OutputShape();
  for (int i = 0; i < d.rank; ++i) names[static_cast<size_t>(i)] = i;
  for (bool wanted : {false, true}) {
    for (size_t i = static_cast<size_t>(d.rank); i < names.size(); ++i) {
      if (determined[i] != wanted) continue;
      names[i] = static_cast<int>(extents.size());
      extents.push_back(d.extents[i]);
    }
    if (!wanted) free_ = static_cast<int>(extents.size()) - d.rank;
  }
  for (Operand& arg : d.args) arg = Rename(std::move(arg), names);
  d.relations = Rename(d.relations, names);
  d.extents = std::move(extents);
}

// The recorded winner of max or min at each output point, as the row-major number of its free indices.
NodeId NodeDerivative::Winner() {
  return builder_.Reduce(ir::Row(definition_.monoid).winner, definition_.args[0], definition_.extents, definition_.rank, definition_.relations, free_);
}

// The row-major number of the free indices, behind the extra axes.
Operand NodeDerivative::PointNumber() {
  const int first = definition_.rank;
  if (free_ == 1) return Operand::Of(first + Extra());
  const Shape shape(definition_.extents.begin() + first, definition_.extents.begin() + first + free_);
  Operand number = Operand::Of(0);
  for (int i = 1; i < free_; ++i) {
    const Operand scaled = Operand::Of(
        builder_.Map(ScalarFn::Mul, {number, Operand::Of(shape[static_cast<size_t>(i)])}, shape), Iota(free_));
    number = Operand::Of(builder_.Map(ScalarFn::Add, {scaled, Operand::Of(i)}, shape), Iota(free_));
  }
  return Rename(std::move(number), Iota(free_, first + Extra()));
}

// prod: over [outputs, free indices], the product of all factors but the point's own. For each free index k: those that agree
// before k and lie below (or above) at k.
NodeId NodeDerivative::Others() {
  const Definition& d = definition_;
  const int count = static_cast<int>(d.extents.size());
  const int points = d.rank + free_;
  const Shape shape(d.extents.begin(), d.extents.begin() + points);
  Operand product = Operand::Of(1.0);
  for (int k = d.rank; k < points; ++k) {
    for (int side : {-1, 1}) {
      std::vector<Dim> extents(shape);
      std::vector<int> names(static_cast<size_t>(count));
      for (int i = 0; i < count; ++i) {
        names[static_cast<size_t>(i)] = i < k ? i : static_cast<int>(extents.size());
        if (i >= k) extents.push_back(d.extents[static_cast<size_t>(i)]);
      }
      const int distance = static_cast<int>(extents.size());
      extents.push_back(d.extents[static_cast<size_t>(k)]);
      std::vector<Affine> relations = Rename(d.relations, names);
      Affine apart = Affine::Index(names[static_cast<size_t>(k)]);  // other == own + side * (distance + 1)
      apart.Add(k, -1);
      apart.Add(distance, -side);
      apart.constant = -side;
      relations.push_back(std::move(apart));
      const NodeId part = builder_.Reduce(Monoid::Prod, Rename(d.args[0], names), std::move(extents), points, std::move(relations));
      product = Operand::Of(builder_.Map(ScalarFn::Mul, {product, Whole(part, points)}, shape), Iota(points));
    }
  }
  return builder_.Fill(product, shape);
}

NodeId NodeDerivative::Adjoint(size_t arg, NodeId g) {
  const int outputs = Extra() + definition_.rank;
  if (definition_.call) {
    const NodeId row = ApplyRow(arg, Whole(g, outputs));
    return SumOnto({Whole(row, outputs)}, Behind(definition_.args[arg]));
  }
  if (definition_.shape == ir::CompForm::Contraction) {
    return SumOnto({Whole(g, outputs), Behind(definition_.args[1 - arg])}, Behind(definition_.args[arg]));
  }
  if (definition_.monoid == Monoid::Sum) return SumOnto({Whole(g, outputs)}, Behind(definition_.args[0]));
  NumberFreeIndicesFirst();
  if (free_ == 0) return SumOnto({Whole(g, outputs)}, Behind(definition_.args[0]));
  const int points = outputs + free_;
  if (definition_.monoid == Monoid::Prod) {
    const Operand others = Operand::Of(Others(), Iota(definition_.rank + free_, Extra()));
    return SumOnto({Whole(g, outputs), others}, Behind(definition_.args[0]));
  }
  const std::vector<Dim> space = Space();
  const Shape shape(space.begin(), space.begin() + points);
  const Operand winner = Operand::Of(Winner(), Iota(definition_.rank, Extra()));
  const NodeId wins = builder_.Map(ScalarFn::Eq, {winner, PointNumber()}, shape);
  const NodeId share = builder_.Map(ScalarFn::Select, {Whole(wins, points), Whole(g, outputs), Operand::Of(0.0)}, shape);
  return SumOnto({Whole(share, points)}, Behind(definition_.args[0]));
}

NodeId NodeDerivative::Tangent(size_t arg, NodeId tangent) {
  auto moved = [&](const Operand& operand) {
    std::vector<int> indices = Iota(Extra());
    for (int index : Behind(operand).indices) indices.push_back(index);
    return Operand::Of(tangent, std::move(indices));
  };
  const int outputs = Extra() + definition_.rank;
  const std::vector<int> behind = Iota(static_cast<int>(definition_.extents.size()), Extra());
  if (definition_.call) return ApplyRow(arg, moved(definition_.args[arg]));
  if (definition_.shape == ir::CompForm::Contraction) {
    return builder_.Contract(moved(definition_.args[arg]), Behind(definition_.args[1 - arg]), Space(), outputs,
                            Rename(definition_.relations, behind));
  }
  if (definition_.monoid != Monoid::Sum) NumberFreeIndicesFirst();
  const std::vector<Affine> relations = Rename(definition_.relations, behind);
  if (definition_.monoid == Monoid::Sum || free_ == 0) {
    return builder_.Reduce(Monoid::Sum, moved(definition_.args[0]), Space(), outputs, relations);
  }
  if (definition_.monoid == Monoid::Prod) {
    const Operand others = Operand::Of(Others(), Iota(definition_.rank + free_, Extra()));
    return builder_.Contract(moved(definition_.args[0]), others, Space(), outputs, relations);
  }
  const std::vector<Dim> space = Space();
  const int points = outputs + free_;
  const Shape shape(space.begin(), space.begin() + points);
  const NodeId window = builder_.Reduce(Monoid::Sum, moved(definition_.args[0]), space, points, relations);
  const Operand winner = Operand::Of(Winner(), Iota(definition_.rank, Extra()));
  const NodeId wins = builder_.Map(ScalarFn::Eq, {winner, PointNumber()}, shape);
  const NodeId share = builder_.Map(ScalarFn::Select, {Whole(wins, points), Whole(window, points), Operand::Of(0.0)}, shape);
  return builder_.Reduce(Monoid::Sum, Whole(share, points), shape, outputs);
}

}  // namespace nnc::passes
