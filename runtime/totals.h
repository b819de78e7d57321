// Last rows of a file that hold the sums or means of those above: they are no events.
#pragma once

#include "runtime/table.h"

#include <set>
#include <string>

namespace nnc::runtime {

// Notes in the table's parts which of the last rows hold such figures, in which columns (TablePart::totals). Before rows are dropped and cells are
// filled: sums and means are of what the file holds, of the last file also of all files.
void NoteTotals(Table& table);

// What a row holds in all of these columns: "sums", "means", or "".
std::string KindOf(const TablePart::Totals& totals, const std::set<std::string>& columns);

}  // namespace nnc::runtime
