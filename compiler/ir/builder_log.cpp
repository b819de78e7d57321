// Logarithms of probabilities in stable form: the log of a sigmoid or a softmax, and of what products, sums, extrema, selections and
// 1 - p (builder_complement.cpp) make of them, never sees 0 or 1.
// At construction, so that derivatives start from the stable form: the derivative of -softplus(-x) is sigmoid(-x).
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "compiler/ir/builder_impl.h"

namespace nnc::ir {

bool Builder::Impl::PeekThroughCopies(const Operand& operand, MapView* view, const Shape& extents) {
  if (PeekMap(operand, view)) return true;
  FoldForm form;
  const int space = static_cast<int>(extents.size());
  if (!PeekSum(operand, &form, space)) return false;
  form.extents.insert(form.extents.begin(), extents.begin(), extents.end());
  form.rank = space;
  if (!ExactlyOnePoint(form) || !PeekMap(form.factors[0], view)) return false;
  for (int i = 0; i < view->arity; ++i) {
    if (!form.Free(view->args[i])) view->args[i] = Folded(Monoid::Sum, form, view->args[i]);
  }
  return true;
}

Operand Builder::Impl::Folded(Monoid monoid, FoldForm form, Operand value) {
  std::vector<int> outputs(static_cast<size_t>(form.rank));
  std::iota(outputs.begin(), outputs.end(), 0);
  form.factors = {std::move(value)};
  return Resolve(Operand::Of(monoid == Monoid::Sum ? Sum(std::move(form)) : Fold(monoid, std::move(form), 0), std::move(outputs)));
}

static constexpr int kDeepest = 8;  // definitions looked through

static bool IsPositiveLiteral(const Operand& operand) { return operand.kind == Scalar::Kind::Literal && operand.literal > 0; }

// Without rules.
Operand Builder::Impl::LogOfResolved(const Operand& p, const Shape& extents) {
  std::vector<int> all(extents.size());
  std::iota(all.begin(), all.end(), 0);
  return Resolve(Operand::Of(MapAsItStands(ScalarFn::Log, {Resolve(p)}, extents), std::move(all)));
}

Operand Builder::Impl::LogOf(const Operand& p, const Shape& extents) { return Apply(ScalarFn::Log, {p}, extents); }

// log(p) of a literal, too: what the logarithm of a product, a sum or a bound is made of.
std::optional<Operand> Builder::Impl::LogPart(const Operand& p, const Shape& extents, int depth) {
  if (IsPositiveLiteral(p)) return Operand::Of(std::log(p.literal));
  return StableLog(p, extents, depth);
}

static constexpr double kLowest = -0x1.fffffep127;  // of single precision

// log(u + v) = l + softplus(s - l) with the larger logarithm l and the smaller s: neither overflows nor cancels. Both may be of 0.
Operand Builder::Impl::LogOfSum(const Operand& log_u, const Operand& log_v, const Shape& extents) {
  auto from = [&](const Operand& larger, const Operand& smaller) {
    const Operand finite = Apply(ScalarFn::Max, {larger, Operand::Of(kLowest)}, extents);
    const Operand apart = Apply(ScalarFn::Sub, {smaller, finite}, extents);
    return Apply(ScalarFn::Add, {larger, Apply(ScalarFn::Softplus, {apart}, extents)}, extents);
  };
  const Operand u_is_larger = Apply(ScalarFn::Ge, {log_u, log_v}, extents);
  return Apply(ScalarFn::Select, {u_is_larger, from(log_u, log_v), from(log_v, log_u)}, extents);
}

// m + log(sum[j](exp(l_j - m))) with m = max[j](l_j), a constant to derivatives.
Operand Builder::Impl::LogOfFoldedSum(const FoldForm& form, const Operand& log) {
  const Shape extents(form.extents.begin(), form.extents.begin() + form.rank);
  const Operand largest = Apply(ScalarFn::Max, {Folded(Monoid::Max, form, log), Operand::Of(kLowest)}, extents);
  const Operand most = Apply(ScalarFn::Stop, {largest}, extents);
  const Operand lowered = Apply(ScalarFn::Sub, {log, most}, form.extents);
  const Operand sum = Folded(Monoid::Sum, form, Apply(ScalarFn::Exp, {lowered}, form.extents));
  return Apply(ScalarFn::Add, {most, LogOf(sum, extents)}, extents);
}

// The maximum of something over as many points as the form's.
static bool IsMaximumOver(const Builder::Impl& impl, const FoldForm& form, const Operand& x) {
  Monoid monoid;
  FoldForm maximum;
  if (!impl.PeekFold(x, &monoid, &maximum, form.extents) || monoid != Monoid::Max) return false;
  if (maximum.Reductions() != form.Reductions() || maximum.relations.size() != form.relations.size()) return false;
  return std::is_permutation(maximum.extents.begin() + maximum.rank, maximum.extents.end(), form.extents.begin() + form.rank);
}

// An exponent from which its maximum over the points of the sum has been taken: the sum of the powers is 1 or more.
static bool IsLowered(const Builder::Impl& impl, const FoldForm& form, const Operand& exponent, int depth = 4) {
  if (IsMaximumOver(impl, form, exponent)) return true;
  MapView view;
  if (depth == 0 || !impl.PeekMap(exponent, &view)) return false;
  const bool seen_through = view.fn == ScalarFn::Add || view.fn == ScalarFn::Sub || view.fn == ScalarFn::Neg || view.fn == ScalarFn::Stop ||
                            (view.fn == ScalarFn::Max && IsLiteralValue(view.args[1], kLowest));
  for (int i = 0; i < view.arity && seen_through; ++i) {
    if (IsLowered(impl, form, view.args[i], depth - 1)) return true;
  }
  return false;
}

// Of a product the sum of the logarithms, of a sum the logarithm of the sum of their powers, of an extremum that of the logarithms.
std::optional<Operand> Builder::Impl::StableLogOfFold(const Operand& p, const Shape& extents, int depth) {
  Monoid monoid;
  FoldForm form;
  if (!PeekFold(p, &monoid, &form, extents) || form.Reductions() == 0) return std::nullopt;
  MapView view;
  const bool power = monoid == Monoid::Sum && form.factors.size() == 1 && PeekMap(form.factors[0], ScalarFn::Exp, &view);
  if (power && IsLowered(*this, form, view.args[0])) return std::nullopt;
  Operand log = Operand::Of(0.0);
  for (const Operand& factor : form.factors) {
    const std::optional<Operand> part = LogPart(factor, form.extents, depth);
    if (!part) return std::nullopt;
    log = Apply(ScalarFn::Add, {log, *part}, form.extents);
  }
  if (monoid == Monoid::Sum && !ExactlyOnePoint(form)) return LogOfFoldedSum(form, log);
  return Folded(monoid == Monoid::Prod ? Monoid::Sum : monoid, form, log);
}

std::optional<Operand> Builder::Impl::StableLogOfPair(const MapView& view, const Shape& extents, int depth) {
  const Operand &u = view.args[0], &v = view.args[1];
  const std::optional<Operand> log_u = LogPart(u, extents, depth), log_v = LogPart(v, extents, depth);
  const bool literal = IsPositiveLiteral(u) || IsPositiveLiteral(v);
  switch (view.fn) {
    case ScalarFn::Mul:
      if (log_u && log_v) return Apply(ScalarFn::Add, {*log_u, *log_v}, extents);
      return std::nullopt;
    case ScalarFn::Div:  // log(exp(x) / s) = x - log(s), with x = z - max z in a softmax
      if (!log_u || (IsPositiveLiteral(u) && !log_v)) return std::nullopt;
      return Apply(ScalarFn::Sub, {*log_u, log_v ? *log_v : LogOf(v, extents)}, extents);
    case ScalarFn::Add:
      if (!log_u || !log_v) return std::nullopt;
      if (!literal) return LogOfSum(*log_u, *log_v, extents);
      // log(c + u) overflows with u; what is added to keep a logarithm finite does so as it stands.
      for (int i = 0; i < 2; ++i) {
        if (!IsPositiveLiteral(view.args[i]) || view.args[i].literal < 1) continue;
        const Operand &base = i == 0 ? *log_u : *log_v, &other = i == 0 ? *log_v : *log_u;
        const Operand apart = Apply(ScalarFn::Sub, {other, base}, extents);
        return Apply(ScalarFn::Add, {base, Apply(ScalarFn::Softplus, {apart}, extents)}, extents);
      }
      return std::nullopt;
    case ScalarFn::Max:
    case ScalarFn::Min:
      if (log_u && log_v) return Apply(view.fn, {*log_u, *log_v}, extents);
      return std::nullopt;
    default: return std::nullopt;
  }
}

// log(p) without taking the logarithm of p, where p's definition allows it.
std::optional<Operand> Builder::Impl::StableLog(const Operand& p, const Shape& extents, int depth) {
  MapView view;
  if (depth == 0) return std::nullopt;
  if (!PeekThroughCopies(p, &view, extents)) return StableLogOfFold(p, extents, depth - 1);
  switch (view.fn) {
    case ScalarFn::Exp: return view.args[0];
    case ScalarFn::Sigmoid: {  // log(sigmoid(x)) = -softplus(-x)
      const Operand softplus = Apply(ScalarFn::Softplus, {Apply(ScalarFn::Neg, {view.args[0]}, extents)}, extents);
      return Apply(ScalarFn::Neg, {softplus}, extents);
    }
    case ScalarFn::Neg: {  // log(-expm1(u)) of 1 - e^u is exact as it stands
      MapView power;
      if (!PeekMap(view.args[0], ScalarFn::Expm1, &power) || !IsNegative(power.args[0])) return std::nullopt;
      return LogOfResolved(p, extents);
    }
    case ScalarFn::Sub: return StableLogOfDifference(p, extents, depth - 1);
    case ScalarFn::Select: {
      const std::optional<Operand> u = StableLog(view.args[1], extents, depth - 1), v = StableLog(view.args[2], extents, depth - 1);
      if (!u && !v) return std::nullopt;
      return Apply(ScalarFn::Select, {view.args[0], u ? *u : LogOf(view.args[1], extents), v ? *v : LogOf(view.args[2], extents)}, extents);
    }
    case ScalarFn::Sqrt: {
      const std::optional<Operand> u = StableLog(view.args[0], extents, depth - 1);
      return u ? std::optional(Apply(ScalarFn::Mul, {Operand::Of(0.5), *u}, extents)) : std::nullopt;
    }
    case ScalarFn::Pow: {
      const std::optional<Operand> u = StableLog(view.args[0], extents, depth - 1);
      return u ? std::optional(Apply(ScalarFn::Mul, {view.args[1], *u}, extents)) : std::nullopt;
    }
    case ScalarFn::Add:
      if (auto log = StableLogOfPair(view, extents, depth - 1)) return log;
      return StableLogOfDifference(p, extents, depth - 1);
    case ScalarFn::Mul:
    case ScalarFn::Div:
    case ScalarFn::Max:
    case ScalarFn::Min: return StableLogOfPair(view, extents, depth - 1);
    default: return std::nullopt;
  }
}

// Each of the two reads an index that the other does not: their product is a step of a matrix product.
static bool Crosses(const Operand& a, const Operand& l, const Shape& extents) {
  auto beyond = [&](const Operand& x, const Operand& y) {
    return std::any_of(x.indices.begin(), x.indices.end(), [&](int index) {
      return !(extents[static_cast<size_t>(index)] == Dim(1)) && std::find(y.indices.begin(), y.indices.end(), index) == y.indices.end();
    });
  };
  return beyond(a, l) && beyond(l, a);
}

// a l of a stable logarithm l, which is infinite where an input is or a literal 0 was.
Operand Builder::Impl::TimesInfinite(const Operand& a, const Operand& l, const Shape& extents) {
  const Operand infinite = Apply(ScalarFn::Eq, {l, Operand::Of(-std::numeric_limits<double>::infinity())}, extents);
  const Operand nothing = Apply(ScalarFn::And, {Apply(ScalarFn::Eq, {a, Operand::Of(0.0)}, extents), infinite}, extents);
  return Apply(ScalarFn::Select, {nothing, Operand::Of(0.0), Apply(ScalarFn::Mul, {a, l}, extents)}, extents);
}

// A matrix product stays one, `sum[k](x[n, k] * log(w[k, c]))`: else it would take a logarithm for each term.
std::optional<Operand> Builder::Impl::TimesLog(const Operand& a, const Operand& l, const Shape& extents) {
  const bool number = a.kind == Scalar::Kind::Literal || a.kind == Scalar::Kind::Extent;
  MapView view;
  if (number || SameOperand(a, l) || !PeekMap(l, &view)) return std::nullopt;
  switch (view.fn) {
    case ScalarFn::Log:
    case ScalarFn::Log1p:
      if (Crosses(a, l, extents)) return std::nullopt;
      return Apply(view.fn == ScalarFn::Log ? ScalarFn::Xlogy : ScalarFn::Xlog1py, {a, view.args[0]}, extents);
    case ScalarFn::Div: {  // a logarithm to another base
      if (view.args[1].kind != Scalar::Kind::Literal) return std::nullopt;
      const std::optional<Operand> times = TimesLog(a, view.args[0], extents);
      return times ? std::optional(Apply(ScalarFn::Div, {*times, view.args[1]}, extents)) : std::nullopt;
    }
    case ScalarFn::Select: {
      // One side a logarithm, -inf that of 0, the other is taken for one.
      std::optional<Operand> sides[2];
      bool logs = false;
      for (int i = 0; i < 2; ++i) {
        sides[i] = TimesLog(a, view.args[i + 1], extents);
        logs = logs || sides[i] || IsLiteralValue(view.args[i + 1], -std::numeric_limits<double>::infinity());
      }
      if (!logs) return std::nullopt;
      for (int i = 0; i < 2; ++i) sides[i] = sides[i] ? *sides[i] : TimesInfinite(a, view.args[i + 1], extents);
      return Apply(ScalarFn::Select, {view.args[0], *sides[0], *sides[1]}, extents);
    }
    default: return std::nullopt;
  }
}

std::optional<Operand> Builder::Impl::TimesLogRules(ScalarFn fn, Args& args, const Shape& extents) {
  const Operand& a = args[0];
  const ScalarFn log = fn == ScalarFn::Xlogy ? ScalarFn::Log : ScalarFn::Log1p;
  if (IsLiteralValue(a, 0)) return a;
  if (a.kind == Scalar::Kind::Literal || a.kind == Scalar::Kind::Extent) {
    return Apply(ScalarFn::Mul, {a, Apply(log, {args[1]}, extents)}, extents);
  }
  if (auto masked = MaskRules(fn, args, extents)) return masked;
  MapView view;
  if (PeekMap(a, ScalarFn::Neg, &view)) return Apply(ScalarFn::Neg, {Apply(fn, {view.args[0], args[1]}, extents)}, extents);
  Args of{args[1]};
  const std::optional<Operand> stable = log == ScalarFn::Log ? LogRules(of, extents) : Log1pRules(of, extents);
  if (!stable || (PeekMap(*stable, ScalarFn::Log, &view) && SameOperand(view.args[0], args[1]))) return std::nullopt;
  if (auto times_log = TimesLog(a, *stable, extents)) return times_log;
  return TimesInfinite(a, *stable, extents);
}

std::optional<Operand> Builder::Impl::LogRules(Args& args, const Shape& extents) { return StableLog(args[0], extents, kDeepest); }

std::optional<Operand> Builder::Impl::Log1pRules(Args& args, const Shape& extents) {
  MapView view;
  if (!PeekMap(args[0], &view)) return std::nullopt;
  if (view.fn == ScalarFn::Exp) return Apply(ScalarFn::Softplus, {view.args[0]}, extents);
  if (view.fn == ScalarFn::Neg) return StableLogOfComplement(view.args[0], extents, kDeepest);
  return std::nullopt;
}

}  // namespace nnc::ir
