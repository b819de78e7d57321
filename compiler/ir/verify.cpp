// The invariants of graph.h, checked after reading and after every pass.
#include "compiler/ir/verify.h"

#include <algorithm>
#include <bit>
#include <set>
#include <unordered_map>

#include "compiler/ir/text.h"
#include "compiler/ir/walk.h"

namespace nnc::ir {

static std::string NodeName(NodeId id) { return "%" + std::to_string(id); }

static std::string CheckShape(const Shape& shape) {
  for (const Dim& size : shape) {
    if ((-size).ProvablyPositive()) return "the size " + size.ToString() + " is negative";
  }
  return "";
}

static std::string CheckInput(const Node& node) {
  if (node.input().name.empty()) return "an input has no name";
  if (node.input().role == Role::Column && node.shape.empty()) return "a column has no axis of events";
  if (node.input().role == Role::Step && !node.shape.empty()) return "the number of the step is not a scalar";
  return CheckShape(node.shape);
}

static std::string CheckRandom(const Node& node) {
  if (node.random().word > 3) return "a block of random numbers has four words";
  if (node.random().per_row && node.shape.empty()) return "a draw per row has no axis of rows";
  return CheckShape(node.shape);
}

// Cheap: only what makes most different nodes differ.
static size_t HashOf(const Node& node) {
  size_t hash = static_cast<size_t>(node.op());
  auto mix = [&hash](size_t value) { hash = (hash ^ value) * 0x9e3779b97f4a7c15ull + (hash >> 31); };
  for (const Dim& size : node.shape) mix(size.Hash());
  if (node.op() == Node::Op::Random) mix(node.random().place);
  const Comp* comp = node.if_comp();
  if (comp == nullptr) return hash;
  mix(static_cast<size_t>(comp->monoid));
  for (const Access& access : comp->accesses) mix(static_cast<size_t>(access.operand));
  for (const Scalar& step : comp->body) {
    mix(static_cast<size_t>(step.fn) + 64 * static_cast<size_t>(step.kind));
    mix(std::bit_cast<uint64_t>(step.literal));
  }
  return hash;
}

static std::optional<Violation> FindDuplicate(const Graph& graph) {
  std::unordered_multimap<size_t, NodeId> seen;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    if (graph.nodes[n].op() == Node::Op::Input) continue;  // told apart by their names
    const size_t hash = HashOf(graph.nodes[n]);
    auto [begin, end] = seen.equal_range(hash);
    for (auto candidate = begin; candidate != end; ++candidate) {
      if (SameNode(graph.nodes[n], graph[candidate->second])) {
        return Violation{static_cast<NodeId>(n), "the node equals " + NodeName(candidate->second)};
      }
    }
    seen.emplace(hash, static_cast<NodeId>(n));
  }
  return std::nullopt;
}

static bool IsInput(const Graph& graph, NodeId id) {
  return id >= 0 && static_cast<size_t>(id) < graph.nodes.size() && graph[id].op() == Node::Op::Input;
}

static std::optional<Violation> FindInSignature(const Graph& graph) {
  std::set<NodeId> listed;
  std::set<std::string> names;
  for (NodeId id : graph.inputs) {
    if (!IsInput(graph, id)) return Violation{kNoNode, NodeName(id) + " stands in the signature and is no input"};
    if (!listed.insert(id).second) return Violation{id, "the input stands in the signature twice"};
    if (!names.insert(graph[id].input().name).second) return Violation{id, "two inputs are called \"" + graph[id].input().name + "\""};
  }
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const NodeId id = static_cast<NodeId>(n);
    if (graph[id].op() == Node::Op::Input && !listed.count(id)) return Violation{id, "the input is missing in the signature"};
  }
  return std::nullopt;
}

static std::optional<Violation> FindInOutputs(const Graph& graph) {
  std::set<std::string> names, inputs;
  for (NodeId id : graph.inputs) inputs.insert(graph[id].input().name);
  std::set<NodeId> updated;
  for (const Output& output : graph.outputs) {
    const std::string title = "output \"" + output.name + "\" ";
    if (output.node < 0 || static_cast<size_t>(output.node) >= graph.nodes.size()) {
      return Violation{kNoNode, title + "refers to " + NodeName(output.node) + ", which does not exist"};
    }
    if (graph[output.node].op() == Node::Op::Scan) return Violation{output.node, title + "is a scan, and not a part of it"};
    if (!names.insert(output.name).second) return Violation{output.node, title + "stands twice"};
    if (output.updates == kNoNode) {
      if (inputs.count(output.name)) return Violation{output.node, title + "has the name of an input, which it does not update"};
      continue;
    }
    if (!IsInput(graph, output.updates)) return Violation{output.node, title + "updates something that is no input"};
    if (!updated.insert(output.updates).second) return Violation{output.node, title + "updates an input that another output updates"};
    if (!(graph.ShapeOf(output.node) == graph.ShapeOf(output.updates))) {
      return Violation{output.node, title + "has shape " + ToString(graph.ShapeOf(output.node)) + " and updates an input of shape " +
                                        ToString(graph.ShapeOf(output.updates))};
    }
  }
  return std::nullopt;
}

