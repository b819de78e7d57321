// A table whose cells blanks separate, below lines of prose, as tables of constants and records of instruments are printed.
#pragma once

#include "runtime/csv.h"
#include "runtime/csv_sample.h"

#include <string_view>

namespace nnc::runtime {

// Several lines of other widths, and then a long run of rows alike: as many cells, numbers in the same places. The error says where they begin
// and what takes out the lines above; those of one cell are such only if nothing else follows. `sample` is what `separator` makes of the first rows.
void RequireNoProseAbove(std::string_view content, const Sample& sample, char separator, const CsvOptions& options);

}  // namespace nnc::runtime
