// What missing cells become, and classes for labels that fitting did not meet.
#include "runtime/csv.h"
#include "runtime/data_error.h"
#include "runtime/fill.h"
#include "runtime/labels.h"

#include <gtest/gtest.h>

#include <numeric>

namespace nnc::runtime {
namespace {

Table Parse(const std::string& text) {
  CsvOptions options;
  options.shown_as = "data.csv";
  return ParseCsv(text, options);
}

std::vector<int64_t> Rows(int64_t count) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return rows;
}

TEST(Fill, FiguresAreThoseOfTheUsableCellsOfTheRows) {
  Table table = Parse("x,n\n1,5\n,5\n4,1\n10,2\n2,\n");
  const Column& x = table.At("x");
  EXPECT_EQ(FitFill(table, x, FillFigure::Mean, Rows(5)).number, 4.25);
  EXPECT_EQ(FitFill(table, x, FillFigure::Median, Rows(5)).number, 3);
  EXPECT_EQ(FitFill(table, x, FillFigure::Median, std::vector<int64_t>{0, 1, 2, 3}).number, 4);
  EXPECT_THROW(FitFill(table, x, FillFigure::MostFrequent, Rows(5)), DataError);  // each value once
  Table pairs = Parse("x\n4\n2\n4\n2\n9\n");
  EXPECT_EQ(FitFill(pairs, pairs.columns[0], FillFigure::MostFrequent, Rows(5)).number, 2);  // of equals the smallest
  EXPECT_EQ(FitFill(table, table.At("n"), FillFigure::MostFrequent, Rows(5)).number, 5);
  EXPECT_THROW(FitFill(table, x, FillFigure::Mean, std::vector<int64_t>{1}), DataError);
}

TEST(Fill, LabelsFillText) {
  Table table = Parse("k\na\n\"\"\nb\nb\n");
  EXPECT_EQ(FitFill(table, table.columns[0], FillFigure::MostFrequent, Rows(4)).label, "b");
  EXPECT_THROW(FitFill(table, table.columns[0], FillFigure::Median, Rows(4)), DataError);
  EXPECT_THROW(FillUnusable(table, table.columns[0], {false, 1, ""}), DataError);
  FillUnusable(table, table.columns[0], {true, 0, "none"});
  EXPECT_EQ(table.columns[0].Text(1), "none");
  EXPECT_TRUE(table.columns[0].unusable.empty());
  Table numbers = Parse("k,l\n1,1\nNA,2\n");
  EXPECT_THROW(FillUnusable(numbers, numbers.columns[0], {true, 0, "none"}), DataError);
}

TEST(Fill, ValuesAreStoredExactly) {
  for (double number : {0.1, -1e300, 1.0 / 3}) EXPECT_EQ(FillValue::FromJson(FillValue{false, number, ""}.ToJson()).number, number);
  FillValue label = FillValue::FromJson(FillValue{true, 0, "no \"one\""}.ToJson());
  EXPECT_TRUE(label.is_label);
  EXPECT_EQ(label.label, "no \"one\"");
  EXPECT_THROW(FillValue::FromJson("[1]"), DataError);
}

TEST(Labels, UnseenOnesHaveAClassWhereThereIsOne) {
  Table table = Parse("k\nb\na\nb\nc\nb\n");
  LabelDictionary dictionary = LabelDictionary::Fit(table, table.columns[0], Rows(4), {"other", 1});
  EXPECT_EQ(dictionary.labels(), (std::vector<std::string>{"a", "b", "c", "other"}));
  Table more = Parse("k\nz\nc\nother\n");
  EXPECT_EQ(dictionary.Encode(more, more.columns[0]), (std::vector<int64_t>{3, 2, 3}));
  LabelDictionary rare = LabelDictionary::Fit(table, table.columns[0], Rows(4), {"other", 2});
  EXPECT_EQ(rare.labels(), (std::vector<std::string>{"b", "other"}));
  LabelDictionary among = LabelDictionary::Fit(table, table.columns[0], Rows(4), {"a", 1});
  EXPECT_EQ(among.labels(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(among.Encode(more, more.columns[0]), (std::vector<int64_t>{0, 2, 0}));
  for (const LabelDictionary& each : {dictionary, rare, among}) {
    LabelDictionary back = LabelDictionary::FromJson(each.ToJson());
    EXPECT_EQ(back.labels(), each.labels());
    EXPECT_EQ(back.UnseenClass(), each.UnseenClass());
  }
  EXPECT_THROW(LabelDictionary::FromJson("{\"labels\":[\"a\"]}"), DataError);
}

TEST(Labels, NumbersAndTextMeetByTheirSpelling) {
  Table numbers = Parse("k\n1\n2\n1\n");
  LabelDictionary dictionary = LabelDictionary::Fit(numbers, numbers.columns[0], Rows(3), {"other", 2});
  EXPECT_EQ(dictionary.labels(), (std::vector<std::string>{"1", "other"}));
  EXPECT_EQ(LabelDictionary::FromJson(dictionary.ToJson()).labels(), dictionary.labels());
  Table text = Parse("k\n1\nx\n");
  EXPECT_EQ(dictionary.Encode(text, text.columns[0]), (std::vector<int64_t>{0, 1}));
}

}  // namespace
}  // namespace nnc::runtime
