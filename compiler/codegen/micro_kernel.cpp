// See micro_kernel.h.
#include "compiler/codegen/micro_kernel.h"

namespace nnc::codegen {
namespace {

// One step of the summed index, `ahead` steps after the pointers. The values of `state` are the accumulators.
void OneStep(Code& code, const MicroKernel& kernel, llvm::Value* row, llvm::Value* column, int64_t ahead, Code::Values& state) {
  Code::Values columns;
  for (int v = 0; v < kernel.vectors; ++v) {
    llvm::Value* address = code.Element(column, code.Int(ahead * kernel.column_k + v * kLanes));
    columns.push_back(code.Load(address, v + 1 == kernel.vectors ? kernel.lanes : nullptr));
  }
  for (int r = 0; r < kernel.rows; ++r) {
    llvm::Value* address = code.Element(row, code.Int(r * kernel.row_stride + ahead * kernel.row_k));
    llvm::Value* element = code.Splat(code.b.CreateAlignedLoad(code.f32, address, llvm::Align(4)));
    for (int v = 0; v < kernel.vectors; ++v) {
      llvm::Value*& sum = state[static_cast<size_t>(r * kernel.vectors + v)];
      sum = code.MulAdd(element, columns[static_cast<size_t>(v)], sum);
    }
  }
}

}  // namespace

Code::Values EmitMicroKernel(Code& code, const MicroKernel& kernel, const Code::Values& accumulators) {
  const size_t count = accumulators.size();
  // Accumulators, then the two pointers.
  Code::Values state = accumulators;
  state.push_back(kernel.row_base);
  state.push_back(kernel.column_base);
  auto steps = [&](int64_t unroll) {
    return [&, unroll](llvm::Value*, const Code::Values& carried) {
      Code::Values sums(carried.begin(), carried.begin() + static_cast<std::ptrdiff_t>(count));
      llvm::Value* row = carried[count];
      llvm::Value* column = carried[count + 1];
      for (int64_t ahead = 0; ahead < unroll; ++ahead) OneStep(code, kernel, row, column, ahead, sums);
      sums.push_back(code.Element(row, code.Int(unroll * kernel.row_k)));
      sums.push_back(code.Element(column, code.Int(unroll * kernel.column_k)));
      return sums;
    };
  };
  // Tiles of many accumulators hide the loop's own instructions; more of them only take longer to compile.
  int64_t unroll = count >= 16 ? 1 : count >= 12 ? 2 : 4;
  int64_t number = 0;
  if (IsConstant(kernel.summed, &number)) {
    if (number <= unroll) unroll = std::max<int64_t>(1, number);
    else if (unroll == 2 && number % 3 == 0 && number % 2 != 0) unroll = 3;
    const int64_t whole = number / unroll * unroll;
    state = code.Loop(code.Int(whole), unroll, state, steps(unroll));
    if (whole < number) state = steps(number - whole)(nullptr, state);
  } else {
    llvm::Value* whole = code.b.CreateAnd(kernel.summed, code.Int(-unroll));
    state = code.Loop(whole, unroll, state, steps(unroll));
    state = code.Loop(code.b.CreateSub(kernel.summed, whole), 1, state, steps(1));
  }
  state.resize(count);
  return state;
}

}  // namespace nnc::codegen
