// Groups nodes whose values are computed point by point in the same loops: chains of elementwise nodes, epilogues of
// contractions and of other folds, the updates of an optimizer. A group is one nest of loops; a value that only members read
// stays in a register. Contractions are never turned into something else.
#pragma once
#include <vector>

#include "compiler/schedule/dependences.h"

namespace nnc::schedule {

struct Group {
  std::vector<ir::NodeId> members;  // in order of evaluation; the first may be a contraction, a fold, a random draw, a fetch
  std::vector<ir::Dim> loops;       // parallel
  bool open = false;                // others may join: one nest of loops
  bool scatter = false;             // only an update of what is found may (find_turns.h)
};

// In order of execution. A node that joins a nest over digits of its indices (upsampling) gets that nest's loops.
std::vector<Group> Fuse(Definitions& definitions, const Dependences& dependences);

// The group's kernels; stores name the members whose arrays are needed (those that `stored` holds for).
std::vector<Kernel> EmitGroup(const Group& group, const Definitions& definitions, const std::vector<bool>& stored);

}  // namespace nnc::schedule
