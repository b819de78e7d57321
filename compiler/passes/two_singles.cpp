#include "compiler/passes/two_singles.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/ir/walk.h"
#include "compiler/passes/definition.h"
#include "compiler/passes/rebuilt.h"

namespace nnc::passes {

using ir::kNoNode;
using ir::Node;
using ir::NodeId;
using ir::Operand;
using ir::Scalar;
using ir::ScalarFn;

static constexpr const char* kRestPrefix = "rest:";

std::string RestOf(const std::string& name) { return kRestPrefix + name; }

std::string WholeOf(const std::string& name) {
  const std::string prefix = kRestPrefix;
  return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name;
}

static bool IsNothing(const Operand& operand) { return operand.kind == Scalar::Kind::Literal && operand.literal == 0; }

TwoSingles::Parts TwoSingles::Split(NodeId root) {
  if (parts_.empty()) return {root, kNoNode};  // no number of the graph has a rest
  std::vector<NodeId> stack{root}, needed;
  std::set<NodeId> seen;
  while (!stack.empty()) {
    const NodeId id = stack.back();
    stack.pop_back();
    if (parts_.count(id) != 0 || !seen.insert(id).second) continue;
    needed.push_back(id);
    for (NodeId operand : ir::Operands(graph_[id])) stack.push_back(operand);
  }
  std::sort(needed.begin(), needed.end());
  for (NodeId id : needed) {
    Parts parts = Visit(id);
    if (rounded_.count(id) != 0) parts.rest = kNoNode;
    parts_[id] = parts;
  }
  return parts_.at(root);
}

TwoSingles::Parts TwoSingles::Visit(NodeId id) {
  builder_.SetSpan(graph_[id].span);
  if (graph_[id].variable != 0) return VisitVariable(id);
  if (graph_[id].op() == Node::Op::Comp) return VisitComp(id);
  if (ir::Operands(graph_[id]).empty()) return {id, kNoNode};
  return {Rebuilt(builder_, Node(graph_[id]), [&](NodeId operand) { return parts_.at(operand).rounded; }), kNoNode};
}

TwoSingles::Parts TwoSingles::VisitVariable(NodeId id) {
  const NodeId value = graph_[id].comp().accesses[0].operand;
  const Parts parts = parts_.at(value);
  if (parts.rounded == value) return {id, parts.rest};
  const uint32_t number = graph_[id].variable;
  const auto known = variables_.find(number);
  const NodeId variable = known == variables_.end() ? builder_.AddVariable(parts.rounded) : builder_.AddVariable(parts.rounded, known->second);
  variables_.emplace(number, graph_[variable].variable);
  return {variable, parts.rest};
}

// The node with the parts of its operands in their place; an operand without a rest must not occur where rests are asked for.
NodeId TwoSingles::WithOperands(NodeId id, bool rests) {
  ir::Comp comp = graph_[id].comp();
  for (ir::Access& access : comp.accesses) {
    const Parts& parts = parts_.at(access.operand);
    access.operand = rests ? parts.rest : parts.rounded;
  }
  return comp == graph_[id].comp() ? id : builder_.AddComp(comp);
}

TwoSingles::Parts TwoSingles::VisitComp(NodeId id) {
  const ir::Comp& comp = graph_[id].comp();
  const bool wide = std::any_of(comp.accesses.begin(), comp.accesses.end(), [&](const ir::Access& access) { return parts_.at(access.operand).rest != kNoNode; });
  if (!wide || ir::Classify(comp) == ir::CompForm::Fused) return {WithOperands(id, false), kNoNode};
  const Definition d = Define(comp);
  if (!d.call) {
    const bool copies = d.args.size() == 1 && (d.monoid == ir::Monoid::None || d.monoid == ir::Monoid::Sum) && ReadsOnePoint(d);
    const NodeId rounded = WithOperands(id, false);
    return {rounded, copies ? WithOperands(id, true) : kNoNode};
  }
  extents_ = d.extents;
  std::vector<Number> args;
  for (const Operand& arg : d.args) args.push_back(NumberOf(arg));
  Number result;
  if (disjoint_.count(id) != 0) result = {Map(d.fn, {args[0].rounded, args[1].rounded}), Plus(args[0].rest, args[1].rest)};
  else if (!Apply(d.fn, args, &result)) return {WithOperands(id, false), kNoNode};
  auto whole = [&](const Operand& operand) { return operand.kind == Scalar::Kind::Access ? operand.node : builder_.Fill(operand, extents_); };
  return {whole(result.rounded), IsNothing(result.rest) ? kNoNode : whole(result.rest)};
}

TwoSingles::Number TwoSingles::NumberOf(const Operand& operand) const {
  double literal = operand.literal;
  if (operand.kind == Scalar::Kind::Literal || (operand.kind == Scalar::Kind::Access && builder_.IsLiteral(ir::BehindNames(graph_, operand.node), &literal))) {
    const double rounded = static_cast<float>(literal);
    return {Operand::Of(rounded), Operand::Of(std::isfinite(rounded) ? static_cast<double>(static_cast<float>(literal - rounded)) : 0)};
  }
  if (operand.kind != Scalar::Kind::Access) return {operand, Operand::Of(0.0)};
  const Parts& parts = parts_.at(operand.node);
  Number number{operand, Operand::Of(0.0)};
  number.rounded.node = parts.rounded;
  if (parts.rest == kNoNode) return number;
  number.rest = operand;
  number.rest.node = parts.rest;
  return number;
}

bool TwoSingles::Apply(ScalarFn fn, const std::vector<Number>& args, Number* result) {
  const Number none{Operand::Of(0.0), Operand::Of(0.0)};
  const Number &a = args[0], &b = args.size() > 1 ? args[1] : none;
  switch (fn) {
    case ScalarFn::Add: *result = Sum(a, b); return true;
    case ScalarFn::Sub: *result = Sum(a, Negative(b)); return true;
    case ScalarFn::Neg: *result = Negative(a); return true;
    case ScalarFn::Mul: *result = Product(a, b); return true;
    case ScalarFn::Div: *result = Quotient(a, b); return true;
    case ScalarFn::Floor: *result = Floor(a); return true;
    case ScalarFn::Ceil: *result = Negative(Floor(Negative(a))); return true;
    case ScalarFn::FloorDiv: *result = Divide(a, b).whole; return true;
    case ScalarFn::Mod: *result = Divide(a, b).left; return true;
    case ScalarFn::Pow: {
      const double exponent = b.rounded.literal;
      if (b.rounded.kind != Scalar::Kind::Literal || !(exponent == 2 || exponent == 3 || exponent == 4) || !IsNothing(b.rest)) return false;
      *result = Power(a, static_cast<int>(exponent));
      return true;
    }
    case ScalarFn::Abs: *result = {Map(fn, {a.rounded}), Map(ScalarFn::Select, {Map(ScalarFn::Lt, {a.rounded, Operand::Of(0.0)}), Negative(a).rest, a.rest})}; return true;
    case ScalarFn::Max:
    case ScalarFn::Min: {
      const Operand first = Compare(fn == ScalarFn::Max ? ScalarFn::Ge : ScalarFn::Le, a, b);
      *result = {Map(fn, {a.rounded, b.rounded}), Map(ScalarFn::Select, {first, a.rest, b.rest})};
      return true;
    }
    case ScalarFn::Sin: *result = {Sine(a), none.rest}; return true;
    case ScalarFn::Cos: *result = {Cosine(a), none.rest}; return true;
    case ScalarFn::Tan: *result = {Map(ScalarFn::Div, {Sine(a), Cosine(a)}), none.rest}; return true;
    case ScalarFn::Select: *result = Choice(a.rounded, b, args[2]); return true;
    case ScalarFn::Lt:
    case ScalarFn::Le:
    case ScalarFn::Gt:
    case ScalarFn::Ge:
    case ScalarFn::Eq:
    case ScalarFn::Ne: *result = {Compare(fn, a, b), Operand::Of(0.0)}; return true;
    default: return false;
  }
}

Operand TwoSingles::Map(ScalarFn fn, std::vector<Operand> args) {
  return Operand::Of(builder_.Map(fn, std::move(args), extents_), Iota(static_cast<int>(extents_.size())));
}

Operand TwoSingles::Plus(const Operand& a, const Operand& b) {
  if (IsNothing(a)) return b;
  return IsNothing(b) ? a : Map(ScalarFn::Add, {a, b});
}

Operand TwoSingles::Times(const Operand& a, const Operand& b) { return IsNothing(a) || IsNothing(b) ? Operand::Of(0.0) : Map(ScalarFn::Mul, {a, b}); }

// value + rest, the first part rounded; what is not finite has no rest.
TwoSingles::Number TwoSingles::Normal(const Operand& value, const Operand& rest) {
  const Operand held = Map(ScalarFn::Le, {Map(ScalarFn::Abs, {value}), Operand::Of(static_cast<double>(std::numeric_limits<float>::max()))});
  const Operand finite = Map(ScalarFn::Select, {held, rest, Operand::Of(0.0)});
  const Operand rounded = Map(ScalarFn::Add, {value, finite});
  return {rounded, Map(ScalarFn::SumRest, {value, finite, rounded})};
}

TwoSingles::Number TwoSingles::Negative(const Number& a) {
  auto negative = [&](const Operand& x) { return x.kind == Scalar::Kind::Literal ? Operand::Of(-x.literal) : Map(ScalarFn::Neg, {x}); };
  return {negative(a.rounded), negative(a.rest)};
}

TwoSingles::Number TwoSingles::Sum(const Number& a, const Number& b) {
  const Operand sum = Map(ScalarFn::Add, {a.rounded, b.rounded});
  return Normal(sum, Plus(Map(ScalarFn::SumRest, {a.rounded, b.rounded, sum}), Plus(a.rest, b.rest)));
}

TwoSingles::Number TwoSingles::Product(const Number& a, const Number& b) {
  const Operand product = Map(ScalarFn::Mul, {a.rounded, b.rounded});
  const Operand crossed = Plus(Times(a.rounded, b.rest), Times(a.rest, b.rounded));
  return Normal(product, Plus(Map(ScalarFn::ProductRest, {a.rounded, b.rounded, product}), crossed));
}

// What divides without a remainder has a quotient that is exact.
TwoSingles::Number TwoSingles::Quotient(const Number& a, const Number& b) {
  const Operand quotient = Map(ScalarFn::Quotient, {a.rounded, b.rounded});
  const Operand left = Map(ScalarFn::Neg, {Map(ScalarFn::ProductRest, {quotient, b.rounded, a.rounded})});  // a - quotient * b
  const Operand rests = IsNothing(b.rest) ? a.rest : Map(ScalarFn::Sub, {a.rest, Times(quotient, b.rest)});
  return Normal(quotient, Map(ScalarFn::Quotient, {Plus(left, rests), b.rounded}));
}

// a - b floor(a / b) and the floor: where the quotient was rounded across a whole number, what is left shows it.
TwoSingles::Division TwoSingles::Divide(const Number& a, const Number& b) {
  const Number zero{Operand::Of(0.0), Operand::Of(0.0)}, one{Operand::Of(1.0), Operand::Of(0.0)};
  Division d;
  d.whole = Floor(Quotient(a, b));
  d.left = Sum(a, Negative(Product(b, d.whole)));
  const Operand positive = Compare(ScalarFn::Gt, b, zero);
  auto outside = [&](ScalarFn where_positive, ScalarFn where_negative, const Number& limit) {
    return Map(ScalarFn::Select, {positive, Compare(where_positive, d.left, limit), Compare(where_negative, d.left, limit)});
  };
  const Operand below = outside(ScalarFn::Lt, ScalarFn::Gt, zero), above = outside(ScalarFn::Ge, ScalarFn::Le, b);
  d.whole = Choice(below, Sum(d.whole, Negative(one)), Choice(above, Sum(d.whole, one), d.whole));
  d.left = Choice(below, Sum(d.left, b), Choice(above, Sum(d.left, Negative(b)), d.left));
  return d;
}

// Rounding does not cross a whole number: the rest matters where the rounded number is whole.
TwoSingles::Number TwoSingles::Floor(const Number& a) {
  const Operand below = Map(ScalarFn::Floor, {a.rounded});
  if (IsNothing(a.rest)) return {below, a.rest};
  const Operand whole = Map(ScalarFn::Eq, {below, a.rounded});
  return Normal(below, Map(ScalarFn::Select, {whole, Map(ScalarFn::Floor, {a.rest}), Operand::Of(0.0)}));
}

TwoSingles::Number TwoSingles::Power(const Number& a, int exponent) {
  const Number square = Product(a, a);
  return exponent == 2 ? square : Product(square, exponent == 3 ? a : square);
}

// The rest of a large angle may be many turns.
Operand TwoSingles::Sine(const Number& a) {
  const Operand first = Map(ScalarFn::Mul, {Map(ScalarFn::Sin, {a.rounded}), Map(ScalarFn::Cos, {a.rest})});
  return Map(ScalarFn::Add, {first, Map(ScalarFn::Mul, {Map(ScalarFn::Cos, {a.rounded}), Map(ScalarFn::Sin, {a.rest})})});
}

Operand TwoSingles::Cosine(const Number& a) {
  const Operand first = Map(ScalarFn::Mul, {Map(ScalarFn::Cos, {a.rounded}), Map(ScalarFn::Cos, {a.rest})});
  return Map(ScalarFn::Sub, {first, Map(ScalarFn::Mul, {Map(ScalarFn::Sin, {a.rounded}), Map(ScalarFn::Sin, {a.rest})})});
}

TwoSingles::Number TwoSingles::Choice(const Operand& condition, const Number& a, const Number& b) {
  const bool nothing = IsNothing(a.rest) && IsNothing(b.rest);
  return {Map(ScalarFn::Select, {condition, a.rounded, b.rounded}), nothing ? a.rest : Map(ScalarFn::Select, {condition, a.rest, b.rest})};
}

Operand TwoSingles::Compare(ScalarFn fn, const Number& a, const Number& b) {
  if (fn == ScalarFn::Ne) return Map(ScalarFn::Or, {Map(fn, {a.rounded, b.rounded}), Map(fn, {a.rest, b.rest})});
  const Operand equal = Map(ScalarFn::Eq, {a.rounded, b.rounded});
  const Operand by_rest = Map(ScalarFn::And, {equal, Map(fn, {a.rest, b.rest})});
  if (fn == ScalarFn::Eq) return by_rest;
  const bool less = fn == ScalarFn::Lt || fn == ScalarFn::Le;
  return Map(ScalarFn::Or, {Map(less ? ScalarFn::Lt : ScalarFn::Gt, {a.rounded, b.rounded}), by_rest});
}

}  // namespace nnc::passes
