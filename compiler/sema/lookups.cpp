#include "compiler/sema/lookups.h"

#include "compiler/ir/walk.h"
#include "compiler/sema/conditions.h"
#include "compiler/sema/reductions.h"

namespace nnc::sema {

constexpr int64_t kMostLookedUp = int64_t{1} << 24;  // elements of an axis whose numbers single precision tells apart

// What a value is made of, as far as it says whether it can be looked at before anything is computed.
struct Inputs {
  bool columns = false;    // of the data
  bool arguments = false;  // of a definition that is looked at by itself: where it is applied they are something else
  bool others = false;     // what a training changes, or draws
};
static Inputs InputsOf(const ir::Graph& graph, NodeId root) {
  Inputs inputs;
  ForEachNeeded(graph, root, [&](const ir::Node& node) {
    if (node.op() == ir::Node::Op::Random) inputs.others = true;
    if (node.op() != ir::Node::Op::Input) return;
    const ir::Role role = node.input().role;
    (role == ir::Role::Column ? inputs.columns : role == ir::Role::Direct ? inputs.arguments : inputs.others) = true;
  });
  return inputs;
}

std::vector<Lookups::Axis> Lookups::AxesOf(std::vector<AxisItem>& items, const Shape& shape) {
  std::vector<Axis> axes;
  for (size_t axis = 0; axis < items.size(); ++axis) {
    if (!items[axis].value.IsTensor()) continue;
    axes.push_back({building_.indices.AddKnown(std::string(shared_.sources.Text(items[axis].span)), shape[axis], items[axis].span), items[axis].value});
    items[axis].index = {{{axes.back().id, 1}}, 0};
  }
  return axes;
}

bool Lookups::Reaches(const AxisItem& item, const Dim& size, const std::string& axis, bool has_default, std::vector<Value>& inside) {
  if (size.IsConstant() && size.Constant() > kMostLookedUp) {
    Report(DiagnosticKind::TooLarge, item.span, "a subscript that is a value is a number in single precision, whole up to 16 777 216, and " + axis + " has size " + size.ToString());
    return false;
  }
  if (!has_default || CountsEvents(size)) return IsInside(item.value, size, item.span, axis);
  if (!IsProved(item.value, size)) inside.push_back(Inside(item.value, size, item.span));
  return true;
}

Value Lookups::Choose(const Value& access, const std::vector<Axis>& axes, Span span) {
  std::vector<int> ids;
  Value chosen;
  for (const Axis& axis : axes) {
    Value equal = Map(ScalarFn::Eq, {Value::OfIndex({{{axis.id, 1}}, 0}), axis.value}, {span, span}, "compare");
    chosen = ids.empty() ? equal : Map(ScalarFn::And, {chosen, equal}, {span, span}, "combine");
    ids.push_back(axis.id);
  }
  const Value choice = Map(ScalarFn::Select, {chosen, access, Value::OfNumber(0)}, {span, span, span}, "choose between");
  if (choice.IsPoison()) return choice;
  Value element = Reductions(*this).Reduce("sum", choice, ids, span);
  building_.looked_up.insert(element.node);
  // What a model computes may be no number, and then it is the place of none.
  for (const Axis& axis : axes) {
    if (!InputsOf(building_.graph, axis.value.node).others) continue;
    const Value number = Map(ScalarFn::Eq, {axis.value, axis.value}, {span, span}, "compare");
    element = Map(ScalarFn::Select, {number, element, axis.value}, {span, span, span}, "choose between");
  }
  return element;
}

bool Lookups::IsProved(const Value& value, const Dim& size) const {
  const WholeRange range = RangeOf(building_.graph, value.node, building_.whole_below, building_.looked_up);
  return range.whole && range.low && range.high && range.low->ProvablyNonNegative() && (size - Dim(1) - *range.high).ProvablyNonNegative();
}

Value Lookups::Inside(const Value& value, const Dim& size, Span span) {
  const Value from = Map(ScalarFn::Ge, {value, Value::OfNumber(0)}, {span, span}, "compare");
  const Value to = Map(ScalarFn::Lt, {value, Value::OfDim(size)}, {span, span}, "compare");
  const Value whole = Map(ScalarFn::Eq, {value, Map(ScalarFn::Floor, {value}, {span}, "round")}, {span, span}, "compare");
  return Map(ScalarFn::And, {Map(ScalarFn::And, {from, to}, {span, span}, "combine"), whole}, {span, span}, "combine");
}

bool Lookups::IsInside(const Value& value, const Dim& size, Span span, const std::string& axis) {
  if (IsProved(value, size)) return true;
  const std::string text(shared_.sources.Text(span)), last = (size - Dim(1)).ToString();
  const Inputs made_of = InputsOf(building_.graph, value.node);
  if (!made_of.others && made_of.arguments) return true;
  const bool of_events = CountsEvents(size) || (made_of.columns && !size.IsConstant());  // no block of a part has them all
  const bool events = !made_of.others && made_of.columns && context_.data == nullptr && !of_events;
  if (events && Conditions(*this).GatherIndex(value, Inside(value, size, span), size, span, "a subscript of " + axis + " is a whole number from 0 to " + last)) return true;
  if (of_events) {
    Report(DiagnosticKind::IndexNotProved, span, "the subscript `" + text + "` is the number of an event, and " + axis + " holds the events of a batch or part alone")
        .Help("what refers to other events is a column of its own in the data; `sum[m where id[m] == id[n]](...)` adds up the events of this batch that have something in common");
    return false;
  }
  const WholeRange range = RangeOf(building_.graph, value.node, building_.whole_below, building_.looked_up);
  const std::string rounded = range.whole ? text : "floor(" + text + ")";
  Report(DiagnosticKind::IndexNotProved, span, "the subscript `" + text + "` " + (range.whole ? "may lie outside of " : "may be no whole number, or lie outside of ") + axis)
      .AddLabel(span, "from 0 to " + last + " is inside")
      .Help("`min(max(" + rounded + ", 0), " + last + ")` brings it inside; a default, `[... else 0]`, says what stands outside");
  return false;
}

}  // namespace nnc::sema
