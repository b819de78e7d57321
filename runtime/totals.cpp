#include "runtime/totals.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace nnc::runtime {

namespace {

// Of a column's cells that hold a number, in some of its rows.
struct Figures {
  double sum = 0, mean = 0, deviation = 0;

  Figures(const Column& column, int64_t first, int64_t end) {
    double squares = 0;
    int64_t count = 0;
    ForUsable(column, first, end, [&](double number) { sum += number, ++count; });
    mean = sum / static_cast<double>(count);
    ForUsable(column, first, end, [&](double number) { squares += (number - mean) * (number - mean); });
    deviation = std::sqrt(squares / static_cast<double>(count));
  }

 private:
  static void ForUsable(const Column& column, int64_t first, int64_t end, const std::function<void(double)>& each) {
    auto unusable = std::lower_bound(column.unusable.begin(), column.unusable.end(), first);
    for (int64_t row = first; row < end; ++row)
      if (unusable != column.unusable.end() && *unusable == row) ++unusable;
      else each(column.Number(row));
  }
};

}  // namespace

// What a row holds of the rows from `first` up to it, by columns that tell: not where all rows are alike. As figures are rounded in a file: sums to a
// thousandth, means to a hundredth of the deviation, which an event meets in two columns once in ten thousand.
static TablePart::Totals TotalsIn(const Table& table, const TablePart& part, int64_t first, int64_t row) {
  constexpr double kOfSum = 1e-3, kOfDeviation = 1e-2;
  TablePart::Totals totals{part.first + part.count - row, row - part.first, PlaceOfRow(table, row), {}};
  for (const Column& column : table.columns) {
    if (column.is_text || column.width() != 1 || std::binary_search(column.unusable.begin(), column.unusable.end(), row)) continue;
    const double number = column.Number(row);
    const Figures figures(column, first, row);
    if (!std::isfinite(figures.mean) || (figures.deviation == 0 && figures.mean == number)) continue;
    totals.figures[column.name] = {std::fabs(number - figures.sum) <= kOfSum * std::fabs(figures.sum), std::fabs(number - figures.mean) <= kOfDeviation * figures.deviation};
  }
  return totals;
}

void NoteTotals(Table& table) {
  constexpr int64_t kFewest = 5, kMost = 100000, kLines = 3;  // longer files are not written by hand
  for (TablePart& part : table.parts)
    for (int64_t lines = std::min(kLines, part.count); lines > 0 && part.count <= kMost; --lines) {
      const int64_t row = part.first + part.count - lines;
      if (row - part.first >= kFewest) part.totals.push_back(TotalsIn(table, part, part.first, row));
      if (part.first > 0 && row >= kFewest && row <= kMost && &part == &table.parts.back()) part.totals.push_back(TotalsIn(table, part, 0, row));
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
