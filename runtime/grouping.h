// Events of several rows, as lists of hits have them: rows one behind the other that have the same values in some columns.
//
// A table keeps its rows, each with its place in the file, until all that is asked of cells has been asked; what a program reads is then
// gathered: one value of an event, or an array of its rows' values with zeros behind them.
#pragma once

#include "runtime/table.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nnc::runtime {

struct Grouping {
  std::vector<int64_t> starts;  // the row with which each event begins; last, the number of rows

  int64_t events() const { return static_cast<int64_t>(starts.size()) - 1; }
  int64_t RowsOf(int64_t event) const { return starts[static_cast<size_t>(event) + 1] - starts[static_cast<size_t>(event)]; }
};

// The events of the table, which begin anew with each of its parts. Throws DataError NonFiniteData where a column of `by` lacks a value,
// MalformedData where it holds numbers that are not whole or have more digits than were read, or where an event goes on behind another one.
Grouping GroupRows(const Table& table, std::span<const std::string> by);

// Throws DataError MalformedData at the first event of more rows.
void RequireAtMost(const Table& table, const Grouping& grouping, int64_t most);

// Throws DataError MalformedData at the first row whose value is not that of its event's first row.
void RequireOneValue(const Table& table, const Column& column, const Grouping& grouping, const std::string& hint);

// How many rows the event of each row has.
Column CountsByRow(const std::string& name, const Grouping& grouping, int64_t rows);

// A value for each event: that of its first row.
Column OfEvents(const Column& column, const Grouping& grouping);

// `most` numbers for each event: those of its rows, and zeros.
Column PaddedRows(const Column& column, const Grouping& grouping, int64_t most);

// The rows of these events, and back; the rows, of these (ascending), with which an event begins; all rows of the events that have one of them.
std::vector<int64_t> RowsOfEvents(const Grouping& grouping, std::span<const int64_t> events);
std::vector<int64_t> EventsOfRows(const Grouping& grouping, std::span<const int64_t> rows);  // that have one of them
std::vector<int64_t> FirstRows(const Grouping& grouping, std::span<const int64_t> rows);
std::vector<int64_t> WholeEvents(const Grouping& grouping, std::span<const int64_t> rows);

}  // namespace nnc::runtime
