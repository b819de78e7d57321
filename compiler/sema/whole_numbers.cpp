#include "compiler/sema/whole_numbers.h"

#include <cmath>

#include "compiler/passes/definition.h"

namespace nnc::sema {

using ir::Dim;
using ir::Monoid;
using ir::NodeId;
using ir::Scalar;
using ir::ScalarFn;

namespace {

constexpr int64_t kExact = int64_t{1} << 24;  // single precision rounds whole numbers beyond it

bool NeverAbove(const Dim& a, const Dim& b) { return (b - a).ProvablyNonNegative(); }

// The lower, or the upper, of two bounds, where it is known which that is.
std::optional<Dim> Outer(const std::optional<Dim>& a, const std::optional<Dim>& b, bool upper) {
  if (!a || !b) return std::nullopt;
  if (NeverAbove(*a, *b)) return upper ? *b : *a;
  if (NeverAbove(*b, *a)) return upper ? *a : *b;
  return std::nullopt;
}

// Of two bounds that both hold the closer one, or either.
std::optional<Dim> Inner(const std::optional<Dim>& a, const std::optional<Dim>& b, bool upper) {
  if (!a || !b) return a ? a : b;
  return NeverAbove(*a, *b) == upper ? a : b;
}

WholeRange Literal(double number) {
  if (!(std::fabs(number) <= static_cast<double>(kExact))) return {};
  return {number == std::floor(number), Dim(static_cast<int64_t>(std::floor(number))), Dim(static_cast<int64_t>(std::ceil(number)))};
}

// Without bounds where rounding may pass them.
WholeRange Exact(WholeRange range) {
  const bool far = (range.low && range.low->IsConstant() && range.low->Constant() < -kExact) || (range.high && range.high->IsConstant() && range.high->Constant() > kExact);
  if (far) range.low = range.high = std::nullopt;
  return range;
}

WholeRange Hull(const WholeRange& a, const WholeRange& b) {
  return {a.whole && b.whole, Outer(a.low, b.low, false), Outer(a.high, b.high, true)};
}

WholeRange Sum(const WholeRange& a, const WholeRange& b) {
  WholeRange sum{a.whole && b.whole, std::nullopt, std::nullopt};
  if (a.low && b.low) sum.low = *a.low + *b.low;
  if (a.high && b.high) sum.high = *a.high + *b.high;
  return sum;
}

WholeRange Negative(const WholeRange& a) {
  WholeRange negative{a.whole, std::nullopt, std::nullopt};
  if (a.high) negative.low = Dim(0) - *a.high;
  if (a.low) negative.high = Dim(0) - *a.low;
  return negative;
}

std::optional<int64_t> Constant(const WholeRange& a) {
  if (!a.whole || !a.low || !a.high || !(*a.low == *a.high) || !a.low->IsConstant()) return std::nullopt;
  return a.low->Constant();
}

WholeRange Product(const WholeRange& a, const WholeRange& b) {
  const auto factor = Constant(b) ? Constant(b) : Constant(a);
  const WholeRange& other = Constant(b) ? a : b;
  if (!factor) return {a.whole && b.whole, std::nullopt, std::nullopt};
  WholeRange product{other.whole, std::nullopt, std::nullopt};
  const std::optional<Dim>&first = *factor < 0 ? other.high : other.low, &last = *factor < 0 ? other.low : other.high;
  if (first) product.low = *first * Dim(*factor);
  if (last) product.high = *last * Dim(*factor);
  return product;
}

class Ranges {
 public:
  Ranges(const ir::Graph& graph, const std::map<NodeId, Dim>& below, const std::set<NodeId>& looked_up) : graph_(graph), below_(below), looked_up_(looked_up) {}

  WholeRange Of(NodeId node) {
    const std::vector<bool> needed = passes::Cone(graph_, node);
    for (NodeId id = 0; id < node; ++id)
      if (needed[static_cast<size_t>(id)]) known_.emplace(id, Exact(Find(id)));
    return Exact(Find(node));
  }

 private:
  WholeRange Find(NodeId id) {
    if (auto declared = below_.find(id); declared != below_.end()) return {true, Dim(0), declared->second - Dim(1)};
    const ir::Node& node = graph_[id];
    if (node.op() == ir::Node::Op::Random) return {false, Dim(0), Dim(1)};
    if (node.op() != ir::Node::Op::Comp) return {};
    const ir::Comp& comp = node.comp();
    std::vector<WholeRange> steps;
    for (const Scalar& step : comp.body) steps.push_back(Exact(Step(comp, step, steps)));
    switch (comp.monoid) {
      case Monoid::None:
      case Monoid::Max:
      case Monoid::Min: return steps.back();
      case Monoid::ArgMax:
      case Monoid::ArgMin: {
        Dim count = 1;
        for (int i = comp.rank; i < comp.rank + comp.arg_count; ++i) count = count * comp.extents[static_cast<size_t>(i)];
        return {true, Dim(0), count - Dim(1)};
      }
      case Monoid::Sum: return looked_up_.count(id) != 0 || passes::ReadsOnePoint(passes::Define(comp)) ? Hull(steps.back(), Literal(0)) : Total(comp, steps.back());
      case Monoid::Prod: return {steps.back().whole, std::nullopt, std::nullopt};
    }
    return {};
  }

