// Inputs for random programs, and the test that nothing is close to a kink.
#include <algorithm>
#include <cmath>
#include <set>

#include "compiler/passes/scans.h"
#include "test/tools/random_numbers.h"
#include "test/tools/random_programs.h"

namespace nnc::test {

using namespace ir;
using reference::Context;
using reference::Tensor;

// The function that tells on which side of its kinks a call is, if it has any.
static std::optional<ScalarFn> Decision(ScalarFn fn) {
  switch (fn) {
    case ScalarFn::Max: return ScalarFn::Ge;
    case ScalarFn::Min: return ScalarFn::Le;
    case ScalarFn::Abs: return ScalarFn::Sign;
    case ScalarFn::Mod: return ScalarFn::FloorDiv;
    case ScalarFn::FloorDiv:
    case ScalarFn::Sign:
    case ScalarFn::Floor:
    case ScalarFn::Ceil:
    case ScalarFn::Round:
    case ScalarFn::Eq:
    case ScalarFn::Ne:
    case ScalarFn::Lt:
    case ScalarFn::Le:
    case ScalarFn::Gt:
    case ScalarFn::Ge:
    case ScalarFn::And:
    case ScalarFn::Or:
    case ScalarFn::Not: return fn;
    default: return std::nullopt;
  }
}

// Of `comp`, one node per decision that it takes, at every point of all its indices.
static void AddDecisions(const Comp& comp, std::vector<Comp>& decisions) {
  for (size_t s = 0; s < comp.body.size(); ++s) {
    if (comp.body[s].kind != Scalar::Kind::Call) continue;
    std::optional<ScalarFn> fn = Decision(comp.body[s].fn);
    if (!fn) continue;
    Comp decision = comp;
    decision.rank = static_cast<int>(comp.extents.size());
    decision.monoid = Monoid::None;
    decision.arg_count = 0;
    decision.relations.clear();
    decision.body.resize(s + 1);
    decision.body[s].fn = *fn;
    decisions.push_back(std::move(decision));
  }
  const bool most = comp.monoid == Monoid::Max || comp.monoid == Monoid::ArgMax;
  if (!most && comp.monoid != Monoid::Min && comp.monoid != Monoid::ArgMin) return;
  Comp winner = comp;
  winner.monoid = most ? Monoid::ArgMax : Monoid::ArgMin;
  winner.arg_count = static_cast<int>(comp.extents.size()) - comp.rank;
  decisions.push_back(std::move(winner));
}

// The same choice among values that differ from the true ones by a little, each by another little: as rounding may have it, where
// many values come as close to each other as those of a saturated function do.
static Comp Rounded(Comp winner, double by) {
  constexpr double kRounding = 1e-5;
  auto add = [&](Scalar::Kind kind, int index, double literal) {
    Scalar leaf;
    leaf.kind = kind;
    leaf.index = index;
    leaf.literal = literal;
    winner.body.push_back(leaf);
    return static_cast<int>(winner.body.size()) - 1;
  };
  auto call = [&](ScalarFn fn, int a, int b) {
    const int at = add(Scalar::Kind::Call, 0, 0);
    winner.body.back().fn = fn;
    winner.body.back().arguments[0] = a;
    winner.body.back().arguments[1] = b;
    return at;
  };
  const int value = static_cast<int>(winner.body.size()) - 1;
  int angle = add(Scalar::Kind::Literal, 0, by);
  for (int i = winner.rank; i < static_cast<int>(winner.extents.size()); ++i) {
    const int scale = add(Scalar::Kind::Literal, 0, 2.3 + i);
    angle = call(ScalarFn::Add, angle, call(ScalarFn::Mul, add(Scalar::Kind::Index, i, 0), scale));
  }
  const int noise = call(ScalarFn::Mul, call(ScalarFn::Sin, angle, -1), add(Scalar::Kind::Literal, 0, kRounding));
  call(ScalarFn::Add, value, noise);
  return winner;
}

// Adds what the bodies of scans compute, for all turns at once.
static void OpenScans(Graph& graph) {
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    if (graph.nodes[n].op() != Node::Op::Scan) continue;
    Builder builder(graph);
    const Scan scan = graph.nodes[n].scan();
    std::vector<NodeId> inputs = scan.operands;
    for (size_t i = 0; i < inputs.size(); ++i)
      for (size_t k = 0; k < scan.body->outputs.size(); ++k)
        if (scan.body->outputs[k].updates == scan.body->inputs[i])
          inputs[i] = passes::Before(builder, {scan.count, scan.down, {}}, builder.AddPart(static_cast<NodeId>(n), static_cast<int>(k)));
    passes::ForAllTurns(builder, scan, inputs);
  }
}

// A step of a staircase whose argument differs by a little, unless it is a whole number.
static std::optional<Comp> OnAnotherStep(Comp stair, double by) {
  const Scalar last = stair.body.back();
  if (last.kind != Scalar::Kind::Call || (last.fn != ScalarFn::Floor && last.fn != ScalarFn::Ceil && last.fn != ScalarFn::Round)) return std::nullopt;
  stair.body.pop_back();
  auto add = [&](Scalar::Kind kind, ScalarFn fn, double literal, int a, int b) {
    Scalar step;
    step.kind = kind;
    step.fn = fn;
    step.literal = literal;
    step.arguments[0] = a;
    step.arguments[1] = b;
    stair.body.push_back(step);
    return static_cast<int>(stair.body.size()) - 1;
  };
  const int x = last.arguments[0];
  const int whole = add(Scalar::Kind::Call, ScalarFn::Round, 0, x, -1);
  const int open = add(Scalar::Kind::Call, ScalarFn::Ne, 0, x, whole);
  const int noise = add(Scalar::Kind::Call, ScalarFn::Mul, 0, open, add(Scalar::Kind::Literal, {}, by, -1, -1));
  add(Scalar::Kind::Call, last.fn, 0, add(Scalar::Kind::Call, ScalarFn::Add, 0, x, noise), -1);
  return stair;
}

