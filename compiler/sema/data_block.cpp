// Data blocks: row-wise. A column is a value over one index, the event; everything else is the language as it is anywhere.
#include "compiler/sema/data_block.h"

#include <algorithm>
#include <cctype>

#include "compiler/ir/walk.h"
#include "compiler/sema/checks.h"
#include "compiler/sema/class_axes.h"
#include "compiler/sema/columns.h"
#include "compiler/sema/comprehensions.h"
#include "compiler/sema/data_header.h"
#include "compiler/sema/draws.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/file_columns.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/missing_values.h"
#include "compiler/sema/statements.h"
#include "compiler/syntax/foreign_words.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::StmtKind;

static const char* const kSettings[] = {"fill", "drop"};

// `fill = 0`, `drop = true`, `fill[energy, time] = median` and `missing[energy, time] = 0`.
static bool IsSetting(const ast::Stmt& stmt) {
  if (stmt.kind != StmtKind::Define || stmt.targets.size() != 1) return false;
  const ast::Expr& target = *stmt.targets[0];
  if (target.kind == ExprKind::Subscript) return NamesColumns(target);
  return target.kind == ExprKind::Name && std::find(std::begin(kSettings), std::end(kSettings), target.text) != std::end(kSettings);
}

// `species = "pion"`, or a setting that is none here.
void DataBlock::ReportText(const std::string& name, const Value& text, Span span) {
  const bool column = context_.data->schema && std::any_of(context_.data->schema->begin(), context_.data->schema->end(), [&](const ColumnInfo& info) { return info.name == name; });
  auto& report = Report(DiagnosticKind::TypeMismatch, span, "the column `" + name + "` would be " + Describe(text) + ", and columns are numbers");
  if (column) report.Help("a comparison is written with `==`, as in `y = " + InProgram(name) + " == " + Literal(text.text) + "`");
  else if (std::string near = context_.data->schema ? NearColumn(text.text, *context_.data->schema) : ""; !near.empty()) report.Help("did you mean the column `" + InProgram(near) + "`?");
  else report.Help(DataHelp(name));
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
  const size_t before = scope.entries.size(), nodes = building_.graph.nodes.size();
  if (stmt.kind == StmtKind::Define && target.kind == ExprKind::Subscript) {
    Value value = Comprehensions(*this).EvaluateIndexed(target, *stmt.value, scope, nullptr);
    Statements(*this).Define(name, value, target.span, nullptr, scope);
  } else if (stmt.kind == StmtKind::Draw) {
    Statements(*this).Define(name, Draws(*this).Drawn(*stmt.value, &stmt, scope), target.span, nullptr, scope);
  } else {
    Statements(*this).DefineTargets(stmt, scope);
    for (const auto& each : stmt.targets) shared_.used.insert(each.get());  // columns need not be used
  }
  FileColumns(*this).CheckKinds(nodes, stmt.value ? stmt.value->span : target.span);
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
    value = FileColumns(*this).KeptRows(value, scope.entries[i].span);
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
  each(expr.subscripts.where);
  each(expr.subscripts.otherwise);
  if (!expr.loop) return;
  for (const auto& state : expr.loop->states) each(state.start);
  for (const auto& stmt : expr.loop->body->statements) each(stmt.value);
}

// The files' columns that the block mentions and those that tell events apart, in the files' order; all of them where there is no block.
static std::vector<std::string> MentionedColumns(const ast::Decl& decl, const std::vector<ColumnInfo>& schema, const SourceHeader& header) {
  std::vector<std::string> known;
  for (const ColumnInfo& column : schema) known.push_back(column.name);
  bool defines = false;
  std::set<std::string> mentioned;
  if (decl.body)
    for (const ast::Stmt& stmt : decl.body->statements) {
      if (IsSetting(stmt) || stmt.kind == StmtKind::Split || !stmt.value) continue;
      defines = true;
      CollectMentioned(*stmt.value, known, mentioned);
    }
  std::erase_if(known, [&](const std::string& name) { return header.TableCountedBy(name) || (defines && mentioned.count(name) == 0 && !header.TellsEvents(name)); });
  return known;
}

// Gives each table of the source those of the columns that it holds; those that tell events apart are in all.
static void DealColumns(const std::vector<std::string>& columns, const std::vector<ColumnInfo>& schema, SourceHeader& header) {
  for (size_t table = 0; table < header.Tables(); ++table) header.Table(table).columns = table == 0 ? std::vector<std::string>() : header.rows->by;
  std::map<std::string, size_t> tables;
  for (const ColumnInfo& column : schema) tables.emplace(column.name, column.table);
  for (const std::string& name : columns) header.Table(tables.at(name)).columns.push_back(name);
}

