#include "compiler/diagnostics/diagnostics.h"

#include <algorithm>
#include <cctype>

namespace nnc {

const std::vector<DiagnosticRow>& AllDiagnosticRows() {
  static const std::vector<DiagnosticRow> rows = {
#define NNC_DIAGNOSTIC(name, code, severity, title) {#name, code, Severity::severity, title},
#include "compiler/diagnostics/kinds.def"
#undef NNC_DIAGNOSTIC
  };
  return rows;
}

const DiagnosticRow& Row(DiagnosticKind kind) { return AllDiagnosticRows()[static_cast<size_t>(kind)]; }

Diagnostic& Diagnostics::Report(DiagnosticKind kind, Span span, std::string message) {
  Diagnostic fresh{kind, span, std::move(message), {}, {}, {}};
  if (!known_.emplace(kind, span.file, span.begin, span.end, fresh.message).second) {
    scratch_ = std::move(fresh);
    return scratch_;
  }
  if (Row(kind).severity == Severity::Error) ++errors_;
  all_.push_back(std::move(fresh));
  return all_.back();
}

void Diagnostics::DropWarnings() {
  std::erase_if(all_, [](const Diagnostic& diagnostic) { return Row(diagnostic.kind).severity == Severity::Warning; });
}

static std::string LowerCase(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Edits that turn a into b: insert, delete, replace, or exchange two neighbours (Damerau's distance, no letter edited twice).
static size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (exchanged) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string ClosestName(std::string_view misspelt, const std::vector<std::string>& candidates) {
  constexpr size_t kLongestName = 100;
  if (misspelt.empty() || misspelt.size() > kLongestName) return {};
  const std::string wanted = LowerCase(misspelt);
  const std::string* best = nullptr;
  size_t best_distance = std::max<size_t>(1, misspelt.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > kLongestName || candidate == misspelt) continue;
    size_t longer = std::max(candidate.size(), misspelt.size()), shorter = std::min(candidate.size(), misspelt.size());
    if (longer - shorter >= best_distance) continue;  // so many letters differ at least
    size_t distance = EditDistance(wanted, LowerCase(candidate));
    // a name of one or two letters resembles too many others: propose it for a difference of case only
    if (std::min(candidate.size(), misspelt.size()) <= 2 && distance > 0) continue;
    if (distance >= best_distance) continue;
    best = &candidate;
    best_distance = distance;
  }
  return best ? *best : std::string();
}

}  // namespace nnc
