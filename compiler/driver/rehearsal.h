// The files of a program's data, read to see what is wrong with them: before a training, and with the settings put in that cure what a training met.
#pragma once
#include <string>

#include "compiler/driver/session.h"

namespace nnc::driver {

// Reads the program's sources as they stand, if the command has not `read` them, and tells what is wrong with their cells. Then, where an error's cure
// is known to the program (Diagnostic::setting, Diagnostic::instead), tells what is wrong beside it, each with its own cure, and in the first help the
// source with all settings. `options` are those that the program was loaded with. Pipes and files that take long to read are not read here.
void Rehearse(Session& session, const std::string& program, const sema::Options& options, bool read);

}  // namespace nnc::driver
