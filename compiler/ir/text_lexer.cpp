#include "compiler/ir/text_lexer.h"

#include <algorithm>
#include <cctype>

namespace nnc::ir {

namespace {

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool StartsName(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool ContinuesName(char c) { return StartsName(c) || IsDigit(c) || c == '.' || c == '\'' || c == '$'; }

class Lexer {
 public:
  Lexer(std::string_view text, uint32_t file, Diagnostics& diagnostics) : text_(text), file_(file), diagnostics_(diagnostics) {}

  std::vector<Token> Run() {
    while (SkipBlank(), at_ < text_.size()) Next();
    Emit(Token::Kind::End, text_.size(), "");
    return std::move(tokens_);
  }

 private:
  void SkipBlank() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (c == '\n') {
        new_line_ = true;
        ++at_;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        ++at_;
      } else {
        return;
      }
    }
  }

  Span SpanTo(size_t end) const { return {file_, static_cast<uint32_t>(at_), static_cast<uint32_t>(end)}; }

  void Emit(Token::Kind kind, size_t end, std::string_view text) {
    tokens_.push_back({kind, text, SpanTo(end), new_line_});
    new_line_ = false;
    at_ = end;
  }

  size_t NameEnd(size_t from) const {
    while (from < text_.size() && ContinuesName(text_[from])) ++from;
    return from;
  }

  size_t NumberEnd() const {
    size_t end = at_;
    while (end < text_.size() && (IsDigit(text_[end]) || text_[end] == '.')) ++end;
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      size_t digits = end + 1;
      if (digits < text_.size() && (text_[digits] == '+' || text_[digits] == '-')) ++digits;
      if (digits < text_.size() && IsDigit(text_[digits])) {
        end = digits;
        while (end < text_.size() && IsDigit(text_[end])) ++end;
      }
    }
    return end;
  }

  void String() {
    size_t end = at_ + 1;
    const size_t line_end = std::min(text_.find('\n', at_), text_.size());
    while (end < line_end && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    if (end >= line_end) {
      end = line_end;
      diagnostics_.Report(DiagnosticKind::UnterminatedString, SpanTo(end), "the string has no closing quote on its line");
      return Emit(Token::Kind::String, end, text_.substr(at_ + 1, end - at_ - 1));
    }
    Emit(Token::Kind::String, end + 1, text_.substr(at_ + 1, end - at_ - 1));
  }

  void Next() {
    const char c = text_[at_];
    if (StartsName(c)) return Emit(Token::Kind::Name, NameEnd(at_), text_.substr(at_, NameEnd(at_) - at_));
    if (IsDigit(c)) return Emit(Token::Kind::Number, NumberEnd(), text_.substr(at_, NumberEnd() - at_));
    if (c == '"') return String();
    if (c == '%' && NameEnd(at_ + 1) > at_ + 1) {
      const size_t end = NameEnd(at_ + 1);
      return Emit(Token::Kind::Node, end, text_.substr(at_ + 1, end - at_ - 1));
    }
    for (std::string_view sign : {"==", "//"}) {
      if (text_.substr(at_, 2) == sign) return Emit(Token::Kind::Sign, at_ + 2, sign);
    }
    if (std::string_view("[](){},:=+-*|?").find(c) != std::string_view::npos) {
      return Emit(Token::Kind::Sign, at_ + 1, text_.substr(at_, 1));
    }
    if (++invalid_ <= kMaximumReports) {
      diagnostics_.Report(DiagnosticKind::InvalidCharacter, SpanTo(at_ + 1), "a character without meaning in the text of a graph");
    }
    ++at_;
  }

  static constexpr int kMaximumReports = 20;
  std::string_view text_;
  uint32_t file_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  bool new_line_ = true;
  int invalid_ = 0;
};

}  // namespace

std::vector<Token> Tokenize(const SourceManager& sources, uint32_t file, Diagnostics& diagnostics) {
  return Lexer(sources.File(file).text, file, diagnostics).Run();
}

}  // namespace nnc::ir
