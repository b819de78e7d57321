// Runs a plan in double precision, straight from the definition in plan.h: every point, every step, every access checked
// against its axis. With it the schedule is tested against the reference evaluator without code generation.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "compiler/reference/evaluate.h"
#include "compiler/schedule/plan.h"

namespace nnc::test {

// Values of the graph's outputs in order; an output that updates an input is found in that input's array. `reversed`
// takes parallel points from last to first: the result must be the same. Aborts with a message where the plan breaks a rule.
std::vector<reference::Tensor> InterpretPlan(const schedule::Plan& plan, const ir::Graph& graph,
                                             const reference::Context& context, bool reversed = false);

// How many kernels of a kind a plan has.
int CountKernels(const schedule::Plan& plan, schedule::Kernel::Kind kind);

}  // namespace nnc::test
