// Reverse and forward sweeps over the nodes between y and the variables, and the proofs about them.
#include "compiler/passes/differentiate.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <optional>

#include "compiler/ir/walk.h"
#include "compiler/passes/derivative_rules.h"
#include "compiler/passes/normalise.h"
#include "compiler/passes/scan_derivative.h"

namespace nnc::passes {

using ir::Builder;
using ir::Graph;
using ir::Node;
using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;
using ir::Shape;

// Adds to `depends` those nodes of `cone` that a derivative flows to from the nodes flagged in it.
static void Spread(const Graph& graph, const std::vector<bool>& cone, std::vector<bool>& depends);

// By node of the scan's body: whether a derivative flows to it from operands that are flagged, in this turn or one before.
static std::vector<bool> DependingInBody(const ir::Scan& scan, const std::vector<bool>& flagged) {
  const Graph& body = *scan.body;
  std::vector<bool> depends(body.nodes.size(), false);
  for (size_t i = 0; i < scan.operands.size(); ++i) depends[static_cast<size_t>(body.inputs[i])] = flagged[static_cast<size_t>(scan.operands[i])];
  for (bool grows = true; grows;) {
    grows = false;
    Spread(body, std::vector<bool>(body.nodes.size(), true), depends);
    for (const ir::Output& output : body.outputs) {
      if (output.updates == ir::kNoNode || !depends[static_cast<size_t>(output.node)] || depends[static_cast<size_t>(output.updates)]) continue;
      depends[static_cast<size_t>(output.updates)] = grows = true;
    }
  }
  return depends;
}

// A part depends where its output does, or the state that it begins with.
static bool PartDepends(const Graph& graph, const ir::Part& part, const std::vector<bool>& flagged) {
  const ir::Scan& scan = graph[part.scan].scan();
  const ir::Output& output = scan.body->outputs[static_cast<size_t>(part.output)];
  const std::vector<bool> depends = DependingInBody(scan, flagged);
  return depends[static_cast<size_t>(output.node)] || (output.updates != ir::kNoNode && depends[static_cast<size_t>(output.updates)]);
}

// Flags by id, up to y: the nodes that y needs and that depend on a variable.
static std::vector<bool> Between(const Graph& graph, NodeId y, std::span<const NodeId> variables) {
  const std::vector<bool> cone = Cone(graph, y);
  std::vector<bool> depends(cone.size(), false);
  for (NodeId variable : variables) {
    if (variable <= y) depends[static_cast<size_t>(variable)] = cone[static_cast<size_t>(variable)];
  }
  Spread(graph, cone, depends);
  return depends;
}

static void Spread(const Graph& graph, const std::vector<bool>& cone, std::vector<bool>& depends) {
  for (NodeId id = 0; id < static_cast<NodeId>(cone.size()); ++id) {
    const Node& node = graph[id];
    if (!cone[static_cast<size_t>(id)] || depends[static_cast<size_t>(id)]) continue;
    if (node.op() == Node::Op::Scan) {
      for (NodeId operand : ir::Operands(node)) depends[static_cast<size_t>(id)] = depends[static_cast<size_t>(id)] || depends[static_cast<size_t>(operand)];
    }
    if (node.op() == Node::Op::Part && depends[static_cast<size_t>(node.part().scan)]) depends[static_cast<size_t>(id)] = PartDepends(graph, node.part(), depends);
    if (node.op() != Node::Op::Comp) continue;
    const bool candidate = std::any_of(node.comp().accesses.begin(), node.comp().accesses.end(),
                                       [&](const ir::Access& a) { return depends[static_cast<size_t>(a.operand)]; });
    if (!candidate) continue;
    const Definition definition = Define(node.comp());
    for (size_t arg = 0; arg < definition.args.size() && !depends[static_cast<size_t>(id)]; ++arg) {
      if (!Differentiable(definition, arg)) continue;
      depends[static_cast<size_t>(id)] = depends[static_cast<size_t>(definition.args[arg].node)];
    }
  }
}

static Shape ExtraAxes(const Graph& graph, NodeId seed, NodeId node) {
  const Shape& full = graph.ShapeOf(seed);
  assert(full.size() >= graph.ShapeOf(node).size());
  return Shape(full.begin(), full.end() - static_cast<long>(graph.ShapeOf(node).size()));
}

static Shape Joined(const Shape& extra, const Shape& shape) {
  Shape joined = extra;
  joined.insert(joined.end(), shape.begin(), shape.end());
  return joined;
}

static void Accumulate(Builder& builder, NodeId& sum, NodeId part) {
  if (builder.IsZero(part)) return;
  sum = sum == ir::kNoNode ? part : builder.Call(ScalarFn::Add, {sum, part});
}

static bool SameNodeBefore(const Definition& definition, size_t arg) {
  for (size_t other = 0; other < arg; ++other) {
    if (Differentiable(definition, other) && definition.args[other].node == definition.args[arg].node) return true;
  }
  return false;
}

std::vector<NodeId> VectorJacobian(Builder& builder, NodeId y, NodeId seed, std::span<const NodeId> wrt) {
  return VectorJacobian(builder, std::vector<Seeded>{{y, seed}}, wrt);
}

std::vector<NodeId> VectorJacobian(Builder& builder, std::vector<Seeded> values, std::span<const NodeId> wrt) {
  const Graph& graph = builder.graph();
  const Shape extra = ExtraAxes(graph, values[0].seed, values[0].value);
  NodeId y = 0;  // the last of them
  for (Seeded& one : values) {
    one.value = Normalise(builder, one.value, wrt);
    y = std::max(y, one.value);
  }
  std::vector<bool> between(static_cast<size_t>(y) + 1, false);
  for (const Seeded& one : values) {
    const std::vector<bool> some = Between(graph, one.value, wrt);
    for (size_t id = 0; id < some.size(); ++id) between[id] = between[id] || some[id];
  }
  std::vector<NodeId> adjoints(between.size(), ir::kNoNode);
  for (const Seeded& one : values)
    if (between[static_cast<size_t>(one.value)]) Accumulate(builder, adjoints[static_cast<size_t>(one.value)], one.seed);
  std::map<NodeId, std::map<int, NodeId>> parts;  // adjoints of a scan's outputs
  for (NodeId id = y; id >= 0; --id) {
    const NodeId g = adjoints[static_cast<size_t>(id)];
    if (g == ir::kNoNode) continue;
    if (graph[id].op() == Node::Op::Part) {  // the scan itself comes later, when all its parts are known
      const ir::Part part = graph[id].part();
      adjoints[static_cast<size_t>(part.scan)] = g;
      parts[part.scan][part.output] = g;
    }
    if (graph[id].op() == Node::Op::Scan) {
      const std::vector<NodeId> operands = graph[id].scan().operands;
      std::vector<bool> wanted;
      for (NodeId operand : operands) wanted.push_back(between[static_cast<size_t>(operand)]);
      const std::vector<NodeId> sums = ScanAdjoint(builder, id, parts.at(id), wanted, extra);
      for (size_t i = 0; i < operands.size(); ++i)
        if (sums[i] != ir::kNoNode) Accumulate(builder, adjoints[static_cast<size_t>(operands[i])], sums[i]);
    }
    if (graph[id].op() != Node::Op::Comp) continue;
    const Definition definition = Define(graph[id].comp());
    builder.SetSpan(graph[id].span);
    for (size_t arg = 0; arg < definition.args.size(); ++arg) {
      const NodeId operand = definition.args[arg].node;
      if (!Differentiable(definition, arg) || !between[static_cast<size_t>(operand)] || SameNodeBefore(definition, arg)) continue;
      NodeId sum = ir::kNoNode;  // over all arguments that read this node, so that x * x gives 2 x
      for (size_t other = arg; other < definition.args.size(); ++other) {
        if (!Differentiable(definition, other) || definition.args[other].node != operand) continue;
        Accumulate(builder, sum, NodeDerivative(builder, id, definition, extra).Adjoint(other, g));
      }
      if (sum != ir::kNoNode) Accumulate(builder, adjoints[static_cast<size_t>(operand)], sum);
    }
  }
  std::vector<NodeId> results;
  for (NodeId x : wrt) {
    const NodeId adjoint = x <= y ? adjoints[static_cast<size_t>(x)] : ir::kNoNode;
    results.push_back(adjoint != ir::kNoNode ? adjoint : builder.Zeros(Joined(extra, graph.ShapeOf(x))));
  }
  return results;
}

NodeId JacobianVector(Builder& builder, NodeId y, NodeId x, NodeId tangent) {
  const Seeded variable{x, tangent};
  return JacobianVector(builder, y, std::span(&variable, 1));
}

NodeId JacobianVector(Builder& builder, NodeId y, std::span<const Seeded> moved_variables) {
  const Graph& graph = builder.graph();
  const Shape extra = ExtraAxes(graph, moved_variables[0].seed, moved_variables[0].value);
  std::vector<NodeId> variables;
  for (const Seeded& one : moved_variables) variables.push_back(one.value);
  y = Normalise(builder, y, variables);
  const std::vector<bool> between = Between(graph, y, variables);
  std::vector<NodeId> tangents(between.size(), ir::kNoNode);
  for (const Seeded& one : moved_variables)
    if (one.value <= y && between[static_cast<size_t>(one.value)]) tangents[static_cast<size_t>(one.value)] = one.seed;
  std::map<NodeId, std::vector<NodeId>> parts;  // tangents of a scan's outputs
  for (NodeId id = 0; id <= y; ++id) {
    if (!between[static_cast<size_t>(id)] || std::find(variables.begin(), variables.end(), id) != variables.end()) continue;
    builder.SetSpan(graph[id].span);
    if (graph[id].op() == Node::Op::Scan) {
      std::vector<NodeId> moved;
      for (NodeId operand : graph[id].scan().operands) moved.push_back(tangents[static_cast<size_t>(operand)]);
      parts[id] = ScanTangent(builder, id, moved, extra);
      continue;
    }
    if (graph[id].op() == Node::Op::Part) {
      tangents[static_cast<size_t>(id)] = parts.at(graph[id].part().scan)[static_cast<size_t>(graph[id].part().output)];
      continue;
    }
    const Definition definition = Define(graph[id].comp());
    for (size_t arg = 0; arg < definition.args.size(); ++arg) {
      if (!Differentiable(definition, arg)) continue;
      const NodeId moved = tangents[static_cast<size_t>(definition.args[arg].node)];
      if (moved == ir::kNoNode) continue;
      NodeDerivative derivative{builder, id, definition, extra};
      Accumulate(builder, tangents[static_cast<size_t>(id)], derivative.Tangent(arg, moved));
    }
  }
  const NodeId result = tangents[static_cast<size_t>(y)];
  return result != ir::kNoNode ? result : builder.Zeros(Joined(extra, graph.ShapeOf(y)));
}

bool DependsOn(const Graph& graph, NodeId y, NodeId x) {
  const NodeId variables[1] = {x};
  return Between(graph, y, variables)[static_cast<size_t>(y)];
}

// The axis of `operand` that index `point` runs along, if it does so alone and once.
static std::optional<int> PointAxis(const Operand& operand, int point) {
  if (std::count(operand.indices.begin(), operand.indices.end(), point) != 1) return std::nullopt;
  return static_cast<int>(std::find(operand.indices.begin(), operand.indices.end(), point) - operand.indices.begin());
}

namespace {

// Follows one axis from outputs back to what they are made of: each node's axis stays the same, unmixed index.
class AxisTrail {
 public:
  AxisTrail(const Graph& graph, std::vector<bool> between) : graph_(graph), between_(std::move(between)), axis_(between_.size(), -1) {}

