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

Cure GluedHint(std::string_view line, size_t width) {
  const std::vector<std::string> cells = WordsOf(line);
  const auto glued = std::find_if(cells.begin(), cells.end(), IsGlued);
  if (glued == cells.end() || cells.size() >= width || WordsOf(Unglued(line)).size() != width) return "";
  return "`" + *glued + "` is " + std::to_string(WordsOf(Unglued(*glued)).size()) + " numbers without a blank between, as those that fill a field of fixed width: " + ReplacedInLines({"([0-9])-", "$1 -"}) + " sets one before each minus";
}

Cure PrintedTableHint(std::string_view content, const CsvLayout& layout, const CsvOptions& options) {
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
  return "every row begins with a name that the header does not count, and blanks stand in names, as R prints a table: " + ReplacedInLines({"^.*[^ ](( +[^ ]+){" + std::to_string(width) + "}) *$", "$1"}) +
         " leaves the names out; in R, `write.csv(d, \"new.csv\")` writes them in quotes";
}

// Which places of the lines from the header on hold something in one of them; none where that cannot be told.
static std::vector<bool> PlacesTaken(std::string_view content, int64_t line_of_header, const CsvOptions& options) {
  constexpr size_t kLongest = 1000;
  std::vector<bool> taken;
  int64_t number = 1;
  for (size_t at = 0; at < content.size(); ++number) {
    const size_t end = std::min(content.find('\n', at), content.size());
    std::string_view line = content.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string_view text = Trimmed(line);
    const bool skipped = std::any_of(options.comments.begin(), options.comments.end(), [&](const std::string& mark) { return text.starts_with(mark); });
    if (number < line_of_header || skipped || end == content.size()) continue;  // the last line may be cut off
    if (line.size() > kLongest || std::any_of(line.begin(), line.end(), [](char c) { return c == '\t' || c == '"' || static_cast<unsigned char>(c) >= 0x80; })) return {};
    if (taken.size() < line.size()) taken.resize(line.size());
    for (size_t place = 0; place < line.size(); ++place) taken[place] = taken[place] || line[place] != ' ';
  }
  return taken;
}

namespace {

// Fields between places that are blank in all lines.
struct Fields {
  std::string widths;  // as the setting lists them
  size_t count = 0;
};

Fields FieldsOf(const std::vector<bool>& taken) {
  Fields fields;
  for (size_t place = 0, begin = 0; place < taken.size(); ++place) {
    if (!taken[place] || (place + 1 < taken.size() && taken[place + 1])) continue;
    fields.widths += (fields.count == 0 ? "" : ", ") + std::to_string(place + 1 - begin);
    begin = place + 1;
    ++fields.count;
  }
  return fields;
}

}  // namespace

// The setting that tells such fields apart.
static Cure FieldsApart(const Fields& fields) { return Offered("widths = [" + fields.widths + "]") + " reads the fields, which have the same width in all rows"; }

Cure FieldsHint(std::string_view content, size_t names, const CsvOptions& options) {
  constexpr size_t kMost = 200, kFewestCounts = 3;
  std::vector<size_t> counts;
  CsvScanner scanner(content, ' ', options);
  try {
    while (counts.size() < kMost && scanner.NextRow()) counts.push_back(scanner.cells().size());
  } catch (const DataError&) {
    return "";
  }
  std::sort(counts.begin(), counts.end());
  std::vector<size_t> distinct(counts);
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  if (distinct.size() < kFewestCounts) return "";
  const std::string rows = "rows have from " + std::to_string(counts.front()) + " to " + std::to_string(counts.back()) + " cells between blanks, which do not say which cell is empty: ";
  const Fields fields = FieldsOf(PlacesTaken(content, 1, options));
  if (fields.count < counts.back()) return rows + "write the file again with a sign between its cells; a text that holds blanks stands in quotes";
  return rows + FieldsApart(fields) + (options.separator == ' ' ? "; then leave `separator` out" : "") + (options.names.empty() || names == fields.count ? "" : ", and list a name for each of the " + std::to_string(fields.count));
}

Cure EmptyFieldsHint(std::string_view content, const std::vector<std::string>& header, int64_t line_of_header, const CsvOptions& options) {
  const Fields fields = FieldsOf(PlacesTaken(content, line_of_header, options));
  if (fields.count != header.size()) return "";
  return "blanks do not say which cell is empty: " + FieldsApart(fields) + (options.separator == ' ' ? "; then leave `separator` out" : "");
}

}  // namespace nnc::runtime
