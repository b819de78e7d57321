// The messages of syntax errors. ANTLR knows the set of tokens that could have followed; a user is told what they mean.
#include <algorithm>

#include "compiler/syntax/foreign_words.h"
#include "compiler/syntax/recovery.h"
#include "compiler/syntax/unexpected.h"

namespace nnc::syntax {
namespace {

using antlr4::Token;
using antlr4::misc::IntervalSet;
using L = NnLexer;

// Signs and words that are worth naming as expected, in the order in which they are listed.
struct Nameable {
  TokenType type;
  const char* text;
};
constexpr Nameable kNameable[] = {
    {L::ASSIGN, "`=`"},   {L::COLON, "`:`"},   {L::ARROW, "`->`"},       {L::LBRACE, "a block in `{ }`"}, {L::LPAREN, "`(`"},
    {L::DOTDOT, "`..`"},  {L::IN, "`in`"},     {L::THEN, "`then`"},      {L::ELSE, "`else`"},             {L::WHEN, "`when`"},
    {L::COMMA, "`,`"},    {L::RPAREN, "`)`"},  {L::RBRACK, "`]`"},       {L::RCONF, "`}`"},               {L::RBRACE, "`}`"},
    {L::STRING, "a string in double quotes"},  {L::EXCEPT, "`except`"},  {L::RISING, "`rising`"},
    {L::FALLING, "`falling`"}, {L::NL, "the end of the line"},
};

class Mismatch {
 public:
  Mismatch(antlr4::TokenStream& tokens, const Unexpected& mistake, const Places& places, SyntaxErrors& errors)
      : tokens_(tokens), m_(mistake), found_(mistake.Found()), previous_(mistake.Previous()), places_(places), errors_(errors) {}

  void Report() {
    if (ReportMistakenBrace()) return;
    std::string message = "expected " + Expected();
    if (previous_) message += " after " + Quoted(*previous_);
    message += ", found " + Found();
    auto& report = errors_.Report(DiagnosticKind::SyntaxError, Place(), std::move(message));
    report.Help(CureOf(m_));
  }

 private:
  TokenType FoundType() const { return m_.FoundType(); }
  TokenType PreviousType() const { return m_.PreviousType(); }
  bool CanFollow(TokenType type) const { return m_.CanFollow(type); }
  bool ExpressionExpected() const { return m_.ExpressionExpected(); }
  bool OperatorExpected() const { return CanFollow(L::PLUS); }

  Span Place() const {
    bool visible = FoundType() != L::NL && FoundType() != Token::EOF;
    return visible || !previous_ ? places_.Of(&found_) : places_.After(previous_);
  }

  std::string Quoted(const Token& token) const { return m_.Quoted(token); }

  std::string Found() const {
    if (FoundType() == Token::EOF) return "the end of the file";
    if (FoundType() == L::NL) return places_.Text(&found_) == ";" ? "`;`" : "the end of the line";
    if (IsReservedWord(FoundType())) return "the reserved word " + Quoted(found_);
    return Quoted(found_);
  }

  std::string Expected() const {
    if (CanFollow(L::IMPORT)) return "a declaration";
    if (CanFollow(L::WEIGHT)) return "a statement or `}`";
    if (CanFollow(L::ELLIPSIS) && CanFollow(L::COLON)) return "a subscript";
    if (ExpressionExpected() && !OperatorExpected()) return CanFollow(L::RPAREN) || CanFollow(L::RCONF) ? "an argument" : "an expression";
    if (PreviousType() == L::LPAREN && CanFollow(L::RPAREN)) return "an argument or `)`";
    if (PreviousType() == L::LCONF && CanFollow(L::RCONF)) return "an argument or `}`";
    if (PreviousType() == L::LBRACK && CanFollow(L::RBRACK)) return "an expression or `]`";
    const bool behind_operand = previous_ && EndsOperand(PreviousType());
    std::vector<std::string> parts;
    if (behind_operand && CanFollow(L::NL)) parts.push_back("an operator");
    if (behind_operand && CanFollowAsCloser()) parts.push_back("`,`");
    if (!OperatorExpected() && CanFollow(L::NAME)) parts.push_back("a name");
    for (const Nameable& sign : kNameable)
      if (CanFollow(sign.type) && IsWorthNaming(sign.type, behind_operand)) parts.push_back(sign.text);
    return parts.empty() ? "something else" : Listed(parts);
  }

  bool CanFollowAsCloser() const { return CanFollow(L::RPAREN) || CanFollow(L::RBRACK) || CanFollow(L::RCONF); }

