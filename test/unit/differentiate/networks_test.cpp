// Every network: orders 1 to 3 against differences, the dot-product identity, forward over reverse against reverse over reverse.
#include <gtest/gtest.h>

#include <cstdio>

#include "networks.h"

namespace nnc::test {

class EveryNetwork : public testing::TestWithParam<size_t> {};

TEST_P(EveryNetwork, DerivativesMatchDifferences) {
  const Case test = Networks()[GetParam()];
  const std::vector<size_t> counts = CheckDerivatives(test);
  std::string line = "nodes at orders 0.." + std::to_string(counts.size() - 1) + " of " + test.name + ":";
  for (size_t count : counts) line += " " + std::to_string(count);
  std::printf("%s\n", line.c_str());
}

INSTANTIATE_TEST_SUITE_P(All, EveryNetwork, testing::Range(size_t{0}, Networks().size()), [](const auto& info) { return Networks()[info.param].name; });

}  // namespace nnc::test
