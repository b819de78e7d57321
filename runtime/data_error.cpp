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

DataError::DataError(DataErrorKind kind, std::string message, DataPlace where, Cure cure)
    : std::runtime_error(Render(message, where)), kind(kind), message(std::move(message)), where(std::move(where)), hint(std::move(cure.hint)), setting(std::move(cure.setting)) {}

Cure Offered(const std::string& setting) {
  Cure cure("`" + setting + "`");
  if (setting.find("...]") == setting.npos) cure.setting = setting;
  return cure;
}

Cure operator+(const std::string& before, Cure cure) {
  cure.hint = before + cure.hint;
  return cure;
}

Cure operator+(Cure cure, const std::string& behind) {
  cure.hint += behind;
  return cure;
}

Cure Either(Cure first, const std::string& between, const Cure& second) { return std::move(first) + (between + second.hint); }

Cure FirstLinesLeftOut(int64_t last, const std::string& further) { return Offered("skip = " + std::to_string(last) + (further.empty() ? "" : ", " + further)); }

std::string LinesLeftOut(int64_t first, int64_t last) {
  std::vector<int64_t> lines;
  for (int64_t line = first; line <= last; ++line) lines.push_back(line);
  return LinesLeftOut(lines);
}

std::string LinesLeftOut(const std::vector<int64_t>& lines) {
  std::string list;
  for (int64_t line : lines) list += (list.empty() ? "" : ", ") + std::to_string(line);
  return "skip = [" + list + "]";
}

Cure ReplacedInLines(const std::vector<std::string>& pairs) {
  std::string list;
  for (const std::string& text : pairs) {
    list += list.empty() ? "\"" : ", \"";
    for (char c : text) list += c == '\t' ? "\\t" : c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    list += '"';
  }
  return Offered("replace = [" + list + "]");
}

std::string LinesTakenOut(int64_t first, int64_t last) {
  return "sed " + std::to_string(first) + (first == last ? "" : "," + std::to_string(last)) + "d old.csv > new.csv";
}

// One command, without the quotes around it, that reads what another makes of its file; `begin` and `end` stand around the file there.
static std::string Behind(const std::string& command, const std::string& begin, const std::string& end) {
  constexpr std::string_view kOld = " old.";
  const size_t at = command.find(kOld), into = command.find("> new.");
  if (at == command.npos || into == command.npos || at > into || command.find(begin) != command.npos) return command;
  const size_t file = command.find_first_not_of("abcdefghijklmnopqrstuvwxyz", at + kOld.size());
  const std::string made = begin + command.substr(at, file - at) + end, before = command.substr(0, at), behind = command.substr(file);
  if (before.ends_with("cat")) return before.substr(0, before.size() - 3) + made + behind;
  return made + " | " + before.substr(0, before.size() - (before.ends_with(" <") ? 2 : 0)) + behind;
}

// All commands of a hint so.
static std::string AllBehind(std::string_view hint, const std::string& begin, const std::string& end) {
  std::string text;
  while (true) {
    const size_t open = hint.find('`'), close = hint.find('`', open + 1);
    if (open == hint.npos || close == hint.npos) return text + std::string(hint);
    text += std::string(hint.substr(0, open + 1)) + Behind(std::string(hint.substr(open + 1, close - open - 1)), begin, end) + "`";
    hint.remove_prefix(close + 1);
  }
}

std::string ForPackedFile(std::string_view hint) { return AllBehind(hint, "zcat", ".gz"); }

std::string ForLineEnds(std::string_view content, std::string_view hint) {
  const bool alone = content.find('\r') != content.npos && content.find('\n') == content.npos;
  return alone ? AllBehind(hint, "tr '\\r' '\\n' <", "") : std::string(hint);
}

}  // namespace nnc::runtime
