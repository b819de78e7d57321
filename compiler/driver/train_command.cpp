// nnc train: from a program to a run folder.
//
// The order of work lets the first step come early: while the step of a full batch is compiled in one thread, another draws or
// prepares the data; what only later steps and the metrics need is compiled while the training runs.
#include "compiler/driver/training.h"

#include <csignal>
#include <cstdio>
#include <filesystem>

#include "compiler/driver/command.h"
#include "compiler/driver/data_warnings.h"
#include "compiler/driver/program.h"
#include "compiler/driver/rehearsal.h"
#include "runtime/progress.h"
#include "runtime/text_plot.h"

namespace nnc::driver {

// What shells add to a signal's number for the exit code of a program that it ended.
static constexpr int kSignalled = 128;

static std::atomic<bool> interrupted{false};
static std::atomic<int> interrupted_by{0};
static std::atomic<bool> must_not_end{false};  // while the run is written

// The first signal ends the training after its batch; a second one ends the program, for the run is then in its place or nothing is
// to be kept.
static void Interrupt(int signal) {
  if (interrupted.exchange(true) && !must_not_end.load()) {
    std::signal(signal, SIG_DFL);
    raise(signal);
  }
  interrupted_by.store(signal);
}

static void CatchInterrupts() {
  std::signal(SIGINT, Interrupt);
  std::signal(SIGTERM, Interrupt);
  if (std::signal(SIGHUP, Interrupt) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);  // `nohup`
}

static runtime::RunFolder PlaceOf(const TrainRequest& request, const std::string& train, bool several) {
  if (!request.out.empty()) return runtime::RunFolder::At(request.out);
  std::string name = std::filesystem::path(request.file).stem().string();
  return runtime::RunFolder::Next("runs", several ? name + "-" + train : name);
}

// Writes the run to its place; where that cannot be written to, into the folder for temporary files, so that what was learnt is not
// lost. The place, or nothing where that fails, too.
static std::optional<std::filesystem::path> Keep(Session& session, Training& training, const sema::Module& module, runtime::RunFolder& folder) {
  try {
    training.FlushLogs();
    training.Write(folder, module);
    return folder.Commit();
  } catch (const runtime::DataError& error) {
    Diagnostic& diagnostic = session.Report(error, {});
    std::error_code ignored;
    runtime::RunFolder rescue = runtime::RunFolder::Next(std::filesystem::temp_directory_path(ignored), "nnc-run");
    rescue.Stage();
    std::filesystem::copy_file(folder.LogFile(), rescue.LogFile(), ignored);
    std::filesystem::copy_file(folder.StepsFile(), rescue.StepsFile(), ignored);
    training.Write(rescue, module);
    diagnostic.AddNote("the run is kept in `" + rescue.Commit().string() + "`");
  }
  return std::nullopt;
}

static std::optional<sema::TrainProgram> Elaborate(Session& session, const TrainRequest& request, sema::Module& module) {
  std::string name = ChooseName(session, request.train, module.TrainNames(), "training", request.file);
  if (name.empty()) return std::nullopt;
  std::optional<sema::TrainProgram> program = module.ElaborateTrain(name);
  if (session.diagnostics.HasErrors()) return std::nullopt;
  return program;
}

static void PrintResult(const Training& training, const std::string& place) {
  const runtime::TrainResult& result = training.result();
  std::printf("%s", FormatFigures(training.figures()).c_str());
  std::printf("%s", training.confusion_tables().c_str());
  std::printf("%s%lld trainable parameters, %lld epochs, %lld steps%s", training.figures().empty() ? "" : "\n",
              static_cast<long long>(training.TrainableParameters()), static_cast<long long>(result.last.epoch),
              static_cast<long long>(result.last.step), training.Duration().c_str());
  switch (result.reason) {
    case runtime::EndReason::Complete: break;
    case runtime::EndReason::Stalled: std::printf("; stopped early"); break;
    case runtime::EndReason::Condition: std::printf("; stopped by its condition"); break;
    case runtime::EndReason::Interrupted: std::printf("; interrupted, what was trained until then is kept"); break;
    case runtime::EndReason::Diverged: std::printf("; diverged"); break;
  }
  if (result.kept.epoch != result.last.epoch && result.kept.epoch == 0) std::printf("; the initial weights");
  else if (result.kept.epoch != result.last.epoch)
    std::printf("; weights of %s epoch, %lld", result.reason == runtime::EndReason::Diverged ? "an earlier" : "the best", static_cast<long long>(result.kept.epoch));
  if (!training.evaluated()) std::printf("; not all parts are evaluated, which `nnc eval` does");
  std::printf("\n%srun: %s\n", UnusedEvents(training.sources()).c_str(), place.c_str());
}

// Trains and keeps what that gives. Throws runtime::DataError.
static void TrainInto(Session& session, Training& training, const sema::Module& module, runtime::RunFolder& folder, bool quiet) {
  CatchInterrupts();
  folder.Stage();
  runtime::Progress progress(quiet ? runtime::ProgressMode::Silent : runtime::ProgressModeFor(stderr));
  if (!training.Run(folder, progress, interrupted)) return;
  must_not_end.store(true);
  std::optional<std::filesystem::path> place = Keep(session, training, module, folder);
  must_not_end.store(false);
  if (!place) return;
  if (interrupted && !quiet) std::fprintf(stderr, "interrupted; the run is in %s, its figures follow (a second signal leaves them out)\n", place->string().c_str());
  training.Evaluate(folder, interrupted);
  PrintResult(training, place->string());
}

int Train(const TrainRequest& request) {
  Session session;
  DataFiles files(session, ParsePairs(session, request.data, "--data"));
  sema::Options options = ElaborationOptions(session, request.set);
  options.schema = &files;
  options.batch = request.batch;
  options.epochs = request.epochs;
  options.checkpoints = request.memory.has_value();
  auto module = LoadProgram(session, request.file, options);
  if (!module) return session.Finish();
  std::optional<sema::TrainProgram> program = Elaborate(session, request, *module);
  if (program) {
    try {
      runtime::RunFolder folder = PlaceOf(request, program->name, module->TrainNames().size() > 1);
      Training training(session, files, *program, request);
      if (training.Prepare()) TrainInto(session, training, *module, folder, request.quiet);
    } catch (const runtime::DataError& error) {
      session.Report(error, {});
    }
  }
  if (request.data.empty()) Rehearse(session, request.file, options, program.has_value());
  const int code = session.Finish();
  return code == kSuccess && interrupted ? kSignalled + interrupted_by.load() : code;
}

}  // namespace nnc::driver
