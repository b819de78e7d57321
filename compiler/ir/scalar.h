// The table of scalar functions: the only operations whose derivative is written by hand. A row holds name, arity,
// cost, documentation, the reference evaluation and the derivative; builtin names of the language, their documentation, the
// evaluator, differentiation and tests are all read off it. The vector code of a row is in codegen/vector_math.
//
// Truth values are 0 and 1; a condition is true unless it is 0.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace nnc::ir {

enum class ScalarFn : uint8_t {
#define NNC_SCALAR(id, ...) id,
#include "compiler/ir/scalar.def"
#undef NNC_SCALAR
};

inline constexpr int kScalarFnCount = 0
#define NNC_SCALAR(id, ...) +1
#include "compiler/ir/scalar.def"
#undef NNC_SCALAR
    ;

struct ScalarRow {
  ScalarFn fn{};
  double (*evaluate)(double a, double b, double c) = nullptr;
  std::string_view name;     // in the graph's text; also the language's builtin where `builtin`
  int arity = 1;             // 1, 2 or 3
  bool builtin = false;      // callable by name in .nn
  bool commutative = false;
  bool truth = false;        // the result is a truth value
  // About what it costs, an addition being 1: what is cheap is sooner computed again than stored (schedule), a turn's values are saved or
  // computed once more by these (passes/save_turns).
  int cost = 1;
  // For each argument, what the adjoint g of the result y adds to the argument's adjoint, in prefix form over g, y and the
  // arguments a, b, c: tanh is "mul(g, sub(1, mul(y, y)))". Linear in g, so forward mode uses it too. "" is zero.
  // Masks stand around the whole product (strong zeros): max is "select(ge(a, b), g, 0)".
  std::string_view derivative[3];
  std::string_view doc;      // one line with formula, domain, and what happens outside
};

const ScalarRow& Row(ScalarFn fn);
// The function of numbers that the program says: its zeros win, 0 times an infinity is 0.
double Folded(ScalarFn fn, double a, double b, double c);
const std::vector<ScalarRow>& AllScalarRows();
// It costs no more than an addition.
bool IsCheap(ScalarFn fn);
std::optional<ScalarFn> FindScalarFn(std::string_view name);

}  // namespace nnc::ir
