// Data blocks: row-wise. A column is a value over one index, the event; everything else is the language as it is anywhere.
#include <algorithm>
#include <cctype>

#include "compiler/sema/checks.h"
#include "compiler/sema/class_axes.h"
#include "compiler/sema/columns.h"
#include "compiler/sema/copies.h"
#include "compiler/sema/comprehensions.h"
#include "compiler/sema/data_block.h"
#include "compiler/sema/data_header.h"
#include "compiler/sema/draws.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/file_columns.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/statements.h"
#include "compiler/syntax/foreign_words.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::StmtKind;
using ir::Operand;

static const char* const kSettings[] = {"fill", "drop"};

// `fill = 0`, `drop = true`, and `fill[energy, time] = median`.
static bool IsSetting(const ast::Stmt& stmt) {
  if (stmt.kind != StmtKind::Define || stmt.targets.size() != 1) return false;
  const ast::Expr& target = *stmt.targets[0];
  if (target.kind == ExprKind::Subscript) return target.operands[0]->text == "fill";
  return target.kind == ExprKind::Name && std::find(std::begin(kSettings), std::end(kSettings), target.text) != std::end(kSettings);
}

Value FileColumns::RawColumnValue(const RawColumn& column) {
  auto known = building_.inputs.find(column.input);
  if (known == building_.inputs.end()) {
    Shape shape = BoundExtents({building_.event});
    for (int64_t size : column.shape) shape.push_back(Dim(size));
    NodeId node = building_.builder->AddInput({ir::Role::Column, ir::DType::F32, column.input, building_.source}, shape,
        column.span);
    if (column.kind == RawColumn::Kind::Number && !column.single)
      building_.doubles->SetRest(node, building_.builder->AddInput({ir::Role::Column, ir::DType::F32, passes::RestOf(column.input), building_.source}, shape,
          column.span));
    known = building_.inputs.emplace(column.input, node).first;
    context_.data->raw.push_back(column);
  }
  return Value::OfTensor(known->second, {building_.event});
}

// The first cell of a column of text.
static std::string FirstLabel(const ColumnInfo& column) {
  constexpr size_t kMost = 40;
  if (column.row == 0) return "";
  const std::string& cell = column.label;
  if (cell.size() > kMost) return "";
  return ": row " + std::to_string(column.row) + " has `" + cell + "`";
}

Value FileColumns::ColumnAsNumber(const std::string& name, Span span) {
  RawColumn column;
  column.column = name;
  column.input = context_.data->header.name + ".raw." + name;
  column.span = span;
  if (context_.data->schema)
    for (const ColumnInfo& info : *context_.data->schema)
      if (info.name == name) {
        column.shape = info.shape;
        column.single = info.single;
        if (info.text) {
          auto& report = Report(DiagnosticKind::TypeMismatch, span, "the column `" + name + "` holds text, and a number is needed here" + FirstLabel(info));
          if (!info.cure.empty()) report.Help(info.cure);
          else report.Help("compare it, as in `" + InProgram(name) + " == \"" + (info.label.empty() ? "..." : info.label) + "\"`, or number its labels with `encode(" + InProgram(name) +
                  ")` or `onehot(" + InProgram(name) + ")`");
          return Poison();
        }
      }
  return RawColumnValue(column);
}

// Many columns of a file enter as one array, which costs no more than a column; few, each by itself, so that the exported function takes
// them by name. Nothing for a list of something else, or where single columns are filled.
std::optional<Value> FileColumns::ColumnsAsArray(const Value& list) {
  constexpr size_t kFewest = 64;
  if (!context_.data || !context_.data->schema || list.items.size() < kFewest || context_.data->header.fill || !context_.data->header.fills.empty()) return std::nullopt;
  std::set<std::string> scalars;
  for (const ColumnInfo& info : *context_.data->schema)
    if (info.shape.empty() && !info.text) scalars.insert(info.name);
  RawColumn array;
  for (const Value& item : list.items) {
    if (item.kind != Value::Kind::FileColumn || !scalars.count(item.text)) return std::nullopt;
    array.columns.push_back(item.text);
  }
  array.column = array.columns.front() + " to " + array.columns.back();
  array.shape = {static_cast<int64_t>(array.columns.size())};
  array.span = list.origin;
  array.input = context_.data->header.name + ".raw." + array.column;
  auto taken = [&](const RawColumn& other) { return other.input == array.input && other.columns != array.columns; };
  while (std::any_of(context_.data->raw.begin(), context_.data->raw.end(), taken)) array.input += "'";
  return RawColumnValue(array);
}

