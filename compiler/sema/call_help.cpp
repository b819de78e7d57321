#include "compiler/sema/call_help.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace nnc::sema {

static std::string Parameters(const SourceManager& sources, const std::vector<ast::Parameter>& parameters) {
  std::string text;
  for (const ast::Parameter& parameter : parameters) {
    text += (text.empty() ? "" : ", ") + parameter.name;
    if (parameter.default_value) text += " = " + std::string(sources.Text(parameter.default_value->span));
  }
  return text;
}

std::string FormOfCall(const SourceManager& sources, const ast::Decl& decl) {
  if (decl.name.empty()) return "";
  const std::string settings = Parameters(sources, decl.config);
  return "it is written `" + decl.name + (settings.empty() ? "" : "{" + settings + "}") + "(" + Parameters(sources, decl.params) + ")`";
}

std::string ExtraArgumentHelp(const SourceManager& sources, const ast::Decl& decl, Span extra, bool schedule) {
  if (decl.config.empty()) return FormOfCall(sources, decl);
  if (schedule) return "settings stand in braces, and a schedule is applied to nothing: `" + decl.name + "{" + Parameters(sources, decl.config) + "}`";
  return "settings stand in braces: `" + decl.name + "{" + std::string(sources.Text(extra)) + "}(" + Parameters(sources, decl.params) + ")`";
}

const ast::Parameter* MissingSetting(const Callable& callable) {
  if (!callable.config.empty()) return nullptr;
  for (const ast::Parameter& parameter : callable.decl->config)
    if (!parameter.default_value) return &parameter;
  return nullptr;
}

std::string InputAmongSettingsHelp(const SourceManager& sources, const Callable& callable) {
  std::string input, settings;
  for (const Callable::Config& config : callable.config) {
    const std::string text(sources.Text(config.span));
    if (config.value->IsTensor() && input.empty()) input = text;
    else settings += (settings.empty() ? "" : ", ") + (config.name.empty() ? "" : config.name + " = ") + text;
  }
  if (input.empty()) return "";
  return "settings stand in braces, what the layer is applied to before it: `" + input + " |> " + callable.decl->name + (settings.empty() ? "" : "{" + settings + "}") + "`";
}

std::string ConfiguredTwiceHelp(const SourceManager& sources, const Callable& callable, size_t more) {
  const ast::Decl& decl = *callable.decl;
  if (decl.config.size() <= more) return "leave its braces out: `" + decl.name + "`";
  std::string settings;
  size_t position = more;
  for (const Callable::Config& config : callable.config) {
    if (config.name.empty() && position >= decl.config.size()) continue;
    const std::string name = config.name.empty() ? decl.config[position++].name : config.name;
    settings += (settings.empty() ? "" : ", ") + name + " = " + std::string(sources.Text(config.span));
  }
  return "the first settings come from where it is used, as the sizes of a layer do; give others by name: `" + decl.name + "{" + settings + "}`";
}

std::string InitialiserHelp(const SourceManager& sources, const ast::Decl& decl, const std::string& inside) {
  for (const ast::Parameter& parameter : decl.config)
    if (parameter.default_value) return "its sizes come from where it is used, as those of a layer do; give the others by name: `" + decl.name + "{" + parameter.name + " = " + inside + "}`";
  return FormOfCall(sources, decl);
}

std::string BuiltinBracesHelp(const std::string& builtin, const std::string& inside) {
  const bool events = inside.starts_with("N,");
  if (builtin == "reshape") return "sizes stand in square brackets, that of the events first: `reshape[" + std::string(events ? "" : "N, ") + inside + "](x)`";
  if (builtin == "zeros" || builtin == "ones") return "sizes stand in square brackets: `" + builtin + "[" + inside + "]`";
  if (builtin == "accuracy") return "it divides at 0.5; another cut is an expression, `mean(if (p >= " + inside + ") == (y == 1) then 1 else 0)`";
  return "write `" + builtin + "` alone";
}

// A number, as text in quotes.
std::string QuotedNumberHelp(const std::string& text) {
  const bool digit = std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return digit && text.find_first_not_of("0123456789.eE+-") == text.npos ? "a number stands without quotes: `" + text + "`" : "";
}

