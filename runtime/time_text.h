// Cells that hold dates and times, which are not read, and what makes numbers of them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nnc::runtime {

// What to do about a date or time, as a sentence: a command that makes numbers of all cells of the file that are written so, where those of
// the column, `labels`, all are. Nothing for another text.
std::optional<std::string> TimeHint(std::string_view text, std::span<const std::string> labels);

}  // namespace nnc::runtime
