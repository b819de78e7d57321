#include "compiler/schedule/split_lists.h"

#include <algorithm>
#include <optional>

#include "compiler/ir/walk.h"
#include "compiler/schedule/affine.h"
#include "compiler/schedule/body_writer.h"

namespace nnc::schedule {

using ir::Affine;
using ir::NodeId;
using ir::Scalar;

namespace {

// The node's value is `item` where the loop is at `turn`, and `rest` elsewhere.
struct Choice {
  int loop = -1;
  int64_t turn = 0;
  int item = -1, rest = -1;   // steps
  NodeId next = ir::kNoNode;  // the node whose value at the same point is the rest, if it is one
};

struct Link {
  NodeId node;
  Choice choice;
};

// A step of the node's kernel.
struct Item {
  NodeId node;
  int step;
};

class Splitting {
 public:
  Splitting(Definitions& definitions, size_t shortest) : definitions_(definitions), shortest_(shortest), items_(std::max<size_t>(1, shortest / 4)), readers_(definitions.graph.nodes.size(), 0), inside_(readers_.size(), false) {
    for (const ir::Node& node : definitions.graph.nodes)
      for (NodeId operand : ir::Operands(node)) ++readers_[static_cast<size_t>(operand)];
    for (const ir::Output& output : definitions.graph.outputs) ++readers_[static_cast<size_t>(output.node)];
  }

  void Run() {
    for (size_t n = definitions_.kernels.size(); n-- > 0;) {
      if (readers_[n] == 0 || inside_[n]) continue;
      const NodeId head = static_cast<NodeId>(n);
      const std::vector<Link> chain = ChainOf(head);
      if (chain.size() + 1 < shortest_ || ExtentOf(chain) > 2 * std::ssize(chain)) continue;
      std::vector<Kernel> kernels = Split(chain);
      for (const Link& link : chain) definitions_[link.node].clear();
      definitions_[head] = std::move(kernels);
    }
  }

 private:
  // The literal that a loop of the node is equal to where the node is 1, as in `i == 3`.
  std::optional<double> EqualTo(NodeId node) const {
    std::vector<int> axis_of;
    const std::vector<Kernel>& kernels = definitions_[node];
    if (!IsPointwise(kernels, &axis_of) || axis_of.size() != 1) return std::nullopt;
    const Scalar& last = kernels[0].body.back();
    if (last.kind != Scalar::Kind::Call || last.fn != ir::ScalarFn::Eq) return std::nullopt;
    const Scalar *index = &kernels[0].body[static_cast<size_t>(last.arguments[0])], *number = &kernels[0].body[static_cast<size_t>(last.arguments[1])];
    if (index->kind != Scalar::Kind::Index) std::swap(index, number);
    if (index->kind != Scalar::Kind::Index || number->kind != Scalar::Kind::Literal) return std::nullopt;
    if (!kernels[0].index_values[static_cast<size_t>(index->index)].IsBare()) return std::nullopt;
    return number->literal;
  }

  std::optional<Choice> ChoiceOf(NodeId node) const {
    const std::vector<Kernel>& kernels = definitions_[node];
    if (!IsPointwise(kernels)) return std::nullopt;
    const Kernel& kernel = kernels[0];
    const Scalar& last = kernel.body.back();
    const bool chooses = last.kind == Scalar::Kind::Call && last.fn == ir::ScalarFn::Select;
    if (!chooses || std::count_if(kernel.body.begin(), kernel.body.end(), [](const Scalar& step) { return step.kind == Scalar::Kind::Call; }) > 1) return std::nullopt;
    const Scalar& condition = kernel.body[static_cast<size_t>(last.arguments[0])];
    if (condition.kind != Scalar::Kind::Access) return std::nullopt;
    const Address& read = kernel.reads[static_cast<size_t>(condition.index)];
    const std::optional<double> turn = EqualTo(read.buffer);
    if (!turn) return std::nullopt;
    const auto carried = std::find_if(read.subscripts.begin(), read.subscripts.end(), [](const Affine& subscript) { return subscript.IsBare(); });
    if (carried == read.subscripts.end()) return std::nullopt;
    Choice choice{carried->BareIndex(), static_cast<int64_t>(*turn), last.arguments[1], last.arguments[2], ir::kNoNode};
    const ir::Dim& extent = kernel.loops[static_cast<size_t>(choice.loop)];
    if (!extent.IsConstant() || static_cast<double>(choice.turn) != *turn || choice.turn < 0 || choice.turn >= extent.Constant()) return std::nullopt;
    choice.next = SamePoint(kernel, choice.rest);
    return choice;
  }

