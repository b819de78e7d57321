#include "compiler/driver/slice.h"

namespace nnc::driver {

std::set<std::string> OutputNames(const ir::Graph& graph) {
  std::set<std::string> names;
  for (const ir::Output& output : graph.outputs) names.insert(output.name);
  return names;
}

const ir::Output* FindOutput(const ir::Graph& graph, const std::string& name) {
  for (const ir::Output& output : graph.outputs)
    if (output.name == name) return &output;
  return nullptr;
}

std::set<std::string> SymbolsOf(const ir::Graph& graph) {
  std::set<std::string> symbols;
  auto add = [&](const ir::Dim& dim) {
    for (std::string& name : dim.Symbols()) symbols.insert(std::move(name));
  };
  for (const ir::Node& node : graph.nodes) {
    for (const ir::Dim& dim : node.shape) add(dim);
    for (const ir::Dim& dim : node.comp.extents) add(dim);
    for (const ir::Affine& relation : node.comp.relations) add(relation.constant);
    for (const ir::Access& access : node.comp.accesses)
      for (const ir::Affine& subscript : access.subscripts) add(subscript.constant);
    for (const ir::Scalar& step : node.comp.body)
      if (step.kind == ir::Scalar::Kind::Extent) add(step.extent);
  }
  return symbols;
}

// Nodes are numbered in topological order, so one pass from the end marks everything that is needed.
static std::vector<bool> Needed(const ir::Graph& graph, const std::vector<ir::Output>& outputs) {
  std::vector<bool> needed(graph.nodes.size());
  for (const ir::Output& output : outputs) {
    needed[static_cast<size_t>(output.node)] = true;
    if (output.updates != ir::kNoNode) needed[static_cast<size_t>(output.updates)] = true;
  }
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    if (!needed[i]) continue;
    for (ir::NodeId operand : ir::Operands(graph.nodes[i])) needed[static_cast<size_t>(operand)] = true;
  }
  return needed;
}

ir::Graph Slice(const ir::Graph& graph, const std::set<std::string>& outputs) {
  ir::Graph slice;
  slice.name = graph.name;
  for (const ir::Output& output : graph.outputs)
    if (outputs.count(output.name) != 0) slice.outputs.push_back(output);
  std::vector<bool> needed = Needed(graph, slice.outputs);
  std::vector<ir::NodeId> renumbered(graph.nodes.size(), ir::kNoNode);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!needed[i]) continue;
    renumbered[i] = static_cast<ir::NodeId>(slice.nodes.size());
    slice.nodes.push_back(graph.nodes[i]);
    for (ir::Access& access : slice.nodes.back().comp.accesses)
      access.operand = renumbered[static_cast<size_t>(access.operand)];
  }
  for (ir::NodeId input : graph.inputs)
    if (needed[static_cast<size_t>(input)]) slice.inputs.push_back(renumbered[static_cast<size_t>(input)]);
  for (ir::Output& output : slice.outputs) {
    output.node = renumbered[static_cast<size_t>(output.node)];
    if (output.updates != ir::kNoNode) output.updates = renumbered[static_cast<size_t>(output.updates)];
  }
  return slice;
}

}  // namespace nnc::driver
