// Subscripts: x[n, 2*i + p - pad, :, 0..4 else 0]. What each of them says about its axis (access.cpp makes the node).
#include "compiler/sema/subscripts.h"

#include <algorithm>

#include "compiler/ir/walk.h"
#include "compiler/sema/builtins.h"
#include "compiler/sema/draws.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/file_columns.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/reductions.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::SubscriptKind;

static std::string AxesText(size_t count) { return std::to_string(count) + (count == 1 ? " axis" : " axes"); }

// The first name in a subscript that nothing defines: a free index.
static const ast::Expr* UnknownNameIn(const ast::Expr& expr, Scope& scope, const std::function<bool(const std::string&)>& known) {
  if (expr.kind == ExprKind::Name) return scope.Find(expr.text) || known(expr.text) ? nullptr : &expr;
  if (expr.kind != ExprKind::Unary && expr.kind != ExprKind::Binary) return nullptr;
  for (const auto& operand : expr.operands)
    if (const ast::Expr* found = UnknownNameIn(*operand, scope, known)) return found;
  return nullptr;
}

std::optional<std::vector<AxisItem>> Subscripts::AxisItems(const ast::Subscripts& subscripts, const Value& base, Span span, Scope& scope) {
  const size_t axes = Positional(base).size();
  size_t written = 0, ellipses = 0;
  for (const auto& item : subscripts.items) (item.kind == SubscriptKind::Ellipsis ? ellipses : written) += 1;
  if (ellipses > 1 || written > axes || (ellipses == 0 && written != axes)) {
    Report(DiagnosticKind::AxisCountMismatch, span,
           std::to_string(written) + (written == 1 ? " subscript for " : " subscripts for ") + Describe(base) + ", which has " +
               std::to_string(axes) +
               (axes == 1 ? " axis" : " axes"))
        .Help(ellipses == 0 && written < axes ? "`:` keeps an axis whole, and `...` all that are not written, as in `x[0, ...]`" : "");
    return std::nullopt;
  }
  std::vector<AxisItem> result;
  for (const auto& item : subscripts.items) {
    AxisItem axis;
    axis.span = item.span;
    bool fine = true;
    switch (item.kind) {
      case SubscriptKind::Ellipsis:
        if (!AddEllipsis(item, base, axes - written, scope, result)) return std::nullopt;
        continue;
      case SubscriptKind::All: break;
      case SubscriptKind::Index:
        Report(DiagnosticKind::SyntaxError, item.span,
            "an index gets its range on the left of `=` or in a reduction, not in an access");
        fine = false;
        break;
      case SubscriptKind::Slice: fine = ReadSlice(item, scope, axis); break;
      case SubscriptKind::At: fine = ReadSubscript(item, scope, axis); break;
    }
    if (!fine) return std::nullopt;
    result.push_back(axis);
  }
  return result;
}

// The indices that `...` stands for on the left, or axes that are kept.
bool Subscripts::AddEllipsis(const ast::SubscriptItem& item, const Value& base, size_t count, Scope& scope, std::vector<AxisItem>& result) {
  AxisItem axis;
  axis.span = item.span;
  const Scope::Ellipsis* ellipsis = scope.FindEllipsis();
  if (!ellipsis) {
    result.insert(result.end(), count, axis);
    return true;
  }
  if (!ellipsis->known) return false;
  if (ellipsis->ids.size() != count) {
    const bool more = ellipsis->ids.size() > count;
    Report(DiagnosticKind::AxisCountMismatch, item.span,
           "`...` stands for " + AxesText(ellipsis->ids.size()) + " here, and " + Describe(base) + (more ? " leaves " : " has ") + std::to_string(count) + (more ? "" : " of them"));
    return false;
  }
  axis.kind = AxisItem::Kind::At;
  for (int id : ellipsis->ids) {
    axis.index = {{{id, 1}}, 0};
    result.push_back(axis);
  }
  return true;
}

bool Subscripts::ReadSlice(const ast::SubscriptItem& item, Scope& scope, AxisItem& axis) {
  const auto begin = Expressions(*this).EvaluateDim(*item.range.begin, scope), end = Expressions(*this).EvaluateDim(*item.range.end, scope);
  if (!begin || !end) return false;
  axis.kind = AxisItem::Kind::Slice;
  axis.index = {{}, *begin};
  axis.size = *end - *begin;
  return true;
}

// A name that no index has: reported once in a statement.
bool Subscripts::ReportFree(const ast::Expr& subscript, Scope& scope) {
  auto known = [&](const std::string& name) {
    return Builtins(*this).BuiltinConstant(name) || shared_.declarations.Find(name) || Builtins(*this).IsBuiltin(name) || context_.data;
  };
  const ast::Expr* free = UnknownNameIn(subscript, scope, known);
  if (free == nullptr) return false;
  if (shared_.free_reported.insert(free->text).second)
    Report(DiagnosticKind::FreeIndex, free->span, "the index `" + free->text + "` is neither on the left nor reduced")
        .Help(!ForeignHelp(free->text).empty() ? ForeignHelp(free->text) : "reduce over it, as in `sum[" + free->text + "](...)`, or put it on the left");
  return true;
}

