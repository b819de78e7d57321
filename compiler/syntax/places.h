// Where a token of ANTLR lies in the source text. ANTLR counts characters, spans count bytes.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "antlr4-runtime.h"
#include "compiler/support/source.h"

namespace nnc::syntax {

class Places {
 public:
  // `begin` is the byte at which the text given to ANTLR starts (after a byte order mark).
  Places(const SourceManager& sources, uint32_t file, uint32_t begin);

  Span Of(const antlr4::Token* token) const;
  // An empty stretch right behind the token.
  Span After(const antlr4::Token* token) const;
  Span Between(const antlr4::Token* first, const antlr4::Token* last) const { return Cover(Of(first), Of(last)); }
  std::string_view Text(const antlr4::Token* token) const { return sources_.Text(Of(token)); }
  const SourceManager& Sources() const { return sources_; }
  uint32_t File() const { return file_; }

 private:
  uint32_t Byte(size_t character) const;

  const SourceManager& sources_;
  uint32_t file_;
  uint32_t begin_;
  std::vector<uint32_t> byte_of_;  // by character; empty if each takes one byte
};

}  // namespace nnc::syntax
