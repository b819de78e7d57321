// A thin hand on LLVM's builder: vectors of sixteen floats, loops with carried values, masks, sizes. All code is written for
// sixteen lanes whatever the machine; LLVM splits the vectors where registers are narrower, so that results keep their bits.
#pragma once
#include "compiler/codegen/codegen.h"
#include "compiler/codegen/llvm_ir.h"

namespace nnc::codegen {

inline constexpr int kLanes = 16;

// The instruction sets as LLVM's processor names, which stand for feature sets.
const char* ProcessorOf(Level level);

class Code {
 public:
  using Value = llvm::Value;
  using Values = std::vector<llvm::Value*>;

  Code(llvm::Module& module, Level level);

  llvm::Module& module;
  llvm::LLVMContext& context;
  llvm::IRBuilder<> b;
  const Level level;
  llvm::Type* const f32;
  llvm::Type* const i1;
  llvm::Type* const i32;
  llvm::Type* const i64;
  llvm::PointerType* const ptr;
  llvm::FixedVectorType* const vec;    // 16 floats
  llvm::FixedVectorType* const ivec;   // 16 integers of 32 bits
  llvm::FixedVectorType* const mask;   // 16 truth values

  // Adds a function with the attributes that every function of this level carries.
  llvm::Function* NewFunction(llvm::FunctionType* type, const std::string& name, bool internal);

  Value* Int(int64_t value) { return b.getInt64(static_cast<uint64_t>(value)); }
  Value* Number(double value) { return llvm::ConstantFP::get(vec, value); }         // splat
  Value* Integers(int32_t value) { return llvm::ConstantInt::get(ivec, static_cast<uint64_t>(value), true); }
  Value* Splat(Value* scalar) { return b.CreateVectorSplat(kLanes, scalar); }
  Value* Lanes();                                // 0, 1, ..., 15
  Value* FirstLanes(Value* count);               // mask of the lanes below an i64 count (any value)
  // All lanes or none. Not a splat of the condition: LLVM 19 on AVX2 drops the mask of a load whose upper half it finds empty
  // while taking such a splat apart.
  Value* LanesIf(Value* condition) { return FirstLanes(b.CreateSelect(condition, Int(kLanes), Int(0))); }
  Value* Iota(Value* start, int64_t step);       // i64 start + step * lane as 32-bit integers
  Value* All() { return llvm::ConstantInt::getTrue(mask); }

  // x * y + z: one rounding where the level has fused multiply-adds, two on the baseline.
  Value* MulAdd(Value* x, Value* y, Value* z);
  // x / y. LLVM 19 takes lanes that it knows to be zero in both for zero in the quotient (SimplifyDemandedVectorElts), which is no number
  // there: the choice that leaves such lanes out would be dropped. It does not see through the fence.
  Value* Div(Value* x, Value* y);
  Value* Intrinsic(unsigned id, Value* x) { return b.CreateUnaryIntrinsic(id, x); }

  // i64 arithmetic that leaves out what constants make superfluous.
  Value* Add(Value* x, Value* y);
  Value* Mul(Value* x, int64_t factor);
  Value* Minimum(Value* x, Value* y);
  Value* Element(Value* base, Value* index, int64_t bytes = 4);  // address of base[index]

  // A size as i64; `symbol` gives the value of a named size.
  Value* Size(const ir::Dim& dim, const std::function<Value*(const std::string&)>& symbol);

  // for (i = 0; i < end; i += step) carried = body(i, carried). A loop of one pass leaves only its body, and no check for
  // emptiness is made where `end` is a positive constant.
  using Body = std::function<Values(Value* i, const Values& carried)>;
  Values Loop(Value* end, int64_t step, const Values& carried, const Body& body);
  void Loop(Value* end, int64_t step, const std::function<void(Value* i)>& body);
  void If(Value* condition, const std::function<void()>& body);
  // What `body` gives where the condition holds, else `otherwise`.
  Values If(Value* condition, const Values& otherwise, const std::function<Values()>& body);

  // Sixteen floats at an address with 4-byte alignment. Masked-out lanes read 0.
  Value* Load(Value* address, Value* lanes = nullptr);
  Value* LoadOf(llvm::Type* element, Value* address, llvm::Align align, Value* lanes);
  void Store(Value* address, Value* value, Value* lanes = nullptr);
  // The addresses base + 4 * index, index a vector of 32-bit integers.
  Value* Gather(Value* base, Value* index, Value* lanes);
  void Scatter(Value* base, Value* index, Value* value, Value* lanes);

  // Scratch on the stack, in the function's entry block.
  Value* Stack(int64_t floats);
};

bool IsConstant(const llvm::Value* value, int64_t* number);

}  // namespace nnc::codegen
