#include "compiler/passes/within_turns.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>

#include "compiler/passes/scans.h"
#include "compiler/passes/turn_axis.h"
#include "compiler/passes/turn_marks.h"

namespace nnc::passes {

using ir::Builder;
using ir::Graph;
using ir::kNoNode;
using ir::Node;
using ir::NodeId;
using ir::Role;

namespace {

class WithOperand : public OuterTensors {
 public:
  WithOperand(const Graph& graph, const ir::Scan& scan, size_t input, Builder* outer, NodeId first)
      : graph_(graph), outer_(outer), first_(first), scan_(scan), operand_(scan.operands[input]), body_(std::make_shared<Graph>()), inner_(*body_), copied_(*scan.body, inner_) {
    body_->name = scan.body->name;
    if (outer) inner_.UseRules(outer->UsesRules());
    for (size_t i = 0; i < scan.operands.size(); ++i) {
      const Node& known = (*scan.body)[scan.body->inputs[i]];
      if (i == input) continue;
      const NodeId place = inner_.AddInput(known.input(), known.shape, known.span);
      operands_.push_back(scan.operands[i]);
      if (known.input().role != Role::Carried) inputs_[{known.input().role, scan.operands[i]}] = place;
      copied_.Set(scan.body->inputs[i], place);
    }
    replaced_ = scan.body->inputs[input];
  }

  std::optional<ir::Scan> Run() {
    Collect(operand_, 0);
    TurnDropper dropper(graph_, inner_, *this, scan_.count);
    const std::map<NodeId, int> within = within_;
    for (auto [node, axis] : within)
      if (!dropper.VisitAlong(node, axis)) return std::nullopt;
    copied_.Set(replaced_, dropper.Place(operand_));
    for (const ir::Output& output : scan_.body->outputs)
      body_->outputs.push_back({output.name, copied_(output.node), output.updates == kNoNode ? kNoNode : copied_(output.updates)});
    return ir::Scan{body_, operands_, scan_.count, scan_.down, scan_.checkpointed, scan_.saving};
  }

  // OuterTensors
  bool InTurn(NodeId node) const override { return within_.count(node) != 0; }
  Builder& Outer() override { return outer_ ? *outer_ : inner_; }  // without one nothing is added outside
  NodeId Slice(NodeId tensor, int axis) override { return Input(Role::Slice, outer_ ? AxisInFront(*outer_, tensor, axis) : tensor); }
  NodeId Whole(NodeId tensor) override { return Input(Role::Shared, tensor); }

 private:
  // The node, whose axis is that of the turns, and what it reads along them.
  void Collect(NodeId node, int axis) {
    within_[node] = axis;
    const ir::Comp& comp = graph_[node].comp();
    if (std::any_of(comp.relations.begin(), comp.relations.end(), [&](const ir::Affine& relation) { return Mentions(relation, axis); })) return;
    for (const ir::Access& access : comp.accesses) {
      const ir::Comp* read = graph_[access.operand].if_comp();
      if (access.operand < first_ || read == nullptr || graph_[access.operand].variable != 0 || within_.count(access.operand) != 0) continue;
      if (ir::Classify(*read) == ir::CompForm::Fused || std::count_if(access.subscripts.begin(), access.subscripts.end(), [&](const ir::Affine& s) { return Mentions(s, axis); }) != 1) continue;
      const auto at = std::find(access.subscripts.begin(), access.subscripts.end(), ir::Affine::Index(axis));
      if (at != access.subscripts.end()) Collect(access.operand, static_cast<int>(at - access.subscripts.begin()));
    }
  }

  NodeId Input(Role role, NodeId operand) {
    const auto [known, fresh] = inputs_.emplace(std::pair(role, operand), kNoNode);
    if (!fresh) return known->second;
    ir::Shape shape = graph_.ShapeOf(operand);
    if (role == Role::Slice) shape.erase(shape.begin());
    operands_.push_back(operand);
    std::string name = ir::Name(role) + ("." + std::to_string(operand));
    auto taken = [&](NodeId input) { return (*body_)[input].input().name == name; };
    while (std::any_of(body_->inputs.begin(), body_->inputs.end(), taken)) name += "'";
    return known->second = inner_.AddInput({role, ir::DType::F32, std::move(name), 0}, std::move(shape));
  }

  const Graph& graph_;
  Builder* const outer_;
  const NodeId first_;  // of the nodes that may be taken within
  const ir::Scan scan_;
  const NodeId operand_;
  NodeId replaced_ = kNoNode;  // input of the old body
  std::shared_ptr<Graph> body_;
  Builder inner_;
  Substitution copied_;
  std::vector<NodeId> operands_;
  std::map<std::pair<Role, NodeId>, NodeId> inputs_;
  std::map<NodeId, int> within_;  // with the axis of the turns
};

}  // namespace

std::optional<ir::Scan> WithinTurns(const Graph& graph, const ir::Scan& scan, size_t input) {
  return WithOperand(graph, scan, input, nullptr, std::numeric_limits<NodeId>::max()).Run();
}

std::optional<ir::Scan> WithinTurns(Builder& outer, const ir::Scan& scan, size_t input, NodeId first) { return WithOperand(outer.graph(), scan, input, &outer, first).Run(); }

}  // namespace nnc::passes
