// What the language itself provides by name: the scalar table, reductions, constants, filled tensors, sizes. All else is library code.
#include "compiler/sema/builtins.h"

#include <algorithm>
#include <cmath>

#include "compiler/sema/applications.h"
#include "compiler/sema/columns.h"
#include "compiler/sema/comprehensions.h"
#include "compiler/sema/derivatives.h"
#include "compiler/sema/draws.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/heads.h"
#include "compiler/sema/reductions.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::SubscriptKind;
using ir::Affine;
using ir::Operand;

static const char* const kOthers[] = {"zeros", "ones", "reshape", "concat", "grad", "along", "constant", "unit", "weights", "len", "size",
                                      "encode", "onehot", "all except", "std", "var"};

bool Builtins::IsBuiltin(const std::string& name) const {
  if (IsReduction(name) || IsDistribution(name)) return true;
  if (std::find(std::begin(kOthers), std::end(kOthers), name) != std::end(kOthers)) return true;
  if (auto fn = ir::FindScalarFn(name)) return ir::Row(*fn).builtin;
  return std::any_of(shared_.options.metrics.begin(), shared_.options.metrics.end(), [&](const MetricInfo& m) { return m.name == name; });
}

std::vector<std::string> Builtins::BuiltinNames() const {
  std::vector<std::string> names(std::begin(kOthers), std::end(kOthers));
  for (const char* name : {"sum", "mean", "prod", "max", "min", "argmax", "argmin", "any", "all", "pi", "inf", "training",
      "uniform", "normal", "bernoulli", "integers"})
    names.push_back(name);
  for (const ir::ScalarRow& row : ir::AllScalarRows())
    if (row.builtin) names.push_back(std::string(row.name));
  for (const MetricInfo& metric : shared_.options.metrics) names.push_back(metric.name);
  return names;
}

std::optional<Value> Builtins::BuiltinConstant(const std::string& name) const {
  if (name == "pi") return Value::OfNumber(M_PI);
  if (name == "inf") return Value::OfNumber(INFINITY);
  if (name != "training") return std::nullopt;
  building_.asks_training = true;
  return Value::OfDim(Dim(building_.training ? 1 : 0));
}

// zeros[N, H], ones[n, k]: sizes give positional axes, indices named ones.
Value Builtins::Filled(const std::string& name, const ast::Expr& expr, Scope& scope) {
  Shape extents;
  for (const auto& item : expr.subscripts.items) {
    if (item.kind == SubscriptKind::Ellipsis) {
      if (const Shape* dims = scope.FindEllipsisDims()) extents.insert(extents.end(), dims->begin(), dims->end());
      continue;
    }
    if (item.kind != SubscriptKind::At) {
      Report(DiagnosticKind::TypeMismatch, item.span, "`" + name + "[...]` takes sizes");
      return Poison();
    }
    Value size = Evaluate(*item.value, scope);
    if (size.IsPoison()) return size;
    if (size.kind == Value::Kind::Index && !size.index.IsDim()) continue;  // one number per index: no axis needed
    if (!size.IsDim()) {
      Report(DiagnosticKind::TypeMismatch, item.span, "a size is a whole number, and this is " + Describe(size));
      return Poison();
    }
    if (!MaySizeAxis(size.index.constant, item.span)) return Poison();
    extents.push_back(size.index.constant);
  }
  return Value::OfTensor(building_.builder->Fill(Operand::Of(name == "ones" ? 1.0 : 0.0), extents));
}

Value Builtins::Reshape(const ast::Expr& expr, Scope& scope) {
  const ast::Expr& callee = *expr.operands[0];
  if (callee.kind != ExprKind::Subscript || expr.arguments.size() != 1) {
    Report(DiagnosticKind::MissingArgument, expr.span, "`reshape` is written `reshape[N, K](x)`");
    return Poison();
  }
  Value value = AsTensor(Evaluate(*expr.arguments[0].value, scope), expr.arguments[0].value->span);
  if (value.IsPoison()) return value;
  Shape shape;
  for (const auto& item : callee.subscripts.items) {
    if (item.kind == SubscriptKind::Ellipsis) {
      if (const Shape* dims = scope.FindEllipsisDims()) shape.insert(shape.end(), dims->begin(), dims->end());
      continue;
    }
    if (item.kind != SubscriptKind::At) {
      Report(DiagnosticKind::TypeMismatch, item.span, "`reshape[...]` takes sizes");
      return Poison();
    }
    auto size = Expressions(*this).EvaluateDim(*item.value, scope);
    if (!size) return Poison();
    shape.push_back(*size);
  }
  return ReshapeTo(value, shape, expr.span);
}

