// Data as read from a file or generated: named columns of equal length.
//
// A column holds numbers (F64, F32, I64, I32 or U8; integers stay integers), strings (dictionary-coded, I32 codes), or one
// fixed-shape tensor of numbers per row (an image). Values lie row-major in one aligned block, so a column can be handed
// to generated code as it is, once its type is the one that the code wants (`Converted`).
#pragma once

#include "runtime/abi.h"
#include "runtime/arena.h"
#include "runtime/data_error.h"
#include "runtime/number_text.h"
#include "runtime/taken_marks.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nnc::runtime {

enum class ElementType { F64, F32, I64, I32, U8 };

size_t ElementSize(ElementType type);
std::string_view ElementName(ElementType type);  // "f64", "f32", "i64", "i32", "u8"

struct Column {
  std::string name;
  ElementType type = ElementType::F64;
  std::vector<int64_t> shape;  // of one row; empty for scalars
  int64_t rows = 0;
  AlignedBuffer data;
  // The distinct strings in order of appearance; then `data` holds their I32 codes. Meaningful if is_text.
  std::vector<std::string> dictionary;
  bool is_text = false;
  Notation notation;  // how the file that the column is from writes numbers
  bool may_be_grouped = false;  // every fraction has three digits, as in 1.688, and other cells are whole and below 1000: they may be thousands
  // Of a column that CsvOptions::labels lists: the first cell of each number, of a thousand at most; and two cells that are one number, the file of
  // the latter, or where there are none that of the column.
  std::unordered_map<double, std::string> written;
  struct Alike {
    std::string one, other, file;
  } alike;
  // Of no cell: what every row of a file has alike, the file's label; or each row's place in its file.
  enum class Made : uint8_t { No, File, Row } made = Made::No;
  // What the elements of one row are called in a written file; empty: by number.
  std::vector<std::string> element_names;
  // Rows, ascending, whose cell was missing or is no finite float (scalars only). The value there is NaN, an infinity, a number
  // too large, 0 in an integer column, or the empty text; `RequireFinite`, `fill` and `DropRows` settle what becomes of them.
  std::vector<int64_t> unusable;
  bool marked = false;  // some of these hold what the program lists as missing
  TakenMarks taken;     // of a column of numbers: those that the program lists so

  Column() = default;
  Column(std::string name, ElementType type, std::vector<int64_t> shape, int64_t rows);

  int64_t width() const;  // elements of one row
  double Number(int64_t row, int64_t element = 0) const;
  std::string_view Text(int64_t row) const { return dictionary[static_cast<size_t>(data.as<int32_t>()[row])]; }
  template <typename T>
  std::span<T> values() {
    return data.as<T>().first(static_cast<size_t>(rows * width()));
  }
  template <typename T>
  std::span<const T> values() const {
    return data.as<T>().first(static_cast<size_t>(rows * width()));
  }
};

// A stretch of a table's rows that came from one file, or that a program calls by a name of its own
// (`csv{train = "a.csv", test = "b.csv"}`).
struct TablePart {
  std::string name;   // "" unless the program named it
  std::string file;   // as messages shall show it; "" for generated data
  int64_t first = 0;
  int64_t count = 0;
  // The line of the file on which the first event begins, 0 if there are no lines; and where the line of an event is not the one behind that of the
  // event before, the event, counted as the file does from 0, and its line.
  int64_t line_of_first_row = 0;
  std::vector<std::pair<int64_t, int64_t>> jumps;
  std::vector<int64_t> dropped;  // the file's events that are no rows of the table any more, from 0, in order
  std::string footer;  // what the last row begins with, if it is text that no other line begins with: it may be one of sums
  // The last rows, if they hold text in a column that nobody reads and that holds numbers above, as lines of sums do: how many, the first one's line,
  // and in the file's count from 0; and that cell.
  struct Text {
    int64_t rows = 0, first = 0, line = 0;
    std::string column, cell;
  } text;
  // The last rows, from one that holds sums or means of those above in some columns of numbers: how many, the first one in the file's count from 0,
  // and its place. Which columns tell of it, and what.
  struct Totals {
    struct Figure {
      bool sum = false, mean = false;
    };
    int64_t rows = 0, first = 0;
    DataPlace place;
    std::map<std::string, Figure> figures;
  };
  std::vector<Totals> totals;
  // Lines that a mark of comments has skipped and that may be events: with as many cells, and a number; and the line of the first.
  int64_t skipped = 0, line_of_first_skipped = 0;
  std::vector<int64_t> replaced;  // of each replacement of the source, how many lines it has changed
  int64_t left_out = 0, line_of_first_left_out = 0;  // lines that are left out by their numbers and look like events
  int64_t lines_of_units = 0;  // how many of its first lines hold no number where those below do: they may be of units
  std::string units;           // the setting that skips those; empty where none does
  std::string as_header;       // where the file's first line was read as an event: what takes it for a header
};

struct Table {
  std::vector<Column> columns;
  std::vector<TablePart> parts;  // in row order, covering all rows
  int64_t rows = 0;

  const Column* Find(std::string_view name) const;
  // Throws DataError UnknownColumn with the nearest name.
  const Column& At(std::string_view name) const;
};

// The columns that are text in one of the tables and numbers in the other.
std::vector<std::string> ColumnsOfOtherKind(const Table& table, const Table& more);

// Whether two cells that are one number may be meant as two labels: 1.1 and 1.10, 7 and 007, but not 2 and 2.0.
bool MayBeTwoLabels(std::string_view one, std::string_view other);

// Appends the rows of `more`, which must have the same columns by name, shape and kind (text or number; of two number
// types the wider is kept); the order of columns may differ. Throws DataError MalformedData otherwise.
void AppendRows(Table& table, Table more);

// Throws DataError EmptyData unless the table has a row.
void RequireRows(const Table& table);

// Whether the column is text by lines of units alone, and holds numbers below them.
bool IsTextByUnits(const Table& table, const Column& column);

// Throws DataError MalformedData at the first cell that keeps the column from being numeric.
void RequireNumber(const Table& table, const Column& column);

// Throws DataError NonFiniteData at the first of the column's unusable cells, or at a non-finite element of a tensor.
void RequireFinite(const Table& table, const Column& column);

// What a program can write where the column's cells are missing.
std::string MissingHint(const Column& column);

// Gives the unusable cells of a column of numbers a value; a fraction turns an integer column into F64.
void FillUnusable(Column& column, double value);

// Removes the given rows (ascending, distinct) from all columns and parts.
void DropRows(Table& table, std::span<const int64_t> rows);

// The rows, ascending, in which one of the named columns is unusable.
std::vector<int64_t> UnusableRows(const Table& table, std::span<const std::string> columns);

// The column with another element type, values rounded to nearest. Text codes are not numbers: asserts !is_text.
Column Converted(const Column& column, ElementType type);

// number - float(number), as far as a float holds it; 0 where the float is not finite.
float RestOfSingle(double number);
// What rounding to single took from each value of a column of numbers.
Column Rests(const Column& column);

// A column that lies in one piece, as generated code wants it. Keeps its address; borrows the data.
class BoundColumn {
 public:
  explicit BoundColumn(const void* base) : base_(base), column_{&base_, 62} {}
  BoundColumn(const BoundColumn&) = delete;
  BoundColumn& operator=(const BoundColumn&) = delete;
  const nnc_column* abi() const { return &column_; }

 private:
  const void* base_;
  nnc_column column_;
};

// Where row `row` of the table stands in its file, for messages.
DataPlace PlaceOfRow(const Table& table, int64_t row);

}  // namespace nnc::runtime
