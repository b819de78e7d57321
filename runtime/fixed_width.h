// Rows that blanks separate, as programs print them in fields: numbers that fill theirs, and names of rows that hold blanks.
#pragma once

#include "runtime/csv.h"
#include "runtime/csv_layout.h"

#include <string>
#include <string_view>

namespace nnc::runtime {

// What to do about a line in which numbers stand without a blank between, -183.595-1234.567, and which has `width` cells where such are taken
// apart: a sentence; "" for another line.
std::string GluedHint(std::string_view line, size_t width);

// What to do about a table whose first rows all begin with a text of one word or more above which the header has no name, and numbers stand
// below the names: as R prints one. "" for another table.
std::string PrintedTableHint(std::string_view content, const CsvLayout& layout, const CsvOptions& options);

}  // namespace nnc::runtime
