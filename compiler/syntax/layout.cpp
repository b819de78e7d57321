#include "compiler/syntax/layout.h"

#include <algorithm>
#include <utility>

#include "compiler/syntax/parse.h"
#include "compiler/syntax/token_kinds.h"

namespace nnc::syntax {
namespace {

using antlr4::CommonToken;
using antlr4::Token;
using L = NnLexer;

// A statement goes on behind these.
bool ContinuesAfter(TokenType t) {
  switch (t) {
    case L::MINUS:
    case L::COMMA:
    case L::ASSIGN:
    case L::TILDE:
    case L::COLON:
    case L::DOT:
    case L::DOTDOT:
    case L::PIPE:
    case L::ARROW:
    case L::IF:
    case L::THEN:
    case L::ELSE:
    case L::IN:
    case L::NOT:
    case L::WITH:
    case L::LBRACE: return true;
    default: return IsPlainBinaryOperator(t);
  }
}

// A line that starts with these goes on with the statement before it.
bool ContinuesBefore(TokenType t) {
  switch (t) {
    case L::PIPE:
    case L::ARROW:
    case L::THEN:
    case L::ELSE:
    case L::WITH:
    case L::LBRACE: return true;
    default: return IsPlainBinaryOperator(t);
  }
}

TokenType PartnerOf(TokenType opening) {
  if (opening == L::LPAREN) return L::RPAREN;
  if (opening == L::LBRACK) return L::RBRACK;
  return opening == L::LCONF ? L::RCONF : L::RBRACE;
}

const char* SpellingOf(TokenType bracket) {
  switch (bracket) {
    case L::LPAREN: return "(";
    case L::RPAREN: return ")";
    case L::LBRACK: return "[";
    case L::RBRACK: return "]";
    case L::LBRACE:
    case L::LCONF: return "{";
    default: return "}";
  }
}

struct OpenBracket {
  TokenType type;
  Span span;
  size_t indent;   // of the line that opened it
  int rises = 0;   // prefix operators and the like in the part being read: each nests the rest of it
};

class LayoutFilter {
 public:
  LayoutFilter(const Places& places, SyntaxErrors& errors) : places_(places), errors_(errors) {}

  LaidOutTokens Run(antlr4::TokenSource& lexer) {
    ReadAll(lexer);
    for (at_ = 0; at_ < raw_.size() && !out_.unusable; ++at_) Place(raw_[at_]);
    return std::move(out_);
  }

 private:
  // ---- lexing ----

  // Reads the whole text, unless it turns out to be no program: then the time for the rest of it is spared.
  void ReadAll(antlr4::TokenSource& lexer) {
    int open_brackets = 0;
    while (!out_.unusable) {
      auto token = Own(lexer.nextToken());
      TokenType type = token->getType();
      const bool empty_line = type == L::NL && (raw_.empty() || raw_.back()->getType() == L::NL);
      if (empty_line) continue;
      if (IsOpening(type) && ++open_brackets > kMaxNesting) ReportTooDeep(*token);
      if (IsClosing(type) && open_brackets > 0) --open_brackets;
      if (type == L::DOC_COMMENT) {
        ReadDoc(*token);
        continue;
      }
      if (type == L::INVALID_CHARACTER) ReportInvalidCharacter(*token);  // stays, so that its statement is dropped
      if (type == L::UNTERMINATED_STRING) ReportUnterminatedString(*token);
      raw_.push_back(std::move(token));
      if (type == Token::EOF) return;
      if (errors_.Full()) out_.unusable = true;
    }
  }

  static std::unique_ptr<CommonToken> Own(std::unique_ptr<Token> token) {
    return std::unique_ptr<CommonToken>(static_cast<CommonToken*>(token.release()));
  }

  void ReadDoc(const CommonToken& token) {
    std::string_view text = places_.Text(&token).substr(2);
    if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    out_.docs.push_back({token.getLine(), std::string(text)});
  }

