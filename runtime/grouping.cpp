#include "runtime/grouping.h"

#include "runtime/labels.h"
#include "runtime/names.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <unordered_map>

namespace nnc::runtime {

static DataError ErrorAt(const Table& table, int64_t row, const Column& column, std::string message, std::string hint) {
  DataPlace place = PlaceOfRow(table, row);
  place.column = column.name;
  return DataError(DataErrorKind::MalformedData, std::move(message), std::move(place), std::move(hint));
}

// What tells the cell's value from others, exactly.
static int64_t KeyOf(const Column& column, int64_t row) {
  if (column.is_text) return column.values<int32_t>()[static_cast<size_t>(row)];
  if (column.type == ElementType::I64) return column.values<int64_t>()[static_cast<size_t>(row)];
  const double number = column.Number(row);
  return std::bit_cast<int64_t>(number == 0 ? 0.0 : number);
}

static std::string Shown(const Column& column, int64_t row) {
  if (std::binary_search(column.unusable.begin(), column.unusable.end(), row)) return "missing";
  if (column.is_text) return "`" + std::string(column.Text(row)) + "`";
  if (column.type == ElementType::I64) return std::to_string(KeyOf(column, row));
  return ShortNumber(column.Number(row), 9);
}

// An event's number is whole, and every digit of it was read.
static void RequireNumbers(const Table& table, const Column& column) {
  if (!column.unusable.empty())
    throw ErrorAt(table, column.unusable.front(), column, "column `" + column.name + "` says which event a row belongs to, and holds no " + (column.is_text ? "label" : "number") + " here",
                  "complete the line or take it out of the file");
  if (column.is_text || column.type == ElementType::I64) return;
  for (int64_t row = 0; row < column.rows; ++row) {
    const double number = column.Number(row);
    if (std::fabs(number) >= 0x1p53) throw TooManyDigits(table, column, "about " + ShortNumber(number, 6));
    if (number == std::floor(number)) continue;
    throw ErrorAt(table, row, column, "column `" + column.name + "` says which event a row belongs to, and " + ShortNumber(number, 9) + " is no whole number", "`group` takes a column of whole numbers or of text");
  }
}

namespace {

// What tells a table's events apart.
class Keys {
 public:
  Keys(const Table& table, std::span<const std::string> by) {
    for (const std::string& name : by) {
      columns_.push_back(&table.At(name));
      RequireNumbers(table, *columns_.back());
    }
  }

  const std::vector<const Column*>& columns() const { return columns_; }
  bool Has(Column::Made made) const {
    return std::any_of(columns_.begin(), columns_.end(), [&](const Column* column) { return column->made == made; });
  }

  bool Same(int64_t a, int64_t b) const {
    return std::all_of(columns_.begin(), columns_.end(), [&](const Column* column) { return KeyOf(*column, a) == KeyOf(*column, b); });
  }
  bool Below(int64_t a, int64_t b) const {
    for (const Column* column : columns_)
      if (KeyOf(*column, a) != KeyOf(*column, b)) return KeyOf(*column, a) < KeyOf(*column, b);
    return false;
  }
  // The same in all tables: a number as a whole one, a text by its letters and how many.
  std::string Of(int64_t row) const {
    std::string key;
    for (const Column* column : columns_) {
      const std::string_view text = column->is_text ? column->Text(row) : std::string_view();
      const int64_t part = column->is_text ? static_cast<int64_t>(text.size()) : column->type == ElementType::I64 ? KeyOf(*column, row) : static_cast<int64_t>(column->Number(row));
      key.append(reinterpret_cast<const char*>(&part), sizeof part).append(text);
    }
    return key;
  }
  std::string Described(int64_t row) const {
    std::string text;
    for (const Column* column : columns_) text += (text.empty() ? "`" : ", `") + column->name + "` " + Shown(*column, row);
    return text;
  }

