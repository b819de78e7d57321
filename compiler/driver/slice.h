// The part of a graph that some outputs need: commands compile no more of a program than they run.
#pragma once
#include <set>
#include <string>

#include "compiler/ir/walk.h"

namespace nnc::driver {

// The graph of the named outputs alone. Unlike EliminateDead it drops inputs too: what remains in `inputs` is needed.
ir::Graph Slice(const ir::Graph& graph, const std::set<std::string>& outputs);

// The names of the graph's outputs.
std::set<std::string> OutputNames(const ir::Graph& graph);

// The output of this name, or null.
const ir::Output* FindOutput(const ir::Graph& graph, const std::string& name);

}  // namespace nnc::driver
