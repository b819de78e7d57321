// Long lists by their items. A list is a chain of choices by an index, select(k == 0, a, select(k == 1, b, ...)). Computed at every
// point, a chain of n choices costs n times n, in work and in code; here kernels store each item at its own k.
#pragma once
#include "compiler/schedule/definitions.h"

namespace nnc::schedule {

// Gives the node that ends a chain of at least `shortest` items kernels that each store a few, and those in the chain none. Shorter chains stay
// as they are: they fuse with what reads them.
void SplitLists(Definitions& definitions, size_t shortest);

}  // namespace nnc::schedule
