// The textual form of a graph (.nnir), bodies of scans included. One spelling; extents always printed; what is printed can be read, verified and run.
#pragma once
#include <string>

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/ir/graph.h"

namespace nnc::ir {

std::string Print(const Graph& graph);
// Reads one graph; mistakes are reported as located diagnostics and give an empty result.
bool Read(const SourceManager& sources, uint32_t file, Diagnostics& diagnostics, Graph& graph);

// Checks every invariant of graph.h; returns what is wrong, "" if nothing. With `normal_form`, every node must have one of the
// three normal shapes and no contraction may carry a factor free of its reduction indices.
std::string Verify(const Graph& graph, bool normal_form = false);

}  // namespace nnc::ir
