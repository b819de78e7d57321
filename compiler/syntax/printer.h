// The syntax tree as text.
#pragma once
#include <string>

#include "compiler/syntax/ast.h"

namespace nnc {

// One declaration or statement a line, indented by depth; every operator's operands in parentheses, so that the order of
// evaluation can be seen. Made for `nnc emit --stage=ast` and for tests.
std::string PrintAst(const ast::Program& program);

// An expression as one would write it, with the fewest parentheses, on one line; the body of a loop is shown as `{ ... }`.
std::string Format(const ast::Expr& expr);

// A type as one would write it: `f32[N, 784]`.
std::string Format(const ast::Type& type);

}  // namespace nnc
