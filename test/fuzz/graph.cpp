// Texts of graphs: what is read obeys every invariant and is printed as a text that reads back as the same graph. If it is small enough
// to compute, the reference evaluator takes it as it is, the plan's interpreter after the passes, and both give the same shapes.
#include <algorithm>
#include <map>

#include "compiler/ir/text.h"
#include "compiler/ir/walk.h"
#include "compiler/passes/pipeline.h"
#include "compiler/reference/evaluate.h"
#include "compiler/schedule/schedule.h"
#include "test/fuzz/fuzz.h"
#include "test/tools/interpret_plan.h"

namespace nnc::fuzz {

static constexpr int64_t kMostPoints = 4000;  // of one node
static constexpr int64_t kSize = 3;           // of every open axis

static bool Read(const std::string& text, ir::Graph& graph) {
  SourceManager sources;
  Diagnostics diagnostics;
  const uint32_t file = sources.Add("fuzzed.nnir", text);
  const bool good = ir::Read(sources, file, diagnostics, graph);
  if (good == diagnostics.HasErrors()) Fail("reading succeeded with mistakes, or failed without");
  return good;
}

static std::optional<int64_t> Points(const ir::Shape& extents, std::map<std::string, int64_t>& sizes) {
  int64_t points = 1, longest = 1;  // the latter with one element where an axis has none, as in a larger batch
  for (const ir::Dim& extent : extents) {
    for (const std::string& symbol : extent.Symbols()) sizes[symbol] = kSize;
    const auto size = extent.Evaluate([](std::string_view) -> std::optional<int64_t> { return kSize; });
    if (!size || *size < 0 || *size > kMostPoints) return std::nullopt;
    points *= *size;
    longest *= std::max<int64_t>(*size, 1);
    if (longest > kMostPoints) return std::nullopt;
  }
  return points;
}

// Small numbers for all inputs; false if the graph is too large, or has an axis of negative size.
static bool Bind(const ir::Graph& graph, reference::Context& context) {
  if (graph.nodes.size() > 60) return false;
  for (const ir::Node& node : graph.nodes) {
    const ir::Comp* comp = node.if_comp();
    if (!Points(node.shape, context.extents) || (comp != nullptr && !Points(comp->extents, context.extents))) return false;
    ir::ForEachSize(node, [&](const ir::Dim& size) {
      for (const std::string& symbol : size.Symbols()) context.extents[symbol] = kSize;
    });
    for (const ir::Scalar& step : comp != nullptr ? comp->body : std::vector<ir::Scalar>())
      if (step.kind == ir::Scalar::Kind::Extent && !Points({step.extent}, context.extents)) return false;
    if (node.op() != ir::Node::Op::Input) continue;
    reference::Tensor& tensor = context.inputs[node.input().name];
    for (const ir::Dim& size : node.shape) tensor.shape.push_back(*size.Evaluate([](std::string_view) -> std::optional<int64_t> { return kSize; }));
    for (int64_t e = 0; e < *Points(node.shape, context.extents); ++e) tensor.values.push_back(static_cast<double>(e % 5) / 4);
  }
  context.step = 1;
  return true;
}

// Through reference and plan.
static void Compute(const ir::Graph& graph, const ir::Graph& optimized) {
  reference::Context context;
  if (!Bind(graph, context)) return;
  const auto expected = reference::Evaluate(graph, context);
  if (!Bind(optimized, context = {})) return;
  schedule::Options options;
  for (const auto& [symbol, size] : context.extents) options.capacities[symbol] = size + 1;
  options.shortest_list = 2;
  const schedule::Plan plan = schedule::Schedule(optimized, options);
  if (const std::string what = schedule::Verify(plan); !what.empty()) Fail("the plan is wrong: " + what);
  schedule::Print(plan);
  const auto found = test::InterpretPlan(plan, optimized, context);
  for (size_t i = 0; i < expected.size(); ++i)
    if (expected[i].shape != found[i].shape) Fail("output " + std::to_string(i) + " has another shape");
}

}  // namespace nnc::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nnc;
  ir::Graph graph;
  if (!fuzz::Read(std::string(reinterpret_cast<const char*>(data), size), graph)) return 0;
  if (const std::string what = ir::Verify(graph); !what.empty()) fuzz::Fail("what was read breaks a rule: " + what);
  const std::string text = ir::Print(graph);
  ir::Graph again;
  if (!fuzz::Read(text, again) || ir::Print(again) != text) fuzz::Fail("what is printed does not read back:\n" + text);
  fuzz::Compute(graph, passes::Optimize(graph));
  return 0;
}
