// Numbers as other programs and people write them, of which a command makes plain ones in the whole file.
#pragma once

#include "runtime/foreign_number.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nnc::runtime {

// 7.8*^-4, 7.8x10^-4, 7.8×10³, -01:02:03, 12°34'56", 1’200, 12:00:01 -> 512: where all labels of the column are numbers or written so, what to do
// about it. Nothing for other text.
std::optional<ForeignNumber> FindNumberForm(std::string_view cell, const Notation& notation, std::span<const std::string> labels);

// negative.|3733: numbers of events behind labels, which without them are few. Nothing for others.
std::optional<ForeignNumber> FindNumbersBehind(std::span<const std::string> labels);

// 0 1.495 0.906: several numbers that blanks separate, and 3*7.8, which are as many that are alike.
std::optional<ForeignNumber> FindSeveralNumbers(std::string_view cell, const Notation& notation);

}  // namespace nnc::runtime
