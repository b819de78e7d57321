// Applying functions, layers and models: configuration, parameters, unification of shapes, instances.
#include "compiler/sema/applications.h"

#include <algorithm>

#include "compiler/sema/builtins.h"
#include "compiler/sema/call_help.h"
#include "compiler/sema/checks.h"
#include "compiler/sema/data_block.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/heads.h"
#include "compiler/sema/lookups.h"
#include "compiler/sema/reductions.h"
#include "compiler/sema/statements.h"

namespace nnc::sema {

using ast::DeclKind;
using ast::ExprKind;

static constexpr int kDeepestRecursion = 6;

const char* KindName(DeclKind kind) {
  switch (kind) {
    case DeclKind::Model: return "model";
    case DeclKind::Layer: return "layer";
    case DeclKind::Function: return "function";
    case DeclKind::Optimizer: return "optimizer";
    case DeclKind::Prepare: return "preparation";
    case DeclKind::Import:
    case DeclKind::Option:
    case DeclKind::Data:
    case DeclKind::Train: return "declaration";
  }
  return "declaration";
}

// Settings given by name leave room for more: a layer configures the initialiser it is given, `filled{value = 0.5}`, with its sizes.
static bool CanConfigure(const Callable& callable) {
  if (!callable.decl) return false;
  if (!callable.configured) return true;
  bool named = std::all_of(callable.config.begin(), callable.config.end(),
      [](const Callable::Config& config) { return !config.name.empty(); });
  return callable.decl->kind == DeclKind::Function && named;
}

// fn(x) { ... }: it sees the names that stand above it, with the values that they have there.
Value Applications::EvaluateFunction(const ast::Expr& expr, Scope& scope) {
  Checks(*this).CheckPlaces(*expr.function);
  Expressions(*this).MarkUsed(expr, scope);
  auto closure = std::make_shared<Scope>();
  closure->parent = &shared_.globals;
  std::vector<const Scope*> chain;
  for (const Scope* at = &scope; at && at != &shared_.globals; at = at->parent) chain.push_back(at);
  for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
    for (const Scope::Entry& entry : (*at)->entries) closure->entries.push_back(entry);
    if ((*at)->provider) closure->provider = (*at)->provider;
  }
  if (const Shape* dims = scope.FindEllipsisDims()) {
    closure->has_ellipsis_dims = true;
    closure->ellipsis_dims = *dims;
  }
  Value value;
  value.kind = Value::Kind::Callable;
  value.callable = std::make_shared<Callable>();
  value.callable->decl = expr.function.get();
  value.callable->owner = context_.owner;
  value.callable->site = &expr;
  value.callable->span = expr.span;
  value.callable->closure = std::move(closure);
  value.origin = expr.span;
  return value;
}

Value Applications::EvaluateConfigure(const ast::Expr& expr, Scope& scope) {
  Value callee = Evaluate(*expr.operands[0], scope);
  if (callee.IsPoison()) return callee;
  if (callee.kind != Value::Kind::Callable || !CanConfigure(*callee.callable)) {
    const bool again = callee.kind == Value::Kind::Callable && callee.callable->decl;
    const bool builtin = callee.kind == Value::Kind::Callable && !again;
    const std::string inside = expr.arguments.empty() ? "" : std::string(shared_.sources.Text(Cover(expr.arguments.front().value->span, expr.arguments.back().value->span)));
    Report(DiagnosticKind::NotCallable, again ? callee.callable->span : expr.span,
        again     ? "`" + callee.callable->decl->name + "` has its settings, and `" + std::string(shared_.sources.Text(expr.span)) + "` gives it more"
        : builtin ? "`" + callee.callable->builtin + "` has no settings in braces"
                  : "braces configure a function or layer, and this is " + Describe(callee))
        .Help(again ? ConfiguredTwiceHelp(shared_.sources, *callee.callable, expr.arguments.size()) : builtin ? (IsReduction(callee.callable->builtin) ? ForeignHelp("axis") : BuiltinBracesHelp(callee.callable->builtin, inside))
              : callee.kind == Value::Kind::Distribution
                  ? "an initialiser is a function, `small_normal{s = 0.1}`, or one of your own: `fn start{I: dim, O: dim} { normal(0, 0.1) }`"
                  : "");
    return Poison();
  }
  auto configured = std::make_shared<Callable>(*callee.callable);
  configured->configured = true;
  configured->site = &expr;
  configured->owner = context_.owner;
  configured->span = expr.span;
  for (const ast::Argument& argument : expr.arguments) {
    Value value = Evaluate(*argument.value, scope);
    if (value.IsPoison()) return value;
    value.origin = argument.value->span;
    configured->config.push_back({argument.name, std::make_shared<Value>(std::move(value)), argument.value->span,
        argument.name_span});
  }
  Value result;
  result.kind = Value::Kind::Callable;
  result.callable = std::move(configured);
  result.origin = expr.span;
  return result;
}

