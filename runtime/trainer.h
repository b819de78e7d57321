// The training loop around compiled steps. Knows nothing of networks: it feeds rows to functions, follows their losses,
// and decides when to stop.
//
// Batches. An epoch is one pass over the first source (one single batch where there is no source). Each source has its
// own cursor and goes round independently; every pass over a source is shuffled anew, deterministically in the seed, and
// ends with the exact remainder. All steps of one batch see the same rows, in the order in which they are listed.
// Phases follow one another, each beginning with a fresh epoch and optimizer step 1.
//
// Threads. The loop runs in the caller's thread under flush-to-zero; callbacks are called from it.
#pragma once

#include "runtime/abi.h"
#include "runtime/arena.h"
#include "runtime/metrics.h"
#include "runtime/table.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace nnc::runtime {

class Progress;

// One data source as the training uses it.
struct TrainSource {
  std::string name;
  std::vector<int64_t> rows;  // of the training part, in the order of an unshuffled pass
  int64_t batch = 0;          // rows of a batch; 0, or more than there are rows: all of them in each batch
  bool shuffle = true;
};

// A number that a compiled function writes.
struct ScalarOutput {
  const void* data = nullptr;
  ElementType type = ElementType::F32;  // F32 or F64

  double Read() const {
    return type == ElementType::F64 ? *static_cast<const double*>(data) : double{*static_cast<const float*>(data)};
  }
};

// One compiled step: forward, backward and update.
struct CompiledStep {
  std::string name;               // "" for the only step of a training, otherwise e.g. "discriminator"
  nnc_function full = nullptr;    // serves batches in which every source has exactly its batch size; may be null
  nnc_function any = nullptr;     // serves 1 to batch rows of each source; may be null if every batch is full
  size_t arena_bytes = 0;         // what the larger of the two needs
  std::vector<void*> buffers;     // in the order of the signature, shared by both functions
  std::vector<size_t> sources;    // the signature's data sources, as positions in TrainerConfig::sources
  std::vector<int64_t> extents;   // symbolic extents after those of the sources
  ScalarOutput loss;              // the batch's loss, a mean over its events or a scalar as the program defines it
  std::vector<RedZone> full_red_zones, any_red_zones;  // of the functions' arenas, where buffers are checked
};

enum class CountUnit { Steps, Epochs };

// Steps under one set of optimizers: `adam{} for 2000 steps`. A count in steps counts batches.
struct TrainPhase {
  std::vector<CompiledStep> steps;  // run in this order for each batch
  int64_t count = 0;
  CountUnit unit = CountUnit::Epochs;
};

// A weight, or whatever else belongs to the model.
struct KeptTensor {
  std::string name;
  std::span<float> values;
};

// What is known after an epoch.
struct EpochRecord {
  int64_t epoch = 0;                // from 1
  int64_t step = 0;                 // batches done in all
  double seconds = 0;               // since the training began
  bool complete = false;            // the pass over the first source came to its end
  std::vector<double> train_loss;   // per step of the phase: mean over the epoch's batches, each weighted by its events
  std::vector<double> figures;      // as `validate` returned them; empty in an epoch that was not validated
  bool best = false;                // the stop rule's figure is better than ever before

  // Of all steps together; not-a-number before the first batch.
  double TrainLoss() const;
};

// What is known after a step.
struct StepRecord {
  int64_t epoch = 0;
  int64_t step = 0;        // from 1
  size_t position = 0;     // of the compiled step in its phase
  double loss = 0;
};

struct StopRule {
  std::string figure;                                   // a watched figure or "train.loss"; empty: no such rule
  Direction better = Direction::LessIsBetter;           // of that figure; better is strictly so, and not-a-number never is
  int64_t patience = 0;                                 // stop after so many validated epochs in a row without a better value
  std::function<bool(const EpochRecord&)> condition;    // stop when true; may be null
};

struct TrainerConfig {
  std::vector<TrainSource> sources;
  std::vector<TrainPhase> phases;
  uint64_t seed = 0;

  // Computes the watched figures, in their order. May be null if there are none.
  std::function<std::vector<double>(int64_t epoch)> validate;
  std::vector<std::string> watched;  // names of the figures, e.g. "valid.loss"
  int64_t validate_every = 1;  // epochs; the last epoch of a training is always validated

  StopRule stop;
  // The model. When the training returns it is that of TrainResult::kept.
  std::vector<KeptTensor> kept;

  std::function<void(const StepRecord&)> on_step;
  std::function<void(const EpochRecord&)> on_epoch;
  Progress* progress = nullptr;
  // Set from a signal handler: the training ends after the current batch; an epoch that it leaves unfinished is not validated.
  const std::atomic<bool>* interrupt = nullptr;
};

// Diverged: a loss that is not finite, or after an epoch a number of the model.
enum class EndReason { Complete, Stalled, Condition, Interrupted, Diverged };

struct TrainResult {
  EndReason reason = EndReason::Complete;
  EpochRecord last;
  // The epoch whose model is kept: the best with StopRule::figure, the last otherwise, and after a divergence the last before it
  // (epoch 0: the model as it was at the start).
  EpochRecord kept;
  double first_loss = 0;   // of the first batch, all steps together
  std::string divergence;  // what became of which number, and where
  bool never_finite = false;  // diverged with the first loss, before any weight was changed
};

// A training that cannot go on: a compiled function that refuses its input.
struct TrainingError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Runs the training. Throws DataError EmptyData for a source without rows, TrainingError, and what callbacks throw.
TrainResult Train(const TrainerConfig& config);

// a * b, or the largest number: lengths may be as large as they are written.
int64_t SaturatingProduct(int64_t a, int64_t b);
int64_t SaturatingSum(int64_t a, int64_t b);

// The number of batches in all, as far as it is fixed beforehand.
int64_t PlannedSteps(const TrainerConfig& config);

}  // namespace nnc::runtime
