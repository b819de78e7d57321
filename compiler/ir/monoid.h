// The table of reductions: how a comprehension folds the values of its points. A row says what a fold begins with and how two are joined;
// the builder, the evaluator, schedules, generated code and messages read it. The derivative of a fold by its terms is g for a sum, the product
// of the others for a product, and g at the point that wins for a largest and a smallest (passes/derivative_rules).
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/ir/scalar.h"

namespace nnc::ir {

enum class Monoid : uint8_t { None, Sum, Prod, Max, Min, ArgMax, ArgMin };  // `any` is Max and `all` is Min of truth values

struct MonoidRow {
  Monoid monoid = Monoid::None;
  std::string_view name;              // in the graph's text
  ScalarFn combine = ScalarFn::Add;   // of two values
  double identity = 0;                // what a fold begins with; a point that takes no part in it has this value
  bool is_place = false;              // the fold is the number of the point that wins, the first of equal ones; nan wins over all others
  Monoid winner = Monoid::None;       // of a largest or smallest value: the fold that is its point's number

  double empty() const { return is_place ? 0 : identity; }  // the fold of no point
};

const std::vector<MonoidRow>& AllMonoidRows();  // but for None
const MonoidRow& Row(Monoid monoid);
inline bool IsPlace(Monoid monoid) { return Row(monoid).is_place; }

}  // namespace nnc::ir
