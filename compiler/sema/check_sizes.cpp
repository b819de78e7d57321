// Sizes that a machine can hold, and that hold for every number of events.
#include <algorithm>
#include <cmath>
#include <map>

#include "compiler/sema/checks.h"

namespace nnc::sema {

// Sizes that no machine holds and sums that no machine ends; sizes that stay open count as one.
static constexpr double kMostElements = 1e9;  // of one weight, column or draw
static constexpr double kMostPoints = 1e11;  // of one sum or map

namespace {

// Of each node of a graph in normal form the indices of which an equation leaves one element, and what the others are: where that changes
// nothing of a fold, the fold finds the element (schedule/find_turns.h).
class ChosenIndices {
 public:
  explicit ChosenIndices(const ir::Graph& graph) {
    for (const ir::Node& node : graph.nodes) {
      const ir::Comp* comp = node.if_comp();
      chosen_.push_back(comp == nullptr ? Chosen() : OfStep(*comp, comp->body.back()));
      if (comp != nullptr && comp->monoid != ir::Monoid::None) std::erase_if(chosen_.back(), [&](const auto& each) { return each.second != ir::Row(comp->monoid).identity; });
    }
  }

  using Chosen = std::map<int, double>;  // by index
  const Chosen& Of(size_t node) const { return chosen_[node]; }

 private:
  using Fn = ir::ScalarFn;

  Chosen OfStep(const ir::Comp& comp, const ir::Scalar& step) const {
    if (step.kind == ir::Scalar::Kind::Access) return OfAccess(comp.accesses[static_cast<size_t>(step.index)]);
    if (step.kind != ir::Scalar::Kind::Call) return {};
    auto argument = [&](int number) -> const ir::Scalar& { return comp.body[static_cast<size_t>(step.arguments[number])]; };
    Chosen chosen;
    auto add = [&](int number, double where, double otherwise) {  // those of an argument that is `where` elsewhere
      for (const auto& [index, value] : OfStep(comp, argument(number)))
        if (value == where) chosen[index] = otherwise;
    };
    switch (step.fn) {
      case Fn::Eq:
        for (int side = 0; side < 2; ++side)
          if (argument(side).kind == ir::Scalar::Kind::Index && argument(1 - side).kind == ir::Scalar::Kind::Access) chosen[argument(side).index] = 0;
        break;
      case Fn::Select:
        if (argument(2).kind != ir::Scalar::Kind::Literal) break;
        add(0, 0, argument(2).literal);
        add(1, argument(2).literal, argument(2).literal);
        break;
      case Fn::And:
      case Fn::Mul: add(1, 0, 0); [[fallthrough]];
      case Fn::Neg:
      case Fn::Div: add(0, 0, 0); break;
      default: break;
    }
    return chosen;
  }

  Chosen OfAccess(const ir::Access& access) const {
    Chosen chosen;
    for (const auto& [axis, value] : chosen_[static_cast<size_t>(access.operand)]) {
      if (static_cast<size_t>(axis) >= access.subscripts.size()) continue;  // of a fold
      const ir::Affine& subscript = access.subscripts[static_cast<size_t>(axis)];
      if (subscript.IsBare()) chosen[subscript.BareIndex()] = value;
    }
    return chosen;
  }

  std::vector<Chosen> chosen_;
};

}  // namespace

static double PointsOf(const ir::Comp& comp, const ChosenIndices::Chosen& chosen) {
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
  const ChosenIndices chosen(*scan.body);
  for (size_t n = 0; n < scan.body->nodes.size(); ++n) {
    const ir::Node& node = scan.body->nodes[n];
    if (const ir::Comp* comp = node.if_comp()) points += PointsOf(*comp, chosen.Of(n));
    if (node.op() == ir::Node::Op::Scan) points += PointsOf(node.scan());
  }
  return points * NumberOf(scan.count);
}

// `whole` is the program's text that the graph was made of: the place of what a library's body makes.
void Checks::CheckSizes(const ir::Graph& graph, Span whole) {
  const ChosenIndices chosen(graph);
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
    if (held ? elements <= kMostElements : PointsOf(*comp, chosen.Of(n)) <= kMostPoints) continue;
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
