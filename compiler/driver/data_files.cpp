#include "compiler/driver/data_files.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/csv_column.h"
#include "runtime/csv_remarks.h"
#include "runtime/csv_text.h"
#include "runtime/file_bytes.h"
#include "runtime/idx.h"
#include "runtime/names.h"
#include "runtime/totals.h"

namespace nnc::driver {

using runtime::DataError;
using runtime::DataErrorKind;

// What a file is called in `replaced`: toy, toy.test, digits.test.1.
static std::string FileKey(const sema::SourceHeader& source, const sema::SourceHeader::FilePart& part, size_t number) {
  std::string key = source.name;
  if (!part.part.empty()) key += "." + part.part;
  if (part.paths.size() > 1) key += "." + std::to_string(number);
  return key;
}

sema::SourceHeader DataFiles::Resolve(sema::SourceHeader source) const {
  for (sema::SourceHeader& other : source.beside) other = Resolve(std::move(other));
  auto whole = replaced_.find(source.name);
  if (whole != replaced_.end() && !source.files.empty()) {
    if (source.files.size() == 1 && source.files[0].paths == std::vector<std::string>{whole->second}) return source;
    source.ReplaceFiles(whole->second, "");
    return source;
  }
  for (auto& part : source.files) {
    auto named = replaced_.find(source.name + "." + part.part);
    if (named != replaced_.end()) {
      if (part.paths.size() > 1) part.labels = {named->second};
      part.paths = {named->second};
    }
    for (size_t i = 0; i < part.paths.size(); ++i) {
      auto file = replaced_.find(FileKey(source, part, i));
      if (file != replaced_.end()) part.paths[i] = file->second;
    }
  }
  return source;
}

// A name given by --data that no source read from files has.
void DataFiles::ReportReplacement(const std::string& name, const std::string& path, const std::vector<sema::SourceHeader>& sources, std::vector<std::string> known) {
  for (const sema::SourceHeader& source : sources)
    if (source.sample && source.name == name) {
      session_.Report(DiagnosticKind::UsageError, {}, "--data names `" + name + "`, whose events the program draws itself: it reads no file");
      return;
    }
  Diagnostic& diagnostic = session_.Report(DiagnosticKind::UsageError, {}, "--data names `" + name + "`, which no data source read from files is called");
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  if (known.empty()) return;
  std::string closest = ClosestName(name, known), list;
  if (known.size() == 1) closest = known.front();
  for (const std::string& each : known) list += (list.empty() ? "`" : ", `") + each + "`";
  diagnostic.Help(closest.empty() ? "there are " + list : "did you mean `--data " + closest + "=" + path + "`?" + (known.size() == 1 ? "" : " There are " + list));
}

void DataFiles::CheckReplacements(const std::vector<sema::SourceHeader>& sources) {
  std::vector<std::string> known;
  for (const sema::SourceHeader& source : sources) {
    for (size_t number = 0; !source.sample && number < source.Tables(); ++number) {
      const sema::SourceHeader& table = source.Table(number);
      known.push_back(table.name);
      for (const auto& part : table.files) {
        if (!part.part.empty()) known.push_back(table.name + "." + part.part);
        for (size_t i = 0; i < part.paths.size(); ++i) known.push_back(FileKey(table, part, i));
      }
    }
  }
  for (const auto& [name, path] : replaced_) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    ReportReplacement(name, path, sources, known);
  }
}

std::string DataFiles::Find(const sema::SourceHeader& source, const std::string& path) const {
  for (const auto& [name, replacement] : replaced_)
    if (replacement == path) return runtime::FindDataFile(path, "").string();  // given on the command line: relative to where that was typed
  return runtime::FindDataFile(path, source.folder.empty() ? "." : source.folder).string();
}

std::map<std::string, std::string> DataFiles::Paths(const sema::SourceHeader& given) {
  std::map<std::string, std::string> paths;
  sema::SourceHeader source = Resolve(given);
  for (const auto& part : source.files)
    for (size_t i = 0; i < part.paths.size(); ++i)
      if (std::string file = Find(source, part.paths[i]); runtime::CanReadTwice(file))
        paths[FileKey(source, part, i)] = std::filesystem::absolute(file).lexically_normal().string();
  for (const sema::SourceHeader& other : source.beside) paths.merge(Paths(other));
  return paths;
}

