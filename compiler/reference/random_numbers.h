// The reference's own Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
#pragma once
#include <array>
#include <cstdint>

namespace nnc::reference {

std::array<uint32_t, 4> Philox(std::array<uint32_t, 4> counter, uint64_t key);

}  // namespace nnc::reference
