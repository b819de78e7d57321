#include "compiler/sema/undo.h"

#include <algorithm>
#include <optional>
#include <set>

#include "compiler/ir/walk.h"
#include "compiler/passes/definition.h"
#include "compiler/sema/copies.h"

namespace nnc::sema {

using ir::Builder;
using ir::Comp;
using ir::Graph;
using ir::Node;
using ir::NodeId;
using ir::Operand;
using ir::Scalar;
using ir::ScalarFn;
using ir::Shape;

namespace {

Operand Whole(const Graph& graph, NodeId node) { return Operand::Of(node, passes::Iota(static_cast<int>(graph.ShapeOf(node).size()))); }

std::set<NodeId> Results(const std::vector<Preparation>& preparations) {
  std::set<NodeId> results;
  for (const Preparation& preparation : preparations) results.insert(preparation.result);
  return results;
}

// Solves prepared == target for what was prepared.
class Inverse {
 public:
  Inverse(Builder& builder, NodeId argument) : builder_(builder), graph_(builder.graph()), argument_(argument), origin_(OriginOfNode(graph_, argument)) {
    depends_.assign(graph_.nodes.size(), false);
    for (size_t id = 0; id < depends_.size(); ++id) {
      depends_[id] = static_cast<NodeId>(id) == argument_ || static_cast<NodeId>(id) == origin_.node;
      for (NodeId operand : ir::Operands(graph_.nodes[id])) depends_[id] = depends_[id] || depends_[static_cast<size_t>(operand)];
    }
  }

  // `target` has the shape of `prepared`; so has the result that of the argument. Nothing where there is no inverse.
  std::optional<NodeId> Solve(NodeId prepared, NodeId target) {
    for (;;) {
      if (prepared == argument_) return target;
      if (prepared == origin_.node) return AsArgument(target);
      const Node& node = graph_[prepared];
      if (node.op() != Node::Op::Comp) break;
      const Comp comp = node.comp();  // the graph grows below
      if (comp.body.size() == 1 && comp.body[0].kind == Scalar::Kind::Access) {
        auto turned = Through(comp, comp.accesses[static_cast<size_t>(comp.body[0].index)], target);
        if (!turned) break;
        prepared = comp.accesses[static_cast<size_t>(comp.body[0].index)].operand;
        target = *turned;
        continue;
      }
      int argument = DependentArgument(comp);
      if (argument < 0) break;
      auto before = Before(comp, argument, target);
      if (!before) break;
      const ir::Access& access = comp.accesses[static_cast<size_t>(comp.body[static_cast<size_t>(comp.body.back().arguments[argument])].index)];
      auto turned = Through(comp, access, *before);
      if (!turned) break;
      prepared = access.operand;
      target = *turned;
    }
    return std::nullopt;
  }

 private:
  // The argument may be a copy that the preparation sees through: what its origin is, as what it is.
  std::optional<NodeId> AsArgument(NodeId target) {
    for (int subscript : origin_.subscripts)
      if (subscript < 0 || subscript == Origin::kOther) return std::nullopt;
    return builder_.Fill(Operand::Of(target, origin_.subscripts), graph_.ShapeOf(argument_));
  }

  // Which argument of the body's call comes from the column; -1 if not one alone does, or the node is no call of one function.
  int DependentArgument(const Comp& comp) const {
    const Scalar& call = comp.body.back();
    if (call.kind != Scalar::Kind::Call || static_cast<int>(comp.extents.size()) != comp.rank) return -1;
    int found = -1;
    for (int argument = 0; argument < ir::Row(call.fn).arity; ++argument) {
      const Scalar& step = comp.body[static_cast<size_t>(call.arguments[argument])];
      if (step.kind == Scalar::Kind::Call) return -1;
      if (step.kind != Scalar::Kind::Access || !depends_[static_cast<size_t>(comp.accesses[static_cast<size_t>(step.index)].operand)]) continue;
      if (found >= 0) return -1;
      found = argument;
    }
    return found;
  }

  std::optional<Operand> AsOperand(const Comp& comp, int step_number) const {
    const Scalar& step = comp.body[static_cast<size_t>(step_number)];
    switch (step.kind) {
      case Scalar::Kind::Index: return Operand::Of(step.index);
      case Scalar::Kind::Literal: return Operand::Of(step.literal);
      case Scalar::Kind::Extent: return Operand::Of(step.extent);
      case Scalar::Kind::Call: return std::nullopt;
      case Scalar::Kind::Access: break;
    }
    const ir::Access& access = comp.accesses[static_cast<size_t>(step.index)];
    std::vector<int> indices;
    for (const ir::Affine& subscript : access.subscripts) {
      if (!subscript.IsBare()) return std::nullopt;
      indices.push_back(subscript.BareIndex());
    }
    return Operand::Of(access.operand, indices);
  }

