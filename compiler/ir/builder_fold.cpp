// Products, maxima, minima and their positions: relations solved, exact copies seen through, canonical numbering.
#include <cmath>
#include <numeric>

#include "compiler/ir/builder_impl.h"

namespace nnc::ir {

// Reads through a slice or squeeze that never leaves its source, so that no padding zero takes part.
static bool InlineExactCopy(Builder::Impl& impl, FoldForm& form) {
  FoldForm inner;
  const int space = static_cast<int>(form.extents.size());
  if (!impl.PeekSum(form.factors[0], &inner, space)) return false;
  inner.extents.insert(inner.extents.begin(), form.extents.begin(), form.extents.end());
  inner.rank = space;
  if (!ExactlyOnePoint(inner)) return false;
  form.factors = std::move(inner.factors);
  form.extents = std::move(inner.extents);
  form.relations.insert(form.relations.end(), inner.relations.begin(), inner.relations.end());
  return true;
}

NodeId Builder::Impl::Fold(Monoid monoid, FoldForm form, int arg_count) {
  if (!rules) return PlainFold(monoid, std::move(form), arg_count);
  const Shape extents(form.extents.begin(), form.extents.begin() + form.rank);
  do {
    if (SolveRelations(form, arg_count) == Verdict::False) return Fill(Operand::Of(Row(monoid).empty()), extents);
    form.factors[0] = Resolve(std::move(form.factors[0]));
  } while (InlineExactCopy(*this, form));
  if (Row(monoid).winner != Monoid::None) {
    for (int index = static_cast<int>(form.extents.size()) - 1; index >= form.rank; --index) {
      if (!form.InFactors(index) && !form.InRelations(index)) form.Erase(index);
    }
  }
  if (form.Reductions() == 0 && form.relations.empty()) {
    return Fill(IsPlace(monoid) ? Operand::Of(0.0) : form.factors[0], extents);
  }
  if (monoid == Monoid::Prod && IsLiteralValue(form.factors[0], 1)) return Fill(Operand::Of(1.0), extents);
  std::vector<int> used;
  for (int index = 0, at = 0; index < static_cast<int>(extents.size()); ++index) {
    if (!form.InFactors(at) && !form.InRelations(at)) {
      form.Erase(at);
      continue;
    }
    ++at;
    used.push_back(index);
  }
  if (form.factors[0].kind != Scalar::Kind::Access) {  // a leaf becomes a tensor to read
    Operand& factor = form.factors[0];
    const bool index = factor.kind == Scalar::Kind::Index;
    const Shape shape = index ? Shape{form.extents[static_cast<size_t>(factor.index)]} : Shape{};
    const std::vector<int> axes = index ? std::vector<int>{factor.index} : std::vector<int>{};
    factor = Operand::Of(Fill(index ? Operand::Of(0) : factor, shape), axes);
  }
  return Fill(Operand::Of(InternComp(Canonical(form, monoid, arg_count)), std::move(used)), extents);
}

}  // namespace nnc::ir
