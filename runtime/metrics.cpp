#include "runtime/metrics.h"

#include "runtime/number_text.h"
#include "runtime/roc.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <tuple>

namespace nnc::runtime {

static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// A figure over nan is nan, whatever it judges: an event without an answer is neither right nor wrong.
static double Ratio(double numerator, double denominator) { return denominator > 0 ? numerator / denominator : nan; }

// Sum over the events of weight times value(row), and of the weights.
template <typename Value>
static double WeightedSum(const MetricInput& input, Value value) {
  double sum = 0;
  for (int64_t row = 0; row < input.rows(); ++row) sum += input.Weight(row) * value(row);
  return sum;
}

static double TotalWeight(const MetricInput& input) {
  return WeightedSum(input, [](int64_t) { return 1.0; });
}

// Mean over the events of the mean over an event's elements.
template <typename Value>
static double WeightedMean(const MetricInput& input, Value value) {
  int64_t width = input.arguments[0].width;
  double sum = WeightedSum(input, [&](int64_t row) {
    double inner = 0;
    for (int64_t element = 0; element < width; ++element) inner += value(row, element);
    return inner / static_cast<double>(width);
  });
  return Ratio(sum, TotalWeight(input));
}

static double Mean(const MetricInput& input) {
  const MetricColumn& x = input.arguments[0];
  return WeightedMean(input, [&](int64_t row, int64_t element) { return x.At(row, element); });
}

static double Sum(const MetricInput& input) {
  const MetricColumn& x = input.arguments[0];
  return WeightedSum(input, [&](int64_t row) {
    double inner = 0;
    for (int64_t element = 0; element < x.width; ++element) inner += x.At(row, element);
    return inner;
  });
}

static double StandardDeviation(const MetricInput& input) {
  const MetricColumn& x = input.arguments[0];
  double center = Mean(input);
  double variance = WeightedMean(input, [&](int64_t row, int64_t element) {
    double difference = x.At(row, element) - center;
    return difference * difference;
  });
  return std::sqrt(variance);
}

static bool HasNan(const MetricColumn& column) {
  auto all = column.All();
  return std::any_of(all.begin(), all.end(), [](double value) { return std::isnan(value); });
}

static double Minimum(const MetricInput& input) {
  auto all = input.arguments[0].All();
  return all.empty() || HasNan(input.arguments[0]) ? nan : *std::min_element(all.begin(), all.end());
}

static double Maximum(const MetricInput& input) {
  auto all = input.arguments[0].All();
  return all.empty() || HasNan(input.arguments[0]) ? nan : *std::max_element(all.begin(), all.end());
}

static double SquaredError(const MetricInput& input) {
  const auto& [p, y] = std::tie(input.arguments[0], input.arguments[1]);
  return WeightedMean(input, [&](int64_t row, int64_t element) {
    double difference = p.At(row, element) - y.At(row, element);
    return difference * difference;
  });
}

static double AbsoluteError(const MetricInput& input) {
  const auto& [p, y] = std::tie(input.arguments[0], input.arguments[1]);
  return WeightedMean(input, [&](int64_t row, int64_t element) { return std::fabs(p.At(row, element) - y.At(row, element)); });
}

// 1 - (residual sum of squares) / (total sum of squares), each output about its own mean, sums over outputs.
static double RSquared(const MetricInput& input) {
  const auto& [p, y] = std::tie(input.arguments[0], input.arguments[1]);
  double weight = TotalWeight(input);
  double residual = 0;
  double total = 0;
  for (int64_t element = 0; element < y.width; ++element) {
    double center = Ratio(WeightedSum(input, [&](int64_t row) { return y.At(row, element); }), weight);
    residual += WeightedSum(input, [&](int64_t row) { return std::pow(y.At(row, element) - p.At(row, element), 2); });
    total += WeightedSum(input, [&](int64_t row) { return std::pow(y.At(row, element) - center, 2); });
  }
  return total > 0 ? 1 - residual / total : nan;
}

static int64_t LargestElement(const MetricColumn& column, int64_t row) {
  const double* begin = column.values + row * column.width;
  return std::max_element(begin, begin + column.width) - begin;
}

static int64_t TrueClass(const MetricColumn& label, int64_t row) {
  return label.width > 1 ? LargestElement(label, row) : std::llround(label.At(row));
}

ConfusionMatrix MakeConfusionMatrix(const MetricInput& input) {
  const auto& [p, y] = std::tie(input.arguments[0], input.arguments[1]);
  ConfusionMatrix matrix;
  matrix.classes = p.width > 1 ? p.width : 2;
  matrix.counts.assign(static_cast<size_t>(matrix.classes * matrix.classes), HasNan(p) || HasNan(y) ? nan : 0);
  if (!matrix.counts.empty() && std::isnan(matrix.counts[0])) return matrix;
  for (int64_t row = 0; row < input.rows(); ++row) {
    int64_t predicted = p.width > 1 ? LargestElement(p, row) : p.At(row) >= input.threshold;
    int64_t truth = p.width > 1 ? TrueClass(y, row) : y.At(row) > 0.5;
    assert(truth >= 0 && truth < matrix.classes);
    matrix.counts[static_cast<size_t>(truth * matrix.classes + predicted)] += input.Weight(row);
  }
  return matrix;
}

static double Accuracy(const MetricInput& input) {
  ConfusionMatrix matrix = MakeConfusionMatrix(input);
  double right = 0;
  double all = 0;
  for (int64_t i = 0; i < matrix.classes; ++i) {
    right += matrix.At(i, i);
    for (int64_t j = 0; j < matrix.classes; ++j) all += matrix.At(i, j);
  }
  return Ratio(right, all);
}

// Right, taken as the class, and truly of the class.
struct ClassCounts {
  double right = 0;
  double predicted = 0;
  double truth = 0;
};

// Averages a figure over the classes that occur, in truth or among the predictions; of one probability only the positive class counts.
template <typename Figure>
static double OverClasses(const MetricInput& input, Figure figure) {
  ConfusionMatrix matrix = MakeConfusionMatrix(input);
  int64_t first = input.arguments[0].width > 1 ? 0 : 1;
  double sum = 0;
  int64_t occurring = 0;
  for (int64_t c = first; c < matrix.classes; ++c) {
    ClassCounts counts{matrix.At(c, c)};
    for (int64_t other = 0; other < matrix.classes; ++other) {
      counts.predicted += matrix.At(other, c);
      counts.truth += matrix.At(c, other);
    }
    if (counts.predicted == 0 && counts.truth == 0 && first == 0) continue;
    sum += figure(counts);
    ++occurring;
  }
  return Ratio(sum, static_cast<double>(occurring));
}

// A class that is never predicted, or one that is and never occurs, contributes 0; of weights that sum up to less there is no share.
static double Share(double part, double whole) { return whole == 0 ? 0 : whole < 0 ? nan : part / whole; }

static double Precision(const MetricInput& input) {
  return OverClasses(input, [](const ClassCounts& c) { return Share(c.right, c.predicted); });
}

static double Recall(const MetricInput& input) {
  return OverClasses(input, [](const ClassCounts& c) { return Share(c.right, c.truth); });
}

static double F1(const MetricInput& input) {
  return OverClasses(input, [](const ClassCounts& c) { return Share(2 * c.right, c.predicted + c.truth); });
}

// One class against the rest, averaged over the classes that occur, if there are K > 1 probabilities.
static double AreaUnderRoc(const MetricInput& input) {
  const auto& [p, y] = std::tie(input.arguments[0], input.arguments[1]);
  if (HasNan(y)) return nan;
  if (p.width == 1) return RocAuc(p.All(), y.All(), input.weights);
  double sum = 0;
  int64_t occurring = 0;
  std::vector<double> score(static_cast<size_t>(p.rows));
  std::vector<double> is_class(score.size());
  for (int64_t c = 0; c < p.width; ++c) {
    for (int64_t row = 0; row < p.rows; ++row) {
      score[static_cast<size_t>(row)] = p.At(row, c);
      is_class[static_cast<size_t>(row)] = TrueClass(y, row) == c;
    }
    if (std::find(is_class.begin(), is_class.end(), 1.0) == is_class.end()) continue;
    sum += RocAuc(score, is_class, input.weights);  // nan if a score is
    ++occurring;
  }
  return Ratio(sum, static_cast<double>(occurring));
}

static constexpr Metric table[] = {
    {.name = "mean", .documentation = "weighted mean over the events", .compute = Mean},
    {.name = "sum", .documentation = "weighted sum over the events", .compute = Sum},
    {.name = "std", .documentation = "weighted standard deviation over the events", .compute = StandardDeviation},
    {.name = "min", .documentation = "smallest value", .compute = Minimum},
    {.name = "max", .documentation = "largest value", .compute = Maximum},
    {.name = "accuracy", .documentation = "share of events put into their true class (probability, label)", .takes = Takes::Classes, .direction = Direction::MoreIsBetter, .compute = Accuracy},
    {.name = "confusion", .documentation = "weighted counts of true against predicted class; as one figure, the accuracy (probability, label)", .takes = Takes::Classes,
     .direction = Direction::MoreIsBetter, .compute = Accuracy, .matrix = MakeConfusionMatrix},
    {.name = "precision", .documentation = "share of events taken as a class that are of it, averaged over K > 2 classes (probability, label)", .takes = Takes::Classes,
     .direction = Direction::MoreIsBetter, .compute = Precision},
    {.name = "recall", .documentation = "share of a class's events taken as it, averaged over K > 2 classes (probability, label)", .takes = Takes::Classes,
     .direction = Direction::MoreIsBetter, .compute = Recall},
    {.name = "f1", .documentation = "harmonic mean of precision and recall, averaged over K > 2 classes (probability, label)", .takes = Takes::Classes,
     .direction = Direction::MoreIsBetter, .compute = F1},
    {.name = "roc_auc", .documentation = "area under the ROC curve, each class against the rest for K > 2 (score, label)", .takes = Takes::Scores,
     .direction = Direction::MoreIsBetter, .compute = AreaUnderRoc},
    {.name = "r2", .documentation = "share of the variance that is explained (prediction, truth)", .takes = Takes::Truth, .direction = Direction::MoreIsBetter, .compute = RSquared},
    {.name = "mean_absolute_error", .documentation = "mean of |prediction - truth| (prediction, truth)", .takes = Takes::Pairs, .direction = Direction::LessIsBetter, .compute = AbsoluteError},
    {.name = "mean_squared_error", .documentation = "mean of (prediction - truth)^2 (prediction, truth)", .takes = Takes::Pairs, .direction = Direction::LessIsBetter, .compute = SquaredError},
};

std::span<const Metric> Metrics() { return table; }

const Metric* FindMetric(std::string_view name) {
  for (const Metric& metric : table) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

bool IsOrdered(const Metric& metric) { return metric.takes != Takes::Values && metric.takes != Takes::Pairs; }

static bool TakesClasses(const Metric& metric) { return metric.takes == Takes::Classes || metric.takes == Takes::Scores; }

bool DividesAtHalf(const Metric& metric) { return metric.takes == Takes::Classes; }

// The first event whose shares of the classes are none: one class is right, or is so with some probability.
static std::optional<TruthMisfit> FindNoShares(const MetricColumn& truth) {
  constexpr double kRounding = 1e-3;
  for (int64_t row = 0; row < truth.rows; ++row) {
    double sum = 0;
    bool share = true;
    for (int64_t k = 0; k < truth.width; ++k) {
      sum += truth.At(row, k);
      share = share && !(truth.At(row, k) < -kRounding);
    }
    if (share && !(std::fabs(sum - 1) > kRounding)) continue;  // nan makes the figure nan
    std::string text = "the label";
    for (int64_t k = 0; k < std::min<int64_t>(truth.width, 8); ++k) text += (k == 0 ? " [" : ", ") + ShortNumber(truth.At(row, k), 6);
    return TruthMisfit{row, text + (truth.width > 8 ? ", ...]" : "]") + " names no class: one is 1 and the others 0, as `onehot(kind)` gives them, or all add up to 1. Labels that do not exclude each " +
                                "other have a figure each, as `accuracy(p[:, 0], y[:, 0])`"};
  }
  return std::nullopt;
}

std::optional<TruthMisfit> FindTruthMisfit(const Metric& metric, int64_t prediction, const MetricColumn& truth) {
  if (!TakesClasses(metric)) return std::nullopt;
  if (prediction > 1 && truth.width > 1) return FindNoShares(truth);
  for (int64_t row = 0; row < truth.rows; ++row) {
    const double label = truth.At(row);
    if (prediction == 1 && !(label < 0 || label > 1)) continue;  // nan makes the figure nan
    if (prediction > 1 && label >= 0 && label < static_cast<double>(prediction) && label == std::floor(label)) continue;
    const std::string text = "label " + ShortNumber(label, 6) + " is " +
                             (prediction == 1 ? "neither 0 nor 1, as `kind == \"signal\"` or `y == 2` gives it" : "no class from 0 to " + std::to_string(prediction - 1));
    return TruthMisfit{row, text};
  }
  return std::nullopt;
}

std::string WidthMisfit(const Metric& metric, int64_t prediction, int64_t truth) {
  const bool values = !TakesClasses(metric);
  if (prediction == truth || (truth == 1 && !values)) return "";
  return "the prediction has " + std::to_string(prediction) + " values per event, the " + (values ? "truth " : "label ") + std::to_string(truth);
}

std::string MetricMisfit(const Metric& metric, const MetricInput& input) {
  if (static_cast<int>(input.arguments.size()) != metric.Arguments()) {
    return std::string(metric.name) + " takes " + std::to_string(metric.Arguments()) + " arguments, " +
           std::to_string(input.arguments.size()) + " are given";
  }
  for (const MetricColumn& column : input.arguments) {
    if (column.rows == input.rows()) continue;
    return "the arguments have " + std::to_string(input.rows()) + " and " + std::to_string(column.rows) + " events";
  }
  if (!input.weights.empty() && static_cast<int64_t>(input.weights.size()) != input.rows()) {
    return "there are " + std::to_string(input.weights.size()) + " weights for " + std::to_string(input.rows()) + " events";
  }
  if (metric.Arguments() < 2) return "";
  const MetricColumn& p = input.arguments[0];
  const MetricColumn& y = input.arguments[1];
  std::string misfit = WidthMisfit(metric, p.width, y.width);
  if (!misfit.empty()) return misfit;
  const auto found = FindTruthMisfit(metric, p.width, y);
  return found ? "event " + std::to_string(found->row) + ": " + found->text : "";
}

}  // namespace nnc::runtime
