#include <algorithm>

#include "compiler/syntax/build_tree.h"

namespace nnc::syntax {

using P = NnParser;

Diagnostic& TreeBuilder::Report(DiagnosticKind kind, Span span, std::string message) {
  failed_ = true;
  return errors_.Report(kind, span, std::move(message));
}

ast::Program TreeBuilder::Build(P::ProgramContext* context) {
  ast::Program program;
  program.file = places_.File();
  for (P::ItemContext* item : context->item()) AddDeclaration(item, program);
  return program;
}

void TreeBuilder::AddDeclaration(P::ItemContext* item, ast::Program& program) {
  if (recovery_ && recovery_->IsBroken(item)) return;
  failed_ = false;
  ast::Decl decl = Declaration(item->declaration());
  if (!failed_) program.decls.push_back(std::move(decl));
}

// The `##` lines that end on the line above.
std::string TreeBuilder::DocAbove(size_t line) const {
  auto end = std::lower_bound(docs_.begin(), docs_.end(), line, [](const DocLine& doc, size_t l) { return doc.line < l; });
  auto begin = end;
  for (size_t expected = line - 1; begin != docs_.begin() && std::prev(begin)->line == expected; --expected) --begin;
  std::string text;
  for (auto doc = begin; doc != end; ++doc) text += (doc == begin ? "" : "\n") + doc->text;
  return text;
}

ast::Decl TreeBuilder::Declaration(P::DeclarationContext* context) {
  ast::Decl decl{};
  decl.span = SpanOf(context);
  decl.doc = DocAbove(context->start->getLine());
  if (auto* import = dynamic_cast<P::ImportDeclarationContext*>(context)) {
    decl.kind = ast::DeclKind::Import;
    decl.name = Unescaped(import->STRING()->getSymbol());
    decl.name_span = places_.Of(import->STRING()->getSymbol());
  } else if (auto* option = dynamic_cast<P::OptionDeclarationContext*>(context)) {
    FillOption(option, decl);
  } else if (auto* function = dynamic_cast<P::FunctionDeclarationContext*>(context)) {
    FillFunction(function, decl);
  } else if (auto* data = dynamic_cast<P::DataDeclarationContext*>(context)) {
    FillData(data, decl);
  } else if (auto* train = dynamic_cast<P::TrainDeclarationContext*>(context)) {
    FillTrain(train, decl);
  }
  return decl;
}

void TreeBuilder::FillOption(P::OptionDeclarationContext* context, ast::Decl& decl) {
  decl.kind = ast::DeclKind::Option;
  decl.name = Text(context->NAME()->getSymbol());
  decl.name_span = places_.Of(context->NAME()->getSymbol());
  decl.type = std::make_unique<ast::Type>(Type(context->type()));
  decl.value = Expression(context->expr());
  if (context->domain()) decl.domain = Domain(context->domain());
}

std::unique_ptr<ast::Domain> TreeBuilder::Domain(P::DomainContext* context) {
  auto domain = std::make_unique<ast::Domain>();
  domain->span = SpanOf(context);
  for (P::ExprContext* choice : context->expr()) domain->choices.push_back(Expression(choice));
  if (context->range()) domain->range = Range(context->range());
  domain->logarithmic = context->LOG() != nullptr;
  return domain;
}

static ast::DeclKind KindOfFunction(size_t word) {
  switch (word) {
    case P::MODEL: return ast::DeclKind::Model;
    case P::LAYER: return ast::DeclKind::Layer;
    case P::OPTIMIZER: return ast::DeclKind::Optimizer;
    case P::PREPARE: return ast::DeclKind::Prepare;
    default: return ast::DeclKind::Function;
  }
}

void TreeBuilder::FillFunction(P::FunctionDeclarationContext* context, ast::Decl& decl) {
  decl.kind = KindOfFunction(context->kind->getType());
  decl.name = Text(context->NAME()->getSymbol());
  decl.name_span = places_.Of(context->NAME()->getSymbol());
  if (context->configuration())
    for (P::ParameterContext* parameter : context->configuration()->parameter()) decl.config.push_back(Parameter(parameter));
  if (context->parameters())
    for (P::ParameterContext* parameter : context->parameters()->parameter()) decl.params.push_back(Parameter(parameter));
  if (context->result())
    for (P::TypeContext* type : context->result()->type()) decl.results.push_back(Type(type));
  bool header_failed = failed_;
  decl.body = Block(context->block());
  failed_ = header_failed;
}

ast::Parameter TreeBuilder::Parameter(P::ParameterContext* context) {
  ast::Parameter parameter;
  parameter.name = Text(context->NAME()->getSymbol());
  parameter.span = places_.Of(context->NAME()->getSymbol());
  if (context->type()) parameter.type = std::make_unique<ast::Type>(Type(context->type()));
  if (context->expr()) parameter.default_value = Expression(context->expr());
  return parameter;
}

ast::Type TreeBuilder::Type(P::TypeContext* context) {
  if (context->type()) {  // a list of the type inside
    ast::Type type = Type(context->type());
    type.span = SpanOf(context);
    if (type.list || type.has_axes) {
      Report(DiagnosticKind::SyntaxError, type.span, "a list holds single values, not lists or tensors");
    }
    type.list = true;
    return type;
  }
  ast::Type type;
  type.span = SpanOf(context);
  type.name = Text(context->NAME()->getSymbol());
  type.arguments = Arguments(context->arguments());
  type.has_axes = context->LBRACK() != nullptr;
  for (P::AxisContext* axis : context->axis()) {
    ast::ExprPtr size = axis->expr() ? Expression(axis->expr()) : nullptr;
    type.axes.push_back({size == nullptr, SpanOf(axis), std::move(size)});
  }
  return type;
}

void TreeBuilder::FillData(P::DataDeclarationContext* context, ast::Decl& decl) {
  decl.kind = ast::DeclKind::Data;
  decl.name = Text(context->NAME()->getSymbol());
  decl.name_span = places_.Of(context->NAME()->getSymbol());
  decl.sample = context->SAMPLE() != nullptr;
  decl.value = Expression(decl.sample ? context->count : context->source);
  bool configured = decl.value->kind == ast::ExprKind::Configure;
  if (decl.sample && configured)
    Report(DiagnosticKind::ConfigureOrBlock, decl.value->operator_span, "a `{` that touches a word configures it")
        .Help("to open the block of the sample, put a space before `{`");
  if (!decl.sample && !configured && context->block() && decl.value->kind == ast::ExprKind::Name)
    Report(DiagnosticKind::ConfigureOrBlock, places_.Of(context->block()->start), "a `{` behind a space opens a block")
        .Help("a source is configured: `" + decl.value->text + "{\"file\"} { ... }`, with no space before the first `{`");
  if (!context->block()) return;
  bool header_failed = failed_;
  decl.body = Block(context->block());
  failed_ = header_failed;
}

void TreeBuilder::FillTrain(P::TrainDeclarationContext* context, ast::Decl& decl) {
  decl.kind = ast::DeclKind::Train;
  decl.name = Text(context->NAME()->getSymbol());
  decl.name_span = places_.Of(context->NAME()->getSymbol());
  for (P::TrainSourceContext* context : context->trainSource()) {
    ast::Source source;
    source.name = Text(context->NAME()->getSymbol());
    source.span = places_.Of(context->NAME()->getSymbol());
    if (context->expr()) source.batch = Expression(context->expr());
    decl.sources.push_back(std::move(source));
  }
  bool header_failed = failed_;
  decl.body = Block(context->block());
  failed_ = header_failed;
}

}  // namespace nnc::syntax
