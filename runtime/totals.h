// Last rows of a file that hold the sums or means of those above: they are no events.
#pragma once

#include "runtime/table.h"

#include <string>
#include <vector>

namespace nnc::runtime {

// Notes them in the table's parts (TablePart::totals), by these columns of numbers. Before rows are dropped and cells are filled: sums and means are
// of what the file holds, of the last file also of all files.
void NoteTotals(Table& table, const std::vector<std::string>& columns);

}  // namespace nnc::runtime
