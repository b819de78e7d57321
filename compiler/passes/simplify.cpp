// Rebuilds what the outputs need until nothing changes any more; and the other whole-graph rewrites of passes.h.
#include <algorithm>

#include "compiler/ir/walk.h"
#include "compiler/passes/normalise.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/scans.h"

namespace nnc::passes {

using ir::Graph;
using ir::Node;
using ir::NodeId;

// The nodes of the outputs and of the signature.
static std::vector<NodeId> Roots(const Graph& graph) {
  std::vector<NodeId> roots = graph.inputs;
  for (const ir::Output& output : graph.outputs) roots.push_back(output.node);
  return roots;
}

// Everything the outputs need, rebuilt through the builder's rules and those of normalise.h.
static Graph Rebuild(const Graph& graph, bool drop_stops) {
  const std::vector<bool> needed = ir::Needed(graph, Roots(graph));
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

Graph Simplify(const Graph& graph) {
  constexpr int kMostRounds = 8;
  Graph current = EliminateDead(graph);
  for (int round = 0; round < kMostRounds; ++round) {
    Graph next = EliminateDead(Rebuild(EliminateDead(TidyScans(current)), false));
    const bool settled = ir::SameGraph(current, next);
    current = std::move(next);
    if (settled) break;
  }
  return current;
}

Graph DropStops(const Graph& graph) { return Rebuild(graph, true); }

Graph EliminateDead(const Graph& graph) { return ir::Restricted(graph, graph.outputs, ir::UnusedInputs::Keep); }

Graph SubstituteDim(const Graph& graph, std::string_view symbol, const ir::Dim& value) {
  Graph result = graph;
  auto substitute = [&](ir::Dim& dim) {
    if (!dim.IsConstant()) dim = dim.Substitute(symbol, value);
  };
  for (Node& node : result.nodes) {
    ir::ForEachSize(node, substitute);
    if (node.op() == Node::Op::Scan) node.scan().body = std::make_shared<Graph>(SubstituteDim(*node.scan().body, symbol, value));
    if (node.op() != Node::Op::Comp) continue;
    for (ir::Scalar& step : node.comp().body) {
      if (step.kind != ir::Scalar::Kind::Extent || !step.extent.IsConstant()) continue;
      step.kind = ir::Scalar::Kind::Literal;
      step.literal = static_cast<double>(step.extent.Constant());
      step.extent = 0;
    }
  }
  return result;
}

}  // namespace nnc::passes
