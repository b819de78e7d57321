// Random programs as text, with derivatives by names: elaborated and differentiated by the compiler, against their meaning worked out
// from the text with infinitesimals (written_program.h); before and after the passes; and their derivatives by the inputs.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

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
constexpr int kPrograms = 300;

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
  for (size_t i = 0; i < by.size(); ++i) graph.outputs.push_back({"by " + graph[by[i]].input.name, gradients[i]});
}

TEST(RandomWritten, MeansWhatIsWritten) {
  Statistics statistics;
  int compared = 0;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kPrograms; ++seed) {
    const WrittenProgram program = RandomWrittenProgram(seed, statistics);
    const auto inputs = RandomWrittenInputs(program, seed);
    const Meaning meaning = MeaningOf(program, inputs);
    if (meaning.fragile || meaning.costly) continue;
    const std::string text = Text(program);
    ir::Graph graph;
    const std::string mistake = Elaborate(text, &graph);
    ASSERT_EQ(mistake, "") << "seed " << seed << "\n" << text;
    AddDerivatives(graph);
    ASSERT_EQ(ir::Verify(graph, true), "") << "seed " << seed << "\n" << text;
    reference::Context context;
    for (const auto& [name, values] : inputs) context.inputs[name] = {{kRows, kColumns}, values};
    std::vector<std::vector<double>> expected = meaning.results;
    for (ir::NodeId input : graph.inputs) expected.push_back(meaning.derivatives.at(graph[input].input.name));
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
  EXPECT_GE(compared, kPrograms * 3 / 4);
  for (const char* feature : {"grad", "grad by rows", "along", "loop", "function", "function of one name twice", "name of a name",
                              "written again", "decision"}) {
    EXPECT_GE(statistics.Of(feature), 25) << feature;
  }
}

}  // namespace
}  // namespace nnc::test
