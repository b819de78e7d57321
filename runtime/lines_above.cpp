#include "runtime/lines_above.h"

#include "runtime/csv_first_line.h"
#include "runtime/csv_remarks.h"
#include "runtime/csv_scanner.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <unordered_set>
#include <vector>

namespace nnc::runtime {

// The line above the first row of the table has a name more than it has cells, as of remarks that no row has.
static void RequireNoLongHeader(const Sample& sample, size_t first, char separator, const CsvOptions& options) {
  const auto number = [&](size_t row) { return sample.numbers[row]; };
  if (separator == ' ' || first < 2 || sample.counts[first - 1] != sample.counts[first] + 1 || !sample.names[first - 1] || !number(first) || !number(sample.counts.size() - 1)) return;
  const int64_t line = sample.lines[first - 1];
  throw Malformed(options, "this line may be the header, with a name more than the " + std::to_string(sample.counts[first]) + " cells that all below it have, and lines above it have others", line,
                  "`sed -e 1," + std::to_string(line - 1) + "d -e " + LastCellOut(line, separator) + " old.csv > new.csv` takes out what stands above it, and the last name");
}

// The cells of rows of the sample.
static std::vector<std::vector<std::string>> CellsOfRows(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  std::vector<std::vector<std::string>> rows;
  CsvScanner scanner(content, separator, options);
  while (rows.size() < sample.counts.size() && scanner.NextRow()) rows.emplace_back(scanner.cells().begin(), scanner.cells().end());
  return rows;
}

// Names, and behind them whole numbers that rise by one, as years do.
static bool IsOfYears(std::vector<std::string> cells) {
  constexpr size_t kFewestYears = 2;
  if (cells.back().empty()) cells.pop_back();  // a separator behind the row
  size_t names = 0;
  while (names < cells.size() && !cells[names].empty() && !ParseNumber(cells[names])) ++names;
  if (names == 0 || cells.size() < names + kFewestYears) return false;
  for (size_t i = names; i < cells.size(); ++i)
    if (!ParseInteger(cells[i]) || *ParseInteger(cells[i]) != *ParseInteger(cells[names]) + static_cast<int64_t>(i - names)) return false;
  return std::unordered_set<std::string_view>(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(names)).size() == names;
}

namespace {

// The first rows, and where those of the table begin.
struct TableBelow {
  std::vector<std::vector<std::string>> rows;
  std::vector<int64_t> lines;
  size_t first = 0;
  char separator = ',';

