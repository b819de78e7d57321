#include "compiler/passes/turn_axis.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <memory>
#include <optional>

#include "compiler/ir/walk.h"
#include "compiler/passes/definition.h"
#include "compiler/passes/rebuilt.h"
#include "compiler/passes/turn_marks.h"

namespace nnc::passes {

using ir::Access;
using ir::Affine;
using ir::Builder;
using ir::Comp;
using ir::Dim;
using ir::Graph;
using ir::kNoNode;
using ir::Monoid;
using ir::Node;
using ir::NodeId;
using ir::Operand;
using ir::Scalar;
using ir::Shape;

NodeId AxisMoved(Builder& builder, NodeId tensor, size_t from, size_t to) {
  if (from == to) return tensor;
  const Shape shape = builder.graph().ShapeOf(tensor);
  std::vector<int> order = Iota(static_cast<int>(shape.size()));  // axes of the tensor in their new order
  order.erase(order.begin() + static_cast<std::ptrdiff_t>(from));
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), static_cast<int>(from));
  Shape moved;
  std::vector<int> indices(shape.size());
  for (size_t place = 0; place < order.size(); ++place) {
    moved.push_back(shape[static_cast<size_t>(order[place])]);
    indices[static_cast<size_t>(order[place])] = static_cast<int>(place);
  }
  return builder.Fill(Operand::Of(tensor, std::move(indices)), std::move(moved));
}

// The front axis behind the next one.
static NodeId FrontAxisSecond(Builder& builder, NodeId tensor) { return AxisInFront(builder, tensor, 1); }

// The tensor once for each turn.
static NodeId Repeated(Builder& builder, NodeId tensor, const Dim& count) {
  Shape shape = builder.graph().ShapeOf(tensor);
  const int rank = static_cast<int>(shape.size());
  shape.insert(shape.begin(), count);
  return builder.Fill(Operand::Of(tensor, Iota(rank, 1)), std::move(shape));
}

// ---- adding --------------------------------------------------------------------------------------------------------------------

void TurnAdder::Set(NodeId node, NodeId place, bool turns) {
  place_[static_cast<size_t>(node)] = place;
  turns_[static_cast<size_t>(node)] = turns;
}

NodeId TurnAdder::WithTurns(NodeId node) {
  const NodeId place = Visit(node);
  return turns_[static_cast<size_t>(node)] ? place : Repeated(to_, place, count_);
}

NodeId TurnAdder::Visit(NodeId root) {
  std::vector<NodeId> stack{root};
  while (!stack.empty()) {
    const NodeId id = stack.back();
    bool ready = true;
    if (place_[static_cast<size_t>(id)] == kNoNode) {
      for (NodeId operand : ir::Operands(from_[id])) {
        if (place_[static_cast<size_t>(operand)] != kNoNode) continue;
        stack.push_back(operand);
        ready = false;
      }
      if (ready) Add(id);
    }
    if (ready) stack.pop_back();
  }
  return place_[static_cast<size_t>(root)];
}

void TurnAdder::Add(NodeId id) {
  const Node& node = from_[id];
  bool turns = false;
  for (NodeId operand : ir::Operands(node)) turns = turns || turns_[static_cast<size_t>(operand)];
  turns_[static_cast<size_t>(id)] = turns;
  to_.SetSpan(node.span);
  if (!turns) {
    place_[static_cast<size_t>(id)] = Rebuilt(to_, node, [&](NodeId operand) { return place_[static_cast<size_t>(operand)]; });
    return;
  }
  switch (node.op()) {
    case Node::Op::Comp: return AddComp(id);
    case Node::Op::Scan: return AddScan(id);
    case Node::Op::Part: return AddPart(id);
    case Node::Op::Input:
    case Node::Op::Random:
    case Node::Op::Derivative: assert(false && "has no operands, or was taken"); return;
  }
}

void TurnAdder::AddComp(NodeId id) {
  Comp comp = from_[id].comp();
  const std::vector<int> names = Iota(static_cast<int>(comp.extents.size()), 1);
  comp.extents.insert(comp.extents.begin(), count_);
  ++comp.rank;
  comp.relations = Rename(comp.relations, names);
  for (Access& access : comp.accesses) {
    access.subscripts = Rename(access.subscripts, names);
    if (turns_[static_cast<size_t>(access.operand)]) access.subscripts.insert(access.subscripts.begin(), Affine::Index(0));
    access.operand = place_[static_cast<size_t>(access.operand)];
  }
  for (Scalar& step : comp.body)
    if (step.kind == Scalar::Kind::Index) ++step.index;
  place_[static_cast<size_t>(id)] = to_.AddComp(comp);
}

