// The kernels of a scan: each state's start put in its place, then the loop over the turns.
#pragma once
#include <vector>

#include "compiler/schedule/definitions.h"

namespace nnc::schedule {

// Every output of a scan's body has a part, and a part is stored where the scan runs: it is added to the graph where nobody reads it.
void DefineScans(Definitions& definitions, const Capacities& capacities);

}  // namespace nnc::schedule
