#include "runtime/csv_layout.h"

#include "runtime/csv_first_line.h"
#include "runtime/csv_remarks.h"
#include "runtime/csv_sample.h"
#include "runtime/csv_scanner.h"
#include "runtime/csv_text.h"
#include "runtime/fixed_width.h"
#include "runtime/lines_above.h"
#include "runtime/named_header.h"
#include "runtime/names.h"
#include "runtime/number_text.h"
#include "runtime/other_formats.h"
#include "runtime/other_separator.h"
#include "runtime/table_below.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <unordered_set>

namespace nnc::runtime {

static Cure HeaderOrEvent() {
  return "if it is an event, name the columns, `names = [a, b, c]`, or write " + Offered("header = false") + ", which calls them c0, c1, ...; if it is a header, write `header = true`";
}

static bool Holds(const std::vector<std::string>& names, const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); }

static bool HasTwice(const std::vector<std::string>& names) {
  return std::unordered_set<std::string_view>(names.begin(), names.end()).size() < names.size();
}

static void RequireUtf8(const std::vector<std::string>& names, const CsvOptions& options, int64_t line) {
  for (size_t i = 0; i < names.size(); ++i)
    if (!IsUtf8(names[i])) throw Malformed(options, "the name of column " + std::to_string(i + 1) + " is not UTF-8 text", line, InAnotherEncoding());
}

// What takes out the separators with which the header and the rows end, where only the last columns have no name and hold nothing in the first row.
static Cure WithoutSeparatorsBehind(const Sample& sample, char separator) {
  const std::vector<std::string>& names = sample.first;
  const auto empty = [](const std::string& cell) { return cell.empty(); };
  const auto last = std::find_if_not(names.rbegin(), names.rend(), empty);
  const auto behind = last - names.rbegin();
  if (separator == ' ' || behind == 0 || std::any_of(last, names.rend(), empty) || sample.second.size() != names.size() || !std::all_of(sample.second.rbegin(), sample.second.rbegin() + behind, empty)) return {};
  return ReplacedInLines({std::string("[") + separator + "]" + (behind > 1 ? "{" + std::to_string(behind) + "}" : "") + " *$", ""}) + " takes out the separators behind the last column; otherwise ";
}

static void RequireNames(const std::vector<std::string>& names, const CsvOptions& options, int64_t line, const Cure& cure, const Cure& title = {}, const Cure& behind = {}) {
  const auto unless_title = [&](const Cure& otherwise) { return title.hint.empty() ? otherwise : Either("if this line is a title, " + title, "; otherwise ", otherwise); };
  std::unordered_set<std::string_view> seen;
  RequireUtf8(names, options, line);
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty())
      throw Malformed(options, "column " + std::to_string(i + 1) + " of the header has no name", line,
                      unless_title(behind.hint.empty() ? "give all names, and skip this line: " + Offered(DistinctNames(names)) : behind + ("give all names, and skip this line: `" + DistinctNames(names) + "`")));
    if (!seen.insert(names[i]).second)
      throw Malformed(options, "the header names column `" + names[i] + "` twice", line, unless_title(cure));
  }
}

// A header of names that is longer than all rows, by more than the separator behind it.
static void RequireNoNamesBeyond(const Sample& sample, const CsvOptions& options) {
  constexpr size_t kFewest = 3;  // rows, the header among them
  if (sample.counts.size() < kFewest || sample.counts[1] < 2 || sample.counts[1] >= sample.first.size() || AnyNumber(sample.first, options)) return;
  if (!std::all_of(sample.counts.begin() + 1, sample.counts.end(), [&](size_t count) { return count == sample.counts[1]; }) || !sample.second.back().empty()) return;
  const std::vector<std::string> names(sample.first.begin(), sample.first.begin() + static_cast<std::ptrdiff_t>(sample.counts[1]));
  if (Holds(names, "") || HasTwice(names)) return;
  const std::string all = DistinctNames(names);
  throw Malformed(options, "the header has " + std::to_string(sample.first.size()) + " cells, and every line behind it " + std::to_string(sample.counts[1]), sample.first_line,
                  FirstLinesLeftOut(sample.first_line, all.substr(0, all.rfind(", header"))) + " gives the names that have cells");
}

