#include "compiler/syntax/build_tree.h"
#include "compiler/syntax/foreign_words.h"

namespace nnc::syntax {

using P = NnParser;

// A statement with a mistake is left out; so a block may be inside a loop inside a statement, its own mistakes stay its own.
std::unique_ptr<ast::Block> TreeBuilder::Block(P::BlockContext* context) {
  const bool failed_outside = failed_;
  const int depth_outside = depth_;
  depth_ = 0;
  auto block = std::make_unique<ast::Block>();
  block->span = SpanOf(context);
  std::vector<P::LineContext*> lines = context->line();
  for (size_t i = 0; i < lines.size(); ++i) {
    if (recovery_ && recovery_->IsBroken(lines[i])) continue;
    failed_ = false;
    ast::Stmt stmt = Statement(lines[i]->statement());
    if (i + 1 < lines.size()) CheckValueIsLast(stmt, lines[i + 1]);
    if (!failed_) block->statements.push_back(std::move(stmt));
  }
  failed_ = failed_outside;
  depth_ = depth_outside;
  return block;
}

void TreeBuilder::CheckValueIsLast(const ast::Stmt& stmt, P::LineContext* next) {
  if (failed_ || stmt.kind != ast::StmtKind::Expression || stmt.value->kind == ast::ExprKind::Loop) return;
  antlr4::Token* first = next->start;
  std::string start = first ? Text(first) : "";
  if (start == "-" || start == "(" || start == "[") {
    Report(DiagnosticKind::MinusStartsStatement, places_.Of(first),
           "a line that starts with `" + start + "` is a statement of its own, so the value of the line above is lost")
        .AddLabel(stmt.span, "this value is lost")
        .AddLabel(places_.Of(first), "a new statement starts here")
        .Help(start == "-" ? "to go on with the expression, put the `-` at the end of the line above"
                           : "to go on with the expression, put the bracket on the line above");
    return;
  }
  Report(DiagnosticKind::MinusStartsStatement, stmt.span, "the value of this expression is lost, for it is not the last of its block")
      .Help(LostValueHelp(*stmt.value).empty() ? "give it a name, as in `y = ...`, or remove it; a chain goes on in the next line behind a `|>` at the end of this" : LostValueHelp(*stmt.value));
}

ast::Stmt TreeBuilder::Statement(P::StatementContext* context) {
  ast::Stmt stmt{};
  stmt.span = SpanOf(context);
  auto name = [&](antlr4::tree::TerminalNode* node) {
    stmt.name = Text(node->getSymbol());
    stmt.name_span = places_.Of(node->getSymbol());
  };
  if (auto* definition = dynamic_cast<P::DefinitionContext*>(context)) {
    FillDefinition(definition, stmt);
  } else if (auto* weight = dynamic_cast<P::WeightStatementContext*>(context)) {
    name(weight->NAME());
    FillWeight(weight, stmt);
  } else if (auto* bindings = dynamic_cast<P::BindingStatementContext*>(context)) {
    stmt.kind = bindings->kind->getType() == P::FIT ? ast::StmtKind::Fit : ast::StmtKind::State;
    for (P::BindingContext* binding : bindings->binding()) stmt.bindings.push_back(Binding(binding));
  } else if (auto* emit = dynamic_cast<P::EmitStatementContext*>(context)) {
    FillEmit(emit, stmt);
  } else if (auto* step = dynamic_cast<P::StepStatementContext*>(context)) {
    stmt.kind = ast::StmtKind::Step;
    name(step->NAME(0));
    for (size_t i = 1; i < step->NAME().size(); ++i)
      stmt.updates.push_back({Text(step->NAME(i)->getSymbol()), places_.Of(step->NAME(i)->getSymbol())});
    stmt.block = Block(step->block());
  } else if (auto* metric = dynamic_cast<P::MetricStatementContext*>(context)) {
    stmt.kind = ast::StmtKind::Metric;
    name(metric->NAME());
    stmt.value = Expression(metric->expr());
  } else if (auto* stop = dynamic_cast<P::StopStatementContext*>(context)) {
    stmt.kind = ast::StmtKind::Stop;
    stmt.value = Expression(stop->condition);
    if (stop->patience) stmt.patience = Expression(stop->patience);
    if (stop->patience && stop->trend() && stop->trend()->direction)
      stmt.trend = stop->trend()->direction->getType() == P::RISING ? ast::Trend::StopsRising : ast::Trend::StopsFalling;
  } else if (auto* split = dynamic_cast<P::SplitStatementContext*>(context)) {
    FillSplit(split, stmt);
  } else if (auto* where = dynamic_cast<P::WhereStatementContext*>(context)) {
    stmt.kind = ast::StmtKind::Where;
    stmt.value = Expression(where->expr());
    if (where->STRING()) {
      stmt.name = Unescaped(where->STRING()->getSymbol());
      stmt.name_span = places_.Of(where->STRING()->getSymbol());
    }
  }
  return stmt;
}

void TreeBuilder::FillWeight(P::WeightStatementContext* context, ast::Stmt& stmt) {
  stmt.kind = context->kind->getType() == P::BUFFER ? ast::StmtKind::Buffer : ast::StmtKind::Weight;
  stmt.type = std::make_unique<ast::Type>(Type(context->type()));
  if (context->expr()) stmt.value = Expression(context->expr());
  stmt.drawn = context->sign && context->sign->getType() == P::TILDE;
}

ast::Binding TreeBuilder::Binding(P::BindingContext* context) {
  return {Text(context->NAME()->getSymbol()), places_.Of(context->NAME()->getSymbol()), Expression(context->expr())};
}

void TreeBuilder::FillEmit(P::EmitStatementContext* context, ast::Stmt& stmt) {
  stmt.kind = ast::StmtKind::Emit;
  ast::ExprPtr first = Expression(context->expr(0));
  if (!context->ASSIGN()) {
    stmt.value = std::move(first);
    return;
  }
  CheckTarget(*first, true);
  stmt.targets.push_back(std::move(first));
  stmt.value = Expression(context->expr(1));
}

void TreeBuilder::FillSplit(P::SplitStatementContext* context, ast::Stmt& stmt) {
  stmt.kind = ast::StmtKind::Split;
  for (P::ShareContext* share : context->share())
    stmt.bindings.push_back(
        {Text(share->NAME()->getSymbol()), places_.Of(share->NAME()->getSymbol()), Expression(share->expr())});
  if (context->seed) stmt.seed = Expression(context->seed);
}

// What may be defined: a name; `name[...]` if it stands alone.
bool TreeBuilder::CheckTarget(const ast::Expr& target, bool alone) {
  if (target.kind == ast::ExprKind::Name) return true;
  bool subscript = target.kind == ast::ExprKind::Subscript;
  if (alone && subscript && target.operands[0]->kind == ast::ExprKind::Name) return true;
  if (failed_) return false;
  auto& report = Report(DiagnosticKind::InvalidTarget, target.span, "the left side of a definition must be a name");
  if (subscript && target.operands[0]->kind == ast::ExprKind::NextName)
    report.Help("`next` takes a whole value: define one with indices first, then write `next " + target.operands[0]->text + " = ...`");
  else if (subscript && !alone)
    report.Help("several results are named without indices");
  else if (target.kind == ast::ExprKind::Apply)
    report.Help("functions are declared outside, as in `fn f(x) { ... }`");
  else if (target.kind == ast::ExprKind::Member)
    report.Help("names have no prefix here: write `" + target.text + " = ...`");
  return false;
}

void TreeBuilder::FillDefinition(P::DefinitionContext* context, ast::Stmt& stmt) {
  std::vector<P::ExprContext*> sides = context->expr();
  if (!context->sign) {
    stmt.kind = ast::StmtKind::Expression;
    stmt.value = Expression(sides[0]);
    if (sides.size() > 1)
      Report(DiagnosticKind::SyntaxError, stmt.span, "a list of expressions is no statement")
          .Help("several results are written in parentheses: `(a, b)`");
    return;
  }
  for (P::ExprContext* side : sides) stmt.targets.push_back(Expression(side));
  if (stmt.targets.size() == 1 && stmt.targets[0]->kind == ast::ExprKind::Tuple) {  // (a, b) = f(x)
    ast::ExprPtr tuple = std::move(stmt.targets[0]);
    stmt.targets = std::move(tuple->operands);
  }
  const bool alone = stmt.targets.size() == 1;
  const bool drawn = context->sign->getType() == P::TILDE;
  stmt.kind = drawn ? ast::StmtKind::Draw : ast::StmtKind::Define;
  if (drawn && !alone)
    Report(DiagnosticKind::InvalidTarget, stmt.span, "`~` draws one name at a time");
  if (!drawn && alone && stmt.targets[0]->kind == ast::ExprKind::NextName) {
    stmt.kind = ast::StmtKind::Next;
    stmt.name = stmt.targets[0]->text;
    stmt.name_span = stmt.targets[0]->span;
    stmt.targets.clear();
  }
  for (const ast::ExprPtr& target : stmt.targets) CheckTarget(*target, alone);
  FillPhases(context->phases(), stmt);
}

void TreeBuilder::FillPhases(P::PhasesContext* context, ast::Stmt& stmt) {
  std::vector<P::PhaseContext*> phases = context->phase();
  if (phases.size() == 1 && !phases[0]->FOR()) {
    stmt.value = Expression(phases[0]->expr(0));
    return;
  }
  bool optimizer = stmt.kind == ast::StmtKind::Define && stmt.targets.size() == 1 && stmt.targets[0]->kind == ast::ExprKind::Name &&
                   stmt.targets[0]->text == "optimizer";
  bool endless = false;
  for (size_t i = 0; i < phases.size(); ++i) {
    stmt.phases.push_back(Phase(phases[i]));
    if (i + 1 == phases.size() || phases[i]->FOR()) continue;
    endless = true;
    Report(DiagnosticKind::SyntaxError, SpanOf(phases[i]), "what `then` follows needs a length")
        .Help("say how long it lasts, as in `adam{1e-3} for 20 epochs then ...`");
  }
  if (optimizer) return;
  if (!endless)
    Report(DiagnosticKind::SyntaxError, SpanOf(context), "`for` says how long an optimizer lasts, and this sets no `optimizer`")
        .Help("write `optimizer = adam{1e-3} for 2000 steps` in a training block");
  stmt.value = std::move(stmt.phases.front().value);  // a statement of any other kind has a value
  stmt.phases.clear();
}

ast::Phase TreeBuilder::Phase(P::PhaseContext* context) {
  ast::Phase phase;
  phase.value = Expression(context->expr(0));
  if (!context->FOR()) return phase;
  phase.count = Expression(context->expr(1));
  if (!context->NAME()) return phase;
  phase.unit = Text(context->NAME()->getSymbol());
  phase.unit_span = places_.Of(context->NAME()->getSymbol());
  if (phase.unit == "step" || phase.unit == "epoch") phase.unit += "s";
  if (phase.unit != "steps" && phase.unit != "epochs")
    Report(DiagnosticKind::SyntaxError, phase.unit_span, "`for` counts `steps` or `epochs`, not `" + phase.unit + "`");
  return phase;
}

}  // namespace nnc::syntax
