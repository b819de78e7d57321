// A kernel's loops and accesses as affine forms over loop numbers, in elements of memory. Knows nothing of LLVM or of machines,
// so that what is decided from it (order of folds) is a function of shapes and structure alone.
#pragma once
#include <cstdint>
#include <vector>

#include "compiler/schedule/plan.h"

namespace nnc::codegen {

// constant + sum of per_loop[l] * loop l.
struct Form {
  std::vector<int64_t> per_loop;
  ir::Dim constant;

  bool DependsOn(int loop) const { return per_loop[static_cast<size_t>(loop)] != 0; }
  int64_t operator[](int loop) const { return per_loop[static_cast<size_t>(loop)]; }
};

// The value must lie in [0, size).
struct Bound {
  Form value;
  ir::Dim size;
};

struct MemoryAccess {
  int buffer = -1;
  Form offset;  // in elements from the buffer's base
  std::vector<Bound> guards;

  bool DependsOn(int loop) const;
  bool GuardDependsOn(int loop) const;
};

struct Nest {
  std::vector<ir::Dim> loops;
  int rank = 0;
  std::vector<MemoryAccess> reads;
  std::vector<MemoryAccess> stores;  // of Kernel::stores, in order
  std::vector<Form> index_values;
  std::vector<Form> arg_indices;
  std::vector<Bound> conditions;
  std::vector<int> found;  // as Kernel::found

  bool Finds(int loop) const { return !found.empty() && found[static_cast<size_t>(loop)] >= 0; }
  int Size() const { return static_cast<int>(loops.size()); }
  bool IsConstant(int loop) const { return loops[static_cast<size_t>(loop)].IsConstant(); }
  int64_t Extent(int loop) const { return loops[static_cast<size_t>(loop)].Constant(); }  // of a constant loop
};

Nest MakeNest(const schedule::Plan& plan, const schedule::Kernel& kernel);

// Long sums are sums of blocks: within a block one chain in single precision, the blocks' sums added in double precision, so that
// the error does not grow with the number of blocks. Where a block ends follows from the loops' order and their constant
// extents alone. `order` lists the folded loops, outermost first.
struct SumBlocks {
  int loop = -1;      // blocks are runs of `count` turns of this loop with all loops inside it; -1: the whole sum is one block
  int64_t count = 0;
};
using schedule::kLongestChain;
SumBlocks BlocksOf(const std::vector<ir::Dim>& loops, const std::vector<int>& order, int64_t lanes_of_last = 1);

// By step and loop: whether the step's value changes along the loop. What reads at a turn that is found depends on what gives it.
std::vector<std::vector<bool>> LoopsOfSteps(const Nest& nest, const std::vector<ir::Scalar>& body);

// Merges neighbouring loops (parallel with parallel, folded with folded) that every form walks as one. Values do not change:
// points keep their row-major order.
void Flatten(Nest& nest);

// Whether the loop's extent is always a multiple of `factor`.
bool IsMultiple(const ir::Dim& extent, int64_t factor);

// How a kernel without a contraction uses its sixteen lanes.
struct Lanes {
  int parallel = -1;  // loop whose points sit in the lanes when stored, or -1 if there is none
  int folded = -1;    // folded loop whose points sit in the lanes while folding; -1: the fold is sequential in every lane
};
Lanes ChooseLanes(const Nest& nest, const schedule::Kernel& kernel);

}  // namespace nnc::codegen
