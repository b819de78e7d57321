// Sizes of axes: polynomials with integer coefficients over named sizes (`N`, `edge.N`) and opaque quotients (`H // 2`).
// Almost all are plain numbers; those take no allocation. Every named size is known to be at least 1.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::ir {

class Dim {
 public:
  Dim(int64_t value = 0) : constant_(value) {}  // NOLINT: numbers are sizes
  static Dim Symbol(std::string_view name);

  bool IsConstant() const { return terms_ == nullptr; }
  int64_t Constant() const;  // asserts IsConstant

  // Rounded towards minus infinity; exact where the polynomial divides, otherwise an opaque term. Divisor must not be 0.
  static Dim FloorDiv(const Dim& a, const Dim& b);
  static Dim Modulo(const Dim& a, const Dim& b);

  Dim operator+(const Dim& other) const;
  Dim operator-(const Dim& other) const;
  Dim operator*(const Dim& other) const;
  Dim operator-() const { return Dim(0) - *this; }
  bool operator==(const Dim& other) const;  // equal for all values of the symbols
  size_t Hash() const;

  // The value for given symbols, or nothing if one is not bound.
  using Lookup = std::function<std::optional<int64_t>(std::string_view)>;
  std::optional<int64_t> Evaluate(const Lookup& lookup) const;
  // A value that no symbols between 1 and the given ones exceed, or nothing if one is not bound; exact where no symbol is subtracted.
  std::optional<int64_t> Largest(const Lookup& largest) const;
  Dim Substitute(std::string_view symbol, const Dim& value) const;
  std::vector<std::string> Symbols() const;  // sorted, without repetition

  // True only if proved for all values >= 1 of the symbols.
  bool ProvablyNonNegative() const;
  bool ProvablyPositive() const { return (*this - Dim(1)).ProvablyNonNegative(); }

  std::string ToString() const;                              // "2*N + 1", "(H // 2)"
  static std::optional<Dim> Parse(std::string_view text);    // what ToString wrote

 private:
  struct Terms;  // the non-constant part, canonical (sorted, no zero coefficients); shared, immutable
  Dim(int64_t constant, std::shared_ptr<const Terms> terms);
  int64_t constant_ = 0;
  std::shared_ptr<const Terms> terms_;
};

using Shape = std::vector<Dim>;
std::string ToString(const Shape& shape);  // "[N, 32]"

}  // namespace nnc::ir
