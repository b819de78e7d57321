#include "runtime/csv_first_line.h"

#include "runtime/csv_remarks.h"
#include "runtime/csv_scanner.h"
#include "runtime/fixed_width.h"
#include "runtime/number_text.h"
#include "runtime/other_separator.h"

#include <algorithm>
#include <unordered_set>

namespace nnc::runtime {

bool HasNamesBelow(const Sample& sample) {
  if (sample.second.empty() || sample.second.size() < sample.first.size()) return false;
  // Above the numbers of rows neither of two header lines has a name, as pandas writes them.
  const bool unnamed = sample.second.size() > 1 && sample.first[0].empty() && sample.second[0].empty() && sample.numbers.size() > 2 && sample.numbers[2];
  return std::none_of(sample.second.begin() + (unnamed ? 1 : 0), sample.second.end(), [](const std::string& cell) { return cell.empty() || ParseNumber(cell); });
}

std::string MarkOfFirst(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  const Remarks remarks = RemarksAbove(content, options);
  return remarks.last > sample.first_line ? remarks.sign : MarkOfLine(content, {sample.first_line}, sample.first_line, separator, options);
}

Cure TitleSkipped(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  const std::string mark = MarkOfFirst(content, sample, separator, options);
  return mark.empty() ? FirstLinesLeftOut(sample.first_line) + " leaves it out" : Offered(WithComment(options, {mark})) + " skips it";
}

std::string DistinctNames(const std::vector<std::string>& names) {
  constexpr size_t kMost = 32;
  if (names.size() > kMost) return "names = [...], header = true";
  std::unordered_set<std::string> taken(names.begin(), names.end()), met;
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) {
    std::string distinct = names[i].empty() ? "c" + std::to_string(i) : names[i];
    for (int number = 2; met.count(distinct) != 0 || (distinct != names[i] && taken.count(distinct) != 0); ++number) distinct = names[i] + "_" + std::to_string(number);
    met.insert(distinct);
    list += (list.empty() ? "\"" : ", \"") + distinct + "\"";
  }
  return "names = [" + list + "], header = true";
}

bool HasShortHeader(const Sample& sample) {
  return sample.counts.size() > 2 && !sample.second.back().empty() && std::all_of(sample.counts.begin() + 1, sample.counts.end(), [&](size_t count) { return count == sample.first.size() + 1; });
}

bool HasRowNames(const Sample& sample, const CsvOptions& options) {
  std::unordered_set<std::string_view> texts;
  bool from_0 = true, from_1 = true;
  for (size_t i = 1; i < sample.begins.size(); ++i) {
    const std::string_view begin = Trimmed(sample.begins[i]);
    from_0 = from_0 && ParseInteger(begin) == static_cast<int64_t>(i) - 1;
    from_1 = from_1 && ParseInteger(begin) == static_cast<int64_t>(i);
    if (!IsNumber(begin, options) && !IsMissingText(begin)) texts.insert(begin);
  }
  return from_0 || from_1 || texts.size() + 1 == sample.begins.size();
}

bool FirstStandsApart(const Sample& sample) {
  return sample.counts.size() > 2 && sample.counts[1] != sample.first.size() && !sample.second.back().empty() &&
         std::all_of(sample.counts.begin() + 1, sample.counts.end(), [&](size_t count) { return count == sample.counts[1]; });
}

std::string FirstAsMark(std::string_view content, const Sample& sample) {
  constexpr size_t kLongest = 60;
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  const std::string_view line = LineAt(content, sample.first_line);
  for (size_t end = line.size(); end != line.npos && end > 0; end = line.find_last_of(",; ", end - 1)) {
    const std::string_view start = Trimmed(line.substr(0, end));
    if (start.size() <= kLongest && start.find_first_of("\t\r\\") == start.npos) return BeginsOneLine(content, start) ? std::string(start) : "";
  }
  return "";
}

