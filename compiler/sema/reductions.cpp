// Reductions: over named indices, over whole tensors, and over events on the host.
#include "compiler/sema/reductions.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "compiler/ir/walk.h"
#include "compiler/sema/columns.h"

namespace nnc::sema {

using ir::Monoid;
using ir::Operand;

// The language's reductions. Those of truths begin with what one truth more does not change.
struct ReductionRow {
  std::string_view name;
  Monoid monoid;
  std::optional<double> identity = std::nullopt;  // otherwise the monoid's
};
static constexpr ReductionRow kReductions[] = {
    {.name = "sum", .monoid = Monoid::Sum},       {.name = "mean", .monoid = Monoid::Sum},      {.name = "prod", .monoid = Monoid::Prod},
    {.name = "max", .monoid = Monoid::Max},       {.name = "min", .monoid = Monoid::Min},       {.name = "argmax", .monoid = Monoid::ArgMax},
    {.name = "argmin", .monoid = Monoid::ArgMin}, {.name = "any", .monoid = Monoid::Max, .identity = 0}, {.name = "all", .monoid = Monoid::Min, .identity = 1},
};

static const ReductionRow* FindReduction(const std::string& name) {
  const auto* row = std::find_if(std::begin(kReductions), std::end(kReductions), [&](const ReductionRow& each) { return each.name == name; });
  return row == std::end(kReductions) ? nullptr : row;
}

bool IsReduction(const std::string& name) { return FindReduction(name) != nullptr; }

static Monoid MonoidOf(const std::string& name) { return FindReduction(name)->monoid; }

double IdentityOf(const std::string& name) {
  const ReductionRow& row = *FindReduction(name);
  return row.identity ? *row.identity : ir::Row(row.monoid).identity;
}

// Reduces over named indices.
Value Reductions::Reduce(const std::string& name, const Value& value, const std::vector<int>& over, Span span) {
  Value tensor = AsTensor(value, span);
  if (tensor.IsPoison()) return tensor;
  // An index that the value does not carry: repeat the value along it.
  std::vector<int> missing;
  for (int id : over)
    if (std::find(tensor.bound.begin(), tensor.bound.end(), id) == tensor.bound.end()) missing.push_back(id);
  if (!missing.empty()) {
    std::vector<int> all = missing;
    all.insert(all.end(), tensor.bound.begin(), tensor.bound.end());
    tensor = Align(tensor, all, Positional(tensor));
  }
  std::vector<size_t> axes;
  for (int id : over)
    axes.push_back(static_cast<size_t>(std::find(tensor.bound.begin(), tensor.bound.end(), id) - tensor.bound.begin()));
  return ReduceNode(name, tensor, axes, span);
}

Value Reductions::ReduceAll(const std::string& name, const Value& value, Span span) {
  if (value.kind == Value::Kind::Weights) {
    bool mean = name == "mean";
    if (!mean && name != "sum" && name != "max" && name != "min") {
      Report(DiagnosticKind::TypeMismatch, span, "all weights together have a sum, mean, max or min, no `" + name + "`");
      return Poison();
    }
    Value total;
    Dim count = 0;
    for (const Value& item : value.items) {
      Value part = ReduceAll(mean ? "sum" : name, item, span);
      if (part.IsPoison()) return part;
      ScalarFn fn = name == "max" ? ScalarFn::Max : name == "min" ? ScalarFn::Min : ScalarFn::Add;
      total = total.IsPoison() ? part : Map(fn, {total, part}, {span, span}, "add");
      Dim size = 1;
      for (const Dim& axis : Positional(item)) size = size * axis;
      count = count + size;
    }
    return mean ? Map(ScalarFn::Div, {total, Value::OfDim(count)}, {span, span}, "divide") : total;
  }
  Value tensor = AsTensor(value, span);
  if (tensor.IsPoison()) return tensor;
  if (context_.data && Positional(tensor).empty() &&
      std::find(tensor.bound.begin(), tensor.bound.end(), building_.event) != tensor.bound.end()) {
    Report(DiagnosticKind::TypeMismatch, span, "`" + name + "` would be taken of a single number: a data block describes one event")
        .Help("figures over all events are taken by a `prepare`, as in `x |> standardize`");
    return Poison();
  }
  std::vector<size_t> axes;
  for (size_t k = 0; k < Positional(tensor).size(); ++k) axes.push_back(tensor.bound.size() + k);
  if ((name == "argmax" || name == "argmin") && axes.size() > 1) {
    Report(DiagnosticKind::ShapeMismatch, span, "`" + name + "` without an index is the place among all elements together, and this is " + Describe(tensor))
        .Help(context_.data ? "name the indices: `" + name + "[i, j](x[i, j])` is the place among all elements"
                    : "name the index that is sought: `c[n] = " + name + "[k](x[n, k])` is the class of each event; the place among all elements is `" + name + "[i, j](x[i, j])`");
    return Poison();
  }
  return ReduceNode(name, tensor, axes, span);
}

bool Values::IsEventAxis(const Dim& extent, int* source) const {
  for (size_t i = 0; i < building_.event_symbols.size(); ++i)
    if (const std::string& symbol = building_.event_symbols[i]; !symbol.empty() && extent == Dim::Symbol(symbol)) {  // a data block knows its own alone
      *source = static_cast<int>(i);
      return true;
    }
  return false;
}

std::string Reductions::EventWeights(int source) {
  if (!context_.weighted || !building_.event_weights) return "";
  NodeId node = building_.event_weights(source);
  if (node == ir::kNoNode) return "";
  std::string name = "weights." + std::to_string(source);
  for (const ir::Output& output : building_.graph.outputs)
    if (output.name == name) return name;
  building_.graph.outputs.push_back({name, node, ir::kNoNode});
  return name;
}

// The output that says how many rows an event has in the table.
std::string Reductions::RowCounts(size_t table) {
  const std::string name = context_.data->header.Table(table).name + ".rows";
  if (std::none_of(building_.graph.outputs.begin(), building_.graph.outputs.end(), [&](const ir::Output& output) { return output.name == name; }))
    building_.graph.outputs.push_back({name, FileColumns(*this).RowCount(table).node, ir::kNoNode});
  return name;
}

// A reduction over all events, made on the host from a per-event column: no other axis counts events. `axis` counts the node's axes.
Value Reductions::HostReduce(const std::string& function, const Value& value, size_t axis, Span span) {
  const Shape shape = building_.graph.ShapeOf(value.node);
  int source = 0;
  IsEventAxis(shape[axis], &source);
  const std::map<size_t, size_t> row_axes = context_.fitting ? FileColumns(*this).RowAxes(value) : std::map<size_t, size_t>();
  if (row_axes.size() > 1) {
    Report(DiagnosticKind::TypeMismatch, span, "`" + function + "` takes a figure over the rows of all events, and this has one value for each pair of them").Help("reduce one of the two before");
    return Poison();
  }
  const std::string rows = row_axes.empty() ? "" : RowCounts(row_axes.begin()->second);
  std::vector<int> indices(shape.size(), 0);
  Shape extents{shape[axis]}, rest;
  std::set<size_t> pooled{axis};
  for (const auto& [k, table] : row_axes) {
    pooled.insert(k);
    indices[k] = static_cast<int>(extents.size());
    extents.push_back(shape[k]);
  }
  for (size_t k = 0; k < shape.size(); ++k) {
    if (k != axis && k > value.bound.size() && pooled.count(k) != 0) rest.push_back(Dim(1));  // behind other axes it is held open
    if (pooled.count(k) != 0) continue;
    indices[k] = static_cast<int>(extents.size());
    extents.push_back(shape[k]);
    rest.push_back(shape[k]);
  }
  NodeId column = building_.builder->Fill(Operand::Of(value.node, indices), extents);
  HostReduction reduction;
  reduction.function = function;
  reduction.shape = rest;
  reduction.source = source;
  reduction.weights = EventWeights(source);
  reduction.rows = rows;
  reduction.span = span;
  std::string stem = (context_.owner.empty() ? "" : context_.owner + ".") + function;
  std::string name = stem;
  for (int again = 1; building_.inputs.count(name); ++again) name = stem + "." + std::to_string(again);
  reduction.columns = {name + ".of"};
  for (const HostReduction& known : context_.host->reductions)
    if (known.function == function && known.columns.size() == 1 && known.weights == reduction.weights && known.rows == reduction.rows)
      for (const ir::Output& output : building_.graph.outputs)
        if (output.name == known.columns[0] && output.node == column) {
          name = known.input;
          reduction.columns.clear();
        }
  if (!reduction.columns.empty()) {
    reduction.input = name;
    building_.graph.outputs.push_back({reduction.columns[0], column, ir::kNoNode});
    context_.host->reductions.push_back(reduction);
    const NodeId fitted = building_.inputs[name] = building_.builder->AddInput({ir::Role::Fitted, ir::DType::F32, name, 0}, rest, span);
    if (context_.data) building_.doubles->SetRest(fitted, building_.builder->AddInput({ir::Role::Fitted, ir::DType::F32, passes::RestOf(name), 0}, rest, span));
  }
  Value result = Value::OfTensor(building_.inputs[name]);
  for (size_t k = 0; k < value.bound.size(); ++k)
    if (pooled.count(k) == 0) result.bound.push_back(value.bound[k]);
  return result;
}

// The axis of events that the host reduces. The number of axes if there is none: compiled code reduces events where an open axis
// remains, what the host has no function for, and what has many results, as a histogram has: its column would be so many numbers an event.
size_t Reductions::HostAxis(const std::string& name, const Shape& shape, const std::vector<size_t>& axes) const {
  const Monoid monoid = MonoidOf(name);
  constexpr double kMostResults = 64;
  size_t found = shape.size();
  double results = 1;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis].IsConstant() && std::find(axes.begin(), axes.end(), axis) == axes.end()) results *= static_cast<double>(shape[axis].Constant());
  if (results > kMostResults && context_.data == nullptr) return found;
  if (!context_.host || name == "prod" || ir::IsPlace(monoid)) return found;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    int source;
    const bool reduced = std::find(axes.begin(), axes.end(), axis) != axes.end();
    if (!reduced && !shape[axis].IsConstant()) return shape.size();
    if (reduced && IsEventAxis(shape[axis], &source)) found = axis;
  }
  return found;
}

