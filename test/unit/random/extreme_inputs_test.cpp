// Random programs whose inputs hold a nan, an infinity, zeros, denormals, or numbers near the ends of single precision: machine code hides
// no nan, and agrees with the reference evaluator wherever that has a number; and the builder's rules change nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>

#include "compiled_graph.h"
#include "compiler/ir/text.h"
#include "compiler/ir/walk.h"
#include "compiler/passes/pipeline.h"
#include "test/tools/random_programs.h"
#include "with_derivatives.h"

namespace nnc::test {
namespace {

enum class Extreme { Nan, Infinity, MinusInfinity, Zero, Denormal };
constexpr int kExtremes = 5;
constexpr double kTolerance = 2e-3;

double ValueOf(Extreme extreme) {
  switch (extreme) {
    case Extreme::Nan: return std::numeric_limits<double>::quiet_NaN();
    case Extreme::Infinity: return std::numeric_limits<double>::infinity();
    case Extreme::MinusInfinity: return -std::numeric_limits<double>::infinity();
    case Extreme::Zero: return 0;
    case Extreme::Denormal: return -0x1p-140;
  }
  return 0;
}

// A comparison makes a plain number of such a nan.
bool Compares(const ir::Graph& graph) {
  for (const ir::Node& node : graph.nodes) {
    if (node.op() != ir::Node::Op::Comp) continue;
    for (const ir::Scalar& step : node.comp().body)
      if (step.kind == ir::Scalar::Kind::Call && (ir::Row(step.fn).truth || step.fn == ir::ScalarFn::Select)) return true;
  }
  return false;
}

// The place of the largest of numbers that are equal in one precision differs from that in another.
bool ChoosesPlace(const ir::Node& node) {
  const ir::Comp* comp = node.if_comp();
  return comp != nullptr && (comp->monoid == ir::Monoid::ArgMax || comp->monoid == ir::Monoid::ArgMin);
}
bool ChoosesPlace(const ir::Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const ir::Node& node) { return ChoosesPlace(node); });
}

