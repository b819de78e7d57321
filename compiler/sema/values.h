// Operations on values, as nodes of the graph under construction: arithmetic with broadcasting, lists, shapes, accesses. The classes that
// give expressions and statements their meaning stand on it.
#pragma once

#include "compiler/sema/part.h"

namespace nnc::sema {

// What one subscript says of its axis.
struct AxisItem {
  enum class Kind { Keep, At, Slice } kind = Kind::Keep;
  IndexExpr index;  // At; Slice: where it begins
  Dim size;         // Slice
  Span span;
  Value value = {};  // At: a tensor instead of an index
};

// Of a builtin, evaluated.
struct Arguments {
  std::vector<Value> values;
  std::vector<Span> spans;
};

class Values : public Part {
 public:
  using Part::Part;
  explicit Values(const Part& part) : Part(part) {}

  Value Evaluate(const ast::Expr& expr, Scope& scope);  // what an expression means (Expressions)

  // ---- arithmetic.cpp
  // fn of values with broadcasting; `spans` are the operands' places, `verb` as in "cannot add".
  Value Map(ScalarFn fn, const std::vector<Value>& arguments, const std::vector<Span>& spans, const char* verb);
  Value Binary(ast::Operator op, const Value& a, const Value& b, Span a_span, Span b_span, Span span);
  Value AsTensor(const Value& value, Span span);  // numbers, indices, columns, lists become tensors
  Value AsVariable(Value value);
  Value Align(const Value& value, const std::vector<int>& bound, const Shape& positional);  // broadcast to exactly this
  Value NumberOfIndex(const IndexExpr& index);
  Shape BoundExtents(const std::vector<int>& bound) const;
  std::optional<double> ConstantNumber(const Value& value) const;
  bool IsEventAxis(const Dim& extent, int* source) const;
  bool CountsEvents(const Dim& extent) const {
    int source = 0;
    return IsEventAxis(extent, &source);
  }
  bool MaySizeAxis(const Dim& size, Span span);  // false, and reported, where it is known to be 0 or less

  // ---- lists.cpp, shapes.cpp
  Value ListAsTensor(const Value& list, Span span);
  std::string FlatList(const Value& list, const std::vector<Span>& spans) const;
  // Side by side along the last axis; numbers beside vectors count as one element each.
  Value Concat(const std::vector<Value>& items, const std::vector<Span>& spans, Span span);
  Value ReshapeTo(const Value& value, const Shape& shape, Span span);
  Value Size(const Value& value, Span span);

  // ---- access.cpp
  Value AccessAt(const Value& base, const std::vector<AxisItem>& items, const Value* otherwise, Span span, Span base_span);
  bool ProvablyInside(const IndexExpr& index, const Dim& size) const;
  std::pair<Dim, Dim> Bounds(const IndexExpr& index) const;  // smallest and largest value

 private:
  // What a broadcast gives: the union of named axes, and positional ones.
  struct Broadcast {
    std::vector<int> bound;
    Shape positional;
  };
  bool IsSchedule(const Callable& callable) const;
  std::optional<double> NumberOf(ScalarFn fn, const std::vector<Value>& arguments) const;
  std::optional<Broadcast> BroadcastOf(const std::vector<Value>& values, const std::vector<Span>& spans, const char* verb);  // reports
  ir::Operand BroadcastTo(const Value& given, const Broadcast& axes);
  void ReportApart(const Value& left, const Value& right, Span left_span, Span right_span, size_t axis, const Dim& left_size, const Dim& right_size, const char* verb);
  Value MapWeights(ScalarFn fn, const std::vector<Value>& arguments, const std::vector<Span>& spans, const char* verb);
  bool PairsUp(const std::vector<Value>& values, const std::vector<Span>& spans, const Shape& result, const char* verb);
  std::optional<Value> BinaryOfIndices(ast::Operator op, const Value& a, const Value& b, Span b_span);
  Value MatrixProduct(const Value& a, const Value& b, Span a_span, Span b_span);
  Value DropUnitAxis(const Value& value, size_t positional_axis);

  Value ListOfRows(std::vector<Value> items, const std::vector<Span>& spans, size_t row, Span span);
  Value Stack(const std::vector<Value>& items, const std::vector<Span>& spans, Span span);
  bool IsColumnAsNumber(const Value& item, Span span);
  Value WithLastAxesMerged(const Value& value);
  Value WithLastAxisSplit(const Value& value, const Dim& size, const Dim& rest);
  Value WithUnitAxes(Value value, size_t rank);

  bool SliceFits(const AxisItem& item, size_t axis, const Dim& size, const Value& base);  // reports
  void ReportOutside(const AxisItem& item, size_t axis, const Dim& extent, const Value& base, Span base_span);
  Value OrElse(const Value& access, const std::vector<Value>& inside, const Value& otherwise, Span span);
};

const char* VerbOf(ast::Operator op);
bool BroadcastsTo(const Shape& from, const Shape& to);  // as in NumPy, and `to` is the result

}  // namespace nnc::sema
