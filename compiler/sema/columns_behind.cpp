#include "compiler/sema/columns_behind.h"

#include "compiler/ir/walk.h"

namespace nnc::sema {

using ir::NodeId;

ColumnsBehind::ColumnsBehind(const ir::Graph& graph, ir::Role role) : of_(graph.nodes.size(), 0) {
  for (size_t id = 0; id < of_.size(); ++id)
    if (graph.nodes[id].op() == ir::Node::Op::Input && graph.nodes[id].input().role == role) columns_.push_back(static_cast<NodeId>(id));
  const Bits none((columns_.size() + 63) / 64, 0);
  Number(none);
  for (size_t column = 0; column < columns_.size(); ++column) {
    Bits one = none;
    one[column / 64] = uint64_t{1} << (column % 64);
    of_[static_cast<size_t>(columns_[column])] = Number(one);
  }
  for (size_t id = 0; id < of_.size(); ++id)
    for (NodeId operand : ir::Operands(graph.nodes[id])) of_[id] = Union(of_[id], of_[static_cast<size_t>(operand)]);
}

std::set<NodeId> ColumnsBehind::Columns(size_t set) const {
  std::set<NodeId> columns;
  for (size_t column = 0; column < columns_.size(); ++column)
    if ((sets_[set]->at(column / 64) >> (column % 64)) & 1) columns.insert(columns_[column]);
  return columns;
}

size_t ColumnsBehind::Number(const Bits& bits) {
  auto [at, fresh] = numbers_.emplace(bits, sets_.size());
  if (fresh) sets_.push_back(&at->first);
  return at->second;
}

size_t ColumnsBehind::Union(size_t a, size_t b) {
  if (a == b || b == 0) return a;
  if (a == 0) return b;
  auto known = unions_.find({a, b});
  if (known != unions_.end()) return known->second;
  Bits both = *sets_[a];
  for (size_t i = 0; i < both.size(); ++i) both[i] |= sets_[b]->at(i);
  return unions_[{a, b}] = Number(both);
}

}  // namespace nnc::sema
