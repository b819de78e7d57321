// What a training leaves: its logs, the files of the run, the figures of the weights that are kept.
#include <filesystem>
#include <limits>

#include "compiler/driver/training.h"
#include "runtime/file_bytes.h"
#include "runtime/number_text.h"

namespace nnc::driver {

// A figure's column in the log. What a step's own loss is called in the figures, the log keeps for its mean over an epoch's batches.
std::string Training::LogName(const std::string& part, const std::string& metric) const {
  bool running = metric == "loss";
  for (const sema::TrainStep& step : program_.steps) running = running || (!step.name.empty() && metric == step.name + "_loss");
  return part + "." + metric + (part == "train" && running ? "_after" : "");
}

std::vector<std::string> Training::LogColumns() const {
  std::vector<std::string> columns = {"epoch", "step", "seconds", "complete", "train.loss"};
  for (const sema::TrainStep& step : program_.steps)
    if (!step.name.empty()) columns.push_back("train." + step.name + "_loss");
  for (const std::string& part : PartNames(sources_))
    for (const sema::Metric* metric : ScalarMetrics(program_)) columns.push_back(LogName(part, metric->name));
  return columns;
}

// Not-a-number where a figure was not computed.
std::vector<double> Training::LogRow(const runtime::EpochRecord& record) const {
  std::vector<double> row = {static_cast<double>(record.epoch), static_cast<double>(record.step), record.seconds, record.complete ? 1.0 : 0.0,
                             record.TrainLoss()};
  if (!program_.steps.front().name.empty()) row.insert(row.end(), record.train_loss.begin(), record.train_loss.end());
  row.resize(log_columns_.size(), std::numeric_limits<double>::quiet_NaN());
  auto set = [&](const std::string& part, const std::string& metric, double value) {
    for (size_t i = 0; i < row.size(); ++i)
      if (log_columns_[i] == LogName(part, metric)) row[i] = value;
  };
  for (size_t i = 0; i < record.figures.size(); ++i) {
    const std::string& name = config_.watched[i];
    set(name.substr(0, name.find('.')), name.substr(name.find('.') + 1), record.figures[i]);
  }
  if (record.epoch == result_.kept.epoch)
    for (const auto& [part, figures] : figures_)
      for (const auto& [metric, value] : figures.values) set(part, metric, value);
  return row;
}

void Training::FlushLogs() {
  log_->Flush();
  if (step_log_) step_log_->Flush();
}

static const char* NameOf(runtime::EndReason reason) {
  switch (reason) {
    case runtime::EndReason::Complete: return "complete";
    case runtime::EndReason::Stalled: return "stalled";
    case runtime::EndReason::Condition: return "condition";
    case runtime::EndReason::Interrupted: return "interrupted";
    case runtime::EndReason::Diverged: return "diverged";
  }
  return "";
}

void Training::Write(const runtime::RunFolder& folder, const sema::Module& module) {
  runtime::WriteFileAtomically(folder.ProgramFile(), module.FlattenedText());
  for (const auto& [name, value] : values_) state_.fits.values[name] = value;
  WriteWeights(folder.WeightsFile().string(), state_, files_.Record());
  runtime::RunHeader& header = metrics_.header;
  header.version = NNC_VERSION;
  header.train = program_.name;
  header.seed = seed_;
  header.options = ParsePairs(session_, request_.set, "--set");
  if (request_.epochs) header.flags["epochs"] = *request_.epochs;
  if (request_.batch) header.flags["batch"] = *request_.batch;
  header.ended = NameOf(result_.reason);
  header.epochs = result_.last.epoch;
  header.steps = result_.last.step;
  header.best_epoch = result_.kept.epoch;
  header.seconds = result_.last.seconds;
  for (const auto& use : program_.sources)
    if (!use.data.header.sample)
      for (const auto& [name, path] : files_.Paths(use.data.header)) {
        header.data[name] = path;
        header.contents[name] = runtime::Fingerprint(path);
      }
  runtime::WriteRunMetrics(folder.MetricsFile(), metrics_);
}

void Training::Evaluate(const runtime::RunFolder& folder, const std::atomic<bool>& interrupt) {
  if (evaluation_ready_.valid()) evaluation_ready_.get();
  const bool interrupted = interrupt.load();
  try {
    for (const std::string& part : evaluated_parts_) {
      if (interrupt.load() && !interrupted) break;
      figures_.emplace_back(part, evaluation_->Run(part));
      evaluation_->ReportDoubtful(session_, part, figures_.back().second);
      const runtime::ConfusionMatrix confusion = evaluation_->Confusion();
      metrics_.parts.push_back(MetricsOf(part, figures_.back().second, confusion));
      if (confusion.classes > 0) metrics_.header.classes = ClassNames(program_, state_.fits, confusion.classes);
      confusion_tables_ = evaluation_->ConfusionTables(part, state_.fits);
    }
  } catch (const runtime::DataError& error) {
    session_.Report(error, program_.span);
  }
  runtime::WriteRunMetrics(folder.MetricsFile(), metrics_);
  if (result_.kept.epoch > 0) runtime::ReplaceLogRow(folder.LogFile(), result_.kept.epoch - 1, LogRow(result_.kept));
}

std::string Training::Duration() const {
  if (result_.last.step == 0) return "";
  return " in " + runtime::ShortDuration(result_.last.seconds) + ", the first after " + runtime::ShortNumber(first_step_, 2) + " s";
}

}  // namespace nnc::driver
