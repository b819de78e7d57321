#include "compiler/passes/normalise.h"

#include <algorithm>

#include "compiler/ir/walk.h"
#include "compiler/passes/rebuilt.h"

namespace nnc::passes {

using ir::Dim;
using ir::Monoid;
using ir::Node;
using ir::NodeId;
using ir::Operand;
using ir::Scalar;
using ir::ScalarFn;
using ir::Shape;
using ir::CompForm;

static bool Reads(const Operand& operand, int index) {
  if (operand.kind == Scalar::Kind::Index) return operand.index == index;
  return std::find(operand.indices.begin(), operand.indices.end(), index) != operand.indices.end();
}

// Which axes of the operand's node the flagged output indices run along.
static std::vector<bool> AxesOf(const Operand& operand, const std::vector<bool>& flagged) {
  std::vector<bool> axes;
  for (int index : operand.indices) axes.push_back(static_cast<size_t>(index) < flagged.size() && flagged[static_cast<size_t>(index)]);
  return axes;
}

static bool Any(const std::vector<bool>& flags) { return std::find(flags.begin(), flags.end(), true) != flags.end(); }

static bool Distinct(const Operand& operand) {
  std::vector<int> sorted = operand.indices;
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

static bool ReadsAny(const Operand& operand, const std::vector<bool>& flagged) {
  for (size_t i = 0; i < flagged.size(); ++i) {
    if (flagged[i] && Reads(operand, static_cast<int>(i))) return true;
  }
  return false;
}

void Normaliser::CountUsers(const std::vector<bool>& needed) {
  for (size_t id = 0; id < needed.size(); ++id) {
    if (!needed[id]) continue;
    for (NodeId operand : ir::Operands(from_.nodes[id])) ++users_[static_cast<size_t>(operand)];
  }
  for (const ir::Output& output : from_.outputs) ++users_[static_cast<size_t>(output.node)];
}

bool Normaliser::PushesIntoArgument(const Operand& arg, const Axes& axes) const {
  if (arg.kind != Scalar::Kind::Access || !Distinct(arg)) return false;
  const Axes inner = AxesOf(arg, axes);
  return Any(inner) && Pushes(arg.node, inner);
}

// True if the sum of the node over `axes` is cheaper than the node: some contraction, read by nobody else, carries each axis
// in one operand only; or it is a sum itself.
bool Normaliser::Pushes(NodeId id, const Axes& axes) const {
  if (users_[static_cast<size_t>(id)] != 1 || from_[id].op() != Node::Op::Comp) return false;
  if (to_.IsProtected(id) || from_[id].variable != 0) return false;
  const CompForm shape = ir::Classify(from_[id].comp());
  if (shape == CompForm::Fused) return false;
  const Definition d = Define(from_[id].comp());
  switch (shape) {
    case CompForm::Contraction:
      for (size_t axis = 0; axis < axes.size(); ++axis) {
        const int index = static_cast<int>(axis);
        if (!axes[axis]) continue;
        if (Reads(d.args[0], index) == Reads(d.args[1], index)) return false;
        for (const ir::Affine& relation : d.relations) {
          if (relation.Coefficient(index) != 0) return false;
        }
      }
      return Distinct(d.args[0]) && Distinct(d.args[1]);
    case CompForm::Reduce: return d.monoid == Monoid::Sum && d.relations.empty() && d.Reductions() > 0 && Distinct(d.args[0]);
    case CompForm::Elementwise:
      if (!d.call) return false;
      if (d.fn == ScalarFn::Add || d.fn == ScalarFn::Sub || d.fn == ScalarFn::Neg) {
        return std::any_of(d.args.begin(), d.args.end(), [&](const Operand& arg) { return PushesIntoArgument(arg, axes); });
      }
      if (d.fn == ScalarFn::Mul && !ReadsAny(d.args[1], axes)) return PushesIntoArgument(d.args[0], axes);
      if (d.fn == ScalarFn::Mul && !ReadsAny(d.args[0], axes)) return PushesIntoArgument(d.args[1], axes);
      return d.fn == ScalarFn::Div && !ReadsAny(d.args[1], axes) && PushesIntoArgument(d.args[0], axes);
    case CompForm::Fused: return false;
  }
  return false;
}

bool Normaliser::SumMoves(const Definition& sum) const {
  if (sum.shape != CompForm::Reduce || sum.monoid != Monoid::Sum || !sum.relations.empty() || sum.Reductions() == 0) return false;
  const Operand& arg = sum.args[0];
  if (arg.kind != Scalar::Kind::Access || !Distinct(arg)) return false;
  Axes axes;
  for (int index : arg.indices) axes.push_back(index >= sum.rank);
  return static_cast<int>(std::count(axes.begin(), axes.end(), true)) == sum.Reductions() && Pushes(arg.node, axes);
}

bool Normaliser::AnySumMoves(const std::vector<bool>& needed) const {
  for (size_t id = 0; id < needed.size(); ++id) {
    if (!needed[id] || from_.nodes[id].op() != Node::Op::Comp) continue;
    const ir::Comp& comp = from_.nodes[id].comp();
    if (ir::Classify(comp) == CompForm::Reduce && SumMoves(Define(comp))) return true;
  }
  return false;
}

// The rebuilt node summed over some axes; the others keep their order.
NodeId Normaliser::PlainSum(NodeId id, const Axes& axes) {
  const NodeId node = place[static_cast<size_t>(id)];
  const Shape shape = to_.graph().ShapeOf(node);
  std::vector<int> indices(shape.size());
  std::vector<Dim> extents;
  for (bool summed : {false, true}) {
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (axes[axis] != summed) continue;
      indices[axis] = static_cast<int>(extents.size());
      extents.push_back(shape[axis]);
    }
  }
  const int rank = static_cast<int>(shape.size() - static_cast<size_t>(std::count(axes.begin(), axes.end(), true)));
  return to_.Reduce(Monoid::Sum, Operand::Of(node, std::move(indices)), std::move(extents), rank);
}

// The rebuilt operand summed over the flagged indices, an index standing twice included; reads the kept indices in order.
Operand Normaliser::PlainSumOfDiagonal(const Operand& arg, const Axes& axes, const std::vector<Dim>& extents, const std::vector<int>& names) {
  std::vector<int> local(extents.size(), -1);
  std::vector<int> kept;
  std::vector<Dim> space;
  int rank = 0;
  for (bool summed : {false, true}) {
    for (int index : arg.indices) {
      const size_t i = static_cast<size_t>(index);
      if (local[i] >= 0 || (i < axes.size() && axes[i]) != summed) continue;
      local[i] = static_cast<int>(space.size());
      space.push_back(extents[i]);
      if (!summed) kept.push_back(names[i]);
    }
    if (!summed) rank = static_cast<int>(space.size());
  }
  Operand moved = Rename(arg, local);
  moved.node = place[static_cast<size_t>(arg.node)];
  return Operand::Of(to_.Reduce(Monoid::Sum, std::move(moved), std::move(space), rank), std::move(kept));
}

// An argument summed over the flagged indices, in the index space without them (`names`). With `scaled`, an index that the
// argument does not carry multiplies it by its extent, as in a sum of terms.
Operand Normaliser::SummedArgument(const Operand& arg, const Axes& axes, const std::vector<Dim>& extents, const std::vector<int>& names, bool scaled) {
  Operand result = arg;
  if (arg.kind == Scalar::Kind::Access) {
    const Axes inner = AxesOf(arg, axes);
    std::vector<int> kept;
    for (size_t axis = 0; axis < inner.size(); ++axis) {
      if (!inner[axis]) kept.push_back(names[static_cast<size_t>(arg.indices[axis])]);
    }
    if (Any(inner) && !Distinct(arg)) {
      result = PlainSumOfDiagonal(arg, axes, extents, names);
    } else {
      result = Operand::Of(Any(inner) ? SummedOver(arg.node, inner) : place[static_cast<size_t>(arg.node)], std::move(kept));
    }
  } else if (arg.kind == Scalar::Kind::Index) {
    const bool summed = static_cast<size_t>(arg.index) < axes.size() && axes[static_cast<size_t>(arg.index)];
    const Dim extent = extents[static_cast<size_t>(arg.index)];
    if (summed) {
      result = Operand::Of(to_.Reduce(Monoid::Sum, Operand::Of(0), {extent}, 0), {});
    } else {
      result.index = names[static_cast<size_t>(arg.index)];
    }
  }
  if (!scaled) return result;
  Dim count = 1;
  for (size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] && !Reads(arg, static_cast<int>(i))) count = count * extents[i];
  }
  if (count == Dim(1)) return result;
  Shape shape;
  for (size_t i = 0; i < extents.size(); ++i) {
    if (i >= axes.size() || !axes[i]) shape.push_back(extents[i]);
  }
  return Operand::Of(to_.Map(ScalarFn::Mul, {Operand::Of(count), result}, shape), Iota(static_cast<int>(shape.size())));
}