Value FileColumns::CompareColumn(const std::string& name, const std::string& text, Span span) {
  RawColumn column;
  column.kind = RawColumn::Kind::Equals;
  column.column = name;
  column.text = text;
  column.input = context_.data->header.name + ".raw." + name + "==" + text;
  column.span = span;
  return RawColumnValue(column);
}

// `unseen = "other"` and `rare = 10` of encode and onehot. False, and reported, where something else stands.
bool FileColumns::ReadUnseen(const std::string& function, const ast::Expr& expr, RawColumn& column) {
  for (size_t i = 1; i < expr.arguments.size(); ++i) {
    const ast::Argument& argument = expr.arguments[i];
    if (argument.name == "unseen" && argument.value->kind == ExprKind::String && !argument.value->text.empty()) {
      column.unseen = argument.value->text;
    } else if (argument.name == "rare") {
      auto least = Expressions(*this).EvaluateInteger(*argument.value, shared_.globals);
      if (!least) return false;
      column.rare = *least;
    } else {
      Report(DiagnosticKind::UnknownArgument, argument.name.empty() ? argument.value->span : argument.name_span,
          "`" + function + "` takes a column, and a place for labels that training does not know")
          .Help("as in `" + function + "(detector, unseen = \"other\", rare = 10)`");
      return false;
    }
  }
  if (column.rare > 1 && column.unseen.empty()) {
    Report(DiagnosticKind::MissingArgument, expr.span, "`rare` pools labels in the class that `unseen` names")
        .Help("as in `" + function + "(" + column.column + ", unseen = \"other\", rare = " + std::to_string(column.rare) + ")`");
    return false;
  }
  return true;
}

// encode(c): the number of the label in the training part's dictionary; onehot(c): 1 at that number, else 0.
Value FileColumns::Encode(const std::string& function, const ast::Expr& expr, Scope& scope) {
  if (!context_.data || expr.arguments.empty() || !expr.arguments[0].name.empty()) {
    auto& report = Report(DiagnosticKind::MisplacedStatement, expr.span, "`" + function + "` takes one column of a file, in a `data` block");
    if (!context_.data && expr.arguments.size() == 1)
      report.Help("define it there, as in `y = " + std::string(shared_.sources.Text(expr.span)) + "`, and write `y` here; `onehot` is for `cross_entropy`, `encode` for `nll`, and for `bce` a comparison, `y = column == 1`");
    return Poison();
  }
  Value value = Evaluate(*expr.arguments[0].value, scope);
  if (value.IsPoison()) return value;
  if (value.kind != Value::Kind::FileColumn) {
    Report(DiagnosticKind::TypeMismatch, expr.arguments[0].value->span,
        "`" + function + "` takes a column of a file, and this is " + Describe(value))
        .Help(value.kind == Value::Kind::Text && context_.data->schema ? QuotedColumnHelp(value.text, *context_.data->schema) : "a number k becomes one-hot by `y[c in 0..K] = k == c`");
    return Poison();
  }
  RawColumn column;
  column.kind = RawColumn::Kind::Encode;
  column.column = value.text;
  column.span = expr.span;
  if (!ReadUnseen(function, expr, column)) return Poison();
  column.input = context_.data->header.name + ".raw.encode(" + column.Dictionary() + ")";
  Value number = RawColumnValue(column);
  if (function == "encode") return number;
  Dim classes = Dim::Symbol("classes(" + column.Dictionary() + ")");
  if (shared_.options.schema && context_.data->schema) {
    auto count = shared_.options.schema->ClassCount(context_.data->header, column);
    if (!count) return Poison();
    classes = Dim(*count);
  }
  int k = building_.indices.AddKnown("", classes, expr.span);
  Value hot = Map(ScalarFn::Eq, {number, Value::OfIndex({{{k, 1}}, 0})}, {expr.span, expr.span}, "compare");
  Value aligned = Align(hot, {building_.event, k}, {});
  aligned.bound = {building_.event};
  return aligned;
}

