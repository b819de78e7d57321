// One round of Simplify.
#pragma once
#include "compiler/ir/graph.h"

namespace nnc::passes {

// Everything the outputs need, rebuilt through the builder's rules and those of normalise.h. With `drop_stops`, `stop` is
// removed: right once nothing is differentiated any more.
ir::Graph Rebuild(const ir::Graph& graph, bool drop_stops);

}  // namespace nnc::passes
