#include "runtime/csv.h"

#include "runtime/csv_scanner.h"
#include "runtime/file_bytes.h"
#include "runtime/names.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>

namespace nnc::runtime {

static constexpr size_t kMostNamed = 6;  // columns that a message lists

namespace {

// Gathers one column. Starts as integers and widens as the cells demand; a column that turns out to be text after some
// numbers is gathered again from the first row, since the numbers' own spelling is what counts then.
class ColumnBuilder {
 public:
  ColumnBuilder(std::string name, size_t cell, bool text)
      : name_(std::move(name)), cell_(cell), kind_(text ? Kind::Text : Kind::Integer) {}

  size_t cell() const { return cell_; }
  const std::string& name() const { return name_; }
  bool MustRestart() const { return restart_; }

  void Add(std::string_view text) {
    if (restart_) return;
    switch (kind_) {
      case Kind::Integer: AddInteger(text); return;
      case Kind::Real: AddReal(text); return;
      case Kind::Text: AddText(text); return;
    }
  }

  Column Finish() {
    // A column in which no cell is a number has no integers to keep.
    if (kind_ == Kind::Integer && static_cast<int64_t>(unusable_.size()) == rows_) BecomeReal();
    Column column(name_, FinalType(), {}, rows_);
    column.is_text = kind_ == Kind::Text;
    switch (kind_) {
      case Kind::Integer: std::copy(integers_.begin(), integers_.end(), column.values<int64_t>().begin()); break;
      case Kind::Real: std::copy(reals_.begin(), reals_.end(), column.values<double>().begin()); break;
      case Kind::Text: std::copy(codes_.begin(), codes_.end(), column.values<int32_t>().begin()); break;
    }
    column.dictionary = std::move(dictionary_);
    column.unusable = std::move(unusable_);
    return column;
  }

 private:
  enum class Kind { Integer, Real, Text };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  ElementType FinalType() const {
    switch (kind_) {
      case Kind::Integer: return ElementType::I64;
      case Kind::Real: return ElementType::F64;
      case Kind::Text: break;
    }
    return ElementType::I32;
  }

  void AddInteger(std::string_view text) {
    if (auto value = ParseInteger(text)) {
      integers_.push_back(*value);
      ++rows_;
    } else if (IsMissingText(text) && Trimmed(text).find_first_of("fF") == text.npos) {
      unusable_.push_back(rows_++);
      integers_.push_back(0);
    } else if (ParseNumber(text)) {
      BecomeReal();
      AddReal(text);
    } else {
      BecomeText(text);
    }
  }

  void AddReal(std::string_view text) {
    auto value = ParseNumber(text);
    if (!value && IsMissingText(text)) value = std::numeric_limits<double>::quiet_NaN();
    if (!value) return BecomeText(text);
    bool usable = std::fabs(*value) <= std::numeric_limits<float>::max();  // programs compute with floats
    if (!usable) unusable_.push_back(rows_);
    reals_.push_back(*value);
    ++rows_;
  }

  void BecomeReal() {
    kind_ = Kind::Real;
    reals_.assign(integers_.begin(), integers_.end());
    for (int64_t row : unusable_) reals_[static_cast<size_t>(row)] = std::numeric_limits<double>::quiet_NaN();
    integers_ = {};
  }

  void BecomeText(std::string_view text) {
    restart_ = rows_ > 0;
    integers_ = {};
    reals_ = {};
    unusable_ = {};
    if (restart_) return;
    kind_ = Kind::Text;
    AddText(text);
  }

  void AddText(std::string_view text) {
    if (Trimmed(text).empty()) unusable_.push_back(rows_);
    ++rows_;
    if (!codes_.empty() && dictionary_[static_cast<size_t>(codes_.back())] == text) {
      codes_.push_back(codes_.back());
      return;
    }
    auto known = code_of_.find(text);
    if (known == code_of_.end()) {
      known = code_of_.emplace(text, static_cast<int32_t>(dictionary_.size())).first;
      dictionary_.emplace_back(text);
    }
    codes_.push_back(known->second);
  }

