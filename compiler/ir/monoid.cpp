#include "compiler/ir/monoid.h"

#include <limits>

namespace nnc::ir {

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

const std::vector<MonoidRow>& AllMonoidRows() {
  static const std::vector<MonoidRow> rows = {
      {.monoid = Monoid::Sum, .name = "sum", .combine = ScalarFn::Add, .identity = 0},
      {.monoid = Monoid::Prod, .name = "prod", .combine = ScalarFn::Mul, .identity = 1},
      {.monoid = Monoid::Max, .name = "max", .combine = ScalarFn::Max, .identity = -kInfinity, .winner = Monoid::ArgMax},
      {.monoid = Monoid::Min, .name = "min", .combine = ScalarFn::Min, .identity = kInfinity, .winner = Monoid::ArgMin},
      {.monoid = Monoid::ArgMax, .name = "argmax", .combine = ScalarFn::Max, .identity = -kInfinity, .is_place = true},
      {.monoid = Monoid::ArgMin, .name = "argmin", .combine = ScalarFn::Min, .identity = kInfinity, .is_place = true},
  };
  return rows;
}

const MonoidRow& Row(Monoid monoid) {
  static const MonoidRow none{.name = "none"};
  return monoid == Monoid::None ? none : AllMonoidRows()[static_cast<size_t>(monoid) - 1];
}

}  // namespace nnc::ir
