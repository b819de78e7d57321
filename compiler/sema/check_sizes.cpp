// Sizes that a machine can hold, and that hold for every number of events.
#include <algorithm>

#include "compiler/sema/checks.h"

namespace nnc::sema {

// Sizes that no machine holds and sums that no machine ends; sizes that stay open count as one.
static constexpr double kMostElements = 1e9;  // of one weight, column or draw
static constexpr double kMostPoints = 1e11;  // of one sum or map

static double PointsOf(const ir::Comp& comp) {
  double points = 1;
  std::vector<double> sizes;
  for (const Dim& size : comp.extents) {
    sizes.push_back(size.IsConstant() ? static_cast<double>(size.Constant()) : 1);
    points *= sizes.back();
  }
  for (const ir::Affine& relation : comp.relations) {  // each determines one index, at best the longest
    auto longest = sizes.end();
    for (const auto& term : relation.terms) {
      auto at = sizes.begin() + term.index;
      if (longest == sizes.end() || *at > *longest) longest = at;
    }
    if (longest == sizes.end() || *longest < 1) continue;
    points /= *longest;
    *longest = 1;
  }
  return points;
}

static double NumberOf(const Dim& size) { return size.IsConstant() ? static_cast<double>(size.Constant()) : 1; }

static double PointsOf(const ir::Scan& scan) {
  double points = 0;
  for (const ir::Node& node : scan.body->nodes) {
    if (const ir::Comp* comp = node.if_comp()) points += PointsOf(*comp);
    if (node.op() == ir::Node::Op::Scan) points += PointsOf(node.scan());
  }
  return points * NumberOf(scan.count);
}

// `whole` is the program's text that the graph was made of: the place of what a library's body makes.
void Checks::CheckSizes(const ir::Graph& graph, Span whole) {
  for (const ir::Node& node : graph.nodes) {
    if (node.op() == ir::Node::Op::Scan && PointsOf(node.scan()) > kMostPoints) {
      Report(DiagnosticKind::TooLarge, whole, "a scan would go through more than 10^11 values in its turns");
      return;
    }
    double elements = 1;
    for (const Dim& size : node.shape)
      if (size.IsConstant()) elements *= static_cast<double>(size.Constant());
    const ir::Comp* comp = node.if_comp();
    const bool held = comp == nullptr;  // what is computed need not be
    const bool states = node.op() == ir::Node::Op::Part;
    if (held ? elements <= kMostElements : PointsOf(*comp) <= kMostPoints) continue;
    Report(DiagnosticKind::TooLarge, node.span.Valid() && node.span.file == whole.file ? node.span : whole,
        states ? "the states of all turns would be " + ShapeText(node.shape) + ", and may have at most 10^9 elements"
        : held ? "this would be " + ShapeText(node.shape) + ", and a weight, column or draw has at most 10^9 elements"
             : "this would go through more than 10^11 values");
    return;
  }
}

// What counts events is known for each batch and part alone: a size made of it holds for every number from 1 on, or is refused.
void Checks::CheckEventSizes(const ir::Graph& graph, Span whole) {
  for (const ir::Node& node : graph.nodes) {
    if (node.op() == ir::Node::Op::Scan) CheckEventSizes(*node.scan().body, whole);
    const ir::Comp* comp = node.if_comp();
    const ir::Shape& sizes = comp == nullptr ? node.shape : comp->extents;  // its first are the shape
    auto negative = std::find_if(sizes.begin(), sizes.end(), [](const Dim& size) { return !size.IsConstant() && !size.ProvablyNonNegative(); });
    if (negative == sizes.end()) continue;
    Report(DiagnosticKind::DimensionNotPositive, node.span.Valid() && node.span.file == whole.file ? node.span : whole,
        "a size of " + negative->ToString() + " would be negative for some numbers of events")
        .Help("`" + negative->Symbols().front() + "` counts the events of a batch or part, and may be any number from 1 on: keep to sizes that fit all of them");
    return;
  }
}

}  // namespace nnc::sema
