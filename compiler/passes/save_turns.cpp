// What a turn computes and the graph computes once more behind the scan, for all turns at once (its derivative mostly), is emitted by the
// scan and read, where that costs less. What is emitted are the values that others read; those behind them are then not needed.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <span>

#include "compiler/ir/walk.h"
#include "compiler/passes/definition.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/scans.h"
#include "compiler/passes/turn_axis.h"

namespace nnc::passes {

using ir::Builder;
using ir::Dim;
using ir::Graph;
using ir::kNoNode;
using ir::Node;
using ir::NodeId;

namespace {

// In scalar operations, sizes that are open taken for a usual batch: only the relation of two costs matters.
class Cost {
 public:
  static constexpr double kStored = 4;  // a number written by a turn and read again
  static constexpr double kPoint = 16;     // of what is no equation: a scan in a scan

  static double Points(std::span<const Dim> extents) {
    const Dim::Lookup usual = [](std::string_view) -> std::optional<int64_t> { return 64; };
    double points = 1;
    for (const Dim& extent : extents) points *= static_cast<double>(extent.Evaluate(usual).value_or(64));
    return points;
  }
  static double Of(const Node& node) {
    const ir::Comp* comp = node.if_comp();
    if (comp == nullptr) return kPoint * Points(node.shape);
    double calls = 0;
    for (const ir::Scalar& step : comp->body)
      if (step.kind == ir::Scalar::Kind::Call) calls += ir::Row(step.fn).cost;
    return Points(Free(*comp)) * calls;
  }

 private:
  // The ranges that are gone through: an equation gives one of its indices by the others.
  static std::vector<Dim> Free(const ir::Comp& comp) {
    std::vector<Dim> extents = comp.extents;
    for (const ir::Affine& relation : comp.relations) {
      const auto given = std::find_if(relation.terms.rbegin(), relation.terms.rend(), [&](const ir::Affine::Term& term) {
        return std::abs(term.coefficient) == 1 && !(extents[static_cast<size_t>(term.index)] == Dim(1));
      });
      if (given != relation.terms.rend()) extents[static_cast<size_t>(given->index)] = Dim(1);
    }
    return extents;
  }
};

class Saving {
 public:
  Saving(Graph& graph, NodeId scan) : graph_(graph), id_(scan), scan_(graph[scan].scan()), known_(graph.nodes.size()) {
    std::vector<NodeId> roots = graph.inputs;
    for (const ir::Output& output : graph.outputs) roots.push_back(output.node);
    live_ = ir::Needed(graph, roots);
  }

  void Run() {
    FindImages();
    FindFrontier();
    if (frontier_.empty()) return;
    Scan().saving = {static_cast<int>(frontier_.size()), Saved(), Recomputed()};
    if (!Scan().saving.Pays()) return;
    auto body = std::make_shared<Graph>(*scan_.body);
    for (auto [image, inside] : frontier_) {
      if (IsState(inside) && ReadState(image, inside)) continue;
      graph_.nodes[static_cast<size_t>(image)].content = ir::Part{id_, static_cast<int>(body->outputs.size())};
      body->outputs.push_back({"saved " + std::to_string(body->outputs.size()), inside, kNoNode});
    }
    Scan().body = std::move(body);
  }

 private:
  ir::Scan& Scan() { return graph_.nodes[static_cast<size_t>(id_)].scan(); }

  // What a turn leaves in a state is kept anyway.
  bool IsState(NodeId inside) const {
    return std::any_of(scan_.body->outputs.begin(), scan_.body->outputs.end(), [&](const ir::Output& output) { return output.node == inside && output.updates != kNoNode; });
  }

  // Two nodes that have become equal are one.
  void Merge(NodeId later, NodeId earlier) {
    for (size_t n = static_cast<size_t>(later) + 1; n < known_; ++n)
      ir::RenameOperands(graph_.nodes[n], [&](NodeId operand) { return operand == later ? earlier : operand; });
    for (ir::Output& output : graph_.outputs)
      if (output.node == later) output.node = earlier;
  }

