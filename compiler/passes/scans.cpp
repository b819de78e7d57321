// Scans opened (for all turns at once), closed again, and tidied. The axis of turns is added and dropped in turn_axis.cpp.
#include "compiler/passes/scans.h"

#include <algorithm>
#include <map>
#include <set>

#include "compiler/ir/walk.h"
#include "compiler/passes/definition.h"
#include "compiler/passes/rebuilt.h"
#include "compiler/passes/turn_axis.h"

namespace nnc::passes {

using ir::Affine;
using ir::Builder;
using ir::Dim;
using ir::Graph;
using ir::kNoNode;
using ir::Monoid;
using ir::Node;
using ir::NodeId;
using ir::Operand;
using ir::Shape;

// ---- elements along the turns --------------------------------------------------------------------------------------------------

NodeId Elements(Builder& builder, NodeId tensor, const Dim& first, const Dim& count) {
  const Shape shape = builder.graph().ShapeOf(tensor);
  std::vector<Dim> extents = shape;
  extents[0] = count;
  extents.push_back(shape[0]);
  const int rank = static_cast<int>(shape.size());
  std::vector<int> indices = Iota(rank);
  indices[0] = rank;
  Affine tie = Affine::Index(0);
  tie.Add(rank, -1);
  tie.constant = first;
  return builder.Reduce(Monoid::Sum, Operand::Of(tensor, std::move(indices)), std::move(extents), rank, {tie});
}

static NodeId Element(Builder& builder, NodeId tensor, const Dim& number) {
  const Shape shape = builder.graph().ShapeOf(tensor);
  const int rank = static_cast<int>(shape.size()) - 1;
  std::vector<Dim> extents(shape.begin() + 1, shape.end());
  extents.push_back(shape[0]);
  std::vector<int> indices = Iota(rank + 1, -1);
  indices[0] = rank;
  Affine at = Affine::Index(rank);
  at.constant = -number;
  return builder.Reduce(Monoid::Sum, Operand::Of(tensor, std::move(indices)), std::move(extents), rank, {at});
}

NodeId Before(Builder& builder, const Recurrence& recurrence, NodeId states) {
  return Elements(builder, states, recurrence.down ? 1 : 0, recurrence.count);
}

NodeId After(Builder& builder, const Recurrence& recurrence, NodeId states) {
  return Elements(builder, states, recurrence.down ? 0 : 1, recurrence.count);
}

NodeId Final(Builder& builder, const Recurrence& recurrence, NodeId states) {
  return Element(builder, states, recurrence.down ? Dim(0) : recurrence.count);
}

// ---- substitution --------------------------------------------------------------------------------------------------------------

void Substitution::Set(NodeId node, NodeId place) {
  if (place_.size() <= static_cast<size_t>(node)) place_.resize(static_cast<size_t>(node) + 1, kNoNode);
  place_[static_cast<size_t>(node)] = place;
}

NodeId Substitution::PlaceOf(NodeId node) const {
  return static_cast<size_t>(node) < place_.size() ? place_[static_cast<size_t>(node)] : kNoNode;
}

NodeId Substitution::operator()(NodeId root) {
  std::vector<NodeId> stack{root};
  while (!stack.empty()) {
    const NodeId id = stack.back();
    if (PlaceOf(id) != kNoNode) {
      stack.pop_back();
      continue;
    }
    bool ready = true, same = &from_ == &to_.graph();
    for (NodeId operand : ir::Operands(from_[id])) {
      const NodeId place = PlaceOf(operand);
      if (place == kNoNode) stack.push_back(operand), ready = false;
      same = same && place == operand;
    }
    if (!ready) continue;
    stack.pop_back();
    Set(id, same ? id : Rebuilt(to_, from_[id], [&](NodeId operand) { return PlaceOf(operand); }));
  }
  return PlaceOf(root);
}

// ---- closing -------------------------------------------------------------------------------------------------------------------

namespace {

// Which nodes depend on the placeholders of the states, and are needed by what comes next.
std::vector<bool> OfTurns(const Graph& graph, const Recurrence& recurrence) {
  std::vector<NodeId> roots;
  for (const Recurrence::State& state : recurrence.states) roots.push_back(state.next);
  const std::vector<bool> needed = ir::Needed(graph, roots);
  std::vector<bool> depends(graph.nodes.size(), false);
  for (const Recurrence::State& state : recurrence.states) depends[static_cast<size_t>(state.placeholder)] = true;
  for (size_t n = 0; n < depends.size(); ++n)
    for (NodeId operand : ir::Operands(graph.nodes[n])) depends[n] = depends[n] || depends[static_cast<size_t>(operand)];
  for (size_t n = 0; n < depends.size(); ++n) depends[n] = depends[n] && needed[n];
  for (const Recurrence::State& state : recurrence.states) depends[static_cast<size_t>(state.placeholder)] = true;
  return depends;
}

// The body of one turn: what depends on states is written into it, and what that reads of other nodes becomes an input.
class Closing : public OuterTensors {
 public:
  Closing(Builder& outer, const Recurrence& recurrence)
      : outer_(outer), recurrence_(recurrence), body_(std::make_shared<Graph>()), inner_(*body_), depends_(OfTurns(outer.graph(), recurrence)) {
    body_->name = "body";
    inner_.UseRules(outer.UsesRules());
  }

