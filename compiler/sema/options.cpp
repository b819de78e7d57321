// Options: the only things that can be set from outside; typed, and ranged by their domain.
#include <cmath>

#include "compiler/sema/elaborator.h"

namespace nnc::sema {

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

void Elaborator::BindOption(const ast::Decl& decl, const ast::Expr& chosen, bool from_outside) {
  auto fail = [&](DiagnosticKind kind, const std::string& message) -> Diagnostic& {
    Diagnostic& report = Report(kind, chosen.span, message);
    if (from_outside) report.AddNote(decl.name_span, "the option is declared here");
    return report;
  };
  Value value = Evaluate(chosen, globals_);
  if (value.IsPoison()) {
    globals_.Add(decl.name, value, decl.name_span, nullptr);
    return;
  }
  const ast::Type& type = *decl.type;
  using Kind = Value::Kind;
  bool fits = type.list ? value.kind == Kind::List
              : type.name == "dim" ? value.IsDim() && value.index.constant.IsConstant()
              : type.name == "f32" ? ConstantNumber(value).has_value()
              : type.name == "fn" || type.name == "init" ? value.kind == Kind::Callable
              : type.name == "bool" ? ConstantNumber(value) && (*ConstantNumber(value) == 0 || *ConstantNumber(value) == 1)
              : type.name == "text" ? value.kind == Kind::Text
                                    : false;
  if (!fits) {
    fail(DiagnosticKind::OptionType,
        "the option `" + decl.name + "` has the type " + std::string(sources_.Text(type.span)) + ", and this is " +
        Describe(value));
    globals_.Add(decl.name, Poison(), decl.name_span, nullptr);
    return;
  }
  if (type.name == "f32" && !type.list) value = Value::OfNumber(*ConstantNumber(value));
  if (type.name == "dim" && !type.list && value.index.constant.Constant() < 0)
    fail(DiagnosticKind::OptionOutOfRange,
        "the option `" + decl.name + "` is a size, and " + value.index.constant.ToString() + " is negative");
  if (decl.domain) {
    std::string range(sources_.Text(decl.domain->span));
    bool inside = decl.domain->choices.empty();
    for (const auto& choice : decl.domain->choices) {
      Value allowed = Evaluate(*choice, globals_);
      auto a = ConstantNumber(allowed), b = ConstantNumber(value);
      inside |= (a && b && *a == *b) || SameValue(allowed, value);
    }
    if (decl.domain->choices.empty() && decl.domain->range.begin) {
      auto low = EvaluateNumber(*decl.domain->range.begin, globals_), high = EvaluateNumber(*decl.domain->range.end, globals_);
      auto number = ConstantNumber(value);
      if (low && high && number) inside = *number >= *low && *number <= *high;
    }
    if (!inside)
      fail(DiagnosticKind::OptionOutOfRange,
          "the option `" + decl.name + "` may be one of " + range + ", not " + std::string(sources_.Text(chosen.span)));
  }
  globals_.Add(decl.name, std::move(value), decl.name_span, nullptr);
}

}  // namespace nnc::sema