// By output of the body: whether it has an axis of turns where the flagged inputs have one.
static std::vector<bool> OutputsWithTurns(const Graph& body, const std::vector<bool>& inputs) {
  std::vector<bool> turns(body.nodes.size(), false);
  for (size_t i = 0; i < inputs.size(); ++i) turns[static_cast<size_t>(body.inputs[i])] = inputs[i];
  for (size_t n = 0; n < turns.size(); ++n)
    for (NodeId operand : ir::Operands(body.nodes[n])) turns[n] = turns[n] || turns[static_cast<size_t>(operand)];
  std::vector<bool> outputs;
  for (const ir::Output& output : body.outputs) outputs.push_back(turns[static_cast<size_t>(output.node)]);
  return outputs;
}

// Which inputs of an inner scan's body differ from turn to turn of the outer one: states also where only what comes next does.
std::vector<bool> TurnAdder::InputsWithTurns(const ir::Scan& scan) const {
  const Graph& body = *scan.body;
  std::vector<bool> inputs;
  for (NodeId operand : scan.operands) inputs.push_back(turns_[static_cast<size_t>(operand)]);
  for (bool grows = true; grows;) {
    grows = false;
    const std::vector<bool> outputs = OutputsWithTurns(body, inputs);
    for (size_t k = 0; k < outputs.size(); ++k) {
      const auto at = std::find(body.inputs.begin(), body.inputs.end(), body.outputs[k].updates);
      if (!outputs[k] || at == body.inputs.end() || inputs[static_cast<size_t>(at - body.inputs.begin())]) continue;
      inputs[static_cast<size_t>(at - body.inputs.begin())] = grows = true;
    }
  }
  return inputs;
}

NodeId TurnAdder::OperandWithTurns(const ir::Scan& scan, size_t input) {
  const NodeId operand = scan.operands[input], place = place_[static_cast<size_t>(operand)];
  const ir::Role role = scan.body->nodes[static_cast<size_t>(scan.body->inputs[input])].input().role;
  if (!turns_[static_cast<size_t>(operand)]) return Repeated(to_, place, count_);  // a state that starts alike in every turn
  return role == ir::Role::Slice ? FrontAxisSecond(to_, place) : place;
}

void TurnAdder::AddScan(NodeId id) {
  const ir::Scan scan = from_[id].scan();
  const Graph& body = *scan.body;
  const std::vector<bool> turns = InputsWithTurns(scan);
  auto with = std::make_shared<Graph>();
  with->name = body.name;
  Builder builder(*with);
  TurnAdder inside(body, builder, count_);
  ir::Scan result{with, {}, scan.count, scan.down, scan.checkpointed};
  std::map<NodeId, bool> carried;
  for (size_t i = 0; i < scan.operands.size(); ++i) {
    const Node& input = body[body.inputs[i]];
    Shape shape = input.shape;
    if (turns[i]) shape.insert(shape.begin(), count_);
    result.operands.push_back(turns[i] ? OperandWithTurns(scan, i) : place_[static_cast<size_t>(scan.operands[i])]);
    inside.Set(body.inputs[i], builder.AddInput(input.input(), std::move(shape), input.span), turns[i]);
    carried[body.inputs[i]] = turns[i];
  }
  for (const ir::Output& output : body.outputs) {
    const bool state = output.updates != kNoNode;
    const bool always = state && carried.at(output.updates);
    const NodeId node = always ? inside.WithTurns(output.node) : inside.Visit(output.node);
    with->outputs.push_back({output.name, node, state ? inside.place_[static_cast<size_t>(output.updates)] : kNoNode});
  }
  place_[static_cast<size_t>(id)] = to_.AddScan(std::move(result));
}

void TurnAdder::AddPart(NodeId id) {
  const ir::Part& part = from_[id].part();
  const Shape shape = from_.ShapeOf(id);
  const NodeId place = to_.AddPart(place_[static_cast<size_t>(part.scan)], part.output);
  const bool turns = to_.graph().ShapeOf(place).size() > shape.size();
  place_[static_cast<size_t>(id)] = turns ? FrontAxisSecond(to_, place) : place;
  turns_[static_cast<size_t>(id)] = turns;
}

// ---- dropping ------------------------------------------------------------------------------------------------------------------

void TurnDropper::Set(NodeId node, NodeId place, int axis) {
  place_[static_cast<size_t>(node)] = place;
  axis_[static_cast<size_t>(node)] = axis;
}