Value FileColumns::AllExcept(const ast::Expr& expr) {
  if (!context_.data || context_.data->header.sample) {
    Report(DiagnosticKind::MisplacedStatement, expr.span, "`all except` lists the columns of a data file");
    return Poison();
  }
  if (!context_.data->schema) {
    Report(DiagnosticKind::FileNotFound, expr.span, "`all except` needs the file's header, and the file is not there");
    return Poison();
  }
  std::vector<std::string> names;
  for (const ColumnInfo& info : *context_.data->schema) names.push_back(info.name);
  const std::set<std::string> known(names.begin(), names.end());
  std::set<std::string> excepted;
  Value list;
  list.kind = Value::Kind::List;
  list.origin = expr.span;
  for (const ast::Argument& argument : expr.arguments)
    if (!known.count(argument.value->text)) {
      auto& report = Report(DiagnosticKind::UnknownColumn, argument.value->span,
          "the file has no column `" + argument.value->text + "`");
      if (std::string near = ClosestName(argument.value->text, names); !near.empty()) report.Help("did you mean `" + near + "`?");
      return Poison();
    } else {
      excepted.insert(argument.value->text);
    }
  for (const std::string& name : names) {
    if (excepted.count(name)) continue;
    list.items.push_back(Value::OfText(Value::Kind::FileColumn, name));
    list.items.back().origin = expr.span;
  }
  return AsTensor(list, expr.span);
}

// Columns of text among the numbers of a list, told all at once. False if there are less than two.
bool FileColumns::ReportTextColumns(const Value& list, Span span) {
  if (!context_.data || !context_.data->schema) return false;
  std::vector<std::string> texts;
  const ColumnInfo* shown = nullptr;  // the first that has a cure, or the first
  for (const Value& item : list.items)
    for (const ColumnInfo& info : *context_.data->schema) {
      if (item.kind != Value::Kind::FileColumn || !info.text || info.name != item.text) continue;
      texts.push_back(info.name);
      if (shown == nullptr || (shown->cure.empty() && !info.cure.empty())) shown = &info;
    }
  if (texts.size() < 2) return false;
  constexpr size_t kMost = 12;
  std::string columns, names, hot, numbers(shared_.sources.Text(span));
  for (size_t i = 0; i < std::min(texts.size(), kMost); ++i) {
    columns += (i == 0 ? "`" : i + 1 == texts.size() ? " and `" : ", `") + texts[i] + "`";
    names += (i == 0 ? "" : ", ") + InProgram(texts[i]);
    hot += ", onehot(" + InProgram(texts[i]) + ")";
  }
  if (texts.size() > kMost) columns += " and " + std::to_string(texts.size() - kMost) + " more";
  auto& report = Report(DiagnosticKind::TypeMismatch, span, "the columns " + columns + " hold text, and numbers are needed here" + FirstLabel(*shown) + (shown->row == 0 ? "" : " in `" + shown->name + "`"));
  const bool excepts = list.places.empty() && numbers.rfind("all except", 0) == 0;
  if (!shown->cure.empty()) report.Help(shown->cure);
  else report.Help(excepts ? "leave them out, or number their labels: `[(" + numbers + ", " + names + ")" + hot + "]`"
                      : "number their labels: `" + hot.substr(2) + "`");
  return true;
}

// `species = "pion"`, or a setting that is none here.
void DataBlock::ReportText(const std::string& name, const Value& text, Span span) {
  const bool column = context_.data->schema && std::any_of(context_.data->schema->begin(), context_.data->schema->end(), [&](const ColumnInfo& info) { return info.name == name; });
  auto& report = Report(DiagnosticKind::TypeMismatch, span, "the column `" + name + "` would be " + Describe(text) + ", and columns are numbers");
  if (column) report.Help("a comparison is written with `==`, as in `y = " + InProgram(name) + " == \"" + text.text + "\"`");
  else if (std::string near = context_.data->schema ? NearColumn(text.text, *context_.data->schema) : ""; !near.empty()) report.Help("did you mean the column `" + InProgram(near) + "`?");
  else report.Help(DataHelp(name));
}

