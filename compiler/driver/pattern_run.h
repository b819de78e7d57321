// Runs any graph on numbers made by a fixed rule, so that two texts of one graph can be compared bit by bit.
//
// The rule: element e of input number k (both from 0) is ((7 e + 3 k) mod 11 - 5) / 8; of an input of bytes or integers it is
// (7 e + 3 k) mod 3. Rows are taken in order, step is 1 and seed 0.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "compiler/ir/graph.h"

namespace nnc::driver {

// One line per output, with shape and elements in the shortest spelling that reads back the same; an output that updates an input
// shows the updated values. `sizes` are those of the graph's symbols.
std::string RunOnPattern(const ir::Graph& graph, const std::map<std::string, int64_t>& sizes);

}  // namespace nnc::driver
