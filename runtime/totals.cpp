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

// What a row holds in all of these columns, of the rows from `first` up to it: "sums", "means", or "". As they are rounded in a file: sums to a
// thousandth, means to a hundredth of the deviation, which an event meets in two columns once in ten thousand.
static std::string TotalsIn(const std::vector<const Column*>& columns, int64_t first, int64_t row) {
  constexpr double kOfSum = 1e-3, kOfDeviation = 1e-2;
  bool sums = true, means = true;
  size_t told = 0;
  for (const Column* column : columns) {
    if (std::binary_search(column->unusable.begin(), column->unusable.end(), row)) continue;
    const double number = column->Number(row);
    const Figures figures(*column, first, row);
    if (!std::isfinite(figures.mean)) continue;
    if (figures.deviation == 0 && figures.mean == number) continue;  // the same for all
    ++told;
    sums = sums && std::fabs(number - figures.sum) <= kOfSum * std::fabs(figures.sum);
    means = means && std::fabs(number - figures.mean) <= kOfDeviation * figures.deviation;
    if (!sums && !means) return "";
  }
  return told < 2 ? "" : sums ? "sums" : "means";
}

void NoteTotals(Table& table, const std::vector<std::string>& names) {
  constexpr int64_t kFewest = 5, kMost = 100000, kLines = 3;  // longer files are not written by hand
  std::vector<const Column*> columns;
  for (const std::string& name : names)
    if (const Column* column = table.Find(name); column != nullptr && !column->is_text && column->width() == 1) columns.push_back(column);
  for (TablePart& part : table.parts)
    for (int64_t lines = std::min(kLines, part.count - kFewest); lines > 0 && part.count <= kMost; --lines) {
      const int64_t above = part.count - lines, row = part.first + above;
      std::string of = TotalsIn(columns, part.first, row);
      if (of.empty() && part.first > 0 && row <= kMost && &part == &table.parts.back()) of = TotalsIn(columns, 0, row);
      if (of.empty()) continue;
      part.totals = {of, lines, above, PlaceOfRow(table, row)};
      break;
    }
}

}  // namespace nnc::runtime
