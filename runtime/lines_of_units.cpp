#include "runtime/lines_of_units.h"

#include "runtime/csv_remarks.h"
#include "runtime/csv_scanner.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <string>
#include <vector>

namespace nnc::runtime {

namespace {

enum class Cell { Missing, Number, Foreign, Format, Text };  // foreign: a number in another notation, perhaps; a format: 15s, 14n

// The first rows: their lines, and what each cell is.
struct FirstRows {
  std::vector<int64_t> lines;
  std::vector<std::vector<Cell>> cells;
};

// A length and a letter, as data bases write the type of a column: 15s, 14n, 20d.
bool IsFormat(std::string_view cell) {
  const size_t digits = std::min(cell.find_first_not_of("0123456789"), cell.size());
  return digits > 0 && digits + 1 == cell.size() && std::islower(static_cast<unsigned char>(cell.back())) != 0;
}

Cell KindOf(std::string_view cell, const CsvOptions& options) {
  cell = Trimmed(cell);
  if (cell.find_first_of("0123456789") != cell.npos && ParseNumber(cell, options.notation)) return Cell::Number;
  const bool marked = options.HasMark(cell);
  if (marked || IsMissingText(cell)) return Cell::Missing;
  if (IsFormat(cell)) return Cell::Format;
  return FindForeignNumber(cell, options.notation) ? Cell::Foreign : Cell::Text;
}

FirstRows RowsBelowHeader(std::string_view content, const CsvLayout& layout, const CsvOptions& options) {
  constexpr size_t kMost = 45;
  CsvScanner scanner(content, layout.separator, options);
  FirstRows rows;
  if (!layout.first_row_is_data) scanner.NextRow();
  while (rows.lines.size() < kMost && scanner.NextRow() && scanner.cells().size() == layout.names.size()) {
    rows.lines.push_back(scanner.line());
    std::vector<Cell>& kinds = rows.cells.emplace_back();
    for (std::string_view cell : scanner.cells()) kinds.push_back(KindOf(cell, options));
  }
  return rows;
}

// The columns that hold numbers from this row on, and nothing else.
std::vector<bool> NumbersFrom(const FirstRows& rows, size_t first) {
  std::vector<bool> numbers(rows.cells[first].size());
  for (size_t column = 0; column < numbers.size(); ++column) {
    const auto holds = [&](Cell kind) { return std::any_of(rows.cells.begin() + static_cast<std::ptrdiff_t>(first), rows.cells.end(), [&](const auto& row) { return row[column] == kind; }); };
    numbers[column] = holds(Cell::Number) && !holds(Cell::Text) && !holds(Cell::Foreign) && !holds(Cell::Format);
  }
  return numbers;
}

// Whether no column of numbers holds one in this row, and some hold text.
bool IsOfUnits(const std::vector<Cell>& row, const std::vector<bool>& numbers) {
  constexpr size_t kFewestFormats = 2;
  bool text = row.size() >= kFewestFormats && std::all_of(row.begin(), row.end(), [](Cell cell) { return cell == Cell::Format; });
  for (size_t column = 0; column < row.size(); ++column) {
    if (!numbers[column]) continue;
    if (row[column] == Cell::Number) return false;
    text = text || row[column] == Cell::Text;
  }
  return text;
}

}  // namespace

void FindLinesOfUnits(std::string_view content, const CsvLayout& layout, const CsvOptions& options, TablePart& part) {
  constexpr size_t kMostLines = 5;
  const FirstRows rows = RowsBelowHeader(content, layout, options);
  if (rows.cells.empty()) return;
  for (size_t count = std::min(kMostLines, rows.cells.size() - 1); count > 0; --count) {
    const std::vector<bool> numbers = NumbersFrom(rows, count);
    if (!std::all_of(rows.cells.begin(), rows.cells.begin() + static_cast<std::ptrdiff_t>(count), [&](const auto& row) { return IsOfUnits(row, numbers); })) continue;
    const std::vector<int64_t> lines(rows.lines.begin(), rows.lines.begin() + static_cast<std::ptrdiff_t>(count));
    part.lines_of_units = static_cast<int64_t>(count);
    if (const std::vector<std::string> marks = MarksOfLines(content, lines, layout.separator, options); !marks.empty()) part.units = WithComment(options, marks);
    return;
  }
}

}  // namespace nnc::runtime
