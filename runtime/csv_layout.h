// What the first rows of a separated file say of it: the separator and the columns' names.
//
// Nothing is guessed where two readings are possible: then an error names the setting that decides.
//   Separator: of comma, tab and semicolon the one that divides the first row; if several do, the only one that gives every sampled
//   row as many cells. If none does: blanks, if they divide every sampled row into the same number of cells, else the file has one column.
//   A first line of sizes is told as such: where it begins with a number, and a sign divides all rows behind it alike.
//   Names: see CsvOptions::header.
#pragma once

#include "runtime/csv.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

struct CsvLayout {
  char separator = ',';
  bool separator_found = false;  // from the rows, not given
  std::vector<std::string> names;
  bool first_row_is_data = false;
  std::vector<std::string> replaced;  // the header that the listed names stand for by place, if there is one
};

// `whole`: the content is the whole file. Otherwise it is the beginning of one, and the answer may be "too little to tell" (nothing).
// Throws DataError MalformedData, or EmptyData for a file without a row where the names should stand.
std::optional<CsvLayout> FindCsvLayout(std::string_view content, const CsvOptions& options, bool whole);

}  // namespace nnc::runtime
