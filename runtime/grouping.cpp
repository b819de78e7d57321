#include "runtime/grouping.h"

#include "runtime/labels.h"
#include "runtime/names.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <bit>
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

struct Keys {
  std::vector<const Column*> columns;

  bool Same(int64_t a, int64_t b) const {
    return std::all_of(columns.begin(), columns.end(), [&](const Column* column) { return KeyOf(*column, a) == KeyOf(*column, b); });
  }
  bool Below(int64_t a, int64_t b) const {
    for (const Column* column : columns)
      if (KeyOf(*column, a) != KeyOf(*column, b)) return KeyOf(*column, a) < KeyOf(*column, b);
    return false;
  }
  std::string Of(int64_t row) const {
    std::string key(columns.size() * sizeof(int64_t), '\0');
    for (size_t i = 0; i < columns.size(); ++i) {
      const int64_t part = KeyOf(*columns[i], row);
      std::memcpy(key.data() + i * sizeof part, &part, sizeof part);
    }
    return key;
  }
  std::string Described(int64_t row) const {
    std::string text;
    for (const Column* column : columns) text += (text.empty() ? "`" : ", `") + column->name + "` " + Shown(*column, row);
    return text;
  }
};

}  // namespace

// The events of one file. One that goes on behind another is two events that are called the same, or rows out of order.
static void GroupPart(const Table& table, const TablePart& part, const Keys& keys, std::vector<int64_t>& starts) {
  std::unordered_map<std::string, int64_t> known;  // the row with which an event begins; filled once one is not above that before it
  const size_t first = starts.size();
  bool ascend = true;
  for (int64_t row = part.first; row < part.first + part.count; ++row) {
    if (row > part.first && keys.Same(row, row - 1)) continue;
    if (ascend && (row == part.first || keys.Below(row - 1, row))) {
      starts.push_back(row);
      continue;
    }
    for (size_t event = first; ascend && event < starts.size(); ++event) known.emplace(keys.Of(starts[event]), starts[event]);
    ascend = false;
    const auto [entry, is_new] = known.emplace(keys.Of(row), row);
    if (!is_new) {
      const DataPlace before = PlaceOfRow(table, entry->second);
      throw ErrorAt(table, row, *keys.columns.front(), "the event of " + keys.Described(row) + " was begun in row " + std::to_string(before.row) + ", and other events stand between",
                    "the rows of an event stand together: sort the file by it; where events of several runs have one number, name both columns, as in `group = [run, event]`");
    }
    starts.push_back(row);
  }
}

Grouping GroupRows(const Table& table, std::span<const std::string> by) {
  Keys keys;
  for (const std::string& name : by) {
    const Column& column = table.At(name);
    RequireNumbers(table, column);
    keys.columns.push_back(&column);
  }
  Grouping grouping;
  for (const TablePart& part : table.parts) GroupPart(table, part, keys, grouping.starts);
  grouping.starts.push_back(table.rows);
  return grouping;
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

Column CountsByRow(const std::string& name, const Grouping& grouping, int64_t rows) {
  Column counts(name, ElementType::I64, {}, rows);
  auto values = counts.values<int64_t>();
  for (int64_t event = 0; event < grouping.events(); ++event)
    std::fill_n(values.begin() + grouping.starts[static_cast<size_t>(event)], grouping.RowsOf(event), grouping.RowsOf(event));
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
  for (int64_t event = 0; event < events.rows; ++event)
    std::memcpy(to + static_cast<size_t>(event * most) * bytes, from + static_cast<size_t>(grouping.starts[static_cast<size_t>(event)]) * bytes,
                static_cast<size_t>(std::min(most, grouping.RowsOf(event))) * bytes);
  return events;
}

Column OfEvents(const Column& column, const Grouping& grouping) { return Gathered(column, grouping, column.shape, 1); }

Column PaddedRows(const Column& column, const Grouping& grouping, int64_t most) {
  std::vector<int64_t> shape{most};
  shape.insert(shape.end(), column.shape.begin(), column.shape.end());
  return Gathered(column, grouping, std::move(shape), most);
}

std::vector<int64_t> RowsOfEvents(const Grouping& grouping, std::span<const int64_t> events) {
  std::vector<int64_t> rows;
  for (int64_t event : events)
    for (int64_t row = grouping.starts[static_cast<size_t>(event)]; row < grouping.starts[static_cast<size_t>(event) + 1]; ++row) rows.push_back(row);
  return rows;
}

std::vector<int64_t> FirstRows(const Grouping& grouping, std::span<const int64_t> rows) {
  std::vector<int64_t> first;
  std::set_intersection(rows.begin(), rows.end(), grouping.starts.begin(), grouping.starts.end(), std::back_inserter(first));
  return first;
}

std::vector<int64_t> EventsOfRows(const Grouping& grouping, std::span<const int64_t> rows) {
  std::vector<int64_t> events;
  for (int64_t row : rows) {
    const int64_t event = std::upper_bound(grouping.starts.begin(), grouping.starts.end(), row) - grouping.starts.begin() - 1;
    if (events.empty() || events.back() != event) events.push_back(event);
  }
  return events;
}

std::vector<int64_t> WholeEvents(const Grouping& grouping, std::span<const int64_t> rows) { return RowsOfEvents(grouping, EventsOfRows(grouping, rows)); }

}  // namespace nnc::runtime
