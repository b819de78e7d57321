#include "compiler/passes/checkpoints.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "compiler/ir/walk.h"
#include "compiler/passes/definition.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/scans.h"
#include "compiler/passes/turn_axis.h"
#include "compiler/passes/within_turns.h"

namespace nnc::passes {

using ir::Affine;
using ir::Builder;
using ir::Dim;
using ir::Graph;
using ir::kNoNode;
using ir::NodeId;
using ir::Operand;
using ir::Role;
using ir::ScalarFn;
using ir::Shape;

// ---- what is kept --------------------------------------------------------------------------------------------------------------

// The first slice that the body made, which is not known to stay outside.
static std::optional<size_t> MadeInBody(const Graph& graph, const ir::Scan& scan, NodeId first, const std::set<NodeId>& stay) {
  for (size_t i = 0; i < scan.operands.size(); ++i) {
    const bool slice = (*scan.body)[scan.body->inputs[i]].input().role == Role::Slice;
    if (slice && scan.operands[i] >= first && graph[scan.operands[i]].if_comp() != nullptr && stay.count(scan.operands[i]) == 0) return i;
  }
  return std::nullopt;
}

std::vector<NodeId> WithCheckpoints(Builder& builder, const std::vector<NodeId>& states, NodeId first) {
  const Graph& graph = builder.graph();
  ir::Scan scan = graph[graph[states[0]].part().scan].scan();
  std::set<NodeId> stay;  // what a relation to the turn makes stands outside: taken within, it is read again
  while (const std::optional<size_t> input = MadeInBody(graph, scan, first, stay)) {
    stay.insert(scan.operands[*input]);
    if (std::optional<ir::Scan> within = WithinTurns(builder, scan, *input, first)) scan = std::move(*within);
  }
  scan.checkpointed = true;
  const NodeId made = builder.AddScan(std::move(scan));
  std::vector<NodeId> parts;
  for (NodeId state : states) parts.push_back(builder.AddPart(made, graph[state].part().output));
  return parts;
}

// ---- runs ----------------------------------------------------------------------------------------------------------------------

// Elements first, first + 1, ... of axis 0 as [runs, length].
static NodeId DividedIntoRuns(Builder& builder, NodeId tensor, int64_t first, int64_t runs, int64_t length) {
  const Shape shape = builder.graph().ShapeOf(tensor);
  const int rank = static_cast<int>(shape.size()) + 1;
  std::vector<Dim> extents{runs, length};
  extents.insert(extents.end(), shape.begin() + 1, shape.end());
  extents.push_back(shape[0]);
  std::vector<int> indices{rank};
  for (int axis = 2; axis < rank; ++axis) indices.push_back(axis);
  Affine tie;
  tie.Add(0, length);
  tie.Add(1, 1);
  tie.Add(rank, -1);
  tie.constant = first;
  return builder.Reduce(ir::Monoid::Sum, Operand::Of(tensor, std::move(indices)), std::move(extents), rank, {tie});
}

// Axis 0 as elements first, first + 1, ... of an axis of `count`: zeros elsewhere.
static NodeId Placed(Builder& builder, NodeId tensor, int64_t first, const Dim& count) {
  const Shape shape = builder.graph().ShapeOf(tensor);
  const int rank = static_cast<int>(shape.size());
  std::vector<Dim> extents = shape;
  extents[0] = count;
  extents.push_back(shape[0]);
  std::vector<int> indices = Iota(rank);
  indices[0] = rank;
  Affine tie = Affine::Index(0);
  tie.Add(rank, -1);
  tie.constant = -first;
  return builder.Reduce(ir::Monoid::Sum, Operand::Of(tensor, std::move(indices)), std::move(extents), rank, {tie});
}

// The two front axes [runs, length] as one.
static NodeId Joined(Builder& builder, NodeId tensor) {
  const Shape shape = builder.graph().ShapeOf(tensor);
  std::vector<Dim> extents{shape[0] * shape[1]};
  extents.insert(extents.end(), shape.begin() + 2, shape.end());
  const int rank = static_cast<int>(extents.size());
  extents.insert(extents.end(), shape.begin(), shape.begin() + 2);
  std::vector<int> indices{rank, rank + 1};
  for (int axis = 1; axis < rank; ++axis) indices.push_back(axis);
  Affine tie = Affine::Index(0);
  tie.Add(rank, -shape[1].Constant());
  tie.Add(rank + 1, -1);
  return builder.Reduce(ir::Monoid::Sum, Operand::Of(tensor, std::move(indices)), std::move(extents), rank, {tie});
}

// About the root of the number of turns, and a divisor of it if there is one.
static int64_t LengthOfRuns(int64_t turns) {
  const double root = std::sqrt(static_cast<double>(turns));
  int64_t best = 0;
  for (int64_t length = static_cast<int64_t>(std::ceil(root / 2)); length <= static_cast<int64_t>(2 * root); ++length)
    if (turns % length == 0 && (best == 0 || std::fabs(std::log(static_cast<double>(length) / root)) < std::fabs(std::log(static_cast<double>(best) / root)))) best = length;
  return best != 0 ? best : static_cast<int64_t>(std::ceil(root));
}

namespace {

// The turns of a scan as a scan over runs, and the turns that are left as a scan behind it.
class Runs {
 public:
  Runs(Builder& builder, const ir::Scan& scan, const std::vector<bool>& every)
      : builder_(builder), scan_(scan), every_(every), turns_(scan.count.Constant()), length_(LengthOfRuns(turns_)), left_(turns_ % length_) {}

