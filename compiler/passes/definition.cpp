#include "compiler/passes/definition.h"

#include <cassert>
#include <numeric>

#include "compiler/ir/walk.h"

namespace nnc::passes {

using ir::Affine;
using ir::Comp;
using ir::NodeId;
using ir::Operand;
using ir::Scalar;

static Operand Leaf(const Comp& comp, const Scalar& scalar) {
  Operand operand;
  operand.kind = scalar.kind;
  operand.index = scalar.index;
  operand.literal = scalar.literal;
  operand.extent = scalar.extent;
  if (scalar.kind != Scalar::Kind::Access) return operand;
  const ir::Access& access = comp.accesses[static_cast<size_t>(scalar.index)];
  operand.index = 0;
  operand.node = access.operand;
  operand.indices.reserve(access.subscripts.size());
  for (const Affine& subscript : access.subscripts) operand.indices.push_back(subscript.BareIndex());
  return operand;
}

Definition Define(const Comp& comp) {
  Definition definition;
  definition.shape = ir::Classify(comp);
  assert(definition.shape != ir::CompForm::Fused && "fused nodes are made after differentiation");
  definition.monoid = comp.monoid;
  definition.extents = comp.extents;
  definition.rank = comp.rank;
  definition.arg_count = comp.arg_count;
  definition.relations = comp.relations;
  const Scalar& last = comp.body.back();
  if (last.kind != Scalar::Kind::Call) {
    definition.args.push_back(Leaf(comp, last));
    return definition;
  }
  definition.call = definition.shape == ir::CompForm::Elementwise;
  definition.fn = last.fn;
  for (int i = 0; i < ir::Row(last.fn).arity; ++i) {
    definition.args.push_back(Leaf(comp, comp.body[static_cast<size_t>(last.arguments[i])]));
  }
  return definition;
}

std::vector<int> Iota(int count, int first) {
  std::vector<int> indices(static_cast<size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  return indices;
}

Operand Rename(Operand operand, const std::vector<int>& names) {
  if (operand.kind == Scalar::Kind::Index) operand.index = names[static_cast<size_t>(operand.index)];
  for (int& index : operand.indices) index = names[static_cast<size_t>(index)];
  return operand;
}

Affine Rename(const Affine& affine, const std::vector<int>& names) {
  Affine renamed;
  renamed.constant = affine.constant;
  for (const Affine::Term& term : affine.terms) renamed.Add(names[static_cast<size_t>(term.index)], term.coefficient);
  return renamed;
}

std::vector<Affine> Rename(const std::vector<Affine>& relations, const std::vector<int>& names) {
  std::vector<Affine> renamed;
  for (const Affine& relation : relations) renamed.push_back(Rename(relation, names));
  return renamed;
}

std::vector<bool> Cone(const ir::Graph& graph, NodeId y) {
  std::vector<bool> needed = ir::Needed(graph, {y});
  needed.resize(static_cast<size_t>(y) + 1);
  return needed;
}

bool Differentiable(const Definition& definition, size_t arg) {
  if (definition.args[arg].kind != Scalar::Kind::Access) return false;
  if (definition.call) return !ir::Row(definition.fn).derivative[arg].empty();
  return !ir::IsPlace(definition.monoid);
}

bool LeaveOneValue(const Definition& d, std::vector<bool> unknown) {
  bool changed = true;
  while (changed) {
    changed = false;
    for (const ir::Affine& relation : d.relations) {
      int last = -1;
      int count = 0;
      for (const ir::Affine::Term& term : relation.terms) {
        if (!unknown[static_cast<size_t>(term.index)]) continue;
        last = term.index;
        ++count;
      }
      if (count != 1) continue;
      unknown[static_cast<size_t>(last)] = false;
      changed = true;
    }
  }
  return std::find(unknown.begin(), unknown.end(), true) == unknown.end();
}

bool ReadsOnePoint(const Definition& d) {
  std::vector<bool> reduced(d.extents.size(), false);
  std::fill(reduced.begin() + d.rank, reduced.end(), true);
  return LeaveOneValue(d, std::move(reduced));
}

}  // namespace nnc::passes
