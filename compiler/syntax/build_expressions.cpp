#include <charconv>
#include <cmath>
#include <typeinfo>

#include "compiler/syntax/build_tree.h"
#include "compiler/syntax/parse.h"

namespace nnc::syntax {

using P = NnParser;
using ast::ExprKind;
using ast::ExprPtr;

// The context as one of its alternatives, or null. Alternatives are not derived from, so comparing types is enough, and quick.
template <typename Alternative>
static Alternative* As(antlr4::ParserRuleContext* context) {
  return typeid(*context) == typeid(Alternative) ? static_cast<Alternative*>(context) : nullptr;
}

ExprPtr TreeBuilder::New(ExprKind kind, Span span) const {
  auto expr = std::make_unique<ast::Expr>();
  expr->kind = kind;
  expr->span = span;
  return expr;
}

ExprPtr TreeBuilder::NameExpr(const antlr4::Token* name) const {
  ExprPtr expr = New(ExprKind::Name, places_.Of(name));
  expr->text = Text(name);
  return expr;
}

bool TreeBuilder::TooDeep(Span span) {
  if (depth_ <= kMaxTreeDepth) return false;
  if (!failed_)
    Report(DiagnosticKind::NestingTooDeep, span, "this expression chains more than " + std::to_string(kMaxTreeDepth) + " operations")
        .Help("give parts of it names of their own");
  return true;
}

// ---- pipes ----

ExprPtr TreeBuilder::Expression(P::ExprContext* context) {
  std::vector<P::TargetContext*> targets = context->target();
  if (targets.empty()) return Term(context->term());
  const int length = static_cast<int>(targets.size());
  depth_ += length;
  if (TooDeep(SpanOf(context))) {
    depth_ -= length;
    return New(ExprKind::Name, SpanOf(context));
  }
  ExprPtr value = Term(context->term());
  depth_ -= length;
  for (size_t i = 0; i < targets.size(); ++i) value = Piped(std::move(value), context->PIPE(i)->getSymbol(), targets[i]);
  return value;
}

ExprPtr TreeBuilder::Piped(ExprPtr value, antlr4::Token* pipe, P::TargetContext* target) {
  ExprPtr callee = target->anonymous() ? AnonymousFunction(target->anonymous()) : NameExpr(target->NAME(0)->getSymbol());
  for (size_t i = 1; i < target->NAME().size(); ++i) {
    antlr4::Token* field = target->NAME(i)->getSymbol();
    ExprPtr member = New(ExprKind::Member, Cover(callee->span, places_.Of(field)));
    member->operator_span = places_.Of(field);
    member->text = Text(field);
    member->operands.push_back(std::move(callee));
    callee = std::move(member);
  }
  if (target->LCONF()) {
    ExprPtr configured = New(ExprKind::Configure, SpanOf(target));
    configured->operator_span = places_.Of(target->LCONF()->getSymbol());
    configured->operands.push_back(std::move(callee));
    configured->arguments = Arguments(target->arguments());
    callee = std::move(configured);
  }
  ExprPtr apply = New(ExprKind::Apply, Cover(value->span, callee->span));
  apply->operator_span = places_.Of(pipe);
  apply->piped = true;
  apply->operands.push_back(std::move(callee));
  apply->arguments.push_back({"", {}, std::move(value)});
  return apply;
}

// ---- operators ----

// The term whose value this one extends to the right, or null. A chain of them is as long as the user likes.
static P::TermContext* LeftOperand(P::TermContext* context) {
  if (auto* c = As<P::BinaryContext>(context)) return c->left;
  if (auto* c = As<P::SubscriptContext>(context)) return c->term();
  if (auto* c = As<P::ApplyContext>(context)) return c->term();
  if (auto* c = As<P::ConfigureContext>(context)) return c->term();
  if (auto* c = As<P::MemberContext>(context)) return c->term();
  return nullptr;
}

// Chains to the left are walked in a loop; only the other operands recurse.
ExprPtr TreeBuilder::Term(P::TermContext* context) {
  std::vector<P::TermContext*> chain;
  P::TermContext* first = context;
  for (P::TermContext* left = LeftOperand(first); left; left = LeftOperand(first)) {
    chain.push_back(first);
    first = left;
  }
  const int length = static_cast<int>(chain.size()) + 1;
  depth_ += length;
  if (TooDeep(SpanOf(context))) {
    depth_ -= length;
    return New(ExprKind::Name, SpanOf(context));
  }
  ExprPtr value = Operand(first);
  for (; !chain.empty(); chain.pop_back()) {
    --depth_;
    value = Extended(std::move(value), chain.back());
  }
  --depth_;
  return value;
}

static ast::Operator BinaryOperator(size_t token) {
  switch (token) {
    case P::CARET: return ast::Operator::Power;
    case P::STAR: return ast::Operator::Multiply;
    case P::SLASH: return ast::Operator::Divide;
    case P::DSLASH: return ast::Operator::FloorDivide;
    case P::PERCENT: return ast::Operator::Modulo;
    case P::AT: return ast::Operator::MatrixMultiply;
    case P::PLUS: return ast::Operator::Add;
    case P::MINUS: return ast::Operator::Subtract;
    case P::EQ: return ast::Operator::Equal;
    case P::NE: return ast::Operator::NotEqual;
    case P::LT: return ast::Operator::Less;
    case P::LE: return ast::Operator::LessEqual;
    case P::GT: return ast::Operator::Greater;
    case P::GE: return ast::Operator::GreaterEqual;
    case P::AND: return ast::Operator::And;
    default: return ast::Operator::Or;
  }
}

static bool IsComparison(size_t token) {
  return token == P::EQ || token == P::NE || token == P::LT || token == P::LE || token == P::GT || token == P::GE;
}

void TreeBuilder::CheckNotChained(P::BinaryContext* context) {
  if (!IsComparison(context->op->getType())) return;
  auto* left = As<P::BinaryContext>(context->left);
  if (!left || !IsComparison(left->op->getType())) return;
  std::string middle = std::string(places_.Sources().Text(SpanOf(left->right))), first = std::string(places_.Sources().Text(SpanOf(left)));
  const size_t type = context->op->getType();
  const bool truths = type == P::EQ || type == P::NE;  // what was compared is compared with something that holds or not
  Report(DiagnosticKind::ChainedComparison, places_.Of(context->op), "comparisons cannot be chained")
      .AddLabel(places_.Of(left->op), "this already compares")
      .AddLabel(places_.Of(context->op), "and so does this")
      .Help(truths ? "the one that is taken first stands in parentheses: `(" + first + ") " + Text(context->op) + " ...`"
                   : "write two comparisons: `... " + Text(left->op) + " " + middle + " and " + middle + " " + Text(context->op) + " ...`");
}

ExprPtr TreeBuilder::Extended(ExprPtr left, P::TermContext* context) {
  ExprPtr expr = New(ExprKind::Binary, Cover(left->span, places_.Of(context->stop)));
  expr->operands.push_back(std::move(left));
  if (auto* binary = As<P::BinaryContext>(context)) {
    CheckNotChained(binary);
    expr->op = BinaryOperator(binary->op->getType());
    expr->operator_span = places_.Of(binary->op);
    expr->operands.push_back(Term(binary->right));
  } else if (auto* subscript = As<P::SubscriptContext>(context)) {
    expr->kind = ExprKind::Subscript;
    expr->operator_span = places_.Of(subscript->LBRACK()->getSymbol());
    if (subscript->subscripts()) expr->subscripts = Subscripts(subscript->subscripts());
  } else if (auto* apply = As<P::ApplyContext>(context)) {
    expr->kind = ExprKind::Apply;
    expr->operator_span = places_.Of(apply->LPAREN()->getSymbol());
    expr->arguments = Arguments(apply->arguments());
  } else if (auto* configure = As<P::ConfigureContext>(context)) {
    expr->kind = ExprKind::Configure;
    expr->operator_span = places_.Of(configure->LCONF()->getSymbol());
    expr->arguments = Arguments(configure->arguments());
  } else if (auto* member = As<P::MemberContext>(context)) {
    expr->kind = ExprKind::Member;
    expr->operator_span = places_.Of(member->NAME()->getSymbol());
    expr->text = Text(member->NAME()->getSymbol());
  }
  return expr;
}

// ---- operands ----

ExprPtr TreeBuilder::Operand(P::TermContext* context) {
  if (auto* c = As<P::ReferenceContext>(context)) return Reference(c);
  if (auto* c = As<P::LiteralContext>(context)) return Literal(c);
  if (auto* c = As<P::GroupContext>(context)) return Group(c);
  if (auto* c = As<P::UnaryContext>(context)) return Unary(c);
  if (auto* c = As<P::ChoiceContext>(context)) return Choice(c);
  if (auto* c = As<P::ListContext>(context)) return List(c);
  if (auto* c = As<P::LoopContext>(context)) return Loop(c);
  if (auto* c = As<P::AnonymousFunctionContext>(context)) return AnonymousFunction(c->anonymous());
  return AllExcept(static_cast<P::AllExceptContext*>(context));
}

ExprPtr TreeBuilder::Reference(P::ReferenceContext* context) {
  ExprPtr expr = NameExpr(context->NAME()->getSymbol());
  if (!context->NEXT()) return expr;
  expr->kind = ExprKind::NextName;
  expr->span = SpanOf(context);
  return expr;
}

ExprPtr TreeBuilder::StringExpr(const antlr4::Token* token) {
  ExprPtr expr = New(ExprKind::String, places_.Of(token));
  expr->text = Unescaped(token);
  return expr;
}

ExprPtr TreeBuilder::Literal(P::LiteralContext* context) {
  const antlr4::Token* token = context->value;
  const size_t type = token->getType();
  if (type == P::STRING) return StringExpr(token);
  ExprPtr expr = New(type == P::INT ? ExprKind::Integer : type == P::FLOAT ? ExprKind::Float : ExprKind::Bool, places_.Of(token));
  expr->text = Text(token);
  if (expr->kind == ExprKind::Bool) {
    expr->integer = type == P::TRUE;
    return expr;
  }
  std::string digits;
  for (char c : expr->text)
    if (c != '_') digits += c;
  const char* end = digits.data() + digits.size();
  std::errc result;
  if (expr->kind == ExprKind::Integer) {
    result = std::from_chars(digits.data(), end, expr->integer).ec;
    expr->number = static_cast<double>(expr->integer);
  } else {
    result = std::from_chars(digits.data(), end, expr->number).ec;
  }
  if (result != std::errc())
    Report(DiagnosticKind::NumberTooLarge, expr->span,
           expr->kind == ExprKind::Integer ? "this integer does not fit into 64 bits" : "this number is outside the range of `f64`");
  return expr;
}

std::string TreeBuilder::Unescaped(const antlr4::Token* string) {
  std::string_view text = places_.Text(string);
  text.remove_prefix(1);
  if (!text.empty() && text.back() == '"') text.remove_suffix(1);
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    char escaped = text[++i];
    switch (escaped) {
      case 'n': result += '\n'; break;
      case 't': result += '\t'; break;
      case '"':
      case '\\': result += escaped; break;
      default:
        Report(DiagnosticKind::SyntaxError, places_.Of(string), std::string("`\\") + escaped + "` has no meaning in a string")
            .Help("a backslash itself is written `\\\\`");
    }
  }
  return result;
}

