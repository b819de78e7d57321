#include "runtime/labels.h"

#include "runtime/names.h"
#include "runtime/number_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <map>

namespace nnc::runtime {

static DataError ErrorAt(DataErrorKind kind, std::string message, const Table& table, const Column& column, int64_t row) {
  DataPlace place = PlaceOfRow(table, row);
  place.column = column.name;
  return DataError(kind, std::move(message), std::move(place));
}

DataError TooManyDigits(const Table& table, const Column& column, const std::string& label) {
  return DataError(DataErrorKind::MalformedData, "column `" + column.name + "` holds numbers of too many digits to tell labels apart: one is " + label,
                   {table.parts.empty() ? "" : table.parts.front().file, 0, 0, column.name},
                   "labels that begin with a letter are text, of any length: write them so in the file");
}

// A whole number of a numeric column.
static int64_t IntegerLabel(const Table& table, const Column& column, int64_t row) {
  if (column.type == ElementType::I64) return column.values<int64_t>()[row];
  double value = column.Number(row);
  if (value == std::floor(value) && std::fabs(value) < 0x1p62) return static_cast<int64_t>(value);
  if (std::fabs(value) >= 0x1p62) throw TooManyDigits(table, column, "about " + ShortNumber(value, 6));
  DataError error = ErrorAt(DataErrorKind::MalformedData, "a label of column `" + column.name + "` is no whole number", table, column, row);
  error.hint = "numbers with fractions tell no classes apart: take the column as it is, or cut it, as in `" + InProgram(column.name) + " > " + ShortNumber(value, 4) + "`";
  throw error;
}

static void RequireUsable(const Table& table, const Column& column, int64_t row) {
  if (column.unusable.empty()) return;
  if (!std::binary_search(column.unusable.begin(), column.unusable.end(), row)) return;
  DataError error = ErrorAt(DataErrorKind::NonFiniteData, "a missing label in column `" + column.name + "`", table, column, row);
  error.hint = column.is_text ? MissingHint(column) : "`drop = true` leaves such events out; of an input, `fill[" + InProgram(column.name) + "] = most_frequent` replaces it";
  throw error;
}

LabelDictionary LabelDictionary::Fit(const Table& table, const Column& column, std::span<const int64_t> rows, const UnseenLabels& unseen) {
  std::string name = "`" + column.name + "`";
  if (!column.shape.empty()) {
    throw DataError(DataErrorKind::MalformedData, "column " + name + " holds a tensor per row, not a label");
  }
  if (rows.empty()) throw DataError(DataErrorKind::EmptyData, "there are no rows to learn the labels of " + name + " from");
  const int64_t least = unseen.name.empty() ? 1 : unseen.least;
  LabelDictionary dictionary;
  dictionary.is_text_ = column.is_text;
  if (column.is_text) {
    std::vector<int64_t> count(column.dictionary.size());
    for (int64_t row : rows) {
      RequireUsable(table, column, row);
      ++count[static_cast<size_t>(column.values<int32_t>()[row])];
    }
    for (size_t code = 0; code < count.size(); ++code) {
      if (count[code] == 0) continue;
      if (count[code] >= least) dictionary.labels_.push_back(column.dictionary[code]);
      else dictionary.met_unseen_ = true;
    }
    std::sort(dictionary.labels_.begin(), dictionary.labels_.end());
  } else {
    std::map<int64_t, int64_t> count;
    for (int64_t row : rows) {
      RequireUsable(table, column, row);
      ++count[IntegerLabel(table, column, row)];
    }
    for (auto [value, times] : count)
      if (times >= least) dictionary.labels_.push_back(std::to_string(value));
      else dictionary.met_unseen_ = true;
  }
  dictionary.AddUnseen(unseen.name);
  return dictionary;
}

void LabelDictionary::AddUnseen(const std::string& name) {
  learned_ = labels_.size();
  auto known = std::find(labels_.begin(), labels_.end(), name);
  if (!name.empty()) unseen_class_ = known - labels_.begin();
  if (known != labels_.end()) met_unseen_ = true;
  if (!name.empty() && known == labels_.end()) labels_.push_back(name);
  IndexLabels();
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

std::string Unwritten(std::string_view label) {
  label = Trimmed(label);
  if (const auto number = ParseNumber(label)) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", *number);
    return text;
  }
  std::string lower(label);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

bool IsWrittenLike(std::string_view label, std::string_view other) {
  const auto ended = [](std::string_view text) {
    text = Trimmed(text);
    return text.substr(0, text.find_last_not_of(".,;:") + 1);
  };
  return Unwritten(ended(label)) == Unwritten(ended(other));
}

static std::string QuotedList(const std::vector<std::string>& labels) {
  std::string list;
  for (size_t i = 0; i < labels.size() && i < 8; ++i) list += (i ? ", `" : "`") + labels[i] + "`";
  if (labels.size() > 8) list += ", ...";
  return list;
}

// What a program says where labels of a column that training did not meet come to a model.
static std::string InputWithUnseen(const std::string& column) {
  return "an input that may hold such labels gives them a class, as in `onehot(" + InProgram(column) + ", unseen = \"other\")`, which is one place longer";
}

// Whether the row may be one of names: it has no number.
static bool MayBeHeader(const Table& table, int64_t row) {
  return std::all_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
    return column.is_text ? !ParseNumber(column.Text(row), column.notation) : std::binary_search(column.unusable.begin(), column.unusable.end(), row);
  });
}

