#include "runtime/trainer.h"

#include "runtime/arena.h"
#include "runtime/batches.h"
#include "runtime/flush_denormals.h"
#include "runtime/progress.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <numeric>

namespace nnc::runtime {

static std::string TrainingMessage(const std::string& message, int64_t epoch, int64_t step, const std::string& name) {
  std::string whose = name.empty() ? "" : " of `" + name + "`";
  return message + " in step " + std::to_string(step) + whose + " (epoch " + std::to_string(epoch) + ")";
}

static const char* StatusMessage(int status) {
  return status == NNC_BAD_INDEX ? "a subscript read from the data lies outside its axis" : "the compiled function refused its input";
}

double EpochRecord::TrainLoss() const {
  if (train_loss.empty()) return std::numeric_limits<double>::quiet_NaN();
  return std::accumulate(train_loss.begin(), train_loss.end(), 0.0);
}

namespace {

// A copy of the model.
class Snapshot {
 public:
  explicit Snapshot(const std::vector<KeptTensor>& kept) : kept_(kept) {}

  void Take() {
    copies_.resize(kept_.size());
    for (size_t i = 0; i < kept_.size(); ++i) copies_[i].assign(kept_[i].values.begin(), kept_[i].values.end());
  }
  void Restore() const {
    for (size_t i = 0; i < copies_.size(); ++i) std::copy(copies_[i].begin(), copies_[i].end(), kept_[i].values.begin());
  }

 private:
  const std::vector<KeptTensor>& kept_;
  std::vector<std::vector<float>> copies_;
};

// Follows the figure of `stop when ... stalls n`.
class StallWatch {
 public:
  StallWatch(const StopRule& rule, const std::vector<std::string>& watched)
      : patience_(rule.patience), active_(!rule.figure.empty()), more_is_better_(rule.better == Direction::MoreIsBetter) {
    if (!active_ || rule.figure == "train.loss") return;
    position_ = std::find(watched.begin(), watched.end(), rule.figure) - watched.begin();
    assert(position_ < static_cast<int64_t>(watched.size()) && "the stop rule names a watched figure");
  }

  // Takes the epoch in; true if its figure is the best so far. A figure that is not a number is never better.
  bool Improves(const EpochRecord& record) {
    if (!active_ || (position_ >= 0 && record.figures.empty())) return false;
    double value = position_ < 0 ? record.TrainLoss() : record.figures[static_cast<size_t>(position_)];
    double signed_value = more_is_better_ ? -value : value;
    bool better = signed_value < best_ || (!any_ && !std::isnan(value));
    if (better) best_ = signed_value;
    any_ = any_ || better;
    without_ = better ? 0 : without_ + 1;
    return better;
  }

  bool Stalled() const { return active_ && without_ >= patience_; }
  bool any() const { return any_; }

 private:
  int64_t patience_;
  bool active_;
  bool more_is_better_;
  int64_t position_ = -1;  // among the watched figures; -1: the training loss
  bool any_ = false;
  double best_ = std::numeric_limits<double>::infinity();
  int64_t without_ = 0;
};

// The first number that is not finite, "" if there is none: "the weight `Net.dense.0.W` became NaN".
std::string NonFinite(const std::vector<KeptTensor>& kept) {
  for (const KeptTensor& tensor : kept) {
    uint32_t found = 0;  // a loop without branches
    for (float value : tensor.values) {
      constexpr uint32_t kExponent = 0x7f800000;
      found |= static_cast<uint32_t>((std::bit_cast<uint32_t>(value) & kExponent) == kExponent);
    }
    if (found == 0) continue;
    bool nan = std::any_of(tensor.values.begin(), tensor.values.end(), [](float value) { return std::isnan(value); });
    return "`" + tensor.name + "` became " + (nan ? "NaN" : "infinite");
  }
  return "";
}

// A step bound to its arena, with the call's arrays filled in anew for each batch.
class BoundStep {
 public:
  BoundStep(const CompiledStep& step, uint64_t seed)
      : step_(step),
        arena_(step.arena_bytes),
        rows_(step.sources.size()),
        first_rows_(step.sources.size()),
        extents_(step.sources.size()) {
    extents_.insert(extents_.end(), step.extents.begin(), step.extents.end());
    call_.arena = arena_.data();
    call_.buffers = step.buffers.data();
    call_.rows = rows_.data();
    call_.first_row = first_rows_.data();
    call_.extents = extents_.data();
    call_.seed = seed;
  }
  BoundStep(BoundStep&&) = default;

