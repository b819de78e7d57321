// From text to syntax tree.
#pragma once
#include "compiler/diagnostics/diagnostics.h"
#include "compiler/syntax/ast.h"

namespace nnc {

// Reads one file. Mistakes are reported, at most twenty of them; statements and declarations with a mistake are left out of the
// tree, and what is in the tree is complete: no field that the kind needs is null. Any bytes are accepted as input. The tree is
// no deeper than kMaxTreeDepth, so that later code may walk it recursively.
ast::Program Parse(const SourceManager& sources, uint32_t file, Diagnostics& diagnostics);

inline constexpr int kMaxTreeDepth = 1000;  // nested expressions, counting each operator of a chain
inline constexpr int kMaxNesting = 250;     // brackets, prefix operators and the like around one place

}  // namespace nnc
