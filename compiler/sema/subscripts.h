// Subscripts: x[n, 2*i + p - pad, :, 0..4 else 0].
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class Subscripts : public Values {
 public:
  using Values::Values;

  Value EvaluateSubscript(const ast::Expr& expr, Scope& scope);
  std::optional<std::vector<AxisItem>> AxisItems(const ast::Subscripts& subscripts, const Value& base, Span span, Scope& scope);

 private:
  bool AddEllipsis(const ast::SubscriptItem& item, const Value& base, size_t count, Scope& scope, std::vector<AxisItem>& result);
  bool ReadSlice(const ast::SubscriptItem& item, Scope& scope, AxisItem& axis);
  bool ReadSubscript(const ast::SubscriptItem& item, Scope& scope, AxisItem& axis);
  bool ReportFree(const ast::Expr& subscript, Scope& scope);
};

bool IsAffine(const ast::Expr& expr, Scope& scope);
bool MadeOfIndices(const ast::Expr& expr, Scope& scope);  // every name in it is an index or a size

}  // namespace nnc::sema
