// `repeat`: unrolled while elaborating, each turn with its own instances. (`scan` belongs to the language, not to this version.)
#include "compiler/sema/elaborator.h"

namespace nnc::sema {

using ast::StmtKind;

Value Elaborator::EvaluateLoop(const ast::Expr& expr, Scope& scope, bool statement) {
  const ast::Loop& loop = *expr.loop;
  if (loop.scan) {
    Report(DiagnosticKind::LaterFeature, expr.span, "`scan` is not part of this version")
        .Help("`repeat` unrolls a loop of fixed length, with own weights in every turn");
    // What it would define is known to be missing: uses of it are no further mistakes.
    if (statement) {
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
    return Poison();
  }
  auto begin = EvaluateInteger(*loop.range.begin, scope), end = EvaluateInteger(*loop.range.end, scope);
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
  std::string saved_owner = owner_;
  for (int64_t turn = *begin; turn < *end; ++turn) {
    if (!MayGoOn(loop.index_span)) {
      owner_ = saved_owner;
      return Poison();
    }
    owner_ = (saved_owner.empty() ? "" : saved_owner + ".") + loop.index + std::to_string(turn);
    Scope inner;
    inner.parent = &scope;
    inner.Add(loop.index, Value::OfDim(Dim(turn)), loop.index_span, nullptr);
    for (size_t i = 0; i < states.size(); ++i) inner.Add(loop.states[i].name, states[i], loop.states[i].span, nullptr);
    for (const ast::Stmt& stmt : loop.body->statements) {
      size_t state = states.size();
      for (size_t i = 0; i < states.size(); ++i)
        if (stmt.kind == StmtKind::Next && stmt.name == loop.states[i].name) state = i;
      if (state == states.size()) {
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
    if (inner.FindHere(loop.states[0].name, true) == nullptr && states.size() == 1 && turn == *begin)
      Report(DiagnosticKind::NoValue, expr.span, "the loop never says what `next " + loop.states[0].name + "` is");
  }
  owner_ = saved_owner;
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