  std::string name_;
  size_t cell_;
  Kind kind_;
  bool restart_ = false;
  int64_t rows_ = 0;
  std::vector<int64_t> integers_;
  std::vector<double> reals_;
  std::vector<int32_t> codes_;
  std::vector<std::string> dictionary_;
  std::unordered_map<std::string, int32_t, Hash, std::equal_to<>> code_of_;
  std::vector<int64_t> unusable_;
};

// What the top of the file says.
struct Header {
  std::vector<std::string> names;
  bool first_row_is_data = false;
};

}  // namespace

static DataError Malformed(const CsvOptions& options, std::string message, int64_t line = 0, int64_t row = 0) {
  return DataError(DataErrorKind::MalformedData, std::move(message), {options.shown_as, row, line});
}

// A header of one name that holds separators of other kinds was not written with commas. Blanks may be part of a name: they are
// looked for where a column is missing.
static void RequireSeparator(const std::vector<std::string>& names, const CsvOptions& options, bool blanks) {
  if (names.size() != 1 || options.separator != ',') return;
  for (const auto& [mark, shown] : {std::pair{';', "`;`"}, {'\t', "tabs"}, {'|', "`|`"}, {' ', "blanks"}}) {
    if (names[0].find(mark) == std::string::npos || (mark == ' ' && !blanks)) continue;
    throw Malformed(options, "the header has one column, `" + names[0] + "`; the file seems to be separated by " + shown +
                                 " where commas are expected", 1);
  }
}

static void RequireNames(const std::vector<std::string>& names, const CsvOptions& options, int64_t line) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) throw Malformed(options, "column " + std::to_string(i + 1) + " of the header has no name", line);
    if (std::find(names.begin(), names.begin() + i, names[i]) != names.begin() + i) {
      throw Malformed(options, "the header names column `" + names[i] + "` twice", line);
    }
  }
}

static Header ReadHeader(CsvScanner& scanner, std::string_view content, const CsvOptions& options) {
  if (content.substr(0, 4096).find('\0') != content.npos) throw Malformed(options, "this is not a text file");
  if (!scanner.NextRow()) {
    if (!options.names.empty()) return {options.names, false};
    throw DataError(DataErrorKind::EmptyData, "the file is empty, a header line with the columns' names is expected",
                    {options.shown_as});
  }
  std::vector<std::string> first(scanner.cells().begin(), scanner.cells().end());
  bool all_numbers = std::all_of(first.begin(), first.end(), [](const auto& cell) { return ParseNumber(cell).has_value(); });
  if (options.names.empty()) {
    if (all_numbers) throw Malformed(options, "the first line holds numbers where the columns' names are expected", scanner.line());
    RequireNames(first, options, scanner.line());
    RequireSeparator(first, options, false);
    return {first, false};
  }
  RequireNames(options.names, options, 0);
  if (first == options.names) return {first, false};
  if (first.size() != options.names.size()) {
    throw Malformed(options, "the first line has " + std::to_string(first.size()) + " cells, but " +
                                 std::to_string(options.names.size()) + " columns are listed", scanner.line());
  }
  bool any_number = std::any_of(first.begin(), first.end(), [](const auto& cell) { return ParseNumber(cell).has_value(); });
  bool same_names = std::is_permutation(first.begin(), first.end(), options.names.begin());
  if (same_names && !any_number) throw Malformed(options, "the header has the listed columns in another order", scanner.line());
  return {options.names, true};
}

