// What all turns of a scan read of, made in its turns instead.
#pragma once
#include <optional>

#include "compiler/ir/builder.h"

namespace nnc::passes {

// The scan with the comprehension that is its operand `input`, a slice, computed in the body from what that reads: its axis 0 is that of the
// turns. Where the turns are not in front of what it reads, they are put there in `outer`. Nothing where turns are mixed.
std::optional<ir::Scan> WithinTurns(const ir::Graph& graph, const ir::Scan& scan, size_t input, ir::Builder* outer = nullptr);

}  // namespace nnc::passes
