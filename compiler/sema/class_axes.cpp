#include "compiler/sema/class_axes.h"

#include <algorithm>
#include <optional>

#include "compiler/sema/copies.h"

namespace nnc::sema {

using ir::NodeId;

static Origin OriginOfArgument(const ir::Graph& graph, const ir::Comp& comp, int argument) {
  const ir::Scalar& step = comp.body[static_cast<size_t>(argument)];
  if (step.kind != ir::Scalar::Kind::Access && step.kind != ir::Scalar::Kind::Index) return {};
  return OriginOf(graph, comp, step);
}

namespace {

// A step as a rising function of one comparison of the class's index with a label's number.
struct Rising {
  std::optional<double> number;  // no function of it
  std::string labels;            // of the comparison; "" where it is none
};

Rising RisingOf(const ir::Graph& graph, const ir::Comp& comp, int step, size_t class_axis, const std::map<NodeId, std::string>& labels);

Rising RisingOfNode(const ir::Graph& graph, const Origin& origin, size_t class_axis, const std::map<NodeId, std::string>& labels) {
  if (origin.node == ir::kNoNode || graph[origin.node].op() != ir::Node::Op::Comp || graph[origin.node].comp().monoid != ir::Monoid::None) return {};
  const auto axis = std::find(origin.subscripts.begin(), origin.subscripts.end(), static_cast<int>(class_axis));
  const ir::Comp& comp = graph[origin.node].comp();
  return RisingOf(graph, comp, static_cast<int>(comp.body.size()) - 1, static_cast<size_t>(axis - origin.subscripts.begin()), labels);
}

Rising RisingOf(const ir::Graph& graph, const ir::Comp& comp, int at, size_t class_axis, const std::map<NodeId, std::string>& labels) {
  const ir::Scalar& step = comp.body[static_cast<size_t>(at)];
  if (step.kind == ir::Scalar::Kind::Literal) return {step.literal, ""};
  if (step.kind == ir::Scalar::Kind::Extent && step.extent.IsConstant()) return {static_cast<double>(step.extent.Constant()), ""};
  if (step.kind == ir::Scalar::Kind::Access) {
    const Origin origin = OriginOf(graph, comp, step);
    if (const ir::Comp* read = origin.node == ir::kNoNode ? nullptr : graph[origin.node].if_comp(); read && read->body.back().kind == ir::Scalar::Kind::Literal) return {read->body.back().literal, ""};
    return RisingOfNode(graph, origin, class_axis, labels);
  }
  if (step.kind != ir::Scalar::Kind::Call) return {};
  if (step.fn == ir::ScalarFn::Eq) {
    Origin a = OriginOfArgument(graph, comp, step.arguments[0]), b = OriginOfArgument(graph, comp, step.arguments[1]);
    if (a.index < 0) std::swap(a, b);
    const auto label = labels.find(b.node);
    return {std::nullopt, a.index == static_cast<int>(class_axis) && label != labels.end() ? label->second : ""};
  }
  if (step.arguments[1] < 0 || step.arguments[2] >= 0) return {};
  const Rising a = RisingOf(graph, comp, step.arguments[0], class_axis, labels), b = RisingOf(graph, comp, step.arguments[1], class_axis, labels);
  const bool sum = step.fn == ir::ScalarFn::Add, product = step.fn == ir::ScalarFn::Mul;
  if ((sum && b.number) || (product && b.number && *b.number > 0)) return a;
  if ((sum && a.number) || (product && a.number && *a.number > 0)) return b;
  if ((step.fn == ir::ScalarFn::Sub && b.number) || (step.fn == ir::ScalarFn::Div && b.number && *b.number > 0)) return a;
  return {};
}

}  // namespace

std::string LabelsOf(const ir::Graph& graph, NodeId value, const std::map<NodeId, std::string>& labels) {
  const Origin origin = OriginOfNode(graph, value);
  if (graph.ShapeOf(value).empty()) return "";
  if (auto numbers = labels.find(origin.node); numbers != labels.end()) return numbers->second;
  return RisingOfNode(graph, origin, graph.ShapeOf(value).size() - 1, labels).labels;
}

}  // namespace nnc::sema