 private:
  std::vector<const Column*> columns_;
};

}  // namespace

// The event of `row` was met before, in row `before`.
static DataError MetAgain(const Table& table, const Keys& keys, int64_t row, int64_t before, RowsOfEvent rows) {
  const std::string event = "the event of " + keys.Described(row), number = std::to_string(PlaceOfRow(table, before).row);
  if (rows == RowsOfEvent::One)
    return ErrorAt(table, row, *keys.columns().front(), event + " has its line in row " + number + " already",
                   "without `each` an event has one line: take the other one out, or list the columns that differ, as in `each = [x, y]`");
  return ErrorAt(table, row, *keys.columns().front(), event + " was begun in row " + number + ", and other events stand between",
                 "the rows of an event stand together: sort the file by it; where events of several runs have one number, name both columns, as in `group = [run, event]`");
}

// The events of one file. One that goes on behind another is two events that are called the same, or rows out of order.
static void GroupPart(const Table& table, const TablePart& part, const Keys& keys, RowsOfEvent rows, std::vector<int64_t>& starts) {
  std::unordered_map<std::string, int64_t> known;  // the row with which an event begins; filled once one is not above that before it
  const size_t first = starts.size();
  bool ascend = true;
  for (int64_t row = part.first; row < part.first + part.count; ++row) {
    if (row > part.first && keys.Same(row, row - 1)) {
      if (rows == RowsOfEvent::One) throw MetAgain(table, keys, row, row - 1, rows);
      continue;
    }
    if (ascend && (row == part.first || keys.Below(row - 1, row))) {
      starts.push_back(row);
      continue;
    }
    for (size_t event = first; ascend && event < starts.size(); ++event) known.emplace(keys.Of(starts[event]), starts[event]);
    ascend = false;
    const auto [entry, is_new] = known.emplace(keys.Of(row), row);
    if (!is_new) throw MetAgain(table, keys, row, entry->second, rows);
    starts.push_back(row);
  }
}

static Grouping Grouped(const Table& table, const Keys& keys, RowsOfEvent rows) {
  Grouping grouping;
  for (const TablePart& part : table.parts) GroupPart(table, part, keys, rows, grouping.starts);
  for (size_t event = 0; event < grouping.starts.size(); ++event) {
    const int64_t end = event + 1 < grouping.starts.size() ? grouping.starts[event + 1] : table.rows;
    grouping.counts.push_back(end - grouping.starts[event]);
    grouping.event_of.insert(grouping.event_of.end(), static_cast<size_t>(grouping.counts.back()), static_cast<int64_t>(event));
  }
  return grouping;
}

Grouping GroupRows(const Table& table, std::span<const std::string> by, RowsOfEvent rows) { return Grouped(table, Keys(table, by), rows); }

static const TablePart& PartOf(const Table& table, int64_t row) {
  return *std::find_if(table.parts.begin(), table.parts.end(), [&](const TablePart& part) { return row < part.first + part.count; });
}

// What an event's name goes by beside its columns: the table's part, and where rows are told apart by their `places` the file's place in the list.
static std::string StretchOf(const Table& table, int64_t row, bool places) {
  const TablePart& of = PartOf(table, row);
  const auto before = places ? std::count_if(table.parts.data(), &of, [&](const TablePart& part) { return part.name == of.name; }) : 0;
  return of.name + '\n' + std::to_string(before) + '\n';
}

// The file that has the place of the row's file in the other table's list; null where there is none.
static const TablePart* FileBeside(const Table& table, int64_t row, const Table& other) {
  const TablePart& of = PartOf(table, row);
  auto before = std::count_if(table.parts.data(), &of, [&](const TablePart& part) { return part.name == of.name; });
  for (const TablePart& part : other.parts)
    if (part.name == of.name && before-- == 0) return &part;
  return nullptr;
}

// Tables whose rows belong together by their places, and do not: the event of `row` is in one of them alone. `lacks` is what the other file does.
static DataError PlacesApart(const Table& table, const Keys& keys, int64_t row, const Table& other, const std::string& lacks) {
  const auto rows = [](const TablePart& part) { return part.count + static_cast<int64_t>(part.dropped.size()); };
  const std::string event = "the event of " + keys.Described(row);
  const TablePart &here = PartOf(table, row), *there = FileBeside(table, row, other);
  const Column& column = *keys.columns().front();
  if (there == nullptr) return ErrorAt(table, row, column, event + " is of a file that has none beside it: the other source's list is shorter", "the files of lists belong together by their places: name as many in each source");
  if (rows(here) == rows(*there))
    return ErrorAt(table, row, column, event + lacks + "`" + there->file + "`",
                   keys.Has(Column::Made::File) ? "where rows are told apart by their places, the files of lists are by theirs: leave the column with the file's name out of `group`, in all sources"
                                                : "the files have as many rows, and in this one another column of `group` differs: bring them to one order, or leave that column out");
  const bool longer = rows(here) > rows(*there);
  const TablePart &most = longer ? here : *there, &least = longer ? *there : here;
  const auto shown = [&](const TablePart& part) { return std::to_string(rows(part)) + (rows(part) == 1 ? " row" : " rows"); };
  const std::string header = rows(most) == rows(least) + 1 && !most.as_header.empty() ? "if the first line of `" + most.file + "` is a header, " + most.as_header + "; otherwise " : "";
  return ErrorAt(table, row, column, event + lacks + "`" + there->file + "`, which has " + shown(*there) + " where this file has " + std::to_string(rows(here)),
                 header + "files whose rows belong together by their places have as many: take out what is no event, as by `skip` or `comment`, or complete the other file");
}

// The files of the table's parts of that name.
static std::string FilesOf(const Table& table, const std::string& part) {
  std::string files;
  for (const TablePart& each : table.parts)
    if (each.name == part) files += (files.empty() ? "`" : ", `") + each.file + "`";
  return files;
}

// The events of the first table by part and key, each once in a part.
static std::unordered_map<std::string, int64_t> EventsByKey(const Table& first, const Grouping& events, const Keys& keys, bool places) {
  std::unordered_map<std::string, int64_t> known;
  for (int64_t event = 0; event < events.events(); ++event) {
    const int64_t row = events.starts[static_cast<size_t>(event)];
    const auto [entry, is_new] = known.emplace(StretchOf(first, row, places) + keys.Of(row), event);
    if (is_new) continue;
    const DataPlace before = PlaceOfRow(first, events.starts[static_cast<size_t>(entry->second)]);
    throw ErrorAt(first, row, *keys.columns().front(), "the event of " + keys.Described(row) + " is one of `" + before.file + "`, too (row " + std::to_string(before.row) + " there), and rows of other files may be of either",
                  "another column tells such events apart, as in `group = [run, event]`, in all files");
  }
  return known;
}

// A column tells events apart as text in both tables or as numbers in both.
static void RequireAlike(const Table& first, const Keys& there, const Table& table, const Keys& here) {
  if (first.rows == 0 || table.rows == 0) return;
  for (size_t i = 0; i < here.columns().size(); ++i) {
    const Column &column = *here.columns()[i], &other = *there.columns()[i];
    if (column.is_text == other.is_text) continue;
    throw ErrorAt(table, 0, column, "column `" + column.name + "` says which event a row belongs to, and holds " + (column.is_text ? "text here and numbers" : "numbers here and text") + " in `" + first.parts.front().file + "`",
                  "a column is numbers where it holds nothing else: begin each event with a letter in both files, as in `e12`");
  }
}

Grouping GroupBeside(const Table& first, const Grouping& events, const Table& table, std::span<const std::string> by, RowsOfEvent rows) {
  const Keys there(first, by), here(table, by);
  RequireAlike(first, there, table, here);
  const bool places = there.Has(Column::Made::Row) && here.Has(Column::Made::Row);
  const std::unordered_map<std::string, int64_t> known = EventsByKey(first, events, there, places);
  const Grouping written = Grouped(table, here, rows);
  Grouping grouping;
  grouping.starts.assign(static_cast<size_t>(events.events()), 0);
  grouping.counts.assign(static_cast<size_t>(events.events()), 0);
  for (int64_t group = 0; group < written.events(); ++group) {
    const int64_t row = written.starts[static_cast<size_t>(group)];
    const auto event = known.find(StretchOf(table, row, places) + here.Of(row));
    if (event == known.end() && places) throw PlacesApart(table, here, row, first, " is none of ");
    if (event == known.end())
      throw ErrorAt(table, row, *here.columns().front(), "the event of " + here.Described(row) + " is none of " + FilesOf(first, PartOf(table, row).name),
                    "the first source says which events there are: add the event there, or take its rows out here; a file that has all events may stand first");
    const auto number = static_cast<size_t>(event->second);
    if (grouping.counts[number] != 0) throw MetAgain(table, here, row, grouping.starts[number], rows);
    grouping.starts[number] = row;
    grouping.counts[number] = written.RowsOf(group);
    grouping.event_of.insert(grouping.event_of.end(), static_cast<size_t>(written.RowsOf(group)), event->second);
  }
  const auto lacks = std::find(grouping.counts.begin(), grouping.counts.end(), 0);
  if (rows == RowsOfEvent::Several || lacks == grouping.counts.end()) return grouping;
  const int64_t row = events.starts[static_cast<size_t>(lacks - grouping.counts.begin())];
  if (places) throw PlacesApart(first, there, row, table, " has no line in ");
  throw ErrorAt(first, row, *there.columns().front(), "the event of " + there.Described(row) + " has no line in " + FilesOf(table, PartOf(first, row).name),
                "a source without `each` has a line for every event; of columns that are listed, as in `each = [x, y]`, an event may have none");
}

void RequireAtMost(const Table& table, const Grouping& grouping, int64_t most) {
  int64_t first = -1, largest = 0, beyond = 0;
  for (int64_t event = 0; event < grouping.events(); ++event) {
    const int64_t rows = grouping.RowsOf(event);
    largest = std::max(largest, rows);
    if (rows <= most) continue;
    ++beyond;
    if (first < 0) first = event;
  }
  if (first < 0) return;
  const std::string others = beyond == 1 ? "" : ", the first of " + std::to_string(beyond) + " such events";
  throw DataError(DataErrorKind::MalformedData, "the event that begins here has " + std::to_string(grouping.RowsOf(first)) + " rows, and there is room for " + std::to_string(most) + others,
                  PlaceOfRow(table, grouping.starts[static_cast<size_t>(first)]), "`most = " + std::to_string(largest) + "` holds the largest of this file; or take rows out before, as the faintest hits");
}

void RequireOneValue(const Table& table, const Column& column, const Grouping& grouping, const std::string& hint) {
  const auto lacks = [&](int64_t row) { return std::binary_search(column.unusable.begin(), column.unusable.end(), row); };
  for (int64_t event = 0; event < grouping.events(); ++event) {
    const int64_t first = grouping.starts[static_cast<size_t>(event)];
    for (int64_t row = first + 1; row < first + grouping.RowsOf(event); ++row) {
      const bool missing = lacks(row);
      if (missing == lacks(first) && (missing || KeyOf(column, row) == KeyOf(column, first))) continue;
      throw ErrorAt(table, row, column, "column `" + column.name + "` is " + Shown(column, row) + " here, and " + Shown(column, first) + " in row " + std::to_string(PlaceOfRow(table, first).row) + " of the same event",
                    missing == lacks(first) ? hint : "every row of an event holds what is of the event: complete the others, or take it out of all");
    }
  }
}

void RequireValueOfEach(const Table& first, const Grouping& events, std::span<const std::string> by, const Table& table, const Grouping& grouping, const Column& column, const std::string& hint) {
  const auto lacks = std::find(grouping.counts.begin(), grouping.counts.end(), 0);
  if (lacks == grouping.counts.end()) return;
  const Keys keys(first, by);
  const int64_t row = events.starts[static_cast<size_t>(lacks - grouping.counts.begin())];
  throw ErrorAt(first, row, *keys.columns().front(), "the event of " + keys.Described(row) + " has no row in " + FilesOf(table, PartOf(first, row).name) + ", whose column `" + column.name + "` has one value in each event", hint);
}

Column CountsByRow(const std::string& name, const Grouping& counted, const Grouping& grouping) {
  Column counts(name, ElementType::I64, {}, static_cast<int64_t>(grouping.event_of.size()));
  auto values = counts.values<int64_t>();
  for (size_t row = 0; row < grouping.event_of.size(); ++row) values[row] = counted.RowsOf(grouping.event_of[row]);
  return counts;
}

// Into an event's place as many of its rows as `most`; the rest stays 0.
static Column Gathered(const Column& column, const Grouping& grouping, std::vector<int64_t> shape, int64_t most) {
  Column events(column.name, column.type, std::move(shape), grouping.events());
  events.is_text = column.is_text;
  events.dictionary = column.dictionary;
  const size_t bytes = ElementSize(column.type) * static_cast<size_t>(column.width());  // of a row
  const char* from = static_cast<const char*>(column.data.data());
  char* to = static_cast<char*>(events.data.data());
  std::memset(to, 0, static_cast<size_t>(events.rows * most) * bytes);
  for (int64_t event = 0; event < events.rows; ++event) {
    if (grouping.RowsOf(event) == 0) continue;
    std::memcpy(to + static_cast<size_t>(event * most) * bytes, from + static_cast<size_t>(grouping.starts[static_cast<size_t>(event)]) * bytes,
                static_cast<size_t>(std::min(most, grouping.RowsOf(event))) * bytes);
  }
  return events;
}

Column OfEvents(const Column& column, const Grouping& grouping) { return Gathered(column, grouping, column.shape, 1); }

Column PaddedRows(const Column& column, const Grouping& grouping, int64_t most) {
  assert(column.shape.empty() && "a row has one number of each column");
  return Gathered(column, grouping, {most}, most);
}

std::vector<int64_t> RowsOfEvents(const Grouping& grouping, std::span<const int64_t> events) {
  std::vector<int64_t> rows;
  for (int64_t event : events)
    for (int64_t k = 0; k < grouping.RowsOf(event); ++k) rows.push_back(grouping.starts[static_cast<size_t>(event)] + k);
  return rows;
}

std::vector<int64_t> FirstRows(const Grouping& grouping, std::span<const int64_t> rows) {
  std::vector<int64_t> first;
  for (int64_t row : rows)
    if (grouping.starts[static_cast<size_t>(grouping.event_of[static_cast<size_t>(row)])] == row) first.push_back(row);
  return first;
}

std::vector<int64_t> EventsOfRows(const Grouping& grouping, std::span<const int64_t> rows) {
  std::vector<int64_t> events;
  for (int64_t row : rows)
    if (const int64_t event = grouping.event_of[static_cast<size_t>(row)]; events.empty() || events.back() != event) events.push_back(event);
  return events;
}

}  // namespace nnc::runtime