// A number that a column of the file is compared with.
void FileColumns::NoteComparison(const Value& a, const Value& b, Span span) {
  if (!context_.data) return;
  const Value &column = a.kind == Value::Kind::FileColumn ? a : b, &other = a.kind == Value::Kind::FileColumn ? b : a;
  auto number = column.kind == Value::Kind::FileColumn ? ConstantNumber(other) : std::nullopt;
  if (!number) return;
  DataSource::NumberComparison comparison{column.text, *number, span};
  if (std::find(context_.data->compared.begin(), context_.data->compared.end(), comparison) == context_.data->compared.end()) context_.data->compared.push_back(comparison);
}

void DataBlock::DataStatement(const ast::Stmt& stmt, Scope& scope) {
  if (stmt.kind == StmtKind::Split || (IsSetting(stmt) && !context_.data->header.sample)) return;
  if (stmt.kind != StmtKind::Define && stmt.kind != StmtKind::Draw) {
    Report(DiagnosticKind::MisplacedStatement, stmt.span, "a data block holds definitions of columns and `split`")
        .Help(stmt.kind == StmtKind::Expression ? LostValueHelp(*stmt.value) : stmt.kind == StmtKind::Where ? DataHelp("filter") : PlaceOf(stmt.kind));
    return;
  }
  const ast::Expr& target = *stmt.targets[0];
  const std::string& name = target.kind == ExprKind::Subscript ? target.operands[0]->text : target.text;
  Context inside = context_;
  inside.owner = context_.data->header.name + "." + name;
  context_.data->field = name;
  DataBlock(shared_, inside).DefineColumn(stmt, target, name, scope);
}

void DataBlock::DefineColumn(const ast::Stmt& stmt, const ast::Expr& target, const std::string& name, Scope& scope) {
  size_t before = scope.entries.size();
  if (stmt.kind == StmtKind::Define && target.kind == ExprKind::Subscript) {
    Value value = Comprehensions(*this).EvaluateIndexed(target, *stmt.value, scope, nullptr);
    Statements(*this).Define(name, value, target.span, nullptr, scope);
  } else if (stmt.kind == StmtKind::Draw) {
    Statements(*this).Define(name, Draws(*this).Drawn(*stmt.value, &stmt, scope), target.span, nullptr, scope);
  } else {
    Statements(*this).DefineTargets(stmt, scope);
    for (const auto& each : stmt.targets) shared_.used.insert(each.get());  // columns need not be used
  }
  for (size_t i = before; i < scope.entries.size(); ++i) {
    Value& value = scope.entries[i].value;
    if (value.kind == Value::Kind::Callable || value.kind == Value::Kind::Distribution) {
      AsTensor(value, scope.entries[i].span);  // reports
      value = Poison();
    }
    if (value.kind == Value::Kind::Text) {
      ReportText(scope.entries[i].name, value, scope.entries[i].span);
      value = Poison();
    }
    if (value.IsPoison() || value.kind == Value::Kind::FileColumn) continue;
    value = AsTensor(value, scope.entries[i].span);
    if (!value.IsTensor() || !context_.data->draws_are_columns || !HasDraw(building_.graph, value.node)) continue;
    RawColumn column;
    column.column = scope.entries[i].name;
    column.input = context_.data->header.name + ".raw." + column.column;
    column.single = true;
    column.span = scope.entries[i].span;
    for (const Dim& size : Positional(value)) column.shape.push_back(size.IsConstant() ? size.Constant() : 1);
    value = FileColumns(*this).RawColumnValue(column);
  }
}

