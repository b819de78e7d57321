#include "compiler/driver/event_rows.h"

#include <algorithm>
#include <numeric>

#include "runtime/names.h"

namespace nnc::driver {

int64_t CountEvents(const sema::SourceHeader& source, const runtime::Table& table) {
  return source.rows ? runtime::GroupRows(table, source.rows->by).events() : table.rows;
}

std::vector<int64_t> RowsThatCount(const sema::SourceHeader& source, const std::optional<runtime::Grouping>& grouping, const std::string& column, const std::vector<int64_t>& rows) {
  return !grouping || source.rows->IsOfRows(column) ? rows : runtime::FirstRows(*grouping, rows);
}

std::optional<runtime::Grouping> GroupEvents(const sema::SourceHeader& source, runtime::Table& table) {
  if (!source.rows) return std::nullopt;
  const sema::EventRows& rows = *source.rows;
  runtime::Grouping grouping = runtime::GroupRows(table, rows.by);
  runtime::RequireAtMost(table, grouping, *rows.most);
  for (const runtime::Column& column : table.columns) {
    if (rows.IsOfRows(column.name)) continue;
    std::string each;
    for (const std::string& name : rows.each) each += runtime::InProgram(name) + ", ";
    runtime::RequireOneValue(table, column, grouping, "a column whose values differ within an event is listed: `each = [" + each + runtime::InProgram(column.name) + "]`");
  }
  table.columns.push_back(runtime::CountsByRow(rows.count, grouping, table.rows));
  return grouping;
}

runtime::Column ByEvent(const sema::SourceHeader& source, const std::optional<runtime::Grouping>& grouping, const sema::RawColumn& raw, runtime::Column rows) {
  if (!grouping) return rows;
  return source.rows->IsOfRows(raw.column) ? runtime::PaddedRows(rows, *grouping, *source.rows->most) : runtime::OfEvents(rows, *grouping);
}

// The rows of `from` dealt out by the source's `split`.
static void Deal(const sema::SourceHeader& source, const std::vector<int64_t>& from, runtime::Split& into) {
  std::vector<runtime::PartFraction> fractions;
  for (const auto& part : source.split) fractions.push_back({part.name, part.fraction});
  runtime::Split dealt = runtime::SplitRows(static_cast<int64_t>(from.size()), fractions, source.split_seed);
  for (runtime::RowSet& part : dealt.parts) {
    for (int64_t& row : part.rows) row = from[static_cast<size_t>(row)];
    into.parts.push_back(std::move(part));
  }
}

static void RequireEvents(const sema::SourceHeader& source, const runtime::Split& split) {
  for (const runtime::RowSet& part : split.parts)
    if (part.rows.empty())
      throw runtime::DataError(runtime::DataErrorKind::EmptyData, "part `" + part.name + "` of `" + source.name + "` has no events");
}

// The parts' events of a table with a grouping; its rows without.
static std::vector<std::pair<std::string, std::vector<int64_t>>> EventsOfParts(const runtime::Table& table, const std::optional<runtime::Grouping>& grouping) {
  std::vector<std::pair<std::string, std::vector<int64_t>>> parts;
  const auto events_before = [&](int64_t row) { return grouping ? std::lower_bound(grouping->starts.begin(), grouping->starts.end(), row) - grouping->starts.begin() : row; };
  for (const runtime::TablePart& part : table.parts) {
    auto known = std::find_if(parts.begin(), parts.end(), [&](const auto& each) { return each.first == part.name; });
    if (known == parts.end()) known = parts.insert(parts.end(), {part.name, {}});
    for (int64_t event = events_before(part.first); event < events_before(part.first + part.count); ++event) known->second.push_back(event);
  }
  return parts;
}

runtime::Split SplitTable(const sema::SourceHeader& source, const runtime::Table& table, const std::optional<runtime::Grouping>& grouping) {
  runtime::Split split;
  for (const auto& [name, events] : EventsOfParts(table, grouping)) {
    bool divided = !source.split.empty() && (name.empty() || name == "train");
    if (divided) Deal(source, events, split);
    else split.parts.push_back({name.empty() ? "train" : name, events});
  }
  RequireEvents(source, split);
  if (grouping)
    for (runtime::RowSet& part : split.parts) part.rows = runtime::RowsOfEvents(*grouping, part.rows);
  return split;
}

runtime::Split SplitEvents(const sema::SourceHeader& source, int64_t count) {
  runtime::Split split;
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  if (source.split.empty()) split.parts.push_back({"train", std::move(rows)});
  else Deal(source, rows, split);
  RequireEvents(source, split);
  return split;
}

}  // namespace nnc::driver
