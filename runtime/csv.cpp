#include "runtime/csv.h"

#include "runtime/csv_column.h"
#include "runtime/csv_first_line.h"
#include "runtime/csv_layout.h"
#include "runtime/csv_remarks.h"
#include "runtime/csv_scanner.h"
#include "runtime/csv_text.h"
#include "runtime/file_bytes.h"
#include "runtime/fixed_width.h"
#include "runtime/line_edits.h"
#include "runtime/lines_of_units.h"
#include "runtime/names.h"
#include "runtime/number_text.h"
#include "runtime/other_separator.h"
#include "runtime/row_widths.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <unordered_set>

namespace nnc::runtime {

static constexpr size_t kMostNamed = 6;  // columns that a message lists

// The options of what the file itself holds.
static CsvOptions WithoutMadeColumns(CsvOptions options) {
  for (std::vector<std::string>* names : {&options.wanted, &options.mentioned, &options.texts, &options.labels, &options.truths})
    std::erase_if(*names, [&](const std::string& name) { return options.Makes(name); });
  return options;
}

// The columns of the file, and those that are made.
static std::vector<std::string> NamesOf(CsvLayout layout, const CsvOptions& options) {
  const auto add = [&](const std::string& column, const std::string& setting, const std::string& said) {
    if (column.empty()) return;
    if (std::find(layout.names.begin(), layout.names.end(), column) != layout.names.end())
      throw DataError(DataErrorKind::MalformedData, "the file has a column `" + column + "`, and `" + setting + "` gives that name to a new one", {options.shown_as, 0, 0, column},
                      "give the column that says which " + said + " another name");
    layout.names.push_back(column);
  };
  add(options.file_column, "file", "file an event is from");
  add(options.row_column, "row", "row of its file an event is");
  return layout.names;
}

std::vector<std::string> ParseCsvNames(std::string_view content, const CsvOptions& options) {
  return NamesOf(*FindCsvLayout(CsvText(std::string(content), options, true), WithoutMadeColumns(options), true), options);
}

std::vector<std::string> ParseReplacedHeader(std::string_view content, const CsvOptions& options) {
  return FindCsvLayout(CsvText(std::string(content), options, true), WithoutMadeColumns(options), true)->replaced;
}

// From no more than the first rows.
static CsvLayout LayoutOf(const std::filesystem::path& path, const CsvOptions& given) {
  CsvOptions options = WithoutMadeColumns(given);
  if (options.shown_as.empty()) options.shown_as = path.string();
  for (int64_t limit = 1 << 16;; limit *= 16) {
    std::string content = ReadFileBytes(path, limit);
    bool whole = static_cast<int64_t>(content.size()) < limit;
    if (auto layout = FindCsvLayout(CsvText(std::move(content), options, whole), options, whole)) return *layout;
  }
}

std::vector<std::string> ReadCsvNames(const std::filesystem::path& path, const CsvOptions& options) { return NamesOf(LayoutOf(path, options), options); }

std::vector<std::string> ReadReplacedHeader(const std::filesystem::path& path, const CsvOptions& options) { return LayoutOf(path, options).replaced; }

char SeparatorOf(std::string_view beginning, const CsvOptions& options) {
  try {
    return FindCsvLayout(beginning, options, true)->separator;
  } catch (const DataError&) {
    return 0;
  }
}

std::string HeaderSkipped(std::string_view beginning, const CsvOptions& options) {
  try {
    const CsvLayout layout = *FindCsvLayout(beginning, options, true);
    const std::optional<Sample> sample = TakeSample(beginning, layout.separator, options, true);
    if (layout.first_row_is_data || !sample) return "";
    const std::string skipped = TitleSkipped(beginning, *sample, layout.separator, options).hint;
    return options.names.empty() ? skipped : skipped + ", in place of `names` and `header = true`";
  } catch (const DataError&) {
    return "";
  }
}

// What else may be wrong where this column is absent.
static Cure AbsenceHint(const std::string& missing, const CsvLayout& layout, const CsvOptions& options) {
  const std::vector<std::string>& names = layout.names;
  for (const std::string& name : names)  // `E [MeV]`
    if (const std::string_view unit = Trimmed(std::string_view(name).substr(std::min(missing.size(), name.size()))); name.starts_with(missing) && (unit.starts_with('[') || unit.starts_with('(')))
      return "the header has `" + name + "`: where that is the same quantity in the same unit, write `" + missing + "` there";
  if (layout.separator == ' ' && layout.separator_found) return "the cells were taken as separated by blanks; if they are not, write " + Offered("separator = \",\"");
  if (names[0].starts_with('#') && options.comments.empty()) return "lines that begin with `#` are skipped with " + Offered("comment = \"#\"");
  if (names.size() == 1 && names[0].find('|') != names[0].npos) return "the cells seem to be separated by `|`: write " + Offered("separator = \"|\"");
  if (names.size() == 1 && names[0].find(' ') != names[0].npos) return "the cells seem to be separated by blanks: write " + Offered("separator = \" \"");
  if (options.names.empty() && options.header && !*options.header) return "without names the columns are called c0, c1, ...";
  return "";
}

// Where all columns that are absent are there with other capitals: how they are spelled, and what writes the header so.
static std::string SpellingHint(const std::vector<std::string>& missing, const CsvLayout& layout, const CsvOptions& options) {
  std::string list, line;
  size_t found = 0;
  const bool plain = options.comments.empty() && options.names.empty() && layout.separator != ' ' && options.widths.empty();
  for (const std::string& name : layout.names) {
    const auto meant = std::find_if(missing.begin(), missing.end(), [&](const std::string& each) { return InLowerCase(each) == InLowerCase(name); });
    if (meant != missing.end()) list += (found++ == 0 ? "`" : ", `") + name + "`";
    if (name.find_first_of("\"'/&\\" + std::string(1, layout.separator)) != name.npos) return "";
    line += (line.empty() ? "" : layout.separator == '\t' ? "\\t" : std::string(1, layout.separator)) + (meant != missing.end() ? *meant : name);
  }
  if (found != missing.size()) return "";
  return "the file has " + list + ", and capitals tell names apart: " + (plain && layout.names.size() <= 2 * kMostNamed ? "`sed '1s/.*/" + line + "/' old.csv > new.csv` spells its header so" : "spell its header as the program has the names");
}

static void RequireWanted(const CsvLayout& layout, const CsvOptions& options) {
  const std::unordered_set<std::string_view> known(layout.names.begin(), layout.names.end());
  std::vector<std::string> missing;
  for (const std::string& name : options.wanted)
    if (known.count(name) == 0) missing.push_back(name);
  if (missing.empty()) return;
  std::vector<std::string> others;  // what is wanted itself is not what another name should have been
  for (const std::string& name : layout.names)
    if (std::find(options.wanted.begin(), options.wanted.end(), name) == options.wanted.end()) others.push_back(name);
  std::string message = "there is no column `" + missing.front() + "`" + Suggestion(missing.front(), others);
  if (missing.size() > 1) {
    message = "there are no columns `" + missing.front() + "`";
    for (size_t i = 1; i < missing.size(); ++i) message += i < kMostNamed ? ", `" + missing[i] + "`" : i == kMostNamed ? ", ..." : "";
  }
  const std::string spelling = missing.size() > 1 ? SpellingHint(missing, layout, options) : "";
  throw DataError(DataErrorKind::UnknownColumn, message, {options.shown_as, 0, 0, missing.front()}, spelling.empty() ? AbsenceHint(missing.front(), layout, options) : Cure(spelling));
}

static DataError BadRow(const CsvOptions& options, std::string message, const CsvScanner& scanner, int64_t row, Cure cure = {}) {
  return DataError(DataErrorKind::MalformedData, std::move(message), {options.shown_as, row, scanner.line()}, std::move(cure));
}

// Whether a comment mark may be made of this.
static bool BeginsText(std::string_view cell) {
  return !cell.empty() && (std::isalpha(static_cast<unsigned char>(cell[0])) != 0 || cell[0] == '[' || cell[0] == '(') && cell.find('"') == cell.npos;
}

// Without last lines of separators alone, which spreadsheets write below a table; comments may stand among them.
static std::string_view WithoutEmptyEnd(std::string_view content, char separator, const CsvOptions& options) {
  const std::string_view blank = " \t\r";
  for (std::string_view above = content; separator != ' ';) {
    const size_t end = above.find_last_not_of("\r\n");
    const size_t before = end == above.npos ? above.npos : above.find_last_of("\r\n", end);
    if (before == above.npos) break;
    const std::string_view line = above.substr(before + 1, end - before), text = Trimmed(line);
    const bool empty = line.find(separator) != line.npos && std::all_of(line.begin(), line.end(), [&](char c) { return c == separator || blank.find(c) != blank.npos; });
    const bool comment = line.find('"') == line.npos && std::any_of(options.comments.begin(), options.comments.end(), [&](const std::string& mark) { return text.starts_with(mark); });
    if (!empty && !comment && !text.empty()) break;
    above = above.substr(0, before + 1);
    if (empty) content = above;
  }
  return content;
}

namespace {

// Looks for last rows that are none: with text in a column that nobody reads and that holds numbers above. Of what is read it is a mistake.
class LastRowsOfText {
 public:
  LastRowsOfText(const CsvLayout& layout, const CsvOptions& options, const std::vector<ColumnBuilder>& builders) : options_(options), numbers_(layout.names.size(), true) {
    for (const ColumnBuilder& builder : builders) numbers_[builder.cell()] = false;
    any_ = std::find(numbers_.begin(), numbers_.end(), true) != numbers_.end();
  }