NodeId Normaliser::SummedOver(NodeId id, const Axes& axes) {
  if (!Pushes(id, axes)) return PlainSum(id, axes);
  const Definition d = Define(from_[id].comp());
  std::vector<int> names(d.extents.size());
  std::vector<Dim> extents;
  for (size_t i = 0; i < names.size(); ++i) {
    names[i] = static_cast<int>(extents.size());
    if (i >= axes.size() || !axes[i]) extents.push_back(d.extents[i]);
  }
  const int rank = d.rank - static_cast<int>(std::count(axes.begin(), axes.end(), true));
  if (d.shape == CompForm::Contraction) {
    const Operand a = SummedArgument(d.args[0], axes, d.extents, names, false);
    const Operand b = SummedArgument(d.args[1], axes, d.extents, names, false);
    return to_.Contract(a, b, std::move(extents), rank, Rename(d.relations, names));
  }
  if (d.shape == CompForm::Reduce) {
    Axes all = axes;
    all.resize(d.extents.size(), true);
    Axes inner = AxesOf(d.args[0], all);
    std::vector<int> kept;
    Shape shape;
    for (size_t axis = 0; axis < inner.size(); ++axis) {
      if (!inner[axis]) kept.push_back(names[static_cast<size_t>(d.args[0].indices[axis])]);
    }
    for (int i = 0; i < d.rank; ++i) {
      if (!axes[static_cast<size_t>(i)]) shape.push_back(d.extents[static_cast<size_t>(i)]);
    }
    return to_.Fill(Operand::Of(SummedOver(d.args[0].node, inner), std::move(kept)), std::move(shape));
  }
  const bool linear = d.fn == ScalarFn::Add || d.fn == ScalarFn::Sub || d.fn == ScalarFn::Neg;
  std::vector<Operand> args;
  for (const Operand& arg : d.args) args.push_back(SummedArgument(arg, axes, d.extents, names, linear));
  return to_.Map(d.fn, std::move(args), std::move(extents));
}

