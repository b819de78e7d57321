#include "compiler/sema/heads.h"

#include <algorithm>
#include <limits>

#include "compiler/sema/applications.h"
#include "compiler/sema/call_help.h"
#include "compiler/sema/conditions.h"
#include "compiler/sema/copies.h"

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
static constexpr const char* kScore = "this loss takes a score of either sign, and this is a probability";
static constexpr const char* kNoSigmoid = "end the model with `dense{1}`, without `sigmoid`; for a probability the loss is `bce`";
static constexpr const char* kSigmoid = "end the model with `sigmoid`";
static constexpr const char* kSoftmax = "end the model with `dense{K} |> softmax`";
static constexpr const char* kEither = "end the model with `softmax`; for classes that do not exclude each other, and for one class alone, the loss is `bce`";

static constexpr HeadMismatch kMismatches[] = {
    {"bce", "p", Head::Linear, kProbability, kSigmoid},
    {"bce", "p", Head::Tanh, kProbability, kSigmoid},
    {"bce", "p", Head::Half, "`bce` takes the probability of one class, and this one is never below 0.5: what `sigmoid` takes here is not negative", "`sigmoid` follows the last layer itself: `... |> dense{1} |> sigmoid`"},
    {"bce", "p", Head::Dropped, "`bce` takes the probability of one class, and this one is dropped to 0, or divided to more than 1", "`dropout` stands before the last layer: `... |> dropout{0.1} |> dense{1} |> sigmoid`"},
    {"cross_entropy", "p", Head::Linear, kProbabilities, kSoftmax},
    {"cross_entropy", "p", Head::Tanh, kProbabilities, kSoftmax},
    {"cross_entropy", "p", Head::Sigmoid, kApart, kEither},
    {"nll", "p", Head::Linear, kProbabilities, kSoftmax},
    {"nll", "p", Head::Tanh, kProbabilities, kSoftmax},
    {"nll", "p", Head::Sigmoid, kApart, kEither},
    {"kl", "p", Head::Linear, kProbabilities, kSoftmax},
    {"kl", "p", Head::Tanh, kProbabilities, kSoftmax},
    {"kl", "p", Head::Sigmoid, kApart, kEither},
    {"hinge", "s", Head::Sigmoid, kScore, kNoSigmoid},
    {"hinge", "s", Head::Half, kScore, kNoSigmoid},
    {"squared_hinge", "s", Head::Sigmoid, kScore, kNoSigmoid},
    {"squared_hinge", "s", Head::Half, kScore, kNoSigmoid},
};

const HeadMismatch* FindHeadMismatch(std::string_view function, std::string_view parameter, Head head) {
  for (const HeadMismatch& row : kMismatches)
    if (row.function == function && row.parameter == parameter && row.head == head) return &row;
  return nullptr;
}

static bool IsWeight(const Graph& graph, NodeId node) {
  return node != ir::kNoNode && graph[node].op() == Node::Op::Input && graph[node].input().role == ir::Role::Weight;
}

// What a product is made of, quotients counted with it.
struct Factors {
  bool draw = false, sigmoid = false, scale = false;
};

static void AddFactors(const Graph& graph, NodeId node, Factors& factors);

static void AddFactors(const Graph& graph, const Comp& comp, const Scalar& step, Factors& factors) {
  if (step.kind == Scalar::Kind::Literal || step.kind == Scalar::Kind::Extent) factors.scale = true;
  if (step.kind == Scalar::Kind::Access) AddFactors(graph, OriginOf(graph, comp, step).node, factors);
  if (step.kind == Scalar::Kind::Call && (step.fn == ScalarFn::Mul || step.fn == ScalarFn::Div))
    for (int argument : {step.arguments[0], step.arguments[1]}) AddFactors(graph, comp, comp.body[static_cast<size_t>(argument)], factors);
  if (step.kind == Scalar::Kind::Call && step.fn == ScalarFn::Sigmoid) factors.sigmoid = true;
}

