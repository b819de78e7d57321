#include "runtime/labels.h"
#include "runtime/csv.h"
#include "runtime/philox.h"
#include "runtime/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <set>

namespace nnc::runtime {
namespace {

std::vector<int64_t> Count(int64_t n) {
  std::vector<int64_t> rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return rows;
}

// The vectors that the authors publish with their implementation (Random123, kat_vectors).
TEST(Philox, AgreesWithThePublishedVectors) {
  EXPECT_EQ(Philox({0, 0, 0, 0}, 0), (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, ~uint64_t{0}),
            (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, UniformNumbersLieInTheHalfOpenUnitInterval) {
  EXPECT_EQ(UniformFromBits(0), 0);
  EXPECT_LT(UniformFromBits(0xffffffff), 1);
  EXPECT_EQ(UniformFromBits(0x80000000), 0.5);
  EXPECT_EQ(BoundedFromBits(~uint64_t{0}, 7), 6u);
  EXPECT_EQ(BoundedFromBits(0, 7), 0u);
}

TEST(Split, PartsHaveExactSizesAndUseEveryRowOnce) {
  std::vector<PartFraction> fractions = {{"train", 0.7}, {"valid", 0.15}, {"test", 0.15}};
  Split split = SplitRows(101, fractions, 7);
  ASSERT_EQ(split.parts.size(), 3u);
  EXPECT_EQ(split.Find("train")->rows.size(), 71u);  // 70.7, the largest remainder
  EXPECT_EQ(split.Find("valid")->rows.size(), 15u);  // 15.15
  EXPECT_EQ(split.Find("test")->rows.size(), 15u);
  EXPECT_EQ(split.Find("other"), nullptr);
  std::vector<int64_t> all;
  for (const RowSet& part : split.parts) {
    EXPECT_TRUE(std::is_sorted(part.rows.begin(), part.rows.end()));
    all.insert(all.end(), part.rows.begin(), part.rows.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, Count(101));
}

TEST(Split, WholeFractionsAreNotLostToRounding) {
  std::vector<PartFraction> fractions = {{"a", 0.29}, {"b", 0.71}};
  Split split = SplitRows(100, fractions, 1);
  EXPECT_EQ(split.parts[0].rows.size(), 29u);
  EXPECT_EQ(split.parts[1].rows.size(), 71u);
}

TEST(Split, RowsLeftOverGoToTheLargestRemainders) {
  const std::pair<std::vector<double>, std::vector<size_t>> cases[] = {
      {{0.2, 0.3, 0.5}, {1, 2, 4}},     // of 7: 1.4, 2.1, 3.5: the last
      {{0.15, 0.25, 0.6}, {1, 2, 4}},   // 1.05, 1.75, 4.2: the middle one
      {{0.5, 0.3, 0.2}, {4, 2, 1}},     // 3.5, 2.1, 1.4: the first
      {{0.22, 0.27, 0.51}, {1, 2, 4}},  // 1.54, 1.89, 3.57: two are left, for the middle one and the last
      {{0.5, 0.5}, {4, 3}},             // the first of equals
      {{0.4, 0.35}, {3, 2}},            // 2.8, 2.45 of 5.25
  };
  for (const auto& [fractions, sizes] : cases) {
    std::vector<PartFraction> parts;
    for (size_t i = 0; i < fractions.size(); ++i) parts.push_back({"part " + std::to_string(i), fractions[i]});
    const Split split = SplitRows(7, parts, 1);
    for (size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(split.parts[i].rows.size(), sizes[i]) << "part " << i << " from " << fractions[0];
  }
}

TEST(Split, DependsOnTheSeedAlone) {
  std::vector<PartFraction> fractions = {{"a", 0.5}, {"b", 0.5}};
  EXPECT_EQ(SplitRows(1000, fractions, 3).parts[0].rows, SplitRows(1000, fractions, 3).parts[0].rows);
  EXPECT_NE(SplitRows(1000, fractions, 3).parts[0].rows, SplitRows(1000, fractions, 4).parts[0].rows);
}

TEST(Split, RowsBeyondTheSumOfFractionsBelongToNoPart) {
  std::vector<PartFraction> fractions = {{"a", 0.25}};
  EXPECT_EQ(SplitRows(8, fractions, 3).parts[0].rows.size(), 2u);
  EXPECT_TRUE(SplitRows(0, fractions, 3).parts[0].rows.empty());
}

TEST(Split, UnshuffledPartsAreStretches) {
  std::vector<PartFraction> fractions = {{"a", 0.5}, {"b", 0.5}};
  Split split = SplitRows(4, fractions, 3, false);
  EXPECT_EQ(split.parts[1].rows, (std::vector<int64_t>{2, 3}));
}

TEST(Shuffle, IsAPermutationThatDependsOnSeedEpochAndStream) {
  std::vector<int64_t> rows = {5, 8, 13, 21, 34, 55, 89, 144};
  auto order = [&](uint64_t seed, int64_t epoch, uint32_t stream) {
    std::vector<int64_t> result(rows.size());
    ShuffleForEpoch(rows, seed, epoch, stream, result);
    return result;
  };
  std::vector<int64_t> first = order(1, 0, 0);
  EXPECT_TRUE(std::is_permutation(first.begin(), first.end(), rows.begin()));
  EXPECT_EQ(first, order(1, 0, 0));
  EXPECT_NE(first, order(1, 1, 0));
  EXPECT_NE(first, order(2, 0, 0));
  EXPECT_NE(first, order(1, 0, 1));
}

// Each of the 24 orders of four rows: the expected 1000 of 24000, within five standard deviations.
TEST(Shuffle, EveryOrderIsEquallyLikely) {
  std::vector<int64_t> rows = Count(4);
  std::vector<int64_t> order(4);
  std::vector<int> seen(256);
  for (int64_t epoch = 0; epoch < 24000; ++epoch) {
    ShuffleForEpoch(rows, 11, epoch, 0, order);
    ++seen[static_cast<size_t>(order[0] + 4 * order[1] + 16 * order[2] + 64 * order[3])];
  }
  int orders = 0;
  for (int count : seen) {
    if (count == 0) continue;
    ++orders;
    EXPECT_LT(std::abs(count - 1000), 160);
  }
  EXPECT_EQ(orders, 24);
}

Table Parse(const std::string& text) {
  CsvOptions options;
  options.shown_as = "data.csv";
  return ParseCsv(text, options);
}

TEST(Labels, AreNumberedInSortedOrder) {
  Table table = Parse("y,z\npion,10\nkaon,9\nproton,10\nkaon,-1\n");
  LabelDictionary names = LabelDictionary::Fit(table, table.At("y"), Count(4));
  EXPECT_EQ(names.labels(), (std::vector<std::string>{"kaon", "pion", "proton"}));
  EXPECT_EQ(names.Encode(table, table.At("y")), (std::vector<int64_t>{1, 0, 2, 0}));
  LabelDictionary numbers = LabelDictionary::Fit(table, table.At("z"), Count(4));
  EXPECT_EQ(numbers.labels(), (std::vector<std::string>{"-1", "9", "10"}));
  EXPECT_EQ(numbers.Encode(table, table.At("z")), (std::vector<int64_t>{2, 1, 2, 0}));
}

TEST(Labels, UnseenLabelIsReportedWithRowAndLabel) {
  Table table = Parse("y\na\nb\nc\n");
  LabelDictionary dictionary = LabelDictionary::Fit(table, table.At("y"), Count(2));
  EXPECT_EQ(dictionary.Encode(table, table.At("y"), Count(2)), (std::vector<int64_t>{0, 1}));
  try {
    dictionary.Encode(table, table.At("y"));
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.kind, DataErrorKind::UnknownLabel);
    EXPECT_STREQ(error.what(), "data.csv:4: label `c` of column `y` is not among those of the training part: `a`, `b` (row 3)");
  }
}

TEST(Labels, FractionsMissingCellsAndEmptyPartsAreErrors) {
  Table table = Parse("f,m\n1.5,1\n2,\n");
  auto kind_of = [&](const char* column, int64_t rows) {
    try {
      LabelDictionary::Fit(table, table.At(column), Count(rows));
    } catch (const DataError& error) {
      return error.kind;
    }
    return DataErrorKind::WriteFailed;
  };
  EXPECT_EQ(kind_of("f", 2), DataErrorKind::MalformedData);
  EXPECT_EQ(kind_of("m", 2), DataErrorKind::NonFiniteData);
  EXPECT_EQ(kind_of("m", 0), DataErrorKind::EmptyData);
}

TEST(Labels, TextDictionaryRefusesNumbers) {
  Table text = Parse("y\na\n");
  Table numbers = Parse("y\n1\n");
  EXPECT_THROW(LabelDictionary::Fit(text, text.At("y"), Count(1)).Encode(numbers, numbers.At("y")), DataError);
}

TEST(Labels, SurviveStorage) {
  Table table = Parse("y,z\n\"a \"\"b\"\"\",3\n\xC3\xA9,-7\n");
  for (const char* column : {"y", "z"}) {
    LabelDictionary dictionary = LabelDictionary::Fit(table, table.At(column), Count(2));
    LabelDictionary back = LabelDictionary::FromJson(dictionary.ToJson());
    EXPECT_EQ(back.labels(), dictionary.labels());
    EXPECT_EQ(back.is_text(), dictionary.is_text());
    EXPECT_EQ(back.Encode(table, table.At(column)), dictionary.Encode(table, table.At(column)));
  }
  EXPECT_EQ(LabelDictionary::Fit(table, table.At("z"), Count(2)).ToJson(), "[-7,3]");
  for (const char* damaged : {"", "{}", "[]", "[1,\"a\"]", "[1.5]", "[1,1]"}) {
    EXPECT_THROW(LabelDictionary::FromJson(damaged), DataError) << damaged;
  }
}

}  // namespace
}  // namespace nnc::runtime