// A file that the command line names and that is not there is no mistake of the program's.
void DataFiles::Report(const DataError& error, Span span) {
  bool named_there = false;
  for (const auto& [name, path] : replaced_) named_there = named_there || path == error.where.file;
  session_.Report(error, named_there && error.kind == DataErrorKind::FileNotFound ? Span{} : span);
}

static void RequireImageAndLabel(const sema::SourceHeader::FilePart& part) {
  if (part.paths.size() != 1 && part.paths.size() != 2)
    throw DataError(DataErrorKind::MalformedData, "an IDX source has a file of images and a file of labels, not " + std::to_string(part.paths.size()) + " files");
}

runtime::Notation NotationOf(const sema::CellFormat& cells) {
  runtime::Notation notation{cells.decimal, cells.thousands, {}};
  for (const sema::CellFormat::Unit& unit : cells.units) notation.units.push_back({unit.text, unit.worth});
  return notation;
}

runtime::CsvOptions DataFiles::OptionsFor(const sema::SourceHeader& source, std::vector<std::string> wanted) const {
  runtime::CsvOptions options;
  options.wanted = std::move(wanted);
  options.mentioned = source.mentioned;
  options.names = source.cells.names;
  options.header = source.cells.header;
  options.separator = source.cells.separator;
  options.notation = NotationOf(source.cells);
  options.encoding = source.cells.encoding;
  for (const sema::CellFormat::Replacement& each : source.cells.replacements) options.replacements.push_back({each.pattern, each.by});
  options.widths = source.cells.widths;
  if (!options.widths.empty()) options.separator = runtime::kFieldSeparator;
  options.skip = source.cells.skip;
  options.skip_lines = source.cells.skip_lines;
  options.comments = source.cells.comments;
  options.missing = source.cells.missing;
  for (const auto& named : source.marks) options.missing_in.emplace(named.column, named.marks);
  if (source.rows) options.unmarked = source.rows->by;
  if (auto header = headers_.find(source.name); header != headers_.end()) options.replaced = header->second;
  options.file_column = source.cells.file;
  options.row_column = source.cells.row;
  if (auto known = columns_.find(source.name); known != columns_.end()) options.columns = known->second.size() - source.cells.Made();
  if (auto texts = texts_.find(source.name); texts != texts_.end()) options.texts.assign(texts->second.begin(), texts->second.end());
  if (auto labels = labels_.find(source.name); labels != labels_.end()) options.labels.assign(labels->second.begin(), labels->second.end());
  return options;
}

runtime::UnseenLabels UnseenOf(const sema::RawColumn& column) { return {column.unseen, column.rare}; }

const std::string* DataFiles::Stream(const std::string& path) {
  if (runtime::CanReadTwice(path)) return nullptr;
  auto known = streams_.find(path);
  if (known == streams_.end()) known = streams_.emplace(path, runtime::ReadFileBytes(path)).first;
  return &known->second;
}

std::vector<std::string> DataFiles::CellNames(const sema::SourceHeader& source, const std::string& path) {
  runtime::CsvOptions options = OptionsFor(source, {});
  options.shown_as = path;
  const std::string* stream = Stream(path);
  return stream == nullptr ? runtime::ReadCsvNames(path, options) : runtime::ParseCsvNames(*stream, options);
}

std::vector<std::string> DataFiles::ReplacedHeader(const sema::SourceHeader& source, const std::string& path) {
  runtime::CsvOptions options = OptionsFor(source, {});
  options.shown_as = path;
  const std::string* stream = Stream(path);
  return stream == nullptr ? runtime::ReadReplacedHeader(path, options) : runtime::ParseReplacedHeader(*stream, options);
}

