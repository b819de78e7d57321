// The checks behind Verify, with the node at fault, so that the reader can show its place.
#pragma once
#include <optional>
#include <string>

#include "compiler/ir/graph.h"

namespace nnc::ir {

struct Violation {
  NodeId node = kNoNode;  // or none: the graph's signature
  std::string what;
};

std::optional<Violation> FindViolation(const Graph& graph, bool normal_form);

// Of one comprehension at place `id`; "" if nothing is wrong.
std::string CheckComp(const Graph& graph, NodeId id, bool normal_form);

}  // namespace nnc::ir