// The graph with all its values as outputs, then all its decisions; `values` says how many are values, `rounded` which two
// decisions are one but for rounding.
static Graph WithDecisions(const Graph& graph, size_t* values, std::vector<std::pair<size_t, size_t>>* rounded) {
  Graph result = graph;
  result.outputs.clear();
  std::vector<Comp> decisions;
  OpenScans(result);
  for (size_t n = 0; n < result.nodes.size(); ++n) {
    result.outputs.push_back({"", static_cast<NodeId>(n)});
    if (result.nodes[n].op() == Node::Op::Comp) AddDecisions(result.nodes[n].comp(), decisions);
  }
  *values = result.outputs.size();
  const size_t count = decisions.size();
  for (size_t d = 0; d < count; ++d) {
    for (double by : {-1e-5, 1e-5})
      if (std::optional<Comp> other = OnAnotherStep(decisions[d], by)) rounded->push_back({d, decisions.size()}), decisions.push_back(std::move(*other));
    if (decisions[d].monoid == Monoid::None) continue;
    for (double by : {0.0, 1.6, 3.1}) rounded->push_back({d, decisions.size()}), decisions.push_back(Rounded(decisions[d], by));
  }
  for (Comp& comp : decisions) {
    Node node;
    node.shape.assign(comp.extents.begin(), comp.extents.begin() + comp.rank);
    node.content = std::move(comp);
    result.outputs.push_back({"", static_cast<NodeId>(result.nodes.size())});
    result.nodes.push_back(std::move(node));
  }
  return result;
}

bool IsTame(const Graph& graph, const Context& context) {
  constexpr double kLargest = 1e3, kStep = 1e-2;
  constexpr int kDirections = 5;
  size_t values = 0;
  std::vector<std::pair<size_t, size_t>> rounded;
  const Graph decisions = WithDecisions(graph, &values, &rounded);
  const std::vector<Tensor> base = reference::Evaluate(decisions, context);
  for (size_t n = 0; n < values; ++n) {
    for (double value : base[n].values) {
      if (!(std::fabs(value) <= kLargest)) return false;
    }
  }
  for (auto [exact, other] : rounded) {
    if (base[values + exact].values != base[values + other].values) return false;
  }
  if (base.size() == values) return true;
  RandomNumbers random(17);
  for (int direction = 0; direction < kDirections; ++direction) {
    Context forth = context, back = context;  // a kink close by lies in one of two opposite directions
    for (NodeId id : graph.inputs) {
      if (graph[id].input().dtype != DType::F32) continue;
      const std::string& name = graph[id].input().name;
      for (size_t i = 0; i < context.inputs.at(name).values.size(); ++i) {
        const double by = random.Uniform(-kStep, kStep);
        forth.inputs.at(name).values[i] += by;
        back.inputs.at(name).values[i] -= by;
      }
    }
    for (const Context* moved : {&forth, &back}) {
      const std::vector<Tensor> other = reference::Evaluate(decisions, *moved);
      for (size_t d = values; d < base.size(); ++d) {
        if (base[d].values != other[d].values) return false;
      }
    }
  }
  return true;
}

static Context Choose(const Graph& graph, RandomNumbers& random) {
  Context context;
  std::set<std::string> symbols;
  for (const Node& node : graph.nodes) {
    for (const Dim& size : node.shape) {
      for (std::string& symbol : size.Symbols()) symbols.insert(std::move(symbol));
    }
  }
  for (const std::string& symbol : symbols) context.extents[symbol] = random.Between(1, 5);
  context.seed = random.Next();
  context.step = random.Between(1, 1000);
  for (NodeId id : graph.inputs) {
    const Node& node = graph[id];
    Tensor tensor;
    int64_t count = 1;
    for (const Dim& size : node.shape) {
      tensor.shape.push_back(*size.Evaluate([&](std::string_view name) { return std::optional<int64_t>(context.extents.at(std::string(name))); }));
      count *= tensor.shape.back();
    }
    for (int64_t i = 0; i < count; ++i) {
      const bool integer = node.input().dtype != DType::F32;
      tensor.values.push_back(integer ? random.Between(0, 3) : static_cast<double>(static_cast<float>(random.Uniform(-1.5, 1.5))));
    }
    context.inputs[node.input().name] = std::move(tensor);
  }
  return context;
}

Context Replaced(const Graph& graph, Context context, double value, uint64_t seed) {
  RandomNumbers random(seed);
  std::vector<std::string> names;
  for (NodeId id : graph.inputs) {
    const Input& input = graph[id].input();
    if (input.dtype == DType::F32 && !context.inputs.at(input.name).values.empty()) names.push_back(input.name);
  }
  if (names.empty()) return context;
  std::vector<double>& values = context.inputs.at(random.Of(names)).values;
  for (int i = 0; i < 2; ++i) values[static_cast<size_t>(random.Below(static_cast<int>(values.size())))] = value;
  return context;
}

bool HasEdges(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (node.op() == Node::Op::Scan && HasEdges(*node.scan().body)) return true;
    if (node.op() != Node::Op::Comp) continue;
    if (!node.comp().relations.empty()) return true;
    for (const Access& access : node.comp().accesses)
      if (access.guarded) return true;
  }
  return false;
}

Context RandomContext(const Graph& graph, uint64_t seed) {
  constexpr int kAttempts = 12;
  RandomNumbers random(seed ^ 0x5bd1e995u);
  Context context;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    context = Choose(graph, random);
    if (IsTame(graph, context)) break;
  }
  return context;
}

}  // namespace nnc::test
