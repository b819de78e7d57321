// Graphs made executable: simplified, scheduled, compiled just in time, and called with buffers bound by name.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/codegen/codegen.h"
#include "compiler/ir/graph.h"
#include "compiler/schedule/plan.h"
#include "runtime/arena.h"

namespace nnc::driver {

struct Executable {
  schedule::Plan plan;
  nnc_function function = nullptr;
  std::shared_ptr<codegen::Jit> jit;  // owns the code

  const schedule::Plan::Binding* Find(std::string_view name) const;
};

struct CompileRequest {
  ir::Graph graph;
  std::string name;                           // unique among the requests of one call
  std::map<std::string, int64_t> capacities;  // of the graph's symbols; others are ignored
  bool simplified = false;                    // the passes have run on it already
  std::vector<std::string> symbols = {};      // order of the call's extents; empty: the plan's own
};

// The graph after all passes.
ir::Graph Simplified(const ir::Graph& graph);
// The plan of a graph after all passes.
schedule::Plan MakePlan(const CompileRequest& request);

// Where the environment asks for checks (runtime::ChecksBuffers): the plan with its arena's buffers apart from each other, as CompilePlans
// makes it. Otherwise the plan as it is.
schedule::Plan Checkable(schedule::Plan plan);
// What lies between the buffers of a checkable plan's arena; none otherwise.
std::vector<runtime::RedZone> RedZonesOf(const schedule::Plan& plan);

// Compiles plans together, so that equal kernels are emitted once; results in their order.
std::vector<std::shared_ptr<Executable>> CompilePlans(std::vector<schedule::Plan> plans);
// Compiles the requests together, so that equal kernels are emitted once; results in their order. May run in any thread.
std::vector<std::shared_ptr<Executable>> Compile(const std::vector<CompileRequest>& requests);

// One function's arguments: bound once, called often. Inputs that nobody binds read as zeros.
class Call {
 public:
  explicit Call(std::shared_ptr<const Executable> executable);

  // The same function with the same bindings and a workspace of its own, for another thread.
  Call Copy() const;

  // By the binding's name; names that the function does not have are ignored, so that tables of values can be bound whole.
  void Bind(std::string_view name, const void* buffer);
  void SetExtent(std::string_view symbol, int64_t value);
  // Rows of a data source: the indices, or null for consecutive rows from `first`.
  void SetRows(int source, const int64_t* rows, int64_t first = 0);
  void SetSeed(uint64_t seed) { call_.seed = seed; }
  void SetStep(int64_t step, int64_t optimizer_step) { call_.step = step; call_.optimizer_step = optimizer_step; }

  // Runs the function; what it refuses is a mistake of the compiler's, but for subscripts read from data.
  void Run();

  const Executable& executable() const { return *executable_; }

 private:
  std::shared_ptr<const Executable> executable_;
  nnc_call call_{};
  runtime::AlignedBuffer arena_;
  std::vector<runtime::RedZone> red_zones_;
  std::vector<void*> buffers_;
  std::vector<const int64_t*> rows_;
  std::vector<int64_t> first_rows_;
  std::vector<int64_t> extents_;
  std::vector<runtime::AlignedBuffer> unbound_;
};

// Elements of a binding whose symbols have their largest values.
int64_t Capacity(const schedule::Plan& plan, const schedule::Plan::Binding& binding);
size_t Bytes(ir::DType dtype);

}  // namespace nnc::driver