  // The dependent argument's value where the call's is `target`.
  std::optional<NodeId> Before(const Comp& comp, int argument, NodeId target) {
    const Scalar& call = comp.body.back();
    Operand y = Whole(graph_, target);
    auto map = [&](ScalarFn fn, std::vector<Operand> arguments) { return std::optional(builder_.Map(fn, std::move(arguments), comp.extents)); };
    if (ir::Row(call.fn).arity == 1) {
      if (call.fn == ScalarFn::Neg) return map(ScalarFn::Neg, {y});
      if (call.fn == ScalarFn::Log) return map(ScalarFn::Exp, {y});
      if (call.fn == ScalarFn::Log1p) return map(ScalarFn::Expm1, {y});
      return std::nullopt;
    }
    if (ir::Row(call.fn).arity != 2) return std::nullopt;
    std::optional<Operand> other = AsOperand(comp, call.arguments[1 - argument]);
    if (!other) return std::nullopt;
    bool first = argument == 0;
    if (call.fn == ScalarFn::Add) return map(ScalarFn::Sub, {y, *other});
    if (call.fn == ScalarFn::Sub) return first ? map(ScalarFn::Add, {y, *other}) : map(ScalarFn::Sub, {*other, y});
    if (call.fn == ScalarFn::Mul) return map(ScalarFn::Div, {y, *other});
    if (call.fn == ScalarFn::Div && first) return map(ScalarFn::Mul, {y, *other});
    return std::nullopt;
  }

  // The target over the comprehension's indices as a node over the operand's axes: a permutation, or axes of one element more or less.
  std::optional<NodeId> Through(const Comp& comp, const ir::Access& access, NodeId target) {
    if (!comp.relations.empty()) return std::nullopt;
    std::vector<int> axis_of(static_cast<size_t>(comp.rank), -1);  // of the operand, for each axis of the target
    for (size_t axis = 0; axis < access.subscripts.size(); ++axis) {
      if (!access.subscripts[axis].IsBare()) return std::nullopt;
      int index = access.subscripts[axis].BareIndex();
      if (index >= comp.rank) {
        if (comp.extents[static_cast<size_t>(index)] != ir::Dim(1)) return std::nullopt;
        continue;
      }
      if (axis_of[static_cast<size_t>(index)] >= 0) return std::nullopt;
      axis_of[static_cast<size_t>(index)] = static_cast<int>(axis);
    }
    for (int axis : axis_of)
      if (axis < 0) return std::nullopt;
    if (axis_of == passes::Iota(static_cast<int>(axis_of.size())) && access.subscripts.size() == axis_of.size()) return target;
    return builder_.Fill(Operand::Of(target, axis_of), graph_.ShapeOf(access.operand));
  }

  Builder& builder_;
  Graph& graph_;
  NodeId argument_;
  Origin origin_;
  std::vector<bool> depends_;
};

// Elements of the answer and of a prepared column that are subtracted from each other; -1 stands for all, one by one.
struct Comparison {
  int answer = -1;
  int column = -1;
  size_t preparation = 0;
  bool operator==(const Comparison&) const = default;
};

class Comparisons {
 public:
  Comparisons(const Graph& graph, const AnswersCompared& compared)
      : graph_(graph), answers_(compared.answers), preparations_(compared.preparations), stops_(Results(compared.preparations)) {
    stops_.insert(answers_.begin(), answers_.end());
    const std::vector<bool> needed = ir::Needed(graph, compared.losses);
    for (size_t id = 0; id < needed.size(); ++id) {
      if (!needed[id] || graph.nodes[id].op() != Node::Op::Comp) continue;
      const Comp& comp = graph.nodes[id].comp();
      for (const Scalar& step : comp.body)
        if (step.kind == Scalar::Kind::Call && step.fn == ScalarFn::Sub) Note(comp, step);
    }
  }
  const std::vector<Comparison>& found() const { return found_; }

 private:
  Origin Of(const Comp& comp, int number) const {
    const Scalar& step = comp.body[static_cast<size_t>(number)];
    return step.kind == Scalar::Kind::Access ? OriginOf(graph_, comp, step, stops_) : Origin{};
  }

  // Events one by one, and of a second axis one element or all.
  static bool IsUsable(const Origin& origin) {
    return !origin.subscripts.empty() && origin.subscripts.size() <= 2 && origin.subscripts[0] >= 0 &&
           std::count(origin.subscripts.begin(), origin.subscripts.end(), Origin::kOther) == 0;
  }

  void Note(const Comp& comp, const Scalar& call) {
    Origin sides[] = {Of(comp, call.arguments[0]), Of(comp, call.arguments[1])};
    for (int side = 0; side < 2; ++side) {
      const Origin &answer = sides[side], &column = sides[1 - side];
      if (answers_.count(answer.node) == 0 || !IsUsable(answer) || !IsUsable(column) || answer.subscripts[0] != column.subscripts[0]) continue;
      for (size_t i = 0; i < preparations_.size(); ++i)
        if (preparations_[i].result == column.node)
          Add(answer.subscripts.size() == 2 ? answer.subscripts[1] : Origin::kOther,
              column.subscripts.size() == 2 ? column.subscripts[1] : Origin::kOther, i);
    }
  }

