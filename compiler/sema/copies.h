// What an access reads, seen through nodes that only copy: names, broadcasts, transposes, slices, axes of one element taken away.
#pragma once
#include <set>
#include <vector>

#include "compiler/ir/graph.h"

namespace nnc::sema {

struct Origin {
  ir::NodeId node = ir::kNoNode;  // the node that is read, no copy; none: the value of an index
  int index = -1;                 // then this one of the comprehension's
  // For each axis of the node: an index of the comprehension, or -1 - c for the constant subscript c, or kOther.
  static constexpr int kOther = 1 << 30;
  std::vector<int> subscripts;
};

// What a step of the comprehension's body stands for, if that is an access or an index. The nodes of `stops` are not seen through.
Origin OriginOf(const ir::Graph& graph, const ir::Comp& comp, const ir::Scalar& step, const std::set<ir::NodeId>& stops = {});

// A whole node seen through copies: index k of the subscripts is its axis k.
Origin OriginOfNode(const ir::Graph& graph, ir::NodeId node, const std::set<ir::NodeId>& stops = {});

}  // namespace nnc::sema
