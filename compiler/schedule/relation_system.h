// The indices of one comprehension while its relations are being solved (see solve_relations.h): variables that will be
// loops, each index as an affine expression of them, and the relations still to be met.
#pragma once
#include <optional>
#include <vector>

#include "compiler/schedule/solve_relations.h"

namespace nnc::schedule {

struct RelationSystem {
  struct Variable {
    ir::Dim extent;
    bool parallel = false;
    bool alive = true;
    int index = 0;     // of the comprehension: order of the loops
    int position = 0;  // among the variables that stand for one index
  };
  std::vector<Variable> variables;
  std::vector<ir::Affine> values;  // of each index of the comprehension, over variables
  std::vector<ir::Affine> relations;
  std::vector<ir::Affine> unsolved;  // relations that become conditions
  bool empty = false;                // no point satisfies the relations
  int branches = 1;                  // systems that this one was split into

  explicit RelationSystem(const ir::Comp& comp);

  // Replaces a variable everywhere by an expression of others.
  void Replace(int variable, const ir::Affine& value);
  int AddVariable(ir::Dim extent, bool parallel, int index, int position);
  std::vector<ir::Dim> Extents() const;
  const Variable& operator[](int variable) const { return variables[static_cast<size_t>(variable)]; }
  Variable& operator[](int variable) { return variables[static_cast<size_t>(variable)]; }

  // Drops relations that always hold, divides by common factors, notices contradictions.
  void Normalize();
};

// Each applies its rule once, if it can. Those that split the system append the other parts to `more`.
bool SplitQuotient(RelationSystem& system);
bool ExpandRadix(RelationSystem& system, std::vector<RelationSystem>& more);
bool SplitPhases(RelationSystem& system, const Capacities& capacities, std::vector<RelationSystem>& more);
// Only indices from `first_index` on are eliminated.
bool SubstituteUnit(RelationSystem& system, const Capacities& capacities, int first_index);

}  // namespace nnc::schedule
