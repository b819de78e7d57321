#include "runtime/table.h"

#include "runtime/csv_remarks.h"
#include "runtime/foreign_number.h"
#include "runtime/names.h"
#include "runtime/number_text.h"
#include "runtime/row_places.h"

#include <algorithm>
#include <cassert>
#include <cctype>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <unordered_map>

namespace nnc::runtime {

size_t ElementSize(ElementType type) {
  switch (type) {
    case ElementType::F64: return 8;
    case ElementType::F32: return 4;
    case ElementType::I64: return 8;
    case ElementType::I32: return 4;
    case ElementType::U8: return 1;
  }
  return 0;
}

std::string_view ElementName(ElementType type) {
  switch (type) {
    case ElementType::F64: return "f64";
    case ElementType::F32: return "f32";
    case ElementType::I64: return "i64";
    case ElementType::I32: return "i32";
    case ElementType::U8: return "u8";
  }
  return "";
}

// Calls the function with a null pointer of the element type.
template <typename Function>
static auto WithType(ElementType type, Function function) {
  switch (type) {
    case ElementType::F64: return function(static_cast<double*>(nullptr));
    case ElementType::F32: return function(static_cast<float*>(nullptr));
    case ElementType::I64: return function(static_cast<int64_t*>(nullptr));
    case ElementType::I32: return function(static_cast<int32_t*>(nullptr));
    case ElementType::U8: break;
  }
  return function(static_cast<uint8_t*>(nullptr));
}

Column::Column(std::string name, ElementType type, std::vector<int64_t> shape, int64_t rows)
    : name(std::move(name)), type(type), shape(std::move(shape)), rows(rows) {
  data = AlignedBuffer(static_cast<size_t>(rows * width()) * ElementSize(type));
}

int64_t Column::width() const {
  int64_t product = 1;
  for (int64_t extent : shape) product *= extent;
  return product;
}

double Column::Number(int64_t row, int64_t element) const {
  size_t at = static_cast<size_t>(row * width() + element);
  return WithType(type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    return static_cast<double>(data.as<T>()[at]);
  });
}

