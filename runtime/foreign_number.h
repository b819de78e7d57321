// Cells that are no numbers here and look as if they were meant as such: numbers in another notation, and dates.
#pragma once

#include "runtime/number_text.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

struct ForeignNumber {
  std::string hint;     // what is unusual about it and what to do, as a sentence
  std::string setting;  // of the source, that reads it: `decimal = ","`; empty: none does
  std::vector<std::string> units = {};  // where it is `units`: what it lists
};

// What the source's `replace` reads, by pairs of a pattern and what stands instead.
ForeignNumber ReadBy(const std::string& before, const std::vector<std::string>& replacements, const std::string& behind);

// A pattern with two groups: what stands before a cell, or nothing, and the number that the cell begins with, without an exponent.
std::string NumberThatBeginsCell(const Notation& notation);

// For the one cell of a column that has these labels, of numbers too; numbers are written as `notation` says. Nothing for other text. Only for
// messages: a label such as "2 jets" looks like a number with a unit.
std::optional<ForeignNumber> FindForeignNumber(std::string_view cell, const Notation& notation, std::span<const std::string> labels = {}, bool often = false);

}  // namespace nnc::runtime
