#include "compiler/sema/heads.h"

#include <algorithm>

#include "compiler/sema/copies.h"
#include "compiler/sema/elaborator.h"

namespace nnc::sema {

using ir::Comp;
using ir::Graph;
using ir::Node;
using ir::NodeId;
using ir::Scalar;
using ir::ScalarFn;

static constexpr const char* kProbability = "`bce` takes the probability of one class, and this is any number";
static constexpr const char* kProbabilities = "this loss takes probabilities of classes, which add up to 1, and these are any numbers";
static constexpr const char* kApart = "this loss takes probabilities of classes, which add up to 1, and these are made one by one";
static constexpr const char* kSigmoid = "end the model with `sigmoid`";
static constexpr const char* kSoftmax = "end the model with `dense{K} |> softmax`";
static constexpr const char* kEither = "end the model with `softmax`; for classes that do not exclude each other, and for one class alone, the loss is `bce`";

static constexpr HeadMismatch kMismatches[] = {
    {"bce", "p", Head::Linear, kProbability, kSigmoid},
    {"bce", "p", Head::Tanh, kProbability, kSigmoid},
    {"cross_entropy", "p", Head::Linear, kProbabilities, kSoftmax},
    {"cross_entropy", "p", Head::Tanh, kProbabilities, kSoftmax},
    {"cross_entropy", "p", Head::Sigmoid, kApart, kEither},
    {"nll", "p", Head::Linear, kProbabilities, kSoftmax},
    {"nll", "p", Head::Tanh, kProbabilities, kSoftmax},
    {"nll", "p", Head::Sigmoid, kApart, kEither},
};

const HeadMismatch* FindHeadMismatch(std::string_view function, std::string_view parameter, Head head) {
  for (const HeadMismatch& row : kMismatches)
    if (row.function == function && row.parameter == parameter && row.head == head) return &row;
  return nullptr;
}

static bool IsWeight(const Graph& graph, NodeId node) {
  return node != ir::kNoNode && graph[node].op == Node::Op::Input && graph[node].input.role == ir::Role::Weight;
}

Head HeadOf(const Graph& graph, NodeId node) {
  const Node& made = graph[OriginOfNode(graph, node).node];
  if (made.op != Node::Op::Comp) return Head::Unknown;
  const Comp& comp = made.comp;
  const Scalar& last = comp.body.back();
  if (last.kind != Scalar::Kind::Call) return Head::Unknown;
  if (last.fn == ScalarFn::Sigmoid) return Head::Sigmoid;
  if (last.fn == ScalarFn::Tanh) return Head::Tanh;
  if (last.fn != ScalarFn::Add || comp.monoid != ir::Monoid::None) return Head::Unknown;
  for (int argument : {last.arguments[0], last.arguments[1]}) {
    const Scalar& step = comp.body[static_cast<size_t>(argument)];
    if (step.kind == Scalar::Kind::Access && IsWeight(graph, OriginOf(graph, comp, step).node)) return Head::Linear;
  }
  return Head::Unknown;
}

// What weighs all weights of a model: no number of the program, and no model.
static constexpr std::string_view kPenalties[] = {"l1", "l2", "elastic"};

// Probabilities end as probabilities do.
bool Elaborator::CheckHead(const std::string& function, const std::string& parameter, const Value& value, Span span) {
  const bool fixed = value.kind == Value::Kind::Number || value.IsDim() || value.kind == Value::Kind::Callable;
  if (fixed && std::find(std::begin(kPenalties), std::end(kPenalties), function) != std::end(kPenalties)) {
    const std::string text(sources_.Text(span));
    const bool model = value.kind == Value::Kind::Callable;
    Report(DiagnosticKind::TypeMismatch, span, "the argument `" + parameter + "` of `" + function + "` is the weights of a model, not " + Describe(value))
        .Help(model ? "write `weights(" + text + ")`" : "its strength stands in braces: `" + function + "{" + text + "}(weights(Net))`");
    return false;
  }
  if (!value.IsTensor()) return true;
  const HeadMismatch* mismatch = FindHeadMismatch(function, parameter, HeadOf(context_->graph, value.node));
  if (mismatch == nullptr) return true;
  Report(DiagnosticKind::HeadMismatch, span, std::string(mismatch->message)).AddLabel(span, DescribeWithMaker(value)).Help(std::string(mismatch->help));
  return false;
}

Value Elaborator::ReportOrder(const std::string& function, Span span) {
  Report(DiagnosticKind::HeadMismatch, span, "`" + function + "` takes what the model says first and the truth second")
      .AddLabel(span, "first is data")
      .Help("turn them round, as in `" + function + "(Net(x), y)`");
  return Poison();
}

// Losses of which the truth, which is data, stands behind what the model says of it.
struct Ordered {
  std::string_view function, answer, truth;
};
static constexpr Ordered kOrdered[] = {
    {"bce", "p", "y"}, {"cross_entropy", "p", "y"}, {"nll", "p", "y"}, {"kl", "p", "y"}, {"poisson_nll", "r", "y"}, {"gaussian_nll", "mu", "y"}, {"hinge", "s", "y"}, {"squared_hinge", "s", "y"},
};

bool Elaborator::CheckOrder(const ast::Decl& decl, const std::vector<Actual*>& given, Span span) {
  for (const Ordered& row : kOrdered) {
    if (row.function != decl.name) continue;
    auto basis = [&](std::string_view parameter) {
      for (size_t i = 0; i < given.size(); ++i)
        if (decl.params[i].name == parameter && given[i] != nullptr && given[i]->value.IsTensor()) return BasisOf(context_->graph, given[i]->value.node);
      return Basis::Others;
    };
    if (basis(row.answer) != Basis::Columns || basis(row.truth) != Basis::Model) continue;
    ReportOrder(decl.name, span);
    return false;
  }
  return true;
}

}  // namespace nnc::sema
