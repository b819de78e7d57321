// sum[d] along(along(u, p, unit(d)), p, unit(d)) of a perceptron d-32-32-32-1 becomes the forward Laplacian: at most 24 992
// multiply-adds per point for d = 2 and 75 424 for d = 10, gradient with respect to the weights included. (Reverse over reverse
// takes 37 344 and 140 000.) Sums of element-wise products, which cost no matrix product, come on top: below one per cent.
#include <gtest/gtest.h>

#include <cstdio>

#include "compiler/passes/differentiate.h"
#include "compiler/passes/pipeline.h"
#include "compiler/reference/evaluate.h"

namespace nnc::test {

using ir::Dim;
using ir::Graph;
using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;

struct Count {
  int64_t matrix = 0;    // contractions in which each operand has an index that the other lacks
  int64_t products = 0;  // sums of products of equal index sets
};

// Multiply-adds per point of contractions that run over the points.
static Count MultiplyAdds(const Graph& graph) {
  Count count;
  for (const ir::Node& node : graph.nodes) {
    if (node.op() != ir::Node::Op::Comp || ir::Classify(node.comp()) != ir::CompForm::Contraction) continue;
    const ir::Comp& comp = node.comp();
    int64_t work = 1;
    bool over_points = false;
    for (const Dim& extent : comp.extents) {
      if (extent.IsConstant()) work *= extent.Constant();
      else over_points = true;
    }
    if (!over_points) continue;
    auto reads = [&](size_t access, int index) {
      for (const ir::Affine& s : comp.accesses[access].subscripts) {
        if (s.BareIndex() == index) return true;
      }
      return false;
    };
    bool own[2] = {false, false};
    for (size_t i = 0; i < comp.extents.size() && comp.accesses.size() == 2; ++i) {
      const bool a = reads(0, static_cast<int>(i)), b = reads(1, static_cast<int>(i));
      own[0] = own[0] || (a && !b);
      own[1] = own[1] || (b && !a);
    }
    (own[0] && own[1] ? count.matrix : count.products) += work;
  }
  return count;
}

static NodeId Input(ir::Builder& builder, const std::string& name, ir::Shape shape) {
  ir::Input input;
  input.name = name;
  return builder.AddInput(input, std::move(shape));
}

static NodeId ValueOfU(const Graph& graph) {  // the network's value: the output named u
  for (const ir::Output& output : graph.outputs) {
    if (output.name == "u") return output.node;
  }
  return ir::kNoNode;
}

static Graph Laplacian(int64_t d, const Dim& points, int64_t width = 32, bool with_value = false) {
  Graph graph;
  ir::Builder builder(graph);
  const NodeId p = Input(builder, "p", {points, d});
  NodeId h = p;
  std::vector<NodeId> weights;
  const int64_t sizes[] = {d, width, width, width, 1};
  for (int layer = 0; layer < 4; ++layer) {
    const Dim in = sizes[layer], out = sizes[layer + 1];
    const NodeId W = Input(builder, "W" + std::to_string(layer), {in, out});
    const NodeId b = Input(builder, "b" + std::to_string(layer), {out});
    weights.insert(weights.end(), {W, b});
    const NodeId z = builder.Call(ScalarFn::Add, {builder.Contract(Operand::Of(h, {0, 2}), Operand::Of(W, {2, 1}), {points, out, in}, 2), b});
    h = layer < 3 ? builder.Call(ScalarFn::Tanh, {z}) : z;
  }
  const NodeId u = builder.Reduce(ir::Monoid::Sum, Operand::Of(h, {0, 1}), {points, 1}, 1);
  const NodeId unit = builder.Map(ScalarFn::Eq, {Operand::Of(0), Operand::Of(2)}, {d, points, d});
  const NodeId first = passes::JacobianVector(builder, u, p, unit);
  const NodeId second = passes::JacobianVector(builder, first, p, unit);
  const NodeId diagonal = builder.Fill(Operand::Of(second, {0, 0, 1}), {d, points});
  const NodeId laplacian = builder.Reduce(ir::Monoid::Sum, Operand::Of(diagonal, {1, 0}), {points, d}, 1);
  const NodeId loss = builder.Contract(Operand::Of(laplacian, {0}), Operand::Of(laplacian, {0}), {points}, 0);
  const std::vector<NodeId> gradients = passes::VectorJacobian(builder, loss, builder.Fill(Operand::Of(1.0), {}), weights);
  graph.outputs.push_back({"loss", loss, ir::kNoNode});
  for (size_t i = 0; i < gradients.size(); ++i) graph.outputs.push_back({"g" + std::to_string(i), gradients[i], ir::kNoNode});
  if (with_value) graph.outputs.push_back({"u", u, ir::kNoNode});
  return graph;
}

TEST(Laplacian, CostsWhatTheForwardLaplacianCosts) {
  for (auto [d, expected] : {std::pair<int64_t, int64_t>{2, 24992}, {10, 75424}}) {
    const Graph graph = passes::Optimize(Laplacian(d, Dim::Symbol("N")));
    const Count count = MultiplyAdds(graph);
    std::printf("d = %ld: %ld multiply-adds in matrix products, %ld in sums of element-wise products, %zu nodes\n", static_cast<long>(d),
                static_cast<long>(count.matrix), static_cast<long>(count.products), graph.nodes.size());
    EXPECT_LE(count.matrix, expected);
    EXPECT_LE(count.matrix + count.products, expected * 101 / 100);
  }
}

// The same number as the plain sum of second derivatives, taken one direction at a time without any of the sharing.
TEST(Laplacian, IsTheSumOfSecondDerivatives) {
  Graph graph = Laplacian(2, 3, 4, true);
  reference::Context context;
  uint64_t state = 1;
  for (NodeId id : graph.inputs) {
    reference::Tensor value;
    size_t count = 1;
    for (const Dim& extent : graph.ShapeOf(id)) {
      value.shape.push_back(extent.Constant());
      count *= static_cast<size_t>(extent.Constant());
    }
    for (size_t i = 0; i < count; ++i) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      value.values.push_back(static_cast<double>(state >> 40) / 16777216.0 - 0.5);
    }
    context.inputs[graph[id].input().name] = value;
  }
  const std::vector<reference::Tensor> plain = reference::Evaluate(graph, context);
  const std::vector<reference::Tensor> optimized = reference::Evaluate(passes::Optimize(graph), context);
  ASSERT_EQ(plain.size(), optimized.size());
  for (size_t i = 0; i < plain.size(); ++i) {
    for (size_t k = 0; k < plain[i].values.size(); ++k) EXPECT_NEAR(plain[i].values[k], optimized[i].values[k], 1e-12);
  }
  // Central differences of u itself give the Laplacian; of the loss, the gradient.
  const double h = 1e-4;
  double& weight = context.inputs["W1"].values[5];
  const double kept = weight;
  weight = kept + h;
  const double above = reference::Evaluate(graph, context)[0].values[0];
  weight = kept - h;
  const double below = reference::Evaluate(graph, context)[0].values[0];
  weight = kept;
  EXPECT_NEAR(plain[3].values[5], (above - below) / (2 * h), 1e-6);
  reference::Context shifted = context;
  auto value_of_u = [&](size_t element, double by) {
    shifted.inputs["p"] = context.inputs["p"];
    shifted.inputs["p"].values[element] += by;
    Graph copy = graph;
    copy.outputs = {{"u", ValueOfU(graph), ir::kNoNode}};
    return reference::Evaluate(copy, shifted)[0].values[element / 2];
  };
  double sum_of_squares = 0;
  for (size_t n = 0; n < 3; ++n) {
    double laplacian = 0;
    for (size_t d = 0; d < 2; ++d) {
      const size_t e = n * 2 + d;
      laplacian += (value_of_u(e, 1e-3) - 2 * value_of_u(e, 0) + value_of_u(e, -1e-3)) / 1e-6;
    }
    sum_of_squares += laplacian * laplacian;
  }
  EXPECT_NEAR(plain[0].values[0], sum_of_squares, 1e-5);
}

}  // namespace nnc::test
