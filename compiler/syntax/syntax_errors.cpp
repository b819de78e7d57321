#include "compiler/syntax/syntax_errors.h"

#include <algorithm>

namespace nnc::syntax {

Diagnostic& SyntaxErrors::Report(DiagnosticKind kind, Span span, std::string message) {
  if (Full()) return dropped_ = {kind, span, std::move(message), {}, {}, {}};
  lines_.insert(sources_.Locate(span.file, span.begin).line);
  errors_.push_back({kind, span, std::move(message), {}, {}, {}});
  return errors_.back();
}

void SyntaxErrors::Finish() {
  const bool full = Full();
  std::stable_sort(errors_.begin(), errors_.end(), [](const Diagnostic& a, const Diagnostic& b) { return a.span.begin < b.span.begin; });
  if (full) errors_.back().AddNote("there may be more mistakes than these " + std::to_string(kMost));
  for (Diagnostic& error : errors_) diagnostics_.Report(error.kind, error.span, error.message) = error;
  errors_.clear();
}

}  // namespace nnc::syntax
