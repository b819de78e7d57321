#include "runtime/data_error.h"

namespace nnc::runtime {

std::string_view DataErrorName(DataErrorKind kind) {
  switch (kind) {
    case DataErrorKind::FileNotFound: return "FileNotFound";
    case DataErrorKind::MalformedData: return "MalformedData";
    case DataErrorKind::NonFiniteData: return "NonFiniteData";
    case DataErrorKind::EmptyData: return "EmptyData";
    case DataErrorKind::UnknownColumn: return "UnknownColumn";
    case DataErrorKind::UnknownLabel: return "UnknownLabel";
    case DataErrorKind::TooLarge: return "TooLarge";
    case DataErrorKind::WriteFailed: return "WriteFailed";
  }
  return "";
}

static std::string Render(const std::string& message, const DataPlace& where) {
  std::string text;
  if (!where.file.empty()) {
    text += where.file;
    if (where.line > 0) text += ":" + std::to_string(where.line);
    text += ": ";
  }
  text += message;
  if (where.row > 0) text += (where.begins ? " (the event that begins in row " : " (row ") + std::to_string(where.row) + ")";
  return text;
}

DataError::DataError(DataErrorKind kind, std::string message, DataPlace where, std::string hint)
    : std::runtime_error(Render(message, where)), kind(kind), message(std::move(message)), where(std::move(where)), hint(std::move(hint)) {}

std::string LinesTakenOut(int64_t first, int64_t last) {
  return "sed " + std::to_string(first) + (first == last ? "" : "," + std::to_string(last)) + "d old.csv > new.csv";
}

}  // namespace nnc::runtime
