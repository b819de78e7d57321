// Statements of function, layer and model bodies: definitions, weights, buffers, conditions on sizes.
#include "compiler/sema/statements.h"

#include <algorithm>
#include <cstdio>

#include "compiler/ir/walk.h"
#include "compiler/sema/applications.h"
#include "compiler/sema/builtins.h"
#include "compiler/sema/call_help.h"
#include "compiler/sema/comprehensions.h"
#include "compiler/sema/conditions.h"
#include "compiler/sema/draws.h"
#include "compiler/sema/expressions.h"
#include "compiler/syntax/foreign_words.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::StmtKind;

static constexpr const char* kNobody = "_";  // takes what is not needed; it is never a name

void Statements::Define(const std::string& name, Value value, Span span, const void* definition, Scope& scope) {
  if (name == kNobody) return;
  if (Builtins(*this).BuiltinConstant(name)) {
    Report(DiagnosticKind::ReservedName, span, "`" + name + "` is a constant of the language").Help("choose another name");
    return;
  }
  if (Scope::Entry* known = scope.FindHere(name)) {
    Report(DiagnosticKind::Redefinition, span, "`" + name + "` is defined twice")
        .AddLabel(span, "again here")
        .AddLabel(known->span, "first here")
        .Help("a name has one value: give the new one a name of its own, or go on in the chain, `x |> f |> g`");
    return;
  }
  if (value.kind == Value::Kind::Callable && value.callable->hint.empty() &&
      (value.callable->configured || (value.callable->decl && value.callable->decl->kind == ast::DeclKind::Layer))) {
    auto named = std::make_shared<Callable>(*value.callable);
    named->hint = name;
    value.callable = std::move(named);
  }
  if (definition) shared_.defined[definition] = {name, span, context_.Body()};
  scope.Add(name, AsVariable(std::move(value)), span, definition);
}

Context Statements::Defining(const std::string& name) const {
  Context inside = context_;
  inside.definition = name;
  return inside;
}

void Statements::DefineTargets(const ast::Stmt& stmt, Scope& scope) {
  const Context inside = Defining(stmt.targets[0]->text);
  Value tuple = Values(shared_, inside).Evaluate(*stmt.value, scope);
  if (stmt.targets.size() == 1) {
    const ast::Expr& target = *stmt.targets[0];
    Value& value = tuple;
    if (value.kind == Value::Kind::Tuple) {
      Report(DiagnosticKind::TypeMismatch, target.span, "`" + target.text + "` would name " + Describe(value))
          .Help(context_.data ? "numbers side by side are a list, in square brackets" : "give each result a name, as in `a, b = ...`");
      value = Poison();
    }
    Define(target.text, std::move(value), target.span, &target, scope);
    return;
  }
  if (!tuple.IsPoison() && (tuple.kind != Value::Kind::Tuple || tuple.items.size() != stmt.targets.size())) {
    Report(DiagnosticKind::TypeMismatch, stmt.value->span,
           std::to_string(stmt.targets.size()) + " names on the left, and this is " + Describe(tuple));
    tuple = Poison();
  }
  for (size_t i = 0; i < stmt.targets.size(); ++i) {
    const ast::Expr& target = *stmt.targets[i];
    Define(target.text, tuple.IsPoison() ? Poison() : tuple.items[i], target.span, &target, scope);
    if (auto defined = shared_.defined.find(&target); defined != shared_.defined.end()) defined->second.of_several = true;
  }
}

void Statements::DefineIndexed(const ast::Stmt& stmt, const ast::Expr& target, Scope& scope, const Shape* expected) {
  const Context inside = Defining(target.operands[0]->text);
  Value value = Comprehensions(shared_, inside).EvaluateIndexed(target, *stmt.value, scope, expected);
  Define(target.operands[0]->text, std::move(value), target.operands[0]->span, &target, scope);
}

// True if the value is a tensor or holds one.
static bool HoldsTensor(const Value& value) {
  if (value.IsTensor() || std::any_of(value.items.begin(), value.items.end(), HoldsTensor)) return true;
  return value.callable && std::any_of(value.callable->config.begin(), value.callable->config.end(),
      [&](const Callable::Config& config) { return HoldsTensor(*config.value); });
}

