#include "compiler/schedule/dependences.h"

#include <algorithm>
#include <queue>

#include "compiler/schedule/body_writer.h"

namespace nnc::schedule {

using ir::NodeId;

namespace {

class Finder {
 public:
  explicit Finder(Definitions& definitions) : definitions_(definitions) {}

  Dependences Run() {
    Resize();
    for (const ir::Output& output : definitions_.graph.outputs) Need(output.node);
    for (ir::Output& output : definitions_.graph.outputs) {
      if (output.updates != ir::kNoNode && output.updates != output.node) Overwrite(output);
    }
    Order();
    return std::move(result_);
  }

 private:
  void Resize() {
    const size_t count = definitions_.graph.nodes.size();
    result_.needed.resize(count);
    result_.before.resize(count);
    result_.readers.resize(count);
  }

  void Need(NodeId node) {
    if (result_.needed[static_cast<size_t>(node)]) return;
    result_.needed[static_cast<size_t>(node)] = true;
    std::vector<NodeId>& before = result_.before[static_cast<size_t>(node)];
    for (const Kernel& kernel : definitions_[node]) {
      for (const Address& read : kernel.reads) before.push_back(definitions_.Source(read.buffer));
    }
    std::sort(before.begin(), before.end());
    before.erase(std::unique(before.begin(), before.end()), before.end());
    const std::vector<NodeId> operands = before;
    for (NodeId operand : operands) {
      result_.readers[static_cast<size_t>(operand)].push_back(node);
      Need(operand);
    }
  }

  // All elements of `input` that the node reads are the ones it stores at the same point.
  bool ReadsInPlace(NodeId node, NodeId input) const {
    const std::vector<Kernel>& kernels = definitions_[node];
    for (const Kernel& kernel : kernels) {
      for (const Address& read : kernel.reads) {
        if (definitions_.Base(read.buffer) != input) continue;
        const bool same = read.buffer == input && read.subscripts == kernel.stores[0].target.subscripts;
        if (!same || kernel.folded >= 0 || kernels.size() > 1) return false;
      }
    }
    return true;
  }

  bool Reaches(NodeId from, const std::vector<NodeId>& targets) const {
    std::vector<char> seen(result_.before.size(), 0);
    std::vector<NodeId> open;
    for (NodeId target : targets) {
      if (target != from) open.push_back(target);
    }
    while (!open.empty()) {
      const NodeId node = open.back();
      open.pop_back();
      if (node == from) return true;
      if (seen[static_cast<size_t>(node)]++) continue;
      for (NodeId earlier : result_.before[static_cast<size_t>(node)]) open.push_back(earlier);
    }
    return false;
  }

  void Overwrite(ir::Output& output) {
    const NodeId input = output.updates;
    if (!ReadsInPlace(output.node, input) || Reaches(output.node, result_.readers[static_cast<size_t>(input)])) {
      output.node = definitions_.AddCopy(output.node);
      Resize();
      Need(output.node);
    }
    std::vector<NodeId>& before = result_.before[static_cast<size_t>(output.node)];
    for (NodeId reader : result_.readers[static_cast<size_t>(input)]) {
      if (reader != output.node) before.push_back(reader);
    }
    result_.updates.push_back({output.node, input});
  }

  void Order() {
    std::vector<int> waiting(result_.before.size(), 0);
    std::vector<std::vector<NodeId>> after(result_.before.size());
    std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready;
    for (size_t n = 0; n < result_.before.size(); ++n) {
      if (!result_.needed[n]) continue;
      for (NodeId earlier : result_.before[n]) after[static_cast<size_t>(earlier)].push_back(static_cast<NodeId>(n));
      waiting[n] = static_cast<int>(result_.before[n].size());
      if (waiting[n] == 0) ready.push(static_cast<NodeId>(n));
    }
    while (!ready.empty()) {
      const NodeId node = ready.top();
      ready.pop();
      result_.order.push_back(node);
      for (NodeId later : after[static_cast<size_t>(node)]) {
        if (--waiting[static_cast<size_t>(later)] == 0) ready.push(later);
      }
    }
  }

  Definitions& definitions_;
  Dependences result_;
};

}  // namespace

Dependences FindDependences(Definitions& definitions) { return Finder(definitions).Run(); }

}  // namespace nnc::schedule