static void NameFromFirstRow(std::string_view content, CsvLayout& layout, const Sample& sample, const CsvOptions& options) {
  RequireNoPreamble(content, sample, layout.separator, options);
  if (!options.header) RequireNamedHeaderFirst(content, options, false);
  const bool of_rows = HasShortHeader(sample) && HasRowNames(sample, options);
  if (FirstStandsApart(sample) && AnyNumber(sample.first, options) && !of_rows && !(HasShortHeader(sample) && options.header.value_or(false)))
    throw FirstIsNoneOfTable(content, sample, options);
  if (!options.header && FirstIsOfSizes(content, sample, layout.separator, options)) throw FirstIsNoneOfTable(content, sample, options);
  if (!options.header)
    for (const std::string& cell : sample.first)
      if (IsNumber(cell, options)) {
        RequireNamedHeaderFirst(content, options);
        throw Malformed(options, "the first line holds the number " + cell + " where the columns' names are expected", sample.first_line, HeaderOrEvent());
      }
  Cure cure = options.header ? "" : HeaderOrEvent();
  if (HasTwice(sample.first) && !AnyNumber(sample.first, options)) cure = "give all names, in place of this line: " + Offered(DistinctNames(sample.first)) + (options.header ? "" : "; if it is an event, `header = false` calls the columns c0, c1, ...");
  const bool again = HasTwice(sample.first) && !options.header && std::all_of(sample.first.begin(), sample.first.end(), [&](const auto& cell) { return Holds(sample.second, cell); });
  if (again) cure = Offered("header = false") + " calls the columns c0, c1, ...: the line below has the same cells, and both are events";
  RequireNoNamesBeyond(sample, options);
  RequireWidth(content, sample, layout.separator, options);
  RequireNamedHeaderFirst(content, options);
  const bool lacks = !again && (HasTwice(sample.first) || Holds(sample.first, ""));
  RequireNames(sample.first, options, sample.first_line, cure, lacks && HasNamesBelow(sample) ? TitleSkipped(content, sample, layout.separator, options) : "", WithoutSeparatorsBehind(sample, layout.separator));
  layout.names = sample.first;
}

// Whether the first row is a header by what it holds: listed names alone, in any order; or, where it cannot be an event, all that are
// wanted, beside others.
static bool IsHeaderOfNames(const Sample& sample, const CsvOptions& options) {
  const std::vector<std::string>& first = sample.first;
  if (HasTwice(first)) return false;  // nothing is found by it
  if (std::all_of(first.begin(), first.end(), [&](const auto& cell) { return Holds(options.names, cell); })) return true;
  if (Holds(first, "")) return false;  // a column without a name, as of row numbers
  const bool no_event = !AnyNumber(first, options) && (AnyNumber(sample.second, options) || first.size() != options.names.size());
  return no_event && !options.wanted.empty() &&
         std::all_of(options.wanted.begin(), options.wanted.end(), [&](const auto& name) { return Holds(first, name); });
}

// Whether the listed names are those of the short header that they stand for, and one more behind them.
static bool LastIsUnnamed(const CsvOptions& options) {
  return options.replaced.size() + 1 == options.names.size() && std::equal(options.replaced.begin(), options.replaced.end(), options.names.begin());
}

// The header with a cell where it has none: above the names of rows, as R writes it, or above the last column.
static std::vector<std::string> WholeHeader(std::vector<std::string> header, bool is_short, bool last) {
  if (is_short) header.insert(last ? header.end() : header.begin(), "");
  return header;
}

// A name for a cell of a header that has none: that of the listed one in its place among such, if there are as many; nothing reads it
// otherwise.
static std::string NameOfUnnamed(const std::vector<std::string>& unnamed, size_t number, size_t count, const CsvOptions& options) {
  if (unnamed.size() == count) return unnamed[number];
  const bool wanted = std::any_of(unnamed.begin(), unnamed.end(), [&](const auto& name) { return Holds(options.wanted, name); });
  std::string name = "unnamed " + std::to_string(number + 1);
  while (Holds(options.names, name) || Holds(options.replaced, name)) name += "'";
  return wanted ? "" : name;
}

