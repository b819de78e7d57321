// Prints, for whole training steps of multilayer perceptrons with Adam, the time to compile and the time of a step on one core.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "bench/kernels/measure.h"
#include "compiler/codegen/codegen.h"
#include "compiler/ir/builder.h"
#include "compiler/ir/text.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/pipeline.h"
#include "compiler/schedule/schedule.h"

using namespace nnc;
using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;

namespace {

struct Net {
  const char* name;
  std::vector<int64_t> sizes;  // with an image: of the dense layers after the convolutions
  int64_t batch;
  bool classify;  // softmax with cross-entropy of labels, else squared error
  ScalarFn activation;
  std::vector<int64_t> channels = {};  // of convolutions 3 x 3 with padding, each followed by maxima over 2 x 2; the first is the image's
  int64_t image = 0;
};

class StepBuilder {
 public:
  explicit StepBuilder(const Net& net) : net_(net), b_(graph_) { graph_.name = "step"; }

  ir::Graph Build() {
    const ir::Dim n = net_.batch;
    std::vector<NodeId> weights;
    NodeId h = net_.image ? Convolutions(n, weights) : Input(ir::Role::Column, "x", {n, net_.sizes[0]});
    const size_t dense = weights.size();
    for (size_t layer = 0; layer + 1 < net_.sizes.size(); ++layer) {
      const ir::Dim in = net_.sizes[layer], out = net_.sizes[layer + 1];
      weights.push_back(Input(ir::Role::Weight, "W" + std::to_string(layer), {in, out}));
      weights.push_back(Input(ir::Role::Weight, "b" + std::to_string(layer), {out}));
      const NodeId product = b_.Contract(Operand::Of(h, {0, 2}), Operand::Of(weights[dense + layer * 2], {2, 1}), {n, out, in}, 2);
      h = b_.Call(ScalarFn::Add, {product, weights.back()});
      if (layer + 2 < net_.sizes.size()) h = net_.activation == ScalarFn::Max ? b_.Call(ScalarFn::Max, {h, Number(0)}) : b_.Call(net_.activation, {h});
    }
    const NodeId loss = net_.classify ? CrossEntropy(h, n) : SquaredError(h, n);
    graph_.outputs.push_back({"loss", loss});
    const std::vector<NodeId> gradients = passes::VectorJacobian(b_, loss, Number(1), weights);
    const NodeId step = Input(ir::Role::Step, "step", {});
    for (size_t i = 0; i < weights.size(); ++i) Adam(weights[i], gradients[i], step, i);
    return passes::Optimize(graph_);
  }

 private:
  NodeId Input(ir::Role role, const std::string& name, ir::Shape shape, ir::DType dtype = ir::DType::F32) {
    ir::Input input;
    input.role = role;
    input.name = name;
    input.dtype = dtype;
    return b_.AddInput(input, std::move(shape));
  }
  NodeId Number(double value) { return b_.Fill(Operand::Of(value), {}); }
  NodeId Call(ScalarFn fn, NodeId x, NodeId y) { return b_.Call(fn, {x, y}); }
  NodeId Mean(NodeId x, const ir::Dim& n) {
    return Call(ScalarFn::Div, b_.Reduce(ir::Monoid::Sum, Operand::Of(x, {0}), {n}, 0), Number(static_cast<double>(n.Constant())));
  }

