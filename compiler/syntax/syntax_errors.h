// Reports the mistakes of one file and stops after the first twenty: after that many, more of them help nobody.
#pragma once
#include <string>

#include "compiler/diagnostics/diagnostics.h"

namespace nnc::syntax {

class SyntaxErrors {
 public:
  explicit SyntaxErrors(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  // The reference is valid until the next call.
  Diagnostic& Report(DiagnosticKind kind, Span span, std::string message) {
    if (Full()) return dropped_ = {kind, span, std::move(message), {}, {}, {}};
    ++count_;
    return diagnostics_.Report(kind, span, std::move(message));
  }
  bool Any() const { return count_ > 0; }
  bool Full() const { return count_ >= kMost; }

 private:
  static constexpr int kMost = 20;
  Diagnostics& diagnostics_;
  Diagnostic dropped_{};
  int count_ = 0;
};

}  // namespace nnc::syntax
