#include "runtime/csv.h"
#include "runtime/csv_writer.h"
#include "runtime/data_error.h"
#include "scratch.h"

#include <cmath>
#include <limits>

namespace nnc::runtime {
namespace {

Table Parse(const std::string& text, CsvOptions options = {}) {
  if (options.shown_as.empty()) options.shown_as = "data.csv";
  return ParseCsv(text, options);
}

// The error of reading the text; a failure if there is none.
DataError ErrorOf(const std::string& text, CsvOptions options = {}) {
  try {
    Parse(text, options);
  } catch (const DataError& error) {
    return error;
  }
  ADD_FAILURE() << "no error for " << text;
  return DataError(DataErrorKind::WriteFailed, "");
}

class CsvFile : public ScratchTest {};

TEST(Csv, ReadsIntegersRealsAndText) {
  Table table = Parse("id,x,name\n1,0.5,a\n9007199254740993,-2e3,b\n-3,+7,a\n");
  ASSERT_EQ(table.rows, 3);
  const Column& id = table.At("id");
  EXPECT_EQ(id.type, ElementType::I64);
  EXPECT_EQ(id.values<int64_t>()[1], 9007199254740993);  // not a double
  const Column& x = table.At("x");
  EXPECT_EQ(x.type, ElementType::F64);
  EXPECT_EQ(x.Number(0), 0.5);
  EXPECT_EQ(x.Number(1), -2000);
  EXPECT_EQ(x.Number(2), 7);
  const Column& name = table.At("name");
  EXPECT_TRUE(name.is_text);
  EXPECT_EQ(name.dictionary, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(name.Text(2), "a");
}

TEST(Csv, IntegersWidenWhenAFractionFollows) {
  Table table = Parse("x\n1\n2\n2.5\n");
  EXPECT_EQ(table.columns[0].type, ElementType::F64);
  EXPECT_EQ(table.columns[0].Number(1), 2);
}

TEST(Csv, ColumnThatBecomesTextLateKeepsTheSpellingOfItsNumbers) {
  Table table = Parse("x,y\n1.50,1\n2,2\nabc,3\n");
  EXPECT_EQ(table.At("x").Text(0), "1.50");
  EXPECT_EQ(table.At("x").Text(2), "abc");
  EXPECT_EQ(table.At("y").values<int64_t>()[2], 3);
}

TEST(Csv, AcceptsCarriageReturnsBlankLinesByteOrderMarkAndNoFinalLineEnd) {
  Table table = Parse("\xEF\xBB\xBFx,y\r\n1,2\r\n\r\n3,4");
  ASSERT_EQ(table.rows, 2);
  EXPECT_EQ(table.columns[0].name, "x");
  EXPECT_EQ(table.At("y").Number(1), 4);
  EXPECT_EQ(Parse("x,y\r1,2\r3,4\r").rows, 2);
}

TEST(Csv, AcceptsQuotesWithSeparatorsLineEndsAndQuotesInside) {
  Table table = Parse("name,\"a, b\"\n\"x\ny\",1\n\"say \"\"hi\"\"\", 2 \n\"\",3\n");
  ASSERT_EQ(table.rows, 3);
  EXPECT_EQ(table.At("name").Text(0), "x\ny");
  EXPECT_EQ(table.At("name").Text(1), "say \"hi\"");
  EXPECT_EQ(table.At("name").Text(2), "");
  EXPECT_EQ(table.At("a, b").Number(1), 2);
}

// As web pages and text processors write them: no-break space, figure space, narrow no-break space.
TEST(Csv, SpacesAtWhichNoLineBreaksAreBlanksAroundCells) {
  Table table = Parse("\u00a0a\u00a0,b \u202f\n\u00a01.5\u2007,p\u00a0q\u00a0\n 2\u202f\t,\u00a0r\n");
  EXPECT_EQ(table.At("a").Number(0), 1.5);
  EXPECT_EQ(table.At("a").Number(1), 2);
  EXPECT_EQ(table.At("b").Text(0), "p\u00a0q");
  EXPECT_EQ(table.At("b").Text(1), "r");
}

TEST(Csv, BlanksMayStandAroundQuotes) {
  Table table = Parse("\"a\" ,\t b\n \"x\" , \"y, z\"\t\n");
  EXPECT_EQ(table.At("a").Text(0), "x");
  EXPECT_EQ(table.At("b").Text(0), "y, z");
}

TEST(Csv, FileWithHeaderAloneHasNoRows) {
  Table table = Parse("x,y\n");
  EXPECT_EQ(table.rows, 0);
  EXPECT_EQ(table.columns.size(), 2u);
  try {
    RequireRows(table);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.kind, DataErrorKind::EmptyData);
    EXPECT_STREQ(error.what(), "data.csv: the data set has no rows");
  }
}

TEST(Csv, EmptyFileIsAnError) { EXPECT_EQ(ErrorOf("").kind, DataErrorKind::EmptyData); }

TEST(Csv, SkipsColumnsThatAreNotWanted) {
  CsvOptions options;
  options.wanted = {"c", "a"};
  Table table = Parse("a,b,c\n1,x,2\n", options);
  ASSERT_EQ(table.columns.size(), 2u);
  EXPECT_EQ(table.columns[0].name, "a");
  EXPECT_EQ(table.columns[1].name, "c");
}

TEST(Csv, AbsentWantedColumnIsReportedWithTheNearestName) {
  CsvOptions options;
  options.wanted = {"energi"};
  DataError error = ErrorOf("energy,time\n1,2\n", options);
  EXPECT_EQ(error.kind, DataErrorKind::UnknownColumn);
  EXPECT_EQ(error.message, "there is no column `energi`; did you mean `energy`?");
  EXPECT_EQ(error.where.column, "energi");
}

TEST(Csv, RowOfWrongLengthIsReportedWithLineAndRow) {
  DataError error = ErrorOf("a,b\n1,2\n\n3\n");
  EXPECT_EQ(error.kind, DataErrorKind::MalformedData);
  EXPECT_STREQ(error.what(), "data.csv:4: the row has 1 cell where 2 are expected (row 2)");
  EXPECT_EQ(ErrorOf("a,b\n1,2,\n").message, "the row has 3 cells where 2 are expected");
}

TEST(Csv, UnclosedQuoteIsReportedWhereItOpens) {
  DataError error = ErrorOf("a,b\n1,2\n3,\"x\n4,5\n");
  EXPECT_EQ(error.where.line, 3);
  EXPECT_EQ(error.message, "the quote that opens here is not closed");
  EXPECT_EQ(ErrorOf("a\n\"x\"y\n").message, "text follows a closing quote");
}

TEST(Csv, BadHeadersAreReported) {
  EXPECT_EQ(ErrorOf("a,b,a\n1,2,3\n").message, "the header names column `a` twice");
  EXPECT_EQ(ErrorOf("a,,b\n1,2,3\n").message, "column 2 of the header has no name");
  EXPECT_EQ(ErrorOf("1,2\n3,4\n").message, "the first line holds the number 1 where the columns' names are expected");
  EXPECT_EQ(ErrorOf(std::string("a,\0b\n", 5)).message, "this is not a text file");
}

TEST(Csv, ListedNamesServeAFileWithoutHeader) {
  CsvOptions options;
  options.names = {"x", "y"};
  Table table = Parse("1,2\n3,4\n", options);
  EXPECT_EQ(table.rows, 2);
  EXPECT_EQ(table.At("y").Number(0), 2);
  EXPECT_EQ(Parse("x,y\n1,2\n", options).rows, 1);
  EXPECT_EQ(Parse("y,x\n1,2\n", options).At("y").Number(0), 1);  // a header of listed names, in another order
  EXPECT_EQ(Parse("y\n1\n", options).At("y").Number(0), 1);
  EXPECT_EQ(ErrorOf("1,2,3\n", options).message, "the first line has 3 cells, but 2 columns are listed");
}

TEST(Csv, MissingAndNonFiniteCellsAreRecorded) {
  Table table = Parse("k,x,y\n1,,1\n,nan,inf\n3,2.5,2\n");
  const Column& k = table.At("k");
  EXPECT_EQ(k.type, ElementType::I64);
  EXPECT_EQ(k.unusable, std::vector<int64_t>{1});
  const Column& x = table.At("x");
  EXPECT_EQ(x.type, ElementType::F64);
  EXPECT_EQ(x.unusable, (std::vector<int64_t>{0, 1}));
  EXPECT_TRUE(std::isnan(x.Number(0)));
  EXPECT_TRUE(std::isinf(table.At("y").Number(1)));
  try {
    RequireFinite(table, x);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.kind, DataErrorKind::NonFiniteData);
    EXPECT_STREQ(error.what(), "data.csv:2: a missing value or NaN in column `x`, the first of 2 (row 1)");
    EXPECT_EQ(error.where.column, "x");
  }
  EXPECT_THROW(RequireFinite(table, table.At("y")), DataError);
}

TEST(Csv, ColumnOfMissingCellsAloneIsNotANumber) {
  Table table = Parse("x,y\n,1\nNA,2\n");
  EXPECT_EQ(table.At("x").unusable.size(), 2u);
  EXPECT_TRUE(std::isnan(table.At("x").Number(0)));
}

TEST(Csv, NumbersBeyondDoubleBecomeInfiniteAndAreRecorded) {
  Table table = Parse("x\n1e400\n-1e400\n1e-400\n");
  EXPECT_EQ(table.columns[0].unusable, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(table.columns[0].Number(1), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(table.columns[0].Number(2), 0);
}

TEST(Csv, NumericUseOfTextNamesTheFirstCellThatIsNoNumber) {
  Table table = Parse("x\n1\n2\nabc\nxyz\n");
  try {
    RequireNumber(table, table.columns[0]);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.kind, DataErrorKind::MalformedData);
    EXPECT_STREQ(error.what(), "data.csv:4: cannot read `abc` in column `x` as a number (row 3)");
  }
}

TEST(Csv, LinesAreThoseOfTheFileWhereRowsSpanSeveral) {
  Table table = Parse("name,x\n\"a\nb\",1\nc,nan\n");
  DataPlace place = PlaceOfRow(table, 1);
  EXPECT_EQ(place.row, 2);
  EXPECT_EQ(place.line, 4);
}

TEST(Csv, RowsAndLinesAreThoseOfTheFileBesideBlankLinesAndDroppedRows) {
  Table table = Parse("x,y\n0,0\n\n1,1\n2,2\n# remark\n\n3,3\n\"4\n\",4\n5,5\n6,6\n", [] {
    CsvOptions options;
    options.comments = {"#"};
    return options;
  }());
  const std::vector<int64_t> lines = {2, 4, 5, 8, 9, 11, 12};
  auto expect = [&](const std::vector<int64_t>& events) {
    ASSERT_EQ(table.rows, static_cast<int64_t>(events.size()));
    for (size_t row = 0; row < events.size(); ++row) {
      DataPlace place = PlaceOfRow(table, static_cast<int64_t>(row));
      EXPECT_EQ(place.row, events[row] + 1);
      EXPECT_EQ(place.line, lines[static_cast<size_t>(events[row])]);
      EXPECT_EQ(table.At("y").Number(static_cast<int64_t>(row)), static_cast<double>(events[row]));
    }
  };
  expect({0, 1, 2, 3, 4, 5, 6});
  DropRows(table, std::vector<int64_t>{1, 4});
  expect({0, 2, 3, 5, 6});
  DropRows(table, std::vector<int64_t>{0, 3});  // what lies on both sides of the ones before
  expect({2, 3, 6});
  DropRows(table, std::vector<int64_t>{2});
  expect({2, 3});
  DropRows(table, std::vector<int64_t>{1});
  expect({2});
}

TEST_F(CsvFile, ReadsGzippedFiles) {
  Table table = ReadCsv(WriteGzip("a.csv.gz", "x,y\n1,2\n3,4\n"));
  EXPECT_EQ(table.rows, 2);
  EXPECT_EQ(table.At("x").Number(1), 3);
}

TEST(Csv, RowsAreNumberedFromOneInEachFile) {
  CsvOptions options;
  options.comments = {"#"};
  options.row_column = "n";
  options.file_column = "of";
  options.file_label = "a.csv";
  Table table = ParseCsv("x,y\n5,\n\n# none\n6,2\n7,3\n", options);
  EXPECT_EQ(ParseCsvNames("x,y\n1,2\n", options), (std::vector<std::string>{"x", "y", "of", "n"}));
  const Column& numbers = table.At("n");
  EXPECT_EQ(numbers.type, ElementType::I64);
  EXPECT_EQ(numbers.made, Column::Made::Row);
  DropRows(table, std::vector<int64_t>{0});
  options.file_label = "b.csv";
  AppendRows(table, ParseCsv("x,y\n8,1\n9,1\n", options));
  const auto places = table.At("n").values<int64_t>();
  EXPECT_EQ(std::vector<int64_t>(places.begin(), places.end()), (std::vector<int64_t>{2, 3, 1, 2}));
  EXPECT_EQ(table.At("n").made, Column::Made::Row);
  EXPECT_EQ(table.At("of").made, Column::Made::File);
  options.wanted = {"n"};
  options.as_text = true;  // what is read for an answer's line
  EXPECT_EQ(ParseCsv("x,y\n8,1\n9,1\n", options).columns.size(), 1u);
  EXPECT_THROW(ParseCsv("x,n\n8,1\n", options), DataError);
}

TEST(Csv, NamesAreThoseOfTheFirstRowHoweverShortTheText) {
  EXPECT_EQ(ParseCsvNames("x,\"y z\"\n1,2\n", {}), (std::vector<std::string>{"x", "y z"}));
}

TEST(Csv, OfManyMissingColumnsSixAreNamed) {
  CsvOptions options;
  options.wanted = {"b", "c", "d", "e", "f", "g"};
  EXPECT_EQ(ErrorOf("a\n1\n", options).message, "there are no columns `b`, `c`, `d`, `e`, `f`, `g`");
  for (const char* more : {"h", "i"}) {
    options.wanted.push_back(more);
    EXPECT_EQ(ErrorOf("a\n1\n", options).message, "there are no columns `b`, `c`, `d`, `e`, `f`, `g`, ...");
  }
}

TEST_F(CsvFile, DamagedGzipIsReported) {
  std::string packed = Read(WriteGzip("a.gz", std::string(100000, 'x') + "\n1\n"));
  try {
    ReadCsv(Write("cut.gz", packed.substr(0, packed.size() - 20)));
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.kind, DataErrorKind::MalformedData);
  }
}

TEST_F(CsvFile, ReadsNamesFromTheHeaderAlone) {
  std::string rows(200000, '\n');
  EXPECT_EQ(ReadCsvNames(Write("a.csv", "x,\"y z\"\nbroken" + rows)), (std::vector<std::string>{"x", "y z"}));
}

TEST_F(CsvFile, ReadsNamesOfAVeryWideHeader) {
  std::string header = "c0";
  for (int i = 1; i < 20000; ++i) header += ",c" + std::to_string(i);
  ASSERT_GT(header.size(), size_t{1} << 16);
  EXPECT_EQ(ReadCsvNames(Write("wide.csv", header + "\n")).size(), 20000u);
}

TEST_F(CsvFile, AbsentFileAndFolderAreReported) {
  for (const auto& path : {folder_ / "none.csv", folder_}) {
    try {
      ReadCsv(path);
      FAIL();
    } catch (const DataError& error) {
      EXPECT_EQ(error.kind, DataErrorKind::FileNotFound);
      EXPECT_EQ(error.where.file, path.string());
    }
  }
}

TEST_F(CsvFile, WhatIsWrittenReadsBackTheSame) {
  Column x("x", ElementType::F64, {}, 3);
  x.values<double>()[0] = 0.1;
  x.values<double>()[1] = -1e-300;
  x.values<double>()[2] = 1.0 / 3;
  Column p("p", ElementType::F32, {2}, 3);
  for (int i = 0; i < 6; ++i) p.values<float>()[i] = 1.0f / static_cast<float>(i + 3);
  Column name("na,me", ElementType::I32, {}, 3);
  name.is_text = true;
  name.dictionary = {"plain", "with \"quotes\", and\nlines", ""};
  for (int i = 0; i < 3; ++i) name.values<int32_t>()[i] = i;
  std::vector<const Column*> columns = {&x, &p, &name};
  WriteCsv(folder_ / "new" / "out.csv", columns);
  Table back = ReadCsv(folder_ / "new" / "out.csv");
  ASSERT_EQ(back.columns.size(), 4u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(back.At("x").Number(i), x.Number(i));
    EXPECT_EQ(static_cast<float>(back.At("p_1").Number(i)), p.values<float>()[2 * i + 1]);
    EXPECT_EQ(back.At("na,me").Text(i), name.Text(i));
  }
  EXPECT_EQ(EntriesInFolder(), 1);  // no temporary file stays
}

TEST(CsvWriter, NumbersAreAsShortAsTheyCanBe) {
  Column x("x", ElementType::F32, {}, 2);
  x.values<float>()[0] = 0.1f;
  x.values<float>()[1] = 3;
  std::vector<const Column*> columns = {&x};
  EXPECT_EQ(FormatCsv(columns), "x\n0.1\n3\n");
}

}  // namespace
}  // namespace nnc::runtime
