#include "compiler/sema/copies.h"

namespace nnc::sema {

using ir::Comp;
using ir::Scalar;

// -1 - c where the index can only be c: its range is one element, or a relation of the index alone says so; otherwise kOther.
static int FixedValue(const Comp& comp, int index) {
  if (comp.extents[static_cast<size_t>(index)] == ir::Dim(1)) return -1;
  for (const ir::Affine& relation : comp.relations) {
    if (relation.terms.size() != 1 || relation.terms[0].index != index || !relation.constant.IsConstant()) continue;
    int64_t value = -relation.constant.Constant() / relation.terms[0].coefficient;
    if (value >= 0 && value < Origin::kOther - 1) return static_cast<int>(-1 - value);
  }
  return Origin::kOther;
}

// One value for each output point, read from one place: every reduction index is fixed.
static bool IsCopy(const Comp& comp) {
  if (comp.body.size() != 1 || (comp.monoid != ir::Monoid::None && comp.monoid != ir::Monoid::Sum)) return false;
  for (size_t index = static_cast<size_t>(comp.rank); index < comp.extents.size(); ++index)
    if (FixedValue(comp, static_cast<int>(index)) == Origin::kOther) return false;
  return comp.body[0].kind == Scalar::Kind::Access || comp.body[0].kind == Scalar::Kind::Index;
}

static int Subscript(const Comp& comp, const ir::Affine& subscript) {
  if (!subscript.IsBare()) return Origin::kOther;
  int index = subscript.BareIndex();
  return index < comp.rank ? index : FixedValue(comp, index);
}

Origin OriginOf(const ir::Graph& graph, const Comp& comp, const Scalar& step, const std::set<ir::NodeId>& stops) {
  Origin origin;
  if (step.kind == Scalar::Kind::Index) {
    origin.index = step.index;
    return origin;
  }
  const ir::Access& access = comp.accesses[static_cast<size_t>(step.index)];
  origin.node = access.operand;
  for (const ir::Affine& subscript : access.subscripts) {
    // Reduction indices of the comprehension itself are indices like any other here.
    origin.subscripts.push_back(subscript.IsBare() ? subscript.BareIndex() : Origin::kOther);
  }
  for (;;) {
    const ir::Node& node = graph[origin.node];
    if (stops.count(origin.node) != 0 || node.op() != ir::Node::Op::Comp || !IsCopy(node.comp())) return origin;
    const Scalar& copied = node.comp().body[0];
    if (copied.kind == Scalar::Kind::Index) {
      if (copied.index >= node.comp().rank) return origin;
      origin.index = origin.subscripts[static_cast<size_t>(copied.index)];
      origin.node = ir::kNoNode;
      origin.subscripts.clear();
      return origin;
    }
    std::vector<int> subscripts;
    for (const ir::Affine& subscript : node.comp().accesses[static_cast<size_t>(copied.index)].subscripts) {
      int index = Subscript(node.comp(), subscript);
      subscripts.push_back(index >= 0 && index != Origin::kOther ? origin.subscripts[static_cast<size_t>(index)] : index);
    }
    origin.node = node.comp().accesses[static_cast<size_t>(copied.index)].operand;
    origin.subscripts = std::move(subscripts);
  }
}

Origin OriginOfNode(const ir::Graph& graph, ir::NodeId node, const std::set<ir::NodeId>& stops) {
  ir::Comp reader;
  reader.extents = graph.ShapeOf(node);
  reader.rank = static_cast<int>(reader.extents.size());
  ir::Access access;
  access.operand = node;
  for (int index = 0; index < reader.rank; ++index) access.subscripts.push_back(ir::Affine::Index(index));
  reader.accesses.push_back(access);
  ir::Scalar step;
  step.kind = ir::Scalar::Kind::Access;
  return OriginOf(graph, reader, step, stops);
}

}  // namespace nnc::sema