  int operator[](NodeId node) const { return axis_[static_cast<size_t>(node)]; }
  // False if the node runs along another axis already.
  bool Set(NodeId node, int axis) {
    if (static_cast<size_t>(node) >= axis_.size() || !between_[static_cast<size_t>(node)]) return true;
    int& known = axis_[static_cast<size_t>(node)];
    if (known >= 0 && known != axis) return Mixes(node);
    known = axis;
    return true;
  }
  bool Follow() {
    for (NodeId id = static_cast<NodeId>(axis_.size()) - 1; id >= 0; --id) {
      const Node& node = graph_[id];
      if (node.op() == Node::Op::Scan && between_[static_cast<size_t>(id)] && !FollowScan(id)) return false;
      const int point = axis_[static_cast<size_t>(id)];
      if (!between_[static_cast<size_t>(id)] || point < 0) continue;
      if (node.op() == Node::Op::Part) {
        if (point == 0) return Mixes(id);
        parts_[node.part().scan][node.part().output] = point - 1;
      }
      if (node.op() == Node::Op::Comp && !FollowComp(id, point)) return false;
    }
    return true;
  }
  NodeId Culprit() const { return culprit_; }

 private:
  bool Mixes(NodeId node) {
    culprit_ = node;
    return false;
  }

  bool FollowComp(NodeId id, int point) {
    const Definition definition = Define(graph_[id].comp());
    for (const ir::Affine& relation : definition.relations)
      if (relation.Coefficient(point) != 0 && TiesPoint(definition, relation, point)) return Mixes(id);
    for (size_t arg = 0; arg < definition.args.size(); ++arg) {
      const Operand& operand = definition.args[arg];
      if (!Differentiable(definition, arg) || !between_[static_cast<size_t>(operand.node)]) continue;
      const std::optional<int> along = PointAxis(operand, point);
      if (!along && std::find(operand.indices.begin(), operand.indices.end(), point) == operand.indices.end()) return Mixes(operand.node);
      const int known = axis_[static_cast<size_t>(operand.node)];
      if (!along || (known >= 0 && known != *along)) return Mixes(id);
      axis_[static_cast<size_t>(operand.node)] = *along;
    }
    return true;
  }

