// The passes: each a verb, graph in, graph out, the larger ones in a file of their name. pipeline.h runs them in order, over the bodies of scans
// first. Derivatives are taken before them (take_derivatives.h).
#pragma once
#include "compiler/ir/graph.h"

namespace nnc::passes {

// Rebuilds the graph through the builder's rules plus those that need to see users: sums split by linearity, factors free of a
// reduction hoisted, sums pushed into the only operand that carries their index, diagonals pushed into their producers,
// log of sigmoid and softmax in stable form. Run to a fixed point.
ir::Graph Simplify(const ir::Graph& graph);

// Without `stop`: right once nothing is differentiated any more.
ir::Graph DropStops(const ir::Graph& graph);

// Drops nodes that no output needs. Inputs stay: they are the signature.
ir::Graph EliminateDead(const ir::Graph& graph);

// A scan emits what the graph computes again behind it, where that costs less.
ir::Graph SaveTurns(const ir::Graph& graph);

// Elementwise arithmetic that only a scan reads, turn by turn, is computed in its turns.
ir::Graph InlineTurns(const ir::Graph& graph);

// A sum of products whose products the graph computes anyway reads them instead. Last: the builder's rules undo it.
ir::Graph ReuseProducts(const ir::Graph& graph);

// A symbolic size becomes a number everywhere (the full batch's specialised clone).
ir::Graph SubstituteDim(const ir::Graph& graph, std::string_view symbol, const ir::Dim& value);

}  // namespace nnc::passes