std::string SettingHelp(const SourceManager& sources, const ast::Decl& decl, size_t setting, const Value& value, Span written) {
  if (value.kind == Value::Kind::Text) {
    const std::string number = QuotedNumberHelp(value.text);
    return number.empty() ? "it is a number without quotes, as in `0.1`" : number;
  }
  const ast::ExprPtr& usual = decl.config[setting].default_value;
  const bool number = usual && (usual->kind == ast::ExprKind::Integer || usual->kind == ast::ExprKind::Float);
  if (value.kind != Value::Kind::Tuple && !(value.kind == Value::Kind::List && number)) return "";
  std::string text(sources.Text(written)), named;
  if (setting + value.items.size() > decl.config.size() || text.size() < 2) return "give each of its numbers as a setting of its own";
  const std::string inside = text.substr(1, text.size() - 2);
  if (std::count(inside.begin(), inside.end(), ',') + 1 != static_cast<std::ptrdiff_t>(value.items.size())) return "give each of its numbers as a setting of its own";
  size_t begin = 0;
  for (size_t i = 0; i < value.items.size(); ++i) {
    const size_t end = std::min(inside.find(',', begin), inside.size());
    const size_t first = std::min(inside.find_first_not_of(' ', begin), end);
    named += (i ? ", " : "") + decl.config[setting + i].name + " = " + inside.substr(first, end - first);
    begin = end + 1;
  }
  return "each number is a setting of its own: `" + named + "`";
}

bool IsChoice(const ast::Stmt& stmt) {
  if (stmt.kind != ast::StmtKind::Where || !stmt.value) return false;
  const ast::Expr* chosen = stmt.value.get();  // the head of a chain is the last argument of what it is applied to
  while (chosen->kind == ast::ExprKind::Apply && chosen->arguments.size() == 1) chosen = chosen->arguments[0].value.get();
  return chosen->kind == ast::ExprKind::Tuple && chosen->operands.size() == 3;
}

std::string NoValueHelp(const std::vector<ast::Stmt>& body) {
  return !body.empty() && IsChoice(body.back()) ? "a choice is written `if c then a else b`" : "";
}

std::string WholeNumberHelp(const Value& value) {
  const bool digits = value.kind == Value::Kind::Text && !value.text.empty() && value.text.size() < 10 && value.text.find_first_not_of("0123456789") == value.text.npos;
  if (digits) return "a number stands without quotes: `" + value.text + "`";
  if (value.kind != Value::Kind::Number || !(std::fabs(value.number) < 1e15)) return "";
  const auto nearest = static_cast<int64_t>(std::round(value.number));
  if (value.number != std::floor(value.number)) return nearest > 0 ? "the nearest is `" + std::to_string(nearest) + "`" : "";
  return "write it without a point or an exponent: `" + std::to_string(nearest) + "`";
}

std::string InitialValueHelp(const Value& value) {
  const std::string name = value.kind == Value::Kind::Callable && !value.callable->decl ? value.callable->builtin : "";
  if (name == "normal" || name == "uniform") return "the library has `small_" + name + "`, `he_" + name + "`, `glorot_" + name + "` and `lecun_" + name + "`";
  const double number = name == "ones" ? 1 : value.kind == Value::Kind::Number ? value.number : value.IsDim() && value.index.constant.IsConstant() ? static_cast<double>(value.index.constant.Constant()) : 0;
  const bool size = value.IsDim() && number != 0;  // of what the layer is applied to, rather
  if (size || (name.empty() && !value.IsDim() && value.kind != Value::Kind::Number) || (!name.empty() && name != "zeros" && name != "ones")) return "";
  return std::string("every weight the same is `filled{value = ") + (number == 0 ? "0" : number == 1 ? "1" : "0.1") + "}`";
}

std::string BelowHelp(const ast::Block& block, const std::string& name, Span use) {
  for (const ast::Stmt& stmt : block.statements) {
    if (stmt.kind != ast::StmtKind::Define && stmt.kind != ast::StmtKind::Draw) continue;
    for (const auto& target : stmt.targets) {
      const ast::Expr& defined = target->kind == ast::ExprKind::Subscript ? *target->operands[0] : *target;
      if (defined.text != name) continue;
      const bool itself = stmt.span.file == use.file && stmt.span.begin <= use.begin && use.end <= stmt.span.end;
      if (itself) return "a definition does not see the name that it defines: give the new value another name; where each element follows from the one before there is `scan t in 1..T with h = x[:, 0] { next h = ...; emit y[n, t] = next h[n] }`";
      if (name == "loss") return "the loss is evaluated beside the metrics, without saying; what it is made of is a name of its own, `p = Net(x)`";
      return "`" + name + "` is defined further down: a name's definition stands above its use";
    }
  }
  return "";
}

}  // namespace nnc::sema
