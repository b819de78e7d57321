// Expressions: literals, names, operators and choices. What is known at compile time stays a number; the rest becomes nodes.
#include "compiler/sema/expressions.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "compiler/sema/applications.h"
#include "compiler/sema/builtins.h"
#include "compiler/sema/call_help.h"
#include "compiler/sema/columns.h"
#include "compiler/sema/file_columns.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/statements.h"
#include "compiler/sema/subscripts.h"
#include "compiler/syntax/foreign_words.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::Operator;

Value Values::Evaluate(const ast::Expr& expr, Scope& scope) { return Expressions(*this).Of(expr, scope); }

Value Expressions::Of(const ast::Expr& expr, Scope& scope) {
  building_.builder->SetSpan(expr.span);
  switch (expr.kind) {
    case ExprKind::Name:
    case ExprKind::NextName: return EvaluateName(expr, scope);
    case ExprKind::Integer: return Value::OfDim(Dim(expr.integer));
    case ExprKind::Float: return Value::OfNumber(expr.number);
    case ExprKind::Bool: return Value::OfDim(Dim(expr.integer));
    case ExprKind::String: {
      if (context_.data && context_.data->schema)
        for (const ColumnInfo& column : *context_.data->schema)
          if (column.name == expr.text) return Value::OfText(Value::Kind::FileColumn, expr.text);
      return Value::OfText(Value::Kind::Text, expr.text);
    }
    case ExprKind::Subscript: return Subscripts(*this).EvaluateSubscript(expr, scope);
    case ExprKind::Configure: return Applications(*this).EvaluateConfigure(expr, scope);
    case ExprKind::Apply: return Applications(*this).EvaluateApply(expr, scope);
    case ExprKind::Member: return EvaluateMember(expr, scope);
    case ExprKind::Unary: return EvaluateUnary(expr, scope);
    case ExprKind::Binary: return EvaluateBinary(expr, scope);
    case ExprKind::If: return EvaluateIf(expr, scope);
    case ExprKind::Loop: return Statements(*this).EvaluateLoop(expr, scope, false);
    case ExprKind::Function: return Applications(*this).EvaluateFunction(expr, scope);
    case ExprKind::List: return EvaluateList(expr, scope);
    case ExprKind::Tuple: {
      Value tuple;
      tuple.kind = Value::Kind::Tuple;
      for (const auto& item : expr.operands) tuple.items.push_back(Evaluate(*item, scope));
      return tuple;
    }
  }
  return Poison();
}

static bool Holds(const std::vector<std::string>& names, const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); }

// The columns that stand bare in a training.
static std::string ListedColumns(const std::vector<std::string>& names) {
  constexpr size_t kMost = 8;
  if (names.empty()) return "";
  std::string text = "the data have the columns ";
  for (size_t i = 0; i < names.size() && i < kMost; ++i) text += (i == 0 ? "`" : ", `") + names[i] + "`";
  return names.size() > kMost ? text + ", ..." : text;
}