bool Subscripts::ReadSubscript(const ast::SubscriptItem& item, Scope& scope, AxisItem& axis) {
  if (ReportFree(*item.value, scope)) return false;
  const bool of_indices = MadeOfIndices(*item.value, scope);
  if (of_indices && !IsAffine(*item.value, scope)) {
    Report(DiagnosticKind::SubscriptNotAffine, item.span, "a subscript is a sum of indices times constants, and this is not")
        .Help("`//` and `%` by constants are possible too");
    return false;
  }
  const Value value = Evaluate(*item.value, scope);
  if (value.IsPoison()) return false;
  if (value.kind == Value::Kind::Index) {
    axis.kind = AxisItem::Kind::At;
    axis.index = value.index;
    return true;
  }
  // Any other value is looked up.
  if (of_indices) {
    Report(DiagnosticKind::SubscriptNotAffine, item.span, "`//` and `%` in a subscript divide by a positive constant");
    return false;
  }
  const bool number = value.IsTensor() || value.kind == Value::Kind::FileColumn || value.kind == Value::Kind::Number;
  axis.value = number ? AsTensor(value, item.span) : Poison();
  if (number && axis.value.IsPoison()) return false;
  if (!axis.value.IsTensor()) {
    Report(DiagnosticKind::TypeMismatch, item.span, "a subscript is a whole number or an index expression, and this is " + Describe(value));
    return false;
  }
  if (!Positional(axis.value).empty()) {
    Report(DiagnosticKind::NotAScalar, item.span, "a subscript is one number, and this is " + Describe(axis.value))
        .Help("name its elements by an index, as in `y[n, d] = table[" + std::string(shared_.sources.Text(item.span)) + "[n], d]`");
    return false;
  }
  axis.kind = AxisItem::Kind::At;
  return true;
}

Value Subscripts::EvaluateSubscript(const ast::Expr& expr, Scope& scope) {
  const ast::Expr& base_expr = *expr.operands[0];
  if (base_expr.kind == ExprKind::Name && !scope.Find(base_expr.text)) {
    const std::string& name = base_expr.text;
    if (IsDistribution(name)) return Draws(*this).DrawSubscripted(name, expr.subscripts, nullptr, &expr, expr.span, scope);
    if (name == "zeros" || name == "ones") return Builtins(*this).Filled(name, expr, scope);
    if (IsReduction(name)) {
      Report(DiagnosticKind::NoValue, expr.span, "`" + name + "[...]` needs what it reduces, in parentheses");
      return Poison();
    }
  }
  // `events["energy"]`
  const bool quoted = expr.subscripts.items.size() == 1 && expr.subscripts.items[0].value && expr.subscripts.items[0].value->kind == ExprKind::String;
  const std::string own = quoted && context_.data && context_.data->schema ? OwnNameHelp(expr.subscripts.items[0].value->text, *context_.data->schema) : "";
  if (!own.empty()) {
    Report(DiagnosticKind::TypeMismatch, expr.span, "a subscript counts from 0, and this is text").Help(own);
    return Poison();
  }
  Value base = Evaluate(base_expr, scope);
  if (base.IsPoison()) return base;
  if (base.kind == Value::Kind::List && expr.subscripts.items.size() == 1 && expr.subscripts.items[0].kind == SubscriptKind::At) {
    Value index = Evaluate(*expr.subscripts.items[0].value, scope);
    if (index.IsPoison()) return index;
    if (index.IsDim() && index.index.constant.IsConstant()) {
      int64_t i = index.index.constant.Constant();
      if (i >= 0 && i < static_cast<int64_t>(base.items.size())) return base.items[static_cast<size_t>(i)];
      Report(DiagnosticKind::IndexOutOfBounds, expr.subscripts.items[0].span,
             "the list has " + std::to_string(base.items.size()) + (base.items.size() == 1 ? " element" : " elements") +
                 ", and this asks for number " + std::to_string(i) + ", counted from 0");
      return Poison();
    }
  }
  base = AsTensor(base, base_expr.span);
  if (base.IsPoison()) return base;
  Scope inner;
  inner.parent = &scope;
  auto items = AxisItems(expr.subscripts, base, expr.span, inner);
  if (!items) return Poison();
  if (expr.subscripts.where) {
    Report(DiagnosticKind::MisplacedStatement, expr.subscripts.where->span, "`where` stands in reductions, not in accesses");
    return Poison();
  }
  if (!expr.subscripts.otherwise) return AccessAt(base, *items, nullptr, expr.span, base_expr.span);
  Value otherwise = Evaluate(*expr.subscripts.otherwise, scope);
  if (otherwise.IsPoison()) return otherwise;
  return AccessAt(base, *items, &otherwise, expr.span, base_expr.span);
}

}  // namespace nnc::sema
