#include "compiler/passes/pipeline.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "compiler/ir/text.h"
#include "compiler/passes/passes.h"

namespace nnc::passes {

struct Pass {
  const char* name;
  ir::Graph (*run)(const ir::Graph&);
  bool normal_form;  // what the verifier may demand afterwards
};

static constexpr Pass kPasses[] = {
    {"eliminate-dead", EliminateDead, false},
    {"drop-stops", DropStops, true},
    {"simplify", Simplify, true},     // ends with its dead nodes eliminated
    {"save-turns", SaveTurns, true},
    {"inline-turns", InlineTurns, true},
    {"reuse-products", ReuseProducts, true},
};

// The pass over the graph, after it ran over the bodies of its scans.
static ir::Graph Run(const Pass& pass, const ir::Graph& graph) {
  ir::Graph with = graph;
  for (ir::Node& node : with.nodes)
    if (node.op() == ir::Node::Op::Scan) node.scan().body = std::make_shared<ir::Graph>(Run(pass, *node.scan().body));
  return pass.run(with);
}

// Whether every read covers its axes with bare indices. What elaboration makes does; a text may hold fused forms.
static bool InNormalShapes(const ir::Graph& graph) {
  for (const ir::Node& node : graph.nodes) {
    if (node.op() == ir::Node::Op::Scan && !InNormalShapes(*node.scan().body)) return false;
    if (node.op() != ir::Node::Op::Comp) continue;
    if (ir::Classify(node.comp()) == ir::CompForm::Fused) return false;
    for (const ir::Access& access : node.comp().accesses)
      for (size_t axis = 0; axis < access.subscripts.size(); ++axis)
        if (!(node.comp().extents[static_cast<size_t>(access.subscripts[axis].BareIndex())] == graph.ShapeOf(access.operand)[axis])) return false;
  }
  return true;
}

ir::Graph Optimize(const ir::Graph& graph, const PipelineOptions& options) {
  if (!InNormalShapes(graph)) return EliminateDead(graph);
  ir::Graph current = graph;
  for (const Pass& pass : kPasses) {
    const auto start = std::chrono::steady_clock::now();
    current = Run(pass, current);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    if (options.after) options.after(pass.name, current, taken.count());
    if (!options.verify) continue;
    const std::string wrong = ir::Verify(current, pass.normal_form);
    if (wrong.empty()) continue;
    std::fprintf(stderr, "internal error: after pass %s: %s\n", pass.name, wrong.c_str());
    std::abort();
  }
  return current;
}

}  // namespace nnc::passes
