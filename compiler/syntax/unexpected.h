// A token that does not fit, what could have followed in its place, and the tokens around it. unexpected.cpp says what is wrong,
// cures.cpp what to write instead.
#pragma once
#include <string>

#include "compiler/syntax/places.h"
#include "compiler/syntax/token_kinds.h"

namespace nnc::syntax {

class Unexpected {
 public:
  Unexpected(antlr4::TokenStream& tokens, const antlr4::Token& found, const antlr4::misc::IntervalSet& expected, const Places& places);

  const antlr4::Token& Found() const { return found_; }
  const antlr4::Token* Previous() const { return previous_; }  // on the same line, or null
  TokenType FoundType() const { return found_.getType(); }
  TokenType PreviousType() const { return previous_ ? previous_->getType() : static_cast<TokenType>(NnLexer::NL); }
  // The token so many places before (or, if negative, behind) the found one; NL beyond the ends of the text.
  TokenType Before(int places) const;
  const antlr4::Token* At(size_t place) const { return place < tokens_.size() ? tokens_.get(place) : nullptr; }
  size_t Place() const { return found_.getTokenIndex(); }
  // Where the statement of the found token begins.
  size_t Start() const { return start_; }
  // Where the brackets around the found token open, or the size of the text outside of brackets of this statement.
  size_t Opening() const;
  bool CanFollow(TokenType type) const { return expected_.contains(type); }
  bool ExpressionExpected() const { return CanFollow(NnLexer::INT) && CanFollow(NnLexer::LPAREN); }
  std::string_view Text(const antlr4::Token* token) const { return places_.Text(token); }
  std::string_view Text(const antlr4::Token* first, const antlr4::Token* last) const { return places_.Sources().Text(places_.Between(first, last)); }
  std::string Quoted(const antlr4::Token& token) const;
  size_t End() const { return tokens_.size(); }

 private:
  antlr4::TokenStream& tokens_;
  const antlr4::Token& found_;
  const antlr4::misc::IntervalSet& expected_;
  const Places& places_;
  const antlr4::Token* previous_ = nullptr;
  size_t start_ = 0;
};

// True if nothing stands between the two tokens.
bool Touch(const antlr4::Token* first, const antlr4::Token* second);

// "a, b or c"
std::string Listed(const std::vector<std::string>& parts);

// What to write instead, or "" where nothing is known to help.
std::string CureOf(const Unexpected& mistake);

}  // namespace nnc::syntax
