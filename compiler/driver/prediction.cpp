#include "compiler/driver/prediction.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <set>

#include "compiler/driver/data_warnings.h"
#include "compiler/driver/label_warnings.h"
#include "compiler/driver/mark_warnings.h"
#include "compiler/driver/prediction_input.h"
#include "compiler/driver/value_conditions.h"
#include "compiler/driver/working_memory.h"
#include "compiler/passes/events.h"
#include "compiler/passes/two_singles.h"
#include "runtime/csv_writer.h"
#include "runtime/names.h"

namespace nnc::driver {

std::string EventSymbol(const sema::Prediction& prediction) {
  const ir::Graph& graph = prediction.function.graph;
  for (const ir::Output& output : graph.outputs)
    if (!graph.ShapeOf(output.node).empty())
      for (const std::string& symbol : graph.ShapeOf(output.node).front().Symbols()) return symbol;
  return "N";
}

std::optional<Span> WhereEventsMix(const sema::Prediction& prediction) {
  const ir::Graph& written = prediction.function.graph;
  const std::string symbol = EventSymbol(prediction);
  // Simplification sees more, and what is written knows its place.
  if (passes::MixesEvents(Simplified(written), symbol) == ir::kNoNode) return std::nullopt;
  const ir::NodeId mixing = passes::MixesEvents(written, symbol);
  return mixing == ir::kNoNode ? Span{} : written[mixing].span;
}

bool StoredInputs(Session& session, const OpenRun& run, const sema::Prediction& prediction, Tensors& inputs) {
  const ir::Graph& graph = prediction.function.graph;
  for (ir::NodeId id : graph.inputs) {
    const ir::Input& input = graph[id].input();
    if (input.role == ir::Role::Direct) continue;
    auto variable = run.state.variables.find(input.name);
    auto fitted = run.state.fits.values.find(passes::WholeOf(input.name));
    Tensor tensor;
    if (variable != run.state.variables.end()) tensor = ToTensor(ToHostValue(variable->second));
    else if (fitted != run.state.fits.values.end()) tensor = fitted->first == input.name ? ToTensor(fitted->second) : RestTensor(fitted->second);
    else {
      session.Report(DiagnosticKind::WeightsMismatch, run.program.span, "the stored weights lack `" + input.name + "`");
      return false;
    }
    inputs[input.name] = std::move(tensor);
  }
  return true;
}

static runtime::Column EncodedAlone(const OpenRun& run, const sema::SourceHeader& source, const runtime::Table& table, const sema::RawColumn& raw) {
  const auto labels = run.state.fits.labels.find(LabelKey(source.name, raw));
  return EncodeColumn(table, raw, labels == run.state.fits.labels.end() ? nullptr : &labels->second);
}

// Where the column holds labels that training does not know, all columns that do are told at once: each takes another training.
static runtime::Column Encoded(const OpenRun& run, const sema::SourceHeader& source, const sema::Prediction& prediction, const InputTables& tables, const sema::RawColumn& raw) {
  try {
    return EncodedAlone(run, source, tables.tables[TableOf(raw)].table, raw);
  } catch (runtime::DataError& error) {
    if (error.kind != runtime::DataErrorKind::UnknownLabel) throw;
    std::vector<std::string> names;
    for (const sema::RawColumn& other : prediction.raw) {
      try {
        EncodedAlone(run, source, tables.tables[TableOf(other)].table, other);
      } catch (const runtime::DataError& unknown) {
        if (unknown.kind == runtime::DataErrorKind::UnknownLabel) names.push_back(other.column);
      }
    }
    if (names.size() > 1) error.of_input = runtime::Listed(names) + " hold such labels; an input that may hold them gives them a class, as in `onehot(" + runtime::InProgram(names.front()) + ", unseen = \"other\")`, one place longer, each of these in the program that is trained";
    throw;
  }
}

// The column as the data block has it, which knows what reads it there.
static const sema::RawColumn& AsTrained(const OpenRun& run, const sema::Prediction& prediction, const sema::RawColumn& raw) {
  const std::vector<sema::RawColumn>& columns = run.program.sources[static_cast<size_t>(prediction.source)].data.raw;
  const auto same = std::find_if(columns.begin(), columns.end(), [&](const sema::RawColumn& each) { return each.input == raw.input; });
  return same == columns.end() ? raw : *same;
}

// The inputs as floats, by the graph's names.
static std::map<std::string, runtime::Column> EncodeInputs(Session& session, const OpenRun& run, const sema::Prediction& prediction,
                                                           const sema::SourceHeader& source, InputTables& tables) {
  std::map<std::string, runtime::Column> inputs;
  std::set<std::string> compared;
  for (tables.at = 0; tables.at < tables.tables.size(); ++tables.at) {
    const runtime::Table& table = tables.tables[tables.at].table;
    const std::vector<sema::RawColumn> raws = ColumnsOf(tables.at, prediction.raw);
    std::vector<int64_t> rows(static_cast<size_t>(table.rows));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    for (const runtime::TablePart& part : table.parts) WarnOfSkippedLines(session, part, {});
    if (!source.fill && source.fills.empty()) WarnOfMarks(session, table, run.program.sources[static_cast<size_t>(prediction.source)].data, raws);  // else it may be the fill itself
    for (const sema::RawColumn& raw : raws) {
      auto labels = run.state.fits.labels.find(LabelKey(source.name, raw));
      WarnOfRoundedIntegers(session, table, raw, prediction.function.graph);
      WarnOfVanishing(session, table, raw);
      runtime::Column column = Encoded(run, source, prediction, tables, raw);
      if (raw.kind == sema::RawColumn::Kind::Encode && labels != run.state.fits.labels.end()) WarnOfUnlearntLabels(session, table, raw, labels->second, rows, {});
      if (raw.kind == sema::RawColumn::Kind::Equals && labels != run.state.fits.labels.end() && compared.insert(raw.column).second)
        WarnOfUnknownLabels(session, table, AsTrained(run, prediction, raw), labels->second, rows, {});
      if (column.type != runtime::ElementType::F32) column = runtime::Converted(column, runtime::ElementType::F32);
      inputs[raw.input] = ByEvent(source, tables.tables, raw, std::move(column));
      if (ReadsRests(prediction.function.graph, raw)) inputs[passes::RestOf(raw.input)] = ByEvent(source, tables.tables, raw, EncodeRests(table, raw));
    }
  }
  return inputs;
}

static std::vector<int64_t> EventShape(const ir::Shape& shape) {
  std::vector<int64_t> sizes;
  for (const ir::Dim& dim : shape) sizes.push_back(dim.Constant());
  return sizes;
}

// Whether subscripts that are read from the file lie inside their axes: the first event that has another one is told.
static bool SubscriptsHold(Session& session, const sema::Prediction& prediction, const Tensors& stored, std::map<std::string, runtime::Column>& inputs,
                           const InputTables& tables) {
  if (prediction.subscripts.empty()) return true;
  const int64_t block = BlockRows(prediction.conditions);
  Call call(Compile({{prediction.conditions, "conditions", {{EventSymbol(prediction), block}}}}).front());
  for (const auto& [name, tensor] : stored)
    if (call.executable().Find(name) != nullptr) call.Bind(name, tensor.data.data());
  std::map<std::string, std::vector<float>> values;
  std::map<std::string, float*> arrays;
  for (auto& [name, column] : inputs)
    if (call.executable().Find(name) != nullptr) arrays[name] = column.values<float>().data();
  for (const ir::Output& output : prediction.conditions.outputs) {
    values[output.name].resize(static_cast<size_t>(tables.Events()));
    arrays[output.name] = values[output.name].data();
  }
  RunInBlocks(call, EventSymbol(prediction), 0, nullptr, 0, tables.Events(), block, arrays);
  for (const sema::ValueCondition& condition : prediction.subscripts) {
    const std::vector<float>& holds = values.at(condition.holds);
    const auto first = std::find(holds.begin(), holds.end(), 0.0F);
    if (first == holds.end()) continue;
    const auto row = static_cast<size_t>(first - holds.begin());
    std::string shown;
    for (const auto& named : condition.named) {
      const float lowest = values.at(named.lowest)[row], highest = values.at(named.highest)[row];
      shown += ", and `" + named.name + "` is " + runtime::ShortNumber(lowest, 6) + (lowest != highest ? " to " + runtime::ShortNumber(highest, 6) : "");
    }
    const runtime::DataError told(runtime::DataErrorKind::MalformedData, condition.message + shown, tables.tables.front().PlaceOf(static_cast<int64_t>(row)));
    TellViolated(session, condition, told.what());
    return false;
  }
  return true;
}

// In blocks of events, or all at once where the model mixes them.
static std::optional<std::vector<runtime::Column>> Apply(Session& session, const sema::Prediction& prediction, const Tensors& stored,
                                                         std::map<std::string, runtime::Column>& inputs, int64_t rows) {
  std::string symbol = EventSymbol(prediction);
  const std::optional<Span> mixes = WhereEventsMix(prediction);
  const int64_t block = mixes ? rows : BlockRows(prediction.function.graph);
  std::vector<schedule::Plan> plans;
  plans.push_back(MakePlan({prediction.function.graph, "predict", {{symbol, block}}}));
  if (mixes && plans[0].arena_bytes > kMostWorkingBytes) {
    ReportTooLarge(session, *mixes, "the model mixes events here, so it is applied to the whole file at once and", plans[0].arena_bytes)
        .Help("predict fewer events; or let the model see single events, as `batch_norm` does in evaluation");
    return std::nullopt;
  }
  Call call(CompilePlans(std::move(plans)).front());
  for (const auto& [name, tensor] : stored) call.Bind(name, tensor.data.data());
  std::map<std::string, float*> arrays;
  for (auto& [name, column] : inputs) arrays[name] = column.values<float>().data();
  std::vector<runtime::Column> outputs;
  for (size_t i = 0; i < prediction.outputs.size(); ++i) {
    outputs.emplace_back(prediction.outputs[i], runtime::ElementType::F32, EventShape(prediction.shapes[i]), rows);
    arrays[prediction.outputs[i]] = outputs.back().values<float>().data();
  }
  RunInBlocks(call, symbol, 0, nullptr, 0, rows, block, arrays);
  return outputs;
}

std::vector<std::string> ClassesOf(const OpenRun& run, const sema::Prediction& prediction, size_t output) {
  auto labels = run.state.fits.labels.find(prediction.labels[output]);
  if (labels == run.state.fits.labels.end() || prediction.shapes[output] != ir::Shape{ir::Dim(labels->second.size())}) return {};
  return labels->second.labels();
}

std::string UnitText(const sema::Prediction::Unit& unit) {
  std::string text;
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : ", ") + more; };
  if (!unit.undone.empty()) add("in the unit of " + runtime::Listed(unit.undone) + " before its preparation");
  if (unit.prepared.size() > 1) add("compared with " + runtime::Listed(unit.prepared) + ", which are prepared, and stays as the model gives it");
  else if (!unit.prepared.empty()) add("in the unit of " + runtime::Listed(unit.prepared) + " after its preparation, which has no inverse");
  if (!unit.compared.empty())
    add("as the model gives it: the loss compares it with " + runtime::Listed(unit.compared) + ", which is prepared, in a way that cannot be undone" +
        (unit.listed ? "; a list is undone where it is prepared as one, `[a, b] |> standardize`" : ""));
  else if (unit.rest && !text.empty()) add("other elements as the model gives them");
  else if (unit.rest && !unit.beside.empty()) add("as the model gives it: the loss reads it beside " + runtime::Listed(unit.beside) + ", which is prepared: a deviation is one after that preparation");
  else if (unit.rest) add("as the model gives it: it is compared with no prepared column");
  return text;
}