static void AddFactors(const Graph& graph, NodeId node, Factors& factors) {
  if (node == ir::kNoNode) return;  // an index
  if (graph[node].op() != Node::Op::Comp || graph[node].comp().monoid != ir::Monoid::None) return;
  const Comp& comp = graph[node].comp();
  factors.draw |= std::any_of(comp.accesses.begin(), comp.accesses.end(), [&](const ir::Access& access) { return graph[access.operand].op() == Node::Op::Random; });
  AddFactors(graph, comp, comp.body.back(), factors);
}

// True of powers of e, values without their sign, and what is cut off at 0 or above.
static bool IsPositive(const Comp& comp, const Scalar& last) {
  if (comp.monoid != ir::Monoid::None || last.kind != Scalar::Kind::Call) return false;
  if (last.fn == ScalarFn::Softplus || last.fn == ScalarFn::Exp || last.fn == ScalarFn::Abs) return true;
  auto from_zero = [&](int argument) { const Scalar& step = comp.body[static_cast<size_t>(argument)]; return step.kind == Scalar::Kind::Literal && step.literal >= 0; };
  return last.fn == ScalarFn::Max && (from_zero(last.arguments[0]) || from_zero(last.arguments[1]));
}

// Whether the one argument of a function is never negative.
static bool TakesPositive(const Graph& graph, const Comp& comp, const Scalar& call) {
  const Scalar& argument = comp.body[static_cast<size_t>(call.arguments[0])];
  const Head of = argument.kind == Scalar::Kind::Access ? HeadOf(graph, OriginOf(graph, comp, argument).node) : Head::Unknown;
  return of == Head::Positive || of == Head::Sigmoid || of == Head::Half;
}

Head HeadOf(const Graph& graph, NodeId node) {
  if (node == ir::kNoNode) return Head::Unknown;  // an index
  const NodeId origin = OriginOfNode(graph, node).node;
  if (origin == ir::kNoNode) return Head::Unknown;  // an index
  const Node& made = graph[origin];
  if (made.op() != Node::Op::Comp) return Head::Unknown;
  const Comp& comp = made.comp();
  const Scalar& last = comp.body.back();
  if (last.kind != Scalar::Kind::Call) return Head::Unknown;
  if (last.fn == ScalarFn::Sigmoid) return TakesPositive(graph, comp, last) ? Head::Half : Head::Sigmoid;
  if (IsPositive(comp, last)) return Head::Positive;
  if (last.fn == ScalarFn::Tanh) return TakesPositive(graph, comp, last) ? Head::Unknown : Head::Tanh;
  if (last.fn == ScalarFn::Mul || last.fn == ScalarFn::Div) {
    Factors factors;
    AddFactors(graph, origin, factors);
    return factors.draw && factors.sigmoid && factors.scale ? Head::Dropped : Head::Unknown;
  }
  if (last.fn != ScalarFn::Add || comp.monoid != ir::Monoid::None) return Head::Unknown;
  for (int argument : {last.arguments[0], last.arguments[1]}) {
    const Scalar& step = comp.body[static_cast<size_t>(argument)];
    if (step.kind == Scalar::Kind::Access && IsWeight(graph, OriginOf(graph, comp, step).node)) return Head::Linear;
  }
  return Head::Unknown;
}

std::optional<Reach> ReachOf(Head head) {
  if (head == Head::Sigmoid || head == Head::Half) return Reach{"sigmoid", 0, 1};
  if (head == Head::Tanh) return Reach{"tanh", -1, 1};
  if (head == Head::Positive) return Reach{"", 0, std::numeric_limits<double>::infinity()};
  return std::nullopt;
}

// What weighs all weights of a model: no number of the program, and no model.
bool IsPenalty(std::string_view function) { return function == "l1" || function == "l2" || function == "elastic"; }