  void Take(const std::vector<std::string_view>& cells, int64_t row, int64_t line) {
    if (!any_) return;
    size_t text = cells.size();
    for (size_t i = 0; i < cells.size(); ++i) {
      if (!numbers_[i]) continue;
      if (row < kNumbers) numbers_[i] = ParseNumber(cells[i], options_.notation).has_value();
      else if (text == cells.size() && BeginsText(cells[i]) && !IsMissingText(cells[i]) && !options_.HasMark(cells[i]) && !ParseNumber(cells[i], options_.notation)) text = i;
    }
    if (text == cells.size()) {
      elsewhere_ = elsewhere_ || rows_ > 0;
      return;
    }
    if (rows_++ == 0) first_ = row, line_ = line, column_ = text, cell_ = cells[text];
  }

  void Tell(const CsvLayout& layout, TablePart& part) const {
    if (rows_ > 0 && rows_ <= kMost && !elsewhere_) part.text = {rows_, first_, line_, layout.names[column_], cell_};
  }

 private:
  static constexpr int64_t kNumbers = 8, kMost = 8;
  const CsvOptions& options_;
  std::vector<bool> numbers_;  // columns that nobody reads, of numbers as far as the first rows show
  bool any_ = false;           // of those
  int64_t rows_ = 0, first_ = 0, line_ = 0;
  size_t column_ = 0;
  std::string cell_;
  bool elsewhere_ = false;  // there are rows below that hold none
};

}  // namespace

// Runs over all rows and feeds the builders; fills in the part's row count and line numbering.
static void Gather(std::string_view content, const CsvLayout& layout, const CsvOptions& options, std::vector<ColumnBuilder>& builders, TablePart& part) {
  CsvScanner scanner(content, layout.separator, options);
  scanner.CountSkipped(layout.names.size());
  part.count = 0;
  LastRowsOfText last_rows(layout, options, builders);
  bool remark_first = false;
  std::vector<std::string> errors;  // of spreadsheets, with which rows begin
  const auto& marks = options.comments;
  const bool unmarked = marks.empty() || (std::find(marks.begin(), marks.end(), "#") == marks.end() && std::any_of(marks.begin(), marks.end(), [](const std::string& mark) { return mark.starts_with('#'); }));
  const bool remarks = unmarked && !options.AnyMark([](const std::string& mark) { return mark.starts_with('#'); });
  bool more = scanner.NextRow();
  const int64_t header = scanner.line();
  if (more && !layout.first_row_is_data) more = scanner.NextRow();
  part.line_of_first_row = scanner.line();
  part.jumps.clear();
  int64_t line = part.line_of_first_row;
  if (layout.first_row_is_data && part.line_of_first_row == 1) part.as_header = options.names.empty() ? "leave `header = false` out" : "`header = true` beside `names` replaces it by them";
  if (more) FindLinesOfUnits(content, layout, options, part);
  for (; more; more = scanner.NextRow()) {
    const auto& cells = scanner.cells();
    if (part.count > 0 && scanner.line() != line + 1) part.jumps.emplace_back(part.count, scanner.line());
    line = scanner.line();
    ++part.count;
    if (part.count == 1) remark_first = scanner.BeginsWith('#');
    if (remarks && IsErrorOfSheets(cells[0]) && std::find(errors.begin(), errors.end(), cells[0]) == errors.end()) errors.emplace_back(cells[0]);
    if (remarks && scanner.BeginsWith('#') != remark_first)
      throw BadRow(options, remark_first ? "the line above begins with `#`, and this one does not" : "the line begins with `#`, and those above do not", scanner,
                   part.count, !errors.empty() ? "if the cell says that there is no value, " + Offered(WithMissing(options, errors)) + " in the source's braces takes it so"
                                           : "lines that begin with `#` are skipped with " + Offered(WithComment(options, {"#"})) + "; if it is an event, write its first cell in quotes");
    if (!layout.first_row_is_data && cells.size() > 1 && std::equal(cells.begin(), cells.end(), layout.names.begin(), layout.names.end()))
      throw BadRow(options, "the line repeats the header", scanner, part.count, RepeatedHeaderOut(content, header, scanner.line(), options));
    if (cells.size() != layout.names.size())
      throw BadRow(options, "the row has " + std::to_string(cells.size()) + (cells.size() == 1 ? " cell" : " cells") + " where " +
                                std::to_string(layout.names.size()) + " are expected", scanner, part.count,
                   RowHint(content, layout, options, cells, scanner.line(), scanner.AtEnd()));
    if (scanner.AtEnd() && BeginsText(cells[0]))
      for (const std::string& start : {std::string(cells[0]), "\"" + std::string(cells[0])})
        if (BeginsOneLine(content, start)) part.footer = start;
    last_rows.Take(cells, part.count - 1, line);
    for (ColumnBuilder& builder : builders)
      if (!builder.Add(cells[builder.cell()]))
        throw BadRow(options, "a cell of column `" + builder.name() + "` is not UTF-8 text", scanner, part.count,
                     InAnotherEncoding());
  }
  last_rows.Tell(layout, part);
  part.skipped = scanner.skipped();
  part.line_of_first_skipped = scanner.line_of_first_skipped();
}

// The label of the file in every row.
static Column FileColumn(const CsvOptions& options, int64_t rows) {
  Column column(options.file_column, ElementType::I32, {}, rows);
  column.made = Column::Made::File;
  column.is_text = true;
  if (rows > 0) column.dictionary = {options.file_label.empty() ? options.shown_as : options.file_label};
  const auto codes = column.values<int32_t>();
  std::fill(codes.begin(), codes.end(), 0);
  return column;
}

// The place of each row.
static Column RowColumn(const CsvOptions& options, int64_t rows) {
  Column column(options.row_column, ElementType::I64, {}, rows);
  column.made = Column::Made::Row;
  const auto places = column.values<int64_t>();
  std::iota(places.begin(), places.end(), int64_t{1});
  return column;
}

namespace {

// What says in which column that there is no value.
class MarksOfColumns {
 public:
  explicit MarksOfColumns(const CsvOptions& options) : all_(options.missing, options.notation) {
    for (const std::string& column : options.unmarked) own_.emplace(column, MissingMarks({}, options.notation));
    for (const auto& [column, further] : options.missing_in) {
      std::vector<std::string> marks = options.missing;
      marks.insert(marks.end(), further.begin(), further.end());
      own_.emplace(column, MissingMarks(marks, options.notation));
    }
  }
  const MissingMarks& Of(const std::string& column) const {
    const auto own = own_.find(column);
    return own == own_.end() ? all_ : own->second;
  }