// The first row is a header of other names than the listed ones, and the file that these were listed for had the header `replaced`.
static void NameByReplaced(CsvLayout& layout, const Sample& sample, const CsvOptions& options) {
  const bool one_more = options.replaced.size() + 1 == options.names.size(), last = LastIsUnnamed(options);
  const std::vector<std::string> first = WholeHeader(sample.first, one_more && HasShortHeader(sample), last);
  const std::vector<std::string> replaced = WholeHeader(options.replaced, one_more, last);
  std::vector<std::string> named, unnamed;  // in `replaced`, and the listed ones that stand for cells without a name
  for (size_t i = 0; i < replaced.size(); ++i)
    if (!replaced[i].empty()) named.push_back(replaced[i]);
    else if (i < options.names.size()) unnamed.push_back(options.names[i]);
  const bool known = std::any_of(first.begin(), first.end(), [&](const auto& cell) { return !cell.empty() && (Holds(named, cell) || Holds(options.names, cell)); });
  // Of other names it is not known which of them stands for the column without one, unless the rows have names.
  const bool first_unnamed = one_more && (std::equal(options.replaced.begin(), options.replaced.end(), options.names.begin() + 1) || HasRowNames(sample, options));
  const bool by_place = HasTwice(named) || options.names.size() != replaced.size() || (one_more && !last && !first_unnamed);
  if (!known || (by_place && first != replaced))
    throw Malformed(options, "the first line is not the header that the listed names stand for", sample.first_line,
                    "give the file that header, or one of the listed names: columns are found by it");
  layout.names.clear();
  const size_t without = static_cast<size_t>(std::count(first.begin(), first.end(), ""));
  for (size_t i = 0, empty = 0; i < first.size(); ++i) {
    auto at = first == replaced ? replaced.begin() + static_cast<std::ptrdiff_t>(i) : std::find(replaced.begin(), replaced.end(), first[i]);
    if (first != replaced && first[i].empty()) layout.names.push_back(NameOfUnnamed(unnamed, empty++, without, options));
    else layout.names.push_back(at == replaced.end() ? first[i] : options.names[static_cast<size_t>(at - replaced.begin())]);
  }
  RequireNames(layout.names, options, sample.first_line, "");
  layout.first_row_is_data = false;
}

// A listed name in another place than the header has it, be it with other capitals.
static void RequireInPlace(const Sample& sample, const CsvOptions& options) {
  const std::vector<std::string> first = WithCapitalsOf(sample.first, options.names);
  auto misplaced = [&](size_t i) {
    if (first[i] == options.names[i] || !Holds(options.names, first[i])) return false;
    return first[static_cast<size_t>(std::find(options.names.begin(), options.names.end(), first[i]) - options.names.begin())] != first[i];
  };
  for (size_t i = 0; i < first.size(); ++i)
    if (misplaced(i))
      throw Malformed(options, "column " + std::to_string(i + 1) + " of the header is `" + sample.first[i] + "`, and the listed name there is `" + options.names[i] + "`", sample.first_line,
                      options.header ? "list the names in the header's order; or leave `names` out, the header has them" : "list the names in the header's order, and write `header = true` beside them");
}

// `header = true` beside listed names: they replace the header by place, unless the file shows that this is wrong.
static void ReplaceHeader(CsvLayout& layout, const Sample& sample, const CsvOptions& options) {
  RequireInPlace(sample, options);
  const std::vector<std::string>& first = sample.first;
  bool alike = AnyNumber(first, options) && first.size() == sample.second.size();
  for (size_t i = 0; alike && i < first.size(); ++i) alike = IsNumber(first[i], options) == IsNumber(sample.second[i], options);
  if (alike)
    throw Malformed(options, "the first line looks like the second, an event, and `header = true` would skip it", sample.first_line,
                    "leave `header = true` out if the file has no header: the listed names are enough");
  RequireUtf8(first, options, sample.first_line);
  layout.replaced = first;
  layout.first_row_is_data = false;
}

// The header line of these columns in the order in which they are listed, if the first row has as many cells; "" if it cannot be written so.
static std::string HeaderLine(const std::vector<std::string>& columns, const Sample& sample, const CsvOptions& options, char separator) {
  constexpr size_t kLongest = 400;
  std::string line;
  for (const std::string& name : columns) {
    if (name.find_first_of("'\"\\") != name.npos) return "";
    const bool quoted = name.find(separator) != name.npos || name.find(' ') != name.npos;
    line += (line.empty() ? "" : std::string(1, separator)) + (quoted ? "\"" + name + "\"" : name);
  }
  const bool skipped = std::any_of(options.comments.begin(), options.comments.end(), [&](const std::string& mark) { return line.starts_with(mark); });
  return columns.size() == sample.first.size() && columns.size() < options.names.size() && line.size() <= kLongest && !skipped ? line : "";
}

