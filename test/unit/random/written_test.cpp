// Random programs as text, with derivatives by names: elaborated and differentiated by the compiler, against their meaning worked out
// from the text with infinitesimals (written_program.h); before and after the passes; and their derivatives by the inputs.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>

#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/pipeline.h"
#include "compiler/reference/evaluate.h"
#include "compiler/sema/sema.h"
#include "test/tools/random_written.h"

namespace nnc::test {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kFirstSeed = 9000;
constexpr int kPrograms = 260;

std::string Elaborate(const std::string& text, ir::Graph* graph) {
  const fs::path file = fs::temp_directory_path() / ("nnc_written." + std::to_string(getpid()) + ".nn");
  std::ofstream(file) << text;
  SourceManager sources;
  Diagnostics diagnostics;
  sema::Options options;
  options.stdlib = NNC_STDLIB_FOLDER;
  auto module = sema::Module::Load(sources, file.string(), options, diagnostics);
  auto made = module->ElaborateGraph("T", true);
  fs::remove(file);
  for (const Diagnostic& d : diagnostics.All()) return d.message;
  if (!made) return "no graph";
  *graph = std::move(*made);
  return "";
}

bool Close(double a, double b) { return std::fabs(a - b) <= 1e-7 * (1 + std::fabs(a) + std::fabs(b)); }

// The sum of all elements of all outputs, differentiated by each input: more outputs, in the order of the inputs.
void AddDerivatives(ir::Graph& graph) {
  ir::Builder builder(graph);
  ir::NodeId total = builder.Fill(ir::Operand::Of(0.0), {});
  for (const ir::Output& output : std::vector<ir::Output>(graph.outputs)) {
    const ir::Shape shape = graph.ShapeOf(output.node);
    std::vector<int> all;
    for (size_t axis = 0; axis < shape.size(); ++axis) all.push_back(static_cast<int>(axis));
    const ir::NodeId sum = builder.Reduce(ir::Monoid::Sum, ir::Operand::Of(output.node, all), shape, 0);
    total = builder.Call(ir::ScalarFn::Add, {total, sum});
  }
  const std::vector<ir::NodeId> by = graph.inputs;
  const std::vector<ir::NodeId> gradients = passes::VectorJacobian(builder, total, builder.Fill(ir::Operand::Of(1.0), {}), by);
  for (size_t i = 0; i < by.size(); ++i) graph.outputs.push_back({"by " + graph[by[i]].input().name, gradients[i]});
}

bool Finite(const Meaning& meaning) {
  bool finite = true;
  auto look = [&](const std::vector<double>& values) {
    for (double value : values) finite = finite && std::isfinite(value);
  };
  for (const auto& result : meaning.results) look(result);
  for (const auto& [input, derivative] : meaning.derivatives) look(derivative);
  return finite;
}

TEST(RandomWritten, MeansWhatIsWritten) {
  Statistics statistics;
  int compared = 0, tied = 0, saturated = 0, zeros = 0;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kPrograms; ++seed) {
    const bool zero_logs = seed % 4 == 0;
    const WrittenProgram program = RandomWrittenProgram(seed, statistics, {.derivatives = !zero_logs, .zero_logs = zero_logs, .zeros = true});
    const auto inputs = RandomWrittenInputs(program, seed);
    const Meaning meaning = MeaningOf(program, inputs);
    if (meaning.fragile || meaning.costly || !Finite(meaning)) continue;
    tied += meaning.tied, saturated += meaning.saturated, zeros += meaning.zero_log;
    const std::string text = Text(program);
    ir::Graph graph;
    const std::string mistake = Elaborate(text, &graph);
    ASSERT_EQ(mistake, "") << "seed " << seed << "\n" << text;
    if (!meaning.zero_log) AddDerivatives(graph);  // beside 0 log 0 there need be none
    ASSERT_EQ(ir::Verify(graph, true), "") << "seed " << seed << "\n" << text;
    reference::Context context;
    for (const auto& [name, values] : inputs) context.inputs[name] = {{kRows, kColumns}, values};
    std::vector<std::vector<double>> expected = meaning.results;
    for (ir::NodeId input : meaning.zero_log ? std::vector<ir::NodeId>() : graph.inputs) expected.push_back(meaning.derivatives.at(graph[input].input().name));
    const ir::Graph optimized = passes::Optimize(graph);
    for (const ir::Graph* form : {static_cast<const ir::Graph*>(&graph), &optimized}) {
      const std::vector<reference::Tensor> found = reference::Evaluate(*form, context);
      ASSERT_EQ(found.size(), expected.size()) << "seed " << seed;
      for (size_t o = 0; o < found.size(); ++o) {
        for (size_t i = 0; i < expected[o].size(); ++i) {
          ASSERT_TRUE(Close(found[o].values.at(i), expected[o][i]))
              << "seed " << seed << " output " << graph.outputs[o].name << "[" << i << "]: " << found[o].values[i] << ", written "
              << expected[o][i] << (form == &graph ? "" : " after the passes") << "\n" << text;
        }
      }
    }
    ++compared;
  }
  std::printf("programs as text, seeds %d to %d, %d compared:\n%s", static_cast<int>(kFirstSeed), static_cast<int>(kFirstSeed) + kPrograms - 1,
              compared, statistics.Report().c_str());
  std::printf("  %d with ties, %d with probabilities of 0 or 1, %d with 0 log 0\n", tied, saturated, zeros);
  EXPECT_GE(compared, kPrograms * 2 / 3);
  EXPECT_GE(tied, 100);
  EXPECT_GE(saturated, 25);
  EXPECT_GE(zeros, 12);
  for (const char* feature : {"grad", "grad by rows", "along", "loop", "function", "function of one name twice", "name of a name",
                              "written again", "decision", "logarithm", "looked up"}) {
    EXPECT_GE(statistics.Of(feature), 20) << feature;
  }
}

