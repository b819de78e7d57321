// grad(y, x) and along(y, x, v): derivatives as expressions. The graph is differentiated where it stands, so that derivatives of
// derivatives need nothing more.
#include "compiler/sema/derivatives.h"

#include <algorithm>

#include "compiler/passes/differentiate.h"
#include "compiler/sema/subscripts.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::SubscriptKind;
using ir::Operand;

// What is differentiated is computed where it is differentiated: its sums over events are not left to the host.
Value Derivatives::EvaluateInGraph(const ast::Expr& expr, Scope& scope) {
  Context inside = context_;
  inside.host = nullptr;
  Values in(shared_, inside);
  return in.AsTensor(in.Evaluate(expr, scope), expr.span);
}

// Something that a derivative can be taken by: a name that stands for a tensor, a weight, a field.
bool Derivatives::IsVariable(const Value& value) const {
  return value.IsTensor() &&
         (building_.graph[value.node].variable != 0 || building_.graph[value.node].op() == ir::Node::Op::Input);
}

// A derivative by something that no path leads from is a mistake; one that vanishes is not.
bool Derivatives::CheckPath(const Value& y, const Value& x, const ast::Expr& y_expr, const ast::Expr& x_expr) {
  const ast::Expr& base = x_expr.kind == ExprKind::Subscript ? *x_expr.operands[0] : x_expr;
  if (IsVariable(x) && building_.derivatives->Reaches(x.node, y.node)) return true;
  std::string written(shared_.sources.Text(base.span));
  if (ConstantNumber(x)) {
    Report(DiagnosticKind::GradNotDependent, x_expr.span,
        "`" + written + "` is " + (x.IsTensor() ? "a fixed number" : Describe(x)) + " here, and a derivative is taken by a tensor")
        .Help("a number that is known now is no variable: what is computed with it is worked out at once");
    return false;
  }
  Report(DiagnosticKind::GradNotDependent, x_expr.span,
      "`" + std::string(shared_.sources.Text(y_expr.span)) + "` does not depend on `" + written + "`")
      .Help(base.kind == ExprKind::Name ? "a derivative is taken by the very name that stands in what is differentiated"
          : "define it first and use that name in both places");
  return false;
}

// One derivative for each weight.
Value Derivatives::GradByWeights(const Value& y, const Value& weights, const ast::Expr& y_expr, const ast::Expr& x_expr) {
  bool any = false;
  for (const Value& item : weights.items) any |= building_.derivatives->Reaches(item.node, y.node);
  if (!any) {
    CheckPath(y, weights, y_expr, x_expr);  // reports
    return Poison();
  }
  NodeId direction = building_.builder->Fill(Operand::Of(1.0), building_.graph.ShapeOf(y.node));
  Value result = weights;
  for (Value& item : result.items)
    item = Value::OfTensor(building_.builder->AddDerivative({y.node, item.node, direction}, building_.graph.ShapeOf(item.node)));
  return result;
}

// The indices of y that x does not carry. An index on both sides names the same point: proves that points do not mix, so that one
// sweep with ones along it gives all of them. None if they mix, reported.
std::optional<std::vector<int>> Derivatives::SeparateIndices(const Value& y, const Value& x, const std::vector<AxisItem>& items,
                                                            const ast::Expr& grad) {
  std::vector<int> separate;
  for (size_t k = 0; k < y.bound.size(); ++k) {
    bool shared = false;
    for (size_t axis = 0; axis < x.bound.size() + items.size(); ++axis) {
      if (axis < x.bound.size()) {
        if (x.bound[axis] != y.bound[k]) continue;
      } else {
        const AxisItem& item = items[axis - x.bound.size()];
        if (item.kind != AxisItem::Kind::At || !item.index.IsBare() || item.index.terms[0].first != y.bound[k]) continue;
      }
      shared = true;
      NodeId culprit = ir::kNoNode;
      const auto [value, variable] = building_.derivatives->TakeKeeping(y.node, x.node);
      if (passes::IndependentAlong(building_.graph, value, static_cast<int>(k), variable, static_cast<int>(axis), &culprit)) continue;
      const ast::Expr& x_expr = *grad.arguments[1].value;
      const ast::Expr& x_base = x_expr.kind == ExprKind::Subscript ? *x_expr.operands[0] : x_expr;
      auto& report = Report(DiagnosticKind::GradNotIndependentPoints, grad.span,
                            "the points of `" + building_.indices[y.bound[k]].name + "` are not independent: `" +
                                std::string(shared_.sources.Text(grad.arguments[0].value->span)) + "` of one depends on `" +
                                std::string(shared_.sources.Text(x_base.span)) + "` of others");
      if (culprit != ir::kNoNode && building_.graph[culprit].span.Valid())
        report.AddNote(building_.graph[culprit].span, "they are mixed here");
      report.Help("use different indices for the full Jacobian");
      return std::nullopt;
    }
    if (!shared) separate.push_back(static_cast<int>(k));
  }
  return separate;
}

