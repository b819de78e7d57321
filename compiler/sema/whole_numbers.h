// What is known of a value that is to be a subscript: whether it is always a whole number, and from where to where it goes.
#pragma once
#include <map>
#include <optional>
#include <set>

#include "compiler/ir/graph.h"

namespace nnc::sema {

struct WholeRange {
  bool whole = false;                 // never has a fraction
  std::optional<ir::Dim> low, high;   // nothing where no bound is known; bounds hold for fractions, too
};

// Of all elements of the node; `below` are nodes that are declared to be whole numbers from 0 to below a size (`index{V}`), `looked_up` sums of
// which one term at most is not 0.
WholeRange RangeOf(const ir::Graph& graph, ir::NodeId node, const std::map<ir::NodeId, ir::Dim>& below, const std::set<ir::NodeId>& looked_up);

}  // namespace nnc::sema
