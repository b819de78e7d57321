// Contractions against sums in double precision: layouts, tails, symbolic extents, guards, long sums, epilogues.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "test/unit/codegen/hand_plan.h"

namespace nnc::codegen {
namespace {

using schedule::LoopClass;

Floats Numbers(size_t count, uint32_t salt) {
  Floats values(count);
  uint32_t state = salt * 2654435761u + 12345;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(static_cast<int32_t>(state)) * 0x1p-31f;
  }
  return values;
}

// Y[m, n] = sum over k of A[m, k] B[k, n], each operand also the other way round in memory.
struct Product {
  int64_t m, n, k;
  bool a_turned = false, b_turned = false;
  bool epilogue = false;  // tanh(sum + bias[n]) instead of the sum
  std::string symbol;     // "", "m", "n" or "k": which extent is symbolic
  int64_t capacity = 0;
};

struct Operands {
  Floats a, b, bias, y;
};

void Build(HandPlan& hand, const Product& p) {
  if (!p.symbol.empty()) hand.Symbol("N", p.capacity);
  auto dim = [&](const char* name, int64_t extent) { return p.symbol == name ? ir::Dim::Symbol("N") : ir::Dim(extent); };
  const ir::Dim m = dim("m", p.m), n = dim("n", p.n), k = dim("k", p.k);
  const int a = hand.Bound("a", p.a_turned ? ir::Shape{k, m} : ir::Shape{m, k});
  const int b = hand.Bound("b", p.b_turned ? ir::Shape{n, k} : ir::Shape{k, n});
  const int bias = hand.Bound("bias", {n});
  const int y = hand.Bound("y", {m, n});
  auto& kernel = hand.Kernel(schedule::Kernel::Kind::Contraction, {m, n, k}, 2);
  kernel.classes = {LoopClass::Row, LoopClass::Column, LoopClass::Summed};
  const int x = Read(kernel, p.a_turned ? At(a, {2, 0}) : At(a, {0, 2}));
  const int w = Read(kernel, p.b_turned ? At(b, {1, 2}) : At(b, {2, 1}));
  kernel.folded = Call(kernel, ir::ScalarFn::Mul, x, w);
  kernel.monoid = ir::Monoid::Sum;
  int result = kernel.folded;
  if (p.epilogue) {
    const int added = Read(kernel, At(bias, {1}));
    result = Call(kernel, ir::ScalarFn::Tanh, Call(kernel, ir::ScalarFn::Add, kernel.folded, added));
  }
  Store(kernel, At(y, {0, 1}), result);
}

// A symbolic extent that is not the outermost leaves gaps in memory: its axis has its capacity.
Floats RunProduct(const Product& p, Options options) {
  HandPlan hand("product");
  Build(hand, p);
  std::vector<Floats> data;
  for (const auto& buffer : hand.plan.buffers) {
    size_t count = 1;
    for (int64_t extent : buffer.capacity) count *= static_cast<size_t>(extent);
    data.push_back(Numbers(count, static_cast<uint32_t>(data.size()) + 1));
  }
  std::vector<void*> pointers;
  for (auto& values : data) pointers.push_back(values.data());
  RunSettings settings;
  if (!p.symbol.empty()) settings.extents = {p.symbol == "m" ? p.m : p.symbol == "n" ? p.n : p.k};
  EXPECT_EQ(0, CompileAndRun(hand.plan, options, pointers, settings));
  const auto& strides = [&](int buffer) -> const std::vector<int64_t>& { return hand.plan.buffers[static_cast<size_t>(buffer)].strides; };
  Floats result;
  for (int64_t i = 0; i < p.m; ++i) {
    for (int64_t j = 0; j < p.n; ++j) result.push_back(data[3][static_cast<size_t>(i * strides(3)[0] + j)]);
  }
  // The sums themselves, in double precision.
  double worst = 0;
  for (int64_t i = 0; i < p.m; ++i) {
    for (int64_t j = 0; j < p.n; ++j) {
      double sum = 0, size = 0;
      for (int64_t l = 0; l < p.k; ++l) {
        const int64_t at_a = p.a_turned ? l * strides(0)[0] + i : i * strides(0)[0] + l;
        const int64_t at_b = p.b_turned ? j * strides(1)[0] + l : l * strides(1)[0] + j;
        const double term = static_cast<double>(data[0][static_cast<size_t>(at_a)]) * data[1][static_cast<size_t>(at_b)];
        sum += term;
        size += std::fabs(term);
      }
      const double expected = p.epilogue ? std::tanh(sum + data[2][static_cast<size_t>(j)]) : sum;
      const double error = std::fabs(result[static_cast<size_t>(i * p.n + j)] - expected);
      worst = std::max(worst, error / (size * 6e-8 * std::sqrt(static_cast<double>(p.k)) + 3e-7));
    }
  }
  EXPECT_LT(worst, 2) << p.m << " x " << p.n << " x " << p.k << " turned " << p.a_turned << p.b_turned << " symbol " << p.symbol;
  return result;
}

std::vector<Product> Products() {
  std::vector<Product> products;
  const int64_t sizes[][3] = {{64, 128, 50}, {64, 10, 128}, {32, 16, 3}, {13, 100, 17}, {1, 40, 8}, {50, 1, 20}, {128, 33, 65}, {7, 300, 11}};
  for (const auto& size : sizes) {
    for (int turned = 0; turned < 4; ++turned) {
      products.push_back({size[0], size[1], size[2], (turned & 1) != 0, (turned & 2) != 0, turned == 2, "", 0});
    }
  }
  for (const char* symbol : {"m", "n", "k"}) {
    for (int64_t extent : {1, 5, 37, 64}) {
      Product p{29, 40, 24, extent == 37, extent == 5, extent == 64, symbol, 64};
      (symbol[0] == 'm' ? p.m : symbol[0] == 'n' ? p.n : p.k) = extent;
      products.push_back(p);
    }
  }
  products.push_back({20, 48, 5000});                     // longer than one pass
  products.push_back({20, 48, 5000, true, true, true});
  products.push_back({20, 48, 4500, false, false, true, "k", 6000});
  products.push_back({300, 600, 700});                    // packed in blocks
  products.push_back({300, 700, 1024, false, true});
  products.push_back({40, 2100, 130, true, true});
  return products;
}

class ContractionOnLevel : public testing::TestWithParam<Level> {};
INSTANTIATE_TEST_SUITE_P(, ContractionOnLevel, testing::ValuesIn(HostLevels()), [](const auto& info) { return Name(info.param); });

TEST(Contraction, ProductsAreRightOnEveryLevelWithTheSameBitsWhereMultiplyAddsAreFused) {
  for (const Product& product : Products()) {
    RunProduct(product, {Level::Baseline, true});
    if (HostLevel() < Level::Avx2) continue;
    const Floats narrow = RunProduct(product, {Level::Avx2, true});
    if (HostLevel() < Level::Avx512) continue;
    const Floats wide = RunProduct(product, {Level::Avx512, true});
    ASSERT_EQ(0, std::memcmp(narrow.data(), wide.data(), wide.size() * sizeof(float)));
  }
}

TEST(Contraction, HasTheSameBitsWhateverTheBatch) {
  Product full{64, 40, 24, false, false, true, "m", 64};
  const Floats all = RunProduct(full, {});
  for (int64_t rows : {1, 3, 17, 63}) {
    Product part = full;
    part.m = rows;
    const Floats some = RunProduct(part, {});
    EXPECT_EQ(0, std::memcmp(all.data(), some.data(), some.size() * sizeof(float))) << rows;
  }
  Product fixed = full;
  fixed.symbol.clear();
  EXPECT_EQ(all, RunProduct(fixed, {}));
}

TEST(Contraction, IsTheSameWithTheFullPipeline) {
  const Product product{64, 40, 24, false, true, true};
  EXPECT_EQ(RunProduct(product, {HostLevel(), true}), RunProduct(product, {HostLevel(), false}));
}

// Y[n, o, p, q] = sum over c, u, v of X[n, c, s p + u - 1, s q + v - 1] W[o, c, u, v], reads outside X giving 0.
struct Convolution {
  int64_t n, c, o, h, w, window, stride;
  bool weight_gradient = false;  // W[o, c, u, v] = sum over n, p, q of Y[n, o, p, q] X[...] instead
};

void TestConvolution(const Convolution& s, Level level) {
  const int64_t p = (s.h + 2 - s.window) / s.stride + 1, q = (s.w + 2 - s.window) / s.stride + 1;
  HandPlan hand("convolution");
  const int x = hand.Bound("x", {s.n, s.c, s.h, s.w}), w = hand.Bound("w", {s.o, s.c, s.window, s.window});
  const int y = hand.Bound("y", {s.n, s.o, p, q});
  auto shifted = [&](int base, int offset) {
    ir::Affine affine;
    affine.Add(base, s.stride);
    affine.Add(offset, 1);
    affine.constant = -1;
    return affine;
  };
  using L = LoopClass;
  schedule::Kernel* kernel = nullptr;
  int in, co, ou, iy, ix, iu, iv;  // loop numbers of n, c, o, p, q, u, v
  if (s.weight_gradient) {
    kernel = &hand.Kernel(schedule::Kernel::Kind::Contraction, {s.o, s.c, s.window, s.window, s.n, p, q}, 4);
    kernel->classes = {L::Row, L::Column, L::Column, L::Column, L::Summed, L::Summed, L::Summed};
    ou = 0, co = 1, iu = 2, iv = 3, in = 4, iy = 5, ix = 6;
  } else {
    kernel = &hand.Kernel(schedule::Kernel::Kind::Contraction, {s.n, s.o, p, q, s.c, s.window, s.window}, 4);
    kernel->classes = {L::Column, L::Row, L::Column, L::Column, L::Summed, L::Summed, L::Summed};
    in = 0, ou = 1, iy = 2, ix = 3, co = 4, iu = 5, iv = 6;
  }
  schedule::Address image = At(x, {in, co, iy, ix});
  image.subscripts[2] = shifted(iy, iu);
  image.subscripts[3] = shifted(ix, iv);
  image.guarded = {false, false, true, true};
  const int first = Read(*kernel, s.weight_gradient ? At(y, {in, ou, iy, ix}) : At(w, {ou, co, iu, iv}));
  const int second = Read(*kernel, image);
  kernel->folded = Call(*kernel, ir::ScalarFn::Mul, first, second);
  kernel->monoid = ir::Monoid::Sum;
  Store(*kernel, s.weight_gradient ? At(w, {ou, co, iu, iv}) : At(y, {in, ou, iy, ix}), kernel->folded);
  Floats vx = Numbers(static_cast<size_t>(s.n * s.c * s.h * s.w), 1);
  Floats vw = Numbers(static_cast<size_t>(s.o * s.c * s.window * s.window), 2);
  Floats vy = Numbers(static_cast<size_t>(s.n * s.o * p * q), 3);
  std::vector<double> ew(vw.size()), ey(vy.size());
  for (int64_t n = 0; n < s.n; ++n)
    for (int64_t o = 0; o < s.o; ++o)
      for (int64_t i = 0; i < p; ++i)
        for (int64_t j = 0; j < q; ++j)
          for (int64_t c = 0; c < s.c; ++c)
            for (int64_t u = 0; u < s.window; ++u)
              for (int64_t v = 0; v < s.window; ++v) {
                const int64_t a = s.stride * i + u - 1, b = s.stride * j + v - 1;
                if (a < 0 || a >= s.h || b < 0 || b >= s.w) continue;
                const double value = vx[static_cast<size_t>(((n * s.c + c) * s.h + a) * s.w + b)];
                const size_t at_w = static_cast<size_t>(((o * s.c + c) * s.window + u) * s.window + v);
                const size_t at_y = static_cast<size_t>(((n * s.o + o) * p + i) * q + j);
                ey[at_y] += value * vw[at_w];
                ew[at_w] += value * vy[at_y];
              }
  ASSERT_EQ(0, CompileAndRun(hand.plan, {level, true}, {vx.data(), vw.data(), vy.data()}));
  const Floats& got = s.weight_gradient ? vw : vy;
  const std::vector<double>& expected = s.weight_gradient ? ew : ey;
  double worst = 0;
  for (size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::fabs(got[i] - expected[i]));
  EXPECT_LT(worst, 1e-4) << s.n << " " << s.c << " " << s.o << " " << s.h << " stride " << s.stride << " " << s.weight_gradient;
}

TEST_P(ContractionOnLevel, ConvolutionsAreRight) {
  for (bool weight_gradient : {false, true}) {
    TestConvolution({2, 1, 8, 28, 28, 5, 1, weight_gradient}, GetParam());
    TestConvolution({2, 5, 16, 14, 14, 3, 1, weight_gradient}, GetParam());
    TestConvolution({3, 3, 20, 9, 11, 3, 2, weight_gradient}, GetParam());
    TestConvolution({1, 40, 4, 30, 64, 3, 1, weight_gradient}, GetParam());
  }
}

TEST_P(ContractionOnLevel, BatchesOfProductsAreRight) {
  // Y[b, i, j] = sum over k of A[b, i, k] B[b, j, k]
  HandPlan hand("batch");
  const int a = hand.Bound("a", {3, 5, 12}), b = hand.Bound("b", {3, 18, 12}), y = hand.Bound("y", {3, 5, 18});
  auto& kernel = hand.Kernel(schedule::Kernel::Kind::Contraction, {3, 5, 18, 12}, 3);
  kernel.classes = {LoopClass::Batch, LoopClass::Row, LoopClass::Column, LoopClass::Summed};
  const int first = Read(kernel, At(a, {0, 1, 3}));
  const int second = Read(kernel, At(b, {0, 2, 3}));
  kernel.folded = Call(kernel, ir::ScalarFn::Mul, first, second);
  kernel.monoid = ir::Monoid::Sum;
  Store(kernel, At(y, {0, 1, 2}), kernel.folded);
  Floats va = Numbers(180, 1), vb = Numbers(648, 2), vy(270);
  ASSERT_EQ(0, CompileAndRun(hand.plan, {GetParam(), true}, {va.data(), vb.data(), vy.data()}));
  for (size_t n = 0; n < 3; ++n)
    for (size_t i = 0; i < 5; ++i)
      for (size_t j = 0; j < 18; ++j) {
        double sum = 0;
        for (size_t k = 0; k < 12; ++k) sum += static_cast<double>(va[(n * 5 + i) * 12 + k]) * vb[(n * 18 + j) * 12 + k];
        EXPECT_NEAR(sum, vy[(n * 5 + i) * 18 + j], 1e-5);
      }
}

}  // namespace
}  // namespace nnc::codegen
