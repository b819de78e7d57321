// Rows and events: which rows of a source's files make an event, as it says it (`group`, `each`, `most`, `count`; without a grouping each is one),
// how columns of rows enter graphs, and which events train, validate and test.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/grouping.h"
#include "runtime/split.h"

namespace nnc::driver {

// What the files of one of a source's tables hold (SourceHeader::Table).
struct EventTable {
  runtime::Table table;
  std::optional<runtime::Grouping> grouping;  // of its rows to the source's events, which are those of the first table; nothing: each row is one
  runtime::Split parts;                       // which rows train, validate and test

  int64_t Events() const { return grouping ? grouping->events() : table.rows; }
  std::vector<int64_t> EventsOf(const std::vector<int64_t>& rows) const { return grouping ? runtime::EventsOfRows(*grouping, rows) : rows; }
  std::vector<int64_t> RowsOf(const std::vector<int64_t>& events) const { return grouping ? runtime::RowsOfEvents(*grouping, events) : events; }
  runtime::DataPlace PlaceOf(int64_t event) const {
    runtime::DataPlace place = runtime::PlaceOfRow(table, grouping ? grouping->starts[static_cast<size_t>(event)] : event);
    place.begins = grouping.has_value();
    return place;
  }
};

const std::vector<int64_t>& TrainOf(const runtime::Split& parts);  // none: a part that is not there
std::vector<int64_t> AllOf(const runtime::Split& parts);           // of all parts, ascending

// The table that is asked for the column. How many rows an event has in any table stands in the first, where each event has a row.
inline size_t TableOf(const sema::RawColumn& raw) { return raw.counts ? 0 : raw.table; }
// The columns that a table is asked for.
std::vector<sema::RawColumn> ColumnsOf(size_t table, const std::vector<sema::RawColumn>& raws);

// Which rows make an event, by what tells events apart alone. Throws DataError.
void GroupByEvents(const sema::SourceHeader& source, std::vector<EventTable>& tables);
// The same, where each event has room in its tables, and one value of what is of events. Gives the first table the columns of their rows'
// numbers. Throws DataError.
void GroupEvents(const sema::SourceHeader& source, std::vector<EventTable>& tables);

// The rows, of these, that count in a figure of the table's column: all for a column of the rows, one of each event for another.
std::vector<int64_t> RowsThatCount(const sema::SourceHeader& table, const std::optional<runtime::Grouping>& grouping, const std::string& column, const std::vector<int64_t>& rows);
// A column of rows, or of events, by the event: as it enters a graph.
runtime::Column ByEvent(const sema::SourceHeader& source, const std::vector<EventTable>& tables, const sema::RawColumn& raw, runtime::Column rows);

// Which events train, validate and test, and in each table which rows: by `split`, which divides events, by the parts' files, or all "train".
runtime::Split SplitEvents(const sema::SourceHeader& source, std::vector<EventTable>& tables);
// The same for `rows` events that no file holds.
runtime::Split SplitEvents(const sema::SourceHeader& source, int64_t rows);

}  // namespace nnc::driver
