// The one random number generator: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", 2011), a keyed bijection of a 128-bit counter.
//
// There is no state: a number is a function of the seed and of where it is drawn. So results depend neither on the order
// of evaluation nor on the number of threads, and a recomputation sees the same draw. Generated code evaluates the same
// function with key = {low, high 32 bits of the seed} and a counter of four 32-bit words that names step, place and
// element. The runtime's own draws (splits, shuffles) use the key of `RuntimeSeed(seed)`, a stream apart.
#pragma once

#include <array>
#include <cstdint>

namespace nnc::runtime {

using PhiloxCounter = std::array<uint32_t, 4>;

// Ten rounds: four random words for the counter under the key.
constexpr PhiloxCounter Philox(PhiloxCounter counter, uint64_t key) {
  uint32_t key0 = static_cast<uint32_t>(key);
  uint32_t key1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    uint64_t product0 = uint64_t{0xD2511F53} * counter[0];
    uint64_t product1 = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key0, static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key1, static_cast<uint32_t>(product0)};
    key0 += 0x9E3779B9;  // golden ratio
    key1 += 0xBB67AE85;  // sqrt(3) - 1
  }
  return counter;
}

// Uniform in [0, 1), a multiple of 2^-24: every value is exact in float and in double.
constexpr double UniformFromBits(uint32_t word) { return (word >> 8) * 0x1p-24; }

// The key of the runtime's own draws, which never meet those of generated code.
constexpr uint64_t RuntimeSeed(uint64_t seed) { return seed ^ 0xA5B35705F39C2D17; }

// A uniform integer in [0, bound), bound >= 1, from 64 random bits (bias below bound / 2^64).
constexpr uint64_t BoundedFromBits(uint64_t bits, uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((static_cast<Wide>(bits) * bound) >> 64);
}

}  // namespace nnc::runtime