  std::optional<std::vector<NodeId>> Run(NodeId* culprit) {
    TurnDropper dropper(outer_.graph(), inner_, *this, recurrence_.count);
    for (const Recurrence::State& state : recurrence_.states) dropper.Set(state.placeholder, Carried(state), 0);
    for (size_t n = 0; n < depends_.size(); ++n) {
      const NodeId id = static_cast<NodeId>(n);
      if (!depends_[n] || dropper.Has(id) || dropper.Visit(id)) continue;
      if (culprit) *culprit = id;
      return std::nullopt;
    }
    for (const Recurrence::State& state : recurrence_.states) {
      const NodeId input = dropper.Place(state.placeholder);
      const NodeId next = depends_[static_cast<size_t>(state.next)] ? dropper.Place(state.next) : Slice(state.next, 0);
      if (depends_[static_cast<size_t>(state.next)] && dropper.Axis(state.next) != 0) {
        if (culprit) *culprit = state.next;
        return std::nullopt;
      }
      body_->outputs.push_back({"next " + body_->nodes[static_cast<size_t>(input)].input().name, next, input});
    }
    const NodeId scan = outer_.AddScan({body_, operands_, recurrence_.count, recurrence_.down});
    std::vector<NodeId> states;
    for (size_t k = 0; k < recurrence_.states.size(); ++k) states.push_back(outer_.AddPart(scan, static_cast<int>(k)));
    return states;
  }

  // OuterTensors
  bool InTurn(NodeId node) const override { return static_cast<size_t>(node) < depends_.size() && depends_[static_cast<size_t>(node)]; }
  Builder& Outer() override { return outer_; }
  NodeId Slice(NodeId tensor, int axis) override {
    const NodeId operand = AxisInFront(outer_, tensor, axis);
    return Input(ir::Role::Slice, operand);
  }
  NodeId Whole(NodeId tensor) override { return Input(ir::Role::Shared, tensor); }

 private:
  NodeId Carried(const Recurrence::State& state) {
    std::string name = state.name.empty() ? "state" : state.name;
    while (!names_.insert(name).second) name += "'";
    operands_.push_back(state.start);
    return inner_.AddInput({ir::Role::Carried, ir::DType::F32, std::move(name), 0}, outer_.graph().ShapeOf(state.start));
  }

  NodeId Input(ir::Role role, NodeId operand) {
    const auto [known, fresh] = inputs_.emplace(std::pair(role, operand), kNoNode);
    if (!fresh) return known->second;
    Shape shape = outer_.graph().ShapeOf(operand);
    if (role == ir::Role::Slice) shape.erase(shape.begin());
    operands_.push_back(operand);
    return known->second = inner_.AddInput({role, ir::DType::F32, ir::Name(role) + ("." + std::to_string(inputs_.size() - 1)), 0}, std::move(shape));
  }

