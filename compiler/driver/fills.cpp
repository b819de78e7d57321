#include "compiler/driver/fills.h"

#include <algorithm>
#include <utility>

#include "runtime/names.h"

namespace nnc::driver {

std::string LabelKey(const std::string& source, const std::string& column) { return source + "." + column; }

runtime::FillValue FillFor(const sema::FillRule& rule, const runtime::Table& table, const runtime::Column& column, const std::vector<int64_t>& rows) {
  using Kind = sema::FillRule::Kind;
  switch (rule.kind) {
    case Kind::Number: return {false, rule.number, ""};
    case Kind::Label: return {true, 0, rule.label};
    case Kind::Mean: return runtime::FitFill(table, column, runtime::FillFigure::Mean, rows);
    case Kind::Median: return runtime::FitFill(table, column, runtime::FillFigure::Median, rows);
    case Kind::MostFrequent: break;
  }
  return runtime::FitFill(table, column, runtime::FillFigure::MostFrequent, rows);
}

void FillNamed(const sema::SourceHeader& source, const Fills* given, SourceEvents& events, Span* span) {
  for (const auto& fill : source.fills)
    for (size_t number = 0; number < events.tables.size(); ++number) {
      *span = fill.span;
      std::string key = LabelKey(source.name, fill.column);
      EventTable& rows_of = events.tables[number];
      runtime::Table& table = rows_of.table;
      auto column = std::find_if(table.columns.begin(), table.columns.end(), [&](const auto& c) { return c.name == fill.column; });
      if (column == table.columns.end()) continue;
      auto stored = given == nullptr ? Fills::const_iterator() : given->find(key);
      bool known = given != nullptr && stored != given->end();
      runtime::FillValue value = known ? stored->second : FillFor(fill.rule, table, *column, RowsThatCount(source.Table(number), rows_of.grouping, fill.column, TrainOf(rows_of.parts)));
      runtime::FillUnusable(table, *column, value);
      events.fills.emplace(std::move(key), std::move(value));
    }
}

FillSettings FillsFor(const std::vector<std::string>& columns, const runtime::Table& table, const std::string& label) {
  FillSettings fills;
  std::string numbers, texts;
  for (const std::string& name : columns) {
    const auto column = std::find_if(table.columns.begin(), table.columns.end(), [&](const runtime::Column& each) { return each.name == name; });
    if (column == table.columns.end() || column->unusable.empty()) continue;
    std::string& list = column->is_text ? texts : numbers;
    list += (list.empty() ? "" : ", ") + runtime::InProgram(name);
    ++fills.columns;
  }
  if (!numbers.empty()) fills.text = "`fill[" + numbers + "] = median`";
  if (!texts.empty()) fills.text += (numbers.empty() ? "`fill[" : " and `fill[") + texts + "] = " + label + "`";
  return fills;
}

bool HasNoValue(const runtime::Column& column) { return column.rows > 0 && column.unusable.size() == static_cast<size_t>(column.rows); }

std::string LeftOutHint(const std::vector<sema::RawColumn>& columns, const runtime::Table& table, const SourceManager& sources) {
  std::vector<std::string> names;
  std::string all;  // but these
  for (const sema::RawColumn& raw : columns)
    for (const std::string& name : raw.FileColumns()) {
      const runtime::Column* column = table.Find(name);
      if (column == nullptr || !HasNoValue(*column) || std::find(names.begin(), names.end(), name) != names.end()) continue;
      names.push_back(name);
      if (raw.unnamed && sources.Text(raw.span).starts_with("all except ")) all = sources.Text(raw.span);
    }
  if (names.empty()) return "";
  std::string list, more;
  for (size_t i = 0; i < names.size(); ++i) {
    list += (i == 0 ? "`" : i + 1 == names.size() ? " and `" : ", `") + names[i] + "`";
    more += ", " + runtime::InProgram(names[i]);
  }
  return "no event has a value in " + list + ": leave " + (names.size() == 1 ? "it" : "them") + " out" + (all.empty() ? "" : ", `" + all + more + "`");
}

}  // namespace nnc::driver
