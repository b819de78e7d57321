// Builtins: what no library can say, and metrics.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class Builtins : public Values {
 public:
  using Values::Values;

  bool IsBuiltin(const std::string& name) const;
  std::vector<std::string> BuiltinNames() const;
  std::optional<Value> BuiltinConstant(const std::string& name) const;
  Value ApplyBuiltin(const std::string& name, const ast::Expr& expr, Scope& scope);
  Value Filled(const std::string& name, const ast::Expr& expr, Scope& scope);    // zeros[N, H]

 private:
  Value ApplyToValues(const std::string& name, const ast::Expr& expr, const Arguments& arguments);
  Value ApplyMetric(const MetricInfo& metric, const ast::Expr& expr, const Arguments& arguments);
  Value Deviation(const std::string& name, const Value& value, Span span, Span whole_span);  // std, var
  Value DeviationInGraph(const std::string& name, const Value& x, Span span, Span whole_span);
  Value Extremum(const std::string& name, const Arguments& arguments);
  Value WrongCount(const std::string& name, const ast::Expr& expr, const std::string& wanted);
  Value Reshape(const ast::Expr& expr, Scope& scope);
  Value ConcatCall(const ast::Expr& expr, Scope& scope);
  Value WeightsOf(const ast::Expr& expr, Scope& scope);
};

}  // namespace nnc::sema
