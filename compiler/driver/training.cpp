#include "compiler/driver/training.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "compiler/driver/data_warnings.h"
#include "compiler/driver/run_store.h"
#include "compiler/driver/value_conditions.h"
#include "runtime/names.h"
#include "runtime/number_text.h"

namespace nnc::driver {

static constexpr uint64_t kDefaultSeed = 1;

Training::Training(Session& session, DataFiles& files, sema::TrainProgram& program, const TrainRequest& request)
    : session_(session), files_(files), program_(program), request_(request),
      seed_(request.seed.value_or(program.seed.value_or(kDefaultSeed))) {}

bool Training::CheckProgram() {
  bool counted = std::all_of(program_.steps.begin(), program_.steps.end(), [](const sema::TrainStep& step) {
    return std::all_of(step.phases.begin(), step.phases.end(), [](const sema::Phase& phase) { return phase.count.has_value(); });
  });
  if (counted && request_.epochs.value_or(0) > 0) {
    session_.Report(DiagnosticKind::UsageError, program_.span, "`--epochs` changes nothing, for the optimizer says itself how long it lasts")
        .Help("`--epochs 0` trains nothing; another length stands behind `for`");
    return false;
  }
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
  if (!ReadParts("--evaluate", request_.evaluate, evaluated_parts_)) return false;
  if (request_.log_parts && !ReadParts("--log-parts", *request_.log_parts, logged_parts_)) return false;
  for (const std::string& part : PartNames(sources_))
    if (!request_.log_parts && part == "valid") logged_parts_.push_back(part);
  return CheckParts();
}

// The parts of a list as in `valid,test`; `all` and `none` are such lists, too.
bool Training::ReadParts(const std::string& flag, const std::string& text, std::vector<std::string>& parts) {
  const std::vector<std::string> known = PartNames(sources_);
  for (size_t begin = 0; begin <= text.size() && text != "none";) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string name = text.substr(begin, end - begin);
    begin = end + 1;
    if (std::find(parts.begin(), parts.end(), name) != parts.end()) {
      session_.Report(DiagnosticKind::UsageError, {}, flag + " names the part `" + name + "` twice");
      return false;
    }
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      parts.push_back(name);
    } else if (text == "all") {
      parts = known;
    } else {
      session_.Report(DiagnosticKind::UsageError, {}, "the data has no part `" + name + "`, which " + flag + " names")
          .Help("it has " + runtime::Listed(known) + "; `all` or `none` stands alone");
      return false;
    }
  }
  return true;
}

