#include "compiler/driver/event_rows.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "runtime/names.h"

namespace nnc::driver {

const std::vector<int64_t>& TrainOf(const runtime::Split& parts) {
  static const std::vector<int64_t> kNone;
  const runtime::RowSet* train = parts.Find("train");
  return train == nullptr ? kNone : train->rows;
}

std::vector<int64_t> AllOf(const runtime::Split& parts) {
  std::vector<int64_t> rows;
  for (const runtime::RowSet& part : parts.parts) rows.insert(rows.end(), part.rows.begin(), part.rows.end());
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<sema::RawColumn> ColumnsOf(size_t table, const std::vector<sema::RawColumn>& raws) {
  std::vector<sema::RawColumn> columns;
  for (const sema::RawColumn& raw : raws)
    if (TableOf(raw) == table) columns.push_back(raw);
  return columns;
}

std::vector<int64_t> RowsThatCount(const sema::SourceHeader& table, const std::optional<runtime::Grouping>& grouping, const std::string& column, const std::vector<int64_t>& rows) {
  return !grouping || table.rows->IsOfRows(column) ? rows : runtime::FirstRows(*grouping, rows);
}

// Tables of the same events have files for the same parts; `--data` may have named another file for some alone.
static void RequireSameParts(const sema::SourceHeader& source, const std::vector<EventTable>& tables) {
  const auto names = [&](size_t table) {
    std::set<std::string> parts;
    for (const runtime::TablePart& part : tables[table].table.parts) parts.insert(part.name);
    return parts;
  };
  for (size_t table = 1; table < tables.size(); ++table)
    if (names(table) != names(0))
      throw runtime::DataError(runtime::DataErrorKind::MalformedData, "the files of `" + source.Table(table).name + "` are not for the parts that those of `" + source.name + "` are for", {},
                               "where `--data` names other files, it names them for each: `--data " + source.name + "=FILE --data " + source.Table(table).name + "=FILE`");
}

void GroupByEvents(const sema::SourceHeader& source, std::vector<EventTable>& tables) {
  if (!source.rows) return;
  const auto rows = [&](size_t table) { return source.Table(table).rows->AreSeveral() ? runtime::RowsOfEvent::Several : runtime::RowsOfEvent::One; };
  RequireSameParts(source, tables);
  tables[0].grouping = runtime::GroupRows(tables[0].table, source.rows->by, rows(0));
  for (size_t table = 1; table < tables.size(); ++table)
    tables[table].grouping = runtime::GroupBeside(tables[0].table, *tables[0].grouping, tables[table].table, source.rows->by, rows(table));
}

void GroupEvents(const sema::SourceHeader& source, std::vector<EventTable>& tables) {
  GroupByEvents(source, tables);
  for (size_t number = 0; source.rows && number < tables.size(); ++number) {
    const sema::EventRows& rows = *source.Table(number).rows;
    if (!rows.AreSeveral()) continue;
    const auto& [table, grouping, parts] = tables[number];
    runtime::RequireAtMost(table, *grouping, *rows.most);
    for (const runtime::Column& column : table.columns) {
      if (rows.IsOfRows(column.name)) continue;
      std::string each;
      for (const std::string& name : rows.each) each += runtime::InProgram(name) + ", ";
      const std::string listed = "is listed: `each = [" + each + runtime::InProgram(column.name) + "]`";
      runtime::RequireOneValue(table, column, *grouping, "a column whose values differ within an event " + listed);
      if (source.TellsEvents(column.name)) continue;
      runtime::RequireValueOfEach(tables[0].table, *tables[0].grouping, rows.by, table, *grouping, column, "what is of events stands in a file that has a line for each; or it is of rows, and " + listed);
    }
    tables[0].table.columns.push_back(runtime::CountsByRow(rows.count, *grouping, *tables[0].grouping));
  }
}

runtime::Column ByEvent(const sema::SourceHeader& source, const std::vector<EventTable>& tables, const sema::RawColumn& raw, runtime::Column rows) {
  const std::optional<runtime::Grouping>& grouping = tables[TableOf(raw)].grouping;
  if (!grouping) return rows;
  return source.IsOfRows(raw.table, raw.column) ? runtime::PaddedRows(rows, *grouping, *source.Table(raw.table).rows->most) : runtime::OfEvents(rows, *grouping);
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

// The parts' events of a table.
static std::vector<std::pair<std::string, std::vector<int64_t>>> EventsOfParts(const EventTable& events) {
  std::vector<std::pair<std::string, std::vector<int64_t>>> parts;
  const auto& grouping = events.grouping;
  const auto events_before = [&](int64_t row) { return grouping ? std::lower_bound(grouping->starts.begin(), grouping->starts.end(), row) - grouping->starts.begin() : row; };
  for (const runtime::TablePart& part : events.table.parts) {
    auto known = std::find_if(parts.begin(), parts.end(), [&](const auto& each) { return each.first == part.name; });
    if (known == parts.end()) known = parts.insert(parts.end(), {part.name, {}});
    for (int64_t event = events_before(part.first); event < events_before(part.first + part.count); ++event) known->second.push_back(event);
  }
  return parts;
}

runtime::Split SplitEvents(const sema::SourceHeader& source, std::vector<EventTable>& tables) {
  runtime::Split split;
  for (const auto& [name, events] : EventsOfParts(tables[0])) {
    bool divided = !source.split.empty() && (name.empty() || name == "train");
    if (divided) Deal(source, events, split);
    else split.parts.push_back({name.empty() ? "train" : name, events});
  }
  RequireEvents(source, split);
  for (EventTable& table : tables) {
    table.parts = split;
    for (runtime::RowSet& part : table.parts.parts) part.rows = table.RowsOf(part.rows);
  }
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