  // What may follow any operand is no news; nor is a definition's sign where the line or the argument might as well end.
  bool IsWorthNaming(TokenType type, bool behind_operand) const {
    if (!behind_operand) return true;
    if (type == L::LPAREN) return !OperatorExpected();
    bool may_end = CanFollow(L::NL) || CanFollowAsCloser();
    return !(may_end && (type == L::ASSIGN || type == L::COMMA || type == L::COLON));
  }

  // ---- the brace that means something else than intended ----

  bool ReportMistakenBrace() {
    if (FoundType() == L::LBRACE && previous_ && IsWord(PreviousType()) && !CanFollow(L::LBRACE)) {
      const std::string word(places_.Text(previous_)), form = FormOf(word);
      errors_.Report(DiagnosticKind::ConfigureOrBlock, places_.Of(&found_), "a `{` behind a space opens a block, and none can stand here")
          .Help(!form.empty() ? form : "to configure " + Quoted(*previous_) + ", write `" + word + "{` without the space");
      return true;
    }
    if (FoundType() == L::LBRACE && PreviousType() == L::RBRACE) {
      errors_.Report(DiagnosticKind::ConfigureOrBlock, places_.Of(&found_), "a block stands before this `{` already")
          .Help("if the first `{` configures a name, write it without the space before it, as in `csv{\"file\"} { ... }`");
      return true;
    }
    const Token* brace = FoundType() == L::LCONF && CanFollow(L::LBRACE) ? &found_ : MistakenConfiguration();
    if (!brace) return false;
    const Token* word = brace->getTokenIndex() > 0 ? tokens_.get(brace->getTokenIndex() - 1) : brace;
    errors_.Report(DiagnosticKind::ConfigureOrBlock, places_.Of(brace), "a `{` that touches a word configures it")
        .Help("to open a block, put a space between " + Quoted(*word) + " and `{`");
    return true;
  }

  // The configuring brace around the found token, if what stands in it looks like the lines of a block.
  const Token* MistakenConfiguration() const {
    size_t at = found_.getTokenIndex();
    for (int depth = 0; at > 0;) {
      TokenType type = tokens_.get(--at)->getType();
      if (type == L::NL || type == L::LBRACE) return nullptr;
      if (IsClosing(type)) ++depth;
      else if (IsOpening(type) && depth-- == 0) break;
    }
    const Token* brace = tokens_.get(at);
    if (brace->getType() != L::LCONF) return nullptr;
    if (FoundType() == L::TILDE || FoundType() == L::EMIT || FoundType() == L::SEMI) return brace;
    bool next_starts_line = tokens_.get(at + 1)->getLine() > brace->getLine();
    bool found_starts_line = previous_ && found_.getLine() > previous_->getLine();
    return next_starts_line && found_starts_line && !IsClosing(FoundType()) ? brace : nullptr;
  }

  antlr4::TokenStream& tokens_;
  const Unexpected& m_;
  const Token& found_;
  const Token* previous_;
  const Places& places_;
  SyntaxErrors& errors_;
};

}  // namespace

Unexpected::Unexpected(antlr4::TokenStream& tokens, const Token& found, const IntervalSet& expected, const Places& places)
    : tokens_(tokens), found_(found), expected_(expected), places_(places) {
  if (found.getTokenIndex() > 0) previous_ = tokens.get(found.getTokenIndex() - 1);
  if (previous_ && previous_->getType() == L::NL) previous_ = nullptr;
  for (start_ = found.getTokenIndex(); start_ > 0; --start_) {
    TokenType before = tokens.get(start_ - 1)->getType();
    if (before == L::NL || before == L::LBRACE) break;
  }
}

TokenType Unexpected::Before(int places) const {
  const int64_t at = static_cast<int64_t>(Place()) - places;
  const Token* token = at < 0 ? nullptr : At(static_cast<size_t>(at));
  return token ? token->getType() : static_cast<TokenType>(L::NL);
}

size_t Unexpected::Opening() const {
  int depth = 0;
  for (size_t at = Place(); at-- > start_;) {
    TokenType type = tokens_.get(at)->getType();
    if (IsClosing(type)) ++depth;
    else if (IsOpening(type) && depth-- == 0) return at;
  }
  return tokens_.size();
}

std::string Unexpected::Quoted(const Token& token) const {
  std::string text(places_.Text(&token));
  constexpr size_t kLongest = 40;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return "`" + text + "`";
}

bool Touch(const Token* first, const Token* second) { return first->getStopIndex() + 1 == second->getStartIndex(); }

std::string Listed(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " or " : ", ";
    text += parts[i];
  }
  return text;
}

void ReportUnexpected(antlr4::TokenStream& tokens, const Token& found, const IntervalSet& expected, const Places& places,
                      SyntaxErrors& errors) {
  const Unexpected mistake(tokens, found, expected, places);
  Mismatch(tokens, mistake, places, errors).Report();
}

}  // namespace nnc::syntax
