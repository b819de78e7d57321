// Graph in normal form to plan: solve relations into loops, fuse, order, place buffers.
#pragma once
#include <map>
#include <string>

#include "compiler/ir/graph.h"
#include "compiler/schedule/plan.h"

namespace nnc::schedule {

struct Options {
  std::map<std::string, int64_t> capacities;  // largest value of every symbol of the graph
  size_t shortest_list = 64;                  // items of a list that is computed item by item (split_lists.h)
};

Plan Schedule(const ir::Graph& graph, const Options& options);

std::string Print(const Plan& plan);
// Every invariant of plan.h; "" if it holds.
std::string Verify(const Plan& plan);

}  // namespace nnc::schedule
