// Copies an operand of a contraction into dense scratch, through whatever subscripts and guards it is read with: a transpose, a
// strided or padded window, a conversion.
#pragma once
#include "compiler/codegen/point.h"

namespace nnc::codegen {

struct PackLoop {
  int loop;                       // of the nest
  llvm::Value* start = nullptr;   // first index, null: 0
  llvm::Value* count = nullptr;   // how many
  bool is_constant = false;       // `count` is the loop's constant extent
  int64_t stride = 0;             // in the copy, in elements
};

// Copies `access` at every point of `loops` (outermost first) inside `point` to `target`.
void EmitPack(KernelCode& kernel, const Point& point, const MemoryAccess& access, const std::vector<PackLoop>& loops,
              llvm::Value* target);

// target[c * target_stride + r] = source[r * source_stride + c].
void EmitTranspose(Code& code, llvm::Value* source, int64_t source_stride, llvm::Value* rows, llvm::Value* columns,
                   llvm::Value* target, int64_t target_stride);

}  // namespace nnc::codegen
