#include "compiler/ir/scalar.h"

#include <cmath>
#include <limits>
#include <unordered_map>

namespace nnc::ir {

// 0 where it is too large for single precision.
static double Held(double value) { return std::fabs(value) > std::numeric_limits<float>::max() ? 0 : value; }

const std::vector<ScalarRow>& AllScalarRows() {
  static const std::vector<ScalarRow> rows = {
#define NNC_SCALAR(id, value, ...) \
  {.fn = ScalarFn::id, .evaluate = []([[maybe_unused]] double a, [[maybe_unused]] double b, [[maybe_unused]] double c) -> double { return value; }, __VA_ARGS__},
#include "compiler/ir/scalar.def"
#undef NNC_SCALAR
  };
  return rows;
}

const ScalarRow& Row(ScalarFn fn) { return AllScalarRows()[static_cast<size_t>(fn)]; }

bool IsCheap(ScalarFn fn) { return Row(fn).cost <= 1; }

double Folded(ScalarFn fn, double a, double b, double c) {
  return fn == ScalarFn::Mul && (a == 0 || b == 0) ? 0 : Row(fn).evaluate(a, b, c);
}

std::optional<ScalarFn> FindScalarFn(std::string_view name) {
  static const std::unordered_map<std::string_view, ScalarFn> by_name = [] {
    std::unordered_map<std::string_view, ScalarFn> map;
    for (const ScalarRow& row : AllScalarRows()) map.emplace(row.name, row.fn);
    return map;
  }();
  auto found = by_name.find(name);
  if (found == by_name.end()) return std::nullopt;
  return found->second;
}

}  // namespace nnc::ir
