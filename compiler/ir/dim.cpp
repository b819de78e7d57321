#include "compiler/ir/dim.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "compiler/ir/dim_terms.h"

namespace nnc::ir {

Dim::Dim(int64_t constant, std::shared_ptr<const Terms> terms) : constant_(constant), terms_(std::move(terms)) {}

// Order ---------------------------------------------------------------------------------------------------------------

template <typename T>
static int Order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int Dim::Terms::Compare(const Dim& a, const Dim& b) {
  if (a.terms_ != b.terms_) {
    if (!a.terms_ || !b.terms_) return a.terms_ ? -1 : 1;
    if (int order = Compare(*a.terms_, *b.terms_)) return order;
  }
  return Order(a.constant_, b.constant_);
}

int Dim::Terms::Compare(const Atom& a, const Atom& b) {
  if (&a == &b) return 0;
  if (a.IsSymbol() != b.IsSymbol()) return a.IsSymbol() ? -1 : 1;
  if (a.IsSymbol()) return Order(a.name, b.name);
  if (int order = Compare(a.numerator, b.numerator)) return order;
  return Compare(a.denominator, b.denominator);
}

int Dim::Terms::Compare(const Factors& a, const Factors& b) {
  if (a.size() != b.size()) return a.size() > b.size() ? -1 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    if (int order = Compare(*a[i], *b[i])) return order;
  }
  return 0;
}

int Dim::Terms::Compare(const Terms& a, const Terms& b) {
  for (size_t i = 0; i < std::min(a.monomials.size(), b.monomials.size()); ++i) {
    if (int order = Compare(a.monomials[i].factors, b.monomials[i].factors)) return order;
    if (int order = Order(a.monomials[i].coefficient, b.monomials[i].coefficient)) return order;
  }
  return Order(a.monomials.size(), b.monomials.size());
}

// Polynomials ---------------------------------------------------------------------------------------------------------

const std::vector<Dim::Terms::Monomial>& Dim::Terms::Of(const Dim& dim) {
  static const std::vector<Monomial> none;
  return dim.terms_ ? dim.terms_->monomials : none;
}

Dim Dim::Terms::Make(int64_t constant, std::vector<Monomial> monomials) {
  std::sort(monomials.begin(), monomials.end(),
            [](const Monomial& a, const Monomial& b) { return Compare(a.factors, b.factors) < 0; });
  std::vector<Monomial> merged;
  for (Monomial& monomial : monomials) {
    if (monomial.factors.empty()) {
      constant = WrapAdd(constant, monomial.coefficient);
    } else if (!merged.empty() && Compare(merged.back().factors, monomial.factors) == 0) {
      merged.back().coefficient = WrapAdd(merged.back().coefficient, monomial.coefficient);
    } else {
      merged.push_back(std::move(monomial));
    }
  }
  std::erase_if(merged, [](const Monomial& monomial) { return monomial.coefficient == 0; });
  if (merged.empty()) return Dim(constant);
  auto terms = std::make_shared<Terms>();
  terms->monomials = std::move(merged);
  return Dim(constant, std::move(terms));
}

Dim Dim::Terms::OfAtom(AtomPtr atom) { return Make(0, {{{std::move(atom)}, 1}}); }

Dim::Terms::Factors Dim::Terms::Multiply(const Factors& a, const Factors& b) {
  Factors product;
  product.reserve(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(product),
             [](const AtomPtr& x, const AtomPtr& y) { return Compare(*x, *y) < 0; });
  return product;
}

std::optional<Dim::Terms::Factors> Dim::Terms::Divide(const Factors& a, const Factors& b) {
  Factors rest;
  size_t used = 0;
  for (const AtomPtr& atom : a) {
    if (used < b.size() && Compare(*atom, *b[used]) == 0) ++used;
    else rest.push_back(atom);
  }
  if (used < b.size()) return std::nullopt;
  return rest;
}

Dim Dim::Symbol(std::string_view name) {
  assert(!name.empty());
  return Terms::OfAtom(std::make_shared<Terms::Atom>(Terms::Atom{std::string(name), 0, 1}));
}

