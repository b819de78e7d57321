// `where`: conditions that a body states. What is known now is decided now; a condition on values that depend on data columns alone is
// gathered, for a training to check it event by event before it begins. One that depends on weights too is gathered to explain a loss that
// is not finite; one that depends on draws is not checked.
#include "compiler/sema/conditions.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "compiler/ir/walk.h"
#include "compiler/sema/heads.h"
#include "compiler/sema/reductions.h"

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

static constexpr double kRounding = 1e-5;  // of a truth that was brought to the range of an answer

static std::string Short(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

void Conditions::StateCondition(const ast::Stmt& stmt, Scope& scope) {
  Value condition = Evaluate(*stmt.value, scope);
  if (auto known = ConstantNumber(condition)) {
    if (*known == 0) ReportViolated(stmt, scope);
  } else if (condition.IsTensor() && building_.gathers_conditions) {
    GatherCondition(stmt, condition, scope);
  }
}

void Conditions::ReportViolated(const ast::Stmt& stmt, Scope& scope) {
  std::string written(shared_.sources.Text(stmt.value->span)), sizes;
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

// One number per event, over all other axes; nothing for what has no event or pairs of them.
NodeId Conditions::ReducedPerEvent(const char* reduction, NodeId node, int* source, Span span) {
  const Shape& shape = building_.graph.ShapeOf(node);
  std::vector<size_t> others;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (!IsEventAxis(shape[axis], source)) others.push_back(axis);
  if (others.size() + 1 != shape.size()) return ir::kNoNode;
  return Reductions(*this).ReduceNode(reduction, Value::OfTensor(node), others, span).node;
}

// Fills in the output that tells whether it holds; false if there is none, or one like it is known.
bool Conditions::HoldsPerEvent(const Value& condition, Construction::Condition& gathered, Span span) {
  gathered.holds = ReducedPerEvent("min", condition.node, &gathered.condition.source, span);
  return gathered.holds != ir::kNoNode &&
         std::none_of(building_.conditions.begin(), building_.conditions.end(), [&](const auto& known) { return known.holds == gathered.holds; });
}

void Conditions::NameExtremes(Construction::Condition& gathered, const std::string& name, NodeId least, NodeId greatest, Span span) {
  int source = 0;
  const NodeId lowest = ReducedPerEvent("min", least, &source, span), highest = ReducedPerEvent("max", greatest, &source, span);
  if (lowest == ir::kNoNode || source != gathered.condition.source) return;
  gathered.condition.named.push_back({name, "", ""});
  gathered.extremes.emplace_back(lowest, highest);
}

void Conditions::GatherCondition(const ast::Stmt& stmt, const Value& condition, Scope& scope) {
  const Basis basis = BasisOf(building_.graph, condition.node);
  if (basis == Basis::Others) return;
  Construction::Condition gathered;
  ValueCondition& stated = gathered.condition;
  if (!HoldsPerEvent(condition, gathered, stmt.value->span)) return;
  stated.kind = basis == Basis::Model ? ValueCondition::Kind::Model : ValueCondition::Kind::Data;
  stated.span = stmt.value->span;
  stated.call = !context_.frame || !context_.frame->call.Valid() ? stmt.value->span : context_.frame->call;
  stated.message = stmt.name.empty() ? "the condition `" + std::string(shared_.sources.Text(stmt.value->span)) + "` does not hold" : stmt.name;
  for (const ast::Expr* name : NamesIn(*stmt.value)) {
    Scope::Entry* entry = scope.Find(name->text);
    if (!entry || !entry->value.IsTensor() || BasisOf(building_.graph, entry->value.node) == Basis::Others) continue;
    NameExtremes(gathered, name->text, entry->value.node, entry->value.node, stmt.value->span);
  }
  building_.conditions.push_back(std::move(gathered));
}

bool Conditions::GatherIndex(const Value& value, const Value& inside, const Dim& size, Span span, const std::string& message) {
  Construction::Condition gathered;
  gathered.holds = ReducedPerEvent("min", inside.node, &gathered.condition.source, span);
  if (gathered.holds == ir::kNoNode) return false;
  if (!building_.gathers_conditions && !building_.gathers_subscripts) return true;
  for (const auto& known : building_.conditions)
    if (known.holds == gathered.holds) return true;
  gathered.condition.kind = ValueCondition::Kind::Index;
  gathered.condition.span = span;
  gathered.condition.call = !context_.frame || !context_.frame->call.Valid() ? span : context_.frame->call;
  gathered.condition.message = message;
  gathered.value = value.node;
  gathered.size = size;
  // Of those that are not inside.
  constexpr double kGreatest = std::numeric_limits<float>::max();
  auto outside = [&](double number) { return Map(ScalarFn::Select, {inside, Value::OfNumber(number), value}, {span, span, span}, "choose").node; };
  NameExtremes(gathered, std::string(shared_.sources.Text(span)), outside(kGreatest), outside(-kGreatest), span);
  building_.conditions.push_back(std::move(gathered));
  return true;
}

void Conditions::GatherReach(const std::string& function, const Value& answer, const Value& truth, Span span) {
  const std::optional<Reach> reach = ReachOf(HeadOf(building_.graph, answer.node));
  if (!reach || BasisOf(building_.graph, truth.node) != Basis::Columns) return;
  auto bound = [&](ScalarFn compare, double number) { return Map(compare, {truth, Value::OfNumber(number)}, {span, span}, "compare"); };
  Value within = bound(ScalarFn::Ge, reach->low - kRounding);
  if (std::isfinite(reach->high)) within = Map(ScalarFn::And, {within, bound(ScalarFn::Le, reach->high + kRounding)}, {span, span}, "combine");
  Construction::Condition gathered;
  if (!HoldsPerEvent(within, gathered, span)) return;
  gathered.condition.kind = ValueCondition::Kind::Reach;
  gathered.condition.span = gathered.condition.call = span;
  const std::string answers = reach->function.empty() ? "what is never negative" : "what ends in `" + std::string(reach->function) + "`, from " + Short(reach->low) + " to " + Short(reach->high) + ",";
  gathered.condition.message = "`" + function + "` compares " + answers + " with what lies " + (reach->function.empty() ? "below" : "beyond");
  NameExtremes(gathered, std::string(shared_.sources.Text(span)), truth.node, truth.node, span);
  building_.conditions.push_back(std::move(gathered));
}

std::vector<ir::Output> NamedConditions(const std::vector<Construction::Condition>& gathered, std::vector<ValueCondition>& named) {
  std::vector<ir::Output> outputs;
  for (const Construction::Condition& each : gathered) {
    ValueCondition condition = each.condition;
    condition.holds = "where." + std::to_string(named.size());
    outputs.push_back({condition.holds, each.holds, ir::kNoNode});
    for (size_t i = 0; i < condition.named.size(); ++i) {
      condition.named[i].lowest = condition.holds + ".lowest." + std::to_string(i);
      condition.named[i].highest = condition.holds + ".highest." + std::to_string(i);
      outputs.push_back({condition.named[i].lowest, each.extremes[i].first, ir::kNoNode});
      outputs.push_back({condition.named[i].highest, each.extremes[i].second, ir::kNoNode});
    }
    named.push_back(std::move(condition));
  }
  return outputs;
}

}  // namespace nnc::sema
