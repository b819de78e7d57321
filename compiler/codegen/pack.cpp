// See pack.h.
#include "compiler/codegen/pack.h"

#include <algorithm>

namespace nnc::codegen {
namespace {

class PackCode {
 public:
  PackCode(Code& code, const MemoryAccess& access, std::vector<PackLoop> loops) : code_(code), access_(access), loops_(std::move(loops)) {
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
    const PackLoop& loop = loops_[at];
    auto index = [&](llvm::Value* i) { return loop.start ? code_.Add(loop.start, i) : i; };
    if (at + 1 < loops_.size()) {
      code_.Loop(loop.count, 1, [&](llvm::Value* i) {
        Emit(point.Enter(loop.loop, index(i)), at + 1, code_.Element(target, code_.Mul(i, loop.stride)));
      });
      return;
    }
    int64_t number = 0;
    const bool whole = IsConstant(loop.count, &number) && number % kLanes == 0;
    code_.Loop(loop.count, kLanes, [&](llvm::Value* i) {
      llvm::Value* lanes = whole ? nullptr : code_.FirstLanes(code_.b.CreateSub(loop.count, i));
      llvm::Value* value = point.EnterLanes(loop.loop, index(i), lanes).Read(access_);
      llvm::Value* address = code_.Element(target, code_.Mul(i, loop.stride));
      if (loop.stride == 1) return code_.Store(address, value, lanes);
      code_.Scatter(address, code_.b.CreateMul(code_.Lanes(), code_.Integers(static_cast<int32_t>(loop.stride))), value, lanes);
    });
  }

 private:
  Code& code_;
  const MemoryAccess& access_;
  std::vector<PackLoop> loops_;
};

}  // namespace

void EmitPack(Code& code, const Point& point, const MemoryAccess& access, const std::vector<PackLoop>& loops, llvm::Value* target) {
  PackCode(code, access, loops).Emit(point, 0, target);
}

}  // namespace nnc::codegen
