// Events of several rows in a data block. What the block makes of columns that have a value for each row keeps the axis of the rows, and is 0
// behind those that an event has.
#include <algorithm>

#include "compiler/ir/walk.h"
#include "compiler/sema/columns.h"
#include "compiler/sema/conditions.h"
#include "compiler/sema/lookups.h"

namespace nnc::sema {

namespace {

// Follows an axis of a value to the columns that it is made of: by itself or shifted, as long as it has as many places.
class RowAxis {
 public:
  RowAxis(const ir::Graph& graph, const std::set<std::string>& columns, const Dim& rows) : graph_(graph), columns_(columns), rows_(rows) {}

  bool IsOf(NodeId id, int axis) {
    if (graph_.ShapeOf(id)[static_cast<size_t>(axis)] != rows_ || !met_.insert({id, axis}).second) return false;
    const ir::Node& node = graph_[id];
    if (node.op() == ir::Node::Op::Input) return axis == 1 && columns_.count(node.input().name) != 0;
    const ir::Comp* comp = node.if_comp();
    if (comp == nullptr) return false;
    for (const ir::Access& access : comp->accesses)
      for (size_t k = 0; k < access.subscripts.size(); ++k)
        if (access.subscripts[k].IsBare() && Goes(*comp, axis, access.subscripts[k].BareIndex()) && IsOf(access.operand, static_cast<int>(k))) return true;
    return false;
  }

 private:
  // Whether the index is that of the axis, or goes along with it.
  static bool Goes(const ir::Comp& comp, int axis, int index) {
    return index == axis || std::any_of(comp.relations.begin(), comp.relations.end(), [&](const ir::Affine& relation) {
      return relation.terms.size() == 2 && relation.Coefficient(axis) != 0 && relation.Coefficient(axis) == -relation.Coefficient(index);
    });
  }

  const ir::Graph& graph_;
  const std::set<std::string>& columns_;
  const Dim rows_;
  std::set<std::pair<NodeId, int>> met_;
};

}  // namespace

std::vector<size_t> FileColumns::RowAxes(const Value& value) const {
  if (!context_.data || !context_.data->header.rows || !value.IsTensor()) return {};
  const EventRows& rows = *context_.data->header.rows;
  std::set<std::string> columns;
  for (const RawColumn& raw : context_.data->raw)
    if (rows.IsOfRows(raw.column)) columns.insert(raw.input);
  std::vector<size_t> axes;
  for (size_t axis = 0; axis < building_.graph.ShapeOf(value.node).size(); ++axis)
    if (RowAxis(building_.graph, columns, Dim(*rows.most)).IsOf(value.node, static_cast<int>(axis))) axes.push_back(axis);
  return axes;
}

bool FileColumns::IsOfRows(const Value& value) const {
  const std::vector<size_t> axes = RowAxes(value);
  return value.bound == std::vector<int>{building_.event} && std::find(axes.begin(), axes.end(), 1U) != axes.end();
}

Value FileColumns::RowCount() {
  const EventRows& rows = *context_.data->header.rows;
  RawColumn counts;
  counts.column = rows.count;
  counts.input = context_.data->header.name + ".raw." + rows.count;
  counts.counts = counts.single = true;
  counts.span = rows.count_span;
  const Value count = RawColumnValue(counts);
  const Dim numbers(*rows.most + 1);  // where it comes from a caller, it is looked at
  Conditions(*this).GatherIndex(count, Lookups(*this).Inside(count, numbers, rows.count_span), numbers, rows.count_span,
      "`" + rows.count + "` counts the rows of an event, and is a whole number from 0 to " + std::to_string(*rows.most));
  return count;
}

Value FileColumns::KeptRows(const Value& value, Span span) {
  std::set<NodeId>& kept = context_.data->kept;
  const std::vector<size_t> axes = value.bound == std::vector<int>{building_.event} ? RowAxes(value) : std::vector<size_t>();
  if (axes.empty() || kept.count(ir::BehindNames(building_.graph, value.node)) != 0) return value;
  std::vector<int> indices = {building_.event};
  std::vector<AxisItem> items;
  Value has;
  for (const Dim& size : Positional(value)) {
    indices.push_back(building_.indices.AddKnown("", size, span));
    items.push_back({AxisItem::Kind::At, {{{indices.back(), 1}}, 0}, {}, span});
    if (std::find(axes.begin(), axes.end(), items.size()) == axes.end()) continue;
    const Value here = Map(ScalarFn::Lt, {Value::OfIndex(items.back().index), RowCount()}, {span, span}, "compare");
    has = has.IsPoison() ? here : Map(ScalarFn::And, {has, here}, {span, span}, "combine");
  }
  const Value element = AccessAt(value, items, nullptr, span, span);
  Value result = Align(Map(ScalarFn::Select, {has, element, Value::OfNumber(0)}, {span, span, span}, "choose between"), indices, {});
  result.bound = {building_.event};
  kept.insert(result.node);
  return result;
}

// A column of the file: a number of the event, or of each of its rows.
Value FileColumns::FileColumnValue(RawColumn column) {
  const std::optional<EventRows>& rows = context_.data->header.rows;
  if (!rows) return RawColumnValue(column);
  if (column.column == rows->count && column.kind == RawColumn::Kind::Number) return RowCount();
  column.counts = column.column == rows->count;
  if (!rows->IsOfRows(column.column)) return RawColumnValue(column);
  column.shape = {*rows->most};
  return KeptRows(RawColumnValue(column), column.span);
}

}  // namespace nnc::sema
