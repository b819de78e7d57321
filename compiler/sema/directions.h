// Which way a metric gets better, as far as that follows from the graph: a metric of the library has a direction, and so has what grows
// or falls with such metrics alone (`2 * roc_auc(p, y) - 1`, `1 - accuracy(p, y)`).
#pragma once
#include <vector>

#include "compiler/sema/sema.h"

namespace nnc::sema {

// `graph` as in Metric; `reductions` make its inputs, `known` are the library's metrics.
Direction BetterDirection(const ir::Graph& graph, const std::vector<HostReduction>& reductions, const std::vector<MetricInfo>& known);

}  // namespace nnc::sema
