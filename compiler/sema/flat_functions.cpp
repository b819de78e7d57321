#include "compiler/sema/flat_functions.h"

#include <vector>

#include "compiler/ir/walk.h"

namespace nnc::sema {

using ir::Comp;
using ir::Graph;
using ir::Monoid;
using ir::Node;
using ir::NodeId;
using ir::Scalar;
using ir::ScalarFn;

// Operators as they are written; functions have their names.
struct Written {
  ScalarFn fn;
  const char* text;
};
static constexpr Written kWritten[] = {
    {ScalarFn::Eq, "=="}, {ScalarFn::Ne, "!="},   {ScalarFn::Lt, "<"},   {ScalarFn::Le, "<="},         {ScalarFn::Gt, ">"},
    {ScalarFn::Ge, ">="}, {ScalarFn::And, "and"}, {ScalarFn::Or, "or"}, {ScalarFn::FloorDiv, "//"}, {ScalarFn::Stop, "constant"},
};

static std::string TextOf(ScalarFn fn) {
  for (const Written& row : kWritten)
    if (row.fn == fn) return row.text;
  return std::string(ir::Row(fn).name);
}

// Nodes that rest on one of the weights.
static std::vector<bool> Resting(const Graph& graph, const std::set<NodeId>& weights) {
  std::vector<bool> rests(graph.nodes.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    rests[i] = weights.count(static_cast<NodeId>(i)) != 0;
    for (NodeId operand : ir::Operands(graph.nodes[i])) rests[i] = rests[i] || rests[static_cast<size_t>(operand)];
  }
  return rests;
}

// The function of the body that has no derivative by an argument that rests on a weight; a choice is as flat as its condition.
static std::string FlatIn(const Comp& comp, const std::vector<bool>& rests) {
  if (ir::IsPlace(comp.monoid)) return std::string(ir::Row(comp.monoid).name);
  std::vector<bool> step_rests(comp.body.size(), false);
  for (size_t s = 0; s < comp.body.size(); ++s) {
    const Scalar& step = comp.body[s];
    if (step.kind == Scalar::Kind::Access) step_rests[s] = rests[static_cast<size_t>(comp.accesses[static_cast<size_t>(step.index)].operand)];
    if (step.kind != Scalar::Kind::Call) continue;
    for (int k = 0; k < ir::Row(step.fn).arity; ++k) {
      if (!step_rests[static_cast<size_t>(step.arguments[k])]) continue;
      step_rests[s] = true;
      if (ir::Row(step.fn).derivative[k].empty() && step.fn != ScalarFn::Select) return TextOf(step.fn);
    }
  }
  return "";
}

std::string FlatFunctionBefore(const Graph& graph, NodeId loss, const std::set<NodeId>& weights) {
  const std::vector<bool> rests = Resting(graph, weights);
  if (!rests[static_cast<size_t>(loss)]) return "";
  std::vector<NodeId> stack{loss};
  std::vector<bool> seen(graph.nodes.size(), false);
  while (!stack.empty()) {
    const NodeId id = stack.back();
    stack.pop_back();
    if (seen[static_cast<size_t>(id)] || !rests[static_cast<size_t>(id)]) continue;
    seen[static_cast<size_t>(id)] = true;
    const Node& node = graph[id];
    if (node.op() == Node::Op::Comp)
      if (std::string flat = FlatIn(node.comp(), rests); !flat.empty()) return flat;
    for (NodeId operand : ir::Operands(node)) stack.push_back(operand);
  }
  return "";
}

std::string FlatFunctionHelp(const std::string& function) {
  if (function == "constant") return "`constant` hides what stands in it from derivatives: leave it out";
  return "compare the answer itself with the truth, as in `bce(Net(x), y)` for a probability or `mse(Net(x), y)` for a number; how often it is right is a metric, `metric right = accuracy(Net(x), y)`";
}

}  // namespace nnc::sema
