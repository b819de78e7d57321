#include "compiler/syntax/ast.h"

namespace nnc::ast {

const char* Spelling(Operator op) {
  switch (op) {
    case Operator::Power: return "^";
    case Operator::Negate: return "-";
    case Operator::Multiply: return "*";
    case Operator::Divide: return "/";
    case Operator::FloorDivide: return "//";
    case Operator::Modulo: return "%";
    case Operator::MatrixMultiply: return "@";
    case Operator::Add: return "+";
    case Operator::Subtract: return "-";
    case Operator::Equal: return "==";
    case Operator::NotEqual: return "!=";
    case Operator::Less: return "<";
    case Operator::LessEqual: return "<=";
    case Operator::Greater: return ">";
    case Operator::GreaterEqual: return ">=";
    case Operator::Not: return "not";
    case Operator::And: return "and";
    case Operator::Or: return "or";
  }
  return "";
}

static void VisitSubscripts(const Subscripts& subscripts, const std::function<void(const Expr&)>& visit) {
  for (const SubscriptItem& item : subscripts.items)
    for (const ExprPtr* part : {&item.value, &item.range.begin, &item.range.end})
      if (*part) visit(**part);
  for (const ExprPtr* part : {&subscripts.where, &subscripts.otherwise})
    if (*part) visit(**part);
}

void ForEachPart(const Expr& expr, const std::function<void(const Expr&)>& visit) {
  for (const ExprPtr& operand : expr.operands) visit(*operand);
  VisitSubscripts(expr.subscripts, visit);
  for (const Argument& argument : expr.arguments) visit(*argument.value);
  if (expr.function)
    for (const Stmt& stmt : expr.function->body->statements)
      if (stmt.value) visit(*stmt.value);
  if (!expr.loop) return;
  for (const ExprPtr* end : {&expr.loop->range.begin, &expr.loop->range.end})
    if (*end) visit(**end);
  for (const LoopState& state : expr.loop->states) visit(*state.start);
  for (const Stmt& stmt : expr.loop->body->statements) {
    for (const ExprPtr& target : stmt.targets) VisitSubscripts(target->subscripts, visit);
    if (stmt.value) visit(*stmt.value);
  }
}

std::vector<const Expr*> Items(const Expr& expr) {
  if (expr.kind != ExprKind::List) return {&expr};
  std::vector<const Expr*> items;
  for (const ExprPtr& item : expr.operands) items.push_back(item.get());
  return items;
}

}  // namespace nnc::ast