int64_t Dim::Constant() const {
  assert(IsConstant());
  return constant_;
}

Dim Dim::operator+(const Dim& other) const {
  if (!other.terms_) return Dim(WrapAdd(constant_, other.constant_), terms_);
  if (!terms_) return Dim(WrapAdd(constant_, other.constant_), other.terms_);
  std::vector<Terms::Monomial> sum = terms_->monomials;
  sum.insert(sum.end(), other.terms_->monomials.begin(), other.terms_->monomials.end());
  return Terms::Make(WrapAdd(constant_, other.constant_), std::move(sum));
}

Dim Dim::operator-(const Dim& other) const {
  if (!other.terms_) return Dim(WrapAdd(constant_, WrapMultiply(other.constant_, -1)), terms_);
  return *this + other * Dim(-1);
}

Dim Dim::operator*(const Dim& other) const {
  if (!terms_ && !other.terms_) return Dim(WrapMultiply(constant_, other.constant_));
  std::vector<Terms::Monomial> product;
  for (const Terms::Monomial& a : Terms::Of(*this)) {
    product.push_back({a.factors, WrapMultiply(a.coefficient, other.constant_)});
    for (const Terms::Monomial& b : Terms::Of(other)) {
      product.push_back({Terms::Multiply(a.factors, b.factors), WrapMultiply(a.coefficient, b.coefficient)});
    }
  }
  for (const Terms::Monomial& b : Terms::Of(other)) {
    product.push_back({b.factors, WrapMultiply(b.coefficient, constant_)});
  }
  return Terms::Make(WrapMultiply(constant_, other.constant_), std::move(product));
}

bool Dim::operator==(const Dim& other) const {
  if (constant_ != other.constant_) return false;
  return terms_ == other.terms_ || (terms_ && other.terms_ && Terms::Compare(*terms_, *other.terms_) == 0);
}

size_t Dim::Hash() const {
  size_t hash = std::hash<int64_t>()(constant_) * 0x9e3779b97f4a7c15ull;
  auto mix = [&hash](size_t value) { hash = (hash ^ value) * 0x9e3779b97f4a7c15ull + (hash >> 29); };
  for (const Terms::Monomial& monomial : Terms::Of(*this)) {
    mix(static_cast<size_t>(monomial.coefficient));
    for (const Terms::AtomPtr& atom : monomial.factors) {
      mix(atom->IsSymbol() ? std::hash<std::string>()(atom->name) : atom->numerator.Hash() + 3 * atom->denominator.Hash());
    }
  }
  return hash;
}

// Quotients -----------------------------------------------------------------------------------------------------------

std::optional<Dim> Dim::Terms::DivideExactly(const Dim& a, const Dim& b) {
  Dim rest = a, quotient = 0;
  const Monomial constant_lead{{}, b.constant_};
  const Monomial& lead = b.terms_ ? b.terms_->monomials.front() : constant_lead;
  while (!(rest == Dim(0))) {
    Monomial top = rest.terms_ ? rest.terms_->monomials.front() : Monomial{{}, rest.constant_};
    std::optional<Factors> factors = Divide(top.factors, lead.factors);
    if (!factors || FloorQuotient(top.coefficient, lead.coefficient) * lead.coefficient != top.coefficient) return std::nullopt;
    Dim step = Make(0, {{std::move(*factors), FloorQuotient(top.coefficient, lead.coefficient)}});
    quotient = quotient + step;
    rest = rest - step * b;
  }
  return quotient;
}

