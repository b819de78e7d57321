#include "runtime/totals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace nnc::runtime {

namespace {

// Figures of the cells of a column that hold a number, from one row up to another.
class Figures {
 public:
  Figures(const Column& column, int64_t first) : column_(column), first_(first), end_(first), unusable_(std::lower_bound(column.unusable.begin(), column.unusable.end(), first)) {}

  // Takes the rows up to this one.
  void Extend(int64_t end) {
    for (; end_ < end; ++end_) {
      if (!IsUsable(unusable_, end_)) continue;
      const double number = column_.Number(end_);
      sum_ += number;
      least_ = std::min(least_, number);
      largest_ = std::max(largest_, number);
      ++count_;
    }
  }
  double Sum() const { return sum_; }
  double Mean() const { return sum_ / static_cast<double>(count_); }
  double Range() const { return largest_ - least_; }
  double Deviation() const {
    double squares = 0;
    auto unusable = std::lower_bound(column_.unusable.begin(), column_.unusable.end(), first_);
    for (int64_t row = first_; row < end_; ++row)
      if (IsUsable(unusable, row)) squares += (column_.Number(row) - Mean()) * (column_.Number(row) - Mean());
    return std::sqrt(squares / static_cast<double>(count_));
  }

 private:
  using Rows = std::vector<int64_t>::const_iterator;
  bool IsUsable(Rows& unusable, int64_t row) const {
    if (unusable == column_.unusable.end() || *unusable != row) return true;
    ++unusable;
    return false;
  }

  const Column& column_;
  int64_t first_, end_, count_ = 0;
  Rows unusable_;
  double sum_ = 0, least_ = std::numeric_limits<double>::infinity(), largest_ = -std::numeric_limits<double>::infinity();
};

}  // namespace

// What a cell is of those above it; nothing where it does not tell, as these are alike. As figures are rounded in a file: sums to a thousandth, means
// to a hundredth of the deviation, which an event meets in two columns once in ten thousand.
static std::optional<TablePart::Totals::Figure> FigureOf(const Figures& above, double number) {
  constexpr double kOfSum = 1e-3, kOfDeviation = 1e-2;
  const double mean = above.Mean(), distance = std::fabs(number - mean);
  if (!std::isfinite(mean) || (above.Range() == 0 && mean == number)) return std::nullopt;
  const bool near = distance <= kOfDeviation * above.Range();  // no deviation is larger than the range
  return TablePart::Totals::Figure{std::fabs(number - above.Sum()) <= kOfSum * std::fabs(above.Sum()), near && distance <= kOfDeviation * above.Deviation()};
}

// The figures that the rows from `first` on end in, in some column: of the rows from `begin` on.
static void NoteFigures(const Table& table, TablePart& part, int64_t begin, int64_t first) {
  std::vector<TablePart::Totals> found;
  const int64_t end = part.first + part.count;
  for (int64_t row = first; row < end; ++row) found.push_back({end - row, row - part.first, PlaceOfRow(table, row), {}});
  for (const Column& column : table.columns) {
    if (column.is_text || column.width() != 1 || column.made != Column::Made::No) continue;
    Figures above(column, begin);
    for (int64_t row = first; row < end; ++row) {
      above.Extend(row);
      if (std::binary_search(column.unusable.begin(), column.unusable.end(), row)) continue;
      if (const auto figure = FigureOf(above, column.Number(row))) found[static_cast<size_t>(row - first)].figures[column.name] = *figure;
    }
  }
  part.totals.insert(part.totals.end(), found.begin(), found.end());
}

void NoteTotals(Table& table) {
  constexpr int64_t kFewest = 5, kMost = 100000, kLines = 3;  // longer files are not written by hand
  for (TablePart& part : table.parts) {
    const int64_t end = part.first + part.count, first = std::max(end - kLines, part.first);
    if (part.count > kMost) continue;
    NoteFigures(table, part, part.first, std::min(end, std::max(first, part.first + kFewest)));
    if (part.first > 0 && end <= kMost && &part == &table.parts.back()) NoteFigures(table, part, 0, std::min(end, std::max(first, kFewest)));
  }
}

std::string KindOf(const TablePart::Totals& totals, const std::set<std::string>& columns) {
  bool sums = true, means = true;
  size_t told = 0;
  for (const auto& [column, figure] : totals.figures) {
    if (columns.count(column) == 0) continue;
    ++told;
    sums = sums && figure.sum;
    means = means && figure.mean;
  }
  return told < 2 ? "" : sums ? "sums" : means ? "means" : "";
}

}  // namespace nnc::runtime
