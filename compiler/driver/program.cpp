#include "compiler/driver/program.h"

#include <algorithm>
#include <filesystem>

#include "runtime/names.h"

namespace nnc::driver {

// A file of another name whose text is none of the language, from its first line on: a table, or a program of another language.
static bool IsNoProgram(const std::string& file, const Session& session) {
  const std::vector<Diagnostic>& all = session.diagnostics.All();
  const bool syntax = std::all_of(all.begin(), all.end(), [](const Diagnostic& d) { return Row(d.kind).code.substr(0, 3) == "E01"; });
  if (!syntax || std::filesystem::path(file).extension() == ".nn") return false;
  const Span first = all.front().span;
  const uint32_t line = first.Valid() ? session.sources.Locate(first.file, first.begin).line : 1;
  for (uint32_t above = 1; above < line; ++above) {
    const std::string_view text = session.sources.Line(first.file, above);
    const size_t at = text.find_first_not_of(" \t\r");
    if (at != text.npos && text[at] != '#') return false;
  }
  return true;
}

std::unique_ptr<sema::Module> LoadProgram(Session& session, const std::string& file, const sema::Options& options) {
  if (session.diagnostics.HasErrors()) return nullptr;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    bool folder = std::filesystem::is_directory(file, error);
    session.Report(DiagnosticKind::FileNotFound, {}, folder ? "`" + file + "` is a folder, not a program" : "cannot find the program `" + file + "`")
        .Help(std::filesystem::is_regular_file(file + ".nn", error) ? "did you mean `" + file + ".nn`?" : "");
    return nullptr;
  }
  std::unique_ptr<sema::Module> module = sema::Module::Load(session.sources, file, options, session.diagnostics);
  if (!session.diagnostics.HasErrors()) return module;
  if (IsNoProgram(file, session)) {
    session.diagnostics = {};
    session.Report(DiagnosticKind::UsageError, {}, "`" + file + "` is no program of nn")
        .Help("a program is a text as `net.nn`, and data files stand in it, as in `data events = csv{\"events.csv\"} { ... }`: `nnc train net.nn`");
  }
  return nullptr;
}

std::string ChooseName(Session& session, const std::string& given, const std::vector<std::string>& names, const char* kind,
                       const std::string& file) {
  if (given.empty() && names.size() == 1) return names.front();
  if (given.empty()) {
    std::string message = names.empty() ? "`" + file + "` has no " + kind : "`" + file + "` has several " + kind + "s";
    Diagnostic& diagnostic = session.Report(DiagnosticKind::UsageError, {}, message);
    if (!names.empty()) diagnostic.Help("name one of " + runtime::Listed(names));
    return "";
  }
  if (std::find(names.begin(), names.end(), given) != names.end()) return given;
  Diagnostic& diagnostic = session.Report(DiagnosticKind::UsageError, {}, "`" + file + "` has no " + kind + " `" + given + "`");
  std::string closest = ClosestName(given, names);
  if (!closest.empty()) diagnostic.Help("did you mean `" + closest + "`?");
  else if (!names.empty()) diagnostic.Help("it has " + runtime::Listed(names));
  return "";
}

}  // namespace nnc::driver
