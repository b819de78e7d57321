// Derivatives of graphs in normal form, as new nodes of the same graph (see the design's one rule for comprehensions).
#pragma once
#include <span>
#include <vector>

#include "compiler/ir/builder.h"

namespace nnc::passes {

// Reverse mode. `seed` has the shape [extra axes..., shape of y...]; the result for each x of `wrt` has the shape
// [extra axes..., shape of x...]: sum over y of seed * dy/dx. A node that y does not depend on gives zeros.
std::vector<ir::NodeId> VectorJacobian(ir::Builder& builder, ir::NodeId y, ir::NodeId seed,
                                       std::span<const ir::NodeId> wrt);
// The same, summed over several values: one sweep, in which what they share is gone through once.
struct Seeded {
  ir::NodeId value, seed;
};
std::vector<ir::NodeId> VectorJacobian(ir::Builder& builder, std::vector<Seeded> values, std::span<const ir::NodeId> wrt);

// Forward mode. `tangent` has the shape [extra axes..., shape of x...]; the result [extra axes..., shape of y...].
ir::NodeId JacobianVector(ir::Builder& builder, ir::NodeId y, ir::NodeId x, ir::NodeId tangent);
// The same, summed over several variables, each moved along its tangent.
ir::NodeId JacobianVector(ir::Builder& builder, ir::NodeId y, std::span<const Seeded> variables);

// True if a derivative can flow from x to y: not through `stop`, comparisons or roundings.
bool DependsOn(const ir::Graph& graph, ir::NodeId y, ir::NodeId x);

// Proves that axis `y_axis` of y and axis `x_axis` of x stay the same, unmixed index on every path from x to y, so that
// seeding y with ones along that axis gives exact partial derivatives per point. If not, `culprit` is the node that mixes.
bool IndependentAlong(const ir::Graph& graph, ir::NodeId y, int y_axis, ir::NodeId x, int x_axis, ir::NodeId* culprit);

}  // namespace nnc::passes