// What skips the first line, and what the program says of the columns then.
static Cure Skipped(std::string_view content, const Sample& sample, const CsvOptions& options) {
  if (const std::string_view line = LineAt(content, sample.first_line); std::any_of(options.comments.begin(), options.comments.end(), [&](const std::string& mark) { return line.starts_with(mark); }))
    return "`comment` skips no line whose first cell `missing` lists: leave that out of `missing`";
  const Remarks remarks = RemarksAbove(content, options);
  const bool sign = !remarks.sign.empty(), header_below = sign && HasHeaderBelowRemarks(content, remarks.sign);
  const std::string mark = sign ? remarks.sign : FirstAsMark(content, sample), comment = mark.empty() ? "" : WithComment(options, {mark});
  const std::string skips = sign && remarks.last > sample.first_line ? " skips the lines that begin so" : " skips it";
  const bool no_header = options.header == false, replaced = options.header.value_or(false);
  if (!options.names.empty() || no_header) {
    const bool named_below = options.names.empty() && (sign ? header_below : sample.names[1] && sample.numbers[2]);
    const std::string then = named_below ? ", and the next line names the columns: leave `header = false` out" : replaced ? "; leave `header = true` out" : "";
    Cure cure = comment.empty() ? FirstLinesLeftOut(sample.first_line) + " leaves it out" + then : Offered(comment) + (named_below ? "" : options.names.empty() ? " beside `header = false`" : " beside `names`") + skips + then;
    if (!then.empty()) cure.setting.clear();  // it does not do alone
    return cure;
  }
  if (header_below) return Offered(comment) + skips;
  const std::string place = replaced ? ", in place of `header = true`," : "";
  const std::string called = "calls the columns c0, c1, ...; `names = [a, b, ...]` in place of `header = false` names them";
  return (comment.empty() ? FirstLinesLeftOut(sample.first_line, "header = false") + place + " leaves it out" : Offered(comment + ", header = false") + place + skips) + " and " + called;
}

bool FirstIsOfSizes(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  constexpr size_t kFewestTexts = 2;
  const auto is_text = [&](std::string_view cell) { return !cell.empty() && !IsMissingText(cell) && !IsNumber(cell, options) && !options.HasMark(cell); };
  const auto size = sample.first.empty() ? std::nullopt : ParseInteger(sample.first[0]);
  if (!size || *size < 1 || FirstStandsApart(sample) || sample.counts.size() < 3) return false;
  std::vector<bool> text(sample.first.size());
  for (size_t i = 0; i < text.size(); ++i) text[i] = is_text(sample.first[i]);
  CsvScanner scanner(content, separator, options);
  scanner.NextRow();
  for (size_t row = 1; row < sample.counts.size() && scanner.NextRow(); ++row)
    for (size_t i = 0; i < text.size(); ++i) text[i] = text[i] && i < scanner.cells().size() && IsNumber(scanner.cells()[i], options);
  return static_cast<size_t>(std::count(text.begin(), text.end(), true)) >= kFewestTexts;
}

DataError FirstIsNoneOfTable(std::string_view content, const Sample& sample, const CsvOptions& options) {
  const auto cells = [](size_t count) { return std::to_string(count) + (count == 1 ? " cell" : " cells"); };
  const bool applied = options.columns != 0 || !options.truths.empty();  // to a file that the program does not name
  const bool alike = sample.first.size() == sample.counts[1];  // one of sizes and classes
  if (const Cure glued = GluedHint(LineAt(content, sample.first_line), sample.counts[1]); !glued.hint.empty()) {
    DataError error = Malformed(options, "the first line has " + cells(sample.first.size()) + ", and every line behind it " + std::to_string(sample.counts[1]), sample.first_line, glued);
    return error;
  }
  const std::string message = "the first line is none of the table: it " + (alike ? "holds text where every line behind it holds numbers" : "has " + cells(sample.first.size()) + ", and every line behind it " + std::to_string(sample.counts[1]));
  DataError error = Malformed(options, message, sample.first_line,
                              applied ? Cure("`" + LinesTakenOut(sample.first_line, sample.first_line) + "` takes it out") : Skipped(content, sample, options));
  if (!options.names.empty() && options.names.size() != sample.counts[1] && !applied) error.hint += "; and `names` lists a name for each of the " + cells(sample.counts[1]) + " of the others";
  if (alike && !applied && !options.header && options.names.empty()) error.hint += "; if it is a header all the same, write `header = true`";
  error.in_file = applied;
  return error;
}

