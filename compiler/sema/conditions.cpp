// `where`: conditions that a body states. What is known now is decided now; a condition on values that depend on data columns alone is
// gathered, for a training to check it event by event before it begins. One that depends on weights too is gathered to explain a loss that
// is not finite; one that depends on draws is not checked.
#include <algorithm>
#include <cstdio>

#include "compiler/ir/walk.h"
#include "compiler/sema/elaborator.h"
#include "compiler/sema/heads.h"

namespace nnc::sema {

using ast::ExprKind;

// The names in the expression, each once.
static std::vector<const ast::Expr*> NamesIn(const ast::Expr& expr) {
  std::vector<const ast::Expr*> names;
  std::function<void(const ast::Expr&)> visit = [&](const ast::Expr& e) {
    bool known = std::any_of(names.begin(), names.end(), [&](const ast::Expr* name) { return name->text == e.text; });
    if (e.kind == ExprKind::Name && !known) names.push_back(&e);
    for (const auto& operand : e.operands) visit(*operand);
    for (const auto& argument : e.arguments) visit(*argument.value);
  };
  visit(expr);
  return names;
}

static std::string Short(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

void Elaborator::StateCondition(const ast::Stmt& stmt, Scope& scope) {
  Value condition = Evaluate(*stmt.value, scope);
  if (auto known = ConstantNumber(condition)) {
    if (*known == 0) ReportViolated(stmt, scope);
  } else if (condition.IsTensor() && context_->gathers_conditions) {
    GatherCondition(stmt, condition, scope);
  }
}

void Elaborator::ReportViolated(const ast::Stmt& stmt, Scope& scope) {
  std::string written(sources_.Text(stmt.value->span)), sizes;
  for (const ast::Expr* name : NamesIn(*stmt.value)) {
    Scope::Entry* entry = scope.Find(name->text);
    auto number = entry ? ConstantNumber(entry->value) : std::nullopt;
    std::string shown;
    if (entry && entry->value.IsDim()) shown = entry->value.index.constant.ToString();
    else if (number) shown = Short(*number);
    else continue;
    sizes += (sizes.empty() ? "" : ", ") + name->text + " = " + shown;
  }
  Report(DiagnosticKind::WhereViolated, stmt.value->span,
      stmt.name.empty() ? "the condition `" + written + "` does not hold" : stmt.name)
      .AddLabel(stmt.value->span, sizes.empty() ? "does not hold" : "with " + sizes);
}

Basis BasisOf(const ir::Graph& graph, NodeId root) {
  bool columns = false, model = false, others = false;
  ForEachNeeded(graph, root, [&](const ir::Node& node) {
    if (node.op() == ir::Node::Op::Random) others = true;
    if (node.op() != ir::Node::Op::Input) return;
    switch (node.input().role) {
      case ir::Role::Column: columns = true; break;
      case ir::Role::Weight:
      case ir::Role::Buffer: model = true; break;
      default: others = true;
    }
  });
  return others || !columns ? Basis::Others : model ? Basis::Model : Basis::Columns;
}

void Elaborator::GatherCondition(const ast::Stmt& stmt, const Value& condition, Scope& scope) {
  const Basis basis = BasisOf(context_->graph, condition.node);
  if (basis == Basis::Others) return;
  // One number per event, over all other axes; nothing for what has no event or pairs of them.
  auto per_event = [&](const char* reduction, NodeId node, int* source) -> NodeId {
    const Shape& shape = context_->graph.ShapeOf(node);
    std::vector<size_t> others;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      if (!IsEventAxis(shape[axis], source)) others.push_back(axis);
    if (others.size() + 1 != shape.size()) return ir::kNoNode;
    return ReduceNode(reduction, Value::OfTensor(node), others, stmt.value->span).node;
  };
  GraphContext::Condition gathered;
  ValueCondition& stated = gathered.condition;
  gathered.holds = per_event("min", condition.node, &stated.source);
  if (gathered.holds == ir::kNoNode) return;
  for (const auto& known : context_->conditions)
    if (known.holds == gathered.holds) return;
  stated.of_model = basis == Basis::Model;
  stated.span = stmt.value->span;
  stated.call = frames_.empty() || !frames_.back().call.Valid() ? stmt.value->span : frames_.back().call;
  stated.message = stmt.name.empty() ? "the condition `" + std::string(sources_.Text(stmt.value->span)) + "` does not hold" : stmt.name;
  for (const ast::Expr* name : NamesIn(*stmt.value)) {
    Scope::Entry* entry = scope.Find(name->text);
    if (!entry || !entry->value.IsTensor() || BasisOf(context_->graph, entry->value.node) == Basis::Others) continue;
    int source = 0;
    NodeId lowest = per_event("min", entry->value.node, &source), highest = per_event("max", entry->value.node, &source);
    if (lowest == ir::kNoNode || source != stated.source) continue;
    stated.named.push_back({name->text, "", ""});
    gathered.extremes.emplace_back(lowest, highest);
  }
  context_->conditions.push_back(std::move(gathered));
}

}  // namespace nnc::sema
