// Seeing through nodes: what an operand really reads, and the views that rules match on.
//
// A copy (a sum without reduction and relations: transpose, broadcast) is read through by every consumer. A diagonal access
// of a computed node is pushed into the node's definition: sum[k](a[i,k] * b[k,i]) never forms the matrix.
#include <algorithm>
#include <cassert>
#include <cmath>

#include "compiler/ir/builder_impl.h"

namespace nnc::ir {

bool SameOperand(const Operand& a, const Operand& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Scalar::Kind::Access: return a.node == b.node && a.indices == b.indices;
    case Scalar::Kind::Index: return a.index == b.index;
    case Scalar::Kind::Literal: return a.literal == b.literal;
    case Scalar::Kind::Extent: return a.extent == b.extent;
    case Scalar::Kind::Call: break;
  }
  return false;
}

static int Order(Scalar::Kind kind) {
  switch (kind) {
    case Scalar::Kind::Literal: return 0;
    case Scalar::Kind::Extent: return 1;
    case Scalar::Kind::Index: return 2;
    case Scalar::Kind::Access: return 3;
    case Scalar::Kind::Call: return 4;
  }
  return 5;
}

bool OrderedBefore(const Operand& a, const Operand& b) {
  if (a.kind != b.kind) return Order(a.kind) < Order(b.kind);
  switch (a.kind) {
    case Scalar::Kind::Access: return a.node != b.node ? a.node < b.node : a.indices < b.indices;
    case Scalar::Kind::Index: return a.index < b.index;
    case Scalar::Kind::Literal: return a.literal < b.literal;
    case Scalar::Kind::Extent: return a.extent.ToString() < b.extent.ToString();
    case Scalar::Kind::Call: break;
  }
  return false;
}

bool IsLiteralValue(const Operand& operand, double value) {
  return operand.kind == Scalar::Kind::Literal && operand.literal == value;
}

int AddLeaf(Comp& comp, const Operand& operand) {
  Scalar leaf;
  leaf.kind = operand.kind;
  leaf.index = operand.index;
  leaf.literal = operand.literal;
  leaf.extent = operand.extent;
  if (operand.kind == Scalar::Kind::Access) {
    Access access;
    access.operand = operand.node;
    access.subscripts.reserve(operand.indices.size());
    for (int index : operand.indices) access.subscripts.push_back(Affine::Index(index));
    const auto found = std::find(comp.accesses.begin(), comp.accesses.end(), access);
    leaf.index = static_cast<int>(found - comp.accesses.begin());
    if (found == comp.accesses.end()) comp.accesses.push_back(std::move(access));
  }
  for (size_t step = 0; step < comp.body.size(); ++step) {
    if (comp.body[step] == leaf) return static_cast<int>(step);
  }
  comp.body.push_back(std::move(leaf));
  return static_cast<int>(comp.body.size()) - 1;
}

bool Builder::Impl::Opaque(NodeId node) const {
  return graph[node].op() != Node::Op::Comp || graph[node].variable != 0 || (!opaque.empty() && opaque.count(node) != 0);
}

// A leaf of `comp`'s body with comp's index i renamed to names[i].
static Operand Renamed(const Comp& comp, const Scalar& scalar, const std::vector<int>& names) {
  switch (scalar.kind) {
    case Scalar::Kind::Access: {
      const Access& access = comp.accesses[static_cast<size_t>(scalar.index)];
      Operand operand;
      operand.kind = Scalar::Kind::Access;
      operand.node = access.operand;
      operand.indices.reserve(access.subscripts.size());
      for (const Affine& subscript : access.subscripts) {
        operand.indices.push_back(names[static_cast<size_t>(subscript.BareIndex())]);
      }
      return operand;
    }
    case Scalar::Kind::Index: return Operand::Of(names[static_cast<size_t>(scalar.index)]);
    case Scalar::Kind::Literal: return Operand::Of(scalar.literal);
    case Scalar::Kind::Extent: return Operand::Of(scalar.extent);
    case Scalar::Kind::Call: break;
  }
  assert(false && "a call is no leaf");
  return {};
}

static Affine Renamed(const Affine& affine, const std::vector<int>& names) {
  Affine renamed;
  renamed.constant = affine.constant;
  for (const Affine::Term& term : affine.terms) renamed.Add(names[static_cast<size_t>(term.index)], term.coefficient);
  return renamed;
}

