#include "compiler/driver/field_rounds.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <thread>

#include "compiler/driver/slice.h"
#include "compiler/passes/two_singles.h"

namespace nnc::driver {

static std::string StoredName(const std::string& output) { return "stored:" + output; }

// The number of the source whose events a data block's graph describes.
static int SourceOf(const ir::Graph& graph) {
  for (const ir::Node& node : graph.nodes) {
    if (node.op() == ir::Node::Op::Input && node.input().role == ir::Role::Column) return node.input().source;
    if (node.op() == ir::Node::Op::Random && node.random().per_row) return node.random().source;
  }
  return 0;
}

// The graph with the outputs that are stored already as inputs.
static ir::Graph CutAt(ir::Graph graph, const std::set<std::string>& stored) {
  const int source = SourceOf(graph);
  for (const ir::Output& output : graph.outputs) {
    ir::Node& node = graph.nodes[static_cast<size_t>(output.node)];
    if (stored.count(output.name) == 0 || node.op() == ir::Node::Op::Input) continue;
    node.content = ir::Input{ir::Role::Column, ir::DType::F32, StoredName(output.name), source};
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
  int sources = 1;
  for (const sema::HostReduction& reduction : data.columns.reductions) sources = std::max(sources, reduction.source + 1);
  if (fit) stages = DivideIntoStages(data.columns, FittedNames(), std::vector<std::string>(static_cast<size_t>(sources), data.symbol));
  for (ColumnStage& stage : stages) {
    Round round;
    round.known = known;
    round.outputs = stage.outputs;
    for (const std::string& field : remaining)
      if (Covers(known, InputsBehind(data.columns.graph, {field}, ir::Role::Fitted))) round.outputs.insert(field);
    for (const std::string& field : round.outputs) remaining.erase(field);
    for (const sema::HostReduction* reduction : stage.reductions) {
      known.insert(reduction->input);
      if (!reduction->weights.empty()) round.outputs.insert(reduction->weights);
    }
    round.reductions = std::move(stage.reductions);
    rounds_.push_back(std::move(round));
  }
  rounds_.push_back({remaining, {}, known, {}, 0, nullptr});
  StoreWhatIsShared();
}

// Columns of the data block that a later round needs and an earlier one can make are stored rather than made again.
void FieldRounds::StoreWhatIsShared() {
  const ir::Graph& graph = data_.columns.graph;
  std::map<std::string, size_t> earliest;
  for (const ir::Output& output : graph.outputs) {
    std::set<std::string> fitted = InputsBehind(graph, {output.name}, ir::Role::Fitted);
    for (size_t round = rounds_.size(); round-- > 0;)
      if (Covers(rounds_[round].known, fitted)) earliest[output.name] = round;
  }
  for (size_t round = rounds_.size(); round-- > 1;) {
    std::set<std::string> candidates;
    for (const auto& [name, first] : earliest)
      if (first < round) candidates.insert(name);
    ir::Graph cut = Slice(CutAt(graph, candidates), rounds_[round].outputs);
    for (const std::string& name : candidates)
      for (ir::NodeId id : cut.inputs)
        if (cut[id].input().name == StoredName(name)) rounds_[earliest[name]].outputs.insert(name);
  }
  std::set<std::string> stored;
  for (Round& round : rounds_) {
    std::set<std::string> fresh;
    std::set_difference(round.outputs.begin(), round.outputs.end(), stored.begin(), stored.end(), std::inserter(fresh, fresh.end()));
    round.outputs = std::move(fresh);
    stored.insert(round.outputs.begin(), round.outputs.end());
  }
}

std::set<std::string> FieldRounds::FittedNames() const {
  return InputsBehind(data_.columns.graph, fields_, ir::Role::Fitted);
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
static void RunStretches(const Call& bound, const std::string& symbol, int source, int64_t rows, int64_t block, const std::map<std::string, float*>& targets) {
  constexpr int64_t kFewestBlocks = 8;  // per thread; fewer are not worth one
  int64_t blocks = (rows + block - 1) / block;
  int64_t threads = std::clamp<int64_t>(blocks / kFewestBlocks, 1, std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::thread> others;
  auto run = [&](int64_t thread) {
    int64_t first = blocks * thread / threads * block, last = std::min(blocks * (thread + 1) / threads * block, rows);
    Call call = bound.Copy();
    RunInBlocks(call, symbol, source, nullptr, first, last, block, targets);
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
  for (const auto& [name, value] : fitted) {
    tensors[name] = ToTensor(value);
    tensors[passes::RestOf(name)] = RestTensor(value);
  }
  for (const auto& [name, tensor] : tensors) call.Bind(name, tensor.data.data());
  std::map<std::string, float*> targets;
  for (const std::string& output : round.outputs) {
    if (round.same.count(output) != 0) continue;
    auto column = std::make_shared<runtime::Column>(output, runtime::ElementType::F32, EventShape(data_.columns.graph, output), rows);
    targets[output] = static_cast<float*>(column->data.data());
    made[output] = std::move(column);
  }
  RunStretches(call, data_.symbol, SourceOf(data_.columns.graph), rows, round.block, targets);
  for (const auto& [name, other] : round.same) made[name] = made.at(other);
}

// Of the column that the reduction reads, in that event.
static int64_t ElementsThatCount(const sema::HostReduction& reduction, const std::map<std::string, HostColumn>& views, int64_t row) {
  const int64_t width = views.at(reduction.columns.front()).width;
  if (reduction.rows.empty()) return width;
  int64_t of_a_row = 1;
  for (const ir::Dim& size : reduction.shape) of_a_row *= size.Constant();
  return of_a_row * static_cast<int64_t>(views.at(reduction.rows).At(row, 0));
}

void FieldRounds::Fit(const Round& round, const Columns& made, const std::vector<int64_t>& train, HostValues& fitted) {
  std::map<std::string, HostColumn> views;
  for (const auto& [name, column] : made) {
    auto rests = made.find(passes::RestOf(name));
    views[name] = {column->values<float>().data(), static_cast<int64_t>(train.size()), column->width(), train.data(),
                   rests == made.end() ? nullptr : rests->second->values<float>().data()};
  }
  for (const sema::HostReduction* reduction : round.reductions) {
    auto weights = views.find(reduction->weights);
    const HostColumn* weighted = weights != views.end() ? &weights->second : nullptr;
    HostValue figure = ReduceFor(*reduction, views, weighted);
    if (!std::all_of(figure.values.begin(), figure.values.end(), [](double value) { return std::isfinite(value); }))
      for (const std::string& column : reduction->columns)
        for (int64_t row : train)
          for (int64_t element = 0; element < ElementsThatCount(*reduction, views, row); ++element)
            if (!std::isfinite(views.at(column).At(row, element))) throw NoFigure{reduction, row, element};
    fitted[reduction->input] = std::move(figure);
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