// The header line that a file without one lacks: of all listed columns but the truths, or of those that are read.
static std::string MissingHeader(const Sample& sample, const CsvOptions& options, char separator) {
  if (options.header == false || !options.widths.empty()) return "";
  std::vector<std::string> given, read;
  for (const std::string& name : options.names) {
    if (!Holds(options.truths, name)) given.push_back(name);
    if (Holds(options.wanted, name)) read.push_back(name);
  }
  const std::string line = options.truths.empty() ? "" : HeaderLine(given, sample, options, separator);
  return line.empty() ? HeaderLine(read, sample, options, separator) : line;
}

static bool HasTextBehindNumber(const std::vector<std::string>& cells, const CsvOptions& options) {
  for (size_t i = 1; i < cells.size(); ++i)
    if (IsNumber(cells[i - 1], options) && !IsNumber(cells[i], options) && !IsMissingText(cells[i])) return true;
  return false;
}

// What to do about a first row with another number of cells than names are listed.
static Cure CountHint(std::string_view content, const Sample& sample, char separator, const CsvOptions& options) {
  const std::vector<std::string>& first = sample.first;
  const bool number = AnyNumber(first, options);
  if (options.separator == '\t' && first.size() > options.names.size() && Holds(first, "")) return TabsInARow();
  if (options.separator == ' ' && !options.notation.units.empty() && first.size() < options.names.size()) return "a unit is of one cell with the number before it: list a name for each number and text, and none for units";
  if (first[0].starts_with('#')) return "lines that begin with `#` are skipped with " + Offered(WithComment(options, {"#"}));
  const bool applied = options.columns != 0 || !options.truths.empty();  // to a file that the program does not name
  if (const std::string other = applied ? "" : OtherSeparator(content, sample, options); !other.empty()) return "the line has as many cells as names are listed where " + Offered(other) + " separates them: write that in the source's braces";
  if (options.separator != ' ' && first.size() == options.names.size() + 1 && first.back().empty() && (sample.second.empty() || sample.second.back().empty())) return "if rows end with a separator, " + ReplacedInLines({std::string("[") + separator + "] *$", ""}) + " takes it out; otherwise list a name for each of its cells";
  std::string line;
  for (const std::string& cell : first) line += " " + cell;
  const std::vector<std::string> words = WordsOf(line);
  if (options.separator == 0 && first.size() < options.names.size() && words.size() >= options.names.size() && AnyNumber(words, options)) return "if blanks separate the cells, write " + Offered("separator = \"blanks\"");
  if (first.size() == 1 && !number)
    if (const std::string mark = MarkOfFirst(content, sample, ' ', options); !mark.empty()) return "if the line is no event, " + Offered(WithComment(options, {mark})) + " skips it";
  if (Cure fields = options.separator == ' ' ? FieldsHint(content, options.names.size(), options) : ""; !fields.hint.empty()) return fields;
  if (HasShortHeader(sample) && !number && options.names.size() == first.size() + 1) return "if the line is a header in which one column has no name, " + Offered("header = true") + " beside `names` replaces it by them; if it is an event, complete it";
  if (options.separator == ' ' && options.notation.units.empty() && first.size() > options.names.size() && HasTextBehindNumber(first, options))
    return "list a name for each of its cells; where one is the unit of the number before it, `units`, as in `units = [\"keV\", \"MeV = 1000 keV\"]`, makes one cell of both";
  if (!number) return "if the line is a header, leave `names` out: it names the columns; otherwise list a name for each of its cells";
  return "list a name for each of its cells, or give the file a header line: then it may hold the columns in any order, others beside them, and only those that are read";
}

