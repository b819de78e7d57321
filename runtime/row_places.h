// Where a table's rows stand in their files.
#pragma once

#include "runtime/table.h"

#include <cstdint>

namespace nnc::runtime {

// The number, in the file, of a part's row: events count from 0 there.
int64_t EventOfFile(const TablePart& part, int64_t row);
// The line of a file's event; 0 where there are no lines.
int64_t LineOf(const TablePart& part, int64_t event);
// PlaceOfRow of a row of the files, before any was dropped.
DataPlace PlaceOfRowRead(const Table& table, int64_t row);

}  // namespace nnc::runtime
