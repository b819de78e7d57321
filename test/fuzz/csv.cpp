// Text files: whatever is read can be filled, freed of unusable rows, written, and read again:
// with as many rows, and where all columns are numbers as the same table.
#include "runtime/csv.h"
#include "runtime/csv_writer.h"
#include "runtime/grouping.h"
#include "test/fuzz/fuzz.h"

namespace nnc::runtime {

static std::string Written(const Table& table) {
  std::vector<const Column*> columns;
  for (const Column& column : table.columns) columns.push_back(&column);
  return FormatCsv(columns);
}

static void Settle(Table table, Table filled) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  const int64_t before = table.rows;
  const std::vector<int64_t> unusable = UnusableRows(table, names);
  for (Column& column : filled.columns) {
    if (column.is_text) continue;
    FillUnusable(column, 0.5);
    RequireFinite(filled, column);
  }
  DropRows(table, unusable);
  if (table.rows != before - static_cast<int64_t>(unusable.size())) fuzz::Fail("dropping rows leaves another number of them");
  for (const Column& column : table.columns) {
    if (column.rows != table.rows) fuzz::Fail("a column has another number of rows than its table");
    if (!column.is_text) RequireFinite(table, column);
  }
  if (table.rows > 0) PlaceOfRow(table, table.rows - 1);
  if (table.columns.empty() || table.rows == 0) return;
  const std::string text = Written(table);
  const Table again = ParseCsv(text, {});
  // A column of text whose only words are gone may be one of numbers by now.
  bool numbers = true;
  for (const Column& column : table.columns) numbers = numbers && !column.is_text;
  if (again.rows != table.rows || (numbers && Written(again) != text)) fuzz::Fail("what is written is read as another table:\n" + text);
}

// Rows that make events: every row is in one, and what is gathered is what stood in the rows.
static void Group(const Table& table) {
  if (table.columns.empty()) return;
  try {
    const Grouping grouping = GroupRows(table, std::vector<std::string>{table.columns.front().name});
    const Column counts = CountsByRow("count", grouping, grouping);
    int64_t rows = 0;
    for (int64_t event = 0; event < grouping.events(); ++event) rows += grouping.RowsOf(event);
    if (rows != table.rows) fuzz::Fail("the events have another number of rows than the table");
    const Column most = PaddedRows(counts, grouping, 3);
    for (int64_t event = 0; event < grouping.events(); ++event)
      for (int64_t k = 0; k < 3; ++k)
        if (most.Number(event, k) != (k < grouping.RowsOf(event) ? static_cast<double>(grouping.RowsOf(event)) : 0)) fuzz::Fail("a row has another value than was gathered");
    const Grouping beside = GroupBeside(table, grouping, table, std::vector<std::string>{table.columns.front().name}, RowsOfEvent::Several);
    if (beside.starts != grouping.starts || beside.counts != grouping.counts || beside.event_of != grouping.event_of) fuzz::Fail("a table beside itself has other events");
    for (const Column& column : table.columns) RequireOneValue(table, column, grouping, "");
  } catch (const DataError& error) {
    if (error.message.empty()) fuzz::Fail("a refusal says nothing");
  }
}

static void Read(std::string_view content, const CsvOptions& options) {
  try {
    Settle(ParseCsv(content, options), ParseCsv(content, options));
    Group(ParseCsv(content, options));
  } catch (const DataError& error) {
    if (error.message.empty()) fuzz::Fail("a refusal says nothing");
  }
}

// Marks of one column say nothing of the others.
static void Mark(std::string_view content) {
  try {
    Table plain = ParseCsv(content, {}), marked = ParseCsv(content, {.missing_in = {{"a", {"0", "x"}}}});
    if (plain.rows != marked.rows) fuzz::Fail("marks change the number of rows");
    for (Table* table : {&plain, &marked}) std::erase_if(table->columns, [](const Column& column) { return column.name == "a"; });
    if (Written(plain) != Written(marked)) fuzz::Fail("marks of a column change another");
  } catch (const DataError&) {
  }
}

}  // namespace nnc::runtime

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nnc::runtime;
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  Read(content, {});
  Read(content, {.names = {"a", "b"}});
  Read(content, {.names = {"a", "b"}, .header = true});
  Read(content, {.texts = {"a", "x"}});
  Read(content, {.labels = {"a", "b"}, .comments = {"#", "?"}, .missing = {"?"}, .missing_in = {{"a", {"0", "x"}}}});
  Mark(content);
  Read(content, {.wanted = {"b", "x"}});
  Read(content, {.wanted = {"b", "of"}, .file_column = "of"});
  Read(content, {.wanted = {"b", "n", "of"}, .file_column = "of", .row_column = "n"});
  Read(content, {.wanted = {"n"}, .row_column = "n"});
  Read(content, {.separator = ';'});
  Read(content, {.mentioned = {"a", "b", "x"}, .skip = 2, .skip_lines = {4, 5}});
  Read(content, {.encoding = "windows-1252"});
  Read(content, {.encoding = "shift_jis", .skip = 1});
  Read(content, {.replacements = {{"[0-9]*a|$", "$0,"}, {"^(.)(.*)$", "$2$1"}, {"\"|(b)|", "$1"}}, .skip_lines = {2}});
  Read(content, {.separator = nnc::runtime::kFieldSeparator, .widths = {1, 3, 2}, .comments = {"#"}});
  Read(content, {.notation = {',', '.', {{"%", 0.01}, {"a", 1}, {"=", -2}}}});
  Read(content, {.separator = ' ', .notation = {'.', 0, {{"%", 0.01}, {"a", 1}, {"=", -2}}}, .file_column = "a", .row_column = "b"});
  try {
    ReadCsv(nnc::fuzz::MemoryFile(content));
    ReadCsvNames(nnc::fuzz::MemoryFile(content));
  } catch (const DataError&) {
  }
  return 0;
}
