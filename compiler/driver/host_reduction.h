// Reductions over all events of a part, in double precision on the host: the fits of preparations, the sums behind metrics.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/driver/tensor.h"

namespace nnc::driver {

// A column over some events: number `element` of event i is values[row(i) * width + element].
struct HostColumn {
  const float* values = nullptr;
  int64_t count = 0;              // events
  int64_t width = 1;
  const int64_t* rows = nullptr;  // of the events; null: 0, 1, ...
  const float* rests = nullptr;   // what rounding took from each of `values`; null: nothing

  int64_t Row(int64_t event) const { return rows == nullptr ? event : rows[event]; }
  double At(int64_t row, int64_t element) const {
    const int64_t place = row * width + element;
    return static_cast<double>(values[place]) + (rests == nullptr ? 0 : static_cast<double>(rests[place]));
  }
  // Packed, in double precision.
  std::vector<double> ToDoubles() const;
};

// The rows of events: of a column whose elements are those of a row, `width` for each, as many rows as `counts` says. `places` is where they lie.
HostColumn RowsOf(const HostColumn& column, const HostColumn& counts, int64_t width, std::vector<int64_t>& places);

// `function` of the columns: mean, std, var, min, max, sum component by component (over all components where the result is a
// single number), or a metric of the runtime. `weights` (one per event) may be null. Throws DataError MalformedData where a
// metric's arguments do not fit each other.
HostValue ReduceColumns(const std::string& function, const std::vector<HostColumn>& columns, const HostColumn* weights,
                        const std::vector<int64_t>& shape);

}  // namespace nnc::driver
