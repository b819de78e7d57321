// Whole training steps: what fusion makes of them.
#include <chrono>
#include <gtest/gtest.h>

#include "compiler/ir/builder.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/pipeline.h"
#include "compiler/schedule/plan_memory.h"
#include "test/tools/interpret_plan.h"
#include "test/unit/schedule/planned.h"

namespace nnc::schedule {
namespace {

using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;

// A perceptron with tanh, mean squared error, and Adam; all weights, moments and the step are inputs.
class Network {
 public:
  explicit Network(std::vector<int64_t> widths) : builder_(graph_), widths_(std::move(widths)) {
    x_ = Input(ir::Role::Column, "x", {Events(), widths_.front()});
    t_ = Input(ir::Role::Column, "t", {Events(), widths_.back()});
    step_ = Input(ir::Role::Step, "step", {});
  }

  ir::Graph Step() {
    NodeId value = x_;
    for (size_t l = 0; l + 1 < widths_.size(); ++l) value = Dense(value, l);
    const NodeId difference = builder_.Call(ScalarFn::Sub, {value, t_});
    const NodeId squares = builder_.Call(ScalarFn::Mul, {difference, difference});
    const NodeId sum = builder_.Reduce(ir::Monoid::Sum, Operand::Of(squares, {0, 1}), {Events(), widths_.back()}, 0);
    const NodeId loss = builder_.Map(ScalarFn::Div, {Operand::Of(sum, {}), Operand::Of(Events())}, {});
    const std::vector<NodeId> gradients = passes::VectorJacobian(builder_, loss, builder_.Fill(Operand::Of(1.0), {}), weights_);
    graph_.outputs.push_back({"loss", loss, ir::kNoNode});
    for (size_t w = 0; w < weights_.size(); ++w) Adam(weights_[w], gradients[w]);
    return passes::Optimize(graph_);
  }

 private:
  static ir::Dim Events() { return ir::Dim::Symbol("N"); }

  NodeId Input(ir::Role role, const std::string& name, ir::Shape shape) {
    ir::Input input;
    input.role = role;
    input.name = name;
    const NodeId node = builder_.AddInput(input, std::move(shape));
    return node;
  }

  NodeId Dense(NodeId x, size_t layer) {
    const int64_t in = widths_[layer], out = widths_[layer + 1];
    const std::string name = "dense" + std::to_string(layer);
    const NodeId w = Input(ir::Role::Weight, name + ".W", {in, out});
    const NodeId b = Input(ir::Role::Weight, name + ".b", {out});
    weights_.push_back(w);
    weights_.push_back(b);
    const NodeId product = builder_.Contract(Operand::Of(x, {0, 2}), Operand::Of(w, {2, 1}), {Events(), out, in}, 2);
    const NodeId sum = builder_.Map(ScalarFn::Add, {Operand::Of(product, {0, 1}), Operand::Of(b, {1})}, {Events(), out});
    return layer + 2 == widths_.size() ? sum : builder_.Call(ScalarFn::Tanh, {sum});
  }

  NodeId Number(double value) { return builder_.Fill(Operand::Of(value), {}); }
  NodeId Call(ScalarFn fn, std::vector<NodeId> arguments) { return builder_.Call(fn, std::move(arguments)); }

  NodeId Mix(NodeId old, NodeId fresh, double share) {
    return Call(ScalarFn::Add, {Call(ScalarFn::Mul, {Number(share), old}), Call(ScalarFn::Mul, {Number(1 - share), fresh})});
  }

  NodeId Unbiased(NodeId moment, double share) {
    return Call(ScalarFn::Div, {moment, Call(ScalarFn::Sub, {Number(1), Call(ScalarFn::Pow, {Number(share), step_})})});
  }

  void Adam(NodeId weight, NodeId gradient) {
    const std::string name = graph_[weight].input().name;
    const ir::Shape shape = graph_.ShapeOf(weight);
    const NodeId m = Input(ir::Role::State, name + ".m", shape);
    const NodeId v = Input(ir::Role::State, name + ".v", shape);
    const NodeId next_m = Mix(m, gradient, 0.9);
    const NodeId next_v = Mix(v, Call(ScalarFn::Mul, {gradient, gradient}), 0.999);
    const NodeId root = Call(ScalarFn::Sqrt, {Call(ScalarFn::Abs, {Unbiased(next_v, 0.999)})});
    const NodeId change = Call(ScalarFn::Div, {Unbiased(next_m, 0.9), Call(ScalarFn::Add, {root, Number(1e-8)})});
    const NodeId next = Call(ScalarFn::Sub, {weight, Call(ScalarFn::Mul, {Number(1e-3), change})});
    graph_.outputs.push_back({name, next, weight});
    graph_.outputs.push_back({name + ".m", next_m, m});
    graph_.outputs.push_back({name + ".v", next_v, v});
  }

  ir::Graph graph_;
  ir::Builder builder_;
  std::vector<int64_t> widths_;
  NodeId x_, t_, step_;
  std::vector<NodeId> weights_;
};

TEST(TrainingStep, OfASmallPerceptronIsAFewKernels) {
  const Plan plan = test::Planned(Network({3, 32, 32, 1}).Step(), {{"N", 5}});
  EXPECT_LE(plan.kernels.size(), 15u) << Print(plan);
  EXPECT_EQ(test::CountKernels(plan, Kernel::Kind::Contraction), 6) << Print(plan);
}

TEST(TrainingStep, KeepsTheArenaNearTheLargestLiveSum) {
  const Plan plan = test::Planned(Network({4, 16, 8, 32, 8, 2}).Step(), {{"N", 6}});
  EXPECT_LE(static_cast<double>(plan.arena_bytes), 1.1 * static_cast<double>(LargestLiveBytes(plan))) << Print(plan);
}

TEST(TrainingStep, OfAThousandNodesIsPlannedInMilliseconds) {
  const ir::Graph graph = Network(std::vector<int64_t>(30, 64)).Step();
  Options options;
  options.capacities["N"] = 64;
  const auto begin = std::chrono::steady_clock::now();
  const Plan plan = Schedule(graph, options);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%zu nodes, %zu kernels, %.1f ms\n", graph.nodes.size(), plan.kernels.size(), 1e3 * seconds);
  EXPECT_EQ(Verify(plan), "");
  EXPECT_LE(plan.kernels.size(), 5 * 29u + 5u);
  EXPECT_LT(seconds, 1);
}

}  // namespace
}  // namespace nnc::schedule
