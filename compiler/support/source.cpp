#include "compiler/support/source.h"

#include <algorithm>
#include <cassert>

namespace nnc {

Span Cover(Span a, Span b) {
  if (!a.Valid()) return b;
  if (!b.Valid() || a.file != b.file) return a;
  return {a.file, std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

uint32_t SourceManager::Add(std::string path, std::string text) {
  auto file = std::make_unique<SourceFile>();
  file->path = std::move(path);
  file->text = std::move(text);
  file->line_starts.push_back(0);
  for (uint32_t i = 0; i < file->text.size(); ++i)
    if (file->text[i] == '\n') file->line_starts.push_back(i + 1);
  files_.push_back(std::move(file));
  return static_cast<uint32_t>(files_.size());
}

const SourceFile& SourceManager::File(uint32_t file) const {
  assert(file >= 1 && file <= files_.size());
  return *files_[file - 1];
}

LineColumn SourceManager::Locate(uint32_t file, uint32_t offset) const {
  const auto& starts = File(file).line_starts;
  auto after = std::upper_bound(starts.begin(), starts.end(), offset);
  uint32_t line = static_cast<uint32_t>(after - starts.begin());
  return {line, offset - starts[line - 1] + 1};
}

std::string_view SourceManager::Line(uint32_t file, uint32_t line) const {
  const SourceFile& source = File(file);
  if (line < 1 || line > source.line_starts.size()) return {};
  uint32_t begin = source.line_starts[line - 1];
  size_t end = source.text.find('\n', begin);
  if (end == std::string::npos) end = source.text.size();
  if (end > begin && source.text[end - 1] == '\r') --end;
  return std::string_view(source.text).substr(begin, end - begin);
}

std::string_view SourceManager::Text(Span span) const {
  if (!span.Valid()) return {};
  return std::string_view(File(span.file).text).substr(span.begin, span.end - span.begin);
}

std::string SourceManager::Describe(Span span) const {
  if (!span.Valid()) return "<built in>";
  LineColumn at = Locate(span.file, span.begin);
  return File(span.file).path + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

}  // namespace nnc
