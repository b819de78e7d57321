// What the parser does at a mistake: it says what was found and what was expected, skips to the end of the line, and goes on with
// the next statement. It guesses no tokens.
#pragma once
#include <unordered_set>

#include "NnParser.h"
#include "compiler/syntax/layout.h"

namespace nnc::syntax {

class LineRecovery : public antlr4::DefaultErrorStrategy {
 public:
  LineRecovery(const Places& places, const std::vector<size_t>& inserted, SyntaxErrors& errors)
      : places_(places), inserted_(inserted), errors_(errors) {}

  // The lines and items that hold a mistake; their trees are incomplete.
  bool IsBroken(const antlr4::ParserRuleContext* context) const { return broken_.contains(context); }

  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& error) override;
  void recover(antlr4::Parser* parser, std::exception_ptr error) override;
  antlr4::Token* recoverInline(antlr4::Parser* parser) override;
  void sync(antlr4::Parser* parser) override;

 private:
  void Report(antlr4::Parser& parser, antlr4::Token* found);
  bool FollowsFromInsertedBracket(antlr4::Parser& parser, size_t position) const;
  void SkipToLineEnd(antlr4::Parser& parser) const;

  const Places& places_;
  const std::vector<size_t>& inserted_;
  SyntaxErrors& errors_;
  std::unordered_set<const antlr4::RuleContext*> broken_;
};

// Words for a token that did not fit, sent to `errors`: the kind of diagnostic, the message and, where one is known, the cure.
void ReportUnexpected(antlr4::TokenStream& tokens, const antlr4::Token& found, const antlr4::misc::IntervalSet& expected,
                      const Places& places, SyntaxErrors& errors);

}  // namespace nnc::syntax
