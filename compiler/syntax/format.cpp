#include "compiler/syntax/format.h"

#include <utility>

namespace nnc::syntax {

using namespace ast;

namespace {

// How strongly a form binds; an operand that binds weaker than its place asks for stands in parentheses.
enum Strength { kPipe, kChoice, kOr, kAnd, kNot, kCompare, kSum, kProduct, kNegate, kPower, kPostfix };

int StrengthOf(Operator op) {
  switch (op) {
    case Operator::Or: return kOr;
    case Operator::And: return kAnd;
    case Operator::Not: return kNot;
    case Operator::Equal:
    case Operator::NotEqual:
    case Operator::Less:
    case Operator::LessEqual:
    case Operator::Greater:
    case Operator::GreaterEqual: return kCompare;
    case Operator::Add:
    case Operator::Subtract: return kSum;
    case Operator::Multiply:
    case Operator::Divide:
    case Operator::FloorDivide:
    case Operator::Modulo:
    case Operator::MatrixMultiply: return kProduct;
    case Operator::Negate: return kNegate;
    case Operator::Power: return kPower;
  }
  return kPostfix;
}

int StrengthOf(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::Apply: return expr.piped ? kPipe : kPostfix;
    case ExprKind::If: return kChoice;
    case ExprKind::Loop: return kChoice;
    case ExprKind::Unary:
    case ExprKind::Binary: return StrengthOf(expr.op);
    case ExprKind::Name:
    case ExprKind::NextName:
    case ExprKind::Integer:
    case ExprKind::Float:
    case ExprKind::String:
    case ExprKind::Bool:
    case ExprKind::Subscript:
    case ExprKind::Configure:
    case ExprKind::Member:
    case ExprKind::List:
    case ExprKind::Function:
    case ExprKind::Tuple: return kPostfix;
  }
  return kPostfix;
}

bool IsAllExcept(const Expr& expr) { return expr.operands[0]->kind == ExprKind::Name && expr.operands[0]->text == "all except"; }

class Formatter {
 public:
  explicit Formatter(bool all_parentheses) : all_parentheses_(all_parentheses) {}

  void Write(const Expr& expr, int at_least = kPipe) {
    const int strength = StrengthOf(expr);
    const bool parentheses = strength < kPostfix && (strength < at_least || (all_parentheses_ && at_least > kPipe));
    if (parentheses) out += "(";
    WriteBare(expr);
    if (parentheses) out += ")";
  }

  void WriteType(const Type& type) {
    if (type.list) out += "[";
    out += type.name;
    if (!type.arguments.empty()) WriteArguments('{', type.arguments, '}');
    if (type.has_axes) out += "[";
    for (size_t i = 0; i < type.axes.size(); ++i) {
      if (i > 0) out += ", ";
      if (type.axes[i].ellipsis) out += "...";
      else Write(*type.axes[i].size);
    }
    if (type.has_axes) out += "]";
    if (type.list) out += "]";
  }

  void WriteLoopHead(const Loop& loop) {
    out += loop.scan ? "scan " : "repeat ";
    out += loop.index + " in ";
    WriteRange(loop.range);
    for (size_t i = 0; i < loop.states.size(); ++i) {
      out += (i == 0 ? " with " : ", ") + loop.states[i].name + " = ";
      Write(*loop.states[i].start);
    }
  }

  std::string out;

 private:
  void WriteBare(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::Name: out += expr.text; break;
      case ExprKind::NextName: out += "next " + expr.text; break;
      case ExprKind::Integer:
      case ExprKind::Float: out += expr.text; break;
      case ExprKind::String: WriteString(expr.text); break;
      case ExprKind::Bool: out += expr.integer ? "true" : "false"; break;
      case ExprKind::Subscript:
        Write(*expr.operands[0], kPostfix);
        WriteSubscripts(expr.subscripts);
        break;
      case ExprKind::Configure:
        Write(*expr.operands[0], kPostfix);
        WriteArguments('{', expr.arguments, '}');
        break;
      case ExprKind::Apply: WriteApply(expr); break;
      case ExprKind::Member:
        Write(*expr.operands[0], kPostfix);
        out += "." + expr.text;
        break;
      case ExprKind::Unary:
        out += Spelling(expr.op);
        if (expr.op == Operator::Not) out += " ";
        Write(*expr.operands[0], StrengthOf(expr.op));
        break;
      case ExprKind::Binary: WriteBinary(expr); break;
      case ExprKind::If: WriteChoice(expr); break;
      case ExprKind::Loop:
        WriteLoopHead(*expr.loop);
        out += " { ... }";
        break;
      case ExprKind::Function: WriteFunction(*expr.function); break;
      case ExprKind::List: WriteSequence('[', expr.operands, ']'); break;
      case ExprKind::Tuple: WriteSequence('(', expr.operands, ')'); break;
    }
  }

