// A source's events, and what becomes of the values that they lack.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "compiler/driver/event_rows.h"
#include "compiler/sema/program.h"
#include "compiler/support/source.h"
#include "runtime/fill.h"
#include "runtime/lost_text.h"
#include "runtime/split.h"
#include "runtime/table.h"

namespace nnc::driver {

// What missing values of named columns became, by LabelKey.
using Fills = std::map<std::string, runtime::FillValue>;
// The name of a column's dictionary and fill value among those of all sources.
std::string LabelKey(const std::string& source, const std::string& column);

// A source's events as they are in its files, but for the missing values of columns that `fill[...]` names.
struct SourceEvents {
  std::vector<EventTable> tables;
  runtime::Split parts;  // by events
  Fills fills;
  int64_t dropped = 0;  // events that `drop = true` left out
  runtime::LostText lost;  // text in columns of numbers that went with them

  int64_t Count() const { return tables.front().Events(); }
};

// Gives what a rule says for the column's missing values: figures are taken over `rows`. Throws DataError.
runtime::FillValue FillFor(const sema::FillRule& rule, const runtime::Table& table, const runtime::Column& column, const std::vector<int64_t>& rows);

// Fills the columns that the source names, with what was `given` in training, if that was not now. `span` is of the rule at work. Throws DataError.
void FillNamed(const sema::SourceHeader& source, const Fills* given, SourceEvents& events, Span* span);

// What fills in the cells that these columns lack, those of text with `label`, as a program writes it; "" where none lacks any.
struct FillSettings {
  std::string text;    // "`fill[a, b] = median` and `fill[kind] = \"none\"`"
  size_t columns = 0;  // that lack cells
};
FillSettings FillsFor(const std::vector<std::string>& columns, const runtime::Table& table, const std::string& label);

// Those of these columns of the table in which no row has a value, and that they are left out, by `all except` where it takes them; "" where each has some.
std::string LeftOutHint(const std::vector<sema::RawColumn>& columns, const runtime::Table& table, const SourceManager& sources);
// Whether no row has a value in the column.
bool HasNoValue(const runtime::Column& column);

}  // namespace nnc::driver
