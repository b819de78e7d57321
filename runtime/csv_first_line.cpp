#include "runtime/csv_first_line.h"

#include "runtime/csv_remarks.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <unordered_set>

namespace nnc::runtime {

std::string TitleAbove(const Sample& sample) {
  const bool names = !sample.second.empty() && sample.second.size() >= sample.first.size() &&
                     std::none_of(sample.second.begin(), sample.second.end(), [](const std::string& cell) { return cell.empty() || ParseNumber(cell); });
  return names && !sample.first.empty() && sample.first[0].find('"') == std::string::npos ? sample.first[0] : "";
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

// The first line as a mark of comments, if no other begins so. "" where it cannot be written, or is long.
static std::string FirstAsMark(std::string_view content, const Sample& sample) {
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
static std::string Skipped(std::string_view content, const Sample& sample, const CsvOptions& options) {
  const std::string mark = FirstAsMark(content, sample), comment = mark.empty() ? "" : WithComment(options, {mark});
  const std::string out = "`sed " + std::to_string(sample.first_line) + "d old.csv > new.csv` takes it out";
  const bool no_header = options.header == false, replaced = options.header.value_or(false);
  if (!options.names.empty() || no_header) {
    const bool named_below = options.names.empty() && sample.names[1] && sample.numbers[2];
    const std::string then = named_below ? ", and the next line names the columns: leave `header = false` out" : replaced ? "; leave `header = true` out" : "";
    if (comment.empty()) return out + then;
    return "`" + comment + "`" + (named_below ? "" : options.names.empty() ? " beside `header = false`" : " beside `names`") + " skips it" + then;
  }
  const std::string place = replaced ? ", in place of `header = true`," : "";
  const std::string called = "calls the columns c0, c1, ...; `names = [a, b, ...]` in place of `header = false` names them";
  return comment.empty() ? out + ", and `header = false`" + place + " " + called : "`" + comment + ", header = false`" + place + " skips it and " + called;
}

DataError FirstIsNoneOfTable(std::string_view content, const Sample& sample, const CsvOptions& options) {
  const auto cells = [](size_t count) { return std::to_string(count) + (count == 1 ? " cell" : " cells"); };
  const bool applied = options.columns != 0 || !options.truths.empty();  // to a file that the program does not name
  const std::string message = "the first line is none of the table: it has " + cells(sample.first.size()) + ", and every line behind it " + std::to_string(sample.counts[1]);
  DataError error = Malformed(options, message, sample.first_line,
                              applied ? "`sed " + std::to_string(sample.first_line) + "d old.csv > new.csv` takes it out" : Skipped(content, sample, options));
  if (!options.names.empty() && options.names.size() != sample.counts[1] && !applied) error.hint += "; and `names` lists a name for each of the " + cells(sample.counts[1]) + " of the others";
  error.in_file = applied;
  return error;
}

void RequireNoPreamble(std::string_view content, const Sample& sample, const CsvOptions& options) {
  constexpr size_t kFewest = 2;  // events
  const size_t width = sample.counts.back(), rows = sample.counts.size();
  size_t header = rows;
  while (header > 0 && sample.counts[header - 1] == width) --header;
  if (header == 0 || width < 2 || sample.counts.front() == width || (HasShortHeader(sample) && !AnyNumber(sample.first, options))) return;
  while (header < rows && !sample.names[header]) ++header;
  const bool title = header == 1 && !TitleAbove(sample).empty() && width > sample.first.size() && !AnyNumber(sample.first, options);
  if (title || (HasShortHeader(sample) && header != 1) || header + kFewest >= rows || !std::any_of(sample.numbers.begin() + static_cast<std::ptrdiff_t>(header), sample.numbers.end(), [](bool number) { return number; })) return;
  const int64_t line = sample.lines[header];
  const std::string start = header != 1 ? "" : IsNumber(sample.first[0], options) ? FirstAsMark(content, sample) : std::string(StartOfLine(content, sample.lines[0], ','));
  throw Malformed(options, "this line may be the header, with " + std::to_string(width) + " cells as all below it have, and " + (header == 1 ? "the line above it has others" : "lines above it have others"), line,
                  !start.empty() && BeginsOneLine(content, start) ? "`" + WithComment(options, {start}) + "` skips the line above it"
                                                                  : "`sed 1," + std::to_string(line - 1) + "d old.csv > new.csv` takes out what stands above it");
}

// The columns that the names of a short header stand for if the one without a name is the first or the last, and how the program says so.
static std::string NamesOfShortHeader(const Sample& sample) {
  constexpr size_t kMost = 6;
  const size_t width = sample.second.size();
  std::string help;
  for (const bool front : {true, false}) {
    std::vector<std::string> names = sample.first;
    names.insert(front ? names.begin() : names.end(), front ? "c0" : "c" + std::to_string(width - 1));
    std::string row;
    for (size_t i = 0; i < width; ++i) {
      if (width > kMost && i == kMost - 1) row += ", ...";
      if (width <= kMost || i + 1 < kMost || i + 1 == width) row += (row.empty() ? "" : ", ") + names[i] + " = " + sample.second[i];
    }
    help += std::string(front ? "if it is the first, " : "; if it is the last, ") + "`" + DistinctNames(names) + (front ? "` reads the row below as " : "` reads it as ") + row;
  }
  return help;
}

// All rows behind the first have one cell more than it.
static DataError ShortHeader(std::string_view content, const Sample& sample, const CsvOptions& options) {
  const std::string counts = "the first line has " + std::to_string(sample.first.size()) + (sample.first.size() == 1 ? " name" : " names") + ", and every line behind it " + std::to_string(sample.second.size()) + " cells";
  const std::string quotes = "or a cell that holds the separator stands in quotes";
  const std::string skipped = AnyNumber(sample.first, options) ? "if the line is no header, " + Skipped(content, sample, options) + "; otherwise: " : "";
  if (!HasRowNames(sample, options)) return Malformed(options, counts + ": one column has no name", sample.first_line, skipped + NamesOfShortHeader(sample) + "; " + quotes);
  std::vector<std::string> names = sample.first;
  names.insert(names.begin(), "row");
  return Malformed(options, counts, sample.first_line, skipped + "R writes no name above those of the rows: give all names, `" + DistinctNames(names) + "`; " + quotes);
}

void RequireWidth(std::string_view content, const Sample& sample, const CsvOptions& options) {
  const std::string title = TitleAbove(sample);
  if (!title.empty() && sample.second.size() > sample.first.size() && !AnyNumber(sample.first, options))
    throw Malformed(options, "the first line has " + std::to_string(sample.first.size()) + (sample.first.size() == 1 ? " cell" : " cells") + " and the second, which may be the header, " + std::to_string(sample.second.size()), sample.first_line,
                    "if the first line is a title, `" + WithComment(options, {title}) + "` skips it");
  const bool longer = FirstStandsApart(sample) && sample.counts[1] > sample.first.size() + 1;
  if (longer && !AnyNumber(sample.first, options) && sample.numbers[1])
    throw Malformed(options, "the first line has " + std::to_string(sample.first.size()) + " cells, and every line behind it " + std::to_string(sample.counts[1]), sample.first_line,
                    "`sed " + std::to_string(sample.first_line) + "d old.csv > new.csv` takes it out, and `header = false` calls the columns c0, c1, ...");
  if (HasShortHeader(sample)) throw ShortHeader(content, sample, options);
}

}  // namespace nnc::runtime
