// How the cells of a separated file are written, as a source's braces say it.
#include <algorithm>
#include <cctype>

#include "compiler/sema/cell_units.h"
#include "compiler/sema/data_header.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/line_pattern.h"
#include "compiler/sema/missing_values.h"

namespace nnc::sema {

using ast::ExprKind;

// `skip = 22`: the first lines; `skip = [2, 3]`: these.
void DataHeader::ReadSkippedLines(const ast::Expr& expr, CellFormat& cells) {
  const bool list = expr.kind == ExprKind::List;
  if (list && expr.operands.empty()) Report(DiagnosticKind::MissingArgument, expr.span, "the list of lines is empty").Help("as in `skip = [2, 3]`, or `skip = 22` for the first 22");
  for (const ast::Expr* item : ast::Items(expr)) {
    const std::optional<int64_t> number = Expressions(*this).EvaluateInteger(*item, shared_.globals);
    if (!number) continue;
    if (*number < 1)
      Report(DiagnosticKind::OptionOutOfRange, item->span, std::string("`skip` takes ") + (list ? "the numbers of lines, from 1 on" : "how many first lines are left out, from 1 on") + ", and this is " + std::to_string(*number));
    else if (!list) cells.skip = *number;
    else if (std::find(cells.skip_lines.begin(), cells.skip_lines.end(), *number) != cells.skip_lines.end()) Report(DiagnosticKind::Redefinition, item->span, "line " + std::to_string(*number) + " is listed twice");
    else cells.skip_lines.push_back(*number);
  }
  std::sort(cells.skip_lines.begin(), cells.skip_lines.end());
}

// `replace = ["pattern", "by"]`, with further pairs behind.
void DataHeader::ReadReplacements(const ast::Expr& expr, CellFormat& cells) {
  const std::vector<const ast::Expr*> items = ast::Items(expr);
  const bool texts = std::all_of(items.begin(), items.end(), [](const ast::Expr* item) { return item->kind == ExprKind::String; });
  if (items.empty() || items.size() % 2 != 0 || !texts) {
    Report(DiagnosticKind::TypeMismatch, expr.span, "`replace` takes patterns in quotes, and behind each what stands instead").Help("as in `replace = [\" *#.*\", \"\"]`");
    return;
  }
  for (size_t i = 0; i < items.size(); i += 2) {
    const LinePattern checked(items[i]->text);
    if (const std::string& wrong = checked.wrong; !wrong.empty()) Report(DiagnosticKind::TypeMismatch, items[i]->span, wrong).Help(checked.cure);
    else if (const std::string unfit = checked.UnfitFor(items[i + 1]->text); !unfit.empty()) Report(DiagnosticKind::TypeMismatch, items[i + 1]->span, unfit);
    else cells.replacements.push_back({items[i]->text, items[i + 1]->text, items[i]->span});
  }
}

// `widths = [3, 5, 8]`: of fields, in characters.
void DataHeader::ReadWidths(const ast::Expr& expr, CellFormat& cells) {
  constexpr int64_t kWidest = 10000;
  if (expr.kind != ExprKind::List || expr.operands.size() < 2) Report(DiagnosticKind::TypeMismatch, expr.span, "`widths` takes a list of how many characters each field has").Help("as in `widths = [3, 5, 8]`");
  for (const ast::Expr* item : ast::Items(expr)) {
    const std::optional<int64_t> number = Expressions(*this).EvaluateInteger(*item, shared_.globals);
    if (!number) continue;
    if (*number < 1 || *number > kWidest) Report(DiagnosticKind::OptionOutOfRange, item->span, "a field has from 1 to " + std::to_string(kWidest) + " characters, and this is " + std::to_string(*number));
    else cells.widths.push_back(*number);
  }
}

void DataHeader::NeedsOneSign(const ast::Expr& expr) {
  auto& report = Report(DiagnosticKind::TypeMismatch, expr.span, "`separator` takes one sign in quotes, as \";\", or \"tab\" or \"blanks\"");
  const bool signs = expr.kind == ExprKind::String && expr.text.size() > 1 && std::all_of(expr.text.begin(), expr.text.end(), [](unsigned char c) { return std::ispunct(c) != 0 && c != '"' && c != '\\' && c != '^' && c != '[' && c != ']'; });
  if (!signs) return;
  std::string pattern;
  for (char c : expr.text) pattern += std::string("[") + c + "]";
  report.Help("one sign is made of them by `replace = [\"" + pattern + "\", \"|\"], separator = \"|\"`");
}

// A setting of csv's cells. False if it is none.
bool DataHeader::ReadCellSetting(const std::string& name, const ast::Expr& expr, CellFormat& cells) {
  auto needs = [&](const char* what) { Report(DiagnosticKind::TypeMismatch, expr.span, "`" + name + "` takes " + what); };
  if (name == "separator") {
    const std::string& text = expr.text;
    if (expr.kind == ExprKind::String && text == "tab") cells.separator = '\t';
    else if (expr.kind == ExprKind::String && text == "blanks") cells.separator = ' ';
    else if (expr.kind == ExprKind::String && text.size() == 1 && text.find_first_not_of("\"\r\n.+-") == 0 && std::isalnum(static_cast<unsigned char>(text[0])) == 0)
      cells.separator = text[0];
    else NeedsOneSign(expr);
  } else if (name == "decimal") {
    if (expr.kind == ExprKind::String && (expr.text == "." || expr.text == ",")) cells.decimal = expr.text[0];
    else needs("`\".\"` or `\",\"`, the sign that a number's fraction begins with");
  } else if (name == "thousands") {
    if (expr.kind == ExprKind::String && expr.text.size() == 1 && std::string_view(",. '_").find(expr.text[0]) != std::string_view::npos) cells.thousands = expr.text[0];
    else needs("the sign that sets thousands apart: `\",\"`, `\".\"`, `\" \"`, `\"'\"` or `\"_\"`");
  } else if (name == "units") {
    for (const ast::Expr* item : ast::Items(expr))
      if (const std::string wrong = item->kind == ExprKind::String ? AddUnit(item->text, cells.units) : "a unit is a text in quotes"; !wrong.empty())
        Report(DiagnosticKind::TypeMismatch, item->span, wrong).Help("as in `units = \"GeV\"`, `units = [\"GeV\", \"MeV = 0.001 GeV\"]` or `units = \"% = 0.01\"`");
  } else if (name == "file") {
    cells.file = expr.text;
    if (expr.kind != ExprKind::Name) needs("a name for the column that says which file an event is from, as in `file = origin`");
  } else if (name == "row") {
    cells.row = expr.text;
    if (expr.kind != ExprKind::Name) needs("a name for the column that holds each row's place in its file, as in `row = number`");
  } else if (name == "header") {
    if (expr.kind == ExprKind::Bool) cells.header = expr.integer != 0;
    else needs("`true` (the first line holds names) or `false` (it is an event)");
  } else if (name == "names") {
    for (const ast::Expr* item : ast::Items(expr)) {
      if (item->kind == ExprKind::Name || item->kind == ExprKind::String) cells.names.push_back(item->text);
      else needs("a list of names, as in `names = [energy, time, \"run number\"]`");
    }
  } else if (name == "skip") {
    ReadSkippedLines(expr, cells);
  } else if (name == "replace") {
    ReadReplacements(expr, cells);
  } else if (name == "widths") {
    ReadWidths(expr, cells);
  } else if (name == "encoding") {
    cells.encoding = expr.text;
    if (expr.kind != ExprKind::String || expr.text.empty()) needs("the name of what the file is written in, as `\"windows-1252\"` or `\"latin1\"`");
  } else if (name == "comment") {
    for (const ast::Expr* item : ast::Items(expr)) {
      if (item->kind == ExprKind::String && !item->text.empty()) cells.comments.push_back(item->text);
      else needs("the text that comment lines begin with, as in `comment = \"#\"`, or a list of such");
    }
  } else if (name == "missing") {
    cells.missing = MissingValues(*this).ReadMarks(expr);
  } else {
    return false;
  }
  return true;
}

// What begins fractions, sets thousands apart and separates the cells are different signs.
void DataHeader::CheckSigns(const CellFormat& cells, Span span) {
  if (!cells.widths.empty() && cells.separator != 0)
    Report(DiagnosticKind::TypeMismatch, span, "`widths` and `separator` both say where cells end").Help("leave `separator` out where fields have a fixed width");
  if (!cells.row.empty() && cells.row == cells.file)
    Report(DiagnosticKind::Redefinition, span, "`file` and `row` make a column each, and both are called `" + cells.row + "`").Help("give one of them another name");
  if (cells.thousands == cells.decimal) {
    const std::string sign(1, cells.decimal);
    Report(DiagnosticKind::TypeMismatch, span, "`" + sign + "` begins fractions and sets thousands apart")
        .Help(sign == "." ? "where the point sets thousands apart, fractions begin with a comma: `decimal = \",\", thousands = \".\"`" : "where the comma begins fractions, a point may set thousands apart: `decimal = \",\", thousands = \".\"`");
  }
  if (cells.thousands == ' ' && cells.separator == ' ')
    Report(DiagnosticKind::TypeMismatch, span, "blanks separate the cells, and cannot set thousands apart").Help("write the numbers without blanks, or separate the cells by another sign");
}

}  // namespace nnc::sema
