// Sums and contractions: every sum of a product is brought to at most two operands, none free of the reduction, no index
// summed that only one operand carries (it is summed first), relations solved where they name one index twice.
#include <algorithm>
#include <numeric>

#include "compiler/ir/builder_impl.h"

namespace nnc::ir {

static std::vector<int> Iota(size_t count) {
  std::vector<int> indices(count);
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

static bool Reads(const Operand& operand, int index) {
  if (operand.kind == Scalar::Kind::Index) return operand.index == index;
  return std::find(operand.indices.begin(), operand.indices.end(), index) != operand.indices.end();
}

// Numbers stand outside, unless one is all that the relations mask: the product with a mask of 1 would come back here.
bool Builder::Impl::AbsorbLeaves(FoldForm& form, Hoisted& hoisted) {
  const size_t before = form.factors.size();
  const bool mask = form.Reductions() == 0 && !form.relations.empty();
  for (size_t i = before; i-- > 0;) {
    const Operand& factor = form.factors[i];
    if (mask && form.factors.size() == 1 && !IsLiteralValue(factor, 0) && !IsLiteralValue(factor, 1)) break;
    if (factor.kind == Scalar::Kind::Literal) {
      hoisted.literal *= factor.literal;
    } else if (factor.kind == Scalar::Kind::Extent) {
      hoisted.factors.push_back(factor);
    } else {
      continue;
    }
    form.factors.erase(form.factors.begin() + static_cast<long>(i));
  }
  return form.factors.size() != before;
}

// A factor free of the reduction stands outside, unless it is all that the relations mask.
bool Builder::Impl::HoistFree(FoldForm& form, Hoisted& hoisted) {
  if (form.Reductions() == 0) return false;
  for (size_t i = 0; i < form.factors.size(); ++i) {
    if (!form.Free(form.factors[i])) continue;
    if (form.factors.size() == 1 && !form.relations.empty()) continue;
    hoisted.factors.push_back(form.factors[i]);
    form.factors.erase(form.factors.begin() + static_cast<long>(i));
    return true;
  }
  return false;
}

// f may leave the product f * g * other if that makes the contraction smaller (f has an index that nobody else carries, or none)
// or the product cheaper (there are fewer outputs to scale than elements of f * g).
static bool Narrows(const Operand& f, const Operand& g, const Operand& other, int rank) {
  if (f.kind != Scalar::Kind::Access) return f.kind != Scalar::Kind::Index;
  if (f.indices.empty()) return true;
  if (std::any_of(f.indices.begin(), f.indices.end(), [&](int i) { return !Reads(g, i) && !Reads(other, i); })) return true;
  for (int index = 0; index < rank; ++index) {
    if (!Reads(f, index) && !Reads(g, index) && Reads(other, index)) return false;
  }
  return true;
}

static bool IsScalar(const Operand& operand) {
  return operand.kind == Scalar::Kind::Literal || operand.kind == Scalar::Kind::Extent ||
         (operand.kind == Scalar::Kind::Access && operand.indices.empty());
}

// Looks into one factor: copies, deltas, signs, literals, products, quotients by what is free of the reduction.
bool Builder::Impl::InlineFactor(FoldForm& form, size_t which, Hoisted& hoisted) {
  const Operand factor = form.factors[which];
  FoldForm inner;
  const int space = static_cast<int>(form.extents.size());
  if (PeekSum(factor, &inner, space)) {
    FoldForm point = inner;
    point.extents.insert(point.extents.begin(), form.extents.begin(), form.extents.end());
    point.rank = space;
    if (!SinglePoint(point)) return false;
    form.factors[which] = inner.factors[0];
    form.extents = std::move(point.extents);
    form.relations.insert(form.relations.end(), inner.relations.begin(), inner.relations.end());
    return true;
  }
  Affine delta;
  if (PeekDelta(factor, &delta)) {
    form.factors.erase(form.factors.begin() + static_cast<long>(which));
    form.relations.push_back(std::move(delta));
    return true;
  }
  MapView view;
  if (form.Reductions() == 0 || !PeekMap(factor, &view)) return false;
  if (view.fn == ScalarFn::Neg) {
    hoisted.literal = -hoisted.literal;
    form.factors[which] = view.args[0];
    return true;
  }
  const bool alone = form.factors.size() == 1;
  if (view.fn == ScalarFn::Mul) {
    for (int i = 0; i < 2; ++i) {
      if (!form.Free(view.args[i])) continue;
      if (!alone && !Narrows(view.args[i], view.args[1 - i], form.factors[1 - which], form.rank)) continue;
      if (alone && !form.relations.empty() && form.Free(view.args[1 - i])) continue;
      hoisted.factors.push_back(view.args[i]);
      form.factors[which] = view.args[1 - i];
      return true;
    }
    if (!alone || SinglePoint(form)) return false;
    form.factors = {view.args[0], view.args[1]};
    return true;
  }
  if (view.fn == ScalarFn::Div && form.Free(view.args[1]) && (alone ? !form.Free(view.args[0]) : IsScalar(view.args[1]))) {
    hoisted.divisors.push_back(view.args[1]);
    form.factors[which] = view.args[0];
    return true;
  }
  return false;
}

bool Builder::Impl::DropUnusedReductions(FoldForm& form, Hoisted& hoisted) {
  for (int index = static_cast<int>(form.extents.size()) - 1; index >= form.rank; --index) {
    if (form.InFactors(index) || form.InRelations(index)) continue;
    const Dim extent = form.extents[static_cast<size_t>(index)];
    if (!(extent == Dim(1))) hoisted.factors.push_back(Operand::Of(extent));
    form.Erase(index);
    return true;
  }
  return false;
}

// The reduction indices connected to `start` through relations.
static std::vector<int> Component(const FoldForm& form, int start) {
  std::vector<int> members{start};
  for (size_t at = 0; at < members.size(); ++at) {
    for (const Affine& relation : form.relations) {
      if (relation.Coefficient(members[at]) == 0) continue;
      for (const Affine::Term& term : relation.terms) {
        if (term.index < form.rank || std::find(members.begin(), members.end(), term.index) != members.end()) continue;
        members.push_back(term.index);
      }
    }
  }
  return members;
}

// sum over `members` of one factor alone: a node over what else the factor and the relations among the members carry.
static Operand SumAlone(Builder::Impl& impl, FoldForm& form, size_t which, const std::vector<int>& members) {
  auto member = [&](int index) { return std::find(members.begin(), members.end(), index) != members.end(); };
  std::vector<int> kept;
  auto keep = [&](int index) {
    if (!member(index) && std::find(kept.begin(), kept.end(), index) == kept.end()) kept.push_back(index);
  };
  FoldForm alone;
  for (int index : form.factors[which].indices) keep(index);
  for (size_t r = form.relations.size(); r-- > 0;) {
    const Affine& relation = form.relations[r];
    if (std::none_of(relation.terms.begin(), relation.terms.end(), [&](const Affine::Term& t) { return member(t.index); })) continue;
    for (const Affine::Term& term : relation.terms) keep(term.index);
    alone.relations.push_back(relation);
    form.relations.erase(form.relations.begin() + static_cast<long>(r));
  }
  std::vector<int> names(form.extents.size(), 0);
  for (int index : kept) {
    names[static_cast<size_t>(index)] = static_cast<int>(alone.extents.size());
    alone.extents.push_back(form.extents[static_cast<size_t>(index)]);
  }
  alone.rank = static_cast<int>(kept.size());
  for (int index : members) {
    names[static_cast<size_t>(index)] = static_cast<int>(alone.extents.size());
    alone.extents.push_back(form.extents[static_cast<size_t>(index)]);
  }
  Operand factor = form.factors[which];
  for (int& index : factor.indices) index = names[static_cast<size_t>(index)];
  alone.factors = {std::move(factor)};
  for (Affine& relation : alone.relations) {
    Affine renamed;
    renamed.constant = relation.constant;
    for (const Affine::Term& term : relation.terms) renamed.Add(names[static_cast<size_t>(term.index)], term.coefficient);
    relation = std::move(renamed);
  }
  return Operand::Of(impl.Sum(std::move(alone)), std::move(kept));
}

// All else given, there is at most one point of the members: summing them alone would be a copy, which InlineFactor undoes.
static bool OnlyCopies(const FoldForm& form, const std::vector<int>& members) {
  FoldForm others_fixed = form;
  for (int index = 0; index < static_cast<int>(form.extents.size()); ++index) {
    if (std::find(members.begin(), members.end(), index) == members.end()) others_fixed.extents[static_cast<size_t>(index)] = 1;
  }
  return SinglePoint(others_fixed);
}

// Reduction indices that only one of two factors carries are summed before the product.
bool Builder::Impl::PresumLoners(FoldForm& form) {
  if (form.factors.size() != 2) return false;
  for (int index = form.rank; index < static_cast<int>(form.extents.size()); ++index) {
    const std::vector<int> members = Component(form, index);
    bool carried[2] = {false, false};
    bool wide = false;
    for (int member : members) {
      for (size_t f = 0; f < 2; ++f) carried[f] = carried[f] || Reads(form.factors[f], member);
      wide = wide || !(form.extents[static_cast<size_t>(member)] == Dim(1));
    }
    if (carried[0] == carried[1] || !wide) continue;
    const size_t which = carried[0] ? 0 : 1;
    if (form.factors[which].kind != Scalar::Kind::Access || OnlyCopies(form, members)) continue;
    form.factors[which] = SumAlone(*this, form, which, members);
    std::vector<int> gone = members;
    std::sort(gone.rbegin(), gone.rend());
    for (int member : gone) form.Erase(member);
    return true;
  }
  return false;
}

bool Builder::Impl::ReadsPadding(const Operand& operand, int depth) const {
  if (operand.kind != Scalar::Kind::Access || Opaque(operand.node)) return false;
  const Comp& comp = graph[operand.node].comp();
  if (comp.monoid == Monoid::Sum) return comp.body.size() == 1 && !comp.relations.empty();
  MapView view;
  if (depth == 0 || !PeekMap(operand, &view)) return false;
  if (view.fn != ScalarFn::Add && view.fn != ScalarFn::Sub && view.fn != ScalarFn::Neg) return false;
  return ReadsPadding(view.args[0], depth - 1) || (view.arity == 2 && ReadsPadding(view.args[1], depth - 1));
}

// A slice of a sum of paddings (a piece of a concatenation) is the sum of the slices if one of them lies outside.
std::optional<NodeId> Builder::Impl::SplitPieces(const FoldForm& form) {
  MapView view;
  if (form.factors.size() != 1 || form.Reductions() == 0 || form.relations.empty() || !SinglePoint(form)) return std::nullopt;
  if (!ReadsPadding(form.factors[0], 8) || !PeekMap(form.factors[0], &view) || view.arity != 2) return std::nullopt;
  NodeId parts[2];
  for (int i = 0; i < 2; ++i) {
    FoldForm part = form;
    part.factors[0] = view.args[i];
    parts[i] = Sum(std::move(part));
  }
  if (!self.IsZero(parts[0]) && !self.IsZero(parts[1])) return std::nullopt;
  const Shape extents(form.extents.begin(), form.extents.begin() + form.rank);
  const std::vector<int> all = Iota(extents.size());
  return Map(view.fn, {Operand::Of(parts[0], all), Operand::Of(parts[1], all)}, extents);
}

// sum of select(c, g, 0) with c free of the reduction: the mask stands outside.
std::optional<NodeId> Builder::Impl::HoistCondition(const FoldForm& form) {
  MapView view;
  if (form.factors.size() != 1 || form.Reductions() == 0) return std::nullopt;
  if (!PeekMap(form.factors[0], ScalarFn::Select, &view) || !form.Free(view.args[0])) return std::nullopt;
  const int zero = IsLiteralValue(view.args[2], 0) ? 2 : 1;
  if (!IsLiteralValue(view.args[zero], 0)) return std::nullopt;
  FoldForm inner = form;
  inner.factors[0] = view.args[3 - zero];
  const Shape extents(form.extents.begin(), form.extents.begin() + form.rank);
  const NodeId sum = Sum(std::move(inner));
  Operand arguments[2];
  arguments[zero - 1] = Operand::Of(0.0);
  arguments[2 - zero] = Operand::Of(sum, Iota(extents.size()));
  return Map(ScalarFn::Select, {view.args[0], arguments[0], arguments[1]}, extents);
}

// Interns what is left once no step applies.
NodeId Builder::Impl::Emit(FoldForm form) {
  const Shape extents(form.extents.begin(), form.extents.begin() + form.rank);
  const std::vector<int> all = Iota(extents.size());
  if (form.Reductions() == 0 && form.relations.empty()) {
    if (form.factors.empty()) return Fill(Operand::Of(1.0), extents);
    if (form.factors.size() == 1) return Fill(form.factors[0], extents);
    return Map(ScalarFn::Mul, std::move(form.factors), extents);
  }
  if (form.Reductions() == 0 && form.factors.size() == 2) {
    const NodeId product = Map(ScalarFn::Mul, std::move(form.factors), extents);
    form.factors = {Operand::Of(product, all)};
    return Sum(std::move(form));
  }
  std::vector<int> used;
  Shape narrow;
  for (int index = 0, at = 0; index < static_cast<int>(extents.size()); ++index) {
    if (!form.InFactors(at) && !form.InRelations(at)) {
      form.Erase(at);
      continue;
    }
    ++at;
    used.push_back(index);
    narrow.push_back(extents[static_cast<size_t>(index)]);
  }
  if (used.size() != extents.size()) return Fill(Operand::Of(Emit(std::move(form)), std::move(used)), extents);
  if (form.factors.empty()) {
    const Affine& relation = form.relations[0];
    const bool delta = form.Reductions() == 0 && form.relations.size() == 1 && relation.terms.size() == 2 &&
                       relation.terms[0].coefficient == 1 && relation.terms[1].coefficient == -1 && relation.constant == Dim(0);
    if (delta) return Map(ScalarFn::Eq, {Operand::Of(relation.terms[0].index), Operand::Of(relation.terms[1].index)}, extents);
    form.factors.push_back(Operand::Of(1.0));
  }
  for (Operand& factor : form.factors) {  // the index's own value becomes a vector to read
    if (factor.kind != Scalar::Kind::Index) continue;
    const int index = factor.index;
    factor = Operand::Of(Fill(Operand::Of(0), {form.extents[static_cast<size_t>(index)]}), {index});
  }
  return InternComp(Canonical(form, Monoid::Sum, 0));
}

NodeId Builder::Impl::Scale(NodeId node, const Hoisted& hoisted, const Shape& extents) {
  const std::vector<int> all = Iota(extents.size());
  for (const Operand& factor : hoisted.factors) node = Map(ScalarFn::Mul, {factor, Operand::Of(node, all)}, extents);
  for (const Operand& divisor : hoisted.divisors) node = Map(ScalarFn::Div, {Operand::Of(node, all), divisor}, extents);
  if (hoisted.literal == 1) return node;
  return Map(ScalarFn::Mul, {Operand::Of(hoisted.literal), Operand::Of(node, all)}, extents);
}

NodeId Builder::Impl::Sum(FoldForm form) {
  if (!rules) return PlainFold(Monoid::Sum, std::move(form), 0);
  const Shape extents(form.extents.begin(), form.extents.begin() + form.rank);
  Hoisted hoisted;
  bool changed = true;
  while (changed) {
    if (SolveRelations(form) == Verdict::False) return Fill(Operand::Of(0.0), extents);
    for (Operand& factor : form.factors) factor = Resolve(std::move(factor));
    AbsorbLeaves(form, hoisted);
    if (hoisted.literal == 0) return Fill(Operand::Of(0.0), extents);
    if (form.Reductions() == 0 && form.relations.empty() && form.factors.size() < 2) break;
    changed = HoistFree(form, hoisted);
    for (size_t i = 0; i < form.factors.size() && !changed; ++i) changed = InlineFactor(form, i, hoisted);
    changed = changed || DropUnusedReductions(form, hoisted) || PresumLoners(form);
  }
  if (auto condition = HoistCondition(form)) return Scale(*condition, hoisted, extents);
  if (auto pieces = SplitPieces(form)) return Scale(*pieces, hoisted, extents);
  return Scale(Emit(std::move(form)), hoisted, extents);
}

}  // namespace nnc::ir
