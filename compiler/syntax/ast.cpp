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

}  // namespace nnc::ast