  Builder& outer_;
  const Recurrence& recurrence_;
  std::shared_ptr<Graph> body_;
  Builder inner_;
  std::vector<bool> depends_;
  std::vector<NodeId> operands_;
  std::map<std::pair<ir::Role, NodeId>, NodeId> inputs_;
  std::set<std::string> names_;
};

}  // namespace

// ---- opening -------------------------------------------------------------------------------------------------------------------

std::vector<NodeId> ForAllTurns(Builder& builder, const ir::Scan& scan, const std::vector<NodeId>& inputs) {
  const Graph& body = *scan.body;
  TurnAdder adder(body, builder, scan.count);
  for (size_t i = 0; i < inputs.size(); ++i) adder.Set(body.inputs[i], inputs[i], body[body.inputs[i]].input().role != ir::Role::Shared);
  std::vector<NodeId> outputs;
  for (const ir::Output& output : body.outputs) outputs.push_back(adder.WithTurns(output.node));
  return outputs;
}

Recurrence Opened(Builder& builder, const ir::Scan& scan) {
  const Graph& body = *scan.body;
  Recurrence recurrence{scan.count, scan.down, {}};
  std::vector<NodeId> inputs = scan.operands;
  std::map<NodeId, size_t> place;
  for (size_t i = 0; i < inputs.size(); ++i) {
    place[body.inputs[i]] = i;
    if (body[body.inputs[i]].input().role != ir::Role::Carried) continue;
    Shape shape = body.ShapeOf(body.inputs[i]);
    shape.insert(shape.begin(), scan.count);
    inputs[i] = builder.AddPlaceholder(std::move(shape));
  }
  const std::vector<NodeId> next = ForAllTurns(builder, scan, inputs);
  for (size_t k = 0; k < body.outputs.size(); ++k) {
    const NodeId input = body.outputs[k].updates;
    if (input == kNoNode) recurrence.emitted.push_back({k, next[k]});
    else recurrence.states.push_back({body[input].input().name, scan.operands[place.at(input)], inputs[place.at(input)], next[k], k});
  }
  return recurrence;
}

// ---- closing again -------------------------------------------------------------------------------------------------------------

std::optional<std::vector<NodeId>> Remade(Builder& builder, const ir::Scan& scan, const std::vector<std::vector<size_t>>& groups) {
  const Recurrence all = Opened(builder, scan);
  std::vector<NodeId> outputs(scan.body->outputs.size(), kNoNode);
  std::map<NodeId, NodeId> before;  // by placeholder: the states before each turn, once they are known
  auto known = [&](NodeId node, const Recurrence& open) {
    Substitution substitution(builder.graph(), builder);
    for (auto [placeholder, states] : before) substitution.Set(placeholder, states);
    for (const Recurrence::State& state : open.states) substitution.Set(state.placeholder, state.placeholder);
    return substitution(node);
  };
  for (const std::vector<size_t>& group : groups) {
    Recurrence recurrence{all.count, all.down, {}, {}};
    for (const Recurrence::State& state : all.states)
      if (std::find(group.begin(), group.end(), state.output) != group.end()) recurrence.states.push_back(state);
    if (recurrence.states.empty()) continue;
    for (Recurrence::State& state : recurrence.states) state.next = known(state.next, recurrence);
    const std::optional<std::vector<NodeId>> made = MakeScan(builder, recurrence);
    if (!made) return std::nullopt;
    for (size_t k = 0; k < made->size(); ++k) outputs[recurrence.states[k].output] = (*made)[k];
    for (const Recurrence::State& state : recurrence.states) before[state.placeholder] = Before(builder, recurrence, outputs[state.output]);
  }
  for (const Recurrence::Emitted& one : all.emitted) outputs[one.output] = known(one.value, {});
  return outputs;
}

std::vector<bool> DependingOutputs(const ir::Scan& scan, std::vector<bool>& flagged) {
  const Graph& body = *scan.body;
  std::vector<bool> outputs(body.outputs.size(), false);
  for (bool grows = true; grows;) {
    grows = false;
    std::vector<bool> depends(body.nodes.size(), false);
    for (size_t i = 0; i < flagged.size(); ++i) depends[static_cast<size_t>(body.inputs[i])] = flagged[i];
    for (size_t n = 0; n < depends.size(); ++n)
      for (NodeId operand : ir::Operands(body.nodes[n])) depends[n] = depends[n] || depends[static_cast<size_t>(operand)];
    for (size_t k = 0; k < outputs.size(); ++k) {
      const auto at = std::find(body.inputs.begin(), body.inputs.end(), body.outputs[k].updates);
      const bool start = at != body.inputs.end() && flagged[static_cast<size_t>(at - body.inputs.begin())];
      outputs[k] = start || depends[static_cast<size_t>(body.outputs[k].node)];
      if (!outputs[k] || at == body.inputs.end() || start) continue;
      flagged[static_cast<size_t>(at - body.inputs.begin())] = grows = true;
    }
  }
  return outputs;
}

std::vector<bool> NeededOutputs(const Graph& body, std::vector<bool> needed) {
  for (bool grows = true; grows;) {
    grows = false;
    std::vector<NodeId> roots;
    for (size_t k = 0; k < needed.size(); ++k)
      if (needed[k]) roots.push_back(body.outputs[k].node);
    const std::vector<bool> reached = ir::Needed(body, roots);
    for (size_t k = 0; k < needed.size(); ++k) {
      const NodeId state = body.outputs[k].updates;
      if (needed[k] || state == kNoNode || !reached[static_cast<size_t>(state)]) continue;
      needed[k] = grows = true;
    }
  }
  return needed;
}

std::vector<bool> FlowingOutputs(const ir::Scan& scan, std::vector<bool>& flagged, const std::map<int, NodeId>& parts) {
  const Graph& body = *scan.body;
  std::vector<bool> outputs = DependingOutputs(scan, flagged);
  std::vector<bool> reaching(outputs.size(), false);
  for (auto [k, part] : parts) reaching[static_cast<size_t>(k)] = true;
  const std::vector<bool> given = reaching;
  reaching = NeededOutputs(body, reaching);
  for (size_t k = 0; k < outputs.size(); ++k) {
    const auto at = std::find(body.inputs.begin(), body.inputs.end(), body.outputs[k].updates);
    outputs[k] = at == body.inputs.end() ? outputs[k] && given[k] : flagged[static_cast<size_t>(at - body.inputs.begin())] && reaching[k];
  }
  return outputs;
}

// The parts that the next states read of a scan, by output.
static std::map<int, NodeId> PartsRead(const Graph& graph, const Recurrence& recurrence, NodeId scan) {
  std::vector<NodeId> roots;
  for (const Recurrence::State& state : recurrence.states) roots.push_back(state.next);
  const std::vector<bool> needed = ir::Needed(graph, roots);
  std::map<int, NodeId> parts;
  for (size_t n = 0; n < needed.size(); ++n)
    if (needed[n] && graph.nodes[n].op() == Node::Op::Part && graph.nodes[n].part().scan == scan) parts[graph.nodes[n].part().output] = static_cast<NodeId>(n);
  return parts;
}

// An inner scan of a turn as those that it is made of: states that the outer ones do not reach are computed outside, those that nothing
// of the turn needs not at all, and what is emitted behind it. False if it is of one piece.
static bool DivideInnerScan(Builder& builder, Recurrence& recurrence, NodeId id, const std::vector<bool>& of_turns) {
  const ir::Scan scan = builder.graph()[id].scan();
  const std::map<int, NodeId> parts = PartsRead(builder.graph(), recurrence, id);
  std::vector<bool> flagged, needed(scan.body->outputs.size(), false);
  for (NodeId operand : scan.operands) flagged.push_back(of_turns[static_cast<size_t>(operand)]);
  for (auto [output, part] : parts) needed[static_cast<size_t>(output)] = true;
  needed = NeededOutputs(*scan.body, needed);
  const std::vector<bool> depending = DependingOutputs(scan, flagged);
  std::vector<std::vector<size_t>> groups(2);
  bool whole = true;
  for (size_t k = 0; k < depending.size(); ++k) {
    whole = whole && needed[k] && depending[k] && scan.body->outputs[k].updates != kNoNode;
    if (needed[k]) groups[depending[k]].push_back(k);
  }
  if (whole) return false;
  const std::optional<std::vector<NodeId>> remade = Remade(builder, scan, groups);
  if (!remade) return false;
  Substitution rest(builder.graph(), builder);
  for (auto [output, part] : parts) rest.Set(part, (*remade)[static_cast<size_t>(output)]);
  for (Recurrence::State& state : recurrence.states) rest.Set(state.placeholder, state.placeholder);
  for (Recurrence::State& state : recurrence.states) state.next = rest(state.next);
  return true;
}

static Recurrence WithInnerScansDivided(Builder& builder, Recurrence recurrence) {
  for (bool divided = true; divided;) {
    divided = false;
    const std::vector<bool> of_turns = OfTurns(builder.graph(), recurrence);
    for (size_t n = 0; n < of_turns.size() && !divided; ++n)
      divided = of_turns[n] && builder.graph().nodes[n].op() == Node::Op::Scan && DivideInnerScan(builder, recurrence, static_cast<NodeId>(n), of_turns);
  }
  return recurrence;
}

std::optional<std::vector<NodeId>> MakeScan(Builder& builder, const Recurrence& recurrence, NodeId* culprit) {
  const Recurrence divided = WithInnerScansDivided(builder, recurrence);
  return Closing(builder, divided).Run(culprit);
}

// ---- tidying -------------------------------------------------------------------------------------------------------------------

// Whether the body holds nothing but what leads from states to states, and reads all its inputs.
static bool IsTidy(const Graph& body) {
  if (std::any_of(body.outputs.begin(), body.outputs.end(), [](const ir::Output& output) { return output.updates == kNoNode; })) return false;
  std::vector<NodeId> roots;
  for (const ir::Output& output : body.outputs) roots.push_back(output.node);
  const std::vector<bool> needed = ir::Needed(body, roots);
  std::vector<bool> depends(body.nodes.size(), false);
  for (size_t n = 0; n < body.nodes.size(); ++n) {
    const Node& node = body.nodes[n];
    if (node.op() == Node::Op::Input) {
      depends[n] = node.input().role == ir::Role::Carried;
      if (!needed[n] && !depends[n]) return false;
      continue;
    }
    for (NodeId operand : ir::Operands(node)) depends[n] = depends[n] || depends[static_cast<size_t>(operand)];
    if (needed[n] && !depends[n]) return false;
  }
  return true;
}

static bool ReadsItsInputs(const Graph& body) {
  std::vector<NodeId> roots;
  for (const ir::Output& output : body.outputs) roots.push_back(output.node), roots.push_back(output.updates == kNoNode ? output.node : output.updates);
  const std::vector<bool> needed = ir::Needed(body, roots);
  return std::all_of(body.inputs.begin(), body.inputs.end(), [&](NodeId input) { return needed[static_cast<size_t>(input)]; });
}

namespace {

class Tidying {
 public:
  explicit Tidying(const Graph& graph) : graph_(graph), builder_(result_), rebuilt_(graph, builder_) { result_.name = graph.name; }

