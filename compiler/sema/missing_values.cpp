#include "compiler/sema/missing_values.h"

#include <cmath>
#include <cstdlib>
#include <limits>

#include "compiler/sema/expressions.h"

namespace nnc::sema {

using ast::ExprKind;

// What a missing value becomes: a number, `mean`, `median`, `most_frequent`, or a label in quotes.
std::optional<FillRule> MissingValues::ReadFill(const ast::Expr& expr) {
  FillRule rule;
  rule.span = expr.span;
  if (expr.kind == ExprKind::String && (expr.text == "mean" || expr.text == "median" || expr.text == "most_frequent")) {
    Report(DiagnosticKind::TypeMismatch, expr.span, "a text in quotes is a label, and `" + expr.text + "` a figure of the column").Help("write `" + expr.text + "` without quotes");
    return std::nullopt;
  }
  if (expr.kind == ExprKind::String) {
    rule.kind = FillRule::Kind::Label;
    rule.label = expr.text;
    return rule;
  }
  if (expr.kind == ExprKind::Name) {
    if (expr.text == "mean") rule.kind = FillRule::Kind::Mean;
    if (expr.text == "median") rule.kind = FillRule::Kind::Median;
    if (expr.text == "most_frequent") rule.kind = FillRule::Kind::MostFrequent;
    if (rule.kind != FillRule::Kind::Number) return rule;
    if (!shared_.globals.Find(expr.text)) {
      auto& report = Report(DiagnosticKind::UnknownName, expr.span, "`" + expr.text + "` says nothing of what a missing value becomes");
      std::string near = ClosestName(expr.text, {"mean", "median", "most_frequent"});
      report.Help(near.empty() ? "it becomes a number, `mean`, `median`, `most_frequent`, or a label in quotes" : "did you mean `" + near + "`?");
      return std::nullopt;
    }
  }
  auto number = Expressions(*this).EvaluateNumber(expr, shared_.globals);
  if (!number) return std::nullopt;
  if (!(std::fabs(*number) <= std::numeric_limits<float>::max())) {
    Report(DiagnosticKind::TypeMismatch, expr.span, "a missing value becomes a number of single precision, and this is " + Describe(Value::OfNumber(*number)));
    return std::nullopt;
  }
  rule.number = *number;
  return rule;
}

// What says that there is no value: texts in quotes, and what stands for itself.
std::vector<std::string> MissingValues::ReadMarks(const ast::Expr& expr) {
  const auto stands_for_itself = [](const ast::Expr& item) {
    const ast::Expr& shown = item.kind == ExprKind::Unary && item.op == ast::Operator::Negate ? *item.operands[0] : item;
    return shown.kind == ExprKind::Integer || shown.kind == ExprKind::Float || item.kind == ExprKind::Name;
  };
  std::vector<std::string> marks;
  for (const ast::Expr* item : ast::Items(expr)) {
    marks.push_back(item->kind == ExprKind::String ? item->text : std::string(shared_.sources.Text(item->span)));
    if (item->kind != ExprKind::String && item->kind != ExprKind::Name) std::erase(marks.back(), '_');  // of 5_000
    if (item->kind != ExprKind::String && !stands_for_itself(*item))
      Report(DiagnosticKind::TypeMismatch, item->span, "a mark for missing values is a cell as the file has it").Help("a text in quotes or a number, as in `missing = [\"?\", -999]`");
    // Compiled functions may take smaller numbers for 0.
    constexpr double kSmallest = 2 * static_cast<double>(std::numeric_limits<float>::min());
    const double number = std::strtod(marks.back().c_str(), nullptr);
    if (number != 0 && std::fabs(number) < kSmallest)
      Report(DiagnosticKind::TypeMismatch, item->span, "a number that marks missing values is 0 or at least 2.4e-38 in size: smaller ones are not told from 0 in single precision");
  }
  if (marks.empty()) Report(DiagnosticKind::MissingArgument, expr.span, "the list of marks for missing values is empty").Help("as in `missing = [\"?\", -999]`");
  return marks;
}

bool NamesColumns(const ast::Expr& target) {
  if (target.kind != ExprKind::Subscript) return false;
  const std::string& word = target.operands[0]->text;
  return word == "fill" || word == "missing";
}

// The columns that stand behind `fill` or `missing`, each once.
template <typename Said>
void MissingValues::ForNamed(const ast::Expr& target, const char* what, Said&& said) {
  if (target.subscripts.items.empty()) Report(DiagnosticKind::MissingArgument, target.span, "`" + target.operands[0]->text + "[...]` takes the names of columns");
  for (const ast::SubscriptItem& item : target.subscripts.items) {
    if (item.kind != ast::SubscriptKind::At || (item.value->kind != ExprKind::Name && item.value->kind != ExprKind::String)) {
      Report(DiagnosticKind::TypeMismatch, item.span, "`" + target.operands[0]->text + "[...]` takes the names of columns");
      continue;
    }
    if (!said(item.value->text, item.span)) Report(DiagnosticKind::Redefinition, item.span, std::string(what) + " `" + item.value->text + "` is said twice");
  }
}

// `fill = 0` for what models read, `fill[energy, "run number"] = median` for what is named.
void MissingValues::ReadFillStatement(const ast::Stmt& stmt, SourceHeader& header) {
  const ast::Expr& target = *stmt.targets[0];
  auto rule = ReadFill(*stmt.value);
  if (!rule) return;
  if (target.kind == ExprKind::Name) {
    header.fill = rule;
    return;
  }
  ForNamed(target, "what becomes of a missing", [&](const std::string& column, Span span) {
    const bool fresh = header.FillOf(column) == nullptr;
    header.fills.push_back({column, *rule, span});
    return fresh;
  });
}

// `missing[glucose, "run number"] = 0`
void MissingValues::ReadMissingStatement(const ast::Stmt& stmt, SourceHeader& header) {
  if (header.format != "csv" && !header.format.empty()) {
    Report(DiagnosticKind::UnsupportedFormat, stmt.span, "`missing` is of the cells of CSV files, and this source is `" + header.format + "`");
    return;
  }
  const std::vector<std::string> marks = ReadMarks(*stmt.value);
  ForNamed(*stmt.targets[0], "what says that there is no", [&](const std::string& column, Span span) {
    const bool fresh = header.MarksOf(column) == nullptr;
    header.marks.push_back({column, marks, span});
    return fresh;
  });
}

}  // namespace nnc::sema
