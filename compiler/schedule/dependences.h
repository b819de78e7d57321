// Which nodes are computed on their own, what must run before what, and how inputs are overwritten.
#pragma once
#include <vector>

#include "compiler/schedule/definitions.h"

namespace nnc::schedule {

struct Dependences {
  std::vector<bool> needed;                      // by node: has an array of its own (or is an input that is read)
  std::vector<std::vector<ir::NodeId>> before;   // by node: nodes to compute first, readers of what it overwrites included
  std::vector<std::vector<ir::NodeId>> readers;  // by node: the needed nodes that read it or a view of it
  struct Update {
    ir::NodeId node;   // stores right into the input's memory
    ir::NodeId input;
  };
  std::vector<Update> updates;
  std::vector<ir::NodeId> order;  // needed nodes, each after those before it
};

// Copies are added to `definitions` where a node cannot overwrite an input in place: because it reads other elements of it, or
// because a later node still reads the input.
Dependences FindDependences(Definitions& definitions);

}  // namespace nnc::schedule