// The columns that the names of a short header stand for if the one without a name is the first or the last, and how the program says so.
static Cure NamesOfShortHeader(const Sample& sample) {
  constexpr size_t kMost = 6;
  const size_t width = sample.second.size();
  Cure cure;
  for (const bool front : {true, false}) {
    std::vector<std::string> names = sample.first;
    names.insert(front ? names.begin() : names.end(), front ? "c0" : "c" + std::to_string(width - 1));
    std::string row;
    for (size_t i = 0; i < width; ++i) {
      if (width > kMost && i == kMost - 1) row += ", ...";
      if (width <= kMost || i + 1 < kMost || i + 1 == width) row += (row.empty() ? "" : ", ") + names[i] + " = " + sample.second[i];
    }
    const Cure reads = Offered(DistinctNames(names)) + (front ? " reads the row below as " : " reads it as ") + row;
    cure = front ? "if it is the first, " + reads : Either(cure, "; if it is the last, ", reads);
  }
  return cure;
}

// All rows behind the first have one cell more than it.
static DataError ShortHeader(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  const std::string counts = "the first line has " + std::to_string(sample.first.size()) + (sample.first.size() == 1 ? " name" : " names") + ", and every line behind it " + std::to_string(sample.second.size()) + " cells";
  const std::string quotes = "or a cell that holds the separator stands in quotes";
  const auto unless_skipped = [&](const Cure& cure) { return AnyNumber(sample.first, options) ? Either("if the line is no header, " + Skipped(content, sample, options), "; otherwise: ", cure) : cure; };
  const Cure fraction = FractionHint(content, sample, separator, options);
  const bool whole = fraction.hint.empty();  // no comma begins a fraction
  const bool from_0 = ParseInteger(Trimmed(sample.begins[1])) == 0;  // no number of R's
  if (!HasRowNames(sample, options) || (from_0 && !whole)) {
    const Cure names = NamesOfShortHeader(sample) + "; " + quotes;
    return Malformed(options, counts + (whole ? ": one column has no name" : ""), sample.first_line, unless_skipped(whole ? names : Either(fraction, "; otherwise one column has no name: ", names)));
  }
  std::vector<std::string> names = sample.first;
  names.insert(names.begin(), "row");
  return Malformed(options, counts, sample.first_line, unless_skipped("R writes no name above those of the rows: give all names, " + Offered(DistinctNames(names)) + "; " + (whole ? "" : fraction.hint + "; ") + quotes));
}

void RequireNoRowNamesBetweenBlanks(std::string_view content, const CsvOptions& options) {
  const std::optional<Sample> sample = TakeSample(content, ' ', options, true);
  if (!sample || sample->failed || options.header == false || !HasShortHeader(*sample) || !sample->names[0] || !HasRowNames(*sample, options)) return;
  if (std::find(sample->numbers.begin() + 1, sample->numbers.end(), false) != sample->numbers.end()) return;
  std::vector<std::string> names = sample->first;
  names.insert(names.begin(), "row");
  const bool listed = options.names.size() == names.size();
  const std::string setting = listed ? options.header.value_or(false) ? "" : ", header = true" : ", " + DistinctNames(names);
  throw Malformed(options, "blanks separate " + std::to_string(sample->first.size()) + " names in the first line, and " + std::to_string(sample->second.size()) + " cells in every line behind it", sample->first_line,
                  "no name stands above those of the rows, as R and pandas write tables: " + Offered("separator = \"blanks\"" + setting) + (listed ? " reads it" : " gives all names"));
}