  void ReportInvalidCharacter(const CommonToken& token) {
    const size_t previous_end = std::exchange(invalid_end_, token.getStopIndex() + 1);
    if (token.getStartIndex() == previous_end) return;  // one report for a run of them
    std::string text(places_.Text(&token));
    if (text == std::exchange(invalid_text_, text) && errors_.HasErrorOnLine(places_.Of(&token))) return;  // the other quote of a pair
    bool printable = static_cast<unsigned char>(text[0]) >= ' ' && text[0] != 127;
    std::string shown = printable ? "`" + text + "`" : "control character " + std::to_string(static_cast<int>(text[0]));
    auto& report = errors_.Report(DiagnosticKind::InvalidCharacter, places_.Of(&token), shown + " has no meaning here");
    struct Hint {
      const char *text, *help;
    };
    static constexpr Hint kHints[] = {
        {"!", "negation is written `not a`, inequality `a != b`"},
        {"&", "a conjunction is written `a and b`"},
        {"|", "functions are applied in a chain by `|>`, as in `x |> relu`; a disjunction is written `a or b`"},
        {"?", "a choice is written `if c then a else b`"},
        {"'", "strings stand in double quotes"},
        {"“", "strings stand in straight double quotes"},
        {"”", "strings stand in straight double quotes"},
        {"−", "this is the typographic minus sign; write `-`"},
        {"–", "this is a dash; write `-`"},
        {"×", "a product is written `a * b`"},
        {"·", "a product is written `a * b`"},
        {"≤", "write `<=`"},
        {"≥", "write `>=`"},
        {"≠", "write `!=`"},
        {"\xC2\xA0", "this is a no-break space; write a plain one"},
        {"\\", "a line goes on by itself after an operator or inside brackets"},
    };
    for (const Hint& hint : kHints)
      if (text == hint.text) report.Help(hint.help);
    if (report.help.empty() && static_cast<unsigned char>(text[0]) >= 0x80)
      report.Help("names are made of the letters a to z and A to Z, digits and `_`");
  }

  void ReportUnterminatedString(CommonToken& token) {
    errors_.Report(DiagnosticKind::UnterminatedString, places_.Of(&token), "the string does not end on this line")
        .Help("close it with `\"`; a `\"` inside a string is written `\\\"`");
    token.setType(L::STRING);
  }

  // ---- layout ----

  bool InBlock() const { return open_.empty() || open_.back().type == L::LBRACE; }
  TokenType PreviousType() const { return out_.tokens.empty() ? static_cast<TokenType>(L::NL) : out_.tokens.back()->getType(); }
  TokenType NextType() const { return at_ + 1 < raw_.size() ? raw_[at_ + 1]->getType() : static_cast<TokenType>(Token::EOF); }

  // Takes one token of the text over to the result.
  void Place(std::unique_ptr<CommonToken>& token) {
    TokenType type = token->getType();
    if (type == L::NL || (type == L::SEMI && InBlock())) {
      (type == L::NL ? line_ended_ : semicolon_) = true;
      if (!statement_end_) statement_end_ = std::move(token);
      return;
    }
    const size_t column = token->getCharPositionInLine();
    const bool first_of_line = line_ended_ || out_.tokens.empty();
    if (first_of_line) indent_ = column;
    const bool ends_all = type == Token::EOF || (first_of_line && StartsDeclarationAtMargin(type, column));
    if (ends_all) CloseAll(*token);
    if (first_of_line && !IsClosing(type)) CloseWhatIsNotIndented(*token, column);
    if (StatementEndsBefore(type, ends_all)) EndStatement(*token);
    statement_end_.reset();
    line_ended_ = semicolon_ = false;

    DecideWord(*token);
    if (type == L::LBRACE) DecideBrace(*token);
    CountNesting(*token);
    if (IsOpening(token->getType())) {
      open_.push_back({token->getType(), places_.Of(token.get()), indent_});
    } else if (IsClosing(type) && !CloseMatching(*token)) {
      return;
    }
    out_.tokens.push_back(std::move(token));
  }

