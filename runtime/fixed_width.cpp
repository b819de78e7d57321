#include "runtime/fixed_width.h"

#include "runtime/csv_remarks.h"
#include "runtime/csv_scanner.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <vector>

namespace nnc::runtime {

static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// With a blank before each minus behind a digit: the one of an exponent has a letter before it.
static std::string Unglued(std::string_view text) {
  std::string apart;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '-' && at > 0 && IsDigit(text[at - 1])) apart += ' ';
    apart += text[at];
  }
  return apart;
}

// Several numbers, each with a point.
static bool IsGlued(const std::string& cell) {
  const std::vector<std::string> numbers = WordsOf(Unglued(cell));
  return numbers.size() > 1 && std::all_of(numbers.begin(), numbers.end(), [](const std::string& number) { return number.find('.') != number.npos && ParseNumber(number); });
}

std::string GluedHint(std::string_view line, size_t width) {
  const std::vector<std::string> cells = WordsOf(line);
  const auto glued = std::find_if(cells.begin(), cells.end(), IsGlued);
  if (glued == cells.end() || cells.size() >= width || WordsOf(Unglued(line)).size() != width) return "";
  return "`" + *glued + "` is " + std::to_string(WordsOf(Unglued(*glued)).size()) + " numbers without a blank between, as those that fill a field of fixed width: `sed 's/\\([0-9]\\)-/\\1 -/g' old.csv > new.csv` sets one before each minus";
}

std::string PrintedTableHint(std::string_view content, const CsvLayout& layout, const CsvOptions& options) {
  constexpr size_t kEnough = 40;
  if (layout.separator != ' ' || layout.first_row_is_data) return "";
  CsvScanner scanner(content, layout.separator, options);
  scanner.NextRow();
  const size_t width = layout.names.size();
  const auto is_number = [&](std::string_view cell) { return IsMissingText(cell) || ParseNumber(cell, options.notation); };
  for (size_t row = 0; row < kEnough && scanner.NextRow(); ++row) {
    const auto& cells = scanner.cells();
    if (cells.size() <= width || is_number(cells[0]) || !std::all_of(cells.end() - static_cast<std::ptrdiff_t>(width), cells.end(), is_number)) return "";
  }
  return "every row begins with a name that the header does not count, and blanks stand in names, as R prints a table: `awk '{ for (i = NF - " + std::to_string(width - 1) +
         "; i <= NF; ++i) printf \"%s \", $i; print \"\" }' old.csv > new.csv` leaves the names out; in R, `write.csv(d, \"new.csv\")` writes them in quotes";
}

}  // namespace nnc::runtime
