#include "compiler/driver/column_evaluator.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "compiler/driver/slice.h"
#include "compiler/driver/working_memory.h"
#include "compiler/passes/events.h"
#include "compiler/passes/two_singles.h"

namespace nnc::driver {

void ApplyStorage(ir::Graph& graph, const Storage& storage) {
  for (ir::NodeId id : graph.inputs) {
    ir::Input& input = graph.nodes[static_cast<size_t>(id)].input();
    auto stored = storage.find(input.name);
    if (stored != storage.end()) input.dtype = stored->second;
  }
}

std::set<std::string> InputsBehind(const ir::Graph& graph, const std::set<std::string>& outputs, ir::Role role) {
  std::set<std::string> names;
  ir::Graph slice = Slice(graph, outputs);
  for (ir::NodeId id : slice.inputs)
    if (slice[id].input().role == role) names.insert(passes::WholeOf(slice[id].input().name));
  return names;
}

// The outputs that a reduction reads, their rests included.
static std::set<std::string> ColumnsOf(const sema::ColumnFunction& function, const sema::HostReduction& reduction) {
  std::set<std::string> columns(reduction.columns.begin(), reduction.columns.end());
  if (!reduction.rows.empty()) columns.insert(reduction.rows);
  for (const std::string& column : reduction.columns)
    if (std::string rest = passes::RestOf(column); FindOutput(function.graph, rest) != nullptr) columns.insert(rest);
  return columns;
}

// Numbers the reductions by the stage after which they can be computed, from 0; -1 for those that nobody wants.
static std::vector<int> Levels(const sema::ColumnFunction& function, const std::set<std::string>& wanted) {
  const auto& reductions = function.reductions;
  std::vector<std::set<std::string>> needs;
  for (const sema::HostReduction& reduction : reductions)
    needs.push_back(InputsBehind(function.graph, ColumnsOf(function, reduction), ir::Role::Fitted));
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

// Whether a reduction's columns need all events of its source at once.
static bool NeedsAll(const sema::ColumnFunction& function, const sema::HostReduction& reduction, const std::vector<passes::EventUse>& uses) {
  if (reduction.total) return *reduction.total == ir::Monoid::None;
  return std::any_of(reduction.columns.begin(), reduction.columns.end(), [&](const std::string& column) {
    const ir::NodeId node = FindOutput(function.graph, column)->node;
    const passes::EventUse& use = uses[static_cast<size_t>(node)];
    return use.kind == passes::EventUse::Kind::Mixed || (use.kind == passes::EventUse::Kind::Own && use.axis != 0);
  });
}

std::vector<ColumnStage> DivideIntoStages(const sema::ColumnFunction& function, const std::set<std::string>& wanted,
                                          const std::vector<std::string>& symbols) {
  std::map<std::tuple<int, int, bool>, ColumnStage> stages;  // by level, source, and whether whole
  std::vector<int> levels = Levels(function, wanted);
  std::vector<std::vector<passes::EventUse>> uses;
  for (const std::string& symbol : symbols) uses.push_back(passes::EventUses(function.graph, symbol));
  for (size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] < 0) continue;
    const sema::HostReduction& reduction = function.reductions[i];
    const bool whole = NeedsAll(function, reduction, uses[static_cast<size_t>(reduction.source)]);
    ColumnStage& stage = stages[{levels[i], reduction.source, whole}];
    stage.source = reduction.source;
    stage.whole = whole;
    stage.reductions.push_back(&reduction);
    stage.outputs.merge(ColumnsOf(function, reduction));
  }
  std::vector<ColumnStage> ordered;
  for (auto& [key, stage] : stages) ordered.push_back(std::move(stage));
  return ordered;
}

ColumnEvaluator::ColumnEvaluator(const sema::ColumnFunction& function, const std::set<std::string>& wanted,
                                 std::vector<std::string> symbols, std::vector<int64_t> sizes, Storage storage)
    : function_(function), symbols_(std::move(symbols)), sizes_(std::move(sizes)), stages_(DivideIntoStages(function, wanted, symbols_)),
      storage_(std::move(storage)) {}

