// log(1 - p) of probabilities in stable form: 1 - p is written as a sum of terms that are not negative, so that nothing cancels.
//
//   1 - (w1 p1 + w2 p2 + ...) = w1 (1 - p1) + w2 (1 - p2) + ... + (1 - w1 - w2 - ...)     where no weight nor the rest is negative
//   1 - (a p + (1 - a) q)     = a (1 - p) + (1 - a) (1 - q)
//   1 - p q                   = (1 - p) + p (1 - q)
//   1 - p1 - p2               = p3 + p4 + ...                                              of classes of one softmax
//   1 - max p                 = min (1 - p)
#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/ir/builder_impl.h"

namespace nnc::ir {

static bool IsNumber(const Operand& operand) { return operand.kind == Scalar::Kind::Literal && std::isfinite(operand.literal); }

// While the complement of a part is looked for: a part must be 1 at most, not only the whole.
class Builder::Impl::InPart {
 public:
  explicit InPart(Impl& impl) : parts_(impl.parts) { ++parts_; }
  ~InPart() { --parts_; }

 private:
  int& parts_;
};

// u <= 0, by its form.
bool Builder::Impl::IsNegative(const Operand& u) const {
  MapView view, inner;
  if (!PeekMap(u, ScalarFn::Neg, &view) || !PeekMap(view.args[0], &inner)) return false;
  if (inner.fn == ScalarFn::Mul) return SameOperand(inner.args[0], inner.args[1]);
  return inner.fn == ScalarFn::Softplus || inner.fn == ScalarFn::Exp || inner.fn == ScalarFn::Abs;
}

// What p is a sum of: constant + weights * terms, through sums, differences, and products and quotients with numbers.
struct Builder::Impl::Weighted {
  struct Term {
    double weight;
    Operand of;
  };
  double constant = 0;
  std::vector<Term> terms;

