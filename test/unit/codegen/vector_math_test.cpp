// Every row of the scalar table, swept over its domain at every level against the table's own evaluation in double precision.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "test/unit/codegen/hand_plan.h"

namespace nnc::codegen {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Domain {
  double low, high;
  double ulp;         // largest error in units of the last place
  double absolute = 0;  // where the result passes through 0 by cancellation
};

// Where a function is well conditioned, and how exact it is there.
Domain DomainOf(ir::ScalarFn fn) {
  using ir::ScalarFn;
  switch (fn) {
    case ScalarFn::Exp: return {-87.3, 88.7, 1.5};
    case ScalarFn::Expm1: return {-87, 88.7, 2};
    case ScalarFn::Log: return {1e-37, 1e38, 1.5};
    case ScalarFn::Log1p: return {-0.9999, 1e37, 2};
    case ScalarFn::Xlogy: return {1e-30, 1e30, 2.5};
    case ScalarFn::Xlog1py: return {-0.9999, 1e30, 2.5};
    case ScalarFn::Sqrt: return {0, 1e38, 0.6};
    case ScalarFn::Sin:
    case ScalarFn::Cos: return {-1e8, 1e8, 1.5};
    case ScalarFn::Tan: return {-1e8, 1e8, 3};
    case ScalarFn::Atan: return {-1e4, 1e4, 2};
    case ScalarFn::Atan2: return {-10, 10, 3};
    case ScalarFn::Asin:
    case ScalarFn::Acos: return {-1, 1, 3};
    case ScalarFn::Sinh:
    case ScalarFn::Cosh: return {-89, 89, 3};
    case ScalarFn::Tanh: return {-12, 12, 3};
    case ScalarFn::Sigmoid: return {-87, 40, 3};
    case ScalarFn::Softplus: return {-87, 100, 3};
    case ScalarFn::Erf: return {-5, 5, 3};
    case ScalarFn::Pow: return {-20, 20, 2};
    case ScalarFn::Mod: return {-100, 100, 0.6, 2e-5};
    case ScalarFn::Add: case ScalarFn::Sub: case ScalarFn::Mul: case ScalarFn::Div: case ScalarFn::Neg:
    case ScalarFn::FloorDiv: case ScalarFn::Max: case ScalarFn::Min: case ScalarFn::Abs: case ScalarFn::Sign:
    case ScalarFn::Floor: case ScalarFn::Ceil: case ScalarFn::Round: case ScalarFn::Eq: case ScalarFn::Ne:
    case ScalarFn::Lt: case ScalarFn::Le: case ScalarFn::Gt: case ScalarFn::Ge: case ScalarFn::And:
    case ScalarFn::Or: case ScalarFn::Not: case ScalarFn::Select: case ScalarFn::Stop: case ScalarFn::Quotient: case ScalarFn::SumRest: case ScalarFn::ProductRest: return {-100, 100, 0.6};
  }
  return {};
}

double UnitsApart(float value, double expected) {
  if (std::isnan(expected)) return std::isnan(value) ? 0 : 1e30;
  if (std::isinf(expected) || std::isinf(static_cast<float>(expected))) return value == static_cast<float>(expected) ? 0 : 1e30;
  if (std::isnan(value) || std::isinf(value)) return 1e30;
  if (std::fabs(expected) < 1.2e-38 && std::fabs(value) < 1.2e-38) return 0;
  const double unit = std::ldexp(1.0, std::max(std::ilogb(expected), -126) - 23);
  return std::fabs(value - expected) / unit;
}

// Numbers spread evenly, and others spread by magnitude around zero; then the special ones.
Floats Sweep(const Domain& domain, int count, uint32_t salt) {
  Floats values;
  uint64_t state = 88172645463325252ull + salt;
  auto uniform = [&] {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return static_cast<double>(state >> 11) * 0x1p-53;
  };
  const double largest = std::max(std::fabs(domain.low), std::fabs(domain.high));
  while (static_cast<int>(values.size()) < count) {
    const double even = domain.low + (domain.high - domain.low) * uniform();
    const double size = std::exp(std::log(1e-30) + (std::log(largest) - std::log(1e-30)) * uniform());
    const double scaled = uniform() < 0.5 && domain.low < 0 ? -size : size;
    values.push_back(static_cast<float>(even));
    if (scaled >= domain.low && scaled <= domain.high) values.push_back(static_cast<float>(scaled));
  }
  for (int i = -8; i <= 8; ++i) {
    const float whole = static_cast<float>(i);
    for (float near : {whole, whole + 0.5f, std::nextafter(whole, 100.f)}) {
      if (std::fpclassify(near) == FP_SUBNORMAL) continue;  // counts as zero
      if (near >= domain.low && near <= domain.high) values.push_back(near);
    }
  }
  return values;
}

struct Sample {
  Floats a, b, c;
};

Sample SampleOf(const ir::ScalarRow& row) {
  const Domain domain = DomainOf(row.fn);
  Sample sample;
  sample.a = Sweep(domain, 20000, 1);
  sample.b = Sweep(domain, 30000, 2);
  sample.c = Sweep(domain, 30000, 3);
  sample.b.resize(sample.a.size());
  sample.c.resize(sample.a.size());
  return sample;
}

Floats Evaluate(const ir::ScalarRow& row, const Sample& sample, Options options) {
  HandPlan hand("math");
  const int64_t count = static_cast<int64_t>(sample.a.size());
  const int a = hand.Bound("a", {count}), b = hand.Bound("b", {count}), c = hand.Bound("c", {count});
  const int y = hand.Bound("y", {count});
  auto& kernel = hand.Kernel(schedule::Kernel::Kind::Loops, {count}, 1);
  int steps[3] = {Read(kernel, At(a, {0})), -1, -1};
  if (row.arity > 1) steps[1] = Read(kernel, At(b, {0}));
  if (row.arity > 2) steps[2] = Read(kernel, At(c, {0}));
  Store(kernel, At(y, {0}), Call(kernel, row.fn, steps[0], steps[1], steps[2]));
  Floats result(sample.a.size());
  const auto data = [](const Floats& values) { return const_cast<float*>(values.data()); };
  CompileAndRun(hand.plan, options, {data(sample.a), data(sample.b), data(sample.c), result.data()});
  return result;
}

class VectorMathOnLevel : public testing::TestWithParam<Level> {};
INSTANTIATE_TEST_SUITE_P(, VectorMathOnLevel, testing::ValuesIn(HostLevels()), [](const auto& info) { return Name(info.param); });

TEST_P(VectorMathOnLevel, EveryScalarFunctionIsExactToAFewUnits) {
  for (const ir::ScalarRow& row : ir::AllScalarRows()) {
    const Sample sample = SampleOf(row);
    const Floats result = Evaluate(row, sample, {GetParam(), true});
    const Domain domain = DomainOf(row.fn);
    double worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < result.size(); ++i) {
      const double expected = row.evaluate(sample.a[i], sample.b[i], sample.c[i]);
      if (std::fabs(result[i] - expected) <= domain.absolute) continue;
      // A quotient that rounds across a whole number is another quotient.
      if (row.fn == ir::ScalarFn::FloorDiv || row.fn == ir::ScalarFn::Mod) {
        const double exact = static_cast<double>(sample.a[i]) / sample.b[i];
        if (std::fabs(exact - std::nearbyint(exact)) <= 1e-6 * std::fabs(exact)) continue;
      }
      if (row.fn == ir::ScalarFn::Mod && std::fabs(sample.a[i] / sample.b[i]) > 1e4) continue;
      if (row.fn == ir::ScalarFn::FloorDiv && std::fabs(sample.a[i] / sample.b[i]) > 1e6) continue;
      const double apart = UnitsApart(result[i], expected);
      if (apart > worst) worst = apart, at = i;
    }
    EXPECT_LE(worst, domain.ulp * (GetParam() == Level::Baseline ? 1.7 : 1))
        << row.name << "(" << sample.a[at] << ", " << sample.b[at] << ", " << sample.c[at] << ") = " << result[at] << ", expected "
        << row.evaluate(sample.a[at], sample.b[at], sample.c[at]);
    if (getenv("NNC_PRINT_ERRORS")) printf("%-9s %-9s %.3f ulp\n", Name(GetParam()), std::string(row.name).c_str(), worst);
  }
}

