// Several values as one: lists and `concat`.
//
// A list stacks what has one shape: numbers make a vector, vectors a matrix. In a data block, where a list gathers what a model reads of
// an event, vectors stand side by side with numbers and other vectors, unless they are lists themselves: [a, onehot(b)] is a vector,
// [[a, b], [c, d]] a matrix.
#include <algorithm>

#include "compiler/sema/builtins.h"
#include "compiler/sema/columns.h"
#include "compiler/sema/file_columns.h"

namespace nnc::sema {

Value Values::Stack(const std::vector<Value>& items, const std::vector<Span>& spans, Span span) {
  if (items.empty()) {
    Report(DiagnosticKind::TypeMismatch, span, "an empty list has no shape");
    return Poison();
  }
  // select(k == 0, a, select(k == 1, b, ...)) over a new innermost-outer axis k.
  int axis = building_.indices.AddKnown("", Dim(static_cast<int64_t>(items.size())), span);
  Value k = Value::OfIndex({{{axis, 1}}, 0});
  Value result = items.back();
  for (size_t i = items.size() - 1; i-- > 0;) {
    Value here = Map(ScalarFn::Eq, {k, Value::OfNumber(static_cast<double>(i))}, {span, span}, "compare");
    result = Map(ScalarFn::Select, {here, items[i], result}, {span, spans[i], spans[i + 1]}, "stack");
    if (result.IsPoison()) return result;
  }
  result = AsTensor(result, span);
  if (result.IsPoison()) return result;
  // The new axis becomes the first positional one.
  std::vector<int> bound;
  for (int id : result.bound)
    if (id != axis) bound.push_back(id);
  std::vector<int> with_axis = bound;
  with_axis.push_back(axis);
  Value aligned = Align(result, with_axis, Positional(result));
  aligned.bound = bound;
  return aligned;
}

static constexpr size_t kMostItems = 4096;

// A number that a column is called by, which is a mistake.
bool Values::IsColumnAsNumber(const Value& item, Span span) {
  if (!context_.data || !context_.data->schema || !(item.kind == Value::Kind::Number || item.IsDim())) return false;
  const std::string text(shared_.sources.Text(span));
  if (OwnNameHelp(text, *context_.data->schema).empty()) return false;
  Report(DiagnosticKind::TypeMismatch, span, "`" + text + "` is a number, and a column of the file is called so")
      .Help("the column is written `\"" + text + "\"`, the number `" + text + " + 0`");
  return true;
}

// The list with the items of its lists in their places, as the program would write it; "" where it writes one of them otherwise.
std::string Values::FlatList(const Value& list, const std::vector<Span>& spans) const {
  std::string flat;
  for (size_t i = 0; i < spans.size(); ++i) {
    std::string_view text = shared_.sources.Text(spans[i]);
    if (list.items[i].kind == Value::Kind::List) {
      if (!text.starts_with('[') || !text.ends_with(']')) return "";
      text = text.substr(1, text.size() - 2);
    }
    flat += (i == 0 ? "" : ", ") + std::string(text);
  }
  return "[" + flat + "]";
}

Value Values::ListAsTensor(const Value& list, Span span) {
  if (auto array = FileColumns(*this).ColumnsAsArray(list)) return *array;
  if (list.items.size() > kMostItems) {
    Report(DiagnosticKind::TooLarge, span,
        "a list of " + std::to_string(list.items.size()) + " values, and at most " + std::to_string(kMostItems) + " can be listed one by one")
        .Help("columns of a file may be as many as they are where none is filled by itself, as in `all except label`");
    return Poison();
  }
  if (FileColumns(*this).ReportTextColumns(list, span)) return Poison();
  std::vector<Span> spans;
  std::vector<Value> items;
  bool lists = false, vectors = false;
  for (const Value& item : list.items) {
    spans.push_back(spans.size() < list.places.size() ? list.places[spans.size()] : item.origin);
    if (IsColumnAsNumber(item, spans.back())) return Poison();
    items.push_back(AsTensor(item, spans.back()));
    if (items.back().IsPoison()) return Poison();
    lists |= item.kind == Value::Kind::List;
    vectors |= Positional(items.back()).size() == 1;
  }
  FileColumns columns(*this);
  const auto of_rows = [&](const Value& item) { return columns.RowsOf(item).has_value(); };
  if (const auto row = std::find_if(items.begin(), items.end(), of_rows); row != items.end() && !lists) return ListOfRows(items, spans, static_cast<size_t>(row - items.begin()), span);
  bool gathered = context_.data && vectors && !lists &&
                  std::all_of(items.begin(), items.end(), [&](const Value& item) { return Positional(item).size() <= 1; });
  if (gathered) return Concat(items, spans, span);
  for (size_t i = 1; i < items.size(); ++i) {
    if (Positional(items[i]) == Positional(items[0])) continue;
    const std::string flat = context_.data && std::all_of(items.begin(), items.end(), [&](const Value& item) { return Positional(item).size() <= 1; }) ? FlatList(list, spans) : "";
    Report(DiagnosticKind::ShapeMismatch, spans[0],
           "cannot stack " + Describe(items[0]) + " and " + Describe(items[i]) + ": the items of a list have one shape")
        .AddLabel(spans[0], DescribeWithMaker(items[0]))
        .AddLabel(spans[i], DescribeWithMaker(items[i]))
        .Help(flat.empty() ? "`concat(a, b, c)` puts them side by side along their last axis" : "lists in a list make a matrix; without the inner brackets all stand side by side: `" + flat + "`");
    return Poison();
  }
  return Stack(items, spans, span);
}

// Numbers and vectors of each row side by side, where item `row` is of rows.
Value Values::ListOfRows(std::vector<Value> items, const std::vector<Span>& spans, size_t row, Span span) {
  FileColumns columns(*this);
  const size_t table = *columns.RowsOf(items[row]);
  for (size_t i = 0; i < items.size(); ++i) {
    const std::optional<size_t> rows = columns.RowsOf(items[i]);
    if (rows && *rows != table) {
      Report(DiagnosticKind::ShapeMismatch, spans[i], "a list puts what is of one row side by side, and this is of " + columns.KindOfRows(*rows) + ", beside what is of " + columns.KindOfRows(table))
          .AddLabel(spans[row], Describe(items[row]))
          .AddLabel(spans[i], Describe(items[i]))
          .Help("each kind of rows has a list of its own; a row finds one of the other file by its place, as in `d[k] = x[from[k] else 0]`");
      return Poison();
    }
    if (!rows) {
      Report(DiagnosticKind::ShapeMismatch, spans[i], "this has one value in an event, " + Describe(items[i]) + ", and beside it stands what has one in each row")
          .AddLabel(spans[row], Describe(items[row]))
          .AddLabel(spans[i], Describe(items[i]))
          .Help("what is of the event stands in a list of its own, which the model takes as another argument");
      return Poison();
    }
    if (Positional(items[i]).size() > 2) {
      Report(DiagnosticKind::ShapeMismatch, spans[i], "a list puts numbers and vectors of each row side by side, and this is " + Describe(items[i]));
      return Poison();
    }
  }
  for (Value& item : items) item = WithUnitAxes(item, 2);
  return Concat(items, spans, span);
}

Value Values::Concat(const std::vector<Value>& given, const std::vector<Span>& given_spans, Span span) {
  // Numbers that follow each other are stacked, so that each operand is a tensor of the common rank.
  std::vector<Value> items;
  std::vector<Span> spans;
  for (size_t i = 0; i < given.size();) {
    size_t end = i;
    while (end < given.size() && Positional(given[end]).empty()) ++end;
    spans.push_back(given_spans[i]);
    if (end == i) {
      items.push_back(given[i++]);
      continue;
    }
    items.push_back(Stack({given.begin() + static_cast<std::ptrdiff_t>(i), given.begin() + static_cast<std::ptrdiff_t>(end)},
                          {given_spans.begin() + static_cast<std::ptrdiff_t>(i), given_spans.begin() + static_cast<std::ptrdiff_t>(end)}, span));
    if (items.back().IsPoison()) return Poison();
    i = end;
  }
  if (items.size() == 1) return items[0];
  Shape first = Positional(items[0]);
  Dim total = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    Shape shape = Positional(items[i]);
    bool alike = shape.size() == first.size() && std::equal(shape.begin(), shape.end() - 1, first.begin());
    if (alike) {
      total = total + shape.back();
      continue;
    }
    Report(shape.size() == first.size() ? DiagnosticKind::ShapeMismatch : DiagnosticKind::AxisCountMismatch, spans[0],
           "cannot put " + Describe(items[0]) + " and " + Describe(items[i]) + " side by side: all axes but the last must agree")
        .AddLabel(spans[0], Describe(items[0]))
        .AddLabel(spans[i], Describe(items[i]));
    return Poison();
  }
  // y[.., k] = a[.., k else 0] + b[.., k - A else 0] + ...
  std::vector<int> axes;
  for (size_t k = 0; k + 1 < first.size(); ++k) axes.push_back(building_.indices.AddKnown("", first[k], span));
  axes.push_back(building_.indices.AddKnown("", total, span));
  Value zero = Value::OfNumber(0), sum;
  Dim offset = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    std::vector<AxisItem> subscripts;
    for (int id : axes) subscripts.push_back({AxisItem::Kind::At, IndexExpr{{{id, 1}}, 0}, {}, spans[i]});
    subscripts.back().index.constant = Dim(0) - offset;
    Value part = AccessAt(items[i], subscripts, &zero, spans[i], spans[i]);
    if (part.IsPoison()) return Poison();
    sum = i == 0 ? part : Map(ScalarFn::Add, {sum, part}, {span, span}, "add");
    if (sum.IsPoison()) return Poison();
    if (i > 0 && sum.IsTensor()) building_.doubles->IsDisjoint(sum.node);
    offset = offset + Positional(items[i]).back();
  }
  std::vector<int> bound;
  for (int id : sum.bound)
    if (std::find(axes.begin(), axes.end(), id) == axes.end()) bound.push_back(id);
  std::vector<int> all = bound;
  all.insert(all.end(), axes.begin(), axes.end());
  Value aligned = Align(sum, all, {});
  aligned.bound = bound;
  return aligned;
}

