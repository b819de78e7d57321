#include "compiler/sema/directions.h"

#include <algorithm>
#include <optional>

namespace nnc::sema {
namespace {

using ir::Scalar;
using ir::ScalarFn;

// A scalar as a function of metrics: a number, or what gets better in one direction. Neither: nothing is known.
struct Trend {
  std::optional<double> number;
  Direction better = Direction::Unknown;
};

Trend Turned(Trend trend) {
  if (trend.number) trend.number = -*trend.number;
  if (trend.better != Direction::Unknown) trend.better = trend.better == Direction::Rising ? Direction::Falling : Direction::Rising;
  return trend;
}

Trend Sum(const Trend& a, const Trend& b) {
  if (a.number && b.number) return {*a.number + *b.number};
  if (a.number) return b;
  if (b.number || a.better == b.better) return a;
  return {};
}

Trend Scaled(const Trend& trend, double factor) {
  if (trend.number) return {*trend.number * factor};
  if (factor == 0) return {0.0};
  return factor > 0 ? trend : factor < 0 ? Turned(trend) : Trend{};
}

class Directions {
 public:
  Directions(const ir::Graph& graph, const std::vector<HostReduction>& reductions, const std::vector<MetricInfo>& known)
      : graph_(graph), reductions_(reductions), known_(known) {}

  Trend OfNode(ir::NodeId id) const {
    const ir::Node& node = graph_[id];
    if (node.op() == ir::Node::Op::Input) return OfInput(node.input());
    if (node.op() != ir::Node::Op::Comp) return {};
    bool single = std::all_of(node.comp().extents.begin(), node.comp().extents.end(), [](const ir::Dim& extent) { return extent == ir::Dim(1); });
    if (!single || !node.comp().relations.empty() || (node.comp().monoid != ir::Monoid::None && node.comp().monoid != ir::Monoid::Sum)) return {};
    std::vector<Trend> steps;
    for (const Scalar& step : node.comp().body) steps.push_back(OfStep(node.comp(), step, steps));
    return steps.back();
  }

 private:
  Trend OfInput(const ir::Input& input) const {
    for (const HostReduction& reduction : reductions_)
      for (const MetricInfo& info : known_)
        if (reduction.input == input.name && reduction.function == info.name) return {std::nullopt, info.better};
    return {};
  }

  Trend OfStep(const ir::Comp& comp, const Scalar& step, const std::vector<Trend>& steps) const {
    switch (step.kind) {
      case Scalar::Kind::Access: return OfNode(comp.accesses[static_cast<size_t>(step.index)].operand);
      case Scalar::Kind::Index: return {0.0};
      case Scalar::Kind::Literal: return {step.literal};
      case Scalar::Kind::Extent: return step.extent.IsConstant() ? Trend{static_cast<double>(step.extent.Constant())} : Trend{};
      case Scalar::Kind::Call: break;
    }
    auto argument = [&](int i) { return steps[static_cast<size_t>(step.arguments[i])]; };
    if (step.fn == ScalarFn::Neg) return Turned(argument(0));
    if (step.fn == ScalarFn::Add) return Sum(argument(0), argument(1));
    if (step.fn == ScalarFn::Sub) return Sum(argument(0), Turned(argument(1)));
    if (step.fn == ScalarFn::Mul && argument(0).number) return Scaled(argument(1), *argument(0).number);
    if (step.fn == ScalarFn::Mul && argument(1).number) return Scaled(argument(0), *argument(1).number);
    if (step.fn == ScalarFn::Div && argument(1).number) return Scaled(argument(0), 1 / *argument(1).number);
    return {};
  }

  const ir::Graph& graph_;
  const std::vector<HostReduction>& reductions_;
  const std::vector<MetricInfo>& known_;
};

}  // namespace

Direction BetterDirection(const ir::Graph& graph, const std::vector<HostReduction>& reductions, const std::vector<MetricInfo>& known) {
  return Directions(graph, reductions, known).OfNode(graph.outputs.front().node).better;
}

}  // namespace nnc::sema
