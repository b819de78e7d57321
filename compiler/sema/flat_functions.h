// Where derivatives end: the functions between a loss and the weights that have no derivative, `x > 0.5`, `round(x)`, `constant(x)`.
#pragma once
#include <set>
#include <string>

#include "compiler/ir/graph.h"

namespace nnc::sema {

// The first function without a derivative that a weight goes through on its way to the loss, as it is written, or "" if no weight does.
std::string FlatFunctionBefore(const ir::Graph& graph, ir::NodeId loss, const std::set<ir::NodeId>& weights);

// What helps where the derivatives of a loss end in this function.
std::string FlatFunctionHelp(const std::string& function);

}  // namespace nnc::sema
