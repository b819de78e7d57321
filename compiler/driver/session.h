// What every command works with: source files, diagnostics, and how both reach the user.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/sema/sema.h"

namespace nnc::runtime {
struct DataError;
}

namespace nnc::driver {

class Session {
 public:
  SourceManager sources;
  Diagnostics diagnostics;

  // Renders to standard error what has not been shown yet; the exit code (command.h): kUsage if all errors are of the command line.
  // A reader of standard output that went away has read what it wanted, which is no error.
  int Finish();

  Diagnostic& Report(DiagnosticKind kind, Span span, std::string message) {
    return diagnostics.Report(kind, span, std::move(message));
  }
  // What is wrong with a file of the user's, at the place of the program that wants the file.
  Diagnostic& Report(const runtime::DataError& error, Span span);

 private:
  bool OfCommandLine(const Diagnostic& diagnostic) const;

  size_t shown_ = 0;
};

// Since the program started.
double SecondsSinceStart();

// The folder of the standard library: NNC_STDLIB, or where this program is installed, or the source tree it was built from.
std::string StandardLibraryFolder();

// NAME=VALUE pairs of --set and the like; reports those that are none.
std::map<std::string, std::string> ParsePairs(Session& session, const std::vector<std::string>& pairs, const char* flag);

// What the runtime can compute from whole columns, as elaboration wants to know it.
std::vector<sema::MetricInfo> HostMetrics();

// Options for elaboration with the library and the metrics filled in.
sema::Options ElaborationOptions(Session& session, const std::vector<std::string>& set);

}  // namespace nnc::driver
