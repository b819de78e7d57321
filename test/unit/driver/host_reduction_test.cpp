#include "compiler/driver/host_reduction.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "runtime/data_error.h"

namespace nnc::driver {
namespace {

HostColumn Column(const std::vector<float>& values, int64_t width = 1) {
  return {values.data(), static_cast<int64_t>(values.size()) / width, width, nullptr};
}

double Reduce(const std::string& function, const std::vector<float>& values, const HostColumn* weights = nullptr) {
  return ReduceColumns(function, {Column(values)}, weights, {}).values.at(0);
}

TEST(HostReduction, FollowsTheDefinitions) {
  std::vector<float> values = {1, 4, -2, 5};
  EXPECT_DOUBLE_EQ(Reduce("mean", values), 2);
  EXPECT_DOUBLE_EQ(Reduce("var", values), 7.5);
  EXPECT_DOUBLE_EQ(Reduce("std", values), std::sqrt(7.5));
  EXPECT_EQ(Reduce("min", values), -2);
  EXPECT_EQ(Reduce("max", values), 5);
  EXPECT_DOUBLE_EQ(Reduce("sum", values), 8);
}

TEST(HostReduction, OfAConstantColumnIsExact) {
  std::vector<float> values(1000, 0.1F);
  EXPECT_EQ(Reduce("mean", values), static_cast<double>(0.1F));
  EXPECT_EQ(Reduce("std", values), 0);
}

TEST(HostReduction, KeepsSmallDifferencesOfLargeValues) {
  std::vector<float> values = {1e6F, 1e6F + 1, 1e6F + 2, 1e6F + 3};
  EXPECT_DOUBLE_EQ(Reduce("var", values), 1.25);
}

TEST(HostReduction, WeighsEvents) {
  std::vector<float> values = {1, 5}, weights = {3, 1};
  HostColumn column = Column(weights);
  EXPECT_DOUBLE_EQ(Reduce("mean", values, &column), 2);
  EXPECT_DOUBLE_EQ(Reduce("var", values, &column), 3);
}

TEST(HostReduction, GoesComponentByComponentOrOverAll) {
  std::vector<float> values = {1, 10, 3, 30};
  HostValue each = ReduceColumns("mean", {Column(values, 2)}, nullptr, {2});
  EXPECT_EQ(each.values, (std::vector<double>{2, 20}));
  EXPECT_EQ(each.shape, std::vector<int64_t>{2});
  EXPECT_EQ(ReduceColumns("mean", {Column(values, 2)}, nullptr, {}).values, std::vector<double>{11});
}

TEST(HostReduction, TakesTheRowsItIsTold) {
  std::vector<float> values = {1, 2, 4, 8};
  std::vector<int64_t> rows = {3, 1};
  HostColumn column{values.data(), 2, 1, rows.data()};
  EXPECT_EQ(ReduceColumns("sum", {column}, nullptr, {}).values.front(), 10);
  EXPECT_EQ(column.ToDoubles(), (std::vector<double>{8, 2}));
}

TEST(HostReduction, ComputesMetricsAndRefusesArgumentsThatDoNotFit) {
  std::vector<float> scores = {0.9F, 0.2F, 0.6F}, labels = {1, 0, 0}, wide = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(ReduceColumns("roc_auc", {Column(scores), Column(labels)}, nullptr, {}).values.front(), 1);
  EXPECT_THROW(ReduceColumns("r2", {Column(scores), Column(wide, 2)}, nullptr, {}), runtime::DataError);
}

}  // namespace
}  // namespace nnc::driver
