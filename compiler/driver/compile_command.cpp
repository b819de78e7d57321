// nnc compile: a run's model as an object file, a C header, a CMake package and a file of its weights for somebody else's program.
#include <cassert>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <set>

#include "compiler/codegen/codegen.h"
#include "compiler/driver/command.h"
#include "compiler/driver/embedding.h"
#include "compiler/driver/field_names.h"
#include "compiler/driver/prediction.h"
#include "compiler/driver/slice.h"
#include "compiler/driver/working_memory.h"
#include "compiler/ir/builder.h"
#include "compiler/ir/text.h"
#include "compiler/passes/rebuilt.h"
#include "compiler/passes/two_singles.h"
#include "runtime/csv_column.h"
#include "runtime/file_bytes.h"
#include "runtime/number_text.h"
#include "runtime/safetensors.h"

namespace nnc::driver {

static constexpr int64_t kEmbeddedBlock = 128;  // events that one pass of the function's loops takes

static FieldText FieldOf(const sema::RawColumn& raw) {
  switch (raw.kind) {
    case sema::RawColumn::Kind::Number: return {raw.column, raw.column};
    case sema::RawColumn::Kind::Equals: return {raw.column + "_is_" + raw.text, raw.column + " == \"" + raw.text + "\""};
    case sema::RawColumn::Kind::Encode: return {raw.column + "_class", "encode(" + raw.column + ")"};
  }
  return {};
}

static const runtime::LabelDictionary* LabelsOf(const OpenRun& run, const sema::SourceHeader& source, const sema::RawColumn& raw) {
  auto labels = run.state.fits.labels.find(LabelKey(source.name, raw));
  return labels == run.state.fits.labels.end() ? nullptr : &labels->second;
}

static std::string Description(const OpenRun& run, const sema::SourceHeader& source, const sema::RawColumn& raw, const std::string& member) {
  std::string column = "column `" + raw.column + "`";
  if (!raw.columns.empty()) {
    column = "of each event the columns";
    for (const std::string& name : raw.columns) column += (name == raw.columns.front() ? " " : ", ") + name;
    return column;
  }
  switch (raw.kind) {
    case sema::RawColumn::Kind::Number: return member == raw.column ? "" : column;
    case sema::RawColumn::Kind::Equals: return "1 where " + column + " is \"" + raw.text + "\", otherwise 0";
    case sema::RawColumn::Kind::Encode: break;
  }
  std::string text = "number of the label in " + column + ":";
  const runtime::LabelDictionary* labels = LabelsOf(run, source, raw);
  for (int64_t i = 0; labels != nullptr && i < labels->size(); ++i) text += (i == 0 ? " " : ", ") + std::to_string(i) + " = " + labels->Label(i);
  return text;
}

// Numbers that stand for missing ones in the column of the source's files; a host may hand them over as they stand there.
static std::vector<double> MissingMarks(const sema::SourceHeader& source, const std::string& column) {
  std::vector<std::string> texts = source.cells.missing;
  if (const auto* named = source.MarksOf(column)) texts.insert(texts.end(), named->marks.begin(), named->marks.end());
  std::vector<double> marks;
  for (const std::string& mark : texts)
    if (const auto number = runtime::NumberOfMark(runtime::Trimmed(mark), NotationOf(source.cells)); number && std::isfinite(*number) && std::find(marks.begin(), marks.end(), *number) == marks.end()) marks.push_back(*number);
  return marks;
}

namespace {

// What takes the place of values that are missing, and the numbers that stand for such.
struct InputFill {
  double number = 0;
  std::vector<double> marks;
};
using InputFills = std::map<std::string, InputFill>;  // by graph input

}  // namespace

// Those of the files' numbers, as `nnc predict` reads files.
static InputFills FillNumbers(const OpenRun& run, const sema::Prediction& prediction) {
  const sema::SourceHeader& source = run.program.sources[static_cast<size_t>(prediction.source)].data.header;
  InputFills numbers;
  for (const sema::RawColumn& raw : prediction.raw) {
    auto fill = run.state.fits.fills.find(LabelKey(source.name, raw.column));
    if (raw.kind == sema::RawColumn::Kind::Number && fill != run.state.fits.fills.end()) numbers[raw.input] = {fill->second.number, MissingMarks(source.Table(raw.table), raw.column)};
  }
  return numbers;
}

// 1 where the caller's number is neither a mark nor infinite nor nan.
static ir::NodeId Usable(ir::Builder& builder, const ir::Graph& graph, const std::string& name, const std::vector<double>& marks) {
  const auto input = std::find_if(graph.inputs.begin(), graph.inputs.end(), [&](ir::NodeId id) { return graph[id].input().name == name; });
  assert(input != graph.inputs.end());
  const ir::Node& node = graph[*input];
  const ir::NodeId number = builder.AddInput(node.input(), node.shape, node.span);
  auto call = [&](ir::ScalarFn fn, ir::NodeId a, double b) { return builder.Call(fn, {a, builder.Fill(ir::Operand::Of(b), node.shape)}); };
  ir::NodeId usable = call(ir::ScalarFn::Le, builder.Call(ir::ScalarFn::Abs, {number}), std::numeric_limits<float>::max());
  for (double mark : marks) usable = builder.Call(ir::ScalarFn::And, {usable, call(ir::ScalarFn::Ne, number, static_cast<float>(mark))});
  return usable;
}

// The graph with those values in place.
static ir::Graph WithFill(const ir::Graph& graph, const InputFills& numbers) {
  ir::Graph filled;
  filled.name = graph.name;
  ir::Builder builder(filled);
  std::vector<ir::NodeId> renumbered;
  for (const ir::Node& node : graph.nodes) {
    assert(node.op() != ir::Node::Op::Random);
    if (node.op() != ir::Node::Op::Input) {
      renumbered.push_back(passes::Rebuilt(builder, node, [&](ir::NodeId operand) { return renumbered[static_cast<size_t>(operand)]; }));
      continue;
    }
    ir::NodeId input = builder.AddInput(node.input(), node.shape, node.span);
    const std::string whole = passes::WholeOf(node.input().name);
    if (auto number = numbers.find(whole); node.input().role == ir::Role::Direct && number != numbers.end()) {
      const ir::NodeId usable = Usable(builder, graph, whole, number->second.marks);
      const float value = whole == node.input().name ? static_cast<float>(number->second.number) : runtime::RestOfSingle(number->second.number);
      input = builder.Call(ir::ScalarFn::Select, {usable, input, builder.Fill(ir::Operand::Of(static_cast<double>(value)), node.shape)});
    }
    renumbered.push_back(input);
  }
  for (const ir::Output& output : graph.outputs) filled.outputs.push_back({output.name, renumbered[static_cast<size_t>(output.node)], ir::kNoNode});
  return filled;
}

// The numbers that stand for missing ones, and in which columns where that is not all: "-999", "0 of glucose, or one of 0, -1 of bmi".
static std::string MarksText(const sema::Prediction& prediction, const sema::SourceHeader& source, bool& several) {
  std::vector<std::pair<std::vector<double>, std::string>> alike;
  for (const sema::RawColumn& raw : prediction.raw) {
    if (raw.kind != sema::RawColumn::Kind::Number || raw.counts) continue;
    const std::vector<double> marks = MissingMarks(source.Table(raw.table), raw.column);
    auto group = std::find_if(alike.begin(), alike.end(), [&](const auto& each) { return each.first == marks; });
    if (group == alike.end()) group = alike.insert(group, {marks, ""});
    group->second += (group->second.empty() ? "" : ", ") + raw.column;
  }
  std::string text;
  for (const auto& [marks, columns] : alike) {
    if (marks.empty()) continue;
    several = several || marks.size() > 1 || !text.empty();
    text += (text.empty() ? "" : ", or ") + std::string(marks.size() > 1 ? "one of " : "");
    for (double mark : marks) text += (mark == marks.front() ? "" : ", ") + runtime::ShortNumber(mark, 9);
    if (alike.size() > 1) text += " of " + columns;
  }
  return text;
}

// What a host passes for a missing value, and what becomes of it.
static std::string MissingValues(const sema::Prediction& prediction, const InputFills& fills, const sema::SourceHeader& source) {
  std::string filled;
  bool several = false;
  for (const sema::RawColumn& raw : prediction.raw)
    if (auto fill = fills.find(raw.input); fill != fills.end())
      filled += (filled.empty() ? "" : ", ") + raw.column + " as " + runtime::ShortNumber(fill->second.number, 6);
  const std::string stands = MarksText(prediction, source, several);
  const std::string rest = ", class numbers whole and within their labels, conditions 0 or 1; anything else is refused.";
  const std::string numbers = stands.empty() ? "finite" : "finite and not " + stands + (several ? ", which stand" : ", which stands") + " for a missing number";
  if (filled.empty()) return "No number may be missing: numbers are " + numbers + rest;
  return "A number that is not finite" + (stands.empty() ? "" : ", or is " + stands + ",") + " is missing, and counts as in training: " + filled +
         ". Other numbers are " + numbers + rest;
}

// What a class number or a number is checked for before it is used.
static void SetCheck(const OpenRun& run, const sema::SourceHeader& source, const sema::RawColumn& raw, const InputFills& fills,
                     codegen::ObjectRequest::Field& field) {
  using Check = codegen::ObjectRequest::Check;
  switch (raw.kind) {
    case sema::RawColumn::Kind::Number:
      if (fills.count(raw.input) != 0) return;
      field.check = Check::Finite;
      field.missing = MissingMarks(source.Table(raw.table), raw.column);
      return;
    case sema::RawColumn::Kind::Equals: field.check = Check::Class; field.classes = 2; return;
    case sema::RawColumn::Kind::Encode: {
      const runtime::LabelDictionary* labels = LabelsOf(run, source, raw);
      field.check = Check::Class;
      field.classes = labels == nullptr ? 0 : labels->size();
      return;
    }
  }
}

static std::vector<int64_t> Constants(const ir::Shape& shape) {
  std::vector<int64_t> sizes;
  for (const ir::Dim& dim : shape) sizes.push_back(dim.Constant());
  return sizes;
}

static std::vector<std::string> FileColumns(const OpenRun& run, const sema::SourceHeader& source) {
  std::vector<std::string> names;
  if (source.sample) return names;
  for (size_t table = 0; table < source.Tables(); ++table)
    if (auto columns = run.files->Columns(source.Table(table)))
      for (const sema::ColumnInfo& column : *columns) names.push_back(column.name);
  return names;
}

// A column that is a subscript is a class number for whom passes it: whole, and below the size of its axis.
static void CheckSubscripts(const sema::Prediction& prediction, const InputFills& fills, Embedding& embedding, codegen::ObjectRequest& object) {
  using Check = codegen::ObjectRequest::Check;
  for (size_t k = 0; k < object.inputs.size(); ++k) {
    codegen::ObjectRequest::Field& field = object.inputs[k];
    int64_t size = 0;
    for (size_t i = 0; i < prediction.subscripts.size(); ++i)
      if (prediction.subscript_inputs[i] == field.binding && fills.count(field.binding) == 0) size = size == 0 ? prediction.subscript_sizes[i] : std::min(size, prediction.subscript_sizes[i]);
    if (size == 0) continue;
    std::string& text = embedding.inputs[k].description;
    text += (text.empty() ? "" : "; ") + std::string(prediction.raw[k].counts ? "how many rows the event has" : "a subscript") + ", whole and from 0 to " + std::to_string(size - 1);
    field.classes = field.check == Check::Class ? std::min(field.classes, size) : size;
    field.check = Check::Class;
  }
}

// The model's face: members of the structures in the order of the file's columns and of the results, and how inputs are checked.
static void DescribeArrays(const OpenRun& run, const sema::Prediction& prediction, const sema::SourceHeader& source,
                           const InputFills& fills, Embedding& embedding, codegen::ObjectRequest& object) {
  std::vector<FieldText> texts;
  for (const sema::RawColumn& raw : prediction.raw) texts.push_back(FieldOf(raw));
  std::vector<std::string> names = FieldNames(texts, FileColumns(run, source));
  for (size_t i = 0; i < prediction.raw.size(); ++i) {
    const sema::RawColumn& raw = prediction.raw[i];
    const bool doubles = ReadsRests(prediction.function.graph, raw);
    std::string description = Description(run, source, raw, names[i]);
    if (source.IsOfRows(raw.table, raw.column)) description += (description.empty() ? "" : "; ") + std::string("those of the event's rows; what stands behind them has no say");
    embedding.inputs.push_back({names[i], raw.shape, description, doubles});
    object.inputs.push_back({raw.input, names[i], runtime::ElementCount(raw.shape)});
    if (doubles) object.inputs.back().rest = passes::RestOf(raw.input);
    SetCheck(run, source, raw, fills, object.inputs.back());
    if (!source.IsOfRows(raw.table, raw.column)) continue;
    const auto counts = std::find_if(prediction.raw.begin(), prediction.raw.end(), [&](const sema::RawColumn& each) { return each.counts && each.table == raw.table && each.kind == sema::RawColumn::Kind::Number; });
    if (counts != prediction.raw.end()) object.inputs.back().counted_by = static_cast<int>(counts - prediction.raw.begin());
  }
  CheckSubscripts(prediction, fills, embedding, object);
  texts.clear();
  for (const std::string& output : prediction.outputs) texts.push_back({output, output});
  names = FieldNames(texts, {});
  for (size_t i = 0; i < prediction.outputs.size(); ++i) {
    EmbeddedArray& output = embedding.outputs.emplace_back();
    output.name = names[i];
    output.shape = Constants(prediction.shapes[i]);
    object.outputs.push_back({prediction.outputs[i], names[i], runtime::ElementCount(output.shape)});
    for (const std::string& label : ClassesOf(run, prediction, i))
      output.description += (output.description.empty() ? "classes " : ", ") + label;
    std::string unit = UnitText(prediction.units[i]);
    output.description += (output.description.empty() || unit.empty() ? "" : "; ") + unit;
  }
}

// What a program and weights must agree on: the structures, what is checked, the weights' order, and the equations.
static uint64_t Layout(const Embedding& embedding, const codegen::ObjectRequest& object, const schedule::Plan& plan, const std::string& equations) {
  std::string text = "nnc 1 " + embedding.missing + "\n";
  auto add = [&](const std::string& name, const std::vector<int64_t>& shape, const std::string& description) {
    text += name;
    for (int64_t size : shape) text += " " + std::to_string(size);
    text += " " + description + "\n";
  };
  for (size_t i = 0; i < embedding.inputs.size(); ++i)
    add(embedding.inputs[i].name, embedding.inputs[i].shape,
        embedding.inputs[i].description + (embedding.inputs[i].doubles ? " double " : " ") + std::to_string(object.inputs[i].classes));
  text += "->\n";
  for (const EmbeddedArray& output : embedding.outputs) add(output.name, output.shape, output.description);
  for (const schedule::Plan::Binding& binding : plan.bindings) text += binding.name + "\n";
  return Hash(text + equations);
}

static int64_t CountConstants(const schedule::Plan& plan) {
  int64_t count = 0;
  for (const schedule::Plan::Binding& binding : plan.bindings)
    if (!binding.output && binding.role != ir::Role::Direct) count += Capacity(plan, binding);
  return count;
}

// The bytes of NAME_weights.
static std::string WeightsBytes(const schedule::Plan& plan, const codegen::ObjectRequest& object) {
  std::string bytes(sizeof object.layout, '\0');
  std::memcpy(bytes.data(), &object.layout, sizeof object.layout);
  for (const schedule::Plan::Binding& binding : plan.bindings) {
    if (binding.output || binding.role == ir::Role::Direct) continue;
    const std::vector<float>& values = object.constants.at(binding.name);
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  }
  if (bytes.size() == sizeof object.layout) bytes.append(sizeof(float), '\0');
  bytes.resize((bytes.size() + 7) / 8 * 8);
  return bytes;
}

struct PackageFile {
  std::filesystem::path path;
  std::string content;
};

static bool IsOwn(const std::filesystem::path& header) {
  std::error_code error;
  return std::filesystem::is_regular_file(header, error) && runtime::ReadFileBytes(header).find(kMadeBy) != std::string::npos;
}

// The first file is the header. Where it is not nnc's own, whatever stands in the files' places is the user's.
static void WritePackage(const std::vector<PackageFile>& files) {
  std::error_code error;
  bool own = IsOwn(files.front().path);
  for (const PackageFile& file : files)
    if (!own && std::filesystem::exists(std::filesystem::symlink_status(file.path, error)))
      throw runtime::DataError(runtime::DataErrorKind::WriteFailed,
                               "this file was not made by `nnc compile` and would be replaced; `-o` gives another folder, `--name` another name",
                               {file.path.string()});
  // The header last: a program that meets files of two models does not link.
  for (size_t i = files.size(); i-- > 0;) runtime::WriteFileAtomically(files[i].path, files[i].content);
}

// Of an event, whether all subscripts that are computed from what a caller passes lie inside their axes; without outputs if there are none. A
// column that stands as a subscript as it is is a class number.
static ir::Graph SubscriptsGraph(const sema::Prediction& prediction, const InputFills& fills) {
  std::set<std::string> asked;
  for (size_t i = 0; i < prediction.subscripts.size(); ++i) {
    const std::string& input = prediction.subscript_inputs[i];
    if (input.empty() || fills.count(input) != 0) asked.insert(prediction.subscripts[i].holds);
  }
  ir::Graph graph = Slice(prediction.conditions, asked);
  if (asked.empty()) return graph;
  ir::Builder builder(graph);
  ir::NodeId all = graph.outputs.front().node;
  for (const ir::Output& output : graph.outputs)
    if (output.node != all) all = builder.Call(ir::ScalarFn::And, {all, output.node});
  graph.outputs = {{"subscripts", all, ir::kNoNode}};
  return fills.empty() ? graph : WithFill(graph, fills);
}

// Whether the function keeps its promise: an event's result depends on that event alone, or the caller asked for one where it does not.
static bool MayEmbed(Session& session, const sema::Prediction& prediction, const CompileCommandRequest& request, Span training) {
  const std::optional<Span> mixes = WhereEventsMix(prediction);
  if (mixes.has_value() == request.whole_batch.has_value()) return true;
  if (!mixes) {
    session.Report(DiagnosticKind::UsageError, {}, "the results of this model depend on single events alone: leave `--whole-batch` out");
    return false;
  }
  auto& report = session.Report(DiagnosticKind::MixedEvents, training, "the model that is trained here mixes events, so an event's result would depend on the call it is in");
  if (mixes->Valid()) report.AddLabel(training, "trained here").AddLabel(*mixes, "events are taken together");
  report.Help("`--whole-batch N` makes a function of up to N events a call that says so");
  return false;
}

int CompileRun(const CompileCommandRequest& request) {
  Session session;
  if (std::filesystem::path(request.run).extension() == ".nn") {
    session.Report(DiagnosticKind::UsageError, {}, "`" + request.run + "` is a program; what is compiled is a trained model")
        .Help("`nnc train " + request.run + " --out RUN`, then `nnc compile RUN`");
    return session.Finish();
  }
  auto run = OpenRunFolder(session, request.run, {});
  if (!run) return session.Finish();
  const sema::Prediction* prediction = PredictionOf(session, *run);
  Tensors stored;
  if (prediction == nullptr || !StoredInputs(session, *run, *prediction, stored)) return session.Finish();
  std::string name = Identifier(request.name.empty() ? run->program.name : request.name);
  const sema::SourceHeader& source = run->program.sources[static_cast<size_t>(prediction->source)].data.header;
  if (!MayEmbed(session, *prediction, request, run->program.span)) return session.Finish();
  const int64_t block = request.whole_batch.value_or(kEmbeddedBlock);
  const InputFills fills = FillNumbers(*run, *prediction);
  ir::Graph graph = fills.empty() ? prediction->function.graph : WithFill(prediction->function.graph, fills);
  schedule::Plan plan = MakePlan({graph, name, {{EventSymbol(*prediction), block}}});
  if (request.whole_batch && plan.arena_bytes > kMostWorkingBytes) {
    ReportTooLarge(session, run->program.span, "a call with " + std::to_string(block) + " events", plan.arena_bytes)
        .Help("give `--whole-batch` a smaller number");
    return session.Finish();
  }
  const ir::Graph subscripts = SubscriptsGraph(*prediction, fills);
  schedule::Plan subscripts_plan;
  codegen::ObjectRequest object;
  object.plan = &plan;
  if (!subscripts.outputs.empty()) {
    subscripts_plan = MakePlan({subscripts, name + ".subscripts", {{EventSymbol(*prediction), block}}});
    object.subscripts = &subscripts_plan;
  }
  object.prefix = name;
  object.triple = request.triple;
  object.one_block = request.whole_batch.has_value();
  if (!codegen::AskedLevel().empty()) object.highest = codegen::ChosenLevel();
  for (const auto& [input, tensor] : stored) object.constants[input].assign(tensor.values().begin(), tensor.values().end());
  Embedding embedding{name, "The trained model " + name + " (training " + run->program.name + ")", {}, {}, CountConstants(plan), MissingValues(*prediction, fills, source), 0, request.whole_batch};
  DescribeArrays(*run, *prediction, source, fills, embedding, object);
  embedding.layout = object.layout = Layout(embedding, object, plan, ir::Print(graph) + ir::Print(subscripts));
  codegen::ObjectResult result = codegen::EmitObject(object);
  if (!result.error.empty()) {
    session.Report(DiagnosticKind::UsageError, {}, result.error);
    return session.Finish();
  }
  std::filesystem::path folder = request.output;
  try {
    WritePackage({{folder / (name + ".h"), HeaderText(embedding)},
                  {folder / (name + ".o"), result.object},
                  {folder / (name + ".weights"), WeightsBytes(plan, object)},
                  {folder / (name + "Config.cmake"), CMakePackageText(embedding)}});
  } catch (const runtime::DataError& error) {
    session.Report(error, {});
    return session.Finish();
  }
  TellAnswer(session, *prediction);
  std::printf("%s/%s.o, %s.h, %s.weights and %sConfig.cmake\n", request.output.c_str(), name.c_str(), name.c_str(), name.c_str(), name.c_str());
  return session.Finish();
}

}  // namespace nnc::driver
