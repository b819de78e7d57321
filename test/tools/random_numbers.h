// A small seeded generator for tests (SplitMix64): the same numbers on every machine.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nnc::test {

class RandomNumbers {
 public:
  // The seed is scrambled, so that neighbouring seeds do not give shifted copies of one sequence.
  explicit RandomNumbers(uint64_t seed) : state_((seed + 1) * 0xd6e8feb86659fd93ull) { state_ = Next(); }

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  int Below(int count) { return static_cast<int>(Next() % static_cast<uint64_t>(count)); }
  int Between(int low, int high) { return low + Below(high - low + 1); }
  bool Chance(double probability) { return Uniform(0, 1) < probability; }
  double Uniform(double low, double high) { return low + (high - low) * static_cast<double>(Next() >> 11) * 0x1p-53; }
  template <typename T>
  const T& Of(const std::vector<T>& choices) {
    return choices[static_cast<size_t>(Below(static_cast<int>(choices.size())))];
  }

 private:
  uint64_t state_;
};

}  // namespace nnc::test
