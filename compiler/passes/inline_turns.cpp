// A few operations on what a turn reads anyway cost less than an array over all turns: elementwise arithmetic that only a scan reads moves
// into its body. (What costs more stays outside, where one sweep makes it for all turns.)
#include <algorithm>
#include <map>

#include "compiler/ir/walk.h"
#include "compiler/passes/definition.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/scans.h"
#include "compiler/passes/turn_axis.h"

namespace nnc::passes {

using ir::Builder;
using ir::Graph;
using ir::kNoNode;
using ir::Node;
using ir::NodeId;
using ir::Role;

// One operation on elements of the turn, and on what all turns share.
static bool IsOfOneTurn(const Node& node) {
  const ir::Comp* comp = node.if_comp();
  if (comp == nullptr || node.variable != 0 || node.shape.empty() || ir::Classify(*comp) != ir::CompForm::Elementwise) return false;
  const Definition definition = Define(*comp);
  if (!definition.call || !ir::IsCheap(definition.fn)) return false;
  return std::all_of(definition.args.begin(), definition.args.end(), [](const ir::Operand& arg) {
    if (arg.kind == ir::Scalar::Kind::Index) return arg.index != 0;
    return std::find(arg.indices.begin() + (arg.indices.empty() ? 0 : 1), arg.indices.end(), 0) == arg.indices.end();
  });
}

namespace {

class Inlining : public OuterTensors {
 public:
  Inlining(const Graph& graph, const ir::Scan& scan, size_t input)
      : graph_(graph), scan_(scan), operand_(scan.operands[input]), body_(std::make_shared<Graph>()), inner_(*body_), copied_(*scan.body, inner_) {
    body_->name = scan.body->name;
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
    TurnDropper dropper(graph_, inner_, *this, scan_.count);
    if (!dropper.VisitAlong(operand_, 0)) return std::nullopt;
    copied_.Set(replaced_, dropper.Place(operand_));
    for (const ir::Output& output : scan_.body->outputs)
      body_->outputs.push_back({output.name, copied_(output.node), output.updates == kNoNode ? kNoNode : copied_(output.updates)});
    return ir::Scan{body_, operands_, scan_.count, scan_.down};
  }

  // OuterTensors
  bool InTurn(NodeId) const override { return false; }
  Builder& Outer() override { return inner_; }  // nothing is added outside: what is read has the turns in front
  NodeId Slice(NodeId tensor, int) override { return Input(Role::Slice, tensor); }
  NodeId Whole(NodeId tensor) override { return Input(Role::Shared, tensor); }

 private:
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
  const ir::Scan& scan_;
  const NodeId operand_;
  NodeId replaced_ = kNoNode;  // input of the old body
  std::shared_ptr<Graph> body_;
  Builder inner_;
  Substitution copied_;
  std::vector<NodeId> operands_;
  std::map<std::pair<Role, NodeId>, NodeId> inputs_;
};

}  // namespace

// The number of nodes that are needed and outputs that read each node.
static std::vector<int> Readers(const Graph& graph) {
  std::vector<NodeId> roots;
  for (const ir::Output& output : graph.outputs) roots.push_back(output.node);
  const std::vector<bool> needed = ir::Needed(graph, roots);
  std::vector<int> readers(graph.nodes.size(), 0);
  for (size_t n = 0; n < needed.size(); ++n)
    for (NodeId operand : ir::Operands(graph.nodes[n])) readers[static_cast<size_t>(operand)] += needed[n];
  for (const ir::Output& output : graph.outputs) ++readers[static_cast<size_t>(output.node)];
  return readers;
}

// The first input of the scan's body that it may compute itself.
static std::optional<size_t> Cheap(const Graph& graph, const ir::Scan& scan, const std::vector<int>& readers) {
  for (size_t i = 0; i < scan.operands.size(); ++i) {
    const bool slice = (*scan.body)[scan.body->inputs[i]].input().role == Role::Slice;
    if (slice && readers[static_cast<size_t>(scan.operands[i])] == 1 && IsOfOneTurn(graph[scan.operands[i]])) return i;
  }
  return std::nullopt;
}

Graph InlineTurns(const Graph& graph) {
  Graph result = graph;
  bool changed = false;
  for (size_t n = 0; n < result.nodes.size(); ++n) {
    if (result.nodes[n].op() != Node::Op::Scan) continue;
    while (true) {
      const std::optional<size_t> input = Cheap(result, result.nodes[n].scan(), Readers(result));
      if (!input) break;
      const ir::Scan scan = result.nodes[n].scan();
      std::optional<ir::Scan> inlined = Inlining(result, scan, *input).Run();
      if (!inlined) break;
      result.nodes[n].scan() = std::move(*inlined);
      changed = true;
    }
  }
  return changed ? EliminateDead(result) : result;
}

}  // namespace nnc::passes
