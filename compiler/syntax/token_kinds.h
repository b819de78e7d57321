// Classes of tokens that the layout filter and the messages share.
#pragma once
#include <cstddef>

#include "NnLexer.h"

namespace nnc::syntax {

using TokenType = size_t;

// Reserved at the start of a declaration, of a statement, or behind an operand: see grammar/NnLexer.g4, which orders them so.
inline bool IsDeclarationWord(TokenType t) { return t >= NnLexer::IMPORT && t <= NnLexer::TRAIN; }
inline bool IsStatementWord(TokenType t) { return t >= NnLexer::WEIGHT && t <= NnLexer::SPLIT; }
inline bool IsTrailingWord(TokenType t) { return t >= NnLexer::WHEN && t <= NnLexer::EXCEPT; }
inline bool IsReservedWord(TokenType t) { return t >= NnLexer::IF && t <= NnLexer::WHERE; }
// Whatever may serve as a name.
inline bool IsWord(TokenType t) { return t == NnLexer::NAME || (t >= NnLexer::IMPORT && t <= NnLexer::ALL); }

inline bool IsOpening(TokenType t) {
  return t == NnLexer::LPAREN || t == NnLexer::LBRACK || t == NnLexer::LBRACE || t == NnLexer::LCONF;
}
inline bool IsClosing(TokenType t) {
  return t == NnLexer::RPAREN || t == NnLexer::RBRACK || t == NnLexer::RBRACE || t == NnLexer::RCONF;
}

// Operators that stand between two operands; `-`, which may also stand before one, is not among them.
inline bool IsPlainBinaryOperator(TokenType t) {
  switch (t) {
    case NnLexer::PLUS:
    case NnLexer::STAR:
    case NnLexer::SLASH:
    case NnLexer::DSLASH:
    case NnLexer::PERCENT:
    case NnLexer::AT:
    case NnLexer::CARET:
    case NnLexer::EQ:
    case NnLexer::NE:
    case NnLexer::LT:
    case NnLexer::LE:
    case NnLexer::GT:
    case NnLexer::GE:
    case NnLexer::AND:
    case NnLexer::OR: return true;
    default: return false;
  }
}

// Whether an operand may end with this token.
inline bool EndsOperand(TokenType t) {
  switch (t) {
    case NnLexer::NAME:
    case NnLexer::INT:
    case NnLexer::FLOAT:
    case NnLexer::STRING:
    case NnLexer::TRUE:
    case NnLexer::FALSE:
    case NnLexer::RPAREN:
    case NnLexer::RBRACK:
    case NnLexer::RCONF: return true;
    default: return false;
  }
}

}  // namespace nnc::syntax
