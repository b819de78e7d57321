// Derivatives as expressions: `grad` and `along`.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class Derivatives : public Values {
 public:
  using Values::Values;

  Value EvaluateGrad(const ast::Expr& expr, Scope& scope);
  Value EvaluateAlong(const ast::Expr& expr, Scope& scope);

 private:
  Value EvaluateInGraph(const ast::Expr& expr, Scope& scope);
  Value UnitDirection(const ast::Expr& expr, const Value& x, Scope& scope);
  bool IsVariable(const Value& value) const;  // something that a derivative can be taken by
  std::optional<std::vector<int>> SeparateIndices(const Value& y, const Value& x, const std::vector<AxisItem>& items,
                                                  const ast::Expr& grad);
  Value GradByWeights(const Value& y, const Value& weights, const ast::Expr& y_expr, const ast::Expr& x_expr);
  bool CheckPath(const Value& y, const Value& x, const ast::Expr& y_expr, const ast::Expr& x_expr);
};

}  // namespace nnc::sema
