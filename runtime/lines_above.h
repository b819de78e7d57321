// Lines above a table, as instruments and data bases write them: of other widths than its rows.
#pragma once

#include "runtime/csv.h"
#include "runtime/csv_sample.h"

#include <string_view>

namespace nnc::runtime {

// Rows of other widths, and then, to the end of the sample, as many cells in each. The header is the first of those whose cells may all be names,
// or whose cells are names and years; where neither is there, and several lines stand above, the first of them is the first event. The error says
// what skips the lines above.
void RequireNoPreamble(std::string_view content, const Sample& sample, char separator, const CsvOptions& options);

// Of a file whose columns the program lists: several first rows without a number, each with text where all rows below hold numbers. The error says where
// the events begin.
void RequireNoTextAbove(std::string_view content, const Sample& sample, char separator, const CsvOptions& options);

// Whether these cells are names that the program calls columns by: two of them, or all that are no numbers.
bool AreMentioned(const std::vector<std::string>& cells, const CsvOptions& options);

}  // namespace nnc::runtime
