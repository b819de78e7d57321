#include "runtime/far_numbers.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "runtime/number_text.h"

namespace nnc::runtime {

constexpr size_t kMarks = 4;       // at an end, at most
constexpr size_t kNeighbours = 5;  // beside which a number repeats often, or does not

// The digits of a number as it is written, but zeros before and behind.
static size_t DigitsOf(double number) {
  std::string digits;
  AppendNumber(digits, std::fabs(number));
  digits.resize(std::min(digits.find_first_of("eE"), digits.size()));
  std::erase(digits, '.');
  const size_t first = digits.find_first_not_of('0');
  return first == digits.npos ? 1 : digits.find_last_not_of('0') + 1 - first;
}

// 99, -999, 999.9, -99.99, ...: what stands for a missing number in many a file.
static bool IsOfNines(double number) {
  std::string digits;
  AppendNumber(digits, std::fabs(number));
  const bool whole = digits.find('.') == digits.npos;
  std::erase(digits, '.');
  return digits.size() >= (whole ? 2 : 3) && digits.find_first_not_of('9') == digits.npos;
}

namespace {

// The outermost different numbers at one end of a column, from there inwards.
class End {
 public:
  explicit End(double sign) : sign_(sign) {}

  void Take(double number, int64_t row) {
    constexpr size_t kHeld = kMarks + kNeighbours + 1;  // one may be 0
    if (held_.size() == kHeld && sign_ * number < sign_ * held_.back().value) return;
    const auto at = std::find_if(held_.begin(), held_.end(), [&](const FarNumber& each) { return sign_ * each.value <= sign_ * number; });
    if (at != held_.end() && at->value == number) {
      ++at->count;
      return;
    }
    held_.insert(at, {number, 1, row});
    if (held_.size() > kHeld) held_.pop_back();
  }

  const std::vector<FarNumber>& held() const { return held_; }

  // How often one of those next to the outermost ones repeats, up to the number `last`. Zeros do so by themselves.
  int64_t MostBehind(size_t outermost, double last) const {
    int64_t most = 0;
    size_t seen = 0;
    for (size_t i = outermost; i < held_.size() && seen < kNeighbours && sign_ * held_[i].value >= sign_ * last; ++i)
      if (held_[i].value != 0) most = std::max(most, held_[i].count), ++seen;
    return most;
  }

 private:
  std::vector<FarNumber> held_;
  double sign_;
};

// The numbers that are left without some at the ends.
struct Others {
  double least = 0, greatest = 0;
  int64_t below = 0, above = 0;  // how often a neighbour at either end repeats
  double Range() const { return greatest - least; }
};

class Search {
 public:
  explicit Search(const Column& column) : column_(column), least_(-1), greatest_(1) {
    for (int64_t row = 0; row < column.rows; ++row) {
      const double number = column.Number(row);
      if (!std::isfinite(number)) continue;
      ++count_;
      least_.Take(number, row);
      greatest_.Take(number, row);
    }
  }

  // As many at both ends as are sure without each other; or one at the lower end that is not.
  std::vector<FarNumber> Find() {
    std::vector<FarNumber> most;
    for (size_t below = 0; below <= kMarks; ++below)
      for (size_t above = 0; above <= kMarks; ++above)
        if (std::vector<FarNumber> found = Without(below, above); found.size() > most.size()) most = std::move(found);
    for (size_t above = 0; above <= 1 && most.empty(); ++above)
      if (const std::optional<Others> others = OthersWithout(1, above); others && (above == 0 || IsOfNines(greatest_.held().front().value)) && MayBe(least_.held().front(), *others)) most = {least_.held().front()};
    return most;
  }

 private:
  std::optional<Others> OthersWithout(size_t below, size_t above) const {
    const auto &low = least_.held(), &high = greatest_.held();
    if (below >= low.size() || above >= high.size() || low[below].value > high[above].value) return std::nullopt;
    const double least = low[below].value, greatest = high[above].value;
    return Others{least, greatest, least_.MostBehind(below, greatest), greatest_.MostBehind(above, least)};
  }

  // The so many outermost numbers, if each is far from all others; one of nines that stands in one cell is no range of theirs.
  std::vector<FarNumber> Without(size_t below, size_t above) {
    const std::optional<Others> others = OthersWithout(below, above);
    if (!others) return {};
    std::vector<FarNumber> found;
    const auto take = [&](FarNumber number) {
      number.sure = IsSure(number, *others);
      number.near = number.sure && DistanceOf(number.value, *others) < others->Range();
      if (number.sure) found.push_back(number);
      return number.sure || (number.count == 1 && IsOfNines(number.value));
    };
    for (size_t i = 0; i < below; ++i)
      if (!take(least_.held()[i])) return {};
    for (size_t i = above; i-- > 0;)
      if (!take(greatest_.held()[i])) return {};
    return found;
  }

