// A graph through the schedule and the JIT on the inputs of a reference context.
#pragma once
#include <string>
#include <vector>

#include "compiler/codegen/codegen.h"
#include "compiler/reference/evaluate.h"

namespace nnc::test {

// Values of the graph's outputs in order. Every symbol's capacity is its value plus `room`. Data columns are handed over in
// chunks of four rows, and rows in the order of the context, if it names them.
std::vector<reference::Tensor> RunCompiled(const ir::Graph& graph, const reference::Context& context, codegen::Options options,
                                           int64_t room = 0);

// The largest difference from the reference evaluator in units of `1 + |value|`; infinite if shapes or infinities differ.
double LargestDifference(const std::vector<reference::Tensor>& expected, const std::vector<reference::Tensor>& found);

}  // namespace nnc::test
