// Loading a program for a command.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "compiler/driver/session.h"
#include "compiler/sema/sema.h"

namespace nnc::driver {

// The program, or null (with everything reported) if the file cannot be read or has mistakes that parsing finds.
std::unique_ptr<sema::Module> LoadProgram(Session& session, const std::string& file, const sema::Options& options);

// `given`, or the only one of `names`; reports where that is not clear or not there. `kind` is "training", "data source".
std::string ChooseName(Session& session, const std::string& given, const std::vector<std::string>& names, const char* kind,
                       const std::string& file);

}  // namespace nnc::driver