// `dropout(0.5)(x)`: settings in parentheses, of a layer that has one for each.
static std::string TwiceAppliedHelp(const SourceManager& sources, const ast::Expr& callee, Declarations& declarations) {
  if (callee.kind != ExprKind::Apply || callee.operands[0]->kind != ExprKind::Name || callee.arguments.empty()) return "";
  const ast::Decl* decl = declarations.Find(callee.operands[0]->text);
  if (!decl || decl->config.empty()) return "";
  const std::string inside(sources.Text(Cover(callee.arguments.front().value->span, callee.arguments.back().value->span)));
  return "settings stand in braces: `" + decl->name + "{" + inside + "}`";
}

Value Applications::EvaluateApply(const ast::Expr& expr, Scope& scope) {
  const ast::Expr& callee = *expr.operands[0];
  const ast::Expr* name = callee.kind == ExprKind::Name ? &callee
                          : callee.kind == ExprKind::Subscript && callee.operands[0]->kind == ExprKind::Name
                              ? callee.operands[0].get()
                                                                                                             : nullptr;
  if (name && !scope.Find(name->text) && Builtins(*this).IsBuiltin(name->text)) return Builtins(*this).ApplyBuiltin(name->text, expr, scope);
  Value value = Evaluate(callee, scope);
  if (value.IsPoison()) {
    for (const auto& argument : expr.arguments) Evaluate(*argument.value, scope);
    return value;
  }
  if (value.kind != Value::Kind::Callable) {
    Report(DiagnosticKind::NotCallable, callee.span,
        "only functions, layers and models can be applied, and this is " + Describe(value))
        .Help(TwiceAppliedHelp(shared_.sources, callee, shared_.declarations));
    return Poison();
  }
  if (!value.callable->decl) {
    // A builtin that reached us as a value: `act = tanh`.
    std::vector<Value> arguments;
    std::vector<Span> spans;
    for (const auto& argument : expr.arguments) {
      arguments.push_back(Evaluate(*argument.value, scope));
      spans.push_back(argument.value->span);
      if (arguments.back().IsPoison()) return Poison();
    }
    auto fn = ir::FindScalarFn(value.callable->builtin);
    if (!fn || static_cast<size_t>(ir::Row(*fn).arity) != arguments.size()) {
      Report(DiagnosticKind::NotCallable, callee.span,
          "`" + value.callable->builtin + "` cannot be passed on and applied to " + std::to_string(arguments.size()) + " values");
      return Poison();
    }
    return Map(*fn, arguments, spans, "apply");
  }
  Value result = ApplyCallable(*value.callable, expr.arguments, scope, expr.span, &expr);
  result.origin = callee.span;
  result.maker = std::string(shared_.sources.Text(callee.span));
  return result;
}

Value Applications::ApplyCallable(const Callable& callable, const std::vector<ast::Argument>& arguments, Scope& scope, Span span,
                                const void* site) {
  std::vector<Actual> actuals;
  bool poisoned = false;
  for (const ast::Argument& argument : arguments) {
    Value value = Evaluate(*argument.value, scope);
    poisoned |= value.IsPoison();
    if (!value.origin.Valid()) value.origin = argument.value->span;
    actuals.push_back({argument.name, std::move(value), argument.value->span, argument.name_span});
  }
  if (poisoned) return Poison();
  return ApplyDecl(callable, std::move(actuals), span, site);
}

