#include "compiler/schedule/fuse.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <queue>

#include "compiler/schedule/affine.h"
#include "compiler/schedule/body_writer.h"
#include "compiler/schedule/find_turns.h"

namespace nnc::schedule {

using ir::Dim;
using ir::NodeId;

namespace {

bool IsGuarded(const Address& address) {
  return std::count(address.guarded.begin(), address.guarded.end(), true) > 0;
}

// The read runs over the whole nest: it is no broadcast.
bool CarriesAll(const Address& read, const Kernel& kernel) {
  for (int loop = 0; loop < kernel.rank; ++loop) {
    const bool carried = std::any_of(read.subscripts.begin(), read.subscripts.end(),
                                     [&](const ir::Affine& subscript) { return subscript.Coefficient(loop) != 0; });
    if (!carried) return false;
  }
  return true;
}

class Fusion {
 public:
  Fusion(Definitions& definitions, const Dependences& dependences)
      : definitions_(definitions), dependences_(dependences), group_of_(dependences.needed.size(), -1),
        updates_(dependences.needed.size()) {
    for (const Dependences::Update& update : dependences.updates) {
      updates_[static_cast<size_t>(update.node)].push_back(update.input);
    }
    words_ = dependences.order.size() / 64 + 1;
  }

  std::vector<Group> Run() {
    for (NodeId node : dependences_.order) Place(node);
    return Order();
  }

 private:
  const Kernel* OnlyKernel(NodeId node) const {
    const std::vector<Kernel>& kernels = definitions_[node];
    return kernels.size() == 1 && kernels[0].kind != Kernel::Kind::Scan ? &kernels[0] : nullptr;
  }

  void Place(NodeId node) {
    const Origin origin = OriginOf(definitions_.graph[node]);
    if (origin == Origin::Array || origin == Origin::Number) return;
    const Kernel* kernel = OnlyKernel(node);
    int group = -1;
    if (kernel && kernel->folded < 0) group = FindGroup(node, *kernel);
    if (kernel && group < 0) group = FindGroupOfDigits(node);
    if (group < 0) {
      group = static_cast<int>(groups_.size());
      Group fresh;
      if (kernel) {
        fresh.open = true;
        fresh.scatter = kernel->IsScatter();
        fresh.loops.assign(kernel->loops.begin(), kernel->loops.begin() + kernel->rank);
      }
      groups_.push_back(std::move(fresh));
      earlier_.emplace_back(words_, 0);
      if (kernel && kernel->folded < 0) {
        for (const Address& read : kernel->reads) {
          if (CarriesAll(read, *kernel)) siblings_[read.buffer].push_back(group);
        }
        if (kernel->loops.empty()) scalars_.push_back(group);
      }
    }
    groups_[static_cast<size_t>(group)].members.push_back(node);
    group_of_[static_cast<size_t>(node)] = group;
    Record(node, group);
  }

  // Groups that hold an operand come first, latest first; then elementwise nests that read the same arrays.
  int FindGroup(NodeId node, const Kernel& kernel) const {
    std::vector<int> candidates;
    for (const Address& read : kernel.reads) {
      const int group = group_of_[static_cast<size_t>(read.buffer)];
      if (group >= 0) candidates.push_back(group);
    }
    std::sort(candidates.begin(), candidates.end(), std::greater<>());
    if (kernel.loops.empty()) candidates.insert(candidates.end(), scalars_.begin(), scalars_.end());
    for (const Address& read : kernel.reads) {
      if (!CarriesAll(read, kernel)) continue;
      auto found = siblings_.find(read.buffer);
      if (found != siblings_.end()) candidates.insert(candidates.end(), found->second.begin(), found->second.end());
    }
    for (size_t c = 0; c < candidates.size(); ++c) {
      if (std::find(candidates.begin(), candidates.begin() + static_cast<int64_t>(c), candidates[c]) != candidates.begin() + static_cast<int64_t>(c)) continue;
      if (MayJoin(node, kernel, candidates[c])) return candidates[c];
    }
    return -1;
  }

