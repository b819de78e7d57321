#include "compiler/schedule/definitions.h"

#include <algorithm>
#include <cassert>

#include "compiler/schedule/affine.h"
#include "compiler/schedule/scan_loops.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Dim;
using ir::NodeId;
using ir::Scalar;

static Origin OriginOf(const ir::Input& input) {
  if (input.role == ir::Role::Step) return Origin::Number;
  return input.role == ir::Role::Column || input.dtype != ir::DType::F32 ? Origin::Fetched : Origin::Array;
}

Origin OriginOf(const ir::Node& node) {
  switch (node.op()) {
    case ir::Node::Op::Input: return OriginOf(node.input());
    case ir::Node::Op::Random: return Origin::Drawn;
    case ir::Node::Op::Comp: return Origin::Kernels;
    case ir::Node::Op::Scan: return Origin::Turns;
    case ir::Node::Op::Part: return Origin::Scan;
    case ir::Node::Op::Derivative: break;
  }
  assert(false && "a derivative is left to take");
  return Origin::Kernels;
}

std::vector<int64_t> Strides(const ir::Shape& shape, const Capacities& capacities) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * capacities(shape[axis]);
  return strides;
}

Affine Linear(const Address& address, const std::vector<int64_t>& strides) {
  Affine linear = Constant(0);
  for (size_t axis = 0; axis < strides.size(); ++axis) linear = linear.Plus(address.subscripts[axis], strides[axis]);
  return linear;
}

bool IsPointwise(const std::vector<Kernel>& kernels, std::vector<int>* axis_of) {
  if (kernels.size() != 1 || kernels[0].folded >= 0 || kernels[0].kind == Kernel::Kind::Scan) return false;
  const Kernel& kernel = kernels[0];
  std::vector<int> axes(kernel.loops.size(), -1);
  const std::vector<Affine>& subscripts = kernel.stores[0].target.subscripts;
  for (size_t axis = 0; axis < subscripts.size(); ++axis) {
    if (IsConstant(subscripts[axis], 0)) continue;
    if (!subscripts[axis].IsBare()) return false;
    int& loop_axis = axes[static_cast<size_t>(subscripts[axis].BareIndex())];
    if (loop_axis >= 0) return false;
    loop_axis = static_cast<int>(axis);
  }
  if (std::count(axes.begin(), axes.end(), -1) > 0) return false;
  if (axis_of) *axis_of = std::move(axes);
  return true;
}

bool IsCopy(const std::vector<Kernel>& kernels) {
  return IsPointwise(kernels) && kernels[0].body.size() == 1 && kernels[0].body[0].kind == Scalar::Kind::Access;
}

bool HasCalls(const Kernel& kernel) {
  return std::any_of(kernel.body.begin(), kernel.body.end(), [](const Scalar& step) { return step.kind == Scalar::Kind::Call; });
}

NodeId Definitions::AddCopy(NodeId node) {
  ir::Node copy;
  copy.shape = graph.ShapeOf(node);
  copy.span = graph[node].span;
  copy.comp().extents = copy.shape;
  copy.comp().rank = static_cast<int>(copy.shape.size());
  copy.comp().monoid = ir::Monoid::Sum;
  ir::Access access{node, {}, false};
  for (int axis = 0; axis < copy.comp().rank; ++axis) access.subscripts.push_back(Affine::Index(axis));
  copy.comp().accesses.push_back(std::move(access));
  Scalar read;
  read.kind = Scalar::Kind::Access;
  copy.comp().body.push_back(read);
  const NodeId id = static_cast<NodeId>(graph.nodes.size());
  graph.nodes.push_back(std::move(copy));
  static const std::map<std::string, int64_t> none;
  kernels.push_back(SolveRelations(graph, id, Capacities(none)));
  views.push_back(ir::kNoNode);
  return id;
}

// A copy that needs no moving: element for element the order in memory is that of what it reads. A plain change of subscripts
// is better read through than taken as a view.
static NodeId ViewedNode(const ir::Graph& graph, NodeId node, const std::vector<Kernel>& kernels, const Capacities& capacities) {
  if (kernels.size() != 1 || kernels[0].folded >= 0 || kernels[0].body.size() != 1) return ir::kNoNode;
  const Kernel& kernel = kernels[0];
  if (kernel.body[0].kind != Scalar::Kind::Access) return ir::kNoNode;
  const Address& read = kernel.reads[static_cast<size_t>(kernel.body[0].index)];
  const Address& store = kernel.stores[0].target;
  if (std::count(read.guarded.begin(), read.guarded.end(), true) > 0) return ir::kNoNode;
  const ir::Node& operand = graph[read.buffer];
  if (OriginOf(operand) == Origin::Number) return ir::kNoNode;
  auto compound = [](const Affine& subscript) { return subscript.terms.size() > 1; };
  if (std::none_of(read.subscripts.begin(), read.subscripts.end(), compound) &&
      std::none_of(store.subscripts.begin(), store.subscripts.end(), compound)) {
    return ir::kNoNode;
  }
  if (!(capacities.Points(graph.ShapeOf(node)) == capacities.Points(operand.shape))) return ir::kNoNode;
  const Affine from = Linear(read, Strides(operand.shape, capacities));
  const Affine to = Linear(store, Strides(graph.ShapeOf(node), capacities));
  return from == to && from.constant == Dim(0) ? read.buffer : ir::kNoNode;
}

Definitions Define(const ir::Graph& graph, const Capacities& capacities) {
  Definitions definitions;
  definitions.graph = graph;
  const size_t count = graph.nodes.size();
  definitions.kernels.resize(count);
  definitions.views.assign(count, ir::kNoNode);
  for (size_t n = 0; n < count; ++n) {
    if (OriginOf(graph.nodes[n]) != Origin::Kernels) continue;
    const NodeId id = static_cast<NodeId>(n);
    std::vector<Kernel> kernels = SolveRelations(graph, id, capacities);
    const NodeId viewed = ViewedNode(graph, id, kernels, capacities);
    if (viewed != ir::kNoNode) {
      definitions.views[n] = definitions.Base(viewed);
    } else {
      definitions.kernels[n] = std::move(kernels);
    }
  }
  DefineScans(definitions, capacities);
  // Every output is a node with kernels of its own, except an input that is its own update.
  for (ir::Output& output : definitions.graph.outputs) {
    if (output.updates == output.node) continue;
    const bool computed = OriginOf(graph[output.node]) == Origin::Kernels && definitions.Base(output.node) == output.node;
    if (!computed) output.node = definitions.AddCopy(output.node);
  }
  return definitions;
}

}  // namespace nnc::schedule