  const std::string& name() const { return step_.name; }

  int Run(const std::vector<BatchCursor>& cursors, int64_t step, int64_t optimizer_step) {
    bool full = true;
    for (size_t i = 0; i < step_.sources.size(); ++i) {
      const BatchCursor& cursor = cursors[step_.sources[i]];
      rows_[i] = cursor.rows();
      first_rows_[i] = cursor.first_row();
      extents_[i] = cursor.size();
      full = full && cursor.size() == cursor.batch_size();
    }
    call_.step = step;
    call_.optimizer_step = optimizer_step;
    const bool use_full = full && step_.full;
    nnc_function function = use_full ? step_.full : step_.any;
    assert(function && "the step has a function for this batch");
    const std::vector<RedZone>& zones = use_full ? step_.full_red_zones : step_.any_red_zones;
    if (!zones.empty()) PoisonArena(arena_.data(), arena_.size());
    const int status = function(&call_);
    if (FirstDamage(arena_.data(), zones) < 0) return status;
    std::fprintf(stderr, "nnc: internal error: the step `%s` wrote outside its buffers\n", step_.name.c_str());
    std::abort();
  }

  double Loss() const { return step_.loss.Read(); }

 private:
  const CompiledStep& step_;
  AlignedBuffer arena_;
  std::vector<const int64_t*> rows_;
  std::vector<int64_t> first_rows_;
  std::vector<int64_t> extents_;
  nnc_call call_{};
};

// One run of `train`, from the first phase to the last.
class Training {
 public:
  explicit Training(const TrainerConfig& config)
      : config_(config), snapshot_(config.kept), stall_(config.stop, config.watched), started_(std::chrono::steady_clock::now()) {
    for (size_t i = 0; i < config.sources.size(); ++i) cursors_.emplace_back(config.sources[i], config.seed, static_cast<uint32_t>(i));
  }

  TrainResult Run() {
    snapshot_.Take();
    for (const TrainPhase& phase : config_.phases) {
      if (!ended_) RunPhase(phase, &phase == &config_.phases.back());
    }
    result_.last = record_;
    bool newest = !stall_.any() && result_.reason != EndReason::Diverged;
    if (newest) result_.kept = record_;
    else if (result_.reason == EndReason::Diverged || result_.kept.epoch != record_.epoch) snapshot_.Restore();
    return result_;
  }

 private:
  void RunPhase(const TrainPhase& phase, bool last_phase) {
    std::vector<BoundStep> steps;
    for (const CompiledStep& step : phase.steps) steps.emplace_back(step, config_.seed);
    for (BatchCursor& cursor : cursors_) cursor.Restart();
    int64_t phase_steps = 0;
    int64_t phase_epochs = 0;
    auto done = [&] { return (phase.unit == CountUnit::Steps ? phase_steps : phase_epochs) >= phase.count; };
    while (!done() && !ended_) {
      BeginEpoch(steps.size());
      bool pass_over = false;
      while (!pass_over && !ended_ && !Interrupted() && !(phase.unit == CountUnit::Steps && done())) {
        for (BatchCursor& cursor : cursors_) cursor.Advance();
        RunBatch(steps, ++phase_steps);
        pass_over = cursors_.empty() || cursors_.front().AtEndOfPass();
      }
      ++phase_epochs;
      FinishEpoch(pass_over, last_phase && done());
    }
  }

  void BeginEpoch(size_t steps) {
    ++epoch_;
    sums_.assign(steps, 0);
    events_ = 0;
  }

  void RunBatch(std::vector<BoundStep>& steps, int64_t optimizer_step) {
    ++step_;
    int64_t events = cursors_.empty() ? 1 : cursors_.front().size();
    double loss_of_all = 0;
    for (size_t position = 0; position < steps.size(); ++position) {
      BoundStep& step = steps[position];
      int status = step.Run(cursors_, step_, optimizer_step);
      if (status != NNC_OK) throw TrainingError(TrainingMessage(StatusMessage(status), epoch_, step_, step.name()));
      double loss = step.Loss();
      loss_of_all += loss;
      sums_[position] += loss * static_cast<double>(events);
      if (config_.on_step) config_.on_step({epoch_, step_, position, loss});
      result_.never_finite = step_ == 1 && position == 0 && !std::isfinite(loss);
      if (!std::isfinite(loss))
        return Diverge(TrainingMessage(std::isnan(loss) ? "the loss became NaN" : "the loss became infinite", epoch_, step_, step.name()));
      if (config_.progress && position == 0) config_.progress->Step(epoch_, step_, events, loss);
    }
    if (step_ == 1) result_.first_loss = loss_of_all;
    events_ += events;
  }