// The part that `stop when` names exists.
bool Training::CheckParts() {
  if (!program_.stop) return true;
  std::vector<std::string> wanted = {program_.stop->part};
  if (!program_.stop->patience) {
    wanted.clear();
    for (ir::NodeId id : program_.stop->condition.inputs) {
      const std::string& name = program_.stop->condition[id].input().name;
      wanted.push_back(name.substr(0, name.find('.')));
    }
  }
  std::vector<std::string> parts = PartNames(sources_);
  for (const std::string& part : wanted) {
    if (std::find(parts.begin(), parts.end(), part) != parts.end()) continue;
    session_.Report(DiagnosticKind::MissingSplit, program_.stop->span, "the data has no part `" + part + "`").Help("it has " + runtime::Listed(parts));
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

// From the file, or from that of a run.
bool Training::TakeWeights() {
  if (request_.weights.empty()) return true;
  std::error_code error;
  std::filesystem::path file = request_.weights;
  if (std::filesystem::is_directory(file, error)) {
    if (!CheckIsRun(session_, request_.weights)) return false;
    file /= "weights.safetensors";
  }
  return ReadWeights(session_, file.string(), program_, state_.variables, before_);
}

// What a preparation takes of the training part is a number: rows of events may be none.
bool Training::ReportUnfit(const std::string& name, const HostValue& value) {
  if (std::all_of(value.values.begin(), value.values.end(), [](double number) { return std::isfinite(number); })) return true;
  session_.Report(DiagnosticKind::EmptyData, program_.span, "what a preparation takes of the training part, `" + name + "`, is no finite number: there is nothing to take it of")
      .Help("no event of the training part has a row that counts there: give it such, or leave the preparation out");
  return false;
}

bool Training::CollectFits() {
  for (const auto& source : sources_) {
    for (const auto& [name, value] : source->fitted()) {
      state_.fits.values[name] = value;
      if (!ReportUnfit(name, value)) return false;
    }
    for (const auto& [key, labels] : source->labels()) state_.fits.labels.emplace(key, labels);
    for (const auto& [key, value] : source->fills()) state_.fits.fills.emplace(key, value);
  }
  return true;
}

// Whether each step works in the memory that it may.
bool Training::KeepsBudget() {
  for (const StepMemory& memory : steps_->Memory()) {
    const std::string step = memory.step.empty() ? "a step" : "the step `" + memory.step + "`";
    if (memory.Bytes() <= memory.budget) {
      if (!request_.quiet) std::fprintf(stderr, "memory: %s works in %s\n", step.c_str(), memory.Text().c_str());
      continue;
    }
    session_.Report(DiagnosticKind::TooLarge, program_.span, step + " would work in " + NeededText(memory.Bytes()) + ", and `--memory` allows " + AllowedText(memory.budget))
        .Help(memory.Checkpointed() ? "this is with what derivatives of recurrences need computed again; a smaller batch needs less" : "a smaller batch needs less");
    return false;
  }
  return true;
}

bool Training::Prepare() {
  if (!CheckProgram() || !OpenSources()) return false;
  steps_ = std::make_unique<StepFunctions>(program_, Geometry(), StorageOfColumns(program_, sources_), request_.memory);
  std::future<void> compiled = std::async(std::launch::async, [this] {
    steps_->CompileFirst();
    state_.variables = InitialVariables(program_, seed_);
  });
  bool loaded = MaterialiseSources() && CheckValues(session_, program_, sources_) && CheckTruths(session_, program_, sources_);
  compiled.get();
  if (!loaded || !KeepsBudget() || !TakeWeights()) return false;
  WarnOfSameForAll(session_, program_, sources_);
  WarnOfReach(session_, program_, sources_);
  if (!CollectFits()) return false;
  WarnOfOtherLabels(session_, request_.weights, program_, before_, state_.fits);
  values_ = DriverValues(program_, sources_, steps_->StepsPerEpoch());
  steps_->Bind(sources_, state_.variables, values_, program_.epochs.value_or(0), config_.phases);
  if (request_.epochs == 0)
    for (runtime::TrainPhase& phase : config_.phases) phase.count = 0;
  evaluation_ = std::make_unique<Evaluation>(program_, sources_, state_.variables, values_, seed_);
  return evaluation_->FitsMemory(session_);
}

// Metrics are compiled while the first epoch runs.
void Training::StartEvaluation() {
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
  std::vector<std::string> parts = logged_parts_;
  if (!program_.stop) return parts;
  auto add = [&](const std::string& part) {
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
  };
  if (program_.stop->patience && (program_.stop->part != "train" || program_.stop->metric != "loss")) add(program_.stop->part);
  for (ir::NodeId id : program_.stop->condition.inputs) {
    const std::string& name = program_.stop->condition[id].input().name;
    add(name.substr(0, name.find('.')));
  }
  return parts;
}

std::vector<const sema::Metric*> ScalarMetrics(const sema::TrainProgram& program) {
  std::vector<const sema::Metric*> metrics;
  for (const sema::Metric& metric : program.metrics) {
    bool matrix = false;
    for (const sema::HostReduction& reduction : program.evaluation.reductions) {
      const runtime::Metric* row = runtime::FindMetric(reduction.function);
      for (ir::NodeId id : metric.graph.inputs)
        matrix = matrix || (row != nullptr && row->matrix != nullptr && metric.graph[id].input().name == reduction.input);
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
      config_.watched.push_back(part + "." + metric->name);
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
    config_.stop.better = program_.stop->better == sema::Direction::Rising ? runtime::Direction::MoreIsBetter : runtime::Direction::LessIsBetter;
    return;
  }
  config_.stop.condition = [this, watched = config_.watched](const runtime::EpochRecord& record) {
    HostValues values;
    for (size_t i = 0; i < record.figures.size(); ++i) values[watched[i]] = Scalar(record.figures[i]);
    return EvaluateScalar(program_.stop->condition, values) != 0;
  };
}

void Training::AddLogs(runtime::RunFolder& folder) {
  log_columns_ = LogColumns();
  log_ = std::make_unique<runtime::LogWriter>(folder.LogFile(), log_columns_);
  config_.on_epoch = [this](const runtime::EpochRecord& record) {
    if (record.epoch == 1) first_epoch_loss_ = record.TrainLoss();
    log_->Row(LogRow(record));
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
      step_row_ = {static_cast<double>(record.step)};
      step_row_.insert(step_row_.end(), step_losses_.begin(), step_losses_.end());
      step_log_->Row(step_row_);
    }
    if (record.step == 1) {
      first_step_ = SecondsSinceStart();
      StartEvaluation();
    }
    steps_->AfterStep(record.step);
  };
}

bool Training::RunTrainer() {
  try {
    result_ = runtime::Train(config_);
    return true;
  } catch (const runtime::TrainingError& error) {
    session_.Report(DiagnosticKind::IndexOutOfBounds, program_.span, error.what());
  } catch (const runtime::DataError& error) {
    session_.Report(error, program_.span);
  }
  return false;
}

static constexpr double kRunaway = 1000;  // times the loss of the first step
static constexpr double kHuge = 1e4, kLarge = 100;  // inputs as they are, of a training that gets somewhere and of one that does not

// A training that ran away, into infinity or just not there yet.
void Training::ReportDivergence() {
  const char* cures = "a smaller learning rate, prepared inputs (`|> standardize`) or `clip = 1` keep a training finite";
  if (result_.reason == runtime::EndReason::Diverged) {
    // The first loss is that of the initial weights: no learning rate had a part in it.
    const char* first = "the weights are still the initial ones, so the cause is the loss and its data, not the learning rate: a `log`, a square root, a "
                        "power or a quotient outside its domain or at its edge, inputs of great size (`|> standardize`), a model without `sigmoid` or "
                        "`softmax` before `bce` or `cross_entropy`, `dropout` behind them, `softmax` of a single number (which is always 1), event weights that add up to 0";
    const std::string later = std::string(cures) + "; or a `log` or a quotient reached 0: `bce` and `cross_entropy` take probabilities, so the model ends "
                              "with `sigmoid` or `softmax`";
    const bool explained = result_.never_finite && ExplainValues(session_, program_, sources_, state_.variables);
    session_.Report(DiagnosticKind::NonFiniteLoss, program_.span, result_.divergence)
        .AddNote(result_.kept.epoch == 0 ? "no epoch came to its end: the run holds the initial weights"
                                         : "the run holds the weights of epoch " + std::to_string(result_.kept.epoch))
        .Help(explained ? "" : result_.never_finite ? first : later);
  } else if (result_.kept.epoch > 0 && result_.kept.TrainLoss() > kRunaway * std::fabs(result_.first_loss)) {
    session_.Report(DiagnosticKind::LossGrew, program_.span,
        "the loss grew from " + runtime::ShortNumber(result_.first_loss) + " in the first step to " + runtime::ShortNumber(result_.kept.TrainLoss()))
        .Help(cures);
  } else {
    // A training that came to nothing has a cause already where numbers are a hundred times what a standardized column has.
    const bool got_nowhere = result_.last.epoch > 1 && result_.last.TrainLoss() >= first_epoch_loss_;
    WarnOfLargeInputs(session_, program_, sources_, got_nowhere ? kLarge : kHuge);
  }
}

bool Training::Run(runtime::RunFolder& folder, runtime::Progress& progress, const std::atomic<bool>& interrupt) {
  config_.sources = TrainSources();
  config_.seed = seed_;
  for (auto& [name, tensor] : state_.variables) config_.kept.push_back({name, tensor.values()});
  Watch();
  AddStopRule();
  AddLogs(folder);
  config_.progress = &progress;
  config_.interrupt = &interrupt;
  steps_->CompileRestInBackground();
  if (!RunTrainer()) return false;
  ReportDivergence();
  return true;
}

}  // namespace nnc::driver
