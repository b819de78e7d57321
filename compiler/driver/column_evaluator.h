// Runs functions of single events over whole parts of the data: compiled stages that write columns, host reductions between them.
//
// A reduction's value may enter later columns (standardised inputs need the mean of a column, a metric may need that of
// another), so a ColumnFunction falls into stages: each needs only values that earlier ones made.
//
// What is proven to be a function of single events (passes/events.h) is computed in blocks of them, and so are values of all events
// that fold the shares of single ones. Everything else takes the whole part in one call. So no figure depends on the blocks.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "compiler/driver/executable.h"
#include "compiler/driver/host_reduction.h"
#include "compiler/driver/tensor.h"
#include "compiler/sema/program.h"

namespace nnc::driver {

// How a graph's Column inputs are stored: `dtype` of those that are no plain floats, by input name.
using Storage = std::map<std::string, ir::DType>;
void ApplyStorage(ir::Graph& graph, const Storage& storage);

struct ColumnStage {
  int source = 0;                                         // whose events it runs over
  bool whole = false;                                     // all events at once
  std::vector<const sema::HostReduction*> reductions;     // computed after it
  std::set<std::string> outputs;                          // columns it writes
};

// The stages that make the Fitted inputs `wanted` (others that they rest on are included), in order. `symbols` are the sources' sizes.
std::vector<ColumnStage> DivideIntoStages(const sema::ColumnFunction& function, const std::set<std::string>& wanted,
                                          const std::vector<std::string>& symbols);

// Why a function cannot take all events of a part at once: the memory that it would need.
struct TooLarge {
  Span span;          // of a reduction that needs it
  int64_t bytes = 0;  // of working memory
};

// Names of the graph's inputs of a role that the outputs depend on; of one that comes in two singles, that of the number.
std::set<std::string> InputsBehind(const ir::Graph& graph, const std::set<std::string>& outputs, ir::Role role);

// How many values an output has for each event, which its first axis counts.
int64_t WidthOf(const ir::Graph& graph, const ir::Output& output);

class ColumnEvaluator {
 public:
  // `symbols` are the sources' sizes, by source number, and `sizes` the most events that a part of each has; `function` is borrowed.
  ColumnEvaluator(const sema::ColumnFunction& function, const std::set<std::string>& wanted, std::vector<std::string> symbols,
                  std::vector<int64_t> sizes, Storage storage);

  // What is too large to take at once (working_memory.h); nothing if Run may be called. Plans, and keeps, what takes whole parts.
  std::optional<TooLarge> FindTooLarge();
  // Compiles what has not been compiled. May run in another thread than Run, before it.
  void Compile();

  struct Bindings {
    std::map<std::string, const void*> inputs;             // weights, buffers, fitted values, columns, by name
    std::vector<std::span<const int64_t>> rows;            // the part's rows, by source
    uint64_t seed = 0;
  };
  // The values of all reductions that were wanted, added to `values`. Inputs that earlier stages make are bound from there.
  void Run(const Bindings& bindings, HostValues& values);
  // The columns that the last Run made, by output name.
  const std::map<std::string, HostColumn>& columns() const { return columns_; }
  // The event weights of a source, if the last Run made them; or null.
  const HostColumn* WeightsFor(const sema::HostReduction& reduction) const;

 private:
  CompileRequest RequestFor(size_t stage) const;
  void RunStage(size_t stage, const Bindings& bindings, const std::map<std::string, Tensor>& fitted, HostValues& totals);
  HostValue Value(const sema::HostReduction& reduction, const HostValues& totals) const;

  const sema::ColumnFunction& function_;
  std::vector<std::string> symbols_;
  std::vector<int64_t> sizes_;
  std::vector<ColumnStage> stages_;
  Storage storage_;
  std::map<size_t, schedule::Plan> planned_;  // by stage
  std::vector<std::shared_ptr<Executable>> executables_;
  std::map<std::string, HostColumn> columns_;
  std::map<std::string, runtime::AlignedBuffer> buffers_;  // that hold them
};

// The reduction of columns by output name.
HostValue ReduceFor(const sema::HostReduction& reduction, const std::map<std::string, HostColumn>& columns, const HostColumn* weights);

// Events per call: as many as keep the arena of a call small. Open sizes that `capacities` lacks count blocks.
inline constexpr int64_t kBlockRows = 4096;
int64_t BlockRows(const ir::Graph& graph, const std::map<std::string, int64_t>& capacities = {});

// Calls a function block by block over the events [first, last): over rows[first], ... or, if `rows` is null, over these themselves.
// `arrays` are inputs and outputs whose axis 0 is the event: they are bound anew for each block. `call` has everything else bound.
// `after`, unless null, is called after each block.
void RunInBlocks(Call& call, const std::string& symbol, int source, const int64_t* rows, int64_t first, int64_t last, int64_t block,
                 const std::map<std::string, float*>& arrays, const std::function<void()>& after = nullptr);

}  // namespace nnc::driver
