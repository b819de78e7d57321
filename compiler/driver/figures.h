// Results for people: the table of metrics per part, the confusion matrix.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "compiler/driver/evaluation.h"

namespace nnc::driver {

using PartFigures = std::vector<std::pair<std::string, Figures>>;  // by part, in order

// One row per part, one column per metric.
std::string FormatFigures(const PartFigures& parts);

}  // namespace nnc::driver