  // The node that the step reads at the point that is stored, over the same loops.
  NodeId SamePoint(const Kernel& kernel, int step) const {
    const Scalar& rest = kernel.body[static_cast<size_t>(step)];
    if (rest.kind != Scalar::Kind::Access) return ir::kNoNode;
    const Address& read = kernel.reads[static_cast<size_t>(rest.index)];
    const std::vector<Kernel>& next = definitions_[read.buffer];
    if (std::count(read.guarded.begin(), read.guarded.end(), true) > 0 || !IsPointwise(next) || next[0].loops != kernel.loops) return ir::kNoNode;
    const std::vector<Affine>& stored = kernel.stores[0].target.subscripts;
    return read.subscripts == stored && next[0].stores[0].target.subscripts == stored ? read.buffer : ir::kNoNode;
  }

  // The nodes that choose by one loop, each the rest of the one before and of no other.
  std::vector<Link> ChainOf(NodeId head) {
    std::vector<Link> chain;
    for (NodeId node = head; node != ir::kNoNode;) {
      const std::optional<Choice> choice = ChoiceOf(node);
      if (!choice || (!chain.empty() && choice->loop != chain.front().choice.loop)) break;
      chain.push_back({node, *choice});
      inside_[static_cast<size_t>(node)] = true;
      node = choice->next != ir::kNoNode && readers_[static_cast<size_t>(choice->next)] == 1 ? choice->next : ir::kNoNode;
    }
    return chain;
  }

  int64_t ExtentOf(const std::vector<Link>& chain) const {
    return definitions_[chain.front().node][0].loops[static_cast<size_t>(chain.front().choice.loop)].Constant();
  }

  // Each item at its turn, and the last rest at the turns that nothing chooses.
  std::vector<Kernel> Split(const std::vector<Link>& chain) const {
    std::vector<Item> items(static_cast<size_t>(ExtentOf(chain)), {chain.back().node, chain.back().choice.rest});
    for (size_t l = chain.size(); l-- > 0;) items[static_cast<size_t>(chain[l].choice.turn)] = {chain[l].node, chain[l].choice.item};
    const NodeId head = chain.front().node;
    std::vector<Kernel> kernels;
    for (size_t first = 0; first < items.size(); first += items_) {
      Kernel kernel = definitions_[head][0];
      const std::vector<ir::Dim> loops = kernel.loops;
      const Address target = kernel.stores[0].target;
      kernel.loops.erase(kernel.loops.begin() + chain.front().choice.loop);
      --kernel.rank;
      kernel.reads.clear(), kernel.index_values.clear(), kernel.body.clear(), kernel.stores.clear();
      for (size_t turn = first; turn < std::min(first + items_, items.size()); ++turn)
        AddItem(kernel, items[turn], target, ValuesAt(loops.size(), chain.front().choice.loop, static_cast<int64_t>(turn)));
      kernels.push_back(std::move(kernel));
    }
    return kernels;
  }

  // What the loops of the chain stand for in the kernel that has one loop less.
  static std::vector<Affine> ValuesAt(size_t loops, int chosen, int64_t turn) {
    std::vector<Affine> values;
    for (int loop = 0; loop < static_cast<int>(loops); ++loop) values.push_back(loop == chosen ? Constant(turn) : Affine::Index(loop < chosen ? loop : loop - 1));
    return values;
  }

  void AddItem(Kernel& kernel, const Item& item, Address target, const std::vector<Affine>& values) const {
    BodyWriter writer(kernel);
    std::vector<int> steps;
    const int step = writer.Copy(definitions_[item.node][0], item.step, item.step, values, steps, [&](const Address& address) { return writer.Read(address); });
    for (Affine& subscript : target.subscripts) subscript = Substitute(subscript, values);
    kernel.stores.push_back({std::move(target), step});
  }

  Definitions& definitions_;
  const size_t shortest_;
  const size_t items_;  // of one kernel
  std::vector<int> readers_;
  std::vector<bool> inside_;  // a chain that was met
};

}  // namespace

void SplitLists(Definitions& definitions, size_t shortest) { Splitting(definitions, shortest).Run(); }

}  // namespace nnc::schedule