  Graph Run() {
    FindNeeded();
    for (NodeId input : graph_.inputs) rebuilt_.Set(input, builder_.AddInput(graph_[input].input(), graph_.ShapeOf(input), graph_[input].span));
    for (size_t n = 0; n < graph_.nodes.size(); ++n) {
      const Node& node = graph_.nodes[n];
      const NodeId id = static_cast<NodeId>(n);
      if (node.op() == Node::Op::Scan && NeedsTidying(id) && Remake(id)) continue;
      if (node.op() != Node::Op::Part || parts_.count(node.part().scan) == 0) rebuilt_(id);
      else if (const NodeId part = parts_.at(node.part().scan)[static_cast<size_t>(node.part().output)]; part != kNoNode) rebuilt_.Set(id, part);
    }
    for (const ir::Output& output : graph_.outputs)
      result_.outputs.push_back({output.name, rebuilt_(output.node), output.updates == kNoNode ? kNoNode : rebuilt_(output.updates)});
    return std::move(result_);
  }

 private:
  void FindNeeded() {
    for (const Node& node : graph_.nodes) {
      if (node.op() != Node::Op::Part) continue;
      std::vector<bool>& outputs = needed_[node.part().scan];
      outputs.resize(graph_[node.part().scan].scan().body->outputs.size());
      outputs[static_cast<size_t>(node.part().output)] = true;
    }
    for (auto& [scan, outputs] : needed_) outputs = NeededOutputs(*graph_[scan].scan().body, outputs);
  }

