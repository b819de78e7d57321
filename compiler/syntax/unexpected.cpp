// The messages of syntax errors. ANTLR knows the set of tokens that could have followed; a user is told what they mean.
#include <algorithm>

#include "compiler/syntax/recovery.h"
#include "compiler/syntax/token_kinds.h"

namespace nnc::syntax {
namespace {

using antlr4::Token;
using antlr4::misc::IntervalSet;
using L = NnLexer;

const std::vector<std::string> kDeclarationWords = {"import",    "option",  "model", "layer", "fn",
                                                    "optimizer", "prepare", "data",  "train"};
const std::vector<std::string> kStatementWords = {"weight", "buffer", "state", "fit",   "step",  "metric", "stop",
                                                  "split",  "emit",   "next",  "where", "scan",  "repeat"};

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

std::string Listed(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " or " : ", ";
    text += parts[i];
  }
  return text;
}

class Mismatch {
 public:
  Mismatch(antlr4::TokenStream& tokens, const Token& found, const IntervalSet& expected, const Places& places,
           SyntaxErrors& errors)
      : tokens_(tokens), found_(found), expected_(expected), places_(places), errors_(errors) {
    if (found.getTokenIndex() > 0) previous_ = tokens.get(found.getTokenIndex() - 1);
    if (previous_ && previous_->getType() == L::NL) previous_ = nullptr;
  }

  void Report() {
    if (ReportMistakenBrace()) return;
    std::string message = "expected " + Expected();
    if (previous_) message += " after " + Quoted(*previous_);
    message += ", found " + Found();
    auto& report = errors_.Report(DiagnosticKind::SyntaxError, Place(), std::move(message));
    report.Help(Cure());
  }

 private:
  TokenType FoundType() const { return found_.getType(); }
  TokenType PreviousType() const { return previous_ ? previous_->getType() : static_cast<TokenType>(L::NL); }
  bool CanFollow(TokenType type) const { return expected_.contains(type); }
  bool ExpressionExpected() const { return CanFollow(L::INT) && CanFollow(L::LPAREN); }
  bool OperatorExpected() const { return CanFollow(L::PLUS); }

  Span Place() const {
    bool visible = FoundType() != L::NL && FoundType() != Token::EOF;
    return visible || !previous_ ? places_.Of(&found_) : places_.After(previous_);
  }

  std::string Quoted(const Token& token) const {
    std::string text(places_.Text(&token));
    constexpr size_t kLongest = 40;
    if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
    return "`" + text + "`";
  }

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
      errors_.Report(DiagnosticKind::ConfigureOrBlock, places_.Of(&found_), "a `{` behind a space opens a block, and none can stand here")
          .Help("to configure " + Quoted(*previous_) + ", write `" + std::string(places_.Text(previous_)) + "{` without the space");
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

  // ---- cures ----

  std::string Cure() const {
    if (CanFollow(L::IMPORT)) return DeclarationCure();
    if (IsReservedWord(FoundType()) && CanFollow(L::NAME) && !ExpressionExpected()) return "choose another name";
    if (FoundType() == L::ASSIGN && IsReservedWord(PreviousType())) return Quoted(*previous_) + " is a reserved word; choose another name";
    if (FoundType() == L::STAR && PreviousType() == L::STAR) return "powers are written `a^b`";
    if (FoundType() == L::ASSIGN && PreviousType() == L::ASSIGN) return "";
    if (FoundType() == L::ASSIGN && (CanFollow(L::THEN) || CanFollow(L::RBRACK))) return "compare with `==`";
    if (FoundType() == L::ASSIGN && IsPlainBinaryOperator(PreviousType())) return "a name is defined once, with `=`";
    if (FoundType() == L::ASSIGN && previous_ && EndsOperand(PreviousType()) && CanFollow(L::NL)) return "compare with `==`";
    if (FoundType() == L::PLUS && ExpressionExpected()) return "a number needs no sign in front of it: leave the `+` out";
    if (PreviousType() == L::NAME && FoundType() == L::NAME && CanFollow(L::NL)) return StatementCure();
    if (FoundType() == L::LPAREN && Before(2) == L::PIPE)
      return "a pipe applies what follows it: settings stand in braces, as in " + Braced() + ", and what takes more arguments is applied without a pipe";
    if (FoundType() == L::COMMA && CanFollow(L::RBRACK) && ElseBefore())
      return "`else` stands last and holds for all subscripts, as in `x[i, j else 0]`";
    return "";
  }

  TokenType Before(size_t places) const {
    size_t at = found_.getTokenIndex();
    return at < places ? static_cast<TokenType>(L::NL) : tokens_.get(at - places)->getType();
  }

  // `dense(16)` as it should be written.
  std::string Braced() const {
    std::string inside;
    for (size_t at = found_.getTokenIndex() + 1; at < tokens_.size() && tokens_.get(at)->getType() != L::RPAREN; ++at) {
      if (IsOpening(tokens_.get(at)->getType()) || tokens_.get(at)->getType() == L::NL || inside.size() > 40) return "`f{3}`";
      inside += places_.Text(tokens_.get(at));
    }
    return "`" + std::string(places_.Text(previous_)) + "{" + inside + "}`";
  }

  // True if an `else` stands in the brackets around the found token, before it.
  bool ElseBefore() const {
    size_t at = found_.getTokenIndex();
    for (int depth = 0; at > 0;) {
      TokenType type = tokens_.get(--at)->getType();
      if (type == L::ELSE && depth == 0) return true;
      if (IsClosing(type)) ++depth;
      else if (IsOpening(type) && depth-- == 0) return false;
    }
    return false;
  }

  std::string DeclarationCure() const {
    std::string closest = ClosestName(places_.Text(&found_), kDeclarationWords);
    if (!closest.empty() && IsWord(FoundType())) return "did you mean `" + closest + "`?";
    return "a declaration starts with " + Listed(kDeclarationWords);
  }

  std::string StatementCure() const {
    std::string closest = ClosestName(places_.Text(previous_), kStatementWords);
    return closest.empty() ? "" : "did you mean `" + closest + "`?";
  }

  antlr4::TokenStream& tokens_;
  const Token& found_;
  const IntervalSet& expected_;
  const Places& places_;
  SyntaxErrors& errors_;
  const Token* previous_ = nullptr;
};

}  // namespace

void ReportUnexpected(antlr4::TokenStream& tokens, const Token& found, const IntervalSet& expected, const Places& places,
                      SyntaxErrors& errors) {
  Mismatch(tokens, found, expected, places, errors).Report();
}

}  // namespace nnc::syntax
