#include "runtime/labels.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace nnc::runtime {

static DataError ErrorAt(DataErrorKind kind, std::string message, const Table& table, const Column& column, int64_t row) {
  DataPlace place = PlaceOfRow(table, row);
  place.column = column.name;
  return DataError(kind, std::move(message), std::move(place));
}

// A whole number of a numeric column.
static int64_t IntegerLabel(const Table& table, const Column& column, int64_t row) {
  if (column.type == ElementType::I64) return column.values<int64_t>()[row];
  double value = column.Number(row);
  if (value == std::floor(value) && std::fabs(value) < 0x1p62) return static_cast<int64_t>(value);
  throw ErrorAt(DataErrorKind::MalformedData, "a label of column `" + column.name + "` is no whole number", table, column, row);
}

static void RequireUsable(const Table& table, const Column& column, int64_t row) {
  if (column.unusable.empty()) return;
  if (!std::binary_search(column.unusable.begin(), column.unusable.end(), row)) return;
  throw ErrorAt(DataErrorKind::NonFiniteData, "a missing label in column `" + column.name + "`", table, column, row);
}

LabelDictionary LabelDictionary::Fit(const Table& table, const Column& column, std::span<const int64_t> rows) {
  std::string name = "`" + column.name + "`";
  if (!column.shape.empty()) {
    throw DataError(DataErrorKind::MalformedData, "column " + name + " holds a tensor per row, not a label");
  }
  if (rows.empty()) throw DataError(DataErrorKind::EmptyData, "there are no rows to learn the labels of " + name + " from");
  LabelDictionary dictionary;
  dictionary.is_text_ = column.is_text;
  if (column.is_text) {
    std::vector<bool> present(column.dictionary.size());
    for (int64_t row : rows) {
      RequireUsable(table, column, row);
      present[static_cast<size_t>(column.values<int32_t>()[row])] = true;
    }
    for (size_t code = 0; code < present.size(); ++code) {
      if (present[code]) dictionary.labels_.push_back(column.dictionary[code]);
    }
    std::sort(dictionary.labels_.begin(), dictionary.labels_.end());
  } else {
    std::set<int64_t> present;
    for (int64_t row : rows) {
      RequireUsable(table, column, row);
      present.insert(IntegerLabel(table, column, row));
    }
    for (int64_t value : present) dictionary.labels_.push_back(std::to_string(value));
  }
  dictionary.IndexLabels();
  return dictionary;
}

void LabelDictionary::IndexLabels() {
  class_of_.clear();
  for (size_t i = 0; i < labels_.size(); ++i) class_of_.emplace(labels_[i], static_cast<int64_t>(i));
}

int64_t LabelDictionary::Find(const std::string& label) const {
  auto found = class_of_.find(label);
  return found == class_of_.end() ? -1 : found->second;
}

std::vector<int64_t> LabelDictionary::Encode(const Table& table, const Column& column) const {
  std::vector<int64_t> rows(static_cast<size_t>(column.rows));
  for (int64_t row = 0; row < column.rows; ++row) rows[static_cast<size_t>(row)] = row;
  return Encode(table, column, rows);
}

static std::string QuotedList(const std::vector<std::string>& labels) {
  std::string list;
  for (size_t i = 0; i < labels.size() && i < 8; ++i) list += (i ? ", `" : "`") + labels[i] + "`";
  if (labels.size() > 8) list += ", ...";
  return list;
}

std::vector<int64_t> LabelDictionary::Encode(const Table& table, const Column& column, std::span<const int64_t> rows) const {
  if (column.is_text != is_text_ && column.rows > 0) {
    throw DataError(DataErrorKind::MalformedData,
                    "column `" + column.name + "` holds " + (column.is_text ? "text" : "numbers") +
                        " where its labels were learned from " + (is_text_ ? "text" : "numbers"),
                    PlaceOfRow(table, 0));
  }
  auto unknown = [&](const std::string& label, int64_t row) {
    return ErrorAt(DataErrorKind::UnknownLabel,
                    "label `" + label + "` of column `" + column.name +
                        "` is not among those of the training part: " + QuotedList(labels_),
                    table, column, row);
  };
  std::vector<int64_t> classes;
  classes.reserve(rows.size());
  std::vector<int64_t> class_of_code;
  for (const std::string& word : column.dictionary) class_of_code.push_back(Find(word));
  int64_t last_value = 0;
  int64_t last_class = -1;
  for (int64_t row : rows) {
    RequireUsable(table, column, row);
    if (column.is_text) {
      last_class = class_of_code[static_cast<size_t>(column.values<int32_t>()[row])];
      if (last_class < 0) throw unknown(std::string(column.Text(row)), row);
    } else {
      int64_t value = IntegerLabel(table, column, row);
      if (last_class < 0 || value != last_value) last_class = Find(std::to_string(value));
      if (last_class < 0) throw unknown(std::to_string(value), row);
      last_value = value;
    }
    classes.push_back(last_class);
  }
  return classes;
}

std::string LabelDictionary::ToJson() const {
  nlohmann::json list = nlohmann::json::array();
  for (const std::string& label : labels_) {
    if (is_text_) list.push_back(label);
    else list.push_back(std::stoll(label));
  }
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

LabelDictionary LabelDictionary::FromJson(std::string_view text) {
  nlohmann::json list = nlohmann::json::parse(text, nullptr, false);
  auto fail = [] { return DataError(DataErrorKind::MalformedData, "a stored label dictionary is damaged"); };
  if (!list.is_array() || list.empty()) throw fail();
  LabelDictionary dictionary;
  dictionary.is_text_ = list[0].is_string();
  for (const auto& entry : list) {
    if (entry.is_string() != dictionary.is_text_ || !(entry.is_string() || entry.is_number_integer())) throw fail();
    dictionary.labels_.push_back(entry.is_string() ? entry.get<std::string>() : std::to_string(entry.get<int64_t>()));
  }
  dictionary.IndexLabels();
  if (dictionary.class_of_.size() != dictionary.labels_.size()) throw fail();
  return dictionary;
}

}  // namespace nnc::runtime
