#include "test/unit/schedule/planned.h"

#include <cmath>
#include <gtest/gtest.h>

#include "test/tools/interpret_plan.h"

namespace nnc::test {

schedule::Plan PlanFor(const ir::Graph& graph, const reference::Context& context, int64_t room) {
  schedule::Options options;
  for (const auto& [symbol, value] : context.extents) options.capacities[symbol] = value + room;
  options.shortest_list = 2;
  return schedule::Schedule(graph, options);
}

static std::string Compare(const std::vector<reference::Tensor>& expected, const std::vector<reference::Tensor>& found, const ir::Graph& graph) {
  for (size_t t = 0; t < expected.size(); ++t) {
    if (expected[t].shape != found[t].shape) return graph.outputs[t].name + " has another shape";
    for (size_t i = 0; i < expected[t].values.size(); ++i) {
      const double a = expected[t].values[i], b = found[t].values[i];
      if (a == b || (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= 1e-9 * (1 + std::fabs(a))) continue;
      return graph.outputs[t].name + " element " + std::to_string(i) + ": " + std::to_string(b) + " instead of " + std::to_string(a);
    }
  }
  return "";
}

std::string Check(const ir::Graph& graph, const reference::Context& context, const schedule::Plan& plan) {
  std::string what = schedule::Verify(plan);
  const std::vector<reference::Tensor> expected = what.empty() ? reference::Evaluate(graph, context) : std::vector<reference::Tensor>();
  if (what.empty()) what = Compare(expected, InterpretPlan(plan, graph, context), graph);
  if (what.empty()) what = Compare(expected, InterpretPlan(plan, graph, context, true), graph);
  return what;
}

static reference::Context SmallNumbers(const ir::Graph& graph, const std::map<std::string, int64_t>& sizes) {
  reference::Context context;
  context.extents = sizes;
  context.step = 3;
  context.seed = 5;
  uint32_t state = 1;
  for (ir::NodeId input : graph.inputs) {
    reference::Tensor tensor;
    int64_t elements = 1;
    for (const ir::Dim& dim : graph.ShapeOf(input)) {
      tensor.shape.push_back(*dim.Evaluate([&](std::string_view symbol) -> std::optional<int64_t> { return sizes.at(std::string(symbol)); }));
      elements *= tensor.shape.back();
    }
    for (int64_t e = 0; e < elements; ++e) {
      state = state * 1664525u + 1013904223u;
      tensor.values.push_back(graph[input].input().role == ir::Role::Step ? 3 : static_cast<double>(state >> 20) / 2048 - 1);
    }
    context.inputs[graph[input].input().name] = std::move(tensor);
  }
  return context;
}

schedule::Plan Planned(const ir::Graph& graph, const std::map<std::string, int64_t>& sizes) {
  EXPECT_EQ(ir::Verify(graph), "");
  const reference::Context context = SmallNumbers(graph, sizes);
  schedule::Plan plan = PlanFor(graph, context, 3);
  EXPECT_EQ(Check(graph, context, plan), "") << schedule::Print(plan);
  return plan;
}

schedule::Plan Planned(const std::string& text, const std::map<std::string, int64_t>& sizes) { return Planned(ReadGraph(text), sizes); }

}  // namespace nnc::test