// Takes out every monomial that is a multiple of the divisor's leading one, if the divisor is a single monomial: then
// (q * b + r) // b == q + r // b, and what stays opaque is as small as can be.
Dim Dim::Terms::Quotient(const Dim& a, const Dim& b) {
  if (std::optional<Dim> exact = DivideExactly(a, b)) return *exact;
  int64_t common = std::gcd(a.constant_, b.constant_);
  for (const Dim* side : {&a, &b}) {
    for (const Monomial& monomial : Of(*side)) common = std::gcd(common, monomial.coefficient);
  }
  const int64_t sign = (b.terms_ ? b.terms_->monomials.front().coefficient : b.constant_) < 0 ? -1 : 1;
  if (common != 1 || sign < 0) return Quotient(*DivideExactly(a, Dim(sign * common)), *DivideExactly(b, Dim(sign * common)));

  Dim whole = 0;
  const bool single = !b.terms_ || (b.constant_ == 0 && b.terms_->monomials.size() == 1);
  if (single) {
    const Monomial divisor = b.terms_ ? b.terms_->monomials.front() : Monomial{{}, b.constant_};
    std::vector<Monomial> all = Of(a);
    all.push_back({{}, a.constant_});
    for (const Monomial& monomial : all) {
      std::optional<Factors> factors = Divide(monomial.factors, divisor.factors);
      const int64_t times = FloorQuotient(monomial.coefficient, divisor.coefficient);
      if (factors && times != 0) whole = whole + Make(0, {{std::move(*factors), times}});
    }
  }
  const Dim rest = a - whole * b;
  if (rest.IsConstant() && b.IsConstant()) return whole + Dim(FloorQuotient(rest.constant_, b.constant_));
  if (rest == Dim(0)) return whole;
  return whole + OfAtom(std::make_shared<Atom>(Atom{"", rest, b}));
}

Dim Dim::FloorDiv(const Dim& a, const Dim& b) {
  assert(!(b == Dim(0)));
  if (!a.terms_ && !b.terms_) return Dim(FloorQuotient(a.constant_, b.constant_));
  return Terms::Quotient(a, b);
}

Dim Dim::Modulo(const Dim& a, const Dim& b) { return a - b * FloorDiv(a, b); }

// Values --------------------------------------------------------------------------------------------------------------

std::optional<int64_t> Dim::Evaluate(const Lookup& lookup) const {
  int64_t sum = constant_;
  for (const Terms::Monomial& monomial : Terms::Of(*this)) {
    int64_t product = monomial.coefficient;
    for (const Terms::AtomPtr& atom : monomial.factors) {
      std::optional<int64_t> value;
      if (atom->IsSymbol()) {
        value = lookup(atom->name);
      } else {
        std::optional<int64_t> numerator = atom->numerator.Evaluate(lookup);
        std::optional<int64_t> denominator = atom->denominator.Evaluate(lookup);
        if (numerator && denominator && *denominator != 0) value = FloorQuotient(*numerator, *denominator);
      }
      if (!value) return std::nullopt;
      product = WrapMultiply(product, *value);
    }
    sum = WrapAdd(sum, product);
  }
  return sum;
}

Dim Dim::Terms::Replace(const Dim& dim, const std::function<Dim(const AtomPtr&)>& value) {
  Dim sum = dim.constant_;
  for (const Monomial& monomial : Of(dim)) {
    Dim product = monomial.coefficient;
    for (const AtomPtr& atom : monomial.factors) product = product * value(atom);
    sum = sum + product;
  }
  return sum;
}

Dim Dim::Substitute(std::string_view symbol, const Dim& value) const {
  if (!terms_) return *this;
  return Terms::Replace(*this, [&](const Terms::AtomPtr& atom) {
    if (atom->name == symbol) return value;
    if (atom->IsSymbol()) return Terms::OfAtom(atom);
    return FloorDiv(atom->numerator.Substitute(symbol, value), atom->denominator.Substitute(symbol, value));
  });
}

void Dim::Terms::CollectSymbols(const Dim& dim, std::vector<std::string>& names) {
  for (const Monomial& monomial : Of(dim)) {
    for (const AtomPtr& atom : monomial.factors) {
      if (atom->IsSymbol()) {
        names.push_back(atom->name);
        continue;
      }
      CollectSymbols(atom->numerator, names);
      CollectSymbols(atom->denominator, names);
    }
  }
}

std::vector<std::string> Dim::Symbols() const {
  std::vector<std::string> names;
  Terms::CollectSymbols(*this, names);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace nnc::ir
