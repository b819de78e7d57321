// Rows that have another number of cells than the header, or repeat it: what they may be, and which setting reads the file.
#pragma once

#include "runtime/csv.h"
#include "runtime/csv_layout.h"
#include "runtime/data_error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

// The cells of one line; none where it is no row by itself.
std::vector<std::string> CellsOfLine(std::string_view line, char separator, const CsvOptions& options);

// What to do about a row, in this line and perhaps the last one, with another number of cells than the header.
Cure RowHint(std::string_view content, const CsvLayout& layout, const CsvOptions& options, const std::vector<std::string_view>& cells, int64_t line, bool last);

// What leaves out the lines that repeat the header, as where tables of the same columns stand one below the other.
Cure RepeatedHeaderOut(std::string_view content, int64_t header, int64_t line, const CsvOptions& options);

}  // namespace nnc::runtime