// concat(a, b, ...): any number of tensors.
Value Builtins::ConcatCall(const ast::Expr& expr, Scope& scope) {
  std::vector<Value> items;
  std::vector<Span> spans;
  size_t rank = 0;
  for (const ast::Argument& argument : expr.arguments) {
    spans.push_back(argument.value->span);
    if (!argument.name.empty()) {
      Report(DiagnosticKind::UnknownArgument, argument.name_span, "`concat` takes the tensors that stand side by side, and nothing by name");
      return Poison();
    }
    const Value value = Evaluate(*argument.value, scope);
    if (const std::string list(shared_.sources.Text(spans.back())); value.kind == Value::Kind::List && expr.arguments.size() == 1 && list.front() == '[') {
      const bool tensors = std::any_of(value.items.begin(), value.items.end(), [&](const Value& item) { return item.IsTensor() && !Positional(item).empty(); });
      if (tensors) {
        Report(DiagnosticKind::TypeMismatch, spans.back(), "`concat` takes tensors side by side, and this is " + Describe(value))
            .Help("leave the brackets out: `concat(" + list.substr(1, list.size() - 2) + ")`");
        return Poison();
      }
    }
    items.push_back(AsTensor(value, spans.back()));
    if (items.back().IsPoison()) return Poison();
    rank = std::max(rank, Positional(items.back()).size());
  }
  if (items.empty()) {
    Report(DiagnosticKind::MissingArgument, expr.span, "`concat` takes at least one tensor");
    return Poison();
  }
  for (size_t i = 0; rank > 1 && i < items.size(); ++i) {
    if (!Positional(items[i]).empty()) continue;
    Report(DiagnosticKind::AxisCountMismatch, spans[i], "cannot put the number beside tensors of " + std::to_string(rank) + " axes");
    return Poison();
  }
  return Concat(items, spans, expr.span);
}

}  // namespace nnc::sema
