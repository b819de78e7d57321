// Source files and places in them. Every later structure refers to text by Span, so that a message can always show the line.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

// A stretch of one source file, in bytes: [begin, end). File 0 is "no place" (made by the compiler itself).
struct Span {
  uint32_t file = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
  bool Valid() const { return file != 0; }
  bool operator==(const Span&) const = default;
};

// The smallest stretch that covers both; both must lie in one file (an invalid one is ignored).
Span Cover(Span a, Span b);

struct LineColumn {
  uint32_t line = 0;    // from 1
  uint32_t column = 0;  // from 1, in bytes
};

struct SourceFile {
  std::string path;  // as shown to the user
  std::string text;
  std::vector<uint32_t> line_starts;
};

// Owns the text of all files of one compilation. Files are never removed, so string_views into them stay valid.
class SourceManager {
 public:
  // Adds a text under a name; returns its file number (from 1).
  uint32_t Add(std::string path, std::string text);
  const SourceFile& File(uint32_t file) const;
  uint32_t FileCount() const { return static_cast<uint32_t>(files_.size()); }
  LineColumn Locate(uint32_t file, uint32_t offset) const;
  std::string_view Line(uint32_t file, uint32_t line) const;  // without its end
  std::string_view Text(Span span) const;
  std::string Describe(Span span) const;  // "net.nn:8:9"

 private:
  std::vector<std::unique_ptr<SourceFile>> files_;
};

}  // namespace nnc
