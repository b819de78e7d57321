#include "compiler/sema/scans.h"

#include <algorithm>

#include "compiler/ir/walk.h"
#include "compiler/passes/checkpoints.h"
#include "compiler/sema/comprehensions.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/statements.h"

namespace nnc::sema {

using ast::StmtKind;

// `0..T` counts up, `T..0` down: T - 1 first, then T - 2, to 0.
std::optional<Scans::Turns> Scans::ReadTurns(const ast::Loop& loop, Scope& scope) {
  const auto begin = Expressions(*this).EvaluateDim(*loop.range.begin, scope), end = Expressions(*this).EvaluateDim(*loop.range.end, scope);
  if (!begin || !end) return std::nullopt;
  Turns turns;
  const Span span{loop.range.begin->span.file, loop.range.begin->span.begin, loop.range.end->span.end};
  const bool up = (*end - *begin).ProvablyNonNegative();
  turns.down = !up && (*begin - *end).ProvablyNonNegative();
  turns.count = turns.down ? *begin - *end : *end - *begin;
  if (!up && !turns.down) {
    Report(DiagnosticKind::DimensionUnknown, span, "nothing says whether " + begin->ToString() + " or " + end->ToString() + " is the larger")
        .Help("a scan counts up in `0..T` and down in `T..0`");
    return std::nullopt;
  }
  if ((-turns.count).ProvablyNonNegative()) {
    Report(DiagnosticKind::DimensionNotPositive, span, "the range " + begin->ToString() + ".." + end->ToString() + " is empty");
    return std::nullopt;
  }
  turns.index = building_.indices.AddKnown(loop.index, turns.count, loop.index_span);
  turns.number = Value::OfIndex({{{turns.index, 1}}, turns.down ? *end : *begin});
  return turns;
}

bool Scans::ReadStates(const ast::Loop& loop, std::vector<State>& states, Scope& scope) {
  bool fine = true;
  for (const ast::LoopState& written : loop.states) {
    for (const ast::LoopState& other : loop.states) {
      if (&other == &written) break;
      if (other.name != written.name) continue;
      Report(DiagnosticKind::Redefinition, written.span, "two states are called `" + written.name + "`").AddLabel(other.span, "first here").AddLabel(written.span, "again here").Help("give each its own name");
      fine = false;
    }
    const Value start = AsTensor(Evaluate(*written.start, scope), written.start->span);
    fine = fine && !start.IsPoison();
    if (start.IsPoison()) continue;
    states.push_back({&written, start, start.bound, Positional(start), Poison()});
  }
  return fine;
}

// Nothing changes a state: what is written is no recurrence.
bool Scans::Fits(const ast::Loop& loop, const std::vector<State>& states, Span span) {
  if (loop.states.empty()) {
    Report(DiagnosticKind::NoValue, span, "a `scan` without states is no recurrence")
        .Help("an index does the same for all turns at once: `y[" + loop.index + "] = ...`");
    return false;
  }
  bool fine = true;
  for (const State& state : states) {
    const std::string& name = state.written->name;
    if (state.next.IsPoison()) {
      Report(DiagnosticKind::NoValue, state.written->span, "the scan never says what `next " + name + "` is")
          .Help("a state changes in every turn, `next " + name + " = ...`; what stays the same needs no state");
      fine = false;
      continue;
    }
    if (BroadcastsTo(Positional(state.next), state.shape)) continue;
    Report(DiagnosticKind::ShapeMismatch, state.written->span, "the state `" + name + "` starts as " + Describe(state.start) + ", and `next " + name + "` is " + Describe(state.next))
        .AddLabel(state.written->span, Describe(state.start))
        .AddLabel(state.next.origin.Valid() ? state.next.origin : state.written->span, Describe(state.next))
        .Help("a state keeps its shape; give the start all axes, as in `" + name + " = zeros" + ShapeText(Positional(state.next)).substr(3) + "`");
    fine = false;
  }
  return fine;
}

bool Scans::TakeNext(const ast::Stmt& stmt, std::vector<State>& states, Scope& inner) {
  const auto state = std::find_if(states.begin(), states.end(), [&](const State& s) { return s.written->name == stmt.name; });
  if (stmt.kind != StmtKind::Next || state == states.end()) return false;
  if (inner.FindHere(stmt.name, true)) {
    Report(DiagnosticKind::Redefinition, stmt.name_span, "`next " + stmt.name + "` is defined twice");
    return true;
  }
  Value value = AsTensor(Evaluate(*stmt.value, inner), stmt.value->span);
  state->next = value;
  if (!value.IsPoison()) state->next.origin = stmt.value->span;
  inner.Add(stmt.name, AsVariable(std::move(value)), stmt.name_span, nullptr, true);
  return true;
}

static const ast::Expr& EmittedTarget(const ast::Stmt& stmt) { return stmt.targets.empty() ? *stmt.value : *stmt.targets[0]; }

// `y` of `emit y[n, t] = ...`.
static const ast::Expr& EmittedName(const ast::Stmt& stmt) {
  const ast::Expr& target = EmittedTarget(stmt);
  return !stmt.targets.empty() && target.kind == ast::ExprKind::Subscript ? *target.operands[0] : target;
}

void Scans::Emit(const ast::Stmt& stmt, const Turns& turns, std::vector<Emitted>& emitted, Scope& inner) {
  const ast::Expr* target = &EmittedTarget(stmt);
  const ast::Expr& name = EmittedName(stmt);
  const bool indexed = &name != target;
  if (name.kind != ast::ExprKind::Name) {
    Report(DiagnosticKind::InvalidTarget, stmt.span, "what is emitted needs a name").Help("write `emit y = ...`, or `emit y[n, " + building_.indices[turns.index].name + "] = ...`");
    return;
  }
  Context inside = context_;
  inside.definition = name.text;
  Value value = indexed ? Comprehensions(shared_, inside).EvaluateIndexed(*target, *stmt.value, inner, nullptr, turns.index)
                        : AsTensor(Values(shared_, inside).Evaluate(*stmt.value, inner), stmt.value->span);
  if (std::any_of(emitted.begin(), emitted.end(), [&](const Emitted& other) { return other.name == name.text; })) {
    Report(DiagnosticKind::Redefinition, name.span, "`" + name.text + "` is emitted twice");
    return;
  }
  const auto& items = target->subscripts.items;
  const bool placed = indexed && std::any_of(items.begin(), items.end(), [&](const ast::SubscriptItem& item) {
    return item.kind == ast::SubscriptKind::At && item.value->kind == ast::ExprKind::Name && item.value->text == building_.indices[turns.index].name;
  });
  emitted.push_back({name.text, name.span, &name, placed, std::move(value)});
}

// The body, for all turns at once; false after a mistake.
bool Scans::Execute(const ast::Loop& loop, const Turns& turns, std::vector<State>& states, std::vector<Emitted>& emitted, Scope& scope) {
  const size_t mistakes = Mistakes();
  Scope inner;
  inner.parent = &scope;
  inner.Add(loop.index, turns.number, loop.index_span, nullptr);
  for (State& state : states) {
    state.next = Poison();
    Value before = Align(state.start, state.bound, state.shape);
    state.start = before;
    before.bound.insert(before.bound.begin(), turns.index);
    Shape shape = BoundExtents(before.bound);
    shape.insert(shape.end(), state.shape.begin(), state.shape.end());
    before.node = state.placeholder = building_.builder->AddPlaceholder(std::move(shape));
    before.origin = state.written->span;
    inner.Add(state.written->name, before, state.written->span, nullptr);
  }
  emitted.clear();
  const auto buffers = building_.buffers_after.size();
  for (const ast::Stmt& stmt : loop.body->statements) {
    const bool defines = stmt.kind == StmtKind::Define && stmt.targets.size() == 1 && stmt.targets[0]->kind == ast::ExprKind::Name;
    if (defines && std::any_of(states.begin(), states.end(), [&](const State& state) { return state.written->name == stmt.targets[0]->text; })) {
      Report(DiagnosticKind::Redefinition, stmt.targets[0]->span, "`" + stmt.targets[0]->text + "` is the state before the turn")
          .Help("what it is after the turn is `next " + stmt.targets[0]->text + " = ...`");
      return false;
    }
    if (stmt.kind == StmtKind::Emit) Emit(stmt, turns, emitted, inner);
    else if (!TakeNext(stmt, states, inner)) Statements(*this).ExecuteStatement(stmt, inner);
    if (building_.buffers_after.size() == buffers) continue;
    Report(DiagnosticKind::MisplacedStatement, stmt.span, "a buffer changes once in a step, and this is inside a scan")
        .Help("apply the layer before or behind the scan");
    return false;
  }
  return Mistakes() == mistakes;
}

// A state has the named axes of what comes next: true if one grew, and the body means something else.
bool Scans::Widen(std::vector<State>& states, const Turns& turns) {
  bool grew = false;
  for (State& state : states)
    for (int id : state.next.bound) {
      if (id == turns.index || std::find(state.bound.begin(), state.bound.end(), id) != state.bound.end()) continue;
      state.bound.push_back(id);
      grew = true;
    }
  return grew;
}

std::vector<bool> Scans::OfTurns(const std::vector<State>& states) const {
  const ir::Graph& graph = building_.graph;
  std::vector<bool> of_turns(graph.nodes.size(), false);
  for (const State& state : states) of_turns[static_cast<size_t>(state.placeholder)] = true;
  for (size_t n = 0; n < of_turns.size(); ++n)
    for (NodeId operand : ir::Operands(graph.nodes[n])) of_turns[n] = of_turns[n] || of_turns[static_cast<size_t>(operand)];
  return of_turns;
}

// Those, and what else the body made of no derivative.
std::vector<bool> Scans::OfBody(std::vector<bool> of_turns) const {
  const ir::Graph& graph = building_.graph;
  std::vector<bool> derived(graph.nodes.size(), false);
  for (size_t n = 0; n < derived.size(); ++n) {
    derived[n] = graph.nodes[n].op() == ir::Node::Op::Derivative;
    for (NodeId operand : ir::Operands(graph.nodes[n])) derived[n] = derived[n] || derived[static_cast<size_t>(operand)];
    of_turns[n] = of_turns[n] || (static_cast<NodeId>(n) >= first_ && !derived[n]);
  }
  return of_turns;
}

// By state: whether what is emitted needs it.
std::vector<bool> Scans::ReadAtEveryTurn(const passes::Recurrence& recurrence, const std::vector<Emitted>& emitted) const {
  std::vector<NodeId> roots;
  for (const Emitted& one : emitted) roots.push_back(one.value.node);
  const std::vector<bool> needed = ir::Needed(building_.graph, roots);
  std::vector<bool> read;
  for (const passes::Recurrence::State& state : recurrence.states)
    read.push_back(needed[static_cast<size_t>(state.placeholder)] || needed[static_cast<size_t>(state.next)]);
  return read;
}

// Of what comes next or is emitted: those of an inner scan have been taken.
bool Scans::CheckDerivatives(const std::vector<State>& states, const std::vector<Emitted>& emitted, const std::vector<bool>& of_turns) {
  std::vector<NodeId> roots;
  for (const State& state : states) roots.push_back(state.next.node);
  for (const Emitted& one : emitted) roots.push_back(one.value.node);
  const std::vector<bool> needed = ir::Needed(building_.graph, roots);
  for (size_t n = 0; n < of_turns.size(); ++n) {
    const ir::Node& node = building_.graph.nodes[n];
    if (!of_turns[n] || !needed[n] || node.op() != ir::Node::Op::Derivative) continue;
    const bool of_states = of_turns[static_cast<size_t>(node.derivative().y)];
    if (of_states && of_turns[static_cast<size_t>(node.derivative().x)]) continue;
    Report(DiagnosticKind::GradAcrossTurns, node.span, std::string("a derivative inside a scan is taken of and by what is made of its states, and here ") +
                                                           (of_states ? "the variable stands outside" : "the value stands outside"))
        .Help("to count all turns, `emit` the value and differentiate behind the scan");
    return false;
  }
  return true;
}

// The turns as the first axis without a name.
Value Scans::Stacked(const Value& value, const Turns& turns) {
  std::vector<int> order = value.bound;
  std::erase(order, turns.index);
  order.push_back(turns.index);
  Value stacked = Align(value, order, Positional(value));
  stacked.bound.pop_back();
  return stacked;
}

bool Scans::Close(const ast::Expr& expr, const Turns& turns, std::vector<State>& states, std::vector<Emitted>& emitted) {
  for (State& state : states) {
    std::vector<int> bound = state.bound;
    bound.insert(bound.begin(), turns.index);
    state.next = Align(state.next, bound, state.shape);
  }
  const std::vector<bool> of_turns = OfTurns(states);
  if (!CheckDerivatives(states, emitted, of_turns)) return false;
  std::erase_if(building_.conditions, [&](const Construction::Condition& condition) {
    return static_cast<size_t>(condition.holds) < of_turns.size() && of_turns[static_cast<size_t>(condition.holds)];
  });
  passes::DerivativeTaker taker(*building_.builder, KeepsLittle() ? OfBody(of_turns) : of_turns);
  passes::Recurrence recurrence{turns.count, turns.down, {}};
  for (const State& state : states) recurrence.states.push_back({state.written->name, state.start.node, state.placeholder, taker.Take(state.next.node)});
  for (Emitted& one : emitted) one.value.node = taker.Take(one.value.node);
  NodeId culprit = ir::kNoNode;
  const auto made = passes::MakeScan(*building_.builder, recurrence, &culprit);
  if (!made) {
    const Span span = building_.graph[culprit].span;
    Report(DiagnosticKind::StateByTurn, span.Valid() ? span : expr.span, "a state is read here by the number of the turn")
        .Help("read what stands outside the scan by it, or choose an element by a comparison");
    return false;
  }
  const std::vector<passes::StatesOfTurns> known =
      KeepsLittle() ? passes::InRuns(*building_.builder, passes::WithCheckpoints(*building_.builder, *made, first_), ReadAtEveryTurn(recurrence, emitted)) : passes::AsTheyAre(*building_.builder, *made);
  passes::Substitution behind(building_.graph, *building_.builder);
  for (size_t k = 0; k < states.size(); ++k) {
    if (known[k].before != ir::kNoNode) behind.Set(states[k].placeholder, known[k].before);
    if (known[k].after != ir::kNoNode) behind.Set(recurrence.states[k].next, known[k].after);
    states[k].next = Value::OfTensor(known[k].last, states[k].bound);
    states[k].next.origin = states[k].written->span;
  }
  for (Emitted& one : emitted) {
    one.value.node = behind(one.value.node);
    if (!one.placed) one.value = Stacked(one.value, turns);
    one.value.origin = one.span;
  }
  return true;
}

// What a mistake before the scan made useless is not reported again by its names.
Value Scans::Mistaken(const std::vector<State>& states, const std::vector<Emitted>& emitted, bool statement, Scope& scope) {
  for (size_t k = 0; statement && k < states.size(); ++k) Statements(*this).Define(states[k].written->name, Poison(), states[k].written->span, nullptr, scope);
  for (size_t k = 0; statement && k < emitted.size(); ++k) Statements(*this).Define(emitted[k].name, Poison(), emitted[k].span, emitted[k].definition, scope);
  return Poison();
}

Value Scans::EvaluateScan(const ast::Expr& expr, Scope& scope, bool statement) {
  const ast::Loop& loop = *expr.loop;
  Context inside = context_;
  inside.host = nullptr;
  inside.model_applied = nullptr;
  inside.compared = nullptr;
  std::vector<State> states;
  std::vector<Emitted> emitted;
  std::optional<Turns> turns = ReadTurns(loop, scope);
  if (!ReadStates(loop, states, scope) || !turns) return Poison();
  inside.turns.insert(inside.turns.begin(), turns->index);
  for (const ast::Stmt& stmt : loop.body->statements)
    if (stmt.kind == StmtKind::Emit && EmittedName(stmt).kind == ast::ExprKind::Name && scope.Find(EmittedName(stmt).text) == nullptr) inside.emitted.push_back(EmittedName(stmt).text);
  Scans body(shared_, inside);
  first_ = static_cast<NodeId>(building_.graph.nodes.size());
  do {
    if (!MayGoOn(loop.index_span) || !body.Execute(loop, *turns, states, emitted, scope)) return Poison();
    if (!Fits(loop, states, expr.span)) return Poison();
    if (std::any_of(emitted.begin(), emitted.end(), [](const Emitted& one) { return one.value.IsPoison(); })) return Mistaken(states, emitted, statement, scope);
  } while (Widen(states, *turns));
  if (!statement && !emitted.empty()) {
    Report(DiagnosticKind::MisplacedStatement, emitted[0].span, "what a scan emits is known behind it, and this scan is part of an expression")
        .Help("write the scan as a line of its own");
    return Poison();
  }
  if (!Close(expr, *turns, states, emitted)) return Poison();
  Value result;
  result.kind = Value::Kind::Tuple;
  for (State& state : states) {
    result.items.push_back(state.next);
    if (!statement) continue;
    if (Scope::Entry* known = scope.FindHere(state.written->name)) known->value = AsVariable(state.next);
    else Statements(*this).Define(state.written->name, state.next, state.written->span, nullptr, scope);  // a state need not be used afterwards
  }
  for (Emitted& one : emitted) Statements(*this).Define(one.name, one.value, one.span, one.definition, scope);
  return states.size() == 1 ? result.items[0] : result;
}

}  // namespace nnc::sema