  bool IsSure(const FarNumber& number, const Others& others) {
    constexpr double kFar = 100;  // ranges, as the largest number of a type is from any that was measured
    constexpr double kHuge = 1e6;
    constexpr size_t kDigits = 4, kSome = 10;
    constexpr int64_t kFewest = 2, kSeveral = 5;
    const double value = number.value, range = others.Range(), distance = DistanceOf(value, others);
    if (number.count < kFewest) return false;
    if (distance > range && IsOfNines(value)) return true;
    if (range == 0) return false;
    // A number that was measured has more digits than one that somebody chose, but for the largest of a type; beside few others it may be one of
    // theirs, as amounts that are sold are.
    if (distance >= kFar * range && (DigitsOf(value) <= kDigits || std::fabs(value) >= kHuge) && (value <= 0 || std::fabs(value) >= kHuge || Different(others) >= kSome)) return true;
    if (IsWellBelow(value, others) && number.count >= kSeveral && distance >= 2 * range && Different(others) >= kSome) return true;
    return IsApart(number, others) || IsNegativeAlone(number, others);
  }

  // One that another column with the same tells.
  bool MayBe(const FarNumber& number, const Others& others) {
    constexpr size_t kSome = 10;
    constexpr int64_t kSeveral = 5;
    return IsWellBelow(number.value, others) && number.count >= kSeveral && others.Range() > 0 && 4 * DistanceOf(number.value, others) >= others.Range() && Different(others) >= kSome;
  }

  // As no detector saturates at.
  static bool IsWellBelow(double value, const Others& others) {
    constexpr double kBelow = -50;
    return value <= kBelow && value < others.least && value == std::floor(value);
  }

  // In so many times as many cells as its neighbours, which does not come of values that stand in several rows each. What a program computed, as a mean,
  // has many digits.
  static bool Repeats(const FarNumber& number, const Others& others, int64_t times) {
    constexpr size_t kDigits = 6;
    return number.count > times * (number.value < others.least ? others.below : others.above) && DigitsOf(number.value) <= kDigits;
  }

  // Of few cells, as a detector that saturates fills, more is asked.
  bool IsApart(const FarNumber& number, const Others& others) {
    constexpr double kFar = 2, kFarOfFew = 6, kGaps = 10;
    constexpr int64_t kFewest = 3, kSeveral = 5;
    const bool zero = number.value == 0;
    const double distance = DistanceOf(number.value, others), far = number.count >= kSeveral ? kFar : kFarOfFew;
    if (number.count < kFewest || distance < (zero ? 1.5 * far : far) * others.Range() || (zero && 2 * number.count > count_)) return false;
    return Repeats(number, others, 2) && AreMany(others) && distance >= kGaps * LargestGap(others);
  }

  bool IsNegativeAlone(const FarNumber& number, const Others& others) {
    constexpr int64_t kSeveral = 5;
    if (number.value >= 0 || others.least < 0 || number.count < kSeveral || !Repeats(number, others, 3)) return false;
    return (number.value == std::floor(number.value) || DistanceOf(number.value, others) >= others.Range()) && AreMany(others);
  }

  static double DistanceOf(double value, const Others& others) { return value < others.least ? others.least - value : value - others.greatest; }

  bool AreMany(const Others& others) {
    constexpr size_t kMany = 20;
    return Different(others) >= kMany;
  }
  size_t Different(const Others& others) {
    const auto [begin, end] = SortedOf(others);
    return static_cast<size_t>(end - begin);
  }
  double LargestGap(const Others& others) {
    const auto [begin, end] = SortedOf(others);
    double largest = 0;
    for (auto at = begin; at + 1 < end; ++at) largest = std::max(largest, at[1] - at[0]);
    return largest;
  }

  // The different numbers among the others, sorted once any are asked for.
  using Place = std::vector<double>::const_iterator;
  std::pair<Place, Place> SortedOf(const Others& others) {
    if (sorted_.empty()) {
      for (int64_t row = 0; row < column_.rows; ++row)
        if (const double number = column_.Number(row); std::isfinite(number)) sorted_.push_back(number);
      std::sort(sorted_.begin(), sorted_.end());
      sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
    }
    return {std::lower_bound(sorted_.cbegin(), sorted_.cend(), others.least), std::upper_bound(sorted_.cbegin(), sorted_.cend(), others.greatest)};
  }

  const Column& column_;
  int64_t count_ = 0;  // of finite cells
  End least_, greatest_;
  std::vector<double> sorted_;
};

}  // namespace

std::vector<FarNumber> FarNumbers(const Column& column) {
  if (column.is_text || column.width() != 1) return {};
  return Search(column).Find();
}

}  // namespace nnc::runtime