Value Builtins::WeightsOf(const ast::Expr& expr, Scope& scope) {
  if (expr.arguments.size() != 1) return WrongCount("weights", expr, "one model, as in `sum(weights(A)^2) + sum(weights(B)^2)`");
  Value model = Evaluate(*expr.arguments[0].value, scope);
  if (model.IsPoison()) return model;
  if (model.kind != Value::Kind::Callable || !model.callable->decl || model.callable->decl->kind != ast::DeclKind::Model) {
    Report(DiagnosticKind::TypeMismatch, expr.span, "`weights(M)` takes a model");
    return Poison();
  }
  Value list;
  list.kind = Value::Kind::Weights;
  std::string prefix = model.callable->decl->name + ".";
  for (const Variable& variable : building_.variables)
    if (variable.role == ir::Role::Weight && variable.name.rfind(prefix, 0) == 0)
      list.items.push_back(Value::OfTensor(building_.inputs[variable.name]));
  if (list.items.empty() && context_.variables) {  // another step applies the model (TrainElaborator::StepOrder)
    for (const Variable& variable : *context_.variables) {
      if (variable.role != ir::Role::Weight || variable.name.rfind(prefix, 0) != 0) continue;
      Shape shape(variable.shape.begin(), variable.shape.end());
      NodeId node = building_.builder->AddInput({variable.role, ir::DType::F32, variable.name, 0}, shape, expr.span);
      building_.inputs.emplace(variable.name, node);
      building_.variables.push_back(variable);
      list.items.push_back(Value::OfTensor(node));
    }
  }
  if (list.items.empty()) {
    Report(DiagnosticKind::NothingToTrain, expr.span, "the model `" + model.callable->decl->name + "` has no weights yet")
        .Help("apply the model above this line, or in another step");
    return Poison();
  }
  return list;
}

Value Builtins::WrongCount(const std::string& name, const ast::Expr& expr, const std::string& wanted) {
  Report(expr.arguments.empty() ? DiagnosticKind::MissingArgument : DiagnosticKind::TooManyArguments, expr.span, "`" + name + "` takes " + wanted)
      .Help(IsReduction(name) && expr.arguments.size() == 2 ? ForeignHelp("axis") : "");
  return Poison();
}

Value Builtins::ApplyBuiltin(const std::string& name, const ast::Expr& expr, Scope& scope) {
  const ast::Expr& callee = *expr.operands[0];
  bool bracketed = callee.kind == ExprKind::Subscript;
  for (const auto& argument : expr.arguments)
    if (!argument.name.empty() && !IsDistribution(name) && name != "encode" && name != "onehot") {
      Report(DiagnosticKind::UnknownArgument, argument.name_span, "`" + name + "` has no parameter `" + argument.name + "`")
          .Help(ForeignHelp(argument.name));
      return Poison();
    }
  if (IsReduction(name) && bracketed) {
    if (expr.arguments.size() != 1) return WrongCount(name, expr, "one expression in parentheses");
    return Comprehensions(*this).EvaluateReduction(expr, name, callee.subscripts, *expr.arguments[0].value, scope);
  }
  if (IsDistribution(name)) {
    if (bracketed) return Draws(*this).DrawSubscripted(name, callee.subscripts, &expr, &expr, expr.span, scope);
    return Draws(*this).MakeDistribution(name, expr, scope);
  }
  if (name == "grad") return Derivatives(*this).EvaluateGrad(expr, scope);
  if (name == "along") return Derivatives(*this).EvaluateAlong(expr, scope);
  if (name == "reshape") return Reshape(expr, scope);
  if (name == "weights") return WeightsOf(expr, scope);
  if (name == "concat") return ConcatCall(expr, scope);
  if (name == "encode" || name == "onehot") return FileColumns(*this).Encode(name, expr, scope);
  if (name == "all except") return FileColumns(*this).AllExcept(expr);
  if (name == "zeros" || name == "ones") {
    Report(DiagnosticKind::MissingArgument, expr.span, "`" + name + "` takes sizes in square brackets, `" + name + "[N, 3]`, and is applied to nothing")
        .Help("weights that begin so are `weight W: f32[3] = " + name + "`, a layer's `dense{8, start = filled{value = " + (name == "zeros" ? "0" : "1") + "}}`");
    return Poison();
  }
  if (name == "unit") {
    Report(DiagnosticKind::MisplacedStatement, expr.span, "`unit(d)` is the direction of `along(y, x, unit(d))`");
    return Poison();
  }
  Arguments arguments;
  for (const auto& argument : expr.arguments) {
    arguments.values.push_back(Evaluate(*argument.value, scope));
    arguments.spans.push_back(argument.value->span);
    Value& value = arguments.values.back();
    if (value.IsPoison()) return Poison();
    if (!value.origin.Valid()) value.origin = arguments.spans.back();
  }
  return ApplyToValues(name, expr, arguments);
}

