#include "compiler/driver/session.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "compiler/diagnostics/render.h"
#include "compiler/driver/command.h"
#include "runtime/data_error.h"
#include "runtime/file_bytes.h"
#include "runtime/metrics.h"

namespace nnc::driver {

static const auto program_started = std::chrono::steady_clock::now();

double SecondsSinceStart() { return std::chrono::duration<double>(std::chrono::steady_clock::now() - program_started).count(); }

// The command line's own kinds, and whatever is wrong with the text of a `--set`.
bool Session::OfCommandLine(const Diagnostic& diagnostic) const {
  if (diagnostic.kind == DiagnosticKind::UsageError || diagnostic.kind == DiagnosticKind::UnknownOption) return true;
  return diagnostic.span.Valid() && sources.File(diagnostic.span.file).path.rfind(sema::kSetPath, 0) == 0;
}

int Session::Finish() {
  RenderStyle style{isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr};
  bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (failed && !runtime::ReaderIsGone()) {
    Report(DiagnosticKind::WriteFailed, {}, std::string("cannot write to standard output: ") + std::strerror(errno));
  }
  std::clearerr(stdout);
  for (; shown_ < diagnostics.All().size(); ++shown_) {
    std::string text = Render(diagnostics.All()[shown_], sources, style);
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
  if (!diagnostics.HasErrors()) return kSuccess;
  auto counts = [&](const Diagnostic& diagnostic) { return Row(diagnostic.kind).severity == Severity::Error && !OfCommandLine(diagnostic); };
  return std::any_of(diagnostics.All().begin(), diagnostics.All().end(), counts) ? kMistake : kUsage;
}

static DiagnosticKind KindOf(runtime::DataErrorKind kind) {
  switch (kind) {
    case runtime::DataErrorKind::FileNotFound: return DiagnosticKind::FileNotFound;
    case runtime::DataErrorKind::MalformedData: return DiagnosticKind::MalformedData;
    case runtime::DataErrorKind::NonFiniteData: return DiagnosticKind::NonFiniteData;
    case runtime::DataErrorKind::EmptyData: return DiagnosticKind::EmptyData;
    case runtime::DataErrorKind::UnknownColumn: return DiagnosticKind::UnknownColumn;
    case runtime::DataErrorKind::UnknownLabel: return DiagnosticKind::UnseenLabel;
    case runtime::DataErrorKind::TooLarge: return DiagnosticKind::TooLarge;
    case runtime::DataErrorKind::WriteFailed: return DiagnosticKind::WriteFailed;
  }
  return DiagnosticKind::MalformedData;
}

Diagnostic& Session::Report(const runtime::DataError& error, Span span) {
  Diagnostic& diagnostic = Report(KindOf(error.kind), span, error.what());
  diagnostic.setting = error.setting;
  if (const std::string help = error.Help(); !help.empty()) diagnostic.Help(runtime::IsPacked(error.where.file) ? runtime::ForPackedFile(help) : help);
  else if (error.kind == runtime::DataErrorKind::NonFiniteData)
    diagnostic.Help("`fill = 0` in the data block replaces such values, `drop = true` leaves such events out");
  return diagnostic;
}

std::string StandardLibraryFolder() {
  if (const char* folder = std::getenv("NNC_STDLIB")) return folder;
  std::error_code error;
  std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* place : {"../stdlib", "../share/nnc/stdlib"}) {
    std::filesystem::path folder = (program / place).lexically_normal();
    if (std::filesystem::is_directory(folder, error)) return folder.string();
  }
  return NNC_SOURCE_STDLIB;
}

static bool HoldsPrograms(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".nn") return true;
  return false;
}

std::map<std::string, std::string> ParsePairs(Session& session, const std::vector<std::string>& pairs, const char* flag) {
  std::map<std::string, std::string> result;
  for (const std::string& pair : pairs) {
    size_t equal = pair.find('=');
    if (equal == std::string::npos || equal == 0) {
      Diagnostic& diagnostic = session.Report(DiagnosticKind::UsageError, {}, std::string(flag) + " needs NAME=VALUE, not `" + pair + "`");
      if (std::string(flag) == "--set" && equal != 0) diagnostic.Help("the value follows without a blank: `--set " + pair + "=0.1`");
      if (std::string(flag) == "--data") diagnostic.Help("NAME is that of a data block: `--data events=" + (equal == 0 ? pair.substr(1) : pair) + "` for `data events = ...`");
      continue;
    }
    if (!result.emplace(pair.substr(0, equal), pair.substr(equal + 1)).second)
      session.Report(DiagnosticKind::UsageError, {}, std::string(flag) + " gives `" + pair.substr(0, equal) + "` twice");
  }
  return result;
}

static sema::Direction DirectionOf(runtime::Direction direction) {
  switch (direction) {
    case runtime::Direction::None: return sema::Direction::Unknown;
    case runtime::Direction::LessIsBetter: return sema::Direction::Falling;
    case runtime::Direction::MoreIsBetter: return sema::Direction::Rising;
  }
  return sema::Direction::Unknown;
}

std::vector<sema::MetricInfo> HostMetrics() {
  std::vector<sema::MetricInfo> infos;
  for (const runtime::Metric& metric : runtime::Metrics())
    infos.push_back({std::string(metric.name), metric.Arguments(), DirectionOf(metric.direction), runtime::IsOrdered(metric),
                     [&metric](int64_t prediction, int64_t truth) { return metric.Arguments() < 2 ? "" : runtime::WidthMisfit(metric, prediction, truth); }});
  return infos;
}

sema::Options ElaborationOptions(Session& session, const std::vector<std::string>& set) {
  sema::Options options;
  options.set = ParsePairs(session, set, "--set");
  options.metrics = HostMetrics();
  options.stdlib = StandardLibraryFolder();
  if (!HoldsPrograms(options.stdlib))
    session.Report(DiagnosticKind::FileNotFound, {}, "the standard library is not in `" + options.stdlib + "`: no `.nn` file is there")
        .Help("NNC_STDLIB names its folder; without that it is sought beside the program");
  return options;
}

}  // namespace nnc::driver
