// Sums over millions of events: weight gradients (contractions), bias gradients (a chain in each lane) and losses (across the
// lanes) stay as exact as short ones, and where a chain ends depends neither on the capacity nor on the machine.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "test/unit/codegen/hand_plan.h"

namespace nnc::codegen {
namespace {

using schedule::LoopClass;

// Numbers between 0 and 1: sums in which single precision loses most.
Floats Positive(size_t count, uint32_t state) {
  Floats values(count);
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) * 0x1p-24f;
  }
  return values;
}

enum class Kind { Weight, Bias, Loss, Images };

constexpr int64_t kRows = 2, kColumns = 3, kPixels = 30;

// weight: [i, j] sum [n]: x[n, i] g[n, j];  bias: [j] sum [n]: g[n, j];  loss: [] sum [n]: l[n];
// images: [i, j] sum [n, p]: x[n, p, i] g[n, p, j]
Floats RunSum(Kind kind, int64_t events, int64_t capacity, Level level, const Floats& x, const Floats& g) {
  HandPlan hand("sum");
  hand.Symbol("N", capacity);
  const ir::Dim n = ir::Dim::Symbol("N");
  Floats y(kRows * kColumns);
  const bool images = kind == Kind::Images;
  if (kind == Kind::Weight || images) {
    const int a = hand.Bound("x", images ? ir::Shape{n, kPixels, kRows} : ir::Shape{n, kRows});
    const int b = hand.Bound("g", images ? ir::Shape{n, kPixels, kColumns} : ir::Shape{n, kColumns});
    const int result = hand.Bound("y", {kRows, kColumns});
    auto& kernel = hand.Kernel(schedule::Kernel::Kind::Contraction, {kRows, kColumns, n}, 2);
    kernel.classes = {LoopClass::Row, LoopClass::Column, LoopClass::Summed};
    if (images) kernel.loops.push_back(kPixels), kernel.classes.push_back(LoopClass::Summed);
    const int from = Read(kernel, images ? At(a, {2, 3, 0}) : At(a, {2, 0}));
    kernel.folded = Call(kernel, ir::ScalarFn::Mul, from, Read(kernel, images ? At(b, {2, 3, 1}) : At(b, {2, 1})));
    kernel.monoid = ir::Monoid::Sum;
    Store(kernel, At(result, {0, 1}), kernel.folded);
    CompileAndRun(hand.plan, {level, true}, {const_cast<float*>(x.data()), const_cast<float*>(g.data()), y.data()}, {{events}, {}, {}, 1, 0});
    return y;
  }
  const bool loss = kind == Kind::Loss;
  const int b = hand.Bound("g", loss ? ir::Shape{n} : ir::Shape{n, kColumns});
  const int result = hand.Bound("y", loss ? ir::Shape{} : ir::Shape{kColumns});
  auto& kernel = hand.Kernel(schedule::Kernel::Kind::Loops, loss ? std::vector<ir::Dim>{n} : std::vector<ir::Dim>{kColumns, n}, loss ? 0 : 1);
  kernel.folded = Read(kernel, loss ? At(b, {0}) : At(b, {1, 0}));
  kernel.monoid = ir::Monoid::Sum;
  Store(kernel, At(result, loss ? std::vector<int>{} : std::vector<int>{0}), kernel.folded);
  y.resize(loss ? 1 : kColumns);
  CompileAndRun(hand.plan, {level, true}, {const_cast<float*>(g.data()), y.data()}, {{events}, {}, {}, 1, 0});
  return y;
}

std::vector<double> Expected(Kind kind, int64_t events, const Floats& x, const Floats& g) {
  std::vector<double> sums(kind == Kind::Loss ? 1 : kind == Kind::Bias ? kColumns : kRows * kColumns);
  const int64_t points = kind == Kind::Images ? events * kPixels : events;
  for (int64_t p = 0; p < points; ++p) {
    for (size_t s = 0; s < sums.size(); ++s) {
      const auto at = static_cast<size_t>(p), i = s / kColumns, j = s % kColumns;
      const double term = kind == Kind::Loss ? g[at] : g[at * kColumns + j];
      sums[s] += kind == Kind::Loss || kind == Kind::Bias ? term : static_cast<double>(x[at * kRows + i]) * term;
    }
  }
  return sums;
}

class LongSums : public testing::TestWithParam<Level> {};
INSTANTIATE_TEST_SUITE_P(, LongSums, testing::ValuesIn(HostLevels()), [](const auto& info) { return Name(info.param); });

TEST_P(LongSums, OfMillionsOfEventsAreExactToSinglePrecision) {
  const int64_t events = 3'000'017;
  const Floats x = Positive(static_cast<size_t>(events * kRows), 1), g = Positive(static_cast<size_t>(events * kColumns), 2);
  for (Kind kind : {Kind::Weight, Kind::Bias, Kind::Loss, Kind::Images}) {
    const int64_t count = kind == Kind::Images ? events / kPixels : events;
    const Floats found = RunSum(kind, count, count, GetParam(), x, g);
    const std::vector<double> expected = Expected(kind, count, x, g);
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_LT(std::fabs(found[i] - expected[i]) / expected[i], 3e-7) << "kind " << static_cast<int>(kind) << " element " << i;
    }
  }
}

TEST_P(LongSums, AreTheSameToTheBitWhateverTheCapacity) {
  const Floats x = Positive(200'000, 3), g = Positive(200'000, 4);
  for (Kind kind : {Kind::Weight, Kind::Bias, Kind::Loss, Kind::Images}) {
    for (int64_t events : {1, 40, 69, 1000, 2000}) {
      const Floats small = RunSum(kind, events, 2048, GetParam(), x, g), large = RunSum(kind, events, 100'000, GetParam(), x, g);
      EXPECT_EQ(0, std::memcmp(small.data(), large.data(), small.size() * sizeof(float))) << "kind " << static_cast<int>(kind) << " of " << events;
      if (GetParam() == Level::Baseline) continue;
      const Floats other = RunSum(kind, events, 100'000, Level::Avx2, x, g);
      EXPECT_EQ(0, std::memcmp(other.data(), large.data(), large.size() * sizeof(float))) << "kind " << static_cast<int>(kind) << " of " << events;
    }
  }
}

}  // namespace
}  // namespace nnc::codegen
