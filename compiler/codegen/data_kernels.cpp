// Kernels that bring numbers in: rows gathered from data columns, and random draws.
#include "compiler/codegen/kernel_code.h"

namespace nnc::codegen {
namespace {

using schedule::Buffer;

int64_t ElementBytes(ir::DType dtype) { return dtype == ir::DType::U8 ? 1 : 4; }

// Row `row` of the call: its number in the source.
llvm::Value* RowNumber(KernelCode& kernel, llvm::Value* row) {
  Code& code = kernel.code;
  auto& b = code.b;
  // Where there is no list of rows the load reads a harmless word instead.
  llvm::Value* listed = b.CreateICmpNE(kernel.rows, llvm::ConstantPointerNull::get(code.ptr));
  llvm::Value* spare = code.Stack(2);
  llvm::Value* address = b.CreateSelect(listed, b.CreateGEP(code.i64, kernel.rows, row), spare);
  llvm::Value* number = b.CreateAlignedLoad(code.i64, address, llvm::Align(8));
  return b.CreateSelect(listed, number, b.CreateAdd(kernel.first_row, row));
}

// Address of a row: chunks[row >> log2] + (row & (2^log2 - 1)) * row_bytes.
llvm::Value* RowAddress(KernelCode& kernel, llvm::Value* column, llvm::Value* row, int64_t row_bytes) {
  Code& code = kernel.code;
  auto& b = code.b;
  llvm::Value* chunks = b.CreateAlignedLoad(code.ptr, column, llvm::Align(8));
  llvm::Value* log2 = b.CreateAlignedLoad(code.i64, b.CreateGEP(code.i64, column, code.Int(1)), llvm::Align(8));
  llvm::Value* chunk = b.CreateAlignedLoad(code.ptr, b.CreateGEP(code.ptr, chunks, b.CreateLShr(row, log2)), llvm::Align(8));
  llvm::Value* low = b.CreateSub(b.CreateShl(code.Int(1), log2), code.Int(1));
  return b.CreateGEP(b.getInt8Ty(), chunk, code.Mul(b.CreateAnd(row, low), row_bytes));
}

// Sixteen elements, or those of `lanes`, as floats.
llvm::Value* LoadElements(Code& code, llvm::Value* row, llvm::Value* index, ir::DType dtype, llvm::Value* lanes) {
  auto& b = code.b;
  llvm::Type* type = dtype == ir::DType::U8 ? b.getInt8Ty() : dtype == ir::DType::I32 ? b.getInt32Ty() : code.f32;
  llvm::Value* value = code.LoadOf(type, b.CreateGEP(type, row, index), llvm::Align(1), lanes);
  switch (dtype) {
    case ir::DType::F32: return value;
    case ir::DType::U8: return b.CreateUIToFP(value, code.vec);
    case ir::DType::I32: return b.CreateSIToFP(value, code.vec);
  }
  return value;
}

// The two halves of a product of 32-bit numbers.
struct Product {
  llvm::Value* high;
  llvm::Value* low;
};

Product Multiply(Code& code, llvm::Value* x, uint32_t constant) {
  auto& b = code.b;
  auto* wide = llvm::FixedVectorType::get(code.i64, kLanes);
  llvm::Value* product = b.CreateMul(b.CreateZExt(x, wide), llvm::ConstantInt::get(wide, constant));
  return {b.CreateTrunc(b.CreateLShr(product, llvm::ConstantInt::get(wide, 32)), code.ivec), b.CreateTrunc(product, code.ivec)};
}

// Word `word` of Philox 4x32-10 on sixteen counters, as runtime/philox.h has it.
llvm::Value* Philox(Code& code, llvm::Value* counter[4], llvm::Value* key0, llvm::Value* key1, int word) {
  auto& b = code.b;
  for (int round = 0; round < 10; ++round) {
    const Product p0 = Multiply(code, counter[0], 0xD2511F53);
    const Product p1 = Multiply(code, counter[2], 0xCD9E8D57);
    counter[0] = b.CreateXor(b.CreateXor(p1.high, counter[1]), code.Splat(key0));
    counter[2] = b.CreateXor(b.CreateXor(p0.high, counter[3]), code.Splat(key1));
    counter[1] = p1.low;
    counter[3] = p0.low;
    key0 = b.CreateAdd(key0, b.getInt32(0x9E3779B9));
    key1 = b.CreateAdd(key1, b.getInt32(0xBB67AE85));
  }
  return counter[word];
}

class RandomCode {
 public:
  explicit RandomCode(KernelCode& kernel)
      : kernel_(kernel), code_(kernel.code), nest_(MakeNest(kernel.plan, kernel.kernel)) {}

