// Recurrences: every order against central differences, forward over reverse against reverse over reverse, and what a turn computes.
#include <gtest/gtest.h>

#include "check.h"
#include "compiler/ir/text.h"
#include "compiler/passes/checkpoints.h"
#include "compiler/passes/pipeline.h"
#include "compiler/passes/scans.h"
#include "networks.h"

namespace nnc::test {

using ir::Affine;
using ir::Builder;
using ir::Dim;
using ir::Monoid;
using ir::NodeId;
using ir::Operand;
using ir::ScalarFn;
using passes::Recurrence;
using Nodes = std::vector<NodeId>;

static constexpr int kEvents = 2, kTurns = 3, kHidden = 2, kInput = 2;

// sum over k of x[t, n, k] * W[k, j] for all turns.
static NodeId Projected(Builder& b, NodeId x, NodeId W) {
  const ir::Shape shape = b.graph().ShapeOf(x);
  return b.Contract(Operand::Of(x, {0, 1, 3}), Operand::Of(W, {3, 2}), {shape[0], shape[1], b.graph().ShapeOf(W)[1], shape[2]}, 3);
}

static NodeId Placeholder(Builder& b, const Recurrence& recurrence, NodeId start) {
  ir::Shape shape = b.graph().ShapeOf(start);
  shape.insert(shape.begin(), recurrence.count);
  return b.AddPlaceholder(shape);
}

static Nodes Close(Builder& b, const Recurrence& recurrence) {
  NodeId culprit = ir::kNoNode;
  const auto states = MakeScan(b, recurrence, &culprit);
  EXPECT_TRUE(states.has_value()) << "mixes turns: %" << culprit << "\n" << ir::Print(b.graph());
  return *states;
}

// h' = tanh(x U + h V), with x given event by event.
static NodeId Rnn(Builder& b, const Nodes& in, bool down) {
  const NodeId x = in[0], U = in[1], V = in[2], start = in[3];
  const Dim count = b.graph().ShapeOf(x)[1];
  const NodeId turns = b.Fill(Operand::Of(x, {1, 0, 2}), {count, kEvents, kInput});
  Recurrence recurrence{count, down, {}};
  const NodeId h = Placeholder(b, recurrence, start);
  const NodeId next = Call(b, ScalarFn::Tanh, {Call(b, ScalarFn::Add, {Projected(b, turns, U), Projected(b, h, V)})});
  recurrence.states.push_back({"h", start, h, next});
  return Close(b, recurrence)[0];
}

static const std::vector<Variable> kOfRnn = {{"x", {kEvents, kTurns, kInput}}, {"U", {kInput, kHidden}}, {"V", {kHidden, kHidden}}, {"h", {kEvents, kHidden}}};

TEST(ScanDerivatives, ARecurrentNet) {
  CheckDerivatives({"rnn up", kOfRnn, [](Builder& b, const Nodes& in) { return Rnn(b, in, false); }});
  CheckDerivatives({"rnn down", kOfRnn, [](Builder& b, const Nodes& in) { return Rnn(b, in, true); }});
}

TEST(ScanDerivatives, OnlyTheLastState) {
  CheckDerivatives({"last", kOfRnn, [](Builder& b, const Nodes& in) {
                      const Recurrence up{kTurns, false, {}};
                      return Call(b, ScalarFn::Sin, {Final(b, up, Rnn(b, in, false))});
                    }});
}

// What a turn computes is computed again, and what stands in the body for inputs alone is, too.
TEST(ScanDerivatives, OfCheckpointedTurns) {
  for (const bool down : {false, true}) {
    CheckDerivatives({"checkpointed", kOfRnn, [&](Builder& b, const Nodes& in) {
                        const NodeId first = static_cast<NodeId>(b.graph().nodes.size());
                        const Nodes states = passes::WithCheckpoints(b, {Rnn(b, in, down)}, first);
                        const ir::Scan& scan = b.graph()[b.graph()[states[0]].part().scan].scan();
                        EXPECT_TRUE(scan.checkpointed);
                        EXPECT_EQ(scan.operands.size(), 4u) << ir::Print(b.graph());  // the start, x, U and V
                        return states[0];
                      }});
  }
}

// Eleven turns are two runs of four and three more.
TEST(ScanDerivatives, OfTurnsInRuns) {
  const std::vector<Variable> variables = {{"x", {kEvents, 11, kInput}}, kOfRnn[1], kOfRnn[2], kOfRnn[3]};
  for (const bool down : {false, true}) {
    CheckDerivatives({"runs", variables, [&](Builder& b, const Nodes& in) {
                        const NodeId first = static_cast<NodeId>(b.graph().nodes.size());
                        const NodeId states = Rnn(b, in, down);
                        const NodeId last = passes::InRuns(b, passes::WithCheckpoints(b, {states}, first), {false})[0].last;
                        return Call(b, ScalarFn::Sub, {Call(b, ScalarFn::Mul, {last, last}), passes::Final(b, Recurrence{11, down, {}}, states)});
                      }, 2});
  }
}

// What each turn left, and what it began with, is what the scan as it was gives.
TEST(ScanDerivatives, OfEveryTurnInRuns) {
  for (const int64_t turns : {10, 11, 13}) {
    const std::vector<Variable> variables = {{"x", {kEvents, turns, kInput}}, kOfRnn[1], kOfRnn[2], kOfRnn[3]};
    for (const bool down : {false, true}) {
      CheckDerivatives({"every turn", variables, [&](Builder& b, const Nodes& in) {
                          const NodeId first = static_cast<NodeId>(b.graph().nodes.size());
                          const NodeId states = Rnn(b, in, down);
                          const passes::StatesOfTurns runs = passes::InRuns(b, passes::WithCheckpoints(b, {states}, first), {true})[0];
                          const passes::StatesOfTurns plain = passes::AsTheyAre(b, {states})[0];
                          const NodeId differ = Call(b, ScalarFn::Sub, {Call(b, ScalarFn::Mul, {runs.before, plain.after}), Call(b, ScalarFn::Mul, {plain.before, runs.after})});
                          return Call(b, ScalarFn::Add, {Call(b, ScalarFn::Mul, {runs.after, runs.after}), differ});
                        }, 1});
    }
  }
}

// Two states, gates in one array, as an LSTM has them.
TEST(ScanDerivatives, ALongShortTermMemory) {
  const std::vector<Variable> variables = {{"x", {kTurns, kEvents, kInput}}, {"U", {kInput, 4 * kHidden}}, {"V", {kHidden, 4 * kHidden}}};
  const Case lstm{"lstm", variables, [](Builder& b, const Nodes& in) {
    Recurrence recurrence{kTurns, false, {}};
    const NodeId zeros = b.Zeros({kEvents, kHidden});
    const NodeId h = Placeholder(b, recurrence, zeros), c = Placeholder(b, recurrence, zeros);
    const NodeId z = Call(b, ScalarFn::Add, {Projected(b, in[0], in[1]), Projected(b, h, in[2])});
    auto gate = [&](int number) {  // z[t, n, kHidden * number + j]
      Affine tie = Affine::Index(3);
      tie.Add(2, -1);
      tie.constant = -kHidden * number;
      return b.Reduce(Monoid::Sum, Operand::Of(z, {0, 1, 3}), {kTurns, kEvents, kHidden, 4 * kHidden}, 3, {tie});
    };
    auto sigmoid = [&](NodeId node) { return Call(b, ScalarFn::Sigmoid, {node}); };
    auto times = [&](NodeId a, NodeId d) { return Call(b, ScalarFn::Mul, {a, d}); };
    const NodeId kept = times(sigmoid(gate(0)), c), put = times(sigmoid(gate(1)), Call(b, ScalarFn::Tanh, {gate(2)}));
    const NodeId next_c = Call(b, ScalarFn::Add, {kept, put});
    const NodeId next_h = times(sigmoid(gate(3)), Call(b, ScalarFn::Tanh, {next_c}));
    recurrence.states = {{"h", zeros, h, next_h}, {"c", zeros, c, next_c}};
    const Nodes states = Close(b, recurrence);
    return Call(b, ScalarFn::Add, {Final(b, recurrence, states[0]), Final(b, recurrence, states[1])});
  }, 2};
  CheckDerivatives(lstm);
}

// The number of the turn as a number, and an input read at other turns.
TEST(ScanDerivatives, TheTurnInFormulasAndSubscripts) {
  const std::vector<Variable> variables = {{"x", {5}}, {"a", {}}};
  CheckDerivatives({"turn", variables, [](Builder& b, const Nodes& in) {
                      Recurrence recurrence{5, false, {}};
                      const NodeId start = b.Fill(Operand::Of(0.5), {});
                      const NodeId s = Placeholder(b, recurrence, start);
                      Affine before = Affine::Index(1);  // u == t - 1: 0 before the first
                      before.Add(0, -1);
                      before.constant = 1;
                      const NodeId shifted = b.Reduce(Monoid::Sum, Operand::Of(in[0], {1}), {5, 5}, 1, {before});
                      const NodeId angle = b.Map(ScalarFn::Mul, {Operand::Of(s, {0}), Operand::Of(0)}, {5});
                      const NodeId wave = Call(b, ScalarFn::Sin, {Call(b, ScalarFn::Add, {angle, shifted})});
                      recurrence.states.push_back({"s", start, s, Call(b, ScalarFn::Add, {wave, Call(b, ScalarFn::Mul, {s, in[1]})})});
                      return Close(b, recurrence)[0];
                    }});
}

// For each element of an outer recurrence an inner one, started by its state.
TEST(ScanDerivatives, AScanInAScan) {
  const std::vector<Variable> variables = {{"x", {kTurns, 2}}, {"a", {2}}};
  CheckDerivatives({"nested", variables, [](Builder& b, const Nodes& in) {
                      Recurrence outer{kTurns, false, {}};
                      const NodeId h = Placeholder(b, outer, in[1]);  // [t, j]
                      Recurrence inner{2, true, {}};
                      const NodeId g = Placeholder(b, inner, h);      // [u, t, j]
                      const NodeId x = b.Fill(Operand::Of(in[0], {1, 2}), {2, kTurns, 2});
                      inner.states.push_back({"g", h, g, Call(b, ScalarFn::Tanh, {Call(b, ScalarFn::Add, {Call(b, ScalarFn::Mul, {g, x}), x})})});
                      const NodeId last = Final(b, inner, Close(b, inner)[0]);
                      outer.states.push_back({"h", in[1], h, Call(b, ScalarFn::Add, {last, Call(b, ScalarFn::Mul, {h, b.Fill(Operand::Of(0.5), {})})})});
                      return Close(b, outer)[0];
                    }, 2});
}

// What needs no state stands outside, and a state that nothing needs is gone.
TEST(Scans, AreTidied) {
  ir::Graph graph;
  Builder b(graph);
  Nodes in;
  for (const Variable& variable : kOfRnn) in.push_back(AddInput(b, variable.name, variable.shape));
  Recurrence recurrence{kTurns, false, {}};
  const NodeId h = Placeholder(b, recurrence, in[3]), lost = Placeholder(b, recurrence, in[3]);
  const NodeId x = b.Fill(Operand::Of(in[0], {1, 0, 2}), {kTurns, kEvents, kInput});
  const NodeId next = Call(b, ScalarFn::Tanh, {Call(b, ScalarFn::Add, {Projected(b, x, in[1]), Projected(b, h, in[2])})});
  recurrence.states = {{"h", in[3], h, next}, {"lost", in[3], lost, Call(b, ScalarFn::Add, {lost, h})}};
  graph.outputs.push_back({"states", Close(b, recurrence)[0], ir::kNoNode});
  const ir::Graph tidy = passes::Optimize(graph);
  EXPECT_EQ(ir::Verify(tidy, true), "");
  const std::string text = ir::Print(tidy);
  EXPECT_EQ(text.find("lost"), std::string::npos) << text;
  for (const ir::Node& node : tidy.nodes) {
    if (node.op() != ir::Node::Op::Scan) continue;
    EXPECT_EQ(node.scan().body->inputs.size(), 3u) << "state, x U, V\n" << text;
    EXPECT_EQ(node.scan().body->nodes.size(), 6u) << text;
  }
}

}  // namespace nnc::test