// Whether a tensor stands in the expression by its name: a start value may not need one.
static bool MentionsTensor(const ast::Expr& expr, Scope& scope) {
  if (expr.kind == ExprKind::Name) {
    Scope::Entry* entry = scope.Find(expr.text);
    return entry && HoldsTensor(entry->value);
  }
  bool found = false;
  ast::ForEachPart(expr, [&](const ast::Expr& part) { found = found || MentionsTensor(part, scope); });
  return found;
}

static constexpr double kMostElements = 1e9;  // of one weight

// True if a value is fixed by the program's text and the seed: it needs no input and no size that stays open.
static bool IsClosed(const ir::Graph& graph, NodeId root) {
  bool closed = true;
  ForEachNeeded(graph, root, [&](const ir::Node& node) {
    closed &= node.op() != ir::Node::Op::Input;
    ForEachSize(node, [&](const Dim& size) { closed &= size.IsConstant(); });
  });
  return closed;
}

// The start value of a weight or buffer, as an output of the graph of initial values.
void Statements::SetStart(const ast::Stmt& stmt, const std::string& path, const Shape& shape, Scope& scope) {
  if (stmt.value && MentionsTensor(*stmt.value, scope)) {
    Report(DiagnosticKind::TypeMismatch, stmt.value->span, "a start value cannot depend on data or weights");
    return;
  }
  Context inside = Defining(stmt.name);
  inside.building = context_.init;
  inside.host = nullptr;
  inside.turns.clear();
  inside.applications.clear();
  Statements(shared_, inside).AddStart(stmt, path, shape, scope);
}

// In the graph of initial values.
void Statements::AddStart(const ast::Stmt& stmt, const std::string& path, const Shape& shape, Scope& scope) {
  Value start;
  if (!stmt.value) start = Value::OfNumber(0);
  else if (stmt.drawn) start = Draws(*this).DrawInto(*stmt.value, shape, &stmt, scope);
  else start = Evaluate(*stmt.value, scope);
  start = AsTensor(start, stmt.value ? stmt.value->span : stmt.span);
  if (start.IsPoison()) return;
  if (!BroadcastsTo(Positional(start), shape)) {
    const std::string what = stmt.kind == StmtKind::Buffer ? "buffer" : "weight";
    Report(DiagnosticKind::ShapeMismatch, stmt.value->span, "the " + what + " `" + stmt.name + "` is " + ShapeText(shape) + ", and its start value " + Describe(start));
    return;
  }
  const NodeId filled = Align(start, {}, shape).node;
  if (IsClosed(building_.graph, filled)) building_.graph.outputs.push_back({path, filled, ir::kNoNode});
  else Report(DiagnosticKind::TypeMismatch, stmt.value->span, "a start value cannot depend on data, weights or the number of events");
}

// The shape that the declaration says; nothing after a mistake.
std::optional<Shape> Statements::ShapeOfVariable(const ast::Stmt& stmt, const char* what, Scope& scope) {
  if (context_.data) {
    Report(DiagnosticKind::MisplacedStatement, stmt.span, std::string("a data block has no ") + what + "s: a layer cannot be applied in it");
    return std::nullopt;
  }
  if (stmt.type->name != "f32" || stmt.type->list) {
    Report(DiagnosticKind::TypeMismatch, stmt.type->span, std::string("a ") + what + " has type f32");
    return std::nullopt;
  }
  size_t errors = Mistakes();
  auto shape = Applications(*this).ShapeOfType(*stmt.type, scope);
  if (shape) return shape;
  if (Mistakes() == errors)
    for (const ast::Axis& axis : stmt.type->axes)
      if (!axis.ellipsis) Expressions(*this).EvaluateDim(*axis.size, scope);  // reports the unknown name
  if (Mistakes() == errors)
    Report(DiagnosticKind::DimensionUnknown, stmt.type->span, std::string("the size of the ") + what + " `" + stmt.name + "` is not known");
  return std::nullopt;
}

