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

ir::Graph Slice(const ir::Graph& graph, const std::set<std::string>& outputs) {
  std::vector<ir::Output> chosen;
  for (const ir::Output& output : graph.outputs)
    if (outputs.count(output.name) != 0) chosen.push_back(output);
  return ir::Restricted(graph, std::move(chosen), ir::UnusedInputs::Drop);
}

}  // namespace nnc::driver
