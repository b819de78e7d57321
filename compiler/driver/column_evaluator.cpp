#include "compiler/driver/column_evaluator.h"

#include <algorithm>
#include <cassert>

#include "compiler/driver/slice.h"

namespace nnc::driver {

void ApplyStorage(ir::Graph& graph, const Storage& storage) {
  for (ir::NodeId id : graph.inputs) {
    ir::Input& input = graph.nodes[static_cast<size_t>(id)].input;
    auto stored = storage.find(input.name);
    if (stored != storage.end()) input.dtype = stored->second;
  }
}

std::set<std::string> InputsBehind(const ir::Graph& graph, const std::set<std::string>& outputs, ir::Role role) {
  std::set<std::string> names;
  ir::Graph slice = Slice(graph, outputs);
  for (ir::NodeId id : slice.inputs)
    if (slice[id].input.role == role) names.insert(slice[id].input.name);
  return names;
}

static std::set<std::string> ColumnsOf(const sema::HostReduction& reduction) {
  return {reduction.columns.begin(), reduction.columns.end()};
}

// Numbers the reductions by the stage after which they can be computed, from 0; -1 for those that nobody wants.
static std::vector<int> Levels(const sema::ColumnFunction& function, const std::set<std::string>& wanted) {
  const auto& reductions = function.reductions;
  std::vector<std::set<std::string>> needs;
  for (const sema::HostReduction& reduction : reductions)
    needs.push_back(InputsBehind(function.graph, ColumnsOf(reduction), ir::Role::Fitted));
  std::set<std::string> needed = wanted;
  std::vector<int> levels(reductions.size(), -1);
  for (size_t i = reductions.size(); i-- > 0;) {
    if (needed.count(reductions[i].input) == 0) continue;
    levels[i] = 0;
    needed.insert(needs[i].begin(), needs[i].end());
  }
  for (size_t i = 0; i < reductions.size(); ++i) {
    if (levels[i] < 0) continue;
    for (size_t earlier = 0; earlier < i; ++earlier)
      if (levels[earlier] >= 0 && needs[i].count(reductions[earlier].input) != 0)
        levels[i] = std::max(levels[i], levels[earlier] + 1);
  }
  return levels;
}

std::vector<ColumnStage> DivideIntoStages(const sema::ColumnFunction& function, const std::set<std::string>& wanted) {
  std::map<std::pair<int, int>, ColumnStage> stages;  // by level and source
  std::vector<int> levels = Levels(function, wanted);
  for (size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] < 0) continue;
    const sema::HostReduction& reduction = function.reductions[i];
    ColumnStage& stage = stages[{levels[i], reduction.source}];
    stage.source = reduction.source;
    stage.reductions.push_back(&reduction);
    stage.outputs.insert(reduction.columns.begin(), reduction.columns.end());
  }
  std::vector<ColumnStage> ordered;
  for (auto& [key, stage] : stages) ordered.push_back(std::move(stage));
  return ordered;
}

ColumnEvaluator::ColumnEvaluator(const sema::ColumnFunction& function, const std::set<std::string>& wanted,
                                 std::vector<std::string> symbols, Storage storage)
    : function_(function), stages_(DivideIntoStages(function, wanted)), symbols_(std::move(symbols)), storage_(std::move(storage)) {}

int64_t BlockRows(const ir::Graph& graph) {
  int64_t widest = 1;
  for (const ir::Node& node : graph.nodes) {
    int64_t width = 1;
    for (const ir::Dim& dim : node.shape)
      if (dim.IsConstant()) width *= std::max<int64_t>(dim.Constant(), 1);
    widest = std::max(widest, width);
  }
  constexpr int64_t kElements = int64_t{1} << 21;
  return std::clamp<int64_t>(kElements / widest / 64 * 64, 64, kBlockRows);
}

void ColumnEvaluator::Compile() {
  if (!executables_.empty() || stages_.empty()) return;
  std::vector<CompileRequest> requests;
  for (const ColumnStage& stage : stages_) {
    std::set<std::string> outputs = stage.outputs;
    for (const sema::HostReduction* reduction : stage.reductions)
      if (!reduction->weights.empty()) outputs.insert(reduction->weights);
    CompileRequest request{Slice(function_.graph, outputs), "columns_" + std::to_string(requests.size()), {}};
    ApplyStorage(request.graph, storage_);
    int64_t block = BlockRows(request.graph);
    for (const std::string& symbol : symbols_) request.capacities[symbol] = block;
    requests.push_back(std::move(request));
  }
  executables_ = driver::Compile(requests);
}

