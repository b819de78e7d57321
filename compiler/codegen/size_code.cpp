// Sizes as code: reads the text form of a Dim, which is its one stable spelling, and writes the arithmetic.
#include <cctype>

#include "compiler/codegen/code.h"

namespace nnc::codegen {
namespace {

using Symbol = std::function<llvm::Value*(const std::string&)>;

// sum := product (("+" | "-") product)*;  product := unary (("*" | "//") unary)*;  unary := "-" unary | number | name | "(" sum ")"
class SizeReader {
 public:
  SizeReader(Code& code, std::string text, const Symbol& symbol) : code_(code), text_(std::move(text)), symbol_(symbol) {}

  llvm::Value* Sum() {
    llvm::Value* value = Product();
    for (;;) {
      if (Take("+")) value = code_.b.CreateAdd(value, Product());
      else if (Take("-")) value = code_.b.CreateSub(value, Product());
      else return value;
    }
  }

 private:
  bool Take(const std::string& token) {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    if (text_.compare(at_, token.size(), token) != 0) return false;
    at_ += token.size();
    return true;
  }

  llvm::Value* Product() {
    llvm::Value* value = Unary();
    for (;;) {
      if (Take("//")) value = FloorQuotient(value, Unary());
      else if (Take("*")) value = code_.b.CreateMul(value, Unary());
      else return value;
    }
  }

  // Rounded towards minus infinity.
  llvm::Value* FloorQuotient(llvm::Value* a, llvm::Value* divisor) {
    auto& b = code_.b;
    llvm::Value* quotient = b.CreateSDiv(a, divisor);
    llvm::Value* rest = b.CreateSub(a, b.CreateMul(quotient, divisor));
    llvm::Value* signs_differ = b.CreateICmpSLT(b.CreateXor(rest, divisor), code_.Int(0));
    llvm::Value* below = b.CreateAnd(b.CreateICmpNE(rest, code_.Int(0)), signs_differ);
    return b.CreateSub(quotient, b.CreateZExt(below, code_.i64));
  }

  llvm::Value* Unary() {
    if (Take("-")) return code_.b.CreateNeg(Unary());
    if (Take("(")) {
      llvm::Value* value = Sum();
      [[maybe_unused]] const bool closed = Take(")");
      assert(closed && "a size reads as it was printed");
      return value;
    }
    const size_t start = at_;
    auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || (c & 0x80); };
    while (at_ < text_.size() && is_part(text_[at_])) ++at_;
    const std::string word = text_.substr(start, at_ - start);
    assert(!word.empty() && "a size reads as it was printed");
    if (std::isdigit(static_cast<unsigned char>(word[0]))) return code_.Int(std::stoll(word));
    return symbol_(word);
  }

  Code& code_;
  std::string text_;
  const Symbol& symbol_;
  size_t at_ = 0;
};

}  // namespace

llvm::Value* Code::Size(const ir::Dim& dim, const Symbol& symbol) {
  if (dim.IsConstant()) return Int(dim.Constant());
  return SizeReader(*this, dim.ToString(), symbol).Sum();
}

}  // namespace nnc::codegen
