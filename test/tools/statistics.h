// How often each feature occurred in a run of random programs, and what a run must have seen to count.
#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace nnc::test {

class Statistics {
 public:
  void Count(const std::string& feature, int64_t times = 1) { counts_[feature] += times; }
  int64_t Of(const std::string& feature) const;

  // Sorted, one feature a line.
  std::string Report() const;

  // Features of random graphs that fewer than `minimum` programs had, one a line; "" if the run saw enough of each: every
  // relation kind, monoid, shape, scalar function, stride.
  std::string Missing(int64_t minimum) const;
  // The same for derivatives of order 1, 2 and 3 (counted by the tests that take them as "derivative of order 1", ...).
  std::string MissingDerivatives(int64_t minimum) const;

 private:
  std::map<std::string, int64_t> counts_;
};

}  // namespace nnc::test
