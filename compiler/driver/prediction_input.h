// The files that a model is applied to: what it reads of them, by the source's tables, and what is kept beside its answers.
#pragma once
#include <string>
#include <vector>

#include "compiler/driver/event_rows.h"
#include "compiler/driver/prediction.h"

namespace nnc::driver {

// The files' rows: what the model reads as numbers; by events, what is kept as it stands.
struct InputTables {
  std::vector<EventTable> tables;  // of the source's; of those that nothing reads, empty
  std::vector<runtime::Column> kept;
  size_t at = 0;                   // the table that is being read

  int64_t Events() const { return tables.front().Events(); }
};

// The table's columns that the model reads.
std::vector<std::string> WantedColumns(const sema::SourceHeader& source, size_t table, const std::vector<sema::RawColumn>& columns);

// Reports unless there is a file for each table that the model reads something of, in the program's order.
void RequireFiles(Session& session, const sema::SourceHeader& source, const std::vector<sema::RawColumn>& columns, const std::vector<std::string>& files);

// Reads the files' rows of `columns` and what is to keep, into `tables` as far as it comes. Throws DataError.
void ReadInput(const OpenRun& run, const sema::SourceHeader& source, const PredictionInput& input, const std::vector<sema::RawColumn>& columns, InputTables& tables);

}  // namespace nnc::driver
