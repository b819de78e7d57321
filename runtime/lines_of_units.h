// Lines that instruments write between the header and the events: of units, of remarks, of dashes.
#pragma once

#include "runtime/csv.h"
#include "runtime/csv_layout.h"

#include <string_view>

namespace nnc::runtime {

// Looks for them and notes in the part how many there are and which marks of comments skip them, and no other line. They are the first lines
// in which no column holds a number that does so in all rows below, and one of these columns or more holds text. No marks where one of the
// lines cannot be told from others by how it begins.
void FindLinesOfUnits(std::string_view content, const CsvLayout& layout, const CsvOptions& options, TablePart& part);

}  // namespace nnc::runtime
