// What is no mistake in the data and worth knowing.
#pragma once
#include <set>
#include <string>

#include "compiler/driver/evaluation.h"
#include "compiler/driver/session.h"

namespace nnc::driver {

// Whole numbers that two single precision numbers do not hold: W0611, for the first of the column. Not where the graph only compares the column
// with numbers that none of these becomes.
void WarnOfRoundedIntegers(Session& session, const runtime::Table& table, const sema::RawColumn& raw, const ir::Graph& graph);

// Numbers that single precision takes for 0, where many are: W0622, for the first such column.
void WarnOfVanishing(Session& session, const runtime::Table& table, const sema::RawColumn& raw);

// Lines that `comment` skips and that look like events: W0615.
void WarnOfSkippedLines(Session& session, const runtime::TablePart& part, Span span);

// A pattern of `replace` that is in no line of the source's files: W0625.
void WarnOfReplacements(Session& session, const runtime::Table& table, const sema::SourceHeader& source);

// A column that `all except` takes and that counts the rows of a file's first part from any whole number on, but for events that were dropped:
// W0620, for the first of them.
void WarnOfCounting(Session& session, const runtime::Table& table, const std::vector<sema::RawColumn>& raws, int64_t dropped);
// Numbers whose points may set thousands apart: W0619.
void WarnOfThousands(Session& session, const runtime::Table& table, const sema::RawColumn& raw);

// Last lines of a file that hold the sums or means of those above: W0623, for the first of each file.
void WarnOfTotals(Session& session, const runtime::Table& table, const std::vector<sema::RawColumn>& raws);

// Columns that a training on one file source reads and that have one value for all events of the training part, as labels of one class: W0613.
void WarnOfSameForAll(Session& session, const sema::TrainProgram& program, const Sources& sources);

// Columns whose numbers in the training part reach beyond `bound` and that weights are multiplied by: W0514, for the first of them.
void WarnOfLargeInputs(Session& session, const sema::TrainProgram& program, const Sources& sources, double bound);

// "3 of 10 events of `d` are in no part of its split", a line for each such source; "" where all events are used.
std::string UnusedEvents(const Sources& sources);

}  // namespace nnc::driver
