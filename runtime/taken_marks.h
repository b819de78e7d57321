// The numbers that a source's `missing` lists, as they lie among the other numbers of a column.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace nnc::runtime {

class TakenMarks {
 public:
  // A number that the column's cells were compared with.
  struct Mark {
    float number = 0;
    int64_t count = 0, first = 0;  // cells that are it, and the row of the first as the files have it, before any was dropped
    double below = -std::numeric_limits<double>::infinity(), above = std::numeric_limits<double>::infinity();  // its neighbours among the others
  };

  TakenMarks() = default;
  explicit TakenMarks(std::span<const float> numbers);

  // A cell that is one of the marks, and a number that is none.
  void Take(float number, int64_t row);
  void See(double number);
  // With those of a file that stands behind these rows.
  TakenMarks With(const TakenMarks& behind, int64_t rows) const;

  const Mark* Find(float number) const;
  // Whether it lies in the midst of the others, near to some on both sides; and whether it lies beyond all of them.
  bool IsAmong(const Mark& mark) const;
  bool IsBeyond(const Mark& mark) const;

 private:
  std::vector<Mark> marks_;
  double least_ = std::numeric_limits<double>::infinity(), greatest_ = -std::numeric_limits<double>::infinity();
};

}  // namespace nnc::runtime
