// Events of several rows: which rows make one, what is refused, and how columns of rows become columns of events.
#include "runtime/csv.h"
#include "runtime/data_error.h"
#include "runtime/grouping.h"

#include <gtest/gtest.h>

#include <functional>

namespace nnc::runtime {
namespace {

Table Parse(const std::string& text) {
  CsvOptions options;
  options.shown_as = "hits.csv";
  return ParseCsv(text, options);
}

Grouping GroupBy(const Table& table, std::vector<std::string> by) { return GroupRows(table, by); }

std::string Refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

std::vector<double> Numbers(const Column& column) {
  std::vector<double> numbers;
  for (int64_t row = 0; row < column.rows; ++row)
    for (int64_t element = 0; element < column.width(); ++element) numbers.push_back(column.Number(row, element));
  return numbers;
}

using Rows = std::vector<int64_t>;

TEST(Grouping, RowsOfOneValueAreOneEvent) {
  const Table table = Parse("event,x\n7,1\n7,2\n9,3\n8,4\n8,5\n8,6\n");
  const Grouping grouping = GroupBy(table, {"event"});
  EXPECT_EQ(grouping.starts, (Rows{0, 2, 3}));
  EXPECT_EQ(grouping.counts, (Rows{2, 1, 3}));
  EXPECT_EQ(grouping.event_of, (Rows{0, 0, 1, 2, 2, 2}));
  EXPECT_EQ(grouping.events(), 3);
  EXPECT_EQ(Numbers(OfEvents(table.At("event"), grouping)), (std::vector<double>{7, 9, 8}));
  const Column padded = PaddedRows(table.At("x"), grouping, 3);
  EXPECT_EQ(padded.shape, (Rows{3}));
  EXPECT_EQ(Numbers(padded), (std::vector<double>{1, 2, 0, 3, 0, 0, 4, 5, 6}));
  EXPECT_EQ(Numbers(CountsByRow("n", grouping, grouping)), (std::vector<double>{2, 2, 1, 3, 3, 3}));
  EXPECT_EQ(RowsOfEvents(grouping, Rows{0, 2}), (Rows{0, 1, 3, 4, 5}));
  EXPECT_EQ(EventsOfRows(grouping, Rows{1, 3, 5}), (Rows{0, 2}));
  EXPECT_EQ(FirstRows(grouping, Rows{0, 1, 3, 4, 5}), (Rows{0, 3}));
}

TEST(Grouping, SeveralColumnsAndTextTellEventsApart) {
  const Table table = Parse("run,event,x\na,1,1\na,2,2\nb,2,3\nb,1,4\nb,1,5\n");
  EXPECT_EQ(GroupBy(table, {"run", "event"}).starts, (Rows{0, 1, 2, 3}));
  EXPECT_EQ(GroupBy(table, {"run"}).starts, (Rows{0, 2}));
}

TEST(Grouping, WholeNumbersAreToldApartToTheLastDigit) {
  const Table table = Parse("event,x\n9007199254740992,1\n9007199254740993,2\n9007199254740993,3\n");
  EXPECT_EQ(GroupBy(table, {"event"}).starts, (Rows{0, 1}));
  EXPECT_NE(Refusal([] { GroupBy(Parse("event,x\n1e20,1\n3,2\n"), {"event"}); }).find("too many digits"), std::string::npos);
}

TEST(Grouping, AnEventEndsWithItsFile) {
  Table table = Parse("event,x\n1,1\n2,2\n");
  AppendRows(table, Parse("event,x\n2,3\n1,4\n"));
  EXPECT_EQ(GroupBy(table, {"event"}).starts, (Rows{0, 1, 2, 3}));
}

TEST(Grouping, WhatIsNotProvedIsRefused) {
  EXPECT_EQ(Refusal([] { GroupBy(Parse("event,x\n1,1\n2,2\n1,3\n"), {"event"}); }),
            "hits.csv:4: the event of `event` 1 was begun in row 1, and other events stand between (row 3)");
  EXPECT_EQ(Refusal([] { GroupBy(Parse("event,x\n1,1\n,2\n"), {"event"}); }),
            "hits.csv:3: column `event` says which event a row belongs to, and holds no number here (row 2)");
  EXPECT_EQ(Refusal([] { GroupBy(Parse("event,x\n1,1\n1.5,2\n"), {"event"}); }),
            "hits.csv:3: column `event` says which event a row belongs to, and 1.5 is no whole number (row 2)");
  const Table table = Parse("event,y,k\n1,2,a\n1,2,a\n2,,b\n2,,c\n3,4,d\n3,,d\n");
  const Grouping grouping = GroupBy(table, {"event"});
  EXPECT_EQ(Refusal([&] { RequireOneValue(table, table.At("y"), grouping, ""); }), "hits.csv:7: column `y` is missing here, and 4 in row 5 of the same event (row 6)");
  EXPECT_EQ(Refusal([&] { RequireOneValue(table, table.At("k"), grouping, ""); }), "hits.csv:5: column `k` is `c` here, and `b` in row 3 of the same event (row 4)");
  EXPECT_EQ(Refusal([&] { RequireOneValue(table, table.At("event"), grouping, ""); }), "");
  EXPECT_EQ(Refusal([&] { RequireAtMost(table, grouping, 2); }), "");
  EXPECT_EQ(Refusal([&] { RequireAtMost(table, grouping, 1); }), "hits.csv:2: the event that begins here has 2 rows, and there is room for 1, the first of 3 such events (row 1)");
}

Table Beside(const std::string& text) {
  CsvOptions options;
  options.shown_as = "beside.csv";
  return ParseCsv(text, options);
}

Grouping GroupedBeside(const Table& first, const Table& table, RowsOfEvent rows, std::vector<std::string> by = {"event"}) {
  return GroupBeside(first, GroupBy(first, by), table, by, rows);
}

TEST(Grouping, AnotherTableFollowsTheEventsOfTheFirst) {
  const Table first = Parse("event,x\n7,1\n7,2\n9,3\n8,4\n8,5\n");
  const Table edges = Beside("to,event\n5,8\n6,8\n4,7\n");
  const Grouping grouping = GroupedBeside(first, edges, RowsOfEvent::Several);
  EXPECT_EQ(grouping.counts, (Rows{1, 0, 2}));
  EXPECT_EQ(grouping.event_of, (Rows{2, 2, 0}));
  EXPECT_EQ(Numbers(PaddedRows(edges.At("to"), grouping, 3)), (std::vector<double>{4, 0, 0, 0, 0, 0, 5, 6, 0}));
  EXPECT_EQ(Numbers(CountsByRow("n", grouping, GroupBy(first, {"event"}))), (std::vector<double>{1, 1, 0, 2, 2}));
  EXPECT_EQ(RowsOfEvents(grouping, Rows{0, 1, 2}), (Rows{2, 0, 1}));
  EXPECT_EQ(EventsOfRows(grouping, Rows{0, 1, 2}), (Rows{2, 0}));
  EXPECT_EQ(FirstRows(grouping, Rows{0, 1, 2}), (Rows{0, 2}));
  EXPECT_EQ(GroupedBeside(first, Beside("to,event\n"), RowsOfEvent::Several).counts, (Rows{0, 0, 0}));
  const Table lines = Beside("event,y\n9,1\n8,2\n7,3\n");
  EXPECT_EQ(Numbers(OfEvents(lines.At("y"), GroupedBeside(first, lines, RowsOfEvent::One))), (std::vector<double>{3, 1, 2}));
}

TEST(Grouping, EventsOfTablesAreTheSameToTheLastDigitAndLetter) {
  const Table first = Parse("run,event\nb,9007199254740992\na,9007199254740993\n");
  EXPECT_EQ(GroupedBeside(first, Beside("run,event\na,9007199254740993\nb,9007199254740992\n"), RowsOfEvent::One, {"run", "event"}).starts, (Rows{1, 0}));
  EXPECT_EQ(Refusal([&] { GroupedBeside(first, Beside("run,event\na,9007199254740992\n"), RowsOfEvent::Several, {"run", "event"}); }),
            "beside.csv:2: the event of `run` `a`, `event` 9007199254740992 is none of `hits.csv` (row 1)");
  EXPECT_EQ(GroupedBeside(Parse("event\n1\n2\n"), Beside("event\n2.0\n1e0\n"), RowsOfEvent::One).starts, (Rows{1, 0}));
  EXPECT_EQ(Refusal([&] { GroupedBeside(first, Beside("run,event\n1,9007199254740992\n"), RowsOfEvent::Several, {"run", "event"}); }),
            "beside.csv:2: column `run` says which event a row belongs to, and holds numbers here and text in `hits.csv` (row 1)");
}

TEST(Grouping, WhatTablesOfOneSetOfEventsRefuse) {
  const Table first = Parse("event\n1\n2\n3\n");
  const auto refusal = [&](const std::string& text, RowsOfEvent rows) { return Refusal([&] { GroupedBeside(first, Beside(text), rows); }); };
  EXPECT_EQ(refusal("event\n1\n2\n", RowsOfEvent::One), "hits.csv:4: the event of `event` 3 has no line in `beside.csv` (row 3)");
  EXPECT_EQ(refusal("event\n1\n1\n2\n3\n", RowsOfEvent::One), "beside.csv:3: the event of `event` 1 has its line in row 1 already (row 2)");
  EXPECT_EQ(refusal("event\n1\n2\n1\n3\n", RowsOfEvent::One), "beside.csv:4: the event of `event` 1 has its line in row 1 already (row 3)");
  EXPECT_EQ(refusal("event\n1\n2\n1\n3\n", RowsOfEvent::Several), "beside.csv:4: the event of `event` 1 was begun in row 1, and other events stand between (row 3)");
  Table two = Parse("event\n1\n2\n");
  AppendRows(two, Parse("event\n2\n"));
  EXPECT_EQ(Refusal([&] { GroupedBeside(two, Beside("event\n2\n"), RowsOfEvent::Several); }),
            "hits.csv:2: the event of `event` 2 is one of `hits.csv`, too (row 2 there), and rows of other files may be of either (row 1)");
  two.parts[0].name = "train";
  two.parts[1].name = "test";
  Table parts = Beside("event\n2\n");
  AppendRows(parts, Beside("event\n1\n2\n"));
  parts.parts[0].name = "test";
  parts.parts[1].name = "train";
  EXPECT_EQ(GroupedBeside(two, parts, RowsOfEvent::One).starts, (Rows{1, 2, 0}));
}

// Rows by their places, in lists of files.
Table Numbered(const std::vector<std::pair<std::string, std::string>>& files) {
  CsvOptions options;
  options.row_column = "n";
  options.file_column = "of";
  Table table;
  for (const auto& [name, text] : files) {
    options.shown_as = name;
    Table more = ParseCsv(text, options);
    if (table.parts.empty()) table = std::move(more);
    else AppendRows(table, std::move(more));
  }
  return table;
}

TEST(Grouping, RowsGoTogetherByTheirPlacesInTheirFiles) {
  const Table first = Numbered({{"x1", "x\n1\n2\n"}, {"x2", "x\n3\n"}});
  const auto refusal = [&](const Table& table, std::vector<std::string> by) { return Refusal([&] { GroupedBeside(first, table, RowsOfEvent::One, by); }); };
  EXPECT_EQ(GroupedBeside(first, Numbered({{"y1", "y\n4\n5\n"}, {"y2", "y\n6\n"}}), RowsOfEvent::One, {"n"}).starts, (Rows{0, 1, 2}));
  EXPECT_EQ(refusal(Numbered({{"y1", "y\n4\n"}, {"y2", "y\n5\n6\n"}}), {"n"}), "y2:3: the event of `n` 2 is none of `x2`, which has 1 row where this file has 2 (row 2)");
  EXPECT_EQ(refusal(Numbered({{"y1", "y\n4\n"}, {"y2", "y\n5\n"}}), {"n"}), "x1:3: the event of `n` 2 has no line in `y1`, which has 1 row where this file has 2 (row 2)");
  EXPECT_EQ(refusal(Numbered({{"y1", "y\n4\n5\n"}}), {"n"}), "x2:2: the event of `n` 1 is of a file that has none beside it: the other source's list is shorter (row 1)");
  EXPECT_EQ(refusal(Numbered({{"y1", "y\n4\n5\n"}, {"y2", "y\n6\n"}}), {"of", "n"}), "y1:2: the event of `of` `y1`, `n` 1 is none of `x1` (row 1)");
  EXPECT_EQ(refusal(Numbered({{"x1", "y\n4\n5\n"}, {"x2", "y\n6\n"}}), {"of", "n"}), "");
}

TEST(Grouping, WhatIsOfEventsHasAValueInEach) {
  const Table first = Parse("event\n1\n2\n"), table = Beside("event,u\n2,5\n2,5\n");
  const std::vector<std::string> by = {"event"};
  const Grouping events = GroupBy(first, by);
  const auto refusal = [&](const Table& other) {
    return Refusal([&] { RequireValueOfEach(first, events, by, other, GroupBeside(first, events, other, by, RowsOfEvent::Several), other.At("u"), ""); });
  };
  EXPECT_EQ(refusal(table), "hits.csv:2: the event of `event` 1 has no row in `beside.csv`, whose column `u` has one value in each event (row 1)");
  EXPECT_EQ(refusal(Beside("event,u\n2,5\n1,6\n")), "");
}

TEST(Grouping, NoRowsAreNoEvents) {
  const Table table = Parse("event,x\n");
  EXPECT_EQ(GroupBy(table, {"event"}).events(), 0);
}

}  // namespace
}  // namespace nnc::runtime