// Probabilities end as probabilities do.
bool Applications::CheckHead(const std::string& function, const std::string& parameter, const Value& value, Span span) {
  const bool fixed = value.kind == Value::Kind::Number || value.IsDim() || value.kind == Value::Kind::Callable;
  if (fixed && IsPenalty(function)) {
    const std::string text(shared_.sources.Text(span));
    const bool model = value.kind == Value::Kind::Callable;
    Report(DiagnosticKind::TypeMismatch, span, "the argument `" + parameter + "` of `" + function + "` is the weights of a model, not " + Describe(value))
        .Help(model ? "write `weights(" + text + ")`" : "its strength stands in braces: `" + function + "{" + text + "}(weights(Net))`");
    return false;
  }
  if (value.kind == Value::Kind::Callable && value.callable->decl && value.callable->decl->kind == ast::DeclKind::Layer) {
    const std::string layer(shared_.sources.Text(span)), among = InputAmongSettingsHelp(shared_.sources, *value.callable);
    Report(DiagnosticKind::TypeMismatch, span, "`" + function + "` takes numbers, and this is the layer `" + layer + "`, which is not applied")
        .Help(!among.empty() ? among : "apply the layer first: `" + function + "(" + layer + "(x))`, or `x |> " + layer + " |> " + function + "`");
    return false;
  }
  if (value.kind == Value::Kind::Callable && value.callable->decl && value.callable->decl->kind == ast::DeclKind::Model) {
    const std::string& model = value.callable->decl->name;
    Report(DiagnosticKind::TypeMismatch, span, "`" + function + "` takes numbers, and this is the model `" + model + "`, which is not applied").Help("apply it to its inputs: `" + model + "(x)`");
    return false;
  }
  if (!value.IsTensor()) return true;
  const Shape shape = Positional(value);
  if ((function == "softmax" || function == "log_softmax") && !shape.empty() && shape.back() == ir::Dim(1)) {
    Report(DiagnosticKind::HeadMismatch, span, "`softmax` of one number is always 1").AddLabel(span, DescribeWithMaker(value))
        .Help("one number per event ends in `sigmoid`; of K classes, `dense{K} |> softmax` makes the probabilities");
    return false;
  }
  if (IsPenalty(function) && BasisOf(building_.graph, value.node) == Basis::Columns) {
    Report(DiagnosticKind::TypeMismatch, span, "the argument `" + parameter + "` of `" + function + "` is the weights of a model, and this is data: the term would be a constant")
        .Help("write `" + function + "{1e-4}(weights(Net))`");
    return false;
  }
  const HeadMismatch* mismatch = FindHeadMismatch(function, parameter, HeadOf(building_.graph, value.node));
  if (mismatch == nullptr) return true;
  Report(DiagnosticKind::HeadMismatch, span, std::string(mismatch->message)).AddLabel(span, DescribeWithMaker(value)).Help(std::string(mismatch->help));
  return false;
}

Value Applications::ReportOrder(const std::string& function, Span span, const std::string& order) {
  Report(DiagnosticKind::HeadMismatch, span, "`" + function + "` takes what the model says first and the truth last")
      .AddLabel(span, "data stands where the model's answer is expected")
      .Help("turn them round, as in `" + function + "(" + order + ")`");
  return Poison();
}

// Losses that compare element by element.
static constexpr std::string_view kElementwise[] = {
    "squared_error", "half_squared_error", "mse", "absolute_error", "mae", "bce", "huber", "log_cosh", "poisson_nll", "hinge", "squared_hinge",
};

// True if two axes that meet when the shapes are aligned at their last one are neither equal nor of one element.
static bool Apart(const Shape& a, const Shape& b) {
  for (size_t k = 1; k <= std::min(a.size(), b.size()); ++k) {
    const ir::Dim &left = a[a.size() - k], &right = b[b.size() - k];
    if (!(left == right) && !(left == ir::Dim(1)) && !(right == ir::Dim(1))) return true;
  }
  return false;
}

