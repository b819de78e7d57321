#include "compiler/driver/value_conditions.h"

#include <algorithm>

#include "compiler/driver/slice.h"
#include "compiler/passes/events.h"
#include "runtime/metrics.h"
#include "runtime/names.h"
#include "runtime/number_text.h"

namespace nnc::driver {

// The outputs' columns over the rows of a source: of a graph of the program.
static std::map<std::string, std::vector<float>> ValuesOf(const sema::TrainProgram& program, const ir::Graph& graph, const Sources& sources, int source,
                                                          const std::set<std::string>& outputs, const std::vector<int64_t>& rows,
                                                          const Tensors& variables) {
  const std::string& symbol = program.sources[static_cast<size_t>(source)].data.symbol;
  CompileRequest request{Slice(graph, outputs), "conditions", {}};
  ApplyStorage(request.graph, StorageOfColumns(program, sources));
  const int64_t block = BlockRows(request.graph);
  request.capacities[symbol] = block;
  Call call(Compile({request}).front());
  for (const std::string& field : program.sources[static_cast<size_t>(source)].fields)
    call.Bind(ColumnInput(program, static_cast<size_t>(source), field), sources[static_cast<size_t>(source)]->Bound(field));
  for (const auto& [name, tensor] : variables)
    if (call.executable().Find(name) != nullptr) call.Bind(name, tensor.values().data());
  std::map<std::string, std::vector<float>> values;
  std::map<std::string, float*> targets;
  for (const std::string& output : outputs) {
    values[output].resize(rows.size() * static_cast<size_t>(WidthOf(graph, *FindOutput(graph, output))));
    targets[output] = values[output].data();
  }
  RunInBlocks(call, symbol, source, rows.data(), 0, static_cast<int64_t>(rows.size()), block, targets);
  return values;
}

// "y is 2", "p from -1 to 1", for the one event.
static std::string Shown(const sema::TrainProgram& program, const ir::Graph& graph, const Sources& sources, const sema::ValueCondition& condition, int64_t row,
                         const Tensors& variables) {
  std::set<std::string> outputs;
  for (const auto& named : condition.named) outputs.insert({named.lowest, named.highest});
  if (outputs.empty()) return "";
  auto values = ValuesOf(program, graph, sources, condition.source, outputs, {row}, variables);
  std::string text;
  for (const auto& named : condition.named) {
    float lowest = values[named.lowest].front(), highest = values[named.highest].front();
    std::string shown = runtime::ShortNumber(lowest, 6);
    text += (text.empty() ? "`" : ", `") + named.name + "` is " + shown;
    if (lowest != highest) text += " to " + runtime::ShortNumber(highest, 6);
  }
  return text;
}

void WarnOfReach(Session& session, const sema::TrainProgram& program, const Sources& sources) {
  const sema::StatedConditions& stated = program.stated.back();  // the evaluation's
  for (const auto& condition : stated.conditions) {
    if (condition.kind != sema::ValueCondition::Kind::Reach) continue;
    const LoadedSource& source = *sources[static_cast<size_t>(condition.source)];
    const std::vector<int64_t>& rows = source.TrainRows();
    const auto values = ValuesOf(program, stated.graph, sources, condition.source, {condition.holds}, rows, {});
    const std::vector<float>& holds = values.at(condition.holds);
    const auto first = std::find(holds.begin(), holds.end(), 0.0F);
    if (first == holds.end()) continue;
    const int64_t row = rows[static_cast<size_t>(first - holds.begin())];
    const std::string shown = Shown(program, stated.graph, sources, condition, row, {});
    const auto beyond = std::count(holds.begin(), holds.end(), 0.0F);
    const std::string text = condition.message + " for " + std::to_string(beyond) + " of " + std::to_string(rows.size()) + " events of the training part" + (shown.empty() ? "" : ": " + shown);
    const runtime::DataError told(runtime::DataErrorKind::MalformedData, text, source.PlaceOf(row));
    session.Report(DiagnosticKind::OutOfReach, condition.call, told.what()).Help("end the model without it, so that its answer may be any number; or bring what it is compared with to that range, as by `|> minmax`");
    return;
  }
}

Diagnostic& TellViolated(Session& session, const sema::ValueCondition& condition, const std::string& text) {
  auto& report = session.Report(DiagnosticKind::WhereViolated, condition.call, text).AddLabel(condition.span, "this does not hold");
  if (condition.kind == sema::ValueCondition::Kind::Index) report.Help("subscripts count from 0; what may lie outside takes a default, as in `[... else 0]`");
  return report;
}

// Where the condition is of one column of the file alone, which has two numbers: how a truth is made of it.
static std::string ColumnBehind(const ir::Graph& graph, const LoadedSource& source, const sema::ValueCondition& condition) {
  const std::set<std::string> inputs = InputsBehind(graph, {condition.holds}, ir::Role::Column);
  if (inputs.size() != 1) return "";
  const std::string field = inputs.begin()->substr(inputs.begin()->rfind('.') + 1);
  const sema::RawColumn* raw = source.PlainCopy(field);
  if (raw == nullptr || raw->kind != sema::RawColumn::Kind::Number || !raw->columns.empty()) return "";
  std::set<double> numbers;
  for (int64_t row = 0; row < source.rows() && numbers.size() < 3; ++row) numbers.insert(source.Field(field).Number(row));
  if (numbers.size() != 2) return "";
  const std::string column = runtime::InProgram(raw->column), low = runtime::ShortNumber(*numbers.begin(), 9), high = runtime::ShortNumber(*numbers.rbegin(), 9);
  return "column `" + column + "` holds " + low + " and " + high + ": `" + field + " = " + column + " == " + high + "` is 1 for " + high + " and 0 for " + low;
}

static void ReportEvent(Session& session, const sema::TrainProgram& program, const ir::Graph& graph, const Sources& sources, const sema::ValueCondition& condition, int64_t row,
                        const Tensors& variables) {
  const LoadedSource& source = *sources[static_cast<size_t>(condition.source)];
  std::string values = Shown(program, graph, sources, condition, row, variables);
  runtime::DataError told(runtime::DataErrorKind::MalformedData, condition.message + (values.empty() ? "" : ", and " + values), source.PlaceOf(row));
  std::string text = told.what();
  if (told.where.row == 0) text += " (event " + std::to_string(row + 1) + ")";
  Diagnostic& report = TellViolated(session, condition, text);
  if (condition.kind != sema::ValueCondition::Kind::Data) return;
  if (const std::string hint = ColumnBehind(graph, source, condition); !hint.empty()) report.Help(hint);
}

// Reports the first event of the rows that violates a condition on the source's values: on the model's answers, or on the data alone.
static bool HoldsFor(Session& session, const sema::TrainProgram& program, const Sources& sources, int source, const std::vector<int64_t>& rows,
                     const std::set<sema::ValueCondition::Kind>& kinds, const Tensors& variables) {
  for (const sema::StatedConditions& stated : program.stated) {
    std::set<std::string> outputs;
    for (const auto& condition : stated.conditions)
      if (condition.source == source && kinds.count(condition.kind) != 0) outputs.insert(condition.holds);
    if (outputs.empty()) continue;
    const auto values = ValuesOf(program, stated.graph, sources, source, outputs, rows, variables);
    for (const auto& condition : stated.conditions) {
      auto holds = values.find(condition.holds);
      if (condition.source != source || holds == values.end()) continue;
      auto violated = std::find(holds->second.begin(), holds->second.end(), 0.0F);
      if (violated == holds->second.end()) continue;
      ReportEvent(session, program, stated.graph, sources, condition, rows[static_cast<size_t>(violated - holds->second.begin())], variables);
      return false;
    }
  }
  return true;
}

bool CheckValues(Session& session, const sema::TrainProgram& program, const Sources& sources) {
  for (size_t source = 0; source < sources.size(); ++source) {
    const std::vector<int64_t> rows = sources[source]->AllRows();
    if (!HoldsFor(session, program, sources, static_cast<int>(source), rows, {sema::ValueCondition::Kind::Data, sema::ValueCondition::Kind::Index}, {})) return false;
  }
  return true;
}

bool ExplainValues(Session& session, const sema::TrainProgram& program, const Sources& sources, const Tensors& variables) {
  for (size_t source = 0; source < sources.size(); ++source) {
    std::vector<int64_t> rows = sources[source]->TrainRows();
    std::sort(rows.begin(), rows.end());
    rows.resize(std::min(rows.size(), static_cast<size_t>(kBlockRows)));
    if (!HoldsFor(session, program, sources, static_cast<int>(source), rows, {sema::ValueCondition::Kind::Model}, variables)) return true;
  }
  return false;
}

// Whether an output is a number, or so many, per event, made of that event's columns alone.
static bool IsOfColumns(const ir::Graph& graph, const std::string& output, const std::string& symbol, int source) {
  const ir::Graph part = Slice(graph, {output});
  auto foreign = [&](ir::NodeId id) { return part[id].input().role != ir::Role::Column || part[id].input().source != source; };
  if (std::any_of(part.inputs.begin(), part.inputs.end(), foreign)) return false;
  if (std::any_of(part.nodes.begin(), part.nodes.end(), [](const ir::Node& node) { return node.op() == ir::Node::Op::Random; })) return false;
  const ir::Shape& shape = part.ShapeOf(part.outputs.front().node);
  const bool events = !shape.empty() && shape[0] == ir::Dim::Symbol(symbol) && std::all_of(shape.begin() + 1, shape.end(), [](const ir::Dim& size) { return size.IsConstant(); });
  return events && passes::MixesEvents(part, symbol) == ir::kNoNode;
}

bool CheckTruths(Session& session, const sema::TrainProgram& program, const Sources& sources) {
  const ir::Graph& graph = program.evaluation.graph;
  std::map<std::string, std::vector<double>> known;  // by output
  for (const sema::HostReduction& reduction : program.evaluation.reductions) {
    const runtime::Metric* metric = runtime::FindMetric(reduction.function);
    if (metric == nullptr || metric->Arguments() != 2 || reduction.columns.size() != 2) continue;
    const auto number = static_cast<size_t>(reduction.source);
    const std::string& truth = reduction.columns[1];
    if (!IsOfColumns(graph, truth, program.sources[number].data.symbol, reduction.source)) continue;
    const ir::Shape& answers = graph.ShapeOf(FindOutput(graph, reduction.columns[0])->node);
    if (answers.size() > 2 || (answers.size() == 2 && !answers[1].IsConstant())) continue;
    const std::vector<int64_t> rows = sources[number]->AllRows();
    std::vector<double>& labels = known[truth];
    if (labels.empty()) {
      const auto values = ValuesOf(program, graph, sources, reduction.source, {truth}, rows, {});
      labels.assign(values.at(truth).begin(), values.at(truth).end());
    }
    const int64_t width = WidthOf(graph, *FindOutput(graph, truth));
    const runtime::MetricColumn column{labels.data(), static_cast<int64_t>(labels.size()) / width, width};
    const auto misfit = runtime::FindTruthMisfit(*metric, answers.size() == 2 ? answers[1].Constant() : 1, column);
    if (!misfit) continue;
    runtime::DataError told(runtime::DataErrorKind::MalformedData, "cannot compute `" + reduction.function + "`: " + misfit->text,
                            sources[number]->PlaceOf(rows[static_cast<size_t>(misfit->row)]));
    session.Report(told, reduction.span);
    return false;
  }
  return true;
}

}  // namespace nnc::driver