void TellAnswer(const Session& session, const sema::Prediction& prediction) {
  for (size_t i = 0; i < prediction.outputs.size(); ++i)
    if (!prediction.units[i].prepared.empty() || !prediction.units[i].compared.empty() || prediction.units[i].rest)
      std::fprintf(stderr, "note: `%s` is %s\n", prediction.outputs[i].c_str(), UnitText(prediction.units[i]).c_str());
  auto shown = [&](Span span) { return "`" + std::string(session.sources.Text(span)) + "` (" + session.sources.Describe(span) + ")"; };
  if (prediction.other.Valid()) std::fprintf(stderr, "note: the answer is that of %s, not of %s\n", shown(prediction.applied).c_str(), shown(prediction.other).c_str());
}

// The name of the class whose element is the greatest, the first of equal ones.
static runtime::Column GreatestClass(const runtime::Column& answers) {
  std::string name = "class";  // unless a label is called so, whose probability has that name
  while (std::find(answers.element_names.begin(), answers.element_names.end(), name) != answers.element_names.end()) name = "the_" + name;
  runtime::Column greatest(answers.name + "_" + name, runtime::ElementType::I32, {}, answers.rows);
  greatest.is_text = true;
  greatest.dictionary = answers.element_names;
  auto numbers = answers.values<float>();
  auto codes = greatest.values<int32_t>();
  auto classes = static_cast<std::ptrdiff_t>(answers.width());
  for (int64_t row = 0; row < answers.rows; ++row) {
    auto first = numbers.begin() + row * classes;
    const bool known = std::none_of(first, first + classes, [](float number) { return std::isnan(number); });
    codes[static_cast<size_t>(row)] = static_cast<int32_t>(known ? std::max_element(first, first + classes) - first : classes);
    if (!known) greatest.dictionary.resize(static_cast<size_t>(classes) + 1);  // empty
  }
  return greatest;
}

