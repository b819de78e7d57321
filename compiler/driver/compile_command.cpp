// nnc compile: a run's model as an object file, a C header and a CMake package for somebody else's program.
#include <cassert>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <set>

#include "compiler/codegen/codegen.h"
#include "compiler/driver/command.h"
#include "compiler/driver/embedding.h"
#include "compiler/driver/prediction.h"
#include "compiler/ir/builder.h"
#include "runtime/file_bytes.h"
#include "runtime/number_text.h"
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

// The graph with `fill` in place of what is not finite in its inputs that are a file's numbers, as `nnc predict` reads files.
static ir::Graph WithFill(const sema::Prediction& prediction, double fill) {
  const ir::Graph& graph = prediction.function.graph;
  std::set<std::string> numbers;
  for (const sema::RawColumn& raw : prediction.raw)
    if (raw.kind == sema::RawColumn::Kind::Number) numbers.insert(raw.input);
  ir::Graph filled;
  filled.name = graph.name;
  ir::Builder builder(filled);
  std::vector<ir::NodeId> renumbered;
  for (const ir::Node& node : graph.nodes) {
    assert(node.op != ir::Node::Op::Random);
    if (node.op == ir::Node::Op::Comp) {
      ir::Comp comp = node.comp;
      for (ir::Access& access : comp.accesses) access.operand = renumbered[static_cast<size_t>(access.operand)];
      renumbered.push_back(builder.AddComp(comp));
      continue;
    }
    ir::NodeId input = builder.AddInput(node.input, node.shape, node.span);
    if (node.input.role == ir::Role::Direct && numbers.count(node.input.name) != 0) {
      ir::NodeId largest = builder.Fill(ir::Operand::Of(std::numeric_limits<float>::max()), node.shape);
      ir::NodeId usable = builder.Call(ir::ScalarFn::Le, {builder.Call(ir::ScalarFn::Abs, {input}), largest});
      input = builder.Call(ir::ScalarFn::Select, {usable, input, builder.Fill(ir::Operand::Of(fill), node.shape)});
    }
    renumbered.push_back(input);
  }
  for (const ir::Output& output : graph.outputs) filled.outputs.push_back({output.name, renumbered[static_cast<size_t>(output.node)], ir::kNoNode});
  return filled;
}

static std::string MissingValues(const sema::SourceHeader& source) {
  if (source.fill) return "What is not finite in an input counts as " + runtime::ShortNumber(*source.fill, 6) + ", as in training.";
  if (source.drop) return "Training left events with missing values out: where an input is nan, so are the results.";
  return "";
}

// The function's parameters in the order of its plan.
static Embedding Describe(const OpenRun& run, const sema::Prediction& prediction, const schedule::Plan& plan, const std::string& name) {
  const sema::SourceHeader& source = run.program.sources[static_cast<size_t>(prediction.source)].data.header;
  Embedding embedding{name, "The trained model " + name + " (training " + run.program.name + ")", {}, {}, 0, MissingValues(source)};
  for (const schedule::Plan::Binding& binding : plan.bindings) {
    if (binding.output) {
      for (size_t i = 0; i < prediction.outputs.size(); ++i) {
        if (prediction.outputs[i] != binding.name) continue;
        EmbeddedArray& output = embedding.outputs.emplace_back();
        output.name = binding.name;
        for (const ir::Dim& dim : prediction.shapes[i]) output.shape.push_back(dim.Constant());
        if (output.shape.size() != 1) continue;
        for (const std::string& label : ClassNames(run.program, run.state.fits, output.shape[0]))
          output.description += (output.description.empty() ? "classes " : ", ") + label;
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
  const sema::SourceHeader& source = run->program.sources[static_cast<size_t>(prediction->source)].data.header;
  schedule::Plan plan = MakePlan({source.fill ? WithFill(*prediction, *source.fill) : prediction->function.graph, name, {{EventSymbol(*prediction), kEmbeddedBlock}}});
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
