#include "compiler/passes/turn_marks.h"

#include <string>

#include "compiler/ir/builder.h"
#include "compiler/passes/definition.h"
#include "compiler/passes/rebuilt.h"

namespace nnc::passes {

using ir::Access;
using ir::Affine;
using ir::Builder;
using ir::Comp;
using ir::Dim;
using ir::Graph;
using ir::kNoNode;
using ir::Node;
using ir::NodeId;
using ir::Role;
using ir::Scalar;
using ir::Shape;

// The comprehension without the flagged indices, which nothing mentions any more.
Comp WithoutIndices(Comp comp, const std::vector<bool>& dropped) {
  std::vector<int> names(comp.extents.size(), -1);
  std::vector<Dim> extents;
  int rank = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    if (dropped[i]) continue;
    names[i] = static_cast<int>(extents.size());
    extents.push_back(comp.extents[i]);
    rank += static_cast<int>(i) < comp.rank;
  }
  comp.extents = std::move(extents);
  comp.rank = rank;
  comp.relations = Rename(comp.relations, names);
  for (Access& access : comp.accesses) access.subscripts = Rename(access.subscripts, names);
  for (Scalar& step : comp.body)
    if (step.kind == Scalar::Kind::Index) step.index = names[static_cast<size_t>(step.index)];
  return comp;
}

void ReadNumber(Comp& comp, int turn, NodeId number) {
  for (Scalar& step : comp.body) {
    if (step.kind != Scalar::Kind::Index || step.index != turn) continue;
    step = Scalar{};
    step.kind = Scalar::Kind::Access;
    step.index = static_cast<int>(comp.accesses.size());
    comp.accesses.push_back({number, {}, false});
  }
}

bool UsesNumber(const Comp& comp, int turn) {
  return std::any_of(comp.body.begin(), comp.body.end(), [&](const Scalar& step) { return step.kind == Scalar::Kind::Index && step.index == turn; });
}

// ---- where they run ------------------------------------------------------------------------------------------------------------

bool TurnMarks::Set(NodeId node, int axis) {
  int& known = axis_[static_cast<size_t>(node)];
  fits_ = fits_ && (known < 0 || known == axis);
  if (known >= 0) return false;
  known = axis;
  return true;
}

int TurnMarks::OfOperand(size_t input) const {
  const int axis = (*this)[body_.inputs[input]];
  return axis < 0 ? axis : axis + IsSlice(input);
}

bool TurnMarks::SetOperand(size_t input, int axis) {
  if (axis < IsSlice(input)) return false;
  Set(body_.inputs[input], axis - IsSlice(input));
  return fits_;
}

bool TurnMarks::Spread() {
  for (bool grows = true; grows && fits_;) {
    grows = false;
    for (NodeId node = 0; node < static_cast<NodeId>(axis_.size()); ++node) grows = SpreadNode(node) || grows;
    for (const ir::Output& output : body_.outputs) {
      if (output.updates == kNoNode) continue;
      if ((*this)[output.node] >= 0) grows = Set(output.updates, (*this)[output.node]) || grows;
      if ((*this)[output.updates] >= 0) grows = Set(output.node, (*this)[output.updates]) || grows;
    }
  }
  return fits_;
}

bool TurnMarks::SpreadNode(NodeId node) {
  switch (body_[node].op()) {
    case Node::Op::Comp: return SpreadComp(node, body_[node].comp());
    case Node::Op::Scan: return SpreadScan(node, body_[node].scan());
    case Node::Op::Part: return SpreadPart(node, body_[node].part());
    case Node::Op::Input: return false;
    case Node::Op::Random:
    case Node::Op::Derivative: fits_ = fits_ && (*this)[node] < 0; return false;
  }
  return false;
}

std::optional<int> TurnMarks::TurnIndex(NodeId node, const Comp& comp) const {
  if ((*this)[node] >= 0) return (*this)[node];
  for (const Access& access : comp.accesses)
    if (const int axis = (*this)[access.operand]; axis >= 0) return access.subscripts[static_cast<size_t>(axis)].IsBare() ? access.subscripts[static_cast<size_t>(axis)].BareIndex() : -1;
  return std::nullopt;
}

bool TurnMarks::SpreadComp(NodeId id, const Comp& comp) {
  const std::optional<int> turn = TurnIndex(id, comp);
  if (!turn) return false;
  fits_ = fits_ && *turn >= 0 && *turn < comp.rank && ir::Classify(comp) != ir::CompForm::Fused;
  if (!fits_) return false;
  bool grows = Set(id, *turn);
  for (const Affine& relation : comp.relations) fits_ = fits_ && !Mentions(relation, *turn);
  for (const Access& access : comp.accesses) {
    for (size_t axis = 0; axis < access.subscripts.size(); ++axis)
      if (Mentions(access.subscripts[axis], *turn)) grows = Set(access.operand, static_cast<int>(axis)) || grows;
    const int axis = (*this)[access.operand];
    fits_ = fits_ && (axis < 0 || (access.subscripts[static_cast<size_t>(axis)].IsBare() && access.subscripts[static_cast<size_t>(axis)].BareIndex() == *turn));
  }
  return grows;
}

