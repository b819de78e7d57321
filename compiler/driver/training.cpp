#include "compiler/driver/training.h"

#include <algorithm>
#include <filesystem>

#include "compiler/driver/slice.h"
#include "runtime/file_bytes.h"
#include "runtime/number_text.h"
#include "runtime/run_metrics.h"

namespace nnc::driver {

static constexpr uint64_t kDefaultSeed = 1;

Training::Training(Session& session, DataFiles& files, sema::TrainProgram& program, const TrainRequest& request)
    : session_(session), files_(files), program_(program), request_(request),
      seed_(request.seed.value_or(program.seed.value_or(kDefaultSeed))) {}

bool Training::CheckProgram() {
  if (program_.steps.size() < 2) return true;
  for (const sema::TrainStep& step : program_.steps) {
    if (step.phases.size() < 2) continue;
    session_.Report(DiagnosticKind::LaterFeature, program_.span, "optimizers that follow one another in a training of several steps belong to a later version")
        .Help("give step `" + step.name + "` one optimizer");
    return false;
  }
  return true;
}

bool Training::OpenSources() {
  std::vector<sema::SourceHeader> headers;
  for (const auto& use : program_.sources) headers.push_back(use.data.header);
  files_.CheckReplacements(headers);
  if (session_.diagnostics.HasErrors()) return false;
  for (const auto& use : program_.sources) {
    sources_.push_back(std::make_unique<LoadedSource>(session_, files_, use.data, nullptr));
    if (!sources_.back()->Open()) return false;
    if (sources_.back()->parts().Find("train") != nullptr) continue;
    session_.Report(DiagnosticKind::MissingSplit, use.data.header.span, "`" + use.data.header.name + "` has no part `train`")
        .Help("`split train 0.8, valid 0.2` divides the events");
    return false;
  }
  return CheckParts();
}

// The part that `stop when` names exists.
bool Training::CheckParts() {
  if (!program_.stop) return true;
  std::vector<std::string> wanted = {program_.stop->part};
  if (!program_.stop->patience) {
    wanted.clear();
    for (ir::NodeId id : program_.stop->condition.inputs) {
      const std::string& name = program_.stop->condition[id].input.name;
      wanted.push_back(name.substr(0, name.find('.')));
    }
  }
  std::vector<std::string> parts = PartNames(sources_);
  for (const std::string& part : wanted) {
    if (std::find(parts.begin(), parts.end(), part) != parts.end()) continue;
    std::string known;
    for (const std::string& name : parts) known += (known.empty() ? "`" : ", `") + name + "`";
    session_.Report(DiagnosticKind::MissingSplit, program_.stop->span, "the data has no part `" + part + "`").Help("it has " + known);
    return false;
  }
  return true;
}

bool Training::MaterialiseSources() {
  for (size_t i = 0; i < sources_.size(); ++i) {
    const auto& fields = program_.sources[i].fields;
    std::set<std::string> needed(fields.begin(), fields.end());
    if (!sources_[i]->Materialise(needed)) return false;
  }
  return true;
}

std::vector<BatchGeometry> Training::Geometry() const {
  std::vector<BatchGeometry> geometry;
  for (size_t i = 0; i < sources_.size(); ++i) {
    int64_t rows = static_cast<int64_t>(sources_[i]->TrainRows().size());
    geometry.push_back({rows, std::min(program_.sources[i].batch.value_or(rows), rows)});
  }
  return geometry;
}

bool Training::TakeWeights() {
  return request_.weights.empty() || ReadWeights(session_, request_.weights, program_, state_.variables);
}

void Training::CollectFits() {
  for (const auto& source : sources_) {
    for (const auto& [name, value] : source->fitted()) state_.fits.values[name] = value;
    for (const auto& [key, labels] : source->labels()) state_.fits.labels.emplace(key, labels);
  }
}

bool Training::Prepare() {
  if (!CheckProgram() || !OpenSources()) return false;
  steps_ = std::make_unique<StepFunctions>(program_, Geometry(), StorageOfColumns(program_, sources_));
  std::future<void> compiled = std::async(std::launch::async, [this] {
    steps_->CompileFirst();
    state_.variables = InitialVariables(program_, seed_);
  });
  bool loaded = MaterialiseSources();
  compiled.get();
  if (!loaded || !TakeWeights()) return false;
  CollectFits();
  values_ = DriverValues(program_, sources_, steps_->StepsPerEpoch());
  steps_->Bind(sources_, state_.variables, values_, program_.epochs.value_or(0), config_.phases);
  return true;
}

// Metrics are compiled while the first epoch runs.
void Training::StartEvaluation() {
  evaluation_ = std::make_unique<Evaluation>(program_, sources_, state_.variables, values_, seed_);
  evaluation_ready_ = std::async(std::launch::async, [this] { evaluation_->Compile(); });
}

std::vector<runtime::TrainSource> Training::TrainSources() const {
  std::vector<runtime::TrainSource> sources;
  std::vector<BatchGeometry> geometry = Geometry();
  for (size_t i = 0; i < sources_.size(); ++i)
    sources.push_back({program_.sources[i].data.header.name, sources_[i]->TrainRows(), geometry[i].batch, program_.shuffle});
  return sources;
}

std::vector<std::string> Training::WatchedParts() const {
  std::vector<std::string> parts;
  for (const std::string& part : PartNames(sources_))
    if (part == "valid") parts.push_back(part);
  if (!program_.stop) return parts;
  auto add = [&](const std::string& part) {
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
  };
  if (program_.stop->patience && (program_.stop->part != "train" || program_.stop->metric != "loss")) add(program_.stop->part);
  for (ir::NodeId id : program_.stop->condition.inputs) {
    const std::string& name = program_.stop->condition[id].input.name;
    add(name.substr(0, name.find('.')));
  }
  return parts;
}

static std::vector<const sema::Metric*> ScalarMetrics(const sema::TrainProgram& program) {
  std::vector<const sema::Metric*> metrics;
  for (const sema::Metric& metric : program.metrics) {
    bool matrix = false;
    for (const sema::HostReduction& reduction : program.evaluation.reductions) {
      const runtime::Metric* row = runtime::FindMetric(reduction.function);
      for (ir::NodeId id : metric.graph.inputs)
        matrix = matrix || (row != nullptr && row->matrix != nullptr && metric.graph[id].input.name == reduction.input);
    }
    if (!matrix) metrics.push_back(&metric);
  }
  return metrics;
}

void Training::Watch() {
  std::vector<std::string> parts = WatchedParts();
  if (parts.empty()) return;
  for (const std::string& part : parts)
    for (const sema::Metric* metric : ScalarMetrics(program_))
      config_.watched.push_back({part + "." + metric->name, metric->more_is_better ? runtime::Direction::MoreIsBetter : runtime::Direction::LessIsBetter});
  config_.validate = [this, parts](int64_t) {
    if (evaluation_ready_.valid()) evaluation_ready_.get();
    std::vector<double> figures;
    for (const std::string& part : parts)
      for (const auto& [name, value] : evaluation_->Run(part).values) figures.push_back(value);
    return figures;
  };
}

void Training::AddStopRule() {
  if (!program_.stop) return;
  if (program_.stop->patience) {
    config_.stop.figure = program_.stop->part + "." + program_.stop->metric;
    config_.stop.patience = *program_.stop->patience;
    return;
  }
  config_.stop.condition = [this, watched = config_.watched](const runtime::EpochRecord& record) {
    HostValues values;
    for (size_t i = 0; i < record.figures.size(); ++i) values[watched[i].name] = Scalar(record.figures[i]);
    return EvaluateScalar(program_.stop->condition, values) != 0;
  };
}

void Training::AddLogs(runtime::RunFolder& folder) {
  std::vector<std::string> names = {"epoch", "step", "seconds", "train.loss"};
  for (const runtime::WatchedFigure& figure : config_.watched) names.push_back(figure.name == "train.loss" ? "train.loss_after" : figure.name);
  log_ = std::make_unique<runtime::LogWriter>(folder.LogFile(), names);
  config_.on_epoch = [this](const runtime::EpochRecord& record) {
    std::vector<double> row = {static_cast<double>(record.epoch), static_cast<double>(record.step), record.seconds, record.train_loss.front()};
    row.insert(row.end(), record.figures.begin(), record.figures.end());
    log_->Row(row);
  };
  if (request_.log_steps) {
    std::vector<std::string> columns = {"step"};
    for (const sema::TrainStep& step : program_.steps) columns.push_back(step.name.empty() ? "loss" : step.name + ".loss");
    step_log_ = std::make_unique<runtime::LogWriter>(folder.StepsFile(), columns);
  }
  step_losses_.resize(program_.steps.size());
  config_.on_step = [this](const runtime::StepRecord& record) {
    step_losses_[record.position] = record.loss;
    if (record.position + 1 < step_losses_.size()) return;
    if (step_log_) {
      log_row_ = {static_cast<double>(record.step)};
      log_row_.insert(log_row_.end(), step_losses_.begin(), step_losses_.end());
      step_log_->Row(log_row_);
    }
    if (record.step == 1) {
      first_step_ = SecondsSinceStart();
      StartEvaluation();
    }
    steps_->AfterStep(record.step);
  };
}

std::optional<runtime::TrainResult> Training::RunTrainer() {
  try {
    return runtime::Train(config_);
  } catch (const runtime::TrainingError& error) {
    session_.Report(DiagnosticKind::NonFiniteLoss, program_.span, error.what())
        .Help("a smaller learning rate, prepared inputs (`|> standardize`) or `clip = 1` keep a training finite; `bce` and `cross_entropy` take "
              "probabilities, so the model ends with `sigmoid` or `softmax`; weights of events may not add up to 0");
  } catch (const runtime::DataError& error) {
    session_.Report(error, program_.span);
  }
  return std::nullopt;
}

std::optional<runtime::TrainResult> Training::Run(runtime::RunFolder& folder, runtime::Progress& progress, const std::atomic<bool>& interrupt) {
  config_.sources = TrainSources();
  config_.seed = seed_;
  for (auto& [name, tensor] : state_.variables) config_.kept.push_back(std::as_writable_bytes(tensor.values()));
  Watch();
  AddStopRule();
  AddLogs(folder);
  config_.progress = &progress;
  config_.interrupt = &interrupt;
  steps_->CompileRestInBackground();
  std::optional<runtime::TrainResult> result = RunTrainer();
  if (!result) return std::nullopt;
  seconds_ = result->last.seconds;
  if (!evaluation_) StartEvaluation();
  if (evaluation_ready_.valid()) evaluation_ready_.get();
  try {
    for (const std::string& part : PartNames(sources_)) figures_.emplace_back(part, evaluation_->Run(part));
  } catch (const runtime::DataError& error) {
    session_.Report(error, program_.span);
    return std::nullopt;
  }
  return result;
}

std::string Training::Duration() const {
  return runtime::ShortDuration(seconds_) + ", the first after " + runtime::ShortNumber(first_step_, 2) + " s";
}

void Training::Write(runtime::RunFolder& folder, const sema::Module& module, const runtime::TrainResult& result) {
  log_->Flush();
  if (step_log_) step_log_->Flush();
  runtime::WriteFileAtomically(folder.ProgramFile(), module.FlattenedText());
  for (const auto& [name, value] : values_) state_.fits.values[name] = value;
  WriteWeights(folder.WeightsFile().string(), state_, files_.Record());
  runtime::RunMetrics metrics;
  for (const auto& [part, figures] : figures_) {
    runtime::PartMetrics& of_part = metrics.parts.emplace_back();
    of_part.part = part;
    for (const auto& [name, value] : figures.values) of_part.figures.push_back({name, value});
    of_part.matrices = figures.matrices;
  }
  metrics.header.train = program_.name;
  metrics.header.seed = seed_;
  metrics.header.options = ParsePairs(session_, request_.set, "--set");
  metrics.header.epochs = result.last.epoch;
  metrics.header.steps = result.last.step;
  metrics.header.seconds = seconds_;
  for (const auto& use : program_.sources)
    if (!use.data.header.sample)
      for (const auto& [name, path] : files_.Paths(use.data.header)) metrics.header.data[name] = path;
  runtime::WriteRunMetrics(folder.MetricsFile(), metrics);
}

}  // namespace nnc::driver
