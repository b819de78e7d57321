// Events of several rows, as lists of hits have them: rows one behind the other that have the same values in some columns.
//
// A table keeps its rows, each with its place in the file, until all that is asked of cells has been asked; what a program reads is then
// gathered: one value of an event, or an array of its rows' values with zeros behind them. Several tables may hold rows of the same events.
#pragma once

#include "runtime/table.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nnc::runtime {

// The rows of an event stand one behind the other; the order of events is another one than that of rows where another table gives it.
struct Grouping {
  std::vector<int64_t> starts;    // the row with which each event begins; of one without rows, 0
  std::vector<int64_t> counts;    // how many rows each event has
  std::vector<int64_t> event_of;  // of each row

  int64_t events() const { return static_cast<int64_t>(counts.size()); }
  int64_t RowsOf(int64_t event) const { return counts[static_cast<size_t>(event)]; }
};

// Whether an event has several rows, or each row is another event.
enum class RowsOfEvent { Several, One };

// The events of the table, which begin anew with each of its parts. Throws DataError NonFiniteData where a column of `by` lacks a value,
// MalformedData where it holds numbers that are not whole or have more digits than were read, or where an event goes on behind another one;
// where it has one row, at its second.
Grouping GroupRows(const Table& table, std::span<const std::string> by, RowsOfEvent rows = RowsOfEvent::Several);

// The rows of another table by the events of `first`, told by the same columns in parts of the same name. An event may have no rows, unless each
// has one. Throws DataError MalformedData as well where `first` lacks an event, or has one twice in a part.
Grouping GroupBeside(const Table& first, const Grouping& events, const Table& table, std::span<const std::string> by, RowsOfEvent rows);

// Throws DataError MalformedData at the first event of more rows.
void RequireAtMost(const Table& table, const Grouping& grouping, int64_t most);

// Throws DataError MalformedData at the first row whose value is not that of its event's first row.
void RequireOneValue(const Table& table, const Column& column, const Grouping& grouping, const std::string& hint);

// Throws DataError MalformedData at the first event, which `first` tells, that has no row of the table, in which the column has a value of each.
void RequireValueOfEach(const Table& first, const Grouping& events, std::span<const std::string> by, const Table& table, const Grouping& grouping, const Column& column, const std::string& hint);

// How many rows of `counted` the event of each row of `grouping` has.
Column CountsByRow(const std::string& name, const Grouping& counted, const Grouping& grouping);

// A value for each event: that of its first row.
Column OfEvents(const Column& column, const Grouping& grouping);

// `most` numbers for each event: those of its rows, and zeros.
Column PaddedRows(const Column& column, const Grouping& grouping, int64_t most);

// The rows of these events, and back, in order; the rows, of these, with which an event begins.
std::vector<int64_t> RowsOfEvents(const Grouping& grouping, std::span<const int64_t> events);
std::vector<int64_t> EventsOfRows(const Grouping& grouping, std::span<const int64_t> rows);  // that have one of them
std::vector<int64_t> FirstRows(const Grouping& grouping, std::span<const int64_t> rows);

}  // namespace nnc::runtime
