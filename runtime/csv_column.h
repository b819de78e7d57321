// One column of a separated file while it is read.
#pragma once

#include "runtime/table.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nnc::runtime {

// The number that a mark for missing values is: as the file writes numbers, or else as programs do. Empty where it is text.
std::optional<double> NumberOfMark(std::string_view mark, const Notation& notation);

// Cells that say that there is no value, besides the usual ones: those that are numbers count by value, rounded to single
// precision, as compiled functions take what hosts hand over.
struct MissingMarks {
  MissingMarks(const std::vector<std::string>& marks, const Notation& notation);
  bool HasText(std::string_view text) const;
  std::optional<float> NumberOf(double value) const;  // that is the value; nothing: none is
  std::vector<std::string> texts;
  std::vector<float> numbers;
  Notation notation;
};

// Gathers a column. Starts as integers and widens as the cells demand; a column that turns out to be text after some
// numbers is gathered again from the first row, since the numbers' own spelling is what counts then.
class ColumnBuilder {
 public:
  // The marks must outlive the builder.
  ColumnBuilder(std::string name, size_t cell, bool text, const MissingMarks& marks)
      : name_(std::move(name)), cell_(cell), kind_(text ? Kind::Text : Kind::Integer), marks_(&marks), taken_(marks.numbers) {}

  size_t cell() const { return cell_; }
  const std::string& name() const { return name_; }
  bool MustRestart() const { return restart_; }
  bool HasFractions() const { return kind_ == Kind::Real && fractions_; }  // a number with a point that sets no thousands apart
  bool AllGrouped() const;  // every fraction has three digits, and no number before them begins with 0

  // Notes two cells that are one number, as 1.1 and 1.10, in Column::alike.
  void WatchLabels() { watched_ = true; }

  // False if the cell's text is not UTF-8.
  bool Add(std::string_view text);
  Column Finish();

 private:
  enum class Kind { Integer, Real, Text };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  ElementType FinalType() const;
  bool AddInteger(std::string_view text);
  bool AddReal(std::string_view text);
  bool TakeMark(double value);
  void SeeNumbers();
  bool AddText(std::string_view text);
  void BecomeReal();
  void NoteGroups(std::string_view text, double value);
  void NoteWhole(double value);
  bool BecomeText(std::string_view text);
  void NoteLabel(std::string_view text, double value);

  std::string name_;
  size_t cell_;
  Kind kind_;
  const MissingMarks* marks_;
  TakenMarks taken_;
  bool restart_ = false;
  int64_t rows_ = 0;
  std::vector<int64_t> integers_;
  std::vector<double> reals_;
  std::vector<int32_t> codes_;
  std::vector<std::string> dictionary_;
  std::unordered_map<std::string, int32_t, Hash, std::equal_to<>> code_of_;
  std::vector<int64_t> unusable_;
  bool marked_ = false;
  // Cells like 1.688, whose point may set thousands apart; a few different cells without a point, below 1000; whether another cell shows that
  // it does not.
  int64_t grouped_ = 0;
  std::vector<double> whole_;
  bool ungrouped_ = false, fractions_ = false;
  bool watched_ = false;
  std::unordered_map<double, std::string> labels_;  // the first cell of each number
  std::pair<std::string, std::string> alike_;
};

// A column of text as it would have been read without rows that are gone: of numbers, if no cell that is left is text.
Column WithoutLostText(Column column);

}  // namespace nnc::runtime
