// Offsets in the arena: two buffers share bytes only if the kernels between first store and last use of each do not overlap.
#pragma once
#include "compiler/schedule/plan.h"

namespace nnc::schedule {

// Sets `offset` of all arena buffers (views included) and `arena_bytes`. With a red zone (a multiple of the alignment) no memory is shared,
// and so many bytes that belong to nobody stand before, between and behind the buffers.
void PlanMemory(Plan& plan, int64_t red_zone = 0);

// The largest sum over all kernels of the bytes of arena buffers that are live there: no plan can do with less.
int64_t LargestLiveBytes(const Plan& plan);

// The kernels between which a buffer that is no view holds a value; begin > end if never. Indexed by buffer.
struct Life {
  int begin = 0, end = -1;
  bool Overlaps(const Life& other) const { return begin <= other.end && other.begin <= end; }
};
std::vector<Life> Lives(const Plan& plan);
int64_t Bytes(const Buffer& buffer);  // at its largest, rounded up to the alignment

}  // namespace nnc::schedule