 private:
  MissingMarks all_;
  std::map<std::string, MissingMarks> own_;
};

}  // namespace

// Of the lines that are left out, counts those that look like the first event: with a cell for each of its own, and numbers where it has them, but where
// one of the two has no value.
static void CountEventsLeftOut(std::string_view text, std::string_view skipped, const CsvLayout& layout, const CsvOptions& options, TablePart& part) {
  CsvScanner events(text, layout.separator, options);
  if (skipped.empty() || (!layout.first_row_is_data && !events.NextRow()) || !events.NextRow()) return;
  const auto number = [&](std::string_view cell) { return ParseNumber(cell, options.notation).has_value(); };
  const auto alike = [&](std::string_view cell, std::string_view other) { return number(cell) == number(other) || IsMissingText(cell) || IsMissingText(other) || options.HasMark(cell) || options.HasMark(other); };
  const std::vector<std::string_view> event = events.cells();
  if (std::none_of(event.begin(), event.end(), number)) return;
  int64_t line = 1;
  for (size_t begin = 0; begin < skipped.size(); ++line) {
    const size_t end = EndOfLine(skipped, begin);
    const std::vector<std::string> cells = IsSkipped(line, options) ? CellsOfLine(skipped.substr(begin, end - begin), layout.separator, options) : std::vector<std::string>();
    begin = BehindLineEnd(skipped, end);
    if (cells.size() < event.size() || std::none_of(cells.begin(), cells.end(), number) || !std::equal(event.begin(), event.end(), cells.begin(), alike)) continue;
    if (part.left_out++ == 0) part.line_of_first_left_out = line;
  }
}

// `skipped`: the text through the lines that are left out, with them.
static Table Parsed(std::string_view text, std::string_view skipped, const CsvOptions& given) {
  const CsvOptions options = WithoutMadeColumns(given);
  const CsvLayout layout = *FindCsvLayout(text, options, true);
  const std::string_view content = layout.names.size() > 1 ? WithoutEmptyEnd(text, layout.separator, options) : text;
  RequireWanted(layout, options);
  NamesOf(layout, options);
  const std::unordered_set<std::string_view> wanted(given.wanted.begin(), given.wanted.end());
  const auto is_wanted = [&](const std::string& name) { return wanted.empty() || wanted.count(name) != 0; };
  const std::unordered_set<std::string_view> texts(options.texts.begin(), options.texts.end());
  const MarksOfColumns marks(options);
  std::vector<ColumnBuilder> builders;
  for (size_t cell = 0; cell < layout.names.size(); ++cell)
    if (is_wanted(layout.names[cell])) builders.emplace_back(layout.names[cell], cell, options.as_text || texts.count(layout.names[cell]) != 0, marks.Of(layout.names[cell]));
  for (ColumnBuilder& builder : builders)
    if (std::find(options.labels.begin(), options.labels.end(), builder.name()) != options.labels.end()) builder.WatchLabels();
  TablePart part;
  part.file = options.shown_as;
  Gather(content, layout, options, builders, part);
  CountEventsLeftOut(text, skipped, layout, options, part);

  std::vector<ColumnBuilder> again;
  for (const ColumnBuilder& builder : builders)
    if (builder.MustRestart()) again.emplace_back(builder.name(), builder.cell(), true, marks.Of(builder.name()));
  if (!again.empty()) Gather(content, layout, options, again, part);

  Table table;
  table.rows = part.count;
  table.parts.push_back(part);
  size_t restarted = 0;
  for (ColumnBuilder& builder : builders) table.columns.push_back(builder.MustRestart() ? again[restarted++].Finish() : builder.Finish());
  const bool fractions = std::any_of(builders.begin(), builders.end(), [](const ColumnBuilder& builder) { return builder.HasFractions(); });
  for (size_t i = 0; i < builders.size(); ++i) {
    table.columns[i].alike.file = options.shown_as;
    // Where the semicolon separates cells, the comma begins fractions, unless some column shows that the point does.
    if (layout.separator == ';' && options.notation.decimal == '.' && builders[i].AllGrouped() && !fractions) table.columns[i].may_be_grouped = true;
  }
  if (!options.file_column.empty() && is_wanted(options.file_column)) table.columns.push_back(FileColumn(options, table.rows));
  if (!options.row_column.empty() && is_wanted(options.row_column)) table.columns.push_back(RowColumn(options, table.rows));
  return table;
}

Table ParseCsv(std::string_view content, const CsvOptions& options) {
  try {
    if (IsCsvText(content, options)) return Parsed(content, {}, options);
    std::vector<int64_t> replaced;
    std::string text = DecodedCsv(std::string(content), options, true);
    if (EditsLines(options)) text = WithEditedLines(text, options, true, &replaced);
    Table table = Parsed(WithoutSkippedLines(text, options, true), ThroughSkippedLines(text, options), options);
    table.parts.front().replaced = std::move(replaced);
    return table;
  } catch (DataError& error) {
    error.hint = ForLineEnds(content, error.hint);
    DecodedFirst(error);
    throw;
  }
}

Table ReadCsv(const std::filesystem::path& path, const CsvOptions& given) {
  CsvOptions options = given;
  if (options.shown_as.empty()) options.shown_as = path.string();
  return ParseCsv(ReadFileBytes(path), options);
}

}  // namespace nnc::runtime