Value Builtins::ApplyToValues(const std::string& name, const ast::Expr& expr, const Arguments& arguments) {
  const std::vector<Value>& values = arguments.values;
  const std::vector<Span>& spans = arguments.spans;
  if (name == "len" || name == "size") return values.size() == 1 ? Size(values[0], spans[0]) : WrongCount(name, expr, "one argument");
  if (name == "constant") return values.size() == 1 ? Map(ScalarFn::Stop, values, spans, "hold constant") : WrongCount(name, expr, "one argument");
  const bool deviation = name == "std" || name == "var";
  if (context_.host)
    for (const MetricInfo& metric : shared_.options.metrics)
      if (metric.name == name && !IsReduction(name) && !deviation) return ApplyMetric(metric, expr, arguments);
  if (context_.fitting && context_.host && values.size() == 1 &&
      (name == "mean" || deviation || name == "min" || name == "max" || name == "sum")) {
    Value x = AsTensor(values[0], spans[0]);
    auto event = std::find(x.bound.begin(), x.bound.end(), building_.event);
    if (x.IsPoison() || event == x.bound.end()) return x;
    return Reductions(*this).HostReduce(name, x, static_cast<size_t>(event - x.bound.begin()), expr.span);
  }
  if (IsReduction(name) || deviation) {
    if (values.empty()) return WrongCount(name, expr, "one tensor, or two or more values");
    if (values.size() == 1) return deviation ? Deviation(name, values[0], spans[0], expr.span) : Reductions(*this).ReduceAll(name, values[0], expr.span);
    if (name != "max" && name != "min") return WrongCount(name, expr, "one tensor, or an index in brackets");
    return Extremum(name, arguments);
  }
  if (auto fn = ir::FindScalarFn(name)) {
    const size_t arity = static_cast<size_t>(ir::Row(*fn).arity);
    if (arity != values.size()) return WrongCount(name, expr, arity == 1 ? "one argument" : std::to_string(arity) + " arguments");
    return Map(*fn, values, spans, ("apply `" + name + "` to").c_str());
  }
  auto& report = Report(DiagnosticKind::UnknownMetric, expr.span,
      "`" + name + "` is a metric: it stands in `metric NAME = ...` of a training block");
  const std::string loss = ForeignHelp(name);
  report.Help(loss.empty() ? "losses are `bce`, `cross_entropy`, `nll`, `squared_error`, `huber` and others" : "as a loss it is called otherwise: " + loss);
  return Poison();
}