NodeId Normaliser::Moved(const Definition& sum) {
  const Operand& arg = sum.args[0];
  Axes axes;
  std::vector<int> kept;
  for (int index : arg.indices) {
    axes.push_back(index >= sum.rank);
    if (index < sum.rank) kept.push_back(index);
  }
  return to_.Fill(Operand::Of(SummedOver(arg.node, axes), std::move(kept)), sum.OutputShape());
}

void Normaliser::Visit(NodeId id) {
  const Node node = from_[id];
  NodeId& result = place[static_cast<size_t>(id)];
  to_.SetSpan(node.span);
  if (node.op() != Node::Op::Comp) {
    result = Rebuilt(to_, node, [&](NodeId operand) { return place[static_cast<size_t>(operand)]; });
    return;
  }
  if (ir::Classify(node.comp()) != CompForm::Fused) {
    const Definition d = Define(node.comp());
    if (SumMoves(d)) {
      result = Moved(d);
      return;
    }
    if (drop_stops && d.call && d.fn == ScalarFn::Stop && d.args[0].kind == Scalar::Kind::Access) {
      Operand kept = d.args[0];
      kept.node = place[static_cast<size_t>(kept.node)];
      result = to_.Fill(std::move(kept), node.shape);
      return;
    }
  }
  ir::Comp comp = node.comp();
  for (ir::Access& access : comp.accesses) access.operand = place[static_cast<size_t>(access.operand)];
  result = to_.AddComp(comp);
}

NodeId Normalise(ir::Builder& builder, NodeId y, std::span<const NodeId> variables) {
  const ir::Graph& graph = builder.graph();
  std::vector<bool> needed = Cone(graph, y);
  Normaliser normaliser(graph, builder);
  for (NodeId variable : variables) normaliser.place[static_cast<size_t>(variable)] = variable;
  for (NodeId id = 0; id <= y; ++id) {
    if (needed[static_cast<size_t>(id)] && graph[id].variable != 0) normaliser.place[static_cast<size_t>(id)] = id;
  }
  normaliser.CountUsers(needed);
  std::vector<NodeId> guarded;
  for (NodeId variable : variables) {
    if (builder.IsProtected(variable)) continue;
    builder.Protect(variable);
    guarded.push_back(variable);
  }
  if (normaliser.AnySumMoves(needed)) {
    for (NodeId id = 0; id <= y; ++id) {
      if (needed[static_cast<size_t>(id)] && normaliser.place[static_cast<size_t>(id)] == ir::kNoNode) normaliser.Visit(id);
    }
    y = normaliser.place[static_cast<size_t>(y)];
  }
  for (NodeId variable : guarded) builder.Unprotect(variable);
  return y;
}

}  // namespace nnc::passes
