// What stands behind the numbers of a column, or before them: units, signs of currencies, names as in `hv=55.5`.
#pragma once

#include "runtime/foreign_number.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nnc::runtime {

// The setting `units` that reads this cell and the others of its column. Nothing for a cell that is no number with something around it.
std::optional<ForeignNumber> FindUnits(std::string_view cell, const Notation& notation, std::span<const std::string> labels, bool often = false);

}  // namespace nnc::runtime