// A figure that the runtime reduces on the host, from columns with one row per event.
Value Builtins::ApplyMetric(const MetricInfo& metric, const ast::Expr& expr, const Arguments& arguments) {
  const auto& [values, spans] = arguments;
  if (values.size() != static_cast<size_t>(metric.arguments)) {
    const bool both = metric.ordered && metric.arguments == 2;
    return WrongCount(metric.name, expr, std::to_string(metric.arguments) + " arguments" + (both ? ", what the model says and the truth: `" + metric.name + "(Net(x), y)`" : ""));
  }
  HostReduction reduction;
  reduction.function = metric.name;
  reduction.span = expr.span;
  reduction.input = context_.owner + "." + metric.name + "." + std::to_string(context_.host->reductions.size());
  std::vector<int64_t> widths;
  std::vector<Basis> bases;
  for (size_t i = 0; i < values.size(); ++i) {
    Value column = AsTensor(values[i], spans[i]);
    if (column.IsPoison()) return column;
    Shape shape = Positional(column);
    const bool open = std::count_if(shape.begin(), shape.end(), [](const Dim& size) { return !size.IsConstant(); }) > 1;
    int source = 0;
    if (shape.empty() || open || !IsEventAxis(shape[0], &source)) {
      Report(DiagnosticKind::NotAScalar, spans[i], "`" + metric.name + "` compares one value per event, and this is " + Describe(column));
      return Poison();
    }
    if (i > 0 && source != reduction.source) {
      Report(DiagnosticKind::ShapeMismatch, expr.span, "`" + metric.name + "` compares values of the same events, and these are of two data sources")
          .AddLabel(spans[0], Describe(values[0]))
          .AddLabel(spans[i], Describe(column));
      return Poison();
    }
    reduction.source = source;
    widths.push_back(1);
    for (size_t axis = 1; axis < shape.size(); ++axis) widths.back() *= shape[axis].Constant();
    bases.push_back(BasisOf(building_.graph, column.node));
    reduction.columns.push_back(reduction.input + ".of" + std::to_string(i));
    building_.graph.outputs.push_back({reduction.columns.back(), column.node, ir::kNoNode});
  }
  if (metric.ordered && bases == std::vector{Basis::Columns, Basis::Model}) return Applications(*this).ReportOrder(metric.name, expr.span, "Net(x), y");
  if (std::string misfit = widths.size() > 1 && metric.misfit ? metric.misfit(widths[0], widths[1]) : ""; !misfit.empty()) {
    Report(DiagnosticKind::ShapeMismatch, expr.span, "`" + metric.name + "` cannot compare these: " + misfit)
        .AddLabel(spans[0], Describe(values[0]))
        .AddLabel(spans[1], Describe(values[1]));
    return Poison();
  }
  reduction.weights = Reductions(*this).EventWeights(reduction.source);
  context_.host->reductions.push_back(reduction);
  NodeId input = building_.builder->AddInput({ir::Role::Fitted, ir::DType::F32, reduction.input, 0}, {}, expr.span);
  building_.inputs[reduction.input] = input;
  return Value::OfTensor(input);
}

Value Builtins::DeviationInGraph(const std::string& name, const Value& x, Span span, Span whole_span) {
  const Value mean = Reductions(*this).ReduceAll("mean", x, whole_span);
  const Value deviation = Map(ScalarFn::Sub, {x, mean}, {span, span}, "subtract");
  const Value variance = Reductions(*this).ReduceAll("mean", Map(ScalarFn::Mul, {deviation, deviation}, {span, span}, "multiply"), whole_span);
  return name == "var" ? variance : Map(ScalarFn::Sqrt, {variance}, {span}, "take the root of");
}

// The variance of all elements or its root. Over the events of a column it is made on the host; its derivatives are those of the formula.
Value Builtins::Deviation(const std::string& name, const Value& value, Span span, Span whole_span) {
  Value x = AsTensor(value, span);
  if (x.IsPoison()) return x;
  const Shape shape = building_.graph.ShapeOf(x.node);
  const bool column = shape.size() == 1 && x.bound.empty() && Reductions(*this).HostAxis(name, shape, {0}) == 0;
  Context inside = context_;
  if (column) inside.host = nullptr;
  const Value whole = Builtins(shared_, inside).DeviationInGraph(name, x, span, whole_span);
  if (!column) return whole;
  Value figure = Reductions(*this).HostReduce(name, x, 0, whole_span);
  building_.derivatives->Inside(figure.node, whole.node);
  return figure;
}

// max(a, b, ...) and min(a, b, ...): of equal values the first.
Value Builtins::Extremum(const std::string& name, const Arguments& arguments) {
  const auto& [values, spans] = arguments;
  Value result = values[0];
  for (size_t i = 1; i < values.size(); ++i) {
    auto a = ConstantNumber(result), b = ConstantNumber(values[i]);
    if (result.IsDim() && values[i].IsDim() && a && b) result = (name == "max") == (*a >= *b) ? result : values[i];
    else result = Map(name == "max" ? ScalarFn::Max : ScalarFn::Min, {result, values[i]}, {spans[0], spans[i]}, "compare");
  }
  return result;
}

}  // namespace nnc::sema