// Tells of events that the model has no answer for, as where the block takes a logarithm of a negative number.
static void WarnOfNoNumbers(Session& session, const runtime::Column& answers) {
  const auto numbers = answers.values<float>();
  int64_t events = 0, first = 0;
  for (int64_t row = 0; row < answers.rows; ++row) {
    const auto begin = numbers.begin() + row * answers.width();
    if (std::all_of(begin, begin + answers.width(), [](float number) { return std::isfinite(number); })) continue;
    if (events++ == 0) first = row + 1;
  }
  if (events == 0) return;
  session.Report(DiagnosticKind::AnswerNotFinite, {}, "`" + answers.name + "` is no finite number for " + std::to_string(events) + " of " + std::to_string(answers.rows) + " events, the first of them event " + std::to_string(first))
      .Help("something that is computed of this event's columns has no value or is too large, as a logarithm of a negative number, or a quotient by 0; `nnc sample` shows what the block makes of it");
}

static bool HaveDistinctNames(Session& session, const std::vector<runtime::Column>& columns) {
  std::set<std::string> names;
  for (const runtime::Column& column : columns)
    for (const std::string& name : runtime::WrittenNames(column)) {
      if (names.insert(name).second) continue;
      session.Report(DiagnosticKind::UsageError, {}, "two columns of the answers would be called `" + name + "`").Help("`--keep` without it");
      return false;
    }
  return true;
}

