#include "runtime/taken_marks.h"

#include <algorithm>
#include <cmath>

namespace nnc::runtime {

TakenMarks::TakenMarks(std::span<const float> numbers) {
  for (float number : numbers)
    if (Find(number) == nullptr) marks_.push_back({number});
}

void TakenMarks::Take(float number, int64_t row) {
  for (Mark& mark : marks_)
    if (mark.number == number && mark.count++ == 0) mark.first = row;
}

void TakenMarks::See(double number) {
  if (!std::isfinite(number)) return;
  least_ = std::min(least_, number);
  greatest_ = std::max(greatest_, number);
  for (Mark& mark : marks_) {
    if (number < mark.number) mark.below = std::max(mark.below, number);
    else mark.above = std::min(mark.above, number);
  }
}

TakenMarks TakenMarks::With(const TakenMarks& behind, int64_t rows) const {
  TakenMarks all = *this;
  for (const Mark& mark : behind.marks_) {
    auto known = std::find_if(all.marks_.begin(), all.marks_.end(), [&](const Mark& each) { return each.number == mark.number; });
    if (known == all.marks_.end()) known = all.marks_.insert(known, {mark.number});
    if (known->count == 0) known->first = rows + mark.first;
    known->count += mark.count;
    known->below = std::max(known->below, mark.below);
    known->above = std::min(known->above, mark.above);
  }
  all.least_ = std::min(least_, behind.least_);
  all.greatest_ = std::max(greatest_, behind.greatest_);
  return all;
}

const TakenMarks::Mark* TakenMarks::Find(float number) const {
  const auto found = std::find_if(marks_.begin(), marks_.end(), [&](const Mark& mark) { return mark.number == number; });
  return found == marks_.end() ? nullptr : &*found;
}

bool TakenMarks::IsAmong(const Mark& mark) const {
  constexpr double kNear = 0.05;  // of the range
  const double near = kNear * (greatest_ - least_);
  return mark.number - mark.below <= near && mark.above - mark.number <= near;
}

bool TakenMarks::IsBeyond(const Mark& mark) const { return greatest_ >= least_ && (std::isinf(mark.below) || std::isinf(mark.above)); }

}  // namespace nnc::runtime
