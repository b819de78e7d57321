// What stands behind a figure that is nan.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "compiler/driver/evaluation.h"

namespace nnc::driver {

// The events of which an element of the column is nan.
static std::vector<int64_t> NanEvents(const HostColumn& column) {
  const std::vector<double> values = column.ToDoubles();
  std::vector<int64_t> events;
  for (size_t i = 0; i < values.size(); ++i) {
    const int64_t event = static_cast<int64_t>(i) / column.width;
    if (std::isnan(values[i]) && (events.empty() || events.back() != event)) events.push_back(event);
  }
  return events;
}

static bool IsNan(const Figures& figures, const std::string& name) {
  for (const auto& [figure, matrix] : figures.matrices) {
    auto is_nan = [](double count) { return std::isnan(count); };
    if (figure == name && std::any_of(matrix.counts.begin(), matrix.counts.end(), is_nan)) return true;
  }
  for (const auto& [figure, value] : figures.values)
    if (figure == name && std::isnan(value)) return true;
  return false;
}

void Evaluation::ReportNan(Session& session, const std::string& part, const Figures& figures) const {
  for (const sema::Metric& metric : program_.metrics) {
    if (!IsNan(figures, metric.name)) continue;
    std::string text = "`" + metric.name + "` of part `" + part + "` is nan";
    std::string cure = "no argument of it is nan for any event: the figure has no value for these events, as an area under a ROC curve "
                       "without events of both classes";
    for (ir::NodeId id : metric.graph.inputs) {
      const sema::HostReduction* reduction = ReductionOf(metric.graph[id].input().name);
      if (reduction == nullptr || reduction->total) continue;
      std::vector<int64_t> events;
      for (const std::string& column : reduction->columns) {
        events = NanEvents(evaluator_.columns().at(column));
        if (!events.empty()) break;
      }
      const std::vector<double> weights = WeightsOf(*reduction);
      const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
      if (events.empty() && !weights.empty() && !(sum > 0)) {
        char number[32];
        std::snprintf(number, sizeof number, "%g", sum);
        text += ": the weights of its events add up to " + std::string(number);
        cure = "a weighted mean divides by the sum of the weights, which must be above 0: see `weight = ...` of the data block";
        break;
      }
      if (events.empty()) continue;
      const size_t source = static_cast<size_t>(reduction->source);
      const std::vector<int64_t>& rows = RowsOf(source, part).rows;
      const int64_t row = rows[static_cast<size_t>(events.front())];
      const runtime::DataPlace place = sources_[source]->PlaceOf(row);
      text += ": an argument is nan for " + std::to_string(events.size()) + " of " + std::to_string(rows.size()) + " events, first for event " +
              std::to_string(row + 1);
      if (place.row > 0) text = runtime::DataError(runtime::DataErrorKind::MalformedData, text, place).what();
      cure = "guard what may lie outside a function's domain, as in `if p > 0 then log(p) else 0`";
      break;
    }
    session.Report(DiagnosticKind::FigureIsNan, metric.span, text).Help(cure);
  }
}

}  // namespace nnc::driver