// Values are missing in an event, and every event is answered: what a program that fills them says, for all columns that the file shows.
static void ReportMissing(Session& session, const runtime::DataError& error, const std::vector<std::string>& names, const runtime::Table& table) {
  FillSettings fills = FillsFor(names, table, "most_frequent");
  if (fills.columns == 0) fills.text = "`fill[" + runtime::InProgram(error.where.column) + "] = median`";
  session.Report(DiagnosticKind::NonFiniteData, {}, error.what())
      .Help("every event is answered here, and `drop = true` leaves events out of a training only: " + fills.text + " in the `data` block of the program, trained again, " +
            (fills.columns > 1 ? "replaces what the " + std::to_string(fills.columns) + " columns lack that are not complete here" : "replaces what is missing"));
}

// What is wrong is in the file on the command line.
static void ReportInput(Session& session, const runtime::DataError& error, const sema::SourceHeader& source, const std::vector<sema::RawColumn>& columns, const InputTables& tables) {
  constexpr size_t kMost = 12;
  const std::vector<std::string> names = WantedColumns(source, tables.at, columns);
  static const runtime::Table kNone;
  const runtime::Table& table = tables.at < tables.tables.size() ? tables.tables[tables.at].table : kNone;
  std::string list;
  for (size_t i = 0; i < std::min(names.size(), kMost); ++i) list += (i == 0 ? "`" : ", `") + names[i] + "`";
  if (names.size() > kMost) list += " and " + std::to_string(names.size() - kMost) + " more";
  switch (error.kind) {
    case runtime::DataErrorKind::UnknownColumn:
      session.Report(DiagnosticKind::UnknownColumn, {}, error.what()).Help((error.hint.empty() ? "" : error.hint + "; ") + "the model reads the columns " + list);
      return;
    case runtime::DataErrorKind::NonFiniteData:
      if (error.in_file) break;
      ReportMissing(session, error, names, table);
      return;
    case runtime::DataErrorKind::FileNotFound:
    case runtime::DataErrorKind::MalformedData:
    case runtime::DataErrorKind::EmptyData:
    case runtime::DataErrorKind::UnknownLabel:
    case runtime::DataErrorKind::TooLarge:
    case runtime::DataErrorKind::WriteFailed: break;
  }
  runtime::DataError told = error;
  if (told.where.row == 0 && !told.hint.empty() && !told.in_file) told.hint += "; the model reads the columns " + list;
  if (told.setting.starts_with("skip = ") && told.where.line > 1) told.hint = "`" + runtime::LinesTakenOut(1, told.where.line - 1) + "` takes out what stands above it";
  if (error.kind == runtime::DataErrorKind::MalformedData && !told.hint.empty() && !told.in_file) told.hint += ". How files are written is said in the program, before the training: write this one as those are, or train again";
  session.Report(told, {});
}

