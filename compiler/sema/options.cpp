// Options: the only things that can be set from outside; typed, and ranged by their domain.
#include "compiler/sema/options.h"

#include <algorithm>

#include "compiler/sema/expressions.h"

namespace nnc::sema {

static constexpr const char* kTypes[] = {"f32", "dim", "bool", "fn", "init"};  // and lists of these

static bool SameValue(const Value& a, const Value& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Value::Kind::Number: return a.number == b.number;
    case Value::Kind::Index: return a.index == b.index;
    case Value::Kind::Text: return a.text == b.text;
    case Value::Kind::Callable: return a.callable->decl == b.callable->decl && a.callable->builtin == b.callable->builtin;
    case Value::Kind::List:
      if (a.items.size() != b.items.size()) return false;
      for (size_t i = 0; i < a.items.size(); ++i)
        if (!SameValue(a.items[i], b.items[i])) return false;
      return true;
    case Value::Kind::Poison: case Value::Kind::Tensor: case Value::Kind::Tuple: case Value::Kind::Distribution:
    case Value::Kind::Source: case Value::Kind::FileColumn: case Value::Kind::Weights: return false;
  }
  return false;
}

std::optional<Value> OptionValues::Fixed(const Value& value) const {
  using Kind = Value::Kind;
  switch (value.kind) {
    case Kind::Tensor:
      if (auto number = ConstantNumber(value)) return Value::OfNumber(*number);
      return std::nullopt;
    case Kind::Index:
      if (value.IsDim() && value.index.constant.IsConstant()) return value;
      return std::nullopt;
    case Kind::Number: case Kind::Text: return value;
    case Kind::List: case Kind::Tuple: case Kind::Distribution: {
      Value fixed = value;
      for (Value& item : fixed.items) {
        auto inner = Fixed(item);
        if (!inner) return std::nullopt;
        item = *inner;
      }
      return fixed;
    }
    case Kind::Callable: {
      auto callable = std::make_shared<Callable>(*value.callable);
      for (Callable::Config& config : callable->config) {
        auto inner = Fixed(*config.value);
        if (!inner) return std::nullopt;
        config.value = std::make_shared<Value>(*inner);
      }
      Value fixed = value;
      fixed.callable = std::move(callable);
      return fixed;
    }
    case Kind::Poison: case Kind::Source: case Kind::FileColumn: case Kind::Weights: return std::nullopt;
  }
  return std::nullopt;
}

// Whether a value is of an option's type.
bool OptionValues::Fits(const ast::Type& type, const Value& value) const {
  using Kind = Value::Kind;
  auto one_fits = [&](const Value& one) {
    auto number = ConstantNumber(one);
    if (type.name == "dim") return one.IsDim();
    if (type.name == "f32") return number.has_value();
    if (type.name == "bool") return number && (*number == 0 || *number == 1);
    if (type.name == "fn") return one.kind == Kind::Callable;
    if (type.name == "init") return one.kind == Kind::Callable || one.kind == Kind::Distribution || number.has_value();
    return type.name == "text" && one.kind == Kind::Text;
  };
  return type.list ? value.kind == Kind::List && std::all_of(value.items.begin(), value.items.end(), one_fits) : one_fits(value);
}

void OptionValues::Bind(const ast::Decl& decl, const ast::Expr& chosen, bool from_outside) {
  auto fail = [&](DiagnosticKind kind, const std::string& message) -> Diagnostic& {
    Diagnostic& report = Report(kind, chosen.span, message);
    if (from_outside) report.AddNote(decl.name_span, "the option is declared here");
    return report;
  };
  // A default, a choice or an end of the range: fixed before anything runs.
  auto fixed = [&](const ast::Expr& expr) -> Value {
    Value found = Evaluate(expr, shared_.globals);
    if (found.IsPoison()) return found;
    if (auto known = Fixed(found)) return *known;
    Report(DiagnosticKind::OptionType, expr.span,
        "the option `" + decl.name + "` needs a value that is fixed, and this is " + Describe(found));
    return Poison();
  };
  Value value = fixed(chosen);
  if (value.IsPoison()) {
    shared_.globals.Add(decl.name, value, decl.name_span, nullptr);
    return;
  }
  const ast::Type& type = *decl.type;
  if (!Fits(type, value)) {
    auto& report = fail(DiagnosticKind::OptionType,
        "the option `" + decl.name + "` has the type " + std::string(shared_.sources.Text(type.span)) + ", and this is " +
        Describe(value));
    if (std::none_of(std::begin(kTypes), std::end(kTypes), [&](const char* name) { return type.name == name; }))
      report.Help("there is no such type: a whole number is `dim`, any other `f32`, yes or no `bool`, a function `fn`");
    shared_.globals.Add(decl.name, Poison(), decl.name_span, nullptr);
    return;
  }
  if (type.name == "f32" && !type.list) value = Value::OfNumber(*ConstantNumber(value));
  if (type.name == "dim" && !type.list && value.index.constant.Constant() < 0)
    fail(DiagnosticKind::OptionOutOfRange,
        "the option `" + decl.name + "` is a size, and " + value.index.constant.ToString() + " is negative");
  if (decl.domain) {
    std::string range(shared_.sources.Text(decl.domain->span));
    bool inside = decl.domain->choices.empty();
    for (const auto& choice : decl.domain->choices) {
      Value allowed = fixed(*choice);
      inside |= allowed.IsPoison();  // told already
      auto a = ConstantNumber(allowed), b = ConstantNumber(value);
      inside |= (a && b && *a == *b) || SameValue(allowed, value);
    }
    if (decl.domain->choices.empty() && decl.domain->range.begin) {
      auto low = Expressions(*this).EvaluateNumber(*decl.domain->range.begin, shared_.globals), high = Expressions(*this).EvaluateNumber(*decl.domain->range.end, shared_.globals);
      auto number = ConstantNumber(value);
      if (low && high && number) inside = *number >= *low && *number <= *high;
    }
    if (!inside)
      fail(DiagnosticKind::OptionOutOfRange,
          "the option `" + decl.name + "` may be one of " + range + ", not " + std::string(shared_.sources.Text(chosen.span)));
  }
  shared_.globals.Add(decl.name, std::move(value), decl.name_span, nullptr);
}

}  // namespace nnc::sema
