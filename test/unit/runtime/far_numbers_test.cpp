#include "runtime/far_numbers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <random>

namespace nnc::runtime {
namespace {

using Numbers = std::vector<double>;
using Random = std::mt19937_64;

Column ColumnOf(const Numbers& numbers) {
  Column column("a", ElementType::F64, {}, static_cast<int64_t>(numbers.size()));
  std::copy(numbers.begin(), numbers.end(), column.values<double>().begin());
  return column;
}

Numbers Sure(const Numbers& numbers) {
  Numbers sure;
  for (const FarNumber& far : FarNumbers(ColumnOf(numbers)))
    if (far.sure) sure.push_back(far.value);
  return sure;
}

double Rounded(double number, double unit) { return std::round(number / unit) * unit; }
double Share(Random& random) { return std::uniform_real_distribution<>()(random); }
double Normal(Random& random) { return std::normal_distribution<>()(random); }
double LogNormal(Random& random) { return std::exp(2 * Normal(random)); }
double Cauchy(Random& random) { return std::cauchy_distribution<>()(random); }
double Pareto(Random& random) { return 1 / (1 - Share(random)) - 1; }
double Exponential(Random& random) { return -std::log(1 - Share(random)); }

// Columns as they are measured or counted, of which no number stands for a missing one.
struct Natural {
  const char* name;
  std::function<double(Random&)> draw;
};

const std::vector<Natural>& Naturals() {
  static const std::vector<Natural> naturals = {
      {"normal", [](Random& r) { return Rounded(5 + Normal(r), 0.01); }},
      {"whole normal", [](Random& r) { return std::round(10 + 4 * Normal(r)); }},
      {"whole and large", [](Random& r) { return std::round(300 + 10 * Normal(r)); }},
      {"log-normal", [](Random& r) { return Rounded(LogNormal(r), 0.001); }},
      {"whole log-normal", [](Random& r) { return std::round(LogNormal(r)); }},
      {"log-normal, saturated", [](Random& r) { return Rounded(std::min(LogNormal(r), 20.0), 0.01); }},
      {"Cauchy", [](Random& r) { return Rounded(Cauchy(r), 0.001); }},
      {"whole Cauchy", [](Random& r) { return std::round(Cauchy(r)); }},
      {"Cauchy, cut", [](Random& r) { return Rounded(std::clamp(Cauchy(r), -20.0, 20.0), 0.01); }},
      {"Pareto", [](Random& r) { return Rounded(Pareto(r), 0.001); }},
      {"whole Pareto", [](Random& r) { return std::floor(10 * Pareto(r)); }},
      {"exponential", [](Random& r) { return Rounded(40 * Exponential(r), 0.1); }},
      {"counts less one", [](Random& r) { return std::floor(40 * Exponential(r)) - 1; }},
      {"whole degrees", [](Random& r) { return std::round(12 + 5 * Normal(r)); }},
      {"rain", [](Random& r) { return Share(r) < 0.5 ? 0 : Rounded(0.1 + 8 * Exponential(r), 0.1); }},
      {"a second jet", [](Random& r) { return Share(r) < 0.4 ? 0 : Rounded(30 + 25 * Exponential(r), 0.1); }},
      {"a weight or none", [](Random& r) { return Share(r) < 0.3 ? 0 : Rounded(70 + 10 * Normal(r), 0.1); }},
      {"standby or not", [](Random& r) { return Share(r) < 0.7 ? 0 : Rounded(230 + 2 * Normal(r), 0.1); }},
      {"a saturated ADC", [](Random& r) { return std::min(std::round(1000 * Exponential(r)), 4095.0); }},
      {"percent", [](Random& r) { return Rounded(std::clamp(60 + 40 * Normal(r), 0.0, 100.0), 0.1); }},
      {"correlations", [](Random& r) { return Rounded(std::clamp(0.5 + 0.4 * Normal(r), -1.0, 1.0), 0.01); }},
      {"-1, 0, 1", [](Random& r) { return std::floor(3 * Share(r)) - 1; }},
      {"labels", [](Random& r) { return Share(r) < 0.3 ? -1 : 1; }},
      {"one of ten", [](Random& r) { return Share(r) < 0.1 ? 1 : 0; }},
      {"few counts less one", [](Random& r) { return std::floor(10 * Share(r)) - 1; }},
      {"amounts", [](Random& r) { return std::array{1.0, 2.0, 5.0, 10.0, 20.0, 100.0, 1000.0}[static_cast<size_t>(7 * Share(r))]; }},
      {"powers", [](Random& r) { return std::pow(10, std::floor(11 * Share(r)) - 5); }},
      {"prices", [](Random& r) { return std::round(std::exp(3 + 1.2 * Normal(r))) - 0.01; }},
      {"two kinds", [](Random& r) { return Rounded(Share(r) < 0.1 ? 500 + Normal(r) : Normal(r), 0.1); }},
      {"outliers", [](Random& r) { return Rounded((Share(r) < 0.02 ? 100 : 1) * Normal(r), 0.1); }},
  };
  return naturals;
}

TEST(FarNumbers, AreNoneInColumnsAsTheyAreMeasured) {
  int columns = 0, told = 0;
  for (const Natural& natural : Naturals())
    for (size_t size : {50, 500}) {
      for (uint64_t seed = 0; seed < 100; ++seed, ++columns) {
        Random random(seed);
        Numbers numbers(size);
        for (double& number : numbers) number = natural.draw(random);
        if (const Numbers sure = Sure(numbers); !sure.empty()) ++told, std::printf("%s, %zu cells: %g\n", natural.name, size, sure.front());
      }
    }
  EXPECT_LE(1000 * told, columns);  // of a thousand, one
}

// Values that stand in several rows each repeat at the ends as well.
TEST(FarNumbers, AreNoneWhereAllRepeat) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    Numbers numbers;
    while (numbers.size() < 500) numbers.insert(numbers.end(), 3 + static_cast<size_t>(3 * Share(random)), Rounded(Cauchy(random), 0.01));
    EXPECT_EQ(Sure(numbers), Numbers()) << seed;
  }
}

