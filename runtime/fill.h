// What becomes of missing and non-finite cells: a number or label that is given, or a figure of the training part.
#pragma once

#include "runtime/table.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nnc::runtime {

enum class FillFigure { Mean, Median, MostFrequent };

struct FillValue {
  bool is_label = false;
  double number = 0;
  std::string label;

  // A number or a string, for the metadata of a weights file; and back. FromJson throws DataError MalformedData.
  std::string ToJson() const;
  static FillValue FromJson(std::string_view json);
};

// The figure over the column's usable cells in the given rows: the middle (of two, their mean), or the most frequent value, of several
// the smallest (of labels the first in the alphabet). Throws DataError EmptyData where no cell is usable, MalformedData for the mean
// or median of text.
FillValue FitFill(const Table& table, const Column& column, FillFigure figure, std::span<const int64_t> rows);

// Gives the column's unusable cells the value; a fraction turns an integer column into F64, a label that the column does not have becomes
// one more. Throws DataError MalformedData for a label among numbers or a number among labels.
void FillUnusable(const Table& table, Column& column, const FillValue& value);

}  // namespace nnc::runtime
