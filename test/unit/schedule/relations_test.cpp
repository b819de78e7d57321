// Affine relations as loops: what becomes a contraction, a view, phases; all values against the reference evaluator.
#include <algorithm>
#include <gtest/gtest.h>

#include "test/tools/interpret_plan.h"
#include "test/unit/schedule/planned.h"

namespace nnc::schedule {
namespace {

using test::CountKernels;
using test::Planned;

int Contractions(const Plan& plan) { return CountKernels(plan, Kernel::Kind::Contraction); }

bool HasConditions(const Plan& plan) {
  return std::any_of(plan.kernels.begin(), plan.kernels.end(), [](const Kernel& kernel) { return !kernel.conditions.empty(); });
}

int64_t Points(const Kernel& kernel) {
  int64_t points = 1;
  for (const ir::Dim& extent : kernel.loops) points *= extent.Constant();
  return points;
}

// Extents of the convolution's output for stride s, dilation d, padding.
std::string Replace(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  return text;
}

// 1-D convolution over [n, c, u:11] with kernel [o, c, p:3], forward and both gradients.
std::string Convolution(int stride, int dilation, int padding) {
  const int outputs = (11 + 2 * padding - dilation * 2 - 1) / stride + 1;
  std::string text = R"(graph main
%0 = input direct f32 [N, 2, 11] "x"
%1 = input weight f32 [3, 2, 3] "K"
%2 = input direct f32 [N, 3, OUT] "dy"
%3 = comp [n:N, o:3, i:OUT] sum [c:2, p:3, u:11] where REL : mul(%0[n, c, u], %1[o, c, p])
%4 = comp [n:N, c:2, u:11] sum [o:3, i:OUT, p:3] where REL : mul(%2[n, o, i], %1[o, c, p])
%5 = comp [o:3, c:2, p:3] sum [n:N, i:OUT, u:11] where REL : mul(%2[n, o, i], %0[n, c, u])
output "y" %3
output "dx" %4
output "dK" %5
)";
  const std::string relation = std::to_string(stride) + "*i + " + std::to_string(dilation) + "*p == u" +
                               (padding > 0 ? " + " + std::to_string(padding) : "");
  return Replace(Replace(text, "REL", relation), "OUT", std::to_string(outputs));
}

TEST(Relations, ConvolutionsAndTheirGradientsAreDenseContractions) {
  for (int stride = 1; stride <= 4; ++stride) {
    for (int dilation = 1; dilation <= 3; ++dilation) {
      for (int padding = 0; padding <= 2; ++padding) {
        SCOPED_TRACE("stride " + std::to_string(stride) + " dilation " + std::to_string(dilation) + " padding " + std::to_string(padding));
        const Plan plan = Planned(Convolution(stride, dilation, padding), {{"N", 2}});
        EXPECT_FALSE(HasConditions(plan)) << Print(plan);
        EXPECT_GE(Contractions(plan), 3) << Print(plan);
      }
    }
  }
}

TEST(Relations, StridedInputGradientsDoNoWorkOnZeros) {
  // Stride 2, kernel 3: one phase sees two taps, the other one: 6 points each for 11 outputs and 1 channel.
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [6] "dy"
%1 = input weight f32 [3] "K"
%2 = comp [u:11] sum [i:6, p:3] where 2*i + p == u + 1 : mul(%0[i], %1[p])
output "dx" %2
)");
  int64_t points = 0;
  for (const Kernel& kernel : plan.kernels) points += Points(kernel);
  EXPECT_EQ(plan.kernels.size(), 2u) << Print(plan);
  EXPECT_LE(points, 19) << Print(plan);
}

TEST(Relations, TransposedConvolutionWithKernelAsWideAsItsStrideIsOneContraction) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 3, 5] "x"
%1 = input weight f32 [3, 4, 2] "K"
%2 = comp [n:N, o:4, u:10] sum [c:3, i:5, p:2] where 2*i + p == u : mul(%0[n, c, i], %1[c, o, p])
%3 = comp [n:N, o:4, u:13] sum [c:3, i:5, p:2] where 2*i + p == u : mul(%0[n, c, i], %1[c, o, p])
%4 = comp [n:N, o:4, u:7] sum [c:3, i:5, p:2] where 2*i + p == u : mul(%0[n, c, i], %1[c, o, p])
output "y" %2
output "longer" %3
output "shorter" %4
)", {{"N", 2}});
  EXPECT_FALSE(HasConditions(plan)) << Print(plan);
  EXPECT_GE(Contractions(plan), 3) << Print(plan);
}

TEST(Relations, FlattenAndItsInverseMoveNothing) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 2, 3, 4] "x"
%1 = input weight f32 [24, 5] "W"
%2 = comp [n:N, c:2, h:3, w:4] : tanh(%0[n, c, h, w])
%3 = comp [n:N, k:24] sum [c:2, h:3, w:4] where 12*c + 4*h + w == k : %2[n, c, h, w]
%4 = comp [n:N, o:5] sum [k:24] : mul(%3[n, k], %1[k, o])
%5 = comp [n:N, k:24] sum [o:5] : mul(%4[n, o], %1[k, o])
%6 = comp [n:N, c:2, h:3, w:4] sum [k:24] where 12*c + 4*h + w == k : %5[n, k]
%7 = comp [n:N, c:2, h:3, w:4] : mul(%6[n, c, h, w], %2[n, c, h, w])
output "z" %4
output "dx" %7
)", {{"N", 3}});
  EXPECT_EQ(plan.kernels.size(), 4u) << Print(plan);
  EXPECT_EQ(Contractions(plan), 2) << Print(plan);
}

