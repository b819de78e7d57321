// Numbers with infinitesimals: a + b e1 + c e2 + d e1 e2 + ..., each e squared being zero. Computing with them is differentiating
// by the chain rule, to an order for each e, and nothing else: the tests' own definition of a derivative.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

namespace nnc::test {

class Jet {
 public:
  Jet(double value = 0) : parts_{value} {}
  double Value() const { return parts_[0]; }
  static Jet Infinitesimal(int number) {
    Jet jet;
    jet.parts_.resize(size_t{2} << number, 0.0);
    jet.parts_[size_t{1} << number] = 1;
    return jet;
  }
  // What stands beside infinitesimal `number`, the last one.
  Jet Beside(int number) const {
    const size_t half = size_t{1} << number;
    Jet rest;
    if (parts_.size() > half) rest.parts_.assign(parts_.begin() + static_cast<long>(half), parts_.end());
    return rest;
  }
  // f of the number, given f's derivatives at its value, from order 0.
  Jet Through(const std::vector<double>& derivatives) const {
    Jet small = *this, power(1), result;
    small.parts_[0] = 0;
    double factorial = 1;
    for (size_t order = 0; order < derivatives.size(); ++order) {
      if (order > 0) factorial *= static_cast<double>(order);
      result = result + power * Jet(derivatives[order] / factorial);
      power = power * small;
    }
    return result;
  }

  friend Jet operator+(const Jet& a, const Jet& b) {
    const Jet& wide = a.parts_.size() < b.parts_.size() ? b : a;
    const Jet& other = a.parts_.size() < b.parts_.size() ? a : b;
    Jet sum = wide;
    for (size_t i = 0; i < other.parts_.size(); ++i) sum.parts_[i] += other.parts_[i];
    return sum;
  }
  friend Jet operator*(const Jet& a, const Jet& b) {
    Jet product;
    product.parts_.assign(std::max(a.parts_.size(), b.parts_.size()), 0.0);
    for (size_t i = 0; i < a.parts_.size(); ++i) {
      for (size_t j = 0; j < b.parts_.size(); ++j) {
        if ((i & j) == 0) product.parts_[i | j] += a.parts_[i] * b.parts_[j];
      }
    }
    return product;
  }

 private:
  std::vector<double> parts_;  // by the set of infinitesimals, a bit each
};

inline constexpr size_t kJetOrders = 6;  // more than infinitesimals ever stand together

inline Jet Sin(const Jet& x) {
  const double s = std::sin(x.Value()), c = std::cos(x.Value());
  return x.Through({s, c, -s, -c, s, c});
}
inline Jet Exp(const Jet& x) { return x.Through(std::vector<double>(kJetOrders, std::exp(x.Value()))); }
inline Jet Reciprocal(const Jet& x) {
  std::vector<double> derivatives{1 / x.Value()};
  for (size_t order = 1; order < kJetOrders; ++order) derivatives.push_back(-derivatives.back() * static_cast<double>(order) / x.Value());
  return x.Through(derivatives);
}
inline Jet Tanh(const Jet& x) {
  if (std::fabs(x.Value()) > 20) return Jet(x.Value() > 0 ? 1 : -1);  // in double precision
  return Jet(1) + Jet(-2) * Reciprocal(Exp(Jet(2) * x) + Jet(1));
}

inline double Logistic(double x) { return x > 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }
inline Jet Sigmoid(const Jet& x) {
  const double s = Logistic(x.Value()), c = Logistic(-x.Value()), slope = s * c;  // not s (1 - s): c does not cancel
  return x.Through({s, slope, slope * (c - s), slope * (1 - 6 * slope), slope * (c - s) * (1 - 12 * slope)});
}
// log(1 + e^x)
inline Jet Softplus(const Jet& x) {
  const double s = Logistic(x.Value()), c = Logistic(-x.Value()), slope = s * c;
  return x.Through({std::max(x.Value(), 0.0) + std::log1p(std::exp(-std::fabs(x.Value()))), s, slope, slope * (c - s), slope * (1 - 6 * slope)});
}
inline Jet Log(const Jet& x) {
  std::vector<double> derivatives{std::log(x.Value()), 1 / x.Value()};
  for (size_t order = 2; order < kJetOrders; ++order) derivatives.push_back(-derivatives.back() * static_cast<double>(order - 1) / x.Value());
  return x.Through(derivatives);
}

}  // namespace nnc::test