void DataFiles::DescribeHeader(const sema::SourceHeader& source, const std::string& path, std::vector<sema::ColumnInfo>& columns) {
  if (columns.empty()) return;
  runtime::CsvOptions options = OptionsFor(source, {});
  options.shown_as = path;
  const std::string beginning = runtime::CsvText(Beginning(path), options, false);
  columns.front().separator = source.cells.widths.empty() ? runtime::SeparatorOf(beginning, options) : 0;
  if (std::any_of(columns.begin(), columns.end(), [](const sema::ColumnInfo& column) { return column.row == 1; })) columns.front().header_skipped = runtime::HeaderSkipped(beginning, options);
  const std::string above = runtime::RemarksAbove(beginning, options).sign, remark = above.empty() ? "#" : above;
  if (!columns.front().name.starts_with(remark) || !source.cells.comments.empty()) return;
  if (remark == "#") columns.front().remarked = runtime::NamesInRemarks(beginning, {remark});
  if (columns.front().remarked.empty() && runtime::HasHeaderBelowRemarks(beginning, remark)) columns.front().remark = remark;
}

std::vector<runtime::TextColumn> DataFiles::TextColumns(const sema::SourceHeader& source, const std::string& path, const std::string& label) {
  runtime::CsvOptions options = OptionsFor(source, {});
  options.shown_as = path;
  options.file_label = label;
  const std::string* stream = Stream(path);
  return stream == nullptr ? runtime::ReadCsvTextColumns(path, options) : runtime::ParseCsvTextColumns(*stream, options);
}

std::string DataFiles::Beginning(const std::string& path) {
  constexpr int64_t kEnough = 1 << 16;
  const std::string* stream = Stream(path);
  return stream == nullptr ? runtime::ReadFileBytes(path, kEnough) : stream->substr(0, kEnough);
}

runtime::Table DataFiles::ReadCells(const sema::SourceHeader& source, const std::string& path, const std::string& label, const std::vector<std::string>& columns) {
  runtime::CsvOptions options = OptionsFor(source, columns);
  options.shown_as = path;
  options.file_label = label;
  const std::string* stream = Stream(path);
  return stream == nullptr ? runtime::ReadCsv(path, options) : runtime::ParseCsv(*stream, options);
}

std::vector<sema::ColumnInfo> DataFiles::ReadHeader(const sema::SourceHeader& written) {
  const sema::SourceHeader source = Resolve(written);
  std::vector<sema::ColumnInfo> columns;
  const auto& part = source.files.front();
  if (source.format == "idx") {
    RequireImageAndLabel(part);
    columns.push_back({"image", runtime::ReadIdxHeader(Find(source, part.paths[0])).RowShape(), false, true});
    if (part.paths.size() > 1) columns.push_back({"label", runtime::ReadIdxHeader(Find(source, part.paths[1])).RowShape(), false, true});
    return columns;
  }
  const std::string path = Find(source, part.paths.front());
  if (!source.cells.names.empty()) headers_[source.name] = ReplacedHeader(source, path);
  const std::vector<runtime::TextColumn> texts = TextColumns(source, path, part.labels.front());
  for (std::string& name : CellNames(source, path)) {
    auto text = std::find_if(texts.begin(), texts.end(), [&](const auto& each) { return each.name == name; });
    columns.push_back({std::move(name), {}, text != texts.end() && !text->numbers_below && !(text->mixed && source.drop)});
    if (text == texts.end()) continue;
    columns.back().label = text->cell;
    columns.back().row = text->row;
    columns.back().many = text->many;
    columns.back().rare = text->rare;
    if (text->compared != text->cell) columns.back().cure = "compare it, as in `" + runtime::InProgram(columns.back().name) + " == " + runtime::Literal(text->compared) + "`";
    if (!text->foreign) continue;
    columns.back().units = text->foreign->units;
    columns.back().cure = text->foreign->hint;
    columns.back().setting = text->foreign->setting;
  }
  DescribeHeader(source, path, columns);
  return columns;
}

std::optional<std::vector<sema::ColumnInfo>> DataFiles::Columns(const sema::SourceHeader& given) {
  auto known = columns_.find(given.name);
  if (known != columns_.end()) return known->second;
  sema::SourceHeader source = Resolve(given);
  Span span = source.files.empty() ? source.span : source.files.front().span;
  if (source.files.empty()) return std::nullopt;
  if (source.format != "csv" && source.format != "idx") {
    session_.Report(DiagnosticKind::UnsupportedFormat, span, "data cannot be read from `" + source.format + "` files")
        .Help("csv{...} and idx{...} are read");
    return std::nullopt;
  }
  try {
    std::vector<sema::ColumnInfo> columns = ReadHeader(given);
    for (const auto& part : source.files) {
      span = part.span;
      for (const std::string& path : part.paths) Find(source, path);  // throws where there is no such file
    }
    return columns_[given.name] = std::move(columns);
  } catch (const DataError& error) {
    Report(error, span);
    return std::nullopt;
  }
}

