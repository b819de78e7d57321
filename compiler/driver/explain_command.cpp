// nnc explain, and the answers to command lines that lead nowhere.
#include <cstdio>

#include "compiler/diagnostics/explain.h"
#include "compiler/driver/command.h"
#include "compiler/driver/session.h"

namespace nnc::driver {

int Explain(const std::string& code) {
  Session session;
  if (code.empty()) {
    for (const DiagnosticRow& row : AllDiagnosticRows())
      std::printf("%s  %s\n", std::string(row.code).c_str(), std::string(row.title).c_str());
    return session.Finish();
  }
  std::string text = ExplainText(code);
  if (text.empty()) return ReportUsage("there is no diagnostic `" + code + "`", "`nnc explain` lists them all");
  std::fwrite(text.data(), 1, text.size(), stdout);
  return session.Finish();
}

int AnnounceLater(const std::string& what, const std::string& hint) {
  Session session;
  session.Report(DiagnosticKind::LaterFeature, {}, what + " belongs to a later version").Help(hint);
  session.Finish();
  return kUsage;
}

int ReportNoMemory() {
  Session session;
  session.Report(DiagnosticKind::OutOfMemory, {}, "the memory does not suffice for what the program asks")
      .Help("fewer events, a smaller batch or smaller arrays need less");
  return session.Finish();
}

int ReportUsage(const std::string& message, const std::string& help) {
  Session session;
  session.Report(DiagnosticKind::UsageError, {}, message).Help(help);
  return session.Finish();
}

}  // namespace nnc::driver
