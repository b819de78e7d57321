// Scalar algebra at construction: constant folding, neutral elements, signs, masks kept outside products, small powers.
//
// Every rule keeps the value wherever it is defined. Masks are strong zeros: select(c, g, 0) * b becomes select(c, g*b, 0),
// so that an infinite b behind the mask never makes a NaN; a zero literal times anything is zero for the same reason.
#include <cmath>
#include <numeric>

#include "compiler/ir/builder_impl.h"

namespace nnc::ir {

static std::vector<int> Iota(size_t count) {
  std::vector<int> indices(count);
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

static bool IsConstant(const Operand& operand) { return operand.kind == Scalar::Kind::Literal; }
static bool IsIndex(const Operand& operand) { return operand.kind == Scalar::Kind::Index; }

Operand Builder::Impl::Apply(ScalarFn fn, Args args, const Shape& extents) {
  return Resolve(Operand::Of(Map(fn, std::move(args), extents), Iota(extents.size())));
}

// value where the relations between output indices hold, else 0.
Operand Builder::Impl::Masked(Operand value, std::vector<Affine> relations, const Shape& extents) {
  const NodeId node = Sum({{std::move(value)}, extents, static_cast<int>(extents.size()), std::move(relations)});
  return Resolve(Operand::Of(node, Iota(extents.size())));
}

std::optional<Operand> Builder::Impl::AddRules(Args& args, const Shape& extents) {
  Operand& a = args[0];
  Operand& b = args[1];
  if (IsLiteralValue(a, 0)) return b;
  if (IsLiteralValue(b, 0)) return a;
  if (SameOperand(a, b)) return Apply(ScalarFn::Mul, {Operand::Of(2.0), a}, extents);
  MapView view;
  for (size_t i = 0; i < 2; ++i) {  // e^u - 1, 1 + (e^u - 1)
    if (IsLiteralValue(args[i], -1) && PeekMap(args[1 - i], ScalarFn::Exp, &view)) return Apply(ScalarFn::Expm1, {view.args[0]}, extents);
    if (IsLiteralValue(args[i], 1) && PeekMap(args[1 - i], ScalarFn::Expm1, &view)) return Apply(ScalarFn::Exp, {view.args[0]}, extents);
  }
  if (PeekMap(b, ScalarFn::Neg, &view)) return Apply(ScalarFn::Sub, {a, view.args[0]}, extents);
  if (PeekMap(a, ScalarFn::Neg, &view)) return Apply(ScalarFn::Sub, {b, view.args[0]}, extents);
  return std::nullopt;
}

static constexpr double kNearOne = 0.5;  // of a number's logarithm: its powers are exact as those of e

// u of e^u, and of c^x with a written number c near 1: there u = x log c with the logarithm in double precision.
std::optional<Operand> Builder::Impl::ExponentOf(const Operand& power, const Shape& extents) {
  MapView view;
  if (PeekMap(power, ScalarFn::Exp, &view)) return view.args[0];
  if (!PeekMap(power, ScalarFn::Pow, &view) || !IsConstant(view.args[0]) || view.args[0].literal <= 0) return std::nullopt;
  const double log = std::log(view.args[0].literal);
  if (std::fabs(log) > kNearOne) return std::nullopt;
  return Apply(ScalarFn::Mul, {Operand::Of(log), view.args[1]}, extents);
}

std::optional<Operand> Builder::Impl::SubRules(Args& args, const Shape& extents) {
  Operand& a = args[0];
  Operand& b = args[1];
  if (IsLiteralValue(b, 0)) return a;
  if (IsLiteralValue(a, 0)) return Apply(ScalarFn::Neg, {b}, extents);
  for (size_t i = 0; i < 2; ++i) {
    const std::optional<Operand> exponent = IsLiteralValue(args[i], 1) ? ExponentOf(args[1 - i], extents) : std::nullopt;
    if (!exponent) continue;
    const Operand above_one = Apply(ScalarFn::Expm1, {*exponent}, extents);  // its distance from 1 is what is left of a power
    return i == 1 ? above_one : Apply(ScalarFn::Neg, {above_one}, extents);
  }
  MapView view;
  if (PeekMap(b, ScalarFn::Neg, &view)) return Apply(ScalarFn::Add, {a, view.args[0]}, extents);
  if (PeekMap(a, ScalarFn::Neg, &view)) {
    return Apply(ScalarFn::Neg, {Apply(ScalarFn::Add, {view.args[0], b}, extents)}, extents);
  }
  return std::nullopt;
}

// A mask on one argument of a function that is linear in it moves outside: relations, and select with a zero side.
std::optional<Operand> Builder::Impl::MaskRules(ScalarFn fn, Args& args, const Shape& extents) {
  const size_t linear = fn == ScalarFn::Mul ? 2 : 1;
  for (size_t i = 0; i < linear; ++i) {
    Operand value;
    std::vector<Affine> relations;
    if (PeekMask(args[i], &value, &relations)) {
      Args inner = args;
      inner[i] = value;
      return Masked(Apply(fn, std::move(inner), extents), std::move(relations), extents);
    }
    Affine delta;
    if (fn == ScalarFn::Mul && PeekDelta(args[i], &delta)) return Masked(args[1 - i], {std::move(delta)}, extents);
    MapView view;
    if (!PeekMap(args[i], ScalarFn::Select, &view)) continue;
    for (int zero = 1; zero <= 2; ++zero) {
      if (!IsLiteralValue(view.args[zero], 0)) continue;
      Args inner = args;
      inner[i] = view.args[3 - zero];
      Args choice{view.args[0], Operand::Of(0.0), Operand::Of(0.0)};
      choice[static_cast<size_t>(3 - zero)] = Apply(fn, std::move(inner), extents);
      return Apply(ScalarFn::Select, std::move(choice), extents);
    }
  }
  return std::nullopt;
}

std::optional<Operand> Builder::Impl::MulRules(Args& args, const Shape& extents) {
  if (IsConstant(args[1])) std::swap(args[0], args[1]);
  Operand& a = args[0];
  Operand& b = args[1];
  MapView view;
  if (IsConstant(a)) {
    if (a.literal == 0) return Operand::Of(0.0);
    if (a.literal == 1) return b;
    if (a.literal == -1) return Apply(ScalarFn::Neg, {b}, extents);
    if (PeekMap(b, ScalarFn::Neg, &view)) return Apply(ScalarFn::Mul, {Operand::Of(-a.literal), view.args[0]}, extents);
    if (PeekMap(b, ScalarFn::Mul, &view) && IsConstant(view.args[0])) {
      return Apply(ScalarFn::Mul, {Operand::Of(a.literal * view.args[0].literal), view.args[1]}, extents);
    }
  }
  if (auto masked = MaskRules(ScalarFn::Mul, args, extents)) return masked;
  for (size_t i = 0; i < 2; ++i) {
    if (auto times_log = TimesLog(args[1 - i], args[i], extents)) return times_log;
  }
  for (int i = 0; i < 2; ++i) {
    const Operand& other = args[static_cast<size_t>(1 - i)];
    if (PeekMap(args[static_cast<size_t>(i)], ScalarFn::Neg, &view)) {
      return Apply(ScalarFn::Neg, {Apply(ScalarFn::Mul, {view.args[0], other}, extents)}, extents);
    }
    if (!IsConstant(other) && PeekMap(args[static_cast<size_t>(i)], ScalarFn::Mul, &view) && IsConstant(view.args[0])) {
      return Apply(ScalarFn::Mul, {view.args[0], Apply(ScalarFn::Mul, {view.args[1], other}, extents)}, extents);
    }
  }
  return std::nullopt;
}

static bool IsPowerOfTwo(double value) {
  int exponent;
  return std::isfinite(value) && value != 0 && std::fabs(std::frexp(value, &exponent)) == 0.5;
}

std::optional<Operand> Builder::Impl::DivRules(Args& args, const Shape& extents) {
  Operand& a = args[0];
  Operand& b = args[1];
  if (IsLiteralValue(a, 0)) return a;
  if (IsLiteralValue(b, 1)) return a;
  if (IsConstant(b) && IsPowerOfTwo(b.literal)) return Apply(ScalarFn::Mul, {a, Operand::Of(1 / b.literal)}, extents);
  if (auto masked = MaskRules(ScalarFn::Div, args, extents)) return masked;
  MapView view;
  for (size_t i = 0; i < 2; ++i) {
    if (!PeekMap(args[i], ScalarFn::Neg, &view)) continue;
    Args inner = args;
    inner[i] = view.args[0];
    return Apply(ScalarFn::Neg, {Apply(ScalarFn::Div, std::move(inner), extents)}, extents);
  }
  return std::nullopt;
}

std::optional<Operand> Builder::Impl::NegRules(Args& args, const Shape& extents) {
  MapView view;
  if (PeekMap(args[0], &view)) {
    if (view.fn == ScalarFn::Neg) return view.args[0];
    if (view.fn == ScalarFn::Sub) return Apply(ScalarFn::Sub, {view.args[1], view.args[0]}, extents);
    if (view.fn == ScalarFn::Mul && IsConstant(view.args[0])) {
      return Apply(ScalarFn::Mul, {Operand::Of(-view.args[0].literal), view.args[1]}, extents);
    }
  }
  return MaskRules(ScalarFn::Neg, args, extents);
}

// Negative powers are powers of an inverse: a^-n is a number where a^n has left the range of numbers, and the inverse of a^(n/2) never has.
std::optional<Operand> Builder::Impl::PowRules(Args& args, const Shape& extents) {
  const Operand& a = args[0];
  if (IsLiteralValue(a, 1)) return a;
  if (!IsConstant(args[1])) {
    // A number that single precision rounds, 0.9999, is another one in its thousandth power: beta^t of the number as it is written.
    const bool rounded = IsConstant(a) && a.literal > 0 && a.literal != static_cast<double>(static_cast<float>(a.literal));
    const double log = rounded ? std::log(a.literal) : 0;
    if (!rounded || std::fabs(log) > kNearOne) return std::nullopt;
    return Apply(ScalarFn::Exp, {Apply(ScalarFn::Mul, {Operand::Of(log), args[1]}, extents)}, extents);
  }
  const double exponent = args[1].literal;
  if (exponent == 0) return Operand::Of(1.0);
  if (exponent == 1) return a;
  if (exponent == 0.5) return Apply(ScalarFn::Sqrt, {a}, extents);
  const double magnitude = std::fabs(exponent);
  if (magnitude != std::floor(magnitude) || magnitude > 8) return std::nullopt;
  auto inverse = [&](const Operand& x) { return Apply(ScalarFn::Div, {Operand::Of(1.0), x}, extents); };
  if (exponent == -1) return inverse(a);
  Operand half = Apply(ScalarFn::Pow, {a, Operand::Of(std::floor(magnitude / 2))}, extents);
  if (exponent < 0) half = inverse(half);
  const Operand square = Apply(ScalarFn::Mul, {half, half}, extents);
  if (std::fmod(magnitude, 2) == 0) return square;
  return Apply(exponent < 0 ? ScalarFn::Div : ScalarFn::Mul, {exponent < 0 ? square : a, exponent < 0 ? a : square}, extents);
}

std::optional<Operand> Builder::Impl::SelectRules(Args& args, const Shape& extents) {
  Operand& c = args[0];
  if (IsConstant(c)) return c.literal != 0 ? args[1] : args[2];
  if (SameOperand(args[1], args[2])) return args[1];
  MapView view;
  if (PeekMap(c, ScalarFn::Not, &view)) return Apply(ScalarFn::Select, {view.args[0], args[2], args[1]}, extents);
  if (PeekMap(c, ScalarFn::Ne, &view) && IsLiteralValue(view.args[0], 0)) {
    return Apply(ScalarFn::Select, {view.args[1], args[1], args[2]}, extents);
  }
  for (size_t side = 1; side <= 2; ++side) {
    if (!PeekMap(args[side], ScalarFn::Select, &view) || !SameOperand(view.args[0], c)) continue;
    Args inner = args;
    inner[side] = view.args[side];
    return Apply(ScalarFn::Select, std::move(inner), extents);
  }
  Affine delta;
  if (IsLiteralValue(args[2], 0) && PeekDelta(c, &delta)) return Masked(args[1], {std::move(delta)}, extents);
  return std::nullopt;
}

// Comparisons of an index with a literal outside its range, of equal indices, and connectives with literals.
std::optional<Operand> Builder::Impl::TruthRules(ScalarFn fn, Args& args, const Shape& extents) {
  if (fn == ScalarFn::Not) {
    MapView view;
    if (PeekMap(args[0], ScalarFn::Not, &view) && IsTruth(view.args[0])) return view.args[0];
    return std::nullopt;
  }
  const Operand& a = args[0];
  const Operand& b = args[1];
  if (fn == ScalarFn::And || fn == ScalarFn::Or) {
    const bool absorbing = fn == ScalarFn::Or;
    for (size_t i = 0; i < 2; ++i) {
      if (IsConstant(args[i]) && (args[i].literal != 0) == absorbing) return Operand::Of(absorbing ? 1.0 : 0.0);
      if (IsConstant(args[i]) && IsTruth(args[1 - i])) return args[1 - i];
    }
    if (SameOperand(a, b) && IsTruth(a)) return a;
    return std::nullopt;
  }
  if (IsIndex(a) && IsIndex(b) && a.index == b.index) {
    return Operand::Of(fn == ScalarFn::Eq || fn == ScalarFn::Le || fn == ScalarFn::Ge ? 1.0 : 0.0);
  }
  for (size_t i = 0; i < 2; ++i) {
    if (!IsIndex(args[i]) || !IsConstant(args[1 - i])) continue;
    const Dim& extent = extents[static_cast<size_t>(args[i].index)];
    if (!extent.IsConstant()) return std::nullopt;
    // Decided if the first and the last value of the index agree and the literal lies outside the range.
    const double literal = args[1 - i].literal;
    const double last = static_cast<double>(extent.Constant() - 1);
    if (literal > 0 && literal <= last) return std::nullopt;
    auto at = [&](double value) { return i == 0 ? Row(fn).evaluate(value, literal, 0) : Row(fn).evaluate(literal, value, 0); };
    if (at(0) != at(last)) return std::nullopt;
    return Operand::Of(at(0));
  }
  return std::nullopt;
}

std::optional<Operand> Builder::Impl::Algebra(ScalarFn fn, Args& args, const Shape& extents) {
  switch (fn) {
    case ScalarFn::Add: return AddRules(args, extents);
    case ScalarFn::Sub: return SubRules(args, extents);
    case ScalarFn::Mul: return MulRules(args, extents);
    case ScalarFn::Div: return DivRules(args, extents);
    case ScalarFn::Neg: return NegRules(args, extents);
    case ScalarFn::Pow: return PowRules(args, extents);
    case ScalarFn::Select: return SelectRules(args, extents);
    case ScalarFn::Log: return LogRules(args, extents);
    case ScalarFn::Log1p: return Log1pRules(args, extents);
    case ScalarFn::Xlogy:
    case ScalarFn::Xlog1py: return TimesLogRules(fn, args, extents);
    case ScalarFn::Max:
    case ScalarFn::Min:
      if (SameOperand(args[0], args[1])) return args[0];
      return std::nullopt;
    case ScalarFn::Stop: {
      MapView view;
      if (args[0].kind != Scalar::Kind::Access || PeekMap(args[0], ScalarFn::Stop, &view)) return args[0];
      return std::nullopt;
    }
    case ScalarFn::Eq:
    case ScalarFn::Ne:
    case ScalarFn::Lt:
    case ScalarFn::Le:
    case ScalarFn::Gt:
    case ScalarFn::Ge:
    case ScalarFn::And:
    case ScalarFn::Or:
    case ScalarFn::Not: return TruthRules(fn, args, extents);
    case ScalarFn::FloorDiv:
      if (IsLiteralValue(args[1], 1) && IsIndex(args[0])) return args[0];
      return std::nullopt;
    case ScalarFn::Mod: case ScalarFn::Abs: case ScalarFn::Sign: case ScalarFn::Floor:
    case ScalarFn::Ceil: case ScalarFn::Round: case ScalarFn::Exp: case ScalarFn::Expm1:
    case ScalarFn::Sqrt: case ScalarFn::Sin: case ScalarFn::Cos: case ScalarFn::Tan:
    case ScalarFn::Atan: case ScalarFn::Atan2: case ScalarFn::Asin: case ScalarFn::Acos:
    case ScalarFn::Sinh: case ScalarFn::Cosh: case ScalarFn::Tanh: case ScalarFn::Sigmoid:
    case ScalarFn::Softplus: case ScalarFn::Erf: case ScalarFn::Quotient: case ScalarFn::SumRest:
    case ScalarFn::ProductRest: return std::nullopt;
  }
  return std::nullopt;
}

NodeId Builder::Impl::Fill(Operand value, const Shape& extents) {
  if (!rules) return PlainFill(std::move(value), extents);
  value = Resolve(std::move(value));
  Comp comp;
  comp.extents = extents;
  comp.rank = static_cast<int>(extents.size());
  if (value.kind == Scalar::Kind::Access) {
    if (value.indices == Iota(extents.size())) return value.node;
    comp.monoid = Monoid::Sum;
  }
  AddLeaf(comp, value);
  return InternComp(std::move(comp));
}

Comp Elementwise(ScalarFn fn, const std::vector<Operand>& args, const Shape& extents) {
  Comp comp;
  comp.extents = extents;
  comp.rank = static_cast<int>(extents.size());
  Scalar call;
  call.kind = Scalar::Kind::Call;
  call.fn = fn;
  for (size_t i = 0; i < args.size(); ++i) call.arguments[i] = AddLeaf(comp, args[i]);
  comp.body.push_back(std::move(call));
  return comp;
}

// Interns fn(args) over the indices that some argument reads; the others are a broadcast of it.
NodeId Builder::Impl::Map(ScalarFn fn, std::vector<Operand> args, const Shape& extents) {
  if (!rules) return PlainMap(fn, std::move(args), extents);
  const ScalarRow& row = Row(fn);
  bool constant = true;
  for (Operand& arg : args) {
    arg = Resolve(std::move(arg));
    constant = constant && IsConstant(arg);
  }
  if (constant) {
    double values[3] = {0, 0, 0};
    for (size_t i = 0; i < args.size(); ++i) values[i] = args[i].literal;
    return Fill(Operand::Of(ir::Folded(fn, values[0], values[1], values[2])), extents);
  }
  if (row.commutative && OrderedBefore(args[1], args[0])) std::swap(args[0], args[1]);
  if (std::optional<Operand> simple = Algebra(fn, args, extents)) return Fill(std::move(*simple), extents);
  if (row.commutative && OrderedBefore(args[1], args[0])) std::swap(args[0], args[1]);
  return MapAsItStands(fn, std::move(args), extents);
}

NodeId Builder::Impl::MapAsItStands(ScalarFn fn, std::vector<Operand> args, const Shape& extents) {
  std::vector<int> names(extents.size(), -1);
  for (const Operand& arg : args) {
    if (IsIndex(arg)) names[static_cast<size_t>(arg.index)] = 0;
    for (int index : arg.indices) names[static_cast<size_t>(index)] = 0;
  }
  std::vector<int> used;
  Shape narrow;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] < 0) continue;
    names[i] = static_cast<int>(used.size());
    used.push_back(static_cast<int>(i));
    narrow.push_back(extents[i]);
  }
  if (used.size() == extents.size()) return InternComp(Elementwise(fn, args, extents));
  for (Operand& arg : args) {
    if (IsIndex(arg)) arg.index = names[static_cast<size_t>(arg.index)];
    for (int& index : arg.indices) index = names[static_cast<size_t>(index)];
  }
  return Fill(Operand::Of(InternComp(Elementwise(fn, args, narrow)), std::move(used)), extents);
}

}  // namespace nnc::ir
