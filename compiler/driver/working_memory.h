// How much memory one call of a compiled function may work in. Events that depend on each other are taken at once, so a part of the data
// or a batch may ask for more than there is: that is told before anything runs.
#pragma once
#include <cstdint>
#include <string>

#include "compiler/driver/session.h"

namespace nnc::driver {

inline constexpr int64_t kMostWorkingBytes = int64_t{4} << 30;

// "WHAT would work in 12.3 GiB, and at most 4 GiB are used"; what to do about it is the caller's to say.
Diagnostic& ReportTooLarge(Session& session, Span span, const std::string& what, int64_t bytes);

}  // namespace nnc::driver
