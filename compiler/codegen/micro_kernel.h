// The register tile of a contraction: `rows` x `vectors` accumulators, each an ordered chain of fused multiply-adds over the
// summed index. One element of the rows' operand is broadcast to all lanes, the columns' operand is read sixteen at a time.
#pragma once
#include "compiler/codegen/code.h"

namespace nnc::codegen {

struct MicroKernel {
  int rows = 1;
  int vectors = 1;
  llvm::Value* row_base = nullptr;     // element (row 0, k 0)
  int64_t row_stride = 0, row_k = 0;   // in elements
  llvm::Value* column_base = nullptr;  // element (k 0, column 0); columns are contiguous
  int64_t column_k = 0;
  llvm::Value* summed = nullptr;       // how many k
  llvm::Value* lanes = nullptr;        // of the last vector of columns when it is read; null: all
};

// Continues the chains `accumulators` (row-major), and returns them.
Code::Values EmitMicroKernel(Code& code, const MicroKernel& kernel, const Code::Values& accumulators);

}  // namespace nnc::codegen
