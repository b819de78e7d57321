// nnc compile: a run's model as an object file, a C header and a CMake package for somebody else's program.
#include <cstdio>
#include <filesystem>

#include "compiler/codegen/codegen.h"
#include "compiler/driver/command.h"
#include "compiler/driver/embedding.h"
#include "compiler/driver/prediction.h"
#include "runtime/file_bytes.h"
#include "runtime/safetensors.h"

namespace nnc::driver {

static constexpr int64_t kEmbeddedBlock = 128;  // events that one pass of the function's loops takes

static std::string ParameterName(const sema::RawColumn& raw) {
  switch (raw.kind) {
    case sema::RawColumn::Kind::Number: return raw.column;
    case sema::RawColumn::Kind::Equals: return raw.column + "_is_" + raw.text;
    case sema::RawColumn::Kind::Encode: return raw.column + "_class";
  }
  return raw.column;
}

static std::string Description(const OpenRun& run, const sema::SourceHeader& source, const sema::RawColumn& raw) {
  std::string column = "column `" + raw.column + "`";
  switch (raw.kind) {
    case sema::RawColumn::Kind::Number: return Identifier(raw.column) == raw.column ? "" : column;
    case sema::RawColumn::Kind::Equals: return "1 where " + column + " is \"" + raw.text + "\", otherwise 0";
    case sema::RawColumn::Kind::Encode: break;
  }
  std::string text = "number of the label in " + column + ":";
  auto labels = run.state.fits.labels.find(LabelKey(source.name, raw.column));
  if (labels == run.state.fits.labels.end()) return text;
  for (int64_t i = 0; i < labels->second.size(); ++i) text += (i == 0 ? " " : ", ") + std::to_string(i) + " = " + labels->second.Label(i);
  return text;
}

// The function's parameters in the order of its plan.
static Embedding Describe(const OpenRun& run, const sema::Prediction& prediction, const schedule::Plan& plan, const std::string& name) {
  const sema::SourceHeader& source = run.program.sources[static_cast<size_t>(prediction.source)].data.header;
  Embedding embedding{name, "The trained model " + name + " (training " + run.program.name + ")", {}, {}, 0};
  for (const schedule::Plan::Binding& binding : plan.bindings) {
    if (binding.output) {
      for (size_t i = 0; i < prediction.outputs.size(); ++i) {
        if (prediction.outputs[i] != binding.name) continue;
        EmbeddedArray& output = embedding.outputs.emplace_back();
        output.name = binding.name;
        for (const ir::Dim& dim : prediction.shapes[i]) output.shape.push_back(dim.Constant());
      }
      continue;
    }
    if (binding.role != ir::Role::Direct) {
      embedding.constants += Capacity(plan, binding);
      continue;
    }
    for (const sema::RawColumn& raw : prediction.raw) {
      if (raw.input != binding.name) continue;
      embedding.inputs.push_back({ParameterName(raw), raw.shape, Description(run, source, raw)});
    }
  }
  return embedding;
}

static void WritePackage(const std::filesystem::path& folder, const Embedding& embedding, const std::string& object) {
  runtime::WriteFileAtomically(folder / (embedding.name + ".o"), object);
  runtime::WriteFileAtomically(folder / (embedding.name + ".h"), HeaderText(embedding));
  runtime::WriteFileAtomically(folder / (embedding.name + "Config.cmake"), CMakePackageText(embedding));
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
  schedule::Plan plan = MakePlan({prediction->function.graph, name, {{EventSymbol(*prediction), kEmbeddedBlock}}});
  codegen::ObjectRequest object{&plan, name, {}, request.triple};
  for (const auto& [input, tensor] : stored) object.constants[input].assign(tensor.values().begin(), tensor.values().end());
  codegen::ObjectResult result = codegen::EmitObject(object);
  if (!result.error.empty()) {
    session.Report(DiagnosticKind::UsageError, {}, result.error);
    return session.Finish();
  }
  try {
    WritePackage(request.output, Describe(*run, *prediction, plan, name), result.object);
  } catch (const runtime::DataError& error) {
    session.Report(error, {});
    return session.Finish();
  }
  std::printf("%s/%s.o, %s.h and %sConfig.cmake\n", request.output.c_str(), name.c_str(), name.c_str(), name.c_str());
  return session.Finish();
}

}  // namespace nnc::driver
