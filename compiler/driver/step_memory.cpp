#include "compiler/driver/step_memory.h"

#include "compiler/driver/executable.h"
#include "compiler/passes/passes.h"
#include "runtime/number_text.h"

namespace nnc::driver {

std::string MegabytesText(int64_t bytes) { return runtime::ShortNumber(static_cast<double>(bytes) / 1e6, 3) + " MB"; }

std::string StepMemory::Text() const {
  const std::string over = Bytes() > budget ? ", more than " + MegabytesText(budget) : "";
  if (Checkpointed()) return MegabytesText(*again) + " instead of " + MegabytesText(kept) + ": what derivatives of recurrences need is computed again" + over;
  return MegabytesText(kept) + (again ? "; recurrences computed again would not need less" : "") + over;
}

static int64_t ArenaOf(ir::Graph graph, const Storage& storage, const std::map<std::string, int64_t>& sizes) {
  ApplyStorage(graph, storage);
  graph = Simplified(graph);
  for (const auto& [symbol, size] : sizes) graph = passes::SubstituteDim(graph, symbol, size);
  return MakePlan({std::move(graph), "step", {}, true}).arena_bytes;
}

StepMemory MemoryOf(const sema::Phase& phase, const Storage& storage, const std::map<std::string, int64_t>& sizes, int64_t budget) {
  StepMemory memory;
  memory.budget = budget;
  memory.kept = ArenaOf(phase.graph, storage, sizes);
  if (memory.kept > budget) memory.again = ArenaOf(phase.checkpointed, storage, sizes);
  return memory;
}

}  // namespace nnc::driver
