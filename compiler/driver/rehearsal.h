// The files of a program's data, read to see what is wrong with them: before a training, and with the settings put in that cure what a training met.
#pragma once
#include <string>

#include "compiler/driver/session.h"

namespace nnc::driver {

// Tells what is wrong with the cells of the files that the program's data blocks read, but for long files and pipes.
void CheckFiles(Session& session, const std::string& program, const sema::Options& options);

// Where one of the session's errors has a setting of a data source for its cure (Diagnostic::setting), tells what is wrong beside it, each with its own
// cure, and in the last help the source with all of them. `options` are those that the program was loaded with. Files that take long to read are
// not read again.
void Rehearse(Session& session, const std::string& program, const sema::Options& options);

}  // namespace nnc::driver
