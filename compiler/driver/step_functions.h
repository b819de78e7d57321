// The compiled training steps: for each step and phase a clone specialised to the full batch, and one that takes any smaller
// batch for the remainder. What the first batch does not need is compiled in another thread while the training runs.
#pragma once
#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/evaluation.h"
#include "compiler/driver/executable.h"
#include "compiler/driver/step_memory.h"
#include "compiler/driver/tensor.h"
#include "compiler/sema/program.h"
#include "runtime/trainer.h"

namespace nnc::driver {

// How the training part of a source is cut into batches.
struct BatchGeometry {
  int64_t rows = 0;
  int64_t batch = 0;  // at most `rows`
  bool HasRemainder() const { return rows % batch != 0; }
};

class StepFunctions {
 public:
  // `program` is borrowed. `storage` as in ApplyStorage. `memory` is what a step may work in, in bytes.
  StepFunctions(const sema::TrainProgram& program, std::vector<BatchGeometry> geometry, Storage storage, std::optional<int64_t> memory);
  ~StepFunctions();

  int64_t StepsPerEpoch() const;
  // What steps work in, where there is a budget and something exceeds it otherwise; known once the first are compiled.
  const std::vector<StepMemory>& Memory() const { return step_memory_; }

  // Compiles what the first batch needs.
  void CompileFirst();
  // Starts to compile the rest in another thread.
  void CompileRestInBackground();

  // Everything that the trainer calls, bound, put into `phases`. That and the tensors must live, and stay where they are, as long
  // as the training. To be called between CompileFirst and CompileRestInBackground.
  void Bind(const Sources& sources, Tensors& variables, const HostValues& values, int64_t epochs,
            std::vector<runtime::TrainPhase>& phases);
  // To be called after each batch (from 1): hands over what has been compiled meanwhile, waiting for it where batch `step` + 1
  // needs it.
  void AfterStep(int64_t step);

 private:
  struct Function {
    size_t step;
    size_t phase;
    bool full;
    schedule::Plan plan;
    std::shared_ptr<Executable> executable;
  };
  void MakePlans();
  struct Plans {
    schedule::Plan full;                // for batches that are full
    std::optional<schedule::Plan> any;  // for others, if there are such
    int64_t ArenaBytes() const { return std::max(full.arena_bytes, any ? any->arena_bytes : 0); }
  };
  Plans PlansOf(ir::Graph graph, const std::string& name) const;
  void AddPlans(size_t step, size_t phase);
  void Compile(bool first);
  bool NeededFirst(const Function& function) const;
  bool NeededNext(int64_t step) const;
  void HandOver();
  runtime::CompiledStep BindStep(size_t step, size_t phase, const Sources& sources, Tensors& variables, const HostValues& values);

  const sema::TrainProgram& program_;
  std::vector<BatchGeometry> geometry_;
  Storage storage_;
  std::optional<int64_t> memory_;
  std::vector<StepMemory> step_memory_;
  std::vector<Function> functions_;
  std::vector<runtime::TrainPhase>* phases_ = nullptr;
  std::vector<std::unique_ptr<Tensor>> owned_;  // states, scalars, outputs
  std::future<void> rest_;
};

}  // namespace nnc::driver
