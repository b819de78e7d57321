// An output never takes the place of what its command reads.
#pragma once
#include <string>
#include <vector>

#include "compiler/driver/session.h"

namespace nnc::driver {

struct FileRead {
  std::string path;
  std::string what;  // "the input", "a file of the run"
};

// Every file of the programs that were loaded, imports and library included.
std::vector<FileRead> ProgramFiles(const Session& session);

// Reports, and is false, if writing to `output` would replace one of the files, whatever links lead there. "" and "-" are standard output.
bool MayWrite(Session& session, const std::string& output, const std::vector<FileRead>& read);

}  // namespace nnc::driver