std::vector<int64_t> LabelDictionary::Encode(const Table& table, const Column& column, std::span<const int64_t> rows) const {
  auto unknown = [&](const std::string& label, int64_t row) {
    DataError error = ErrorAt(DataErrorKind::UnknownLabel,
                              "label `" + label + "` of column `" + column.name +
                                  "` is not among those of the training part: " + QuotedList(labels_),
                              table, column, row);
    error.of_input = InputWithUnseen(column.name);
    const auto add = [&](const std::string& cure) { error.hint += (error.hint.empty() ? "" : "; ") + cure; };
    const auto like = std::find_if(labels_.begin(), labels_.end(), [&](const std::string& known) { return IsWrittenLike(label, known); });
    if (like != labels_.end()) add("if it means `" + *like + "`, write the two alike in the file");
    if (IsMissingText(label)) add("if it says that there is no value, `missing = " + Literal(label) + "` in the source's braces takes it so");
    if (error.where.line == 1 && MayBeHeader(table, row)) add("if this line is the header, `header = true` in the source's braces skips it");
    return error;
  };
  auto class_of = [&](const std::string& label) {
    int64_t known = Find(label);
    return known < 0 ? unseen_class_ : known;
  };
  std::vector<int64_t> classes;
  classes.reserve(rows.size());
  std::vector<int64_t> class_of_code;
  for (const std::string& word : column.dictionary) class_of_code.push_back(class_of(word));
  int64_t last_value = 0;
  int64_t last_class = -1;
  for (int64_t row : rows) {
    RequireUsable(table, column, row);
    if (column.is_text) {
      last_class = class_of_code[static_cast<size_t>(column.values<int32_t>()[row])];
      if (last_class < 0) throw unknown(std::string(column.Text(row)), row);
    } else {
      int64_t value = IntegerLabel(table, column, row);
      if (last_class < 0 || value != last_value) last_class = class_of(std::to_string(value));
      if (last_class < 0) throw unknown(std::to_string(value), row);
      last_value = value;
    }
    classes.push_back(last_class);
  }
  return classes;
}

std::string LabelDictionary::ToJson() const {
  nlohmann::json list = nlohmann::json::array();
  for (size_t i = 0; i < learned_; ++i) {
    if (is_text_) list.push_back(labels_[i]);
    else list.push_back(std::stoll(labels_[i]));
  }
  nlohmann::json stored = list;
  if (unseen_class_ >= 0) stored = {{"labels", list}, {"unseen", labels_[static_cast<size_t>(unseen_class_)]}, {"met", met_unseen_}};
  return stored.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

LabelDictionary LabelDictionary::FromJson(std::string_view text) {
  nlohmann::json stored = nlohmann::json::parse(text, nullptr, false);
  auto fail = [] { return DataError(DataErrorKind::MalformedData, "a stored label dictionary is damaged"); };
  std::string unseen;
  nlohmann::json list = stored;
  if (stored.is_object()) {
    if (!stored.contains("labels") || !stored.contains("unseen") || !stored["unseen"].is_string()) throw fail();
    list = stored["labels"];
    unseen = stored["unseen"].get<std::string>();
    if (stored.contains("met") && !stored["met"].is_boolean()) throw fail();
  }
  if (!list.is_array() || (list.empty() && unseen.empty())) throw fail();
  LabelDictionary dictionary;
  dictionary.met_unseen_ = !stored.is_object() || stored.value("met", true);
  dictionary.is_text_ = list.empty() || list[0].is_string();
  for (const auto& entry : list) {
    if (entry.is_string() != dictionary.is_text_ || !(entry.is_string() || entry.is_number_integer())) throw fail();
    dictionary.labels_.push_back(entry.is_string() ? entry.get<std::string>() : std::to_string(entry.get<int64_t>()));
  }
  dictionary.AddUnseen(unseen);
  if (dictionary.class_of_.size() != dictionary.labels_.size()) throw fail();
  return dictionary;
}

}  // namespace nnc::runtime