  // A sum of numbers that are not negative is none, and so many times the largest at most.
  static WholeRange Total(const ir::Comp& comp, const WholeRange& element) {
    Dim count = 1;
    for (size_t i = static_cast<size_t>(comp.rank); i < comp.extents.size(); ++i) count = count * comp.extents[i];
    WholeRange total{element.whole, std::nullopt, std::nullopt};
    if (element.low && element.low->ProvablyNonNegative()) total.low = Dim(0);
    if (element.high && element.high->ProvablyNonNegative()) total.high = *element.high * count;
    return total;
  }

  WholeRange Step(const ir::Comp& comp, const Scalar& step, const std::vector<WholeRange>& steps) {
    switch (step.kind) {
      case Scalar::Kind::Access: return known_.at(comp.accesses[static_cast<size_t>(step.index)].operand);
      case Scalar::Kind::Index: return {true, Dim(0), comp.extents[static_cast<size_t>(step.index)] - Dim(1)};
      case Scalar::Kind::Literal: return Literal(step.literal);
      case Scalar::Kind::Extent: return {true, step.extent, step.extent};
      case Scalar::Kind::Call: break;
    }
    WholeRange none, arguments[3];
    for (int i = 0; i < 3; ++i) arguments[i] = step.arguments[i] >= 0 ? steps[static_cast<size_t>(step.arguments[i])] : none;
    return Call(step.fn, arguments[0], arguments[1], arguments[2]);
  }

  static WholeRange Call(ScalarFn fn, const WholeRange& a, const WholeRange& b, const WholeRange& c) {
    if (ir::Row(fn).truth) return {true, Dim(0), Dim(1)};
    switch (fn) {
      case ScalarFn::Add: return Sum(a, b);
      case ScalarFn::Sub: return Sum(a, Negative(b));
      case ScalarFn::Neg: return Negative(a);
      case ScalarFn::Mul: return Product(a, b);
      case ScalarFn::Max: return {a.whole && b.whole, Inner(a.low, b.low, false), Outer(a.high, b.high, true)};
      case ScalarFn::Min: return {a.whole && b.whole, Outer(a.low, b.low, false), Inner(a.high, b.high, true)};
      case ScalarFn::Select: return Hull(b, c);
      case ScalarFn::Floor:
      case ScalarFn::Ceil:
      case ScalarFn::Round: return {true, a.low, a.high};
      case ScalarFn::Stop: return a;
      case ScalarFn::Abs: return {a.whole, Inner(a.low, Dim(0), false), Outer(a.high, Negative(a).high, true)};
      case ScalarFn::FloorDiv:
      case ScalarFn::Mod: return Divided(fn, a, b);
      case ScalarFn::Sigmoid: return {false, Dim(0), Dim(1)};
      case ScalarFn::Tanh:
      case ScalarFn::Sin:
      case ScalarFn::Cos: return {false, Dim(-1), Dim(1)};
      default: return {};
    }
  }

  static WholeRange Divided(ScalarFn fn, const WholeRange& a, const WholeRange& b) {
    const auto divisor = Constant(b);
    if (!divisor || *divisor <= 0 || !a.low || !a.high) return {};  // of large numbers neither is exact
    if (fn == ScalarFn::Mod) return {a.whole, Dim(0), a.whole ? Dim(*divisor - 1) : Dim(*divisor)};
    WholeRange quotient{true, std::nullopt, std::nullopt};
    quotient.low = Dim::FloorDiv(*a.low, *divisor);
    quotient.high = Dim::FloorDiv(*a.high, *divisor);
    return quotient;
  }

  const ir::Graph& graph_;
  const std::map<NodeId, Dim>& below_;
  const std::set<NodeId>& looked_up_;
  std::map<NodeId, WholeRange> known_;
};

}  // namespace

WholeRange RangeOf(const ir::Graph& graph, NodeId node, const std::map<NodeId, Dim>& below, const std::set<NodeId>& looked_up) {
  return Ranges(graph, below, looked_up).Of(node);
}

}  // namespace nnc::sema