// NNC_BLOCK_EVENTS makes blocks smaller: few events are many blocks then, and every figure must be the same.
static int64_t MostBlockRows() {
  const char* chosen = std::getenv("NNC_BLOCK_EVENTS");
  return chosen == nullptr ? kBlockRows : std::clamp<int64_t>(std::strtoll(chosen, nullptr, 10), 1, kBlockRows);
}

int64_t BlockRows(const ir::Graph& graph, const std::map<std::string, int64_t>& capacities) {
  constexpr int64_t kElements = int64_t{1} << 21;
  auto size = [&](std::string_view symbol) -> std::optional<int64_t> {
    auto known = capacities.find(std::string(symbol));
    return known == capacities.end() ? 1 : known->second;  // elements for one event
  };
  int64_t widest = 1;
  for (const ir::Node& node : graph.nodes) {
    int64_t width = 1;
    for (const ir::Dim& dim : node.shape) width = std::min(width * std::clamp<int64_t>(dim.Evaluate(size).value_or(1), 1, kElements), kElements);
    widest = std::max(widest, width);
  }
  const int64_t most = MostBlockRows();
  return std::clamp<int64_t>(kElements / widest / 64 * 64, std::min<int64_t>(64, most), most);
}

// A stage's function, over blocks of its source's events and all events of the others.
CompileRequest ColumnEvaluator::RequestFor(size_t number) const {
  const ColumnStage& stage = stages_[number];
  std::set<std::string> outputs = stage.outputs;
  for (const sema::HostReduction* reduction : stage.reductions)
    if (!reduction->weights.empty()) outputs.insert(reduction->weights);
  CompileRequest request{Slice(function_.graph, outputs), "columns_" + std::to_string(number), {}};
  ApplyStorage(request.graph, storage_);
  for (size_t i = 0; i < symbols_.size(); ++i) request.capacities[symbols_[i]] = std::max<int64_t>(sizes_[i], 1);
  if (stage.whole) return request;
  std::map<std::string, int64_t> others = request.capacities;
  others.erase(symbols_[static_cast<size_t>(stage.source)]);
  request.capacities[symbols_[static_cast<size_t>(stage.source)]] = BlockRows(request.graph, others);
  return request;
}

std::optional<TooLarge> ColumnEvaluator::FindTooLarge() {
  for (size_t number = 0; number < stages_.size(); ++number) {
    if (planned_.count(number) != 0 || !executables_.empty()) continue;
    CompileRequest request = RequestFor(number);
    if (!stages_[number].whole && SymbolsOf(request.graph).size() < 2) continue;  // small, whatever the part's size
    const schedule::Plan& plan = planned_[number] = MakePlan(request);
    if (plan.arena_bytes > kMostWorkingBytes) return TooLarge{stages_[number].reductions.front()->span, plan.arena_bytes};
  }
  return std::nullopt;
}

void ColumnEvaluator::Compile() {
  if (!executables_.empty() || stages_.empty()) return;
  std::vector<schedule::Plan> plans;
  for (size_t number = 0; number < stages_.size(); ++number) {
    auto planned = planned_.find(number);
    plans.push_back(planned != planned_.end() ? std::move(planned->second) : MakePlan(RequestFor(number)));
  }
  planned_.clear();
  executables_ = CompilePlans(std::move(plans));
}

void RunInBlocks(Call& call, const std::string& symbol, int source, const int64_t* rows, int64_t begin, int64_t end, int64_t block,
                 const std::map<std::string, float*>& arrays, const std::function<void()>& after) {
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
    if (after) after();
  }
}

int64_t WidthOf(const ir::Graph& graph, const ir::Output& output) {
  int64_t width = 1;
  const ir::Shape& shape = graph.ShapeOf(output.node);
  for (size_t axis = 1; axis < shape.size(); ++axis) width *= shape[axis].Constant();
  return width;
}

// What has no monoid, or is a place, is of all events at once.
static double Folded(ir::Monoid monoid, double so_far, double share) {
  return monoid == ir::Monoid::None || ir::IsPlace(monoid) ? share : ir::Row(ir::Row(monoid).combine).evaluate(so_far, share, 0);
}

