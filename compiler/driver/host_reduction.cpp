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

HostColumn RowsOf(const HostColumn& column, const HostColumn& counts, int64_t width, std::vector<int64_t>& places) {
  const int64_t most = column.width / width;
  for (int64_t event = 0; event < column.count; ++event)
    for (int64_t row = 0; row < static_cast<int64_t>(counts.At(counts.Row(event), 0)); ++row) places.push_back(column.Row(event) * most + row);
  return {column.values, static_cast<int64_t>(places.size()), width, places.data(), column.rests};
}

// Numbers of events, as many of each, every one with its event's weight.
struct Component {
  std::vector<double> values;
  const std::vector<double>& weights;  // empty: 1
  int64_t elements = 1;                // of one event

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (size_t i = 0; i < values.size(); ++i) visit(values[i], weights.empty() ? 1 : weights[i / static_cast<size_t>(elements)]);
  }
};

// Elements first, ... first + count - 1 of the column, each by itself. Some are gathered together, since they lie in one line of memory.
static std::vector<Component> Gathered(const HostColumn& column, const std::vector<double>& weights, int64_t first, int64_t count) {
  std::vector<Component> components(static_cast<size_t>(count), Component{std::vector<double>(static_cast<size_t>(column.count)), weights});
  for (int64_t event = 0; event < column.count; ++event)
    for (int64_t element = 0; element < count; ++element)
      components[static_cast<size_t>(element)].values[static_cast<size_t>(event)] = column.At(column.Row(event), first + element);
  return components;
}

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
  double around = of.values.empty() ? 0 : of.values.front();
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
  constexpr int64_t kTogether = 8;
  HostValue result{shape, {}};
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  const HostColumn& column = columns.front();
  assert(count == 1 || count == column.width);
  const std::vector<double> weight_values = weights == nullptr ? std::vector<double>() : weights->ToDoubles();
  for (int64_t first = 0; first < count; first += kTogether) {
    std::vector<Component> components;
    if (count > 1) components = Gathered(column, weight_values, first, std::min(kTogether, count - first));
    else components.push_back({column.ToDoubles(), weight_values, column.width});
    for (const Component& component : components) {
      double value = 0;
      if (!ReduceComponent(function, component, &value)) return {{}, {ComputeMetric(function, columns, weights)}};
      result.values.push_back(value);
    }
  }
  return result;
}

}  // namespace nnc::driver
