#include "runtime/csv_sample.h"

#include "runtime/csv_scanner.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <unordered_set>

namespace nnc::runtime {

static constexpr size_t kSampledRows = 41;  // a header and forty events, or what instruments write above them

DataError Malformed(const CsvOptions& options, std::string message, int64_t line, Cure cure) {
  return DataError(DataErrorKind::MalformedData, std::move(message), {options.shown_as, 0, line}, std::move(cure));
}

bool IsNumber(std::string_view cell, const CsvOptions& options) {
  return cell.find_first_of("0123456789") != cell.npos && ParseNumber(cell, options.notation).has_value();
}

// Without what stands below a table that the sample holds whole, notes and sums of other widths: it is told where the rows are read.
static void LeaveOutLastLines(Sample& sample) {
  constexpr size_t kMost = 10, kFewest = 10;
  if (sample.counts.size() < 2 * kFewest) return;
  const size_t width = sample.counts[sample.counts.size() / 2];
  size_t end = sample.counts.size();
  while (end > 0 && sample.counts[end - 1] != width) --end;
  // The table is long, and its last rows are alike.
  if (sample.counts.size() - end > kMost || end < kFewest || width < 2 || std::any_of(sample.counts.begin() + static_cast<std::ptrdiff_t>(end - kFewest), sample.counts.begin() + static_cast<std::ptrdiff_t>(end), [&](size_t count) { return count != width; })) return;
  sample.counts.resize(end);
  sample.lines.resize(end);
  sample.numbers.resize(end);
  sample.names.resize(end);
  sample.begins.resize(end);
}

std::optional<Sample> TakeSample(std::string_view content, char separator, const CsvOptions& options, bool whole) {
  Sample sample;
  CsvScanner scanner(content, separator, options);
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
      sample.lines.push_back(scanner.line());
      sample.begins.emplace_back(scanner.cells().front());
      const auto& cells = scanner.cells();
      const CsvOptions comma{.notation = {',', 0}};  // the setting may still be missing
      sample.numbers.push_back(std::any_of(cells.begin(), cells.end(), [&](std::string_view cell) { return IsNumber(cell, options) || IsNumber(cell, comma); }));
      const std::unordered_set<std::string_view> distinct(cells.begin(), cells.end());
      sample.names.push_back(!sample.numbers.back() && distinct.size() == cells.size() && std::none_of(cells.begin(), cells.end(), [](std::string_view cell) { return IsMissingText(cell); }));
    }
  } catch (const DataError&) {
    if (!whole) return std::nullopt;
    sample.failed = true;
  }
  if (!whole && sample.counts.size() < kSampledRows) return std::nullopt;
  if (whole && scanner.AtEnd()) LeaveOutLastLines(sample);
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
  return Malformed(options, std::move(text), line, "say which, as in " + Offered("separator = \"" + written + "\""));
}

// Whether the separator divides all rows but the first into as many cells, numbers among them, and the first begins with a number, as one of
// sizes does.
static bool IsBelowSizes(const Sample& sample, char separator, const CsvOptions& options) {
  if (sample.failed || sample.counts.size() < 3 || sample.counts[1] < 2 || !IsNumber(sample.first[0], options) || separator == options.notation.thousands) return false;
  return std::all_of(sample.counts.begin() + 1, sample.counts.end(), [&](size_t count) { return count == sample.counts[1]; }) &&
         std::all_of(sample.numbers.begin() + 1, sample.numbers.end(), [](bool number) { return number; });
}

// Whether the program lists columns, and all rows behind a title have as many cells.
static bool IsBelowTitle(const Sample& sample, const CsvOptions& options) {
  if (sample.failed || sample.counts.size() < 3 || options.names.size() < 2) return false;
  return std::all_of(sample.counts.begin() + 1, sample.counts.end(), [&](size_t count) { return count == options.names.size(); });
}

std::optional<std::pair<char, Sample>> FindSeparator(std::string_view content, const CsvOptions& options, bool whole) {
  std::vector<std::pair<char, Sample>> dividing;
  for (char separator : {',', '\t', ';'}) {
    if (separator == options.notation.decimal) continue;  // unless nothing else divides
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
    for (char separator : {',', '\t', ';', ' '}) {
      std::optional<Sample> sample = separator == options.notation.decimal ? Sample{} : TakeSample(content, separator, options, whole);
      if (!sample) return std::nullopt;
      if (IsBelowSizes(*sample, separator, options)) return std::pair{separator, std::move(*sample)};
    }
    for (char separator : {',', '\t', ';'}) {
      std::optional<Sample> sample = separator == options.notation.decimal ? Sample{} : TakeSample(content, separator, options, whole);
      if (!sample) return std::nullopt;
      if (IsBelowTitle(*sample, options)) return std::pair{separator, std::move(*sample)};
    }
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

bool AnyNumber(const std::vector<std::string>& cells, const CsvOptions& options) {
  return std::any_of(cells.begin(), cells.end(), [&](const std::string& cell) { return IsNumber(cell, options); });
}

}  // namespace nnc::runtime