bool Builder::Impl::PeekMap(const Operand& operand, MapView* view) const {
  if (operand.kind != Scalar::Kind::Access || Opaque(operand.node)) return false;
  const Comp& comp = graph[operand.node].comp();
  if (comp.monoid != Monoid::None || comp.body.back().kind != Scalar::Kind::Call) return false;
  if (Classify(comp) != CompForm::Elementwise) return false;
  const Scalar& call = comp.body.back();
  view->fn = call.fn;
  view->arity = Row(call.fn).arity;
  for (int i = 0; i < view->arity; ++i) {
    view->args[i] = Renamed(comp, comp.body[static_cast<size_t>(call.arguments[i])], operand.indices);
  }
  return true;
}

bool Builder::Impl::PeekMap(const Operand& operand, ScalarFn fn, MapView* view) const {
  if (operand.kind != Scalar::Kind::Access || Opaque(operand.node)) return false;
  const Comp& comp = graph[operand.node].comp();
  if (comp.body.back().kind != Scalar::Kind::Call || comp.body.back().fn != fn) return false;
  return PeekMap(operand, view);
}

bool Builder::Impl::PeekSum(const Operand& operand, FoldForm* form, int space) const {
  if (operand.kind != Scalar::Kind::Access || Opaque(operand.node)) return false;
  const Comp& comp = graph[operand.node].comp();
  if (comp.monoid != Monoid::Sum || comp.body.size() != 1 || Classify(comp) != CompForm::Reduce) return false;
  std::vector<int> names = operand.indices;
  form->extents.clear();
  for (size_t i = static_cast<size_t>(comp.rank); i < comp.extents.size(); ++i) {
    names.push_back(space + static_cast<int>(i) - comp.rank);
    form->extents.push_back(comp.extents[i]);
  }
  form->rank = 0;
  form->factors = {Renamed(comp, comp.body[0], names)};
  form->relations.clear();
  for (const Affine& relation : comp.relations) form->relations.push_back(Renamed(relation, names));
  return true;
}

bool Builder::Impl::PeekFold(const Operand& operand, Monoid* monoid, FoldForm* form, const Shape& extents) const {
  if (operand.kind != Scalar::Kind::Access || Opaque(operand.node)) return false;
  const Comp& comp = graph[operand.node].comp();
  const CompForm shape = Classify(comp);
  *monoid = comp.monoid;
  if (comp.monoid == Monoid::None || IsPlace(comp.monoid)) return false;
  if (shape != CompForm::Reduce && shape != CompForm::Contraction) return false;
  std::vector<int> names = operand.indices;
  form->extents = extents;
  form->rank = static_cast<int>(extents.size());
  for (size_t i = static_cast<size_t>(comp.rank); i < comp.extents.size(); ++i) {
    names.push_back(static_cast<int>(form->extents.size()));
    form->extents.push_back(comp.extents[i]);
  }
  const Scalar& value = comp.body.back();
  form->factors.clear();
  if (value.kind == Scalar::Kind::Call) {
    for (int i = 0; i < 2; ++i) form->factors.push_back(Renamed(comp, comp.body[static_cast<size_t>(value.arguments[i])], names));
  } else {
    form->factors.push_back(Renamed(comp, value, names));
  }
  form->relations.clear();
  for (const Affine& relation : comp.relations) form->relations.push_back(Renamed(relation, names));
  return true;
}

// A value behind relations between output indices only: mask * value, with strong zeros.
bool Builder::Impl::PeekMask(const Operand& operand, Operand* value, std::vector<Affine>* relations) const {
  if (operand.kind != Scalar::Kind::Access || Opaque(operand.node)) return false;
  const Comp& comp = graph[operand.node].comp();
  if (comp.relations.empty() || comp.rank != static_cast<int>(comp.extents.size())) return false;
  FoldForm form;
  if (!PeekSum(operand, &form, 0)) return false;
  *value = form.factors[0];
  *relations = std::move(form.relations);
  return true;
}

// Beyond this a double holds no longer every integer.
static constexpr double kLargestInteger = 9007199254740992;

static bool IsInteger(double literal) { return std::fabs(literal) <= kLargestInteger && std::trunc(literal) == literal; }

