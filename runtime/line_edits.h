// What a source changes in each line of its files before cells are told apart: stretches that match a pattern, and fields of fixed width.
#pragma once

#include "runtime/csv.h"

#include <string>
#include <vector>

namespace nnc::runtime {

bool EditsLines(const CsvOptions& options);

// The text with its lines changed, but for blank ones and those that a mark skips; they keep their numbers. Beside widths each field is changed by
// itself. `whole`: of the whole file, otherwise a last line that is cut off is left out. `changed`, if any: of each replacement, how many lines it has changed of those that are not left out.
std::string WithEditedLines(const std::string& text, const CsvOptions& options, bool whole, std::vector<int64_t>* changed = nullptr);

}  // namespace nnc::runtime
