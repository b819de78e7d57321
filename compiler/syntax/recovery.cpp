#include "compiler/syntax/recovery.h"

#include <algorithm>

#include "compiler/syntax/token_kinds.h"

namespace nnc::syntax {

using antlr4::Token;
using P = NnParser;

void LineRecovery::reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) {
  if (inErrorRecoveryMode(parser)) return;
  beginErrorCondition(parser);
  Report(*parser, error.getOffendingToken());
}

antlr4::Token* LineRecovery::recoverInline(antlr4::Parser* parser) { throw antlr4::InputMismatchException(parser); }

// Called in the rule where the mistake is and then in each rule around it, up to the line or item, which ends here.
void LineRecovery::recover(antlr4::Parser* parser, std::exception_ptr) {
  SkipToLineEnd(*parser);
  for (antlr4::tree::ParseTree* tree = parser->getContext(); tree; tree = tree->parent) {
    auto* context = static_cast<antlr4::RuleContext*>(tree);
    size_t rule = context->getRuleIndex();
    if (rule != P::RuleLine && rule != P::RuleItem) continue;
    broken_.insert(context);
    break;
  }
  size_t rule = parser->getContext()->getRuleIndex();
  bool ends_here = rule == P::RuleLine || rule == P::RuleItem;
  if (ends_here && parser->getTokenStream()->LA(1) == P::NL) parser->consume();
}

// Between two statements or two declarations: whatever can start neither is skipped with its line.
void LineRecovery::sync(antlr4::Parser* parser) {
  size_t rule = parser->getContext()->getRuleIndex();
  if (rule != P::RuleBlock && rule != P::RuleProgram) return;
  const auto& atn = parser->getInterpreter<antlr4::atn::ParserATNSimulator>()->atn;
  for (;;) {
    TokenType next = parser->getTokenStream()->LA(1);
    if (next == Token::EOF || atn.nextTokens(atn.states[parser->getState()]).contains(next)) return;
    Report(*parser, parser->getCurrentToken());
    SkipToLineEnd(*parser);
    TokenType stopped = parser->getTokenStream()->LA(1);
    if (stopped == P::NL || (rule == P::RuleProgram && stopped == P::RBRACE)) parser->consume();
    endErrorCondition(parser);
  }
}

// To the next NL or closing brace of this block; blocks in between are passed over. Once enough mistakes are known, to the end.
void LineRecovery::SkipToLineEnd(antlr4::Parser& parser) const {
  int depth = 0;
  for (;;) {
    TokenType next = parser.getTokenStream()->LA(1);
    if (next == Token::EOF) return;
    if (depth == 0 && (next == P::NL || next == P::RBRACE) && !errors_.Full()) return;
    if (next == P::LBRACE) ++depth;
    if (next == P::RBRACE) --depth;
    parser.consume();
  }
}

void LineRecovery::Report(antlr4::Parser& parser, antlr4::Token* found) {
  if (errors_.HasErrorOnLine(places_.Of(found)) || FollowsFromInsertedBracket(parser, found->getTokenIndex())) return;
  ReportUnexpected(*parser.getTokenStream(), *found, parser.getExpectedTokens(), places_, errors_);
}

// The layout filter has spoken about a bracket of this statement already.
bool LineRecovery::FollowsFromInsertedBracket(antlr4::Parser& parser, size_t position) const {
  if (inserted_.empty()) return false;
  auto& tokens = *parser.getTokenStream();
  size_t begin = position, end = position;
  while (begin > 0 && tokens.get(begin - 1)->getType() != P::NL) --begin;
  while (tokens.get(end)->getType() != P::NL && tokens.get(end)->getType() != Token::EOF) ++end;
  auto first = std::lower_bound(inserted_.begin(), inserted_.end(), begin);
  return first != inserted_.end() && *first <= end;
}

}  // namespace nnc::syntax