  std::vector<StatesOfTurns> Made() {
    const int64_t runs = turns_ / length_;
    std::vector<NodeId> operands = scan_.operands;
    for (size_t i = 0; i < operands.size(); ++i)
      if (RoleOf(i) == Role::Slice) operands[i] = DividedIntoRuns(builder_, scan_.operands[i], scan_.down ? left_ : 0, runs, length_);
    std::vector<StatesOfTurns> states = Of(builder_, {OneRun(), std::move(operands), runs, scan_.down, true});
    for (size_t k = 0, emitted = states.size(); k < states.size(); ++k) {
      const NodeId scan = builder_.graph()[states[k].part].part().scan;
      states[k].after = every_[k] ? Joined(builder_, builder_.AddPart(scan, static_cast<int>(emitted++))) : kNoNode;
    }
    if (left_ > 0) AddLeft(runs, states);
    for (size_t k = 0; k < states.size(); ++k)
      if (every_[k]) states[k].before = Shifted(states[k].after, StartOf(k));
    return states;
  }

 private:
  Role RoleOf(size_t input) const { return (*scan_.body)[scan_.body->inputs[input]].input().role; }
  NodeId StartOf(size_t state) const {
    const auto at = std::find(scan_.body->inputs.begin(), scan_.body->inputs.end(), scan_.body->outputs[state].updates);
    return scan_.operands[static_cast<size_t>(at - scan_.body->inputs.begin())];
  }

  // The states of a scan, whose other outputs come behind them.
  static std::vector<StatesOfTurns> Of(Builder& builder, ir::Scan scan) {
    const Recurrence turns{scan.count, scan.down, {}, {}};
    const std::shared_ptr<const Graph> body = scan.body;
    const NodeId made = builder.AddScan(std::move(scan));
    std::vector<StatesOfTurns> states;
    for (size_t k = 0; k < body->outputs.size() && body->outputs[k].updates != kNoNode; ++k) {
      const NodeId part = builder.AddPart(made, static_cast<int>(k));
      states.push_back({part, Final(builder, turns, part), kNoNode, After(builder, turns, part)});
    }
    return states;
  }

  std::shared_ptr<const Graph> OneRun() const {
    const Graph& body = *scan_.body;
    auto run = std::make_shared<Graph>();
    run->name = body.name;
    Builder inner(*run);
    inner.UseRules(builder_.UsesRules());
    std::vector<NodeId> inputs;
    for (size_t i = 0; i < body.inputs.size(); ++i) {
      Shape shape = body.ShapeOf(body.inputs[i]);
      if (RoleOf(i) == Role::Slice) shape.insert(shape.begin(), length_);
      inputs.push_back(inner.AddInput(body[body.inputs[i]].input(), std::move(shape), body[body.inputs[i]].span));
    }
    const std::vector<StatesOfTurns> states = Of(inner, {scan_.body, inputs, length_, scan_.down});
    for (size_t k = 0; k < states.size(); ++k) {
      const auto at = std::find(body.inputs.begin(), body.inputs.end(), body.outputs[k].updates);
      run->outputs.push_back({body.outputs[k].name, states[k].last, inputs[static_cast<size_t>(at - body.inputs.begin())]});
    }
    for (size_t k = 0; k < states.size(); ++k)
      if (every_[k]) run->outputs.push_back({"each " + body.outputs[k].name, states[k].after, kNoNode});
    return run;
  }

