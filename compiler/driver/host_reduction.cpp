#include "compiler/driver/host_reduction.h"

#include <cassert>
#include <cmath>
#include <limits>

#include "runtime/data_error.h"
#include "runtime/metrics.h"

namespace nnc::driver {

// Numbers first, first + stride, ... of a column, each with its event's weight.
struct Component {
  const HostColumn& column;
  std::span<const double> weights;
  int64_t first;
  int64_t stride;

  int64_t Count() const { return (column.rows * column.width - first + stride - 1) / stride; }
  double Value(int64_t i) const { return column.values[static_cast<size_t>(first + i * stride)]; }
  double Weight(int64_t i) const { return weights.empty() ? 1 : weights[static_cast<size_t>((first + i * stride) / column.width)]; }
};

// Sums are taken around the first value, so that a constant column has exactly its mean and no variance.
static double WeightedSum(const Component& of, double around, double* weight) {
  double sum = 0;
  *weight = 0;
  for (int64_t i = 0; i < of.Count(); ++i) {
    sum += of.Weight(i) * (of.Value(i) - around);
    *weight += of.Weight(i);
  }
  return sum;
}

static double Mean(const Component& of) {
  double weight = 0;
  double around = of.Count() > 0 ? of.Value(0) : 0;
  double sum = WeightedSum(of, around, &weight);
  return around + sum / weight;
}

static double Variance(const Component& of) {
  double mean = Mean(of), sum = 0, weight = 0;
  for (int64_t i = 0; i < of.Count(); ++i) {
    double distance = of.Value(i) - mean;
    sum += of.Weight(i) * distance * distance;
    weight += of.Weight(i);
  }
  return sum / weight;
}

static double Extreme(const Component& of, double sign) {
  double best = -std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < of.Count(); ++i) best = std::fmax(best, sign * of.Value(i));
  return sign * best;
}

static double Sum(const Component& of) {
  double weight = 0;
  return WeightedSum(of, 0, &weight);
}

static bool ReduceComponent(const std::string& function, const Component& of, double* result) {
  if (function == "mean") *result = Mean(of);
  else if (function == "std") *result = std::sqrt(Variance(of));
  else if (function == "var") *result = Variance(of);
  else if (function == "min") *result = Extreme(of, -1);
  else if (function == "max") *result = Extreme(of, 1);
  else if (function == "sum") *result = Sum(of);
  else return false;
  return true;
}

static double ComputeMetric(const std::string& function, const std::vector<const HostColumn*>& columns,
                            std::span<const double> weights) {
  const runtime::Metric* metric = runtime::FindMetric(function);
  assert(metric != nullptr && "elaboration lets through only what the runtime has");
  runtime::MetricInput input;
  for (const HostColumn* column : columns) input.arguments.push_back({column->values.data(), column->rows, column->width});
  input.weights = weights;
  std::string misfit = runtime::MetricMisfit(*metric, input);
  if (!misfit.empty())
    throw runtime::DataError(runtime::DataErrorKind::MalformedData, "cannot compute `" + function + "`: " + misfit);
  return metric->compute(input);
}

HostValue ReduceColumns(const std::string& function, const std::vector<const HostColumn*>& columns, std::span<const double> weights,
                        const std::vector<int64_t>& shape) {
  HostValue result{shape, {}};
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  const HostColumn& first = *columns.front();
  assert(count == 1 || count == first.width);
  for (int64_t component = 0; component < count; ++component) {
    double value = 0;
    if (ReduceComponent(function, {first, weights, component, count}, &value)) {
      result.values.push_back(value);
      continue;
    }
    return {{}, {ComputeMetric(function, columns, weights)}};
  }
  return result;
}

}  // namespace nnc::driver
