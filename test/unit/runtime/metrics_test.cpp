#include "runtime/metrics.h"
#include "runtime/philox.h"
#include "runtime/roc.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nnc::runtime {
namespace {

using Values = std::vector<double>;

MetricColumn Scalars(const Values& values) { return {values.data(), static_cast<int64_t>(values.size()), 1}; }
MetricColumn Vectors(const Values& values, int64_t width) { return {values.data(), static_cast<int64_t>(values.size()) / width, width}; }

double Compute(std::string_view name, const MetricInput& input) {
  const Metric* metric = FindMetric(name);
  EXPECT_NE(metric, nullptr) << name;
  EXPECT_EQ(MetricMisfit(*metric, input), "");
  return metric->compute(input);
}

double Compute(std::string_view name, const Values& p, const Values& y, const Values& w = {}) {
  return Compute(name, MetricInput{{Scalars(p), Scalars(y)}, w});
}

// The definition of the area, pair by pair.
double PairwiseAuc(const Values& s, const Values& y, const Values& w) {
  double pairs = 0;
  double positive = 0;
  double negative = 0;
  for (size_t i = 0; i < s.size(); ++i) {
    (y[i] > 0.5 ? positive : negative) += w[i];
    for (size_t j = 0; j < s.size(); ++j) {
      if (y[i] > 0.5 && y[j] < 0.5) pairs += w[i] * w[j] * (s[i] > s[j] ? 1 : s[i] == s[j] ? 0.5 : 0);
    }
  }
  return pairs / (positive * negative);
}

TEST(Metrics, ReductionsAreWeighted) {
  Values x = {1, 2, 4};
  Values w = {1, 1, 2};
  MetricInput input{{Scalars(x)}, w};
  EXPECT_DOUBLE_EQ(Compute("mean", input), 11.0 / 4);
  EXPECT_DOUBLE_EQ(Compute("sum", input), 11);
  EXPECT_DOUBLE_EQ(Compute("std", input), std::sqrt((1 + 4 + 32) / 4.0 - 121.0 / 16));
  EXPECT_EQ(Compute("min", input), 1);
  EXPECT_EQ(Compute("max", input), 4);
  EXPECT_TRUE(std::isnan(Compute("mean", MetricInput{{Scalars({})}, {}})));
}

TEST(Metrics, TwoClassCountsAtTheThreshold) {
  Values p = {0.9, 0.5, 0.4, 0.2, 0.7, 0.1};
  Values y = {1, 1, 1, 0, 0, 0};
  EXPECT_DOUBLE_EQ(Compute("accuracy", p, y), 4.0 / 6);
  EXPECT_DOUBLE_EQ(Compute("precision", p, y), 2.0 / 3);
  EXPECT_DOUBLE_EQ(Compute("recall", p, y), 2.0 / 3);
  EXPECT_DOUBLE_EQ(Compute("f1", p, y), 2.0 / 3);
  MetricInput strict{{Scalars(p), Scalars(y)}, {}, 0.8};
  EXPECT_DOUBLE_EQ(Compute("precision", strict), 1);
  EXPECT_DOUBLE_EQ(Compute("recall", strict), 1.0 / 3);
  ConfusionMatrix matrix = MakeConfusionMatrix(MetricInput{{Scalars(p), Scalars(y)}, {}});
  EXPECT_EQ(matrix.counts, (Values{2, 1, 1, 2}));
}

TEST(Metrics, WeightsCountAsManyEvents) {
  Values p = {0.9, 0.2, 0.6};
  Values y = {1, 1, 0};
  Values w = {2, 1, 3};
  Values many_p = {0.9, 0.9, 0.2, 0.6, 0.6, 0.6};
  Values many_y = {1, 1, 1, 0, 0, 0};
  for (const char* name : {"accuracy", "precision", "recall", "f1", "roc_auc", "r2", "mean_absolute_error", "mean_squared_error"}) {
    EXPECT_NEAR(Compute(name, p, y, w), Compute(name, many_p, many_y), 1e-14) << name;
  }
}

TEST(Metrics, SharesOfWeightsThatSumUpToLessThanNothingHaveNoValue) {
  const Values p = {0.9, 0.2, 0.3, 0.1}, y = {1, 0, 1, 0}, weights = {-1, 2, 1, 3};
  const MetricInput input{{Scalars(p), Scalars(y)}, weights};
  EXPECT_TRUE(std::isnan(Compute("precision", input)));
  EXPECT_EQ(Compute("recall", input), 0);  // of weights that cancel
  EXPECT_TRUE(std::isnan(Compute("f1", input)));
}

TEST(Metrics, OfNoPredictedPositivesPrecisionIsZero) {
  EXPECT_EQ(Compute("precision", {0.1, 0.2}, {1, 0}), 0);
  EXPECT_EQ(Compute("f1", {0.1, 0.2}, {1, 0}), 0);
}

TEST(Metrics, SeveralClassesGoByTheLargestProbability) {
  Values p = {0.7, 0.2, 0.1, 0.1, 0.6, 0.3, 0.4, 0.4, 0.2, 0.0, 0.1, 0.9};
  Values index = {0, 1, 2, 2};
  Values one_hot = {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1};
  for (const MetricColumn& label : {Scalars(index), Vectors(one_hot, 3)}) {
    MetricInput input{{Vectors(p, 3), label}, {}};
    EXPECT_DOUBLE_EQ(Compute("accuracy", input), 0.75);
    ConfusionMatrix matrix = MakeConfusionMatrix(input);
    EXPECT_EQ(matrix.classes, 3);
    EXPECT_EQ(matrix.At(2, 0), 1);  // the first among equals
    EXPECT_EQ(matrix.At(2, 2), 1);
    EXPECT_DOUBLE_EQ(Compute("precision", input), (0.5 + 1 + 1) / 3);
    EXPECT_DOUBLE_EQ(Compute("recall", input), (1 + 1 + 0.5) / 3);
    // Class 0: all three pairs in order. Class 1: all three. Class 2: 0.2 lies above 0.1 and below 0.3; 0.9 above both.
    EXPECT_DOUBLE_EQ(Compute("roc_auc", input), (1 + 1 + 0.75) / 3);
  }
}

TEST(Metrics, ClassesThatDoNotOccurHaveNoShareInTheMean) {
  const Values three = {0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.2, 0.7, 0.1, 0.1, 0.2, 0.7};
  const Values four = {0.7, 0.2, 0.1, 0, 0.1, 0.8, 0.1, 0, 0.2, 0.7, 0.1, 0, 0.1, 0.2, 0.7, 0};
  const Values y = {0, 1, 0, 2};
  for (const char* name : {"accuracy", "precision", "recall", "f1", "roc_auc"})
    EXPECT_DOUBLE_EQ(Compute(name, MetricInput{{Vectors(three, 3), Scalars(y)}, {}}), Compute(name, MetricInput{{Vectors(four, 4), Scalars(y)}, {}})) << name;
  // One that is predicted and never true counts: its precision is 0.
  const Values absent = {1, 0, 0, 1};
  EXPECT_DOUBLE_EQ(Compute("precision", MetricInput{{Vectors(absent, 2), Scalars({0, 0})}, {}}), 0.5);
}

TEST(Metrics, ClassesAreOneOrShares) {
  const Metric& accuracy = *FindMetric("accuracy");
  const Values p = {0.7, 0.2, 0.1, 0.1, 0.8, 0.1};
  auto misfit = [&](const Values& y) { return MetricMisfit(accuracy, MetricInput{{Vectors(p, 3), Vectors(y, 3)}, {}}); };
  EXPECT_EQ(misfit({1, 0, 0, 0, 1, 0}), "");
  EXPECT_EQ(misfit({0.9, 0.05, 0.05, 0.2, 0.3, 0.5}), "");
  EXPECT_NE(misfit({1, 0, 0, 1, 1, 0}).find("event 1: the label [1, 1, 0] names no class"), std::string::npos);
  EXPECT_NE(misfit({0, 0, 0, 0, 1, 0}).find("event 0"), std::string::npos);
  EXPECT_NE(misfit({2, -1, 0, 0, 1, 0}).find("event 0"), std::string::npos);
}

TEST(Metrics, SeveralClassesAreWeighted) {
  Values p = {0.7, 0.2, 0.1, 0.1, 0.6, 0.3, 0.4, 0.5, 0.1, 0.0, 0.1, 0.9, 0.3, 0.3, 0.4};
  Values y = {0, 1, 0, 2, 1};
  Values w = {1, 2, 3, 0.5, 4};
  MetricInput input{{Vectors(p, 3), Scalars(y)}, w};
  EXPECT_EQ(MakeConfusionMatrix(input).counts, (Values{1, 3, 0, 0, 2, 4, 0, 0, 0.5}));
  EXPECT_DOUBLE_EQ(Compute("accuracy", input), 3.5 / 10.5);
  EXPECT_DOUBLE_EQ(Compute("recall", input), (1.0 / 4 + 2.0 / 6 + 1) / 3);
  EXPECT_DOUBLE_EQ(Compute("precision", input), (1 + 2.0 / 5 + 0.5 / 4.5) / 3);
  double mean = 0;  // of each class against the others, by the definition
  for (int64_t k = 0; k < 3; ++k) {
    Values scores, is_class;
    for (int64_t row = 0; row < 5; ++row) {
      scores.push_back(p[static_cast<size_t>(row * 3 + k)]);
      is_class.push_back(y[static_cast<size_t>(row)] == static_cast<double>(k));
    }
    mean += PairwiseAuc(scores, is_class, w) / 3;
  }
  EXPECT_DOUBLE_EQ(Compute("roc_auc", input), mean);
}

TEST(Metrics, OfTwoClassesTheConfusionIsWeighted) {
  Values p = {0.9, 0.2, 0.6, 0.5};
  Values y = {1, 1, 0, 0};
  Values w = {2, 1, 3, 0.5};
  EXPECT_EQ(MakeConfusionMatrix(MetricInput{{Scalars(p), Scalars(y)}, w}).counts, (Values{0, 3.5, 1, 2}));
}

TEST(Metrics, RegressionErrors) {
  Values p = {1, 2, 3, 5};
  Values y = {1, 2, 4, 3};
  EXPECT_DOUBLE_EQ(Compute("mean_squared_error", p, y), 5.0 / 4);
  EXPECT_DOUBLE_EQ(Compute("mean_absolute_error", p, y), 3.0 / 4);
  EXPECT_DOUBLE_EQ(Compute("r2", p, y), 1 - 5.0 / 5.0);  // the total sum of squares about 2.5 is 5
  EXPECT_DOUBLE_EQ(Compute("r2", y, y), 1);
  EXPECT_TRUE(std::isnan(Compute("r2", p, {2, 2, 2, 2})));
}

TEST(Metrics, MisfitsAreExplained) {
  const Metric& accuracy = *FindMetric("accuracy");
  Values three = {1, 2, 3};
  Values six = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(MetricMisfit(accuracy, {{Scalars(three)}, {}}), "accuracy takes 2 arguments, 1 are given");
  EXPECT_EQ(MetricMisfit(accuracy, {{Scalars(three), Scalars(six)}, {}}), "the arguments have 3 and 6 events");
  EXPECT_EQ(MetricMisfit(accuracy, {{Vectors(six, 2), Scalars(three)}, {}}), "event 1: label 2 is no class from 0 to 1");
  EXPECT_EQ(MetricMisfit(accuracy, {{Scalars(three), Scalars(three)}, six}), "there are 6 weights for 3 events");
  EXPECT_EQ(MetricMisfit(*FindMetric("r2"), {{Vectors(six, 2), Scalars(three)}, {}}),
            "the prediction has 2 values per event, the truth 1");
  EXPECT_EQ(FindMetric("no_such_metric"), nullptr);
}

TEST(Metrics, EveryRowIsDocumentedAndComputes) {
  Values x = {0, 1, 1, 0};
  for (const Metric& metric : Metrics()) {
    EXPECT_FALSE(metric.documentation.empty()) << metric.name;
    EXPECT_EQ(FindMetric(metric.name), &metric);
    MetricInput input;
    for (int i = 0; i < metric.Arguments(); ++i) input.arguments.push_back(Scalars(x));
    EXPECT_TRUE(std::isfinite(metric.compute(input))) << metric.name;
  }
}

TEST(Roc, OfPerfectAndInvertedScores) {
  EXPECT_EQ(RocAuc(Values{1, 2, 3, 4}, Values{0, 0, 1, 1}, {}), 1);
  EXPECT_EQ(RocAuc(Values{1, 2, 3, 4}, Values{1, 1, 0, 0}, {}), 0);
  EXPECT_EQ(RocAuc(Values{2, 2, 2, 2}, Values{1, 0, 1, 0}, {}), 0.5);
}

TEST(Roc, AgreesWithTheDefinitionUnderTiesAndNegativeWeights) {
  Values s, y, w;
  for (uint32_t i = 0; i < 400; ++i) {
    PhiloxCounter words = Philox({i, 0, 0, 0}, 5);
    y.push_back(words[0] & 1);
    s.push_back(std::floor(20 * UniformFromBits(words[1])) - 10 + 3 * y.back());  // many ties, both signs
    w.push_back(UniformFromBits(words[2]) * 2 - 0.4);
  }
  EXPECT_NEAR(RocAuc(s, y, w), PairwiseAuc(s, y, w), 1e-12);
  Values ones(s.size(), 1);
  EXPECT_NEAR(RocAuc(s, y, {}), PairwiseAuc(s, y, ones), 1e-12);
}

TEST(Roc, IsUndefinedForOneClassOrScoresThatAreNotNumbers) {
  EXPECT_TRUE(std::isnan(RocAuc(Values{1, 2}, Values{1, 1}, {})));
  EXPECT_TRUE(std::isnan(RocAuc(Values{}, Values{}, {})));
  EXPECT_TRUE(std::isnan(RocAuc(Values{1, NAN}, Values{1, 0}, {})));
  EXPECT_TRUE(RocCurve(Values{1, 2}, Values{0, 0}, {}).empty());
}

TEST(Roc, SignedZerosAndInfinitiesAreOrdered) {
  EXPECT_EQ(RocAuc(Values{-0.0, 0.0}, Values{1, 0}, {}), 0.5);
  EXPECT_EQ(RocAuc(Values{INFINITY, 1e308, -INFINITY, -1e308}, Values{1, 0, 0, 1}, {}), 0.75);
}

TEST(Roc, CurveHasOnePointPerDistinctScore) {
  auto curve = RocCurve(Values{0.9, 0.5, 0.5, 0.1}, Values{1, 1, 0, 0}, {});
  ASSERT_EQ(curve.size(), 4u);
  EXPECT_EQ(curve[0].threshold, INFINITY);
  EXPECT_EQ(curve[1].true_positive_rate, 0.5);
  EXPECT_EQ(curve[1].false_positive_rate, 0);
  EXPECT_EQ(curve[2].threshold, 0.5);
  EXPECT_EQ(curve[2].true_positive_rate, 1);
  EXPECT_EQ(curve[2].false_positive_rate, 0.5);
  EXPECT_EQ(curve[3].false_positive_rate, 1);
}

TEST(Metrics, OverNanAreNan) {
  const double nan = std::nan("");
  const Values good{0.9, 0.2, 0.7}, labels{1, 0, 1};
  for (const Metric& metric : Metrics()) {
    for (size_t at = 0; at < good.size(); ++at) {
      Values p = good, y = labels;
      p[at] = nan;
      if (metric.Arguments() == 1) {
        EXPECT_TRUE(std::isnan(Compute(metric.name, {{Scalars(p)}, {}}))) << metric.name << " " << at;
        continue;
      }
      EXPECT_TRUE(std::isnan(Compute(metric.name, p, labels))) << metric.name << " " << at;
      y[at] = nan;
      EXPECT_TRUE(std::isnan(Compute(metric.name, good, y))) << metric.name << " " << at;
    }
  }
  const ConfusionMatrix matrix = MakeConfusionMatrix({{Scalars({nan, 0.2, 0.7}), Scalars(labels)}, {}});
  for (double count : matrix.counts) EXPECT_TRUE(std::isnan(count));
  for (const char* name : {"accuracy", "precision", "recall", "f1", "roc_auc"}) {
    const Values p{0.1, 0.7, 0.2, nan, 0.5, 0.5}, y{1, 0};
    EXPECT_TRUE(std::isnan(Compute(name, MetricInput{{Vectors(p, 3), Scalars(y)}, {}}))) << name;
  }
}

}  // namespace
}  // namespace nnc::runtime