  // The turns behind the runs.
  void AddLeft(int64_t runs, std::vector<StatesOfTurns>& states) {
    std::vector<NodeId> operands = scan_.operands;
    for (size_t i = 0; i < operands.size(); ++i) {
      if (RoleOf(i) == Role::Slice) operands[i] = Elements(builder_, scan_.operands[i], scan_.down ? 0 : runs * length_, left_);
      for (size_t k = 0; k < states.size(); ++k)
        if (scan_.body->outputs[k].updates == scan_.body->inputs[i]) operands[i] = states[k].last;
    }
    const std::vector<StatesOfTurns> left = Of(builder_, {scan_.body, std::move(operands), left_, scan_.down});
    for (size_t k = 0; k < states.size(); ++k) {
      states[k].last = left[k].last;
      if (!every_[k]) continue;
      states[k].after = builder_.Call(ScalarFn::Add, {Placed(builder_, states[k].after, scan_.down ? left_ : 0, turns_), Placed(builder_, left[k].after, scan_.down ? 0 : runs * length_, turns_)});
    }
  }

  // The states before each turn, of those after it and the first.
  NodeId Shifted(NodeId after, NodeId start) const {
    Shape shape = builder_.graph().ShapeOf(start);
    std::vector<int> indices = Iota(static_cast<int>(shape.size()), 1);
    shape.insert(shape.begin(), 1);
    const NodeId first = builder_.Fill(Operand::Of(start, std::move(indices)), std::move(shape));
    const NodeId others = Elements(builder_, after, scan_.down ? 1 : 0, turns_ - 1);
    return builder_.Call(ScalarFn::Add, {Placed(builder_, first, scan_.down ? turns_ - 1 : 0, turns_), Placed(builder_, others, scan_.down ? 0 : 1, turns_)});
  }

