// Separated text files (RFC 4180 and its relatives): quoted cells with doubled quotes, LF, CRLF or CR line ends, gzipped or not. Cells
// and names are taken without blanks around them; blank lines are skipped; a byte order mark too. What separates cells and
// whether the first line holds names is found by csv_layout.h, or given.
//
// A column is numeric if every cell is a number or says that there is none (is_missing_text, or one of `missing`), integer if all
// numbers are 64-bit integers, and text otherwise (or if it is one of `texts`). Missing and non-finite cells are recorded in Column::unusable and read as NaN
// (0 in an integer column), numbers that are no finite floats too; a missing cell of a text column is the empty string, and recorded.
//
// Errors are DataError with file, line, row, and column: FileNotFound, MalformedData (a row with too many or too few
// cells, an unterminated quote, a separator or header that cannot be told, no or a doubled name, text that is not in the encoding),
// UnknownColumn (a wanted column is absent). A file without rows is a table of 0 rows; `RequireRows` makes that an error.
#pragma once

#include "runtime/foreign_number.h"
#include "runtime/table.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

// What stands between fields of fixed width once they are set apart; a field that has it is quoted.
inline constexpr char kFieldSeparator = '\x1F';

struct CsvOptions {
  // The columns to keep; the others are skipped without being parsed. Empty: all.
  std::vector<std::string> wanted;
  // Columns that the program reads and that a file may lack here: labels, targets, weights.
  std::vector<std::string> truths;
  // What the program calls columns, in rising order, as far as that is known before there are any: where the file's first line has such cells, or one below it, that
  // is the header.
  std::vector<std::string> mentioned;
  // The columns' names, if the program lists them; then the first line may be a header all the same (`header`).
  std::vector<std::string> names;
  // The header that `names` stand for by place, where `header` is true and the file that the names were given for has another (ReadReplacedHeader):
  // a file's columns are then found by these, in any order. Empty: this is that file.
  std::vector<std::string> replaced;
  // Every column is text, spelled as in the file.
  bool as_text = false;
  // These columns are, whatever they hold: as they were where the program learnt from them.
  std::vector<std::string> texts;
  // In these, which a program compares with a text or takes apart by their labels, it is noted where two cells are one number.
  std::vector<std::string> labels;
  // Whether the first line holds names. Nothing: with `names` it does if each of its cells is one of them, or if it has all that are
  // wanted, no number, and cannot be an event; without, it does unless a cell of it is a number. False without `names`: the columns are
  // c0, c1, ...; true with `names`: a header that is not made of them is replaced by them.
  std::optional<bool> header;
  // Where columns are found by place (`header` is false, without `names`): how many there must be. 0: as many as there are.
  size_t columns = 0;
  // ' ' stands for any run of blanks and tabs; 0: found from the first rows. Beside `widths` it is kFieldSeparator.
  char separator = 0;
  // How the file writes numbers.
  Notation notation;
  // What the file is written in, by the name that iconv_open takes; empty: UTF-8, or UTF-16 where the file begins with its mark.
  std::string encoding;
  // What is replaced in every line, one behind the other: extended regular expressions, and what stands instead, with $1, $2, ... for their groups.
  struct Replacement {
    std::string pattern, by;
  };
  std::vector<Replacement> replacements;
  // How many characters each field of a line has; the last one ends with it. Empty: a sign separates the cells.
  std::vector<int64_t> widths;
  // How many first lines are left out, and further ones by their numbers, from 1, in rising order.
  int64_t skip = 0;
  std::vector<int64_t> skip_lines;
  // Lines that begin with one of these are skipped.
  std::vector<std::string> comments;
  // Cells that say that there is no value, besides the usual ones. Those that are numbers count by value.
  std::vector<std::string> missing;
  std::map<std::string, std::vector<std::string>> missing_in;  // further ones of these columns
  std::vector<std::string> unmarked;  // columns of which `missing` says nothing
  // Further columns, behind the file's own, that no cell is read for; empty: none. One of text holds the label of the file in every row: which of several
  // it is. One of whole numbers holds each row's place among the file's, from 1.
  std::string file_column;
  std::string file_label;  // empty: `shown_as`
  std::string row_column;
  // What messages call the file; empty: its path.
  std::string shown_as;

  // Whether any column's mark for missing values is as the condition says.
  template <typename Condition>
  bool AnyMark(Condition&& condition) const {
    return std::any_of(missing.begin(), missing.end(), condition) ||
           std::any_of(missing_in.begin(), missing_in.end(), [&](const auto& each) { return std::any_of(each.second.begin(), each.second.end(), condition); });
  }
  bool HasMark(std::string_view cell) const {
    return AnyMark([&](const std::string& mark) { return mark == cell; });
  }
  bool Makes(std::string_view column) const { return !column.empty() && (column == file_column || column == row_column); }
};

// The names of the columns, in the file's order. Reads no more than the first rows.
std::vector<std::string> ReadCsvNames(const std::filesystem::path& path, const CsvOptions& options = {});
std::vector<std::string> ParseCsvNames(std::string_view content, const CsvOptions& options);

// The header line that `names` replace by place; empty where the file has none, or one that is made of listed names.
std::vector<std::string> ReadReplacedHeader(const std::filesystem::path& path, const CsvOptions& options);
std::vector<std::string> ParseReplacedHeader(std::string_view content, const CsvOptions& options);

// What separates the cells, as the file's first rows show or the options say; 0 where that cannot be told. `beginning` is text (CsvText).
char SeparatorOf(std::string_view beginning, const CsvOptions& options);

// What skips the header's line, should it be a title above the header: "`comment = "Run 5"` skips it". `beginning` has the file's first rows, as text
// (CsvText). Empty where the file cannot be read.
std::string HeaderSkipped(std::string_view beginning, const CsvOptions& options);

// A column that holds text and no number in the first rows, or numbers below a text in the first: its first cell, the cell's row, and what
// makes a number of it where it looks as if it were one in another notation (foreign_number.h).
struct TextColumn {
  std::string name;
  std::string cell;
  std::string compared;  // the label that a comparison is likely to mean: the first, or the yes beside its no
  int64_t row = 0;
  std::optional<ForeignNumber> foreign;
  bool numbers_below = false;
  bool mixed = false;  // numbers stand among the text
  bool many = false;  // nearly as many labels as events: names, dates
  bool rare = false;  // some label is there once or twice
};

// Those columns; one cell of text among numbers is told, with its row, when the file is read, and so are malformed rows.
std::vector<TextColumn> ReadCsvTextColumns(const std::filesystem::path& path, const CsvOptions& options = {});
std::vector<TextColumn> ParseCsvTextColumns(std::string_view content, const CsvOptions& options);

// The whole file as a table of one unnamed part.
Table ReadCsv(const std::filesystem::path& path, const CsvOptions& options = {});

// The same from text in memory; `shown_as` names it in messages.
Table ParseCsv(std::string_view content, const CsvOptions& options);

}  // namespace nnc::runtime
