#include "with_derivatives.h"

#include "compiler/ir/builder.h"
#include "compiler/passes/differentiate.h"

namespace nnc::test {

using ir::Graph;
using ir::NodeId;
using ir::Operand;

Graph WithDerivatives(const Graph& program, int order) {
  Graph graph = program;
  ir::Builder builder(graph);
  NodeId value = graph.outputs.back().node;
  for (int k = 1; k <= order; ++k) {
    std::vector<NodeId> by;
    for (NodeId input : graph.inputs)
      if (graph[input].input().dtype == ir::DType::F32 && passes::DependsOn(graph, value, input)) by.push_back(input);
    if (by.empty() || graph.nodes.size() > 1500) break;
    const std::vector<NodeId> gradients = passes::VectorJacobian(builder, value, builder.Fill(Operand::Of(1.0), {}), by);
    NodeId sum = builder.Fill(Operand::Of(0.0), {});
    for (size_t i = 0; i < by.size(); ++i) {
      graph.outputs.push_back({"d" + std::to_string(k) + "." + graph[by[i]].input().name, gradients[i]});
      const ir::Shape shape = graph.ShapeOf(gradients[i]);
      std::vector<int> axes;
      for (size_t axis = 0; axis < shape.size(); ++axis) axes.push_back(static_cast<int>(axis));
      const NodeId total = shape.empty() ? gradients[i] : builder.Reduce(ir::Monoid::Sum, Operand::Of(gradients[i], axes), shape, 0);
      sum = builder.Call(ir::ScalarFn::Add, {sum, total});
    }
    value = sum;
  }
  return graph;
}

}  // namespace nnc::test
