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
class AxesOfRows {
 public:
  AxesOfRows(const ir::Graph& graph, const DataState& data) : graph_(graph) {
    for (const RawColumn& raw : data.raw)
      if (data.header.IsOfRows(raw.table, raw.column)) columns_.emplace(raw.input, raw.table);
  }

  // The table whose rows the axis goes along; nothing for another axis.
  std::optional<size_t> TableOf(NodeId id, int axis) {
    const auto [known, fresh] = found_.emplace(std::pair(id, axis), std::nullopt);
    if (!fresh) return known->second;
    const ir::Node& node = graph_[id];
    std::optional<size_t> table;
    if (node.op() == ir::Node::Op::Input) {
      const auto column = columns_.find(node.input().name);
      if (axis == 1 && column != columns_.end()) table = column->second;
    } else if (const ir::Comp* comp = node.if_comp()) {
      const std::set<size_t> tables = TablesOf(*comp, axis);
      if (!tables.empty()) table = *tables.begin();
    }
    return found_[{id, axis}] = table;
  }

  // All that an index of the comprehension goes along.
  std::set<size_t> TablesOf(const ir::Comp& comp, int index) {
    std::set<size_t> tables;
    const Dim& size = comp.extents[static_cast<size_t>(index)];
    for (const ir::Access& access : comp.accesses)
      for (size_t k = 0; k < access.subscripts.size(); ++k) {
        const bool along = access.subscripts[k].IsBare() && Goes(comp, index, access.subscripts[k].BareIndex()) && graph_.ShapeOf(access.operand)[k] == size;
        if (!along) continue;
        if (const auto table = TableOf(access.operand, static_cast<int>(k))) tables.insert(*table);
      }
    return tables;
  }

 private:
  // Whether the other index is the one, or goes along with it.
  static bool Goes(const ir::Comp& comp, int index, int other) {
    return other == index || std::any_of(comp.relations.begin(), comp.relations.end(), [&](const ir::Affine& relation) {
      return relation.terms.size() == 2 && relation.Coefficient(index) != 0 && relation.Coefficient(index) == -relation.Coefficient(other);
    });
  }

  const ir::Graph& graph_;
  std::map<std::string, size_t> columns_;  // by input, the table
  std::map<std::pair<NodeId, int>, std::optional<size_t>> found_;
};

}  // namespace

std::map<size_t, size_t> FileColumns::RowAxes(const Value& value) const {
  if (!context_.data || !context_.data->header.rows || !value.IsTensor()) return {};
  AxesOfRows rows(building_.graph, *context_.data);
  std::map<size_t, size_t> axes;
  for (size_t axis = 0; axis < building_.graph.ShapeOf(value.node).size(); ++axis)
    if (const auto table = rows.TableOf(value.node, static_cast<int>(axis))) axes.emplace(axis, *table);
  return axes;
}

std::optional<size_t> FileColumns::RowsOf(const Value& value) const {
  const std::map<size_t, size_t> axes = RowAxes(value);
  const auto found = axes.find(1);
  return value.bound == std::vector<int>{building_.event} && found != axes.end() ? std::optional(found->second) : std::nullopt;
}

std::string FileColumns::KindOfRows(size_t table) const { return "the rows that `" + context_.data->header.Table(table).rows->count + "` counts"; }

void FileColumns::CheckKinds(size_t first, Span span) {
  if (context_.data->header.beside.empty()) return;
  AxesOfRows rows(building_.graph, *context_.data);
  for (size_t id = first; id < building_.graph.nodes.size(); ++id) {
    const ir::Comp* comp = building_.graph.nodes[id].if_comp();
    for (size_t index = 0; comp != nullptr && index < comp->extents.size(); ++index) {
      const std::set<size_t> tables = rows.TablesOf(*comp, static_cast<int>(index));
      if (tables.size() < 2) continue;
      Report(DiagnosticKind::ShapeMismatch, span,
          "this goes along " + KindOfRows(*tables.begin()) + " and " + KindOfRows(*tables.rbegin()) + " with one index: they are rows of two files, and have room for as many by chance")
          .Help("a row finds one of the other file by its place, as in `d[k] = x[from[k] else 0]`; or each has an index of its own, as in `d[k, j] = x[k] - z[j]`");
      return;
    }
  }
}

Value FileColumns::RowCount(size_t table) {
  const EventRows& rows = *context_.data->header.Table(table).rows;
  RawColumn counts;
  counts.column = rows.count;
  counts.table = table;
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
  const std::map<size_t, size_t> axes = value.bound == std::vector<int>{building_.event} ? RowAxes(value) : std::map<size_t, size_t>();
  if (axes.empty() || kept.count(ir::BehindNames(building_.graph, value.node)) != 0) return value;
  std::vector<int> indices = {building_.event};
  std::vector<AxisItem> items;
  Value has;
  for (const Dim& size : Positional(value)) {
    indices.push_back(building_.indices.AddKnown("", size, span));
    items.push_back({AxisItem::Kind::At, {{{indices.back(), 1}}, 0}, {}, span});
    const auto axis = axes.find(items.size());
    if (axis == axes.end()) continue;
    const Value here = Map(ScalarFn::Lt, {Value::OfIndex(items.back().index), RowCount(axis->second)}, {span, span}, "compare");
    has = has.IsPoison() ? here : Map(ScalarFn::And, {has, here}, {span, span}, "combine");
  }
  const Value element = AccessAt(value, items, nullptr, span, span);
  Value result = Align(Map(ScalarFn::Select, {has, element, Value::OfNumber(0)}, {span, span, span}, "choose between"), indices, {});
  result.bound = {building_.event};
  kept.insert(result.node);
  return result;
}

// A column of a file: a number of the event, or of each of its rows.
Value FileColumns::FileColumnValue(RawColumn column) {
  const SourceHeader& header = context_.data->header;
  if (!header.rows) return RawColumnValue(column);
  if (const auto counted = header.TableCountedBy(column.column)) {
    if (column.kind == RawColumn::Kind::Number) return RowCount(*counted);
    column.counts = true;
  }
  column.table = TableHolding(column.column);
  if (!header.IsOfRows(column.table, column.column)) return RawColumnValue(column);
  column.shape = {*header.Table(column.table).rows->most};
  return KeptRows(RawColumnValue(column), column.span);
}

size_t FileColumns::TableHolding(const std::string& column) const {
  const SourceHeader& header = context_.data->header;
  for (size_t table = 0; table < header.Tables(); ++table)
    if (header.IsOfRows(table, column)) return table;
  if (context_.data->schema)
    for (const ColumnInfo& info : *context_.data->schema)
      if (info.name == column) return info.table;
  return 0;
}

}  // namespace nnc::sema
