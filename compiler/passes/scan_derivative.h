// The derivative of a scan, in both directions: another scan. Extra axes lead every adjoint and tangent.
//
// The body is opened: for all turns at once it is an ordinary graph, whose Jacobians are taken by the one rule for comprehensions. The
// adjoint of a state obeys a recurrence against the turns, abar[t] = sbar[t] + J[t]^T abar[t + 1], the tangent one along them; what
// these read of the states and what they give to the operands stands outside, summed over turns in one contraction. Of a checkpointed scan it
// is checkpoints.h that keeps states and opens the turns again.
#pragma once
#include <map>
#include <vector>

#include "compiler/ir/builder.h"

namespace nnc::passes {

// `parts` are adjoints of outputs of the body, [extra..., shape of the part...]. Gives the adjoint of each wanted operand, [extra..., its
// shape...], or none where nothing flows.
std::vector<ir::NodeId> ScanAdjoint(ir::Builder& builder, ir::NodeId scan, const std::map<int, ir::NodeId>& parts, const std::vector<bool>& wanted, const ir::Shape& extra);

// `operands` are tangents of the operands, or none. Gives the tangent of each part, or none.
std::vector<ir::NodeId> ScanTangent(ir::Builder& builder, ir::NodeId scan, const std::vector<ir::NodeId>& operands, const ir::Shape& extra);

}  // namespace nnc::passes
