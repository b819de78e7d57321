// Subscripts that are values: `table[ids[n], d]`, `x[min(max(i - 1, 0), L - 1)]`. Such an access is the sum over its axis of what is chosen
// where the axis' index equals the value: that has derivatives as all sums have, and the schedule finds the turn (schedule/find_turns.h).
#pragma once

#include "compiler/sema/values.h"
#include "compiler/sema/whole_numbers.h"

namespace nnc::sema {

class Lookups : public Values {
 public:
  using Values::Values;

  // What is known to be the element is `access`, over the index `id` of each axis that is subscripted by a value.
  struct Axis {
    int id = -1;
    Value value;  // one number for each of its indices
  };
  std::vector<Axis> AxesOf(std::vector<AxisItem>& items, const Shape& shape);  // each item that is a value gets such an index
  Value Choose(const Value& access, const std::vector<Axis>& axes, Span span);

  // Whether a value always is a whole number from 0 to below `size`, or is seen to be so before anything is computed from it: values of the
  // data alone are checked for every event. Otherwise false, and told.
  bool IsInside(const Value& value, const Dim& size, Span span, const std::string& axis);
  // The same of an item; with a default it may be anywhere, and where it is inside is added to the conditions for the access.
  bool Reaches(const AxisItem& item, const Dim& size, const std::string& axis, bool has_default, std::vector<Value>& inside);

  Value Inside(const Value& value, const Dim& size, Span span);  // where the value is a subscript of an axis of this size

 private:
  bool IsProved(const Value& value, const Dim& size) const;
};

}  // namespace nnc::sema