  bool IsComplement() const { return constant == 1 && terms.size() == 1 && terms[0].weight == -1; }
};

void Builder::Impl::Collect(const Operand& p, double weight, const Shape& extents, Weighted& sum) {
  static constexpr size_t kMostTerms = 16;
  if (IsNumber(p)) {
    sum.constant += weight * p.literal;
    return;
  }
  MapView view;
  if (sum.terms.size() < kMostTerms && PeekThroughCopies(p, &view, extents)) {
    const bool plus = view.fn == ScalarFn::Add, minus = view.fn == ScalarFn::Sub;
    if (plus || minus) {
      Collect(view.args[0], weight, extents, sum);
      return Collect(view.args[1], minus ? -weight : weight, extents, sum);
    }
    if (view.fn == ScalarFn::Neg) return Collect(view.args[0], -weight, extents, sum);
    if (view.fn == ScalarFn::Mul && IsNumber(view.args[0])) return Collect(view.args[1], weight * view.args[0].literal, extents, sum);
    if (view.fn == ScalarFn::Div && IsNumber(view.args[1])) return Collect(view.args[0], weight / view.args[1].literal, extents, sum);
  }
  sum.terms.push_back({weight, p});
}

// log(weight e^log)
static Operand Weigh(Builder::Impl& impl, double weight, const Operand& log, const Shape& extents) {
  return impl.Apply(ScalarFn::Add, {Operand::Of(std::log(weight)), log}, extents);
}

// The ways in which x is a share of something: x 1, and a product either way.
struct Share {
  Operand share, of;
};
static std::vector<Share> Shares(const Builder::Impl& impl, const Operand& x) {
  std::vector<Share> shares{{x, Operand::Of(1.0)}};
  MapView product;
  if (impl.PeekMap(x, ScalarFn::Mul, &product)) {
    shares.push_back({product.args[0], product.args[1]});
    shares.push_back({product.args[1], product.args[0]});
  }
  return shares;
}

// y = 1 - x
static bool Completes(const Builder::Impl& impl, const Operand& x, const Operand& y) {
  MapView view;
  return impl.PeekMap(y, ScalarFn::Sub, &view) && IsLiteralValue(view.args[0], 1) && SameOperand(view.args[1], x);
}

// Of u + v = a p + (1 - a) q the logarithms of a (1 - p) and of (1 - a) (1 - q), as far as these are not 0.
std::optional<std::vector<Operand>> Builder::Impl::LogsOfOtherChoice(const Operand& u, const Operand& v, const Shape& extents, int depth) {
  for (const Share& a : Shares(*this, u)) {
    for (const Share& b : Shares(*this, v)) {
      if (!Completes(*this, a.share, b.share) && !Completes(*this, b.share, a.share)) continue;
      std::vector<Operand> logs;
      for (const Share* part : {&a, &b}) {
        if (IsLiteralValue(part->of, 1)) continue;
        const std::optional<Operand> log = StableLog(part->share, extents, depth);
        const std::optional<Operand> other = StableLogOfComplement(part->of, extents, depth);
        if (!log || !other) return std::nullopt;
        logs.push_back(Apply(ScalarFn::Add, {*log, *other}, extents));
      }
      return logs;
    }
  }
  return std::nullopt;
}

// How many probabilities a term is the sum of, and the logarithm of the sum of their complements.
std::optional<Operand> Builder::Impl::LogOfComplements(const Operand& term, const Shape& extents, int depth, double* count) {
  FoldForm form;
  Monoid monoid;
  *count = 1;
  const bool sum = PeekFold(term, &monoid, &form, extents) && monoid == Monoid::Sum && !ExactlyOnePoint(form);
  if (!sum) return StableLogOfComplement(term, extents, depth);
  if (!form.relations.empty() || form.factors.size() != 1) return std::nullopt;
  for (size_t i = extents.size(); i < form.extents.size(); ++i) {
    if (!form.extents[i].IsConstant()) return std::nullopt;
    *count *= static_cast<double>(form.extents[i].Constant());
  }
  const std::optional<Operand> log = StableLogOfComplement(form.factors[0], form.extents, depth);
  return log ? std::optional(LogOfFoldedSum(form, *log)) : std::nullopt;
}

// log of a sum, whose terms with a negative weight are brought to others without.
std::optional<Operand> Builder::Impl::LogOfWeighted(const Weighted& sum, const Shape& extents, int depth) {
  static constexpr double kRounding = 1e-12;
  if (depth == 0 || sum.terms.empty()) return std::nullopt;
  if (sum.constant == 0 && sum.terms.size() == 1 && sum.terms[0].weight > 0) {  // 1 - (1 - q)
    return Weigh(*this, sum.terms[0].weight, LogOf(sum.terms[0].of, extents), extents);
  }
  if (std::optional<Operand> others = LogOfOtherClasses(sum, extents)) return others;
  const InPart scope(*this);
  std::vector<Operand> logs;
  std::vector<bool> done(sum.terms.size(), false);
  double rest = sum.constant;
  for (size_t i = 0; i < sum.terms.size(); ++i) {
    const auto& [weight, term] = sum.terms[i];
    for (size_t j = i + 1; j < sum.terms.size() && weight < 0 && !done[i]; ++j) {
      if (done[j] || sum.terms[j].weight != weight) continue;
      const std::optional<std::vector<Operand>> choice = LogsOfOtherChoice(term, sum.terms[j].of, extents, depth);
      if (!choice) continue;
      for (const Operand& log : *choice) logs.push_back(Weigh(*this, -weight, log, extents));
      done[i] = done[j] = true;
      rest += weight;
    }
    if (done[i]) continue;
    double count = 1;
    const std::optional<Operand> log = weight > 0 ? StableLog(term, extents, depth) : LogOfComplements(term, extents, depth, &count);
    if (!log) return std::nullopt;
    logs.push_back(Weigh(*this, std::fabs(weight), *log, extents));
    if (weight < 0) rest += weight * count;
  }
  if (rest < -kRounding || logs.empty()) return std::nullopt;
  if (rest > kRounding) logs.push_back(Operand::Of(std::log(rest)));
  Operand log = logs[0];
  for (size_t i = 1; i < logs.size(); ++i) log = LogOfSum(log, logs[i], extents);
  return log;
}

std::optional<Operand> Builder::Impl::StableLogOfDifference(const Operand& p, const Shape& extents, int depth) {
  MapView view;
  if (PeekThroughCopies(p, &view, extents) && view.fn == ScalarFn::Sub && IsLiteralValue(view.args[0], 1)) return StableLogOfComplement(view.args[1], extents, depth);
  Weighted sum;
  Collect(p, 1, extents, sum);
  const bool differs = std::any_of(sum.terms.begin(), sum.terms.end(), [](const Weighted::Term& term) { return term.weight < 0; });
  if (!differs && (sum.constant != 0 || sum.terms.size() != 1)) return std::nullopt;
  return sum.IsComplement() ? StableLogOfComplement(sum.terms[0].of, extents, depth) : LogOfWeighted(sum, extents, depth);
}

// One class of a softmax, exp(x_k) / sum[j](exp(x_j)).
struct SoftmaxClass {
  Operand number;    // k
  Operand total;     // sum[j](exp(x_j))
  Operand exponent;  // x_j, with j behind the extents
  Dim classes;
};

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

static std::optional<SoftmaxClass> ClassOfSoftmax(Builder::Impl& impl, const Operand& p, const Shape& extents) {
  const int space = static_cast<int>(extents.size());
  MapView quotient, above, below;
  FoldForm total;
  if (!impl.PeekThroughCopies(p, &quotient, extents) || quotient.fn != ScalarFn::Div) return std::nullopt;
  if (!impl.PeekThroughCopies(quotient.args[0], &above, extents) || above.fn != ScalarFn::Exp) return std::nullopt;
  if (!impl.PeekSum(quotient.args[1], &total, space) || total.extents.size() != 1 || !total.relations.empty()) return std::nullopt;
  if (!impl.PeekMap(total.factors[0], ScalarFn::Exp, &below)) return std::nullopt;
  const std::optional<Operand> own = OwnElement(impl, above.args[0], below.args[0], space);
  if (!own) return std::nullopt;
  return SoftmaxClass{*own, quotient.args[1], below.args[0], total.extents[0]};
}

// log(1 - p_k - p_l - ...) of classes of one softmax p_k = exp(x_k) / sum[j](exp(x_j)): the logarithm of the others' share,
// log(sum[j](exp(y_j))) - log(sum[j](exp(x_j))) with y_j = x_j but -inf at k, l, ...
std::optional<Operand> Builder::Impl::LogOfOtherClasses(const Weighted& sum, const Shape& extents) {
  if (sum.constant != 1) return std::nullopt;
  std::vector<SoftmaxClass> classes;
  for (const Weighted::Term& term : sum.terms) {
    std::optional<SoftmaxClass> one = term.weight == -1 ? ClassOfSoftmax(*this, term.of, extents) : std::nullopt;
    if (!one) return std::nullopt;
    for (const SoftmaxClass& other : classes) {
      if (!SameOperand(one->total, other.total) || !SameOperand(one->exponent, other.exponent)) return std::nullopt;
      const bool differ = IsNumber(one->number) && IsNumber(other.number) && one->number.literal != other.number.literal;
      if (!differ) return std::nullopt;
    }
    classes.push_back(std::move(*one));
  }
  const SoftmaxClass& first = classes[0];
  // For all elements at once the others are as many again.
  if (!IsNumber(first.number) && !(first.classes.IsConstant() && first.classes.Constant() <= 32)) return std::nullopt;
  FoldForm form;
  form.extents = extents;
  form.extents.push_back(first.classes);
  form.rank = static_cast<int>(extents.size());
  Operand taken = Operand::Of(0.0);
  for (const SoftmaxClass& one : classes) {
    const Operand is_own = Apply(ScalarFn::Eq, {Operand::Of(form.rank), one.number}, form.extents);
    taken = Apply(ScalarFn::Or, {taken, is_own}, form.extents);
  }
  const Operand nothing = Operand::Of(-std::numeric_limits<double>::infinity());
  const Operand others = Apply(ScalarFn::Select, {taken, nothing, first.exponent}, form.extents);
  return Apply(ScalarFn::Sub, {LogOfFoldedSum(form, others), LogOf(first.total, extents)}, extents);
}

// log(1 - e^l) for l <= 0, where `near` is the same for l near 0: of complements, whose product may be lost there.
Operand Builder::Impl::LogOfRest(const Operand& l, const Operand& near, const Shape& extents) {
  const Operand apart = LogOf(Apply(ScalarFn::Neg, {Apply(ScalarFn::Expm1, {l}, extents)}, extents), extents);
  return Apply(ScalarFn::Select, {Apply(ScalarFn::Gt, {l, Operand::Of(-0x1p-22)}, extents), near, apart}, extents);
}

// 1 - p1 p2 ... is the sum of all 1 - p where each is small.
std::optional<Operand> Builder::Impl::StableLogOfFoldComplement(const Operand& p, const Shape& extents, int depth) {
  FoldForm form;
  Monoid monoid;
  if (!PeekFold(p, &monoid, &form, extents) || form.factors.size() != 1) return std::nullopt;
  if (monoid == Monoid::Sum && !ExactlyOnePoint(form)) return std::nullopt;
  const InPart scope(*this);
  const std::optional<Operand> complement = StableLogOfComplement(form.factors[0], form.extents, depth);
  if (!complement) return std::nullopt;
  if (monoid == Monoid::Sum) return Folded(monoid, form, *complement);
  if (monoid != Monoid::Prod) return Folded(monoid == Monoid::Max ? Monoid::Min : Monoid::Max, form, *complement);
  const std::optional<Operand> log = StableLog(form.factors[0], form.extents, depth);
  if (!log) return std::nullopt;
  return LogOfRest(Folded(Monoid::Sum, form, *log), LogOfFoldedSum(form, *complement), extents);
}

std::optional<Operand> Builder::Impl::StableLogOfComplement(const Operand& p, const Shape& extents, int depth) {
  if (IsNumber(p) && p.literal >= 0 && p.literal < 1) return Operand::Of(std::log1p(-p.literal));
  MapView view;
  if (depth == 0) return std::nullopt;
  if (!PeekThroughCopies(p, &view, extents)) return StableLogOfFoldComplement(p, extents, depth - 1);
  auto log_of_complement = [&](const Operand& x) { return StableLogOfComplement(x, extents, depth - 1); };
  switch (view.fn) {
    case ScalarFn::Sigmoid: return Apply(ScalarFn::Neg, {Apply(ScalarFn::Softplus, {view.args[0]}, extents)}, extents);
    case ScalarFn::Exp:
      if (parts > 0 && !IsNegative(view.args[0])) return std::nullopt;
      return LogOf(Apply(ScalarFn::Neg, {Apply(ScalarFn::Expm1, {view.args[0]}, extents)}, extents), extents);
    case ScalarFn::Select: {
      const std::optional<Operand> u = log_of_complement(view.args[1]), v = log_of_complement(view.args[2]);
      if (!u && !v) return std::nullopt;
      auto plain = [&](const Operand& x) { return LogOf(Apply(ScalarFn::Sub, {Operand::Of(1.0), x}, extents), extents); };
      return Apply(ScalarFn::Select, {view.args[0], u ? *u : plain(view.args[1]), v ? *v : plain(view.args[2])}, extents);
    }
    case ScalarFn::Max:
    case ScalarFn::Min: {  // the larger p has the smaller 1 - p
      const InPart scope(*this);
      const std::optional<Operand> u = log_of_complement(view.args[0]), v = log_of_complement(view.args[1]);
      if (!u || !v) return std::nullopt;
      return Apply(view.fn == ScalarFn::Max ? ScalarFn::Min : ScalarFn::Max, {*u, *v}, extents);
    }
    case ScalarFn::Sqrt:
    case ScalarFn::Pow: {  // 1 - p^(1/2) = (1 - p) / (1 + p^(1/2)), and so the half where p is near 1
      const Operand power = view.fn == ScalarFn::Sqrt ? Operand::Of(0.5) : view.args[1];
      if (!IsNumber(power) || power.literal <= 0) return std::nullopt;
      const std::optional<Operand> log = StableLog(view.args[0], extents, depth - 1), rest = log_of_complement(view.args[0]);
      if (!log || !rest) return std::nullopt;
      return LogOfRest(Apply(ScalarFn::Mul, {power, *log}, extents), Weigh(*this, power.literal, *rest, extents), extents);
    }
    case ScalarFn::Mul:
      if (!IsNumber(view.args[0])) {
        const InPart scope(*this);
        const std::optional<Operand> log = StableLog(view.args[0], extents, depth - 1), u = log_of_complement(view.args[0]), v = log_of_complement(view.args[1]);
        if (!log || !u || !v) return std::nullopt;
        return LogOfSum(*u, Apply(ScalarFn::Add, {*log, *v}, extents), extents);
      }
      [[fallthrough]];
    case ScalarFn::Add:
    case ScalarFn::Sub:
    case ScalarFn::Neg:
    case ScalarFn::Div: {
      MapView power;
      if (view.fn == ScalarFn::Add) {  // a p + (1 - a) q, whatever a is
        const InPart scope(*this);
        const std::optional<std::vector<Operand>> choice = LogsOfOtherChoice(view.args[0], view.args[1], extents, depth - 1);
        if (choice && choice->size() == 1) return choice->front();
        if (choice && choice->size() == 2) return LogOfSum(choice->front(), choice->back(), extents);
      }
      if (view.fn == ScalarFn::Neg && PeekMap(view.args[0], ScalarFn::Expm1, &power)) return power.args[0];  // of 1 - e^u, a share as e^u is
      Weighted sum;
      sum.constant = 1;
      Collect(p, -1, extents, sum);
      return sum.IsComplement() ? LogOfOtherClasses(sum, extents) : LogOfWeighted(sum, extents, depth - 1);
    }
    default: return std::nullopt;
  }
}

}  // namespace nnc::ir