// What helps where an answer and a truth of other shapes are compared.
static std::string ApartHelp(const std::string& function, const Shape& answer, const Shape& truth, bool model) {
  if (!model) return "what the model says stands first: `" + function + "(Net(x), y)`";
  const size_t axes = std::min(answer.size(), truth.size());
  const bool numbers = !truth.empty() && truth.back().IsConstant();
  if (function == "bce" && answer.size() == 1 && truth.size() == 2 && truth.back() == ir::Dim(2)) return "of two classes one probability is enough, with `y = label == 1` for a truth; or end the model with `dense{2} |> softmax`, with the loss `cross_entropy`";
  if (truth.size() >= answer.size() && numbers && axes > 0)
    return "a model of as many numbers per event ends with `dense{" + truth.back().ToString() + "}`, without `squeeze`";
  return "for one number per event end the model with `dense{1} |> squeeze`";
}

// Losses of which the truth, which is data, stands behind what the model says of it.
struct Ordered {
  std::string_view function, answer, truth;
};
static constexpr Ordered kOrdered[] = {
    {"bce", "p", "y"}, {"cross_entropy", "p", "y"}, {"nll", "p", "y"}, {"poisson_nll", "r", "y"}, {"gaussian_nll", "mu", "y"}, {"hinge", "s", "y"}, {"squared_hinge", "s", "y"},
};

static constexpr std::string_view kOfClasses[] = {"bce", "cross_entropy", "nll", "kl"};  // (p, y)

bool Applications::CheckOrder(const ast::Decl& decl, const std::vector<Actual*>& given, Span span) {
  const bool complete = given.size() == decl.params.size() && std::none_of(given.begin(), given.end(), [](const Actual* actual) { return actual == nullptr; });
  const bool classes = complete && std::find(std::begin(kOfClasses), std::end(kOfClasses), decl.name) != std::end(kOfClasses);
  if (classes && context_.compared && given[0]->value.IsTensor() && given[1]->value.IsTensor()) (*context_.compared)(given[0]->value.node, given[1]->value.node);
  for (const Ordered& row : kOrdered) {
    if (row.function != decl.name || !complete) continue;
    auto basis = [&](std::string_view parameter) {
      for (size_t i = 0; i < given.size(); ++i)
        if (decl.params[i].name == parameter && given[i] != nullptr && given[i]->value.IsTensor()) return BasisOf(building_.graph, given[i]->value.node);
      return Basis::Others;
    };
    if (basis(row.answer) != Basis::Columns || basis(row.truth) != Basis::Model) continue;
    ReportOrder(decl.name, span, decl.params.size() == 2 ? "Net(x), y" : "mean, deviation, y");
    return false;
  }
  const bool elementwise = std::find(std::begin(kElementwise), std::end(kElementwise), decl.name) != std::end(kElementwise);
  if (!elementwise || given.size() != 2 || !given[0] || !given[1] || !given[0]->value.IsTensor() || !given[1]->value.IsTensor()) return true;
  const Value &answer = given[0]->value, &truth = given[1]->value;
  if (building_.gathers_conditions && FindHeadMismatch(decl.name, decl.params[0].name, Head::Linear) == nullptr) {
    Conditions(*this).GatherReach(decl.name, answer, truth, given[1]->span);
    Conditions(*this).GatherReach(decl.name, truth, answer, given[0]->span);
  }
  if (!Apart(Positional(answer), Positional(truth))) return true;
  const bool model = BasisOf(building_.graph, answer.node) == Basis::Model;
  Report(DiagnosticKind::ShapeMismatch, span, "`" + decl.name + "` compares element by element, and these are " + Describe(answer) + " and " + Describe(truth))
      .AddLabel(given[0]->span, DescribeWithMaker(answer))
      .AddLabel(given[1]->span, DescribeWithMaker(truth))
      .Help(ApartHelp(decl.name, Positional(answer), Positional(truth), model));
  return false;
}

}  // namespace nnc::sema