void DataBlock::ElaborateDataBlock(const ast::Decl& decl, Scope& scope) {
  scope.parent = &shared_.globals;
  scope.provider = [data = context_.data](const std::string& name, Span, bool last, Construction&) -> std::optional<Value> {
    if (data->header.sample) return std::nullopt;
    if (!data->schema) return last ? std::optional<Value>(Value::OfText(Value::Kind::FileColumn, name)) : std::nullopt;
    for (const ColumnInfo& column : *data->schema)
      if (column.name == name) return Value::OfText(Value::Kind::FileColumn, name);
    return std::nullopt;
  };
  if (!decl.body) return;
  for (const ast::Stmt& stmt : decl.body->statements) DataStatement(stmt, scope);
}

// True if `name` is `word` with capitals, in the plural, with two neighbours swapped, or a letter lost or doubled: no word of its own.
static bool IsSlipOf(const std::string& name, const std::string& word) {
  std::string small = name;
  for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (name != word && (small == word || small == word + "s")) return true;
  for (size_t i = 0; i < word.size(); ++i) {
    std::string lost = word, doubled = word, swapped = word;
    lost.erase(i, 1);
    doubled.insert(i, 1, word[i]);
    if (i + 1 < word.size()) std::swap(swapped[i], swapped[i + 1]);
    if (name == lost || name == doubled || (name == swapped && name != word)) return true;
  }
  return false;
}

static bool IsAllExcept(const ast::Expr& expr) {
  return expr.kind == ExprKind::Apply && expr.operands[0]->kind == ExprKind::Name && expr.operands[0]->text == "all except";
}

// Names and quoted names in the expression, and those that an `all except` in it leaves.
static void CollectMentioned(const ast::Expr& expr, const std::vector<std::string>& known, std::set<std::string>& mentioned) {
  if (IsAllExcept(expr)) {
    std::set<std::string> excepted;
    for (const auto& argument : expr.arguments) excepted.insert(argument.value->text);
    for (const std::string& name : known)
      if (!excepted.count(name)) mentioned.insert(name);
    return;
  }
  if (expr.kind == ExprKind::Name || expr.kind == ExprKind::String) mentioned.insert(expr.text);
  auto each = [&](const ast::ExprPtr& inner) {
    if (inner) CollectMentioned(*inner, known, mentioned);
  };
  for (const auto& operand : expr.operands) each(operand);
  for (const auto& argument : expr.arguments) each(argument.value);
  for (const auto& item : expr.subscripts.items) each(item.value);
  each(expr.subscripts.otherwise);
  if (!expr.loop) return;
  for (const auto& state : expr.loop->states) each(state.start);
  for (const auto& stmt : expr.loop->body->statements) each(stmt.value);
}

// The file's columns that the block mentions, in the file's order; all of them where there is no block.
static std::vector<std::string> MentionedColumns(const ast::Decl& decl, const std::vector<ColumnInfo>& schema) {
  std::vector<std::string> known, columns;
  for (const ColumnInfo& column : schema) known.push_back(column.name);
  bool defines = false;
  std::set<std::string> mentioned;
  if (decl.body)
    for (const ast::Stmt& stmt : decl.body->statements) {
      if (IsSetting(stmt) || stmt.kind == StmtKind::Split || !stmt.value) continue;
      defines = true;
      CollectMentioned(*stmt.value, known, mentioned);
    }
  if (!defines) return known;
  for (const std::string& name : known)
    if (mentioned.count(name)) columns.push_back(name);
  return columns;
}

// `fill[...]` names columns that the block reads.
void DataBlock::CheckFills(const DataState& state) {
  std::vector<std::string> known;
  for (const ColumnInfo& column : *state.schema) known.push_back(column.name);
  const std::vector<std::string>& used = state.header.columns;
  for (const SourceHeader::NamedFill& fill : state.header.fills) {
    if (std::find(used.begin(), used.end(), fill.column) != used.end()) continue;
    bool in_file = std::find(known.begin(), known.end(), fill.column) != known.end();
    auto& report = Report(in_file ? DiagnosticKind::UnusedDefinition : DiagnosticKind::UnknownColumn, fill.span,
        in_file ? "`fill` names the column `" + fill.column + "`, which nothing here reads" : "the file has no column `" + fill.column + "`");
    if (in_file) continue;
    const std::string near = ClosestName(fill.column, known);
    report.Help(near.empty() ? WhatTheFileHas(*state.schema) : "did you mean `" + near + "`?");
  }
}