TEST(Relations, QuotientsAndRemaindersAreSolved) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [3, 4] "x"
%1 = comp [k:12] sum [a:3, b:4, q:3, r:4] where 4*a + r == k, 4*q + b == k : %0[a, b]
%2 = comp [n:6, m:8] sum [i:3, j:4, r:2, s:2] where 2*i + r == n, 2*j + s == m : %0[i, j]
%3 = comp [n:5] sum [i:3, r:2] where 2*i + r == n : %0[i, 1]
%4 = comp [n:9] sum [i:3, r:2] where 2*i + r == n : %0[i, 1]
output "flat" %1
output "upsampled" %2
output "cut" %3
output "long" %4
)");
  EXPECT_FALSE(HasConditions(plan)) << Print(plan);
  for (const Kernel& kernel : plan.kernels) EXPECT_LT(kernel.folded, 0) << Print(plan);
}

TEST(Relations, MaximumPoolingAndItsGradient) {
  for (const char* shape : {"2 2 0 3", "2 3 0 3", "3 3 1 3", "2 3 1 4", "1 3 1 7"}) {
    SCOPED_TRACE(shape);
    const std::string stride(1, shape[0]), window(1, shape[2]), padding(1, shape[4]), outputs(1, shape[6]);
    std::string text = R"(graph main
%0 = input direct f32 [N, 7] "x"
%1 = input direct f32 [N, OUT] "dy"
%2 = comp [n:N, i:OUT] max [p:WIN, u:7] where STRIDE*i + p == u + PAD : %0[n, u]
%3 = comp [n:N, i:OUT] argmax [p:WIN | u:7] where STRIDE*i + p == u + PAD : %0[n, u]
%4 = comp [n:N, i:OUT, p:WIN] : let t0 = eq(%3[n, i], p) in select(t0, %1[n, i], 0)
%5 = comp [n:N, u:7] sum [i:OUT, p:WIN] where STRIDE*i + p == u + PAD : %4[n, i, p]
output "y" %2
output "dx" %5
)";
    text = Replace(Replace(Replace(Replace(text, "STRIDE", stride), "WIN", window), "PAD", padding), "OUT", outputs);
    const Plan plan = Planned(text, {{"N", 3}});
    // The window's selection is computed where it is summed.
    for (const Buffer& buffer : plan.buffers) EXPECT_NE(buffer.name, "%4") << Print(plan);
  }
}

TEST(Relations, WhatHasNoSolutionIsTested) {
  Planned(R"(graph main
%0 = input direct f32 [7] "x"
%1 = comp [u:5] sum [i:7, p:3, q:4] where 2*i + 3*p == 3*q + 2*u : mul(%0[i], %0[p])
%2 = comp [u:5, v:5] sum [i:7] where i == u, i == v : %0[i]
%3 = comp [u:5] sum [i:7] where 2*i == u + 7 : %0[i]
%4 = comp [u:5] prod [i:7, p:3] where 2*i + 3*p == u : %0[i]
%5 = comp [u:5] max [i:7] where i == 2*u + 20 : %0[i]
%6 = comp [u:9] argmin [i:7 | p:3] where i + 2*p == u : %0[i]
%7 = comp [u:5] sum [i:7] where 0 == 1 : %0[i]
%8 = comp [u:6] sum [i:7, p:3] where 2*i == u, i == p + 1 : %0[i]
output "a" %1
output "b" %2
output "c" %3
output "d" %4
output "e" %5
output "f" %6
output "g" %7
output "h" %8
)");
}

TEST(Relations, SymbolicSizesInRelations) {
  Planned(R"(graph main
%0 = input direct f32 [N, 3] "x"
%1 = comp [i:N] sum [u:N] where i == u + 1 : %0[u, 0]
%2 = comp [i:N] sum [u:N] where i + u + 1 == N : %0[u, 2]
%3 = comp [k:3*N] sum [n:N, c:3] where 3*n + c == k : %0[n, c]
%4 = comp [n:(N // 2)] sum [u:N] where 2*n + 1 == u : %0[u, 1]
%5 = comp [i:N + 2] sum [u:N] where i == u + 1 : %0[u, 1]
%6 = comp [i:N - 2] sum [u:N + 2, p:3] where i + p == u + 1 : %5[u]
%7 = comp [u:N] sum [n:(N // 2), r:2] where 2*n + r == u : %4[n]
output "shifted" %1
output "reversed" %2
output "flat" %3
output "odd" %4
output "padded" %5
output "window" %6
output "doubled" %7
)", {{"N", 5}});
}

TEST(Relations, PaddingSlicesAndTransposesAreReadThrough) {
  const Plan plan = Planned(R"(graph main
%0 = input direct f32 [N, 6] "x"
%1 = input direct f32 [N, 4] "z"
%2 = comp [n:N, k:10] sum [i:6] where i == k : %0[n, i]
%3 = comp [n:N, k:10] sum [i:4] where i + 6 == k : %1[n, i]
%4 = comp [n:N, k:10] : add(%2[n, k], %3[n, k])
%5 = comp [k:4, n:N] sum [j:10] where j == k + 3 : %4[n, j]
%6 = comp [k:4, n:N] : tanh(%5[k, n])
output "joined" %4
output "part" %6
)", {{"N", 3}});
  EXPECT_EQ(plan.kernels.size(), 2u) << Print(plan);
}

}  // namespace
}  // namespace nnc::schedule
