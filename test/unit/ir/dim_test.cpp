// The algebra of symbolic sizes.
#include <gtest/gtest.h>

#include "compiler/ir/dim.h"

namespace nnc::ir {
namespace {

const Dim N = Dim::Symbol("N"), H = Dim::Symbol("H"), E = Dim::Symbol("edge.N");

std::optional<int64_t> At(const Dim& dim, int64_t n, int64_t h = 1) {
  return dim.Evaluate([&](std::string_view name) -> std::optional<int64_t> {
    if (name == "N") return n;
    if (name == "H") return h;
    return std::nullopt;
  });
}

TEST(Dim, NumbersStayNumbers) {
  EXPECT_TRUE((Dim(6) * Dim(7)).IsConstant());
  EXPECT_EQ((Dim(6) * Dim(7) - Dim(2)).Constant(), 40);
  EXPECT_EQ(Dim::FloorDiv(-7, 2), Dim(-4));
  EXPECT_EQ(Dim::FloorDiv(7, -2), Dim(-4));
  EXPECT_EQ(Dim::Modulo(-7, 2), Dim(1));
  EXPECT_TRUE((N - N + Dim(3)).IsConstant());
}

TEST(Dim, EqualPolynomialsAreEqualHoweverTheyCameAbout) {
  EXPECT_EQ((N + H) * (N - H), N * N - H * H);
  EXPECT_EQ(N * H, H * N);
  EXPECT_EQ((N + Dim(1)) * Dim(2), N + Dim(2) + N);
  EXPECT_EQ(((N + H) * (N - H)).Hash(), (N * N - H * H).Hash());
  EXPECT_FALSE(N == H);
  EXPECT_FALSE(N + Dim(1) == N);
}

TEST(Dim, QuotientsAreExactWhereThePolynomialDivides) {
  EXPECT_EQ(Dim::FloorDiv(N * Dim(2), 2), N);
  EXPECT_EQ(Dim::FloorDiv(N * N + N, N), N + Dim(1));
  EXPECT_EQ(Dim::FloorDiv(N * N - H * H, N + H), N - H);
  EXPECT_EQ(Dim::FloorDiv(N * Dim(2) + Dim(1), 2), N);
  EXPECT_EQ(Dim::Modulo(N * Dim(6) + Dim(5), 3), Dim(2));
  EXPECT_EQ(Dim::FloorDiv(N * Dim(4), H * Dim(4)), Dim::FloorDiv(N, H));
  EXPECT_EQ(Dim::FloorDiv(N * Dim(-1), -1), N);
}

TEST(Dim, OpaqueQuotientsHaveOneForm) {
  EXPECT_EQ(Dim::FloorDiv(N + Dim(3), 2), Dim::FloorDiv(N + Dim(1), 2) + Dim(1));
  EXPECT_EQ(Dim::FloorDiv(N * Dim(3), 2) - N, Dim::FloorDiv(N, 2));
  EXPECT_FALSE(Dim::FloorDiv(N, 2) == Dim::FloorDiv(H, 2));
}

TEST(Dim, QuotientsWhoseNumeratorsBeginAlikeAreToldApart) {
  const Dim a = Dim::FloorDiv(N * N, 3), b = Dim::FloorDiv(N * N + H, 3), c = Dim::FloorDiv(N * N + H + Dim(1), 3);
  EXPECT_EQ(a * b + b * c + c * a, c * a + b * a + c * b);
  EXPECT_EQ((a + b + c) - c - a, b);
  EXPECT_FALSE(a == b || b == c || a == c);
  EXPECT_EQ(At(a * b - c, 4, 2), 5 * 6 - 6);
}

TEST(Dim, EvaluationAndSubstitutionAgreeWithArithmetic) {
  const Dim size = Dim::FloorDiv(N * Dim(3) + H - Dim(5), H + Dim(1)) * N - Dim::Modulo(N, 4);
  for (int64_t n = 1; n < 12; ++n) {
    for (int64_t h = 1; h < 6; ++h) {
      const int64_t top = 3 * n + h - 5, down = h + 1;
      const int64_t quotient = top / down - (top % down < 0);
      EXPECT_EQ(At(size, n, h), quotient * n - n % 4);
      EXPECT_EQ(size.Substitute("N", n).Substitute("H", h), Dim(quotient * n - n % 4));
      EXPECT_EQ(At(size.Substitute("N", N + H), n, h), At(size, n + h, h));
    }
  }
  EXPECT_EQ(At(E + N, 3), std::nullopt);
  EXPECT_EQ((E * N + Dim::FloorDiv(H, 2)).Symbols(), (std::vector<std::string>{"H", "N", "edge.N"}));
}

TEST(Dim, TextIsReadBack) {
  EXPECT_EQ((N * Dim(2) + Dim(1)).ToString(), "2*N + 1");
  EXPECT_EQ(Dim::FloorDiv(H, 2).ToString(), "(H // 2)");
  EXPECT_EQ((Dim::FloorDiv(N, 3) + Dim::FloorDiv(N, 2)).ToString(), "(N // 2) + (N // 3)");
  EXPECT_EQ((Dim(3) - N * H).ToString(), "-H*N + 3");
  EXPECT_EQ(Dim::FloorDiv(N * N - Dim(1), H + Dim(2)).ToString(), "((N*N - 1) // (H + 2))");
  EXPECT_EQ(ToString(Shape{N, 32}), "[N, 32]");
  for (const Dim& dim : {Dim(0), Dim(-7), N, E, N * N * Dim(-3) + H - Dim(1), Dim::FloorDiv(Dim::FloorDiv(N - Dim(4), 3) + H, H * N) * E,
                         Dim::Modulo(N * H, 7)}) {
    EXPECT_EQ(Dim::Parse(dim.ToString()), dim) << dim.ToString();
  }
  EXPECT_EQ(Dim::Parse("(N + 1) * 2 - N // 2"), N * Dim(2) + Dim(2) - Dim::FloorDiv(N, 2));
}

TEST(Dim, NonsenseIsNotRead) {
  for (const char* text : {"", "N +", "(N", "N)", "2 N", "N // 0", "N / 2", "99999999999999999999", "-", "*N", "N % (H - H)"}) {
    EXPECT_FALSE(Dim::Parse(text).has_value()) << text;
  }
  EXPECT_FALSE(Dim::Parse(std::string(100000, '(')).has_value());
}

TEST(Dim, BoundsAreProvedForSizesOfAtLeastOne) {
  EXPECT_TRUE(N.ProvablyPositive());
  EXPECT_TRUE((N - Dim(1)).ProvablyNonNegative());
  EXPECT_FALSE((N - Dim(2)).ProvablyNonNegative());
  EXPECT_FALSE((N - H).ProvablyNonNegative());
  EXPECT_TRUE((N * H - N).ProvablyNonNegative());
  EXPECT_TRUE((N * N - N * Dim(2) + Dim(1)).ProvablyNonNegative());
  EXPECT_FALSE(Dim(-1).ProvablyNonNegative());
}

TEST(Dim, BoundsOfQuotientsAreProved) {
  const Dim half = Dim::FloorDiv(N, 2);
  EXPECT_TRUE(half.ProvablyNonNegative());
  EXPECT_FALSE(half.ProvablyPositive());
  EXPECT_TRUE((N - half).ProvablyNonNegative());
  EXPECT_TRUE(Dim::Modulo(N, 5).ProvablyNonNegative());
  EXPECT_TRUE((Dim(4) - Dim::Modulo(N, 5)).ProvablyNonNegative());
  EXPECT_FALSE((Dim(3) - Dim::Modulo(N, 5)).ProvablyNonNegative());
  EXPECT_FALSE(Dim::FloorDiv(N - Dim(3), 2).ProvablyNonNegative());
  // A convolution of stride 2 and 3 taps without padding reads inside: 2 * (out - 1) + 2 <= H - 1.
  const Dim out = Dim::FloorDiv(H - Dim(3), 2) + Dim(1);
  EXPECT_TRUE((H - Dim(1) - (Dim(2) * (out - Dim(1)) + Dim(2))).ProvablyNonNegative());
  EXPECT_FALSE((H - Dim(2) - (Dim(2) * (out - Dim(1)) + Dim(2))).ProvablyNonNegative());
}

TEST(Dim, NoSmallerSizesExceedTheLargest) {
  const auto largest = [](std::string_view name) -> std::optional<int64_t> {
    return name == "N" ? std::optional<int64_t>(9) : name == "H" ? std::optional<int64_t>(4) : std::nullopt;
  };
  const Dim third = Dim::FloorDiv(N, 3), half = Dim::FloorDiv(N, 2);
  for (const Dim& dim : {N, N * H + Dim(2), Dim(100) - N, half - third + Dim(1), N * H - Dim(3) * N, Dim::FloorDiv(N - Dim(5) * H, H - Dim(2)),
                         Dim::FloorDiv(Dim(20) - Dim(7) * N, Dim(3) - H), Dim::Modulo(N, 5) * (H - Dim(2)), Dim(3) * N * N - Dim(20) * N}) {
    const int64_t bound = dim.Largest(largest).value();
    for (int64_t n = 1; n <= 9; ++n)
      for (int64_t h = 1; h <= 4; ++h) {
        const std::optional<int64_t> value = dim.Evaluate([&](std::string_view name) { return std::optional<int64_t>(name == "N" ? n : h); });
        if (value) EXPECT_LE(*value, bound) << dim.ToString() << " at " << n << ", " << h;
      }
  }
  EXPECT_EQ((N * H + Dim(2)).Largest(largest), 38);
  EXPECT_EQ((Dim(100) - N).Largest(largest), 99);
  EXPECT_EQ((N - Dim(3)).Largest(largest), 6);
  EXPECT_EQ(Dim::Symbol("T").Largest(largest), std::nullopt);
}

}  // namespace
}  // namespace nnc::ir
