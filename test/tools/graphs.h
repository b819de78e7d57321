// Graphs from text, for tests.
#pragma once
#include <string>

#include "compiler/ir/text.h"
#include "compiler/reference/evaluate.h"

namespace nnc::test {

// Reads a graph; stops the program with the diagnostics if the text has a mistake.
ir::Graph ReadGraph(const std::string& text);

// The diagnostics of reading a text, one a line as "line:column CODE message"; "" if it is read.
std::string ReadErrors(const std::string& text);

// True if all outputs have the same shapes and the same bits (any NaN equals any NaN).
bool SameBits(const std::vector<reference::Tensor>& a, const std::vector<reference::Tensor>& b);

}  // namespace nnc::test
