// Text files: whatever is read can be filled, freed of unusable rows, written, and read again:
// with as many rows, and where all columns are numbers as the same table.
#include "runtime/csv.h"
#include "runtime/csv_writer.h"
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

static void Read(std::string_view content, const CsvOptions& options) {
  try {
    Settle(ParseCsv(content, options), ParseCsv(content, options));
  } catch (const DataError& error) {
    if (error.message.empty()) fuzz::Fail("a refusal says nothing");
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
  Read(content, {.wanted = {"b", "x"}});
  Read(content, {.separator = ';'});
  try {
    ReadCsv(nnc::fuzz::MemoryFile(content));
    ReadCsvNames(nnc::fuzz::MemoryFile(content));
  } catch (const DataError&) {
  }
  return 0;
}
