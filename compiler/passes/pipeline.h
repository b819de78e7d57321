// The passes in order, on one page: from the graph as elaborated, derivatives included, to the graph that is scheduled.
#pragma once
#include <functional>
#include <string_view>

#include "compiler/ir/graph.h"

namespace nnc::passes {

struct PipelineOptions {
  bool verify = true;  // check every invariant after each pass; a violation aborts with the pass's name
  // Called after each pass with its name, its result and the seconds it took.
  std::function<void(std::string_view pass, const ir::Graph& graph, double seconds)> after;
};

// A graph with nodes in fused form, as a text may hold them, is scheduled as it stands: only what nothing needs is dropped.
ir::Graph Optimize(const ir::Graph& graph, const PipelineOptions& options = {});

}  // namespace nnc::passes
