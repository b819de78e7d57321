// The derivative of one normal-form node_, in both directions. Extra axes lead every adjoint and tangent.
#pragma once
#include <vector>

#include "compiler/passes/definition.h"

namespace nnc::passes {

class NodeDerivative {
 public:
  NodeDerivative(ir::Builder& builder, ir::NodeId node, Definition definition, const ir::Shape& extra)
      : builder_(builder), node_(node), definition_(std::move(definition)), extra_(extra) {}

  // What the adjoint g ([extra..., shape of the node...]) adds to the adjoint of argument `arg`'s node:
  // sum over o, r of [relations] [u = subscripts(o, r)] * g[o] * d f / d arg.
  ir::NodeId Adjoint(size_t arg, ir::NodeId g);
  // What the tangent of argument `arg`'s node ([extra..., its shape...]) adds to the node's tangent.
  ir::NodeId Tangent(size_t arg, ir::NodeId tangent);

 private:
  int Extra() const { return static_cast<int>(extra_.size()); }
  // The node's own index space with the extra axes in front.
  ir::Operand Behind(const ir::Operand& operand) const;
  std::vector<ir::Dim> Space() const;
  ir::Operand Whole(ir::NodeId tensor, int indices) const;
  ir::NodeId SumOnto(std::vector<ir::Operand> factors, const ir::Operand& target);
  ir::NodeId ApplyRow(size_t arg, const ir::Operand& g);
  void NumberFreeIndicesFirst();
  ir::NodeId Winner();
  ir::Operand PointNumber();
  ir::NodeId Others();

  ir::Builder& builder_;
  const ir::NodeId node_;
  Definition definition_;
  const ir::Shape& extra_;  // extents of the leading extra axes
  int free_ = 0;  // after NumberFreeIndicesFirst: reduction indices that no relation determines
};

}  // namespace nnc::passes