bool TurnDropper::Visit(NodeId id) {
  to_.SetSpan(from_[id].span);
  switch (from_[id].op()) {
    case Node::Op::Comp: {
      const std::optional<int> turn = TurnIndex(from_[id].comp());
      return turn && VisitAlong(id, *turn);
    }
    case Node::Op::Scan: return VisitScan(id);
    case Node::Op::Part: return VisitPart(id);
    case Node::Op::Input:
    case Node::Op::Random:
    case Node::Op::Derivative: return false;
  }
  return false;
}

// The index along which every operand of the turn runs through the turns.
std::optional<int> TurnDropper::TurnIndex(const Comp& comp) const {
  std::optional<int> turn;
  for (const Access& access : comp.accesses) {
    if (!outer_.InTurn(access.operand)) continue;
    const size_t axis = static_cast<size_t>(axis_[static_cast<size_t>(access.operand)]);
    const Affine& subscript = access.subscripts[axis];
    if (!subscript.IsBare() || subscript.BareIndex() >= comp.rank || (turn && *turn != subscript.BareIndex())) return std::nullopt;
    turn = subscript.BareIndex();
    for (size_t other = 0; other < access.subscripts.size(); ++other)
      if (other != axis && Mentions(access.subscripts[other], *turn)) return std::nullopt;
  }
  return turn;
}

namespace {

// A read of an outer tensor that depends on the turn by relations, made for all turns outside of the body.
class TurnRead {
 public:
  TurnRead(const Comp& comp, size_t access, int turn) : comp_(comp), access_(comp.accesses[access]), turn_(turn) {
    for (const Affine& relation : comp.relations) (Mentions(relation, turn) ? inside_ : outside_).push_back(relation);
    for (int index = 0; index < static_cast<int>(comp.extents.size()); ++index) {
      const bool used = Mentions(access_, index) || std::any_of(inside_.begin(), inside_.end(), [&](const Affine& r) { return Mentions(r, index); });
      if (index == turn || !used) continue;
      (UsedElsewhere(index, access) ? kept_ : summed_).push_back(index);
    }
  }

  NodeId Make(Builder& outer, const Dim& count) const {
    std::vector<int> names(comp_.extents.size(), -1);
    std::vector<Dim> extents{count};
    names[static_cast<size_t>(turn_)] = 0;
    for (const std::vector<int>* indices : {&kept_, &summed_})
      for (int index : *indices) {
        names[static_cast<size_t>(index)] = static_cast<int>(extents.size());
        extents.push_back(comp_.extents[static_cast<size_t>(index)]);
      }
    std::vector<int> indices;
    for (const Affine& subscript : access_.subscripts) indices.push_back(names[static_cast<size_t>(subscript.BareIndex())]);
    const Operand operand = Operand::Of(access_.operand, std::move(indices));
    if (inside_.empty() && summed_.empty()) return outer.Fill(operand, std::move(extents));
    return outer.Reduce(Monoid::Sum, operand, std::move(extents), static_cast<int>(kept_.size()) + 1, Rename(inside_, names));
  }

  const std::vector<int>& Kept() const { return kept_; }
  const std::vector<int>& Summed() const { return summed_; }
  const std::vector<Affine>& Left() const { return outside_; }

 private:
  bool UsedElsewhere(int index, size_t access) const {
    if (index < comp_.rank) return true;
    for (size_t other = 0; other < comp_.accesses.size(); ++other)
      if (other != access && Mentions(comp_.accesses[other], index)) return true;
    if (std::any_of(outside_.begin(), outside_.end(), [&](const Affine& r) { return Mentions(r, index); })) return true;
    return std::any_of(comp_.body.begin(), comp_.body.end(), [&](const Scalar& step) { return step.kind == Scalar::Kind::Index && step.index == index; });
  }

  const Comp& comp_;
  const Access access_;
  const int turn_;
  std::vector<int> kept_, summed_;
  std::vector<Affine> inside_, outside_;  // relations that mention the turn, and the others
};

}  // namespace

// An element whose subscripts name an index twice, x[t, t], is one of a tensor outside that names it once: the axis of another turn is one axis.
void TurnDropper::TakeDiagonal(const Comp& comp, Access& access) {
  std::vector<int> named, indices;
  std::vector<Dim> extents;
  for (const Affine& subscript : access.subscripts) {
    if (!subscript.IsBare()) return;
    const auto at = std::find(named.begin(), named.end(), subscript.BareIndex());
    indices.push_back(static_cast<int>(at - named.begin()));
    if (at != named.end()) continue;
    named.push_back(subscript.BareIndex());
    extents.push_back(comp.extents[static_cast<size_t>(named.back())]);
  }
  if (named.size() == access.subscripts.size()) return;
  access.operand = outer_.Outer().Fill(Operand::Of(access.operand, std::move(indices)), std::move(extents));
  access.subscripts.clear();
  for (int index : named) access.subscripts.push_back(Affine::Index(index));
}