// `group` and `each` name columns of the file, and `count` none of any.
void DataBlock::CheckRows(const EventRows& rows, const std::vector<ColumnInfo>& schema) {
  std::set<std::string> known;
  for (const ColumnInfo& column : schema) known.insert(column.name);
  const auto check = [&](const std::vector<std::string>& names, Span span, bool tells) {
    for (const std::string& name : names) {
      if (known.count(name) != 0) continue;
      const std::string help = QuotedColumnHelp(name, schema);
      const bool made = tells && NearHelp(name, schema).empty();
      Report(DiagnosticKind::UnknownColumn, span, "the file has no column `" + name + "`").Help(help + (made ? "; with `row = " + InProgram(name) + "` beside, a row's place in its file is one" : ""));
    }
  };
  check(rows.by, rows.by_span, true);
  check(rows.each, rows.each_span, false);
}

void DataBlock::CheckCounts(const SourceHeader& header, const std::vector<ColumnInfo>& schema) {
  std::map<std::string, Span> known;
  for (const ColumnInfo& column : schema) known.emplace(column.name, Span{});
  for (size_t table = 0; table < header.Tables(); ++table) {
    const auto& rows = header.Table(table).rows;
    if (!rows || !rows->AreSeveral()) continue;
    const auto [other, fresh] = known.emplace(rows->count, rows->count_span);
    if (fresh) continue;
    auto& report = Report(DiagnosticKind::Redefinition, rows->count_span, "`" + rows->count + "` " + (other->second.Valid() ? "counts the rows of another source" : "is a column of the file") + ", and `count` names a new one");
    if (other->second.Valid()) report.AddLabel(other->second, "here");
    report.Help("give the number of rows another name");
  }
}

// A further table has a column of a name that another one has: "run, event, x, energy_2".
static std::string NamesApart(const std::vector<ColumnInfo>& columns, const std::set<std::string>& taken, size_t table, const CellFormat& cells) {
  std::string names;
  for (const ColumnInfo& column : columns)
    if (!cells.Makes(column.name)) names += (names.empty() ? "" : ", ") + InProgram(column.name + (taken.count(column.name) != 0 ? "_" + std::to_string(table + 1) : ""));
  return names;
}

// What becomes of the names `taken` before.
static std::string HelpForTwice(const std::vector<ColumnInfo>& columns, const std::set<std::string>& taken, const SourceHeader& header, size_t table) {
  const CellFormat& cells = header.Table(table).cells;
  const auto made = std::find_if(taken.begin(), taken.end(), [&](const std::string& name) { return header.IsMade(name); });
  if (made != taken.end()) return "`file` and `row` make a column with a name of its own in each source; where it tells the events of all apart, it is one: `group = " + InProgram(*made) + "` in each";
  return "name the columns of one of them otherwise, here with `" + std::string(cells.header == false ? "" : "header = true, ") + "names = [" + NamesApart(columns, taken, table, cells) + "]`";
}

// The columns of one table behind those of the tables before it.
void DataBlock::AddColumns(const SourceHeader& header, size_t table, std::vector<ColumnInfo> columns, std::vector<ColumnInfo>& schema) {
  const SourceHeader& source = header.Table(table);
  const ColumnInfo* twice = nullptr;
  std::set<std::string> taken;
  for (const ColumnInfo& column : columns) {
    const auto same = std::find_if(schema.begin(), schema.end(), [&](const ColumnInfo& each) { return !each.counts && each.name == column.name; });
    if (same == schema.end() || header.TellsEvents(column.name)) continue;
    if (twice == nullptr) twice = &*same;
    taken.insert(column.name);
  }
  if (twice != nullptr)
    Report(DiagnosticKind::Redefinition, source.files.front().span,
        "`" + header.Table(twice->table).files.front().paths.front() + "` and `" + source.files.front().paths.front() + "` both have a column `" + twice->name + "`, and a name here stands for one")
        .AddLabel(header.Table(twice->table).files.front().span, "the other file")
        .Help(HelpForTwice(columns, taken, header, table));
  for (ColumnInfo& column : columns) {
    if (taken.count(column.name) != 0 || (table > 0 && header.TellsEvents(column.name))) continue;
    column.table = table;
    if (header.IsOfRows(table, column.name)) column.shape = {*source.rows->most};
    schema.push_back(std::move(column));
  }
  if (!source.rows || !source.rows->AreSeveral()) return;
  ColumnInfo count;
  count.name = source.rows->count;
  count.counts = true;
  count.table = table;
  schema.push_back(std::move(count));
}

