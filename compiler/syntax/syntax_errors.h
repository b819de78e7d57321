// Collects the mistakes of one file, up to twenty: after that many, more of them help nobody. They come from several passes over
// the text and reach the user in the order of the text.
#pragma once
#include <string>
#include <unordered_set>
#include <vector>

#include "compiler/diagnostics/diagnostics.h"

namespace nnc::syntax {

class SyntaxErrors {
 public:
  SyntaxErrors(const SourceManager& sources, Diagnostics& diagnostics) : sources_(sources), diagnostics_(diagnostics) {}

  // The reference is valid until the next call.
  Diagnostic& Report(DiagnosticKind kind, Span span, std::string message);
  // Whether the line at `span` has a mistake already, from which another one there is likely to follow.
  bool HasErrorOnLine(Span span) const { return lines_.contains(sources_.Locate(span.file, span.begin).line); }
  bool Full() const { return errors_.size() >= kMost; }
  // Hands all of them over. Called once, at the end.
  void Finish();

 private:
  static constexpr size_t kMost = 20;
  const SourceManager& sources_;
  Diagnostics& diagnostics_;
  std::vector<Diagnostic> errors_;
  std::unordered_set<uint32_t> lines_;
  Diagnostic dropped_{};
};

}  // namespace nnc::syntax
