// The table of scalar functions: every row against an independent statement, and every row mutated.
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "test/tools/scalar_check.h"

namespace nnc {
namespace {

using ir::Row;
using ir::ScalarFn;
using ir::ScalarRow;
using test::CheckScalarRow;

TEST(Scalar, EveryRowAgreesWithAnIndependentStatement) {
  EXPECT_EQ(ir::AllScalarRows().size(), static_cast<size_t>(ir::kScalarFnCount));
  for (const ScalarRow& row : ir::AllScalarRows()) EXPECT_EQ(CheckScalarRow(row), "");
}

TEST(Scalar, RowsAreFoundByFunctionAndByName) {
  for (const ScalarRow& row : ir::AllScalarRows()) {
    EXPECT_EQ(&Row(row.fn), &row);
    EXPECT_EQ(ir::FindScalarFn(row.name), row.fn);
  }
  EXPECT_FALSE(ir::FindScalarFn("relu6").has_value());
}

// A function pointer cannot carry the row it perturbs, so that row stands here.
const ScalarRow* perturbed = nullptr;

double PerturbedValue(double a, double b, double c) {
  const double value = perturbed->evaluate(a, b, c);
  return perturbed->truth ? 1 - value : value * (1 + 1e-6) + 1e-6;
}

TEST(Scalar, APerturbedEvaluationOfAnyRowIsFound) {
  for (const ScalarRow& row : ir::AllScalarRows()) {
    perturbed = &row;
    ScalarRow mutant = row;
    mutant.evaluate = PerturbedValue;
    EXPECT_NE(CheckScalarRow(mutant), "") << row.name;
  }
}

TEST(Scalar, APerturbedDerivativeOfAnyRowIsFound) {
  for (const ScalarRow& row : ir::AllScalarRows()) {
    for (int argument = 0; argument < 3; ++argument) {
      const std::string formula(row.derivative[argument]);
      const std::vector<std::string> mutants =
          formula.empty() ? std::vector<std::string>{"g"} : std::vector<std::string>{"", "mul(1.001, " + formula + ")", "neg(" + formula + ")"};
      for (const std::string& text : mutants) {
        ScalarRow mutant = row;
        mutant.derivative[argument] = text;
        EXPECT_NE(CheckScalarRow(mutant), "") << row.name << " with " << text;
      }
    }
  }
}

TEST(Scalar, AWrongNameArityOrFlagOfAnyRowIsFound) {
  for (const ScalarRow& row : ir::AllScalarRows()) {
    std::vector<ScalarRow> mutants(6, row);
    mutants[0].name = row.name == "exp" ? "log" : "exp";
    mutants[1].arity = row.arity % 3 + 1;
    mutants[2].commutative = !row.commutative;
    mutants[3].truth = !row.truth;
    mutants[4].builtin = !row.builtin;
    mutants[5].doc = "";
    for (size_t i = 0; i < mutants.size(); ++i) EXPECT_NE(CheckScalarRow(mutants[i]), "") << row.name << " mutant " << i;
  }
}

TEST(Scalar, DerivativesAtTiesGoToTheFirstArgument) {
  for (ScalarFn fn : {ScalarFn::Max, ScalarFn::Min}) {
    const test::FormulaValues tie{2, 2, 0, 2, 5};
    EXPECT_EQ(test::EvaluateFormula(Row(fn).derivative[0], tie), 5);
    EXPECT_EQ(test::EvaluateFormula(Row(fn).derivative[1], tie), 0);
  }
  EXPECT_EQ(test::EvaluateFormula(Row(ScalarFn::Abs).derivative[0], {0, 0, 0, 0, 5}), 0);
}

TEST(Scalar, TheUntakenSideOfASelectGetsAStrongZero) {
  const double infinity = std::numeric_limits<double>::infinity();
  const ScalarRow& select = Row(ScalarFn::Select);
  EXPECT_EQ(test::EvaluateFormula(select.derivative[2], {1, 0, 0, 0, infinity}), 0);
  EXPECT_EQ(test::EvaluateFormula(select.derivative[1], {0, 0, 0, 0, infinity}), 0);
}

TEST(Scalar, ExtremeArgumentsStayExact) {
  auto value = [](ScalarFn fn, double a) { return Row(fn).evaluate(a, 0, 0); };
  EXPECT_EQ(value(ScalarFn::Sigmoid, -1000), 0);
  EXPECT_EQ(value(ScalarFn::Sigmoid, 1000), 1);
  EXPECT_EQ(value(ScalarFn::Softplus, 1000), 1000);
  EXPECT_EQ(value(ScalarFn::Softplus, -1000), 0);
  EXPECT_DOUBLE_EQ(value(ScalarFn::Expm1, 1e-12), 1e-12 + 5e-25);
  EXPECT_DOUBLE_EQ(value(ScalarFn::Log1p, 1e-12), 1e-12 - 5e-25);
  EXPECT_EQ(value(ScalarFn::Log, 0), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(value(ScalarFn::Sqrt, -1)));
  EXPECT_EQ(Row(ScalarFn::Pow).evaluate(-2, 3, 0), -8);
}

}  // namespace
}  // namespace nnc
