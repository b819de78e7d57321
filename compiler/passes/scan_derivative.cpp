#include "compiler/passes/scan_derivative.h"

#include <cstdio>
#include <cstdlib>

#include "compiler/ir/text.h"
#include "compiler/ir/walk.h"
#include "compiler/passes/checkpoints.h"
#include "compiler/passes/definition.h"
#include "compiler/passes/differentiate.h"
#include "compiler/passes/scans.h"
#include "compiler/passes/turn_axis.h"

namespace nnc::passes {

using ir::Builder;
using ir::Dim;
using ir::Graph;
using ir::kNoNode;
using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;
using ir::Shape;

static NodeId Sum(Builder& builder, NodeId a, NodeId b) {
  if (a == kNoNode || b == kNoNode) return a == kNoNode ? b : a;
  return builder.Call(ScalarFn::Add, {a, b});
}

static Shape Joined(Shape front, const Shape& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

// What a scan's derivative computes in a turn never mixes turns.
static std::vector<NodeId> Made(Builder& builder, const Recurrence& recurrence) {
  NodeId culprit = kNoNode;
  std::optional<std::vector<NodeId>> states = MakeScan(builder, recurrence, &culprit);
  if (states) return std::move(*states);
  Graph shown = builder.graph();
  std::fprintf(stderr, "internal error: the derivative of a scan mixes turns at %%%d\n%s", culprit, ir::Print(shown).c_str());
  std::abort();
}

namespace {

// The body for all turns at once, in a graph of its own, with a placeholder for each input.
struct OpenBody {
  Graph graph;
  Builder builder{graph};
  const ir::Scan scan;
  const Shape extra;
  std::vector<NodeId> inputs, outputs;   // nodes of `graph`
  std::vector<int> output_of;            // by input: the output that updates it, or -1

  OpenBody(const ir::Scan& scan_, const Shape& extra_) : scan(scan_), extra(extra_) {
    const Graph& body = *scan.body;
    for (NodeId input : body.inputs) {
      Shape shape = body.ShapeOf(input);
      if (body[input].input().role != ir::Role::Shared) shape.insert(shape.begin(), scan.count);
      inputs.push_back(builder.AddPlaceholder(std::move(shape)));
      output_of.push_back(-1);
      for (size_t k = 0; k < body.outputs.size(); ++k)
        if (body.outputs[k].updates == input) output_of.back() = static_cast<int>(k);
    }
    outputs = ForAllTurns(builder, scan, inputs);
  }

  const Shape& StateShape(size_t input) const { return scan.body->ShapeOf(scan.body->inputs[input]); }
  const std::string& NameOf(size_t input) const { return scan.body->nodes[static_cast<size_t>(scan.body->inputs[input])].input().name; }
  bool IsState(int output) const { return scan.body->outputs[static_cast<size_t>(output)].updates != kNoNode; }
  Recurrence Turns(bool down) const { return {scan.count, down, {}, {}}; }
  // What the inputs stand for in the graph of the scan.
  void Fill(Substitution& substitution, Builder& outer, NodeId node) const {
    for (size_t i = 0; i < inputs.size(); ++i) {
      const int output = output_of[i];
      substitution.Set(inputs[i], output < 0 ? scan.operands[i] : Before(outer, Turns(scan.down), outer.AddPart(node, output)));
    }
  }
};

// The adjoints of a body's inputs, in terms of placeholders for those of its outputs after each turn.
struct OpenAdjoint {
  std::map<int, NodeId> after;   // by output
  std::vector<NodeId> inputs;    // or none

  OpenAdjoint(OpenBody& body, const std::vector<bool>& flagged, const std::vector<bool>& outputs) : inputs(body.inputs.size(), kNoNode) {
    std::vector<NodeId> variables;
    for (size_t i = 0; i < flagged.size(); ++i)
      if (flagged[i]) variables.push_back(body.inputs[i]);
    std::vector<Seeded> values;
    for (size_t k = 0; k < outputs.size(); ++k) {
      if (!outputs[k]) continue;
      after[static_cast<int>(k)] = body.builder.AddPlaceholder(Joined(body.extra, body.graph.ShapeOf(body.outputs[k])));
      values.push_back({body.outputs[k], after.at(static_cast<int>(k))});
    }
    const std::vector<NodeId> sums = VectorJacobian(body.builder, values, variables);
    for (size_t i = 0, v = 0; i < flagged.size(); ++i)
      if (flagged[i] && !body.builder.IsZero(sums[v++])) inputs[i] = sums[v - 1];
  }
};

}  // namespace

std::vector<NodeId> ScanAdjoint(Builder& builder, NodeId node, const std::map<int, NodeId>& parts, const std::vector<bool>& wanted, const Shape& extra) {
  if (builder.graph()[node].scan().checkpointed) return CheckpointedAdjoint(builder, node, parts, wanted, extra);
  OpenBody body(builder.graph()[node].scan(), extra);
  const size_t behind = extra.size();
  const Recurrence forward = body.Turns(body.scan.down);
  Recurrence backward = body.Turns(!body.scan.down);
  std::vector<bool> flagged = wanted;
  const std::vector<bool> outputs = FlowingOutputs(body.scan, flagged, parts);
  std::vector<size_t> states;  // inputs whose adjoints are carried, in the order of the recurrence
  for (size_t i = 0; i < flagged.size(); ++i)
    if (body.output_of[i] >= 0 && outputs[static_cast<size_t>(body.output_of[i])]) states.push_back(i);
  const OpenAdjoint adjoint(body, flagged, outputs);

  Substitution open(body.graph, builder), closed(body.graph, builder);  // with placeholders, and with what they become
  std::map<int, NodeId> given;  // adjoints of the parts, turns in front
  for (auto [k, part] : parts) given[k] = AxisMoved(builder, part, behind, 0);
  for (Substitution* substitution : {&open, &closed}) {
    body.Fill(*substitution, builder, node);
    for (auto [k, placeholder] : adjoint.after)
      if (!body.IsState(k)) substitution->Set(placeholder, parts.at(k));
  }
  for (size_t i : states) {
    const int k = body.output_of[i];
    const Shape shape = Joined(extra, body.StateShape(i));
    Recurrence::State state{"adjoint " + body.NameOf(i)};
    state.start = given.count(k) ? Final(builder, forward, given.at(k)) : builder.Zeros(shape);
    state.placeholder = builder.AddPlaceholder(Joined({body.scan.count}, shape));
    open.Set(adjoint.after.at(k), AxisMoved(builder, state.placeholder, 0, behind));
    backward.states.push_back(std::move(state));
  }
  for (size_t s = 0; s < states.size(); ++s) {
    const int k = body.output_of[states[s]];
    const NodeId through = adjoint.inputs[states[s]];
    NodeId sum = through == kNoNode ? kNoNode : AxisMoved(builder, open(through), behind, 0);
    if (given.count(k)) sum = Sum(builder, Before(builder, forward, given.at(k)), sum);
    backward.states[s].next = sum != kNoNode ? sum : builder.Zeros(builder.graph().ShapeOf(backward.states[s].placeholder));
  }
  const std::vector<NodeId> made = Made(builder, backward);

  std::vector<NodeId> results(body.inputs.size(), kNoNode);
  for (size_t s = 0; s < states.size(); ++s) {
    closed.Set(adjoint.after.at(body.output_of[states[s]]), AxisMoved(builder, Before(builder, backward, made[s]), 0, behind));
    if (wanted[states[s]]) results[states[s]] = Final(builder, backward, made[s]);
  }
  for (size_t i = 0; i < results.size(); ++i)
    if (wanted[i] && body.output_of[i] < 0 && adjoint.inputs[i] != kNoNode) results[i] = closed(adjoint.inputs[i]);
  return results;
}

std::vector<NodeId> ScanTangent(Builder& builder, NodeId node, const std::vector<NodeId>& operands, const Shape& extra) {
  if (builder.graph()[node].scan().checkpointed) return CheckpointedTangent(builder, node, operands, extra);
  OpenBody body(builder.graph()[node].scan(), extra);
  Recurrence recurrence = body.Turns(body.scan.down);
  const size_t behind = extra.size();
  std::vector<bool> flagged;
  for (NodeId operand : operands) flagged.push_back(operand != kNoNode);
  const std::vector<bool> depending = DependingOutputs(body.scan, flagged);

  Substitution open(body.graph, builder), closed(body.graph, builder);
  body.Fill(open, builder, node);
  body.Fill(closed, builder, node);
  std::vector<NodeId> before(body.inputs.size(), kNoNode);  // tangents of the inputs, in the graph of the body
  for (size_t i = 0; i < before.size(); ++i) {
    if (!flagged[i]) continue;
    before[i] = body.builder.AddPlaceholder(Joined(extra, body.graph.ShapeOf(body.inputs[i])));
    if (body.output_of[i] < 0) {
      open.Set(before[i], operands[i]);
      closed.Set(before[i], operands[i]);
      continue;
    }
    const Shape state = Joined(extra, body.StateShape(i));
    Recurrence::State tangent{"tangent " + body.NameOf(i)};
    tangent.start = operands[i] != kNoNode ? operands[i] : builder.Zeros(state);
    tangent.placeholder = builder.AddPlaceholder(Joined({body.scan.count}, state));
    open.Set(before[i], AxisMoved(builder, tangent.placeholder, 0, behind));
    recurrence.states.push_back(std::move(tangent));
  }
  std::vector<NodeId> after(body.outputs.size(), kNoNode);
  std::vector<Seeded> moved;
  for (size_t i = 0; i < before.size(); ++i)
    if (before[i] != kNoNode) moved.push_back({body.inputs[i], before[i]});
  for (size_t k = 0; k < after.size(); ++k) {
    if (!depending[k]) continue;
    const NodeId tangent = JacobianVector(body.builder, body.outputs[k], moved);
    if (!body.builder.IsZero(tangent)) after[k] = tangent;
  }
  size_t next = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i] == kNoNode || body.output_of[i] < 0) continue;
    Recurrence::State& state = recurrence.states[next++];
    const NodeId value = after[static_cast<size_t>(body.output_of[i])];
    state.next = value != kNoNode ? AxisMoved(builder, open(value), behind, 0) : builder.Zeros(builder.graph().ShapeOf(state.placeholder));
  }
  const std::vector<NodeId> states = Made(builder, recurrence);

  std::vector<NodeId> results(body.outputs.size(), kNoNode);
  next = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i] == kNoNode || body.output_of[i] < 0) continue;
    const NodeId stack = states[next++];
    closed.Set(before[i], AxisMoved(builder, Before(builder, recurrence, stack), 0, behind));
    results[static_cast<size_t>(body.output_of[i])] = AxisMoved(builder, stack, 0, behind);
  }
  for (size_t k = 0; k < results.size(); ++k)
    if (results[k] == kNoNode && after[k] != kNoNode && !body.IsState(static_cast<int>(k))) results[k] = closed(after[k]);
  return results;
}

}  // namespace nnc::passes