Value Derivatives::EvaluateGrad(const ast::Expr& expr, Scope& scope) {
  if (expr.arguments.size() != 2) {
    Report(DiagnosticKind::MissingArgument, expr.span, "`grad(y, x)` takes a value and what to differentiate it by");
    return Poison();
  }
  const ast::Expr& y_expr = *expr.arguments[0].value;
  const ast::Expr& x_expr = *expr.arguments[1].value;
  Value y = EvaluateInGraph(y_expr, scope);
  if (y.IsPoison()) return y;
  bool indexed = x_expr.kind == ExprKind::Subscript;
  const ast::Expr& x_base = indexed ? *x_expr.operands[0] : x_expr;
  Value x = Evaluate(x_base, scope);
  if (x.IsPoison()) return x;
  if (!Positional(y).empty()) {
    Report(DiagnosticKind::GradNotScalar, y_expr.span, "`grad` differentiates one number, and this is " + Describe(y))
        .Help("index both sides, as in `grad(u[n], p[n, d])`, or reduce it, as in `grad(sum(u), p)`");
    return Poison();
  }
  if (x.kind == Value::Kind::Weights) return GradByWeights(y, x, y_expr, x_expr);
  if (!CheckPath(y, x, y_expr, x_expr)) return Poison();
  std::vector<AxisItem> items;
  if (indexed) {
    auto found = Subscripts(*this).AxisItems(x_expr.subscripts, x, x_expr.span, scope);
    if (!found) return Poison();
    items = *found;
  } else {
    items.resize(Positional(x).size());
  }
  const auto separate = SeparateIndices(y, x, items, expr);
  if (!separate) return Poison();
  // Seed: [separate indices..., shape of y], 1 where they agree.
  Shape y_shape = building_.graph.ShapeOf(y.node);
  Shape extents;
  for (int k : *separate) extents.push_back(y_shape[static_cast<size_t>(k)]);
  size_t extra = extents.size();
  extents.insert(extents.end(), y_shape.begin(), y_shape.end());
  NodeId seed = building_.builder->Fill(Operand::Of(1.0), extents);
  for (size_t i = 0; i < extra; ++i) {
    NodeId delta = building_.builder->Map(ScalarFn::Eq,
        {Operand::Of(static_cast<int>(i)), Operand::Of(static_cast<int>(extra) + (*separate)[i])}, extents);
    seed = building_.builder->Call(ScalarFn::Mul, {seed, delta});
  }
  Shape shape(extents.begin(), extents.begin() + static_cast<std::ptrdiff_t>(extra));
  for (const Dim& axis : building_.graph.ShapeOf(x.node)) shape.push_back(axis);
  Value result = Value::OfTensor(building_.builder->AddDerivative({y.node, x.node, seed}, shape));
  for (int k : *separate) result.bound.push_back(y.bound[static_cast<size_t>(k)]);
  result.bound.insert(result.bound.end(), x.bound.begin(), x.bound.end());
  if (!indexed) return result;
  return AccessAt(result, items, nullptr, x_expr.span, x_base.span);
}