// Reads of outer tensors become reads of the body's inputs; false if a relation ties a state's own axis to the turn.
bool TurnDropper::VisitAlong(NodeId id, int turn) {
  Comp comp = from_[id].comp();
  if (ir::Classify(comp) == ir::CompForm::Fused) return false;
  axis_[static_cast<size_t>(id)] = turn;
  std::vector<bool> dropped(comp.extents.size(), false);
  dropped[static_cast<size_t>(turn)] = true;
  for (size_t a = 0; a < comp.accesses.size(); ++a) {
    Access& access = comp.accesses[a];
    if (outer_.InTurn(access.operand)) {
      access.subscripts.erase(access.subscripts.begin() + axis_[static_cast<size_t>(access.operand)]);
      access.operand = Place(access.operand);
      continue;
    }
    const bool tied = std::any_of(comp.relations.begin(), comp.relations.end(), [&](const Affine& relation) {
      if (!Mentions(relation, turn)) return false;
      return std::any_of(relation.terms.begin(), relation.terms.end(), [&](const Affine::Term& term) { return term.index != turn && Mentions(access, term.index); });
    });
    const auto alone = std::count_if(access.subscripts.begin(), access.subscripts.end(), [&](const Affine& s) { return Mentions(s, turn); });
    if (!tied && alone == 0) {
      TakeDiagonal(comp, access);
      access.operand = outer_.Whole(access.operand);
    } else if (!tied && alone == 1) {
      const auto at = std::find_if(access.subscripts.begin(), access.subscripts.end(), [&](const Affine& s) { return Mentions(s, turn); });
      const int axis = static_cast<int>(at - access.subscripts.begin());
      access.subscripts.erase(at);
      access.operand = outer_.Slice(access.operand, axis);
    } else {
      const TurnRead read(comp, a, turn);
      if (comp.monoid != Monoid::Sum && !read.Summed().empty()) return false;
      for (int index : read.Summed()) dropped[static_cast<size_t>(index)] = true;
      Access slice{outer_.Slice(read.Make(outer_.Outer(), count_), 0), {}, false};
      for (int index : read.Kept()) slice.subscripts.push_back(Affine::Index(index));
      comp.relations = read.Left();
      access = std::move(slice);
    }
  }
  if (std::any_of(comp.relations.begin(), comp.relations.end(), [&](const Affine& relation) { return Mentions(relation, turn); })) return false;
  if (UsesNumber(comp, turn)) ReadNumber(comp, turn, outer_.Slice(outer_.Outer().Fill(Operand::Of(0), {count_}), 0));
  Set(id, to_.AddComp(WithoutIndices(std::move(comp), dropped)), turn);
  return true;
}

bool TurnDropper::VisitScan(NodeId id) {
  const ir::Scan scan = from_[id].scan();
  const Graph& body = *scan.body;
  TurnMarks marks(body);
  for (size_t i = 0; i < scan.operands.size(); ++i)
    if (outer_.InTurn(scan.operands[i]) && !marks.SetOperand(i, axis_[static_cast<size_t>(scan.operands[i])])) return false;
  if (!marks.Spread()) return false;
  const TurnMarks::OneTurn turn = marks.Dropped();
  ir::Scan result{turn.body, {}, scan.count, scan.down, scan.checkpointed};
  for (size_t i = 0; i < scan.operands.size(); ++i) {
    const NodeId operand = scan.operands[i];
    const int axis = marks.OfOperand(i);
    if (outer_.InTurn(operand)) result.operands.push_back(Place(operand));
    else result.operands.push_back(axis >= 0 ? outer_.Slice(operand, axis) : outer_.Whole(operand));
  }
  if (turn.reads_number) result.operands.push_back(outer_.Slice(outer_.Outer().Fill(Operand::Of(0), {count_}), 0));
  Set(id, to_.AddScan(std::move(result)), 0);
  for (const ir::Output& output : body.outputs) part_axes_[id].push_back(marks[output.node] + 1);
  return true;
}

bool TurnDropper::VisitPart(NodeId id) {
  const ir::Part part = from_[id].part();
  const int axis = part_axes_.at(part.scan)[static_cast<size_t>(part.output)];
  if (axis == 0) return false;
  Set(id, to_.AddPart(Place(part.scan), part.output), axis);
  return true;
}

}  // namespace nnc::passes