// The weights of the events that an axis counts, where reductions are weighted and this axis is left to compiled code.
NodeId Reductions::WeightsAlong(const Dim& extent) const {
  int source;
  if (!context_.host || !context_.weighted || !building_.event_weights || !IsEventAxis(extent, &source)) return ir::kNoNode;
  return building_.event_weights(source);
}

// Whether an axis goes through some of the events, or through them more than once: no weight belongs to its elements. Where the value
// holds the weights itself, they are used as is said.
bool Reductions::LosesWeights(const Value& value, const Dim& extent) const {
  if (!context_.host || !context_.weighted || !building_.event_weights) return false;
  for (size_t source = 0; source < building_.event_symbols.size(); ++source) {
    const std::vector<std::string> symbols = extent.Symbols();
    if (std::count(symbols.begin(), symbols.end(), building_.event_symbols[source]) == 0) continue;
    const NodeId weights = building_.event_weights(static_cast<int>(source));
    if (weights == ir::kNoNode) continue;
    bool used = false;
    ForEachNeeded(building_.graph, value.node, [&](const ir::Node& node) { used |= &node == &building_.graph[weights]; });
    if (!used) return true;
  }
  return false;
}

// The tensor with every event's weight as a factor, along those of the axes that count weighted events. `count` is what a mean over
// the axes divides by: the number of elements, or the sum of the weights.
Value Reductions::Weighted(const Value& tensor, const std::vector<size_t>& axes, Value& count, Span span) {
  Value weighted = tensor;
  Dim elements = 1;
  Value weights;
  for (size_t axis : axes) {
    const Shape shape = building_.graph.ShapeOf(tensor.node);
    const NodeId along = WeightsAlong(shape[axis]);
    if (along == ir::kNoNode) {
      if (LosesWeights(tensor, shape[axis])) {
        Report(DiagnosticKind::UnusedEventWeights, span, "this is reduced over " + shape[axis].ToString() + " elements, which are not every event once: the weights of the events cannot enter")
            .Help("reduce over all events, with 0 for those that do not count, or use `weight` in it yourself");
        return Poison();
      }
      elements = elements * shape[axis];
      continue;
    }
    std::vector<int> all(shape.size());
    std::iota(all.begin(), all.end(), 0);
    const Operand factors[] = {Operand::Of(weighted.node, all), Operand::Of(along, {static_cast<int>(axis)})};
    weighted.node = building_.builder->Map(ScalarFn::Mul, {factors[0], factors[1]}, shape);
    Value sum = Value::OfTensor(building_.builder->Reduce(Monoid::Sum, Operand::Of(along, {0}), {shape[axis]}, 0));
    weights = weights.IsPoison() ? sum : Map(ScalarFn::Mul, {weights, sum}, {span, span}, "multiply");
  }
  count = Value::OfDim(elements);
  if (!weights.IsPoison()) count = elements == Dim(1) ? weights : Map(ScalarFn::Mul, {count, weights}, {span, span}, "multiply");
  return weighted;
}

