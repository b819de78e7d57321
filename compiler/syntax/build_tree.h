// From ANTLR's parse tree to the syntax tree. What the grammar leaves wider than the language is narrowed here, with messages:
// the left sides of definitions, chained comparisons, numbers that do not fit, expressions whose value is lost.
#pragma once
#include "NnParser.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/recovery.h"

namespace nnc::syntax {

class TreeBuilder {
 public:
  TreeBuilder(const Places& places, const std::vector<DocLine>& docs, const LineRecovery* recovery, SyntaxErrors& errors)
      : places_(places), docs_(docs), recovery_(recovery), errors_(errors) {}

  ast::Program Build(NnParser::ProgramContext* program);

 private:
  // build_declarations.cpp
  void AddDeclaration(NnParser::ItemContext* item, ast::Program& program);
  ast::Decl Declaration(NnParser::DeclarationContext* context);
  void FillOption(NnParser::OptionDeclarationContext* context, ast::Decl& decl);
  void FillFunction(NnParser::FunctionDeclarationContext* context, ast::Decl& decl);
  void FillData(NnParser::DataDeclarationContext* context, ast::Decl& decl);
  void FillTrain(NnParser::TrainDeclarationContext* context, ast::Decl& decl);
  std::string DocAbove(size_t line) const;
  std::unique_ptr<ast::Domain> Domain(NnParser::DomainContext* context);
  ast::Parameter Parameter(NnParser::ParameterContext* context);
  ast::Type Type(NnParser::TypeContext* context);

  // build_statements.cpp
  std::unique_ptr<ast::Block> Block(NnParser::BlockContext* context);
  ast::Stmt Statement(NnParser::StatementContext* context);
  void FillWeight(NnParser::WeightStatementContext* context, ast::Stmt& stmt);
  void FillEmit(NnParser::EmitStatementContext* context, ast::Stmt& stmt);
  void FillSplit(NnParser::SplitStatementContext* context, ast::Stmt& stmt);
  void FillDefinition(NnParser::DefinitionContext* context, ast::Stmt& stmt);
  void FillPhases(NnParser::PhasesContext* context, ast::Stmt& stmt);
  ast::Phase Phase(NnParser::PhaseContext* context);
  ast::Binding Binding(NnParser::BindingContext* context);
  bool CheckTarget(const ast::Expr& target, bool alone);
  void CheckValueIsLast(const ast::Stmt& stmt, NnParser::LineContext* next);

  // build_expressions.cpp
  ast::ExprPtr Expression(NnParser::ExprContext* context);
  ast::ExprPtr Piped(ast::ExprPtr value, antlr4::Token* pipe, NnParser::TargetContext* target);
  ast::ExprPtr Term(NnParser::TermContext* context);
  ast::ExprPtr Operand(NnParser::TermContext* context);
  ast::ExprPtr Extended(ast::ExprPtr left, NnParser::TermContext* context);
  ast::ExprPtr Unary(NnParser::UnaryContext* context);
  ast::ExprPtr Choice(NnParser::ChoiceContext* context);
  ast::ExprPtr Loop(NnParser::LoopContext* context);
  ast::ExprPtr AnonymousFunction(NnParser::AnonymousContext* context);
  ast::ExprPtr List(NnParser::ListContext* context);
  ast::ExprPtr Group(NnParser::GroupContext* context);
  ast::ExprPtr AllExcept(NnParser::AllExceptContext* context);
  ast::ExprPtr Literal(NnParser::LiteralContext* context);
  ast::ExprPtr Reference(NnParser::ReferenceContext* context);
  ast::ExprPtr StringExpr(const antlr4::Token* token);
  ast::Range Range(NnParser::RangeContext* context);
  std::vector<ast::Argument> Arguments(NnParser::ArgumentsContext* context);
  ast::Subscripts Subscripts(NnParser::SubscriptsContext* context);
  ast::SubscriptItem SubscriptItem(NnParser::SubscriptItemContext* context);
  std::string Unescaped(const antlr4::Token* string);
  void CheckNotChained(NnParser::BinaryContext* context);

  ast::ExprPtr New(ast::ExprKind kind, Span span) const;
  ast::ExprPtr NameExpr(const antlr4::Token* name) const;
  std::string Text(const antlr4::Token* token) const { return std::string(places_.Text(token)); }
  Span SpanOf(const antlr4::ParserRuleContext* context) const { return places_.Between(context->start, context->stop); }
  // Reports and remembers that the statement being built is to be left out.
  Diagnostic& Report(DiagnosticKind kind, Span span, std::string message);
  bool TooDeep(Span span);

  const Places& places_;
  const std::vector<DocLine>& docs_;
  const LineRecovery* recovery_;  // or null if the parser met no mistake
  SyntaxErrors& errors_;
  bool failed_ = false;  // a mistake in the statement or declaration being built
  int depth_ = 0;        // of the expression being built below its statement
};

}  // namespace nnc::syntax