  // A group that stores an operand element by element through other loops (`2*i + r`): the node's loops are replaced by what
  // they are there.
  int FindGroupOfDigits(NodeId node) {
    const Kernel& kernel = definitions_[node][0];
    if (!IsPointwise(definitions_[node])) return -1;
    for (const Address& read : kernel.reads) {
      const int group = group_of_[static_cast<size_t>(read.buffer)];
      if (group < 0 || !groups_[static_cast<size_t>(group)].open || !OnlyKernel(read.buffer)) continue;
      std::optional<Kernel> attempt = OverDigits(kernel, read, groups_[static_cast<size_t>(group)].loops);
      if (!attempt || !MayJoin(node, *attempt, group)) continue;
      definitions_[node][0] = std::move(*attempt);
      return group;
    }
    return -1;
  }

  std::optional<Kernel> OverDigits(const Kernel& kernel, const Address& read, const std::vector<Dim>& loops) const {
    std::vector<ir::Affine> values(kernel.loops.size());
    size_t found = 0;
    const ir::Shape& shape = definitions_.graph.ShapeOf(read.buffer);
    const std::vector<ir::Affine>& stored = definitions_[read.buffer][0].stores[0].target.subscripts;
    for (size_t axis = 0; axis < read.subscripts.size(); ++axis) {
      const ir::Affine& subscript = read.subscripts[axis];
      if (IsConstant(subscript, 0) && IsConstant(stored[axis], 0)) continue;
      if (!subscript.IsBare() || !(kernel.loops[static_cast<size_t>(subscript.BareIndex())] == shape[axis])) return std::nullopt;
      if (!values[static_cast<size_t>(subscript.BareIndex())].terms.empty()) return std::nullopt;
      values[static_cast<size_t>(subscript.BareIndex())] = stored[axis];
      ++found;
    }
    if (found != kernel.loops.size()) return std::nullopt;
    Kernel result = kernel;
    result.loops = loops;
    result.rank = static_cast<int>(loops.size());
    for (Address& address : result.reads) SubstituteAll(address.subscripts, values);
    SubstituteAll(result.index_values, values);
    for (Store& store : result.stores) SubstituteAll(store.target.subscripts, values);
    return result;
  }

  static void SubstituteAll(std::vector<ir::Affine>& affines, const std::vector<ir::Affine>& values) {
    for (ir::Affine& affine : affines) affine = Substitute(affine, values);
  }

  bool MayJoin(NodeId node, const Kernel& kernel, int number) const {
    const Group& group = groups_[static_cast<size_t>(number)];
    if (!group.open || group.loops != kernel.loops) return false;
    if (group.scatter && !UpdatesFoundAlone(node, kernel, group)) return false;
    for (NodeId before : dependences_.before[static_cast<size_t>(node)]) {
      const int other = group_of_[static_cast<size_t>(before)];
      if (other >= 0 && other != number && IsEarlier(number, other)) return false;
    }
    for (const Address& read : kernel.reads) {
      const NodeId base = definitions_.Source(read.buffer);
      if (group_of_[static_cast<size_t>(base)] != number) continue;
      if (base != read.buffer || IsGuarded(read)) return false;
      if (read.subscripts != definitions_[base][0].stores[0].target.subscripts) return false;
    }
    return KeepsOrderOfUpdates(node, kernel, group);
  }

