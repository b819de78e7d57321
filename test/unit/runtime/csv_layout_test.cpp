// Files as they come: what separates their cells, whether their first line holds names, which cells hold nothing.
#include "runtime/csv.h"
#include "runtime/data_error.h"
#include "runtime/number_text.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nnc::runtime {
namespace {

using Names = std::vector<std::string>;

Table Parse(const std::string& text, CsvOptions options = {}) {
  options.shown_as = "data.csv";
  return ParseCsv(text, options);
}

DataError ErrorOf(const std::string& text, CsvOptions options = {}) {
  try {
    Parse(text, options);
  } catch (const DataError& error) {
    return error;
  }
  ADD_FAILURE() << "no error for " << text;
  return DataError(DataErrorKind::WriteFailed, "");
}

Names NamesOf(const Table& table) {
  Names names;
  for (const Column& column : table.columns) names.push_back(column.name);
  return names;
}

TEST(CsvLayout, TabsSemicolonsAndBlanksAreFound) {
  for (const char* text : {"a,b,c\n1,2,x\n", "a\tb\tc\n1\t2\tx\n", "a;b;c\n1;2;x\n", "a b c\n1 2 x\n", "  a    b\tc \n 1   2    x\n"}) {
    Table table = Parse(text);
    EXPECT_EQ(NamesOf(table), (Names{"a", "b", "c"})) << text;
    EXPECT_EQ(table.At("b").Number(0), 2) << text;
    EXPECT_EQ(table.At("c").Text(0), "x") << text;
  }
}

TEST(CsvLayout, TheSeparatorThatAllRowsShareIsTaken) {
  // Commas within names of a file of tabs; a semicolon within a name of a file of commas.
  EXPECT_EQ(NamesOf(Parse("p, GeV\tt, ns\n1\t2\n3\t4\n")), (Names{"p, GeV", "t, ns"}));
  EXPECT_EQ(NamesOf(Parse("a;b,c\n1,2\n")), (Names{"a;b", "c"}));
  // A header of semicolons with decimal commas below is a file of semicolons.
  EXPECT_EQ(Parse("a;b\n1,5;2,5\n").columns.size(), 2u);
}

TEST(CsvLayout, WhatTwoSeparatorsDivideAlikeIsAsked) {
  CsvOptions options;
  options.header = false;
  DataError error = ErrorOf("1,5;2,5\n3,5;4,5\n", options);
  EXPECT_EQ(error.message, "the cells of the first line may be separated by `,` or `;`");
  EXPECT_NE(error.hint.find("separator = \";\""), std::string::npos);
  options.separator = ';';
  EXPECT_EQ(Parse("1,5;2,5\n", options).columns.size(), 2u);
}

TEST(CsvLayout, OneColumnStaysOne) {
  EXPECT_EQ(NamesOf(Parse("run number\n1\n2\n")), Names{"run number"});
  EXPECT_EQ(NamesOf(Parse("x\n1\n")), Names{"x"});
  EXPECT_EQ(NamesOf(Parse("|eta|\n1\n")), Names{"|eta|"});
}

TEST(CsvLayout, AFirstLineOfNumbersIsNeverEatenAsNames) {
  for (const char* text : {"1,2\n3,4\n", "5.1,3.5,setosa\n4.9,3.0,setosa\n", "0,1\n1,2\n"}) {
    DataError error = ErrorOf(text);
    EXPECT_NE(error.message.find("where the columns' names are expected"), std::string::npos) << text;
    EXPECT_NE(error.hint.find("header = false"), std::string::npos) << text;
  }
  EXPECT_NE(ErrorOf("p,x,p\ne,x,p\n").hint.find("header = false"), std::string::npos);
}

TEST(CsvLayout, WithoutHeaderColumnsAreNumberedOrNamed) {
  CsvOptions options;
  options.header = false;
  Table numbered = Parse("5.1,setosa\n4.9,virginica\n", options);
  EXPECT_EQ(numbered.rows, 2);
  EXPECT_EQ(NamesOf(numbered), (Names{"c0", "c1"}));
  options.names = {"length", "species"};
  EXPECT_EQ(Parse("length,species\n4.9,virginica\n", options).rows, 2);
  options.header = true;
  EXPECT_NE(ErrorOf("5.1,setosa\n4.9,virginica\n", options).message.find("looks like the second"), std::string::npos);
  EXPECT_EQ(NamesOf(Parse("len,kind\n4.9,virginica\n", options)), options.names);
  options.header.reset();
  EXPECT_EQ(Parse("5.1,setosa\n4.9,virginica\n", options).rows, 2);
  EXPECT_EQ(Parse("length,species\n4.9,virginica\n", options).rows, 1);
  DataError error = ErrorOf("len,kind\n4.9,virginica\n", options);
  EXPECT_NE(error.hint.find("header = true"), std::string::npos);
  options.names.clear();
  options.header = true;
  EXPECT_EQ(NamesOf(Parse("label,0,1\n3,4,5\n", options)), (Names{"label", "0", "1"}));
}

TEST(CsvLayout, AReplacedHeaderFindsTheColumnsOfOtherFiles) {
  CsvOptions options;
  options.names = {"length", "species"};
  options.header = true;
  EXPECT_EQ(ParseReplacedHeader("len,kind\n4.9,virginica\n", options), (Names{"len", "kind"}));
  EXPECT_TRUE(ParseReplacedHeader("species,length\nvirginica,4.9\n", options).empty()) << "it is made of listed names";
  options.replaced = {"len", "kind"};
  EXPECT_EQ(NamesOf(Parse("kind,id,len\nvirginica,7,4.9\n", options)), (Names{"species", "id", "length"}));
  EXPECT_EQ(ErrorOf("4.9,virginica\n5.1,setosa\n", options).kind, DataErrorKind::MalformedData);
  options.replaced = {"len", "len"};  // no column is found by it
  EXPECT_EQ(NamesOf(Parse("len,len\n4.9,virginica\n", options)), options.names);
  EXPECT_EQ(ErrorOf("len,other\n4.9,virginica\n", options).kind, DataErrorKind::MalformedData);
}

TEST(CsvLayout, AHeaderThatLacksANameIsReplacedByPlaceOrName) {
  CsvOptions options;
  options.names = {"a", "b", "y", "last"};
  options.header = true;
  EXPECT_EQ(ParseReplacedHeader("a,b,y\n1.5,2,3,4\n2.5,3,4,5\n", options), (Names{"a", "b", "y"}));
  options.replaced = {"a", "b", "y"};
  EXPECT_EQ(NamesOf(Parse("a,b,y\n1.5,2,3,4\n2.5,3,4,5\n", options)), options.names);
  EXPECT_EQ(NamesOf(Parse("b,a,y\n1.5,2,3,4\n2.5,3,4,5\n", options)), (Names{"b", "a", "y", "last"}));
  options.names = {"first", "a", "b", "y"};
  EXPECT_EQ(NamesOf(Parse("b,a,y\n1.5,2,3,4\n2.5,3,4,5\n", options)), (Names{"first", "b", "a", "y"}));
  options.names = {"p", "q", "r", "s"};  // which of them stands for the column without a name is not known
  EXPECT_EQ(NamesOf(Parse("a,b,y\n1.5,2,3,4\n2.5,3,4,5\n", options)), options.names);
  EXPECT_EQ(ErrorOf("b,a,y\n1.5,2,3,4\n2.5,3,4,5\n", options).message, "the first line is not the header that the listed names stand for");
  EXPECT_EQ(NamesOf(Parse("b,a,y\n1,2,3,4\n2,3,4,5\n", options)), (Names{"p", "r", "q", "s"})) << "names of rows";
}

TEST(CsvLayout, AFirstLineOfAnotherWidthThanAllOthersIsNoEvent) {
  CsvOptions options;
  const std::string text = "3 2\n1 2 0\n3 4 1\n5 6 1\n";
  for (const std::optional<bool> header : {std::optional<bool>(), std::optional<bool>(false), std::optional<bool>(true)}) {
    options.header = header;
    const DataError error = ErrorOf(text, options);
    EXPECT_NE((error.message + error.hint).find("comment = \"3 2\""), std::string::npos) << error.what();
  }
  options.header = false;
  options.columns = 3;  // of a program that is trained already
  EXPECT_EQ(ErrorOf(text, options).hint, "`sed 1d old.csv > new.csv` takes it out");
  options.columns = 0;
  options.comments = {"3 2"};
  EXPECT_EQ(Parse(text, options).rows, 3);
  EXPECT_EQ(Parse("1 234 567\n2 345\n3 456\n", [] { CsvOptions o; o.header = false; o.notation = {'.', ' '}; return o; }()).columns.size(), 1u) << "thousands";
}

TEST(CsvLayout, CommentLinesAreSkippedAndCounted) {
  CsvOptions options;
  options.comments = {"#"};
  Table table = Parse("# run 7\na,b\n1,2\n  # later\n3,nan\n", options);
  EXPECT_EQ(table.rows, 2);
  EXPECT_EQ(table.At("b").Number(0), 2);
  EXPECT_NE(ErrorOf("# run 7\na,b\n1,2\n", [] { CsvOptions o; o.wanted = {"a"}; return o; }()).hint.find("comment"), std::string::npos);
}

TEST(CsvLayout, MarksOfMissingCells) {
  CsvOptions options;
  options.missing = {"?", "-999"};
  Table table = Parse("x,n,kind\n1.5,-999,?\n-999.0,2,a\n?,3,b\n", options);
  EXPECT_EQ(table.At("x").unusable, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(table.At("n").unusable, std::vector<int64_t>{0});
  EXPECT_EQ(table.At("n").type, ElementType::I64);
  EXPECT_EQ(table.At("kind").unusable, std::vector<int64_t>{0});
  EXPECT_EQ(table.At("kind").Text(0), "");
}

TEST(CsvLayout, NumbersWrittenOtherwiseNameTheCure) {
  auto hint = [](const std::string& cells) {
    CsvOptions options;
    options.separator = ';';
    Table table = Parse("x;y\n" + cells + ";1\n2;3\n", options);
    try {
      RequireNumber(table, table.columns[0]);
    } catch (const DataError& error) {
      return error.hint;
    }
    return std::string();
  };
  EXPECT_NE(hint("1,5").find("`decimal = \",\"` in the source's braces reads `1,5` as 1.5"), std::string::npos);
  EXPECT_NE(hint("1,234.5").find("`thousands = \",\"` in the source's braces reads `1,234.5` as 1234.5"), std::string::npos);
  EXPECT_NE(hint("1 234").find("`thousands = \" \"` in the source's braces reads `1 234` as 1234"), std::string::npos);
  EXPECT_NE(hint("1.234,5").find("`decimal = \",\", thousands = \".\"` in the source's braces reads `1.234,5` as 1234.5"), std::string::npos);
  EXPECT_NE(hint("-1'234").find("`thousands = \"'\"` in the source's braces reads `-1'234` as -1234"), std::string::npos);
  EXPECT_EQ(hint("192.168.0.1").find("thousands"), std::string::npos);
  EXPECT_NE(hint("?").find("missing = \"?\""), std::string::npos);
}

TEST(CsvLayout, ASettingThatCuresIsTold) {
  const auto setting = [](const std::string& text, CsvOptions options = {}) {
    const DataError error = ErrorOf(text, options);
    EXPECT_TRUE(error.setting.empty() || error.hint.find("`" + error.setting + "`") != std::string::npos) << error.hint;
    return error.setting;
  };
  CsvOptions no_header, listed, other;
  no_header.header = false;
  listed.names = {"a", "b"};
  other.header = true;
  other.names = {"a", "b"};
  EXPECT_EQ(setting("1,5;2,5\n3,5;4,5\n", no_header), "separator = \";\"");
  EXPECT_EQ(setting("1,2\n3,4\n"), "header = false");
  EXPECT_EQ(setting("p,x\n1,2\n", listed), "header = true");
  EXPECT_EQ(setting("a,a\n1,2\n"), "names = [\"a\", \"a_2\"], header = true");
  EXPECT_EQ(setting("a,b\n1,2\n# end\n"), "comment = \"#\"");
  no_header.comments = {"%"};
  EXPECT_EQ(setting("run 7\n1,2\n3,4\n", no_header), "comment = [\"%\", \"run 7\"]");
  EXPECT_EQ(setting("1,2,3\n3,4,5\n", listed), "");
  EXPECT_EQ(setting("1,2\n3,4\n", other), "") << "a setting is to be left out";
}

TEST(CsvLayout, TextThatIsNotUtf8IsRefused) {
  DataError error = ErrorOf("kind,x\nKa\xF3n,1\n");
  EXPECT_STREQ(error.what(), "data.csv:2: a cell of column `kind` is not UTF-8 text (row 1)");
  EXPECT_EQ(error.setting, "encoding = \"windows-1252\"");
  EXPECT_EQ(ErrorOf("Gr\xF6\xDF" "e,x\n1,1\n").setting, "encoding = \"windows-1252\"");
  EXPECT_EQ(Parse("Größe,x\nKaón,1\n").At("Größe").Text(0), "Kaón");
  CsvOptions windows;
  windows.encoding = "windows-1252";
  EXPECT_EQ(ParseCsv("Gr\xF6\xDF" "e,x\nKa\xF3n,1\n", windows).At("Größe").Text(0), "Kaón");
  EXPECT_EQ(Parse(std::string("\xFF\xFE" "a\0\n\0" "5\0\n\0", 10)).At("a").Number(0), 5) << "UTF-16 that says so";
  for (const char* bad : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF0\x80\x80\x80", "\xE2\x82"}) EXPECT_FALSE(IsUtf8(bad));
  EXPECT_FALSE(IsUtf8(std::string_view("€").substr(0, 2))) << "what follows the text is no part of it";
  EXPECT_TRUE(IsUtf8("aé€😀"));
}

}  // namespace
}  // namespace nnc::runtime