Numbers Marked(double mean, double deviation, double unit, const Numbers& marks, double share, bool positive = false) {
  Random random(7);
  Numbers numbers(480);
  for (double& number : numbers) {
    number = Rounded(mean + deviation * Normal(random), unit);
    if (positive) number = std::fabs(number);
    if (const double place = Share(random); place < share) number = marks[static_cast<size_t>(place / share * static_cast<double>(marks.size()))];
  }
  return numbers;
}

TEST(FarNumbers, AreMarksByTheSpreadOfAllOthers) {
  struct Case {
    double mean, deviation, unit;
    Numbers marks;
  };
  const std::vector<Case> cases = {{51357, 28, 0.01, {88888, 60000, 99999, -99999, 0, -1}}, {20700, 20, 0.1, {88888, 30000}}, {1013, 8, 0.1, {0, 1500, 9999, -1, 888}},
                                   {300, 10, 0.01, {0, -1, -9, 888, 999, -99}}, {300, 10, 1, {0, -1, 888}}, {5, 1, 0.01, {-999.25, -9999.25, 32767, 65535, -9.96, -2, 1e20, -9.99, 30}}};
  for (const Case& each : cases)
    for (double mark : each.marks)
      for (double share : {0.04, 0.2}) EXPECT_EQ(Sure(Marked(each.mean, each.deviation, each.unit, {mark}, share)), Numbers{mark}) << each.mean << " with " << mark;
}

TEST(FarNumbers, AreTheOnlyNegativeOne) {
  EXPECT_EQ(Sure(Marked(100, 40, 1, {-1}, 0.2, true)), Numbers{-1});
  EXPECT_TRUE(FarNumbers(ColumnOf(Marked(100, 40, 1, {-1}, 0.2, true))).front().near);
  EXPECT_EQ(Sure(Marked(0, 40, 0.1, {-9}, 0.04, true)), Numbers{-9});
  EXPECT_EQ(Sure(Marked(0, 40, 0.1, {-0.5}, 0.04, true)), Numbers());  // may come of a shift
  EXPECT_EQ(Sure(Marked(0, 40, 0.1, {-1}, 0.04)), Numbers());
}

TEST(FarNumbers, AreSeveralInOneColumn) {
  EXPECT_EQ(Sure(Marked(51357, 28, 0.01, {99999, 88888}, 0.1)), (Numbers{88888, 99999}));
  EXPECT_EQ(Sure(Marked(5, 1, 0.01, {-999, 999, 777}, 0.1)), (Numbers{-999, 777, 999}));
  EXPECT_EQ(Sure(Marked(100, 10, 0.1, {-1, -2, -9}, 0.1)), (Numbers{-9, -2, -1}));
}

TEST(FarNumbers, SayWhereTheyStand) {
  Numbers numbers = Marked(5, 1, 0.01, {}, 0);
  numbers[3] = numbers[7] = numbers[8] = -999;
  numbers[5] = std::numeric_limits<double>::quiet_NaN();
  const std::vector<FarNumber> far = FarNumbers(ColumnOf(numbers));
  ASSERT_EQ(far.size(), 1u);
  EXPECT_EQ(far[0].count, 3);
  EXPECT_EQ(far[0].first, 3);
  EXPECT_FALSE(far[0].near);
  EXPECT_TRUE(FarNumbers(ColumnOf({})).empty());
  EXPECT_TRUE(FarNumbers(ColumnOf({7, 7, 7, 7})).empty());
}

// A whole number well below the others tells two columns together what it does not tell of one.
TEST(FarNumbers, MayBeMarksOfSeveralColumns) {
  Numbers numbers(90);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = i % 9 == 5 ? -600 : 7 * static_cast<double>(i) - 200;
  const std::vector<FarNumber> far = FarNumbers(ColumnOf(numbers));
  ASSERT_EQ(far.size(), 1u);
  EXPECT_FALSE(far[0].sure);
}

}  // namespace
}  // namespace nnc::runtime
