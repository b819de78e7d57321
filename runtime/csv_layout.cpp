#include "runtime/csv_layout.h"

#include "runtime/csv_scanner.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace nnc::runtime {

static constexpr size_t kSampledRows = 21;  // a header and twenty events

namespace {

// The first rows, taken apart by one separator.
struct Sample {
  std::vector<std::string> first, second;  // cells of the first two rows
  int64_t first_line = 1;
  std::vector<size_t> counts;  // cells of each row
  bool failed = false;         // the rows cannot be read with this separator
  bool AllAlike() const { return std::all_of(counts.begin(), counts.end(), [&](size_t count) { return count == counts.front(); }); }
};

}  // namespace

static DataError Malformed(const CsvOptions& options, std::string message, int64_t line, std::string hint = "") {
  return DataError(DataErrorKind::MalformedData, std::move(message), {options.shown_as, 0, line}, std::move(hint));
}

// Nothing if the content ends before enough rows are complete and more of the file is to come.
static std::optional<Sample> TakeSample(std::string_view content, char separator, const CsvOptions& options, bool whole) {
  Sample sample;
  CsvScanner scanner(content, separator, options.comment, options.shown_as);
  try {
    while (sample.counts.size() < kSampledRows && scanner.NextRow()) {
      if (!whole && scanner.AtEnd()) return std::nullopt;
      if (sample.counts.empty()) {
        sample.first.assign(scanner.cells().begin(), scanner.cells().end());
        sample.first_line = scanner.line();
      } else if (sample.counts.size() == 1) {
        sample.second.assign(scanner.cells().begin(), scanner.cells().end());
      }
      sample.counts.push_back(scanner.cells().size());
    }
  } catch (const DataError&) {
    if (!whole) return std::nullopt;
    sample.failed = true;
  }
  if (!whole && sample.counts.size() < kSampledRows) return std::nullopt;
  return sample;
}

static std::string Shown(char separator) {
  if (separator == '\t') return "tabs";
  if (separator == ' ') return "blanks";
  return std::string("`") + separator + "`";
}

static DataError Ambiguous(const CsvOptions& options, const std::vector<char>& candidates, int64_t line) {
  std::string text = "the cells of the first line may be separated by ";
  for (size_t i = 0; i < candidates.size(); ++i)
    text += (i == 0 ? "" : i + 1 == candidates.size() ? " or " : ", ") + Shown(candidates[i]);
  std::string written = candidates.back() == '\t' ? "tab" : std::string(1, candidates.back());
  return Malformed(options, std::move(text), line, "say which, as in `separator = \"" + written + "\"`");
}

// Gives the separator and the sample that it makes; nothing where the content is too short.
static std::optional<std::pair<char, Sample>> FindSeparator(std::string_view content, const CsvOptions& options, bool whole) {
  std::vector<std::pair<char, Sample>> dividing;
  for (char separator : {',', '\t', ';'}) {
    std::optional<Sample> sample = TakeSample(content, separator, options, whole);
    if (!sample) return std::nullopt;
    if (!sample->failed && sample->first.size() > 1) dividing.emplace_back(separator, std::move(*sample));
  }
  // A tab among blanks is one of them.
  if (dividing.size() == 1 && dividing[0].first == '\t' && !dividing[0].second.AllAlike()) {
    std::optional<Sample> blanks = TakeSample(content, ' ', options, whole);
    if (!blanks) return std::nullopt;
    if (!blanks->failed && blanks->AllAlike()) return std::pair{' ', std::move(*blanks)};
  }
  if (dividing.empty()) {
    std::optional<Sample> blanks = TakeSample(content, ' ', options, whole);
    if (!blanks) return std::nullopt;
    if (!blanks->failed && blanks->first.size() > 1 && blanks->AllAlike()) return std::pair{' ', std::move(*blanks)};
    std::optional<Sample> single = TakeSample(content, ',', options, whole);
    return single ? std::optional(std::pair{',', std::move(*single)}) : std::nullopt;
  }
  if (dividing.size() == 1) return std::move(dividing.front());
  std::vector<char> candidates, fitting;
  for (const auto& [separator, sample] : dividing) {
    candidates.push_back(separator);
    if (sample.AllAlike()) fitting.push_back(separator);
  }
  if (fitting.size() != 1) throw Ambiguous(options, fitting.empty() ? candidates : fitting, dividing.front().second.first_line);
  for (auto& each : dividing)
    if (each.first == fitting.front()) return std::move(each);
  return std::nullopt;
}