  bool StartsDeclarationAtMargin(TokenType type, size_t column) const {
    return column == 0 && IsDeclarationWord(type) && (IsWord(NextType()) || NextType() == L::STRING);
  }

  bool StatementEndsBefore(TokenType type, bool ends_all) const {
    TokenType previous = PreviousType();
    if (previous == L::NL || !InBlock()) return false;
    if (ends_all) return true;
    if (type == L::RBRACE) return previous != L::LBRACE;
    if (previous == L::LBRACE) return false;
    if (semicolon_) return true;
    return line_ended_ && !ContinuesAfter(previous) && !ContinuesBefore(type);
  }

  void EndStatement(const CommonToken& before) {
    auto end = statement_end_ ? std::move(statement_end_) : Insert(before, L::NL);
    end->setType(L::NL);
    out_.tokens.push_back(std::move(end));
    if (!open_.empty()) depth_ -= std::exchange(open_.back().rises, 0);
    else depth_ -= std::exchange(outer_rises_, 0);
  }

  // A token that the text lacks, in front of one that it has.
  static std::unique_ptr<CommonToken> Insert(const CommonToken& before, TokenType type) {
    auto token = std::make_unique<CommonToken>(before);
    token->setType(type);
    token->setStopIndex(token->getStartIndex() - 1);
    return token;
  }

  // ---- brackets ----

  void CloseWhatIsNotIndented(const CommonToken& token, size_t column) {
    while (!InBlock() && column <= open_.back().indent)
      CloseMissing(token, "the next line is not indented deeper than the line of the bracket,");
  }

  void CloseAll(const CommonToken& before) {
    while (!open_.empty())
      CloseMissing(before, before.getType() == Token::EOF ? "the file ends" : "a new declaration starts");
  }

  void CloseMissing(const CommonToken& before, const char* reason) {
    OpenBracket bracket = Pop();
    errors_.Report(DiagnosticKind::UnclosedBracket, bracket.span, std::string("`") + SpellingOf(bracket.type) + "` is not closed")
        .AddNote(places_.Of(&before), reason);
    if (bracket.type == L::LBRACE && PreviousType() != L::NL && PreviousType() != L::LBRACE)
      out_.tokens.push_back(Insert(before, L::NL));
    out_.inserted.push_back(out_.tokens.size());
    out_.tokens.push_back(Insert(before, PartnerOf(bracket.type)));
  }

  // Finds the partner of a closing bracket; brackets opened since then lack theirs. A `)` or `]` finds none across a block.
  // Returns false, having reported it, if there is no partner.
  bool CloseMatching(CommonToken& token) {
    auto matches = [&](TokenType opening) {
      return token.getType() == L::RBRACE ? opening == L::LBRACE || opening == L::LCONF : PartnerOf(opening) == token.getType();
    };
    size_t partner = open_.size();
    while (partner > 0 && !matches(open_[partner - 1].type)) {
      if (open_[partner - 1].type == L::LBRACE) partner = 1;
      --partner;
    }
    if (partner == 0) {
      errors_.Report(DiagnosticKind::UnmatchedBracket, places_.Of(&token),
                     std::string("`") + SpellingOf(token.getType()) + "` closes nothing");
      return false;
    }
    while (open_.size() > partner) CloseMissing(token, "another bracket is closed first,");
    if (open_.back().type == L::LCONF) token.setType(L::RCONF);
    if (open_.back().type == L::LBRACE && PreviousType() != L::NL && PreviousType() != L::LBRACE) EndStatement(token);
    Pop();
    return true;
  }

  OpenBracket Pop() {
    OpenBracket bracket = open_.back();
    open_.pop_back();
    depth_ -= bracket.rises + 1;
    return bracket;
  }

