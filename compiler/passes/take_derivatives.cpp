#include "compiler/passes/take_derivatives.h"

#include <algorithm>
#include <cassert>

#include "compiler/ir/walk.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/rebuilt.h"

namespace nnc::passes {

using ir::kNoNode;
using ir::Node;
using ir::NodeId;

DerivativeTaker::Kept DerivativeTaker::SetOf(std::vector<uint32_t> variables) {
  const auto [known, fresh] = numbers_.emplace(variables, static_cast<Kept>(sets_.size()));
  if (fresh) sets_.push_back(std::move(variables));
  return known->second;
}

DerivativeTaker::Kept DerivativeTaker::With(Kept kept, uint32_t variable) {
  std::vector<uint32_t> set = sets_[static_cast<size_t>(kept)];
  for (uint32_t more : {variable, kInside}) {
    const auto at = std::lower_bound(set.begin(), set.end(), more);
    if (more != 0 && (at == set.end() || *at != more)) set.insert(at, more);
  }
  return SetOf(std::move(set));
}

bool DerivativeTaker::Holds(Kept kept, uint32_t variable) const {
  const std::vector<uint32_t>& set = sets_[static_cast<size_t>(kept)];
  return std::binary_search(set.begin(), set.end(), variable);
}

bool DerivativeTaker::Reaches(NodeId x, NodeId y) const {
  const uint32_t number = graph_[x].variable;
  std::vector<bool> seen(graph_.nodes.size(), false);
  std::vector<NodeId> stack{y};
  while (!stack.empty()) {
    const NodeId id = stack.back();
    stack.pop_back();
    if (id == x || (number != 0 && graph_[id].variable == number)) return true;
    if (seen[static_cast<size_t>(id)]) continue;
    seen[static_cast<size_t>(id)] = true;
    const Node& node = graph_[id];
    for (NodeId operand : ir::Operands(node)) {
      if (node.op() != Node::Op::Derivative || operand != node.derivative().x) stack.push_back(operand);
    }
    if (const auto inside = inside_.find(id); inside != inside_.end()) stack.push_back(inside->second);
  }
  return false;
}

bool DerivativeTaker::DependsOnVariable(NodeId node, uint32_t variable) {
  std::vector<bool>& depends = depends_[variable];
  while (depends.size() <= static_cast<size_t>(node)) {
    const Node& next = graph_.nodes[depends.size()];
    const auto inside = inside_.find(static_cast<NodeId>(depends.size()));
    bool flag = next.variable == variable && variable != kInside;
    if (inside != inside_.end()) flag = variable == kInside || depends[static_cast<size_t>(inside->second)];
    for (NodeId operand : ir::Operands(next)) flag = flag || depends[static_cast<size_t>(operand)];
    // It is visited as the name's own node, which may read the host's figure where this one has what that is inside.
    const auto original = next.variable == 0 ? originals_.end() : originals_.find(next.variable);
    if (original != originals_.end() && static_cast<size_t>(original->second) < depends.size()) flag = flag || depends[static_cast<size_t>(original->second)];
    depends.push_back(flag);
  }
  return depends[static_cast<size_t>(node)];
}

DerivativeTaker::Kept DerivativeTaker::Restricted(Kept kept, NodeId node) {
  if (kept == kNone) return kept;
  std::vector<uint32_t> set = sets_[static_cast<size_t>(kept)];
  std::erase_if(set, [&](uint32_t variable) { return !DependsOnVariable(node, variable); });
  return SetOf(std::move(set));
}

void DerivativeTaker::Index() {
  for (; indexed_ < graph_.nodes.size(); ++indexed_) {
    const Node& node = graph_.nodes[indexed_];
    const NodeId id = static_cast<NodeId>(indexed_);
    if (node.variable != 0) originals_.emplace(node.variable, id);
    if (node.op() != Node::Op::Derivative || node.derivative().forward) continue;
    together_[{node.derivative().y, node.derivative().direction}].push_back(id);
  }
}

NodeId DerivativeTaker::Original(NodeId variable) { return originals_.at(graph_[variable].variable); }

NodeId DerivativeTaker::PlaceOf(const State& state) const {
  if (state.kept == kNone) return static_cast<size_t>(state.node) < plain_.size() ? plain_[static_cast<size_t>(state.node)] : kNoNode;
  const auto found = placed_.find(state);
  return found == placed_.end() ? kNoNode : found->second;
}

void DerivativeTaker::Place(const State& state, NodeId place) {
  if (state.kept != kNone) {
    placed_.emplace(state, place);
    return;
  }
  if (plain_.size() < graph_.nodes.size()) plain_.resize(graph_.nodes.size() + graph_.nodes.size() / 2, kNoNode);
  plain_[static_cast<size_t>(state.node)] = place;
}

NodeId DerivativeTaker::Placed(NodeId node, Kept kept) { return PlaceOf({node, Restricted(kept, node)}); }

bool DerivativeTaker::Need(NodeId node, Kept kept) {
  if (Placed(node, kept) != kNoNode) return true;
  if (only_ && (static_cast<size_t>(node) >= only_->size() || !(*only_)[static_cast<size_t>(node)])) {
    Place({node, Restricted(kept, node)}, node);
    return true;
  }
  stack_.push_back({node, Restricted(kept, node)});
  return false;
}

NodeId DerivativeTaker::Take(NodeId node, Kept kept) {
  Index();
  const bool rules = builder_.UsesRules();
  builder_.UseRules(true);
  const size_t bottom = stack_.size();
  Need(node, kept);
  while (stack_.size() > bottom) {
    const State state = stack_.back();
    NodeId place = kNoNode;
    if (PlaceOf(state) == kNoNode) place = Visit(state.node, state.kept);
    if (place != kNoNode) {
      Place(state, place);
      const State itself{place, Restricted(state.kept, place)};  // it is what it is to be
      if (PlaceOf(itself) == kNoNode) Place(itself, place);
    }
    if (stack_.back() == state) stack_.pop_back();
  }
  builder_.UseRules(rules);
  return Placed(node, kept);
}

std::pair<NodeId, NodeId> DerivativeTaker::TakeKeeping(NodeId node, NodeId variable) {
  const Kept kept = With(kNone, graph_[variable].variable);
  const NodeId taken = Take(node, kept);
  return {taken, Take(variable, kept)};
}

NodeId DerivativeTaker::Visit(NodeId id, Kept kept) {
  if (graph_[id].op() == Node::Op::Input) return VisitInput(id, kept);
  if (graph_[id].op() == Node::Op::Derivative) return VisitDerivative(id, kept);
  if (graph_[id].variable != 0) return VisitVariable(id, kept);
  return graph_[id].op() == Node::Op::Comp ? VisitComp(id, kept) : VisitOther(id, kept);
}

NodeId DerivativeTaker::VisitInput(NodeId id, Kept kept) {
  const auto inside = inside_.find(id);
  if (inside == inside_.end() || !Holds(kept, kInside)) return id;
  return Need(inside->second, kept) ? Placed(inside->second, kept) : kNoNode;
}

NodeId DerivativeTaker::VisitComp(NodeId id, Kept kept) {
  bool ready = true;
  const std::vector<ir::Access>& accesses = graph_[id].comp().accesses;
  for (size_t i = accesses.size(); i-- > 0;) ready = Need(accesses[i].operand, kept) && ready;  // the first is visited first
  if (!ready) return kNoNode;
  ir::Comp comp = graph_[id].comp();
  for (ir::Access& access : comp.accesses) access.operand = Placed(access.operand, kept);
  builder_.SetSpan(graph_[id].span);
  return builder_.AddComp(comp);
}

// Any other node: with other operands, if it has some.
NodeId DerivativeTaker::VisitOther(NodeId id, Kept kept) {
  const std::vector<NodeId> operands = ir::Operands(graph_[id]);
  if (operands.empty()) return id;
  bool ready = true;
  for (NodeId operand : operands) ready = Need(operand, kept) && ready;
  if (!ready) return kNoNode;
  const Node node = graph_[id];
  return Rebuilt(builder_, node, [&](NodeId operand) { return Placed(operand, kept); });
}

NodeId DerivativeTaker::VisitVariable(NodeId id, Kept kept) {
  const NodeId original = Original(id);
  if (original != id) return Need(original, kept) ? Placed(original, kept) : kNoNode;
  const NodeId value = graph_[id].comp().accesses[0].operand;
  if (!Need(value, kept)) return kNoNode;
  const uint32_t number = graph_[id].variable;
  if (!Holds(kept, number)) return Placed(value, kept);
  builder_.SetSpan(graph_[id].span);
  return builder_.AddVariable(Placed(value, kept), number);
}

NodeId DerivativeTaker::VisitDerivative(NodeId id, Kept kept) {
  const ir::Derivative derivative = graph_[id].derivative();
  const State state{id, kept};
  const uint32_t variable = graph_[derivative.x].variable;
  if (!taken_.count(state)) {
    const Kept inside = With(kept, variable);
    bool ready = Need(derivative.direction, kept);
    ready = Need(derivative.x, inside) && ready;
    ready = Need(derivative.y, inside) && ready;
    if (!ready) return kNoNode;
    Differentiate(id, kept, Placed(derivative.y, inside), Placed(derivative.x, inside), Placed(derivative.direction, kept));
  }
  const NodeId taken = taken_.at(state);
  if (variable == 0 || Holds(kept, variable)) return taken;
  return Need(taken, kept) ? Placed(taken, kept) : kNoNode;
}

// By several inputs at once where they are asked for of the same value: one sweep does for all weights.
void DerivativeTaker::Differentiate(NodeId id, Kept kept, NodeId y, NodeId x, NodeId direction) {
  const ir::Derivative derivative = graph_[id].derivative();
  if (derivative.forward) {
    taken_[{id, kept}] = JacobianVector(builder_, y, x, direction);
    return;
  }
  std::vector<NodeId> same{id}, by{x};
  if (graph_[derivative.x].variable == 0) {
    for (NodeId other : together_.at({derivative.y, derivative.direction})) {
      const NodeId input = graph_[other].derivative().x;
      if (other == id || graph_[input].variable != 0) continue;
      same.push_back(other);
      by.push_back(input);
    }
  }
  const std::vector<NodeId> results = VectorJacobian(builder_, y, direction, by);
  for (size_t i = 0; i < same.size(); ++i) taken_.emplace(State{same[i], kept}, results[i]);
}

}  // namespace nnc::passes
