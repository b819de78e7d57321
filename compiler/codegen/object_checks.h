// What an embedded object asks of its caller before it computes: pointers that are there, weights that are the model's, inputs that are
// numbers and classes. The functions are small, allocate nothing and call nothing.
#pragma once
#include "compiler/codegen/code.h"

namespace nnc::codegen {

inline constexpr int64_t kWeightsHeader = 8;  // bytes of the layout, before the values

// Makes PREFIX_check and PREFIX_error_text, and gives an internal `int (weights, input, output, n, workspace, fault)` that returns the
// status of the first thing at fault, of the first event: nothing is written but the fault. `values` floats follow the weights' layout.
llvm::Function* EmitObjectChecks(Code& code, const ObjectRequest& request, int64_t values);

}  // namespace nnc::codegen
