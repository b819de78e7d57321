// Rows and events: which rows of a file make an event, as a source says it (`group`, `each`, `most`, `count`; without a grouping each is one),
// how columns of rows enter graphs, and which events train, validate and test.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "compiler/sema/program.h"
#include "runtime/grouping.h"
#include "runtime/split.h"

namespace nnc::driver {

// The events of the table, by what tells them apart alone: how many there are.
int64_t CountEvents(const sema::SourceHeader& source, const runtime::Table& table);

// The rows, of these, that count in a figure of the column: all for a column of the rows, one of each event for another.
std::vector<int64_t> RowsThatCount(const sema::SourceHeader& source, const std::optional<runtime::Grouping>& grouping, const std::string& column, const std::vector<int64_t>& rows);
// Which rows of a file make an event, where the source says so: each has room in it, and one value of what is of events. Gives the table the
// column of their numbers. Throws DataError.
std::optional<runtime::Grouping> GroupEvents(const sema::SourceHeader& source, runtime::Table& table);
// A column of rows, or of events, by the event: as it enters a graph.
runtime::Column ByEvent(const sema::SourceHeader& source, const std::optional<runtime::Grouping>& grouping, const sema::RawColumn& raw, runtime::Column rows);

// Which rows of the table train, validate and test: by `split`, which divides events, by the parts' files, or all "train".
runtime::Split SplitTable(const sema::SourceHeader& source, const runtime::Table& table, const std::optional<runtime::Grouping>& grouping);
// The same for `rows` events that no file holds.
runtime::Split SplitEvents(const sema::SourceHeader& source, int64_t rows);

}  // namespace nnc::driver
