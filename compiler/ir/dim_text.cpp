// Dim as text: "2*N + 1", "N*N - (H // 2)". Parse takes what ToString writes and any other spelling with + - * // % ( ).
#include <cctype>
#include <charconv>

#include "compiler/ir/dim_terms.h"

namespace nnc::ir {

std::string Dim::Terms::AtomText(const Atom& atom) {
  if (atom.IsSymbol()) return atom.name;
  auto side = [](const Dim& dim) {
    const std::vector<Monomial>& monomials = Of(dim);
    const bool simple = dim.IsConstant() ? dim.constant_ >= 0
                                         : dim.constant_ == 0 && monomials.size() == 1 && monomials[0].coefficient == 1 &&
                                               monomials[0].factors.size() == 1;
    return simple ? dim.ToString() : "(" + dim.ToString() + ")";
  };
  return "(" + side(atom.numerator) + " // " + side(atom.denominator) + ")";
}

std::string Dim::ToString() const {
  std::string text;
  auto append_sign = [&text](int64_t value) {
    if (text.empty()) text += value < 0 ? "-" : "";
    else text += value < 0 ? " - " : " + ";
  };
  auto magnitude = [](int64_t value) {
    return std::to_string(value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value));
  };
  for (const Terms::Monomial& monomial : Terms::Of(*this)) {
    append_sign(monomial.coefficient);
    std::string product;
    if (monomial.coefficient != 1 && monomial.coefficient != -1) product = magnitude(monomial.coefficient);
    for (const Terms::AtomPtr& atom : monomial.factors) product += (product.empty() ? "" : "*") + Terms::AtomText(*atom);
    text += product;
  }
  if (constant_ != 0 || text.empty()) {
    append_sign(constant_);
    text += magnitude(constant_);
  }
  return text;
}

std::string ToString(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + shape[i].ToString();
  return text + "]";
}

namespace {

// sum := product (("+" | "-") product)*;  product := unary (("*" | "//" | "%") unary)*;  unary := "-" unary | number | name | "(" sum ")"
class DimParser {
 public:
  explicit DimParser(std::string_view text) : text_(text) {}

  std::optional<Dim> Whole() {
    std::optional<Dim> value = Sum();
    SkipSpace();
    if (at_ != text_.size()) return std::nullopt;
    return value;
  }

 private:
  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool Take(std::string_view token) {
    SkipSpace();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  std::optional<Dim> Sum() {
    std::optional<Dim> value = Product();
    while (value) {
      const bool plus = Take("+");
      if (!plus && !Take("-")) return value;
      std::optional<Dim> next = Product();
      if (!next) return std::nullopt;
      value = plus ? *value + *next : *value - *next;
    }
    return value;
  }

  std::optional<Dim> Product() {
    std::optional<Dim> value = Unary();
    while (value) {
      const char operation = Take("//") ? '/' : Take("*") ? '*' : Take("%") ? '%' : 0;
      if (!operation) return value;
      std::optional<Dim> next = Unary();
      if (!next || (operation != '*' && *next == Dim(0))) return std::nullopt;
      value = operation == '*' ? *value * *next : operation == '/' ? Dim::FloorDiv(*value, *next) : Dim::Modulo(*value, *next);
    }
    return value;
  }

  std::optional<Dim> Unary() {
    if (++depth_ > kMaximumDepth) return std::nullopt;
    std::optional<Dim> value = Primary();
    --depth_;
    return value;
  }

  std::optional<Dim> Primary() {
    if (Take("-")) {
      std::optional<Dim> value = Unary();
      return value ? std::optional<Dim>(-*value) : std::nullopt;
    }
    if (Take("(")) {
      std::optional<Dim> value = Sum();
      return Take(")") ? value : std::nullopt;
    }
    SkipSpace();
    if (at_ == text_.size()) return std::nullopt;
    if (std::isdigit(static_cast<unsigned char>(text_[at_]))) {
      int64_t number = 0;
      auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
      if (error != std::errc()) return std::nullopt;
      at_ = static_cast<size_t>(end - text_.data());
      return Dim(number);
    }
    const size_t begin = at_;
    while (at_ < text_.size() && IsNameCharacter(text_[at_])) ++at_;
    if (at_ == begin) return std::nullopt;
    return Dim::Symbol(text_.substr(begin, at_ - begin));
  }

  static bool IsNameCharacter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '\'' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  static constexpr int kMaximumDepth = 100;
  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<Dim> Dim::Parse(std::string_view text) { return DimParser(text).Whole(); }

}  // namespace nnc::ir