  void Emit() {
    llvm::Value* seed = kernel_.seed;
    key0_ = code_.b.CreateTrunc(seed, code_.i32);
    key1_ = code_.b.CreateTrunc(code_.b.CreateLShr(seed, code_.Int(32)), code_.i32);
    llvm::Value* offset = kernel_.Size(nest_.stores[0].offset.constant);
    if (!kernel_.kernel.random.per_row) return Axes(0, code_.Int(0), offset, kernel_.step);
    if (nest_.loops.empty()) return Block(code_.Int(0), RowNumber(kernel_, code_.Int(0)), offset, 1, code_.FirstLanes(code_.Int(1)));
    code_.Loop(Extent(0), 1, [&](llvm::Value* row) {
      llvm::Value* at = code_.Add(offset, code_.Mul(row, nest_.stores[0].offset[0]));
      Axes(1, code_.Int(0), at, RowNumber(kernel_, row));
    });
  }

 private:
  llvm::Value* Extent(int loop) { return kernel_.Size(nest_.loops[static_cast<size_t>(loop)]); }

  // The axes from `loop` on; `number` counts elements in row-major order, `event` is the second word of the counter.
  void Axes(int loop, llvm::Value* number, llvm::Value* offset, llvm::Value* event) {
    if (loop >= nest_.Size()) return Block(number, event, offset, 1, code_.FirstLanes(code_.Int(1)));
    llvm::Value* extent = Extent(loop);
    llvm::Value* first = code_.b.CreateMul(number, extent);
    const int64_t stride = nest_.stores[0].offset[loop];
    const bool last = loop + 1 == nest_.Size();
    code_.Loop(extent, last ? kLanes : 1, [&](llvm::Value* i) {
      llvm::Value* at = code_.Add(offset, code_.Mul(i, stride));
      llvm::Value* count = code_.Add(first, i);
      if (!last) return Axes(loop + 1, count, at, event);
      Block(count, event, at, stride, code_.FirstLanes(code_.b.CreateSub(extent, i)));
    });
  }

  void Block(llvm::Value* number, llvm::Value* event, llvm::Value* offset, int64_t stride, llvm::Value* lanes) {
    auto& b = code_.b;
    const ir::Random& random = kernel_.kernel.random;
    llvm::Value* counter[4] = {code_.Iota(number, 1), code_.Splat(b.CreateTrunc(event, code_.i32)),
                               code_.Integers(static_cast<int32_t>(random.place)), code_.Integers(random.per_row ? 1 : 0)};
    llvm::Value* bits = Philox(code_, counter, key0_, key1_, random.word);
    llvm::Value* value = b.CreateUIToFP(b.CreateLShr(bits, code_.Integers(8)), code_.vec);
    value = b.CreateFMul(value, code_.Number(0x1p-24));
    llvm::Value* address = b.CreateGEP(code_.f32, kernel_.bases.at(nest_.stores[0].buffer), offset);
    if (stride == 1) return code_.Store(address, value, lanes);
    code_.Scatter(address, b.CreateMul(code_.Lanes(), code_.Integers(static_cast<int32_t>(stride))), value, lanes);
  }

  KernelCode& kernel_;
  Code& code_;
  const Nest nest_;
  llvm::Value* key0_ = nullptr;
  llvm::Value* key1_ = nullptr;
};

}  // namespace

void EmitGather(KernelCode& kernel) {
  Code& code = kernel.code;
  const int column = kernel.kernel.reads[0].buffer;
  const int target = kernel.kernel.stores[0].target.buffer;
  const Buffer& source = kernel.BufferOf(column);
  int64_t row_elements = 1;
  for (size_t axis = 1; axis < source.capacity.size(); ++axis) row_elements *= source.capacity[axis];
  llvm::Value* rows = source.shape.empty() ? code.Int(1) : kernel.Size(source.shape[0]);
  code.Loop(rows, 1, [&](llvm::Value* row) {
    llvm::Value* address = RowAddress(kernel, kernel.bases.at(column), RowNumber(kernel, row), row_elements * ElementBytes(source.dtype));
    llvm::Value* to = code.b.CreateGEP(code.f32, kernel.bases.at(target), code.Mul(row, row_elements));
    llvm::Value* end = code.Int(row_elements);
    const int64_t whole = row_elements / kLanes * kLanes;
    code.Loop(code.Int(whole), kLanes, [&](llvm::Value* i) {
      code.Store(code.Element(to, i), LoadElements(code, address, i, source.dtype, nullptr));
    });
    if (whole == row_elements) return;
    llvm::Value* i = code.Int(whole);
    llvm::Value* lanes = code.FirstLanes(code.b.CreateSub(end, i));
    code.Store(code.Element(to, i), LoadElements(code, address, i, source.dtype, lanes), lanes);
  });
}

void EmitRandom(KernelCode& kernel) { RandomCode(kernel).Emit(); }

}  // namespace nnc::codegen