  bool HasSeparatorBehind() const {
    return separator != ' ' && std::all_of(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end(), [](const auto& row) { return row.size() > 1 && row.back().empty(); });
  }
  size_t Width() const { return rows[first].size() - (HasSeparatorBehind() ? 1 : 0); }
  // What takes out the lines above.
  std::string Out() const {
    const int64_t last = lines[first] - 1;
    if (!HasSeparatorBehind()) return "`" + LinesTakenOut(1, last) + "` takes out what stands above it";
    return "`sed -e 1," + std::to_string(last) + "d -e 's/" + (separator == '\t' ? "\\t" : std::string(1, separator)) + "\\r*$//' old.csv > new.csv` takes out what stands above it, and the separator behind each row";
  }
};

}  // namespace

// Names for the table's columns, where a line above begins with as many: the nearest.
static std::vector<std::string> NamesAbove(const TableBelow& table) {
  for (size_t row = table.first; row > 0; --row) {
    std::vector<std::string> cells = table.rows[row - 1];
    if (cells.size() < table.Width()) continue;
    cells.resize(table.Width());
    const bool words = std::all_of(cells.begin(), cells.end(), [](const std::string& cell) { return !cell.empty() && std::isalpha(static_cast<unsigned char>(cell[0])) != 0; });
    if (words && std::unordered_set<std::string_view>(cells.begin(), cells.end()).size() == cells.size()) return cells;
  }
  return {};
}

// No row of the table is a header, and several lines stand above it.
static DataError FirstEventBelow(std::string_view content, const TableBelow& table, const Remarks& remarks, const CsvOptions& options) {
  const std::string message = "this line may be the first event, with " + std::to_string(table.rows[table.first].size()) + " cells as all below it have, and lines above it have others";
  if (table.lines[table.first - 1] <= remarks.last && !options.header.value_or(false)) {
    const std::vector<std::string> words = NamesInRemarks(content, {remarks.sign});
    const std::string comment = WithComment(options, {remarks.sign}), all = DistinctNames(words);
    const std::string further = !options.names.empty() || options.header ? "" : words.size() == table.Width() ? ", " + all.substr(0, all.rfind(", header")) : ", header = false";
    return Malformed(options, message, table.lines[table.first], Offered(comment + further) + " skips the lines above it" + (further.empty() ? "" : further == ", header = false" ? " and calls the columns c0, c1, ..." : ", and the names are those of the last one"));
  }
  std::string hint = table.Out();
  const std::vector<std::string> names = NamesAbove(table);
  if (!options.names.empty()) {
    if (options.names.size() != table.Width()) hint += "; and `names` lists a name for each of " + std::to_string(table.Width()) + " columns";
  } else if (!names.empty()) {
    const std::string all = DistinctNames(names);
    hint += ", and `" + all.substr(0, all.rfind(", header")) + "` names the columns as a line above does";
    if (options.header == false) hint += ", in place of `header = false`";
  } else if (options.header != false) {
    hint += ", and `header = false` calls the columns c0, c1, ...; `names = [a, b, ...]` with " + std::to_string(table.Width()) + " names in place of it names them";
  }
  if (options.header.value_or(false)) hint += "; leave `header = true` out";
  return Malformed(options, message, table.lines[table.first], hint);
}

// The lines above the header, one or several.
static Cure LinesSkipped(std::string_view content, const Sample& sample, const TableBelow& table, const Remarks& remarks, const CsvOptions& options) {
  if (table.lines[table.first - 1] <= remarks.last)
    return Offered(WithComment(options, {remarks.sign})) + (table.first == 1 ? " skips the line above it" : " skips the lines above it");
  std::string start;
  if (table.first == 1) start = IsNumber(sample.first[0], options) ? FirstAsMark(content, sample) : MarkOfLine(content, {sample.first_line}, sample.first_line, table.separator, options);
  const bool years = IsOfYears(table.rows[table.first]);
  if (!start.empty() && !years) return Offered(WithComment(options, {start})) + " skips the line above it";
  return table.Out() + (years && !options.header ? ", and `header = true` says that the numbers of this one are names" : "");
}

void RequireNoPreamble(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  constexpr size_t kFewest = 2, kFewestEvents = 5;
  const size_t width = sample.counts.back(), rows = sample.counts.size();
  size_t first = rows;
  const Remarks remarks = RemarksAbove(content, options);
  while (first > 0 && sample.counts[first - 1] == width && sample.lines[first - 1] > remarks.last) --first;
  if (first == 0 || first == rows || width < 2 || sample.counts.front() == width || (HasShortHeader(sample) && !AnyNumber(sample.first, options))) return;
  if (first + kFewest < rows) RequireNoLongHeader(sample, first, separator, options);
  TableBelow table{CellsOfRows(content, sample, separator, options), sample.lines, first, separator};
  const bool events = std::all_of(sample.numbers.begin() + static_cast<std::ptrdiff_t>(first), sample.numbers.end(), [](bool number) { return number; });
  if (!IsOfYears(table.rows[first])) {
    while (table.first < rows && !sample.names[table.first]) ++table.first;
    // Below an event stands no header.
    if (std::any_of(sample.numbers.begin() + static_cast<std::ptrdiff_t>(first), sample.numbers.begin() + static_cast<std::ptrdiff_t>(table.first), [](bool number) { return number; })) table.first = rows;
    bool above = false;  // a row like those below: they are no lines above a table
    for (size_t row = 0; row < first; ++row) above = above || (sample.counts[row] == width && sample.numbers[row] && sample.lines[row] > remarks.last);
    if (table.first == rows && events && !above && first > 1 && first + kFewestEvents <= rows) {
      table.first = first;
      throw FirstEventBelow(content, table, remarks, options);
    }
  }
  const size_t header = table.first;
  const bool title = header == 1 && HasNamesBelow(sample) && width > sample.first.size() && !AnyNumber(sample.first, options);
  if (title || (HasShortHeader(sample) && header != 1) || header + kFewest >= rows || !std::any_of(sample.numbers.begin() + static_cast<std::ptrdiff_t>(header), sample.numbers.end(), [](bool number) { return number; })) return;
  Cure cure = LinesSkipped(content, sample, table, remarks, options);
  if (options.header == false && options.names.empty()) {
    cure = cure + ", and this line names the columns: leave `header = false` out";
    cure.setting.clear();
  }
  throw Malformed(options, "this line may be the header, with " + std::to_string(width) + " cells as all below it have, and " + (header == 1 ? "the line above it has others" : "lines above it have others"), sample.lines[header], cure);
}

}  // namespace nnc::runtime
