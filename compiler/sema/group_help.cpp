// What helps where sources stand together and one does not say which event a row belongs to: a column that all files have, or the rows' places.
#include <algorithm>
#include <set>

#include "compiler/sema/builtins.h"
#include "compiler/sema/data_header.h"
#include "compiler/sema/file_columns.h"

namespace nnc::sema {

// Whether its columns are called c0, c1, ...
static bool IsUnnamed(const SourceHeader& source) { return source.cells.header == false && source.cells.names.empty(); }

// The column that says of each row which one of its file it is, where the sources that say anything all go by it alone: as they call it, or a free
// name. Empty where they go by others.
static std::string RowsName(const SourceHeader& all, const std::set<std::string>& taken) {
  std::string name;
  for (size_t table = 0; table < all.Tables(); ++table) {
    const SourceHeader& source = all.Table(table);
    if (!source.rows) continue;
    if (source.rows->by != std::vector<std::string>{source.cells.row}) return "";
    name = source.cells.row;
  }
  if (!name.empty()) return name;
  for (const char* free : {"row", "number", "line", "place", "row_number", "row_of_file"})
    if (taken.count(free) == 0) return free;
  return "";
}

// Names for the columns of a file that gives them none: what the block calls otherwise unknown, where it can be but one column; else by place, behind
// a letter that begins no other column.
static std::string NamesFor(const std::vector<ColumnInfo>& columns, const std::vector<std::string>& unknown, std::set<std::string>& taken) {
  std::vector<size_t> numbers;
  for (size_t i = 0; i < columns.size(); ++i)
    if (!columns[i].text) numbers.push_back(i);
  const size_t meant = unknown.size() != 1 ? columns.size() : columns.size() == 1 ? 0 : numbers.size() == 1 ? numbers.front() : columns.size();
  std::string letter = "d";
  while (letter[0] < 'z' && std::any_of(taken.begin(), taken.end(), [&](const std::string& name) { return name.size() > 1 && name.starts_with(letter) && name.find_first_not_of("0123456789", 1) == name.npos; })) ++letter[0];
  std::string list;
  for (size_t i = 0; i < columns.size(); ++i) list += (i == 0 ? "" : ", ") + (i == meant ? InProgram(unknown.front()) : letter + std::to_string(i));
  taken.insert(letter + "0");
  return "[" + list + "]";
}

// The source in one line, with these settings behind.
static std::string SourceWith(const ast::Expr& source, const SourceManager& sources, const std::string& settings) {
  std::string line;
  const auto add = [&](std::string_view text) {
    for (char c : text)
      if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) line += c;
      else if (line.back() != ' ' && line.back() != '[') line += ' ';
  };
  add(sources.Text(source.operands[0]->span));
  line += "{";
  for (const ast::Argument& argument : source.arguments) {
    line += (line.back() == '{' ? "" : ", ") + (argument.name.empty() ? "" : argument.name + " = ");
    add(sources.Text(argument.value->span));
  }
  return line + (settings.empty() ? "" : ", " + settings) + "}";
}

// What the block calls by name, and neither a file nor the language knows.
std::vector<std::string> DataHeader::UnknownNames(const SourceHeader& all, const std::set<std::string>& known) {
  std::vector<std::string> unknown;
  for (const std::string& name : all.mentioned) {
    const bool of_fills = name == "median" || name == "most_frequent";
    if (known.count(name) == 0 && !of_fills && shared_.declarations.Find(name) == nullptr && !Builtins(*this).IsBuiltin(name) && !Builtins(*this).BuiltinConstant(name)) unknown.push_back(name);
  }
  return unknown;
}

