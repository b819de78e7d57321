#include "compiler/driver/prediction_input.h"

#include <algorithm>
#include <map>

#include "runtime/csv.h"
#include "runtime/file_bytes.h"
#include "runtime/idx.h"
#include "runtime/names.h"

namespace nnc::driver {

namespace {

// A file of cells, as it stands.
struct InputFile {
  std::string content, shown;
};

}  // namespace

static int64_t Width(const sema::RawColumn& raw) {
  int64_t width = 1;
  for (int64_t size : raw.shape) width *= size;
  return width;
}

// A file of cells holds an array as `nnc sample` writes it: one column for each element, NAME_0, NAME_1, ...
static std::vector<std::string> CellColumns(const sema::SourceHeader& source, const sema::RawColumn& raw) {
  if (raw.shape.empty() || !raw.columns.empty() || source.rows) return raw.FileColumns();
  std::vector<std::string> names;
  for (int64_t element = 0; element < Width(raw); ++element) names.push_back(raw.column + "_" + std::to_string(element));
  return names;
}

static runtime::Column Gathered(const runtime::Table& table, const sema::SourceHeader& source, const sema::RawColumn& raw) {
  runtime::Column column(raw.column, runtime::ElementType::F32, raw.shape, table.rows);
  auto values = column.values<float>();
  size_t width = static_cast<size_t>(Width(raw)), element = 0;
  for (const std::string& name : CellColumns(source, raw)) {
    const runtime::Column& cells = table.At(name);
    runtime::RequireNumber(table, cells);
    runtime::RequireFinite(table, cells);
    for (int64_t row = 0; row < table.rows; ++row) values[static_cast<size_t>(row) * width + element] = static_cast<float>(cells.Number(row));
    ++element;
  }
  return column;
}

// Whether the model reads something of the table; of the first, which says what events there are, it does.
static bool Reads(size_t table, const std::vector<sema::RawColumn>& columns) {
  return table == 0 || std::any_of(columns.begin(), columns.end(), [&](const sema::RawColumn& raw) { return raw.table == table; });
}

std::vector<std::string> WantedColumns(const sema::SourceHeader& source, size_t table, const std::vector<sema::RawColumn>& columns) {
  std::vector<std::string> wanted = source.rows ? source.rows->by : std::vector<std::string>();
  for (const sema::RawColumn& raw : ColumnsOf(table, columns))
    for (std::string& name : CellColumns(source, raw))
      if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) wanted.push_back(std::move(name));
  return wanted;
}

static runtime::Table ParseTable(const OpenRun& run, const InputFile& file, const sema::SourceHeader& source, size_t number, const std::vector<sema::RawColumn>& columns) {
  runtime::CsvOptions options = run.files->OptionsFor(source.Table(number), WantedColumns(source, number, columns));
  options.shown_as = file.shown;
  for (const std::string& name : source.Table(number).columns)
    if (std::find(options.wanted.begin(), options.wanted.end(), name) == options.wanted.end()) options.truths.push_back(name);
  return runtime::ParseCsv(file.content, options);
}

// Fills what the training filled, and makes arrays of what several columns hold.
static void Complete(const OpenRun& run, const sema::SourceHeader& source, const std::vector<sema::RawColumn>& columns, runtime::Table& table) {
  for (runtime::Column& column : table.columns) {
    auto fill = run.state.fits.fills.find(LabelKey(source.name, column.name));
    if (fill == run.state.fits.fills.end()) continue;
    if (!fill->second.is_label) runtime::RequireNumber(table, column);
    runtime::FillUnusable(table, column, fill->second);
  }
  for (const sema::RawColumn& raw : columns)
    if (!raw.shape.empty() && raw.columns.empty() && table.Find(raw.column) == nullptr) table.columns.push_back(Gathered(table, source, raw));
}

// The tables by the files of those that are read, in order.
static void ParseEvents(const OpenRun& run, const std::vector<InputFile>& files, const sema::SourceHeader& source, const std::vector<sema::RawColumn>& columns, InputTables& input) {
  sema::SourceHeader read = source;  // without the tables that nothing reads
  read.beside.clear();
  std::vector<EventTable> tables;
  for (size_t number = 0; number < source.Tables(); ++number) {
    if (!Reads(number, columns)) continue;
    input.at = number;
    if (number > 0) read.beside.push_back(source.Table(number));
    tables.push_back({ParseTable(run, files[tables.size()], source, number, columns), {}, {}});
  }
  input.at = 0;
  GroupEvents(read, tables);
  input.tables.resize(source.Tables());
  for (size_t number = 0, next = 0; number < source.Tables(); ++number) {
    if (!Reads(number, columns)) continue;
    input.at = number;
    input.tables[number] = std::move(tables[next++]);
    Complete(run, source, ColumnsOf(number, columns), input.tables[number].table);
  }
}

static runtime::DataError NothingToKeep(const std::string& name, const std::vector<std::string>& there, const std::string& shown) {
  constexpr size_t kMost = 12;
  std::string list;
  for (size_t i = 0; i < std::min(there.size(), kMost); ++i) list += (i == 0 ? "`" : ", `") + there[i] + "`";
  return runtime::DataError(runtime::DataErrorKind::UnknownColumn, "there is no column `" + name + "` to keep" + runtime::Suggestion(name, there), {shown},
                            "the file has " + list + (there.size() > kMost ? ", ..." : ""));
}

