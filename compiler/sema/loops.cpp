// `repeat`: unrolled while elaborating, each turn with its own instances. (`scan` is another thing: scans.cpp.)
#include <algorithm>

#include "compiler/sema/expressions.h"
#include "compiler/sema/scans.h"
#include "compiler/sema/statements.h"

namespace nnc::sema {

using ast::StmtKind;

// What a `scan` with a mistake would define: uses of it are no further mistakes.
void Statements::DefineMissing(const ast::Loop& loop, Scope& scope) {
  auto define = [&](const std::string& name, Span span) {
    if (!scope.FindHere(name)) scope.Add(name, Poison(), span, nullptr);
  };
  for (const ast::LoopState& state : loop.states) define(state.name, state.span);
  for (const ast::Stmt& stmt : loop.body->statements)
    if (stmt.kind == StmtKind::Emit && !stmt.targets.empty()) {
      const ast::Expr& target = *stmt.targets[0];
      define(target.kind == ast::ExprKind::Subscript ? target.operands[0]->text : target.text, target.span);
    }
}

// One turn: takes the states and leaves the next ones; false if nothing says what the only state becomes.
bool Statements::TakeTurn(const ast::Loop& loop, int64_t turn, std::vector<Value>& states, Scope& scope) {
  Scope inner;
  inner.parent = &scope;
  inner.Add(loop.index, Value::OfDim(Dim(turn)), loop.index_span, nullptr);
  for (size_t i = 0; i < states.size(); ++i) inner.Add(loop.states[i].name, states[i], loop.states[i].span, nullptr);
  for (const ast::Stmt& stmt : loop.body->statements) {
    auto of_state = [&](const ast::LoopState& state) { return stmt.kind == StmtKind::Next && stmt.name == state.name; };
    if (std::none_of(loop.states.begin(), loop.states.end(), of_state)) {
      ExecuteStatement(stmt, inner);
      continue;
    }
    if (inner.FindHere(stmt.name, true)) {
      Report(DiagnosticKind::Redefinition, stmt.name_span, "`next " + stmt.name + "` is defined twice");
      continue;
    }
    inner.Add(stmt.name, AsVariable(Evaluate(*stmt.value, inner)), stmt.name_span, nullptr, true);
  }
  for (size_t i = 0; i < states.size(); ++i)
    if (Scope::Entry* after = inner.FindHere(loop.states[i].name, true)) states[i] = after->value;
  return states.size() > 1 || inner.FindHere(loop.states[0].name, true) != nullptr;
}

Value Statements::EvaluateLoop(const ast::Expr& expr, Scope& scope, bool statement) {
  const ast::Loop& loop = *expr.loop;
  if (loop.scan) {
    const size_t mistakes = Mistakes();
    Value value = Scans(*this).EvaluateScan(expr, scope, statement);
    if (statement && Mistakes() > mistakes) DefineMissing(loop, scope);
    return value;
  }
  auto begin = Expressions(*this).EvaluateInteger(*loop.range.begin, scope), end = Expressions(*this).EvaluateInteger(*loop.range.end, scope);
  std::vector<Value> states;
  for (const ast::LoopState& state : loop.states) {
    states.push_back(AsVariable(Evaluate(*state.start, scope)));
    if (states.back().IsPoison()) return Poison();
  }
  if (!begin || !end) return Poison();
  if (loop.states.empty()) {
    Report(DiagnosticKind::NoValue, expr.span, "a `repeat` without states has no effect")
        .Help("write `repeat l in 0..L with h = x { next h = ... }`");
    return Poison();
  }
  if (*end < *begin) {
    Report(DiagnosticKind::DimensionNotPositive, expr.span,
        "the range " + std::to_string(*begin) + ".." + std::to_string(*end) + " runs backwards");
    return Poison();
  }
  if (!MayGoOn(loop.index_span, static_cast<double>(*end) - static_cast<double>(*begin))) return Poison();
  const std::string prefix = context_.owner.empty() ? "" : context_.owner + ".";
  for (int64_t turn = *begin; turn < *end; ++turn) {
    if (!MayGoOn(loop.index_span)) return Poison();
    Context inside = context_;
    inside.owner = prefix + loop.index + std::to_string(turn);
    if (!Statements(shared_, inside).TakeTurn(loop, turn, states, scope) && turn == *begin)
      Report(DiagnosticKind::NoValue, expr.span, "the loop never says what `next " + loop.states[0].name + "` is");
  }
  if (statement)
    for (size_t i = 0; i < states.size(); ++i) {
      if (Scope::Entry* known = scope.FindHere(loop.states[i].name)) known->value = states[i];
      else Define(loop.states[i].name, states[i], loop.states[i].span, nullptr, scope);  // a state need not be used afterwards
    }
  if (states.size() == 1) return states[0];
  Value tuple;
  tuple.kind = Value::Kind::Tuple;
  tuple.items = states;
  return tuple;
}

}  // namespace nnc::sema
