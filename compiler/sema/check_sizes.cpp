// Sizes that a machine can hold, and that hold for every number of events.
#include <algorithm>
#include <set>

#include "compiler/sema/checks.h"

namespace nnc::sema {

// Sizes that no machine holds and sums that no machine ends; sizes that stay open count as one.
static constexpr double kMostElements = 1e9;  // of one weight, column or draw
static constexpr double kMostPoints = 1e11;  // of one sum or map

namespace {

// Of each node of a graph in normal form the axes of which an equation leaves one element: elsewhere it is what a fold of it makes nothing of.
// Such a fold finds that element (schedule/find_turns.h).
class ChosenAxes {
 public:
  explicit ChosenAxes(const ir::Graph& graph) {
    for (const ir::Node& node : graph.nodes) {
      const ir::Comp* comp = node.if_comp();
      std::set<int> chosen = comp == nullptr ? std::set<int>() : OfStep(*comp, comp->body.back());
      indices_.push_back(chosen);
      if (comp != nullptr) std::erase_if(chosen, [&](int index) { return index >= comp->rank; });
      axes_.push_back(std::move(chosen));
    }
  }

  const std::set<int>& Indices(size_t node) const { return indices_[node]; }  // of its comprehension

 private:
  using Fn = ir::ScalarFn;

  std::set<int> OfStep(const ir::Comp& comp, const ir::Scalar& step) const {
    if (step.kind == ir::Scalar::Kind::Access) return OfAccess(comp.accesses[static_cast<size_t>(step.index)]);
    if (step.kind != ir::Scalar::Kind::Call) return {};
    auto argument = [&](int number) -> const ir::Scalar& { return comp.body[static_cast<size_t>(step.arguments[number])]; };
    std::set<int> chosen;
    if (step.fn == Fn::Eq) {
      for (int side = 0; side < 2; ++side)
        if (argument(side).kind == ir::Scalar::Kind::Index && argument(1 - side).kind == ir::Scalar::Kind::Access) chosen.insert(argument(side).index);
      return chosen;
    }
    const bool choice = step.fn == Fn::Select && argument(2).kind == ir::Scalar::Kind::Literal;
    if (step.fn == Fn::And || step.fn == Fn::Mul || choice) chosen = OfStep(comp, argument(1));
    if (!chosen.empty() || step.fn == Fn::And || step.fn == Fn::Mul || choice || step.fn == Fn::Neg || step.fn == Fn::Div) chosen.merge(OfStep(comp, argument(0)));
    return chosen;
  }

  std::set<int> OfAccess(const ir::Access& access) const {
    std::set<int> chosen;
    for (int axis : axes_[static_cast<size_t>(access.operand)]) {
      const ir::Affine& subscript = access.subscripts[static_cast<size_t>(axis)];
      if (subscript.IsBare()) chosen.insert(subscript.BareIndex());
    }
    return chosen;
  }

  std::vector<std::set<int>> indices_, axes_;
};

}  // namespace

static double PointsOf(const ir::Comp& comp, const std::set<int>& chosen) {
  double points = 1;
  std::vector<double> sizes;
  for (size_t i = 0; i < comp.extents.size(); ++i) {
    const Dim& size = comp.extents[i];
    sizes.push_back(size.IsConstant() && chosen.count(static_cast<int>(i)) == 0 ? static_cast<double>(size.Constant()) : 1);
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
  const ChosenAxes chosen(*scan.body);
  for (size_t n = 0; n < scan.body->nodes.size(); ++n) {
    const ir::Node& node = scan.body->nodes[n];
    if (const ir::Comp* comp = node.if_comp()) points += PointsOf(*comp, chosen.Indices(n));
    if (node.op() == ir::Node::Op::Scan) points += PointsOf(node.scan());
  }
  return points * NumberOf(scan.count);
}

// `whole` is the program's text that the graph was made of: the place of what a library's body makes.
void Checks::CheckSizes(const ir::Graph& graph, Span whole) {
  const ChosenAxes chosen(graph);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const ir::Node& node = graph.nodes[n];
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
    if (held ? elements <= kMostElements : PointsOf(*comp, chosen.Indices(n)) <= kMostPoints) continue;
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
