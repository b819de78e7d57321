// Comma-separated files (RFC 4180): quoted cells with doubled quotes, LF, CRLF or CR line ends, a header line, gzipped or
// not. Unquoted cells and names are taken without blanks around them; blank lines are skipped; a byte order mark too.
//
// A column is numeric if every cell is a number or says that there is none (is_missing_text), integer if all numbers are
// 64-bit integers, and text otherwise. Missing and non-finite cells are recorded in Column::unusable and read as NaN
// (0 in an integer column), numbers that are no finite floats too; an empty cell of a text column is the empty string, and recorded.
//
// Errors are DataError with file, line, row, and column: FileNotFound, MalformedData (a row with too many or too few
// cells, an unterminated quote, a file that another separator than the comma divides, no or a doubled name in the header), UnknownColumn (a wanted column is absent).
// A file without rows is a table of 0 rows; `RequireRows` makes that an error.
#pragma once

#include "runtime/table.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

struct CsvOptions {
  // The columns to keep; the others are skipped without being parsed. Empty: all.
  std::vector<std::string> wanted;
  // The columns' names, if the program lists them. A first line that repeats them is the header, any other first line of
  // as many cells is data. Empty: the first line is the header.
  std::vector<std::string> names;
  char separator = ',';
  // Every column is text, spelled as in the file.
  bool as_text = false;
  // What messages call the file; empty: its path.
  std::string shown_as;
};

// The names of the columns, in the file's order. Reads no more than the header.
std::vector<std::string> ReadCsvNames(const std::filesystem::path& path, const CsvOptions& options = {});

// The whole file as a table of one unnamed part.
Table ReadCsv(const std::filesystem::path& path, const CsvOptions& options = {});

// The same from text in memory; `shown_as` names it in messages.
Table ParseCsv(std::string_view content, const CsvOptions& options);

}  // namespace nnc::runtime
