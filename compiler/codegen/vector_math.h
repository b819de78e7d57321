// Scalar functions on sixteen lanes, inlined as polynomials: no call leaves the generated code. One row of the scalar table is
// one case of Call.
//
// Errors are below 4 units in the last place (2 for most) for every float; infinities, nan and zeros come out as in C, and nan
// goes through max, min and sign. Denormal arguments count as zeros and denormal results are zeros; what only passes a number on
// (-a, |a|, select) leaves it as it is. floordiv and mod are those of the rounded quotient.
// The same operations in the same order on every level with fused multiply-adds: equal bits.
#pragma once
#include "compiler/codegen/code.h"

namespace nnc::codegen {

// A step's value: a number, a truth value, or both forms of the same.
struct Term {
  llvm::Value* number = nullptr;  // <16 x float>
  llvm::Value* truth = nullptr;   // <16 x i1>
};

llvm::Value* Number(Code& code, Term& term);
llvm::Value* Truth(Code& code, Term& term);

Term Call(Code& code, ir::ScalarFn fn, Term a, Term b, Term c);

// The families.
namespace math {
using V = llvm::Value*;
V Polynomial(Code& code, V x, std::initializer_list<double> lowest_first);
V Abs(Code& code, V x);
V SignBit(Code& code, V x);                // integers
V WithSign(Code& code, V magnitude, V sign_bit);
V Larger(Code& code, V x, V y);            // x > y ? x : y, one instruction: y where either is nan
V Smaller(Code& code, V x, V y);
V Maximum(Code& code, V x, V y);           // nan where either is
V Minimum(Code& code, V x, V y);
V RoundEven(Code& code, V x);
V Floor(Code& code, V x);

V Exp(Code& code, V x, int doublings = 0);  // e^x 2^doublings
V Expm1(Code& code, V x);                   // x <= 88
V Log(Code& code, V x);
V Log1p(Code& code, V x);
V Pow(Code& code, V x, V y);
V Sinh(Code& code, V x);
V Cosh(Code& code, V x);
V Tanh(Code& code, V x);
V Sigmoid(Code& code, V x);
V Softplus(Code& code, V x);
V Erf(Code& code, V x);

// Of the lanes whose |x| is beyond 2^20, the quarters and the rest of x = quarter pi/2 + rest; of the others, `others`.
Code::Values ReduceHugeAngles(Code& code, V x, const Code::Values& others);
V Sin(Code& code, V x);
V Cos(Code& code, V x);
V Tan(Code& code, V x);
V Atan2(Code& code, V y, V x);
V Asin(Code& code, V x);
V Acos(Code& code, V x);
}  // namespace math

}  // namespace nnc::codegen