std::optional<int64_t> DataFiles::ClassCount(const sema::SourceHeader& source, const sema::RawColumn& column) {
  auto& known = classes_[source.name];
  auto count = known.find(column.Dictionary());
  if (count != known.end()) return count->second;
  auto events = events_.find(source.name);
  if (events == events_.end()) {
    std::optional<SourceEvents> read = ReadEvents(source, {column}, nullptr);
    if (!read) return std::nullopt;
    events = events_.emplace(source.name, std::move(*read)).first;
  }
  const EventTable& rows_of = events->second.tables[TableOf(column)];
  const runtime::Table& table = rows_of.table;
  if (events->second.parts.Find("train") == nullptr) return std::nullopt;
  try {
    const std::vector<int64_t> rows = RowsThatCount(source.Table(TableOf(column)), rows_of.grouping, column.column, TrainOf(rows_of.parts));
    return known[column.Dictionary()] = runtime::LabelDictionary::Fit(table, table.At(column.column), rows, UnseenOf(column)).size();
  } catch (DataError& error) {
    std::vector<std::string> others = source.Table(TableOf(column)).columns;
    std::erase(others, column.column);
    const FillSettings fills = FillsFor(others, table, "\"none\"");
    if (error.kind == runtime::DataErrorKind::NonFiniteData && fills.columns > 0)
      error.hint = std::to_string(fills.columns + 1) + " columns that are read lack cells: `drop = true` leaves out the events that lack any; what models take as input may be replaced, by " + fills.text +
                   ", and `" + runtime::InProgram(column.column) + "`, if it is such, by `fill[" + runtime::InProgram(column.column) + "] = " + (table.At(column.column).is_text ? "\"none\"" : "most_frequent") + "`";
    Report(error, column.span);
    return std::nullopt;
  }
}

// Columns of which nothing but labels is asked, and which have a class for those that training does not know: text in one file and numbers
// in another is text.
static std::set<std::string> OpenLabels(const std::vector<sema::RawColumn>& needed) {
  std::set<std::string> open, closed;
  for (const sema::RawColumn& raw : needed) (raw.kind == sema::RawColumn::Kind::Encode && !raw.unseen.empty() ? open : closed).insert(raw.column);
  for (const std::string& name : closed) open.erase(name);
  return open;
}

// Whether one of these columns is text here and numbers there, and from now on text.
bool DataFiles::BecomeText(const sema::SourceHeader& source, const std::set<std::string>& open, const runtime::Table& table, const runtime::Table& more) {
  bool become = false;
  for (const std::string& name : runtime::ColumnsOfOtherKind(table, more)) {
    if (open.count(name) == 0) continue;
    ReadAsText(source.name, name);
    become = true;
  }
  return become;
}

runtime::Table DataFiles::ReadPart(const sema::SourceHeader& source, const sema::SourceHeader::FilePart& part,
                                   const std::vector<std::string>& columns, const std::set<std::string>& open) {
  runtime::Table table;
  if (source.format == "idx") {
    RequireImageAndLabel(part);
    const char* names[] = {"image", "label"};
    for (size_t i = 0; i < part.paths.size(); ++i) {
      if (std::find(columns.begin(), columns.end(), names[i]) == columns.end()) continue;
      table.columns.push_back(runtime::ReadIdx(Find(source, part.paths[i]), names[i]));
      int64_t rows = table.columns.back().rows;
      if (table.columns.size() > 1 && rows != table.rows)
        throw DataError(DataErrorKind::MalformedData, "`" + part.paths[0] + "` holds " + std::to_string(table.rows) +
                                                          " events, `" + part.paths[1] + "` holds " + std::to_string(rows));
      table.rows = rows;
    }
    table.parts = {{part.part, part.paths[0], 0, table.rows, 0}};
    return table;
  }
  bool first = true;
  for (size_t i = 0; i < part.paths.size(); ++i) {
    runtime::Table file = ReadCells(source, Find(source, part.paths[i]), part.labels[i], columns);
    for (runtime::TablePart& stretch : file.parts) stretch.name = part.part;
    for (const runtime::Column& column : file.columns)
      if (column.is_text) ReadAsText(source.name, column.name);
    if (!first && BecomeText(source, open, table, file)) return ReadPart(source, part, columns, open);
    if (first) table = std::move(file);
    else runtime::AppendRows(table, std::move(file));
    first = false;
  }
  return table;
}

