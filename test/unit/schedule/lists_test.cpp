// Lists that are computed item by item: chains of choices by an index, whatever their items and the turns that these stand at.
#include <gtest/gtest.h>
#include <random>

#include "test/unit/schedule/planned.h"

namespace nnc::schedule {
namespace {

// A random list: items that are inputs, computed or literals, at turns in any order, some of them twice and some never.
std::string RandomList(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const int items = 2 + below(9), turns = items + below(3);
  const bool turns_first = below(2) == 0;
  const std::string loops = turns_first ? "[i:" + std::to_string(turns) + ", n:N]" : "[n:N, i:" + std::to_string(turns) + "]", point = turns_first ? "[i, n]" : "[n, i]";
  std::string text = "graph main\n%0 = input direct f32 [N] \"a\"\n%1 = input direct f32 [N, 3] \"b\"\n%2 = input weight f32 [3] \"w\"\n%3 = comp [n:N] : mul(%0[n], %0[n])\n";
  for (int turn = 0; turn < turns; ++turn) text += "%" + std::to_string(4 + turn) + " = comp [i:" + std::to_string(turns) + "] : eq(" + std::to_string(turn) + ", i)\n";
  int node = 4 + turns;
  std::string rest = below(2) == 0 ? "0.5" : "%0[n]";
  for (int item = 0; item < items; ++item) {
    const std::string kinds[] = {"%0[n]", "%1[n, " + std::to_string(below(3)) + "]", "%2[" + std::to_string(below(3)) + "]", "%3[n]", std::to_string(item) + ".25"};
    text += "%" + std::to_string(node) + " = comp " + loops + " : select(%" + std::to_string(4 + below(turns)) + "[i], " + kinds[below(5)] + ", " + rest + ")\n";
    rest = "%" + std::to_string(node++) + point;
  }
  text += "%" + std::to_string(node) + " = comp [n:N] sum [i:" + std::to_string(turns) + "] : mul(%0[n], " + rest + ")\n";
  if (below(2) == 0) text += "output \"list\" %" + std::to_string(node - 1) + "\n";
  if (below(4) == 0) text += "output \"inner\" %" + std::to_string(node - 2) + "\n";
  return text + "output \"sum\" %" + std::to_string(node) + "\n";
}

// Planned compares with the reference evaluator.
TEST(Lists, AreWhatTheirItemsAre) {
  int split = 0;
  constexpr unsigned kSeeds = 300;
  for (unsigned seed = 0; seed < kSeeds && !HasFailure(); ++seed) {
    const std::string text = RandomList(seed);
    SCOPED_TRACE(text);
    if (Print(test::Planned(text, {{"N", 1 + static_cast<int64_t>(seed % 6)}})).find("select") == std::string::npos) ++split;
  }
  EXPECT_GT(split, static_cast<int>(kSeeds) / 3) << "lists that are computed item by item";
}

}  // namespace
}  // namespace nnc::schedule