ExprPtr TreeBuilder::Group(P::GroupContext* context) {
  std::vector<P::ExprContext*> parts = context->expr();
  if (parts.size() == 1) {
    ExprPtr inner = Expression(parts[0]);
    inner->span = SpanOf(context);
    return inner;
  }
  ExprPtr tuple = New(ExprKind::Tuple, SpanOf(context));
  for (P::ExprContext* part : parts) tuple->operands.push_back(Expression(part));
  return tuple;
}

ExprPtr TreeBuilder::List(P::ListContext* context) {
  ExprPtr list = New(ExprKind::List, SpanOf(context));
  for (P::ExprContext* part : context->expr()) list->operands.push_back(Expression(part));
  return list;
}

ExprPtr TreeBuilder::Unary(P::UnaryContext* context) {
  ExprPtr expr = New(ExprKind::Unary, SpanOf(context));
  expr->op = context->op->getType() == P::NOT ? ast::Operator::Not : ast::Operator::Negate;
  expr->operator_span = places_.Of(context->op);
  expr->operands.push_back(Term(context->term()));
  return expr;
}

ExprPtr TreeBuilder::Choice(P::ChoiceContext* context) {
  ExprPtr expr = New(ExprKind::If, SpanOf(context));
  expr->operands.push_back(Expression(context->condition));
  expr->operands.push_back(Expression(context->yes));
  expr->operands.push_back(Term(context->no));
  return expr;
}

