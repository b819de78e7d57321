// The ways to go through a graph: what a node reads, what its sizes are, and the part that some outputs need. Everything that walks does
// it with these.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"

namespace nnc::ir {

// The operands that a node reads, in order, with repetitions.
std::vector<NodeId> Operands(const Node& node);
// Gives every operand another name.
void RenameOperands(Node& node, const std::function<NodeId(NodeId)>& renamed);
// Every size that stands in a node: its axes, extents, relations, subscripts, and sizes that are read as numbers.
void ForEachSize(const Node& node, const std::function<void(const Dim&)>& visit);
void ForEachSize(Node& node, const std::function<void(Dim&)>& visit);
// The named sizes of the whole graph.
std::set<std::string> SymbolsOf(const Graph& graph);

// What a name stands for, behind any number of names; any other node is itself.
NodeId BehindNames(const Graph& graph, NodeId node);

// Which nodes the roots need, themselves included.
std::vector<bool> Needed(const Graph& graph, const std::vector<NodeId>& roots);
// The nodes that the root needs, itself included, each once.
void ForEachNeeded(const Graph& graph, NodeId root, const std::function<void(const Node&)>& visit);

// What happens to inputs that nobody needs.
enum class UnusedInputs : uint8_t { Keep, Drop };
// The graph of these outputs alone; `outputs` refer to nodes of `graph`.
Graph Restricted(const Graph& graph, std::vector<Output> outputs, UnusedInputs unused);

}  // namespace nnc::ir
