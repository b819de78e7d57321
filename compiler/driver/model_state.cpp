#include "compiler/driver/model_state.h"

#include <algorithm>
#include <cmath>

#include "compiler/driver/slice.h"
#include "runtime/names.h"
#include "runtime/safetensors.h"

namespace nnc::driver {

static constexpr const char* kFittedPrefix = "fitted:";
static constexpr const char* kLabelsPrefix = "labels:";
static constexpr const char* kFillPrefix = "fill:";
static constexpr const char* kSchemaKey = "schema";
static constexpr const char* kFormatKey = "format";

Tensors InitialVariables(const sema::TrainProgram& program, uint64_t seed) {
  Tensors variables;
  for (const sema::Variable& variable : program.variables) variables[variable.name] = Tensor(variable.shape, variable.start);
  if (program.init.outputs.empty()) return variables;
  Call call(Compile({{program.init, "init", {}}}).front());
  call.SetSeed(seed);
  for (auto& [name, tensor] : variables) call.Bind(name, tensor.data.data());
  call.Run();
  return variables;
}

int64_t TrainableParameters(const sema::TrainProgram& program) {
  int64_t count = 0;
  for (const sema::Variable& variable : program.variables)
    if (variable.role == ir::Role::Weight) count += runtime::ElementCount(variable.shape);
  return count;
}

static Tensor FromStored(const runtime::StoredTensor& stored) {
  Tensor tensor(stored.shape);
  runtime::Column column(stored.name, stored.type, {}, tensor.Count());
  std::copy_n(static_cast<const char*>(stored.data.data()), static_cast<size_t>(tensor.Count()) * runtime::ElementSize(stored.type),
              static_cast<char*>(column.data.data()));
  for (int64_t i = 0; i < tensor.Count(); ++i) tensor.values()[static_cast<size_t>(i)] = static_cast<float>(column.Number(i));
  return tensor;
}

// Notes every difference; false if there is one.
static bool CompareNames(Session& session, const std::string& file, const sema::TrainProgram& program, const Tensors& stored) {
  std::vector<std::string> notes;
  std::vector<std::string> known, present;
  for (const auto& [name, tensor] : stored) present.push_back(name);
  for (const sema::Variable& variable : program.variables) {
    known.push_back(variable.name);
    auto found = stored.find(variable.name);
    if (found == stored.end()) {
      if (variable.role != ir::Role::Weight) continue;
      std::string closest = ClosestName(variable.name, present);
      notes.push_back("`" + variable.name + "` is " + ShapeText(variable.shape) + " in the program and not in the file" +
                      (closest.empty() ? "" : "; the nearest name there is `" + closest + "`"));
    } else if (found->second.shape != variable.shape) {
      notes.push_back("`" + variable.name + "` is " + ShapeText(variable.shape) + " in the program and " +
                      ShapeText(found->second.shape) + " in the file");
    }
  }
  for (const auto& [name, tensor] : stored)
    if (std::find(known.begin(), known.end(), name) == known.end())
      notes.push_back("`" + name + "` is " + ShapeText(tensor.shape) + " in the file and not in the program");
  if (notes.empty()) return true;
  Diagnostic& diagnostic = session.Report(DiagnosticKind::WeightsMismatch, program.span, "the weights in `" + file + "` do not fit the program");
  constexpr size_t kMost = 12;
  for (size_t i = 0; i < std::min(notes.size(), kMost); ++i) diagnostic.AddNote(notes[i]);
  if (notes.size() > kMost) diagnostic.AddNote("and " + std::to_string(notes.size() - kMost) + " more");
  return false;
}

template <typename Number>
static bool IsFinite(Session& session, const std::string& file, const sema::TrainProgram& program, const std::string& name,
                     std::span<const Number> numbers) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (std::isfinite(numbers[i])) continue;
    session.Report(DiagnosticKind::WeightsMismatch, program.span,
                   "`" + name + "` in `" + file + "` is " + (std::isnan(numbers[i]) ? "not a number" : "infinite") + " (element " + std::to_string(i) + ")");
    return false;
  }
  return true;
}

static bool CheckFinite(Session& session, const std::string& file, const sema::TrainProgram& program, const Tensors& variables) {
  for (const auto& [name, tensor] : variables)
    if (!IsFinite<float>(session, file, program, name, tensor.values())) return false;
  return true;
}

// The fitted values that a graph reads from the file; those that the driver or the evaluation makes are not among them.
static bool CheckFits(Session& session, const std::string& file, const sema::TrainProgram& program, const ir::Graph& graph, const Fits& fits) {
  for (ir::NodeId id : graph.inputs) {
    const ir::Input& input = graph[id].input();
    auto found = fits.values.find(input.name);
    if (input.role != ir::Role::Fitted || found == fits.values.end()) continue;  // one that lacks is told where it is needed
    std::vector<int64_t> shape;
    for (const ir::Dim& dim : graph[id].shape) shape.push_back(dim.IsConstant() ? dim.Constant() : -1);
    if (shape != found->second.shape) {
      session.Report(DiagnosticKind::WeightsMismatch, program.span, "the fitted value `" + input.name + "` is " + ShapeText(shape) +
                     " in the program and " + ShapeText(found->second.shape) + " in `" + file + "`");
      return false;
    }
  }
  return true;
}

