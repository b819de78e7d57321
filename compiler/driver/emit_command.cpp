// nnc emit: what each stage of the compiler makes of a program, or of a graph's text.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "compiler/codegen/codegen.h"
#include "compiler/driver/command.h"
#include "compiler/driver/data_files.h"
#include "compiler/driver/executable.h"
#include "compiler/driver/pattern_run.h"
#include "compiler/driver/program.h"
#include "compiler/driver/step_memory.h"
#include "compiler/driver/slice.h"
#include "compiler/ir/text.h"
#include "compiler/schedule/schedule.h"
#include "compiler/syntax/printer.h"
#include "runtime/data_error.h"
#include "runtime/file_bytes.h"
#include "runtime/number_text.h"

namespace nnc::driver {

static constexpr int64_t kDefaultCapacity = 256;  // of symbolic sizes, in plans that are shown

// The graphs of a program at the start of the pipeline: as elaborated, and with its derivatives.
struct EmittedGraphs {
  ir::Graph elaborated, differentiated;
  std::optional<StepMemory> memory{};
};

using Sizes = std::map<std::string, int64_t>;

// Every symbolic size of a graph: as it is given, or as is usual in plans that are shown.
static Sizes SizesOf(const ir::Graph& graph, const Sizes& extents) {
  Sizes sizes;
  for (const std::string& symbol : SymbolsOf(graph)) {
    auto extent = extents.find(symbol);
    sizes[symbol] = extent == extents.end() ? kDefaultCapacity : extent->second;
  }
  return sizes;
}

static std::optional<EmittedGraphs> GraphsOf(Session& session, sema::Module& module, const std::string& name, const EmitRequest& request, const Sizes& extents) {
  auto contains = [&](const std::vector<std::string>& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (contains(module.TrainNames())) {
    std::optional<sema::TrainProgram> program = module.ElaborateTrain(name);
    if (!program || session.diagnostics.HasErrors()) return std::nullopt;
    const sema::Phase& phase = program->steps.front().phases.front();
    if (!request.memory) return EmittedGraphs{program->evaluation.graph, phase.graph};
    const StepMemory memory = MemoryOf(phase, {}, SizesOf(phase.graph, extents), *request.memory);
    return EmittedGraphs{program->evaluation.graph, memory.Checkpointed() ? phase.checkpointed : phase.graph, memory};
  }
  if (contains(module.DataNames())) {
    std::optional<sema::DataSource> data = module.ElaborateData(name);
    if (!data || session.diagnostics.HasErrors()) return std::nullopt;
    return EmittedGraphs{data->columns.graph, data->columns.graph};
  }
  std::optional<ir::Graph> graph = module.ElaborateGraph(name, false);
  if (!graph || session.diagnostics.HasErrors()) return std::nullopt;
  return EmittedGraphs{*graph, *graph};
}

// What `nnc emit` shows where no name is given: the training, else the only model, else the only function.
static std::string DefaultName(Session& session, const sema::Module& module, const EmitRequest& request) {
  if (!request.name.empty()) return request.name;
  if (!module.TrainNames().empty()) return ChooseName(session, "", module.TrainNames(), "training", request.file);
  std::vector<std::string> models, functions;
  for (const ast::Decl& decl : module.Files().front().decls) {
    if (decl.kind == ast::DeclKind::Model) models.push_back(decl.name);
    if (decl.kind == ast::DeclKind::Function || decl.kind == ast::DeclKind::Layer) functions.push_back(decl.name);
  }
  if (!models.empty()) return ChooseName(session, "", models, "model", request.file);
  return ChooseName(session, "", functions, "function", request.file);
}

static std::optional<EmittedGraphs> ReadGraphText(Session& session, const std::string& file) {
  EmittedGraphs graphs;
  try {
    uint32_t number = session.sources.Add(file, runtime::ReadFileBytes(file));
    if (!ir::Read(session.sources, number, session.diagnostics, graphs.elaborated)) return std::nullopt;
  } catch (const runtime::DataError& error) {
    session.Report(error, {});
    return std::nullopt;
  }
  graphs.differentiated = graphs.elaborated;
  return graphs;
}

static bool ParseExtents(Session& session, const EmitRequest& request, Sizes& extents) {
  for (const auto& [symbol, text] : ParsePairs(session, request.extents, "--extent")) {
    std::optional<int64_t> value = runtime::ParseInteger(text);
    if (!value || *value < 1) session.Report(DiagnosticKind::UsageError, {}, "--extent needs a size of at least 1, not `" + text + "`");
    else extents[symbol] = *value;
  }
  return !session.diagnostics.HasErrors();
}

static void Print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

static void PrintStage(const EmittedGraphs& graphs, const std::string& stage, const Sizes& extents) {
  if (stage == "ir") return Print(ir::Print(graphs.elaborated));
  if (stage == "grad") return Print(ir::Print(graphs.differentiated));
  ir::Graph graph = Simplified(graphs.differentiated);
  if (stage == "opt") return Print(ir::Print(graph));
  CompileRequest request{graph, graph.name, {}, true};
  request.capacities = SizesOf(graph, extents);
  schedule::Plan plan = MakePlan(request);
  if (stage == "plan") return Print((graphs.memory ? "memory " + graphs.memory->Text() + "\n" : "") + schedule::Print(plan));
  Print(stage == "llvm" ? codegen::PrintLlvm({&plan}, {}) : codegen::PrintAssembly({&plan}, {}));
}

static int EmitProgram(Session& session, const EmitRequest& request, const Sizes& extents) {
  sema::Options options = ElaborationOptions(session, request.set);
  DataFiles files(session, {});
  options.schema = &files;
  options.checkpoints = request.memory.has_value();
  auto module = LoadProgram(session, request.file, options);
  if (!module) return session.Finish();
  if (request.stage == "ast" && !request.run) {
    Print(PrintAst(module->Files().front()));
    return session.Finish();
  }
  std::string name = DefaultName(session, *module, request);
  if (name.empty()) return session.Finish();
  auto graphs = GraphsOf(session, *module, name, request, extents);
  if (!graphs) return session.Finish();
  if (request.run) Print(RunOnPattern(request.stage == "ir" ? graphs->elaborated : graphs->differentiated, extents));
  else PrintStage(*graphs, request.stage, extents);
  return session.Finish();
}

int Emit(const EmitRequest& request) {
  Session session;
  Sizes extents;
  if (!ParseExtents(session, request, extents)) return session.Finish();
  if (std::filesystem::path(request.file).extension() != ".nnir") return EmitProgram(session, request, extents);
  if (request.stage == "ast") {
    session.Report(DiagnosticKind::UsageError, {}, "a graph's text has no syntax tree").Help("its stages are opt, plan, llvm and asm");
    return session.Finish();
  }
  auto graphs = ReadGraphText(session, request.file);
  if (!graphs) return session.Finish();
  if (request.run) Print(RunOnPattern(graphs->elaborated, extents));
  else PrintStage(*graphs, request.stage, extents);
  return session.Finish();
}

}  // namespace nnc::driver