static std::string Capitalised(std::string text) {
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

// Whether a size of this name stands among the axes of the results.
static bool IsOfResultAlone(const ast::Decl& decl, const std::string& name) {
  for (const ast::Type& result : decl.results)
    for (const ast::Axis& axis : result.axes)
      if (!axis.ellipsis && axis.size->kind == ExprKind::Name && axis.size->text == name) return true;
  return false;
}

Value Expressions::LookUp(const std::string& name, Span span, const void* site, Scope& scope) {
  if (Scope::Entry* entry = scope.Find(name)) {
    if (entry->definition) shared_.used.insert(entry->definition);
    return entry->value;
  }
  if (auto provided = scope.Provide(name, span, false, building_)) return *provided;
  if (auto constant = Builtins(*this).BuiltinConstant(name)) return *constant;
  auto callable = std::make_shared<Callable>();
  callable->owner = context_.owner;
  callable->site = site;
  callable->span = span;
  if (const ast::Decl* decl = shared_.declarations.Find(name)) {
    if (decl->kind == ast::DeclKind::Option) {
      Report(DiagnosticKind::UnknownName, span, "the option `" + name + "` has no value yet")
          .Help("an option may use the options that are declared above it");
      return Poison();
    }
    if (decl->kind == ast::DeclKind::Train) {
      Report(DiagnosticKind::TypeMismatch, span, "`" + name + "` is not a value here");
      return Poison();
    }
    if (decl->kind == ast::DeclKind::Data) return Value::OfText(Value::Kind::Source, name);
    callable->decl = decl;
  } else if (Builtins(*this).IsBuiltin(name)) {
    callable->builtin = name;
  } else if (auto provided = scope.Provide(name, span, true, building_)) {
    return *provided;
  } else if (!ReportedBefore(name)) {
    bool from_file = context_.data && context_.data->schema && !context_.data->header.sample;
    auto& report = Report(from_file ? DiagnosticKind::UnknownColumn : DiagnosticKind::UnknownName, span,
                          from_file ? "`" + name + "` is neither defined nor a column of the data" : "unknown name `" + name + "`");
    const bool numbered = from_file && context_.data->header.cells.names.empty() && context_.data->header.cells.header == false;
    std::string help = numbered ? "the program says `header = false`, so the columns are called c0, c1, ...; if the first line holds their names, leave that out" : "";
    if (Holds(context_.emitted, name)) help = "what is emitted is known behind the scan: give the value a name in the body, and `emit` that";
    if (help.empty() && context_.InTraining()) help = context_.fields->Help(name, span);
    if (from_file && !(report.setting = SkippedRemarks(*context_.data->schema)).empty()) help = WhatTheFileHas(*context_.data->schema);
    if (help.empty() && from_file) help = LongerName(name, *context_.data->schema);
    if (help.empty() && from_file) help = TitleHelp(name, *context_.data->schema);
    if (help.empty() && context_.frame && context_.fields && BlockOf(context_.definition).empty() && Holds(context_.fields->BareNames(), name)) help = "a body sees what it is given: give `" + context_.frame->decl->name + "` a parameter, and `" + name + "` where it is applied";
    if (help.empty() && context_.frame && context_.frame->decl->body) help = BelowHelp(*context_.frame->decl->body, name, span);
    const bool letter = from_file && name.size() == 1;  // `T`, `F`: more likely a column than what other libraries call so
    if (help.empty() && from_file && !letter) help = NearHelp(name, *context_.data->schema);
    if (help.empty() && from_file && (letter || IsOfPrograms(name))) help = WhatTheFileHas(*context_.data->schema);
    if (help.empty() && MayPropose()) help = Proposal(name, NamesKnownAt(scope));
    if (help.empty() && !from_file) help = NearForeignHelp(name);
    if (from_file && help.starts_with("did you mean") && NearHelp(name, *context_.data->schema).empty()) help += " " + Capitalised(WhatTheFileHas(*context_.data->schema));
    if (help.empty() && context_.InTraining()) help = ListedColumns(context_.fields->BareNames());
    if (help.empty() && context_.frame) help = BlockOf(context_.definition);  // `loss = ...` in a model
    if (help.empty() && from_file) help = WhatTheFileHas(*context_.data->schema);
    if (help.empty() && context_.frame && IsOfResultAlone(*context_.frame->decl, name))
      help = "sizes come from what `" + context_.frame->decl->name + "` is given, and `" + name + "` stands in its result alone: write the number there and here, or declare it above, `option " + name + ": dim = 3`";
    if (from_file && help.starts_with("the file has")) help += WhichFileHelp(context_.data->header);
    report.Help(help);
  }
  if (!callable->decl && callable->builtin.empty()) return Poison();
  Value value;
  value.kind = Value::Kind::Callable;
  value.callable = std::move(callable);
  return value;
}

bool Expressions::Knows(const std::string& name, Span span, Scope& scope) {
  return scope.Find(name) || Builtins(*this).BuiltinConstant(name) || shared_.declarations.Find(name) || Builtins(*this).IsBuiltin(name) ||
         scope.Provide(name, span, false, building_) || scope.Provide(name, span, true, building_);
}

Value Expressions::EvaluateName(const ast::Expr& expr, Scope& scope) {
  if (expr.kind == ExprKind::NextName) {
    if (Scope::Entry* entry = scope.Find(expr.text, true)) return entry->value;
    Report(DiagnosticKind::UnknownName, expr.span, "`next " + expr.text + "` has no value yet")
        .Help("write `next " + expr.text + " = ...` above its use");
    return Poison();
  }
  Value value = LookUp(expr.text, expr.span, &expr, scope);
  if (!value.origin.Valid()) value.origin = expr.span;
  return value;
}

std::vector<std::string> Expressions::NamesKnownAt(const Scope& scope) {
  std::vector<std::string> names;  // the nearest first
  for (const Scope* at = &scope; at; at = at->parent)
    for (const auto& entry : at->entries) names.push_back(entry.name);
  if (context_.fields)
    for (std::string& field : context_.fields->BareNames()) names.push_back(std::move(field));
  if (context_.data && context_.data->schema && !context_.data->header.sample)
    for (const ColumnInfo& column : *context_.data->schema) names.push_back(column.name);
  for (const std::string& declared : shared_.declarations.Names()) names.push_back(declared);
  for (const std::string& builtin : Builtins(*this).BuiltinNames()) names.push_back(builtin);
  return names;
}

Value Expressions::EvaluateMember(const ast::Expr& expr, Scope& scope) {
  const ast::Expr* root = expr.operands[0].get();
  while (root->kind == ExprKind::Member) root = root->operands[0].get();
  const ast::Expr& base = *root;
  if (base.kind == ExprKind::Name && !Knows(base.text, base.span, scope) && !ReportedBefore(base.text)) {
    // `nn.ReLU`, `np.exp`: what another language would import.
    std::string help = context_.data && context_.data->schema ? OwnNameHelp(expr.text, *context_.data->schema) : "";
    if (help.empty()) help = ForeignHelp(expr.text);
    bool here = Builtins(*this).IsBuiltin(expr.text) || shared_.declarations.Find(expr.text);
    if (help.empty() && here) help = "names have no prefix here: write `" + expr.text + "`";
    if (help.empty()) help = ForeignHelp(base.text);
    if (!help.empty()) {
      Report(DiagnosticKind::UnknownName, base.span, "unknown name `" + base.text + "`").Help(help);
      return Poison();
    }
    shared_.unknown.erase({context_.Body(), base.text});
  }
  Value value = Evaluate(*expr.operands[0], scope);
  if (value.IsPoison()) return value;
  if (value.kind == Value::Kind::Source && !context_.fields) {
    Report(DiagnosticKind::MisplacedStatement, expr.span, "the fields of `" + value.text + "` are known in a training block only").Help(context_.data && context_.data->schema ? OwnNameHelp(expr.text, *context_.data->schema) : "");
    return Poison();
  }
  if (value.kind != Value::Kind::Source) {
    auto& report = Report(DiagnosticKind::UnknownMember, expr.operator_span, "only data sources have fields, and this is " + Describe(value));
    const std::string text(shared_.sources.Text(expr.operands[0]->span));
    const std::string of_data = context_.data ? DataHelp(expr.text) : "";
    if (!of_data.empty()) report.Help(of_data);
    else if (expr.operands[0]->kind == ExprKind::Integer) report.Help("a fraction needs digits on both sides of its point: write `" + text + ".0`");
    else report.Help(MemberHelp(expr.text, text, Builtins(*this).IsBuiltin(expr.text) || shared_.declarations.Find(expr.text)));
    return Poison();
  }
  auto field = context_.fields->Find(value.text, expr.text, expr.span, building_);
  return field ? *field : Poison();
}

// A branch that is not taken still uses what it names.
void Expressions::MarkUsed(const ast::Expr& expr, Scope& scope) {
  if (expr.kind == ExprKind::Name)
    if (Scope::Entry* entry = scope.Find(expr.text); entry && entry->definition) shared_.used.insert(entry->definition);
  ast::ForEachPart(expr, [&](const ast::Expr& part) { MarkUsed(part, scope); });
}

Value Expressions::EvaluateIf(const ast::Expr& expr, Scope& scope) {
  Value condition = Evaluate(*expr.operands[0], scope);
  if (condition.IsPoison()) return condition;
  if (auto known = ConstantNumber(condition)) {
    MarkUsed(*expr.operands[*known != 0 ? 2 : 1], scope);
    return Evaluate(*expr.operands[*known != 0 ? 1 : 2], scope);
  }
  Value yes = Evaluate(*expr.operands[1], scope);
  Value no = Evaluate(*expr.operands[2], scope);
  return Map(ScalarFn::Select, {condition, yes, no},
             {expr.operands[0]->span, expr.operands[1]->span, expr.operands[2]->span}, "choose between");
}

Value Expressions::EvaluateUnary(const ast::Expr& expr, Scope& scope) {
  Value value = Evaluate(*expr.operands[0], scope);
  if (value.IsPoison()) return value;
  if (expr.op == Operator::Negate) {
    if (value.kind == Value::Kind::Number) return Value::OfNumber(-value.number);
    if (value.kind == Value::Kind::Index) return Value::OfIndex(value.index.Times(-1));
    return Map(ScalarFn::Neg, {value}, {expr.operands[0]->span}, "negate");
  }
  if (auto known = ConstantNumber(value)) return Value::OfDim(Dim(*known == 0 ? 1 : 0));
  return Map(ScalarFn::Not, {value}, {expr.operands[0]->span}, "negate");
}

Value Expressions::EvaluateBinary(const ast::Expr& expr, Scope& scope) {
  Value a = Evaluate(*expr.operands[0], scope);
  const ast::Expr& second = *expr.operands[1];
  if (expr.op == ast::Operator::FloorDivide && second.kind == ExprKind::Name && !Knows(second.text, second.span, scope) &&
      !ReportedBefore(second.text)) {
    Report(DiagnosticKind::UnknownName, second.span, "unknown name `" + second.text + "`").Help("`//` divides; a comment begins with `#`");
    return Poison();
  }
  const bool compares = expr.op == ast::Operator::Equal || expr.op == ast::Operator::NotEqual;
  if (compares && a.kind == Value::Kind::FileColumn && second.kind == ExprKind::Name && !Knows(second.text, second.span, scope) &&
      !ReportedBefore(second.text)) {
    Report(DiagnosticKind::UnknownColumn, second.span, "`" + second.text + "` is neither defined nor a column of the data")
        .Help("a label of the column is text in quotes: `\"" + second.text + "\"`");
    return Poison();
  }
  Value b = Evaluate(second, scope);
  if (a.IsPoison() || b.IsPoison()) return Poison();
  if ((expr.op == ast::Operator::Or || expr.op == ast::Operator::And) && second.kind == ExprKind::String) {
    const ast::Expr& first = *expr.operands[0];
    const ast::Expr& last = first.kind == ExprKind::Binary && first.op == expr.op ? *first.operands[1] : first;
    const bool compared = last.kind == ExprKind::Binary && (last.op == ast::Operator::Equal || last.op == ast::Operator::NotEqual);
    const std::string op = expr.op == ast::Operator::Or ? "or" : "and", text(shared_.sources.Text(second.span));
    Report(DiagnosticKind::TypeMismatch, second.span, "`" + op + "` joins conditions, and this is " + Describe(Value::OfText(Value::Kind::Text, second.text)))
        .Help("compare again: `" + op + " " + (compared ? std::string(shared_.sources.Text(last.operands[0]->span)) : "a") + (compared && last.op == ast::Operator::NotEqual ? " != " : " == ") + text + "`");
    return Poison();
  }
  if (compares) {
    // Text in quotes that meets a column is a label, also where a column bears its name.
    const ast::Expr &left = *expr.operands[0], &right = *expr.operands[1];
    if (right.kind == ExprKind::String && a.kind == Value::Kind::FileColumn) b = Value::OfText(Value::Kind::Text, right.text);
    else if (left.kind == ExprKind::String && b.kind == Value::Kind::FileColumn) a = Value::OfText(Value::Kind::Text, left.text);
    FileColumns(*this).NoteComparison(a, b, expr.span);
  }
  return Binary(expr.op, a, b, expr.operands[0]->span, expr.operands[1]->span, expr.span);
}

Value Expressions::EvaluateList(const ast::Expr& expr, Scope& scope) {
  Value list;
  list.kind = Value::Kind::List;
  list.origin = expr.span;
  for (const auto& item : expr.operands) {
    list.items.push_back(Evaluate(*item, scope));
    if (list.items.back().IsPoison()) return Poison();
    list.places.push_back(item->span);
    if (list.items.back().maker.empty()) list.items.back().origin = item->span;
  }
  return list;
}

// `epochs = true`: what is true or false counts as 1 or 0 in a calculation, and is no number of its own.
bool Expressions::ReportTruth(const ast::Expr& expr) {
  if (expr.kind != ExprKind::Bool) return false;
  Report(DiagnosticKind::TypeMismatch, expr.span, std::string("a number is needed here, and this is `") + (expr.integer != 0 ? "true`" : "false`"));
  return true;
}

std::optional<Dim> Expressions::EvaluateDim(const ast::Expr& expr, Scope& scope) {
  if (ReportTruth(expr)) return std::nullopt;
  Value value = Evaluate(expr, scope);
  if (value.IsPoison()) return std::nullopt;
  if (value.IsDim()) return value.index.constant;
  Report(DiagnosticKind::TypeMismatch, expr.span, "a whole number is needed here, and this is " + Describe(value)).Help(WholeNumberHelp(value));
  return std::nullopt;
}

std::optional<int64_t> Expressions::EvaluateInteger(const ast::Expr& expr, Scope& scope) {
  auto dim = EvaluateDim(expr, scope);
  if (!dim) return std::nullopt;
  if (dim->IsConstant()) return dim->Constant();
  Report(DiagnosticKind::TypeMismatch, expr.span,
      "a fixed number is needed here, and `" + dim->ToString() + "` is known only at run time");
  return std::nullopt;
}

std::optional<double> Expressions::EvaluateNumber(const ast::Expr& expr, Scope& scope) {
  if (ReportTruth(expr)) return std::nullopt;
  Value value = Evaluate(expr, scope);
  if (value.IsPoison()) return std::nullopt;
  if (auto number = ConstantNumber(value)) return number;
  Report(DiagnosticKind::TypeMismatch, expr.span, "a fixed number is needed here, and this is " + Describe(value));
  return std::nullopt;
}

std::optional<bool> Expressions::EvaluateTruth(const std::string& setting, const ast::Expr& expr) {
  const Value value = Evaluate(expr, shared_.globals);
  if (value.IsPoison()) return std::nullopt;
  const auto number = ConstantNumber(value);
  if (number && (*number == 0 || *number == 1)) return *number == 1;
  Report(DiagnosticKind::OptionOutOfRange, expr.span, "`" + setting + "` is true or false, not " + Describe(value));
  return std::nullopt;
}

}  // namespace nnc::sema
