// The passes from graph to plan, in order, and the buffers that the arrays of nodes become.
#include "compiler/schedule/schedule.h"

#include <algorithm>
#include <cassert>

#include "compiler/ir/walk.h"
#include "compiler/schedule/collapse_loops.h"
#include "compiler/schedule/find_turns.h"
#include "compiler/schedule/fuse.h"
#include "compiler/schedule/order_loops.h"
#include "compiler/schedule/plan_memory.h"
#include "compiler/schedule/scan_loops.h"
#include "compiler/schedule/split_lists.h"

namespace nnc::schedule {

using ir::Dim;
using ir::NodeId;

namespace {

class Buffers {
 public:
  Buffers(Plan& plan, const Definitions& definitions, const Capacities& capacities)
      : plan_(plan), definitions_(definitions), capacities_(capacities), value_(definitions.graph.nodes.size(), -1),
        bound_(definitions.graph.nodes.size(), -1), targets_(definitions.graph.nodes.size()) {
    BindInputs();
    BindOutputs();
  }

  // Rewrites addresses of nodes to addresses of buffers; a node with several targets is stored in each.
  void Rewrite(Kernel& kernel, bool fetch) {
    for (Address& read : kernel.reads) read.buffer = fetch ? bound_[static_cast<size_t>(read.buffer)] : Value(read.buffer);
    std::vector<Store> stores;
    for (const Store& store : kernel.stores) {
      const NodeId node = store.target.buffer;
      Value(node);
      for (int target : targets_[static_cast<size_t>(node)]) {
        stores.push_back(store);
        stores.back().target.buffer = target;
      }
    }
    kernel.stores = std::move(stores);
  }

 private:
  int Add(NodeId node, std::string name, ir::DType dtype, Buffer::Place place) {
    Buffer buffer;
    buffer.name = std::move(name);
    buffer.dtype = dtype;
    buffer.shape = definitions_.graph.ShapeOf(node);
    for (const Dim& size : buffer.shape) buffer.capacity.push_back(capacities_(size));
    buffer.strides = Strides(buffer.shape, capacities_);
    buffer.place = place;
    plan_.buffers.push_back(std::move(buffer));
    return static_cast<int>(plan_.buffers.size()) - 1;
  }

  void BindInputs() {
    for (NodeId id : definitions_.graph.inputs) {
      const ir::Node& node = definitions_.graph[id];
      const bool column = node.input().role == ir::Role::Column;
      const bool step = node.input().role == ir::Role::Step;
      const int buffer = Add(id, node.input().name, node.input().dtype,
                             column ? Buffer::Place::Column : step ? Buffer::Place::Scalar : Buffer::Place::Bound);
      bound_[static_cast<size_t>(id)] = buffer;
      if (OriginOf(node) != Origin::Fetched) value_[static_cast<size_t>(id)] = buffer;
      if (step) continue;
      plan_.buffers.back().binding = static_cast<int>(plan_.bindings.size());
      plan_.buffers.back().source = node.input().source;
      plan_.bindings.push_back({node.input().name, node.input().dtype, node.shape, column, true, false, node.input().role});
    }
  }

  void BindOutputs() {
    for (const ir::Output& output : definitions_.graph.outputs) {
      if (output.node == output.updates) continue;
      std::vector<int>& targets = targets_[static_cast<size_t>(output.node)];
      if (output.updates != ir::kNoNode) {
        const int buffer = bound_[static_cast<size_t>(output.updates)];
        assert(plan_.buffers[static_cast<size_t>(buffer)].place == Buffer::Place::Bound);
        targets.push_back(buffer);
        plan_.bindings[static_cast<size_t>(plan_.buffers[static_cast<size_t>(buffer)].binding)].output = true;
      } else {
        targets.push_back(Add(output.node, output.name, ir::DType::F32, Buffer::Place::Bound));
        plan_.buffers.back().binding = static_cast<int>(plan_.bindings.size());
        plan_.bindings.push_back({output.name, ir::DType::F32, definitions_.graph.ShapeOf(output.node), false, false, true, {}});
      }
      value_[static_cast<size_t>(output.node)] = targets[0];
    }
  }

  // The buffer that readers of a node read.
  int Value(NodeId node) {
    int& value = value_[static_cast<size_t>(node)];
    if (value >= 0) return value;
    const NodeId base = definitions_.Base(node);
    const std::string name = "%" + std::to_string(node);
    if (base == node) {
      value = Add(node, name, ir::DType::F32, Buffer::Place::Arena);
      targets_[static_cast<size_t>(node)].push_back(value);
      return value;
    }
    const int of = Value(base);
    const Buffer& viewed = plan_.buffers[static_cast<size_t>(of)];
    const Buffer::Place place = viewed.place;
    const int binding = viewed.binding;
    const int number = Add(node, name, ir::DType::F32, place);
    plan_.buffers.back().binding = binding;
    plan_.buffers.back().view_of = of;
    value_[static_cast<size_t>(node)] = number;
    return number;
  }