ExprPtr TreeBuilder::Loop(P::LoopContext* context) {
  ExprPtr expr = New(ExprKind::Loop, SpanOf(context));
  auto loop = std::make_unique<ast::Loop>();
  loop->scan = context->kind->getType() == P::SCAN;
  loop->index = Text(context->NAME()->getSymbol());
  loop->index_span = places_.Of(context->NAME()->getSymbol());
  loop->range = Range(context->range());
  for (P::BindingContext* binding : context->binding()) {
    ast::Binding state = Binding(binding);
    loop->states.push_back({std::move(state.name), state.span, std::move(state.value)});
  }
  loop->body = Block(context->block());
  expr->loop = std::move(loop);
  return expr;
}

ExprPtr TreeBuilder::AnonymousFunction(P::AnonymousContext* context) {
  ExprPtr expr = New(ExprKind::Function, SpanOf(context));
  expr->function = std::make_shared<ast::Decl>();
  ast::Decl& decl = *expr->function;
  decl.kind = ast::DeclKind::Function;
  decl.span = expr->span;
  decl.name = "fn";
  decl.name_span = places_.Of(context->FN()->getSymbol());
  for (P::ParameterContext* parameter : context->parameters()->parameter()) decl.params.push_back(Parameter(parameter));
  if (context->result())
    for (P::TypeContext* type : context->result()->type()) decl.results.push_back(Type(type));
  decl.body = Block(context->block());
  return expr;
}