static void RequireColumns(const runtime::Table& table, const std::vector<std::string>& columns) {
  std::set<std::string_view> present;
  for (const runtime::Column& column : table.columns) present.insert(column.name);
  for (const std::string& name : columns)
    if (present.count(name) == 0) table.At(name);  // throws
}

static std::vector<std::string> Unfilled(const sema::SourceHeader& source, const std::vector<std::string>& columns) {
  std::vector<std::string> unfilled;
  for (const std::string& name : columns)
    if (source.FillOf(name) == nullptr) unfilled.push_back(name);
  return unfilled;
}

// Without the events that lack a value in some table. Text that stood in their rows alone (a line of units, a sum) makes no text of its column,
// unless the column was text `before` these files were read.
void DataFiles::DropUnusable(const sema::SourceHeader& source, const std::map<std::string, std::set<std::string>>& before, std::vector<EventTable>& tables, runtime::LostText& lost) {
  // A column that becomes one of numbers so may have cells that are no numbers, NaN say, which were labels before: once more, then.
  while (true) {
    std::set<int64_t> lacking;
    for (size_t number = 0; number < tables.size(); ++number) {
      const std::vector<int64_t> events = tables[number].EventsOf(runtime::UnusableRows(tables[number].table, Unfilled(source, source.Table(number).columns)));
      lacking.insert(events.begin(), events.end());
    }
    if (lacking.empty()) return;
    for (size_t number = 0; number < tables.size(); ++number) {
      std::vector<int64_t> rows = tables[number].RowsOf({lacking.begin(), lacking.end()});
      std::sort(rows.begin(), rows.end());
      const std::map<std::string, runtime::LostText> texts = runtime::TextsAmong(tables[number].table, rows);
      runtime::DropRows(tables[number].table, rows);
      const std::string& name = source.Table(number).name;
      for (runtime::Column& column : tables[number].table.columns) {
        if (!column.is_text || source.Table(number).cells.Makes(column.name) || (before.count(name) != 0 && before.at(name).count(column.name) != 0)) continue;
        column = runtime::WithoutLostText(std::move(column));
        if (!column.is_text) texts_[name].erase(column.name), lost.Add(texts, column.name);
      }
    }
    GroupByEvents(source, tables);
  }
}

// The columns of one table's files that the source mentions.
runtime::Table DataFiles::ReadTable(const sema::SourceHeader& source, const std::set<std::string>& open, Span* span) {
  runtime::Table table;
  for (const auto& part : source.files) {
    *span = part.span;
    runtime::Table more = ReadPart(source, part, source.columns, open);
    RequireColumns(more, source.columns);
    if (table.parts.empty()) {
      table = std::move(more);
      continue;
    }
    if (BecomeText(source, open, table, more)) return ReadTable(source, open, span);
    runtime::AppendRows(table, std::move(more));
  }
  return table;
}

// Lines of units are told before the labels beside them are asked for.
static void RequireNoUnits(const runtime::Table& table, const std::vector<sema::RawColumn>& needed) {
  const auto is_label = [&](const std::string& name) {
    return std::any_of(needed.begin(), needed.end(), [&](const sema::RawColumn& raw) { return raw.column == name && raw.kind != sema::RawColumn::Kind::Number; });
  };
  for (const runtime::Column& column : table.columns)
    if (!is_label(column.name) && runtime::IsTextByUnits(table, column)) runtime::RequireNumber(table, column);
}