static const char* const kHeaderOrEvent = "if it is an event, name the columns, `names = [a, b, c]`, or write `header = false`, which calls them c0, c1, ...; "
                                          "if it is a header, write `header = true`";

static void RequireNames(const std::vector<std::string>& names, const CsvOptions& options, int64_t line, const std::string& hint) {
  std::unordered_set<std::string_view> seen;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty())
      throw Malformed(options, "column " + std::to_string(i + 1) + " of the header has no name", line,
                      "give all names, and skip this line: `names = [a, b, c], header = true`");
    if (!IsUtf8(names[i]))
      throw Malformed(options, "the name of column " + std::to_string(i + 1) + " is not UTF-8 text", line,
                      "convert the file, as in `iconv -f latin1 -t utf8 old.csv > new.csv`");
    if (!seen.insert(names[i]).second) throw Malformed(options, "the header names column `" + names[i] + "` twice", line, hint);
  }
}

static bool IsNumber(const std::string& cell) {
  return cell.find_first_of("0123456789") != cell.npos && ParseNumber(cell).has_value();
}

static bool AnyNumber(const std::vector<std::string>& cells) { return std::any_of(cells.begin(), cells.end(), IsNumber); }

static void NameFromFirstRow(CsvLayout& layout, const Sample& sample, const CsvOptions& options) {
  if (!options.header)
    for (const std::string& cell : sample.first)
      if (IsNumber(cell))
        throw Malformed(options, "the first line holds the number " + cell + " where the columns' names are expected", sample.first_line, kHeaderOrEvent);
  RequireNames(sample.first, options, sample.first_line, options.header ? "" : kHeaderOrEvent);
  layout.names = sample.first;
}

// The program lists the names; is the first row a header all the same? It is if it is made of listed names: some of them, in any order.
static void NameFromList(CsvLayout& layout, const Sample& sample, const CsvOptions& options) {
  RequireNames(options.names, options, 0, "");
  layout.names = options.names;
  layout.first_row_is_data = true;
  if (sample.counts.empty()) return;
  const std::vector<std::string>& first = sample.first;
  auto listed = [&](const std::string& cell) { return std::find(options.names.begin(), options.names.end(), cell) != options.names.end(); };
  if (!options.header && std::all_of(first.begin(), first.end(), listed)) {
    RequireNames(first, options, sample.first_line, "");
    layout.names = first;
    layout.first_row_is_data = false;
    return;
  }
  if (first.size() != options.names.size())
    throw Malformed(options, "the first line has " + std::to_string(first.size()) + " cells, but " + std::to_string(options.names.size()) +
                                 " columns are listed", sample.first_line, "a file with a header line may hold some of the listed columns, in any order");
  layout.first_row_is_data = !options.header.value_or(false);
  if (!options.header && !AnyNumber(first) && AnyNumber(sample.second))
    throw Malformed(options, "the first line holds no number, and the second does; it may be a header of other names than those listed", sample.first_line,
                    "`header = true` skips it, `header = false` takes it as an event");
}

std::optional<CsvLayout> FindCsvLayout(std::string_view content, const CsvOptions& options, bool whole) {
  if (content.starts_with("\xFF\xFE") || content.starts_with("\xFE\xFF"))
    throw Malformed(options, "this is UTF-16 text", 0, "convert the file, as in `iconv -f utf16 -t utf8 old.csv > new.csv`");
  if (content.substr(0, 4096).find('\0') != content.npos) throw Malformed(options, "this is not a text file", 0);
  CsvLayout layout;
  Sample sample;
  if (options.separator == 0) {
    auto found = FindSeparator(content, options, whole);
    if (!found) return std::nullopt;
    layout.separator = found->first;
    layout.separator_found = true;
    sample = std::move(found->second);
  } else {
    auto given = TakeSample(content, options.separator, options, whole);
    if (!given) return std::nullopt;
    layout.separator = options.separator;
    sample = std::move(*given);
  }
  if (!options.names.empty()) {
    NameFromList(layout, sample, options);
    return layout;
  }
  if (sample.counts.empty()) {
    // A quote that is not closed is told where the rows are read.
    if (sample.failed) CsvScanner(content, layout.separator, options.comment, options.shown_as).NextRow();
    throw DataError(DataErrorKind::EmptyData, "the file is empty, a header line with the columns' names is expected", {options.shown_as});
  }
  if (options.header && !*options.header) {
    for (size_t i = 0; i < sample.first.size(); ++i) layout.names.push_back("c" + std::to_string(i));
    layout.first_row_is_data = true;
    return layout;
  }
  NameFromFirstRow(layout, sample, options);
  return layout;
}

}  // namespace nnc::runtime
