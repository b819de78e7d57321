// Angles beyond 2^20 modulo pi / 2 (Payne and Hanek 1983): of 2 / pi only the bits that make a difference to the quarter and the
// rest take part. A float is M 2^e with a whole M below 2^24; 2^e 2 / pi modulo 4 is kept for every e in three parts, of which
// the first two have products with M that are exact in double precision. One function per module and level, called where a
// lane needs it.
#include <array>
#include <cmath>
#include <limits>

#include "compiler/codegen/vector_math.h"

namespace nnc::codegen::math {
namespace {

constexpr int kFirstExponent = 147;  // biased, of 2^20
constexpr int kExponents = 108;      // up to the largest finite float
constexpr int kParts = 3;

// Bit k of 2 / pi, of weight 2^-k, k = 1, 2, ...
int BitOfTwoOverPi(int k) {
  static constexpr uint32_t digits[] = {0xA2F983, 0x6E4E44, 0x1529FC, 0x2757D1, 0xF534DD, 0xC0DB62, 0x95993C, 0x439041, 0xFE5163};
  if (k < 1) return 0;
  return static_cast<int>(digits[(k - 1) / 24] >> (23 - (k - 1) % 24) & 1u);
}

// The bits of 2^e 2 / pi with weights 2^high to 2^low.
double BitsOf(int e, int high, int low) {
  double sum = 0;
  for (int weight = high; weight >= low; --weight) sum += std::ldexp(BitOfTwoOverPi(e - weight), weight);
  return sum;
}

llvm::GlobalVariable* Table(Code& code) {
  constexpr const char* name = "nnc.two_over_pi";
  if (auto* made = code.module.getNamedGlobal(name)) return made;
  std::vector<double> values;
  for (int i = 0; i < kExponents; ++i) {
    const int e = kFirstExponent + i - 150;
    for (const auto& [high, low] : {std::pair(1, -26), std::pair(-27, -54), std::pair(-55, -107)}) values.push_back(BitsOf(e, high, low));
  }
  auto* data = llvm::ConstantDataArray::get(code.context, values);
  return new llvm::GlobalVariable(code.module, data->getType(), true, llvm::GlobalValue::InternalLinkage, data, name);
}

// void (<16 x float> x, ptr out): quarters as integers and after them the rests. Finite x beyond 2^20; the others come out as
// anything.
llvm::Function* MakeFunction(Code& code, const std::string& name) {
  auto& b = code.b;
  auto* type = llvm::FunctionType::get(b.getVoidTy(), {code.vec, code.ptr}, false);
  llvm::Function* function = code.NewFunction(type, name, true);
  b.SetInsertPoint(llvm::BasicBlock::Create(code.context, "entry", function));
  auto* wide = llvm::FixedVectorType::get(b.getDoubleTy(), kLanes);
  auto* wide_integers = llvm::FixedVectorType::get(code.i64, kLanes);
  auto constant = [&](double value) { return llvm::ConstantFP::get(wide, value); };
  V bits = b.CreateBitCast(function->getArg(0), code.ivec);
  V exponent = b.CreateAnd(b.CreateLShr(bits, code.Integers(23)), code.Integers(255));
  V row = b.CreateSub(exponent, code.Integers(kFirstExponent));
  row = b.CreateBinaryIntrinsic(llvm::Intrinsic::smax, row, code.Integers(0));
  row = b.CreateBinaryIntrinsic(llvm::Intrinsic::smin, row, code.Integers(kExponents - 1));
  V whole = b.CreateOr(b.CreateAnd(bits, code.Integers(0x7FFFFF)), code.Integers(0x800000));
  V m = b.CreateSIToFP(whole, wide);
  V first = b.CreateMul(row, code.Integers(kParts));
  auto product = [&](int part) {
    V index = b.CreateAdd(first, code.Integers(part));
    V values = b.CreateMaskedGather(wide, b.CreateGEP(b.getDoubleTy(), Table(code), index), llvm::Align(8), code.All(),
                                    llvm::Constant::getNullValue(wide));
    return b.CreateFMul(values, m);
  };
  // The nearest whole number is taken off twice; the sums are exact until the last.
  auto nearest = [&](V x) { return b.CreateFAdd(x, constant(0x1.8p52)); };
  auto low_bits = [&](V shifted) { return b.CreateTrunc(b.CreateBitCast(shifted, wide_integers), code.ivec); };
  V turns = product(0);
  V shifted = nearest(turns);
  V rest = b.CreateFAdd(b.CreateFSub(turns, b.CreateFSub(shifted, constant(0x1.8p52))), product(1));
  V again = nearest(rest);
  rest = b.CreateFAdd(b.CreateFSub(rest, b.CreateFSub(again, constant(0x1.8p52))), product(2));
  V quarter = b.CreateAdd(low_bits(shifted), low_bits(again));
  V angle = b.CreateFPTrunc(b.CreateFMul(rest, constant(1.5707963267948966)), code.vec);
  V negative = b.CreateICmpSLT(bits, code.Integers(0));
  code.Store(function->getArg(1), b.CreateBitCast(b.CreateSelect(negative, b.CreateNeg(quarter), quarter), code.vec));
  code.Store(code.Element(function->getArg(1), code.Int(kLanes)), WithSign(code, angle, SignBit(code, function->getArg(0))));
  b.CreateRetVoid();
  return function;
}

}  // namespace

Code::Values ReduceHugeAngles(Code& code, V x, const Code::Values& others) {
  auto& b = code.b;
  V magnitude = Abs(code, x);
  V huge = b.CreateAnd(b.CreateFCmpOGT(magnitude, code.Number(0x1p20)),
                       b.CreateFCmpOLT(magnitude, code.Number(std::numeric_limits<double>::infinity())));
  V any = b.CreateICmpNE(b.CreateBitCast(huge, b.getInt16Ty()), b.getInt16(0));
  const std::string name = std::string("nnc.") + Name(code.level) + ".huge_angles";
  return code.If(any, others, [&] {
    llvm::Function* function = code.module.getFunction(name);
    if (!function) {
      const llvm::IRBuilderBase::InsertPointGuard guard(b);
      function = MakeFunction(code, name);
    }
    V out = code.Stack(2 * kLanes);
    b.CreateCall(function, {x, out});
    V quarter = b.CreateBitCast(code.Load(out), code.ivec);
    V rest = code.Load(code.Element(out, code.Int(kLanes)));
    return Code::Values{b.CreateSelect(huge, quarter, others[0]), b.CreateSelect(huge, rest, others[1])};
  });
}

}  // namespace nnc::codegen::math