  // Whether the relation ties the point to an index of what the derivative flows through: what else it chooses by the point is the point's own.
  bool TiesPoint(const Definition& definition, const ir::Affine& relation, int point) const {
    for (size_t arg = 0; arg < definition.args.size(); ++arg) {
      const Operand& operand = definition.args[arg];
      if (!Differentiable(definition, arg) || !between_[static_cast<size_t>(operand.node)]) continue;
      if (std::any_of(operand.indices.begin(), operand.indices.end(), [&](int index) { return index != point && relation.Coefficient(index) != 0; })) return true;
    }
    return false;
  }

  // In the body, states lead back to the turn before until nothing new is found.
  bool FollowScan(NodeId id) {
    const ir::Scan& scan = graph_[id].scan();
    const Graph& body = *scan.body;
    AxisTrail inside(body, DependingInBody(scan, between_));
    for (auto [output, axis] : parts_[id])
      if (!inside.Set(body.outputs[static_cast<size_t>(output)].node, axis)) return Mixes(id);
    for (bool grows = true; grows;) {
      grows = false;
      if (!inside.Follow()) return Mixes(id);
      for (const ir::Output& output : body.outputs) {
        if (output.updates == ir::kNoNode || inside[output.updates] < 0 || inside[output.node] == inside[output.updates]) continue;
        if (!inside.Set(output.node, inside[output.updates])) return Mixes(id);
        grows = true;
      }
    }
    for (size_t i = 0; i < scan.operands.size(); ++i) {
      const int axis = inside[body.inputs[i]];
      const bool slice = body[body.inputs[i]].input().role == ir::Role::Slice;
      if (axis >= 0 && !Set(scan.operands[i], slice ? axis + 1 : axis)) return false;
    }
    return true;
  }

  const Graph& graph_;
  const std::vector<bool> between_;  // leads from a variable to a value
  std::vector<int> axis_;
  std::map<NodeId, std::map<int, int>> parts_;
  NodeId culprit_ = ir::kNoNode;
};

}  // namespace

bool IndependentAlong(const Graph& graph, NodeId y, int y_axis, NodeId x, int x_axis, NodeId* culprit) {
  const NodeId variables[1] = {x};
  std::vector<bool> between = Between(graph, y, variables);
  AxisTrail trail(graph, std::move(between));
  // Where no derivative flows from x to y, x is not met.
  const bool fine = trail.Set(y, y_axis) && trail.Follow() && (x > y || trail[x] < 0 || trail[x] == x_axis);
  if (!fine && culprit) *culprit = trail.Culprit() == ir::kNoNode ? x : trail.Culprit();
  return fine;
}

}  // namespace nnc::passes
