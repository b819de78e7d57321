// Logarithms of probabilities in stable form: the log of a sigmoid or a softmax, and of what products, sums, bounds, selections and
// 1 - p make of them, never sees 0 or 1.
// At construction, so that derivatives start from the stable form: the derivative of -softplus(-x) is sigmoid(-x).
#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/ir/builder_impl.h"

namespace nnc::ir {

// p read through squeezes and slices that never leave p: f(copy(x)) for p = copy(f(x)), one level of f.
// Gives the elementwise definition of what is read, its arguments copied likewise.
static bool PeekThroughCopies(Builder::Impl& impl, const Operand& operand, MapView* view, const Shape& extents) {
  if (impl.PeekMap(operand, view)) return true;
  FoldForm form;
  const int space = static_cast<int>(extents.size());
  if (!impl.PeekSum(operand, &form, space)) return false;
  form.extents.insert(form.extents.begin(), extents.begin(), extents.end());
  form.rank = space;
  if (!ExactlyOnePoint(form) || !impl.PeekMap(form.factors[0], view)) return false;
  for (int i = 0; i < view->arity; ++i) {
    if (form.Free(view->args[i])) continue;
    FoldForm copy = form;
    copy.factors = {view->args[i]};
    std::vector<int> all(extents.size());
    for (size_t k = 0; k < all.size(); ++k) all[k] = static_cast<int>(k);
    view->args[i] = impl.Resolve(Operand::Of(impl.Sum(std::move(copy)), std::move(all)));
  }
  return true;
}

static constexpr int kDeepest = 8;  // definitions looked through

static bool IsPositiveLiteral(const Operand& operand) { return operand.kind == Scalar::Kind::Literal && operand.literal > 0; }

Operand Builder::Impl::LogOf(const Operand& p, const Shape& extents) { return Apply(ScalarFn::Log, {p}, extents); }

// log(p) of a literal, too: what the logarithm of a product, a sum or a bound is made of.
std::optional<Operand> Builder::Impl::LogPart(const Operand& p, const Shape& extents, int depth) {
  if (IsPositiveLiteral(p)) return Operand::Of(std::log(p.literal));
  return StableLog(p, extents, depth);
}

// log(u + v) = l + softplus(s - l) with the larger logarithm l and the smaller s: neither overflows nor cancels.
static Operand LogOfSum(Builder::Impl& impl, const Operand& log_u, const Operand& log_v, const Shape& extents) {
  auto from = [&](const Operand& larger, const Operand& smaller) {
    const Operand apart = impl.Apply(ScalarFn::Sub, {smaller, larger}, extents);
    return impl.Apply(ScalarFn::Add, {larger, impl.Apply(ScalarFn::Softplus, {apart}, extents)}, extents);
  };
  const Operand u_is_larger = impl.Apply(ScalarFn::Ge, {log_u, log_v}, extents);
  return impl.Apply(ScalarFn::Select, {u_is_larger, from(log_u, log_v), from(log_v, log_u)}, extents);
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
      if (!literal) return LogOfSum(*this, *log_u, *log_v, extents);
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
  if (depth == 0 || !PeekThroughCopies(*this, p, &view, extents)) return std::nullopt;
  switch (view.fn) {
    case ScalarFn::Exp: return view.args[0];
    case ScalarFn::Sigmoid: {  // log(sigmoid(x)) = -softplus(-x)
      const Operand softplus = Apply(ScalarFn::Softplus, {Apply(ScalarFn::Neg, {view.args[0]}, extents)}, extents);
      return Apply(ScalarFn::Neg, {softplus}, extents);
    }
    case ScalarFn::Sub:
      if (!IsLiteralValue(view.args[0], 1)) return std::nullopt;
      return StableLogOfComplement(view.args[1], extents, depth - 1);
    case ScalarFn::Select: {
      const std::optional<Operand> u = StableLog(view.args[1], extents, depth - 1), v = StableLog(view.args[2], extents, depth - 1);
      if (!u && !v) return std::nullopt;
      return Apply(ScalarFn::Select, {view.args[0], u ? *u : LogOf(view.args[1], extents), v ? *v : LogOf(view.args[2], extents)}, extents);
    }
    case ScalarFn::Sqrt: {
      const std::optional<Operand> u = StableLog(view.args[0], extents, depth - 1);
      return u ? std::optional(Apply(ScalarFn::Mul, {Operand::Of(0.5), *u}, extents)) : std::nullopt;
    }
    case ScalarFn::Mul:
    case ScalarFn::Div:
    case ScalarFn::Add:
    case ScalarFn::Max:
    case ScalarFn::Min: return StableLogOfPair(view, extents, depth - 1);
    default: return std::nullopt;
  }
}

// log(1 - p) likewise.
std::optional<Operand> Builder::Impl::StableLogOfComplement(const Operand& p, const Shape& extents, int depth) {
  auto complement = [&](const Operand& x) { return Apply(ScalarFn::Sub, {Operand::Of(1.0), x}, extents); };
  MapView view;
  if (depth == 0 || !PeekThroughCopies(*this, p, &view, extents)) return std::nullopt;
  switch (view.fn) {
    case ScalarFn::Sigmoid: return Apply(ScalarFn::Neg, {Apply(ScalarFn::Softplus, {view.args[0]}, extents)}, extents);
    case ScalarFn::Exp: return LogOf(Apply(ScalarFn::Neg, {Apply(ScalarFn::Expm1, {view.args[0]}, extents)}, extents), extents);
    case ScalarFn::Sub:  // 1 - (1 - q)
      if (!IsLiteralValue(view.args[0], 1)) return std::nullopt;
      return LogOf(view.args[1], extents);
    case ScalarFn::Select: {
      const std::optional<Operand> u = StableLogOfComplement(view.args[1], extents, depth - 1);
      const std::optional<Operand> v = StableLogOfComplement(view.args[2], extents, depth - 1);
      if (!u && !v) return std::nullopt;
      return Apply(ScalarFn::Select, {view.args[0], u ? *u : LogOf(complement(view.args[1]), extents),
                                      v ? *v : LogOf(complement(view.args[2]), extents)}, extents);
    }
    case ScalarFn::Max:
    case ScalarFn::Min: {  // the larger p has the smaller 1 - p
      std::optional<Operand> logs[2];
      for (int i = 0; i < 2; ++i) {
        const Operand& q = view.args[i];
        if (q.kind == Scalar::Kind::Literal && q.literal < 1) logs[i] = Operand::Of(std::log1p(-q.literal));
        else logs[i] = StableLogOfComplement(q, extents, depth - 1);
        if (!logs[i]) return std::nullopt;
      }
      return Apply(view.fn == ScalarFn::Max ? ScalarFn::Min : ScalarFn::Max, {*logs[0], *logs[1]}, extents);
    }
    case ScalarFn::Div: return LogOfOtherClasses(view, extents);
    default: return std::nullopt;
  }
}

// Where `own` reads one element along the axis that `all` reads with index `every`, all else being equal: the element's number.
static std::optional<Operand> OwnElement(const Builder::Impl& impl, const Operand& own, const Operand& all, int every) {
  FoldForm slice;
  const bool sliced = impl.PeekSum(own, &slice, every + 1);
  const Operand& read = sliced ? slice.factors[0] : own;
  if (read.kind != Scalar::Kind::Access || all.kind != Scalar::Kind::Access || read.node != all.node) return std::nullopt;
  std::optional<Operand> number;
  for (size_t axis = 0; axis < all.indices.size(); ++axis) {
    const int index = read.indices[axis];
    if (all.indices[axis] != every) {
      if (index != all.indices[axis]) return std::nullopt;
    } else if (index < every) {
      number = Operand::Of(index);
    } else {
      for (const Affine& relation : slice.relations) {  // index == constant
        if (relation.terms.size() != 1 || relation.terms[0].index != index || !relation.constant.IsConstant()) continue;
        number = Operand::Of(static_cast<double>(-relation.constant.Constant() / relation.terms[0].coefficient));
      }
    }
  }
  return number;
}

// log(1 - p_k) of a softmax p_k = exp(x_k) / sum[j](exp(x_j)): the logarithm of the others' share,
// m + log(sum[j](exp(y_j - m))) - log(sum[j](exp(x_j))) with y_j = x_j but -inf at k, and m = max[j](y_j) a constant to derivatives.
std::optional<Operand> Builder::Impl::LogOfOtherClasses(const MapView& quotient, const Shape& extents) {
  const int space = static_cast<int>(extents.size());
  MapView above, below;
  FoldForm total;
  if (!PeekThroughCopies(*this, quotient.args[0], &above, extents) || above.fn != ScalarFn::Exp) return std::nullopt;
  if (!PeekSum(quotient.args[1], &total, space) || total.extents.size() != 1 || !total.relations.empty()) return std::nullopt;
  Shape wider = extents;
  wider.push_back(total.extents[0]);
  if (!PeekMap(total.factors[0], ScalarFn::Exp, &below)) return std::nullopt;
  const std::optional<Operand> own = OwnElement(*this, above.args[0], below.args[0], space);
  if (!own) return std::nullopt;
  // For all elements at once the others are as many again.
  const Dim& classes = total.extents[0];
  if (own->kind == Scalar::Kind::Index && !(classes.IsConstant() && classes.Constant() <= 32)) return std::nullopt;
  const Operand is_own = Apply(ScalarFn::Eq, {Operand::Of(space), *own}, wider);
  const Operand others = Apply(ScalarFn::Select, {is_own, Operand::Of(-std::numeric_limits<double>::infinity()), below.args[0]}, wider);
  std::vector<int> outputs(extents.size());
  for (size_t i = 0; i < outputs.size(); ++i) outputs[i] = static_cast<int>(i);
  const NodeId largest = Fold(Monoid::Max, {{others}, wider, space, {}}, 0);
  const Operand most = Apply(ScalarFn::Stop, {Operand::Of(largest, outputs)}, extents);
  const Operand lowered = Apply(ScalarFn::Sub, {others, most}, wider);
  const NodeId sum = Sum({{Apply(ScalarFn::Exp, {lowered}, wider)}, wider, space, {}});
  const Operand share = Apply(ScalarFn::Add, {most, LogOf(Operand::Of(sum, outputs), extents)}, extents);
  return Apply(ScalarFn::Sub, {share, LogOf(quotient.args[1], extents)}, extents);
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

// A matrix product stays one, `sum[k](x[n, k] * log(w[k, c]))`: else it would take a logarithm for each term.
std::optional<Operand> Builder::Impl::TimesLog(const Operand& a, const Operand& l, const Shape& extents) {
  const bool number = a.kind == Scalar::Kind::Literal || a.kind == Scalar::Kind::Extent;
  MapView view;
  if (number || !PeekMap(l, &view)) return std::nullopt;
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
      const std::optional<Operand> u = TimesLog(a, view.args[1], extents), v = TimesLog(a, view.args[2], extents);
      if (!u && !v) return std::nullopt;
      return Apply(ScalarFn::Select, {view.args[0], u ? *u : Apply(ScalarFn::Mul, {a, view.args[1]}, extents),
                                      v ? *v : Apply(ScalarFn::Mul, {a, view.args[2]}, extents)}, extents);
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
  if (!stable) return std::nullopt;
  if (auto times_log = TimesLog(a, *stable, extents)) return times_log;
  // The stable form, too, is infinite where an input is.
  const Operand infinite = Apply(ScalarFn::Eq, {*stable, Operand::Of(-std::numeric_limits<double>::infinity())}, extents);
  const Operand nothing = Apply(ScalarFn::And, {Apply(ScalarFn::Eq, {a, Operand::Of(0.0)}, extents), infinite}, extents);
  return Apply(ScalarFn::Select, {nothing, Operand::Of(0.0), Apply(ScalarFn::Mul, {a, *stable}, extents)}, extents);
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
