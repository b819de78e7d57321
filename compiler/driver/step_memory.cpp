#include "compiler/driver/step_memory.h"

#include "runtime/number_text.h"

namespace nnc::driver {

// The decimal place of a figure's third digit.
static int64_t ThirdPlace(int64_t bytes) {
  int64_t place = 1;
  while (bytes / place >= 1000) place *= 10;
  return place;
}

static std::string MegabytesText(int64_t bytes) { return runtime::ShortNumber(static_cast<double>(bytes) / 1e6, 3) + " MB"; }

std::string NeededText(int64_t bytes) {
  const int64_t place = ThirdPlace(bytes);
  return MegabytesText((bytes + place - 1) / place * place);
}

std::string AllowedText(int64_t bytes) {
  const int64_t place = ThirdPlace(bytes);
  return MegabytesText(bytes / place * place);
}

std::string StepMemory::Text() const {
  const std::string over = Bytes() > budget ? ", more than " + AllowedText(budget) : "";
  if (Checkpointed()) return NeededText(*again) + " instead of " + NeededText(kept) + ": what derivatives of recurrences need is computed again" + over;
  return NeededText(kept) + (again ? "; recurrences computed again would not need less" : "") + over;
}

}  // namespace nnc::driver
