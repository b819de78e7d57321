// Defects of nnc itself: where a signal or an exception ends the program that no mistake of a user's may cause, it says so, asks for
// a report, and ends with ExitCode::kDefect.
#pragma once
#include <string>

namespace nnc::driver {

// To be called once, before anything else. Builds with sanitizers keep the signals, which those report themselves.
void InstallDefectHandlers();

// Tells the defect; the exit code.
int ReportDefect(const std::string& what);

}  // namespace nnc::driver