// What each source says besides, where the row of a number is of one event in all files. Nothing where others than these are said.
std::vector<std::string> DataHeader::PairingSettings(const SourceHeader& all, const std::vector<std::vector<ColumnInfo>>& tables) {
  std::set<std::string> known, taken(all.mentioned.begin(), all.mentioned.end());
  size_t widest = tables.size();  // of those without names: it keeps those by place
  for (size_t table = 0; table < tables.size(); ++table) {
    for (const ColumnInfo& column : tables[table]) known.insert(column.name);
    if (IsUnnamed(all.Table(table)) && (widest == tables.size() || tables[table].size() > tables[widest].size())) widest = table;
  }
  taken.insert(known.begin(), known.end());
  const std::string row = RowsName(all, taken);
  if (row.empty()) return {};
  std::vector<std::string> settings, unknown = UnknownNames(all, known);
  for (size_t table = 0; table < tables.size(); ++table) {
    const SourceHeader& source = all.Table(table);
    std::string names;
    if (IsUnnamed(source) && table != widest) {
      names = "names = " + NamesFor(tables[table], unknown, taken) + ", ";
      unknown.clear();
    }
    const std::string made = source.cells.row.empty() ? "row = " + row + ", " : "";
    settings.push_back(source.rows ? "" : names + made + "group = " + (source.cells.row.empty() ? row : source.cells.row));
  }
  return settings;
}

void DataHeader::ReportNoGroup(const std::vector<const ast::Expr*>& sources, const SourceHeader& all, size_t without) {
  constexpr DiagnosticKind kKind = DiagnosticKind::MissingArgument;
  const std::string message = "sources that stand together say which event a row belongs to, and `group` is not given here", place = "row i of each file is of one event";
  const auto tell = [&](std::string help) -> Diagnostic& { return Report(kKind, sources[without]->span, message).Help(std::move(help)); };
  std::vector<std::vector<ColumnInfo>> tables;
  std::set<std::string> common;
  bool named = true;
  for (size_t table = 0; table < all.Tables(); ++table) {
    const SourceHeader& source = all.Table(table);
    const size_t before = shared_.diagnostics.All().size();
    auto columns = shared_.options.schema && !source.files.empty() ? shared_.options.schema->Columns(source) : std::nullopt;
    if (!columns) {
      // What a setting cures is told alone: once it is there, the columns are known.
      const auto& told = shared_.diagnostics.All();
      if (std::any_of(told.begin() + static_cast<std::ptrdiff_t>(std::min(before, told.size())), told.end(), [](const Diagnostic& each) { return !each.setting.empty() && Row(each.kind).severity == Severity::Error; })) return;
      const SourceHeader& here = all.Table(without);
      tell("as in `csv{\"" + (here.files.empty() ? "hits.csv" : here.files.front().paths.front()) + "\", group = event, ...}`, in each of them");
      return;
    }
    std::erase_if(*columns, [&](const ColumnInfo& column) { return source.cells.Makes(column.name); });
    std::set<std::string> names;
    for (const ColumnInfo& column : *columns)
      if (table == 0 || common.count(column.name) != 0) names.insert(column.name);
    common = std::move(names);
    named = named && !IsUnnamed(source);
    tables.push_back(std::move(*columns));
  }
  const std::vector<std::string> settings = PairingSettings(all, tables);
  if (named && !common.empty()) {
    const auto first = std::find_if(tables[0].begin(), tables[0].end(), [&](const ColumnInfo& column) { return common.count(column.name) != 0; });
    const std::string group = "group = " + InProgram(first->name);
    tell("all have the column `" + InProgram(first->name) + "`: if it tells the events apart, write `" + group + "` in each of them" + (settings.empty() ? "" : "; if " + place + ", `" + settings[without] + "`"));
    return;
  }
  const std::string beforehand = std::string(named ? "they have no column in common" : "columns without names tell nothing apart") + ": if " + place;
  if (settings.empty()) {
    tell(beforehand + ", `row = NAME, group = NAME` in each of them says so");
    return;
  }
  std::string proposed;
  for (size_t table = 0; table < tables.size(); ++table) proposed += (table == 0 ? "" : " and ") + SourceWith(*sources[table], shared_.sources, settings[table]);
  tell(beforehand + ", the sources are `" + proposed + "`").setting = settings[without];
}

}  // namespace nnc::sema
