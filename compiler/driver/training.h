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
#include "runtime/run_metrics.h"
#include "runtime/trainer.h"

namespace nnc::driver {

class Training {
 public:
  // All are borrowed.
  Training(Session& session, DataFiles& files, sema::TrainProgram& program, const TrainRequest& request);

  // Loads the data, draws the initial weights and compiles the first step. Reports, and is false, on failure.
  bool Prepare();
  // Trains, writing the logs into the staged folder. Reports, and is false, where there is nothing to keep. Throws runtime::DataError
  // where the logs cannot be written. A training that diverged is kept, and reported.
  bool Run(runtime::RunFolder& folder, runtime::Progress& progress, const std::atomic<bool>& interrupt);

  // training_record.cpp
  // What the logs hold back; throws runtime::DataError.
  void FlushLogs();
  // Writes the run's other files into its folder, without the figures that Evaluate computes. Throws runtime::DataError.
  void Write(const runtime::RunFolder& folder, const sema::Module& module);
  // Computes the figures of the kept weights and adds them to the run in its place. An interrupt leaves out the parts that are not
  // begun. Reports what cannot be computed. Throws runtime::DataError.
  void Evaluate(const runtime::RunFolder& folder, const std::atomic<bool>& interrupt);

  const runtime::TrainResult& result() const { return result_; }
  // Whether Evaluate came to its end.
  bool evaluated() const { return figures_.size() == evaluated_parts_.size(); }
  const PartFigures& figures() const { return figures_; }
  const std::string& confusion_tables() const { return confusion_tables_; }  // of the last part that was evaluated
  int64_t TrainableParameters() const { return driver::TrainableParameters(program_); }
  // " in 0.5 s, the first after 0.12 s": the training's time, and that from the program's start to the end of the first step.
  std::string Duration() const;
  const Sources& sources() const { return sources_; }

 private:
  bool CheckProgram();
  bool CheckParts();
  bool OpenSources();
  bool MaterialiseSources();
  bool ReportUnfit(const std::string& name, const HostValue& value);
  bool CollectFits();
  std::vector<BatchGeometry> Geometry() const;
  std::vector<runtime::TrainSource> TrainSources() const;
  bool TakeWeights();
  bool KeepsBudget();
  void StartEvaluation();
  bool ReadParts(const std::string& flag, const std::string& text, std::vector<std::string>& parts);
  std::vector<std::string> WatchedParts() const;
  void Watch();
  void AddStopRule();
  void AddLogs(runtime::RunFolder& folder);
  std::vector<std::string> LogColumns() const;
  std::string LogName(const std::string& part, const std::string& metric) const;
  std::vector<double> LogRow(const runtime::EpochRecord& record) const;
  bool RunTrainer();
  void ReportDivergence();

  Session& session_;
  DataFiles& files_;
  sema::TrainProgram& program_;
  const TrainRequest& request_;
  uint64_t seed_;
  Sources sources_;
  ModelState state_;
  Fits before_;  // what was fitted with the weights to start from
  HostValues values_;  // mean weights, steps per epoch
  std::unique_ptr<StepFunctions> steps_;
  std::unique_ptr<Evaluation> evaluation_;
  std::future<void> evaluation_ready_;
  std::unique_ptr<runtime::LogWriter> log_, step_log_;
  std::vector<double> step_losses_;
  std::vector<double> step_row_;
  std::vector<std::string> log_columns_;
  std::vector<std::string> logged_parts_, evaluated_parts_;  // after each epoch, at the end
  runtime::TrainerConfig config_;
  runtime::TrainResult result_;
  runtime::RunMetrics metrics_;
  PartFigures figures_;
  std::string confusion_tables_;
  double first_step_ = 0;
  double first_epoch_loss_ = 0;
};

// The program's metrics that are single numbers, not matrices.
std::vector<const sema::Metric*> ScalarMetrics(const sema::TrainProgram& program);

}  // namespace nnc::driver