  void DecideBrace(CommonToken& token) {
    if (out_.tokens.empty()) return;
    const auto& previous = static_cast<const CommonToken&>(*out_.tokens.back());
    bool touches = previous.getStopIndex() + 1 == token.getStartIndex();
    if ((touches && IsWord(previous.getType())) || previous.getType() == L::IN) token.setType(L::LCONF);
  }

  // ---- words ----

  // Makes a NAME of a word that is not reserved where it stands.
  void DecideWord(CommonToken& token) {
    TokenType type = token.getType();
    if (IsWord(type) && type != L::NAME && !IsReservedHere(type)) token.setType(L::NAME);
  }

  bool IsReservedHere(TokenType type) const {
    TokenType previous = PreviousType(), next = NextType();
    bool starts = InBlock() && (previous == L::NL || previous == L::LBRACE);
    if (type == L::FN && next == L::LPAREN && !EndsOperand(previous)) return BlockFollowsParentheses();
    if (IsDeclarationWord(type)) return starts && open_.empty();
    if (IsStatementWord(type)) return starts && !open_.empty() && IsWord(next);
    if (type == L::SAMPLE)
      return open_.empty() && previous == L::ASSIGN && (IsWord(next) || next == L::INT || next == L::FLOAT || next == L::LPAREN);
    if (type == L::ALL) return next == L::EXCEPT;
    if (type == L::EXCEPT) return previous == L::ALL;
    if (type == L::WHEN) return previous == L::STOP;
    if (type == L::RISING || type == L::FALLING) return previous == L::STOPS;
    return EndsOperand(previous);
  }

  // True if the parentheses that open behind the token being placed are followed by a block or a result: `fn(x) { ... }`.
  bool BlockFollowsParentheses() const {
    int depth = 0;
    for (size_t i = at_ + 1; i + 1 < raw_.size() && raw_[i]; ++i) {
      TokenType type = raw_[i]->getType();
      if (IsOpening(type)) ++depth;
      if (IsClosing(type) && --depth == 0) return raw_[i + 1]->getType() == L::LBRACE || raw_[i + 1]->getType() == L::ARROW;
    }
    return false;
  }

  // ---- depth ----

  // What makes the parser recurse: brackets, prefix operators, powers, and the branches of `if`.
  void CountNesting(const CommonToken& token) {
    TokenType type = token.getType();
    int& rises = open_.empty() ? outer_rises_ : open_.back().rises;
    if (type == L::COMMA && !open_.empty() && !InBlock()) depth_ -= std::exchange(rises, 0);
    bool rise = type == L::CARET || type == L::IF || type == L::NOT || (type == L::MINUS && !EndsOperand(PreviousType()));
    if (rise) ++rises;
    if (rise || IsOpening(type)) ++depth_;
    if (depth_ > kMaxNesting) ReportTooDeep(token);
  }

  void ReportTooDeep(const CommonToken& token) {
    out_.unusable = true;
    errors_.Report(DiagnosticKind::NestingTooDeep, places_.Of(&token),
                   "this is nested more than " + std::to_string(kMaxNesting) + " levels deep")
        .Help("give parts of the expression names of their own");
  }

  const Places& places_;
  SyntaxErrors& errors_;
  std::vector<std::unique_ptr<CommonToken>> raw_;
  size_t invalid_end_ = std::string::npos;  // behind the last invalid character
  std::string invalid_text_;                // the last one
  size_t at_ = 0;  // the token of raw_ being placed
  LaidOutTokens out_;
  std::vector<OpenBracket> open_;
  std::unique_ptr<CommonToken> statement_end_;  // the first line end or `;` since the last token
  bool line_ended_ = false;
  bool semicolon_ = false;
  size_t indent_ = 0;  // of the line being read
  int outer_rises_ = 0;
  int depth_ = 0;
};

}  // namespace

LaidOutTokens LayOut(antlr4::TokenSource& lexer, const Places& places, SyntaxErrors& errors) {
  return LayoutFilter(places, errors).Run(lexer);
}

}  // namespace nnc::syntax
