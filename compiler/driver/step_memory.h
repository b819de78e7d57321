// The budget of memory that a step may work in (`--memory`): where what is kept for derivatives of recurrences exceeds it, the step is taken
// that computes it again (passes/checkpoints.h).
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace nnc::driver {

struct StepMemory {
  std::string step;              // its name; "" where there is one alone
  int64_t budget = 0;
  int64_t kept = 0;              // bytes that the step works in where recurrences keep what their derivatives need
  std::optional<int64_t> again;  // ... and where they compute it again; none if that was not asked for
  bool Checkpointed() const { return again && *again < kept; }
  int64_t Bytes() const { return Checkpointed() ? *again : kept; }
  std::string Text() const;      // "1.1 MB instead of 12.3 MB: ..."
};

// Three digits. What is needed is rounded up and what is allowed is rounded down, so that a figure that was told suffices as a budget.
std::string NeededText(int64_t bytes);
std::string AllowedText(int64_t bytes);

}  // namespace nnc::driver
