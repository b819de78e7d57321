// Diagnostics: what a user is told about a mistake. Each kind is a row of kinds.def; the text of `nnc explain` stands in
// explain/CODE.md beside it. Nothing is printed here: an emitter collects, render.h draws.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "compiler/support/source.h"

namespace nnc {

enum class DiagnosticKind {
#define NNC_DIAGNOSTIC(name, code, severity, title) name,
#include "compiler/diagnostics/kinds.def"
#undef NNC_DIAGNOSTIC
};

enum class Severity { Error, Warning };

struct DiagnosticRow {
  std::string_view name;
  std::string_view code;  // "E0203"
  Severity severity;
  std::string_view title;  // one line, for lists
};
const DiagnosticRow& Row(DiagnosticKind kind);
const std::vector<DiagnosticRow>& AllDiagnosticRows();

struct Label {
  Span span;
  std::string text;
};

struct Diagnostic {
  DiagnosticKind kind;
  Span span;
  std::string message;        // lower case, no full stop: the situation
  std::vector<Label> labels;  // drawn under the source line(s)
  std::vector<Label> notes;   // printed after; with or without a place
  std::string help;           // the cure, if one is known
  std::string setting;        // of the data source at the place, where the cure is one: `missing = "?"`
  std::vector<Label> instead; // what may stand at these places instead, so that what comes after the mistake can be looked at

  Diagnostic& AddLabel(Span at, std::string text) { labels.push_back({at, std::move(text)}); return *this; }
  Diagnostic& AddNote(std::string text) { notes.push_back({{}, std::move(text)}); return *this; }
  Diagnostic& AddNote(Span at, std::string text) { notes.push_back({at, std::move(text)}); return *this; }
  Diagnostic& Help(std::string text) { help = std::move(text); return *this; }
};

// Collects diagnostics in order of report; equal ones (kind, place, message) are kept once.
class Diagnostics {
 public:
  // The reference is valid until the next Report.
  Diagnostic& Report(DiagnosticKind kind, Span span, std::string message);
  bool HasErrors() const { return errors_ > 0; }
  size_t ErrorCount() const { return errors_; }
  const std::vector<Diagnostic>& All() const { return all_; }
  Diagnostic& operator[](size_t i) { return all_[i]; }
  // Forgets warnings: of a program whose training has told them.
  void DropWarnings();

 private:
  std::vector<Diagnostic> all_;
  std::set<std::tuple<DiagnosticKind, uint32_t, uint32_t, uint32_t, std::string>> known_;  // kind, place and message of all
  Diagnostic scratch_;
  size_t errors_ = 0;
};

// The name among `candidates` that is closest to a misspelt one, or "" if none is near enough to propose.
std::string ClosestName(std::string_view misspelt, const std::vector<std::string>& candidates);

}  // namespace nnc