std::optional<DataSource> DataBlock::Data(const ast::Decl& decl, const std::string& symbol, int number) {
  size_t errors = Mistakes();
  auto header = DataHeader(*this).Header(decl);
  if (!header) return std::nullopt;
  DataState state;
  state.decl = &decl;
  state.header = *header;
  if (shared_.options.schema && !header->sample) {
    state.schema = shared_.options.schema->Columns(*header);
    if (!state.schema) return std::nullopt;
    state.header.columns = MentionedColumns(decl, *state.schema);
    CheckFills(state);
  }
  Construction building("columns." + decl.name, false);
  DataSource source;
  building.source = number;
  building.event_symbols.resize(static_cast<size_t>(number) + 1);
  building.event_symbols[static_cast<size_t>(number)] = symbol;
  building.event = building.indices.AddKnown("event", Dim::Symbol(symbol), decl.name_span);
  Context inside = context_;
  inside.building = &building;
  inside.data = &state;
  inside.host = &source.columns;
  DataBlock(shared_, inside).FindFields(decl, source);
  if (Mistakes() > errors) return std::nullopt;
  source.header = state.header;
  source.symbol = symbol;
  source.raw = state.raw;
  source.compared = state.compared;
  source.columns.graph = Finished(building, source.columns.reductions);
  return source;
}

std::map<NodeId, std::string> LabelInputs(const DataState& state, const Construction& building) {
  std::map<NodeId, std::string> inputs;
  for (const RawColumn& raw : state.raw)
    if (raw.kind == RawColumn::Kind::Encode) inputs[building.inputs.at(raw.input)] = state.header.name + "." + raw.Dictionary();
  return inputs;
}

// The columns that the block defines, as outputs of its graph; without definitions, the file's.
void DataBlock::FindFields(const ast::Decl& decl, DataSource& source) {
  const std::optional<std::vector<ColumnInfo>>& schema = context_.data->schema;
  Scope scope;
  ElaborateDataBlock(decl, scope);
  if (scope.entries.empty() && schema)
    for (const ColumnInfo& column : *schema)
      if (!column.text) scope.Add(column.name, Value::OfText(Value::Kind::FileColumn, column.name), decl.name_span, nullptr);
  for (const Scope::Entry& entry : scope.entries) {
    for (const char* word : {"weight", "fill", "drop"})
      if (IsSlipOf(entry.name, word))
        Report(DiagnosticKind::UnknownSetting, entry.span, "`" + entry.name + "` would be one more column")
            .Help(std::string("did you mean `") + word + "`?");
    if (entry.value.IsPoison()) continue;
    auto is_text = [&](const ColumnInfo& column) { return column.name == entry.value.text && column.text; };
    if (entry.value.kind == Value::Kind::FileColumn && schema && std::any_of(schema->begin(), schema->end(), is_text)) {
      FileColumns(*this).ColumnAsNumber(entry.value.text, entry.span);  // reports: text is no number
      continue;
    }
    const Value value = AsTensor(entry.value, entry.span);
    if (value.IsPoison()) continue;
    const Value aligned = Align(value, {building_.event}, Positional(value));
    building_.graph.outputs.push_back({entry.name, aligned.node, ir::kNoNode});
    source.fields.push_back({entry.name, Positional(value), LabelsOf(building_.graph, aligned.node, LabelInputs(*context_.data, building_))});
    source.has_weight |= entry.name == "weight";
  }
  auto origin = [&](const std::string& field) {
    auto output = std::find_if(building_.graph.outputs.begin(), building_.graph.outputs.end(), [&](const ir::Output& each) { return each.name == field; });
    return OriginOfNode(building_.graph, output->node);
  };
  for (const DataSource::Field& field : source.fields)
    if (source.has_weight && origin(field.name).node == origin("weight").node && field.shape.empty()) source.weights.push_back(field.name);
  Checks(*this).CheckSizes(building_.graph, decl.name_span);
  Checks(*this).CheckEventSizes(building_.graph, decl.name_span);
}

}  // namespace nnc::sema
