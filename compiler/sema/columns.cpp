// Columns of the file under elaboration: as numbers, by their labels, many as one array, and all but some.
#include "compiler/sema/columns.h"

#include <algorithm>

#include "compiler/sema/expressions.h"
#include "compiler/sema/file_columns.h"

namespace nnc::sema {

using ast::ExprKind;

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

// A number for each label of the column.
static std::string Numbered(const ColumnInfo& text) { return "encode(" + InProgram(text.name) + (text.many || text.rare ? ", unseen = \"other\")" : ")"); }

Value FileColumns::ColumnAsNumber(const std::string& name, Span span) {
  RawColumn column;
  column.column = name;
  column.input = context_.data->header.name + ".raw." + name;
  column.span = span;
  column.unnamed = context_.data->unnamed.count(name) != 0;
  if (context_.data->schema)
    for (const ColumnInfo& info : *context_.data->schema)
      if (info.name == name) {
        column.shape = info.shape;
        column.single = info.single;
        if (info.text) {
          auto& report = Report(DiagnosticKind::TypeMismatch, span, "the column `" + name + "` holds text, and a number is needed here" + FirstLabel(info));
          report.setting = info.setting;
          report.instead = {{span, Numbered(info)}};
          if (!info.cure.empty()) report.Help(info.cure);
          else if (info.many) report.Help("it has nearly as many labels as events, which tell no classes apart: leave it out, or write numbers in its place");
          else report.Help("compare it, as in `" + InProgram(name) + " == " + Literal(info.label.empty() ? "..." : info.label) + "`, or number its labels with `encode(" + InProgram(name) +
                  ")` or `onehot(" + InProgram(name) + ")`");
          return Poison();
        }
      }
  return FileColumnValue(column);
}

// Many columns of a file enter as one array, which costs no more than a column; few, each by itself, so that the exported function takes
// them by name. Nothing for a list of something else, or where single columns are filled or have marks of their own.
std::optional<Value> FileColumns::ColumnsAsArray(const Value& list) {
  constexpr size_t kFewest = 64;
  if (!context_.data || !context_.data->schema || list.items.size() < kFewest || context_.data->header.fill || !context_.data->header.fills.empty() || !context_.data->header.marks.empty()) return std::nullopt;
  std::map<std::string, size_t> scalars;  // with their tables
  for (const ColumnInfo& info : *context_.data->schema)
    if (info.shape.empty() && !info.text && !info.counts) scalars.emplace(info.name, info.table);
  RawColumn array;
  for (const Value& item : list.items) {
    const auto known = item.kind == Value::Kind::FileColumn ? scalars.find(item.text) : scalars.end();
    if (known == scalars.end() || (!array.columns.empty() && known->second != array.table)) return std::nullopt;
    array.table = known->second;
    array.columns.push_back(item.text);
    array.unnamed |= context_.data->unnamed.count(item.text) != 0;
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
  return FileColumnValue(column);
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
  column.counts = context_.data->header.TableCountedBy(value.text).has_value();
  column.table = TableHolding(value.text);
  column.span = expr.span;
  if (!ReadUnseen(function, expr, column)) return Poison();
  column.input = context_.data->header.name + ".raw.encode(" + column.Dictionary() + ")";
  const Value number = FileColumnValue(column);
  if (function == "encode") return number;
  Dim classes = Dim::Symbol("classes(" + column.Dictionary() + ")");
  if (shared_.options.schema && context_.data->schema) {
    auto count = shared_.options.schema->ClassCount(context_.data->header, column);
    if (!count) {
      TellOfParts(shared_.diagnostics, context_.data->header);
      return Poison();
    }
    classes = Dim(*count);
  }
  int k = building_.indices.AddKnown("", classes, expr.span);
  std::vector<int> order = {building_.event};
  Value label = number;
  if (const Shape rows = Positional(number); !rows.empty()) {
    order.push_back(building_.indices.AddKnown("", rows.front(), expr.span));
    label = AccessAt(number, {{AxisItem::Kind::At, {{{order.back(), 1}}, 0}, {}, expr.span}}, nullptr, expr.span, expr.span);
  }
  order.push_back(k);
  Value hot = Align(Map(ScalarFn::Eq, {label, Value::OfIndex({{{k, 1}}, 0})}, {expr.span, expr.span}, "compare"), order, {});
  hot.bound = {building_.event};
  return KeptRows(hot, expr.span);
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
    if (excepted.count(name) || context_.data->header.TellsEvents(name) || context_.data->header.TableCountedBy(name) || context_.data->header.IsMade(name)) continue;
    context_.data->unnamed.insert(name);
    list.items.push_back(Value::OfText(Value::Kind::FileColumn, name));
    list.items.back().origin = expr.span;
  }
  return AsTensor(list, expr.span);
}

// "`a`, `b` and `c`", or "`a`, `b`, `c` and 4 more".
static std::string Enumerated(const std::vector<std::string>& names, size_t more = 0) {
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) list += (i == 0 ? "`" : i + 1 == names.size() && more == 0 ? " and `" : ", `") + names[i] + "`";
  return list + (more == 0 ? "" : " and " + std::to_string(more) + " more");
}

