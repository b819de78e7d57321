// Words of the textual form of graphs: names, numbers, %nodes, strings and signs. A `#` starts a comment.
#pragma once
#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostics.h"

namespace nnc::ir {

struct Token {
  enum class Kind : uint8_t { Name, Number, Node, String, Sign, End };
  Kind kind = Kind::End;
  std::string_view text;  // Node: without %; String: without quotes, escapes as written
  Span span;
  bool starts_line = false;
  bool Is(std::string_view sign_or_word) const { return (kind == Kind::Sign || kind == Kind::Name) && text == sign_or_word; }
};

// The last token is End. Characters without meaning are reported and left out.
std::vector<Token> Tokenize(const SourceManager& sources, uint32_t file, Diagnostics& diagnostics);

}  // namespace nnc::ir
