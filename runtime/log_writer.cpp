#include "runtime/log_writer.h"

#include "runtime/data_error.h"
#include "runtime/number_text.h"

#include <cassert>
#include <cerrno>
#include <cmath>
#include <cstring>

namespace nnc::runtime {

LogWriter::LogWriter(const std::filesystem::path& path, std::span<const std::string> names)
    : path_(path), file_(std::fopen(path.c_str(), "wb")), columns_(names.size()) {
  if (!file_) {
    std::string reason = std::strerror(errno);
    throw DataError(DataErrorKind::WriteFailed, "cannot write the log: " + reason, {path.string()});
  }
  std::string header;
  for (const std::string& name : names) header += (header.empty() ? "" : ",") + name;
  std::fprintf(file_.get(), "%s\n", header.c_str());
}

void LogWriter::Row(std::span<const double> values) {
  assert(values.size() == columns_);
  std::string line;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) line += ',';
    bool whole = values[i] == std::floor(values[i]) && std::fabs(values[i]) < 0x1p53;
    if (whole) AppendNumber(line, static_cast<int64_t>(values[i]));
    else if (!std::isnan(values[i])) AppendNumber(line, values[i]);
  }
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), file_.get());
}

void LogWriter::Flush() {
  bool failed = std::fflush(file_.get()) != 0 || std::ferror(file_.get());
  if (failed) throw DataError(DataErrorKind::WriteFailed, "cannot write the log", {path_.string()});
}

}  // namespace nnc::runtime
