// The value of one comprehension, by enumeration of its points.
#pragma once
#include <vector>

#include "compiler/reference/evaluate.h"

namespace nnc::reference {

// `values` holds the operands' tensors by node; `size` gives the number of an extent.
Tensor EvaluateComp(const ir::Comp& comp, const std::vector<Tensor>& values, const std::function<int64_t(const ir::Dim&)>& size);

// Stops the program with a message: the graph or the context breaks its contract.
[[noreturn]] void Fail(const std::string& message);

}  // namespace nnc::reference
