#include "compiler/driver/field_rounds.h"

#include <algorithm>
#include <iterator>
#include <thread>

#include "compiler/driver/slice.h"

namespace nnc::driver {

static std::string StoredName(const std::string& output) { return "stored:" + output; }

// The graph with the outputs that are stored already as inputs.
static ir::Graph CutAt(ir::Graph graph, const std::set<std::string>& stored) {
  for (const ir::Output& output : graph.outputs) {
    ir::Node& node = graph.nodes[static_cast<size_t>(output.node)];
    if (stored.count(output.name) == 0 || node.op == ir::Node::Op::Input) continue;
    node.op = ir::Node::Op::Input;
    node.comp = {};
    node.input = {ir::Role::Column, ir::DType::F32, StoredName(output.name), 0};
    graph.inputs.push_back(output.node);
  }
  return graph;
}

static bool Covers(const std::set<std::string>& all, const std::set<std::string>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

FieldRounds::FieldRounds(const sema::DataSource& data, const std::set<std::string>& fields, bool fit, Storage storage)
    : data_(data), fields_(fields), storage_(std::move(storage)) {
  std::set<std::string> known, remaining = fields;
  std::vector<ColumnStage> stages;
  if (fit) stages = DivideIntoStages(data.columns, FittedNames());
  for (ColumnStage& stage : stages) {
    std::set<std::string> outputs = stage.outputs;
    for (const std::string& field : remaining)
      if (Covers(known, InputsBehind(data.columns.graph, {field}, ir::Role::Fitted))) outputs.insert(field);
    for (const std::string& field : outputs) remaining.erase(field);
    for (const sema::HostReduction* reduction : stage.reductions) {
      known.insert(reduction->input);
      if (reduction->weighted) outputs.insert("weight");
    }
    AddRound(outputs, stage.reductions);
  }
  AddRound(remaining, {});
}

std::set<std::string> FieldRounds::FittedNames() const {
  return InputsBehind(data_.columns.graph, fields_, ir::Role::Fitted);
}

void FieldRounds::AddRound(const std::set<std::string>& outputs, std::vector<const sema::HostReduction*> reductions) {
  Round round{{}, {}, std::move(reductions), 0, nullptr};
  std::set_difference(outputs.begin(), outputs.end(), planned_.begin(), planned_.end(), std::inserter(round.outputs, round.outputs.end()));
  planned_.insert(outputs.begin(), outputs.end());
  rounds_.push_back(std::move(round));
}

// Outputs of one node are one column under several names.
static std::map<std::string, std::string> SameColumns(const ir::Graph& graph, const std::set<std::string>& outputs) {
  std::map<ir::NodeId, std::string> first;
  std::map<std::string, std::string> same;
  for (const std::string& name : outputs) {
    auto [known, added] = first.emplace(FindOutput(graph, name)->node, name);
    if (!added) same[name] = known->second;
  }
  return same;
}

void FieldRounds::Compile() {
  std::vector<CompileRequest> requests;
  std::set<std::string> stored;
  for (Round& round : rounds_) {
    if (round.outputs.empty()) continue;
    round.same = SameColumns(data_.columns.graph, round.outputs);
    std::set<std::string> distinct = round.outputs;
    for (const auto& [name, other] : round.same) distinct.erase(name);
    CompileRequest request{Slice(CutAt(data_.columns.graph, stored), distinct), "round_" + std::to_string(requests.size()), {}};
    ApplyStorage(request.graph, storage_);
    round.block = BlockRows(request.graph);
    request.capacities[data_.symbol] = round.block;
    requests.push_back(std::move(request));
    stored.insert(round.outputs.begin(), round.outputs.end());
  }
  auto executables = driver::Compile(requests);
  size_t next = 0;
  for (Round& round : rounds_)
    if (!round.outputs.empty()) round.executable = executables[next++];
}

static std::vector<int64_t> EventShape(const ir::Graph& graph, const std::string& output) {
  std::vector<int64_t> shape;
  const ir::Shape& whole = graph.ShapeOf(FindOutput(graph, output)->node);
  for (size_t axis = 1; axis < whole.size(); ++axis) shape.push_back(whole[axis].Constant());
  return shape;
}

// An event's columns depend on that event alone, so stretches of events may be computed at the same time.
static void RunStretches(const Call& bound, const std::string& symbol, int64_t rows, int64_t block, const std::map<std::string, float*>& targets) {
  constexpr int64_t kFewestBlocks = 8;  // per thread; fewer are not worth one
  int64_t blocks = (rows + block - 1) / block;
  int64_t threads = std::clamp<int64_t>(blocks / kFewestBlocks, 1, std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::thread> others;
  auto run = [&](int64_t thread) {
    int64_t first = blocks * thread / threads * block, last = std::min(blocks * (thread + 1) / threads * block, rows);
    Call call = bound.Copy();
    RunInBlocks(call, symbol, 0, nullptr, first, last, block, targets);
  };
  for (int64_t thread = 1; thread < threads; ++thread) others.emplace_back(run, thread);
  run(0);
  for (std::thread& other : others) other.join();
}

void FieldRounds::RunRound(const Round& round, const Columns& raw, int64_t rows, uint64_t seed, const HostValues& fitted, Columns& made) {
  if (round.outputs.empty()) return;
  Call call(round.executable);
  call.SetSeed(seed);
  std::vector<std::unique_ptr<runtime::BoundColumn>> bound;
  auto bind = [&](const std::string& name, const runtime::Column& column) {
    bound.push_back(std::make_unique<runtime::BoundColumn>(column.data.data()));
    call.Bind(name, bound.back()->abi());
  };
  for (const auto& [name, column] : raw) bind(name, *column);
  for (const auto& [name, column] : made) bind(StoredName(name), *column);
  Tensors tensors;
  for (const auto& [name, value] : fitted) tensors[name] = ToTensor(value);
  for (const auto& [name, tensor] : tensors) call.Bind(name, tensor.data.data());
  std::map<std::string, float*> targets;
  for (const std::string& output : round.outputs) {
    if (round.same.count(output) != 0) continue;
    auto column = std::make_shared<runtime::Column>(output, runtime::ElementType::F32, EventShape(data_.columns.graph, output), rows);
    targets[output] = static_cast<float*>(column->data.data());
    made[output] = std::move(column);
  }
  RunStretches(call, data_.symbol, rows, round.block, targets);
  for (const auto& [name, other] : round.same) made[name] = made.at(other);
}

void FieldRounds::Fit(const Round& round, const Columns& made, const std::vector<int64_t>& train, HostValues& fitted) {
  std::map<std::string, HostColumn> views;
  for (const auto& [name, column] : made)
    views[name] = {column->values<float>().data(), static_cast<int64_t>(train.size()), column->width(), train.data()};
  auto weights = views.find("weight");
  for (const sema::HostReduction* reduction : round.reductions) {
    const HostColumn* weighted = reduction->weighted && weights != views.end() ? &weights->second : nullptr;
    fitted[reduction->input] = ReduceFor(*reduction, views, weighted);
  }
}

Columns FieldRounds::Run(const Columns& raw, int64_t rows, const std::vector<int64_t>& train, uint64_t seed, HostValues& fitted) {
  Compile();
  Columns made;
  for (const Round& round : rounds_) {
    RunRound(round, raw, rows, seed, fitted, made);
    Fit(round, made, train, fitted);
  }
  Columns fields;
  for (const std::string& field : fields_) fields[field] = made.at(field);
  return fields;
}

}  // namespace nnc::driver
