// Results for people: the table of metrics per part, the confusion matrix.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "compiler/driver/evaluation.h"
#include "runtime/run_metrics.h"

namespace nnc::driver {

using PartFigures = std::vector<std::pair<std::string, Figures>>;  // by part, in order

// One row per part, one column per metric.
std::string FormatFigures(const PartFigures& parts);

// What metrics.json holds of a part: `confusion` is the matrix behind its first metric that judges classes, or has none.
runtime::PartMetrics MetricsOf(const std::string& part, const Figures& figures, const runtime::ConfusionMatrix& confusion);

}  // namespace nnc::driver
