// Arithmetic on affine expressions over loops: substitution, and the range of values over all points of the loops.
#pragma once
#include <optional>
#include <vector>

#include "compiler/ir/graph.h"

namespace nnc::schedule {

// The expression with index k replaced by values[k].
ir::Affine Substitute(const ir::Affine& affine, const std::vector<ir::Affine>& values);
ir::Affine Constant(ir::Dim constant);
bool IsConstant(const ir::Affine& affine, int64_t value);

// Smallest and largest value where loop k runs over [0, extents[k]).
ir::Dim Lowest(const ir::Affine& affine, const std::vector<ir::Dim>& extents);
ir::Dim Highest(const ir::Affine& affine, const std::vector<ir::Dim>& extents);
// Proofs that hold for all sizes: a value never below 0, below `size`, both.
bool NeverNegative(const ir::Affine& affine, const std::vector<ir::Dim>& extents);
bool NeverAtLeast(const ir::Affine& affine, const std::vector<ir::Dim>& extents, const ir::Dim& size);
bool AlwaysInside(const ir::Affine& affine, const std::vector<ir::Dim>& extents, const ir::Dim& size);

}  // namespace nnc::schedule
