// Accesses: a sum with at most one point, where each axis that is not read by a bare index is tied to its expression by a relation.
#include <algorithm>

#include "compiler/sema/lookups.h"
#include "compiler/sema/values.h"

namespace nnc::sema {

using ir::Affine;
using ir::Operand;

std::pair<Dim, Dim> Values::Bounds(const IndexExpr& index) const {
  Dim low = index.constant, high = index.constant;
  for (auto [id, coefficient] : index.terms) {
    const IndexTable::Info& info = building_.indices[id];
    Dim least = 0, most = info.extent - Dim(1);
    if (info.kind == IndexTable::Kind::Quotient) {
      auto [a, b] = Bounds(info.numerator);
      least = Dim::FloorDiv(a, Dim(info.divisor));
      most = Dim::FloorDiv(b, Dim(info.divisor));
    } else if (info.kind == IndexTable::Kind::Remainder) {
      most = Dim(info.divisor - 1);
    }
    low = low + (coefficient > 0 ? least : most) * Dim(coefficient);
    high = high + (coefficient > 0 ? most : least) * Dim(coefficient);
  }
  return {low, high};
}

bool Values::ProvablyInside(const IndexExpr& index, const Dim& size) const {
  auto [low, high] = Bounds(index);
  return low.ProvablyNonNegative() && (size - Dim(1) - high).ProvablyNonNegative();
}

namespace {

// Numbers the indices of one access and collects its relations.
struct AccessBuilder {
  const IndexTable& table;
  std::function<std::pair<Dim, Dim>(const IndexExpr&)> bounds;
  std::vector<int> bound;  // result's named axes
  std::vector<std::pair<int, int>> auxiliary;  // id of a quotient or remainder, comprehension index
  Shape extents{};
  std::vector<Affine> relations{};

