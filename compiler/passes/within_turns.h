// What is made outside of a scan for all its turns, made in the turns instead.
#pragma once
#include <optional>

#include "compiler/ir/builder.h"

namespace nnc::passes {

// The scan with the comprehension that is its operand `input`, a slice, computed in the body from what that reads: its axis 0 is that of the
// turns, and they stand in front of what it reads, too. Nothing where turns are mixed.
std::optional<ir::Scan> WithinTurns(const ir::Graph& graph, const ir::Scan& scan, size_t input);
// The same with all that the operand is made of, back to nodes before `first`; the turns of those are put in front in `outer`.
std::optional<ir::Scan> WithinTurns(ir::Builder& outer, const ir::Scan& scan, size_t input, ir::NodeId first);

}  // namespace nnc::passes
