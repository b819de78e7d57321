#include "compiler/syntax/places.h"

#include <algorithm>

namespace nnc::syntax {

Places::Places(const SourceManager& sources, uint32_t file, uint32_t begin) : sources_(sources), file_(file), begin_(begin) {
  const std::string& text = sources.File(file).text;
  bool one_byte_each = std::all_of(text.begin() + begin, text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (one_byte_each) return;
  for (uint32_t i = begin; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) byte_of_.push_back(i);
}

uint32_t Places::Byte(size_t character) const {
  uint32_t size = static_cast<uint32_t>(sources_.File(file_).text.size());
  if (byte_of_.empty()) return std::min(size, begin_ + static_cast<uint32_t>(character));
  return character < byte_of_.size() ? byte_of_[character] : size;
}

Span Places::Of(const antlr4::Token* token) const {
  uint32_t begin = Byte(token->getStartIndex());
  if (token->getType() == antlr4::Token::EOF) return {file_, begin, begin};
  return {file_, begin, std::max(begin, Byte(token->getStopIndex() + 1))};
}

Span Places::After(const antlr4::Token* token) const {
  uint32_t end = Of(token).end;
  return {file_, end, end};
}

}  // namespace nnc::syntax