Value Reductions::WithWeights(const Value& value, size_t axis, Span span) {
  Value count;
  return Weighted(value, {axis}, count, span);
}

Value Reductions::ReduceNode(const std::string& name, const Value& value, std::vector<size_t> axes, Span span) {
  bool truth = name == "any" || name == "all";
  Value tensor = truth ? Map(ScalarFn::Ne, {value, Value::OfNumber(0)}, {span, span}, "compare") : value;
  const Shape shape = building_.graph.ShapeOf(tensor.node);
  Monoid monoid = MonoidOf(name);
  const bool arg = ir::IsPlace(monoid);
  const size_t host_axis = HostAxis(name, shape, axes);
  Shape extents;
  std::vector<int> indices(shape.size()), bound;
  std::vector<size_t> inner;
  for (size_t axis : axes)
    if (axis != host_axis) inner.push_back(axis);
  Value count;
  if (name == "sum" || name == "mean") tensor = Weighted(tensor, inner, count, span);
  if (tensor.IsPoison()) return tensor;
  for (size_t k = 0; k < shape.size(); ++k) {
    if (std::find(inner.begin(), inner.end(), k) != inner.end()) continue;
    indices[k] = static_cast<int>(extents.size());
    extents.push_back(shape[k]);
    if (k < tensor.bound.size()) bound.push_back(tensor.bound[k]);
  }
  size_t host_position = host_axis < shape.size() ? static_cast<size_t>(indices[host_axis]) : 0;
  int rank = static_cast<int>(extents.size());
  for (size_t axis : inner) {
    indices[axis] = static_cast<int>(extents.size());
    extents.push_back(shape[axis]);
  }
  Value whole;  // the same in the graph, for derivatives of it
  if (host_axis < shape.size()) {
    Context inside = context_;
    inside.host = nullptr;
    whole = Reductions(shared_, inside).ReduceNode(name, value, axes, span);
  }
  Value result = tensor;
  if (!inner.empty()) {
    NodeId node = building_.builder->Reduce(monoid, Operand::Of(tensor.node, indices), extents, rank, {},
        arg ? static_cast<int>(inner.size()) : 0);
    result = Value::OfTensor(node, bound);
    if (name == "mean") result = Map(ScalarFn::Div, {result, count}, {span, span}, "divide");
  }
  if (host_axis < shape.size()) {
    result = HostReduce(name == "any" ? "max" : name == "all" ? "min" : name, result, host_position, span);
    building_.derivatives->Inside(result.node, whole.node);
  }
  result.origin = span;
  return result;
}

}  // namespace nnc::sema
