// Reverse and forward sweeps over the nodes between y and the variables, and the proofs about them. What each does at a node of one kind
// is a Rule.
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

namespace {

class Reverse;
class Forward;
class AxisTrail;

// What a derivative does at a node of one kind.
struct Rule {
  // Whether it flows to the node from operands that are flagged.
  bool (*depends)(const Graph& graph, NodeId id, const std::vector<bool>& flagged);
  void (Reverse::*adjoints)(NodeId id, NodeId g);  // of the operands, from the node's own
  void (Forward::*tangent)(NodeId id);             // of the node, from those of its operands
  // Follows the node's axis, where one is known, to its operands; false where it mixes.
  bool (AxisTrail::*axes)(NodeId id, std::optional<int> axis);
};
const Rule& RuleOf(const Node& node);

// Adds to `depends` those nodes of `cone` that a derivative flows to from the nodes flagged in it.
void Spread(const Graph& graph, const std::vector<bool>& cone, std::vector<bool>& depends) {
  for (NodeId id = 0; id < static_cast<NodeId>(cone.size()); ++id)
    if (cone[static_cast<size_t>(id)] && !depends[static_cast<size_t>(id)]) depends[static_cast<size_t>(id)] = RuleOf(graph[id]).depends(graph, id, depends);
}

// By node of the scan's body: whether a derivative flows to it from operands that are flagged, in this turn or one before.
std::vector<bool> DependingInBody(const ir::Scan& scan, const std::vector<bool>& flagged) {
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

bool NeverDepends(const Graph&, NodeId, const std::vector<bool>&) { return false; }

bool CompDepends(const Graph& graph, NodeId id, const std::vector<bool>& flagged) {
  const ir::Comp& comp = graph[id].comp();
  if (std::none_of(comp.accesses.begin(), comp.accesses.end(), [&](const ir::Access& a) { return flagged[static_cast<size_t>(a.operand)]; })) return false;
  const Definition definition = Define(comp);
  for (size_t arg = 0; arg < definition.args.size(); ++arg)
    if (Differentiable(definition, arg) && flagged[static_cast<size_t>(definition.args[arg].node)]) return true;
  return false;
}

bool ScanDepends(const Graph& graph, NodeId id, const std::vector<bool>& flagged) {
  const std::vector<NodeId>& operands = graph[id].scan().operands;
  return std::any_of(operands.begin(), operands.end(), [&](NodeId operand) { return flagged[static_cast<size_t>(operand)]; });
}

// A part depends where its output does, or the state that it begins with.
bool PartDepends(const Graph& graph, NodeId id, const std::vector<bool>& flagged) {
  const ir::Part& part = graph[id].part();
  if (!flagged[static_cast<size_t>(part.scan)]) return false;
  const ir::Scan& scan = graph[part.scan].scan();
  const ir::Output& output = scan.body->outputs[static_cast<size_t>(part.output)];
  const std::vector<bool> depends = DependingInBody(scan, flagged);
  return depends[static_cast<size_t>(output.node)] || (output.updates != ir::kNoNode && depends[static_cast<size_t>(output.updates)]);
}

// Flags by id, up to y: the nodes that y needs and that depend on a variable.
std::vector<bool> Between(const Graph& graph, NodeId y, std::span<const NodeId> variables) {
  const std::vector<bool> cone = Cone(graph, y);
  std::vector<bool> depends(cone.size(), false);
  for (NodeId variable : variables) {
    if (variable <= y) depends[static_cast<size_t>(variable)] = cone[static_cast<size_t>(variable)];
  }
  Spread(graph, cone, depends);
  return depends;
}

Shape ExtraAxes(const Graph& graph, NodeId seed, NodeId node) {
  const Shape& full = graph.ShapeOf(seed);
  assert(full.size() >= graph.ShapeOf(node).size());
  return Shape(full.begin(), full.end() - static_cast<long>(graph.ShapeOf(node).size()));
}

Shape Joined(const Shape& extra, const Shape& shape) {
  Shape joined = extra;
  joined.insert(joined.end(), shape.begin(), shape.end());
  return joined;
}

void Accumulate(Builder& builder, NodeId& sum, NodeId part) {
  if (builder.IsZero(part)) return;
  sum = sum == ir::kNoNode ? part : builder.Call(ScalarFn::Add, {sum, part});
}

bool SameNodeBefore(const Definition& definition, size_t arg) {
  for (size_t other = 0; other < arg; ++other) {
    if (Differentiable(definition, other) && definition.args[other].node == definition.args[arg].node) return true;
  }
  return false;
}

// From values back to what they are made of: each node's adjoint is complete before its operands get their shares.
class Reverse {
 public:
  // `between`: the nodes that lead from a variable to a value.
  Reverse(Builder& builder, std::vector<bool> between, Shape extra)
      : builder_(builder), graph_(builder.graph()), between_(std::move(between)), extra_(std::move(extra)), adjoints_(between_.size(), ir::kNoNode) {}

  void Seed(const Seeded& one) {
    if (IsBetween(one.value)) Add(one.value, one.seed);
  }
  void Run() {
    for (NodeId id = static_cast<NodeId>(adjoints_.size()) - 1; id >= 0; --id)
      if (const NodeId g = adjoints_[static_cast<size_t>(id)]; g != ir::kNoNode) (this->*RuleOf(graph_[id]).adjoints)(id, g);
  }
  NodeId operator[](NodeId id) const { return static_cast<size_t>(id) < adjoints_.size() ? adjoints_[static_cast<size_t>(id)] : ir::kNoNode; }

  void Ends(NodeId, NodeId) {}

  void OfComp(NodeId id, NodeId g) {
    const Definition definition = Define(graph_[id].comp());
    builder_.SetSpan(graph_[id].span);
    for (size_t arg = 0; arg < definition.args.size(); ++arg) {
      const NodeId operand = definition.args[arg].node;
      if (!Differentiable(definition, arg) || !IsBetween(operand) || SameNodeBefore(definition, arg)) continue;
      NodeId sum = ir::kNoNode;  // over all arguments that read this node, so that x * x gives 2 x
      for (size_t other = arg; other < definition.args.size(); ++other) {
        if (!Differentiable(definition, other) || definition.args[other].node != operand) continue;
        Accumulate(builder_, sum, NodeDerivative(builder_, id, definition, extra_).Adjoint(other, g));
      }
      if (sum != ir::kNoNode) Add(operand, sum);
    }
  }

  // The scan itself comes later, when all its parts are known.
  void OfPart(NodeId id, NodeId g) {
    const ir::Part part = graph_[id].part();
    adjoints_[static_cast<size_t>(part.scan)] = g;
    parts_[part.scan][part.output] = g;
  }

  void OfScan(NodeId id, NodeId) {
    const std::vector<NodeId> operands = graph_[id].scan().operands;
    std::vector<bool> wanted;
    for (NodeId operand : operands) wanted.push_back(IsBetween(operand));
    const std::vector<NodeId> sums = ScanAdjoint(builder_, id, parts_.at(id), wanted, extra_);
    for (size_t i = 0; i < operands.size(); ++i)
      if (sums[i] != ir::kNoNode) Add(operands[i], sums[i]);
  }

 private:
  bool IsBetween(NodeId id) const { return between_[static_cast<size_t>(id)]; }
  void Add(NodeId id, NodeId share) { Accumulate(builder_, adjoints_[static_cast<size_t>(id)], share); }

  Builder& builder_;
  const Graph& graph_;
  const std::vector<bool> between_;
  const Shape extra_;
  std::vector<NodeId> adjoints_;
  std::map<NodeId, std::map<int, NodeId>> parts_;  // adjoints of a scan's outputs
};

// From variables to a value.
class Forward {
 public:
  Forward(Builder& builder, std::vector<bool> between, Shape extra)
      : builder_(builder), graph_(builder.graph()), between_(std::move(between)), extra_(std::move(extra)), tangents_(between_.size(), ir::kNoNode) {}

  void Run(std::span<const Seeded> variables) {
    std::vector<bool> visited = between_;
    for (const Seeded& one : variables) {
      if (static_cast<size_t>(one.value) >= between_.size() || !between_[static_cast<size_t>(one.value)]) continue;
      tangents_[static_cast<size_t>(one.value)] = one.seed;
      visited[static_cast<size_t>(one.value)] = false;
    }
    for (NodeId id = 0; id < static_cast<NodeId>(visited.size()); ++id) {
      if (!visited[static_cast<size_t>(id)]) continue;
      builder_.SetSpan(graph_[id].span);
      (this->*RuleOf(graph_[id]).tangent)(id);
    }
  }
  NodeId operator[](NodeId id) const { return tangents_[static_cast<size_t>(id)]; }

  void Ends(NodeId) {}

  void OfComp(NodeId id) {
    const Definition definition = Define(graph_[id].comp());
    for (size_t arg = 0; arg < definition.args.size(); ++arg) {
      if (!Differentiable(definition, arg)) continue;
      const NodeId moved = (*this)[definition.args[arg].node];
      if (moved == ir::kNoNode) continue;
      Accumulate(builder_, tangents_[static_cast<size_t>(id)], NodeDerivative(builder_, id, definition, extra_).Tangent(arg, moved));
    }
  }

  void OfScan(NodeId id) {
    std::vector<NodeId> moved;
    for (NodeId operand : graph_[id].scan().operands) moved.push_back((*this)[operand]);
    parts_[id] = ScanTangent(builder_, id, moved, extra_);
  }

  void OfPart(NodeId id) {
    const ir::Part& part = graph_[id].part();
    tangents_[static_cast<size_t>(id)] = parts_.at(part.scan)[static_cast<size_t>(part.output)];
  }

 private:
  Builder& builder_;
  const Graph& graph_;
  const std::vector<bool> between_;
  const Shape extra_;
  std::vector<NodeId> tangents_;
  std::map<NodeId, std::vector<NodeId>> parts_;  // tangents of a scan's outputs
};

// The axis of `operand` that index `point` runs along, if it does so alone and once.
std::optional<int> PointAxis(const Operand& operand, int point) {
  if (std::count(operand.indices.begin(), operand.indices.end(), point) != 1) return std::nullopt;
  return static_cast<int>(std::find(operand.indices.begin(), operand.indices.end(), point) - operand.indices.begin());
}

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
      const int axis = axis_[static_cast<size_t>(id)];
      if (!between_[static_cast<size_t>(id)]) continue;
      if (!(this->*RuleOf(graph_[id]).axes)(id, axis < 0 ? std::nullopt : std::optional(axis))) return false;
    }
    return true;
  }
  NodeId Culprit() const { return culprit_; }

  bool Ends(NodeId, std::optional<int>) { return true; }

  bool OfComp(NodeId id, std::optional<int> axis) {
    if (!axis) return true;
    const int point = *axis;
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

  bool OfPart(NodeId id, std::optional<int> axis) {
    if (!axis) return true;
    if (*axis == 0) return Mixes(id);
    const ir::Part& part = graph_[id].part();
    parts_[part.scan][part.output] = *axis - 1;
    return true;
  }

  // In the body, states lead back to the turn before until nothing new is found.
  bool OfScan(NodeId id, std::optional<int>) {
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

 private:
  bool Mixes(NodeId node) {
    culprit_ = node;
    return false;
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

  const Graph& graph_;
  const std::vector<bool> between_;  // leads from a variable to a value
  std::vector<int> axis_;
  std::map<NodeId, std::map<int, int>> parts_;
  NodeId culprit_ = ir::kNoNode;
};

const Rule& RuleOf(const Node& node) {
  static constexpr Rule kEnd{NeverDepends, &Reverse::Ends, &Forward::Ends, &AxisTrail::Ends};
  static constexpr Rule kComp{CompDepends, &Reverse::OfComp, &Forward::OfComp, &AxisTrail::OfComp};
  static constexpr Rule kScan{ScanDepends, &Reverse::OfScan, &Forward::OfScan, &AxisTrail::OfScan};
  static constexpr Rule kPart{PartDepends, &Reverse::OfPart, &Forward::OfPart, &AxisTrail::OfPart};
  switch (node.op()) {
    case Node::Op::Comp: return kComp;
    case Node::Op::Scan: return kScan;
    case Node::Op::Part: return kPart;
    case Node::Op::Input:
    case Node::Op::Random:
    case Node::Op::Derivative: return kEnd;
  }
  return kEnd;
}

}  // namespace

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
  Reverse adjoints(builder, std::move(between), extra);
  for (const Seeded& one : values) adjoints.Seed(one);
  adjoints.Run();
  std::vector<NodeId> results;
  for (NodeId x : wrt) results.push_back(adjoints[x] != ir::kNoNode ? adjoints[x] : builder.Zeros(Joined(extra, graph.ShapeOf(x))));
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
  Forward tangents(builder, Between(graph, y, variables), extra);
  tangents.Run(moved_variables);
  return tangents[y] != ir::kNoNode ? tangents[y] : builder.Zeros(Joined(extra, graph.ShapeOf(y)));
}

bool DependsOn(const Graph& graph, NodeId y, NodeId x) {
  const NodeId variables[1] = {x};
  return Between(graph, y, variables)[static_cast<size_t>(y)];
}

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