  Plan& plan_;
  const Definitions& definitions_;
  const Capacities& capacities_;
  std::vector<int> value_;                 // by node: the buffer to read, -1 if none yet
  std::vector<int> bound_;                 // by input: what the caller hands over
  std::vector<std::vector<int>> targets_;  // by node: all buffers that hold it
};

// The batch of each data source first, then the others as they come.
std::vector<std::string> OrderSymbols(const ir::Graph& graph) {
  std::vector<std::string> symbols;
  auto add = [&](const Dim& dim) {
    for (std::string& symbol : dim.Symbols()) {
      if (std::find(symbols.begin(), symbols.end(), symbol) == symbols.end()) symbols.push_back(std::move(symbol));
    }
  };
  std::vector<std::pair<int, const ir::Node*>> batches;
  for (const ir::Node& node : graph.nodes) {
    const bool column = node.op() == ir::Node::Op::Input && node.input().role == ir::Role::Column;
    const bool draw = node.op() == ir::Node::Op::Random && node.random().per_row;
    if (column) batches.push_back({node.input().source, &node});
    if (draw) batches.push_back({node.random().source, &node});
  }
  std::stable_sort(batches.begin(), batches.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [source, node] : batches) {
    if (!node->shape.empty()) add(node->shape[0]);
  }
  for (const ir::Node& node : graph.nodes) ir::ForEachSize(node, add);
  return symbols;
}

// The arena of a scan's body is an array of the outer plan.
void AddArena(Plan& plan, Kernel& kernel) {
  Buffer arena;
  arena.name = kernel.label + ".arena";
  arena.shape = {Dim(kernel.loop.body->arena_bytes / 4)};
  arena.capacity = {kernel.loop.body->arena_bytes / 4};
  arena.strides = {1};
  plan.buffers.push_back(std::move(arena));
  kernel.stores.push_back({{static_cast<int>(plan.buffers.size()) - 1, {}, {}}, -1});
}

// What rounding loses of a scatter's long sums has an array as that of the sums, and the element that is the largest so far as that of its
// place. How many events there are may not decide it.
void AddBeside(Plan& plan, Kernel& kernel) {
  double points = 1;
  for (size_t loop = static_cast<size_t>(kernel.rank); loop < kernel.loops.size(); ++loop) {
    if (kernel.Finds(static_cast<int>(loop))) continue;
    points *= kernel.loops[loop].IsConstant() ? static_cast<double>(kernel.loops[loop].Constant()) : static_cast<double>(kLongestChain) + 1;
  }
  const bool long_sum = kernel.monoid == ir::Monoid::Sum && points > static_cast<double>(kLongestChain);
  if (!long_sum && kernel.arg_count == 0) return;
  Buffer beside = plan.buffers[static_cast<size_t>(kernel.stores[0].target.buffer)];
  beside.name = kernel.label + (long_sum ? ".lost" : ".best");
  beside.place = Buffer::Place::Arena;
  beside.binding = beside.view_of = -1;
  plan.buffers.push_back(std::move(beside));
  kernel.stores.push_back(kernel.stores[0]);
  kernel.stores.back().target.buffer = static_cast<int>(plan.buffers.size()) - 1;
  kernel.stores.back().step = -1;
}

// Members of a group whose arrays somebody else reads.
std::vector<bool> StoredNodes(const Definitions& definitions, const Dependences& dependences, const std::vector<Group>& groups) {
  std::vector<bool> stored(definitions.graph.nodes.size(), false);
  std::vector<size_t> group_of(stored.size(), groups.size());
  for (size_t g = 0; g < groups.size(); ++g) {
    for (NodeId member : groups[g].members) group_of[static_cast<size_t>(member)] = g;
  }
  for (const ir::Output& output : definitions.graph.outputs) stored[static_cast<size_t>(output.node)] = true;
  for (size_t n = 0; n < dependences.readers.size(); ++n) {
    for (NodeId reader : dependences.readers[n]) {
      if (group_of[static_cast<size_t>(reader)] != group_of[n]) stored[n] = true;
    }
  }
  return stored;
}

}  // namespace

Plan Schedule(const ir::Graph& graph, const Options& options) {
  const Capacities capacities(options.capacities);
  Definitions definitions = Define(graph, capacities);
  SplitLists(definitions, options.shortest_list);
  InlineProducers(definitions, capacities);
  FindTurns(definitions, capacities);
  const Dependences dependences = FindDependences(definitions);
  KeepLastStates(definitions, dependences);
  const std::vector<Group> groups = Fuse(definitions, dependences);
  const std::vector<bool> stored = StoredNodes(definitions, dependences, groups);

  Plan plan;
  plan.name = graph.name;
  plan.symbols = OrderSymbols(graph);
  for (const std::string& symbol : plan.symbols) plan.capacities[symbol] = options.capacities.at(symbol);
  Buffers buffers(plan, definitions, capacities);
  for (const Group& group : groups) {
    const bool fetch = OriginOf(definitions.graph[group.members[0]]) == Origin::Fetched;
    for (Kernel& kernel : EmitGroup(group, definitions, stored)) {
      buffers.Rewrite(kernel, fetch);
      if (kernel.kind == Kernel::Kind::Scan) AddArena(plan, kernel);
      if (kernel.IsScatter()) AddBeside(plan, kernel);
      plan.kernels.push_back(std::move(kernel));
    }
  }
  OrderLoops(plan);
  CollapseLoops(plan);
  PlanMemory(plan);
  return plan;
}

}  // namespace nnc::schedule
