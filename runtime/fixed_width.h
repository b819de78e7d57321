// Rows that blanks separate, as programs print them in fields: numbers that fill theirs, and names of rows that hold blanks.
#pragma once

#include "runtime/csv.h"
#include "runtime/csv_layout.h"

#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

// What to do about a line in which numbers stand without a blank between, -183.595-1234.567, and which has `width` cells where such are taken
// apart: a sentence; "" for another line.
Cure GluedHint(std::string_view line, size_t width);

// What to do about a table whose first rows all begin with a text of one word or more above which the header has no name, and numbers stand
// below the names: as R prints one. "" for another table.
Cure PrintedTableHint(std::string_view content, const CsvLayout& layout, const CsvOptions& options);

// What to do about a table in fields of fixed width whose rows have fewer cells than the header, as some are empty: a sentence. What tells it are
// places of the lines that are blank in all of them, which make as many fields as the header has names; "" for another table.
Cure EmptyFieldsHint(std::string_view content, const std::vector<std::string>& header, int64_t line_of_header, const CsvOptions& options);

// What to do about rows whose cells are now few, now many, between blanks: how many they are, and the widths of the fields where lines have the same
// places blank. `names` is the number of columns. "" where rows have one number of cells, or two.
Cure FieldsHint(std::string_view content, size_t names, const CsvOptions& options);

}  // namespace nnc::runtime