  void Mention(const IndexExpr& index) {
    for (auto [id, coefficient] : index.terms) {
      if (table[id].kind != IndexTable::Kind::Plain) Mention(table[id].numerator);
      else if (std::find(bound.begin(), bound.end(), id) == bound.end()) bound.push_back(id);
    }
  }
  int Add(Dim extent) {
    extents.push_back(std::move(extent));
    return static_cast<int>(extents.size()) - 1;
  }
  int IndexOf(int id) {
    const IndexTable::Info& info = table[id];
    if (info.kind == IndexTable::Kind::Plain)
      return static_cast<int>(std::find(bound.begin(), bound.end(), id) - bound.begin());
    for (auto [known, index] : auxiliary)
      if (known == id) return index;
    int quotient_id = info.kind == IndexTable::Kind::Quotient ? id : info.partner;
    int remainder_id = info.kind == IndexTable::Kind::Quotient ? info.partner : id;
    Affine tie = ToAffine(info.numerator);
    int quotient = Add(Dim::FloorDiv(bounds(info.numerator).second, Dim(info.divisor)) + Dim(1));
    int remainder = Add(Dim(info.divisor));
    auxiliary.push_back({quotient_id, quotient});
    auxiliary.push_back({remainder_id, remainder});
    tie.Add(quotient, -info.divisor);
    tie.Add(remainder, -1);
    relations.push_back(tie);
    return info.kind == IndexTable::Kind::Quotient ? quotient : remainder;
  }
  Affine ToAffine(const IndexExpr& index) {
    Affine affine;
    affine.constant = index.constant;
    for (auto [id, coefficient] : index.terms) affine.Add(IndexOf(id), coefficient);
    return affine;
  }
};

}  // namespace

// A slice as an index of the axis, tied to the positional one of the result.
static int AddSlice(AccessBuilder& access, const AxisItem& item, const Dim& size, int positional) {
  const int u = access.Add(size);
  Affine tie = Affine::Index(u);
  tie.Add(positional, -1);
  tie.constant = tie.constant - item.index.constant;
  access.relations.push_back(tie);
  return u;
}

bool Values::SliceFits(const AxisItem& item, size_t axis, const Dim& size, const Value& base) {
  const Dim end = item.index.constant + item.size;
  if (item.index.constant.ProvablyNonNegative() && item.size.ProvablyNonNegative() && (size - end).ProvablyNonNegative()) return true;
  Report(DiagnosticKind::IndexOutOfBounds, item.span, "the slice " + item.index.constant.ToString() + ".." + end.ToString() + " leaves axis " + std::to_string(axis) + " of " + Describe(base) +
                                                          ", which has size " + size.ToString());
  return false;
}

void Values::ReportOutside(const AxisItem& item, size_t axis, const Dim& extent, const Value& base, Span base_span) {
  auto [low, high] = Bounds(item.index);
  const std::string size = "axis " + std::to_string(axis) + " of " + Describe(base) + " has size " + extent.ToString();
  if (item.index.IsDim()) {
    Report(DiagnosticKind::IndexOutOfBounds, item.span, "the subscript is " + low.ToString() + ", and " + size)
        .AddLabel(base_span, Describe(base))
        .AddLabel(item.span, low.ToString())
        .Help("subscripts count from 0");
    return;
  }
  const std::string range = low.ToString() + ".." + (high + Dim(1)).ToString();
  Report(DiagnosticKind::IndexOutOfBounds, item.span, "the subscript runs over " + range + ", and " + size)
      .AddLabel(base_span, Describe(base))
      .AddLabel(item.span, range)
      .Help("give a value for outside, as in `[... else 0]`");
}

// One subscript as an index of the axis: that of the result itself where it stands alone and runs over the whole axis.
static int AddSubscript(AccessBuilder& access, const IndexExpr& index, const Dim& size) {
  if (index.IsBare()) {
    const IndexTable::Info& info = access.table[index.terms[0].first];
    if (info.kind == IndexTable::Kind::Plain && info.extent == size) return access.IndexOf(index.terms[0].first);
  }
  const Affine target = access.ToAffine(index);
  const int u = access.Add(size);
  access.relations.push_back(Affine::Index(u).Plus(target, -1));
  return u;
}

Value Values::AccessAt(const Value& base, const std::vector<AxisItem>& written, const Value* otherwise, Span span, Span base_span) {
  const Shape shape = Positional(base);
  std::vector<AxisItem> items = written;
  const std::vector<Lookups::Axis> looked_up = Lookups(*this).AxesOf(items, shape);
  AccessBuilder access{building_.indices, [this](const IndexExpr& e) { return Bounds(e); }, base.bound, {}};
  for (const AxisItem& item : items) access.Mention(item.index);
  for (int id : access.bound)
    if (!building_.indices[id].known) return Poison();
  access.extents = BoundExtents(access.bound);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (items[axis].kind == AxisItem::Kind::Keep) access.extents.push_back(shape[axis]);
    if (items[axis].kind == AxisItem::Kind::Slice) access.extents.push_back(items[axis].size);
  }
  const int rank = static_cast<int>(access.extents.size());
  int next_positional = static_cast<int>(access.bound.size());
  std::vector<int> indices;
  for (size_t b = 0; b < base.bound.size(); ++b) indices.push_back(static_cast<int>(b));
  std::vector<Value> inside;  // conditions for the access to be in range
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const AxisItem& item = items[axis];
    switch (item.kind) {
      case AxisItem::Kind::Keep: indices.push_back(next_positional++); continue;
      case AxisItem::Kind::Slice:
        if (!SliceFits(item, axis, shape[axis], base)) return Poison();
        indices.push_back(AddSlice(access, item, shape[axis], next_positional++));
        continue;
      case AxisItem::Kind::At: break;
    }
    if (item.value.IsTensor() && !Lookups(*this).Reaches(item, shape[axis], "axis " + std::to_string(axis) + " of " + Describe(base), otherwise != nullptr, inside)) return Poison();
    if (context_.InTraining() && item.index.IsDim() && item.index.constant.IsConstant() && CountsEvents(shape[axis]))
      shared_.diagnostics.Report(DiagnosticKind::OneEvent, span, "this is one event of each batch or part, and the others have no say")
          .Help("in a training, `" + std::string(shared_.sources.Text(base_span)) + "` without a subscript is that of all events, the first axis");
    const bool proved = ProvablyInside(item.index, shape[axis]);
    if (!proved && !otherwise) {
      ReportOutside(item, axis, shape[axis], base, base_span);
      return Poison();
    }
    if (!proved) {
      const Value index = Value::OfIndex(item.index);
      inside.push_back(Map(ScalarFn::Ge, {index, Value::OfNumber(0)}, {item.span, item.span}, "compare"));
      inside.push_back(Map(ScalarFn::Lt, {index, Value::OfDim(shape[axis])}, {item.span, item.span}, "compare"));
    }
    indices.push_back(AddSubscript(access, item.index, shape[axis]));
  }
  const Operand operand = Operand::Of(base.node, indices);
  const NodeId node = access.relations.empty() ? building_.builder->Fill(operand, access.extents)
                                               : building_.builder->Reduce(ir::Monoid::Sum, operand, access.extents, rank, access.relations);
  Value result = Value::OfTensor(node, access.bound);
  if (!looked_up.empty()) result = Lookups(*this).Choose(result, looked_up, span);
  result.origin = span;
  return otherwise ? OrElse(result, inside, *otherwise, span) : result;
}

// The access where it is inside, which is 0 elsewhere, and there the other value.
Value Values::OrElse(const Value& access, const std::vector<Value>& inside, const Value& otherwise, Span span) {
  const auto constant = ConstantNumber(otherwise);
  if (inside.empty() || (constant && *constant == 0)) return access;
  Value condition = inside[0];
  for (size_t i = 1; i < inside.size(); ++i) condition = Map(ScalarFn::And, {condition, inside[i]}, {span, span}, "combine");
  return Map(ScalarFn::Select, {condition, access, otherwise}, {span, span, span}, "choose between");
}

}  // namespace nnc::sema
