#include "compiler/driver/output_file.h"

#include <filesystem>

namespace nnc::driver {

std::vector<FileRead> ProgramFiles(const Session& session) {
  std::vector<FileRead> files;
  for (uint32_t file = 1; file <= session.sources.FileCount(); ++file) files.push_back({session.sources.File(file).path, "the program"});
  return files;
}

bool MayWrite(Session& session, const std::string& output, const std::vector<FileRead>& read) {
  if (output.empty() || output == "-") return true;
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::path(output).parent_path();
  if (!folder.empty() && !std::filesystem::exists(folder, error)) {  // which is sooner a slip than a wish
    session.Report(DiagnosticKind::WriteFailed, {}, "cannot write `" + output + "`: there is no folder `" + folder.string() + "`")
        .Help("`mkdir -p " + folder.string() + "` makes it");
    return false;
  }
  if (!std::filesystem::is_regular_file(output, error)) return true;  // a new file, a device or a pipe; a folder is told when writing
  for (const FileRead& file : read) {
    if (!std::filesystem::equivalent(output, file.path, error) || error) continue;
    session.Report(DiagnosticKind::WriteFailed, {}, "`" + output + "` is " + file.what + ", which the output would replace").Help("give the output another name");
    return false;
  }
  return true;
}

}  // namespace nnc::driver
