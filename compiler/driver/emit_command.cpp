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
#include "runtime/names.h"
#include "runtime/number_text.h"

namespace nnc::driver {

// Symbolic sizes that are not given, in plans and in graphs that are run.
static constexpr int64_t kUsualSize = 256, kUsualSizeOfRuns = 5;

// The graphs of a program at the start of the pipeline: as elaborated, and with its derivatives.
struct EmittedGraphs {
  ir::Graph elaborated, differentiated;
  std::optional<StepMemory> memory{};
};

using Sizes = std::map<std::string, int64_t>;

// Every symbolic size of a graph: as it is given, or as is usual.
static Sizes SizesOf(const ir::Graph& graph, const EmitRequest& request, const Sizes& extents) {
  Sizes sizes;
  for (const std::string& symbol : SymbolsOf(graph)) {
    auto extent = extents.find(symbol);
    sizes[symbol] = extent != extents.end() ? extent->second : request.run ? kUsualSizeOfRuns : kUsualSize;
  }
  return sizes;
}

static schedule::Plan PlanOf(const ir::Graph& graph, const EmitRequest& request, const Sizes& extents) {
  return MakePlan({graph, graph.name, SizesOf(graph, request, extents), true});
}

static bool IsGraphText(const EmitRequest& request) { return std::filesystem::path(request.file).extension() == ".nnir"; }

// Whether everything that is asked for changes what is shown.
static bool HasEffect(Session& session, const EmitRequest& request) {
  const std::string& stage = request.stage;
  const bool text = IsGraphText(request), tree = stage == "ast", code = stage == "plan" || stage == "llvm" || stage == "asm";
  auto refuse = [&](bool given, const std::string& flag, const std::string& reason) {
    if (given) session.Report(DiagnosticKind::UsageError, {}, flag + " has no effect here: " + reason);
  };
  if (text && tree) session.Report(DiagnosticKind::UsageError, {}, "a graph's text has no syntax tree").Help("its stages are opt, plan, llvm and asm");
  refuse(text && !request.name.empty(), "the name `" + request.name + "`", "a graph's text holds one graph");
  refuse(text && !request.set.empty(), "`--set`", "a graph's text has no options");
  refuse(tree && !request.name.empty(), "the name `" + request.name + "`", "the syntax tree is that of the whole file");
  refuse(request.run && (tree || code), "`--stage=" + stage + "`", "`--run` runs a graph, which ir, grad and opt are");
  refuse(request.memory && (text || tree || stage == "ir"), "`--memory`", "it is about a training's step, from the stage grad on");
  refuse(!request.extents.empty() && !request.run && !code && !request.memory, "`--extent`", "this stage holds for every size");
  return !session.diagnostics.HasErrors();
}

// Whether each size that is given is one of the graphs'.
static bool KnowsSizes(Session& session, const EmittedGraphs& graphs, const Sizes& extents) {
  std::set<std::string> known = SymbolsOf(graphs.elaborated);
  known.merge(SymbolsOf(graphs.differentiated));
  for (const auto& [symbol, size] : extents) {
    if (known.contains(symbol)) continue;
    session.Report(DiagnosticKind::UsageError, {}, "--extent: no size is called `" + symbol + "` here")
        .Help(known.empty() ? "every size is known" : "open sizes are " + runtime::Listed(std::vector<std::string>(known.begin(), known.end())));
  }
  return !session.diagnostics.HasErrors();
}

static std::optional<EmittedGraphs> GraphsOf(Session& session, sema::Module& module, const std::string& name, const EmitRequest& request, const Sizes& extents) {
  auto contains = [&](const std::vector<std::string>& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (contains(module.TrainNames())) {
    std::optional<sema::TrainProgram> program = module.ElaborateTrain(name);
    if (!program || session.diagnostics.HasErrors()) return std::nullopt;
    const sema::Phase& phase = program->steps.front().phases.front();
    if (!request.memory) return EmittedGraphs{program->evaluation.graph, phase.graph};
    StepMemory memory{"", *request.memory, PlanOf(Simplified(phase.graph), request, extents).arena_bytes, {}};
    if (memory.kept > memory.budget) memory.again = PlanOf(Simplified(phase.checkpointed), request, extents).arena_bytes;
    return EmittedGraphs{program->evaluation.graph, memory.Checkpointed() ? phase.checkpointed : phase.graph, memory};
  }
  if (request.memory) {
    session.Report(DiagnosticKind::UsageError, {}, "`--memory` has no effect here: it is about a training's step, and `" + name + "` is no training");
    return std::nullopt;
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

static void PrintStage(const EmittedGraphs& graphs, const EmitRequest& request, const Sizes& extents) {
  const std::string& stage = request.stage;
  if (stage == "ir") return Print(ir::Print(graphs.elaborated));
  if (stage == "grad") return Print(ir::Print(graphs.differentiated));
  ir::Graph graph = Simplified(graphs.differentiated);
  if (stage == "opt") return Print(ir::Print(graph));
  schedule::Plan plan = PlanOf(graph, request, extents);
  if (stage == "plan") return Print((graphs.memory ? "memory " + graphs.memory->Text() + "\n" : "") + schedule::Print(plan));
  Print(stage == "llvm" ? codegen::PrintLlvm({&plan}, {}) : codegen::PrintAssembly({&plan}, {}));
}

static void Show(Session& session, const EmittedGraphs& graphs, const EmitRequest& request, const Sizes& extents) {
  if (!KnowsSizes(session, graphs, extents)) return;
  if (!request.run) return PrintStage(graphs, request, extents);
  const ir::Graph& graph = request.stage == "ir" ? graphs.elaborated : graphs.differentiated;
  Print(RunOnPattern(graph, SizesOf(graph, request, extents)));
}

static void EmitProgram(Session& session, const EmitRequest& request, const Sizes& extents) {
  sema::Options options = ElaborationOptions(session, request.set);
  DataFiles files(session, {});
  options.schema = &files;
  options.checkpoints = request.memory.has_value();
  auto module = LoadProgram(session, request.file, options);
  if (!module) return;
  if (request.stage == "ast") return Print(PrintAst(module->Files().front()));
  const std::string name = DefaultName(session, *module, request);
  if (name.empty()) return;
  if (auto graphs = GraphsOf(session, *module, name, request, extents)) Show(session, *graphs, request, extents);
}

int Emit(const EmitRequest& request) {
  Session session;
  Sizes extents;
  if (!ParseExtents(session, request, extents) || !HasEffect(session, request)) return session.Finish();
  if (!IsGraphText(request)) {
    EmitProgram(session, request, extents);
  } else if (auto graphs = ReadGraphText(session, request.file)) {
    Show(session, *graphs, request, extents);
  }
  return session.Finish();
}

}  // namespace nnc::driver
