// Hundreds of random programs, plain and differentiated: every plan is valid and means what its graph means.
#include <algorithm>
#include <cstdio>
#include <gtest/gtest.h>

#include "compiler/passes/differentiate.h"
#include "compiler/passes/pipeline.h"
#include "compiler/schedule/plan_memory.h"
#include "test/tools/interpret_plan.h"
#include "test/tools/random_programs.h"
#include "test/unit/schedule/planned.h"

namespace nnc::schedule {
namespace {

constexpr uint64_t kFirstSeed = 2000;
constexpr int kPrograms = 400;

TEST(RandomPrograms, ArePlannedWithTheSameMeaning) {
  test::Statistics statistics;
  int contractions = 0;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kPrograms; ++seed) {
    test::RandomOptions options;
    options.through_builder = seed % 2 == 0;
    options.fused = seed % 4 == 1;
    const ir::Graph graph = test::RandomGraph(seed, statistics, options);
    const reference::Context context = test::RandomContext(graph, seed);
    const Plan plan = test::PlanFor(graph, context, static_cast<int64_t>(seed % 3));
    ASSERT_EQ(test::Check(graph, context, plan), "") << "seed " << seed << "\n" << ir::Print(graph) << Print(plan);
    contractions += test::CountKernels(plan, Kernel::Kind::Contraction);
  }
  std::printf("random programs, seeds %d to %d:\n%s", static_cast<int>(kFirstSeed), static_cast<int>(kFirstSeed) + kPrograms - 1, statistics.Report().c_str());
  EXPECT_EQ(statistics.Missing(5), "");
  EXPECT_GE(contractions, 50);
}

TEST(RandomPrograms, AndTheirGradientsArePlanned) {
  test::Statistics statistics;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kPrograms / 4; ++seed) {
    test::RandomOptions options;
    options.differentiable = true;
    ir::Graph graph = test::RandomGraph(seed, statistics, options);
    const auto loss = std::find_if(graph.outputs.begin(), graph.outputs.end(), [](const ir::Output& output) { return output.name == "loss"; });
    ASSERT_NE(loss, graph.outputs.end());
    ir::Builder builder(graph);
    const ir::NodeId loss_node = loss->node;
    const std::vector<ir::NodeId> gradients = passes::VectorJacobian(builder, loss_node, builder.Fill(ir::Operand::Of(1.0), {}), graph.inputs);
    for (size_t i = 0; i < gradients.size(); ++i) graph.outputs.push_back({"d" + std::to_string(i), gradients[i], ir::kNoNode});
    const ir::Graph optimized = passes::Optimize(graph);
    const reference::Context context = test::RandomContext(optimized, seed);
    const Plan plan = test::PlanFor(optimized, context);
    ASSERT_EQ(test::Check(optimized, context, plan), "") << "seed " << seed << "\n" << ir::Print(optimized) << Print(plan);
    EXPECT_LE(static_cast<double>(plan.arena_bytes), 1.25 * static_cast<double>(LargestLiveBytes(plan))) << Print(plan);
  }
}

}  // namespace
}  // namespace nnc::schedule
