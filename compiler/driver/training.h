// One training from loaded program to written run.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "compiler/driver/command.h"
#include "compiler/driver/evaluation.h"
#include "compiler/driver/figures.h"
#include "compiler/driver/model_state.h"
#include "compiler/driver/step_functions.h"
#include "compiler/sema/sema.h"
#include "runtime/log_writer.h"
#include "runtime/run_folder.h"
#include "runtime/trainer.h"

namespace nnc::driver {

class Training {
 public:
  // All are borrowed.
  Training(Session& session, DataFiles& files, sema::TrainProgram& program, const TrainRequest& request);

  // Loads the data, draws the initial weights and compiles the first step. Reports, and is false, on failure.
  bool Prepare();
  // Trains and computes all figures. Reports, and gives nothing, where the training cannot go on. Throws runtime::DataError where the
  // logs cannot be written.
  std::optional<runtime::TrainResult> Run(runtime::RunFolder& folder, runtime::Progress& progress, const std::atomic<bool>& interrupt);
  // Writes the run's files into the staged folder.
  void Write(runtime::RunFolder& folder, const sema::Module& module, const runtime::TrainResult& result);

  const PartFigures& figures() const { return figures_; }
  runtime::ConfusionMatrix confusion() const { return evaluation_->Confusion(); }
  std::vector<std::string> class_names(int64_t classes) const { return ClassNames(program_, state_.fits, classes); }
  int64_t TrainableParameters() const { return driver::TrainableParameters(program_); }
  // "0.5 s, the first after 0.12 s": the training's time, and that from the program's start to the end of the first step.
  std::string Duration() const;

 private:
  bool CheckProgram();
  bool CheckParts();
  bool OpenSources();
  bool MaterialiseSources();
  void CollectFits();
  std::vector<BatchGeometry> Geometry() const;
  std::vector<runtime::TrainSource> TrainSources() const;
  bool TakeWeights();
  void StartEvaluation();
  std::vector<std::string> WatchedParts() const;
  void Watch();
  void AddStopRule();
  void AddLogs(runtime::RunFolder& folder);
  std::optional<runtime::TrainResult> RunTrainer();

  Session& session_;
  DataFiles& files_;
  sema::TrainProgram& program_;
  const TrainRequest& request_;
  uint64_t seed_;
  Sources sources_;
  ModelState state_;
  HostValues values_;  // mean weights, steps per epoch
  std::unique_ptr<StepFunctions> steps_;
  std::unique_ptr<Evaluation> evaluation_;
  std::future<void> evaluation_ready_;
  std::unique_ptr<runtime::LogWriter> log_, step_log_;
  std::vector<double> step_losses_;
  std::vector<double> log_row_;
  runtime::TrainerConfig config_;
  PartFigures figures_;
  double seconds_ = 0;
  double first_step_ = 0;
};

}  // namespace nnc::driver
