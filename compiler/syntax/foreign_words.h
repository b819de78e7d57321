// What helps those who write nn as another language: words that it does not have, and how its own statements are written.
#pragma once
#include <string>
#include <string_view>

#include "compiler/syntax/ast.h"

namespace nnc {

// Where in a statement a word of another language is one.
enum class WordPlace { First, Inside };

// What is written instead of a word of another language, or "" if it is none there.
std::string ForeignWordHelp(std::string_view word, WordPlace place);

// "it is written `metric right = accuracy(Net(x), y)`", or "" if the word begins no declaration, statement or setting.
std::string FormOf(std::string_view word);
// "`weight` stands in a `layer` or `model`", or "" if it is no statement.
std::string BlockOf(std::string_view word);

// What helps where the value of an expression is lost: `print(x)`, `split(0.7, 0.3)`.
std::string LostValueHelp(const ast::Expr& expr);

}  // namespace nnc
