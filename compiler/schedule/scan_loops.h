// The kernels of a scan: each state's start put in its place, then the loop over the turns.
#pragma once
#include <vector>

#include "compiler/schedule/dependences.h"

namespace nnc::schedule {

// Every output of a scan's body has a part, and a part is stored where the scan runs: it is added to the graph where nobody reads it.
void DefineScans(Definitions& definitions, const Capacities& capacities);

// States of which only the last is read have room for two: that before a turn and that after it.
void KeepLastStates(Definitions& definitions, const Dependences& dependences);

}  // namespace nnc::schedule