  // All that is made of a scatter's sums is this update of an input, which changes nothing where the sum is 0.
  bool UpdatesFoundAlone(NodeId node, const Kernel& kernel, const Group& group) const {
    const NodeId sums = group.members[0];
    const std::vector<NodeId>& updated = updates_[static_cast<size_t>(node)];
    auto outputs = [&](NodeId of) {
      return std::count_if(definitions_.graph.outputs.begin(), definitions_.graph.outputs.end(), [&](const ir::Output& output) { return output.node == of; });
    };
    if (group.members.size() != 1 || updated.size() != 1 || outputs(sums) != 0 || outputs(node) != 1) return false;
    if (dependences_.readers[static_cast<size_t>(sums)] != std::vector<NodeId>{node} || definitions_[sums][0].monoid != ir::Monoid::Sum) return false;
    auto reads = [&](NodeId of) {
      return [&kernel, of](const ir::Scalar& step, int) {
        if (step.kind != ir::Scalar::Kind::Access) return false;
        const Address& read = kernel.reads[static_cast<size_t>(step.index)];
        return read.buffer == of && !IsGuarded(read) && read.subscripts == kernel.stores[0].target.subscripts;
      };
    };
    return KeepsUntouched(kernel, kernel.stores[0].step, reads(updated[0]), reads(sums));
  }

  // Where a member overwrites an input, the others read of it the same element at each point, and not in the fold.
  bool KeepsOrderOfUpdates(NodeId node, const Kernel& kernel, const Group& group) const {
    for (NodeId member : group.members) {
      for (NodeId input : updates_[static_cast<size_t>(node)]) {
        if (!ReadsOnly(definitions_[member][0], input, kernel)) return false;
      }
      for (NodeId input : updates_[static_cast<size_t>(member)]) {
        if (!ReadsOnly(kernel, input, definitions_[member][0])) return false;
      }
    }
    return true;
  }

  bool ReadsOnly(const Kernel& reader, NodeId input, const Kernel& writer) const {
    for (const Address& read : reader.reads) {
      if (definitions_.Base(read.buffer) != input) continue;
      if (read.buffer != input || reader.folded >= 0 || IsGuarded(read)) return false;
      if (read.subscripts != writer.stores[0].target.subscripts) return false;
    }
    return true;
  }

  // earlier_[g] holds every group that must run before g.
  bool IsEarlier(int group, int than) const {
    return earlier_[static_cast<size_t>(than)][static_cast<size_t>(group) / 64] >> (group % 64) & 1;
  }

  void Record(NodeId node, int group) {
    std::vector<uint64_t> all = earlier_[static_cast<size_t>(group)];
    for (NodeId before : dependences_.before[static_cast<size_t>(node)]) {
      const int other = group_of_[static_cast<size_t>(before)];
      if (other < 0 || other == group) continue;
      all[static_cast<size_t>(other) / 64] |= uint64_t{1} << (other % 64);
      for (size_t w = 0; w < words_; ++w) all[w] |= earlier_[static_cast<size_t>(other)][w];
    }
    if (all == earlier_[static_cast<size_t>(group)]) return;
    earlier_[static_cast<size_t>(group)] = all;
    for (size_t g = 0; g < groups_.size(); ++g) {
      if (!IsEarlier(group, static_cast<int>(g))) continue;
      for (size_t w = 0; w < words_; ++w) earlier_[g][w] |= all[w];
    }
  }

  std::vector<Group> Order() {
    const size_t count = groups_.size();
    std::vector<int> waiting(count, 0);
    std::vector<std::vector<int>> after(count);
    std::priority_queue<std::pair<NodeId, int>, std::vector<std::pair<NodeId, int>>, std::greater<>> ready;
    for (size_t g = 0; g < count; ++g) {
      for (size_t other = 0; other < count; ++other) {
        if (!IsEarlier(static_cast<int>(other), static_cast<int>(g))) continue;
        after[other].push_back(static_cast<int>(g));
        ++waiting[g];
      }
      if (waiting[g] == 0) ready.push({groups_[g].members[0], static_cast<int>(g)});
    }
    std::vector<Group> ordered;
    while (!ready.empty()) {
      const int group = ready.top().second;
      ready.pop();
      for (int later : after[static_cast<size_t>(group)]) {
        if (--waiting[static_cast<size_t>(later)] == 0) ready.push({groups_[static_cast<size_t>(later)].members[0], later});
      }
      ordered.push_back(std::move(groups_[static_cast<size_t>(group)]));
    }
    return ordered;
  }

