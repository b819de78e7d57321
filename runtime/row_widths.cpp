#include "runtime/row_widths.h"

#include "runtime/csv_remarks.h"
#include "runtime/csv_scanner.h"
#include "runtime/csv_text.h"
#include "runtime/fixed_width.h"
#include "runtime/names.h"
#include "runtime/number_text.h"
#include "runtime/other_separator.h"

#include <algorithm>

namespace nnc::runtime {

// Which columns hold numbers in the rows of the right width, none where no row has it.
static std::vector<bool> NumbersAbove(std::string_view content, const CsvLayout& layout, const CsvOptions& options) {
  constexpr size_t kEnough = 40;
  CsvScanner scanner(content, layout.separator, options);
  std::vector<bool> numbers(layout.names.size(), true);
  size_t rows = 0;
  if (!layout.first_row_is_data) scanner.NextRow();
  while (rows < kEnough && scanner.NextRow()) {
    if (scanner.cells().size() != numbers.size()) continue;
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = numbers[i] && (IsMissingText(scanner.cells()[i]) || ParseNumber(scanner.cells()[i], options.notation));
    ++rows;
  }
  return rows == 0 ? std::vector<bool>() : numbers;
}

// Blanks separate the cells, and the row has more than there are columns: which of them may be one text is known where the cells on both
// sides of it, and they alone, fit the columns of numbers and of text.
static Cure BlanksHint(std::string_view content, const CsvLayout& layout, const CsvOptions& options, const std::vector<std::string_view>& cells) {
  if (Cure printed = PrintedTableHint(content, layout, options); !printed.hint.empty()) return printed;
  const size_t width = layout.names.size(), more = cells.size() - width;
  const auto number = [&](size_t i) { return IsMissingText(cells[i]) || ParseNumber(cells[i], options.notation); };
  const std::vector<bool> numbers = NumbersAbove(content, layout, options);
  std::vector<size_t> places;
  for (size_t at = 0; at < width; ++at) {
    bool text = false, fits = numbers.empty() || !numbers[at];
    for (size_t i = at; i <= at + more; ++i) text = text || !number(i), fits = fits && !(numbers.empty() && number(i));
    for (size_t i = 0; i < width && fits; ++i) fits = i == at || (numbers.empty() ? number(i < at ? i : i + more) : !numbers[i] || number(i < at ? i : i + more));
    if (text && fits) places.push_back(at);
  }
  const std::string rule = "blanks separate the cells, and a text that holds blanks stands in quotes";
  if (places.size() != 1) {
    Cure fields = FieldsHint(content, width, options);
    return fields.hint.empty() ? Cure(rule) : fields;
  }
  std::string meant(cells[places[0]]);
  for (size_t i = places[0] + 1; i <= places[0] + more; ++i) meant += " " + std::string(cells[i]);
  return rule + ": `" + layout.names[places[0]] + "` may be meant as `\"" + meant + "\"`";
}

std::vector<std::string> CellsOfLine(std::string_view line, char separator, const CsvOptions& options) {
  try {
    CsvScanner scanner(line, separator, options);
    if (scanner.NextRow()) return {scanner.cells().begin(), scanner.cells().end()};
  } catch (const DataError&) {  // a quote that is not closed
  }
  return {};
}

// The lines from this one to the end, where none is a row: sums, notes, sources below a table. What skips them; nothing where they are many, or begin
// as other lines do.
static Cure LastLinesOut(std::string_view content, const CsvLayout& layout, const CsvOptions& options, int64_t first) {
  constexpr size_t kMost = 20;
  std::vector<int64_t> lines;
  int64_t number = 1;
  for (size_t at = 0; at < content.size(); ++number) {
    const size_t end = EndOfLine(content, at);
    const std::string_view line = content.substr(at, end - at);
    at = BehindLineEnd(content, end);
    if (number < first || Trimmed(line).empty() || IsCommentLine(Trimmed(line), layout.separator, options)) continue;
    const std::vector<std::string> cells = CellsOfLine(line, layout.separator, options);
    const auto numbers = static_cast<size_t>(std::count_if(cells.begin(), cells.end(), [&](const std::string& cell) { return ParseNumber(cell, options.notation).has_value(); }));
    const bool row = cells.size() == layout.names.size() && (layout.separator != ' ' || 2 * numbers >= cells.size());  // prose may have as many words
    if (lines.size() == kMost || row) return {};
    lines.push_back(number);
  }
  if (lines.size() < 2) return {};
  const std::vector<std::string> marks = MarksOfLines(content, lines, layout.separator, options);
  if (marks.empty()) return {};
  return "none of the last " + std::to_string(lines.size()) + " lines is an event: " + Offered(WithComment(options, marks)) + " skips them; a row that is cut off is completed or taken out";
}

Cure RowHint(std::string_view content, const CsvLayout& layout, const CsvOptions& options, const std::vector<std::string_view>& cells, int64_t line, bool last) {
  constexpr int64_t kFewestAbove = 20;  // lines, which have as many cells
  const bool sign = layout.separator != ' ' && layout.separator != '\t';
  if (options.comments.empty() && cells[0].starts_with('#') && !IsErrorOfSheets(cells[0])) return "lines that begin with `#` are skipped with " + Offered("comment = \"#\"");
  if (sign && cells.size() == layout.names.size() + 1 && cells.back().empty())
    return "the row ends with a separator: " + ReplacedInLines({std::string("[") + layout.separator + "] *$", ""}) + " takes it out";
  if (cells.size() < layout.names.size() || (layout.separator == ' ' && cells.size() > layout.names.size() && line > kFewestAbove))
    if (Cure last = LastLinesOut(content, layout, options, line); !last.hint.empty()) return last;
  const auto remark = std::find_if(cells.begin() + 1, cells.end(), [](std::string_view cell) { return cell.starts_with('#'); });
  if (remark != cells.end() && static_cast<size_t>(remark - cells.begin()) == layout.names.size())
    return "a remark stands on a line of its own: " + ReplacedInLines({"[ ,;\t]+#.*", ""}) + " takes those behind cells out";
  if (layout.separator == '\t' && cells.size() > layout.names.size())
    return std::any_of(cells.begin(), cells.end(), [](std::string_view cell) { return cell.empty(); }) ? TabsInARow() : "a cell that holds a tab stands in quotes";
  if (sign && cells.size() > layout.names.size()) return std::string("a cell that holds `") + layout.separator + "` stands in quotes";
  if (cells.size() == 1 && cells[0] == "\x1A") return "old programs end files with this sign: `tr -d '\\032' < old.csv > new.csv` takes it out";
  const bool number = std::any_of(cells.begin(), cells.end(), [&](std::string_view cell) { return ParseNumber(cell, options.notation).has_value(); });
  if ((cells.size() == 1 || layout.separator == ' ') && !number && BeginsRemark(cells[0]))
    if (const std::string start = StartOfRemark(content, cells[0]); !start.empty())
      return "if this line is no event, " + Offered(WithComment(options, {start})) + " skips it" + (cells.size() > layout.names.size() ? "; otherwise a text that holds blanks stands in quotes" : "");
  if (layout.separator == ' ')
    if (Cure glued = GluedHint(LineAt(content, line), layout.names.size()); !glued.hint.empty()) return glued;
  if (layout.separator == ' ' && cells.size() > layout.names.size()) return BlanksHint(content, layout, options, cells);
  if (Cure fields = layout.separator == ' ' ? FieldsHint(content, layout.names.size(), options) : ""; !fields.hint.empty()) return fields;
  if (cells.size() == 1) return "the line is cut off, or no event: complete it or take it out of the file";
  if (last) return "the line is cut off, or no event: complete it or take it out of the file";
  if (layout.separator == ' ') return "blanks do not say which cell is empty: give those without a value a mark, as `-`, which `missing = \"-\"` takes for none";
  return "the row lacks a cell: one without a value is written empty, between its separators";
}

Cure RepeatedHeaderOut(std::string_view content, int64_t header, int64_t line, const CsvOptions& options) {
  constexpr size_t kMost = 50;
  const std::string_view names = LineAt(content, header);
  if (names != LineAt(content, line)) return "take it out of the file";
  std::vector<int64_t> lines = options.skip_lines;
  int64_t number = 1;
  for (size_t at = 0; at < content.size(); ++number) {
    const size_t end = EndOfLine(content, at);
    if (number >= line && content.substr(at, end - at) == names) lines.push_back(number);
    at = BehindLineEnd(content, end);
  }
  if (lines.size() > kMost || options.skip > 0) return "if the rows below it are of the same table, take all lines out that repeat the header";
  return "if the rows below it are of the same table, " + Offered(LinesLeftOut(lines)) + " leaves out the lines that repeat the header";
}

}  // namespace nnc::runtime
