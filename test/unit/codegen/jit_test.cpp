// What the JIT promises about its functions: refused extents, the caller's floating-point mode, kernels shared, bits of folds.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "test/unit/codegen/hand_plan.h"

namespace nnc::codegen {
namespace {

// y[n] = 0.5 x[n], n < N <= 40.
HandPlan Halves(const std::string& name) {
  HandPlan hand(name);
  hand.Symbol("N", 40);
  const ir::Dim n = ir::Dim::Symbol("N");
  const int x = hand.Bound("x", {n}), y = hand.Bound("y", {n});
  auto& kernel = hand.Kernel(schedule::Kernel::Kind::Loops, {n}, 1);
  const int value = Read(kernel, At(x, {0}));
  Store(kernel, At(y, {0}), Call(kernel, ir::ScalarFn::Mul, value, Literal(kernel, 0.5)));
  return hand;
}

TEST(Jit, RefusesExtentsOutsideTheCapacity) {
  const HandPlan hand = Halves("halves");
  Jit jit;
  jit.Add({&hand.plan});
  Floats x(40, 1), y(40, 7);
  for (int64_t extent : {int64_t{0}, int64_t{41}, int64_t{-1}}) {
    EXPECT_EQ(NNC_BAD_EXTENT, RunPlan(jit.Find("halves"), hand.plan, {x.data(), y.data()}, {{extent}}));
    EXPECT_EQ(y, Floats(40, 7));
  }
  EXPECT_EQ(NNC_OK, RunPlan(jit.Find("halves"), hand.plan, {x.data(), y.data()}, {{39}}));
  EXPECT_EQ(0.5f, y[38]);
  EXPECT_EQ(7.f, y[39]) << "only what is there is written";
}

TEST(Jit, FindsWhatWasAddedAndNothingElse) {
  const HandPlan first = Halves("first"), second = Halves("second");
  Jit jit;
  jit.Add({&first.plan});
  jit.Add({&second.plan});
  EXPECT_NE(nullptr, jit.Find("first"));
  EXPECT_NE(nullptr, jit.Find("second"));
  EXPECT_EQ(nullptr, jit.Find("third"));
}

#if defined(__x86_64__)
TEST(Jit, TakesDenormalsForZerosAndRestoresTheCallersMode) {
  const HandPlan hand = Halves("halves");
  Jit jit;
  jit.Add({&hand.plan});
  Floats x(40, std::numeric_limits<float>::min()), y(40, 7);
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x4000);  // rounding upwards, which generated code must not inherit
  RunPlan(jit.Find("halves"), hand.plan, {x.data(), y.data()}, {{40}});
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ((before | 0x4000) & 0xFFC0, after & 0xFFC0);
  EXPECT_EQ(0.f, y[0]);
}
#endif

TEST(Jit, EmitsEqualKernelsOnce) {
  const HandPlan first = Halves("first"), second = Halves("second");
  const std::string text = PrintLlvm({&first.plan, &second.plan}, {});
  size_t kernels = 0;
  for (size_t at = text.find("define internal"); at != std::string::npos; at = text.find("define internal", at + 1)) ++kernels;
  EXPECT_EQ(1u, kernels) << text;
}

// Of what the kernel reads, `x` and its reshape are one array; where `z` lies, nothing else does.
TEST(Jit, TellsWhichPointersShareNoMemory) {
  HandPlan hand("shared");
  const int x = hand.Bound("x", {4, 8}), z = hand.Bound("z", {4, 8});
  schedule::Buffer flat = hand.plan.buffers[static_cast<size_t>(x)];
  flat.shape = {32};
  flat.capacity = {32};
  flat.strides = {1};
  flat.view_of = x;
  hand.plan.buffers.push_back(flat);
  auto& kernel = hand.Kernel(schedule::Kernel::Kind::Loops, {4, 8}, 2);
  const int element = Read(kernel, At(x, {0, 1})), number = Read(kernel, At(2, {1}));
  Store(kernel, At(z, {0, 1}), Call(kernel, ir::ScalarFn::Add, element, number));
  const std::string text = PrintLlvm({&hand.plan}, {});
  EXPECT_NE(text.find("(ptr %0, ptr %1, ptr noalias %2)"), std::string::npos) << text;
}

TEST(Jit, PrintsAssembly) {
  const HandPlan hand = Halves("halves");
  EXPECT_NE(std::string::npos, PrintAssembly({&hand.plan}, {Level::Avx512, true}).find("%zmm"));
  EXPECT_EQ(std::string::npos, PrintAssembly({&hand.plan}, {Level::Avx2, true}).find("%zmm"));
}

// rows[n] = sum over j of x[n, j] and columns[j] = sum over n of x[n, j], with a symbolic or a constant number of rows.
std::pair<Floats, Floats> Sums(int64_t rows, int64_t columns, bool symbolic, Level level, const Floats& x) {
  HandPlan hand("sums");
  hand.Symbol("N", 64);
  const ir::Dim n = symbolic ? ir::Dim::Symbol("N") : ir::Dim(rows);
  const int in = hand.Bound("x", {n, columns}), by_row = hand.Bound("rows", {n}), by_column = hand.Bound("columns", {columns});
  auto& first = hand.Kernel(schedule::Kernel::Kind::Loops, {n, columns}, 1);
  first.folded = Read(first, At(in, {0, 1}));
  first.monoid = ir::Monoid::Sum;
  Store(first, At(by_row, {0}), first.folded);
  auto& second = hand.Kernel(schedule::Kernel::Kind::Loops, {columns, n}, 1);
  second.folded = Read(second, At(in, {1, 0}));
  second.monoid = ir::Monoid::Sum;
  Store(second, At(by_column, {0}), second.folded);
  std::pair<Floats, Floats> result{Floats(64), Floats(static_cast<size_t>(columns))};
  Floats input = x;
  CompileAndRun(hand.plan, {level, true}, {input.data(), result.first.data(), result.second.data()}, {{rows}});
  return result;
}

TEST(Folds, HaveTheSameBitsWhateverTheWidthAndTheBatch) {
  Floats x(64 * 300);
  for (size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i) * 0.7f);
  for (int64_t columns : {3, 10, 300}) {
    const auto all = Sums(64, columns, false, HostLevel(), x);
    for (Level level : HostLevels()) {
      EXPECT_EQ(all, Sums(64, columns, false, level, x)) << Name(level);
      EXPECT_EQ(all, Sums(64, columns, true, level, x)) << Name(level);
    }
    const Floats some = Sums(17, columns, true, HostLevel(), x).first;
    EXPECT_EQ(0, std::memcmp(some.data(), all.first.data(), 17 * sizeof(float))) << "sums of a row do not see other rows";
  }
}

TEST(Folds, StayAccurateForMillionsOfPoints) {
  const int64_t count = 3000001;
  HandPlan hand("long");
  const int x = hand.Bound("x", {count}), y = hand.Bound("y", {});
  auto& kernel = hand.Kernel(schedule::Kernel::Kind::Loops, {count}, 0);
  kernel.folded = Read(kernel, At(x, {0}));
  kernel.monoid = ir::Monoid::Sum;
  Store(kernel, At(y, {}), kernel.folded);
  Floats values(static_cast<size_t>(count)), result(1);
  double expected = 0;
  for (size_t i = 0; i < values.size(); ++i) expected += static_cast<double>(values[i] = 0.1f + static_cast<float>(i % 7) * 0.01f);
  CompileAndRun(hand.plan, {}, {values.data(), result.data()});
  EXPECT_NEAR(1, result[0] / expected, 1e-5);
}

}  // namespace
}  // namespace nnc::codegen
