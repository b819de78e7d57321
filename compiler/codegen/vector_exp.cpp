// Exponentials, logarithms and what is made of them. Coefficients come from test/tools/fit_polynomials.py, which minimises the
// largest relative error over the reduced range.
#include <llvm/IR/IntrinsicsX86.h>

#include <cmath>
#include <limits>

#include "compiler/codegen/vector_math.h"

namespace nnc::codegen::math {
namespace {

constexpr double kLog2e = 1.4426950408889634;
constexpr double kLn2High = 0.693359375;  // few bits: an integer below 2^14 times it is exact
constexpr double kLn2Low = -2.12194440e-4;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// x = whole * ln 2 + rest with |rest| <= ln 2 / 2 (1 + tiny), for |x| < 2^21.
struct Reduced {
  V whole;      // as floats
  V exponent;   // as integers
  V rest;
};

Reduced ReduceByLn2(Code& code, V x) {
  // Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
  V shifted = code.MulAdd(x, code.Number(kLog2e), code.Number(0x1.8p23));
  Reduced r;
  r.exponent = code.b.CreateSub(code.b.CreateBitCast(shifted, code.ivec), code.Integers(0x4B400000));
  r.whole = code.b.CreateFSub(shifted, code.Number(0x1.8p23));
  r.rest = code.MulAdd(r.whole, code.Number(-kLn2High), x);
  r.rest = code.MulAdd(r.whole, code.Number(-kLn2Low), r.rest);
  return r;
}

// 2^n for -126 <= n <= 127.
V PowerOfTwo(Code& code, V n) {
  V bits = code.b.CreateShl(code.b.CreateAdd(n, code.Integers(127)), code.Integers(23));
  return code.b.CreateBitCast(bits, code.vec);
}

// x 2^n with overflow to infinity and underflow to 0; `whole` is n as floats.
V Scale(Code& code, V x, V n, V whole) {
  if (code.level == Level::Avx512) {
    V all = llvm::ConstantInt::getAllOnesValue(code.b.getInt16Ty());
    return code.b.CreateIntrinsic(llvm::Intrinsic::x86_avx512_mask_scalef_ps_512, {}, {x, whole, x, all, code.b.getInt32(4)});
  }
  V half = code.b.CreateAShr(n, code.Integers(1));
  V scaled = code.b.CreateFMul(x, PowerOfTwo(code, half));
  return code.b.CreateFMul(scaled, PowerOfTwo(code, code.b.CreateSub(n, half)));
}

// Clamps that let nan through.
V AtMost(Code& code, V x, double limit) { return Smaller(code, code.Number(limit), x); }
V AtLeast(Code& code, V x, double limit) { return Larger(code, code.Number(limit), x); }

// x = m 2^e with sqrt(1/2) <= m < sqrt(2), for positive normal x; nonsense but no trap elsewhere.
struct Split {
  V exponent;  // integers
  V mantissa;
};

Split SplitExponent(Code& code, V x) {
  V bits = code.b.CreateBitCast(x, code.ivec);
  V exponent = code.b.CreateAShr(code.b.CreateSub(bits, code.Integers(0x3F3504F3)), code.Integers(23));
  V mantissa = code.b.CreateSub(bits, code.b.CreateShl(exponent, code.Integers(23)));
  return {exponent, code.b.CreateBitCast(mantissa, code.vec)};
}

// log(1 + f) + exponent ln 2 for sqrt(1/2) <= 1 + f < sqrt(2).
V LogOfParts(Code& code, V f, V exponent) {
  V e = code.b.CreateSIToFP(exponent, code.vec);
  V square = code.b.CreateFMul(f, f);
  V p = Polynomial(code, f, {0x1.555548p-2, -0x1.000006p-2, 0x1.99a476p-3, -0x1.555c46p-3, 0x1.233ba8p-3, -0x1.fc2884p-4,
                             0x1.e6bf38p-4, -0x1.de02d6p-4, 0x1.14763ap-4});
  V tail = code.b.CreateFMul(code.b.CreateFMul(f, square), p);
  tail = code.MulAdd(e, code.Number(kLn2Low), tail);
  tail = code.MulAdd(square, code.Number(-0.5), tail);
  return code.MulAdd(e, code.Number(kLn2High), code.b.CreateFAdd(f, tail));
}

// The ends of a logarithm's domain: `low` is where it is -inf, below it nan.
V LogEnds(Code& code, V x, V result, double low) {
  auto& b = code.b;
  result = b.CreateSelect(b.CreateFCmpOEQ(x, code.Number(kInfinity)), x, result);
  result = b.CreateSelect(b.CreateFCmpOEQ(x, code.Number(low)), code.Number(-kInfinity), result);
  return b.CreateSelect(b.CreateFCmpULT(x, code.Number(low)), code.Number(kNan), result);
}

}  // namespace

V Exp(Code& code, V x, int doublings) {
  V limited = AtLeast(code, AtMost(code, x, 100), -110);
  Reduced r = ReduceByLn2(code, limited);
  V p = Polynomial(code, r.rest, {0x1.fffffcp-2, 0x1.55548cp-3, 0x1.5558b8p-5, 0x1.123e58p-7, 0x1.6a4d6ep-10});
  V tail = code.MulAdd(code.b.CreateFMul(r.rest, r.rest), p, r.rest);
  V value = code.b.CreateFAdd(tail, code.Number(1));
  if (doublings != 0) {
    r.exponent = code.b.CreateAdd(r.exponent, code.Integers(doublings));
    r.whole = code.b.CreateFAdd(r.whole, code.Number(doublings));
  }
  return Scale(code, value, r.exponent, r.whole);
}

V Expm1(Code& code, V x) {
  V limited = AtLeast(code, AtMost(code, x, 88), -18);
  Reduced r = ReduceByLn2(code, limited);
  V p = Polynomial(code, r.rest, {0x1p-1, 0x1.555554p-3, 0x1.5554f4p-5, 0x1.1112dp-7, 0x1.6d405p-10, 0x1.9e8b3ep-13});
  V near_zero = code.MulAdd(code.b.CreateFMul(r.rest, r.rest), p, r.rest);
  V scale = PowerOfTwo(code, r.exponent);
  return code.MulAdd(near_zero, scale, code.b.CreateFSub(scale, code.Number(1)));
}

V Log(Code& code, V x) {
  Split parts = SplitExponent(code, x);
  V f = code.b.CreateFSub(parts.mantissa, code.Number(1));
  return LogEnds(code, x, LogOfParts(code, f, parts.exponent), 0);
}

V Log1p(Code& code, V x) {
  // What 1 + x lost to rounding is put back into the mantissa.
  V sum = code.b.CreateFAdd(x, code.Number(1));
  V lost = code.b.CreateFSub(x, code.b.CreateFSub(sum, code.Number(1)));
  Split parts = SplitExponent(code, sum);
  V f = code.b.CreateFSub(parts.mantissa, code.Number(1));
  // Nothing is lost to speak of where the exponent is largest.
  V exponent = code.b.CreateBinaryIntrinsic(llvm::Intrinsic::smax, code.b.CreateNeg(parts.exponent), code.Integers(-126));
  V inverse = PowerOfTwo(code, exponent);
  return LogEnds(code, x, LogOfParts(code, code.MulAdd(lost, inverse, f), parts.exponent), -1);
}

// In double precision: log2 |x| from its mantissa, times y, then 2 to that power.
V Pow(Code& code, V x, V y) {
  auto& b = code.b;
  auto* wide = llvm::FixedVectorType::get(b.getDoubleTy(), kLanes);
  auto* wide_integers = llvm::FixedVectorType::get(code.i64, kLanes);
  auto constant = [&](double value) { return llvm::ConstantFP::get(wide, value); };
  V base = Abs(code, x);
  Split parts = SplitExponent(code, base);
  V m = b.CreateFPExt(parts.mantissa, wide);
  V s = b.CreateFDiv(b.CreateFSub(m, constant(1)), b.CreateFAdd(m, constant(1)));
  V series = Polynomial(code, b.CreateFMul(s, s),
                        {0x1.71547652b8252p+1, 0x1.ec709dc53b9a6p-1, 0x1.2776c293f568ap-1, 0x1.a61a2e4920775p-2,
                         0x1.4795699153ba9p-2, 0x1.21afdf8db9f6ap-2});
  V log2 = code.MulAdd(s, series, b.CreateSIToFP(parts.exponent, wide));
  V wide_base = b.CreateFPExt(base, wide);
  log2 = b.CreateSelect(b.CreateFCmpOEQ(wide_base, constant(0)), constant(-kInfinity), log2);
  log2 = b.CreateSelect(b.CreateFCmpOLT(b.CreateFPExt(base, wide), constant(0x1p-126)), constant(-kInfinity), log2);
  V infinite_or_nan = b.CreateFCmpUEQ(wide_base, constant(kInfinity));
  log2 = b.CreateSelect(infinite_or_nan, wide_base, log2);
  V power = b.CreateFMul(b.CreateFPExt(y, wide), log2);
  power = b.CreateSelect(b.CreateFCmpOGT(power, constant(200)), constant(200), power);
  power = b.CreateSelect(b.CreateFCmpOLT(power, constant(-200)), constant(-200), power);
  V shifted = b.CreateFAdd(power, constant(0x1.8p52));
  V whole = b.CreateFSub(shifted, constant(0x1.8p52));
  V exponent = b.CreateTrunc(b.CreateBitCast(shifted, wide_integers), code.ivec);
  V fraction = Polynomial(code, b.CreateFSub(power, whole),
                          {0x1.ffffffffabbcfp-1, 0x1.62e42ff1162c5p-1, 0x1.ebfbe0a4be6aap-3, 0x1.c6b08aaf276dp-5,
                           0x1.3b29dc40e5bfbp-7, 0x1.5d8a708fd5bc8p-10, 0x1.446a1fd0872ccp-13, 0x1.fe177b3bc8f31p-17});
  V result = Scale(code, b.CreateFPTrunc(fraction, code.vec), exponent, b.CreateSIToFP(exponent, code.vec));
  // Signs and the cases that C fixes. An odd y is whole and its half is not.
  V zero = code.Number(0);
  V is_whole = b.CreateFCmpOEQ(Floor(code, y), y);
  V half = b.CreateFMul(y, code.Number(0.5));
  V is_odd = b.CreateAnd(is_whole, b.CreateFCmpONE(Floor(code, half), half));
  V negative = b.CreateICmpSLT(b.CreateBitCast(x, code.ivec), code.Integers(0));
  V signed_result = b.CreateSelect(b.CreateAnd(is_odd, negative), b.CreateFNeg(result), result);
  V outside = b.CreateAnd(b.CreateAnd(b.CreateFCmpOLT(x, zero), b.CreateNot(is_whole)),
                          b.CreateFCmpONE(base, code.Number(kInfinity)));
  signed_result = b.CreateSelect(outside, code.Number(kNan), signed_result);
  V infinite_y = b.CreateFCmpOEQ(Abs(code, y), code.Number(kInfinity));
  V is_one = b.CreateOr(b.CreateFCmpOEQ(x, code.Number(1)), b.CreateFCmpOEQ(y, zero));
  is_one = b.CreateOr(is_one, b.CreateAnd(infinite_y, b.CreateFCmpOEQ(base, code.Number(1))));
  return b.CreateSelect(is_one, code.Number(1), signed_result);
}

V Sinh(Code& code, V x) {
  V magnitude = Abs(code, x);
  V square = code.b.CreateFMul(x, x);
  V p = Polynomial(code, square, {0x1.555556p-3, 0x1.1110ep-7, 0x1.a022bcp-13, 0x1.756c1ep-19});
  V small = code.MulAdd(code.b.CreateFMul(x, square), p, x);
  V half = Exp(code, magnitude, -1);
  V large = code.b.CreateFSub(half, code.b.CreateFDiv(code.Number(0.25), half));
  large = WithSign(code, large, SignBit(code, x));
  return code.b.CreateSelect(code.b.CreateFCmpOLT(magnitude, code.Number(1)), small, large);
}

V Cosh(Code& code, V x) {
  V half = Exp(code, Abs(code, x), -1);
  return code.b.CreateFAdd(half, code.b.CreateFDiv(code.Number(0.25), half));
}

V Tanh(Code& code, V x) {
  // With t = e^2|x| - 1: t / (t + 2). From |x| = 9.02 on the nearest float is 1.
  V twice = AtMost(code, code.b.CreateFMul(Abs(code, x), code.Number(2)), 20);
  V t = Expm1(code, twice);
  V value = code.b.CreateFDiv(t, code.b.CreateFAdd(t, code.Number(2)));
  return WithSign(code, value, SignBit(code, x));
}

V Sigmoid(Code& code, V x) {
  V e = Exp(code, code.b.CreateFNeg(x));
  return code.b.CreateFDiv(code.Number(1), code.b.CreateFAdd(e, code.Number(1)));
}

V Softplus(Code& code, V x) {
  V e = Exp(code, code.b.CreateFNeg(Abs(code, x)));
  V positive = Larger(code, code.Number(0), x);
  return code.b.CreateFAdd(positive, Log1p(code, e));
}

V Erf(Code& code, V x) {
  V magnitude = Abs(code, x);
  V square = code.b.CreateFMul(x, x);
  V p = Polynomial(code, square, {0x1.06eba8p-3, -0x1.812740p-2, 0x1.ce2d64p-4, -0x1.b8011ap-6, 0x1.544a1ap-8, -0x1.a60a2ep-11,
                                  0x1.4f6760p-14});
  // In two roundings x p would be lost near the smallest numbers.
  V small = code.level == Level::Baseline ? code.b.CreateFMul(x, code.b.CreateFAdd(p, code.Number(1))) : code.MulAdd(x, p, x);
  // erf x = 1 - exp(-q(x)); from 4.1 on the nearest float is 1.
  V limited = AtMost(code, magnitude, 4.1);
  V q = Polynomial(code, limited, {-0x1.41aa6ap-13, 0x1.21202ap+0, 0x1.446ad2p-1, 0x1.b9faf2p-4, -0x1.968678p-6, 0x1.06fffap-8,
                                   -0x1.9353dap-12, 0x1.9ca412p-17, 0x1.6578a2p-21});
  V large = code.b.CreateFSub(code.Number(1), Exp(code, code.b.CreateFNeg(q)));
  large = WithSign(code, large, SignBit(code, x));
  return code.b.CreateSelect(code.b.CreateFCmpOLT(magnitude, code.Number(0.92)), small, large);
}

}  // namespace nnc::codegen::math