// The input of a variable that is met for the first time; none after a mistake.
NodeId Statements::AddVariable(const ast::Stmt& stmt, const std::string& path, const char* what, const Shape& shape, Scope& scope) {
  Variable variable;
  variable.name = path;
  variable.role = stmt.kind == StmtKind::Buffer ? ir::Role::Buffer : ir::Role::Weight;
  bool fixed = true;
  double elements = 1;
  for (const Dim& size : shape) {
    fixed &= size.IsConstant();
    variable.shape.push_back(size.IsConstant() ? size.Constant() : 1);
    elements *= static_cast<double>(variable.shape.back());
  }
  const std::string would = std::string("the ") + what + " `" + stmt.name + "` would ";
  if (elements > kMostElements) {
    Report(DiagnosticKind::TooLarge, stmt.type->span, would + "be " + ShapeText(shape) + ", more than fits into memory");
    return ir::kNoNode;
  }
  if (!fixed && context_.init) {
    Report(DiagnosticKind::DimensionUnknown, stmt.type->span, would + "have the shape " + ShapeText(shape) + ", whose sizes are not all fixed")
        .Help("a weight cannot depend on the number of events");
    return ir::kNoNode;
  }
  const NodeId node = building_.builder->AddInput({variable.role, ir::DType::F32, path, 0}, shape, stmt.span);
  building_.inputs.emplace(path, node);
  building_.variables.push_back(variable);
  bool initialised = false;
  if (context_.init)
    for (const ir::Output& output : context_.init->graph.outputs) initialised |= output.name == path;
  if (context_.init && !initialised && context_.init != &building_) SetStart(stmt, path, shape, scope);
  return node;
}

void Statements::DeclareVariable(const ast::Stmt& stmt, Scope& scope) {
  if (!stmt.type) return;
  const char* what = stmt.kind == StmtKind::Buffer ? "buffer" : "weight";
  const std::string path = context_.owner.empty() ? stmt.name : context_.owner + "." + stmt.name;
  const auto shape = ShapeOfVariable(stmt, what, scope);
  if (!shape) return Define(stmt.name, Poison(), stmt.name_span, &stmt, scope);
  if (auto after = building_.buffers_after.find(path); after != building_.buffers_after.end())
    return Define(stmt.name, after->second, stmt.name_span, &stmt, scope);
  const auto known = building_.inputs.find(path);
  const NodeId node = known == building_.inputs.end() ? AddVariable(stmt, path, what, *shape, scope) : known->second;
  Define(stmt.name, Poison(), stmt.name_span, &stmt, scope);
  if (node == ir::kNoNode) return;
  if (Scope::Entry* entry = scope.FindHere(stmt.name)) {  // the input itself: all applications of an instance share it
    entry->value = Value::OfTensor(node);
    entry->value.origin = stmt.name_span;
  }
}

void Statements::NextBuffer(const ast::Stmt& stmt, Scope& scope) {
  std::string path = context_.owner.empty() ? stmt.name : context_.owner + "." + stmt.name;
  auto buffer = building_.inputs.find(path);
  Scope::Entry* entry = scope.Find(stmt.name);
  if (!entry || buffer == building_.inputs.end() || building_.graph[buffer->second].input().role != ir::Role::Buffer) {
    Report(DiagnosticKind::MisplacedStatement, stmt.span, "`next " + stmt.name + "` needs a buffer or loop state of that name");
    return;
  }
  if (entry->definition) shared_.used.insert(entry->definition);
  Value value = AsTensor(Evaluate(*stmt.value, scope), stmt.value->span);
  if (value.IsPoison()) return;
  Shape shape = building_.graph.ShapeOf(buffer->second);
  if (!BroadcastsTo(Positional(value), shape)) {
    Report(DiagnosticKind::ShapeMismatch, stmt.value->span,
        "the buffer `" + stmt.name + "` is " + ShapeText(shape) + ", and its next value " + Describe(value));
    return;
  }
  Value after = Align(value, {}, shape);
  scope.Add(stmt.name, AsVariable(after), stmt.name_span, nullptr, true);
  if (building_.training) building_.buffers_after[path] = after;
}

const char* PlaceOf(StmtKind kind) {
  switch (kind) {
    case StmtKind::State: return "`state` stands in an optimizer";
    case StmtKind::Fit: return "`fit` stands in a `prepare`";
    case StmtKind::Emit: return "`emit` stands in a `scan`";
    case StmtKind::Step: return "`step` stands in a training block";
    case StmtKind::Metric: return "`metric` stands in a training block";
    case StmtKind::Stop: return "`stop` stands in a training block";
    case StmtKind::Split: return "`split` stands in a data block";
    case StmtKind::Weight:
    case StmtKind::Buffer: return "weights and buffers belong to a layer or model";
    case StmtKind::Define: case StmtKind::Draw: case StmtKind::Next: case StmtKind::Where: case StmtKind::Expression: return "";
  }
  return "";
}

