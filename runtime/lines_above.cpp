#include "runtime/lines_above.h"

#include "runtime/csv_first_line.h"
#include "runtime/csv_remarks.h"
#include "runtime/csv_scanner.h"
#include "runtime/named_header.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <unordered_set>
#include <vector>

namespace nnc::runtime {

// The cells of rows of the sample.
static std::vector<std::vector<std::string>> CellsOfRows(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  std::vector<std::vector<std::string>> rows;
  CsvScanner scanner(content, separator, options);
  while (rows.size() < sample.counts.size() && scanner.NextRow()) rows.emplace_back(scanner.cells().begin(), scanner.cells().end());
  return rows;
}

// The line above the first row of the table has a name more than it has cells, as of remarks that no row has.
static void RequireNoLongHeader(std::string_view content, const Sample& sample, size_t first, char separator, const CsvOptions& options) {
  const auto number = [&](size_t row) { return sample.numbers[row]; };
  if (separator == ' ' || first < 2 || sample.counts[first - 1] != sample.counts[first] + 1 || !sample.names[first - 1] || !number(first) || !number(sample.counts.size() - 1)) return;
  const int64_t line = sample.lines[first - 1];
  std::vector<std::string> names = CellsOfRows(content, sample, separator, options)[first - 1];
  names.pop_back();
  const std::string all = DistinctNames(names);
  throw Malformed(options, "this line may be the header, with a name more than the " + std::to_string(sample.counts[first]) + " cells that all below it have, and lines above it have others", line,
                  FirstLinesLeftOut(line, options.names.empty() ? all.substr(0, all.rfind(", header")) : "") + " leaves it and what stands above it out" + (options.names.empty() ? ", and gives the names that have cells" : ""));
}

static bool HasLetter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) != 0 || c >= 0x80; });
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
  // What leaves out the lines above, and what a further setting of the source does.
  Cure Out(const std::string& further = "", const std::string& does = "") const {
    const int64_t last = lines[first] - 1;
    if (!HasSeparatorBehind()) return FirstLinesLeftOut(last, further) + (" leaves out what stands above it" + (does.empty() ? "" : " and " + does));
    const std::string behind = ReplacedInLines({std::string("[") + separator + "] *$", ""}).setting;
    return FirstLinesLeftOut(last, behind + (further.empty() ? "" : ", " + further)) + (" leaves out what stands above it, takes out the separator behind each row" + (does.empty() ? "" : " and " + does));
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
  RequireNamedHeaderFirst(content, options);
  RequireNoRemarksAbove(remarks, table.lines[table.first - 1], options);
  const std::string message = "this line may be the first event, with " + std::to_string(table.rows[table.first].size()) + " cells as all below it have, and lines above it have others";
  if (table.lines[table.first - 1] <= remarks.last && !options.header.value_or(false)) {
    const std::vector<std::string> words = NamesInRemarks(content, {remarks.sign});
    const std::string comment = WithComment(options, {remarks.sign}), all = DistinctNames(words);
    const std::string further = !options.names.empty() || options.header ? "" : words.size() == table.Width() ? ", " + all.substr(0, all.rfind(", header")) : ", header = false";
    return Malformed(options, message, table.lines[table.first], Offered(comment + further) + " skips the lines above it" + (further.empty() ? "" : further == ", header = false" ? " and calls the columns c0, c1, ..." : ", and the names are those of the last one"));
  }
  std::string further, does, then;
  const std::vector<std::string> names = NamesAbove(table);
  if (!options.names.empty()) {
    if (options.names.size() != table.Width()) then = "; and `names` lists a name for each of " + std::to_string(table.Width()) + " columns";
  } else if (!names.empty()) {
    const std::string all = DistinctNames(names);
    further = all.substr(0, all.rfind(", header"));
    does = std::string("names the columns as a line above does") + (options.header == false ? ", in place of `header = false`" : "");
  } else if (options.header != false) {
    further = "header = false";
    does = "calls the columns c0, c1, ...; `names = [a, b, ...]` with " + std::to_string(table.Width()) + " names in place of it names them";
  }
  Cure cure = table.Out(further, does) + then;
  if (options.header.value_or(false) && further.empty()) cure = cure + "; leave `header = true` out";
  if ((options.header.value_or(false) && further.empty()) || (options.header.has_value() && !names.empty())) cure.setting.clear();  // it does not do alone
  return Malformed(options, message, table.lines[table.first], cure);
}

