// The budget of memory that a step may work in (`--memory`): where what is kept for derivatives of recurrences exceeds it, the step is taken
// that computes it again (passes/checkpoints.h).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "compiler/driver/evaluation.h"
#include "compiler/schedule/plan.h"
#include "compiler/sema/program.h"

namespace nnc::driver {

struct StepMemory {
  std::string step;                  // its name; "" where there is one alone
  int64_t kept = 0;                  // bytes that the step works in where recurrences keep what their derivatives need
  std::optional<int64_t> again;      // ... and where they compute it again; none if that was not asked for
  int64_t budget = 0;
  bool Checkpointed() const { return again && *again < kept; }
  int64_t Bytes() const { return Checkpointed() ? *again : kept; }
  std::string Text() const;          // "1.1 MB instead of 12.3 MB: ..."
};

// What the phase's step works in, its symbolic sizes replaced by those given.
StepMemory MemoryOf(const sema::Phase& phase, const Storage& storage, const std::map<std::string, int64_t>& sizes, int64_t budget);

std::string MegabytesText(int64_t bytes);

}  // namespace nnc::driver