// "" if every element agrees.
std::string Disagreement(const ir::Graph& graph, const std::vector<reference::Tensor>& expected, const std::vector<reference::Tensor>& found) {
  const bool edges = HasEdges(graph), compares = edges && Compares(graph);
  for (size_t t = 0; t < expected.size(); ++t) {
    for (size_t i = 0; i < expected[t].values.size(); ++i) {
      const double a = expected[t].values[i], b = found[t].values[i];
      const bool same = a == b || (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= kTolerance * (1 + std::fabs(a));
      if (same || compares || (edges && std::isnan(b))) continue;
      return "output " + graph.outputs[t].name + " element " + std::to_string(i) + " is " + std::to_string(b) + ", defined as " + std::to_string(a);
    }
  }
  return "";
}

std::vector<codegen::Level> Levels() {
  std::vector<codegen::Level> levels{codegen::Level::Baseline};
  if (codegen::HostLevel() >= codegen::Level::Avx2) levels.push_back(codegen::Level::Avx2);
  if (codegen::HostLevel() == codegen::Level::Avx512) levels.push_back(codegen::Level::Avx512);
  return levels;
}

TEST(RandomExtremes, MachineCodeHidesNoNan) {
  const std::vector<codegen::Level> levels = Levels();
  Statistics statistics;
  int compared[kExtremes] = {}, with_nan = 0;
  for (uint64_t seed = 30'000; seed < 30'860; ++seed) {
    if (seed >= 30'560 && seed % kExtremes != static_cast<uint64_t>(Extreme::Nan)) continue;  // few programs show a nan that is hidden
    RandomOptions options;
    options.through_builder = seed % 2 == 0;
    options.fused = seed % 4 == 3;
    options.operations = 6;
    const ir::Graph graph = RandomGraph(seed, statistics, options);
    const reference::Context context = RandomContext(graph, seed);
    if (!IsTame(graph, context) || ChoosesPlace(graph)) continue;
    const auto extreme = static_cast<Extreme>(seed % kExtremes);
    const bool small = extreme == Extreme::Zero || extreme == Extreme::Denormal;
    const reference::Context defined = Replaced(graph, context, small ? 0 : ValueOf(extreme), seed);
    if (small && !IsTame(graph, defined)) continue;
    const std::vector<reference::Tensor> expected = reference::Evaluate(graph, defined);
    const codegen::Level level = levels[seed / kExtremes % levels.size()];
    const std::vector<reference::Tensor> found = RunCompiled(graph, Replaced(graph, context, ValueOf(extreme), seed), {level, true}, 0);
    ASSERT_EQ(expected.size(), found.size());
    ++compared[static_cast<size_t>(extreme)];
    for (const reference::Tensor& tensor : expected) {
      bool any = false;
      for (double value : tensor.values) any = any || std::isnan(value);
      with_nan += any;
    }
    ASSERT_EQ(Disagreement(graph, expected, found), "") << "seed " << seed << " " << Name(level) << " extreme " << static_cast<int>(extreme) << "\n"
                                                        << ir::Print(graph);
  }
  for (int count : compared) EXPECT_GE(count, 25);
  EXPECT_GE(with_nan, 150);
}

// The values of all nodes, by node.
std::vector<reference::Tensor> AllValues(const ir::Graph& graph, const reference::Context& context) {
  ir::Graph all = graph;
  all.outputs.clear();
  for (size_t n = 0; n < graph.nodes.size(); ++n) all.outputs.push_back({"", static_cast<ir::NodeId>(n)});
  return reference::Evaluate(all, context);
}

// The graph whose outputs are the places of largest and smallest elements that rest on small whole numbers alone: no rounding decides them.
ir::Graph ExactPlaces(const ir::Graph& graph, const reference::Context& context) {
  std::vector<bool> exact;
  const std::vector<reference::Tensor> values = AllValues(graph, context);
  ir::Graph places = graph;
  places.outputs.clear();
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const std::vector<ir::NodeId> operands = ir::Operands(graph.nodes[n]);
    auto whole = [](double value) { return std::fabs(value) < 1000 && value == std::floor(value); };
    exact.push_back(std::all_of(values[n].values.begin(), values[n].values.end(), whole) &&
                    std::all_of(operands.begin(), operands.end(), [&](ir::NodeId id) { return exact[static_cast<size_t>(id)]; }));
    if (exact[n] && !operands.empty() && ChoosesPlace(graph.nodes[n])) places.outputs.push_back({"place" + std::to_string(n), static_cast<ir::NodeId>(n)});
  }
  return places;
}

TEST(RandomExtremes, OfEqualElementsTheFirstIsChosen) {
  const std::vector<codegen::Level> levels = Levels();
  Statistics statistics;
  int compared = 0;
  for (uint64_t seed = 50'000; seed < 50'500; ++seed) {
    RandomOptions options;
    options.through_builder = seed % 2 == 0;
    options.fused = seed % 4 == 3;
    options.operations = 6;
    const ir::Graph graph = RandomGraph(seed, statistics, options);
    if (!ChoosesPlace(graph)) continue;
    reference::Context context = RandomContext(graph, seed);
    for (auto& [name, tensor] : context.inputs)
      for (double& value : tensor.values) value = std::round(value);
    const ir::Graph places = ExactPlaces(graph, context);
    if (places.outputs.empty()) continue;
    ++compared;
    const codegen::Level level = levels[seed % levels.size()];
    const std::vector<reference::Tensor> expected = reference::Evaluate(places, context), found = RunCompiled(places, context, {level, true}, 0);
    ASSERT_EQ(Disagreement(places, expected, found), "") << "seed " << seed << " " << Name(level) << "\n" << ir::Print(places);
  }
  EXPECT_GE(compared, 40);
}

// A rounding of the argument changes the value as a whole: no two precisions agree on these of large numbers.
bool IsRough(const ir::Graph& graph) {
  using Fn = ir::ScalarFn;
  if (ChoosesPlace(graph)) return true;
  for (const ir::Node& node : graph.nodes) {
    if (node.op() != ir::Node::Op::Comp) continue;
    for (const ir::Scalar& step : node.comp().body) {
      if (step.kind != ir::Scalar::Kind::Call) continue;
      for (Fn fn : {Fn::Sin, Fn::Cos, Fn::Tan, Fn::Floor, Fn::Ceil, Fn::Round, Fn::FloorDiv, Fn::Mod, Fn::Select})
        if (step.fn == fn) return true;
      if (ir::Row(step.fn).truth) return true;
    }
  }
  return false;
}

// The largest value of all nodes; nothing if one is not a normal number of single precision, nor 0.
std::optional<double> Largest(const ir::Graph& graph, const reference::Context& context) {
  double largest = 0;
  for (const reference::Tensor& tensor : AllValues(graph, context)) {
    for (double value : tensor.values) {
      const double magnitude = std::fabs(value);
      if (!(magnitude < 1e38) || (magnitude > 0 && magnitude < 1e-36)) return std::nullopt;
      largest = std::max(largest, magnitude);
    }
  }
  return largest;
}

TEST(RandomExtremes, ValuesAndDerivativesAreRightAtEveryMagnitude) {
  constexpr double kMagnitudes[] = {1e-40, 1e-30, 1e-19, 1e-6, 1e6, 1e19, -1e19, 3e37};
  constexpr size_t kCount = std::size(kMagnitudes);
  const std::vector<codegen::Level> levels = Levels();
  Statistics statistics;
  int compared[kCount] = {}, orders[3] = {};
  for (uint64_t seed = 40'000; seed < 40'400; ++seed) {
    RandomOptions options;
    options.differentiable = true;
    options.operations = 3;
    const ir::Graph program = RandomGraph(seed, statistics, options);
    if (IsRough(program)) continue;
    const size_t which = seed % kCount;
    const int order = static_cast<int>(seed / kCount % 3);
    const float magnitude = static_cast<float>(kMagnitudes[which]);
    const bool denormal = std::fabs(magnitude) < 1.2e-38f;
    const ir::Graph graph = passes::Optimize(order == 0 ? program : WithDerivatives(program, order));
    const reference::Context context = RandomContext(program, seed), defined = Replaced(graph, context, denormal ? 0 : magnitude, seed);
    const std::optional<double> largest = Largest(graph, defined);
    if (!largest) continue;
    const std::vector<reference::Tensor> expected = reference::Evaluate(graph, defined);
    const std::vector<reference::Tensor> found = RunCompiled(graph, Replaced(graph, context, magnitude, seed), {levels[seed % levels.size()], true}, 0);
    for (size_t t = 0; t < expected.size(); ++t) {
      for (size_t i = 0; i < expected[t].values.size(); ++i) {
        ASSERT_LE(std::fabs(expected[t].values[i] - found[t].values[i]), 1e-4 * *largest)
            << "seed " << seed << " with " << magnitude << ", output " << graph.outputs[t].name << " element " << i << " is " << found[t].values[i]
            << ", defined as " << expected[t].values[i] << "\n" << ir::Print(graph);
      }
    }
    ++compared[which], ++orders[order];
  }
  for (size_t i = 0; i < kCount; ++i) std::printf("  %d programs with %g\n", compared[i], kMagnitudes[i]);
  for (int count : compared) EXPECT_GE(count, 6);
  for (int count : orders) EXPECT_GE(count, 25);
}

}  // namespace
}  // namespace nnc::test
