// Shapes of values: how many elements they have, and the same elements in another shape.
#include <algorithm>

#include "compiler/sema/values.h"

namespace nnc::sema {

using ir::Affine;
using ir::Operand;

static Dim ElementsOf(const Shape& shape) {
  Dim elements = 1;
  for (const Dim& axis : shape) elements = elements * axis;
  return elements;
}

Value Values::Size(const Value& value, Span span) {
  if (value.kind == Value::Kind::List) return Value::OfDim(Dim(static_cast<int64_t>(value.items.size())));
  Value tensor = AsTensor(value, span);
  if (tensor.IsPoison()) return tensor;
  return Value::OfDim(ElementsOf(Positional(tensor)));
}

// Merges the last two axes: [.., a, b] to [.., a * b], where b is a number.
Value Values::WithLastAxesMerged(const Value& value) {
  const Shape now = building_.graph.ShapeOf(value.node);
  const Dim a = now[now.size() - 2], b = now.back();
  Shape extents(now.begin(), now.end() - 2);
  extents.push_back(a * b);
  const int rank = static_cast<int>(extents.size());
  std::vector<int> indices;
  for (int k = 0; k < rank - 1; ++k) indices.push_back(k);
  indices.push_back(rank);
  indices.push_back(rank + 1);
  extents.push_back(a);
  extents.push_back(b);
  Affine tie = Affine::Index(rank - 1);
  tie.Add(rank, -b.Constant());
  tie.Add(rank + 1, -1);
  return Value::OfTensor(building_.builder->Reduce(ir::Monoid::Sum, Operand::Of(value.node, indices), extents, rank, {tie}), value.bound);
}

// Splits the last axis: [.., m] to [.., size, rest], where rest is a number.
Value Values::WithLastAxisSplit(const Value& value, const Dim& size, const Dim& rest) {
  const Shape now = building_.graph.ShapeOf(value.node);
  Shape extents(now.begin(), now.end() - 1);
  std::vector<int> indices;
  for (size_t j = 0; j + 1 < now.size(); ++j) indices.push_back(static_cast<int>(j));
  const int a = static_cast<int>(extents.size());
  extents.push_back(size);
  extents.push_back(rest);
  const int rank = static_cast<int>(extents.size());
  extents.push_back(now.back());
  indices.push_back(rank);
  Affine tie = Affine::Index(rank);
  tie.Add(a, -rest.Constant());
  tie.Add(a + 1, -1);
  return Value::OfTensor(building_.builder->Reduce(ir::Monoid::Sum, Operand::Of(value.node, indices), extents, rank, {tie}), value.bound);
}

// Adds axes of one element behind the others, or drops them, until there are `rank` positional ones.
Value Values::WithUnitAxes(Value value, size_t rank) {
  const size_t first = value.bound.size();
  auto axes = [&] { return building_.graph.ShapeOf(value.node).size() - first; };
  while (axes() < rank) {
    Shape extents = building_.graph.ShapeOf(value.node);
    std::vector<int> indices;
    for (size_t j = 0; j < extents.size(); ++j) indices.push_back(static_cast<int>(j));
    extents.push_back(Dim(1));
    value = Value::OfTensor(building_.builder->Fill(Operand::Of(value.node, indices), extents), value.bound);
  }
  while (axes() > rank) value = DropUnitAxis(value, axes() - 1);
  return value;
}

// Merges all positional axes into one, but for those that agree at the front, then splits that into the wanted ones.
Value Values::ReshapeTo(const Value& value, const Shape& shape, Span span) {
  const Shape from = Positional(value);
  const Dim have = ElementsOf(from), want = ElementsOf(shape);
  if (!(have == want)) {
    Report(DiagnosticKind::ShapeMismatch, span,
        "cannot reshape " + Describe(value) + " to " + ShapeText(shape) + ": " + have.ToString() + " elements against " + want.ToString());
    return Poison();
  }
  if (from == shape) return value;
  const size_t first = BoundExtents(value.bound).size();
  size_t same = 0;
  while (same < from.size() && same < shape.size() && from[same] == shape[same]) ++same;
  auto open = [&](const std::string& what) {
    Report(DiagnosticKind::DimensionUnknown, span, "cannot reshape " + what + ": only the first axis may have an open size");
    return Poison();
  };
  Value current = value;
  while (building_.graph.ShapeOf(current.node).size() > first + same + 1) {
    if (!building_.graph.ShapeOf(current.node).back().IsConstant()) return open(Describe(value));
    current = WithLastAxesMerged(current);
  }
  for (size_t k = same; from.size() > same && k + 1 < shape.size(); ++k) {
    const Dim rest = ElementsOf(Shape(shape.begin() + static_cast<std::ptrdiff_t>(k) + 1, shape.end()));
    if (!rest.IsConstant()) return open("to " + ShapeText(shape));
    current = WithLastAxisSplit(current, shape[k], rest);
  }
  return WithUnitAxes(current, shape.size());  // a merge of everything that agreed leaves some
}

}  // namespace nnc::sema