std::optional<std::vector<ColumnInfo>> DataBlock::SchemaOf(const SourceHeader& header) {
  if (!shared_.options.schema || header.sample) return std::nullopt;
  std::vector<ColumnInfo> schema, files;
  for (size_t table = 0; table < header.Tables(); ++table) {
    std::optional<std::vector<ColumnInfo>> columns = shared_.options.schema->Columns(header.Table(table));
    if (!columns) return std::nullopt;
    if (header.Table(table).rows) CheckRows(*header.Table(table).rows, *columns);
    files.insert(files.end(), columns->begin(), columns->end());
    AddColumns(header, table, std::move(*columns), schema);
  }
  CheckCounts(header, files);
  return schema;
}

// `fill[...]` and `missing[...]` name columns that the block reads.
void DataBlock::CheckNamed(const DataState& state, const std::vector<std::string>& used) {
  std::vector<std::string> known;
  for (const ColumnInfo& column : *state.schema) known.push_back(column.name);
  const auto check = [&](const std::string& word, const std::string& name, Span span, const char* none) {
    if (state.header.IsMade(name)) {
      bool row = false;
      for (size_t table = 0; table < state.header.Tables(); ++table) row = row || state.header.Table(table).cells.row == name;
      Report(DiagnosticKind::UnknownColumn, span, "`" + name + "` says which " + (row ? "row of its file an event is" : "file an event is from") + ", which is never missing");
      return;
    }
    if (state.header.TellsEvents(name) || state.header.TableCountedBy(name)) {
      Report(DiagnosticKind::UnknownColumn, span, "`" + name + "` says which rows make an event, and " + none);
      return;
    }
    if (std::find(used.begin(), used.end(), name) != used.end()) return;
    bool in_file = std::find(known.begin(), known.end(), name) != known.end();
    auto& report = Report(in_file ? DiagnosticKind::UnusedDefinition : DiagnosticKind::UnknownColumn, span,
        in_file ? "`" + word + "` names the column `" + name + "`, which nothing here reads" : "the file has no column `" + name + "`");
    if (in_file) return;
    const std::string near = ClosestName(name, known);
    report.Help(near.empty() ? WhatTheFileHas(*state.schema) : "did you mean `" + near + "`?");
  };
  for (const SourceHeader::NamedFill& fill : state.header.fills) check("fill", fill.column, fill.span, "lacks nothing that could be filled");
  for (const SourceHeader::NamedMarks& marks : state.header.marks) check("missing", marks.column, marks.span, "a row without a value there is a mistake");
}

namespace {

// `kind == "K" or kind == "kaon"` names one label that is written in two ways, perhaps in two files: where that is all that becomes of the
// comparisons.
class Spellings {
 public:
  Spellings(const ir::Graph& graph, std::vector<RawColumn>& columns) : graph_(graph), kinds_(graph.nodes.size(), Kind::Other) {
    for (RawColumn& column : columns)
      if (column.kind == RawColumn::Kind::Equals) compared_[column.input] = &column;
  }

  void Find() {
    if (compared_.size() < 2) return;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) kinds_[i] = KindOf(graph_.nodes[i]);
    for (size_t i = 0; i < graph_.nodes.size(); ++i)
      if (kinds_[i] == Kind::Other)
        for (NodeId operand : ir::Operands(graph_.nodes[i])) Use(operand);
    for (const ir::Output& output : graph_.outputs) Use(output.node);
    for (auto& [input, column] : compared_)
      if (alone_.count(input) != 0) column->spellings = nullptr;
  }

 private:
  enum class Kind : uint8_t {
    Other,
    Compared,  // a comparison of a column with a text, or a name of one
    Either,    // an `or` of such alone
  };