// Into the body of a scan, and back to its operands. (The scan itself has no axes: its parts have.)
bool TurnMarks::SpreadScan(NodeId id, const ir::Scan& scan) {
  TurnMarks& inside = inner_.try_emplace(id, *scan.body).first->second;
  bool grows = false;
  for (size_t i = 0; i < scan.operands.size(); ++i) {
    const int axis = (*this)[scan.operands[i]];
    if (axis >= 0) fits_ = fits_ && inside.SetOperand(i, axis);
  }
  fits_ = fits_ && inside.Spread();
  for (size_t i = 0; i < scan.operands.size() && fits_; ++i)
    if (const int axis = inside.OfOperand(i); axis >= 0) grows = Set(scan.operands[i], axis) || grows;
  return grows;
}

bool TurnMarks::SpreadPart(NodeId id, const ir::Part& part) {
  TurnMarks& inside = inner_.at(part.scan);
  const NodeId output = inside.body_.outputs[static_cast<size_t>(part.output)].node;
  if (inside[output] >= 0) return Set(id, inside[output] + 1);
  const int axis = (*this)[id];
  fits_ = fits_ && axis != 0;
  return axis > 0 && inside.Set(output, axis - 1);
}

// ---- without them --------------------------------------------------------------------------------------------------------------

bool TurnMarks::ReadsNumber() const {
  for (NodeId node = 0; node < static_cast<NodeId>(axis_.size()); ++node) {
    const Comp* comp = body_[node].if_comp();
    if (comp != nullptr && (*this)[node] >= 0 && UsesNumber(*comp, (*this)[node])) return true;
  }
  return std::any_of(inner_.begin(), inner_.end(), [](const auto& inner) { return inner.second.ReadsNumber(); });
}

TurnMarks::OneTurn TurnMarks::Dropped() const {
  auto result = std::make_shared<Graph>();
  result->name = body_.name;
  Builder builder(*result);
  std::vector<NodeId> place(body_.nodes.size(), kNoNode);
  for (NodeId input : body_.inputs) {
    Shape shape = body_.ShapeOf(input);
    if ((*this)[input] >= 0) shape.erase(shape.begin() + (*this)[input]);
    place[static_cast<size_t>(input)] = builder.AddInput(body_[input].input(), std::move(shape), body_[input].span);
  }
  const bool reads = ReadsNumber();
  std::string name = "outer turn";
  while (std::any_of(body_.inputs.begin(), body_.inputs.end(), [&](NodeId input) { return body_[input].input().name == name; })) name += "'";
  const NodeId number = reads ? builder.AddInput({Role::Shared, ir::DType::F32, std::move(name), 0}, {}) : kNoNode;
  for (size_t n = 0; n < place.size(); ++n) {
    const Node& node = body_.nodes[n];
    if (place[n] != kNoNode || node.op() == Node::Op::Input) continue;
    builder.SetSpan(node.span);
    if (const auto inner = inner_.find(static_cast<NodeId>(n)); inner != inner_.end()) {
      const OneTurn turn = inner->second.Dropped();
      ir::Scan scan{turn.body, {}, node.scan().count, node.scan().down, node.scan().checkpointed};
      for (NodeId operand : node.scan().operands) scan.operands.push_back(place[static_cast<size_t>(operand)]);
      if (turn.reads_number) scan.operands.push_back(number);
      place[n] = builder.AddScan(std::move(scan));
      continue;
    }
    if (node.op() != Node::Op::Comp) {
      place[n] = Rebuilt(builder, node, [&](NodeId operand) { return place[static_cast<size_t>(operand)]; });
      continue;
    }
    Comp comp = node.comp();
    std::vector<bool> dropped(comp.extents.size(), false);
    const std::optional<int> turn = TurnIndex(static_cast<NodeId>(n), comp);
    for (Access& access : comp.accesses) {
      if (const int axis = (*this)[access.operand]; axis >= 0) access.subscripts.erase(access.subscripts.begin() + axis);
      access.operand = place[static_cast<size_t>(access.operand)];
    }
    if (turn) {
      dropped[static_cast<size_t>(*turn)] = true;
      ReadNumber(comp, *turn, number);
    }
    place[n] = builder.AddComp(WithoutIndices(std::move(comp), dropped));
  }
  for (const ir::Output& output : body_.outputs)
    result->outputs.push_back({output.name, place[static_cast<size_t>(output.node)], output.updates == kNoNode ? kNoNode : place[static_cast<size_t>(output.updates)]});
  return {std::move(result), reads};
}

}  // namespace nnc::passes
