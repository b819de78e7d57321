// Figures of merit over the events of a split, in double precision, weighted.
//
// One row of the table per metric; the compiler learns names, argument counts and directions from it. Arguments are
// columns of one value per event (a score, a probability, a prediction, a label) or of K values per event (class
// probabilities; a label may then be a class index or one-hot). Weights may be negative: every figure is a ratio of
// weighted sums, and NaN where its denominator is not positive.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

// One argument: `rows` events of `width` values each, row-major, borrowed.
struct MetricColumn {
  const double* values = nullptr;
  int64_t rows = 0;
  int64_t width = 1;

  double At(int64_t row, int64_t element = 0) const { return values[row * width + element]; }
  std::span<const double> All() const { return {values, static_cast<size_t>(rows * width)}; }
};

struct MetricInput {
  std::vector<MetricColumn> arguments;  // all with the same number of rows
  std::span<const double> weights;      // one per event; empty: all 1
  double threshold = 0.5;               // a two-class score at or above it is taken as positive

  double Weight(int64_t row) const { return weights.empty() ? 1 : weights[static_cast<size_t>(row)]; }
  int64_t rows() const { return arguments.front().rows; }
};

enum class Direction { None, LessIsBetter, MoreIsBetter };

// Weighted counts, row = true class, column = predicted class.
struct ConfusionMatrix {
  int64_t classes = 0;
  std::vector<double> counts;  // classes x classes, row-major

  double At(int64_t truth, int64_t predicted) const {
    return counts[static_cast<size_t>(truth * classes + predicted)];
  }
};

// What a metric is of.
enum class Takes {
  Values,   // one argument
  Pairs,    // two, of one kind: the same figure where they are turned round
  Truth,    // prediction and truth, of one kind
  Classes,  // the probability of a class, or of each, and the label: one probability is taken as class 1 from a threshold on
  Scores,   // what grows with the probability, and the label
};

// A row of the table.
struct Metric {
  std::string_view name;
  std::string_view documentation;
  Takes takes = Takes::Values;
  Direction direction = Direction::None;
  double (*compute)(const MetricInput&) = nullptr;
  // For a metric that is a matrix; `compute` then gives the figure that sums it up.
  ConfusionMatrix (*matrix)(const MetricInput&) = nullptr;

  int Arguments() const { return takes == Takes::Values ? 1 : 2; }
};

// All metrics, and one by name (null if there is none).
std::span<const Metric> Metrics();
const Metric* FindMetric(std::string_view name);

// Whether the figure is another one where prediction and truth are turned round.
bool IsOrdered(const Metric& metric);

// Whether one probability per event is taken as the class 1 from 0.5 on.
bool DividesAtHalf(const Metric& metric);

// Why the arguments do not fit the metric ("the prediction has 10 values per event, the label 3"), or empty. `compute`
// asserts that this is empty.
std::string MetricMisfit(const Metric& metric, const MetricInput& input);
// The same of the numbers of one event in the first two arguments, which is known before there are data.
std::string WidthMisfit(const Metric& metric, int64_t prediction, int64_t truth);

// The first label that a metric of classes cannot take beside predictions of that width, and why: a class that there is not, or shares of
// classes that do not add up to 1. Nothing for other metrics.
struct TruthMisfit {
  int64_t row = 0;
  std::string text;
};
std::optional<TruthMisfit> FindTruthMisfit(const Metric& metric, int64_t prediction, const MetricColumn& truth);

// Two classes from a score at the threshold, K from the largest of K probabilities (the first among equals); arguments are
// prediction and label.
ConfusionMatrix MakeConfusionMatrix(const MetricInput& input);

}  // namespace nnc::runtime
