// Reverse and forward sweeps over the nodes between y and the variables, and the proofs about them.
#include "compiler/passes/differentiate.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "compiler/passes/derivative_rules.h"
#include "compiler/passes/normalise.h"

namespace nnc::passes {

using ir::Builder;
using ir::Graph;
using ir::Node;
using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;
using ir::Shape;

// Flags by id, up to y: the nodes that y needs and that depend on a variable.
static std::vector<bool> Between(const Graph& graph, NodeId y, std::span<const NodeId> variables) {
  const std::vector<bool> cone = Cone(graph, y);
  std::vector<bool> depends(cone.size(), false);
  for (NodeId variable : variables) {
    if (variable <= y) depends[static_cast<size_t>(variable)] = cone[static_cast<size_t>(variable)];
  }
  for (NodeId id = 0; id <= y; ++id) {
    const Node& node = graph[id];
    if (!cone[static_cast<size_t>(id)] || depends[static_cast<size_t>(id)] || node.op() != Node::Op::Comp) continue;
    const bool candidate = std::any_of(node.comp().accesses.begin(), node.comp().accesses.end(),
                                       [&](const ir::Access& a) { return depends[static_cast<size_t>(a.operand)]; });
    if (!candidate) continue;
    const Definition definition = Define(node.comp());
    for (size_t arg = 0; arg < definition.args.size() && !depends[static_cast<size_t>(id)]; ++arg) {
      if (!Differentiable(definition, arg)) continue;
      depends[static_cast<size_t>(id)] = depends[static_cast<size_t>(definition.args[arg].node)];
    }
  }
  return depends;
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
  const Graph& graph = builder.graph();
  const Shape extra = ExtraAxes(graph, seed, y);
  y = Normalise(builder, y, wrt);
  const std::vector<bool> between = Between(graph, y, wrt);
  std::vector<NodeId> adjoints(between.size(), ir::kNoNode);
  if (between[static_cast<size_t>(y)]) adjoints[static_cast<size_t>(y)] = seed;
  for (NodeId id = y; id >= 0; --id) {
    const NodeId g = adjoints[static_cast<size_t>(id)];
    if (g == ir::kNoNode || graph[id].op() != Node::Op::Comp) continue;
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
  const Graph& graph = builder.graph();
  const Shape extra = ExtraAxes(graph, tangent, x);
  const NodeId variables[1] = {x};
  y = Normalise(builder, y, variables);
  const std::vector<bool> between = Between(graph, y, variables);
  std::vector<NodeId> tangents(between.size(), ir::kNoNode);
  if (x <= y && between[static_cast<size_t>(x)]) tangents[static_cast<size_t>(x)] = tangent;
  for (NodeId id = x + 1; id <= y; ++id) {
    if (!between[static_cast<size_t>(id)]) continue;
    const Definition definition = Define(graph[id].comp());
    builder.SetSpan(graph[id].span);
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

bool IndependentAlong(const Graph& graph, NodeId y, int y_axis, NodeId x, int x_axis, NodeId* culprit) {
  const NodeId variables[1] = {x};
  const std::vector<bool> between = Between(graph, y, variables);
  std::vector<int> axis(between.size(), -1);
  axis[static_cast<size_t>(y)] = y_axis;
  auto mixes = [&](NodeId id) {
    if (culprit) *culprit = id;
    return false;
  };
  for (NodeId id = y; id > x; --id) {
    const int point = axis[static_cast<size_t>(id)];
    if (!between[static_cast<size_t>(id)] || point < 0) continue;
    const Definition definition = Define(graph[id].comp());
    for (const ir::Affine& relation : definition.relations) {
      if (relation.Coefficient(point) != 0) return mixes(id);
    }
    for (size_t arg = 0; arg < definition.args.size(); ++arg) {
      const Operand& operand = definition.args[arg];
      if (!Differentiable(definition, arg) || !between[static_cast<size_t>(operand.node)]) continue;
      const std::optional<int> along = PointAxis(operand, point);
      int& known = axis[static_cast<size_t>(operand.node)];
      if (!along && std::find(operand.indices.begin(), operand.indices.end(), point) == operand.indices.end()) return mixes(operand.node);
      if (!along || (known >= 0 && known != *along)) return mixes(id);
      known = *along;
    }
  }
  // Where no derivative flows from x to y, x has not been met.
  if (x <= y && axis[static_cast<size_t>(x)] >= 0 && axis[static_cast<size_t>(x)] != x_axis) return mixes(x);
  return true;
}

}  // namespace nnc::passes