// `all except label, "run number"`: the name `all except` applied to the columns.
ExprPtr TreeBuilder::AllExcept(P::AllExceptContext* context) {
  ExprPtr callee = New(ExprKind::Name, places_.Between(context->ALL()->getSymbol(), context->EXCEPT()->getSymbol()));
  callee->text = "all except";
  ExprPtr apply = New(ExprKind::Apply, SpanOf(context));
  apply->operator_span = places_.Of(context->EXCEPT()->getSymbol());
  apply->operands.push_back(std::move(callee));
  for (P::ColumnContext* column : context->column())
    apply->arguments.push_back(
        {"", {}, column->NAME() ? NameExpr(column->NAME()->getSymbol()) : StringExpr(column->STRING()->getSymbol())});
  return apply;
}

// ---- arguments and subscripts ----

ast::Range TreeBuilder::Range(P::RangeContext* context) {
  ast::Range range;
  range.begin = Expression(context->expr(0));
  range.end = Expression(context->expr(1));
  return range;
}

std::vector<ast::Argument> TreeBuilder::Arguments(P::ArgumentsContext* context) {
  std::vector<ast::Argument> arguments;
  if (!context) return arguments;
  for (P::ArgumentContext* argument : context->argument()) {
    ExprPtr first = Expression(argument->expr(0));
    if (!argument->ASSIGN()) {
      arguments.push_back({"", {}, std::move(first)});
      continue;
    }
    const bool of_columns = first->kind == ExprKind::Subscript && (first->operands[0]->text == "missing" || first->operands[0]->text == "fill");
    if (first->kind != ExprKind::Name)
      Report(DiagnosticKind::InvalidTarget, first->span, "what stands before `=` in an argument must be the name of a parameter")
          .Help(of_columns ? "what holds for some columns stands in the block: `csv{\"file.csv\"} { " + std::string(places_.Sources().Text(first->span)) + " = ... }`" : "compare with `==`");
    arguments.push_back({first->text, first->span, Expression(argument->expr(1))});
  }
  return arguments;
}

ast::Subscripts TreeBuilder::Subscripts(P::SubscriptsContext* context) {
  ast::Subscripts subscripts;
  for (P::SubscriptItemContext* item : context->subscriptItem()) subscripts.items.push_back(SubscriptItem(item));
  if (context->where) subscripts.where = Expression(context->where);
  if (context->otherwise) subscripts.otherwise = Expression(context->otherwise);
  return subscripts;
}

ast::SubscriptItem TreeBuilder::SubscriptItem(P::SubscriptItemContext* context) {
  ast::SubscriptItem item{};
  item.span = SpanOf(context);
  if (context->ELLIPSIS() || context->COLON()) {
    item.kind = context->COLON() ? ast::SubscriptKind::All : ast::SubscriptKind::Ellipsis;
    return item;
  }
  ExprPtr first = Expression(context->expr(0));
  if (context->IN()) {
    item.kind = ast::SubscriptKind::Index;
    item.name = first->text;
    if (first->kind != ExprKind::Name)
      Report(DiagnosticKind::InvalidTarget, first->span, "what stands before `in` must be the name of an index");
    item.range = Range(context->range());
  } else if (context->DOTDOT()) {
    item.kind = ast::SubscriptKind::Slice;
    item.range = {std::move(first), Expression(context->expr(1))};
  } else {
    item.kind = ast::SubscriptKind::At;
    item.value = std::move(first);
  }
  return item;
}

}  // namespace nnc::syntax
