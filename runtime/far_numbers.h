// Numbers at the ends of a column that stand far from all others, as what many files write where a value is missing.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/table.h"

namespace nnc::runtime {

struct FarNumber {
  double value = 0;
  int64_t count = 0, first = 0;  // cells that hold it, and the row of the first
  bool sure = false;             // the column alone tells it; else it is one where another column has it, too
  bool near = false;             // it is told by its sign
};

// Those of a column of single numbers, the least first. Distances are measured in ranges of the others, which are all numbers but these. Nines alone, as -999.9,
// in 2 cells are far beyond 1 range, and any number of 4 digits at most beyond 100. Less tells a number of 6 digits at most that repeats, in more cells than each of the 5 next
// to it, beside 20 others: it is far beyond 2 ranges, if the others leave no gap of a tenth of that between each other (in fewer than 5 cells beyond 6;
// a true zero beyond half as much again, and in half of the cells at most); or, negative where all others are not, if it is whole or beyond 1 range.
// A whole number below -50 is far by 2 ranges beside 10 others, and in several columns by a quarter of one.
std::vector<FarNumber> FarNumbers(const Column& column);

}  // namespace nnc::runtime
