// The meaning of an expression: what is known at compile time stays a number, the rest becomes nodes, whose axes are the indices that it
// depends on, followed by its positional axes. Each kind of expression is one function here or another class's.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class Expressions : public Values {
 public:
  using Values::Values;

  Value Of(const ast::Expr& expr, Scope& scope);
  void MarkUsed(const ast::Expr& expr, Scope& scope);
  std::optional<Dim> EvaluateDim(const ast::Expr& expr, Scope& scope);          // reports
  std::optional<int64_t> EvaluateInteger(const ast::Expr& expr, Scope& scope);  // reports
  std::optional<double> EvaluateNumber(const ast::Expr& expr, Scope& scope);    // reports
  bool ReportTruth(const ast::Expr& expr);  // whether `true` or `false` stands where a number should
  std::optional<bool> EvaluateTruth(const std::string& setting, const ast::Expr& expr);  // of a setting that is true or false; reports

 private:
  Value EvaluateName(const ast::Expr& expr, Scope& scope);
  bool Knows(const std::string& name, Span span, Scope& scope);
  std::vector<std::string> NamesKnownAt(const Scope& scope);  // for suggestions
  Value EvaluateMember(const ast::Expr& expr, Scope& scope);
  Value EvaluateIf(const ast::Expr& expr, Scope& scope);
  Value EvaluateUnary(const ast::Expr& expr, Scope& scope);
  Value EvaluateBinary(const ast::Expr& expr, Scope& scope);
  Value EvaluateList(const ast::Expr& expr, Scope& scope);
  Value LookUp(const std::string& name, Span span, const void* site, Scope& scope);
};

}  // namespace nnc::sema