  // The image becomes a read of the state, if a part before it holds that.
  bool ReadState(NodeId image, NodeId inside) {
    for (NodeId part = id_ + 1; part < image; ++part) {
      const Node& node = graph_[part];
      if (node.op() != Node::Op::Part || node.part().scan != id_) continue;
      const ir::Output& output = scan_.body->outputs[static_cast<size_t>(node.part().output)];
      if (output.node != inside || output.updates == kNoNode) continue;
      Builder builder(graph_);
      builder.UseRules(false);  // one node, which reads the part
      const NodeId read = After(builder, {scan_.count, scan_.down, {}, {}}, part);
      graph_.nodes[static_cast<size_t>(image)].content = Node(graph_[read]).content;
      graph_.nodes.resize(known_);
      if (static_cast<size_t>(read) < known_) Merge(std::max(read, image), std::min(read, image));
      return true;
    }
    return false;
  }

  // The nodes of the graph that are nodes of the body for all turns at once.
  void FindImages() {
    const Graph& body = *scan_.body;
    Builder builder(graph_);
    const Recurrence turns{scan_.count, scan_.down, {}, {}};
    TurnAdder adder(body, builder, scan_.count);
    for (size_t i = 0; i < scan_.operands.size(); ++i) {
      NodeId stands_for = scan_.operands[i];
      for (size_t k = 0; k < body.outputs.size(); ++k)
        if (body.outputs[k].updates == body.inputs[i]) stands_for = Before(builder, turns, builder.AddPart(id_, static_cast<int>(k)));
      adder.Set(body.inputs[i], stands_for, body[body.inputs[i]].input().role != ir::Role::Shared);
    }
    image_of_.assign(known_, kNoNode);
    for (size_t n = 0; n < body.nodes.size(); ++n) {
      if (body.nodes[n].op() == Node::Op::Input || body.nodes[n].op() == Node::Op::Scan) continue;
      const NodeId image = adder.WithTurns(static_cast<NodeId>(n));
      if (static_cast<size_t>(image) < known_ && live_[static_cast<size_t>(image)] && image > id_) image_of_[static_cast<size_t>(image)] = static_cast<NodeId>(n);
    }
    graph_.nodes.resize(known_);  // what was added to compare with is not needed
  }

  void FindFrontier() {
    std::vector<bool> read(known_, false);
    for (size_t n = 0; n < known_; ++n) {
      if (!live_[n] || image_of_[n] != kNoNode) continue;
      for (NodeId operand : ir::Operands(graph_.nodes[n])) read[static_cast<size_t>(operand)] = true;
    }
    for (const ir::Output& output : graph_.outputs) read[static_cast<size_t>(output.node)] = true;
    for (size_t n = 0; n < known_; ++n)
      if (read[n] && image_of_[n] != kNoNode) frontier_.emplace_back(static_cast<NodeId>(n), image_of_[n]);
  }

  double Recomputed() const {
    double sum = 0;
    for (size_t n = 0; n < known_; ++n)
      if (image_of_[n] != kNoNode) sum += Cost::Of(graph_.nodes[n]);
    return sum;
  }

  double Saved() const {
    double sum = 0;
    for (auto [image, inside] : frontier_)
      if (!IsState(inside)) sum += Cost::kStored * Cost::Points(graph_.ShapeOf(image));
    return sum;
  }

  Graph& graph_;
  const NodeId id_;
  const ir::Scan scan_;
  const size_t known_;              // nodes of the graph
  std::vector<bool> live_;
  std::vector<NodeId> image_of_;    // by node of the graph: the node of the body, or none
  std::vector<std::pair<NodeId, NodeId>> frontier_;  // images that others read, and what they are in the body
};

}  // namespace

Graph SaveTurns(const Graph& graph) {
  Graph result = graph;
  for (size_t n = 0; n < result.nodes.size(); ++n)
    if (result.nodes[n].op() == Node::Op::Scan && !result.nodes[n].scan().checkpointed) Saving(result, static_cast<NodeId>(n)).Run();
  return EliminateDead(result);
}

}  // namespace nnc::passes
