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
};

enum class CountUnit { Steps, Epochs };

// Steps under one set of optimizers: `adam{} for 2000 steps`. A count in steps counts batches.
struct TrainPhase {
  std::vector<CompiledStep> steps;  // run in this order for each batch
  int64_t count = 0;
  CountUnit unit = CountUnit::Epochs;
};

// A figure that `validate` returns.
struct WatchedFigure {
  std::string name;  // e.g. "valid.loss", "valid.auc"
  Direction direction = Direction::LessIsBetter;
};

// What is known after an epoch.
struct EpochRecord {
  int64_t epoch = 0;                // from 1
  int64_t step = 0;                 // batches done in all
  double seconds = 0;               // since the training began
  std::vector<double> train_loss;   // per step of the phase: mean over the epoch's batches, each weighted by its events
  std::vector<double> figures;      // as `validate` returned them; empty in an epoch that was not validated
  bool best = false;                // the stop rule's figure is better than ever before
};

// What is known after a step.
struct StepRecord {
  int64_t epoch = 0;
  int64_t step = 0;        // from 1
  size_t position = 0;     // of the compiled step in its phase
  double loss = 0;
};

struct StopRule {
  std::string figure;                                   // name of a watched figure or "train.loss"; empty: no such rule
  int64_t patience = 0;                                 // stop after so many validated epochs in a row without a better value
  std::function<bool(const EpochRecord&)> condition;    // stop when true; may be null
};

struct TrainerConfig {
  std::vector<TrainSource> sources;
  std::vector<TrainPhase> phases;
  uint64_t seed = 0;

  // Computes the watched figures, in their order. May be null if there are none.
  std::function<std::vector<double>(int64_t epoch)> validate;
  std::vector<WatchedFigure> watched;
  int64_t validate_every = 1;  // epochs; the last epoch of a training is always validated

  StopRule stop;
  // The weights and whatever else belongs to the model. With StopRule::figure, their bytes are those of the best epoch when
  // the training returns.
  std::vector<std::span<std::byte>> kept;

  std::function<void(const StepRecord&)> on_step;
  std::function<void(const EpochRecord&)> on_epoch;
  Progress* progress = nullptr;
  // Set from a signal handler: the training ends after the current batch as if it were complete.
  const std::atomic<bool>* interrupt = nullptr;
};

enum class EndReason { Complete, Stalled, Condition, Interrupted };

struct TrainResult {
  EndReason reason = EndReason::Complete;
  EpochRecord last;
  EpochRecord best;  // with StopRule::figure; otherwise equal to `last`
};

// A training that cannot go on: a loss that is not finite, or a compiled function that refuses its input.
struct TrainingError : std::runtime_error {
  TrainingError(std::string message, int64_t epoch, int64_t step, std::string step_name);
  int64_t epoch;
  int64_t step;
  std::string step_name;
};

// Runs the training. Throws DataError EmptyData for a source without rows, TrainingError, and what callbacks throw.
TrainResult Train(const TrainerConfig& config);

// The number of batches in all, as far as it is fixed beforehand.
int64_t PlannedSteps(const TrainerConfig& config);

}  // namespace nnc::runtime
