#include "runtime/csv_column.h"

#include "runtime/number_text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nnc::runtime {

std::optional<double> NumberOfMark(std::string_view mark, const Notation& notation) {
  const auto number = ParseNumber(mark, notation);
  return number ? number : ParseNumber(mark);
}

MissingMarks::MissingMarks(const std::vector<std::string>& marks, const Notation& written) : notation(written) {
  for (const std::string& mark : marks) {
    texts.emplace_back(Trimmed(mark));
    if (const auto number = NumberOfMark(texts.back(), notation)) numbers.push_back(static_cast<float>(*number));
  }
}

bool MissingMarks::HasText(std::string_view text) const { return std::find(texts.begin(), texts.end(), text) != texts.end(); }

std::optional<float> MissingMarks::NumberOf(double value) const {
  const float held = std::fabs(value) < std::numeric_limits<float>::min() ? 0 : static_cast<float>(value);  // denormal numbers are 0 to compiled functions
  const auto known = std::find(numbers.begin(), numbers.end(), held);
  return known == numbers.end() ? std::nullopt : std::optional<float>(*known);
}

Column WithoutLostText(Column column) {
  const MissingMarks none({}, column.notation);  // what was marked is empty by now
  ColumnBuilder builder(column.name, 0, false, none);
  for (int64_t row = 0; row < column.rows; ++row) {
    builder.Add(column.Text(row));
    if (builder.MustRestart()) return column;
  }
  Column read = builder.Finish();
  return read.is_text ? std::move(column) : std::move(read);
}

bool ColumnBuilder::Add(std::string_view text) {
  if (restart_) return true;
  const bool padded = kind_ != Kind::Text && !text.empty() && (text.front() == ' ' || text.back() == ' ');  // in quotes
  if (padded && ParseNumber(Trimmed(text), marks_->notation)) text = Trimmed(text);
  switch (kind_) {
    case Kind::Integer: return AddInteger(text);
    case Kind::Real: return AddReal(text);
    case Kind::Text: break;
  }
  return AddText(text);
}

Column ColumnBuilder::Finish() {
  // A column in which no cell is a number has no integers to keep.
  if (kind_ == Kind::Integer && static_cast<int64_t>(unusable_.size()) == rows_) BecomeReal();
  Column column(name_, FinalType(), {}, rows_);
  column.is_text = kind_ == Kind::Text;
  column.notation = marks_->notation;
  constexpr size_t kFewestWhole = 3;      // others stand for missing values between numbers that are written with three digits
  constexpr int64_t kFewestGrouped = 10;  // of fractions with three digits rounded off, one in ten has fewer
  column.may_be_grouped = kind_ == Kind::Real && !ungrouped_ && grouped_ >= kFewestGrouped && whole_.size() >= kFewestWhole && marks_->notation.thousands == 0;
  SeeNumbers();
  switch (kind_) {
    case Kind::Integer: std::copy(integers_.begin(), integers_.end(), column.values<int64_t>().begin()); break;
    case Kind::Real: std::copy(reals_.begin(), reals_.end(), column.values<double>().begin()); break;
    case Kind::Text: std::copy(codes_.begin(), codes_.end(), column.values<int32_t>().begin()); break;
  }
  column.dictionary = std::move(dictionary_);
  column.unusable = std::move(unusable_);
  column.marked = marked_;
  column.taken = std::move(taken_);
  if (kind_ != Kind::Text) column.alike = {alike_.first, alike_.second, ""}, column.written = std::move(labels_);
  return column;
}

bool ColumnBuilder::AllGrouped() const {
  constexpr int64_t kFewest = 20;
  return kind_ == Kind::Real && !ungrouped_ && grouped_ >= kFewest && marks_->notation.thousands == 0;
}

ElementType ColumnBuilder::FinalType() const {
  switch (kind_) {
    case Kind::Integer: return ElementType::I64;
    case Kind::Real: return ElementType::F64;
    case Kind::Text: break;
  }
  return ElementType::I32;
}

// Whether the value is one of the marks; notes which.
bool ColumnBuilder::TakeMark(double value) {
  if (marks_->numbers.empty()) return false;
  const std::optional<float> mark = marks_->NumberOf(value);
  if (mark) taken_.Take(*mark, rows_);
  return mark.has_value();
}

// The numbers that are no marks, where there are any.
void ColumnBuilder::SeeNumbers() {
  if (marks_->numbers.empty()) return;
  auto unusable = unusable_.begin();  // 0 in a column of integers
  for (size_t row = 0; kind_ == Kind::Integer && row < integers_.size(); ++row) {
    if (unusable != unusable_.end() && *unusable == static_cast<int64_t>(row)) ++unusable;
    else taken_.See(static_cast<double>(integers_[row]));
  }
  for (size_t row = 0; kind_ == Kind::Real && row < reals_.size(); ++row) taken_.See(reals_[row]);
}

