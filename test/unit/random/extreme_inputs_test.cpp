// Random programs whose inputs hold a nan, an infinity, zeros or denormals: machine code hides no nan, and agrees with the reference
// evaluator wherever that has a number.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "compiled_graph.h"
#include "compiler/ir/text.h"
#include "test/tools/random_numbers.h"
#include "test/tools/random_programs.h"

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

// One or two elements of a floating input replaced.
reference::Context With(const ir::Graph& graph, reference::Context context, double value, uint64_t seed) {
  RandomNumbers random(seed);
  std::vector<std::string> names;
  for (ir::NodeId id : graph.inputs) {
    const ir::Input& input = graph[id].input;
    if (input.dtype == ir::DType::F32 && !context.inputs.at(input.name).values.empty()) names.push_back(input.name);
  }
  std::vector<double>& values = context.inputs.at(random.Of(names)).values;
  for (int i = 0; i < 2; ++i) values[static_cast<size_t>(random.Below(static_cast<int>(values.size())))] = value;
  return context;
}

// A padding zero may meet what stands beyond the edge: 0 times nan, where the definition reads nothing.
bool HasEdges(const ir::Graph& graph) {
  for (const ir::Node& node : graph.nodes) {
    if (!node.comp.relations.empty()) return true;
    for (const ir::Access& access : node.comp.accesses)
      if (access.guarded) return true;
  }
  return false;
}

// A comparison makes a plain number of such a nan.
bool Compares(const ir::Graph& graph) {
  for (const ir::Node& node : graph.nodes)
    for (const ir::Scalar& step : node.comp.body)
      if (step.kind == ir::Scalar::Kind::Call && (ir::Row(step.fn).truth || step.fn == ir::ScalarFn::Select)) return true;
  return false;
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

TEST(RandomExtremes, MachineCodeHidesNoNan) {
  std::vector<codegen::Level> levels{codegen::Level::Baseline};
  if (codegen::HostLevel() >= codegen::Level::Avx2) levels.push_back(codegen::Level::Avx2);
  if (codegen::HostLevel() == codegen::Level::Avx512) levels.push_back(codegen::Level::Avx512);
  Statistics statistics;
  int compared[kExtremes] = {}, with_nan = 0;
  for (uint64_t seed = 30'000; seed < 30'450; ++seed) {
    RandomOptions options;
    options.through_builder = seed % 2 == 0;
    options.fused = seed % 4 == 3;
    options.operations = 6;
    const ir::Graph graph = RandomGraph(seed, statistics, options);
    const reference::Context context = RandomContext(graph, seed);
    if (!IsTame(graph, context)) continue;
    const auto extreme = static_cast<Extreme>(seed % kExtremes);
    const bool small = extreme == Extreme::Zero || extreme == Extreme::Denormal;
    const reference::Context defined = With(graph, context, small ? 0 : ValueOf(extreme), seed);
    if (small && !IsTame(graph, defined)) continue;
    const std::vector<reference::Tensor> expected = reference::Evaluate(graph, defined);
    const codegen::Level level = levels[seed / kExtremes % levels.size()];
    const std::vector<reference::Tensor> found = RunCompiled(graph, With(graph, context, ValueOf(extreme), seed), {level, true}, 0);
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

}  // namespace
}  // namespace nnc::test
