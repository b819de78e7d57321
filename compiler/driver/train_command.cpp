// nnc train: from a program to a run folder.
//
// The order of work lets the first step come early: while the step of a full batch is compiled in one thread, another draws or
// prepares the data; what only later steps and the metrics need is compiled while the training runs.
#include "compiler/driver/training.h"

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "compiler/driver/command.h"
#include "compiler/driver/program.h"
#include "runtime/progress.h"
#include "runtime/text_plot.h"

namespace nnc::driver {

static std::atomic<bool> interrupted{false};
static std::atomic<int> interrupted_by{0};

// What shells add to a signal's number for the exit code of a program that it ended.
static constexpr int kSignalled = 128;

// The first signal ends the training after its batch; a second one ends the program.
static void Interrupt(int signal) {
  interrupted_by.store(signal);
  interrupted.store(true);
  std::signal(signal, SIG_DFL);
}

static runtime::RunFolder StageRun(const TrainRequest& request, const std::string& train, bool several) {
  if (!request.out.empty()) return runtime::RunFolder::StageAt(request.out);
  std::string name = std::filesystem::path(request.file).stem().string();
  return runtime::RunFolder::StageNext("runs", several ? name + "-" + train : name);
}

static std::optional<sema::TrainProgram> Elaborate(Session& session, const TrainRequest& request, sema::Module& module) {
  std::string name = ChooseName(session, request.train, module.TrainNames(), "training", request.file);
  if (name.empty()) return std::nullopt;
  std::optional<sema::TrainProgram> program = module.ElaborateTrain(name);
  if (session.diagnostics.HasErrors()) return std::nullopt;
  return program;
}

static void PrintResult(const Training& training, const runtime::TrainResult& result, const std::string& place) {
  std::printf("%s", FormatFigures(training.figures()).c_str());
  runtime::ConfusionMatrix matrix = training.confusion();
  if (matrix.classes > 0)
    std::printf("\nconfusion matrix of part `%s`\n%s", training.figures().back().first.c_str(), runtime::FormatConfusion(matrix, training.class_names(matrix.classes)).c_str());
  std::printf("\n%lld trainable parameters, %lld epochs, %lld steps in %s", static_cast<long long>(training.TrainableParameters()),
              static_cast<long long>(result.last.epoch), static_cast<long long>(result.last.step), training.Duration().c_str());
  switch (result.reason) {
    case runtime::EndReason::Complete: break;
    case runtime::EndReason::Stalled: std::printf("; stopped early"); break;
    case runtime::EndReason::Condition: std::printf("; stopped by its condition"); break;
    case runtime::EndReason::Interrupted: std::printf("; interrupted, what was trained until then is kept"); break;
  }
  if (result.best.epoch != result.last.epoch) std::printf("; weights of the best epoch, %lld", static_cast<long long>(result.best.epoch));
  std::printf("\nrun: %s\n", place.c_str());
}

int Train(const TrainRequest& request) {
  Session session;
  DataFiles files(session, ParsePairs(session, request.data, "--data"));
  sema::Options options = ElaborationOptions(session, request.set);
  options.schema = &files;
  options.batch = request.batch;
  options.epochs = request.epochs;
  auto module = LoadProgram(session, request.file, options);
  if (!module) return session.Finish();
  std::optional<sema::TrainProgram> program = Elaborate(session, request, *module);
  if (!program) return session.Finish();
  try {
    runtime::RunFolder folder = StageRun(request, program->name, module->TrainNames().size() > 1);
    Training training(session, files, *program, request);
    if (!training.Prepare()) return session.Finish();
    std::signal(SIGINT, Interrupt);
    std::signal(SIGTERM, Interrupt);
    runtime::Progress progress(request.quiet ? runtime::ProgressMode::Silent : runtime::ProgressModeFor(stderr));
    std::optional<runtime::TrainResult> result = training.Run(folder, progress, interrupted);
    if (!result) return session.Finish();
    training.Write(folder, *module, *result);
    PrintResult(training, *result, folder.Commit().string());
    if (result->reason == runtime::EndReason::Interrupted && session.Finish() == 0) return kSignalled + interrupted_by.load();
  } catch (const runtime::DataError& error) {
    session.Report(error, {});
  }
  return session.Finish();
}

}  // namespace nnc::driver