// What makes numbers of columns of text, as list items: those that nearly every event has another label of are `left` out.
static std::string NumberedLabels(const std::vector<const ColumnInfo*>& texts, std::vector<std::string>& left) {
  std::string items;
  for (const ColumnInfo* text : texts) {
    if (text->many) left.push_back(text->name);
    else items += ", onehot(" + InProgram(text->name) + (text->rare ? ", unseen = \"other\")" : ")");
  }
  return items;
}

// `all except y` with its columns of text by numbers for their labels.
static std::string WithLabelsNumbered(const std::string& numbers, const std::vector<const ColumnInfo*>& texts) {
  std::string names, encoded;
  for (const ColumnInfo* text : texts) {
    names += ", " + InProgram(text->name);
    encoded += ", " + Numbered(*text);
  }
  return "[(" + numbers + names + ")" + encoded + "]";
}

// The units of several columns in one setting.
static std::string UnitsOfAll(const std::vector<const ColumnInfo*>& texts) {
  std::vector<std::string> units;
  for (const ColumnInfo* text : texts)
    for (const std::string& unit : text->units)
      if (std::find(units.begin(), units.end(), unit) == units.end()) units.push_back(unit);
  std::string list;
  for (const std::string& unit : units) list += (list.empty() ? "\"" : ", \"") + unit + "\"";
  return units.size() < 2 ? "" : "units = [" + list + "]";
}

// The columns' cures, each once, the first ones.
static std::string CuresOf(const std::vector<const ColumnInfo*>& texts) {
  constexpr size_t kMost = 4;
  std::vector<std::string> cures;
  for (const ColumnInfo* text : texts)
    if (!text->cure.empty() && std::find(cures.begin(), cures.end(), text->cure) == cures.end() && cures.size() < kMost) cures.push_back(text->cure);
  std::string list;
  for (const std::string& cure : cures) list += (list.empty() ? "" : "; ") + cure;
  const std::string units = UnitsOfAll(texts);
  return list + (cures.size() > 1 && !units.empty() ? "; together they are `" + units + "`" : "");
}

// Columns of text among the numbers of a list, told all at once. False if there are less than two.
bool FileColumns::ReportTextColumns(const Value& list, Span span) {
  if (!context_.data || !context_.data->schema) return false;
  constexpr size_t kMost = 12, kMostCured = 100;  // columns that the message names, and the help
  std::vector<const ColumnInfo*> texts;
  const ColumnInfo* shown = nullptr;  // the first that has a cure, or the first
  for (const Value& item : list.items)
    for (const ColumnInfo& info : *context_.data->schema) {
      if (item.kind != Value::Kind::FileColumn || !info.text || info.name != item.text) continue;
      texts.push_back(&info);
      if (shown == nullptr || (shown->cure.empty() && !info.cure.empty())) shown = &info;
    }
  const bool of_all = list.places.empty() && shared_.sources.Text(span).starts_with("all except");
  if (texts.empty() || (texts.size() < 2 && !of_all)) return false;
  const size_t all = texts.size();
  std::vector<Label> instead = of_all ? std::vector<Label>{{span, WithLabelsNumbered(std::string(shared_.sources.Text(span)), texts)}} : std::vector<Label>();
  for (size_t i = 0; i < list.places.size(); ++i)
    for (const ColumnInfo* text : texts)
      if (list.items[i].kind == Value::Kind::FileColumn && list.items[i].text == text->name) instead.push_back({list.places[i], Numbered(*text)});
  texts.resize(std::min(all, kMostCured));
  std::string names, numbers(shared_.sources.Text(span));
  std::vector<std::string> columns, left;
  for (const ColumnInfo* text : texts) {
    if (columns.size() < kMost) columns.push_back(text->name);
    names += (names.empty() ? "" : ", ") + InProgram(text->name);
  }
  const std::string hot = NumberedLabels(texts, left);
  auto& report = Report(DiagnosticKind::TypeMismatch, span, (all == 1 ? "the column " : "the columns ") + Enumerated(columns, all - columns.size()) + (all == 1 ? " holds" : " hold") + " text, and numbers are needed here" + FirstLabel(*shown) + (shown->row == 0 ? "" : " in `" + shown->name + "`"));
  const std::string none = left.empty() ? "" : Enumerated(left) + (left.size() == 1 ? " has" : " have") + " nearly as many labels as events: leave " + (left.size() == 1 ? "it" : "them") + " out";
  report.instead = std::move(instead);
  std::set<std::string> settings;
  for (const ColumnInfo* text : texts)
    if (!text->setting.empty() && settings.insert(text->setting).second) report.setting += (report.setting.empty() ? "" : ", ") + text->setting;
  if (!shown->cure.empty()) report.Help(CuresOf(texts));
  else if (list.places.empty() && all == list.items.size() && left.empty() && all == texts.size()) report.Help("number their labels: `[" + hot.substr(2) + "]`");
  else if (of_all)
    report.Help(none + (none.empty() ? (all == 1 ? "leave it out, or number its labels: `" : "leave them out, or number their labels: `") : hot.empty() ? ", `" : ", and number the others' labels: `") + (hot.empty() ? numbers + ", " + names : "[(" + numbers + ", " + names + ")" + hot + "]") + "`");
  else report.Help(none + (none.empty() || hot.empty() ? "" : "; ") + (hot.empty() ? "" : "number their labels: `" + hot.substr(2) + "`"));
  return true;
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

}  // namespace nnc::sema