void ColumnEvaluator::RunStage(size_t number, const Bindings& bindings, const std::map<std::string, Tensor>& fitted, HostValues& totals) {
  const ColumnStage& stage = stages_[number];
  const auto& executable = executables_[number];
  size_t source = static_cast<size_t>(stage.source);
  Call call(executable);
  call.SetSeed(bindings.seed);
  for (const auto& [name, pointer] : bindings.inputs) call.Bind(name, pointer);
  for (const auto& [name, tensor] : fitted) call.Bind(name, tensor.data.data());
  for (size_t other = 0; other < symbols_.size(); ++other) {
    call.SetRows(static_cast<int>(other), bindings.rows[other].data());
    call.SetExtent(symbols_[other], static_cast<int64_t>(bindings.rows[other].size()));
  }
  int64_t count = static_cast<int64_t>(bindings.rows[source].size());
  std::map<std::string, float*> targets;
  std::map<std::string, Tensor> shares;  // of a block's events in the totals
  for (const sema::HostReduction* reduction : stage.reductions) {
    if (!reduction->total) continue;
    std::vector<int64_t> shape;
    for (const ir::Dim& dim : reduction->shape) shape.push_back(dim.Constant());
    Tensor& share = shares[reduction->columns[0]] = Tensor(shape);
    call.Bind(reduction->columns[0], share.data.data());
    totals[reduction->input] = {shape, std::vector<double>(static_cast<size_t>(share.Count()), ir::Row(*reduction->total).empty())};
  }
  for (const schedule::Plan::Binding& binding : executable->plan.bindings) {
    if (!binding.output || shares.count(binding.name) != 0) continue;
    int64_t width = WidthOf(function_.graph, *FindOutput(function_.graph, binding.name));
    auto& buffer = buffers_[binding.name] = runtime::AlignedBuffer(static_cast<size_t>(count * width) * sizeof(float));
    targets[binding.name] = static_cast<float*>(buffer.data());
    columns_[binding.name] = {targets[binding.name], count, width, nullptr};
  }
  auto fold = [&] {
    for (const sema::HostReduction* reduction : stage.reductions) {
      if (!reduction->total) continue;
      std::span<const float> share = shares.at(reduction->columns[0]).values();
      std::vector<double>& total = totals.at(reduction->input).values;
      for (size_t i = 0; i < total.size(); ++i) total[i] = Folded(*reduction->total, total[i], share[i]);
    }
  };
  auto capacity = executable->plan.capacities.find(symbols_[source]);
  int64_t block = stage.whole || capacity == executable->plan.capacities.end() ? std::max<int64_t>(count, 1) : capacity->second;
  RunInBlocks(call, symbols_[source], stage.source, bindings.rows[source].data(), 0, count, block, targets, fold);
}

HostValue ColumnEvaluator::Value(const sema::HostReduction& reduction, const HostValues& totals) const {
  if (reduction.total) return totals.at(reduction.input);
  return ReduceFor(reduction, columns_, WeightsFor(reduction));
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
  if (reduction.rows.empty()) return ReduceColumns(reduction.function, arguments, weights, shape);
  std::vector<int64_t> places;
  arguments.front() = RowsOf(arguments.front(), columns.at(reduction.rows), std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>()), places);
  return ReduceColumns(reduction.function, arguments, weights, shape);
}

void ColumnEvaluator::Run(const Bindings& bindings, HostValues& values) {
  Compile();
  columns_.clear();
  buffers_.clear();
  std::map<std::string, Tensor> fitted;
  HostValues totals;
  for (size_t number = 0; number < stages_.size(); ++number) {
    RunStage(number, bindings, fitted, totals);
    for (const sema::HostReduction* reduction : stages_[number].reductions) {
      HostValue value = Value(*reduction, totals);
      fitted.insert_or_assign(reduction->input, ToTensor(value));
      values.insert_or_assign(reduction->input, std::move(value));
    }
  }
}

}  // namespace nnc::driver
