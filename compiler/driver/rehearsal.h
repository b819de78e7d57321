// What else stands in the way of a program whose data need another setting than it says: that setting is put in, and the program is read again.
#pragma once
#include <string>

#include "compiler/driver/session.h"

namespace nnc::driver {

// Where one of the session's errors has a setting of a data source for its cure (Diagnostic::setting), tells what is wrong beside it, each with its own
// cure, and in the last help the source with all of them. `options` are those that the program was loaded with. Files that take long to read are
// not read again.
void Rehearse(Session& session, const std::string& program, const sema::Options& options);

}  // namespace nnc::driver
