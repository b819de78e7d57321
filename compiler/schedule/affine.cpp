#include "compiler/schedule/affine.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Dim;

Affine Substitute(const Affine& affine, const std::vector<Affine>& values) {
  Affine result = Constant(affine.constant);
  for (const Affine::Term& term : affine.terms) {
    result = result.Plus(values[static_cast<size_t>(term.index)], term.coefficient);
  }
  return result;
}

Affine Constant(Dim constant) { return Affine{{}, std::move(constant)}; }

bool IsConstant(const Affine& affine, int64_t value) { return affine.terms.empty() && affine.constant == Dim(value); }

// `sign` 1: the largest value; -1: the smallest.
static Dim Extreme(const Affine& affine, const std::vector<Dim>& extents, int sign) {
  Dim value = affine.constant;
  for (const Affine::Term& term : affine.terms) {
    if (term.coefficient * sign < 0) continue;
    value = value + (extents[static_cast<size_t>(term.index)] - Dim(1)) * Dim(term.coefficient);
  }
  return value;
}

Dim Lowest(const Affine& affine, const std::vector<Dim>& extents) { return Extreme(affine, extents, -1); }
Dim Highest(const Affine& affine, const std::vector<Dim>& extents) { return Extreme(affine, extents, 1); }

bool NeverNegative(const Affine& affine, const std::vector<Dim>& extents) {
  return Lowest(affine, extents).ProvablyNonNegative();
}

bool NeverAtLeast(const Affine& affine, const std::vector<Dim>& extents, const Dim& size) {
  return (size - Highest(affine, extents)).ProvablyPositive();
}

bool AlwaysInside(const Affine& affine, const std::vector<Dim>& extents, const Dim& size) {
  return NeverNegative(affine, extents) && NeverAtLeast(affine, extents, size);
}

}  // namespace nnc::schedule
