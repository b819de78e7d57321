#include "compiler/ir/walk.h"

namespace nnc::ir {

// `node` is a node, constant or not.
template <class AnyNode, class Visit>
static void VisitOperands(AnyNode& node, Visit visit) {
  switch (node.op()) {
    case Node::Op::Input:
    case Node::Op::Random: return;
    case Node::Op::Derivative:
      visit(std::get<Derivative>(node.content).y);
      visit(std::get<Derivative>(node.content).x);
      visit(std::get<Derivative>(node.content).direction);
      return;
    case Node::Op::Comp:
      for (auto& access : node.comp().accesses) visit(access.operand);
      return;
    case Node::Op::Scan:
      for (auto& operand : std::get<Scan>(node.content).operands) visit(operand);
      return;
    case Node::Op::Part: visit(std::get<Part>(node.content).scan); return;
  }
}

template <class Visit>
static void VisitSizesOfScan(const Scan& scan, Visit visit) {
  visit(scan.count);
  for (const Node& node : scan.body->nodes) ForEachSize(node, visit);
}

template <class Visit>
static void VisitSizesOfScan(Scan& scan, Visit visit) {
  visit(scan.count);
  auto body = std::make_shared<Graph>(*scan.body);
  for (Node& node : body->nodes) ForEachSize(node, visit);
  scan.body = std::move(body);
}

template <class AnyNode, class Visit>
static void VisitSizes(AnyNode& node, Visit visit) {
  for (auto& size : node.shape) visit(size);
  switch (node.op()) {
    case Node::Op::Input:
    case Node::Op::Random:
    case Node::Op::Derivative:
    case Node::Op::Part: return;
    case Node::Op::Scan: VisitSizesOfScan(std::get<Scan>(node.content), visit); return;
    case Node::Op::Comp: break;
  }
  auto& comp = node.comp();
  for (auto& extent : comp.extents) visit(extent);
  for (auto& relation : comp.relations) visit(relation.constant);
  for (auto& access : comp.accesses)
    for (auto& subscript : access.subscripts) visit(subscript.constant);
  for (auto& step : comp.body)
    if (step.kind == Scalar::Kind::Extent) visit(step.extent);
}

std::vector<NodeId> Operands(const Node& node) {
  std::vector<NodeId> operands;
  VisitOperands(node, [&](NodeId operand) { operands.push_back(operand); });
  return operands;
}

void RenameOperands(Node& node, const std::function<NodeId(NodeId)>& renamed) {
  VisitOperands(node, [&](NodeId& operand) { operand = renamed(operand); });
}

void ForEachSize(const Node& node, const std::function<void(const Dim&)>& visit) { VisitSizes(node, visit); }
void ForEachSize(Node& node, const std::function<void(Dim&)>& visit) { VisitSizes(node, visit); }

std::set<std::string> SymbolsOf(const Graph& graph) {
  std::set<std::string> symbols;
  for (const Node& node : graph.nodes)
    ForEachSize(node, [&](const Dim& size) {
      for (std::string& name : size.Symbols()) symbols.insert(std::move(name));
    });
  return symbols;
}

NodeId BehindNames(const Graph& graph, NodeId node) {
  while (graph[node].variable != 0) node = graph[node].comp().accesses[0].operand;
  return node;
}

// Nodes are numbered in topological order, so one pass from the end marks everything that is needed.
std::vector<bool> Needed(const Graph& graph, const std::vector<NodeId>& roots) {
  std::vector<bool> needed(graph.nodes.size());
  for (NodeId root : roots) needed[static_cast<size_t>(root)] = true;
  for (size_t id = graph.nodes.size(); id-- > 0;)
    if (needed[id]) VisitOperands(graph.nodes[id], [&](NodeId operand) { needed[static_cast<size_t>(operand)] = true; });
  return needed;
}

void ForEachNeeded(const Graph& graph, NodeId root, const std::function<void(const Node&)>& visit) {
  std::vector<NodeId> stack{root};
  std::set<NodeId> seen;
  while (!stack.empty()) {
    const NodeId id = stack.back();
    stack.pop_back();
    if (!seen.insert(id).second) continue;
    visit(graph[id]);
    VisitOperands(graph[id], [&](NodeId operand) { stack.push_back(operand); });
  }
}

Graph Restricted(const Graph& graph, std::vector<Output> outputs, UnusedInputs unused) {
  std::vector<NodeId> roots;
  for (const Output& output : outputs) {
    roots.push_back(output.node);
    if (output.updates != kNoNode) roots.push_back(output.updates);
  }
  if (unused == UnusedInputs::Keep) roots.insert(roots.end(), graph.inputs.begin(), graph.inputs.end());
  const std::vector<bool> needed = Needed(graph, roots);
  std::vector<NodeId> place(graph.nodes.size(), kNoNode);
  const auto renamed = [&](NodeId id) { return id == kNoNode ? kNoNode : place[static_cast<size_t>(id)]; };
  Graph restricted;
  restricted.name = graph.name;
  for (size_t id = 0; id < graph.nodes.size(); ++id) {
    if (!needed[id]) continue;
    place[id] = static_cast<NodeId>(restricted.nodes.size());
    restricted.nodes.push_back(graph.nodes[id]);
    RenameOperands(restricted.nodes.back(), renamed);
  }
  for (NodeId input : graph.inputs)
    if (needed[static_cast<size_t>(input)]) restricted.inputs.push_back(renamed(input));
  for (Output& output : outputs) restricted.outputs.push_back({std::move(output.name), renamed(output.node), renamed(output.updates)});
  return restricted;
}

}  // namespace nnc::ir
