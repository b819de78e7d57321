#include "compiler/schedule/scan_loops.h"

#include <algorithm>
#include <map>

#include "compiler/schedule/affine.h"
#include "compiler/schedule/body_writer.h"
#include "compiler/schedule/schedule.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Dim;
using ir::NodeId;

namespace {

class ScanDefinition {
 public:
  ScanDefinition(Definitions& definitions, NodeId scan, const Capacities& capacities)
      : definitions_(definitions), id_(scan), scan_(definitions.graph[scan].scan()), capacities_(capacities) {}

  void Run(const std::map<std::pair<NodeId, int>, NodeId>& parts) {
    const ir::Graph& body = *scan_.body;
    for (int k = 0; k < static_cast<int>(body.outputs.size()); ++k) {
      const auto known = parts.find({id_, k});
      parts_.push_back(known != parts.end() ? known->second : AddPart(k));
    }
    std::vector<Kernel> kernels;
    for (size_t i = 0; i < scan_.operands.size(); ++i)
      for (size_t k = 0; k < body.outputs.size(); ++k)
        if (body.outputs[k].updates == body.inputs[i]) kernels.push_back(Start(scan_.operands[i], parts_[k]));
    kernels.push_back(Turns());
    definitions_[id_] = std::move(kernels);
  }

 private:
  NodeId AddPart(int output) {
    ir::Node part;
    part.shape = ir::ShapeOfPart(scan_, output);
    part.content = ir::Part{id_, output};
    definitions_.graph.nodes.push_back(std::move(part));
    definitions_.kernels.emplace_back();
    definitions_.views.push_back(ir::kNoNode);
    return static_cast<NodeId>(definitions_.graph.nodes.size()) - 1;
  }

  // The state before the first turn.
  Kernel Start(NodeId operand, NodeId part) const {
    Kernel kernel;
    Address read{operand, {}, {}}, store{part, {Constant(scan_.down ? scan_.count : Dim(0))}, {false}};
    for (const Dim& extent : definitions_.graph.ShapeOf(operand)) {
      const bool loop = !(extent == Dim(1));
      const Affine subscript = loop ? Affine::Index(static_cast<int>(kernel.loops.size())) : Constant(0);
      if (loop) kernel.loops.push_back(extent);
      for (Address* address : {&read, &store}) {
        address->subscripts.push_back(subscript);
        address->guarded.push_back(false);
      }
    }
    kernel.rank = static_cast<int>(kernel.loops.size());
    kernel.stores.push_back({std::move(store), 0});
    BodyWriter(kernel).Read(read);
    return kernel;
  }

  // The body as a function of its own: what comes next is another array than what was before.
  std::shared_ptr<const Plan> Body() const {
    ir::Graph body = *scan_.body;
    for (ir::Output& output : body.outputs) output.updates = ir::kNoNode;
    return std::make_shared<Plan>(Schedule(body, {capacities_.Symbols()}));
  }

  Kernel Turns() const {
    const ir::Graph& body = *scan_.body;
    Kernel kernel;
    kernel.kind = Kernel::Kind::Scan;
    kernel.loop.body = Body();
    kernel.loop.count = scan_.count;
    kernel.loop.down = scan_.down;
    kernel.loop.saving = scan_.saving;
    for (NodeId part : parts_) kernel.stores.push_back({{part, {}, {}}, -1});
    const int before = scan_.down ? 1 : 0, after = scan_.down ? 0 : 1;
    for (size_t i = 0; i < scan_.operands.size(); ++i) {
      const ir::Role role = body[body.inputs[i]].input().role;
      if (role == ir::Role::Carried) {
        const auto state = std::find_if(body.outputs.begin(), body.outputs.end(), [&](const ir::Output& output) { return output.updates == body.inputs[i]; });
        kernel.loop.links.push_back({true, static_cast<int>(state - body.outputs.begin()), true, before});
        continue;
      }
      kernel.loop.links.push_back({false, static_cast<int>(kernel.reads.size()), role == ir::Role::Slice, 0});
      kernel.reads.push_back({scan_.operands[i], {}, {}});
    }
    for (size_t k = 0; k < body.outputs.size(); ++k)
      kernel.loop.links.push_back({true, static_cast<int>(k), true, body.outputs[k].updates == ir::kNoNode ? 0 : after});
    return kernel;
  }

  Definitions& definitions_;
  const NodeId id_;
  const ir::Scan scan_;
  const Capacities& capacities_;
  std::vector<NodeId> parts_;  // by output of the body
};

}  // namespace