// A line of remarks above the events that has a listed name in another place: the columns are in its order, not in that of the list.
static void RequireRemarksAlike(std::string_view content, const Sample& sample, const CsvOptions& options) {
  // All that are read, or all that are listed: else it is prose that happens to have as many words.
  const std::vector<std::string>& looked_for = options.wanted.empty() ? options.names : options.wanted;
  std::vector<std::string> names = WithCapitalsOf(NamesInRemarks(content, options.comments), options.names);
  if (names.size() != options.names.size() || HasTwice(names) || !std::all_of(looked_for.begin(), looked_for.end(), [&](const auto& name) { return Holds(names, name); }))
    names = OrderInRemarks(content, options.comments, options.names);
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] != options.names[i] && Holds(options.names, names[i]))
      throw Malformed(options, "the lines above the events, which `comment` skips, have `" + names[i] + "` in place " + std::to_string(i + 1) + ", and the listed name there is `" + options.names[i] + "`", sample.first_line,
                      "list the names in the file's order, or write the columns in the order of the list; if those lines do not name the columns, take them out");
}

// Whether the first line stands above the columns that are listed: of other width than all rows, and no header of theirs.
static bool IsAboveNamed(const Sample& sample, const CsvOptions& options) {
  if (!FirstStandsApart(sample)) return false;
  if (AnyNumber(sample.first, options)) return true;
  return sample.first.size() > 1 && sample.counts[1] == options.names.size() && !HasShortHeader(sample);
}

// The program lists the names; what is the first row?
static void NameFromList(std::string_view content, CsvLayout& layout, const Sample& sample, const CsvOptions& options) {
  RequireNames(options.names, options, 0, "");
  layout.names = options.names;
  layout.first_row_is_data = true;
  if (sample.counts.empty()) return;
  const std::vector<std::string>& first = sample.first;
  const bool header = options.header.value_or(false);
  if (header && HasShortHeader(sample) && options.names.size() == first.size() + 1 && (options.replaced.empty() || first == options.replaced)) {
    layout.replaced = first;
    layout.first_row_is_data = false;
    return;
  }
  if ((!options.header || header) && IsHeaderOfNames(sample, options)) {
    RequireNames(first, options, sample.first_line, "");
    layout.names = first;
    if (HasShortHeader(sample) && !options.replaced.empty() && options.replaced.size() + 1 == options.names.size() && !Holds(first, LastIsUnnamed(options) ? options.names.back() : options.names.front()))
      layout.names.insert(LastIsUnnamed(options) ? layout.names.end() : layout.names.begin(), LastIsUnnamed(options) ? options.names.back() : options.names.front());
    layout.first_row_is_data = false;
    return;
  }
  if (header && !options.replaced.empty()) return NameByReplaced(layout, sample, options);
  if (!header) RequireNoTextAbove(content, sample, layout.separator, options);
  if (first.size() != options.names.size()) RequireNoPreamble(content, sample, layout.separator, options);
  if (IsAboveNamed(sample, options) || (!header && FirstIsOfSizes(content, sample, layout.separator, options))) throw FirstIsNoneOfTable(content, sample, options);
  if (first.size() != options.names.size()) {
    DataError error = Malformed(options, "the first line has " + std::to_string(first.size()) + (first.size() == 1 ? " cell, but " : " cells, but ") + std::to_string(options.names.size()) +
                                 " columns are listed", sample.first_line, CountHint(content, sample, layout.separator, options));
    const Cure glued = options.separator == 0 || options.separator == ' ' ? GluedHint(LineAt(content, sample.first_line), options.names.size()) : "";
    if (!glued.hint.empty()) error.hint = glued.hint, error.setting = glued.setting;
    const std::string line = glued.hint.empty() ? MissingHeader(sample, options, layout.separator) : "";
    if (line.empty()) throw error;
    error.setting.clear();
    error.hint = std::string(AnyNumber(first, options) ? "" : "if this is an event, ") + "a header line says which columns these are, in any order; if they are, in the listed order: `(echo '" + line + "'; cat old.csv) > new.csv`" +
                 (AnyNumber(first, options) ? "" : "; if it is a header, columns are found by the listed names");
    error.in_file = true;
    throw error;
  }
  if (header) return ReplaceHeader(layout, sample, options);
  RequireRemarksAlike(content, sample, options);
  if (!options.header && !AnyNumber(first, options) && AnyNumber(sample.second, options)) {
    RequireInPlace(sample, options);
    throw Malformed(options, "the first line holds no number, and the second does; it may be a header of other names than those listed", sample.first_line,
                    Offered("header = true") + " replaces it by the listed names, `header = false` takes it as an event");
  }
}

