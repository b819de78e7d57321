#include "compiler/sema/class_axes.h"

#include <numeric>
#include <set>
#include <vector>

#include "compiler/sema/copies.h"

namespace nnc::sema {

using ir::NodeId;

namespace {

// Sets of axes that one index runs over. An axis of a node is known by its number; a comprehension's reduction indices follow its axes.
class AxisSets {
 public:
  explicit AxisSets(const ir::Graph& graph) : graph_(graph) {
    size_t count = 0;
    for (const ir::Node& node : graph.nodes) {
      first_.push_back(count);
      count += node.op() == ir::Node::Op::Comp ? node.comp().extents.size() : node.shape.size();
    }
    parent_.resize(count);
    std::iota(parent_.begin(), parent_.end(), size_t{0});
    for (size_t id = 0; id < graph.nodes.size(); ++id) {
      if (graph.nodes[id].op() != ir::Node::Op::Comp) continue;
      for (const ir::Access& access : graph.nodes[id].comp().accesses)
        for (size_t axis = 0; axis < access.subscripts.size(); ++axis)
          if (access.subscripts[axis].IsBare())
            parent_[Find(Number(access.operand, axis))] = Find(Number(static_cast<NodeId>(id), static_cast<size_t>(access.subscripts[axis].BareIndex())));
    }
  }

  size_t Set(NodeId node, size_t axis) { return Find(Number(node, axis)); }

 private:
  size_t Number(NodeId node, size_t axis) const { return first_[static_cast<size_t>(node)] + axis; }
  size_t Find(size_t axis) {
    while (parent_[axis] != axis) axis = parent_[axis] = parent_[parent_[axis]];
    return axis;
  }

  const ir::Graph& graph_;
  std::vector<size_t> first_;
  std::vector<size_t> parent_;
};

}  // namespace

static Origin OriginOfArgument(const ir::Graph& graph, const ir::Comp& comp, int argument) {
  const ir::Scalar& step = comp.body[static_cast<size_t>(argument)];
  if (step.kind != ir::Scalar::Kind::Access && step.kind != ir::Scalar::Kind::Index) return {};
  return OriginOf(graph, comp, step);
}

std::string ClassesOfAxis(const ir::Graph& graph, NodeId node, size_t axis, const std::map<NodeId, std::string>& labels) {
  AxisSets sets(graph);
  std::set<std::string> found;
  for (size_t id = 0; id < graph.nodes.size(); ++id) {
    if (graph.nodes[id].op() != ir::Node::Op::Comp) continue;
    const ir::Comp& comp = graph.nodes[id].comp();
    for (const ir::Scalar& step : comp.body) {
      if (step.kind != ir::Scalar::Kind::Call || step.fn != ir::ScalarFn::Eq) continue;
      Origin a = OriginOfArgument(graph, comp, step.arguments[0]), b = OriginOfArgument(graph, comp, step.arguments[1]);
      if (a.index < 0) std::swap(a, b);
      auto label = labels.find(b.node);
      if (a.index < 0 || a.index >= static_cast<int>(comp.extents.size()) || label == labels.end()) continue;
      if (sets.Set(static_cast<NodeId>(id), static_cast<size_t>(a.index)) == sets.Set(node, axis)) found.insert(label->second);
    }
  }
  return found.size() == 1 ? *found.begin() : "";
}

}  // namespace nnc::sema