// Names that a statement would define, known as mistaken, so that their uses are silent.
static void AddPoisoned(const ast::Stmt& stmt, Scope& scope) {
  for (const ast::Binding& binding : stmt.bindings) scope.Add(binding.name, {}, binding.span, nullptr);
  for (const auto& target : stmt.targets) {
    const ast::Expr& name = target->kind == ExprKind::Subscript ? *target->operands[0] : *target;
    scope.Add(name.text, {}, name.span, nullptr);
  }
}

void Statements::ExecuteStatement(const ast::Stmt& stmt, Scope& scope) {
  shared_.free_reported.clear();
  switch (stmt.kind) {
    case StmtKind::Define:
      if (!stmt.phases.empty()) {
        Report(DiagnosticKind::MisplacedStatement, stmt.span, "`for` stands behind an optimizer in a training block");
        AddPoisoned(stmt, scope);
        return;
      }
      if (stmt.targets.size() == 1 && stmt.targets[0]->kind == ExprKind::Subscript) {
        DefineIndexed(stmt, *stmt.targets[0], scope, nullptr);
        return;
      }
      DefineTargets(stmt, scope);
      return;
    case StmtKind::Draw: {
      const ast::Expr& target = *stmt.targets[0];
      const Context inside = Defining(target.text);
      Define(target.text, Draws(shared_, inside).Drawn(*stmt.value, &stmt, scope), target.span, &target, scope);
      return;
    }
    case StmtKind::Weight:
    case StmtKind::Buffer: DeclareVariable(stmt, scope); return;
    case StmtKind::Next: NextBuffer(stmt, scope); return;
    case StmtKind::Where: Conditions(*this).StateCondition(stmt, scope); return;
    case StmtKind::Expression:
      if (stmt.value->kind == ExprKind::Loop) {
        EvaluateLoop(*stmt.value, scope, true);
        return;
      }
      Evaluate(*stmt.value, scope);
      Report(DiagnosticKind::MinusStartsStatement, stmt.span,
          "the value of this expression is lost: only the last line of a block gives its value")
          .Help(LostValueHelp(*stmt.value).empty() ? "if it continues the line above, end that line with the operator" : LostValueHelp(*stmt.value));
      return;
    case StmtKind::State:
    case StmtKind::Fit:
    case StmtKind::Emit:
    case StmtKind::Step:
    case StmtKind::Metric:
    case StmtKind::Stop:
    case StmtKind::Split:
      Report(DiagnosticKind::MisplacedStatement, stmt.span,
          std::string("this statement has no meaning here: ") + PlaceOf(stmt.kind));
      AddPoisoned(stmt, scope);
      return;
  }
}

Value Statements::EvaluateBody(const ast::Decl& decl, const ast::Block& block, Scope& scope) {
  if (block.statements.empty() || block.statements.back().kind != StmtKind::Expression) {
    for (const ast::Stmt& stmt : block.statements)
      if (!IsChoice(stmt)) ExecuteStatement(stmt, scope);
    Report(DiagnosticKind::NoValue, block.statements.empty() ? decl.name_span : block.statements.back().span,
           "`" + decl.name + "` has no value: its last line must be an expression")
        .Help(NoValueHelp(block.statements));
    return Poison();
  }
  const ast::Stmt& last = block.statements.back();
  shared_.free_reported.clear();
  size_t known = shared_.diagnostics.All().size();
  auto hopeless = [&] {  // sizes that make the rest meaningless
    for (; known < shared_.diagnostics.All().size(); ++known)
      if (DiagnosticKind kind = shared_.diagnostics.All()[known].kind; kind == DiagnosticKind::WhereViolated ||
          kind == DiagnosticKind::DimensionNotPositive) return true;
    return false;
  };
  for (size_t i = 0; i + 1 < block.statements.size(); ++i) {
    const ast::Stmt& stmt = block.statements[i];
    // A comprehension that is the block's value has the declared shape.
    if (stmt.kind == StmtKind::Define && stmt.targets.size() == 1 && stmt.targets[0]->kind == ExprKind::Subscript &&
        last.value->kind == ExprKind::Name && stmt.targets[0]->operands[0]->text == last.value->text && decl.results.size() == 1 &&
        decl.results[0].has_axes) {
      auto expected = Applications(*this).ShapeOfType(decl.results[0], scope);
      DefineIndexed(stmt, *stmt.targets[0], scope, expected ? &*expected : nullptr);
    } else {
      ExecuteStatement(stmt, scope);
    }
    if (hopeless()) return Poison();
  }
  return Evaluate(*last.value, scope);
}

}  // namespace nnc::sema