  Builder& builder_;
  const ir::Scan scan_;
  const std::vector<bool>& every_;
  const int64_t turns_, length_, left_;
};

}  // namespace

std::vector<StatesOfTurns> InRuns(Builder& builder, const std::vector<NodeId>& states, const std::vector<bool>& every) {
  constexpr int64_t kFewTurns = 8;
  const ir::Scan scan = builder.graph()[builder.graph()[states[0]].part().scan].scan();
  if (scan.count.IsConstant() && scan.count.Constant() > kFewTurns) return Runs(builder, scan, every).Made();
  return AsTheyAre(builder, states);
}

std::vector<StatesOfTurns> AsTheyAre(Builder& builder, const std::vector<NodeId>& states) {
  std::vector<StatesOfTurns> all;
  for (NodeId part : states) {
    const ir::Scan& scan = builder.graph()[builder.graph()[part].part().scan].scan();
    const Recurrence turns{scan.count, scan.down, {}, {}};
    all.push_back({part, Final(builder, turns, part), Before(builder, turns, part), After(builder, turns, part)});
  }
  return all;
}

// ---- derivatives ---------------------------------------------------------------------------------------------------------------

static Shape WithExtra(Shape front, const Shape& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

namespace {

// The body of a derivative: a turn computed again, and what is derived from it.
class TurnAgain {
 public:
  TurnAgain(Builder& outer, NodeId node, const Shape& extra)
      : outer_(outer), scan_(outer.graph()[node].scan()), extra_(extra), behind_(extra.size()), body_(std::make_shared<Graph>()), inner_(*body_), turn_(*scan_.body, inner_) {
    body_->name = "body";
    inner_.UseRules(outer.UsesRules());
    for (size_t i = 0; i < scan_.operands.size(); ++i) {
      int output = -1;
      for (size_t k = 0; k < Known().outputs.size(); ++k)
        if (Known().outputs[k].updates == Known().inputs[i]) output = static_cast<int>(k);
      output_of_.push_back(output);
      if (output < 0) inputs_.push_back(Add(RoleOf(i), NameOf(i), scan_.operands[i]));
      else inputs_.push_back(Add(Role::Slice, NameOf(i), Before(outer_, Turns(scan_.down), outer_.AddPart(node, output))));
      turn_.Set(Known().inputs[i], inputs_.back());
    }
  }

  std::vector<NodeId> Adjoint(const std::map<int, NodeId>& parts, const std::vector<bool>& wanted) {
    std::vector<bool> flagged = wanted;
    const std::vector<bool> outputs = FlowingOutputs(scan_, flagged, parts);
    std::map<int, NodeId> given, after;  // adjoints of parts, turns in front; of what a turn leaves, in the body
    for (auto [k, part] : parts) given[k] = AxisMoved(outer_, part, behind_, 0);
    std::vector<Seeded> values;
    for (int k = 0; k < static_cast<int>(outputs.size()); ++k) {
      if (!outputs[static_cast<size_t>(k)]) continue;
      after[k] = IsState(k) ? Add(Role::Carried, "adjoint " + Known().outputs[static_cast<size_t>(k)].name, StartOfAdjoint(k, given)) : Add(Role::Slice, "adjoint", given.at(k));
      values.push_back({turn_(Known().outputs[static_cast<size_t>(k)].node), after.at(k)});
    }
    std::vector<NodeId> results(wanted.size(), kNoNode);
    if (values.empty()) return results;
    std::vector<NodeId> variables;
    for (size_t i = 0; i < flagged.size(); ++i)
      if (flagged[i]) variables.push_back(inputs_[i]);
    const std::vector<NodeId> sums = VectorJacobian(inner_, values, variables);
    std::vector<int> numbers(wanted.size(), -1);  // by input: the output of this body
    for (size_t i = 0, v = 0; i < flagged.size(); ++i) {
      if (!flagged[i]) continue;
      const NodeId sum = sums[v++];
      if (output_of_[i] >= 0) {
        if (outputs[static_cast<size_t>(output_of_[i])]) numbers[i] = Next(after.at(output_of_[i]), WithGiven(sum, output_of_[i], given));
      } else if (wanted[i] && !inner_.IsZero(sum)) {
        numbers[i] = RoleOf(i) == Role::Slice ? Emit(sum) : NextSum(i, sum);
      }
    }
    const NodeId made = Close(!scan_.down);
    for (size_t i = 0; i < results.size(); ++i) {
      if (!wanted[i] || numbers[i] < 0) continue;
      const NodeId part = outer_.AddPart(made, numbers[i]);
      results[i] = RoleOf(i) == Role::Slice ? AxisMoved(outer_, part, 0, behind_) : Final(outer_, Turns(!scan_.down), part);
    }
    return results;
  }

  std::vector<NodeId> Tangent(const std::vector<NodeId>& tangents) {
    std::vector<bool> flagged;
    for (NodeId tangent : tangents) flagged.push_back(tangent != kNoNode);
    const std::vector<bool> depending = DependingOutputs(scan_, flagged);
    std::vector<Seeded> moved;
    std::map<int, NodeId> before;  // by output that is a state
    for (size_t i = 0; i < flagged.size(); ++i) {
      if (!flagged[i]) continue;
      NodeId tangent = tangents[i];
      if (tangent == kNoNode) tangent = outer_.Zeros(WithExtra(extra_, outer_.graph().ShapeOf(scan_.operands[i])));
      if (RoleOf(i) == Role::Slice) tangent = AxisMoved(outer_, tangent, behind_, 0);
      moved.push_back({inputs_[i], Add(RoleOf(i), "tangent " + NameOf(i), tangent)});
      if (output_of_[i] >= 0) before[output_of_[i]] = moved.back().seed;
    }
    std::vector<int> numbers(depending.size(), -1);
    for (int k = 0; k < static_cast<int>(depending.size()); ++k) {
      if (!depending[static_cast<size_t>(k)]) continue;
      const NodeId after = JacobianVector(inner_, turn_(Known().outputs[static_cast<size_t>(k)].node), moved);
      if (IsState(k)) numbers[static_cast<size_t>(k)] = Next(before.at(k), after);
      else if (!inner_.IsZero(after)) numbers[static_cast<size_t>(k)] = Emit(after);
    }
    const NodeId made = Close(scan_.down);
    std::vector<NodeId> results;
    for (int number : numbers) results.push_back(number < 0 ? kNoNode : AxisMoved(outer_, outer_.AddPart(made, number), 0, behind_));
    return results;
  }

 private:
  const Graph& Known() const { return *scan_.body; }
  Role RoleOf(size_t input) const { return Known()[Known().inputs[input]].input().role; }
  const std::string& NameOf(size_t input) const { return Known()[Known().inputs[input]].input().name; }
  bool IsState(int output) const { return Known().outputs[static_cast<size_t>(output)].updates != kNoNode; }
  Recurrence Turns(bool down) const { return {scan_.count, down, {}, {}}; }

  // Without what derivatives of inner scans were made of.
  NodeId Close(bool down) {
    return outer_.AddScan({std::make_shared<Graph>(ir::Restricted(*body_, body_->outputs, ir::UnusedInputs::Keep)), operands_, scan_.count, down, true});
  }
  NodeId Add(Role role, std::string name, NodeId operand) {
    while (!names_.insert(name).second) name += "'";
    Shape shape = outer_.graph().ShapeOf(operand);
    if (role == Role::Slice) shape.erase(shape.begin());
    operands_.push_back(operand);
    return inner_.AddInput({role, ir::DType::F32, std::move(name), 0}, std::move(shape));
  }
  int Emit(NodeId value) {
    body_->outputs.push_back({"emitted " + std::to_string(body_->outputs.size()), value, kNoNode});
    return static_cast<int>(body_->outputs.size()) - 1;
  }
  int Next(NodeId input, NodeId value) {
    body_->outputs.push_back({"next " + (*body_)[input].input().name, value, input});
    return static_cast<int>(body_->outputs.size()) - 1;
  }
  // What is given to a tensor that all turns share, added up.
  int NextSum(size_t input, NodeId part) {
    const NodeId sum = Add(Role::Carried, "sum " + NameOf(input), outer_.Zeros(inner_.graph().ShapeOf(part)));
    return Next(sum, inner_.Call(ScalarFn::Add, {sum, part}));
  }

  NodeId StartOfAdjoint(int output, const std::map<int, NodeId>& given) {
    if (given.count(output) != 0) return Final(outer_, Turns(scan_.down), given.at(output));
    return outer_.Zeros(WithExtra(extra_, Known().ShapeOf(Known().outputs[static_cast<size_t>(output)].updates)));
  }
  // The adjoint of a state before the turn: what comes through the turn, and what was read of it.
  NodeId WithGiven(NodeId through, int output, const std::map<int, NodeId>& given) {
    if (given.count(output) == 0) return through;
    const NodeId read = Before(outer_, Turns(scan_.down), given.at(output));
    return outer_.IsZero(read) ? through : inner_.Call(ScalarFn::Add, {Add(Role::Slice, "given", read), through});
  }

  Builder& outer_;
  const ir::Scan scan_;
  const Shape extra_;
  const size_t behind_;
  std::shared_ptr<Graph> body_;
  Builder inner_;
  Substitution turn_;             // from the scan's body
  std::vector<NodeId> inputs_;    // those of the scan's body, here
  std::vector<int> output_of_;    // by input of the scan's body: the output that updates it, or -1
  std::vector<NodeId> operands_;  // of the derivative
  std::set<std::string> names_;
};

}  // namespace

std::vector<NodeId> CheckpointedAdjoint(Builder& builder, NodeId scan, const std::map<int, NodeId>& parts, const std::vector<bool>& wanted, const Shape& extra) {
  return TurnAgain(builder, scan, extra).Adjoint(parts, wanted);
}

std::vector<NodeId> CheckpointedTangent(Builder& builder, NodeId scan, const std::vector<NodeId>& operands, const Shape& extra) {
  return TurnAgain(builder, scan, extra).Tangent(operands);
}

}  // namespace nnc::passes
