// For each node of a graph, which of its inputs of one role it is made of: data columns, or what preparations fit.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "compiler/ir/graph.h"

namespace nnc::sema {

// Sets of bits, equal ones kept once, found in one pass.
class ColumnsBehind {
 public:
  explicit ColumnsBehind(const ir::Graph& graph, ir::Role role = ir::Role::Column);

  size_t SetOf(ir::NodeId node) const { return of_[static_cast<size_t>(node)]; }
  std::set<ir::NodeId> Columns(size_t set) const;

 private:
  using Bits = std::vector<uint64_t>;
  size_t Number(const Bits& bits);
  size_t Union(size_t a, size_t b);

  std::vector<ir::NodeId> columns_;
  std::map<Bits, size_t> numbers_;
  std::vector<const Bits*> sets_;  // by number; the first is empty
  std::map<std::pair<size_t, size_t>, size_t> unions_;
  std::vector<size_t> of_;
};

}  // namespace nnc::sema
