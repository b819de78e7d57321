// The layout filter between lexer and parser. The parser's grammar knows statements that end with NL, braces that configure (LCONF,
// RCONF) and braces that open a block (LBRACE, RBRACE), and words that are either reserved or names; the text knows only line ends,
// braces and words. The filter decides, in one pass with one word of look-ahead:
//
//  - Line ends. Inside brackets other than blocks they mean nothing; nor do they after an operator or the like, nor before one
//    other than `-`. A `;` always ends a statement.
//  - Braces. A `{` that touches a word, or follows `in`, configures.
//  - Words such as `state` are reserved at the start of a statement only, words such as `seed` only behind a complete operand.
//  - Brackets. Each has its partner when the filter is done: the lines inside a bracket are indented deeper than the line that
//    opened it, so a lost `)` is found where the next statement starts; it is reported and put in. A declaration at the margin
//    closes whatever is open in the same way.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "compiler/syntax/places.h"
#include "compiler/syntax/syntax_errors.h"

namespace nnc::syntax {

// A `##` comment: its line in the file, from 1, and its text without the sign.
struct DocLine {
  size_t line;
  std::string text;
};

struct LaidOutTokens {
  std::vector<std::unique_ptr<antlr4::Token>> tokens;  // ending with EOF
  std::vector<size_t> inserted;                        // positions in `tokens` of brackets that the text lacks, ascending
  std::vector<DocLine> docs;                           // in the order of the text
  bool unusable = false;                               // nested too deeply, or no program at all: not to be parsed
};

LaidOutTokens LayOut(antlr4::TokenSource& lexer, const Places& places, SyntaxErrors& errors);

}  // namespace nnc::syntax