// A header that ends with a separator, and no row does: what it separates is no column.
static void DropSeparatorBehindHeader(Sample& sample, const CsvOptions& options) {
  constexpr size_t kFewest = 3;  // rows, the header among them
  const bool behind = sample.counts.size() >= kFewest && sample.first.size() > 2 && sample.first.back().empty() && !AnyNumber(sample.first, options);
  if (!behind || !std::all_of(sample.counts.begin() + 1, sample.counts.end(), [&](size_t count) { return count + 1 == sample.first.size(); })) return;
  sample.first.pop_back();
  sample.counts[0] = sample.first.size();
}

static std::optional<CsvLayout> LayoutFrom(std::string_view content, const CsvOptions& given, bool whole) {
  CsvOptions options = given;
  RequireSeparatedText(content, options);
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
  if (layout.separator_found && layout.separator == ',') RequireNoDecimalCommas(content, sample, options);
  if (layout.separator_found && (sample.failed || sample.first.size() == 1)) RequireNoRowNamesBetweenBlanks(content, options);
  if (!options.header && options.names.empty() && AreMentioned(sample.first, options)) options.header = true;
  RequireNoProseAbove(content, sample, layout.separator, options);
  if (options.header != false) DropSeparatorBehindHeader(sample, options);
  if (!options.names.empty()) {
    NameFromList(content, layout, sample, options);
    return layout;
  }
  if (sample.counts.empty()) {
    // A quote that is not closed is told where the rows are read.
    if (sample.failed) CsvScanner(content, layout.separator, options).NextRow();
    throw DataError(DataErrorKind::EmptyData, "the file is empty, a header line with the columns' names is expected", {options.shown_as});
  }
  if (options.header && !*options.header) {
    if (const std::string other = layout.separator_found ? OtherSeparator(content, sample, options) : ""; other.find('|') != other.npos)
      throw Malformed(options, "each line is one cell, and numbers where `|` separates them", sample.first_line, "write " + Offered(other) + "; if the cells are texts, `separator = \",\"`");
    if (FirstStandsApart(sample) || FirstIsOfSizes(content, sample, layout.separator, options)) throw FirstIsNoneOfTable(content, sample, options);
    if (options.columns == 0) RequireNoPreamble(content, sample, layout.separator, options);
    if (options.columns != 0 && sample.first.size() != options.columns) {
      DataError error = Malformed(options, "the first line has " + std::to_string(sample.first.size()) + " cells, and the files of the training have " + std::to_string(options.columns) +
                                               "; without names, columns are found by their place", sample.first_line,
                                  "write all columns in that order, with any value where one is not known, as that of a label");
      if (sample.first.size() > options.columns) {
        const std::string count = std::to_string(options.columns), cut = layout.separator == '\t' ? "cut" : std::string("cut -d '") + layout.separator + "'";
        error.hint = "if the first " + count + " are those, `" + (layout.separator == ' ' ? "awk '{ NF = " + count + "; print }'" : cut + " -f 1-" + count) + " old.csv > new.csv` takes the others out";
      }
      const bool alone = sample.first.size() + 1 == options.columns && options.truths.size() == 1 && layout.separator != ' ' && layout.separator != '\t';
      const std::string sign(1, layout.separator);
      if (alone && options.truths[0] == "c0") error.hint += "; if the first is what is not there, `sed 's/^/0" + sign + "/' old.csv > new.csv` puts a 0 in its place";
      if (alone && options.truths[0] == "c" + std::to_string(options.columns - 1)) error.hint += "; if the last is what is not there, `sed 's/\\r*$/" + sign + "0/' old.csv > new.csv` puts a 0 in its place";
      error.in_file = true;
      throw error;
    }
    for (size_t i = 0; i < sample.first.size(); ++i) layout.names.push_back("c" + std::to_string(i));
    layout.first_row_is_data = true;
    return layout;
  }
  NameFromFirstRow(content, layout, sample, options);
  return layout;
}

std::optional<CsvLayout> FindCsvLayout(std::string_view content, const CsvOptions& options, bool whole) {
  try {
    return LayoutFrom(content, options, whole);
  } catch (DataError& error) {
    error.hint = ForLineEnds(content, error.hint);
    DecodedFirst(error);
    throw;
  }
}

}  // namespace nnc::runtime
