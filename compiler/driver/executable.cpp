#include "compiler/driver/executable.h"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>

#include "compiler/driver/slice.h"
#include "compiler/passes/pipeline.h"
#include "compiler/schedule/plan_memory.h"
#include "compiler/schedule/schedule.h"
#include "runtime/flush_denormals.h"

namespace nnc::driver {

const schedule::Plan::Binding* Executable::Find(std::string_view name) const {
  for (const schedule::Plan::Binding& binding : plan.bindings)
    if (binding.name == name) return &binding;
  return nullptr;
}

ir::Graph Simplified(const ir::Graph& graph) { return passes::Optimize(graph); }

schedule::Plan MakePlan(const CompileRequest& request) {
  ir::Graph simplified;
  if (!request.simplified) simplified = Simplified(request.graph);
  const ir::Graph& graph = request.simplified ? request.graph : simplified;
  schedule::Options options;
  for (const std::string& symbol : SymbolsOf(graph)) {
    auto capacity = request.capacities.find(symbol);
    assert(capacity != request.capacities.end() && "every symbol needs a capacity");
    options.capacities[symbol] = capacity->second;
  }
  schedule::Plan plan = schedule::Schedule(graph, options);
  plan.name = request.name;
  if (request.symbols.empty()) return plan;
  plan.symbols = request.symbols;
  for (const std::string& symbol : request.symbols) plan.capacities[symbol] = request.capacities.at(symbol);
  return plan;
}

schedule::Plan Checkable(schedule::Plan plan) {
  constexpr int64_t kRedZone = 1024;
  if (runtime::ChecksBuffers()) schedule::PlanMemory(plan, kRedZone);
  return plan;
}

std::vector<runtime::RedZone> RedZonesOf(const schedule::Plan& plan) {
  if (!runtime::ChecksBuffers()) return {};
  const std::vector<schedule::Life> lives = schedule::Lives(plan);
  std::map<int64_t, int64_t> taken;  // ends by beginnings
  for (size_t b = 0; b < plan.buffers.size(); ++b) {
    const schedule::Buffer& buffer = plan.buffers[b];
    if (buffer.place != schedule::Buffer::Place::Arena || buffer.view_of >= 0 || lives[b].end < lives[b].begin) continue;
    taken[buffer.offset] = buffer.offset + schedule::Bytes(buffer);
  }
  std::vector<runtime::RedZone> zones;
  int64_t end = 0;
  for (const auto& [from, to] : taken) {
    zones.push_back({end, from});
    end = to;
  }
  zones.push_back({end, plan.arena_bytes});
  for (const schedule::Kernel& kernel : plan.kernels) {  // those in the arenas of bodies
    if (kernel.kind != schedule::Kernel::Kind::Scan) continue;
    const int64_t offset = plan.buffers[static_cast<size_t>(kernel.stores.back().target.buffer)].offset;
    for (const runtime::RedZone& zone : RedZonesOf(*kernel.loop.body)) zones.push_back({zone.begin + offset, zone.end + offset});
  }
  return zones;
}

std::vector<std::shared_ptr<Executable>> CompilePlans(std::vector<schedule::Plan> plans) {
  auto jit = std::make_shared<codegen::Jit>();
  std::vector<std::shared_ptr<Executable>> executables;
  std::vector<const schedule::Plan*> pointers;
  for (schedule::Plan& plan : plans) {
    auto executable = std::make_shared<Executable>();
    executable->plan = Checkable(std::move(plan));
    executable->jit = jit;
    pointers.push_back(&executable->plan);
    executables.push_back(std::move(executable));
  }
  jit->Add(pointers);
  for (const auto& executable : executables) executable->function = jit->Find(executable->plan.name);
  return executables;
}

std::vector<std::shared_ptr<Executable>> Compile(const std::vector<CompileRequest>& requests) {
  std::vector<schedule::Plan> plans;
  for (const CompileRequest& request : requests) plans.push_back(MakePlan(request));
  return CompilePlans(std::move(plans));
}

size_t Bytes(ir::DType dtype) {
  switch (dtype) {
    case ir::DType::F32: return 4;
    case ir::DType::U8: return 1;
    case ir::DType::I32: return 4;
  }
  return 4;
}

int64_t Capacity(const schedule::Plan& plan, const schedule::Plan::Binding& binding) {
  int64_t count = 1;
  for (const ir::Dim& dim : binding.shape) {
    auto value = dim.Largest([&](std::string_view symbol) -> std::optional<int64_t> {
      auto capacity = plan.capacities.find(std::string(symbol));
      if (capacity == plan.capacities.end()) return std::nullopt;
      return capacity->second;
    });
    count *= value.value_or(1);
  }
  return count;
}

Call::Call(std::shared_ptr<const Executable> executable)
    : executable_(std::move(executable)), arena_(static_cast<size_t>(std::max<int64_t>(executable_->plan.arena_bytes, 64))) {
  const schedule::Plan& plan = executable_->plan;
  red_zones_ = RedZonesOf(plan);
  int sources = 1;
  for (const schedule::Buffer& buffer : plan.buffers) sources = std::max(sources, buffer.source + 1);
  for (const schedule::Kernel& kernel : plan.kernels) sources = std::max(sources, kernel.random.source + 1);
  rows_.resize(static_cast<size_t>(sources));
  first_rows_.resize(static_cast<size_t>(sources));
  extents_.resize(plan.symbols.size(), 1);
  buffers_.resize(plan.bindings.size());
}

Call Call::Copy() const {
  Call copy(executable_);
  copy.call_ = call_;
  copy.buffers_ = buffers_;
  copy.rows_ = rows_;
  copy.first_rows_ = first_rows_;
  copy.extents_ = extents_;
  return copy;
}

void Call::Bind(std::string_view name, const void* buffer) {
  const auto& bindings = executable_->plan.bindings;
  for (size_t i = 0; i < bindings.size(); ++i)
    if (bindings[i].name == name) buffers_[i] = const_cast<void*>(buffer);
}

void Call::SetExtent(std::string_view symbol, int64_t value) {
  const auto& symbols = executable_->plan.symbols;
  for (size_t i = 0; i < symbols.size(); ++i)
    if (symbols[i] == symbol) extents_[i] = value;
}

void Call::SetRows(int source, const int64_t* rows, int64_t first) {
  if (static_cast<size_t>(source) >= rows_.size()) return;
  rows_[static_cast<size_t>(source)] = rows;
  first_rows_[static_cast<size_t>(source)] = first;
}

void Call::Run() {
  const schedule::Plan& plan = executable_->plan;
  for (size_t i = 0; i < buffers_.size(); ++i) {
    if (buffers_[i] != nullptr) continue;
    assert(!plan.bindings[i].column && "a column is not bound");
    unbound_.emplace_back(static_cast<size_t>(Capacity(plan, plan.bindings[i])) * Bytes(plan.bindings[i].dtype));
    buffers_[i] = unbound_.back().data();
  }
  call_.arena = arena_.data();
  call_.buffers = buffers_.data();
  call_.rows = rows_.data();
  call_.first_row = first_rows_.data();
  call_.extents = extents_.data();
  if (!red_zones_.empty()) runtime::PoisonArena(arena_.data(), arena_.size());
  runtime::FlushDenormals flush;
  int status = executable_->function(&call_);
  if (int64_t damage = runtime::FirstDamage(arena_.data(), red_zones_); damage >= 0) {
    std::fprintf(stderr, "nnc: internal error: %s wrote outside its buffers, at byte %lld of its arena\n", plan.name.c_str(),
                 static_cast<long long>(damage));
    std::abort();
  }
  if (status == NNC_OK) return;
  std::fprintf(stderr, "nnc: internal error: %s returned %d\n", plan.name.c_str(), status);
  std::abort();
}

}  // namespace nnc::driver
