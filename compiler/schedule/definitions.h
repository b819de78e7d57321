// What each node of the graph is computed by: its kernels (over node ids, see solve_relations.h), or another node's memory.
#pragma once
#include <vector>

#include "compiler/schedule/solve_relations.h"

namespace nnc::schedule {

// Where the value of a node comes from.
enum class Origin : uint8_t {
  Number,   // the caller hands it over as a number
  Array,    // the caller hands it over, and kernels read it where it is
  Fetched,  // the caller has it, and a kernel brings it before others read it: columns, and elements that are no floats
  Drawn,    // a kernel draws it
  Kernels,  // computed by those that follow from its comprehension
  Turns,    // no value: a kernel that holds the plan of a body, and stores its parts
  Scan,     // stored by its scan
};
Origin OriginOf(const ir::Node& node);

struct Definitions {
  ir::Graph graph;  // copies stand behind those outputs that are no computed node; they follow the given graph's nodes
  std::vector<std::vector<Kernel>> kernels;  // by node; none for inputs, random numbers and views
  std::vector<ir::NodeId> views;  // by node: the node (never itself a view) whose elements in memory it is, or none

  // The node that holds the memory of `node`.
  ir::NodeId Base(ir::NodeId node) const {
    const ir::NodeId base = views[static_cast<size_t>(node)];
    return base == ir::kNoNode ? node : base;
  }
  // The node whose kernels store it: a part of a scan is stored by the scan.
  ir::NodeId Source(ir::NodeId node) const {
    const ir::NodeId base = Base(node);
    return OriginOf(graph[base]) == Origin::Scan ? graph[base].part().scan : base;
  }
  std::vector<Kernel>& operator[](ir::NodeId node) { return kernels[static_cast<size_t>(node)]; }
  const std::vector<Kernel>& operator[](ir::NodeId node) const { return kernels[static_cast<size_t>(node)]; }

  // Appends a copy of `node` to the graph.
  ir::NodeId AddCopy(ir::NodeId node);
};

Definitions Define(const ir::Graph& graph, const Capacities& capacities);

// Row-major strides of a shape at its largest.
std::vector<int64_t> Strides(const ir::Shape& shape, const Capacities& capacities);
// The address as one affine number of elements.
ir::Affine Linear(const Address& address, const std::vector<int64_t>& strides);

// One kernel that stores every element at the point of its own subscripts: each loop is the subscript of one axis, the other
// axes have one element. `axis_of` is the axis of each loop.
bool IsPointwise(const std::vector<Kernel>& kernels, std::vector<int>* axis_of = nullptr);
// Pointwise and only a read.
bool IsCopy(const std::vector<Kernel>& kernels);
bool HasCalls(const Kernel& kernel);

// Makes a contraction of a kernel that sums a product, if its loops have classes; swaps the operands if need be.
bool MakeContraction(Kernel& kernel, const ir::Graph& graph, const Capacities& capacities);

// Computes producers inside their readers: copies everywhere, elementwise nodes where that does not multiply work.
void InlineProducers(Definitions& definitions, const Capacities& capacities);

}  // namespace nnc::schedule