bool ColumnBuilder::AddInteger(std::string_view text) {
  auto value = ParseInteger(text);
  if (value == 0 && Trimmed(text).starts_with('-')) value.reset();  // which no integer is
  if (value) {
    if (TakeMark(static_cast<double>(*value))) {
      unusable_.push_back(rows_);
      marked_ = true;
      value = 0;
    } else if (watched_) {
      NoteLabel(text, static_cast<double>(*value));
    }
    integers_.push_back(*value);
    ++rows_;
    return true;
  }
  bool infinite = Trimmed(text).find_first_of("fF") != text.npos;
  if ((IsMissingText(text) && !infinite) || marks_->HasText(text)) {
    marked_ = marked_ || !IsMissingText(text);
    unusable_.push_back(rows_++);
    integers_.push_back(0);
    return true;
  }
  if (!ParseNumber(text, marks_->notation)) return BecomeText(text);
  BecomeReal();
  return AddReal(text);
}

bool ColumnBuilder::AddReal(std::string_view text) {
  auto value = ParseNumber(text, marks_->notation);
  const bool marked = (value && TakeMark(*value)) || (!marks_->texts.empty() && marks_->HasText(text));
  if (marked || (!value && IsMissingText(text))) value = std::numeric_limits<double>::quiet_NaN();
  if (!value) return BecomeText(text);
  marked_ = marked_ || (marked && !IsMissingText(text));
  const bool usable = std::isfinite(static_cast<float>(*value));  // programs compute with floats
  if (!usable) unusable_.push_back(rows_);
  if (!ungrouped_) NoteGroups(text, *value);
  if (watched_ && !std::isnan(*value)) NoteLabel(text, *value);
  reals_.push_back(*value);
  ++rows_;
  return true;
}

void ColumnBuilder::NoteLabel(std::string_view text, double value) {
  constexpr size_t kMost = 1000;  // more are no classes
  if (std::fabs(value) >= 0x1p53) return;  // of which doubles make one number where integers are two
  text = Trimmed(text);
  const auto known = labels_.find(value);
  if (known != labels_.end() && !MayBeTwoLabels(known->second, text)) return;
  if (known != labels_.end()) alike_ = {known->second, std::string(text)};
  else if (labels_.size() < kMost) labels_.emplace(value, text);
  watched_ = alike_.first.empty() && labels_.size() < kMost;
}

void ColumnBuilder::NoteGroups(std::string_view text, double value) {
  text = Trimmed(text);
  const size_t point = text.find(marks_->notation.decimal);
  if (std::isnan(value)) return;
  if (point == text.npos) NoteWhole(value);
  else if (IsGrouped(text, marks_->notation.decimal)) grouped_ += 1;
  else ungrouped_ = fractions_ = true;
  if (point == text.npos && std::fabs(value) >= 1000) ungrouped_ = true;
}

void ColumnBuilder::NoteWhole(double value) {
  constexpr size_t kMost = 3;
  if (whole_.size() < kMost && std::find(whole_.begin(), whole_.end(), value) == whole_.end()) whole_.push_back(value);
}

void ColumnBuilder::BecomeReal() {
  kind_ = Kind::Real;
  ungrouped_ = std::any_of(integers_.begin(), integers_.end(), [](int64_t value) { return value <= -1000 || value >= 1000; });
  reals_.assign(integers_.begin(), integers_.end());
  for (int64_t row : unusable_) reals_[static_cast<size_t>(row)] = std::numeric_limits<double>::quiet_NaN();
  for (double value : reals_)
    if (!std::isnan(value)) NoteWhole(value);
  integers_ = {};
}

bool ColumnBuilder::BecomeText(std::string_view text) {
  restart_ = rows_ > 0;
  integers_ = {};
  reals_ = {};
  unusable_ = {};
  if (restart_) return true;
  kind_ = Kind::Text;
  return AddText(text);
}

bool ColumnBuilder::AddText(std::string_view text) {
  if (!marks_->texts.empty() && marks_->HasText(Trimmed(text))) text = {};
  if (Trimmed(text).empty()) unusable_.push_back(rows_);
  ++rows_;
  if (!codes_.empty() && dictionary_[static_cast<size_t>(codes_.back())] == text) {
    codes_.push_back(codes_.back());
    return true;
  }
  auto known = code_of_.find(text);
  if (known == code_of_.end()) {
    if (!IsUtf8(text)) return false;
    known = code_of_.emplace(text, static_cast<int32_t>(dictionary_.size())).first;
    dictionary_.emplace_back(text);
  }
  codes_.push_back(known->second);
  return true;
}

}  // namespace nnc::runtime
