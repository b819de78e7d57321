#include "runtime/named_header.h"

#include "runtime/csv_first_line.h"
#include "runtime/csv_remarks.h"
#include "runtime/csv_sample.h"
#include "runtime/csv_scanner.h"
#include "runtime/csv_text.h"
#include "runtime/names.h"
#include "runtime/number_text.h"
#include "runtime/row_widths.h"

#include <algorithm>
#include <cctype>
#include <unordered_set>

namespace nnc::runtime {

static constexpr std::string_view kSigns = ",;\t| ";

// The first lines, without blanks around them; a tab at the end separates a cell.
static std::vector<std::string_view> FirstLines(std::string_view content) {
  constexpr size_t kMost = 300;
  std::vector<std::string_view> lines;
  for (size_t at = 0; at < content.size() && lines.size() < kMost;) {
    const size_t end = EndOfLine(content, at);
    std::string_view line = content.substr(at, end - at);
    while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    lines.push_back(Trimmed(line).empty() ? std::string_view() : line);
    at = BehindLineEnd(content, end);
  }
  return lines;
}

// The cells of a line, be it a comment or not, as the sign separates them.
static std::vector<std::string> CellsOf(std::string_view line, char separator, const CsvOptions& given) {
  CsvOptions options = given;
  options.comments.clear();
  return CellsOfLine(line, separator, options);
}

static bool HasLetterOrDigit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80; });
}

// Of remarks, or a bar around cells.
static bool BeginsWithSign(std::string_view text) { return !text.empty() && std::string_view("#%!*@|").find(text[0]) != text.npos; }

// The names of a line: its cells, without the sign that a line of remarks begins with, and without bars around them.
static std::vector<std::string> NamesOf(std::string_view line, char separator, const CsvOptions& options) {
  while (!line.empty() && std::string_view("#%!*@/|").find(line[0]) != line.npos) line = Trimmed(line.substr(1));
  while (!line.empty() && line.back() == '|') line = Trimmed(line.substr(0, line.size() - 1));
  std::vector<std::string> names = CellsOf(line, separator, options);
  if (!names.empty() && names[0].size() > 1 && names[0][0] == '~') names.erase(names.begin());  // of a section, as `~A  DEPTH  GR`
  return names;
}

static bool AreDistinct(const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), HasLetterOrDigit) && std::unordered_set<std::string_view>(names.begin(), names.end()).size() == names.size();
}

// Whether a cell is a number, with a point or a comma.
static bool HasNumber(const std::vector<std::string>& cells, const CsvOptions& options) {
  Notation other = options.notation;
  other.decimal = other.decimal == '.' ? ',' : '.';
  return AnyNumber(cells, options) || std::any_of(cells.begin(), cells.end(), [&](const std::string& cell) { return ParseNumber(cell, other).has_value(); });
}

// What is not UTF-8, as it is in Latin 1: the setting may still be missing.
static std::string InUtf8(std::string_view text) {
  if (IsUtf8(text)) return std::string(text);
  std::string utf8;
  for (const unsigned char c : text) {
    if (c < 0x80) utf8 += static_cast<char>(c);
    else utf8 += {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 0x3F))};
  }
  return utf8;
}

static size_t MentionedIn(const std::vector<std::string>& cells, const CsvOptions& options) {
  const std::unordered_set<std::string_view> distinct(cells.begin(), cells.end());
  return static_cast<size_t>(std::count_if(distinct.begin(), distinct.end(), [&](std::string_view cell) { return std::binary_search(options.mentioned.begin(), options.mentioned.end(), InUtf8(cell)); }));
}

namespace {

// The lines below names, as a sign separates them.
struct LinesBelow {
  size_t rows = 0, full = 0, shorter = 0;  // lines; with a cell for each name; with one for each but the last
  size_t ends = 0;                         // of the full ones, those with a separator behind
  bool event = false;                      // the first is one of the two, with a number
};

}  // namespace

static LinesBelow LinesFrom(const std::vector<std::string_view>& lines, size_t first, size_t width, char separator, const CsvOptions& options) {
  constexpr size_t kMost = 50;
  LinesBelow below;
  for (size_t line = first; line < lines.size() && below.rows < kMost; ++line) {
    if (lines[line].empty()) continue;
    const std::vector<std::string> cells = CellsOf(lines[line], separator, options);
    const bool number = HasNumber(cells, options), ends = cells.size() == width + 1 && cells.back().empty();
    const bool full = number && (cells.size() == width || ends), shorter = number && cells.size() + 1 == width;
    if (below.rows++ == 0) below.event = full || shorter;
    below.full += full;
    below.ends += full && ends;
    below.shorter += shorter;
  }
  return below;
}

// What separates the cells of the lines below: the sign between the names where the line has it, too.
static std::string SeparatorsOf(std::string_view line, char sign, const CsvOptions& options) {
  if (options.separator != 0) return std::string(1, options.separator);
  return std::string(sign != ' ' && line.find(sign) != line.npos ? std::string_view(&sign, 1) : kSigns);
}