// How often the body is under elaboration already.
static int Depth(const Frame* frame, const ast::Decl& decl) {
  int depth = 0;
  for (; frame; frame = frame->outer) depth += frame->decl == &decl;
  return depth;
}

// The body with its settings and arguments, in the context of this application.
Value Applications::ValueOf(const Callable& callable, std::vector<Actual> actuals, Span span) {
  const ast::Decl& decl = *callable.decl;
  Scope inner;
  inner.parent = callable.closure ? callable.closure.get() : &shared_.globals;
  if (!BindConfig(callable, inner) || !BindParameters(decl, std::move(actuals), inner, span)) return Poison();
  Value result = Statements(*this).EvaluateBody(decl, *decl.body, inner);
  return result.IsPoison() || CheckResult(decl, result, inner) ? result : Poison();
}

Value Applications::ApplyDecl(const Callable& callable, std::vector<Actual> actuals, Span span, const void* site) {
  const ast::Decl& decl = *callable.decl;
  if (decl.kind == DeclKind::Prepare) {
    if (actuals.size() == 1 && context_.data) return DataBlock(*this).ApplyPrepare(callable, actuals[0].value, span, site);
    Report(DiagnosticKind::MisplacedStatement, span,
        "the preparation `" + decl.name + "` is applied to one column in a `data` block");
    return Poison();
  }
  if (decl.kind != DeclKind::Model && decl.kind != DeclKind::Layer && decl.kind != DeclKind::Function) {
    auto& report = Report(DiagnosticKind::NotCallable, span, "the " + std::string(KindName(decl.kind)) + " `" + decl.name + "` cannot be applied");
    if (decl.kind == DeclKind::Optimizer && !actuals.empty())
      report.Help("settings stand in braces: `" + decl.name + "{" + std::string(shared_.sources.Text(Cover(actuals.front().span, actuals.back().span))) + "}`");
    return Poison();
  }
  if (!MayGoOn(span)) return Poison();
  const auto is_setting = [](const Actual& a) { return a.value.IsDim() || a.value.kind == Value::Kind::Number; };
  const auto settings = std::find_if(actuals.begin(), actuals.end(), is_setting);
  const bool apart = settings - actuals.begin() <= 1 && std::all_of(settings, actuals.end(), is_setting);  // the input, if it is there, comes first
  if (const ast::Parameter* missing = MissingSetting(callable); missing && apart && settings != actuals.end()) {
    const std::string inside(shared_.sources.Text(Cover(settings->span, actuals.back().span)));
    const std::string input = settings == actuals.begin() ? "x" : std::string(shared_.sources.Text(actuals.front().span));
    Report(DiagnosticKind::MissingArgument, span, "`" + decl.name + "` needs a setting for `" + missing->name + "`")
        .Help(IsPenalty(decl.name)    ? "its strength stands in braces: `" + decl.name + "{" + inside + "}(weights(Net))`"
              : context_.progress   ? "settings stand in braces, and a schedule is applied to nothing: `" + decl.name + "{" + inside + "}`"
              : decl.params.empty() ? InitialiserHelp(shared_.sources, decl, inside)
                                  : "settings stand in braces, what they are applied to in parentheses: `" + decl.name + "{" + inside + "}(" + input + ")`");
    return Poison();
  }
  if (Depth(context_.frame, decl) >= kDeepestRecursion) {
    Report(DiagnosticKind::RecursiveDefinition, span, "`" + decl.name + "` applies itself without end")
        .Help("use `repeat` for a fixed number of turns");
    return Poison();
  }
  std::string instance = decl.kind == DeclKind::Model ? decl.name
      : shared_.instances.Path(callable.owner, callable.site, decl.name, callable.hint);
  shared_.elaborated.insert(&decl);
  const Frame frame{&decl, span, context_.frame};
  Context inside = context_;
  inside.applications += shared_.instances.Application(context_.applications, context_.owner, instance, site);
  inside.owner = std::move(instance);
  inside.definition.clear();
  inside.frame = &frame;
  inside.weighted &= decl.kind == DeclKind::Function;  // a metric's own reductions are, those of a network are what they are in training
  std::vector<Actual> seen;
  if (decl.kind == DeclKind::Model && context_.model_applied) seen = actuals;
  Value result = Applications(shared_, inside).ValueOf(callable, std::move(actuals), span);
  return seen.empty() || result.IsPoison() ? result : (*context_.model_applied)(decl, seen, std::move(result), span);
}

