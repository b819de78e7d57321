// The small prover behind Dim::ProvablyNonNegative. Quotients are removed by d * (n // d) in [n - d + 1, n], the rest is a
// polynomial over sizes >= 1: with each size s written as 1 + s', it is never negative if no coefficient is.
#include <algorithm>

#include "compiler/ir/dim_terms.h"

namespace nnc::ir {

static constexpr int kMaximumDepth = 8;

bool Dim::Terms::ProveAtom(const Atom& atom, int depth) {
  if (atom.IsSymbol()) return true;
  return Prove(atom.denominator - Dim(1), depth + 1) && Prove(atom.numerator, depth + 1);
}

Dim Dim::Terms::ShiftSymbols(const Dim& dim) {
  return Replace(dim, [](const AtomPtr& atom) { return OfAtom(atom) + Dim(1); });
}

std::optional<Dim> Dim::Terms::Bound(const Dim& dim, const AtomPtr& atom, bool positive_as_zero, int depth) {
  Dim bound = Dim(dim.constant_) * atom->denominator;
  for (const Monomial& monomial : Of(dim)) {
    std::optional<Factors> others = Divide(monomial.factors, {atom});
    if (!others) {
      bound = bound + OfMonomial(monomial) * atom->denominator;
      continue;
    }
    for (const AtomPtr& other : *others) {
      if (!ProveAtom(*other, depth)) return std::nullopt;
    }
    if (monomial.coefficient > 0 && positive_as_zero) {
      if (!ProveAtom(*atom, depth)) return std::nullopt;
      continue;
    }
    const Dim scaled = monomial.coefficient > 0 ? atom->numerator - atom->denominator + Dim(1) : atom->numerator;
    bound = bound + Make(0, {{*others, monomial.coefficient}}) * scaled;
  }
  return bound;
}

bool Dim::Terms::Prove(const Dim& dim, int depth) {
  if (dim.IsConstant()) return dim.constant_ >= 0;
  if (depth > kMaximumDepth) return false;
  for (const Monomial& monomial : Of(dim)) {
    for (const AtomPtr& atom : monomial.factors) {
      if (atom->IsSymbol()) continue;
      if (!Prove(atom->denominator - Dim(1), depth + 1)) return false;
      for (bool positive_as_zero : {true, false}) {
        std::optional<Dim> bound = Bound(dim, atom, positive_as_zero, depth + 1);
        if (bound && Prove(*bound, depth + 1)) return true;
      }
      return false;
    }
  }
  const Dim shifted = ShiftSymbols(dim);
  const std::vector<Monomial>& terms = Of(shifted);
  return shifted.constant_ >= 0 &&
         std::all_of(terms.begin(), terms.end(), [](const Monomial& monomial) { return monomial.coefficient >= 0; });
}

static Interval Hull(std::initializer_list<int64_t> values) { return {std::min(values), std::max(values)}; }

static Interval Product(Interval a, Interval b) {
  return Hull({WrapMultiply(a.low, b.low), WrapMultiply(a.low, b.high), WrapMultiply(a.high, b.low), WrapMultiply(a.high, b.high)});
}

std::optional<Interval> Dim::Terms::Between(const Atom& atom, const Lookup& largest) {
  if (atom.IsSymbol()) {
    const std::optional<int64_t> high = largest(atom.name);
    if (!high) return std::nullopt;
    return Interval{std::min<int64_t>(1, *high), *high};
  }
  const std::optional<Interval> numerator = Between(atom.numerator, largest), denominator = Between(atom.denominator, largest);
  if (!numerator || !denominator) return std::nullopt;
  // A divisor of 0 has no quotient; those beside it have the longest.
  const Interval by{denominator->low == 0 ? 1 : denominator->low, denominator->high == 0 ? -1 : denominator->high};
  Interval all = Hull({FloorQuotient(numerator->low, by.low), FloorQuotient(numerator->low, by.high), FloorQuotient(numerator->high, by.low),
                       FloorQuotient(numerator->high, by.high)});
  if (by.low < 0 && by.high > 0) {
    const Interval turned = Product(*numerator, {-1, 1});
    all = {std::min(all.low, turned.low), std::max(all.high, turned.high)};
  }
  return all;
}

std::optional<Interval> Dim::Terms::Between(const Dim& dim, const Lookup& largest) {
  Interval sum{dim.constant_, dim.constant_};
  for (const Monomial& monomial : Of(dim)) {
    Interval product{monomial.coefficient, monomial.coefficient};
    for (const AtomPtr& atom : monomial.factors) {
      const std::optional<Interval> factor = Between(*atom, largest);
      if (!factor) return std::nullopt;
      product = Product(product, *factor);
    }
    sum = {WrapAdd(sum.low, product.low), WrapAdd(sum.high, product.high)};
  }
  return sum;
}

std::optional<int64_t> Dim::Largest(const Lookup& largest) const {
  const std::optional<Interval> interval = Terms::Between(*this, largest);
  if (!interval) return std::nullopt;
  return interval->high;
}

bool Dim::ProvablyNonNegative() const { return Terms::Prove(*this, 0); }

}  // namespace nnc::ir