  Definitions& definitions_;
  const Dependences& dependences_;
  std::vector<Group> groups_;
  std::vector<std::vector<uint64_t>> earlier_;
  std::vector<int> group_of_;                      // by node, -1 for those without kernels
  std::vector<std::vector<NodeId>> updates_;       // by node: the inputs it overwrites
  std::map<NodeId, std::vector<int>> siblings_;    // elementwise groups by what they read
  std::vector<int> scalars_;                       // groups without loops
  size_t words_ = 1;
};

Kernel FetchKernel(const Definitions& definitions, NodeId node) {
  const ir::Node& input = definitions.graph[node];
  Kernel kernel;
  const bool random = OriginOf(input) == Origin::Drawn;
  const bool gather = !random && input.input().role == ir::Role::Column;
  kernel.kind = random ? Kernel::Kind::Random : gather ? Kernel::Kind::Gather : Kernel::Kind::Loops;
  Address address{node, {}, std::vector<bool>(input.shape.size(), false)};
  for (const Dim& extent : input.shape) {
    if (kernel.kind == Kernel::Kind::Loops && extent == Dim(1)) {
      address.subscripts.push_back({});
      continue;
    }
    address.subscripts.push_back(ir::Affine::Index(static_cast<int>(kernel.loops.size())));
    kernel.loops.push_back(extent);
  }
  kernel.rank = static_cast<int>(kernel.loops.size());
  kernel.stores.push_back({address, random ? -1 : 0});
  if (random) kernel.random = input.random();
  if (random) return kernel;
  kernel.reads.push_back(address);
  BodyWriter(kernel).Read(address);
  return kernel;
}

std::string Label(const std::vector<NodeId>& members) {
  std::string label;
  for (NodeId member : members) label += (label.empty() ? "%" : " %") + std::to_string(member);
  return label;
}

}  // namespace

std::vector<Group> Fuse(Definitions& definitions, const Dependences& dependences) {
  return Fusion(definitions, dependences).Run();
}

std::vector<Kernel> EmitGroup(const Group& group, const Definitions& definitions, const std::vector<bool>& stored) {
  const std::string label = Label(group.members);
  const NodeId first = group.members[0];
  if (!group.open) {
    std::vector<Kernel> kernels = definitions[first];
    const Origin origin = OriginOf(definitions.graph[first]);
    if (origin == Origin::Fetched || origin == Origin::Drawn) kernels.push_back(FetchKernel(definitions, first));
    for (Kernel& kernel : kernels) kernel.label = label;
    return kernels;
  }
  Kernel kernel;
  kernel.loops = group.loops;
  kernel.rank = static_cast<int>(group.loops.size());
  BodyWriter writer(kernel);
  std::map<NodeId, int> value;
  std::vector<ir::Affine> loops;
  for (int loop = 0; loop < kernel.rank; ++loop) loops.push_back(ir::Affine::Index(loop));
  std::vector<Store> stores;
  for (NodeId member : group.members) {
    const Kernel& source = definitions[member][0];
    if (source.folded >= 0) {
      kernel = source;
      kernel.stores.clear();
      writer.EndFold(source.folded);
      value[member] = source.folded;
    } else {
      std::vector<int> steps;
      value[member] = writer.Copy(source, 0, source.stores[0].step, loops, steps, [&](const Address& address) {
        auto found = value.find(address.buffer);
        return found != value.end() ? found->second : writer.Read(address);
      });
    }
    if (stored[static_cast<size_t>(member)] || source.IsScatter()) stores.push_back({source.stores[0].target, value[member]});
  }
  kernel.stores = std::move(stores);
  kernel.label = label;
  return {std::move(kernel)};
}

}  // namespace nnc::schedule