// eq of two indices, or of an index and an integer: a Kronecker delta.
bool Builder::Impl::PeekDelta(const Operand& operand, Affine* relation) const {
  MapView view;
  if (!PeekMap(operand, ScalarFn::Eq, &view)) return false;
  relation->terms.clear();
  relation->constant = 0;
  int64_t sign = 1;
  for (int i = 0; i < 2; ++i, sign = -1) {
    const Operand& side = view.args[i];
    if (side.kind == Scalar::Kind::Index) {
      relation->Add(side.index, sign);
    } else if (side.kind == Scalar::Kind::Literal && IsInteger(side.literal)) {
      relation->constant = relation->constant + Dim(sign * static_cast<int64_t>(side.literal));
    } else {
      return false;
    }
  }
  return true;
}

bool Builder::Impl::IsTruth(const Operand& operand) const {
  if (operand.kind == Scalar::Kind::Literal) return operand.literal == 0 || operand.literal == 1;
  MapView view;
  return PeekMap(operand, &view) && Row(view.fn).truth;
}

Operand Builder::Impl::Resolve(Operand operand) {
  while (operand.kind == Scalar::Kind::Access && !Opaque(operand.node)) {
    const Comp& comp = graph[operand.node].comp();
    assert(operand.indices.size() == static_cast<size_t>(comp.rank));
    const bool leaf = comp.body.size() == 1 && comp.relations.empty() && comp.rank == static_cast<int>(comp.extents.size()) &&
                      (comp.monoid == Monoid::None || comp.monoid == Monoid::Sum);
    if (leaf && Classify(comp) != CompForm::Fused) {
      operand = Renamed(comp, comp.body[0], operand.indices);
      continue;
    }
    std::vector<int> distinct;
    std::vector<int> pattern;
    for (int index : operand.indices) {
      size_t at = 0;
      while (at < distinct.size() && distinct[at] != index) ++at;
      if (at == distinct.size()) distinct.push_back(index);
      pattern.push_back(static_cast<int>(at));
    }
    if (distinct.size() == operand.indices.size() || Classify(comp) == CompForm::Fused) return operand;
    const NodeId node = Specialise(operand.node, pattern, static_cast<int>(distinct.size()));
    operand = Operand::Of(node, std::move(distinct));
  }
  return operand;
}

// The node's definition with its output index k renamed to outputs[k], over output extents `extents`.
NodeId Builder::Impl::Rebuild(const Comp& comp, const std::vector<int>& outputs, const Shape& extents) {
  std::vector<int> names = outputs;
  std::vector<Dim> all = extents;
  for (size_t i = static_cast<size_t>(comp.rank); i < comp.extents.size(); ++i) {
    names.push_back(static_cast<int>(all.size()));
    all.push_back(comp.extents[i]);
  }
  std::vector<Operand> operands;
  const Scalar& last = comp.body.back();
  const bool call = last.kind == Scalar::Kind::Call;
  for (int i = 0; i < (call ? Row(last.fn).arity : 1); ++i) {
    operands.push_back(Renamed(comp, call ? comp.body[static_cast<size_t>(last.arguments[i])] : last, names));
  }
  if (comp.monoid == Monoid::None) return call ? Map(last.fn, std::move(operands), extents) : Fill(operands[0], extents);
  FoldForm form{std::move(operands), std::move(all), static_cast<int>(extents.size()), {}};
  for (const Affine& relation : comp.relations) form.relations.push_back(Renamed(relation, names));
  if (comp.monoid == Monoid::Sum) return Sum(std::move(form));
  return Fold(comp.monoid, std::move(form), comp.arg_count);
}

NodeId Builder::Impl::Specialise(NodeId node, const std::vector<int>& pattern, int count) {
  auto key = std::make_pair(node, pattern);
  if (auto found = specialised.find(key); found != specialised.end()) return found->second;
  const Comp comp = graph[node].comp();
  Shape extents(static_cast<size_t>(count));
  for (size_t axis = 0; axis < pattern.size(); ++axis) extents[static_cast<size_t>(pattern[axis])] = comp.extents[axis];
  const NodeId made = Rebuild(comp, pattern, extents);
  specialised.emplace(std::move(key), made);
  return made;
}

}  // namespace nnc::ir
