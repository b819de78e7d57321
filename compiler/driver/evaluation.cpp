#include "compiler/driver/evaluation.h"

#include <cmath>
#include <limits>

#include "compiler/driver/slice.h"
#include "compiler/driver/working_memory.h"
#include "compiler/passes/events.h"
#include "compiler/reference/evaluate.h"
#include "runtime/roc.h"
#include "runtime/text_plot.h"

namespace nnc::driver {

double Figures::Find(const std::string& name) const {
  for (const auto& [figure, value] : values)
    if (figure == name) return value;
  return std::numeric_limits<double>::quiet_NaN();
}

std::vector<std::string> PartNames(const Sources& sources) {
  if (sources.empty()) return {"train"};
  std::vector<std::string> names;
  for (const runtime::RowSet& part : sources.front()->parts().parts) names.push_back(part.name);
  return names;
}

std::string ColumnInput(const sema::TrainProgram& program, size_t source, const std::string& field) {
  return program.sources[source].data.header.name + "." + field;
}

Storage StorageOfColumns(const sema::TrainProgram& program, const Sources& sources) {
  Storage storage;
  for (size_t i = 0; i < sources.size(); ++i)
    for (const std::string& field : program.sources[i].fields)
      if (auto dtype = sources[i]->StorageOf(field)) storage[ColumnInput(program, i, field)] = *dtype;
  return storage;
}

std::vector<std::string> SourceSymbols(const sema::TrainProgram& program) {
  std::vector<std::string> symbols;
  for (const auto& use : program.sources) symbols.push_back(use.data.symbol);
  return symbols;
}

HostValues DriverValues(const sema::TrainProgram& program, const Sources& sources, int64_t steps_per_epoch) {
  HostValues values;
  values[sema::kStepsPerEpoch] = Scalar(static_cast<double>(steps_per_epoch));
  for (size_t i = 0; i < sources.size(); ++i)
    values[program.sources[i].data.header.name + sema::kMeanWeightSuffix] = Scalar(sources[i]->MeanWeight());
  return values;
}

double EvaluateScalar(const ir::Graph& graph, const HostValues& values, const std::map<std::string, int64_t>& extents) {
  reference::Context context;
  context.extents = extents;
  for (ir::NodeId id : graph.inputs) {
    const ir::Input& input = graph[id].input();
    auto value = values.find(input.name);
    if (value == values.end()) context.inputs[input.name] = {{}, {std::numeric_limits<double>::quiet_NaN()}};
    else context.inputs[input.name] = {value->second.shape, value->second.values};
  }
  return reference::Evaluate(graph, context).front().values.front();
}

static std::set<std::string> FittedInputs(const sema::TrainProgram& program) {
  std::set<std::string> names;
  for (const sema::Metric& metric : program.metrics)
    for (ir::NodeId id : metric.graph.inputs) names.insert(metric.graph[id].input().name);
  return names;
}

// The most events that a part of each source has.
static std::vector<int64_t> PartSizes(const Sources& sources) {
  std::vector<int64_t> sizes;
  for (const auto& source : sources) {
    size_t most = 0;
    for (const runtime::RowSet& part : source->parts().parts) most = std::max(most, part.rows.size());
    sizes.push_back(static_cast<int64_t>(most));
  }
  return sizes;
}

// Sizes of the whole part, for the graph's inputs that stand for them.
static void AddSizes(const ir::Graph& graph, const std::map<std::string, int64_t>& extents, HostValues& values) {
  for (ir::NodeId id : graph.inputs) {
    const std::string& name = graph[id].input().name;
    if (name.rfind(passes::kSizePrefix, 0) != 0) continue;
    const std::optional<ir::Dim> size = ir::Dim::Parse(name.substr(passes::kSizePrefix.size()));
    auto value = size->Evaluate([&](std::string_view symbol) -> std::optional<int64_t> {
      auto known = extents.find(std::string(symbol));
      return known == extents.end() ? std::nullopt : std::optional(known->second);
    });
    values[name] = Scalar(static_cast<double>(*value));
  }
}

Evaluation::Evaluation(const sema::TrainProgram& program, const Sources& sources, const Tensors& variables, const HostValues& values,
                       uint64_t seed)
    : program_(program), sources_(sources), variables_(variables), values_(values), seed_(seed),
      evaluator_(program.evaluation, FittedInputs(program), SourceSymbols(program), PartSizes(sources), StorageOfColumns(program, sources)) {}

static const sema::HostReduction* ReductionBehind(const sema::TrainProgram& program, const std::string& input) {
  for (const sema::HostReduction& reduction : program.evaluation.reductions)
    if (reduction.input == input) return &reduction;
  return nullptr;
}

const sema::HostReduction* Evaluation::ReductionOf(const std::string& input) const { return ReductionBehind(program_, input); }

std::vector<double> Evaluation::WeightsOf(const sema::HostReduction& reduction) const {
  const HostColumn* column = evaluator_.WeightsFor(reduction);
  return column == nullptr ? std::vector<double>() : column->ToDoubles();
}

runtime::ConfusionMatrix Evaluation::MatrixOf(const sema::HostReduction& reduction) const {
  std::vector<std::vector<double>> arguments;
  runtime::MetricInput input;
  for (const std::string& name : reduction.columns) {
    const HostColumn& column = evaluator_.columns().at(name);
    arguments.push_back(column.ToDoubles());
    input.arguments.push_back({arguments.back().data(), column.count, column.width});
  }
  const std::vector<double> weights = WeightsOf(reduction);
  input.weights = weights;
  return runtime::MakeConfusionMatrix(input);
}

bool Evaluation::FitsMemory(Session& session) {
  const std::optional<TooLarge> large = evaluator_.FindTooLarge();
  if (!large) return true;
  ReportTooLarge(session, large->span, "this takes all events of a part at once and", large->bytes)
      .Help("give the part fewer events; or add up the contribution of each event, which is taken in blocks");
  return false;
}

// A source that is not divided so is taken whole.
const runtime::RowSet& Evaluation::RowsOf(size_t source, const std::string& part) const {
  const runtime::RowSet* rows = sources_[source]->parts().Find(part);
  return rows == nullptr ? sources_[source]->parts().parts.front() : *rows;
}

Figures Evaluation::Run(const std::string& part) {
  ColumnEvaluator::Bindings bindings;
  bindings.seed = seed_;
  for (const auto& [name, tensor] : variables_) bindings.inputs[name] = tensor.data.data();
  std::map<std::string, int64_t> extents;
  for (size_t i = 0; i < sources_.size(); ++i) {
    for (const std::string& field : program_.sources[i].fields)
      bindings.inputs[ColumnInput(program_, i, field)] = sources_[i]->Bound(field);
    const runtime::RowSet& rows = RowsOf(i, part);
    bindings.rows.push_back(rows.rows);
    extents[program_.sources[i].data.symbol] = static_cast<int64_t>(rows.rows.size());
  }
  HostValues values = values_;
  AddSizes(program_.evaluation.graph, extents, values);
  for (const sema::Metric& metric : program_.metrics) AddSizes(metric.graph, extents, values);
  Tensors scalars;
  for (const auto& [name, value] : values) scalars[name] = ToTensor(value);
  for (const auto& [name, tensor] : scalars) bindings.inputs[name] = tensor.data.data();
  evaluator_.Run(bindings, values);
  for (const sema::Metric& metric : program_.metrics)  // of the weights themselves: a regularised loss
    for (ir::NodeId id : metric.graph.inputs)
      if (auto variable = variables_.find(metric.graph[id].input().name); variable != variables_.end())
        values.emplace(variable->first, ToHostValue(variable->second));
  Figures figures;
  for (const sema::Metric& metric : program_.metrics) {
    const sema::HostReduction* matrix = nullptr;
    for (ir::NodeId id : metric.graph.inputs) {
      const sema::HostReduction* reduction = ReductionOf(metric.graph[id].input().name);
      const runtime::Metric* row = reduction == nullptr ? nullptr : runtime::FindMetric(reduction->function);
      if (row != nullptr && row->matrix != nullptr) matrix = reduction;
    }
    if (matrix != nullptr) figures.matrices.emplace_back(metric.name, MatrixOf(*matrix));
    else figures.values.emplace_back(metric.name, EvaluateScalar(metric.graph, values, extents));
  }
  return figures;
}

namespace {
struct Judgement {
  std::string metric;
  const sema::HostReduction* reduction;
};
}  // namespace

// Whether two metrics are of the same values, whatever the columns that hold these are called.
static bool IsOfTheSame(const sema::TrainProgram& program, const sema::HostReduction& a, const sema::HostReduction& b) {
  const auto node = [&](const std::string& column) {
    const ir::Output* output = FindOutput(program.evaluation.graph, column);
    return output == nullptr ? ir::kNoNode : ir::BehindNames(program.evaluation.graph, output->node);
  };
  return a.source == b.source && std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(), [&](const std::string& one, const std::string& other) {
    return one == other || (node(one) != ir::kNoNode && node(one) == node(other));
  });
}

