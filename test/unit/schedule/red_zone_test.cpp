// With red zones the buffers of an arena lie apart, and the plan is as good as before.
#include <gtest/gtest.h>

#include "compiler/schedule/plan_memory.h"
#include "test/tools/graphs.h"
#include "test/unit/schedule/planned.h"

namespace nnc::test {

TEST(RedZones, LieAroundEveryBuffer) {
  const ir::Graph graph = ReadGraph(
      "graph main\n%0 = input direct f32 [N, 3] \"x\"\n%1 = input weight f32 [3, 4] \"W\"\n"
      "%2 = comp [i:N, j:4] sum [k:3] : mul(%0[i, k], %1[k, j])\n%3 = comp [j:4] sum [i:N] : %2[i, j]\n"
      "%4 = comp [i:N, j:4] : sub(%2[i, j], %3[j])\n%5 = comp [i:N] max [j:4] : %4[i, j]\n%6 = comp [i:N] sum [j:N] : mul(%5[i], %5[j])\n"
      "output \"y\" %6\n");
  reference::Context context;
  context.extents["N"] = 5;
  for (double i = 0; i < 15; ++i) context.inputs["x"].values.push_back(i / 4 - 2);
  for (double i = 0; i < 12; ++i) context.inputs["W"].values.push_back(i / 8 - 0.5);
  context.inputs["x"].shape = {5, 3};
  context.inputs["W"].shape = {3, 4};
  schedule::Plan plan = PlanFor(graph, context, 2);
  schedule::PlanMemory(plan, 256);
  EXPECT_EQ(Check(graph, context, plan), "");
  const std::vector<schedule::Life> lives = schedule::Lives(plan);
  int buffers = 0;
  for (size_t a = 0; a < plan.buffers.size(); ++a) {
    const schedule::Buffer& first = plan.buffers[a];
    if (first.place != schedule::Buffer::Place::Arena || first.view_of >= 0 || lives[a].end < lives[a].begin) continue;
    ++buffers;
    EXPECT_GE(first.offset, 256);
    EXPECT_LE(first.offset + schedule::Bytes(first) + 256, plan.arena_bytes);
    for (size_t b = 0; b < a; ++b) {
      const schedule::Buffer& second = plan.buffers[b];
      if (second.place != schedule::Buffer::Place::Arena || second.view_of >= 0 || lives[b].end < lives[b].begin) continue;
      EXPECT_TRUE(second.offset + schedule::Bytes(second) + 256 <= first.offset || first.offset + schedule::Bytes(first) + 256 <= second.offset);
    }
  }
  EXPECT_GE(buffers, 2);
}

}  // namespace nnc::test
