#include "runtime/table.h"
#include "runtime/csv.h"
#include "runtime/file_bytes.h"
#include "scratch.h"

#include <cmath>
#include <cstdlib>

namespace nnc::runtime {
namespace {

Table Parse(const std::string& text, const std::string& file) {
  CsvOptions options;
  options.shown_as = file;
  return ParseCsv(text, options);
}

class DataFile : public ScratchTest {};

TEST(Table, AppendedFilesKeepTheirOwnRowNumbers) {
  Table table = Parse("x,c\n1,a\n2,b\n", "one.csv");
  AppendRows(table, Parse("c,x\nc,3.5\na,nan\n", "two.csv"));
  ASSERT_EQ(table.rows, 4);
  EXPECT_EQ(table.At("x").type, ElementType::F64);
  EXPECT_EQ(table.At("x").Number(2), 3.5);
  EXPECT_EQ(table.At("x").Number(1), 2);
  EXPECT_EQ(table.At("c").Text(3), "a");
  EXPECT_EQ(table.At("c").dictionary.size(), 3u);
  DataPlace place = PlaceOfRow(table, 3);
  EXPECT_EQ(place.file, "two.csv");
  EXPECT_EQ(place.row, 2);
  EXPECT_EQ(place.line, 3);
  EXPECT_EQ(table.At("x").unusable, std::vector<int64_t>{3});
}

TEST(Table, AppendingOtherColumnsIsAnError) {
  Table table = Parse("x\n1\n", "one.csv");
  EXPECT_THROW(AppendRows(table, Parse("y\n1\n", "two.csv")), DataError);
  EXPECT_THROW(AppendRows(table, Parse("x,y\n1,2\n", "two.csv")), DataError);
  EXPECT_THROW(AppendRows(table, Parse("x\nabc\n", "two.csv")), DataError);
}

TEST(Table, AppendingToAnEmptyTextColumnTakesTheOthersKind) {
  Table table = Parse("x\n", "one.csv");
  AppendRows(table, Parse("x\nabc\n", "two.csv"));
  EXPECT_EQ(table.At("x").Text(0), "abc");
}

TEST(Table, FillGivesUnusableCellsAValue) {
  Table table = Parse("k,x\n1,\n,2.5\n", "a.csv");
  for (Column& column : table.columns) FillUnusable(column, -1);
  EXPECT_EQ(table.At("k").type, ElementType::I64);
  EXPECT_EQ(table.At("k").Number(1), -1);
  EXPECT_EQ(table.At("x").Number(0), -1);
  RequireFinite(table, table.At("x"));
  Table fraction = Parse("k\n1\nNA\n", "a.csv");
  FillUnusable(fraction.columns[0], 0.5);
  EXPECT_EQ(fraction.columns[0].Number(1), 0.5);
}

TEST(Table, DroppingRowsKeepsColumnsAlignedAndPartsCounted) {
  Table table = Parse("x,c\n1,a\nnan,b\n3,c\n4,d\n", "one.csv");
  AppendRows(table, Parse("x,c\ninf,e\n6,f\n", "two.csv"));
  std::vector<std::string> names = {"x"};
  std::vector<int64_t> rows = UnusableRows(table, names);
  EXPECT_EQ(rows, (std::vector<int64_t>{1, 4}));
  DropRows(table, rows);
  ASSERT_EQ(table.rows, 4);
  EXPECT_EQ(table.At("x").Number(1), 3);
  EXPECT_EQ(table.At("c").Text(1), "c");
  EXPECT_EQ(table.At("x").Number(3), 6);
  EXPECT_TRUE(table.At("x").unusable.empty());
  EXPECT_EQ(table.parts[0].count, 3);
  EXPECT_EQ(table.parts[1].first, 3);
  EXPECT_EQ(table.parts[1].count, 1);
  EXPECT_EQ(PlaceOfRow(table, 3).file, "two.csv");
}

TEST(Table, ConversionRoundsToNearest) {
  Column x("x", ElementType::F64, {2}, 2);
  double values[] = {1.6, -1.6, 0.1, 2};
  std::copy(values, values + 4, x.values<double>().begin());
  Column whole = Converted(x, ElementType::I32);
  EXPECT_EQ(whole.Number(0, 0), 2);
  EXPECT_EQ(whole.Number(0, 1), -2);
  Column single = Converted(x, ElementType::F32);
  EXPECT_EQ(single.values<float>()[2], 0.1f);
  EXPECT_EQ(single.shape, std::vector<int64_t>{2});
}

TEST(Table, NonFiniteElementOfATensorIsReported) {
  Table table;
  table.rows = 2;
  table.columns.emplace_back("image", ElementType::F32, std::vector<int64_t>{3}, 2);
  RequireFinite(table, table.columns[0]);
  table.columns[0].values<float>()[4] = NAN;
  try {
    RequireFinite(table, table.columns[0]);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.where.row, 2);
    EXPECT_EQ(error.message, "a value that is not finite in column `image`, element 1");
  }
}

TEST(Table, BuffersAreAlignedAndBoundColumnsReachTheRows) {
  Column x("x", ElementType::F64, {}, 3);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(x.data.data()) % NNC_ALIGNMENT, 0u);
  x.values<double>()[2] = 7;
  BoundColumn bound(x.data.data());
  const nnc_column* column = bound.abi();
  int64_t row = 2;
  const void* chunk = column->chunks[row >> column->chunk_log2];
  EXPECT_EQ(static_cast<const double*>(chunk)[row & ((int64_t{1} << column->chunk_log2) - 1)], 7);
}

TEST_F(DataFile, IsLookedForBesideTheProgramThenInTheDataFolder) {
  std::filesystem::create_directories(folder_ / "program");
  std::filesystem::create_directories(folder_ / "data");
  Write("program/a.csv", "");
  Write("data/a.csv", "");
  Write("data/events.csv", "");
  setenv("NNC_DATA", (folder_ / "data").c_str(), 1);
  EXPECT_EQ(FindDataFile("a.csv", folder_ / "program"), folder_ / "program" / "a.csv");
  EXPECT_EQ(FindDataFile("events.csv", folder_ / "program"), folder_ / "data" / "events.csv");
  try {
    FindDataFile("event.csv", folder_ / "program");
    ADD_FAILURE();
  } catch (const DataError& error) {
    EXPECT_EQ(error.kind, DataErrorKind::FileNotFound);
    EXPECT_NE(error.message.find("did you mean `events.csv`?"), std::string::npos) << error.message;
  }
  unsetenv("NNC_DATA");
  EXPECT_THROW(FindDataFile("events.csv", folder_ / "program"), DataError);
}

}  // namespace
}  // namespace nnc::runtime
