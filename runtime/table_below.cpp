#include "runtime/table_below.h"

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

namespace {

struct Line {
  int64_t number = 0;
  std::vector<std::string> cells;
  std::vector<bool> numbers;  // whether each cell is one
  int64_t Numbers() const { return std::count(numbers.begin(), numbers.end(), true); }
};

constexpr size_t kMost = 200;  // lines that are looked at

// The first lines as blanks divide them; none where they cannot be read so.
std::vector<Line> FirstLines(std::string_view content, const CsvOptions& options) {
  std::vector<Line> lines;
  CsvScanner scanner(content, ' ', options);
  try {
    while (lines.size() < kMost && scanner.NextRow()) {
      Line& line = lines.emplace_back();
      line.number = scanner.line();
      for (std::string_view cell : scanner.cells()) {
        line.cells.emplace_back(cell);
        line.numbers.push_back(IsNumber(cell, options));
      }
    }
  } catch (const DataError&) {
    lines.clear();
  }
  return lines;
}

// Of the lines from this one on, how many are as it is.
size_t AlikeFrom(const std::vector<Line>& lines, size_t first) {
  size_t end = first;
  while (end < lines.size() && lines[end].numbers == lines[first].numbers) ++end;
  return end - first;
}

// How many lines below this one, of which the first is meant, have as many cells, up to one that has not.
std::string AsWideBelow(const std::vector<Line>& lines, size_t line, size_t first) {
  size_t end = first;
  while (end < lines.size() && lines[end].cells.size() == lines[line].cells.size()) ++end;
  return end == kMost ? "all" : std::to_string(end - first) + " lines";
}

// Whether most lines above the rows are of numbers, too, as events whose fields have fixed widths and are not all filled.
bool AreEventsAbove(const std::vector<Line>& lines, size_t rows) {
  constexpr std::ptrdiff_t kFewest = 5;
  const auto of_numbers = std::count_if(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(rows), [](const Line& line) {
    return line.numbers.size() > 2 && 2 * std::count(line.numbers.begin(), line.numbers.end(), true) >= std::ssize(line.numbers);
  });
  return of_numbers >= kFewest && 2 * of_numbers > static_cast<std::ptrdiff_t>(rows);
}

// Whether the first line may be the header, with lines of units below it: as many cells, and few lines up to the rows have others.
bool HasWidthAbove(const std::vector<Line>& lines, size_t rows) {
  constexpr int64_t kFewestOthers = 5;
  const size_t width = lines[rows].cells.size();
  return lines[0].cells.size() == width && std::count_if(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(rows), [&](const Line& line) { return line.cells.size() != width; }) < kFewestOthers;
}

// Whether the line is as the row, but for cells that hold no number where the row has one, as marks of what is missing.
bool IsRowWithMarks(const Line& line, const Line& row) {
  if (line.cells.size() != row.cells.size() || 2 * line.Numbers() < row.Numbers()) return false;
  for (size_t i = 0; i < row.cells.size(); ++i)
    if (line.numbers[i] && !row.numbers[i]) return false;
  return true;
}

// Where the rows begin; the number of lines where none do.
size_t BeginOfRows(const std::vector<Line>& lines) {
  constexpr size_t kFewest = 5, kFewestAlone = 10, kAbove = 2, kAboveTexts = 3;
  for (size_t found = 0; found < lines.size(); ++found) {
    size_t first = found;
    const size_t width = lines[first].cells.size(), alike = AlikeFrom(lines, first);
    const auto numbers = static_cast<size_t>(lines[first].Numbers());
    if (numbers == 0 || (width > 1 && numbers < 2) || alike < kFewest) continue;
    const bool alone = width == 1;
    while (first > 0 && width > 2 && IsRowWithMarks(lines[first - 1], lines[found])) --first;
    if (first < (numbers < width ? kAboveTexts : kAbove) || HasWidthAbove(lines, first) || (alone && (alike < kFewestAlone || found + alike < lines.size()))) return lines.size();
    return first;
  }
  return lines.size();
}

bool HasTextBehindNumber(const Line& line) {
  for (size_t i = 1; i < line.cells.size(); ++i)
    if (line.numbers[i - 1] && !line.numbers[i] && !IsMissingText(line.cells[i])) return true;
  return false;
}

// Whether the line may name as many columns: names that differ, and no units in brackets.
bool IsOfNames(const Line& line, size_t width) {
  const bool words = std::all_of(line.cells.begin(), line.cells.end(), [](const std::string& cell) { return std::isalpha(static_cast<unsigned char>(cell[0])) != 0; });
  return words && line.cells.size() == width && std::unordered_set<std::string_view>(line.cells.begin(), line.cells.end()).size() == width;
}

// The header above the rows, the highest of those lines that have as many cells; the rows themselves where there is none.
size_t HeaderOf(const std::vector<Line>& lines, size_t rows) {
  const size_t width = lines[rows].cells.size();
  size_t header = rows;
  for (size_t line = rows; width > 1 && line > 0 && lines[line - 1].cells.size() == width; --line)
    if (IsOfNames(lines[line - 1], width)) header = line - 1;
  return header;
}

// How many bars each of the first lines has; 0 where these are not several, or not as many in all of them.
int64_t BarsInAll(std::string_view content, const CsvOptions& options) {
  constexpr int kFewest = 5, kLines = 50;
  int64_t bars = 0;
  int lines = 0;
  for (size_t at = 0; at < content.size() && lines < kLines; at = std::min(content.find('\n', at), content.size() - 1) + 1) {
    const std::string_view line = content.substr(at, std::min(content.find('\n', at), content.size()) - at), text = Trimmed(line);
    if (text.empty() || IsCommentLine(text, 0, options)) continue;
    const auto here = std::count(line.begin(), line.end(), '|');
    if (here < 2 || (lines > 0 && here != bars && at + line.size() < content.size())) return 0;
    bars = lines++ > 0 ? bars : here;
  }
  return lines < kFewest ? 0 : bars;
}

}  // namespace

