// Convolution closes under differentiation: forward, input gradient and weight gradient are three contractions, whatever the order.
#include <gtest/gtest.h>

#include "compiler/passes/differentiate.h"
#include "compiler/passes/pipeline.h"
#include "networks.h"

namespace nnc::test {

using ir::NodeId;
using ir::Operand;

// The contractions over more than a plain scalar product, live in the outputs.
static int Convolutions(const ir::Graph& graph, const std::vector<NodeId>& outputs) {
  ir::Graph copy = graph;
  copy.outputs.clear();
  for (size_t i = 0; i < outputs.size(); ++i) copy.outputs.push_back({"o" + std::to_string(i), outputs[i], ir::kNoNode});
  copy = passes::Optimize(copy);
  int count = 0;
  for (const ir::Node& node : copy.nodes) {
    count += node.op() == ir::Node::Op::Comp && ir::Classify(node.comp()) == ir::CompForm::Contraction && node.comp().rank > 0;
  }
  return count;
}

TEST(Closure, ConvolutionIsThreeContractionsUpToOrderThree) {
  ir::Graph graph;
  ir::Builder builder(graph);
  const NodeId x = AddInput(builder, "x", {2, 3, 8, 8}), K = AddInput(builder, "K", {4, 3, 3, 3});
  const NodeId y = Convolution(builder, x, K, 2, 1, 1);
  std::vector<int64_t> shape;
  for (const ir::Dim& d : graph.ShapeOf(y)) shape.push_back(d.Constant());
  const NodeId v = AddInput(builder, "v", shape);
  const NodeId one = builder.Fill(Operand::Of(1.0), {});
  // <y(x, K), v>: every derivative of it to order 3, contracted with x, K and v again, is one of the three.
  const std::vector<NodeId> all{x, K, v};
  std::vector<NodeId> outputs;
  std::vector<NodeId> scalars{Dot(builder, y, v)};
  for (int order = 1; order <= 3; ++order) {
    std::vector<NodeId> next;
    for (NodeId scalar : scalars) {
      const std::vector<NodeId> gradients = passes::VectorJacobian(builder, scalar, one, all);
      for (size_t i = 0; i < all.size(); ++i) {
        outputs.push_back(gradients[i]);
        next.push_back(Dot(builder, gradients[i], all[i]));
      }
    }
    scalars = next;
    EXPECT_EQ(Convolutions(graph, outputs), 3) << "order " << order;
  }
}

TEST(Closure, StridedConvolutionKeepsItsRelations) {
  ir::Graph graph;
  ir::Builder builder(graph);
  const NodeId x = AddInput(builder, "x", {2, 3, 8, 8}), K = AddInput(builder, "K", {4, 3, 3, 3});
  const NodeId y = Convolution(builder, x, K, 2, 1, 1);
  const NodeId one = builder.Fill(Operand::Of(1.0), graph.ShapeOf(y));
  const NodeId wrt[1] = {x};
  const NodeId v = builder.Call(ir::ScalarFn::Tanh, {y});
  const NodeId dx = passes::VectorJacobian(builder, v, one, wrt)[0];
  ASSERT_EQ(ir::Classify(graph[dx].comp()), ir::CompForm::Contraction);
  EXPECT_EQ(graph[dx].comp().relations.size(), 2u);
  EXPECT_EQ(graph[dx].comp().extents.size(), 9u);
}

}  // namespace nnc::test
