// See vector_math.h: the table's rows, arithmetic, rounding and comparison.
#include "compiler/codegen/vector_math.h"

#include <cmath>
#include <limits>

namespace nnc::codegen {

llvm::Value* Number(Code& code, Term& term) {
  if (!term.number) term.number = code.b.CreateSelect(term.truth, code.Number(1), code.Number(0));
  return term.number;
}

llvm::Value* Truth(Code& code, Term& term) {
  if (!term.truth) term.truth = code.b.CreateFCmpUNE(term.number, code.Number(0));
  return term.truth;
}

namespace math {

V Polynomial(Code& code, V x, std::initializer_list<double> lowest_first) {
  const double* last = lowest_first.end() - 1;
  V sum = llvm::ConstantFP::get(x->getType(), *last);
  while (last != lowest_first.begin()) sum = code.MulAdd(sum, x, llvm::ConstantFP::get(x->getType(), *--last));
  return sum;
}

V Abs(Code& code, V x) { return code.Intrinsic(llvm::Intrinsic::fabs, x); }

V SignBit(Code& code, V x) {
  return code.b.CreateAnd(code.b.CreateBitCast(x, code.ivec), code.Integers(std::numeric_limits<int32_t>::min()));
}

V WithSign(Code& code, V magnitude, V sign_bit) {
  return code.b.CreateBitCast(code.b.CreateXor(code.b.CreateBitCast(magnitude, code.ivec), sign_bit), code.vec);
}

V Larger(Code& code, V x, V y) { return code.b.CreateSelect(code.b.CreateFCmpOGT(x, y), x, y); }
V Smaller(Code& code, V x, V y) { return code.b.CreateSelect(code.b.CreateFCmpOLT(x, y), x, y); }

// Whether x is never nan, whatever is computed: a constant, or an integer's value.
static bool IsNeverNan(V x) {
  if (llvm::isa<llvm::SIToFPInst>(x) || llvm::isa<llvm::UIToFPInst>(x)) return true;
  auto* constant = llvm::dyn_cast<llvm::Constant>(x);
  auto* splat = constant ? llvm::dyn_cast_or_null<llvm::ConstantFP>(constant->getSplatValue()) : nullptr;
  return splat && !splat->isNaN();
}

// `first` gives its second argument where either is nan: what may be nan stands there, or is looked at.
static V NanOr(Code& code, V x, V y, V (*first)(Code&, V, V)) {
  if (IsNeverNan(x)) return first(code, x, y);
  if (IsNeverNan(y)) return first(code, y, x);
  return code.b.CreateSelect(code.b.CreateFCmpUNO(x, x), x, first(code, x, y));
}

V Maximum(Code& code, V x, V y) { return NanOr(code, x, y, Larger); }
V Minimum(Code& code, V x, V y) { return NanOr(code, x, y, Smaller); }

V RoundEven(Code& code, V x) {
  if (code.level != Level::Baseline) return code.Intrinsic(llvm::Intrinsic::nearbyint, x);
  // Below 2^23 adding and subtracting 2^23 rounds; from there on every number is whole.
  V magnitude = Abs(code, x);
  V rounded = code.b.CreateFSub(code.b.CreateFAdd(magnitude, code.Number(0x1p23)), code.Number(0x1p23));
  V with_sign = WithSign(code, rounded, SignBit(code, x));
  return code.b.CreateSelect(code.b.CreateFCmpOLT(magnitude, code.Number(0x1p23)), with_sign, x);
}

V Floor(Code& code, V x) {
  if (code.level != Level::Baseline) return code.Intrinsic(llvm::Intrinsic::floor, x);
  V rounded = RoundEven(code, x);
  V above = code.b.CreateFSub(rounded, code.Number(1));
  return code.b.CreateSelect(code.b.CreateFCmpOGT(rounded, x), above, rounded);
}

static V Negative(Code& code, V x) { return code.b.CreateFNeg(x); }
static V Ceil(Code& code, V x) { return Negative(code, Floor(code, Negative(code, x))); }

static V Sign(Code& code, V x) {
  V one = WithSign(code, code.Number(1), SignBit(code, x));
  // 0 of zeros and denormals, nan of nan.
  return code.b.CreateSelect(code.b.CreateFCmpONE(x, code.Number(0)), one, code.b.CreateFMul(x, code.Number(0)));
}

static V Modulo(Code& code, V a, V b) {
  V quotient = Floor(code, code.Div(a, b));
  return code.MulAdd(Negative(code, b), quotient, a);
}

// a log(b), and 0 where a is 0 and the logarithm that of 0, which it is at `pole`.
static V TimesLog(Code& code, V a, V b, double pole, V (*log)(Code&, V)) {
  V nothing = code.b.CreateAnd(code.b.CreateFCmpOEQ(a, code.Number(0)), code.b.CreateFCmpOEQ(b, code.Number(pole)));
  return code.b.CreateSelect(nothing, code.Number(0), code.b.CreateFMul(a, log(code, b)));
}

// Small constant exponents are products; the others take the general way.
static V Power(Code& code, V a, V b) {
  auto* constant = llvm::dyn_cast<llvm::Constant>(b);
  auto* splat = constant ? llvm::dyn_cast_or_null<llvm::ConstantFP>(constant->getSplatValue()) : nullptr;
  if (!splat) return Pow(code, a, b);
  const double exponent = splat->getValueAPF().convertToDouble();
  if (exponent == 1) return a;
  if (exponent == -1) return code.b.CreateFDiv(code.Number(1), a);
  V square = code.b.CreateFMul(a, a);
  if (exponent == 2) return square;
  if (exponent == -2) {  // the square of 1/a: that of a leaves the range of numbers before it does
    V inverse = code.b.CreateFDiv(code.Number(1), a);
    return code.b.CreateFMul(inverse, inverse);
  }
  if (exponent == 3) return code.b.CreateFMul(square, a);
  if (exponent == 4) return code.b.CreateFMul(square, square);
  return Pow(code, a, b);
}

// (a op b) - c in double precision, to single; 0 where that is too large.
static V Rest(Code& code, llvm::Instruction::BinaryOps operation, V a, V b, V c) {
  auto* wide = llvm::FixedVectorType::get(code.b.getDoubleTy(), kLanes);
  auto exact = [&](V x) { return code.b.CreateFPExt(x, wide); };
  V rest = code.b.CreateFPTrunc(code.b.CreateFSub(code.b.CreateBinOp(operation, exact(a), exact(b)), exact(c)), code.vec);
  V large = code.b.CreateFCmpOEQ(Abs(code, rest), code.Number(std::numeric_limits<double>::infinity()));
  return code.b.CreateSelect(large, code.Number(0), rest);
}

// e^x - 1, which is e^x where 1 is below its last bit.
static V ExpLess1(Code& code, V x) { return code.b.CreateSelect(code.b.CreateFCmpOGT(x, code.Number(80)), Exp(code, x), Expm1(code, x)); }

}  // namespace math

Term Call(Code& code, ir::ScalarFn fn, Term ta, Term tb, Term tc) {
  using ir::ScalarFn;
  auto& b = code.b;
  auto x = [&] { return Number(code, ta); };
  auto y = [&] { return Number(code, tb); };
  auto number = [](llvm::Value* value) { return Term{value, nullptr}; };
  auto truth = [](llvm::Value* value) { return Term{nullptr, value}; };
  switch (fn) {
    case ScalarFn::Add: return number(b.CreateFAdd(x(), y()));
    case ScalarFn::Sub: return number(b.CreateFSub(x(), y()));
    case ScalarFn::Mul: return number(b.CreateFMul(x(), y()));
    case ScalarFn::Div: return number(code.Div(x(), y()));
    case ScalarFn::Neg: return number(b.CreateFNeg(x()));
    case ScalarFn::Pow: return number(math::Power(code, x(), y()));
    case ScalarFn::FloorDiv: return number(math::Floor(code, code.Div(x(), y())));
    case ScalarFn::Mod: return number(math::Modulo(code, x(), y()));
    case ScalarFn::Max: return number(math::Maximum(code, x(), y()));
    case ScalarFn::Min: return number(math::Minimum(code, x(), y()));
    case ScalarFn::Abs: return number(math::Abs(code, x()));
    case ScalarFn::Sign: return number(math::Sign(code, x()));
    case ScalarFn::Floor: return number(math::Floor(code, x()));
    case ScalarFn::Ceil: return number(math::Ceil(code, x()));
    case ScalarFn::Round: return number(math::RoundEven(code, x()));
    case ScalarFn::Exp: return number(math::Exp(code, x()));
    case ScalarFn::Expm1: return number(math::ExpLess1(code, x()));
    case ScalarFn::Log: return number(math::Log(code, x()));
    case ScalarFn::Log1p: return number(math::Log1p(code, x()));
    case ScalarFn::Xlogy: return number(math::TimesLog(code, x(), y(), 0, math::Log));
    case ScalarFn::Xlog1py: return number(math::TimesLog(code, x(), y(), -1, math::Log1p));
    case ScalarFn::Sqrt: return number(code.Intrinsic(llvm::Intrinsic::sqrt, x()));
    case ScalarFn::Sin: return number(math::Sin(code, x()));
    case ScalarFn::Cos: return number(math::Cos(code, x()));
    case ScalarFn::Tan: return number(math::Tan(code, x()));
    case ScalarFn::Atan: return number(math::Atan2(code, x(), code.Number(1)));
    case ScalarFn::Atan2: return number(math::Atan2(code, x(), y()));
    case ScalarFn::Asin: return number(math::Asin(code, x()));
    case ScalarFn::Acos: return number(math::Acos(code, x()));
    case ScalarFn::Sinh: return number(math::Sinh(code, x()));
    case ScalarFn::Cosh: return number(math::Cosh(code, x()));
    case ScalarFn::Tanh: return number(math::Tanh(code, x()));
    case ScalarFn::Sigmoid: return number(math::Sigmoid(code, x()));
    case ScalarFn::Softplus: return number(math::Softplus(code, x()));
    case ScalarFn::Erf: return number(math::Erf(code, x()));
    case ScalarFn::Eq: return truth(b.CreateFCmpOEQ(x(), y()));
    case ScalarFn::Ne: return truth(b.CreateFCmpUNE(x(), y()));
    case ScalarFn::Lt: return truth(b.CreateFCmpOLT(x(), y()));
    case ScalarFn::Le: return truth(b.CreateFCmpOLE(x(), y()));
    case ScalarFn::Gt: return truth(b.CreateFCmpOGT(x(), y()));
    case ScalarFn::Ge: return truth(b.CreateFCmpOGE(x(), y()));
    case ScalarFn::And: return truth(b.CreateAnd(Truth(code, ta), Truth(code, tb)));
    case ScalarFn::Or: return truth(b.CreateOr(Truth(code, ta), Truth(code, tb)));
    case ScalarFn::Not: return truth(b.CreateNot(Truth(code, ta)));
    case ScalarFn::Select: return number(b.CreateSelect(Truth(code, ta), y(), Number(code, tc)));
    case ScalarFn::Stop: return ta;
    case ScalarFn::Quotient: return number(code.Div(x(), y()));
    case ScalarFn::SumRest: return number(math::Rest(code, llvm::Instruction::FAdd, x(), y(), Number(code, tc)));
    case ScalarFn::ProductRest: return number(math::Rest(code, llvm::Instruction::FMul, x(), y(), Number(code, tc)));
  }
  return {};
}

}  // namespace nnc::codegen