// The names of one line as the signs may separate them, and the first event below it.
static std::optional<NamedHeader> HeaderAt(const std::vector<std::string_view>& lines, size_t line, char sign, const CsvOptions& options) {
  constexpr size_t kUnits = 5, kFewest = 3;  // lines between names and events, of units, kinds, rules; events
  const std::vector<std::string> names = NamesOf(lines[line], sign, options);
  if (names.size() < 2 || MentionedIn(names, options) < 2 || !AreDistinct(names) || (sign == ' ' && lines[line].find('\t') != std::string_view::npos)) return std::nullopt;
  for (size_t event = line + 1; event < lines.size() && event <= line + kUnits; ++event)
    for (const char separator : SeparatorsOf(lines[event], sign, options)) {
      const LinesBelow below = LinesFrom(lines, event, names.size(), separator, options);
      const bool full = below.full >= kFewest && 4 * below.full >= 3 * below.rows;  // notes may stand below
      const bool shorter = names.size() > 2 && below.shorter >= kFewest && 10 * below.shorter >= 9 * below.rows && below.full + below.shorter == below.rows && MentionedIn({names.back()}, options) == 0;
      if (!below.event || (!full && !shorter) || (!full && below.full > 0 && separator == ' ')) continue;  // no pattern tells cells between runs of blanks
      NamedHeader found{static_cast<int64_t>(line) + 1, static_cast<int64_t>(event) + 1, names, separator};
      found.ends = below.ends > 0;
      found.plain = full && !found.ends && event == line + 1 && CellsOf(lines[line], separator, options) == names && !IsCommentLine(lines[line], separator, options);
      found.commas = separator != ',' && separator != ' ' && lines[event].find(',') != std::string_view::npos;
      found.cut = !full && below.full > 0;
      if (!full) found.names.pop_back();
      return found;
    }
  return std::nullopt;
}

// The line below the first that has two names of columns which the program reads, as they stand, where the first has none.
static std::optional<NamedHeader> PlainHeader(std::string_view content, char separator, const CsvOptions& options) {
  constexpr int kLines = 200;
  CsvScanner scanner(content, separator, options);
  try {
    for (int row = 0; row < kLines && scanner.NextRow(); ++row) {
      const size_t found = MentionedIn({scanner.cells().begin(), scanner.cells().end()}, options);
      if (found > 0 && row == 0) return std::nullopt;
      if (found < 2 || (separator == ' ' && 2 * found < scanner.cells().size()) || BeginsWithSign(scanner.cells()[0])) continue;
      NamedHeader header{scanner.line(), scanner.line() + 1, {}, separator};
      header.plain = true;
      return header;
    }
  } catch (const DataError&) {
  }
  return std::nullopt;
}

std::optional<NamedHeader> FindNamedHeader(std::string_view content, const CsvOptions& options) {
  if (options.mentioned.empty() || !options.names.empty() || options.header == false || !options.widths.empty()) return std::nullopt;
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  const std::vector<std::string_view> lines = FirstLines(content);
  bool first = true;  // no row was met
  for (size_t line = 0; line < lines.size(); ++line) {
    if (lines[line].empty()) continue;
    const bool comment = IsCommentLine(lines[line], options.separator, options);
    for (const char sign : kSigns) {
      if (first && !comment && !BeginsWithSign(lines[line]) && MentionedIn(CellsOf(lines[line], sign, options), options) > 0) return std::nullopt;
      auto found = HeaderAt(lines, line, sign, options);
      if (!found) continue;
      for (size_t above = line; above + 1 < static_cast<size_t>(found->first_event); ++above) found->skipped = IsCommentLine(lines[above], options.separator, options) && (above == line || found->skipped);
      return found;
    }
    first = first && comment;
  }
  for (const char separator : options.separator != 0 ? std::string_view(&options.separator, 1) : kSigns)
    if (auto found = PlainHeader(content, separator, options)) return found;
  return std::nullopt;
}

// What leaves out all that stands above the events, and names the columns.
static Cure CureOf(const NamedHeader& header, std::string_view content, const CsvOptions& options) {
  const Remarks remarks = RemarksAbove(content, options);
  if (std::find_if_not(header.names.begin(), header.names.end(), IsUtf8) != header.names.end()) return InAnotherEncoding();
  if (header.plain) return !remarks.sign.empty() && remarks.last == header.line - 1 ? Offered(WithComment(options, {remarks.sign})) + " skips the lines above it" : FirstLinesLeftOut(header.line - 1) + " leaves out what stands above it";
  const std::string all = DistinctNames(header.names), sign = header.separator == '\t' ? "tab" : std::string(1, header.separator);
  std::string names = all.substr(0, all.rfind(", header"));
  if (header.commas && options.separator == 0) names += ", separator = \"" + sign + "\"";
  if (header.ends) names += ", " + ReplacedInLines({std::string("[") + header.separator + "] *$", ""}).setting;
  if (header.skipped) return Offered(names) + " names the columns as this line does, which `comment` skips";
  if (!remarks.sign.empty() && remarks.last == header.first_event - 1) return Offered(WithComment(options, {remarks.sign}) + ", " + names) + " skips the lines above the events and names the columns as this one does";
  const std::string cell = std::string("[^") + header.separator + "]*", between = std::string("[") + header.separator + "]";
  if (header.cut) names += ", " + ReplacedInLines({"^((" + cell + between + "){" + std::to_string(header.names.size() - 1) + "}" + cell + ")" + between + ".*", "$1"}).setting;
  return FirstLinesLeftOut(header.first_event - 1, names) + " leaves out what stands above the events and names the columns as this line does" + (header.cut ? ", and takes out the last cell, which few rows have" : "");
}

void RequireNamedHeaderFirst(std::string_view content, const CsvOptions& options, bool plain) {
  if (const auto header = FindNamedHeader(content, options); header && (plain || !header->plain))
    throw Malformed(options, "this line has names of columns that the program reads, and the lines above it have none: it is the header", header->line, CureOf(*header, content, options));
}

}  // namespace nnc::runtime
