#include "compiler/driver/step_functions.h"

#include <algorithm>
#include <cassert>
#include <chrono>

#include "compiler/passes/passes.h"

namespace nnc::driver {

StepFunctions::StepFunctions(const sema::TrainProgram& program, std::vector<BatchGeometry> geometry, Storage storage, std::optional<int64_t> memory)
    : program_(program), geometry_(std::move(geometry)), storage_(std::move(storage)), memory_(memory) {}

StepFunctions::~StepFunctions() {
  if (rest_.valid()) rest_.wait();
}

int64_t StepFunctions::StepsPerEpoch() const {
  if (geometry_.empty()) return 1;
  return (geometry_.front().rows + geometry_.front().batch - 1) / geometry_.front().batch;
}

StepFunctions::Plans StepFunctions::PlansOf(ir::Graph graph, const std::string& name) const {
  ApplyStorage(graph, storage_);
  graph = Simplified(graph);
  const std::vector<std::string> symbols = SourceSymbols(program_);
  CompileRequest any{graph, name + "_any", {}, true, symbols};
  bool remainder = false;
  for (size_t i = 0; i < symbols.size(); ++i) {
    any.capacities[symbols[i]] = geometry_[i].batch;
    remainder = remainder || geometry_[i].HasRemainder();
    graph = passes::SubstituteDim(graph, symbols[i], geometry_[i].batch);
  }
  Plans plans{MakePlan({std::move(graph), name + "_full", {}, true}), {}};
  if (remainder) plans.any = MakePlan(any);
  return plans;
}

void StepFunctions::AddPlans(size_t step, size_t phase) {
  const sema::Phase& described = program_.steps[step].phases[phase];
  const std::string name = "step_" + std::to_string(step) + "_" + std::to_string(phase);
  Plans plans = PlansOf(described.graph, name);
  if (memory_ && plans.ArenaBytes() > *memory_) {
    Plans again = PlansOf(described.checkpointed, name);
    step_memory_.push_back({program_.steps[step].name, *memory_, plans.ArenaBytes(), again.ArenaBytes()});
    if (step_memory_.back().Checkpointed()) plans = std::move(again);
  }
  functions_.push_back({step, phase, true, Checkable(std::move(plans.full)), nullptr});
  if (plans.any) functions_.push_back({step, phase, false, Checkable(std::move(*plans.any)), nullptr});
}

void StepFunctions::MakePlans() {
  for (size_t step = 0; step < program_.steps.size(); ++step)
    for (size_t phase = 0; phase < program_.steps[step].phases.size(); ++phase) AddPlans(step, phase);
}

// With several sources a remainder may come at any batch.
bool StepFunctions::NeededFirst(const Function& function) const {
  return function.phase == 0 && (function.full || geometry_.size() > 1);
}

void StepFunctions::Compile(bool first) {
  std::vector<schedule::Plan> plans;
  std::vector<Function*> wanted;
  for (Function& function : functions_) {
    if (NeededFirst(function) != first) continue;
    plans.push_back(std::move(function.plan));
    wanted.push_back(&function);
  }
  auto executables = CompilePlans(std::move(plans));
  for (size_t i = 0; i < wanted.size(); ++i) wanted[i]->executable = executables[i];
}

void StepFunctions::CompileFirst() {
  MakePlans();
  Compile(true);
}

void StepFunctions::CompileRestInBackground() {
  bool rest = std::any_of(functions_.begin(), functions_.end(), [&](const Function& function) { return !NeededFirst(function); });
  if (rest) rest_ = std::async(std::launch::async, [this] { Compile(false); });
}

runtime::CompiledStep StepFunctions::BindStep(size_t number, size_t phase, const Sources& sources, Tensors& variables,
                                              const HostValues& values) {
  const sema::TrainStep& step = program_.steps[number];
  runtime::CompiledStep compiled;
  compiled.name = step.name;
  const schedule::Plan* plan = nullptr;
  for (Function& function : functions_) {
    if (function.step != number || function.phase != phase) continue;
    const schedule::Plan& of_function = function.executable ? function.executable->plan : function.plan;
    compiled.arena_bytes = std::max<size_t>(compiled.arena_bytes, static_cast<size_t>(of_function.arena_bytes));
    if (function.full) plan = &of_function;
    (function.full ? compiled.full_red_zones : compiled.any_red_zones) = RedZonesOf(of_function);
  }
  std::map<std::string, void*> known;
  for (auto& [name, tensor] : variables) known[name] = tensor.data.data();
  for (size_t i = 0; i < sources.size(); ++i) {
    compiled.sources.push_back(i);
    for (const std::string& field : program_.sources[i].fields)
      known[ColumnInput(program_, i, field)] = const_cast<nnc_column*>(sources[i]->Bound(field));
  }
  auto own = [&](const std::string& name, Tensor tensor) {
    owned_.push_back(std::make_unique<Tensor>(std::move(tensor)));
    known[name] = owned_.back()->data.data();
  };
  for (const auto& [name, value] : values) own(name, ToTensor(value));
  for (const sema::Variable& state : step.states) own(state.name, Tensor(state.shape, state.start));
  for (const schedule::Plan::Binding& binding : plan->bindings) {
    if (known.count(binding.name) == 0) {
      assert(!binding.column && "every column of a step belongs to a source");
      own(binding.name, Tensor({Capacity(*plan, binding)}));
    }
    compiled.buffers.push_back(known.at(binding.name));
  }
  compiled.loss.data = known.at("loss");
  return compiled;
}

void StepFunctions::Bind(const Sources& sources, Tensors& variables, const HostValues& values, int64_t epochs,
                         std::vector<runtime::TrainPhase>& phases) {
  phases_ = &phases;
  size_t count = 0;
  for (const sema::TrainStep& step : program_.steps) count = std::max(count, step.phases.size());
  int64_t epochs_used = 0;
  for (size_t phase = 0; phase < count; ++phase) {
    runtime::TrainPhase bound;
    for (size_t step = 0; step < program_.steps.size(); ++step) bound.steps.push_back(BindStep(step, phase, sources, variables, values));
    const sema::Phase& described = program_.steps.front().phases[phase];
    bool steps = described.count && !described.in_epochs;
    bound.unit = steps ? runtime::CountUnit::Steps : runtime::CountUnit::Epochs;
    bound.count = described.count.value_or(std::max<int64_t>(epochs - epochs_used, 0));
    int64_t whole = steps ? bound.count / StepsPerEpoch() + (bound.count % StepsPerEpoch() != 0) : bound.count;
    epochs_used = runtime::SaturatingSum(epochs_used, whole);
    phases.push_back(std::move(bound));
  }
  HandOver();
}

void StepFunctions::HandOver() {
  for (const Function& function : functions_) {
    if (!function.executable) continue;
    runtime::CompiledStep& bound = (*phases_)[function.phase].steps[function.step];
    (function.full ? bound.full : bound.any) = function.executable->function;
  }
}

bool StepFunctions::NeededNext(int64_t step) const {
  int64_t per_epoch = StepsPerEpoch();
  const runtime::TrainPhase& first = phases_->front();
  int64_t last = first.unit == runtime::CountUnit::Steps ? first.count : runtime::SaturatingProduct(first.count, per_epoch);
  return step % per_epoch == per_epoch - 1 || step >= last;
}

void StepFunctions::AfterStep(int64_t step) {
  if (!rest_.valid()) return;
  bool ready = rest_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  if (!ready && !NeededNext(step)) return;
  rest_.get();
  HandOver();
}

}  // namespace nnc::driver