std::optional<SourceEvents> DataFiles::ReadEvents(const sema::SourceHeader& given_source, const std::vector<sema::RawColumn>& needed, const Fills* given) {
  sema::SourceHeader source = Resolve(given_source);
  std::set<std::string> known;
  for (size_t number = 0; number < source.Tables(); ++number) known.insert(source.Table(number).columns.begin(), source.Table(number).columns.end());
  for (const sema::RawColumn& raw : needed) {
    if (raw.kind != sema::RawColumn::Kind::Number) labels_[source.Table(raw.table).name].insert(raw.column);
    for (const std::string& name : raw.FileColumns())
      if (known.insert(name).second) source.Table(raw.table).columns.push_back(name);
  }
  Span span = source.span;
  const auto texts = texts_;
  try {
    SourceEvents events;
    const std::set<std::string> open = OpenLabels(needed);
    for (size_t number = 0; number < source.Tables(); ++number) events.tables.push_back({ReadTable(source.Table(number), open, &span), {}, {}});
    span = source.files.front().span;
    for (EventTable& each : events.tables) runtime::NoteTotals(each.table);
    const std::string left_out = source.drop ? LeftOutHint(needed, events.tables.front().table, session_.sources) : "";
    if (source.drop) {
      GroupByEvents(source, events.tables);
      events.dropped = events.Count();
      DropUnusable(source, texts, events.tables, events.lost);
    }
    for (const EventTable& each : events.tables) RequireNoUnits(each.table, needed);
    GroupEvents(source, events.tables);
    if (source.drop) events.dropped -= events.Count();
    const runtime::Table& first = events.tables.front().table;
    if (first.rows == 0 && events.dropped > 0)
      throw DataError(runtime::DataErrorKind::EmptyData, "`drop = true` leaves out all " + std::to_string(events.dropped) + " events: each lacks a value in a column that is read", {},
                      !left_out.empty() ? left_out : "fill what often is missing, `fill[energy] = median`, or do not read it; `missing` lists what stands for a missing value");
    runtime::RequireRows(first);
    events.parts = SplitEvents(source, events.tables);
    FillNamed(source, given, events, &span);
    return events;
  } catch (DataError& error) {
    Report(error, error.where.row > 0 ? SpanOf(source, error.where.file, span) : span);
    return std::nullopt;
  }
}

// Where the program names the file, one of several that were read; otherwise the span.
Span DataFiles::SpanOf(const sema::SourceHeader& source, const std::string& file, Span span) const {
  for (size_t number = 0; number < source.Tables(); ++number)
    for (const auto& part : source.Table(number).files)
      for (const std::string& path : part.paths)
        if (Find(source, path) == file) return part.span;
  return span;
}

std::optional<SourceEvents> DataFiles::Read(const sema::SourceHeader& source, const std::vector<sema::RawColumn>& columns, const Fills* given) {
  auto read = events_.find(source.name);
  if (read == events_.end() || given != nullptr) return ReadEvents(source, columns, given);
  SourceEvents events = std::move(read->second);
  events_.erase(read);
  return events;
}

using Json = nlohmann::json;

std::string DataFiles::Record() const {
  Json record = Json::object();
  for (const auto& [source, columns] : columns_)
    for (const sema::ColumnInfo& column : columns)
      record["columns"][source].push_back({{"name", column.name}, {"shape", column.shape}, {"text", column.text}, {"single", column.single}});
  for (const auto& [source, counts] : classes_)
    if (!counts.empty()) record["classes"][source] = counts;
  for (const auto& [source, header] : headers_)
    if (!header.empty()) record["headers"][source] = header;
  return record.dump();
}

void DataFiles::Recall(const std::string& text) {
  Json record = Json::parse(text, nullptr, false);
  if (!record.is_object()) return;
  const Json columns_of = record.value("columns", Json::object());
  const Json classes_of = record.value("classes", Json::object());
  const Json headers_of = record.value("headers", Json::object());
  try {
    for (const auto& [source, columns] : columns_of.items())
      for (const Json& column : columns)
        columns_[source].push_back({column.at("name"), column.at("shape").get<std::vector<int64_t>>(), column.at("text"), column.at("single")});
    for (const auto& [source, counts] : classes_of.items())
      classes_[source] = counts.get<std::map<std::string, int64_t>>();
    for (const auto& [source, header] : headers_of.items()) headers_[source] = header.get<std::vector<std::string>>();
  } catch (const Json::exception&) {
    columns_.clear();
    classes_.clear();
    headers_.clear();
  }
}

}  // namespace nnc::driver
