#include "compiler/driver/working_memory.h"

#include "runtime/number_text.h"

namespace nnc::driver {

static std::string Gibibytes(int64_t bytes) {
  return runtime::ShortNumber(static_cast<double>(bytes) / static_cast<double>(int64_t{1} << 30), 3) + " GiB";
}

Diagnostic& ReportTooLarge(Session& session, Span span, const std::string& what, int64_t bytes) {
  return session.Report(DiagnosticKind::TooLarge, span,
                        what + " would work in " + Gibibytes(bytes) + ", of which at most " + Gibibytes(kMostWorkingBytes) + " are used");
}

}  // namespace nnc::driver
