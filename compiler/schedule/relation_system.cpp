#include "compiler/schedule/relation_system.h"

#include <cstdlib>
#include <numeric>

#include "compiler/schedule/affine.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Dim;

RelationSystem::RelationSystem(const ir::Comp& comp) : relations(comp.relations) {
  for (size_t k = 0; k < comp.extents.size(); ++k) {
    const int index = static_cast<int>(k);
    AddVariable(comp.extents[k], index < comp.rank, index, 0);
    values.push_back(Affine::Index(index));
  }
  for (size_t k = 0; k < comp.extents.size(); ++k) {
    if (comp.extents[k] == Dim(1)) Replace(static_cast<int>(k), Constant(0));
  }
}

static void ReplaceIn(Affine& affine, int variable, const Affine& value) {
  const int64_t coefficient = affine.Coefficient(variable);
  if (coefficient == 0) return;
  affine.Add(variable, -coefficient);
  affine = affine.Plus(value, coefficient);
}

void RelationSystem::Replace(int variable, const Affine& value) {
  (*this)[variable].alive = false;
  for (Affine& affine : values) ReplaceIn(affine, variable, value);
  for (Affine& affine : relations) ReplaceIn(affine, variable, value);
  for (Affine& affine : unsolved) ReplaceIn(affine, variable, value);
}

int RelationSystem::AddVariable(Dim extent, bool parallel, int index, int position) {
  variables.push_back({std::move(extent), parallel, true, index, position});
  return static_cast<int>(variables.size()) - 1;
}

std::vector<Dim> RelationSystem::Extents() const {
  std::vector<Dim> extents;
  for (const Variable& variable : variables) extents.push_back(variable.extent);
  return extents;
}

// Divides by the greatest common divisor of the coefficients; false if no integers satisfy the relation.
static bool DivideByCommonFactor(Affine& relation) {
  int64_t divisor = 0;
  for (const Affine::Term& term : relation.terms) divisor = std::gcd(divisor, term.coefficient);
  if (divisor <= 1 || !relation.constant.IsConstant()) return true;
  if (relation.constant.Constant() % divisor != 0) return false;
  for (Affine::Term& term : relation.terms) term.coefficient /= divisor;
  relation.constant = Dim(relation.constant.Constant() / divisor);
  return true;
}

void RelationSystem::Normalize() {
  const std::vector<Dim> extents = Extents();
  std::vector<Affine> kept;
  for (Affine& relation : relations) {
    if (!DivideByCommonFactor(relation)) empty = true;
    if (Lowest(relation, extents).ProvablyPositive() || (-Highest(relation, extents)).ProvablyPositive()) empty = true;
    if (relation.terms.empty() && relation.constant == Dim(0)) continue;
    if (relation.terms.empty()) {
      unsolved.push_back(std::move(relation));
    } else {
      kept.push_back(std::move(relation));
    }
  }
  relations = std::move(kept);
}

// The part of a relation whose coefficients are multiples of `modulus`, divided by it, and the rest. The constant goes to the
// rest, reduced by `shift` multiples.
struct Parts {
  Affine quotient;
  Affine rest;
};

static Parts SplitBy(const Affine& relation, int64_t modulus, int64_t shift) {
  Parts parts;
  for (const Affine::Term& term : relation.terms) {
    if (term.coefficient % modulus == 0) {
      parts.quotient.terms.push_back({term.index, term.coefficient / modulus});
    } else {
      parts.rest.terms.push_back(term);
    }
  }
  parts.quotient.constant = Dim(shift);
  parts.rest.constant = relation.constant - Dim(shift * modulus);
  return parts;
}

static std::optional<Parts> FindQuotient(const Affine& relation, const std::vector<Dim>& extents) {
  for (const Affine::Term& term : relation.terms) {
    const int64_t modulus = std::abs(term.coefficient);
    if (modulus < 2) continue;
    const int64_t base = relation.constant.IsConstant() ? relation.constant.Constant() / modulus : 0;
    for (int64_t shift = base - 1; shift <= base + 1; ++shift) {
      Parts parts = SplitBy(relation, modulus, shift);
      if (parts.rest.terms.empty()) break;
      // rest is a multiple of the modulus and nearer to 0 than it
      if ((Lowest(parts.rest, extents) + Dim(modulus)).ProvablyPositive() &&
          (Dim(modulus) - Highest(parts.rest, extents)).ProvablyPositive()) {
        return parts;
      }
    }
  }
  return std::nullopt;
}

bool SplitQuotient(RelationSystem& system) {
  const std::vector<Dim> extents = system.Extents();
  for (Affine& relation : system.relations) {
    std::optional<Parts> parts = FindQuotient(relation, extents);
    if (!parts) continue;
    relation = std::move(parts->quotient);
    system.relations.push_back(std::move(parts->rest));
    return true;
  }
  return false;
}

// The relation solved for a variable with coefficient 1 or -1.
static Affine SolveFor(const Affine& relation, int variable) {
  const int64_t coefficient = relation.Coefficient(variable);
  Affine value = Constant(0).Plus(relation, -coefficient);
  value.Add(variable, 1);
  return value;
}

bool SubstituteUnit(RelationSystem& system, const Capacities& capacities, int first_index) {
  const std::vector<Dim> extents = system.Extents();
  int best = -1;
  int64_t best_work = 0;
  Affine best_value;
  for (const Affine& relation : system.relations) {
    for (const Affine::Term& term : relation.terms) {
      const RelationSystem::Variable& variable = system[term.index];
      if (variable.parallel || std::abs(term.coefficient) != 1 || variable.index < first_index) continue;
      Affine value = SolveFor(relation, term.index);
      // The longest loop goes; of equal ones, the one that needs no guard.
      const int64_t work = 2 * capacities(variable.extent) + (AlwaysInside(value, extents, variable.extent) ? 1 : 0);
      if (best >= 0 && work <= best_work) continue;
      best = term.index;
      best_work = work;
      best_value = std::move(value);
    }
  }
  if (best < 0) return false;
  system.Replace(best, best_value);
  return true;
}

}  // namespace nnc::schedule