// What metrics of these functions are made of: the first metric of those that compare the same.
static std::vector<Judgement> Judgements(const sema::TrainProgram& program, const std::vector<std::string>& functions) {
  std::vector<Judgement> judgements;
  for (const sema::Metric& metric : program.metrics)
    for (ir::NodeId id : metric.graph.inputs) {
      const sema::HostReduction* reduction = ReductionBehind(program, metric.graph[id].input().name);
      if (reduction == nullptr || std::find(functions.begin(), functions.end(), reduction->function) == functions.end()) continue;
      const bool same = std::any_of(judgements.begin(), judgements.end(), [&](const Judgement& each) { return IsOfTheSame(program, *each.reduction, *reduction); });
      if (!same) judgements.push_back({metric.name, reduction});
    }
  return judgements;
}

// A table is asked for, or made of the metrics that judge classes.
static std::vector<Judgement> Judgements(const sema::TrainProgram& program) {
  std::vector<Judgement> judgements = Judgements(program, {"confusion"});
  return judgements.empty() ? Judgements(program, {"accuracy", "precision", "recall", "f1"}) : judgements;
}

static const sema::HostReduction* FirstJudgement(const sema::TrainProgram& program) {
  const std::vector<Judgement> judgements = Judgements(program);
  return judgements.empty() ? nullptr : judgements.front().reduction;
}

