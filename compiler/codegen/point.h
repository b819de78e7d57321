// Evaluation of a scalar body at a point, or at sixteen neighbouring points, of a kernel's loops. A Point knows which loops have
// been entered; steps, offsets and conditions that depend on no further loop are computed once on the way in.
#pragma once
#include "compiler/codegen/kernel_code.h"
#include "compiler/codegen/vector_math.h"

namespace nnc::codegen {

// What a kernel's body depends on, computed once per kernel.
class Body {
 public:
  // Which steps points evaluate: all; those after the folded one, whose value is set; or none, points then only carry offsets.
  enum class Steps : uint8_t { All, Epilogue, None };
  Body(KernelCode& kernel, const Nest& nest, Steps steps = Steps::All);

  KernelCode& kernel;
  const Nest& nest;
  int StepCount() const { return static_cast<int>(kernel.kernel.body.size()); }
  bool NeedsFolded(int step) const { return needs_folded_[static_cast<size_t>(step)]; }
  // Whether a step is the divisor of a step that changes along more loops than itself.
  bool DividesMany(int step) const { return divides_many_[static_cast<size_t>(step)]; }
  bool DependsOn(int step, int loop) const { return depends_[static_cast<size_t>(step)][static_cast<size_t>(loop)]; }

 private:
  std::vector<std::vector<bool>> depends_;
  std::vector<bool> needs_folded_;
  std::vector<bool> divides_many_;
};

class Point {
 public:
  explicit Point(const Body& body);

  // The point inside `loop`, at one index, or at the sixteen from `start` on (those of `lanes`, all if null).
  Point Enter(int loop, llvm::Value* index) const;
  Point EnterLanes(int loop, llvm::Value* start, llvm::Value* lanes) const;

  // Computes what no longer depends on anything to come.
  void Settle();

  Term Step(int step);
  void SetFolded(llvm::Value* value);
  llvm::Value* Lanes() const { return lanes_; }
  llvm::Value* Read(const MemoryAccess& access) const;
  // Elements from the base to where `access` is, as far as loops have been entered.
  llvm::Value* Offset(const MemoryAccess& access) const { return partial_.at(&access.offset); }

  // Mask of the lanes whose point takes part, or null if all do.
  llvm::Value* TakesPart();
  // Row-major number of the point for ArgMax and ArgMin, as integers.
  llvm::Value* ArgNumber();
  void Store();
  // Where a store goes: sixteen elements side by side, or at an index of each lane from the address; without an index, one.
  struct Place {
    llvm::Value* address = nullptr;
    llvm::Value* index = nullptr;  // <16 x i32>
    bool is_run = false;
  };
  Place Target(int store) const;

 private:
  // The value of a form as far as loops have been entered: start + lane * per_lane + spread[lane].
  struct Running {
    llvm::Value* start = nullptr;  // i64
    int64_t per_lane = 0;
    llvm::Value* spread = nullptr;  // <16 x i32>: of turns that are found in each lane; null if there are none
    bool IsOne() const { return per_lane == 0 && !spread; }
    bool IsRun() const { return per_lane == 1 && !spread; }
  };
  Running Value(const Form& form) const;
  llvm::Value* Integers(const Form& form) const;             // <16 x i32>
  void Within(const Bound& bound, llvm::Value*& scalar, llvm::Value*& lanes) const;
  Term Compute(int step);
  void SettleSteps();
  bool EnterFound();
  llvm::Value* Turn(llvm::Value* number, int loop) const;
  llvm::Value* FromStart(const Running& offset) const;
  // The reciprocal of a divisor that is one number for many points: they multiply by it.
  llvm::Value* Reciprocal(int divisor);

  const Body* body_;
  std::map<const Form*, llvm::Value*> partial_;  // sums over the loops entered
  std::map<const Form*, llvm::Value*> spread_;   // the part that differs from lane to lane by more than a stride
  std::vector<bool> entered_;
  int lane_loop_ = -1;
  llvm::Value* lanes_ = nullptr;
  std::vector<Term> steps_;
  std::vector<llvm::Value*> reciprocals_;  // by step of the divisor
};

}  // namespace nnc::codegen