void DefineScans(Definitions& definitions, const Capacities& capacities) {
  std::map<std::pair<NodeId, int>, NodeId> parts;
  const size_t count = definitions.graph.nodes.size();
  for (size_t n = 0; n < count; ++n) {
    ir::Node& node = definitions.graph.nodes[n];
    if (OriginOf(node) == Origin::Scan) {  // a text may name one twice
      const auto [known, fresh] = parts.emplace(std::pair(node.part().scan, node.part().output), static_cast<NodeId>(n));
      if (!fresh) definitions.views[n] = known->second;
    }
    if (OriginOf(node) != Origin::Turns) continue;
    // The number of the step is a value; a scan reads arrays.
    for (size_t i = 0; i < node.scan().operands.size(); ++i) {
      const NodeId operand = definitions.graph.nodes[n].scan().operands[i];
      if (OriginOf(definitions.graph[operand]) != Origin::Number) continue;
      const NodeId copy = definitions.AddCopy(operand);
      definitions.graph.nodes[n].scan().operands[i] = copy;
    }
  }
  for (size_t n = 0; n < count; ++n)
    if (OriginOf(definitions.graph.nodes[n]) == Origin::Turns) ScanDefinition(definitions, static_cast<NodeId>(n), capacities).Run(parts);
}

namespace {

// Which parts are read at their last state alone.
class LastStates {
 public:
  LastStates(Definitions& definitions, const Dependences& dependences) : definitions_(definitions), dependences_(dependences), last_(definitions.graph.nodes.size(), false) {}

  void Run() {
    for (size_t n = 0; n < last_.size(); ++n)
      if (OriginOf(definitions_.graph.nodes[n]) == Origin::Scan) last_[n] = IsState(static_cast<NodeId>(n));
    for (const ir::Output& output : definitions_.graph.outputs) last_[static_cast<size_t>(definitions_.Base(output.node))] = false;
    ForEachRead([&](const Address& read) {
      const NodeId base = definitions_.Base(read.buffer);
      if (last_[static_cast<size_t>(base)]) last_[static_cast<size_t>(base)] = read.buffer == base && IsLast(read);
    });
    ForEachRead([&](Address& read) {
      if (last_[static_cast<size_t>(read.buffer)]) read.subscripts[0] = Constant(0);
    });
    for (size_t n = 0; n < last_.size(); ++n)
      if (last_[n]) Shrink(static_cast<NodeId>(n));
  }

 private:
  const ir::Scan& ScanOf(NodeId part) const { return definitions_.graph[definitions_.graph[part].part().scan].scan(); }

  // More than the two that are needed, of a state.
  bool IsState(NodeId part) const {
    const ir::Scan& scan = ScanOf(part);
    return scan.body->outputs[static_cast<size_t>(definitions_.graph[part].part().output)].updates != ir::kNoNode && !(scan.count == Dim(1));
  }

  // A scan reads arrays as wholes, without subscripts.
  bool IsLast(const Address& read) const {
    const ir::Scan& scan = ScanOf(read.buffer);
    return !read.subscripts.empty() && read.subscripts[0] == Constant(scan.down ? Dim(0) : scan.count);
  }

  template <typename Visit>
  void ForEachRead(const Visit& visit) {
    for (NodeId node : dependences_.order)
      for (Kernel& kernel : definitions_[node])
        for (Address& read : kernel.reads) visit(read);
  }

  void Shrink(NodeId part) {
    const NodeId scan = definitions_.graph[part].part().scan;
    const Dim count = ScanOf(part).count;
    definitions_.graph.nodes[static_cast<size_t>(part)].shape[0] = Dim(2);
    for (Kernel& kernel : definitions_[scan]) {
      for (size_t s = 0; s < kernel.stores.size(); ++s) {
        if (kernel.stores[s].target.buffer != part) continue;
        if (kernel.kind != Kernel::Kind::Scan) kernel.stores[s].target.subscripts[0] = Constant(Dim::Modulo(count, 2));  // the start
        for (Loop::Link& link : kernel.loop.links) link.alternates = link.alternates || (link.stored && link.index == static_cast<int>(s));
      }
    }
  }

  Definitions& definitions_;
  const Dependences& dependences_;
  std::vector<bool> last_;  // by node
};

}  // namespace

void KeepLastStates(Definitions& definitions, const Dependences& dependences) { LastStates(definitions, dependences).Run(); }

}  // namespace nnc::schedule