// Names of a header whose cells two blanks or more separate, and single ones stand in names: as many as the rows have cells, or none.
static std::vector<std::string> NamesWithBlanks(std::string_view content, const Sample& sample, char separator) {
  std::vector<std::string> names;
  if (separator != ' ') return names;
  const std::string_view line = LineAt(content, sample.first_line);
  for (size_t at = 0; at < line.size();) {
    const size_t end = std::min({line.find("  ", at), line.find('\t', at), line.size()});
    names.emplace_back(Trimmed(line.substr(at, end - at)));
    at = std::min(line.find_first_not_of(" \t", end), line.size());
  }
  const bool distinct = std::unordered_set<std::string_view>(names.begin(), names.end()).size() == names.size();
  return distinct && names.size() == sample.counts[1] ? names : std::vector<std::string>();
}

// Whether all rows have more cells than the header and each cell is a whole number, as where commas separate cells and begin fractions, too.
static bool MayBeDecimalCommas(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  if (separator != ',' || sample.counts[1] <= sample.first.size()) return false;
  CsvScanner scanner(content, separator, options);
  scanner.NextRow();
  for (size_t row = 1; row < sample.counts.size() && scanner.NextRow(); ++row)
    if (!std::all_of(scanner.cells().begin(), scanner.cells().end(), [](std::string_view cell) { return ParseInteger(cell).has_value(); })) return false;
  return true;
}

// What to do about a header of names that has another number of cells than all rows.
static Cure HeaderOfOtherWidth(std::string_view content, const Sample& sample, char separator, const CsvOptions& options, const std::vector<std::string>& names) {
  const std::string mark = MarkOfFirst(content, sample, separator, options);
  if (MayBeDecimalCommas(content, sample, separator, options))
    return "if the comma begins the fractions of numbers here, and separates cells, too, nothing tells the one from the other: write the file again with semicolons or tabs between its cells, or with points in its numbers";
  if (separator == ' ' && sample.first.size() > sample.counts[1])
    if (Cure empty = EmptyFieldsHint(content, sample.first, sample.first_line, options); !empty.hint.empty()) return empty;
  if (!names.empty()) {
    const std::string all = DistinctNames(names), list = all.substr(0, all.rfind(", header"));
    return (mark.empty() ? FirstLinesLeftOut(sample.first_line, list) : Offered(WithComment(options, {mark}) + ", " + list)) + " skips the line and names the columns";
  }
  const std::string count = std::to_string(sample.counts[1]);
  if (separator != ' ' && sample.first.size() == sample.counts[1] + 1 && sample.names[0]) {
    const std::string all = DistinctNames({sample.first.begin(), sample.first.end() - 1});
    return "if no row has the last one, `" + sample.first.back() + "`, " + FirstLinesLeftOut(sample.first_line, all.substr(0, all.rfind(", header"))) + " gives the other names; otherwise rows write a cell without a value empty, between its separators";
  }
  return (mark.empty() ? FirstLinesLeftOut(sample.first_line, "header = false") : Offered(WithComment(options, {mark}) + ", header = false")) + " skips the line and calls the columns c0, c1, ...; `names = [a, b, ...]` with " + count + " names in place of `header = false` names them";
}

void RequireWidth(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  if (HasNamesBelow(sample) && sample.second.size() > sample.first.size() && !AnyNumber(sample.first, options))
    throw Malformed(options, "the first line has " + std::to_string(sample.first.size()) + (sample.first.size() == 1 ? " cell" : " cells") + " and the second, which may be the header, " + std::to_string(sample.second.size()), sample.first_line,
                    "if the first line is a title, " + TitleSkipped(content, sample, separator, options));
  if (HasShortHeader(sample)) throw ShortHeader(content, sample, separator, options);
  if (!FirstStandsApart(sample) || AnyNumber(sample.first, options) || !sample.numbers[1]) return;
  const std::vector<std::string> names = NamesWithBlanks(content, sample, separator);
  const std::string counts = "the first line has " + std::to_string(sample.first.size()) + (sample.first.size() == 1 ? " cell" : " cells") + ", and every line behind it " + std::to_string(sample.counts[1]);
  throw Malformed(options, counts + (names.empty() ? "" : ": the names hold blanks"), sample.first_line, HeaderOfOtherWidth(content, sample, separator, options, names));
}

}  // namespace nnc::runtime