  void WriteFunction(const Decl& decl) {
    out += "fn(";
    for (size_t i = 0; i < decl.params.size(); ++i) {
      const Parameter& parameter = decl.params[i];
      out += (i ? ", " : "") + parameter.name;
      if (parameter.type) {
        out += ": ";
        WriteType(*parameter.type);
      }
      if (parameter.default_value) {
        out += " = ";
        Write(*parameter.default_value);
      }
    }
    out += ") { ... }";
  }

  void WriteBinary(const Expr& expr) {
    const int strength = StrengthOf(expr.op);
    const bool power = expr.op == Operator::Power;
    const bool compare = strength == kCompare;
    Write(*expr.operands[0], power || compare ? strength + 1 : strength);
    out += power ? std::string("^") : std::string(" ") + Spelling(expr.op) + " ";
    // a minus in an exponent needs no parentheses
    const bool negative = expr.operands[1]->kind == ExprKind::Unary && expr.operands[1]->op == Operator::Negate;
    Write(*expr.operands[1], power ? (negative ? kNegate : kPower) : strength + 1);
  }

  void WriteChoice(const Expr& expr) {
    out += "if ";
    Write(*expr.operands[0]);
    out += " then ";
    Write(*expr.operands[1]);
    out += " else ";
    Write(*expr.operands[2], kChoice);
  }

  void WriteApply(const Expr& expr) {
    if (expr.piped) {
      const Expr& value = *expr.arguments[0].value;
      Write(value, all_parentheses_ && !value.piped ? kChoice : kPipe);
      out += " |> ";
      Write(*expr.operands[0], kPostfix);
      return;
    }
    Write(*expr.operands[0], kPostfix);
    if (!IsAllExcept(expr)) return WriteArguments('(', expr.arguments, ')');
    for (size_t i = 0; i < expr.arguments.size(); ++i) {
      out += i == 0 ? " " : ", ";
      Write(*expr.arguments[i].value);
    }
  }

  void WriteString(const std::string& text) {
    out += '"';
    for (char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      if (c == '\n') out += "\\n";
      else if (c == '\t') out += "\\t";
      else out += c;
    }
    out += '"';
  }

  void WriteSequence(char open, const std::vector<ExprPtr>& parts, char close) {
    out += open;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) out += ", ";
      Write(*parts[i]);
    }
    out += close;
  }

  void WriteArguments(char open, const std::vector<Argument>& arguments, char close) {
    out += open;
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (i > 0) out += ", ";
      if (!arguments[i].name.empty()) out += arguments[i].name + " = ";
      Write(*arguments[i].value);
    }
    out += close;
  }

  void WriteRange(const Range& range) {
    Write(*range.begin);
    out += "..";
    Write(*range.end);
  }

  void WriteSubscripts(const Subscripts& subscripts) {
    out += "[";
    for (size_t i = 0; i < subscripts.items.size(); ++i) {
      if (i > 0) out += ", ";
      WriteSubscriptItem(subscripts.items[i]);
    }
    if (subscripts.where) {
      out += " where ";
      Write(*subscripts.where);
    }
    if (subscripts.otherwise) {
      out += " else ";
      Write(*subscripts.otherwise);
    }
    out += "]";
  }

  void WriteSubscriptItem(const SubscriptItem& item) {
    switch (item.kind) {
      case SubscriptKind::Ellipsis: out += "..."; break;
      case SubscriptKind::All: out += ":"; break;
      case SubscriptKind::Index:
        out += item.name + " in ";
        WriteRange(item.range);
        break;
      case SubscriptKind::At: Write(*item.value); break;
      case SubscriptKind::Slice: WriteRange(item.range); break;
    }
  }

  bool all_parentheses_;
};

}  // namespace

std::string FormatExpr(const Expr& expr, bool all_parentheses) {
  Formatter formatter(all_parentheses);
  formatter.Write(expr);
  return std::move(formatter.out);
}

std::string FormatLoopHead(const Loop& loop, bool all_parentheses) {
  Formatter formatter(all_parentheses);
  formatter.WriteLoopHead(loop);
  return std::move(formatter.out);
}

std::string FormatType(const Type& type, bool all_parentheses) {
  Formatter formatter(all_parentheses);
  formatter.WriteType(type);
  return std::move(formatter.out);
}

}  // namespace nnc::syntax

namespace nnc {

std::string Format(const ast::Expr& expr) { return syntax::FormatExpr(expr, false); }
std::string Format(const ast::Type& type) { return syntax::FormatType(type, false); }

}  // namespace nnc