const Column* Table::Find(std::string_view name) const {
  for (const Column& column : columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

const Column& Table::At(std::string_view name) const {
  if (const Column* column = Find(name)) return *column;
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.name);
  std::string file = parts.empty() ? "" : parts.front().file;
  throw DataError(DataErrorKind::UnknownColumn,
                  "there is no column `" + std::string(name) + "`" + Suggestion(name, names), {file, 0, 0, std::string(name)});
}

static DataError ErrorAt(DataErrorKind kind, std::string message, const Table& table, int64_t row, const Column& column) {
  DataPlace place = PlaceOfRow(table, row);
  place.column = column.name;
  return DataError(kind, std::move(message), std::move(place));
}

void RequireRows(const Table& table) {
  if (table.rows > 0) return;
  throw DataError(DataErrorKind::EmptyData, "the data set has no rows", {table.parts.empty() ? "" : table.parts.front().file});
}

// What is known of the cells of a column of text that are no numbers, from the first of them on.
namespace {
struct TextCells {
  int64_t first = -1;               // the row of the first
  int64_t count = 0;
  std::vector<std::string> labels;  // the distinct ones
};
}  // namespace

static TextCells TextCellsOf(const Column& column) {
  TextCells cells;
  std::vector<bool> wrong(column.dictionary.size());
  for (size_t code = 0; code < wrong.size(); ++code) {
    wrong[code] = !IsMissingText(column.dictionary[code]) && !ParseNumber(column.dictionary[code], column.notation);
    if (wrong[code]) cells.labels.push_back(column.dictionary[code]);
  }
  for (int64_t row = 0; row < column.rows; ++row) {
    if (!wrong[static_cast<size_t>(column.values<int32_t>()[row])]) continue;
    if (cells.count++ == 0) cells.first = row;
  }
  return cells;
}

// The part whose first lines, those of units or the first alone, hold this row; null where none does.
static const TablePart* PartBegunBy(const Table& table, int64_t row) {
  for (const TablePart& part : table.parts)
    if (row >= part.first && row < part.first + part.count && EventOfFile(part, row - part.first) < std::max<int64_t>(1, part.lines_of_units)) return &part;
  return nullptr;
}

// Whether the text stands in lines of units alone.
static bool IsOfUnits(const Table& table, const Column& column, const std::string& text) {
  const auto codes = column.values<int32_t>();
  for (int64_t row = 0; row < column.rows; ++row)
    if (column.dictionary[static_cast<size_t>(codes[row])] == text)
      if (const TablePart* part = PartBegunBy(table, row); part == nullptr || part->lines_of_units == 0) return false;
  return true;
}

bool IsTextByUnits(const Table& table, const Column& column) {
  if (!column.is_text || std::none_of(table.parts.begin(), table.parts.end(), [](const TablePart& part) { return part.lines_of_units > 0; })) return false;
  const TextCells cells = TextCellsOf(column);
  const auto is_number = [&](const std::string& label) { return ParseNumber(label, column.notation).has_value(); };
  return cells.first >= 0 && std::any_of(column.dictionary.begin(), column.dictionary.end(), is_number) &&
         std::all_of(cells.labels.begin(), cells.labels.end(), [&](const std::string& label) { return IsOfUnits(table, column, label); });
}

// What skips the lines of units that begin the part, the row's among them, and what the text is otherwise.
static void GiveCureOfUnits(const TablePart& part, int64_t row, const std::string& text, DataError& error) {
  const std::string missing = "missing = " + Literal(text);
  const bool one = part.lines_of_units < 2;
  const std::string lines = one ? "if this line holds units, `" : "if these lines hold units, `";
  const int64_t first = LineOf(part, part.lines_of_units > 0 ? 0 : EventOfFile(part, row - part.first)), last = LineOf(part, std::max<int64_t>(part.lines_of_units - 1, EventOfFile(part, row - part.first)));
  error.setting = part.units.empty() ? missing : part.units;
  if (!part.units.empty()) error.hint = lines + part.units + "` in the source's braces skips " + (one ? "it" : "them") + "; if the cell says that there is no value, `" + missing + "` does that";
  else error.hint = (first == 0 ? "" : lines + LinesLeftOut(first, last) + "` in the source's braces leaves " + (one ? "it" : "them") + " out; ") + "if it says that there is no value, write `" + missing + "` in the source's braces";
}

// Of texts among which some are numbers in another form, as with a unit or a flag behind them: those that are none, if they are few, and may be marks for what
// is missing.
static std::vector<std::string> MarksBesideNumbers(const Column& column, const TextCells& cells) {
  constexpr size_t kMost = 4;
  std::vector<std::string> marks;
  for (const std::string& label : cells.labels)
    if (!FindForeignNumber(label, column.notation, column.dictionary, true)) marks.push_back(label);
  const bool digits = std::any_of(marks.begin(), marks.end(), [](const std::string& mark) { return mark.find_first_of("0123456789") != mark.npos; });
  return digits || marks.size() > kMost || marks.size() == cells.labels.size() ? std::vector<std::string>() : marks;
}

// How the text that is no number may come right: another notation, a mark for what is missing, a line of units or of names, a label.
static void GiveCure(const Table& table, const Column& column, const TextCells& cells, DataError& error) {
  const std::string& text = cells.labels.front();
  const TablePart* first = PartBegunBy(table, cells.first);
  const bool units = first != nullptr && first->lines_of_units > 0 && IsOfUnits(table, column, text);
  const std::vector<std::string> beside = units ? std::vector<std::string>() : MarksBesideNumbers(column, cells);
  if (std::find(beside.begin(), beside.end(), text) != beside.end()) {
    error.setting = ListSetting("missing", {}, beside);
    error.hint = "if it says that there is no value, write `" + error.setting + "` in the source's braces";
  } else if (auto foreign = FindForeignNumber(text, column.notation, column.dictionary, cells.count > static_cast<int64_t>(cells.labels.size())); foreign && !units) {
    error.hint = foreign->hint + (beside.empty() ? "" : "; where " + std::string(beside.size() == 1 ? "a mark says" : "marks say") + " that there is no value, `" + ListSetting("missing", {}, beside) + "` does");
    error.setting = foreign->setting.empty() && !beside.empty() ? ListSetting("missing", {}, beside) : foreign->setting;
  } else if (std::find(cells.labels.begin(), cells.labels.end(), column.name) != cells.labels.end()) {
    error.hint = "the line repeats the header: take it out of the file";
  } else if (auto last = std::find_if(table.parts.begin(), table.parts.end(), [&](const TablePart& part) { return part.first + part.count - 1 == cells.first && part.count > 1; });
             last != table.parts.end() && cells.count == 1 && !last->footer.empty()) {
    error.setting = "comment = " + Literal(last->footer);
    error.hint = "if this line sums up others, `" + error.setting + "` in the source's braces skips it; if the cell says that there is no value, `missing = " + Literal(text) + "` does that";
  } else if (first != nullptr && !first->as_header.empty() && column.rows > cells.count && (units || cells.count == 1)) {
    error.hint = "the first line may be a header: " + first->as_header;
  } else if (units || (first != nullptr && cells.count == 1 && column.rows > 1)) {
    GiveCureOfUnits(*first, cells.first, text, error);
  } else if (cells.labels.size() <= 4 && cells.count < column.rows && 2 * static_cast<int64_t>(cells.labels.size()) <= static_cast<int64_t>(column.dictionary.size())) {
    std::string marks;
    for (const std::string& label : cells.labels) marks += (marks.empty() ? "" : ", ") + Literal(label);
    const std::string missing = "missing = " + (cells.labels.size() == 1 ? marks : "[" + marks + "]");
    const bool word = std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
    const auto labels = static_cast<int64_t>(column.dictionary.size());
    constexpr int64_t kMost = 12, kOften = 4;  // labels, and how often each occurs
    error.hint = "if it says that there is no value, write `" + missing + "` in the source's braces";
    const bool digits = std::any_of(cells.labels.begin(), cells.labels.end(), [](const std::string& label) { return label.find_first_of("0123456789") != label.npos; });
    if (word && labels <= kMost && kOften * labels <= column.rows) error.hint = "the column has " + std::to_string(labels) + " labels, which `onehot(" + InProgram(column.name) + ")` takes apart; " + error.hint;
    else if (!digits) error.setting = missing;  // else it may be a number in another form
    if (word && !error.setting.empty() && cells.count > 1) error.hint += " (if it stands for a number, write that in its place in the file)";
  } else {
    error.hint = "a column of text is compared, `" + InProgram(column.name) + " == " + Literal(Affirmed(text, column.dictionary)) + "`, or taken apart by `onehot(" + InProgram(column.name) + ")` or `encode(" + InProgram(column.name) + ")`";
  }
}

void RequireNumber(const Table& table, const Column& column) {
  if (!column.is_text) return;
  const TextCells cells = TextCellsOf(column);
  if (cells.first < 0) {
    if (column.unusable.size() == static_cast<size_t>(column.rows)) return;
    throw DataError(DataErrorKind::MalformedData, "column `" + column.name + "` is read as text, as in the files before, and a number is needed");
  }
  DataError error = ErrorAt(DataErrorKind::MalformedData, "cannot read `" + std::string(column.Text(cells.first)) + "` in column `" + column.name + "` as a number", table, cells.first, column);
  GiveCure(table, column, cells, error);
  throw error;
}

std::string MissingHint(const Column& column) {
  if (column.is_text) return "`drop = true` leaves such events out; of an input, `fill[" + InProgram(column.name) + "] = most_frequent` replaces it, or a label of its own, `= \"none\"`, where the training part has such events, too";
  return "`fill[" + InProgram(column.name) + "] = median` replaces it (`fill = 0` the missing numbers of all inputs), `drop = true` leaves such events out";
}

void RequireFinite(const Table& table, const Column& column) {
  if (!column.unusable.empty()) {
    int64_t row = column.unusable.front();
    double value = column.is_text ? std::numeric_limits<double>::quiet_NaN() : column.Number(row);
    const char* what = column.is_text ? "a missing label" : std::isinf(value) ? "an infinite value" : std::isnan(value) || value == 0 ? (column.marked ? "what `missing` lists, or no value," : "a missing value or NaN")
                       : "a number too large for 32 bits";
    DataError error = ErrorAt(DataErrorKind::NonFiniteData,
                   std::string(what) + " in column `" + column.name + "`" +
                       (column.unusable.size() > 1 ? ", the first of " + std::to_string(column.unusable.size()) : ""),
                   table, row, column);
    error.hint = MissingHint(column);
    if (std::isfinite(value) && value != 0) {
      error.hint = "single precision ends at 3.4e38: write the column in other units, as `awk -F, -v OFS=, 'NR > 1 { $2 /= 1e30 } 1' old.csv > new.csv` divides the second one below a header";
      error.in_file = true;
    }
    throw error;
  }
  bool real = column.type == ElementType::F32 || column.type == ElementType::F64;
  if (!real || column.shape.empty()) return;
  for (int64_t row = 0; row < column.rows; ++row) {
    for (int64_t element = 0; element < column.width(); ++element) {
      if (std::isfinite(column.Number(row, element))) continue;
      throw ErrorAt(DataErrorKind::NonFiniteData,
                     "a value that is not finite in column `" + column.name + "`, element " + std::to_string(element), table, row,
                     column);
    }
  }
}

void FillUnusable(Column& column, double value) {
  assert(!column.is_text);
  if (column.unusable.empty()) return;
  bool integer = column.type != ElementType::F32 && column.type != ElementType::F64;
  if (integer && value != std::floor(value)) {
    std::vector<int64_t> unusable = std::move(column.unusable);
    column = Converted(column, ElementType::F64);
    column.unusable = std::move(unusable);
  }
  WithType(column.type, [&](auto* tag) {
    using T = std::remove_pointer_t<decltype(tag)>;
    for (int64_t row : column.unusable) column.data.as<T>()[row] = static_cast<T>(value);
  });
  column.unusable.clear();
}

using ColumnsByName = std::unordered_map<std::string_view, const Column*>;

static ColumnsByName ByName(const Table& table) {
  ColumnsByName columns;
  for (const Column& column : table.columns) columns.emplace(column.name, &column);
  return columns;
}

std::vector<int64_t> UnusableRows(const Table& table, std::span<const std::string> columns) {
  std::vector<int64_t> rows;
  const ColumnsByName known = ByName(table);
  for (const std::string& name : columns) {
    auto found = known.find(name);
    const Column& column = found == known.end() ? table.At(name) : *found->second;
    rows.insert(rows.end(), column.unusable.begin(), column.unusable.end());
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

// The new number of each row after the dropped ones are gone, for a list of rows that holds none of them.
static void Renumber(std::vector<int64_t>& list, std::span<const int64_t> dropped) {
  std::vector<int64_t> kept;
  for (int64_t row : list) {
    auto at = std::lower_bound(dropped.begin(), dropped.end(), row);
    if (at != dropped.end() && *at == row) continue;
    kept.push_back(row - (at - dropped.begin()));
  }
  list = std::move(kept);
}

static void DropColumnRows(Column& column, std::span<const int64_t> rows) {
  size_t row_bytes = static_cast<size_t>(column.width()) * ElementSize(column.type);
  char* base = static_cast<char*>(column.data.data());
  int64_t write = rows.front();
  for (size_t k = 0; k < rows.size(); ++k) {
    int64_t from = rows[k] + 1;
    int64_t to = k + 1 < rows.size() ? rows[k + 1] : column.rows;
    std::memmove(base + write * row_bytes, base + from * row_bytes, static_cast<size_t>(to - from) * row_bytes);
    write += to - from;
  }
  column.rows = write;
  Renumber(column.unusable, rows);
}

void DropRows(Table& table, std::span<const int64_t> rows) {
  if (rows.empty()) return;
  for (Column& column : table.columns) DropColumnRows(column, rows);
  for (TablePart& part : table.parts) {
    auto first = std::lower_bound(rows.begin(), rows.end(), part.first);
    auto last = std::lower_bound(rows.begin(), rows.end(), part.first + part.count);
    std::vector<int64_t> dropped, all;
    size_t before = 0;  // of those dropped earlier: a row's number in the file is as much higher as there are of them before it
    for (auto row = first; row != last; ++row) {
      int64_t event = *row - part.first + static_cast<int64_t>(before);
      while (before < part.dropped.size() && part.dropped[before] <= event) ++before, ++event;
      dropped.push_back(event);
    }
    std::merge(part.dropped.begin(), part.dropped.end(), dropped.begin(), dropped.end(), std::back_inserter(all));
    part.dropped = std::move(all);
    part.first -= first - rows.begin();
    part.count -= last - first;
  }
  table.rows -= static_cast<int64_t>(rows.size());
}

Column Converted(const Column& column, ElementType type) {
  assert(!column.is_text);
  Column result(column.name, type, column.shape, column.rows);
  result.unusable = column.unusable;
  result.marked = column.marked;
  size_t count = static_cast<size_t>(column.rows * column.width());
  WithType(column.type, [&](auto* from_tag) {
    using From = std::remove_pointer_t<decltype(from_tag)>;
    WithType(type, [&](auto* to_tag) {
      using To = std::remove_pointer_t<decltype(to_tag)>;
      const From* from = column.data.as<From>().data();
      To* to = result.data.as<To>().data();
      for (size_t i = 0; i < count; ++i) {
        if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
          to[i] = static_cast<To>(std::isfinite(from[i]) ? std::nearbyint(from[i]) : 0);
        } else {
          to[i] = static_cast<To>(from[i]);
        }
      }
    });
  });
  return result;
}

static ElementType Wider(ElementType a, ElementType b) {
  if (a == b) return a;
  bool real = a == ElementType::F64 || a == ElementType::F32 || b == ElementType::F64 || b == ElementType::F32;
  return real ? ElementType::F64 : ElementType::I64;
}

static Column JoinedText(const Column& a, const Column& b) {
  Column result(a.name, ElementType::I32, {}, a.rows + b.rows);
  result.is_text = true;
  result.dictionary = a.dictionary;
  std::unordered_map<std::string, int32_t> codes;
  for (const std::string& word : a.dictionary) codes.emplace(word, static_cast<int32_t>(codes.size()));
  std::vector<int32_t> translated;
  for (const std::string& word : b.dictionary) {
    auto [entry, is_new] = codes.emplace(word, static_cast<int32_t>(codes.size()));
    if (is_new) result.dictionary.push_back(word);
    translated.push_back(entry->second);
  }
  std::copy_n(a.values<int32_t>().begin(), a.rows, result.values<int32_t>().begin());
  for (int64_t row = 0; row < b.rows; ++row) {
    result.values<int32_t>()[a.rows + row] = translated[static_cast<size_t>(b.values<int32_t>()[row])];
  }
  result.unusable = a.unusable;
  for (int64_t row : b.unusable) result.unusable.push_back(a.rows + row);
  result.marked = a.marked || b.marked;
  result.notation = a.notation;
  result.made = a.made;
  return result;
}

bool MayBeTwoLabels(std::string_view one, std::string_view other) {
  const auto whole = [](std::string_view cell) {
    const size_t point = cell.find('.');
    return cell.find_first_not_of('0', std::min(point, cell.size() - 1) + 1) == cell.npos ? cell.substr(0, point) : cell;
  };
  return one != other && whole(one) != whole(other);
}

static Column Joined(const Column& a, const Column& b) {
  if (a.is_text) return JoinedText(a, b);
  ElementType type = Wider(a.type, b.type);
  Column result(a.name, type, a.shape, a.rows + b.rows);
  char* target = static_cast<char*>(result.data.data());
  for (const Column* part : {&a, &b}) {
    Column same = Converted(*part, type);
    size_t bytes = static_cast<size_t>(same.rows * same.width()) * ElementSize(type);
    std::memcpy(target, same.data.data(), bytes);
    target += bytes;
  }
  result.unusable = a.unusable;
  for (int64_t row : b.unusable) result.unusable.push_back(a.rows + row);
  result.marked = a.marked || b.marked;
  result.notation = a.notation;
  result.made = a.made;
  result.taken = a.taken.With(b.taken, a.rows);
  result.may_be_grouped = a.may_be_grouped || b.may_be_grouped;
  result.alike = a.alike.one.empty() ? b.alike : a.alike;
  result.written = a.written;
  for (const auto& [number, cell] : b.written)
    if (const auto& known = result.written.emplace(number, cell).first->second; result.alike.one.empty() && MayBeTwoLabels(known, cell)) result.alike = {known, cell, b.alike.file};
  return result;
}

// A column without rows has no kind of its own yet.
static bool AreOfOtherKind(const Column& a, const Column& b) { return a.is_text != b.is_text && a.rows > 0 && b.rows > 0; }

std::vector<std::string> ColumnsOfOtherKind(const Table& table, const Table& more) {
  std::vector<std::string> names;
  const ColumnsByName there = ByName(more);
  for (const Column& column : table.columns)
    if (auto found = there.find(column.name); found != there.end() && AreOfOtherKind(column, *found->second)) names.push_back(column.name);
  return names;
}

void AppendRows(Table& table, Table more) {
  std::string file = more.parts.empty() ? "" : more.parts.front().file;
  auto fail = [&](const std::string& message, const std::string& column, const std::string& hint = "") {
    return DataError(DataErrorKind::MalformedData, message, {file, 0, 0, column}, hint);
  };
  const ColumnsByName here = ByName(table), there = ByName(more);
  for (const Column& column : more.columns) {
    if (here.count(column.name) == 0) throw fail("column `" + column.name + "` is not in the first file", column.name);
  }
  std::vector<Column> columns;
  for (const Column& column : table.columns) {
    auto found = there.find(column.name);
    if (found == there.end()) throw fail("column `" + column.name + "` of the first file is missing", column.name);
    const Column* other = found->second;
    if (column.shape != other->shape) throw fail("column `" + column.name + "` has another shape than in the first file", column.name);
    if (AreOfOtherKind(column, *other)) {
      constexpr int64_t kFew = 8;  // of so many cells one: it is wrong, else labels are of another kind
      if (other->is_text && kFew * TextCellsOf(*other).count <= other->rows) RequireNumber(more, *other);
      if (column.is_text && kFew * TextCellsOf(column).count <= column.rows) RequireNumber(table, column);
      throw fail("column `" + column.name + "` holds " + (other->is_text ? "text" : "numbers") + ", but " +
                     (column.is_text ? "text" : "numbers") + " in the first file",
                 column.name, "if they are labels, a class for those that training does not know makes labels of both, as in `onehot(" + InProgram(column.name) + ", unseen = \"other\")`; if they are numbers, one of the files writes them in another notation");
    }
    const Column& kind = column.rows > 0 ? column : *other;
    if (column.is_text != other->is_text) {
      Column copy(kind.name, kind.type, kind.shape, kind.rows);
      std::memcpy(copy.data.data(), kind.data.data(), static_cast<size_t>(kind.rows * kind.width()) * ElementSize(kind.type));
      copy.is_text = kind.is_text;
      copy.dictionary = kind.dictionary;
      copy.unusable = kind.unusable;
      copy.taken = kind.taken;
      copy.made = kind.made;
      columns.push_back(std::move(copy));
    } else {
      columns.push_back(Joined(column, *other));
    }
  }
  table.columns = std::move(columns);
  for (TablePart part : more.parts) {
    part.first += table.rows;
    table.parts.push_back(std::move(part));
  }
  table.rows += more.rows;
}

float RestOfSingle(double number) {
  const float rounded = static_cast<float>(number);
  return std::isfinite(rounded) ? static_cast<float>(number - static_cast<double>(rounded)) : 0;
}

Column Rests(const Column& column) {
  Column rests(column.name, ElementType::F32, column.shape, column.rows);
  auto values = rests.values<float>();
  const int64_t width = column.width();
  for (int64_t row = 0; row < column.rows; ++row)
    for (int64_t element = 0; element < width; ++element) values[static_cast<size_t>(row * width + element)] = RestOfSingle(column.Number(row, element));
  return rests;
}

}  // namespace nnc::runtime