void RunInBlocks(Call& call, const std::string& symbol, int source, const int64_t* rows, int64_t begin, int64_t end, int64_t block,
                 const std::map<std::string, float*>& arrays) {
  struct Target {
    std::string_view name;
    float* base;
    int64_t width;
  };
  std::vector<Target> targets;
  const schedule::Plan& plan = call.executable().plan;
  for (const auto& [name, base] : arrays) {
    const schedule::Plan::Binding* binding = call.executable().Find(name);
    if (binding == nullptr) continue;
    targets.push_back({name, base, Capacity(plan, *binding) / block});
  }
  for (int64_t first = begin; first < end; first += block) {
    for (const Target& target : targets) call.Bind(target.name, target.base + first * target.width);
    call.SetRows(source, rows == nullptr ? nullptr : rows + first, first);
    call.SetExtent(symbol, std::min(block, end - first));
    call.Run();
  }
}

static int64_t WidthOf(const ir::Graph& graph, const ir::Output& output) {
  int64_t width = 1;
  const ir::Shape& shape = graph.ShapeOf(output.node);
  for (size_t axis = 1; axis < shape.size(); ++axis) width *= shape[axis].Constant();
  return width;
}

void ColumnEvaluator::RunStage(size_t number, const Bindings& bindings, const std::map<std::string, Tensor>& fitted) {
  const ColumnStage& stage = stages_[number];
  const auto& executable = executables_[number];
  size_t source = static_cast<size_t>(stage.source);
  Call call(executable);
  call.SetSeed(bindings.seed);
  for (const auto& [name, pointer] : bindings.inputs) call.Bind(name, pointer);
  for (const auto& [name, tensor] : fitted) call.Bind(name, tensor.data.data());
  int64_t count = static_cast<int64_t>(bindings.rows[source].size());
  std::map<std::string, float*> targets;
  for (const schedule::Plan::Binding& binding : executable->plan.bindings) {
    if (!binding.output) continue;
    int64_t width = WidthOf(function_.graph, *FindOutput(function_.graph, binding.name));
    auto& buffer = buffers_[binding.name] = runtime::AlignedBuffer(static_cast<size_t>(count * width) * sizeof(float));
    targets[binding.name] = static_cast<float*>(buffer.data());
    columns_[binding.name] = {targets[binding.name], count, width, nullptr};
  }
  int64_t block = executable->plan.capacities.empty() ? count : executable->plan.capacities.begin()->second;
  RunInBlocks(call, symbols_[source], stage.source, bindings.rows[source].data(), 0, count, block, targets);
}

const HostColumn* ColumnEvaluator::WeightsFor(const sema::HostReduction& reduction) const {
  auto weights = columns_.find(reduction.weights);
  return weights != columns_.end() ? &weights->second : nullptr;
}

HostValue ReduceFor(const sema::HostReduction& reduction, const std::map<std::string, HostColumn>& columns, const HostColumn* weights) {
  std::vector<HostColumn> arguments;
  for (const std::string& name : reduction.columns) arguments.push_back(columns.at(name));
  std::vector<int64_t> shape;
  for (const ir::Dim& dim : reduction.shape) shape.push_back(dim.Constant());
  return ReduceColumns(reduction.function, arguments, weights, shape);
}

void ColumnEvaluator::Run(const Bindings& bindings, HostValues& values) {
  Compile();
  columns_.clear();
  buffers_.clear();
  std::map<std::string, Tensor> fitted;
  for (size_t number = 0; number < stages_.size(); ++number) {
    RunStage(number, bindings, fitted);
    for (const sema::HostReduction* reduction : stages_[number].reductions) {
      HostValue value = ReduceFor(*reduction, columns_, WeightsFor(*reduction));
      fitted.insert_or_assign(reduction->input, ToTensor(value));
      values.insert_or_assign(reduction->input, std::move(value));
    }
  }
}

}  // namespace nnc::driver
