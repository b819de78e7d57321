#include "runtime/csv_remarks.h"

#include "runtime/number_text.h"

#include <algorithm>
#include <cctype>

namespace nnc::runtime {

static std::vector<std::string> Divided(std::string_view line, std::string_view separators) {
  std::vector<std::string> parts;
  for (size_t at = line.find_first_not_of(separators); at != line.npos; at = line.find_first_not_of(separators, at)) {
    const size_t end = std::min(line.find_first_of(separators, at), line.size());
    parts.emplace_back(Trimmed(line.substr(at, end - at)));
    at = end;
  }
  return parts;
}

std::vector<std::string> WordsOf(std::string_view line) { return Divided(line, " \t"); }

std::string Literal(std::string_view text) {
  std::string written = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') written += '\\';
    written += c;
  }
  return written + "\"";
}

// A setting that takes a text or a list of such.
static std::string Setting(const std::string& name, const std::vector<std::string>& given, const std::vector<std::string>& more) {
  std::string list;
  for (const auto* texts : {&given, &more})
    for (const std::string& text : *texts) list += (list.empty() ? "" : ", ") + Literal(text);
  return name + " = " + (given.size() + more.size() == 1 ? list : "[" + list + "]");
}

std::string WithComment(const CsvOptions& options, const std::vector<std::string>& starts) { return Setting("comment", options.comments, starts); }

std::string WithMissing(const CsvOptions& options, const std::vector<std::string>& marks) { return Setting("missing", options.missing, marks); }

bool BeginsRemark(std::string_view text) {
  return !text.empty() && std::string_view("0123456789+-.,").find(text[0]) == std::string_view::npos && text.find('"') == text.npos;
}

bool IsErrorOfSheets(std::string_view cell) {
  const bool capitals = cell.starts_with('#') && cell.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ/0!?", 1) == cell.npos;
  return capitals && (cell.ends_with('!') || cell.ends_with('?') || cell == "#N/A" || cell == "#N/D" || cell == "#NV");
}

bool BeginsOneLine(std::string_view content, std::string_view start) {
  int64_t lines = 0;
  for (size_t at = 0; at < content.size() && lines < 2; at = std::min(content.find('\n', at), content.size() - 1) + 1)
    lines += Trimmed(content.substr(at, start.size() + 64)).starts_with(start);
  return lines == 1;
}

std::string_view LineAt(std::string_view content, int64_t line) {
  for (; line > 1; --line) content.remove_prefix(std::min(content.find('\n'), content.size() - 1) + 1);
  return Trimmed(content.substr(0, content.find('\n')));
}

std::string_view StartOfLine(std::string_view content, int64_t line, char separator) {
  const std::string_view text = LineAt(content, line);
  return Trimmed(text.substr(0, separator == ' ' ? text.find_first_of(" \t") : text.find(separator)));
}

std::string StartOfRemark(std::string_view content, std::string_view cell) {
  const std::string_view before = Trimmed(cell.substr(0, cell.find_first_of("0123456789")));
  for (std::string_view start : {before, cell})
    if (start.size() > 1 && BeginsOneLine(content, start)) return std::string(start);
  return "";
}

// Whether one of the line's cells is a number, by any sign that may separate them.
static bool HasNumber(std::string_view line) {
  for (const char* separators : {",", ";", "\t", " \t"})
    for (const std::string& cell : Divided(line, separators))
      if (ParseNumber(cell)) return true;
  return false;
}

bool HasHeaderBelowRemarks(std::string_view content) {
  for (size_t at = 0; at < content.size(); at = std::min(content.find('\n', at), content.size() - 1) + 1) {
    const std::string_view line = Trimmed(content.substr(at, std::min(content.find('\n', at), content.size()) - at));
    if (!line.empty() && line[0] != '#') return !HasNumber(line);
  }
  return false;
}

std::vector<std::string> NamesInRemarks(std::string_view content, const std::vector<std::string>& marks) {
  std::vector<std::string> columns;
  std::string_view lowest, event;
  for (size_t at = 0; at < content.size() && event.empty(); at = std::min(content.find('\n', at), content.size() - 1) + 1) {
    const std::string_view line = Trimmed(content.substr(at, std::min(content.find('\n', at), content.size()) - at));
    if (line.empty()) continue;
    const auto mark = std::find_if(marks.begin(), marks.end(), [&](const std::string& each) { return line.starts_with(each); });
    if (mark == marks.end()) {
      event = line;
      continue;
    }
    std::string_view text = line;
    while (!mark->empty() && text.starts_with(*mark)) text = Trimmed(text.substr(mark->size()));
    text = Trimmed(text.substr(std::min(text.find_first_not_of((*mark)[0]), text.size())));
    if (std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0; })) continue;  // a rule
    lowest = text;
    if (const std::vector<std::string> words = WordsOf(line); words[0] == "#column" && words.size() == 3) columns.push_back(words[2]);
  }
  if (!columns.empty()) return columns;
  if (!HasNumber(event)) return {};  // the header itself
  for (const char* separators : {",", ";", "\t", " \t"})
    if (std::vector<std::string> names = Divided(lowest, separators); names.size() > 1 && names.size() == Divided(event, separators).size()) {
      for (std::string& name : names) {
        while (name.size() > 1 && (name.back() == ',' || name.back() == ';')) name.pop_back();
        if (name.size() > 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
      }
      return names;
    }
  return {};
}

}  // namespace nnc::runtime