// For a name that is none of these: what other libraries call one of them, the nearest, or what the name stands for elsewhere.
static std::string UnknownArgumentHelp(const std::string& name, std::string near, const std::vector<std::string>& names) {
  if (std::string help = near.empty() ? ForeignHelp(name) : ""; !help.empty()) return help;
  if (near.empty()) near = ClosestName(name, names);
  if (!near.empty() || names.empty()) return near.empty() ? "" : "did you mean `" + near + "`?";
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "`" : ", `") + known + "`";
  return "it has " + list;
}

bool Applications::BindConfig(const Callable& callable, Scope& inner) {
  const ast::Decl& decl = *callable.decl;
  std::vector<const Callable::Config*> given(decl.config.size(), nullptr);
  size_t position = 0;
  for (const Callable::Config& config : callable.config) {
    size_t slot = decl.config.size();
    if (config.name.empty()) {
      if (position >= decl.config.size()) {
        Report(DiagnosticKind::TooManyArguments, config.span,
               "`" + decl.name + "` takes " + std::to_string(decl.config.size()) + " settings in braces, and this is one more");
        return false;
      }
      slot = position++;
    } else {
      std::vector<std::string> names;
      for (size_t i = 0; i < decl.config.size(); ++i) {
        names.push_back(decl.config[i].name);
        if (decl.config[i].name == config.name) slot = i;
      }
      if (slot == decl.config.size()) {
        Report(DiagnosticKind::UnknownArgument, config.name_span, "`" + decl.name + "` has no setting `" + config.name + "`")
            .Help(names.empty() ? "it has no settings: write `" + decl.name + "`" : UnknownArgumentHelp(config.name, ForeignTarget(config.name, names), names));
        return false;
      }
    }
    if (given[slot]) {
      Report(DiagnosticKind::TooManyArguments, config.span, "`" + decl.config[slot].name + "` is set twice");
      return false;
    }
    given[slot] = &config;
  }
  for (size_t i = 0; i < decl.config.size(); ++i) {
    const ast::Parameter& parameter = decl.config[i];
    Value value;
    Span span = parameter.span;
    if (given[i]) {
      value = *given[i]->value;
      span = given[i]->span;
    } else if (parameter.default_value) {
      value = Evaluate(*parameter.default_value, inner);
      if (value.IsPoison()) return false;
    } else {
      Report(DiagnosticKind::MissingArgument, callable.span, "`" + decl.name + "` needs a setting for `" + parameter.name + "`")
          .Help("settings stand in braces: write `" + decl.name + "{" + parameter.name + " = ...}`");
      return false;
    }
    if (std::string help = shared_.declarations.IsLibrary(decl) && !parameter.type ? SettingHelp(shared_.sources, decl, i, value, span) : ""; !help.empty()) {
      Report(DiagnosticKind::TypeMismatch, span, "the setting `" + parameter.name + "` of `" + decl.name + "` is a number, not " + Describe(value)).Help(help);
      return false;
    }
    if (parameter.type && !CheckKind(*parameter.type, value, "the setting `" + parameter.name + "` of `" + decl.name + "`",
        span)) return false;
    if (value.kind == Value::Kind::Callable && context_.progress && (!parameter.type || parameter.type->name == "f32")) {
      value = AsTensor(value, span);
      if (value.IsPoison()) return false;
    }
    inner.Add(parameter.name, AsVariable(std::move(value)), parameter.span, nullptr);
  }
  return true;
}

