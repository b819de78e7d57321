// Applications: functions, layers and models are elaborated anew at each, with the sizes that hold there.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class Applications : public Values {
 public:
  using Values::Values;

  Value EvaluateFunction(const ast::Expr& expr, Scope& scope);
  Value EvaluateConfigure(const ast::Expr& expr, Scope& scope);
  Value EvaluateApply(const ast::Expr& expr, Scope& scope);
  Value ApplyDecl(const Callable& callable, std::vector<Actual> actuals, Span span, const void* site);
  Value ValueOf(const Callable& callable, std::vector<Actual> actuals, Span span);
  bool BindConfig(const Callable& callable, Scope& inner);
  bool BindParameters(const ast::Decl& decl, std::vector<Actual> actuals, Scope& inner, Span span);
  bool CheckResult(const ast::Decl& decl, const Value& value, Scope& inner);
  Value ReportOrder(const std::string& function, Span span, const std::string& order);
  std::optional<Shape> ShapeOfType(const ast::Type& type, Scope& scope);

 private:
  Value ApplyCallable(const Callable& callable, const std::vector<ast::Argument>& arguments, Scope& scope, Span span,
                      const void* site);
  bool BindSubscripts(const ast::Decl& decl, const std::vector<Actual*>& given, Scope& inner);
  bool CheckHead(const std::string& function, const std::string& parameter, const Value& value, Span span);
  bool CheckOrder(const ast::Decl& decl, const std::vector<Actual*>& given, Span span);
  bool BindAxes(const ast::Type& type, const Value& value, const std::string& what, Span value_span, Scope& inner, bool result,
                const std::string& hint = "");
  void SolveAxis(const ast::Expr& expr, const Dim& size, Scope& inner);
  bool CheckKind(const ast::Type& type, const Value& value, const std::string& what, Span span);
  std::string Signature(const ast::Decl& decl, const ast::Parameter& parameter) const;
};

}  // namespace nnc::sema
