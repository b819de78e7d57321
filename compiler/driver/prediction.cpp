#include "compiler/driver/prediction.h"

#include <algorithm>
#include <cassert>

#include "runtime/csv.h"
#include "runtime/idx.h"

namespace nnc::driver {

std::string EventSymbol(const sema::Prediction& prediction) {
  const ir::Graph& graph = prediction.function.graph;
  for (const ir::Output& output : graph.outputs)
    if (!graph.ShapeOf(output.node).empty())
      for (const std::string& symbol : graph.ShapeOf(output.node).front().Symbols()) return symbol;
  return "N";
}

bool StoredInputs(Session& session, const OpenRun& run, const sema::Prediction& prediction, Tensors& inputs) {
  const ir::Graph& graph = prediction.function.graph;
  for (ir::NodeId id : graph.inputs) {
    const ir::Input& input = graph[id].input;
    if (input.role == ir::Role::Direct) continue;
    auto variable = run.state.variables.find(input.name);
    auto fitted = run.state.fits.values.find(input.name);
    Tensor tensor;
    if (variable != run.state.variables.end()) tensor = ToTensor(ToHostValue(variable->second));
    else if (fitted != run.state.fits.values.end()) tensor = ToTensor(fitted->second);
    else {
      session.Report(DiagnosticKind::WeightsMismatch, run.program.span, "the stored weights lack `" + input.name + "`");
      return false;
    }
    inputs[input.name] = std::move(tensor);
  }
  return true;
}

static int64_t Width(const sema::RawColumn& raw) {
  int64_t width = 1;
  for (int64_t size : raw.shape) width *= size;
  return width;
}

// A file of cells holds an array as `nnc sample` writes it: one column for each element, NAME_0, NAME_1, ...
static std::vector<std::string> CellColumns(const sema::RawColumn& raw) {
  if (raw.shape.empty()) return {raw.column};
  std::vector<std::string> names;
  for (int64_t element = 0; element < Width(raw); ++element) names.push_back(raw.column + "_" + std::to_string(element));
  return names;
}

static runtime::Column Gathered(const runtime::Table& table, const sema::RawColumn& raw) {
  runtime::Column column(raw.column, runtime::ElementType::F32, raw.shape, table.rows);
  auto values = column.values<float>();
  size_t width = static_cast<size_t>(Width(raw)), element = 0;
  for (const std::string& name : CellColumns(raw)) {
    const runtime::Column& cells = table.At(name);
    runtime::RequireNumber(table, cells);
    runtime::RequireFinite(table, cells);
    for (int64_t row = 0; row < table.rows; ++row) values[static_cast<size_t>(row) * width + element] = static_cast<float>(cells.Number(row));
    ++element;
  }
  return column;
}

static runtime::Table ReadInput(const sema::SourceHeader& source, const std::string& file, const std::vector<sema::RawColumn>& columns) {
  if (source.format == "idx") {
    runtime::Table table;
    table.columns.push_back(runtime::ReadIdx(file, "image"));
    table.rows = table.columns.front().rows;
    table.parts = {{"", file, 0, table.rows, 0}};
    return table;
  }
  runtime::CsvOptions options;
  for (const sema::RawColumn& raw : columns)
    for (std::string& name : CellColumns(raw))
      if (std::find(options.wanted.begin(), options.wanted.end(), name) == options.wanted.end()) options.wanted.push_back(std::move(name));
  runtime::Table table = runtime::ReadCsv(file, options);
  if (source.fill)
    for (runtime::Column& column : table.columns) runtime::FillUnusable(column, *source.fill);
  for (const sema::RawColumn& raw : columns)
    if (!raw.shape.empty() && table.Find(raw.column) == nullptr) table.columns.push_back(Gathered(table, raw));
  return table;
}

// The inputs as floats, by the graph's names.
static std::map<std::string, runtime::Column> EncodeInputs(const OpenRun& run, const sema::Prediction& prediction,
                                                           const sema::SourceHeader& source, const runtime::Table& table) {
  std::map<std::string, runtime::Column> inputs;
  for (const sema::RawColumn& raw : prediction.raw) {
    auto labels = run.state.fits.labels.find(LabelKey(source.name, raw.column));
    runtime::Column column = EncodeColumn(table, raw, labels == run.state.fits.labels.end() ? nullptr : &labels->second);
    if (column.type != runtime::ElementType::F32) column = runtime::Converted(column, runtime::ElementType::F32);
    inputs[raw.input] = std::move(column);
  }
  return inputs;
}

static std::vector<int64_t> EventShape(const ir::Shape& shape) {
  std::vector<int64_t> sizes;
  for (const ir::Dim& dim : shape) sizes.push_back(dim.Constant());
  return sizes;
}

static std::vector<runtime::Column> Apply(const sema::Prediction& prediction, const Tensors& stored,
                                          std::map<std::string, runtime::Column>& inputs, int64_t rows) {
  std::string symbol = EventSymbol(prediction);
  int64_t block = BlockRows(prediction.function.graph);
  Call call(Compile({{prediction.function.graph, "predict", {{symbol, block}}}}).front());
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

std::optional<std::vector<runtime::Column>> PredictFile(Session& session, const OpenRun& run, const sema::Prediction& prediction,
                                                        const std::string& file) {
  Tensors stored;
  if (!StoredInputs(session, run, prediction, stored)) return std::nullopt;
  const sema::SourceHeader& source = run.program.sources[static_cast<size_t>(prediction.source)].data.header;
  Span span = source.span;
  try {
    runtime::Table table = ReadInput(source, file, prediction.raw);
    runtime::RequireRows(table);
    std::map<std::string, runtime::Column> inputs = EncodeInputs(run, prediction, source, table);
    std::vector<runtime::Column> outputs = Apply(prediction, stored, inputs, table.rows);
    for (runtime::Column& output : outputs)
      if (output.shape.size() == 1) output.element_names = ClassNames(run.program, run.state.fits, output.shape[0]);
    return outputs;
  } catch (const runtime::DataError& error) {
    session.Report(error, span);
    return std::nullopt;
  }
}

}  // namespace nnc::driver
