// A few operations on what a turn reads anyway cost less than an array over all turns: elementwise arithmetic that only a scan reads moves
// into its body. (What costs more stays outside, where one sweep makes it for all turns.)
#include <algorithm>

#include "compiler/ir/walk.h"
#include "compiler/passes/definition.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/within_turns.h"

namespace nnc::passes {

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
      std::optional<ir::Scan> inlined = WithinTurns(result, scan, *input);
      if (!inlined) break;
      result.nodes[n].scan() = std::move(*inlined);
      changed = true;
    }
  }
  return changed ? EliminateDead(result) : result;
}

}  // namespace nnc::passes