void RequireNoProseAbove(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  if (const int64_t bars = options.separator == 0 && (separator == ' ' || sample.first.size() == 1) ? BarsInAll(content, options) : 0; bars > 0)
    throw Malformed(options, "each line has " + std::to_string(bars) + " `|`", sample.first_line, "where these separate the cells, write " + Offered("separator = \"|\"") + "; where blanks do, `separator = \"blanks\"`");
  const bool blanks = separator == ' ' || (options.separator == 0 && (sample.first.size() == 1 || (separator != '\t' && !sample.AllAlike())));
  if (!blanks || options.notation.thousands == ' ' || sample.first.empty() || sample.first[0].starts_with('#')) return;
  const std::vector<Line> lines = FirstLines(content, options);
  const size_t rows = BeginOfRows(lines);
  if (rows == lines.size() || AreEventsAbove(lines, rows)) return;
  const size_t width = lines[rows].cells.size(), header = HeaderOf(lines, rows);
  if (header == rows) RequireNamedHeaderFirst(content, options);
  const bool named = !options.names.empty() || options.header == false;
  const int64_t line = lines[header].number;
  const std::string cells = std::to_string(width) + (width == 1 ? " cell" : " cells");
  const Remarks remarks = RemarksAbove(content, options);
  RequireNoRemarksAbove(remarks, lines[header - 1].number, options);
  const bool sign = !remarks.sign.empty() && lines[header - 1].number <= remarks.last;
  const bool called = header == rows && !named && width > 1;
  const std::string further = called ? ", header = false" : "";
  Cure cure = Offered((sign ? WithComment(options, {remarks.sign}) : "skip = " + std::to_string(line - 1)) + further) + (sign ? " skips the lines above it" : " leaves out what stands above it");
  std::string& hint = cure.hint;
  if ((!named && width == 1 && header == rows) || options.header.value_or(false) || (header != rows && named && options.names.empty())) cure.setting.clear();  // it does not do alone
  if (header != rows && options.header == false) hint += ", and this line names the columns: leave `header = false` out";
  if (header != rows)
    throw Malformed(options, "this line may be the header, with " + cells + " as " + AsWideBelow(lines, rows, rows) + " below it have, and lines above it have others", line, cure);
  if (!named) hint += width == 1 ? ", and `names = [a]` names the column" : " and calls the columns c0, c1, ...; `names = [a, b, ...]` with " + std::to_string(width) + " names in place of it names them";
  const bool units = HasTextBehindNumber(lines[rows]);
  if (!options.names.empty() && options.names.size() != width && !units) hint += "; and `names` lists a name for each of the " + cells;
  if (units) hint += "; with `units`, as in `units = [\"keV\", \"MeV = 1000 keV\"]`, a number and the unit behind it are one cell";
  if (options.header.value_or(false)) hint += "; leave `header = true` out";
  throw Malformed(options, "this line may be the first event, with " + cells + " as " + AsWideBelow(lines, rows, rows + 1) + " below it have, and lines above it have others", line, cure);
}

}  // namespace nnc::runtime
