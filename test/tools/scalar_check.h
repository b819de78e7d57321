// Checks one row of the table of scalar functions against an independent statement of the function. Takes the row by value, so
// that tests can show that a mutated row is found out.
#pragma once
#include <string>
#include <string_view>

#include "compiler/ir/scalar.h"

namespace nnc::test {

// What is wrong with the row: its name, arity, flags, values or derivatives; "" if nothing.
std::string CheckScalarRow(const ir::ScalarRow& row);

// A derivative formula of the table as a number.
struct FormulaValues {
  double a = 0, b = 0, c = 0, y = 0, g = 0;
};
double EvaluateFormula(std::string_view formula, const FormulaValues& values);

}  // namespace nnc::test