  void Diverge(std::string message) {
    result_.divergence = std::move(message);
    End(EndReason::Diverged);
  }

  bool Interrupted() const { return config_.interrupt && config_.interrupt->load(std::memory_order_relaxed); }

  double Seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count(); }

  // `complete`: the pass over the first source is over; `last`: so is the training.
  void FinishEpoch(bool complete, bool last) {
    bool stop_now = !ended_ && Interrupted();
    if (events_ == 0 && !ended_) {  // interrupted before the epoch's first batch
      --epoch_;
      End(EndReason::Interrupted);
      return;
    }
    record_ = {epoch_, step_, 0, complete && !ended_, sums_, {}, false};
    // Of an epoch that diverged, the sum up to there.
    for (double& loss : record_.train_loss) loss /= static_cast<double>(std::max<int64_t>(events_, 1));
    std::string wrong = ended_ ? "" : NonFinite(config_.kept);
    if (!wrong.empty()) Diverge(wrong + " in epoch " + std::to_string(epoch_));
    bool due = last || epoch_ % config_.validate_every == 0;
    bool validates = config_.validate && !ended_ && (stop_now ? complete : due);
    if (validates) record_.figures = config_.validate(epoch_);
    assert(!validates || record_.figures.size() == config_.watched.size());
    record_.seconds = Seconds();
    record_.best = !ended_ && stall_.Improves(record_);
    if (!ended_ && (record_.best || !stall_.any())) {
      snapshot_.Take();
      result_.kept = record_;
    }
    Report();
    if (ended_) return;
    if (stall_.Stalled()) End(EndReason::Stalled);
    if (config_.stop.condition && config_.stop.condition(record_)) End(EndReason::Condition);
    if (stop_now) End(EndReason::Interrupted);
  }

  void End(EndReason reason) {
    ended_ = true;
    result_.reason = reason;
  }

  void Report() {
    if (config_.on_epoch) config_.on_epoch(record_);
    if (!config_.progress) return;
    std::vector<NamedValue> figures = {{"train.loss", record_.TrainLoss()}};
    for (size_t i = 0; i < record_.figures.size(); ++i) figures.push_back({config_.watched[i], record_.figures[i]});
    config_.progress->EpochDone(epoch_, record_.seconds, figures);
  }

  const TrainerConfig& config_;
  std::vector<BatchCursor> cursors_;
  Snapshot snapshot_;
  StallWatch stall_;
  std::chrono::steady_clock::time_point started_;
  int64_t epoch_ = 0;
  int64_t step_ = 0;
  std::vector<double> sums_;  // of the epoch: loss times events, per step
  int64_t events_ = 0;
  EpochRecord record_;
  TrainResult result_;
  bool ended_ = false;
};

}  // namespace

int64_t SaturatingProduct(int64_t a, int64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<int64_t>::max() : product;
}

int64_t SaturatingSum(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<int64_t>::max() : sum;
}

static int64_t BatchesPerEpoch(const TrainerConfig& config) {
  if (config.sources.empty()) return 1;
  const TrainSource& source = config.sources.front();
  int64_t rows = static_cast<int64_t>(source.rows.size());
  return source.batch <= 0 || source.batch >= rows ? 1 : (rows + source.batch - 1) / source.batch;
}

int64_t PlannedSteps(const TrainerConfig& config) {
  int64_t steps = 0;
  for (const TrainPhase& phase : config.phases) {
    steps = SaturatingSum(steps, phase.unit == CountUnit::Steps ? phase.count : SaturatingProduct(phase.count, BatchesPerEpoch(config)));
  }
  return steps;
}

static int64_t PlannedEpochs(const TrainerConfig& config) {
  int64_t per_epoch = BatchesPerEpoch(config);
  int64_t epochs = 0;
  for (const TrainPhase& phase : config.phases) {
    epochs = SaturatingSum(epochs, phase.unit == CountUnit::Epochs ? phase.count : phase.count / per_epoch + (phase.count % per_epoch != 0));
  }
  return epochs;
}

TrainResult Train(const TrainerConfig& config) {
  FlushDenormals flush;
  Training training(config);
  if (config.progress) config.progress->Begin(PlannedEpochs(config), PlannedSteps(config));
  TrainResult result = training.Run();
  if (config.progress) config.progress->End();
  return result;
}

}  // namespace nnc::runtime
