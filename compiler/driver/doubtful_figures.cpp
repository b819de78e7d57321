// What stands behind a figure that is nan, or that judges what are no probabilities.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "compiler/driver/evaluation.h"
#include "runtime/metrics.h"
#include "runtime/number_text.h"

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
                       "without events of both classes, or a share where the events' weights sum up to nothing or less";
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

void Evaluation::ReportNoProbabilities(Session& session, const std::string& part) {
  for (const sema::HostReduction& reduction : program_.evaluation.reductions) {
    const runtime::Metric* metric = runtime::FindMetric(reduction.function);
    if (metric == nullptr || !runtime::DividesAtHalf(*metric)) continue;
    const HostColumn& answers = evaluator_.columns().at(reduction.columns.front());
    if (answers.width != 1) continue;
    const std::vector<double> values = answers.ToDoubles();
    constexpr double kRounding = 1e-5;  // of sums of probabilities
    auto outside = [](double value) { return value < -kRounding || value > 1 + kRounding; };
    const auto count = std::count_if(values.begin(), values.end(), outside);
    if (count == 0 || !told_.insert(reduction.input).second) continue;
    const double first = *std::find_if(values.begin(), values.end(), outside);
    session.Report(DiagnosticKind::NoProbability, reduction.span, "`" + reduction.function + "` takes what is 0.5 or more for class 1, and " + std::to_string(count) + " of " +
                       std::to_string(values.size()) + " values of part `" + part + "` are no probabilities, as " + runtime::ShortNumber(first))
        .Help("of a model without a last `sigmoid`, `" + reduction.function + "(sigmoid(...), y)` divides at 0");
  }
}

void Evaluation::ReportDoubtful(Session& session, const std::string& part, const Figures& figures) {
  ReportNan(session, part, figures);
  ReportNoProbabilities(session, part);
}

}  // namespace nnc::driver
