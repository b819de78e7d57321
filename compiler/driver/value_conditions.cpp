#include "compiler/driver/value_conditions.h"

#include <algorithm>

#include "compiler/driver/slice.h"
#include "runtime/number_text.h"

namespace nnc::driver {

// The outputs' columns over the rows of a source.
static std::map<std::string, std::vector<float>> ValuesOf(const sema::TrainProgram& program, const Sources& sources, int source,
                                                          const std::set<std::string>& outputs, const std::vector<int64_t>& rows,
                                                          const Tensors& variables) {
  const std::string& symbol = program.sources[static_cast<size_t>(source)].data.symbol;
  CompileRequest request{Slice(program.conditions, outputs), "conditions", {}};
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
    values[output].resize(rows.size());
    targets[output] = values[output].data();
  }
  RunInBlocks(call, symbol, source, rows.data(), 0, static_cast<int64_t>(rows.size()), block, targets);
  return values;
}

// "y is 2", "p from -1 to 1", for the one event.
static std::string Shown(const sema::TrainProgram& program, const Sources& sources, const sema::ValueCondition& condition, int64_t row,
                         const Tensors& variables) {
  std::set<std::string> outputs;
  for (const auto& named : condition.named) outputs.insert({named.lowest, named.highest});
  if (outputs.empty()) return "";
  auto values = ValuesOf(program, sources, condition.source, outputs, {row}, variables);
  std::string text;
  for (const auto& named : condition.named) {
    float lowest = values[named.lowest].front(), highest = values[named.highest].front();
    std::string shown = runtime::ShortNumber(lowest, 6);
    text += (text.empty() ? "`" : ", `") + named.name + "` is " + shown;
    if (lowest != highest) text += " to " + runtime::ShortNumber(highest, 6);
  }
  return text;
}

static void ReportEvent(Session& session, const sema::TrainProgram& program, const Sources& sources, const sema::ValueCondition& condition, int64_t row,
                        const Tensors& variables) {
  const LoadedSource& source = *sources[static_cast<size_t>(condition.source)];
  std::string values = Shown(program, sources, condition, row, variables);
  runtime::DataError told(runtime::DataErrorKind::MalformedData, condition.message + (values.empty() ? "" : ", and " + values), source.PlaceOf(row));
  std::string text = told.what();
  if (told.where.row == 0) text += " (event " + std::to_string(row + 1) + ")";
  session.Report(DiagnosticKind::WhereViolated, condition.call, text).AddLabel(condition.span, "this does not hold");
}

// Reports the first event of the rows that violates a condition on the source's values: on the model's answers, or on the data alone.
static bool HoldsFor(Session& session, const sema::TrainProgram& program, const Sources& sources, int source, const std::vector<int64_t>& rows,
                     bool of_model, const Tensors& variables) {
  std::set<std::string> outputs;
  for (const auto& condition : program.value_conditions)
    if (condition.source == source && condition.of_model == of_model) outputs.insert(condition.holds);
  if (outputs.empty()) return true;
  const auto values = ValuesOf(program, sources, source, outputs, rows, variables);
  for (const auto& condition : program.value_conditions) {
    auto holds = values.find(condition.holds);
    if (condition.source != source || holds == values.end()) continue;
    auto violated = std::find(holds->second.begin(), holds->second.end(), 0.0F);
    if (violated == holds->second.end()) continue;
    ReportEvent(session, program, sources, condition, rows[static_cast<size_t>(violated - holds->second.begin())], variables);
    return false;
  }
  return true;
}

bool CheckValues(Session& session, const sema::TrainProgram& program, const Sources& sources) {
  for (size_t source = 0; source < sources.size(); ++source) {
    std::vector<int64_t> rows;
    for (const runtime::RowSet& part : sources[source]->parts().parts) rows.insert(rows.end(), part.rows.begin(), part.rows.end());
    std::sort(rows.begin(), rows.end());
    if (!HoldsFor(session, program, sources, static_cast<int>(source), rows, false, {})) return false;
  }
  return true;
}

bool ExplainValues(Session& session, const sema::TrainProgram& program, const Sources& sources, const Tensors& variables) {
  for (size_t source = 0; source < sources.size(); ++source) {
    std::vector<int64_t> rows = sources[source]->parts().parts.front().rows;
    std::sort(rows.begin(), rows.end());
    rows.resize(std::min(rows.size(), static_cast<size_t>(kBlockRows)));
    if (!HoldsFor(session, program, sources, static_cast<int>(source), rows, true, variables)) return true;
  }
  return false;
}

}  // namespace nnc::driver
