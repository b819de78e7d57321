// Which rows train, validate and test, and in which order a training sees them.
//
// Everything here is a function of its arguments: the same seed gives the same rows on every machine. Draws come from
// Philox 4x32-10 under RuntimeSeed(seed); the counter's words are {low, high half of the draw's number, epoch, purpose},
// and one block of four words serves two 64-bit draws.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

struct PartFraction {
  std::string name;
  double fraction = 0;  // of all rows, 0 to 1
};

struct RowSet {
  std::string name;
  std::vector<int64_t> rows;  // ascending
};

struct Split {
  std::vector<RowSet> parts;
  const RowSet* Find(std::string_view name) const;
};

// Deals the rows 0 .. rows-1 out to the parts at random. The parts' sizes are the fractions of `rows` rounded by largest
// remainder, so fractions that add up to 1 use every row exactly once. The fractions add up to at most 1; rows beyond
// their sum belong to no part. With `shuffled` false the parts are consecutive stretches instead.
Split SplitRows(int64_t rows, std::span<const PartFraction> fractions, uint64_t seed, bool shuffled = true);

// The order in which an epoch (from 0) sees the rows, written over `order` (of the same length). `stream` keeps several
// sources of one training apart.
void ShuffleForEpoch(std::span<const int64_t> rows, uint64_t seed, int64_t epoch, uint32_t stream, std::span<int64_t> order);

}  // namespace nnc::runtime