// The columns of the table's file that are to keep and that it has. `columns` are those that the model reads: whether the file has a header does
// not depend on what is kept.
static std::vector<runtime::Column> ParseKept(const OpenRun& run, const InputFile& file, const sema::SourceHeader& source, size_t number, const std::vector<sema::RawColumn>& columns,
                                              std::vector<std::string>& names, std::vector<std::string>& there) {
  runtime::CsvOptions options = run.files->OptionsFor(source.Table(number), WantedColumns(source, number, columns));
  const std::vector<std::string> known = runtime::ParseCsvNames(file.content, options);
  there.insert(there.end(), known.begin(), known.end());
  std::vector<std::string> here;
  for (const std::string& name : names)
    if (std::find(known.begin(), known.end(), name) != known.end()) here.push_back(name);
  std::erase_if(names, [&](const std::string& name) { return std::find(here.begin(), here.end(), name) != here.end(); });
  if (here.empty()) return {};
  options.wanted.insert(options.wanted.end(), here.begin(), here.end());
  options.shown_as = file.shown;
  options.missing.clear();
  options.missing_in.clear();
  options.as_text = true;
  runtime::Table table = runtime::ParseCsv(file.content, options);
  std::erase_if(table.columns, [&](const runtime::Column& column) { return std::find(here.begin(), here.end(), column.name) == here.end(); });
  return std::move(table.columns);
}

// A kept column of the table, by events.
static runtime::Column KeptByEvent(const sema::SourceHeader& source, size_t number, const EventTable& events, const InputFile& file, const runtime::Column& column) {
  constexpr const char* kHelp = "an answer is one line, and `--keep` takes columns that have one value in each event";
  if (source.IsOfRows(number, column.name))
    throw runtime::DataError(runtime::DataErrorKind::UnknownColumn, "column `" + column.name + "` has a value for each row of an event", {file.shown, 0, 0, column.name}, kHelp);
  if (!source.TellsEvents(column.name)) {
    runtime::RequireOneValue(events.table, column, *events.grouping, kHelp);
    if (std::find(events.grouping->counts.begin(), events.grouping->counts.end(), 0) != events.grouping->counts.end())
      throw runtime::DataError(runtime::DataErrorKind::UnknownColumn, "column `" + column.name + "` has no value for events without rows", {file.shown, 0, 0, column.name}, kHelp);
  }
  return runtime::OfEvents(column, *events.grouping);
}

// What is kept, by events, in the order in which it is named: columns of the files, and how many rows an event has.
static void Keep(const OpenRun& run, const std::vector<InputFile>& files, const sema::SourceHeader& source, const std::vector<sema::RawColumn>& columns, const std::vector<std::string>& names,
                 InputTables& input) {
  std::vector<std::string> left = names, there;
  std::map<std::string, runtime::Column> kept;
  for (const std::string& name : names)
    if (const runtime::Column* count = source.TableCountedBy(name) ? input.tables[0].table.Find(name) : nullptr) {
      kept.emplace(name, runtime::OfEvents(*count, *input.tables[0].grouping));
      std::erase(left, name);
    }
  for (size_t number = 0, next = 0; number < source.Tables() && !left.empty(); ++number) {
    if (!Reads(number, columns)) continue;
    const InputFile& file = files[next++];
    for (runtime::Column& column : ParseKept(run, file, source, number, columns, left, there)) {
      const EventTable& events = input.tables[number];
      const std::string name = column.name;
      kept.emplace(name, events.grouping ? KeptByEvent(source, number, events, file, column) : std::move(column));
    }
  }
  if (!left.empty()) throw NothingToKeep(left.front(), there, files.front().shown);
  for (const std::string& name : names) input.kept.push_back(std::move(kept.at(name)));
}

void RequireFiles(Session& session, const sema::SourceHeader& source, const std::vector<sema::RawColumn>& columns, const std::vector<std::string>& files) {
  std::vector<std::string> needed;
  for (size_t number = 0; number < source.Tables(); ++number)
    if (Reads(number, columns) && !source.Table(number).files.empty()) needed.push_back(source.Table(number).files.front().paths.front());
  if (std::count(files.begin(), files.end(), "-") > 1) session.Report(DiagnosticKind::UsageError, {}, "standard input is one file, and `--input -` names it twice");
  if (files.size() == std::max<size_t>(needed.size(), 1)) return;
  std::string inputs;
  for (size_t i = 0; i < needed.size(); ++i) inputs += (i == 0 ? "`--input FILE" : " --input FILE");
  session.Report(DiagnosticKind::UsageError, {}, "the model reads " + (needed.size() <= 1 ? std::string("one file") : std::to_string(needed.size()) + " files") + ", and `--input` names " + std::to_string(files.size()))
      .Help(source.beside.empty() ? "apply it to one after the other" : inputs + "`, as the program's " + runtime::Listed(needed) + (needed.size() > 1 ? ", in this order" : ""));
}

void ReadInput(const OpenRun& run, const sema::SourceHeader& source, const PredictionInput& input, const std::vector<sema::RawColumn>& columns, InputTables& tables) {
  const auto path = [](const std::string& file) { return file == "-" ? "/dev/stdin" : file; };
  const auto shown = [](const std::string& file) { return file == "-" ? "standard input" : file; };
  if (source.format == "idx") {
    const std::string& file = input.files.front();
    if (!input.keep.empty())
      throw runtime::DataError(runtime::DataErrorKind::UnknownColumn, "a file of images has no column `" + input.keep.front() + "` to keep", {shown(file)});
    runtime::Table& table = tables.tables.emplace_back().table;
    table.columns.push_back(runtime::ReadIdx(path(file), "image"));
    table.rows = table.columns.front().rows;
    table.parts = {{"", shown(file), 0, table.rows, 0}};
    return;
  }
  std::vector<InputFile> files;
  for (const std::string& file : input.files) files.push_back({runtime::ReadFileBytes(path(file)), shown(file)});
  ParseEvents(run, files, source, columns, tables);
  Keep(run, files, source, columns, input.keep, tables);
}

}  // namespace nnc::driver