std::string Applications::Signature(const ast::Decl& decl, const ast::Parameter& parameter) const {
  return "`" + decl.name + "` expects `" + std::string(shared_.sources.Text(parameter.span)) +
         (parameter.type ? ": " + std::string(shared_.sources.Text(parameter.type->span)) : "") + "`";
}

// What helps where an argument has another shape: of as many axes it has another number of classes, else it is another kind of thing.
static std::string HintFor(const std::string& function, const std::string& parameter, const Shape& shape) {
  const bool classes = shape.size() > 1 && shape.back().IsConstant();
  if (std::string hint = classes ? ClassesHint(function, parameter, shape.back().ToString()) : ""; !hint.empty()) return hint;
  return ArgumentHint(function, parameter);
}

// Of a model: the type that takes a value of this shape.
static std::string TypeHint(const ast::Decl& decl, const ast::Parameter& parameter, const Shape& shape) {
  const std::vector<ast::Axis>& axes = parameter.type->axes;
  const bool whole = axes.size() == shape.size() && std::none_of(axes.begin(), axes.end(), [](const ast::Axis& axis) { return axis.ellipsis; });
  if (decl.kind != ast::DeclKind::Model || !whole || shape.empty() || shape[0].IsConstant()) return "";
  std::string sizes = "N";
  for (size_t axis = 1; axis < shape.size(); ++axis) sizes += ", " + shape[axis].ToString();
  return "`" + parameter.name + ": f32[" + sizes + "]` takes it: the first axis is that of the events, whose number has a name; so has a size that may be any, as in `f32[N, K]`";
}

bool Applications::BindParameters(const ast::Decl& decl, std::vector<Actual> actuals, Scope& inner, Span span) {
  std::vector<Actual*> given(decl.params.size(), nullptr);
  size_t position = 0;
  for (Actual& actual : actuals) {
    size_t slot = decl.params.size();
    if (actual.name.empty()) {
      slot = position++;
    } else {
      for (size_t i = 0; i < decl.params.size(); ++i)
        if (decl.params[i].name == actual.name) slot = i;
      if (slot == decl.params.size()) {
        std::vector<std::string> names;
        for (const ast::Parameter& parameter : decl.params) names.push_back(parameter.name);
        Report(DiagnosticKind::UnknownArgument, actual.name_span, "`" + decl.name + "` has no parameter `" + actual.name + "`")
            .Help(UnknownArgumentHelp(actual.name, "", names));
        return false;
      }
    }
    if (slot >= decl.params.size()) {
      Report(DiagnosticKind::TooManyArguments, actual.span,
             "`" + decl.name + "` takes " + std::to_string(decl.params.size()) + (decl.params.size() == 1 ? " argument" : " arguments"))
          .Help(ExtraArgumentHelp(shared_.sources, decl, actual.span, context_.progress != nullptr));
      return false;
    }
    if (given[slot]) {
      Report(DiagnosticKind::TooManyArguments, actual.span, "`" + decl.params[slot].name + "` is given twice");
      return false;
    }
    given[slot] = &actual;
  }
  if (shared_.declarations.IsLibrary(decl) && !CheckOrder(decl, given, span)) return false;
  for (size_t i = 0; i < decl.params.size(); ++i) {
    const ast::Parameter& parameter = decl.params[i];
    if (!given[i]) {
      if (!parameter.default_value) {
        Report(DiagnosticKind::MissingArgument, span, "`" + decl.name + "` needs an argument for `" + parameter.name + "`")
            .Help(FormOfCall(shared_.sources, decl));
        return false;
      }
      Value value = Evaluate(*parameter.default_value, inner);
      if (value.IsPoison()) return false;
      inner.Add(parameter.name, AsVariable(std::move(value)), parameter.span, nullptr);
      continue;
    }
    Value value = given[i]->value;
    if (parameter.type) {
      if (!CheckKind(*parameter.type, value, "the argument `" + parameter.name + "` of `" + decl.name + "`", given[i]->span))
        return false;
      if (parameter.type->has_axes) {
        value = AsTensor(value, given[i]->span);
        if (value.IsPoison() || !BindAxes(*parameter.type, value, Signature(decl, parameter), given[i]->span, inner, false,
            shared_.declarations.IsLibrary(decl) ? HintFor(decl.name, parameter.name, Positional(value)) : TypeHint(decl, parameter, Positional(value))))
          return false;
      }
    }
    if (shared_.declarations.IsLibrary(decl) && !CheckHead(decl.name, parameter.name, value, given[i]->span)) return false;
    inner.Add(parameter.name, AsVariable(std::move(value)), parameter.span, nullptr);
  }
  return BindSubscripts(decl, given, inner);
}

