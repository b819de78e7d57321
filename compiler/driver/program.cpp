#include "compiler/driver/program.h"

#include <algorithm>
#include <filesystem>

namespace nnc::driver {

std::unique_ptr<sema::Module> LoadProgram(Session& session, const std::string& file, const sema::Options& options) {
  if (session.diagnostics.HasErrors()) return nullptr;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    bool folder = std::filesystem::is_directory(file, error);
    session.Report(DiagnosticKind::FileNotFound, {}, folder ? "`" + file + "` is a folder, not a program" : "cannot find the program `" + file + "`");
    return nullptr;
  }
  std::unique_ptr<sema::Module> module = sema::Module::Load(session.sources, file, options, session.diagnostics);
  return session.diagnostics.HasErrors() ? nullptr : std::move(module);
}

static std::string Listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

std::string ChooseName(Session& session, const std::string& given, const std::vector<std::string>& names, const char* kind,
                       const std::string& file) {
  if (given.empty() && names.size() == 1) return names.front();
  if (given.empty()) {
    std::string message = names.empty() ? "`" + file + "` has no " + kind : "`" + file + "` has several " + kind + "s";
    Diagnostic& diagnostic = session.Report(DiagnosticKind::UsageError, {}, message);
    if (!names.empty()) diagnostic.Help("name one of " + Listed(names));
    return "";
  }
  if (std::find(names.begin(), names.end(), given) != names.end()) return given;
  Diagnostic& diagnostic = session.Report(DiagnosticKind::UsageError, {}, "`" + file + "` has no " + kind + " `" + given + "`");
  std::string closest = ClosestName(given, names);
  if (!closest.empty()) diagnostic.Help("did you mean `" + closest + "`?");
  else if (!names.empty()) diagnostic.Help("it has " + Listed(names));
  return "";
}

}  // namespace nnc::driver
