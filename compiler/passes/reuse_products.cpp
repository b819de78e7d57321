// sum of a * b, where the element-wise product is in the graph anyway, becomes the sum of the product: one addition an element
// instead of a multiply-add, and one tensor read instead of two. A bias gradient next to an input gradient is such a sum.
#include <algorithm>
#include <map>

#include "compiler/passes/definition.h"
#include "compiler/passes/passes.h"

namespace nnc::passes {

using ir::Comp;
using ir::Graph;
using ir::Node;
using ir::NodeId;
using ir::Operand;
using ir::Scalar;

// Extends `names` (product's output index -> index of the sum) so that `inside` read under it is `outside`.
static bool Match(const Operand& inside, const Operand& outside, std::vector<int>& names) {
  if (inside.kind != Scalar::Kind::Access || outside.kind != Scalar::Kind::Access || inside.node != outside.node) return false;
  for (size_t axis = 0; axis < inside.indices.size(); ++axis) {
    int& name = names[static_cast<size_t>(inside.indices[axis])];
    if (name >= 0 && name != outside.indices[axis]) return false;
    name = outside.indices[axis];
  }
  return true;
}

static bool MatchProduct(const Definition& product, const Definition& sum, bool swapped, std::vector<int>& names) {
  names.assign(static_cast<size_t>(product.rank), -1);
  return Match(product.args[0], sum.args[swapped ? 1 : 0], names) && Match(product.args[1], sum.args[swapped ? 0 : 1], names);
}

static void ReadProduct(Comp& comp, NodeId product, const std::vector<int>& names) {
  ir::Access access;
  access.operand = product;
  for (int name : names) access.subscripts.push_back(ir::Affine::Index(name));
  comp.accesses = {std::move(access)};
  Scalar leaf;
  leaf.kind = Scalar::Kind::Access;
  comp.body = {leaf};
}

Graph ReuseProducts(const Graph& graph) {
  Graph result = graph;
  std::multimap<std::pair<NodeId, NodeId>, NodeId> products;
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes.size()); ++id) {
    if (graph[id].op() != Node::Op::Comp) continue;
    const Comp& comp = graph[id].comp();
    if (comp.body.back().fn != ir::ScalarFn::Mul || comp.accesses.empty()) continue;
    const std::pair<NodeId, NodeId> operands{comp.accesses.front().operand, comp.accesses.back().operand};
    const ir::CompForm shape = ir::Classify(comp);
    if (shape == ir::CompForm::Elementwise) products.emplace(operands, id);
    if (shape != ir::CompForm::Contraction) continue;
    const Definition sum = Define(comp);
    std::vector<int> names;
    for (auto [at, end] = products.equal_range(operands); at != end; ++at) {
      const Definition product = Define(graph[at->second].comp());
      if (!MatchProduct(product, sum, false, names) && !MatchProduct(product, sum, true, names)) continue;
      Comp sum_of_product = comp;
      ReadProduct(sum_of_product, at->second, names);
      // Nodes stay unique: where the graph has this very sum beside the contraction, both stay.
      const bool known = std::any_of(result.nodes.begin(), result.nodes.end(), [&](const Node& node) { return node.op() == Node::Op::Comp && node.comp() == sum_of_product; });
      if (!known) result.nodes[static_cast<size_t>(id)].comp() = std::move(sum_of_product);
      break;
    }
  }
  return result;
}

}  // namespace nnc::passes