// `unit(d)`: 1 for the component of that number along the last axis of x.
Value Derivatives::UnitDirection(const ast::Expr& expr, const Value& x, Scope& scope) {
  const Shape shape = Positional(x);
  const Value d = expr.arguments.size() == 1 ? Evaluate(*expr.arguments[0].value, scope) : Poison();
  if (d.IsPoison()) return d;
  if (d.kind != Value::Kind::Index || shape.empty()) {
    Report(DiagnosticKind::TypeMismatch, expr.span, "`unit(d)` takes the number of a component of " + Describe(x));
    return Poison();
  }
  const int k = building_.indices.AddKnown("", shape.back(), expr.span);
  Value v = Map(ScalarFn::Eq, {d, Value::OfIndex({{{k, 1}}, 0})}, {expr.span, expr.span}, "compare");
  if (v.IsPoison()) return v;
  std::vector<int> bound;
  for (int id : v.bound)
    if (id != k) bound.push_back(id);
  std::vector<int> all = bound;
  all.push_back(k);
  v = Align(v, all, {});
  v.bound = bound;
  return v;
}

Value Derivatives::EvaluateAlong(const ast::Expr& expr, Scope& scope) {
  if (expr.arguments.size() != 3) {
    Report(DiagnosticKind::MissingArgument, expr.span, "`along(y, x, v)` takes a value, what it depends on, and a direction");
    return Poison();
  }
  const ast::Expr& y_expr = *expr.arguments[0].value;
  const ast::Expr& x_expr = *expr.arguments[1].value;
  const ast::Expr& v_expr = *expr.arguments[2].value;
  Value y = EvaluateInGraph(y_expr, scope);
  Value x = Evaluate(x_expr, scope);
  if (y.IsPoison() || x.IsPoison()) return Poison();
  if (!CheckPath(y, x, y_expr, x_expr)) return Poison();
  auto is_turn = [&](int id) { return std::find(context_.turns.begin(), context_.turns.end(), id) != context_.turns.end(); };
  if (!std::all_of(x.bound.begin(), x.bound.end(), is_turn)) {
    Report(DiagnosticKind::TypeMismatch, x_expr.span, "`along` moves a whole tensor: write it without subscripts");
    return Poison();
  }
  // In a scan every turn's tensor is moved by itself.
  std::vector<int> turns = y.bound;
  for (int id : x.bound)
    if (std::find(turns.begin(), turns.end(), id) == turns.end()) turns.push_back(id);
  y = Align(y, turns, Positional(y));
  const Shape x_shape = Positional(x);
  if (!SeparateIndices(y, x, {}, expr)) return Poison();
  const bool unit = v_expr.kind == ExprKind::Apply && v_expr.operands[0]->kind == ExprKind::Name && v_expr.operands[0]->text == "unit" && !scope.Find("unit");
  const Value v = unit ? UnitDirection(v_expr, x, scope) : AsTensor(Evaluate(v_expr, scope), v_expr.span);
  if (v.IsPoison()) return v;
  Shape direction = Positional(v);
  if (!BroadcastsTo(direction, x_shape)) {
    Report(DiagnosticKind::ShapeMismatch, v_expr.span,
        "the direction is " + Describe(v) + ", and `" + std::string(shared_.sources.Text(x_expr.span)) + "` is " + Describe(x));
    return Poison();
  }
  std::vector<int> own;  // of the direction alone
  for (int id : v.bound)
    if (std::find(x.bound.begin(), x.bound.end(), id) == x.bound.end()) own.push_back(id);
  std::vector<int> moved = own;
  moved.insert(moved.end(), x.bound.begin(), x.bound.end());
  const Value tangent = Align(v, moved, x_shape);
  Shape shape = BoundExtents(own);
  for (const Dim& axis : building_.graph.ShapeOf(y.node)) shape.push_back(axis);
  NodeId node = building_.builder->AddDerivative({y.node, x.node, tangent.node, true}, shape);
  // Named axes: the direction's, then y's. An index in both is a diagonal.
  std::vector<int> named = own;
  named.insert(named.end(), y.bound.begin(), y.bound.end());
  std::vector<int> bound, indices;
  for (int id : named) {
    auto at = std::find(bound.begin(), bound.end(), id);
    indices.push_back(static_cast<int>(at - bound.begin()));
    if (at == bound.end()) bound.push_back(id);
  }
  Shape positional = Positional(y), extents = BoundExtents(bound);
  for (const Dim& axis : positional) {
    indices.push_back(static_cast<int>(extents.size()));
    extents.push_back(axis);
  }
  return Value::OfTensor(building_.builder->Fill(Operand::Of(node, indices), extents), bound);
}

}  // namespace nnc::sema