  NodeId Convolutions(const ir::Dim& n, std::vector<NodeId>& weights) {
    int64_t size = net_.image;
    NodeId h = Input(ir::Role::Column, "x", {n, net_.channels[0], size, size});
    for (size_t layer = 0; layer + 1 < net_.channels.size(); ++layer) {
      const ir::Dim in = net_.channels[layer], out = net_.channels[layer + 1];
      weights.push_back(Input(ir::Role::Weight, "K" + std::to_string(layer), {out, in, 3, 3}));
      weights.push_back(Input(ir::Role::Weight, "k" + std::to_string(layer), {out}));
      // Indices n, o, p, q; c, u, v and the image's a = p + u - 1, b = q + v - 1.
      auto related = [](int position, int window, int place) {
        ir::Affine relation;
        relation.Add(position, 1);
        relation.Add(window, 1);
        relation.Add(place, -1);
        relation.constant = -1;
        return relation;
      };
      h = b_.Contract(Operand::Of(h, {0, 4, 7, 8}), Operand::Of(weights[layer * 2], {1, 4, 5, 6}), {n, out, size, size, in, 3, 3, size, size},
                      4, {related(2, 5, 7), related(3, 6, 8)});
      const NodeId bias = b_.Fill(Operand::Of(weights[layer * 2 + 1], {1}), {n, out, size, size});
      h = b_.Call(ScalarFn::Max, {Call(ScalarFn::Add, h, bias), Number(0)});
      const int64_t half = size / 2;
      auto doubled = [](int position, int window, int place) {
        ir::Affine relation;
        relation.Add(position, 2);
        relation.Add(window, 1);
        relation.Add(place, -1);
        return relation;
      };
      h = b_.Reduce(ir::Monoid::Max, Operand::Of(h, {0, 1, 6, 7}), {n, out, half, half, 2, 2, size, size}, 4,
                    {doubled(2, 4, 6), doubled(3, 5, 7)});
      size = half;
    }
    // Flattened: f = (o * size + p) * size + q.
    const ir::Dim out = net_.channels.back();
    ir::Affine flat = ir::Affine::Index(1);
    flat.Add(2, -size * size);
    flat.Add(3, -size);
    flat.Add(4, -1);
    ir::Affine turned;
    turned = turned.Plus(flat, -1);
    const bool positive = flat.terms.empty() || flat.terms[0].coefficient > 0;
    return b_.Reduce(ir::Monoid::Sum, Operand::Of(h, {0, 2, 3, 4}), {n, net_.sizes[0], out, size, size}, 1 + 1, {positive ? flat : turned});
  }

  NodeId SquaredError(NodeId y, const ir::Dim& n) {
    const ir::Dim out = net_.sizes.back();
    const NodeId difference = Call(ScalarFn::Sub, y, Input(ir::Role::Column, "target", {n, out}));
    const NodeId squares = Call(ScalarFn::Mul, difference, difference);
    return Mean(b_.Reduce(ir::Monoid::Sum, Operand::Of(squares, {0, 1}), {n, out}, 1), n);
  }

  NodeId CrossEntropy(NodeId y, const ir::Dim& n) {
    const ir::Dim out = net_.sizes.back();
    const NodeId label = Input(ir::Role::Column, "label", {n}, ir::DType::I32);
    const NodeId is_label = b_.Map(ScalarFn::Eq, {Operand::Of(label, {0}), Operand::Of(1)}, {n, out});
    const NodeId most = b_.Fill(Operand::Of(b_.Reduce(ir::Monoid::Max, Operand::Of(y, {0, 1}), {n, out}, 1), {0}), {n, out});
    const NodeId shifted = Call(ScalarFn::Sub, y, most);
    const NodeId sum = b_.Reduce(ir::Monoid::Sum, Operand::Of(b_.Call(ScalarFn::Exp, {shifted}), {0, 1}), {n, out}, 1);
    const NodeId chosen = b_.Contract(Operand::Of(shifted, {0, 1}), Operand::Of(is_label, {0, 1}), {n, out}, 1);
    return Mean(Call(ScalarFn::Sub, b_.Call(ScalarFn::Log, {sum}), chosen), n);
  }

  void Update(NodeId input, NodeId value, const std::string& name) { graph_.outputs.push_back({name, value, input}); }

