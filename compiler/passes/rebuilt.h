// A node of any kind made again in a builder's graph.
#pragma once
#include <functional>

#include "compiler/ir/builder.h"

namespace nnc::passes {

// With other operands, under the builder's rules. A variable becomes what it stands for.
ir::NodeId Rebuilt(ir::Builder& builder, const ir::Node& node, const std::function<ir::NodeId(ir::NodeId)>& operand);

}  // namespace nnc::passes
