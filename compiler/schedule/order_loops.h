// The order of parallel loops: stores run through memory in order, but for digits of an axis that are too short to be innermost.
#pragma once
#include "compiler/schedule/plan.h"

namespace nnc::schedule {

// `2*i + r` with r:2 innermost leaves vectors of two; i goes inside instead.
void OrderLoops(Plan& plan);

}  // namespace nnc::schedule
