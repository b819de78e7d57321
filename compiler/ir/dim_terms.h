// The inside of Dim, shared by dim.cpp, dim_text.cpp and dim_prove.cpp: the non-constant part of a polynomial.
// Canonical: monomials in descending graded lexicographic order, each with its atoms sorted, no zero coefficient, none empty.
// A quotient atom never divides exactly and has no multiple of its divisor left in its numerator.
#pragma once
#include "compiler/ir/dim.h"

namespace nnc::ir {

struct Interval {
  int64_t low, high;
};

struct Dim::Terms {
  struct Atom {
    std::string name;           // a named size; empty for a quotient
    Dim numerator, denominator;  // of a quotient
    bool IsSymbol() const { return !name.empty(); }
  };
  using AtomPtr = std::shared_ptr<const Atom>;
  using Factors = std::vector<AtomPtr>;  // sorted; a power is a repetition
  struct Monomial {
    Factors factors;
    int64_t coefficient;
  };
  std::vector<Monomial> monomials;

  static int Compare(const Dim& a, const Dim& b);
  static int Compare(const Atom& a, const Atom& b);
  static int Compare(const Factors& a, const Factors& b);  // graded: the higher degree comes first (-1)
  static int Compare(const Terms& a, const Terms& b);

  static const std::vector<Monomial>& Of(const Dim& dim);  // of a number: none
  // Takes monomials in any order, with repetitions; Factors must be sorted.
  static Dim Make(int64_t constant, std::vector<Monomial> monomials);
  static Dim OfAtom(AtomPtr atom);
  static Dim OfMonomial(const Monomial& monomial) { return Make(0, {monomial}); }
  static Factors Multiply(const Factors& a, const Factors& b);
  // a / b if it divides.
  static std::optional<Factors> Divide(const Factors& a, const Factors& b);

  static Dim Quotient(const Dim& a, const Dim& b);                     // FloorDiv for at least one polynomial
  static std::optional<Dim> DivideExactly(const Dim& a, const Dim& b);  // long division
  // The value with every atom replaced.
  static Dim Replace(const Dim& dim, const std::function<Dim(const AtomPtr&)>& value);
  static void CollectSymbols(const Dim& dim, std::vector<std::string>& names);
  static bool Prove(const Dim& dim, int depth);
  static bool ProveAtom(const Atom& atom, int depth);
  static Dim ShiftSymbols(const Dim& dim);
  // A lower bound of dim * denominator without the atom, or nothing. `positive_as_zero`: where the atom adds, count it as 0.
  static std::optional<Dim> Bound(const Dim& dim, const AtomPtr& atom, bool positive_as_zero, int depth);
  static std::optional<Interval> Between(const Dim& dim, const Lookup& largest);
  static std::optional<Interval> Between(const Atom& atom, const Lookup& largest);
  static std::string AtomText(const Atom& atom);
};

// Arithmetic that wraps around instead of being undefined: sizes read from a hostile text may overflow.
inline int64_t WrapAdd(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); }
inline int64_t WrapMultiply(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
inline int64_t FloorQuotient(int64_t a, int64_t b) {
  if (b == -1) return WrapMultiply(a, -1);
  return a / b - ((a % b != 0) && ((a % b < 0) != (b < 0)));
}

}  // namespace nnc::ir
