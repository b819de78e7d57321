// Two neighbouring loops that every read and store runs through in memory order become one long loop, over views of the
// buffers with the two axes merged: an elementwise nest over [64, 3] runs over 192 elements.
#pragma once
#include "compiler/schedule/plan.h"

namespace nnc::schedule {

void CollapseLoops(Plan& plan);

}  // namespace nnc::schedule
