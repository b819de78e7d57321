// Scalar functions over all of a float's range: every exponent of both signs, denormals, zeros, infinities and nan, against the
// table's own evaluation in double precision. Denormal arguments count as zeros of their sign; a result below the smallest normal
// number may be any such number.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "test/unit/codegen/hand_plan.h"

namespace nnc::codegen {
namespace {

using ir::ScalarFn;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kSmallest = std::numeric_limits<float>::min();

struct Arguments {
  Floats a, b;
};

// Every exponent from the denormals to the largest, with mantissas at both ends and between, and both signs.
Floats EveryExponent(int mantissas) {
  Floats values{0.f, -0.f, kInfinity, -kInfinity, kNan, 1e-40f, -1e-40f};
  for (int exponent = -149; exponent <= 127; ++exponent) {
    for (int i = 0; i < mantissas; ++i) {
      const double mantissa = i == 0 ? 1 : i == 1 ? 2 - 0x1p-23 : 1 + std::fmod(i * 0.6180339887498949 + exponent * 0.41421356, 1.0);
      const auto value = static_cast<float>(std::ldexp(mantissa, exponent));
      values.push_back(value);
      values.push_back(-value);
    }
  }
  return values;
}

Arguments Alone(const Floats& values) { return {values, Floats(values.size(), 1.f)}; }

Arguments Pairs(const Floats& first, const Floats& second) {
  Arguments pairs;
  for (float a : first) {
    for (float b : second) pairs.a.push_back(a), pairs.b.push_back(b);
  }
  return pairs;
}

Arguments ArgumentsOf(const ir::ScalarRow& row) {
  if (row.arity == 1) return Alone(EveryExponent(40));
  if (row.fn != ScalarFn::Pow) return Pairs(EveryExponent(1), EveryExponent(1));
  Floats exponents{0.f, -0.f, 1.f, -1.f, 0.5f, -0.5f, 2.f, 3.f, -3.f, 1.f / 3, 2.5f, -7.25f, 0.001f, 100.f, 1e30f, kInfinity, -kInfinity, kNan, 1e-40f};
  return Pairs(EveryExponent(6), exponents);
}

Floats Results(const ir::ScalarRow& row, const Arguments& arguments, Level level) {
  HandPlan hand("math");
  const auto count = static_cast<int64_t>(arguments.a.size());
  const int a = hand.Bound("a", {count}), b = hand.Bound("b", {count}), y = hand.Bound("y", {count});
  auto& kernel = hand.Kernel(schedule::Kernel::Kind::Loops, {count}, 1);
  const int x = Read(kernel, At(a, {0})), second = row.arity > 1 ? Read(kernel, At(b, {0})) : -1;
  Store(kernel, At(y, {0}), Call(kernel, row.fn, x, second, row.arity > 2 ? x : -1));
  Floats result(arguments.a.size());
  CompileAndRun(hand.plan, {level, true},
                {const_cast<float*>(arguments.a.data()), const_cast<float*>(arguments.b.data()), result.data()});
  return result;
}

float Flushed(float x) { return std::fabs(x) < kSmallest ? std::copysign(0.f, x) : x; }

// In units of the last place; infinite where one is a number and the other is not.
double Apart(float value, double expected) {
  const double wrong = std::numeric_limits<double>::infinity();
  if (std::isnan(expected)) return std::isnan(value) ? 0 : wrong;
  if (std::isinf(static_cast<float>(expected))) {
    // Rounding may take a result at the very end of the range to either side.
    return value == static_cast<float>(expected) || std::fabs(expected - value) <= 4 * std::fabs(value) * 0x1p-23 ? 0 : wrong;
  }
  if (std::isnan(value)) return wrong;
  if (std::fabs(expected) <= kSmallest * (1 + 0x1p-20) && std::fabs(value) <= kSmallest * (1 + 0x1p-20)) return 0;
  return std::fabs(value - expected) / std::ldexp(1.0, std::max(std::ilogb(expected), -126) - 23);
}

class ExtremeMath : public testing::TestWithParam<Level> {};
INSTANTIATE_TEST_SUITE_P(, ExtremeMath, testing::ValuesIn(HostLevels()), [](const auto& info) { return Name(info.param); });

TEST_P(ExtremeMath, EveryFunctionIsRightForEveryFloat) {
  for (const ir::ScalarRow& row : ir::AllScalarRows()) {
    // The rounded quotient decides these where it is large.
    if (row.fn == ScalarFn::FloorDiv || row.fn == ScalarFn::Mod) continue;
    const Arguments arguments = ArgumentsOf(row);
    const Floats result = Results(row, arguments, GetParam());
    double worst = 0;
    size_t at = 0;
    int wrong = 0;
    for (size_t i = 0; i < result.size(); ++i) {
      const float a = Flushed(arguments.a[i]), b = Flushed(arguments.b[i]);
      const double apart = Apart(result[i], row.evaluate(a, b, a));
      wrong += apart > 7;
      if (apart > worst) worst = apart, at = i;
    }
    const float a = arguments.a[at], b = arguments.b[at];
    EXPECT_LE(worst, GetParam() == Level::Baseline ? 7 : 4)
        << row.name << "(" << a << ", " << b << ") = " << result[at] << ", expected " << row.evaluate(Flushed(a), Flushed(b), Flushed(a)) << "; "
        << wrong << " of " << result.size() << " are far off";
  }
}

TEST_P(ExtremeMath, DenormalResultsAreZeros) {
  for (const ir::ScalarRow& row : ir::AllScalarRows()) {
    // What only passes a number on leaves it as it is.
    const bool passes_on = row.fn == ScalarFn::Neg || row.fn == ScalarFn::Abs || row.fn == ScalarFn::Select || row.fn == ScalarFn::Stop;
    if (passes_on) continue;
    const Arguments arguments = ArgumentsOf(row);
    const Floats result = Results(row, arguments, GetParam());
    for (size_t i = 0; i < result.size(); ++i) {
      ASSERT_NE(std::fpclassify(result[i]), FP_SUBNORMAL) << row.name << "(" << arguments.a[i] << ", " << arguments.b[i] << ") = " << result[i];
    }
  }
}

TEST(ExtremeMathBits, AreTheSameWithAndWithoutWideRegisters) {
  if (HostLevel() != Level::Avx512) GTEST_SKIP() << "needs AVX-512";
  for (const ir::ScalarRow& row : ir::AllScalarRows()) {
    const Arguments arguments = ArgumentsOf(row);
    const Floats narrow = Results(row, arguments, Level::Avx2), wide = Results(row, arguments, Level::Avx512);
    for (size_t i = 0; i < narrow.size(); ++i) {
      if (std::isnan(narrow[i]) && std::isnan(wide[i])) continue;
      ASSERT_EQ(0, std::memcmp(&narrow[i], &wide[i], sizeof(float)))
          << row.name << "(" << arguments.a[i] << ", " << arguments.b[i] << ") = " << narrow[i] << " and " << wide[i];
    }
  }
}

}  // namespace
}  // namespace nnc::codegen