TEST_P(VectorMathOnLevel, SpecialNumbersComeOutAsInC) {
  const Floats specials{0.f, -0.f, 1.f, -1.f, 0.5f, -2.f, 3.f, 1e30f, -1e30f, kInfinity, -kInfinity, kNan, 2.5f, -3.f, 100.f, -200.f};
  Sample sample;
  for (float a : specials) {
    for (float b : specials) {
      sample.a.push_back(a);
      sample.b.push_back(b);
      sample.c.push_back(7);
    }
  }
  for (const ir::ScalarRow& row : ir::AllScalarRows()) {
    const bool quotient = row.fn == ir::ScalarFn::FloorDiv || row.fn == ir::ScalarFn::Mod;
    const Floats result = Evaluate(row, sample, {GetParam(), true});
    for (size_t i = 0; i < result.size(); ++i) {
      const float a = sample.a[i], b = sample.b[i];
      if (quotient && (std::isinf(b) || std::fabs(a / b) > 1e6)) continue;
      const double expected = row.evaluate(a, b, 7);
      EXPECT_LE(UnitsApart(result[i], expected), 8)
          << row.name << "(" << a << ", " << b << ") = " << result[i] << ", expected " << expected;
    }
  }
}

TEST(VectorMath, IsTheSameToTheBitWithAndWithoutWideRegisters) {
  if (HostLevel() != Level::Avx512) GTEST_SKIP() << "needs AVX-512";
  for (const ir::ScalarRow& row : ir::AllScalarRows()) {
    const Sample sample = SampleOf(row);
    const Floats narrow = Evaluate(row, sample, {Level::Avx2, true});
    const Floats wide = Evaluate(row, sample, {Level::Avx512, true});
    EXPECT_EQ(0, std::memcmp(narrow.data(), wide.data(), narrow.size() * sizeof(float))) << row.name;
  }
}

TEST(VectorMath, ConstantExponentsAgreeWithTheGeneralPower) {
  for (double exponent : {1.0, 2.0, 3.0, 4.0, -1.0, -2.0, 0.5}) {
    HandPlan hand("power");
    const Floats input{0.25f, 1.f, 1.5f, 7.f, 20.f};
    const int a = hand.Bound("a", {5}), y = hand.Bound("y", {5});
    auto& kernel = hand.Kernel(schedule::Kernel::Kind::Loops, {5}, 1);
    const int x = Read(kernel, At(a, {0}));
    Store(kernel, At(y, {0}), Call(kernel, ir::ScalarFn::Pow, x, Literal(kernel, exponent)));
    Floats result(5);
    CompileAndRun(hand.plan, {}, {const_cast<float*>(input.data()), result.data()});
    for (size_t i = 0; i < 5; ++i) EXPECT_LE(UnitsApart(result[i], std::pow(input[i], exponent)), 2) << exponent;
  }
}

}  // namespace
}  // namespace nnc::codegen