static bool CheckLabels(Session& session, const std::string& file, const sema::TrainProgram& program, const Fits& fits) {
  for (const auto& source : program.sources)
    for (const sema::RawColumn& raw : source.data.raw) {
      if (raw.kind != sema::RawColumn::Kind::Encode || fits.labels.count(LabelKey(source.data.header.name, raw)) != 0) continue;
      session.Report(DiagnosticKind::WeightsMismatch, raw.span, "`" + file + "` lacks the labels of column `" + raw.column + "`");
      return false;
    }
  return true;
}

bool CheckState(Session& session, const std::string& file, const sema::TrainProgram& program, const ModelState& state) {
  if (!CompareNames(session, file, program, state.variables) || !CheckFinite(session, file, program, state.variables)) return false;
  for (const auto& [name, value] : state.fits.values)
    if (!IsFinite<double>(session, file, program, name, value.values)) return false;
  for (const auto& source : program.sources)
    if (!CheckFits(session, file, program, source.data.columns.graph, state.fits)) return false;
  if (program.prediction && !CheckFits(session, file, program, program.prediction->function.graph, state.fits)) return false;
  return CheckLabels(session, file, program, state.fits);
}

bool ReadWeights(Session& session, const std::string& file, const sema::TrainProgram& program, Tensors& variables, Fits& fits) {
  Tensors stored;
  try {
    ModelState state = ReadStoredModel(file).state;
    stored = std::move(state.variables);
    fits = std::move(state.fits);
  } catch (const runtime::DataError& error) {
    session.Report(error, {});
    return false;
  }
  if (!CompareNames(session, file, program, stored) || !CheckFinite(session, file, program, stored)) return false;
  for (auto& [name, tensor] : stored) variables.insert_or_assign(name, std::move(tensor));
  return true;
}

void WarnOfOtherLabels(Session& session, const std::string& file, const sema::TrainProgram& program, const Fits& before, const Fits& now) {
  for (const auto& source : program.sources)
    for (const sema::RawColumn& raw : source.data.raw) {
      if (raw.kind != sema::RawColumn::Kind::Encode) continue;
      const auto was = before.labels.find(LabelKey(source.data.header.name, raw)), is = now.labels.find(LabelKey(source.data.header.name, raw));
      if (was == before.labels.end() || is == now.labels.end() || was->second.labels() == is->second.labels()) continue;
      const std::vector<std::string>&old = was->second.labels(), &labels = is->second.labels();
      const auto [first, other] = std::mismatch(labels.begin(), labels.end(), old.begin(), old.end());
      const std::string place = std::to_string(first - labels.begin());
      const std::string here = first == labels.end() ? "no label" : runtime::Literal(*first), there = other == old.end() ? "no label" : runtime::Literal(*other);
      session.Report(DiagnosticKind::OtherLabels, raw.span, "the labels of `" + raw.column + "` are others than in `" + file + "`: in place " + place + " stands " + here + " here, and " + there + " there")
          .Help("what these weights say of a label, they say of its place: train on the same labels, in one file with those that lack, or without `--weights`");
    }
}

void WriteWeights(const std::string& file, const ModelState& state, const std::string& schema) {
  std::vector<runtime::TensorView> views;
  for (const auto& [name, tensor] : state.variables)
    views.push_back({name, runtime::ElementType::F32, tensor.shape, tensor.data.data()});
  for (const auto& [name, value] : state.fits.values)
    views.push_back({kFittedPrefix + name, runtime::ElementType::F64, value.shape, value.values.data()});
  std::map<std::string, std::string> metadata = {{kFormatKey, "nnc"}, {kSchemaKey, schema}};
  for (const auto& [key, labels] : state.fits.labels) metadata[kLabelsPrefix + key] = labels.ToJson();
  for (const auto& [key, value] : state.fits.fills) metadata[kFillPrefix + key] = value.ToJson();
  runtime::WriteSafetensors(file, views, metadata);
}

static bool TakePrefix(const std::string& text, const std::string& prefix, std::string* rest) {
  if (text.rfind(prefix, 0) != 0) return false;
  *rest = text.substr(prefix.size());
  return true;
}

StoredModel ReadStoredModel(const std::string& file) {
  runtime::TensorFile stored = runtime::ReadSafetensors(file);
  StoredModel model;
  std::string rest;
  for (const runtime::StoredTensor& tensor : stored.tensors) {
    if (!TakePrefix(tensor.name, kFittedPrefix, &rest)) {
      model.state.variables[tensor.name] = FromStored(tensor);
      continue;
    }
    HostValue value{tensor.shape, {}};
    if (tensor.type != runtime::ElementType::F64)
      throw runtime::DataError(runtime::DataErrorKind::MalformedData, "the fitted value `" + rest + "` is not in double precision", {file});
    auto numbers = tensor.data.as<double>().first(static_cast<size_t>(runtime::ElementCount(tensor.shape)));
    value.values.assign(numbers.begin(), numbers.end());
    model.state.fits.values[rest] = std::move(value);
  }
  for (const auto& [key, text] : stored.metadata) {
    if (TakePrefix(key, kLabelsPrefix, &rest)) model.state.fits.labels.emplace(rest, runtime::LabelDictionary::FromJson(text));
    else if (TakePrefix(key, kFillPrefix, &rest)) model.state.fits.fills.emplace(rest, runtime::FillValue::FromJson(text));
    else if (key == kSchemaKey) model.schema = text;
  }
  return model;
}

}  // namespace nnc::driver
