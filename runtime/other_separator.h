// Cells that are separated by another sign than they are taken apart by.
#pragma once

#include "runtime/csv.h"
#include "runtime/csv_sample.h"

#include <string>
#include <string_view>

namespace nnc::runtime {

// The first row is one cell, and so may all be that another sign divides: into as many cells as names are listed, or, without any, into
// numbers, each row into as many. The setting that says so, `separator = "|"`; "" where no sign does.
std::string OtherSeparator(std::string_view content, const Sample& sample, const CsvOptions& options);

// What to do about empty cells between tabs that a row has more of than there are columns.
Cure TabsInARow();

// Blanks that separate numbers with decimal commas, where the commas would divide the rows, too: the message asks.
void RequireNoDecimalCommas(std::string_view content, const Sample& sample, const CsvOptions& options);

// Commas separate the cells, all rows have one cell more than the header has names, and a comma may begin a fraction, as between digits alone in
// all of them: what reads the rows so. "" where none may.
Cure FractionHint(std::string_view content, const Sample& sample, char separator, const CsvOptions& options);

}  // namespace nnc::runtime