std::optional<std::vector<runtime::Column>> PredictFile(Session& session, const OpenRun& run, const sema::Prediction& prediction,
                                                        const PredictionInput& input) {
  Tensors stored;
  if (!StoredInputs(session, run, prediction, stored)) return std::nullopt;
  const sema::SourceHeader& source = run.program.sources[static_cast<size_t>(prediction.source)].data.header;
  RequireFiles(session, source, prediction.raw, input.files);
  if (session.diagnostics.HasErrors()) return std::nullopt;
  InputTables tables;
  try {
    ReadInput(run, source, input, prediction.raw, tables);
    runtime::RequireRows(tables.tables.front().table);
    std::map<std::string, runtime::Column> inputs = EncodeInputs(session, run, prediction, source, tables);
    if (!SubscriptsHold(session, prediction, stored, inputs, tables)) return std::nullopt;
    std::vector<runtime::Column> written = std::move(tables.kept);
    std::optional<std::vector<runtime::Column>> outputs = Apply(session, prediction, stored, inputs, tables.Events());
    if (!outputs) return std::nullopt;
    for (size_t i = 0; i < outputs->size(); ++i) {
      WarnOfNoNumbers(session, (*outputs)[i]);
      (*outputs)[i].element_names = ClassesOf(run, prediction, i);
      written.push_back(std::move((*outputs)[i]));
      if (!written.back().element_names.empty()) written.push_back(GreatestClass(written.back()));
    }
    if (!HaveDistinctNames(session, written)) return std::nullopt;
    return written;
  } catch (const runtime::DataError& error) {
    ReportInput(session, error, source, prediction.raw, tables);
    return std::nullopt;
  }
}

}  // namespace nnc::driver
