// A function that transposes a matrix, one per module and level: 8 x 8 blocks in registers, the last ones shifted back to overlap
// their neighbours; single elements where a side is shorter than a block.
#include "compiler/codegen/pack.h"

namespace nnc::codegen {
namespace {

constexpr int kBlock = 8;

class TransposeCode {
 public:
  explicit TransposeCode(Code& code) : code_(code), block_(llvm::FixedVectorType::get(code.f32, kBlock)) {}

  // void (ptr source, i64 source_stride, i64 rows, i64 columns, ptr target, i64 target_stride)
  llvm::Function* Emit(const std::string& name) {
    auto& b = code_.b;
    auto* type = llvm::FunctionType::get(b.getVoidTy(), {code_.ptr, code_.i64, code_.i64, code_.i64, code_.ptr, code_.i64}, false);
    llvm::Function* function = code_.NewFunction(type, name, true);
    for (unsigned i : {0u, 4u}) function->addParamAttr(i, llvm::Attribute::NoAlias);
    source_ = function->getArg(0), source_stride_ = function->getArg(1);
    target_ = function->getArg(4), target_stride_ = function->getArg(5);
    llvm::Value *rows = function->getArg(2), *columns = function->getArg(3);
    b.SetInsertPoint(llvm::BasicBlock::Create(code_.context, "entry", function));
    llvm::Value* large = b.CreateICmpSGE(code_.Minimum(rows, columns), code_.Int(kBlock));
    code_.If(large, [&] {
      code_.Loop(rows, kBlock, [&](llvm::Value* r) {
        llvm::Value* row = code_.Minimum(r, b.CreateSub(rows, code_.Int(kBlock)));
        code_.Loop(columns, kBlock, [&](llvm::Value* c) {
          Block(row, code_.Minimum(c, b.CreateSub(columns, code_.Int(kBlock))));
        });
      });
    });
    code_.If(b.CreateNot(large), [&] {
      code_.Loop(columns, 1, [&](llvm::Value* c) {
        code_.Loop(rows, 1, [&](llvm::Value* r) {
          llvm::Value* value = b.CreateAlignedLoad(code_.f32, Source(r, c), llvm::Align(4));
          b.CreateAlignedStore(value, Target(c, r), llvm::Align(4));
        });
      });
    });
    b.CreateRetVoid();
    return function;
  }

 private:
  llvm::Value* Source(llvm::Value* row, llvm::Value* column) {
    return code_.Element(source_, code_.Add(code_.b.CreateMul(row, source_stride_), column));
  }
  llvm::Value* Target(llvm::Value* row, llvm::Value* column) {
    return code_.Element(target_, code_.Add(code_.b.CreateMul(row, target_stride_), column));
  }

  void Block(llvm::Value* row, llvm::Value* column) {
    auto& b = code_.b;
    Code::Values lines;
    llvm::Value* from = Source(row, column);
    for (int i = 0; i < kBlock; ++i) {
      lines.push_back(b.CreateAlignedLoad(block_, from, llvm::Align(4)));
      from = code_.Element(from, source_stride_);
    }
    // Pairs of lines are interleaved by ones, twos and fours.
    Stage(lines, 1, {0, 8, 1, 9, 4, 12, 5, 13}, {2, 10, 3, 11, 6, 14, 7, 15});
    Stage(lines, 2, {0, 1, 8, 9, 4, 5, 12, 13}, {2, 3, 10, 11, 6, 7, 14, 15});
    Stage(lines, 4, {0, 1, 2, 3, 8, 9, 10, 11}, {4, 5, 6, 7, 12, 13, 14, 15});
    // Each stage leaves its two results in the places of its operands: lines come out with the bits of their number permuted.
    static constexpr int kOrder[kBlock] = {0, 2, 1, 3, 4, 6, 5, 7};
    llvm::Value* to = Target(column, row);
    for (int i = 0; i < kBlock; ++i) {
      b.CreateAlignedStore(lines[static_cast<size_t>(kOrder[i])], to, llvm::Align(4));
      to = code_.Element(to, target_stride_);
    }
  }

  void Stage(Code::Values& lines, size_t apart, llvm::ArrayRef<int> low, llvm::ArrayRef<int> high) {
    for (size_t i = 0; i < kBlock; ++i) {
      if (i & apart) continue;
      llvm::Value *x = lines[i], *y = lines[i + apart];
      lines[i] = code_.b.CreateShuffleVector(x, y, low);
      lines[i + apart] = code_.b.CreateShuffleVector(x, y, high);
    }
  }

  Code& code_;
  llvm::FixedVectorType* block_;
  llvm::Value *source_ = nullptr, *source_stride_ = nullptr, *target_ = nullptr, *target_stride_ = nullptr;
};

}  // namespace

void EmitTranspose(Code& code, llvm::Value* source, int64_t source_stride, llvm::Value* rows, llvm::Value* columns,
                   llvm::Value* target, int64_t target_stride) {
  const std::string name = std::string("nnc.") + Name(code.level) + ".transpose";
  llvm::Function* function = code.module.getFunction(name);
  if (!function) {
    const llvm::IRBuilderBase::InsertPointGuard guard(code.b);
    function = TransposeCode(code).Emit(name);
  }
  code.b.CreateCall(function, {source, code.Int(source_stride), rows, columns, target, code.Int(target_stride)});
}

}  // namespace nnc::codegen