// The operand's shape as the body's input has it; nothing if the operand lacks the turns.
static std::optional<Shape> ShapeInBody(const Scan& scan, const Input& input, const Shape& operand) {
  if (input.role != Role::Slice) return operand;
  if (operand.empty() || !(operand[0] == scan.count)) return std::nullopt;
  return Shape(operand.begin() + 1, operand.end());
}

static bool OfBody(Role role) { return role == Role::Carried || role == Role::Slice || role == Role::Shared; }

static std::optional<Violation> FindInGraph(const Graph& graph, bool normal_form);

static std::string CheckScan(const Graph& graph, const Scan& scan, bool normal_form) {
  const Graph& body = *scan.body;
  if ((-scan.count).ProvablyPositive()) return "the number of turns is negative";
  if (scan.operands.size() != body.inputs.size()) return "the scan has not one operand for each input of its body";
  size_t carried = 0;
  for (size_t i = 0; i < body.inputs.size(); ++i) {
    const Node& input = body[body.inputs[i]];
    const std::string name = "input \"" + input.input().name + "\" of the body ";
    if (!OfBody(input.input().role)) return name + "is neither carried, slice nor shared";
    carried += input.input().role == Role::Carried;
    const Node& operand = graph[scan.operands[i]];
    const std::optional<Shape> shape = ShapeInBody(scan, input.input(), operand.shape);
    if (!shape || !(*shape == input.shape)) return name + "has shape " + ToString(input.shape) + ", and its operand " + ToString(operand.shape);
  }
  for (const Node& node : body.nodes)
    if (node.op() == Node::Op::Random) return "the body draws random numbers: draws stand outside and are sliced";
  size_t updated = 0;
  for (const Output& output : body.outputs) {
    if (output.updates == kNoNode) continue;
    if (body[output.updates].op() != Node::Op::Input || body[output.updates].input().role != Role::Carried) return "output \"" + output.name + "\" of the body updates something that is not carried";
    ++updated;
  }
  if (updated != carried) return "a state of the body is not updated";
  const std::optional<Violation> inside = FindInGraph(body, normal_form);
  if (!inside) return "";
  return "in the body" + (inside->node == kNoNode ? "" : ", " + NodeName(inside->node)) + ": " + inside->what;
}

static std::string CheckPart(const Graph& graph, const Node& node) {
  const Part& part = node.part();
  if (graph[part.scan].op() != Node::Op::Scan) return "a part of something that is no scan";
  const Scan& scan = graph[part.scan].scan();
  if (part.output < 0 || static_cast<size_t>(part.output) >= scan.body->outputs.size()) return "the scan has no such part";
  if (!(node.shape == ShapeOfPart(scan, part.output))) return "the shape of the part is another";
  return "";
}

static std::string CheckNode(const Graph& graph, NodeId id, bool normal_form) {
  const Node& node = graph[id];
  for (NodeId operand : Operands(node)) {
    if (operand < 0 || operand >= id) return "the operand " + NodeName(operand) + " is not defined above";
    if (graph[operand].op() == Node::Op::Scan && node.op() != Node::Op::Part) return "it reads a scan, and not a part of it";
  }
  switch (node.op()) {
    case Node::Op::Input: return CheckInput(node);
    case Node::Op::Random: return CheckRandom(node);
    case Node::Op::Comp:
      if (normal_form && node.variable != 0) return "a variable is left";
      return CheckComp(graph, id, normal_form);
    case Node::Op::Derivative: return "a derivative is left";
    case Node::Op::Scan: return CheckScan(graph, node.scan(), normal_form);
    case Node::Op::Part: return CheckPart(graph, node);
  }
  return "";
}

static std::optional<Violation> FindInGraph(const Graph& graph, bool normal_form) {
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const NodeId id = static_cast<NodeId>(n);
    std::string what = CheckNode(graph, id, normal_form);
    if (!what.empty()) return Violation{id, std::move(what)};
  }
  if (std::optional<Violation> found = FindInSignature(graph)) return found;
  if (std::optional<Violation> found = FindInOutputs(graph)) return found;
  return normal_form ? FindDuplicate(graph) : std::nullopt;
}

std::optional<Violation> FindViolation(const Graph& graph, bool normal_form) {
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (node.op() == Node::Op::Input && OfBody(node.input().role)) return Violation{static_cast<NodeId>(n), std::string("the input is ") + Name(node.input().role) + ", and no scan is around it"};
  }
  return FindInGraph(graph, normal_form);
}

std::string Verify(const Graph& graph, bool normal_form) {
  std::optional<Violation> violation = FindViolation(graph, normal_form);
  if (!violation) return "";
  return violation->node == kNoNode ? violation->what : NodeName(violation->node) + ": " + violation->what;
}

}  // namespace nnc::ir
