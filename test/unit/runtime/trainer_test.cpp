#include "runtime/trainer.h"
#include "runtime/data_error.h"
#include "runtime/evaluate.h"
#include "runtime/flush_denormals.h"
#include "runtime/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

namespace nnc::runtime {
namespace {

// What a step saw, in place of a network: bound as its first buffer.
struct Seen {
  struct Batch {
    std::vector<int64_t> rows[2];  // of up to two sources
    int64_t step;
    int64_t optimizer_step;
    bool full;
  };
  int sources = 1;
  std::vector<Batch> batches;
  std::vector<float> losses;  // to return, one per batch; 1 after the last
  float loss = 0;
};

int Record(const nnc_call* call, bool full) {
  Seen& seen = *static_cast<Seen*>(call->buffers[0]);
  Seen::Batch batch;
  for (int s = 0; s < seen.sources; ++s) {
    for (int64_t i = 0; i < call->extents[s]; ++i) {
      batch.rows[s].push_back(call->rows[s] ? call->rows[s][i] : call->first_row[s] + i);
    }
  }
  batch.step = call->step;
  batch.optimizer_step = call->optimizer_step;
  batch.full = full;
  size_t number = seen.batches.size();
  seen.loss = number < seen.losses.size() ? seen.losses[number] : 1;
  seen.batches.push_back(batch);
  return NNC_OK;
}
int RecordFull(const nnc_call* call) { return Record(call, true); }
int RecordAny(const nnc_call* call) { return Record(call, false); }
int Refuse(const nnc_call*) { return NNC_BAD_INDEX; }

CompiledStep StepInto(Seen& seen, std::vector<size_t> sources = {0}) {
  seen.sources = static_cast<int>(sources.size());
  CompiledStep step;
  step.full = RecordFull;
  step.any = RecordAny;
  step.buffers = {&seen};
  step.sources = std::move(sources);
  step.loss = {&seen.loss, ElementType::F32};
  return step;
}

std::vector<int64_t> Count(int64_t n, int64_t first = 0) {
  std::vector<int64_t> rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

TrainerConfig Config(Seen& seen, int64_t rows, int64_t batch, int64_t epochs) {
  TrainerConfig config;
  config.sources = {{"data", Count(rows, 100), batch, true}};
  config.phases = {{{StepInto(seen)}, epochs, CountUnit::Epochs}};
  config.seed = 3;
  return config;
}

TEST(Trainer, EachEpochSeesEveryRowOnceInBatchesWithAnExactRemainder) {
  Seen seen;
  TrainResult result = Train(Config(seen, 10, 4, 2));
  ASSERT_EQ(seen.batches.size(), 6u);
  for (size_t epoch = 0; epoch < 2; ++epoch) {
    std::vector<int64_t> rows;
    for (size_t b = 0; b < 3; ++b) {
      const Seen::Batch& batch = seen.batches[3 * epoch + b];
      EXPECT_EQ(batch.rows[0].size(), b < 2 ? 4u : 2u);
      EXPECT_EQ(batch.full, b < 2);
      EXPECT_EQ(batch.step, static_cast<int64_t>(3 * epoch + b + 1));
      rows.insert(rows.end(), batch.rows[0].begin(), batch.rows[0].end());
    }
    EXPECT_TRUE(std::is_permutation(rows.begin(), rows.end(), Count(10, 100).begin()));
  }
  EXPECT_NE(seen.batches[0].rows[0], seen.batches[3].rows[0]);  // shuffled anew
  EXPECT_EQ(result.reason, EndReason::Complete);
  EXPECT_EQ(result.last.epoch, 2);
  EXPECT_EQ(result.last.step, 6);
}

TEST(Trainer, IsDeterministicInTheSeed) {
  Seen a, b, c;
  Train(Config(a, 50, 8, 1));
  Train(Config(b, 50, 8, 1));
  TrainerConfig other = Config(c, 50, 8, 1);
  other.seed = 4;
  Train(other);
  EXPECT_EQ(a.batches[0].rows[0], b.batches[0].rows[0]);
  EXPECT_NE(a.batches[0].rows[0], c.batches[0].rows[0]);
}

TEST(Trainer, UnshuffledAndWholeBatchesKeepTheOrder) {
  Seen ordered, whole;
  TrainerConfig config = Config(ordered, 5, 2, 1);
  config.sources[0].shuffle = false;
  Train(config);
  EXPECT_EQ(ordered.batches[1].rows[0], (std::vector<int64_t>{102, 103}));
  Train(Config(whole, 5, 0, 2));
  ASSERT_EQ(whole.batches.size(), 2u);
  EXPECT_EQ(whole.batches[1].rows[0], Count(5, 100));
  Seen gaps;
  TrainerConfig with_gaps = Config(gaps, 1, 0, 1);
  with_gaps.sources[0].rows = {3, 7, 8};
  Train(with_gaps);
  EXPECT_EQ(gaps.batches[0].rows[0], (std::vector<int64_t>{3, 7, 8}));
}

TEST(Trainer, StepsArePlannedForBatchesOfEverySize) {
  for (const auto& [batch, steps] : std::vector<std::pair<int64_t, int64_t>>{{0, 2}, {-1, 2}, {1, 20}, {3, 8}, {9, 4}, {10, 2}, {11, 2}}) {
    Seen seen;
    EXPECT_EQ(PlannedSteps(Config(seen, 10, batch, 2)), steps) << batch;
    EXPECT_EQ(Train(Config(seen, 10, batch, 2)).last.step, steps) << batch;
  }
}

TEST(Trainer, SourcesGoRoundIndependently) {
  Seen seen;
  TrainerConfig config;
  config.sources = {{"inside", Count(6), 2, true}, {"edge", Count(5, 50), 3, false}};
  config.phases = {{{StepInto(seen, {0, 1})}, 2, CountUnit::Epochs}};
  Train(config);
  ASSERT_EQ(seen.batches.size(), 6u);  // an epoch is one pass over the first source
  EXPECT_EQ(seen.batches[0].rows[1], (std::vector<int64_t>{50, 51, 52}));
  EXPECT_EQ(seen.batches[1].rows[1], (std::vector<int64_t>{53, 54}));
  EXPECT_EQ(seen.batches[2].rows[1], (std::vector<int64_t>{50, 51, 52}));
  EXPECT_FALSE(seen.batches[1].full);
  EXPECT_TRUE(seen.batches[2].full);
}

TEST(Trainer, StepsOfABatchRunInOrderOnTheSameRows) {
  Seen first, second;
  TrainerConfig config = Config(first, 6, 2, 1);
  config.phases[0].steps.push_back(StepInto(second));
  second.losses = {5, 6, 10};
  std::vector<size_t> positions;
  config.on_step = [&](const StepRecord& record) { positions.push_back(record.position); };
  TrainResult result = Train(config);
  EXPECT_EQ(positions, (std::vector<size_t>{0, 1, 0, 1, 0, 1}));
  for (size_t b = 0; b < 3; ++b) EXPECT_EQ(first.batches[b].rows[0], second.batches[b].rows[0]);
  EXPECT_EQ(result.last.train_loss, (std::vector<double>{1, 7}));
}

TEST(Trainer, EpochLossWeighsBatchesByTheirEvents) {
  Seen seen;
  seen.losses = {1, 4};
  EXPECT_DOUBLE_EQ(Train(Config(seen, 6, 4, 1)).last.train_loss[0], (4 * 1 + 2 * 4) / 6.0);
}

TEST(Trainer, PhasesBeginWithAFreshEpochAndOptimizerStep) {
  Seen seen;
  TrainerConfig config = Config(seen, 10, 4, 1);
  config.phases = {{{StepInto(seen)}, 4, CountUnit::Steps}, {{StepInto(seen)}, 1, CountUnit::Epochs}};
  EXPECT_EQ(PlannedSteps(config), 7);
  std::vector<int64_t> epoch_ends;
  config.on_epoch = [&](const EpochRecord& record) { epoch_ends.push_back(record.step); };
  Train(config);
  EXPECT_EQ(epoch_ends, (std::vector<int64_t>{3, 4, 7}));
  EXPECT_EQ(seen.batches[3].optimizer_step, 4);
  EXPECT_EQ(seen.batches[4].optimizer_step, 1);
  EXPECT_EQ(seen.batches[4].step, 5);
  std::set<int64_t> last_epoch;
  for (size_t b = 4; b < 7; ++b) last_epoch.insert(seen.batches[b].rows[0].begin(), seen.batches[b].rows[0].end());
  EXPECT_EQ(last_epoch.size(), 10u);
}

TEST(Trainer, WithoutSourcesAnEpochIsOneBatch) {
  Seen seen;
  TrainerConfig config;
  config.phases = {{{StepInto(seen, {})}, 3, CountUnit::Epochs}};
  EXPECT_EQ(Train(config).last.step, 3);
}

TEST(Trainer, StopsWhenTheFigureStallsAndKeepsTheBestWeights) {
  Seen seen;
  TrainerConfig config = Config(seen, 4, 4, 100);
  std::vector<double> auc = {0.5, 0.8, NAN, 0.7, 0.8, 0.9};
  float weight = 0;
  config.kept = {{"w", std::span(&weight, 1)}};
  config.watched = {"valid.auc"};
  config.validate = [&](int64_t epoch) {
    weight = static_cast<float>(epoch);
    return std::vector<double>{auc[static_cast<size_t>(epoch - 1)]};
  };
  config.stop = {"valid.auc", Direction::MoreIsBetter, 3, nullptr};
  TrainResult result = Train(config);
  EXPECT_EQ(result.reason, EndReason::Stalled);
  EXPECT_EQ(result.last.epoch, 5);  // 0.8 again is no improvement
  EXPECT_EQ(result.kept.epoch, 2);
  EXPECT_EQ(weight, 2);
}

TEST(Trainer, StallOfTheTrainingLossNeedsNoValidation) {
  Seen seen;
  seen.losses = {3, 2, 2.5, 2.4};
  TrainerConfig config = Config(seen, 4, 4, 100);
  config.stop = {"train.loss", Direction::LessIsBetter, 2, nullptr};
  TrainResult result = Train(config);
  EXPECT_EQ(result.last.epoch, 4);
  EXPECT_EQ(result.kept.epoch, 2);
}

TEST(Trainer, StopsOnAConditionOrAnInterrupt) {
  Seen seen;
  TrainerConfig config = Config(seen, 4, 2, 100);
  config.stop.condition = [](const EpochRecord& record) { return record.epoch == 7; };
  TrainResult result = Train(config);
  EXPECT_EQ(result.reason, EndReason::Condition);
  EXPECT_EQ(result.last.epoch, 7);

  std::atomic<bool> interrupt = false;
  Seen other;
  TrainerConfig interrupted = Config(other, 4, 2, 100);
  interrupted.interrupt = &interrupt;
  interrupted.on_step = [&](const StepRecord& record) { interrupt = record.step == 5; };
  result = Train(interrupted);
  EXPECT_EQ(result.reason, EndReason::Interrupted);
  EXPECT_EQ(result.last.step, 5);
  EXPECT_EQ(result.last.epoch, 3);
}

TEST(Trainer, ValidatesEverySoManyEpochsAndAtTheEnd) {
  Seen seen;
  TrainerConfig config = Config(seen, 4, 4, 5);
  std::vector<int64_t> validated;
  config.watched = {"valid.loss"};
  config.validate = [&](int64_t epoch) {
    validated.push_back(epoch);
    return std::vector<double>{1};
  };
  config.validate_every = 2;
  Train(config);
  EXPECT_EQ(validated, (std::vector<int64_t>{2, 4, 5}));
}

TEST(Trainer, TheSameFigureInTheOtherDirectionKeepsOtherWeights) {
  Seen seen;
  TrainerConfig config = Config(seen, 4, 4, 100);
  std::vector<double> figure = {0.5, 0.8, 0.4, 0.4, 0.6};
  float weight = 0;
  config.kept = {{"w", std::span(&weight, 1)}};
  config.watched = {"valid.loss"};
  config.validate = [&](int64_t epoch) {
    weight = static_cast<float>(epoch);
    return std::vector<double>{figure[static_cast<size_t>(epoch - 1)]};
  };
  config.stop = {"valid.loss", Direction::LessIsBetter, 2, nullptr};
  TrainResult result = Train(config);
  EXPECT_EQ(result.last.epoch, 5);
  EXPECT_EQ(result.kept.epoch, 3);  // of equal ones the earlier
  EXPECT_EQ(weight, 3);
}

TEST(Trainer, LossThatIsNotFiniteEndsWithTheStepAndKeepsTheEpochBefore) {
  Seen seen;
  seen.losses = {1, 1, 1, 1, 1, INFINITY};
  TrainerConfig config = Config(seen, 4, 2, 100);
  config.phases[0].steps[0].name = "generator";
  float weight = 0;
  config.kept = {{"w", std::span(&weight, 1)}};
  config.on_step = [&](const StepRecord& record) { weight = static_cast<float>(record.step); };
  std::vector<bool> complete;
  config.on_epoch = [&](const EpochRecord& record) { complete.push_back(record.complete); };
  TrainResult result = Train(config);
  EXPECT_EQ(result.reason, EndReason::Diverged);
  EXPECT_EQ(result.divergence, "the loss became infinite in step 6 of `generator` (epoch 3)");
  EXPECT_EQ(result.last.epoch, 3);
  EXPECT_EQ(result.kept.epoch, 2);
  EXPECT_EQ(weight, 4);
  EXPECT_EQ(complete, (std::vector<bool>{true, true, false}));
}

TEST(Trainer, LossThatIsNotFiniteAtOnceLeavesTheModelAsItWas) {
  Seen seen;
  seen.losses = {NAN};
  TrainerConfig config = Config(seen, 4, 2, 100);
  float weight = 7;
  config.kept = {{"w", std::span(&weight, 1)}};
  config.on_step = [&](const StepRecord&) { weight = NAN; };
  TrainResult result = Train(config);
  EXPECT_EQ(result.reason, EndReason::Diverged);
  EXPECT_EQ(result.kept.epoch, 0);
  EXPECT_EQ(weight, 7);
}

TEST(Trainer, WeightThatIsNotFiniteEndsAfterItsEpoch) {
  for (float wrong : {NAN, INFINITY, -INFINITY}) {
    Seen seen;
    TrainerConfig config = Config(seen, 4, 2, 100);
    std::vector<float> first(3, 0), weight(5, 0);
    config.kept = {{"Net.b", std::span(first)}, {"Net.W", std::span(weight)}};
    config.on_step = [&](const StepRecord& record) { weight[2] = record.step < 5 ? static_cast<float>(record.step) : wrong; };
    TrainResult result = Train(config);
    EXPECT_EQ(result.reason, EndReason::Diverged);
    EXPECT_EQ(result.divergence, std::isnan(wrong) ? "`Net.W` became NaN in epoch 3" : "`Net.W` became infinite in epoch 3");
    EXPECT_EQ(result.kept.epoch, 2);
    EXPECT_EQ(weight[2], 4);
  }
}

TEST(Trainer, AnEpochThatIsCutOffIsNotValidated) {
  std::atomic<bool> interrupt = false;
  Seen seen;
  TrainerConfig config = Config(seen, 6, 2, 100);
  int64_t validated = 0;
  config.watched = {"valid.loss"};
  config.validate = [&](int64_t epoch) {
    validated = epoch;
    return std::vector<double>{1};
  };
  config.interrupt = &interrupt;
  config.on_step = [&](const StepRecord& record) { interrupt = record.step == 8; };
  TrainResult result = Train(config);
  EXPECT_EQ(result.reason, EndReason::Interrupted);
  EXPECT_EQ(result.last.epoch, 3);
  EXPECT_FALSE(result.last.complete);
  EXPECT_EQ(validated, 2);
  EXPECT_EQ(result.kept.epoch, 3);
}

TEST(Trainer, NoEpochsLeaveTheModelAsItWas) {
  Seen seen;
  TrainResult result = Train(Config(seen, 6, 2, 0));
  EXPECT_EQ(result.reason, EndReason::Complete);
  EXPECT_EQ(result.last.epoch, 0);
  EXPECT_EQ(result.kept.epoch, 0);
  EXPECT_TRUE(seen.batches.empty());
}

TEST(Trainer, LengthsMayBeAsLargeAsTheyAreWritten) {
  Seen seen;
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  TrainerConfig config = Config(seen, 10, 4, kLargest);
  config.phases.push_back({{StepInto(seen)}, kLargest, CountUnit::Steps});
  EXPECT_EQ(PlannedSteps(config), kLargest);
  config.stop.condition = [](const EpochRecord&) { return true; };
  EXPECT_EQ(Train(config).last.step, 3);
}

TEST(Trainer, TheLossOfSeveralStepsIsTheirSum) {
  Seen first, second;
  TrainerConfig config = Config(first, 4, 4, 3);
  config.phases[0].steps.push_back(StepInto(second));
  first.losses = {3, 1, 2};
  second.losses = {1, 4, 2.5};
  config.stop = {"train.loss", Direction::LessIsBetter, 9, nullptr};
  TrainResult result = Train(config);
  EXPECT_EQ(result.last.TrainLoss(), 4.5);
  EXPECT_EQ(result.kept.epoch, 1);
  EXPECT_EQ(result.first_loss, 4);
}

TEST(Trainer, EmptySourcesAndRefusedInputAreErrors) {
  Seen seen;
  EXPECT_THROW(Train(Config(seen, 0, 2, 1)), DataError);
  TrainerConfig config = Config(seen, 4, 2, 1);
  config.phases[0].steps[0].full = Refuse;
  EXPECT_THROW(Train(config), TrainingError);
}

// y = 2 x per event in buffer 1, the sum over the call in buffer 2, from the column in buffer 0.
int Twice(const nnc_call* call) {
  const auto* column = static_cast<const nnc_column*>(call->buffers[0]);
  auto* y = static_cast<float*>(call->buffers[1]);
  auto* total = static_cast<double*>(call->buffers[2]);
  *total = 0;
  for (int64_t i = 0; i < call->extents[0]; ++i) {
    int64_t row = call->rows[0] ? call->rows[0][i] : call->first_row[0] + i;
    float x = static_cast<const float*>(column->chunks[row >> column->chunk_log2])[row];
    y[2 * i] = x;
    y[2 * i + 1] = 2 * x;
    *total += x;
  }
  return NNC_OK;
}

TEST(Evaluate, CollectsOutputsBlockByBlock) {
  std::vector<float> x = {1, 2, 3, 4, 5, 6, 7};
  BoundColumn column(x.data());
  EvaluatedFunction function;
  function.function = Twice;
  function.buffers = {const_cast<nnc_column*>(column.abi()), nullptr, nullptr};
  function.capacity = 3;
  function.outputs = {{"y", 1, ElementType::F32, 2, true}, {"total", 2, ElementType::F64, 1, false}};
  auto all = EvaluateAll(function, 7);
  EXPECT_EQ(all[0].rows, 7);
  EXPECT_EQ(all[0].values[13], 14);
  EXPECT_EQ(all[1].values, (std::vector<double>{6, 15, 7}));
  std::vector<int64_t> rows = {6, 0, 3, 3};
  auto some = Evaluate(function, rows);
  EXPECT_EQ(some[0].values, (std::vector<double>{7, 14, 1, 2, 4, 8, 4, 8}));
  EXPECT_EQ(some[1].values, (std::vector<double>{12, 4}));
  Column y = ColumnOf(some[0], ElementType::F32);
  EXPECT_EQ(y.shape, std::vector<int64_t>{2});
  EXPECT_EQ(y.values<float>()[1], 14);
  EXPECT_EQ(EvaluateAll(function, 0)[0].rows, 0);
}

int FeelsDenormals(const nnc_call* call) {
  volatile float tiny = 1e-38f;
  *static_cast<float*>(call->buffers[0]) = tiny / 16 != 0;
  return NNC_OK;
}

TEST(FlushDenormals, HoldsWithinCallsAndIsTakenBack) {
  float felt = -1;
  CompiledStep step;
  step.any = FeelsDenormals;
  step.buffers = {&felt};
  step.loss = {&felt, ElementType::F32};
  TrainerConfig config;
  config.phases = {{{step}, 1, CountUnit::Epochs}};
  Train(config);
#if defined(__SSE__) || defined(__aarch64__)
  EXPECT_EQ(felt, 0);
#endif
  volatile float tiny = 1e-38f;
  EXPECT_NE(tiny / 16, 0);
}

}  // namespace
}  // namespace nnc::runtime