  void Adam(NodeId weight, NodeId gradient, NodeId step, size_t index) {
    const ir::Shape shape = graph_.ShapeOf(weight);
    const std::string name = graph_[weight].input.name;
    const NodeId m = Input(ir::Role::State, "m" + std::to_string(index), shape);
    const NodeId v = Input(ir::Role::State, "v" + std::to_string(index), shape);
    auto blend = [&](NodeId old, NodeId fresh, double keep) {
      return Call(ScalarFn::Add, Call(ScalarFn::Mul, Number(keep), old), Call(ScalarFn::Mul, Number(1 - keep), fresh));
    };
    const NodeId new_m = blend(m, gradient, 0.9);
    const NodeId new_v = blend(v, Call(ScalarFn::Mul, gradient, gradient), 0.999);
    auto corrected = [&](NodeId value, double keep) {
      return Call(ScalarFn::Div, value, Call(ScalarFn::Sub, Number(1), Call(ScalarFn::Pow, Number(keep), step)));
    };
    const NodeId down = Call(ScalarFn::Add, b_.Call(ScalarFn::Sqrt, {corrected(new_v, 0.999)}), Number(1e-8));
    const NodeId move = Call(ScalarFn::Div, Call(ScalarFn::Mul, Number(1e-3), corrected(new_m, 0.9)), down);
    Update(m, new_m, "m" + std::to_string(index) + ".new");
    Update(v, new_v, "v" + std::to_string(index) + ".new");
    Update(weight, Call(ScalarFn::Sub, weight, move), name + ".new");
  }

  const Net& net_;
  ir::Graph graph_;
  ir::Builder b_;
};

void RunNet(const Net& net, codegen::Level level, bool print) {
  const ir::Graph graph = StepBuilder(net).Build();
  const schedule::Plan plan = schedule::Schedule(graph, {});
  if (print) std::printf("%s\n%s\n", ir::Print(graph).c_str(), schedule::Print(plan).c_str());
  const double compile = bench::Once([&] { codegen::Jit({level, true}).Add({&plan}); });
  codegen::Jit jit({level, true});
  const double again = bench::Once([&] { jit.Add({&plan}); });
  std::vector<void*> buffers;
  std::vector<nnc_column> columns(plan.bindings.size());
  std::vector<const void*> chunks(plan.bindings.size());
  for (size_t i = 0; i < plan.bindings.size(); ++i) {
    int64_t count = 1;
    for (const ir::Dim& dim : plan.bindings[i].shape) count *= dim.Constant();
    auto* data = static_cast<float*>(std::aligned_alloc(64, static_cast<size_t>(count * 4 + 127) / 64 * 64));
    const bool zero = plan.bindings[i].role == ir::Role::State;
    for (int64_t e = 0; e < count; ++e) data[e] = zero ? 0 : std::sin(static_cast<float>(e * 37 % 1000)) * 0.1f;
    if (plan.bindings[i].dtype == ir::DType::I32) {
      for (int64_t e = 0; e < count; ++e) {
        const int32_t label = static_cast<int32_t>(e % 10);
        std::memcpy(&data[e], &label, 4);
      }
    }
    chunks[i] = data;
    columns[i] = {&chunks[i], 62};
    buffers.push_back(plan.bindings[i].column ? static_cast<void*>(&columns[i]) : data);
  }
  void* arena = std::aligned_alloc(64, static_cast<size_t>(plan.arena_bytes + 127) / 64 * 64);
  const int64_t* rows[1] = {nullptr};
  const int64_t first_row[1] = {0};
  nnc_call call{};
  call.arena = arena;
  call.buffers = buffers.data();
  call.rows = rows;
  call.first_row = first_row;
  call.step = call.optimizer_step = 1;
  const nnc_function function = jit.Find(plan.name);
  const double seconds = bench::Measure([&] { function(&call); });
  std::printf("%-10s batch %3ld  step %8.2f us   compile %.1f ms, again %.1f ms   %zu kernels\n", net.name, (long)net.batch,
              seconds * 1e6, compile * 1e3, again * 1e3, plan.kernels.size());
}

}  // namespace

int main(int count, char** arguments) {
  const bool print = count > 1 && std::string(arguments[1]) == "print";
  const Net nets[] = {
      {"3-32-32-1", {3, 32, 32, 1}, 64, false, ScalarFn::Tanh},
      {"784-128-10", {784, 128, 10}, 64, true, ScalarFn::Max},
      {"10-64-64-2", {10, 64, 64, 2}, 128, true, ScalarFn::Max},
      {"conv 8, 16", {16 * 7 * 7, 10}, 64, true, ScalarFn::Max, {1, 8, 16}, 28},
  };
  for (const Net& net : nets) RunNet(net, codegen::HostLevel(), print);
}
