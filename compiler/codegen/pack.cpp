// See pack.h.
#include "compiler/codegen/pack.h"

#include <algorithm>

namespace nnc::codegen {
namespace {

class PackCode {
 public:
  PackCode(KernelCode& kernel, const MemoryAccess& access, std::vector<PackLoop> loops)
      : kernel_(kernel), code_(kernel.code), access_(access), loops_(std::move(loops)) {
    if (MoveTransposedLast()) return;
    // The loop in the lanes is the one along which memory runs on at both ends if possible, else at the copy's end.
    auto cost = [&](const PackLoop& loop) {
      const bool reads_on = access_.offset[loop.loop] == 1 || access_.offset[loop.loop] == 0;
      const double steps = (reads_on ? 1 : 10) + (loop.stride == 1 ? 1 : 16);
      int64_t extent = 64;
      if (loop.is_constant) IsConstant(loop.count, &extent);
      return steps * static_cast<double>((extent + 15) / 16 * 16) / static_cast<double>(std::max<int64_t>(1, extent));
    };
    auto best = std::min_element(loops_.begin(), loops_.end(), [&](const auto& x, const auto& y) { return cost(x) < cost(y); });
    std::rotate(best, best + 1, loops_.end());
  }

  void Emit(const Point& point, size_t at, llvm::Value* target) {
    if (transposes_ && at + 2 == loops_.size()) return Transpose(point, target);
    const PackLoop& loop = loops_[at];
    if (at + 1 < loops_.size()) {
      code_.Loop(loop.count, 1, [&](llvm::Value* i) {
        Emit(point.Enter(loop.loop, Index(loop, i)), at + 1, code_.Element(target, code_.Mul(i, loop.stride)));
      });
      return;
    }
    int64_t number = 0;
    const bool whole = IsConstant(loop.count, &number) && number % kLanes == 0;
    code_.Loop(loop.count, kLanes, [&](llvm::Value* i) {
      llvm::Value* lanes = whole ? nullptr : code_.FirstLanes(code_.b.CreateSub(loop.count, i));
      llvm::Value* value = point.EnterLanes(loop.loop, Index(loop, i), lanes).Read(access_);
      llvm::Value* address = code_.Element(target, code_.Mul(i, loop.stride));
      if (loop.stride == 1) return code_.Store(address, value, lanes);
      code_.Scatter(address, code_.b.CreateMul(code_.Lanes(), code_.Integers(static_cast<int32_t>(loop.stride))), value, lanes);
    });
  }

 private:
  llvm::Value* Index(const PackLoop& loop, llvm::Value* i) { return loop.start ? code_.Add(loop.start, i) : i; }

  // Where memory runs on along one loop and the copy along another, the two are the last and make a transpose.
  bool MoveTransposedLast() {
    if (!access_.guards.empty() || kernel_.BufferOf(access_.buffer).dtype != ir::DType::F32) return false;
    auto row = std::find_if(loops_.begin(), loops_.end(), [&](const PackLoop& l) { return l.stride == 1 && access_.offset[l.loop] != 1; });
    auto column = std::find_if(loops_.begin(), loops_.end(), [&](const PackLoop& l) { return l.stride != 1 && access_.offset[l.loop] == 1; });
    if (row == loops_.end() || column == loops_.end() || access_.offset[row->loop] <= 0) return false;
    for (const auto& loop : {*row, *column}) {
      int64_t extent = 0;
      if (loop.is_constant && IsConstant(loop.count, &extent) && extent < 8) return false;
    }
    const PackLoop last[] = {*row, *column};
    std::erase_if(loops_, [&](const PackLoop& l) { return l.loop == last[0].loop || l.loop == last[1].loop; });
    loops_.insert(loops_.end(), last, last + 2);
    transposes_ = true;
    return true;
  }

  void Transpose(const Point& point, llvm::Value* target) {
    const PackLoop &row = loops_[loops_.size() - 2], &column = loops_.back();
    llvm::Value* offset = point.Enter(row.loop, Index(row, code_.Int(0))).Enter(column.loop, Index(column, code_.Int(0))).Offset(access_);
    llvm::Value* source = code_.Element(kernel_.bases.at(access_.buffer), offset);
    EmitTranspose(code_, source, access_.offset[row.loop], row.count, column.count, target, column.stride);
  }

  KernelCode& kernel_;
  Code& code_;
  const MemoryAccess& access_;
  std::vector<PackLoop> loops_;
  bool transposes_ = false;
};

}  // namespace

void EmitPack(KernelCode& kernel, const Point& point, const MemoryAccess& access, const std::vector<PackLoop>& loops,
              llvm::Value* target) {
  PackCode(kernel, access, loops).Emit(point, 0, target);
}

}  // namespace nnc::codegen
