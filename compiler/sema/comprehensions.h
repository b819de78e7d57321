// Comprehensions: `y[n, i] = ...`, `sum[k in 0..K](...)`, and the ranges of their indices.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class Comprehensions : public Values {
 public:
  using Values::Values;

  Value EvaluateIndexed(const ast::Expr& target, const ast::Expr& value, Scope& scope, const Shape* expected, int turn = -1);
  std::optional<std::vector<int>> BindIndices(const ast::Subscripts& subscripts, Scope& inner, int turn = -1);
  Value EvaluateReduction(const ast::Expr& expr, const std::string& name, const ast::Subscripts& subscripts,
                          const ast::Expr& body, Scope& scope);

 private:
  bool KnowEllipsis(const ast::Expr& target, const Scope& scope, Scope& inner, const Shape* expected, size_t named, size_t before);
  std::string WithRange(const ast::Subscripts& subscripts, const std::string& index) const;
  bool KnowRange(int id, size_t axis, size_t axes, const ast::Expr& target, const ast::Expr& value, Scope& inner, const Shape* expected, size_t errors);
  Value ReportNotOneNumber(const ast::Expr& target, const Value& body, Span span);
  bool Fresh(const std::string& name, Span span, Scope& scope);
  std::optional<int> BindRange(const ast::SubscriptItem& item, Scope& inner);
  // Finds the extents of the indices that `expr` uses in subscripts; reports conflicts.
  // False if a range conflict or a poisoned tensor makes the expression not worth elaborating.
  // With `last`, an index that only accesses with a default use takes the size of the axis that it stands alone on.
  bool InferRanges(const ast::Expr& expr, Scope& scope, bool last = false);
  struct RangeFinder;
};

}  // namespace nnc::sema