  // kOther: there is no second axis; negative: -1 - element; otherwise an index.
  void Add(int of_answer, int of_column, size_t preparation) {
    bool answer_runs = of_answer >= 0 && of_answer != Origin::kOther, column_runs = of_column >= 0 && of_column != Origin::kOther;
    if (answer_runs != column_runs || (answer_runs && of_answer != of_column)) return;
    Comparison comparison{of_answer < 0 ? -1 - of_answer : -1, of_column < 0 ? -1 - of_column : -1, preparation};
    if (std::find(found_.begin(), found_.end(), comparison) == found_.end()) found_.push_back(comparison);
  }

  const Graph& graph_;
  const std::set<NodeId>& answers_;
  const std::vector<Preparation>& preparations_;
  std::set<NodeId> stops_;
  std::vector<Comparison> found_;
};

class Undoing {
 public:
  Undoing(Builder& builder, NodeId answer, const AnswersCompared& compared)
      : builder_(builder), graph_(builder.graph()), answer_(answer), compared_(compared), preparations_(compared.preparations) {}

  Undone Run() {
    Undone undone;
    const Shape shape = graph_.ShapeOf(answer_);
    if (shape.empty() || shape.size() > 2) return undone;
    const std::vector<Comparison> found = Comparisons(graph_, compared_).found();
    int64_t elements = 0;
    for (const Comparison& comparison : found) {
      const Preparation& preparation = preparations_[comparison.preparation];
      // Two columns that the same numbers are compared with leave open whose unit they have.
      bool alone = std::count_if(found.begin(), found.end(), [&](const Comparison& each) {
        return each.answer == comparison.answer || each.answer < 0 || comparison.answer < 0;
      }) == 1;
      const NodeId before = alone ? Piece(comparison) : ir::kNoNode;
      auto& names = before != ir::kNoNode ? undone.fields : undone.prepared;
      if (std::find(names.begin(), names.end(), preparation.field) == names.end()) names.push_back(preparation.field);
      if (before == ir::kNoNode) continue;
      ++elements;
      if (comparison.answer < 0) undone.node = before;
      else undone.node = Placed(undone.node == ir::kNoNode ? answer_ : undone.node, comparison.answer, before);
      undone.whole = comparison.answer < 0 || shape[1] == ir::Dim(elements);
    }
    return undone;
  }

 private:
  // The compared elements of the answer, undone: of the answer's shape, or [N] for one element; no node where there is no inverse.
  NodeId Piece(const Comparison& comparison) {
    NodeId target = comparison.answer < 0 ? answer_ : Element(answer_, comparison.answer);
    NodeId prepared = preparations_[comparison.preparation].result;
    const Shape shape = graph_.ShapeOf(prepared);
    if (comparison.column >= 0) target = builder_.Fill(Operand::Of(target, {0}), shape);  // the same for every element; one is taken below
    // A column may be prepared several times: what one preparation was given, another made.
    for (size_t turns = 0; turns <= preparations_.size(); ++turns) {
      const NodeId made = OriginOfNode(graph_, prepared, Results(preparations_)).node;
      auto preparation = std::find_if(preparations_.begin(), preparations_.end(), [&](const Preparation& each) { return each.result == made; });
      if (preparation == preparations_.end()) break;
      auto before = Inverse(builder_, preparation->argument).Solve(prepared == preparation->result ? preparation->made : prepared, target);
      if (!before) return ir::kNoNode;
      target = *before;
      prepared = preparation->argument;
    }
    return comparison.column >= 0 ? Element(target, comparison.column) : target;
  }

  NodeId Element(NodeId node, int element) {
    const Shape shape = graph_.ShapeOf(node);
    ir::Affine fixed = ir::Affine::Index(1);
    fixed.constant = ir::Dim(-element);
    return builder_.Reduce(ir::Monoid::Sum, Operand::Of(node, {0, 1}), {shape[0], shape[1]}, 1, {fixed});
  }

  // `whole` with `element` in place of one of its elements.
  NodeId Placed(NodeId whole, int element, NodeId value) {
    const Shape shape = graph_.ShapeOf(whole);
    NodeId here = builder_.Map(ScalarFn::Eq, {Operand::Of(1), Operand::Of(static_cast<double>(element))}, shape);
    return builder_.Map(ScalarFn::Select, {Operand::Of(here, {0, 1}), Operand::Of(value, {0}), Operand::Of(whole, {0, 1})}, shape);
  }

  Builder& builder_;
  Graph& graph_;
  NodeId answer_;
  const AnswersCompared& compared_;
  const std::vector<Preparation>& preparations_;
};

}  // namespace

Undone UndoPreparation(Builder& builder, NodeId answer, const AnswersCompared& compared) {
  return Undoing(builder, answer, compared).Run();
}

}  // namespace nnc::sema
