#include "compiler/driver/host_reduction.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "runtime/data_error.h"
#include "runtime/metrics.h"

namespace nnc::driver {

std::vector<double> HostColumn::ToDoubles() const {
  std::vector<double> doubles;
  doubles.reserve(static_cast<size_t>(count * width));
  for (int64_t event = 0; event < count; ++event) {
    for (int64_t element = 0; element < width; ++element) doubles.push_back(At(Row(event), element));
  }
  return doubles;
}

// Elements first, first + 1, ... first + elements - 1 of every event, each with its event's weight.
struct Component {
  const HostColumn& column;
  const HostColumn* weights;
  int64_t first;
  int64_t elements;

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (int64_t event = 0; event < column.count; ++event) {
      const int64_t row = column.Row(event);
      double weight = weights == nullptr ? 1 : static_cast<double>(weights->values[weights->Row(event)]);
      for (int64_t element = 0; element < elements; ++element) visit(column.At(row, first + element), weight);
    }
  }
};

// Sums are taken around the first value, so that a constant column has exactly its mean and no variance.
static double WeightedSum(const Component& of, double around, double* weight_sum) {
  double sum = 0, weights = 0;
  of.ForEach([&](double value, double weight) {
    sum += weight * (value - around);
    weights += weight;
  });
  *weight_sum = weights;
  return sum;
}

static double Mean(const Component& of) {
  double weight = 0;
  double around = of.column.count > 0 ? of.column.At(of.column.Row(0), of.first) : 0;
  if (!std::isfinite(around)) around = 0;
  double sum = WeightedSum(of, around, &weight);
  return around + sum / weight;
}

static double Variance(const Component& of) {
  double mean = Mean(of), sum = 0, weights = 0;
  of.ForEach([&](double value, double weight) {
    double distance = value - mean;
    sum += weight * distance * distance;
    weights += weight;
  });
  return sum / weights;
}

static double Minimum(const Component& of) {
  double least = std::numeric_limits<double>::infinity();
  of.ForEach([&](double value, double) { least = value < least || std::isnan(value) ? value : least; });
  return least;
}

static double Maximum(const Component& of) {
  double greatest = -std::numeric_limits<double>::infinity();
  of.ForEach([&](double value, double) { greatest = value > greatest || std::isnan(value) ? value : greatest; });
  return greatest;
}

static double Sum(const Component& of) {
  double weight = 0;
  return WeightedSum(of, 0, &weight);
}

static bool ReduceComponent(const std::string& function, const Component& of, double* result) {
  if (function == "mean") *result = Mean(of);
  else if (function == "std") *result = std::sqrt(Variance(of));
  else if (function == "var") *result = Variance(of);
  else if (function == "min") *result = Minimum(of);
  else if (function == "max") *result = Maximum(of);
  else if (function == "sum") *result = Sum(of);
  else return false;
  return true;
}

static double ComputeMetric(const std::string& function, const std::vector<HostColumn>& columns, const HostColumn* weights) {
  const runtime::Metric* metric = runtime::FindMetric(function);
  assert(metric != nullptr && "elaboration lets through only what the runtime has");
  std::vector<std::vector<double>> arguments;
  runtime::MetricInput input;
  for (const HostColumn& column : columns) {
    arguments.push_back(column.ToDoubles());
    input.arguments.push_back({arguments.back().data(), column.count, column.width});
  }
  std::vector<double> weight_values;
  if (weights != nullptr) weight_values = weights->ToDoubles();
  input.weights = weight_values;
  std::string misfit = runtime::MetricMisfit(*metric, input);
  if (!misfit.empty())
    throw runtime::DataError(runtime::DataErrorKind::MalformedData, "cannot compute `" + function + "`: " + misfit);
  return metric->compute(input);
}

HostValue ReduceColumns(const std::string& function, const std::vector<HostColumn>& columns, const HostColumn* weights,
                        const std::vector<int64_t>& shape) {
  HostValue result{shape, {}};
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  const HostColumn& first = columns.front();
  assert(count == 1 || count == first.width);
  int64_t elements = count == 1 ? first.width : 1;
  for (int64_t component = 0; component < count; ++component) {
    double value = 0;
    if (!ReduceComponent(function, {first, weights, component, elements}, &value))
      return {{}, {ComputeMetric(function, columns, weights)}};
    result.values.push_back(value);
  }
  return result;
}

}  // namespace nnc::driver
