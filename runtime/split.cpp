#include "runtime/split.h"

#include "runtime/philox.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace nnc::runtime {

// The last word of the counter keeps purposes apart; streams of shuffles count on from the second.
static constexpr uint32_t split_purpose = 0;
static constexpr uint32_t shuffle_purpose = 1;

const RowSet* Split::Find(std::string_view name) const {
  for (const RowSet& part : parts) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

// Fisher-Yates (Durstenfeld's form), one 64-bit draw per element.
static void Shuffle(std::span<int64_t> rows, uint64_t seed, uint32_t epoch, uint32_t purpose) {
  uint64_t key = RuntimeSeed(seed);
  PhiloxCounter words{};
  for (size_t draw = 0; draw + 1 < rows.size(); ++draw) {
    if (draw % 2 == 0) {
      uint64_t block = draw / 2;
      words = Philox({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), epoch, purpose}, key);
    }
    uint64_t bits = draw % 2 == 0 ? uint64_t{words[1]} << 32 | words[0] : uint64_t{words[3]} << 32 | words[2];
    std::swap(rows[draw], rows[draw + BoundedFromBits(bits, rows.size() - draw)]);
  }
}

// Sizes of the parts by largest remainder.
static std::vector<int64_t> PartSizes(int64_t rows, std::span<const PartFraction> fractions) {
  double sum = 0;
  for (const PartFraction& part : fractions) sum += part.fraction;
  assert(sum <= 1 + 1e-9);
  std::vector<int64_t> sizes;
  std::vector<double> remainders;
  int64_t left = std::min(rows, static_cast<int64_t>(std::llround(static_cast<double>(rows) * sum)));
  for (const PartFraction& part : fractions) {
    double exact = static_cast<double>(rows) * part.fraction;
    // A product such as 0.29 * 100 lies a rounding below the whole number that is meant.
    int64_t whole = static_cast<int64_t>(std::floor(exact + 1e-9 * std::max(1.0, exact)));
    sizes.push_back(whole);
    remainders.push_back(exact - static_cast<double>(whole));
    left -= whole;
  }
  for (; left > 0; --left) {
    size_t largest = static_cast<size_t>(std::max_element(remainders.begin(), remainders.end()) - remainders.begin());
    ++sizes[largest];
    remainders[largest] -= 1;
  }
  return sizes;
}

Split SplitRows(int64_t rows, std::span<const PartFraction> fractions, uint64_t seed, bool shuffled) {
  std::vector<int64_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), int64_t{0});
  if (shuffled) Shuffle(order, seed, 0, split_purpose);
  std::vector<int64_t> sizes = PartSizes(rows, fractions);
  Split split;
  std::vector<int32_t> part_of(static_cast<size_t>(rows), -1);  // passing over the rows once sorts every part
  auto next = order.begin();
  for (size_t i = 0; i < fractions.size(); ++i) {
    auto end = next + std::min<int64_t>(sizes[i], order.end() - next);
    split.parts.push_back({fractions[i].name, {}});
    split.parts.back().rows.reserve(static_cast<size_t>(end - next));
    for (; next != end; ++next) part_of[static_cast<size_t>(*next)] = static_cast<int32_t>(i);
  }
  for (int64_t row = 0; row < rows; ++row) {
    int32_t part = part_of[static_cast<size_t>(row)];
    if (part >= 0) split.parts[static_cast<size_t>(part)].rows.push_back(row);
  }
  return split;
}

void ShuffleForEpoch(std::span<const int64_t> rows, uint64_t seed, int64_t epoch, uint32_t stream, std::span<int64_t> order) {
  assert(rows.size() == order.size());
  std::copy(rows.begin(), rows.end(), order.begin());
  Shuffle(order, seed, static_cast<uint32_t>(epoch), shuffle_purpose + stream);
}

}  // namespace nnc::runtime
