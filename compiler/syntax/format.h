// Expressions and types as text, on one line: with the fewest parentheses, or with all, which shows the structure of the tree.
#pragma once
#include <string>

#include "compiler/syntax/printer.h"

namespace nnc::syntax {

std::string FormatExpr(const ast::Expr& expr, bool all_parentheses);
std::string FormatType(const ast::Type& type, bool all_parentheses);
std::string FormatLoopHead(const ast::Loop& loop, bool all_parentheses);  // up to its block

}  // namespace nnc::syntax
