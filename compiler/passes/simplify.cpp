// Rebuilds what the outputs need until nothing changes any more; and the other whole-graph rewrites of passes.h.
#include <algorithm>

#include "compiler/passes/normalise.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/rebuild.h"

namespace nnc::passes {

using ir::Graph;
using ir::Node;
using ir::NodeId;

static std::vector<bool> Needed(const Graph& graph) {
  std::vector<bool> needed(graph.nodes.size(), false);
  for (NodeId input : graph.inputs) needed[static_cast<size_t>(input)] = true;
  for (const ir::Output& output : graph.outputs) needed[static_cast<size_t>(output.node)] = true;
  for (size_t id = graph.nodes.size(); id-- > 0;) {
    if (!needed[id]) continue;
    for (const ir::Access& access : graph.nodes[id].comp.accesses) needed[static_cast<size_t>(access.operand)] = true;
  }
  return needed;
}

Graph Rebuild(const Graph& graph, bool drop_stops) {
  const std::vector<bool> needed = Needed(graph);
  Graph result;
  result.name = graph.name;
  result.nodes.reserve(graph.nodes.size());
  ir::Builder builder(result);
  Normaliser normaliser(graph, builder);
  normaliser.drop_stops = drop_stops;
  normaliser.CountUsers(needed);
  for (NodeId input : graph.inputs) normaliser.Visit(input);
  for (size_t id = 0; id < needed.size(); ++id) {
    if (needed[id] && normaliser.place[id] == ir::kNoNode) normaliser.Visit(static_cast<NodeId>(id));
  }
  for (const ir::Output& output : graph.outputs) {
    ir::Output moved = output;
    moved.node = normaliser.place[static_cast<size_t>(output.node)];
    if (output.updates != ir::kNoNode) moved.updates = normaliser.place[static_cast<size_t>(output.updates)];
    result.outputs.push_back(std::move(moved));
  }
  return result;
}

static bool SameNodes(const Graph& a, const Graph& b) {
  if (a.nodes.size() != b.nodes.size()) return false;
  for (size_t id = 0; id < a.nodes.size(); ++id) {
    if (a.nodes[id].op != b.nodes[id].op || !(a.nodes[id].comp == b.nodes[id].comp)) return false;
  }
  return true;
}

Graph Simplify(const Graph& graph) {
  constexpr int kMostRounds = 8;
  Graph current = EliminateDead(graph);
  for (int round = 0; round < kMostRounds; ++round) {
    Graph next = EliminateDead(Rebuild(current, false));
    const bool settled = SameNodes(current, next);
    current = std::move(next);
    if (settled) break;
  }
  return current;
}

Graph EliminateDead(const Graph& graph) {
  const std::vector<bool> needed = Needed(graph);
  std::vector<NodeId> place(graph.nodes.size(), ir::kNoNode);
  Graph result;
  result.name = graph.name;
  for (size_t id = 0; id < needed.size(); ++id) {
    if (!needed[id]) continue;
    place[id] = static_cast<NodeId>(result.nodes.size());
    result.nodes.push_back(graph.nodes[id]);
    for (ir::Access& access : result.nodes.back().comp.accesses) access.operand = place[static_cast<size_t>(access.operand)];
  }
  for (NodeId input : graph.inputs) result.inputs.push_back(place[static_cast<size_t>(input)]);
  for (ir::Output output : graph.outputs) {
    output.node = place[static_cast<size_t>(output.node)];
    if (output.updates != ir::kNoNode) output.updates = place[static_cast<size_t>(output.updates)];
    result.outputs.push_back(std::move(output));
  }
  return result;
}

Graph SubstituteDim(const Graph& graph, std::string_view symbol, const ir::Dim& value) {
  Graph result = graph;
  auto substitute = [&](ir::Dim& dim) {
    if (!dim.IsConstant()) dim = dim.Substitute(symbol, value);
  };
  for (Node& node : result.nodes) {
    for (ir::Dim& dim : node.shape) substitute(dim);
    for (ir::Dim& dim : node.comp.extents) substitute(dim);
    for (ir::Affine& relation : node.comp.relations) substitute(relation.constant);
    for (ir::Access& access : node.comp.accesses) {
      for (ir::Affine& subscript : access.subscripts) substitute(subscript.constant);
    }
    for (ir::Scalar& step : node.comp.body) {
      if (step.kind != ir::Scalar::Kind::Extent) continue;
      substitute(step.extent);
      if (!step.extent.IsConstant()) continue;
      step.kind = ir::Scalar::Kind::Literal;
      step.literal = static_cast<double>(step.extent.Constant());
      step.extent = 0;
    }
  }
  return result;
}

}  // namespace nnc::passes
