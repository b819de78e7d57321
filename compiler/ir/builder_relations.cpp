// Affine relations between the indices of a fold: their normal form, the indices they determine, canonical numbering.
//
// A relation says that constant + sum of coefficient * index is 0. In normal form the coefficients have no common divisor and
// the first is positive. Relations of a comprehension are few and short, so that plain loops serve.
#include <algorithm>
#include <numeric>

#include "compiler/ir/builder_impl.h"

namespace nnc::ir {

bool FoldForm::Free(const Operand& operand) const {
  if (operand.kind == Scalar::Kind::Index) return operand.index < rank;
  if (operand.kind != Scalar::Kind::Access) return true;
  return std::all_of(operand.indices.begin(), operand.indices.end(), [this](int index) { return index < rank; });
}

bool FoldForm::InRelations(int index) const {
  return std::any_of(relations.begin(), relations.end(), [index](const Affine& r) { return r.Coefficient(index) != 0; });
}

bool FoldForm::InFactors(int index) const {
  for (const Operand& factor : factors) {
    if (factor.kind == Scalar::Kind::Index && factor.index == index) return true;
    if (factor.kind != Scalar::Kind::Access) continue;
    if (std::find(factor.indices.begin(), factor.indices.end(), index) != factor.indices.end()) return true;
  }
  return false;
}

// Every index i becomes names[i].
static void Rename(FoldForm& form, const std::vector<int>& names) {
  for (Operand& factor : form.factors) {
    if (factor.kind == Scalar::Kind::Index) factor.index = names[static_cast<size_t>(factor.index)];
    for (int& index : factor.indices) index = names[static_cast<size_t>(index)];
  }
  for (Affine& relation : form.relations) {
    Affine renamed;
    renamed.constant = relation.constant;
    for (const Affine::Term& term : relation.terms) renamed.Add(names[static_cast<size_t>(term.index)], term.coefficient);
    relation = std::move(renamed);
  }
}

void FoldForm::Replace(int from, int to) {
  std::vector<int> names(extents.size());
  std::iota(names.begin(), names.end(), 0);
  names[static_cast<size_t>(from)] = to;
  Rename(*this, names);
}

void FoldForm::Erase(int index) {
  std::vector<int> names(extents.size());
  for (size_t i = 0; i < names.size(); ++i) names[i] = static_cast<int>(i) - (static_cast<int>(i) > index);
  Rename(*this, names);
  extents.erase(extents.begin() + index);
  if (index < rank) --rank;
}

enum class Truth : uint8_t { True, False, Open };

static Dim Largest(const Affine& affine, const std::vector<Dim>& extents) {
  Dim value = affine.constant;
  for (const Affine::Term& term : affine.terms) {
    if (term.coefficient > 0) value = value + (extents[static_cast<size_t>(term.index)] - Dim(1)) * Dim(term.coefficient);
  }
  return value;
}

static Affine Negated(const Affine& affine) { return Affine{}.Plus(affine, -1); }

// Normal form in place; what is known of its truth over the whole range of the indices.
static Truth Normalise(Affine& relation, const std::vector<Dim>& extents) {
  for (size_t i = relation.terms.size(); i-- > 0;) {  // an index of extent 1 is 0
    if (extents[static_cast<size_t>(relation.terms[i].index)] == Dim(1)) relation.terms.erase(relation.terms.begin() + static_cast<long>(i));
  }
  if (relation.terms.empty()) {
    if (relation.constant == Dim(0)) return Truth::True;
    if (relation.constant.IsConstant() || relation.constant.ProvablyPositive() || (-relation.constant).ProvablyPositive()) return Truth::False;
    return Truth::Open;
  }
  int64_t divisor = 0;
  for (const Affine::Term& term : relation.terms) divisor = std::gcd(divisor, term.coefficient);
  if (divisor > 1 && relation.constant.IsConstant()) {
    if (relation.constant.Constant() % divisor != 0) return Truth::False;
    relation.constant = relation.constant.Constant() / divisor;
    for (Affine::Term& term : relation.terms) term.coefficient /= divisor;
  }
  if (relation.terms[0].coefficient < 0) relation = Negated(relation);
  if ((Dim(-1) - Largest(relation, extents)).ProvablyNonNegative()) return Truth::False;
  if ((Dim(-1) - Largest(Negated(relation), extents)).ProvablyNonNegative()) return Truth::False;
  return Truth::Open;
}

static Verdict NormaliseAll(FoldForm& form) {
  std::vector<Affine> open;
  for (Affine& relation : form.relations) {
    const Truth truth = Normalise(relation, form.extents);
    if (truth == Truth::False) return Verdict::False;
    if (truth == Truth::Open && std::find(open.begin(), open.end(), relation) == open.end()) open.push_back(std::move(relation));
  }
  form.relations = std::move(open);
  return Verdict::Open;
}

// u == i over equal ranges: one name for both. Between two output indices the relation itself stays.
static bool SolveEquality(FoldForm& form, int first_free) {
  for (size_t r = 0; r < form.relations.size(); ++r) {
    const Affine& relation = form.relations[r];
    if (relation.terms.size() != 2 || !(relation.constant == Dim(0))) continue;
    if (relation.terms[0].coefficient != 1 || relation.terms[1].coefficient != -1) continue;
    const int small = relation.terms[0].index;
    const int large = relation.terms[1].index;
    if (!(form.extents[static_cast<size_t>(small)] == form.extents[static_cast<size_t>(large)])) continue;
    if (large >= first_free) {
      form.relations.erase(form.relations.begin() + static_cast<long>(r));
      form.Replace(large, small);
      form.Erase(large);
      return true;
    }
    if (large >= form.rank) continue;
    Affine kept = relation;
    form.relations.erase(form.relations.begin() + static_cast<long>(r));
    const bool used = form.InFactors(large) || form.InRelations(large);
    if (used) form.Replace(large, small);
    form.relations.insert(form.relations.begin() + static_cast<long>(r), std::move(kept));
    if (used) return true;
  }
  return false;
}

// What `index` must be for the relation to hold; its coefficient must be 1 or -1.
static Affine Solution(const Affine& relation, int index) {
  const int64_t coefficient = relation.Coefficient(index);
  Affine solution;
  solution = solution.Plus(relation, -coefficient);
  solution.Add(index, 1);
  return solution;
}

static bool InRange(const Affine& value, int index, const std::vector<Dim>& extents) {
  if (!(-Dim(0) - Largest(Negated(value), extents)).ProvablyNonNegative()) return false;
  return (extents[static_cast<size_t>(index)] - Dim(1) - Largest(value, extents)).ProvablyNonNegative();
}

// A reduction index that no factor reads and that some relation gives a value always in its range goes away with it.
static bool DropDetermined(FoldForm& form, int first_free) {
  for (int index = first_free; index < static_cast<int>(form.extents.size()); ++index) {
    if (form.InFactors(index)) continue;
    for (size_t r = 0; r < form.relations.size(); ++r) {
      const int64_t coefficient = form.relations[r].Coefficient(index);
      if (coefficient != 1 && coefficient != -1) continue;
      const Affine solution = Solution(form.relations[r], index);
      if (!InRange(solution, index, form.extents)) continue;
      form.relations.erase(form.relations.begin() + static_cast<long>(r));
      for (Affine& other : form.relations) {
        const int64_t factor = other.Coefficient(index);
        if (factor == 0) continue;
        other.Add(index, -factor);
        other = other.Plus(solution, factor);
      }
      form.Erase(index);
      return true;
    }
  }
  return false;
}

Verdict SolveRelations(FoldForm& form, int keep) {
  const int first_free = form.rank + keep;
  do {
    if (form.relations.empty()) return Verdict::Open;
    if (NormaliseAll(form) == Verdict::False) return Verdict::False;
  } while (SolveEquality(form, first_free) || DropDetermined(form, first_free));
  return Verdict::Open;
}

bool SinglePoint(const FoldForm& form) {
  std::vector<bool> known(form.extents.size(), false);
  std::fill(known.begin(), known.begin() + form.rank, true);
  for (size_t i = 0; i < known.size(); ++i) known[i] = known[i] || form.extents[i] == Dim(1);
  bool changed = true;
  while (changed) {
    changed = false;
    for (const Affine& relation : form.relations) {
      int unknown = -1;
      int count = 0;
      for (const Affine::Term& term : relation.terms) {
        if (known[static_cast<size_t>(term.index)]) continue;
        unknown = term.index;
        ++count;
      }
      if (count != 1) continue;
      known[static_cast<size_t>(unknown)] = true;
      changed = true;
    }
  }
  return std::all_of(known.begin(), known.end(), [](bool k) { return k; });
}

bool ExactlyOnePoint(const FoldForm& form) {
  FoldForm rest = form;
  rest.factors.clear();
  while (!rest.relations.empty()) {
    if (!DropDetermined(rest, rest.rank)) return false;
  }
  return std::all_of(rest.extents.begin() + rest.rank, rest.extents.end(), [](const Dim& e) { return e == Dim(1); });
}

// Numbers reduction indices by first appearance in the factors as ordered, then in relations, then what nothing reads.
static FoldForm Numbered(FoldForm form, int keep) {
  std::vector<int> names(form.extents.size(), -1);
  const int fixed = form.rank + keep;
  for (int i = 0; i < fixed; ++i) names[static_cast<size_t>(i)] = i;
  int next = fixed;
  auto visit = [&](int index) {
    if (names[static_cast<size_t>(index)] < 0) names[static_cast<size_t>(index)] = next++;
  };
  for (const Operand& factor : form.factors) {
    if (factor.kind == Scalar::Kind::Index) visit(factor.index);
    for (int index : factor.indices) visit(index);
  }
  for (const Affine& relation : form.relations) {
    for (const Affine::Term& term : relation.terms) visit(term.index);
  }
  for (int i = 0; i < static_cast<int>(names.size()); ++i) visit(i);
  std::vector<Dim> extents(form.extents.size());
  for (size_t i = 0; i < names.size(); ++i) extents[static_cast<size_t>(names[i])] = form.extents[i];
  form.extents = std::move(extents);
  Rename(form, names);
  return form;
}

static bool TermsBefore(const Affine& a, const Affine& b) {
  return std::lexicographical_compare(a.terms.begin(), a.terms.end(), b.terms.begin(), b.terms.end(),
                                      [](const Affine::Term& x, const Affine::Term& y) {
                                        return x.index != y.index ? x.index < y.index : x.coefficient < y.coefficient;
                                      });
}

static void SortRelations(FoldForm& form) {
  for (Affine& relation : form.relations) {
    if (!relation.terms.empty() && relation.terms[0].coefficient < 0) relation = Negated(relation);
  }
  std::sort(form.relations.begin(), form.relations.end(), [](const Affine& a, const Affine& b) {
    if (TermsBefore(a, b) || TermsBefore(b, a)) return TermsBefore(a, b);
    if (a.constant.IsConstant() && b.constant.IsConstant()) return a.constant.Constant() < b.constant.Constant();
    return a.constant.ToString() < b.constant.ToString();
  });
}

static bool FormBefore(const FoldForm& a, const FoldForm& b) {
  for (size_t i = 0; i < a.factors.size(); ++i) {
    if (a.factors[i].indices != b.factors[i].indices) return a.factors[i].indices < b.factors[i].indices;
  }
  for (size_t i = 0; i < a.relations.size(); ++i) {
    if (TermsBefore(a.relations[i], b.relations[i])) return true;
    if (TermsBefore(b.relations[i], a.relations[i])) return false;
  }
  return false;
}

Comp Canonical(const FoldForm& form, Monoid monoid, int arg_count) {
  FoldForm best = form;
  if (best.factors.size() == 2 && OrderedBefore(best.factors[1], best.factors[0])) std::swap(best.factors[0], best.factors[1]);
  const bool square = best.factors.size() == 2 && best.factors[0].kind == best.factors[1].kind && best.factors[0].node == best.factors[1].node;
  // First sort by whatever names came in, so that relations that mention unread indices are visited in a settled order.
  SortRelations(best);
  FoldForm other = best;
  best = Numbered(std::move(best), arg_count);
  SortRelations(best);
  if (square) {
    std::swap(other.factors[0], other.factors[1]);
    other = Numbered(std::move(other), arg_count);
    SortRelations(other);
    if (FormBefore(other, best)) best = std::move(other);
  }
  Comp comp;
  comp.extents = std::move(best.extents);
  comp.rank = best.rank;
  comp.monoid = monoid;
  comp.arg_count = arg_count;
  comp.relations = std::move(best.relations);
  int steps[2] = {0, 0};
  for (size_t i = 0; i < best.factors.size(); ++i) steps[i] = AddLeaf(comp, best.factors[i]);
  if (best.factors.size() == 2) {
    Scalar product;
    product.kind = Scalar::Kind::Call;
    product.fn = ScalarFn::Mul;
    product.arguments[0] = steps[0];
    product.arguments[1] = steps[1];
    comp.body.push_back(product);
  }
  return comp;
}

}  // namespace nnc::ir