// The lines above the header, one or several.
static Cure LinesSkipped(std::string_view content, const Sample& sample, const TableBelow& table, const Remarks& remarks, const CsvOptions& options) {
  if (table.lines[table.first - 1] <= remarks.last)
    return Offered(WithComment(options, {remarks.sign})) + (table.first == 1 ? " skips the line above it" : " skips the lines above it");
  std::string start;
  if (table.first == 1) start = IsNumber(sample.first[0], options) ? FirstAsMark(content, sample) : MarkOfLine(content, {sample.first_line}, sample.first_line, table.separator, options);
  const bool years = IsOfYears(table.rows[table.first]);
  if (!start.empty() && !years) return Offered(WithComment(options, {start})) + " skips the line above it";
  return years && !options.header ? table.Out("header = true", "says that the numbers of this one are names") : table.Out();
}

// How many different ones of the cells the program mentions.
static size_t MentionedOf(const std::vector<std::string_view>& cells, const CsvOptions& options) {
  std::unordered_set<std::string_view> found;
  for (const std::string_view cell : cells)
    if (std::binary_search(options.mentioned.begin(), options.mentioned.end(), cell)) found.insert(cell);
  return found.size();
}

bool AreMentioned(const std::vector<std::string>& cells, const CsvOptions& options) {
  const size_t found = MentionedOf({cells.begin(), cells.end()}, options);
  const auto words = std::count_if(cells.begin(), cells.end(), [&](const std::string& cell) { return !cell.empty() && !IsNumber(cell, options); });
  return found >= 2 || (found == 1 && words == 1);
}

// The first rows hold text in a column that holds numbers in all rows below, and no number: lines of titles and units as wide as the table.
void RequireNoTextAbove(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  constexpr size_t kFewest = 2, kFewestEvents = 5;
  const size_t rows = sample.counts.size();
  size_t first = rows;
  while (first > 0 && sample.numbers[first - 1] && sample.counts[first - 1] == options.names.size()) --first;
  if (first < kFewest || first + kFewestEvents > rows || std::find(sample.numbers.begin(), sample.numbers.begin() + static_cast<std::ptrdiff_t>(first), true) != sample.numbers.begin() + static_cast<std::ptrdiff_t>(first)) return;
  const std::vector<std::vector<std::string>> cells = CellsOfRows(content, sample, separator, options);
  std::vector<size_t> numbers(options.names.size(), 0);
  for (size_t row = first; row < cells.size(); ++row)
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] += IsNumber(cells[row][i], options);
  for (size_t row = 0; row < first; ++row) {
    bool text = cells[row].size() != numbers.size();
    for (size_t i = 0; i < numbers.size() && !text; ++i) text = 4 * numbers[i] >= 3 * (rows - first) && HasLetter(cells[row][i]) && !IsMissingText(cells[row][i]) && !options.HasMark(cells[row][i]);
    if (!text) return;
  }
  throw Malformed(options, "this line may be the first event: the " + std::to_string(first) + " lines above it hold text where those below hold numbers", sample.lines[first], FirstLinesLeftOut(sample.lines[first] - 1) + " leaves them out; if they are events, `missing` lists what says that there is no value");
}

void RequireNoPreamble(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  constexpr size_t kFewest = 2, kFewestEvents = 5;
  const size_t width = sample.counts.back(), rows = sample.counts.size();
  size_t first = rows;
  const Remarks remarks = RemarksAbove(content, options);
  while (first > 0 && sample.counts[first - 1] == width && sample.lines[first - 1] > remarks.last) --first;
  if (first == 0 || first == rows || width < 2 || sample.counts.front() == width || (HasShortHeader(sample) && !AnyNumber(sample.first, options))) return;
  if (first + kFewest < rows) RequireNoLongHeader(content, sample, first, separator, options);
  TableBelow table{CellsOfRows(content, sample, separator, options), sample.lines, first, separator};
  const auto with_number = std::count(sample.numbers.begin() + static_cast<std::ptrdiff_t>(first), sample.numbers.end(), true);  // others have marks alone
  const bool events = sample.numbers[first] && !(first + 1 < rows && sample.names[first + 1] && !sample.numbers[first + 1]) && 2 * with_number > static_cast<std::ptrdiff_t>(rows - first);
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
  if (std::string_view("#%!*@").find(table.rows[header][0].substr(0, 1)) != std::string_view::npos) RequireNamedHeaderFirst(content, options);
  Cure cure = LinesSkipped(content, sample, table, remarks, options);
  if (options.header == false && options.names.empty()) {
    cure = cure + ", and this line names the columns: leave `header = false` out";
    cure.setting.clear();
  }
  throw Malformed(options, "this line may be the header, with " + std::to_string(width) + " cells as all below it have, and " + (header == 1 ? "the line above it has others" : "lines above it have others"), sample.lines[header], cure);
}

}  // namespace nnc::runtime
