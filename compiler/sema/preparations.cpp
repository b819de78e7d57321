// Preparations: `x |> standardize` in a data block, its `fit` values taken over the events of the training part.
#include <algorithm>

#include "compiler/sema/applications.h"
#include "compiler/sema/columns.h"
#include "compiler/sema/data_block.h"
#include "compiler/sema/statements.h"

namespace nnc::sema {

using ast::StmtKind;

// One statement `fit a = ..., b = ...`.
void DataBlock::Fit(const ast::Stmt& stmt, Scope& scope) {
  Context inside = context_;
  inside.fitting = true;
  Values fit(shared_, inside);
  for (const ast::Binding& binding : stmt.bindings) {
    Value fitted = fit.AsTensor(fit.Evaluate(*binding.value, scope), binding.value->span);
    if (std::find(fitted.bound.begin(), fitted.bound.end(), building_.event) != fitted.bound.end()) {
      Report(DiagnosticKind::TypeMismatch, binding.value->span,
          "`fit` takes figures over all events, and this differs from event to event")
          .Help("reduce it with mean, std, var, min, max or sum");
      fitted = Poison();
    }
    Statements(*this).Define(binding.name, fitted, binding.span, &binding, scope);
  }
}

// The body of a preparation.
Value DataBlock::Prepared(const Callable& callable, const Value& column, Span span) {
  const ast::Decl& decl = *callable.decl;
  Scope inner;
  inner.parent = &shared_.globals;
  if (!Applications(*this).BindConfig(callable, inner)) return Poison();
  if (!Applications(*this).BindParameters(decl, {{"", column, span}}, inner, span)) return Poison();
  Value result;
  const size_t last = decl.body->statements.size();
  for (size_t i = 0; i < last; ++i) {
    const ast::Stmt& stmt = decl.body->statements[i];
    if (stmt.kind == StmtKind::Fit) Fit(stmt, inner);
    else if (i + 1 == last && stmt.kind == StmtKind::Expression) result = Evaluate(*stmt.value, inner);
    else Statements(*this).ExecuteStatement(stmt, inner);
  }
  if (last == 0 || decl.body->statements.back().kind != StmtKind::Expression)
    Report(DiagnosticKind::NoValue, decl.name_span, "`" + decl.name + "` has no value: its last line must be an expression");
  return Applications(*this).CheckResult(decl, result, inner) ? result : Poison();
}

// `x |> standardize`: the body of the preparation, with its `fit` values taken over the events of the training part.
Value DataBlock::ApplyPrepare(const Callable& callable, const Value& x, Span span, const void*) {
  const ast::Decl& decl = *callable.decl;
  Value column = AsTensor(x, span);
  if (column.IsPoison()) return column;
  if (std::find(column.bound.begin(), column.bound.end(), building_.event) == column.bound.end()) {
    Report(DiagnosticKind::TypeMismatch, span, "`" + decl.name + "` prepares a column of events, and this is the same for all");
    return Poison();
  }
  if (decl.params.size() != 1) {
    Report(DiagnosticKind::TooManyArguments, decl.name_span, "a preparation has one parameter, the column");
    return Poison();
  }
  const Frame frame{&decl, span, context_.frame};
  Context inside = context_;
  inside.owner = shared_.instances.Path(callable.owner, callable.site, decl.name, "");
  inside.frame = &frame;
  const Value result = DataBlock(shared_, inside).Prepared(callable, column, span);
  if (!context_.data || !result.IsTensor() || result.bound != column.bound) return result;
  const Value kept = FileColumns(*this).KeptRows(result, span);
  context_.data->preparations.push_back({kept.node, column.node, result.node, context_.data->field});
  return kept;
}

}  // namespace nnc::sema