static std::vector<std::string> NamesOf(const sema::HostReduction* judgement, const Fits& fits, int64_t classes) {
  const auto labels = judgement == nullptr ? fits.labels.end() : fits.labels.find(judgement->labels);
  return labels == fits.labels.end() || labels->second.size() != classes ? std::vector<std::string>() : labels->second.labels();
}

std::vector<std::string> ClassNames(const sema::TrainProgram& program, const Fits& fits, int64_t classes) { return NamesOf(FirstJudgement(program), fits, classes); }

std::string Evaluation::ConfusionTables(const std::string& part, const Fits& fits) const {
  const std::vector<Judgement> judgements = Judgements(program_);
  std::string text;
  for (const auto& [name, reduction] : judgements) {
    const runtime::ConfusionMatrix matrix = MatrixOf(*reduction);
    if (matrix.classes > 0)
      text += "\nconfusion matrix of part `" + part + "`" + (judgements.size() > 1 ? ", `" + name + "`" : "") + (reduction->weights.empty() ? "" : ", sums of weights") + "\n" +
              runtime::FormatConfusion(matrix, NamesOf(reduction, fits, matrix.classes));
  }
  return text;
}

runtime::ConfusionMatrix Evaluation::Confusion() const {
  const sema::HostReduction* judgement = FirstJudgement(program_);
  return judgement == nullptr ? runtime::ConfusionMatrix() : MatrixOf(*judgement);
}

std::string Evaluation::Picture() const {
  std::vector<Judgement> judgements = Judgements(program_, {"roc_auc"});
  std::erase_if(judgements, [&](const Judgement& each) {
    return evaluator_.columns().at(each.reduction->columns[0]).width != 1 || evaluator_.columns().at(each.reduction->columns[1]).width != 1;
  });
  if (judgements.empty()) return "";
  const auto& [name, reduction] = judgements.front();
  const std::vector<double> x = evaluator_.columns().at(reduction->columns[0]).ToDoubles(), y = evaluator_.columns().at(reduction->columns[1]).ToDoubles(), weights = WeightsOf(*reduction);
  return (judgements.size() > 1 ? "metric `" + name + "`\n" : "") + runtime::PlotRoc(runtime::RocCurve(x, y, weights), runtime::RocAuc(x, y, weights)) + "\n" + runtime::PlotResponse(x, y, weights);
}

}  // namespace nnc::driver
