// The axes of a type against those of a value: names are bound to sizes, and everything else must agree.
#include <algorithm>

#include "compiler/ir/walk.h"
#include "compiler/sema/applications.h"
#include "compiler/sema/construction.h"
#include "compiler/sema/expressions.h"

namespace nnc::sema {

using ast::ExprKind;

static bool NamesKnown(const ast::Expr& expr, Scope& scope) {
  if (expr.kind == ExprKind::Name) return scope.Find(expr.text) != nullptr;
  for (const auto& operand : expr.operands)
    if (!NamesKnown(*operand, scope) && !(expr.kind == ExprKind::Apply && operand == expr.operands[0])) return false;
  return std::all_of(expr.arguments.begin(), expr.arguments.end(), [&](const auto& a) { return NamesKnown(*a.value, scope); });
}

// Binds the one unknown name of `2 * K` or `K + 1` so that the expression has this size; leaves others alone.
void Applications::SolveAxis(const ast::Expr& expr, const Dim& size, Scope& inner) {
  if (expr.kind == ExprKind::Name) {
    if (!inner.Find(expr.text)) inner.Add(expr.text, Value::OfDim(size), expr.span, nullptr);
    return;
  }
  if (expr.kind != ExprKind::Binary) return;
  const ast::Expr &a = *expr.operands[0], &b = *expr.operands[1];
  bool left = NamesKnown(a, inner);
  if (left == NamesKnown(b, inner)) return;
  auto known = Expressions(*this).EvaluateDim(left ? a : b, inner);
  if (!known) return;
  const ast::Expr& unknown = left ? b : a;
  if (expr.op == ast::Operator::Add) SolveAxis(unknown, size - *known, inner);
  if (expr.op == ast::Operator::Subtract) SolveAxis(unknown, left ? *known - size : size + *known, inner);
  if (expr.op == ast::Operator::Multiply && known->IsConstant() && known->Constant() > 0)
    SolveAxis(unknown, Dim::FloorDiv(size, *known), inner);
}

// The axes of a type, as they are written.
static std::string Axes(const SourceManager& sources, const ast::Type& type) {
  std::string text;
  for (const ast::Axis& axis : type.axes) text += (text.empty() ? "" : ", ") + std::string(sources.Text(axis.span));
  return text;
}

// True of what is made of the data, or of what stands for them while a model is checked by itself.
static bool RestsOnData(const ir::Graph& graph, ir::NodeId node) {
  bool data = false;
  ForEachNeeded(graph, node, [&](const ir::Node& each) {
    data |= each.op() == ir::Node::Op::Input && each.input().role != ir::Role::Weight && each.input().role != ir::Role::Buffer;
  });
  return data;
}

// What `...` in a type stands for, the same in all types of a declaration.
static bool CoverEllipsis(const Shape& covered, Scope& inner) {
  if (inner.has_ellipsis_dims) return inner.ellipsis_dims == covered;
  inner.has_ellipsis_dims = true;
  inner.ellipsis_dims = covered;
  return true;
}

// Unifies a value's positional axes with a type's: unknown names are bound, everything else must agree.
bool Applications::BindAxes(const ast::Type& type, const Value& value, const std::string& what, Span value_span, Scope& inner,
    bool result, const std::string& hint) {
  Shape shape = Positional(value);
  size_t ellipses = static_cast<size_t>(std::count_if(type.axes.begin(), type.axes.end(),
      [](const ast::Axis& a) { return a.ellipsis; }));
  size_t written = type.axes.size() - ellipses;
  DiagnosticKind kind = result ? DiagnosticKind::ResultShape : DiagnosticKind::ArgumentShape;
  auto label = [&](Diagnostic& report) {
    report.AddLabel(value_span, Describe(value) +
        (value.maker.empty() ? "" : ", from " + value.maker + " at " + shared_.sources.Describe(value.origin)));
    if (!hint.empty()) report.Help(hint);
    if (!result && ellipses == 0 && shape.size() == written + 1 && !shape[0].IsConstant() && type.has_axes && hint.empty())
      report.Help("events are an axis of their own, the first: `" + type.name + "[N" + (written ? ", " : "") + Axes(shared_.sources, type) + "]`");
    if (result && shape.empty() && written > 0 && value.IsTensor() && RestsOnData(building_.graph, value.node))
      report.Help("without an index a reduction takes everything, the events too; `m[n] = mean[i](x[n, i])` takes the axis of `i` alone");
    if (result && shape.size() == written + 1 && shape.back() == Dim(1)) report.Help("`|> squeeze` at the end drops the axis of one element");
  };
  if (written > shape.size() || (ellipses == 0 && written != shape.size())) {
    label(Report(DiagnosticKind::AxisCountMismatch, value_span,
        what + ", got " + Describe(value) + ": " + std::to_string(written) + (written == 1 ? " axis" : " axes") +
                     (ellipses ? " or more" : "") + " against " + std::to_string(shape.size())));
    return false;
  }
  size_t axis = 0;
  for (const ast::Axis& item : type.axes) {
    if (item.ellipsis) {
      const auto first = shape.begin() + static_cast<std::ptrdiff_t>(axis);
      const Shape covered(first, first + static_cast<std::ptrdiff_t>(shape.size() - written));
      axis += covered.size();
      if (CoverEllipsis(covered, inner)) continue;
      label(Report(kind, value_span, what + ", got " + Describe(value) + ": `...` is " + ir::ToString(inner.ellipsis_dims) + " elsewhere and " + ir::ToString(covered) + " here"));
      return false;
    }
    const Dim& actual = shape[axis];
    if (item.size->kind == ExprKind::Name && !inner.Find(item.size->text)) {
      inner.Add(item.size->text, Value::OfDim(actual), item.span, nullptr);
      ++axis;
      continue;
    }
    if (!NamesKnown(*item.size, inner)) SolveAxis(*item.size, actual, inner);
    if (!NamesKnown(*item.size, inner)) {
      ++axis;
      continue;
    }
    auto size = Expressions(*this).EvaluateDim(*item.size, inner);
    if (!size) return false;
    if (!(*size == actual)) {
      std::string spelled(shared_.sources.Text(item.span));
      label(Report(kind, value_span,
                   what + ", got " + Describe(value) + ": axis " + std::to_string(axis) + " is " + actual.ToString() +
                       ", and `" + spelled + "`" +
                       (spelled == size->ToString() ? " is wanted" : " is " + size->ToString() + " here")));
      return false;
    }
    ++axis;
  }
  return true;
}

bool Values::MaySizeAxis(const Dim& size, Span span) {
  if (!size.IsConstant() || size.Constant() > 0) return true;
  Report(DiagnosticKind::DimensionNotPositive, span, "the size of this axis is " + size.ToString());
  return false;
}

std::optional<Shape> Applications::ShapeOfType(const ast::Type& type, Scope& scope) {
  Shape shape;
  for (const ast::Axis& axis : type.axes) {
    if (axis.ellipsis) {
      const Shape* dims = scope.FindEllipsisDims();
      if (!dims) return std::nullopt;
      shape.insert(shape.end(), dims->begin(), dims->end());
      continue;
    }
    if (!NamesKnown(*axis.size, scope)) return std::nullopt;
    auto size = Expressions(*this).EvaluateDim(*axis.size, scope);
    if (!size) return std::nullopt;
    if (!MaySizeAxis(*size, axis.span)) return std::nullopt;
    shape.push_back(*size);
  }
  return shape;
}

}  // namespace nnc::sema
