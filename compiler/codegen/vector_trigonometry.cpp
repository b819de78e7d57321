// Trigonometric functions and their inverses. Coefficients come from test/tools/fit_polynomials.py.
#include <limits>

#include "compiler/codegen/vector_math.h"

namespace nnc::codegen::math {
namespace {

constexpr double kHalfPi = 1.5707963267948966;
constexpr double kHalfPiLow = -4.371139000186241e-08;  // pi / 2 minus its nearest float
constexpr double kPi = 3.1415926535897932;
constexpr double kPiLow = -8.742278000372482e-08;

// x = quarter * pi / 2 + rest, |rest| <= pi / 4; quarters modulo 4 where x is large. In double precision with pi / 2 in two
// parts (Cody and Waite) up to 2^20: the first has 33 bits, so that its products are exact. Beyond, see huge_angles.cpp.
struct Reduced {
  V quarter;  // integers
  V rest;
};

Reduced ReduceByHalfPi(Code& code, V x) {
  auto& b = code.b;
  auto* wide = llvm::FixedVectorType::get(b.getDoubleTy(), kLanes);
  auto* wide_integers = llvm::FixedVectorType::get(code.i64, kLanes);
  auto constant = [&](double value) { return llvm::ConstantFP::get(wide, value); };
  V long_x = b.CreateFPExt(x, wide);
  V shifted = b.CreateFAdd(b.CreateFMul(long_x, constant(0.63661977236758134)), constant(0x1.8p52));
  V quarters = b.CreateFSub(shifted, constant(0x1.8p52));
  V rest = b.CreateFSub(long_x, b.CreateFMul(quarters, constant(0x1.921fb544p+0)));
  rest = b.CreateFSub(rest, b.CreateFMul(quarters, constant(6.07710050650619224932e-11)));
  V quarter = b.CreateTrunc(b.CreateBitCast(shifted, wide_integers), code.ivec);
  V narrow = b.CreateFPTrunc(rest, code.vec);
  const Code::Values reduced = ReduceHugeAngles(code, x, {quarter, narrow});
  return {reduced[0], reduced[1]};
}

V SinOfReduced(Code& code, V r) {
  V square = code.b.CreateFMul(r, r);
  V p = Polynomial(code, square, {-0x1.555556p-3, 0x1.111174p-7, -0x1.a0595ap-13, 0x1.7c3068p-19});
  return code.MulAdd(code.b.CreateFMul(r, square), p, r);
}

V CosOfReduced(Code& code, V r) {
  V square = code.b.CreateFMul(r, r);
  V p = Polynomial(code, square, {0x1.555556p-5, -0x1.6c175ep-10, 0x1.a071b6p-16, -0x1.36147cp-22});
  V tail = code.MulAdd(code.b.CreateFMul(square, square), p, code.b.CreateFMul(square, code.Number(-0.5)));
  return code.b.CreateFAdd(tail, code.Number(1));
}

V IsOdd(Code& code, V integers) {
  return code.b.CreateICmpNE(code.b.CreateAnd(integers, code.Integers(1)), code.Integers(0));
}

// sin(rest + quarter pi / 2).
V SinOfQuarter(Code& code, V rest, V quarter) {
  V value = code.b.CreateSelect(IsOdd(code, quarter), CosOfReduced(code, rest), SinOfReduced(code, rest));
  V sign = code.b.CreateShl(code.b.CreateAnd(quarter, code.Integers(2)), code.Integers(30));
  return WithSign(code, value, sign);
}

// asin t for |t| <= 1/2.
V AsinOfSmall(Code& code, V t) {
  V square = code.b.CreateFMul(t, t);
  V p = Polynomial(code, square,
                   {0x1.55554cp-3, 0x1.3338acp-4, 0x1.6ca750p-5, 0x1.04d36cp-5, 0x1.d51124p-7, 0x1.34d062p-5});
  return code.MulAdd(code.b.CreateFMul(t, square), p, t);
}

// The square root of (1 - |x|) / 2: asin(x) = pi/2 - 2 asin of it.
V HalfAngle(Code& code, V magnitude) {
  V half = code.MulAdd(magnitude, code.Number(-0.5), code.Number(0.5));
  return code.Intrinsic(llvm::Intrinsic::sqrt, half);
}

}  // namespace

V Sin(Code& code, V x) {
  Reduced r = ReduceByHalfPi(code, x);
  return SinOfQuarter(code, r.rest, r.quarter);
}

V Cos(Code& code, V x) {
  Reduced r = ReduceByHalfPi(code, x);
  return SinOfQuarter(code, r.rest, code.b.CreateAdd(r.quarter, code.Integers(1)));
}

V Tan(Code& code, V x) {
  Reduced r = ReduceByHalfPi(code, x);
  V sine = SinOfReduced(code, r.rest);
  V cosine = CosOfReduced(code, r.rest);
  V odd = IsOdd(code, r.quarter);
  V above = code.b.CreateSelect(odd, code.b.CreateFNeg(cosine), sine);
  return code.Div(above, code.b.CreateSelect(odd, sine, cosine));
}

V Atan2(Code& code, V y, V x) {
  auto& b = code.b;
  const double infinity = std::numeric_limits<double>::infinity();
  V rise = Abs(code, y);
  V run = Abs(code, x);
  V any_nan = b.CreateFCmpUNO(y, x);
  // Equal infinities count as equal numbers, two zeros as the ratio 0.
  V both = b.CreateAnd(b.CreateFCmpOEQ(rise, code.Number(infinity)), b.CreateFCmpOEQ(run, code.Number(infinity)));
  rise = b.CreateSelect(both, code.Number(1), rise);
  run = b.CreateSelect(both, code.Number(1), run);
  V origin = b.CreateAnd(b.CreateFCmpOEQ(rise, code.Number(0)), b.CreateFCmpOEQ(run, code.Number(0)));
  V large = b.CreateOr(b.CreateFCmpOGT(rise, code.Number(1e37)), b.CreateFCmpOGT(run, code.Number(1e37)));
  V small = b.CreateFCmpOLT(Larger(code, rise, run), code.Number(0x1p-60));
  V scale = b.CreateSelect(large, code.Number(0x1p-24), b.CreateSelect(small, code.Number(0x1p60), code.Number(1)));
  rise = b.CreateFMul(rise, scale);
  run = b.CreateFMul(run, scale);
  // tan(3 pi / 8) and tan(pi / 8) part the quadrant: pi/2 - atan(run / rise), pi/4 + atan((rise - run) / (rise + run)), atan.
  V steep = b.CreateFCmpOGT(rise, b.CreateFMul(run, code.Number(2.414213562)));
  V middle = b.CreateFCmpOGT(rise, b.CreateFMul(run, code.Number(0.414213562)));
  V above = b.CreateSelect(steep, b.CreateFNeg(run), b.CreateSelect(middle, b.CreateFSub(rise, run), rise));
  V below = b.CreateSelect(steep, rise, b.CreateSelect(middle, b.CreateFAdd(rise, run), run));
  below = b.CreateSelect(origin, code.Number(1), below);
  V start = b.CreateSelect(steep, code.Number(kHalfPi), b.CreateSelect(middle, code.Number(kHalfPi / 2), code.Number(0)));
  V start_low = b.CreateSelect(steep, code.Number(kHalfPiLow),
                               b.CreateSelect(middle, code.Number(kHalfPiLow / 2), code.Number(0)));
  V t = code.Div(above, below);
  V square = b.CreateFMul(t, t);
  V p = Polynomial(code, square, {-0x1.55554ap-2, 0x1.9991e2p-3, -0x1.23b9a4p-3, 0x1.b22494p-4, -0x1.f2e778p-5});
  V tail = code.MulAdd(b.CreateFMul(t, square), p, start_low);
  V angle = b.CreateFAdd(start, b.CreateFAdd(t, tail));
  V left = b.CreateICmpSLT(b.CreateBitCast(x, code.ivec), code.Integers(0));
  V mirrored = b.CreateFSub(code.Number(kPi), b.CreateFSub(angle, code.Number(kPiLow)));
  angle = WithSign(code, b.CreateSelect(left, mirrored, angle), SignBit(code, y));
  return b.CreateSelect(any_nan, b.CreateFAdd(x, y), angle);
}

V Asin(Code& code, V x) {
  V magnitude = Abs(code, x);
  V outer = code.b.CreateFCmpOGT(magnitude, code.Number(0.5));
  V small = AsinOfSmall(code, code.b.CreateSelect(outer, HalfAngle(code, magnitude), magnitude));
  V from_end = code.b.CreateFAdd(code.MulAdd(small, code.Number(-2), code.Number(kHalfPi)), code.Number(kHalfPiLow));
  V value = code.b.CreateSelect(outer, from_end, small);
  return WithSign(code, value, SignBit(code, x));
}

V Acos(Code& code, V x) {
  auto& b = code.b;
  V magnitude = Abs(code, x);
  V outer = b.CreateFCmpOGT(magnitude, code.Number(0.5));
  V small = AsinOfSmall(code, b.CreateSelect(outer, HalfAngle(code, magnitude), x));
  V twice = b.CreateFMul(small, code.Number(2));
  V mirrored = b.CreateFSub(code.Number(kPi), b.CreateFSub(twice, code.Number(kPiLow)));
  V at_ends = b.CreateSelect(b.CreateFCmpOLT(x, code.Number(0)), mirrored, twice);
  V centre = b.CreateFSub(code.Number(kHalfPi), b.CreateFSub(small, code.Number(kHalfPiLow)));
  return b.CreateSelect(outer, at_ends, centre);
}

}  // namespace nnc::codegen::math
