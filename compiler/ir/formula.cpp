// Formulas of the scalar table's derivative column: prefix form, parsed once per text, applied node by node.
#include <cassert>
#include <cstdlib>
#include <map>
#include <memory>

#include "compiler/ir/builder.h"

namespace nnc::ir {

struct Formula {
  enum class Kind : uint8_t { Variable, Literal, Call };
  Kind kind = Kind::Literal;
  char variable = 0;
  double literal = 0;
  ScalarFn fn{};
  std::vector<Formula> arguments;
};

static void SkipSpace(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

static Formula Parse(std::string_view& text) {
  SkipSpace(text);
  size_t length = 0;
  while (length < text.size() && text[length] != ',' && text[length] != '(' && text[length] != ')' && text[length] != ' ') ++length;
  const std::string_view word = text.substr(0, length);
  text.remove_prefix(length);
  Formula formula;
  if (text.empty() || text.front() != '(') {
    if (word.size() == 1 && (word[0] == 'g' || word[0] == 'y' || (word[0] >= 'a' && word[0] <= 'c'))) {
      formula.kind = Formula::Kind::Variable;
      formula.variable = word[0];
      return formula;
    }
    formula.literal = std::strtod(std::string(word).c_str(), nullptr);
    return formula;
  }
  const std::optional<ScalarFn> fn = FindScalarFn(word);
  assert(fn && "a formula calls a function that is not in the table");
  formula.kind = Formula::Kind::Call;
  formula.fn = *fn;
  do {
    text.remove_prefix(1);  // ( or ,
    formula.arguments.push_back(Parse(text));
    SkipSpace(text);
  } while (!text.empty() && text.front() == ',');
  assert(!text.empty() && text.front() == ')');
  text.remove_prefix(1);
  return formula;
}

static const Formula& Parsed(std::string_view text) {
  thread_local std::map<std::string, std::unique_ptr<Formula>, std::less<>> cache;
  auto found = cache.find(text);
  if (found == cache.end()) {
    std::string_view rest = text;
    found = cache.emplace(std::string(text), std::make_unique<Formula>(Parse(rest))).first;
  }
  return *found->second;
}

struct Environment {
  Builder& builder;
  const Operand (&abc)[3];
  const Operand& y;
  const Operand& g;
  const Shape& extents;
  std::vector<int> all;
};

static Operand Evaluate(const Formula& formula, const Environment& in) {
  switch (formula.kind) {
    case Formula::Kind::Variable:
      if (formula.variable == 'g') return in.g;
      if (formula.variable == 'y') return in.y;
      return in.abc[formula.variable - 'a'];
    case Formula::Kind::Literal: return Operand::Of(formula.literal);
    case Formula::Kind::Call: break;
  }
  std::vector<Operand> arguments;
  for (const Formula& argument : formula.arguments) arguments.push_back(Evaluate(argument, in));
  return Operand::Of(in.builder.Map(formula.fn, std::move(arguments), in.extents), in.all);
}

NodeId ApplyFormula(Builder& builder, std::string_view formula, const Operand (&abc)[3], const Operand& y, const Operand& g,
                    const Shape& extents) {
  Environment in{builder, abc, y, g, extents, {}};
  for (size_t i = 0; i < extents.size(); ++i) in.all.push_back(static_cast<int>(i));
  return builder.Fill(Evaluate(Parsed(formula), in), extents);
}

}  // namespace nnc::ir
