// Whether a value is of the kind that a parameter's type says, before its shape is looked at.
#include "compiler/sema/applications.h"
#include "compiler/sema/call_help.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/heads.h"

namespace nnc::sema {

using ast::DeclKind;

// What draws or gives start values: no function of values, as activations are.
static bool IsInitialiser(const Value& value) {
  if (value.kind == Value::Kind::Distribution) return true;
  return value.kind == Value::Kind::Callable && value.callable->decl && value.callable->decl->kind == DeclKind::Function && value.callable->decl->params.empty();
}

bool Applications::CheckKind(const ast::Type& type, const Value& value, const std::string& what, Span span) {
  using Kind = Value::Kind;
  bool fits = true;
  std::string wanted;
  if (type.list) {
    fits = value.kind == Kind::List;
    wanted = "a list, as in [32, 32]";
  } else if (type.name == "dim") {
    fits = value.IsDim();
    wanted = "a whole number";
  } else if (type.name == "fn" || type.name == "init") {
    const bool function = value.kind == Kind::Callable;
    fits = type.name == "fn" ? function : IsInitialiser(value);
    wanted = type.name == "fn" ? "a function" : "an initialiser, as `he_normal`";
  } else if (type.name == "index") {
    fits = value.IsTensor() || value.kind == Kind::Number || value.kind == Kind::Index || value.kind == Kind::FileColumn || value.kind == Kind::List;
    wanted = "whole numbers, the subscripts of an axis";
  } else if (type.name == "f32" || type.name == "bool") {
    fits = value.IsTensor() || value.kind == Kind::Number || value.kind == Kind::Index || value.kind == Kind::FileColumn ||
           value.kind == Kind::List || (value.kind == Kind::Callable && context_.progress);
    wanted = "a number";
  } else {
    auto& report = Report(DiagnosticKind::UnknownName, type.span, "unknown type `" + type.name + "`");
    std::string near = ClosestName(type.name, {"f32", "dim", "fn", "init", "bool", "index"});
    if (std::string help = ForeignHelp(type.name); !help.empty()) report.Help(help);
    else report.Help(near.empty() ? "types are f32, dim, fn, init, bool and lists of them" : "did you mean `" + near + "`?");
    return false;
  }
  if (fits) return true;
  auto& report = Report(DiagnosticKind::TypeMismatch, span, what + " is " + wanted + ", not " + Describe(value));
  const bool penalty = value.kind == Kind::Callable && value.callable->decl && IsPenalty(value.callable->decl->name);
  if (type.name == "fn" && value.kind == Kind::Number) report.Help("a function of your own is `fn f(t) { " + std::string(shared_.sources.Text(span)) + " }`; its name stands here");
  if (type.name == "init" && penalty) report.Help("a penalty is a term of the loss, of all weights of a model: `+ " + std::string(shared_.sources.Text(span)) + "(weights(Net))`");
  else if (type.name == "init" && !InitialValueHelp(value).empty()) report.Help(InitialValueHelp(value));
  else if (type.name == "init" && value.kind == Kind::Callable) report.Help("an activation is applied behind the layer: `... |> dense{32} |> " + std::string(shared_.sources.Text(span)) + "`");
  else if (type.name == "init" && value.IsDim()) report.Help("the size of what a layer is applied to is known, `dense{32}` says its results; several layers are a chain, `dense{32} |> relu |> dense{1}`, or `mlp{[32, 1], relu}`");
  const bool layer = value.kind == Kind::Callable && value.callable->decl && value.callable->decl->kind == DeclKind::Layer;
  if (type.name == "f32" && layer) {
    const std::string among = InputAmongSettingsHelp(shared_.sources, *value.callable), text = value.origin.Valid() ? std::string(shared_.sources.Text(value.origin)) : value.callable->decl->name;
    report.Help(!among.empty() ? among : "the layer is not applied to anything: `x |> " + text + "`");
  }
  if (type.name == "dim" || type.name == "f32") {
    if (std::string help = WholeNumberHelp(value); !help.empty()) report.Help(help);
  }
  return false;
}

}  // namespace nnc::sema
