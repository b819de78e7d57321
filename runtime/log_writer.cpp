#include "runtime/log_writer.h"

#include "runtime/data_error.h"
#include "runtime/file_bytes.h"
#include "runtime/number_text.h"

#include <cassert>
#include <cerrno>
#include <cmath>
#include <cstring>

namespace nnc::runtime {

static std::string Line(std::span<const double> values) {
  std::string line;
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) line += ',';
    bool whole = values[i] == std::floor(values[i]) && std::fabs(values[i]) < 0x1p53;
    if (whole) AppendNumber(line, static_cast<int64_t>(values[i]));
    else if (!std::isnan(values[i])) AppendNumber(line, values[i]);
  }
  return line + '\n';
}

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
  const std::string line = Line(values);
  std::fwrite(line.data(), 1, line.size(), file_.get());
}

void LogWriter::Flush() {
  bool failed = std::fflush(file_.get()) != 0 || std::ferror(file_.get());
  if (failed) throw DataError(DataErrorKind::WriteFailed, "cannot write the log", {path_.string()});
}

void ReplaceLogRow(const std::filesystem::path& path, int64_t row, std::span<const double> values) {
  const std::string text = ReadFileBytes(path);
  size_t begin = 0;
  for (int64_t line = 0; line <= row; ++line) begin = text.find('\n', begin) + 1;  // behind the header and the rows before
  const size_t end = text.find('\n', begin) + 1;
  WriteFileAtomically(path, text.substr(0, begin) + Line(values) + text.substr(end));
}

}  // namespace nnc::runtime