std::vector<std::string> ReadCsvNames(const std::filesystem::path& path, const CsvOptions& given) {
  CsvOptions options = given;
  if (options.shown_as.empty()) options.shown_as = path.string();
  // The header is within the first bytes unless it is very long; a cut inside a quote asks for more.
  for (int64_t limit = 1 << 16;; limit *= 16) {
    std::string content = ReadFileBytes(path, limit);
    bool whole = static_cast<int64_t>(content.size()) < limit;
    if (!whole && content.find_first_of("\r\n") == content.npos && limit < (int64_t{1} << 32)) continue;
    try {
      CsvScanner scanner(content, options.separator, options.shown_as);
      return ReadHeader(scanner, content, options).names;
    } catch (const DataError&) {
      if (whole || limit > (int64_t{1} << 24)) throw;
    }
  }
}

static void RequireWanted(const std::vector<std::string>& names, const CsvOptions& options) {
  std::vector<std::string> missing;
  for (const std::string& name : options.wanted)
    if (std::find(names.begin(), names.end(), name) == names.end()) missing.push_back(name);
  if (missing.empty()) return;
  RequireSeparator(names, options, true);
  std::string message = "there is no column `" + missing.front() + "`" + Suggestion(missing.front(), names);
  if (missing.size() > 1) {
    message = "there are no columns `" + missing.front() + "`";
    for (size_t i = 1; i < missing.size(); ++i) message += i < kMostNamed ? ", `" + missing[i] + "`" : i == kMostNamed ? ", ..." : "";
  }
  throw DataError(DataErrorKind::UnknownColumn, message, {options.shown_as, 0, 0, missing.front()});
}

static bool IsWanted(const std::string& name, const CsvOptions& options) {
  return options.wanted.empty() || std::find(options.wanted.begin(), options.wanted.end(), name) != options.wanted.end();
}

// Runs over all rows and feeds the builders; fills in the part's row count and line numbering.
static void Gather(std::string_view content, const CsvOptions& options, std::vector<ColumnBuilder>& builders, TablePart& part) {
  CsvScanner scanner(content, options.separator, options.shown_as);
  Header header = ReadHeader(scanner, content, options);
  part.count = 0;
  bool consecutive = true;
  bool more = header.first_row_is_data || scanner.NextRow();
  part.line_of_first_row = scanner.line();
  for (; more; more = scanner.NextRow()) {
    const auto& cells = scanner.cells();
    consecutive = consecutive && scanner.line() == part.line_of_first_row + part.count;
    ++part.count;
    if (cells.size() != header.names.size()) {
      throw Malformed(options, "the row has " + std::to_string(cells.size()) + (cells.size() == 1 ? " cell" : " cells") + " where " +
                                   std::to_string(header.names.size()) + " are expected", scanner.line(), part.count);
    }
    for (ColumnBuilder& builder : builders) builder.Add(cells[builder.cell()]);
  }
  if (!consecutive) part.line_of_first_row = 0;
}

Table ParseCsv(std::string_view content, const CsvOptions& options) {
  CsvScanner scanner(content, options.separator, options.shown_as);
  Header header = ReadHeader(scanner, content, options);
  RequireWanted(header.names, options);
  std::vector<ColumnBuilder> builders;
  for (size_t cell = 0; cell < header.names.size(); ++cell) {
    if (IsWanted(header.names[cell], options)) builders.emplace_back(header.names[cell], cell, options.as_text);
  }
  TablePart part;
  part.file = options.shown_as;
  Gather(content, options, builders, part);

  std::vector<ColumnBuilder> again;
  for (const ColumnBuilder& builder : builders) {
    if (builder.MustRestart()) again.emplace_back(builder.name(), builder.cell(), true);
  }
  if (!again.empty()) Gather(content, options, again, part);

  Table table;
  table.rows = part.count;
  table.parts.push_back(part);
  size_t restarted = 0;
  for (ColumnBuilder& builder : builders) {
    table.columns.push_back(builder.MustRestart() ? again[restarted++].Finish() : builder.Finish());
  }
  return table;
}

Table ReadCsv(const std::filesystem::path& path, const CsvOptions& given) {
  CsvOptions options = given;
  if (options.shown_as.empty()) options.shown_as = path.string();
  return ParseCsv(ReadFileBytes(path), options);
}

}  // namespace nnc::runtime