// What is not a number stays so, through every rule of the builder and every pass.
TEST(RandomWritten, HidesNoNan) {
  Statistics statistics;
  int with_nan = 0, with_infinity = 0;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kPrograms; ++seed) {
    const WrittenProgram program = RandomWrittenProgram(seed, statistics, {.derivatives = false, .zero_logs = false, .zeros = false});
    auto inputs = RandomWrittenInputs(program, seed);
    const double infinity = std::numeric_limits<double>::infinity();
    const double extremes[] = {std::numeric_limits<double>::quiet_NaN(), infinity, -infinity};
    const double extreme = extremes[seed % 3];
    RandomNumbers random(seed);
    std::vector<double>& values = inputs.at(random.Of(program.inputs));
    for (int i = 0; i < 2; ++i) values[static_cast<size_t>(random.Below(kRows * kColumns))] = extreme;
    const Meaning meaning = MeaningOf(program, inputs);
    if (meaning.fragile || meaning.costly) continue;
    const std::string text = Text(program);
    ir::Graph graph;
    ASSERT_EQ(Elaborate(text, &graph), "") << text;
    reference::Context context;
    for (const auto& [name, given] : inputs) context.inputs[name] = {{kRows, kColumns}, given};
    const ir::Graph optimized = passes::Optimize(graph);
    for (const ir::Graph* form : {static_cast<const ir::Graph*>(&graph), &optimized}) {
      const std::vector<reference::Tensor> found = reference::Evaluate(*form, context);
      for (size_t o = 0; o < found.size(); ++o) {
        for (size_t i = 0; i < meaning.results[o].size(); ++i) {
          const double a = found[o].values.at(i), b = meaning.results[o][i];
          ASSERT_TRUE(a == b || (std::isnan(a) && std::isnan(b)) || Close(a, b))
              << "seed " << seed << " with " << extreme << " output " << graph.outputs[o].name << "[" << i << "]: " << a << ", written " << b
              << (form == &graph ? "" : " after the passes") << "\n" << text;
        }
      }
    }
    (std::isnan(extreme) ? with_nan : with_infinity) += 1;
  }
  EXPECT_GE(with_nan, kPrograms / 4);
  EXPECT_GE(with_infinity, kPrograms / 3);
}

}  // namespace
}  // namespace nnc::test
