// The reference evaluator: double precision, straight from the definition of graph.h, slow and obvious. The oracle of all tests.
// It enumerates points and tests relations; it shares no rule with the passes or the code generator.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"

namespace nnc::reference {

struct Tensor {
  std::vector<int64_t> shape;
  std::vector<double> values;  // row-major
};

struct Context {
  std::map<std::string, Tensor> inputs;       // by name
  std::map<std::string, int64_t> extents;     // by symbol
  uint64_t seed = 0;
  int64_t step = 1;
  std::vector<int64_t> rows;  // event numbers for per-row draws; empty: 0, 1, ...
};

// Values of all outputs in order. Asserts that the context binds every input with the right shape.
std::vector<Tensor> Evaluate(const ir::Graph& graph, const Context& context);
// The value of one node.
Tensor EvaluateNode(const ir::Graph& graph, ir::NodeId node, const Context& context);

}  // namespace nnc::reference
