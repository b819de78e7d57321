// Reductions over all events of a part, in double precision on the host: the fits of preparations, the sums behind metrics.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "compiler/driver/tensor.h"

namespace nnc::driver {

// A column over the events of a part: `width` numbers each, row-major.
struct HostColumn {
  int64_t rows = 0;
  int64_t width = 1;
  std::vector<double> values;
};

// `function` of the columns: mean, std, var, min, max, sum component by component (over all components where the result is a
// single number), or a metric of the runtime. `weights` may be empty. Throws DataError MalformedData where a metric's arguments do
// not fit each other.
HostValue ReduceColumns(const std::string& function, const std::vector<const HostColumn*>& columns, std::span<const double> weights,
                        const std::vector<int64_t>& shape);

}  // namespace nnc::driver
