// The units that a source's `units` lists.
#pragma once
#include <string>
#include <vector>

#include "compiler/sema/program.h"

namespace nnc::sema {

// "GeV", "MeV = 0.001" or "MeV = 0.001 GeV", where GeV stands before it. What is wrong with the text; "" if nothing is.
std::string AddUnit(const std::string& text, std::vector<CellFormat::Unit>& units);

}  // namespace nnc::sema