  bool NeedsTidying(NodeId id) {
    const std::vector<bool>& needed = needed_[id];
    const ir::Scan& scan = graph_[id].scan();
    return !needed.empty() && (std::find(needed.begin(), needed.end(), false) != needed.end() || !(scan.checkpointed ? ReadsItsInputs(*scan.body) : IsTidy(*scan.body)));
  }

  // Without the outputs and inputs that nothing needs: what is left stays in its turn.
  void Shorten(NodeId id) {
    ir::Scan scan = graph_[id].scan();
    const std::shared_ptr<const Graph> body = scan.body;
    std::vector<ir::Output> outputs;
    std::vector<NodeId> roots;
    std::vector<int> numbers;
    for (size_t k = 0; k < body->outputs.size(); ++k) {
      numbers.push_back(needed_.at(id)[k] ? static_cast<int>(outputs.size()) : -1);
      if (!needed_.at(id)[k]) continue;
      outputs.push_back(body->outputs[k]);
      roots.push_back(outputs.back().node);
      if (outputs.back().updates != kNoNode) roots.push_back(outputs.back().updates);
    }
    const std::vector<bool> read = ir::Needed(*body, roots);
    std::vector<NodeId> operands;
    for (size_t i = 0; i < scan.operands.size(); ++i)
      if (read[static_cast<size_t>(body->inputs[i])]) operands.push_back(rebuilt_(scan.operands[i]));
    scan.body = std::make_shared<Graph>(ir::Restricted(*body, std::move(outputs), ir::UnusedInputs::Drop));
    scan.operands = std::move(operands);
    builder_.SetSpan(graph_[id].span);
    const NodeId shorter = builder_.AddScan(std::move(scan));
    for (int number : numbers) parts_[id].push_back(number < 0 ? kNoNode : builder_.AddPart(shorter, number));
  }

  bool Remake(NodeId id) {
    ir::Scan scan = graph_[id].scan();
    if (scan.checkpointed) {
      Shorten(id);
      return true;
    }
    for (NodeId& operand : scan.operands) operand = rebuilt_(operand);
    std::vector<size_t> needed;
    for (size_t k = 0; k < needed_.at(id).size(); ++k)
      if (needed_.at(id)[k]) needed.push_back(k);
    const std::optional<std::vector<NodeId>> remade = Remade(builder_, scan, {needed});
    if (remade) parts_[id] = *remade;
    return remade.has_value();
  }

  const Graph& graph_;
  Graph result_;
  Builder builder_;
  Substitution rebuilt_;
  std::map<NodeId, std::vector<bool>> needed_;   // by scan: of its outputs
  std::map<NodeId, std::vector<NodeId>> parts_;  // by scan that was made anew
};

}  // namespace

Graph TidyScans(const Graph& graph) {
  if (std::none_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) { return node.op() == Node::Op::Scan; })) return graph;
  return Tidying(graph).Run();
}

}  // namespace nnc::passes