  Kind KindOf(const ir::Node& node) const {
    if (node.op() == ir::Node::Op::Input) return compared_.count(node.input().name) != 0 ? Kind::Compared : Kind::Other;
    if (node.op() != ir::Node::Op::Comp) return Kind::Other;
    Kind kind = Kind::Compared;
    for (const ir::Scalar& step : node.comp().body) {
      const bool is_or = step.kind == ir::Scalar::Kind::Call && step.fn == ir::ScalarFn::Or;
      if (!is_or && step.kind != ir::Scalar::Kind::Access) return Kind::Other;
      if (is_or) kind = Kind::Either;
    }
    for (NodeId operand : ir::Operands(node)) {
      if (kinds_[static_cast<size_t>(operand)] == Kind::Other) return Kind::Other;
      if (kinds_[static_cast<size_t>(operand)] == Kind::Either) kind = Kind::Either;
    }
    return kind;
  }

  // What is read by something else than an `or`: the labels of each column that it joins are one to it.
  void Use(NodeId id) {
    if (kinds_[static_cast<size_t>(id)] == Kind::Other || !used_.insert(id).second) return;
    std::vector<NodeId> left = {id};
    std::set<NodeId> met = {id};
    std::map<std::string, std::set<std::string>> labels;  // by column
    std::vector<RawColumn*> columns;
    while (!left.empty()) {
      const ir::Node& node = graph_[left.back()];
      left.pop_back();
      if (node.op() == ir::Node::Op::Input) {
        columns.push_back(compared_.at(node.input().name));
        labels[columns.back()->column].insert(columns.back()->text);
      }
      for (NodeId operand : ir::Operands(node))
        if (met.insert(operand).second) left.push_back(operand);
    }
    std::map<std::string, std::shared_ptr<const std::set<std::string>>> shared;
    for (auto& [column, texts] : labels)
      if (texts.size() > 1) shared[column] = std::make_shared<const std::set<std::string>>(std::move(texts));
    for (RawColumn* column : columns) Join(*column, shared[column->column]);
  }

  // Where several read the comparison, what is the same to all of them.
  void Join(RawColumn& column, const std::shared_ptr<const std::set<std::string>>& labels) {
    if (!labels) {
      alone_.insert(column.input);
    } else if (!column.spellings) {
      column.spellings = labels;
    } else {
      std::set<std::string> common;
      std::set_intersection(labels->begin(), labels->end(), column.spellings->begin(), column.spellings->end(), std::inserter(common, common.end()));
      column.spellings = std::make_shared<const std::set<std::string>>(std::move(common));
    }
  }

  const ir::Graph& graph_;
  std::map<std::string, RawColumn*> compared_;  // by input
  std::vector<Kind> kinds_;
  std::set<NodeId> used_;
  std::set<std::string> alone_;  // inputs that something reads by themselves
};

}  // namespace

std::optional<DataSource> DataBlock::Data(const ast::Decl& decl, const std::string& symbol, int number) {
  size_t errors = Mistakes();
  auto header = DataHeader(*this).Header(decl);
  if (!header) return std::nullopt;
  DataState state;
  state.decl = &decl;
  state.header = *header;
  if (shared_.options.schema && !header->sample) {
    state.schema = SchemaOf(*header);
    if (!state.schema) return std::nullopt;
    const std::vector<std::string> mentioned = MentionedColumns(decl, *state.schema, *header);
    DealColumns(mentioned, *state.schema, state.header);
    CheckNamed(state, mentioned);
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
  Spellings(building.graph, state.raw).Find();
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
    if (entry.name == "weight" && !Positional(value).empty()) {
      Report(DiagnosticKind::NotAScalar, entry.span, "`weight` is one number of an event, and this is " + Describe(value));
      continue;
    }
    const Value aligned = Align(value, {building_.event}, Positional(value));
    building_.graph.outputs.push_back({entry.name, aligned.node, ir::kNoNode});
    source.fields.push_back({entry.name, Positional(value), LabelsOf(building_.graph, aligned.node, LabelInputs(*context_.data, building_)), entry.span});
    source.has_weight |= entry.name == "weight";
  }
  auto behind = [&](const std::string& field) {
    auto output = std::find_if(building_.graph.outputs.begin(), building_.graph.outputs.end(), [&](const ir::Output& each) { return each.name == field; });
    return ir::BehindNames(building_.graph, output->node);
  };
  for (const DataSource::Field& field : source.fields)
    if (source.has_weight && behind(field.name) == behind("weight")) source.weights.push_back(field.name);
  Checks(*this).CheckSizes(building_.graph, decl.name_span);
  Checks(*this).CheckEventSizes(building_.graph, decl.name_span);
}

}  // namespace nnc::sema
