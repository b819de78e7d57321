// What every part of elaboration does: mistakes are told with the way that led to them, and growth without measure is refused.
#include "compiler/sema/part.h"

#include <algorithm>

namespace nnc::sema {

static constexpr int kMostProposals = 100;
static constexpr int64_t kMostWork = 300'000;

Diagnostic& Part::Report(DiagnosticKind kind, Span span, std::string message) {
  shared_.mistaken.insert(nullptr);
  for (const Frame* frame = context_.frame; frame; frame = frame->outer) shared_.mistaken.insert(frame->decl);
  // What a user's mistake leads to inside a library body is told once, where the user applies the library.
  auto holds = [&](const Frame& frame) {
    const Span& whole = frame.decl->span;
    return whole.file == span.file && whole.begin <= span.begin && span.end <= whole.end;
  };
  Span place = span;
  if (context_.frame && holds(*context_.frame) && shared_.declarations.IsLibrary(*context_.frame->decl)) {
    if (context_.frame->reported) {
      ++shared_.silenced;
      return shared_.unreported = {};
    }
    context_.frame->reported = true;
    for (const Frame* frame = context_.frame; frame && shared_.declarations.IsLibrary(*frame->decl) && frame->call.Valid(); frame = frame->outer)
      place = frame->call;
  }
  if (!place.Valid() && context_.frame) place = context_.frame->decl->name_span;  // every mistake has a place
  size_t known = shared_.diagnostics.All().size();
  Diagnostic& diagnostic = shared_.diagnostics.Report(kind, place, std::move(message));
  if (shared_.diagnostics.All().size() == known) ++shared_.silenced;  // told before, and a mistake still
  if (!(place == span) && span.Valid())
    diagnostic.AddNote(span, std::string("found in ") + KindName(context_.frame->decl->kind) + " " + context_.frame->decl->name);
  // The chain of applications, innermost first, from the body that the place lies in.
  constexpr size_t kShown = 3;  // at either end
  std::vector<std::string> chain;
  bool inside = false;
  for (const Frame* frame = context_.frame; frame; frame = frame->outer) {
    inside |= holds(*frame);
    if (!inside || !frame->call.Valid() || (frame->call == place && !(place == span))) continue;
    std::string note = std::string("in ") + KindName(frame->decl->kind) + " " + frame->decl->name + ", applied at " +
        shared_.sources.Describe(frame->call);
    if (std::find(chain.begin(), chain.end(), note) == chain.end()) chain.push_back(note);
  }
  for (size_t i = 0; i < chain.size(); ++i) {
    if (chain.size() > 2 * kShown && i == kShown) {
      diagnostic.AddNote("in " + std::to_string(chain.size() - 2 * kShown) + " more");
      i = chain.size() - kShown;
    }
    diagnostic.AddNote(chain[i]);
  }
  return diagnostic;
}

bool Part::ReportedBefore(const std::string& name) {
  if (shared_.unknown.insert({context_.Body(), name}).second) return false;
  ++shared_.silenced;
  return true;
}

// Comparing with every known name takes time: the first hundred unknown names get a proposal.
bool Part::MayPropose() { return ++shared_.proposals <= kMostProposals; }

bool Part::MayGoOn(Span span, double ahead) {
  if (ahead == 0) ++shared_.work;
  if (static_cast<double>(shared_.work) + ahead <= kMostWork) return true;
  if (shared_.work <= kMostWork + 1)
    Report(DiagnosticKind::TooLarge, span,
        "written out, the program applies functions and turns loops more than " + std::to_string(kMostWork) + " times")
        .Help("a comprehension, `y[i] = ...`, does for all elements at once what `repeat` writes out");
  shared_.work = kMostWork + 2;
  return false;
}

}  // namespace nnc::sema
