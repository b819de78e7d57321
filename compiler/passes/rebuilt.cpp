#include "compiler/passes/rebuilt.h"

#include <utility>

#include "compiler/ir/walk.h"

namespace nnc::passes {

using ir::Node;
using ir::NodeId;

NodeId Rebuilt(ir::Builder& builder, const Node& node, const std::function<NodeId(NodeId)>& operand) {
  Node copy = node;
  ir::RenameOperands(copy, operand);
  builder.SetSpan(node.span);
  switch (copy.op()) {
    case Node::Op::Input: return builder.AddInput(copy.input(), copy.shape, copy.span);
    case Node::Op::Random: return builder.AddRandom(copy.random(), copy.shape, copy.span);
    case Node::Op::Comp: return copy.variable != 0 ? copy.comp().accesses[0].operand : builder.AddComp(copy.comp());
    case Node::Op::Derivative: return builder.AddDerivative(copy.derivative(), copy.shape);
    case Node::Op::Scan: return builder.AddScan(std::move(copy.scan()));
    case Node::Op::Part: return builder.AddPart(copy.part().scan, copy.part().output);
  }
  return ir::kNoNode;
}

}  // namespace nnc::passes
