#include "runtime/fill.h"

#include "runtime/foreign_number.h"
#include "runtime/names.h"
#include "runtime/number_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <vector>

namespace nnc::runtime {

static DataError Unfit(const Table& table, const Column& column, DataErrorKind kind, std::string message, std::string hint = "") {
  return DataError(kind, std::move(message), {table.parts.empty() ? "" : table.parts.front().file, 0, 0, column.name}, std::move(hint));
}

std::string FillValue::ToJson() const {
  nlohmann::json stored = is_label ? nlohmann::json(label) : nlohmann::json(number);
  return stored.dump();
}

FillValue FillValue::FromJson(std::string_view text) {
  nlohmann::json stored = nlohmann::json::parse(text, nullptr, false);
  if (stored.is_string()) return {true, 0, stored.get<std::string>()};
  if (stored.is_number()) return {false, stored.get<double>(), ""};
  throw DataError(DataErrorKind::MalformedData, "a stored fill value is damaged");
}

static double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

static double Median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  double below = *std::max_element(values.begin(), middle);
  return below + (*middle - below) / 2;
}

template <typename Key>
static Key MostFrequent(const std::map<Key, int64_t>& counts) {
  return std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
}

// Where the column has no value at all: which have none.
static std::string NoValues(const Table& table, const Column& column) {
  const auto none = [](const Column& each) { return each.rows > 0 && each.unusable.size() == static_cast<size_t>(each.rows); };
  if (!none(column)) return "";
  std::string list, names;
  size_t count = 0;
  for (const Column& each : table.columns)
    if (none(each)) list += (count++ == 0 ? "`" : ", `") + each.name + "`", names += ", " + InProgram(each.name);
  return "no event has a value in " + list + ": leave " + (count == 1 ? "it" : "them") + " out, as by `all except ..." + names + "`";
}

// Whether some of its cells are numbers, as they stand or in another notation: the others keep the column from being one of numbers.
static bool HoldsNumbers(const Column& column) {
  return std::any_of(column.dictionary.begin(), column.dictionary.end(), [&](const std::string& text) { return ParseNumber(text, column.notation) || FindForeignNumber(text, column.notation); });
}

FillValue FitFill(const Table& table, const Column& column, FillFigure figure, std::span<const int64_t> rows) {
  auto usable = [&](int64_t row) { return !std::binary_search(column.unusable.begin(), column.unusable.end(), row); };
  auto none = [&] {
    return Unfit(table, column, DataErrorKind::EmptyData, "no event of the training part has a value in column `" + column.name + "` to fill others from", NoValues(table, column));
  };
  if (column.is_text) {
    if (figure != FillFigure::MostFrequent && HoldsNumbers(column)) RequireNumber(table, column);
    if (figure != FillFigure::MostFrequent)
      throw Unfit(table, column, DataErrorKind::MalformedData, "column `" + column.name + "` holds text, which has no mean or median",
                  "`fill[" + column.name + "] = most_frequent`, or a label in quotes");
    std::map<std::string, int64_t> counts;
    for (int64_t row : rows)
      if (usable(row)) ++counts[std::string(column.Text(row))];
    if (counts.empty()) throw none();
    return {true, 0, MostFrequent(counts)};
  }
  std::vector<double> values;
  for (int64_t row : rows)
    if (usable(row)) values.push_back(column.Number(row));
  if (values.empty()) throw none();
  switch (figure) {
    case FillFigure::Mean: return {false, Mean(values), ""};
    case FillFigure::Median: return {false, Median(std::move(values)), ""};
    case FillFigure::MostFrequent: break;
  }
  std::map<double, int64_t> counts;
  for (double value : values) ++counts[value];
  if (counts.size() > 1 && counts.size() == values.size())
    throw Unfit(table, column, DataErrorKind::MalformedData, "no value of column `" + column.name + "` occurs twice in the training part, and none is the most frequent",
                "`fill[" + InProgram(column.name) + "] = median`, or a number");
  return {false, MostFrequent(counts), ""};
}

void FillUnusable(const Table& table, Column& column, const FillValue& value) {
  if (column.unusable.empty()) return;
  if (!column.is_text) {
    if (value.is_label)
      throw Unfit(table, column, DataErrorKind::MalformedData,
                  "column `" + column.name + "` holds numbers, and its missing values would become the label `" + value.label + "`");
    FillUnusable(column, value.number);
    return;
  }
  if (!value.is_label && HoldsNumbers(column)) RequireNumber(table, column);
  if (!value.is_label)
    throw Unfit(table, column, DataErrorKind::MalformedData, "column `" + column.name + "` holds text, and its missing values would become a number",
                "a label in quotes, as in `fill[" + InProgram(column.name) + "] = \"none\"`, or `most_frequent`");
  auto known = std::find(column.dictionary.begin(), column.dictionary.end(), value.label);
  auto code = static_cast<int32_t>(known - column.dictionary.begin());
  if (known == column.dictionary.end()) column.dictionary.push_back(value.label);
  for (int64_t row : column.unusable) column.values<int32_t>()[static_cast<size_t>(row)] = code;
  column.unusable.clear();
}

}  // namespace nnc::runtime
