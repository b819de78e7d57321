// Every row of the scalar table, at orders 1 to 3, at points where it is smooth.
#include <gtest/gtest.h>

#include "check.h"

namespace nnc::test {

using ir::Operand;
using ir::ScalarFn;

// A range of values where the function and its derivatives are defined, away from kinks.
static std::pair<double, double> Domain(ScalarFn fn) {
  switch (fn) {
    case ScalarFn::Log:
    case ScalarFn::Log1p:
    case ScalarFn::Xlogy:
    case ScalarFn::Xlog1py:
    case ScalarFn::Sqrt:
    case ScalarFn::Pow:
    case ScalarFn::Div: return {0.5, 1.5};
    case ScalarFn::Asin:
    case ScalarFn::Acos: return {-0.6, 0.6};
    case ScalarFn::Floor:
    case ScalarFn::Ceil:
    case ScalarFn::Round:
    case ScalarFn::Sign:
    case ScalarFn::Abs: return {0.1, 0.4};
    default: return {-1.2, 1.3};
  }
}

class EveryScalar : public testing::TestWithParam<int> {};

TEST_P(EveryScalar, DerivativesMatchDifferences) {
  const ir::ScalarRow& row = ir::AllScalarRows()[static_cast<size_t>(GetParam())];
  if (row.fn == ScalarFn::Stop) GTEST_SKIP() << "a constant to derivatives by definition";
  const auto [low, high] = Domain(row.fn);
  Case test;
  test.name = std::string(row.name);
  for (int i = 0; i < row.arity; ++i) test.variables.push_back({std::string(1, static_cast<char>('a' + i)), {3}, low, high});
  test.build = [&](ir::Builder& builder, const std::vector<ir::NodeId>& inputs) {
    // The product with exp of the first argument gives functions that are piecewise constant something to differentiate.
    const ir::NodeId value = builder.Call(row.fn, inputs);
    return builder.Call(ScalarFn::Mul, {value, builder.Call(ScalarFn::Exp, {inputs[0]})});
  };
  test.tolerance = 1e-5;
  CheckDerivatives(test);
}

INSTANTIATE_TEST_SUITE_P(Table, EveryScalar, testing::Range(0, ir::kScalarFnCount), [](const auto& info) {
  return std::string(ir::AllScalarRows()[static_cast<size_t>(info.param)].name);
});

}  // namespace nnc::test