// Arguments of type `index{V}` are subscripts of an axis of size V wherever the body uses them.
bool Applications::BindSubscripts(const ast::Decl& decl, const std::vector<Actual*>& given, Scope& inner) {
  for (size_t i = 0; i < decl.params.size(); ++i) {
    const ast::Parameter& parameter = decl.params[i];
    if (!parameter.type || parameter.type->name != "index" || !given[i]) continue;
    if (parameter.type->arguments.size() != 1) return false;  // reported where it is declared
    const auto size = Expressions(*this).EvaluateDim(*parameter.type->arguments[0].value, inner);
    Value& value = inner.FindHere(parameter.name)->value;
    value = AsVariable(AsTensor(value, given[i]->span));
    if (!size || value.IsPoison()) return false;
    const std::string what = "`" + parameter.name + "` of `" + decl.name + "`, declared `" + std::string(shared_.sources.Text(parameter.type->span)) + "`";
    if (!Lookups(*this).IsInside(value, *size, given[i]->span, what)) return false;
    building_.whole_below.insert_or_assign(value.node, *size);
  }
  return true;
}

bool Applications::CheckResult(const ast::Decl& decl, const Value& value, Scope& inner) {
  if (decl.results.empty()) return true;
  std::vector<const Value*> values;
  if (decl.results.size() == 1 && decl.results[0].has_axes && value.kind == Value::Kind::Tuple) {
    std::string types;
    for (const Value& item : value.items) types += (types.empty() ? "" : ", ") + (item.IsTensor() ? Describe(item) : "f32");
    const Span last = decl.body->statements.back().span;
    Report(DiagnosticKind::ResultShape, last, "`" + decl.name + "` declares one result, `" + std::string(shared_.sources.Text(decl.results[0].span)) + "`, and gives " + Describe(value))
        .Help("several results are declared as `-> (" + types + ")`");
    return false;
  }
  if (decl.results.size() == 1) {
    values.push_back(&value);
  } else if (value.kind == Value::Kind::Tuple && value.items.size() == decl.results.size()) {
    for (const Value& item : value.items) values.push_back(&item);
  } else {
    Report(DiagnosticKind::ResultShape, decl.body->span,
        "`" + decl.name + "` declares " + std::to_string(decl.results.size()) + " results and gives " + Describe(value));
    return false;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i]->IsPoison()) return false;
    if (!decl.results[i].has_axes || values[i]->kind == Value::Kind::Distribution) continue;
    Span last = decl.body->statements.back().span;
    Value tensor = AsTensor(*values[i], last);
    std::string what = "`" + decl.name + "` declares the result `" + std::string(shared_.sources.Text(decl.results[i].span)) + "`";
    const Shape shape = tensor.IsPoison() ? Shape() : Positional(tensor);
    const bool several = decl.kind == ast::DeclKind::Model && shape.size() == 2 && decl.results[i].axes.size() == 1 && shape[1].IsConstant() && !(shape[1] == Dim(1));
    const std::string hint = several ? "`-> f32[N, " + shape[1].ToString() + "]` declares " + shape[1].ToString() + " numbers an event; one is made by `dense{1} |> squeeze` at the end" : "";
    if (tensor.IsPoison() || !BindAxes(decl.results[i], tensor, what, last, inner, true, hint)) return false;
  }
  return true;
}

}  // namespace nnc::sema
