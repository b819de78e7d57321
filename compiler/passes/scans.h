// Between a recurrence as it is written down for all turns at once and a scan, whose body is one turn.
//
// For all turns at once, every tensor that changes from turn to turn has an axis of turns, and what a state is before a turn is a
// placeholder until the recurrence is closed. That is what elaboration writes, and what is differentiated: an ordinary graph. MakeScan
// takes out of it what depends on a placeholder and leads to a next state; that alone must be computed turn by turn. All else stays
// outside, for all turns at once: what a body reads is hoisted, what is made of states is computed behind the scan.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/builder.h"

namespace nnc::passes {

struct Recurrence {
  ir::Dim count;
  bool down = false;
  struct State {
    std::string name;
    ir::NodeId start = ir::kNoNode;        // [state...]
    ir::NodeId placeholder = ir::kNoNode;  // [count, state...]: before each turn
    ir::NodeId next = ir::kNoNode;         // [count, state...]: after it
    size_t output = 0;                     // of a scan that was opened: of its body
  };
  std::vector<State> states;
  struct Emitted {
    size_t output = 0;               // of the scan's body
    ir::NodeId value = ir::kNoNode;  // [count, ...]
  };
  std::vector<Emitted> emitted;  // of a scan that was opened: they are no part of the recurrence
};

// The states before the first turn and after each, [count + 1, state...] (see ir::Scan); nothing where a node mixes turns, which is
// `culprit`. The graph keeps the nodes that read placeholders; nothing needs them any more.
std::optional<std::vector<ir::NodeId>> MakeScan(ir::Builder& builder, const Recurrence& recurrence, ir::NodeId* culprit = nullptr);

// The states before each turn, [count, state...], out of those that MakeScan gives; and after each.
ir::NodeId Before(ir::Builder& builder, const Recurrence& recurrence, ir::NodeId states);
ir::NodeId After(ir::Builder& builder, const Recurrence& recurrence, ir::NodeId states);
// The states after the last turn.
ir::NodeId Final(ir::Builder& builder, const Recurrence& recurrence, ir::NodeId states);

// Elements first, first + 1, ... of axis 0.
ir::NodeId Elements(ir::Builder& builder, ir::NodeId tensor, const ir::Dim& first, const ir::Dim& count);

// Nodes rebuilt with others in the place of some.
class Substitution {
 public:
  // `from` may be the builder's own graph.
  Substitution(const ir::Graph& from, ir::Builder& to) : from_(from), to_(to) {}
  void Set(ir::NodeId node, ir::NodeId place);
  ir::NodeId operator()(ir::NodeId node);

 private:
  ir::NodeId PlaceOf(ir::NodeId node) const;
  const ir::Graph& from_;
  ir::Builder& to_;
  std::vector<ir::NodeId> place_;
};

// The outputs of a scan's body for all turns at once, [count, ...], where `inputs` stand for the body's inputs: states before each turn
// [count, state...], slices [count, ...], what is shared.
std::vector<ir::NodeId> ForAllTurns(ir::Builder& builder, const ir::Scan& scan, const std::vector<ir::NodeId>& inputs);

// By output of the body: whether it depends on a flagged input, in this turn or one before. The flags of states grow.
std::vector<bool> DependingOutputs(const ir::Scan& scan, std::vector<bool>& flagged);
// By output of the body: whether it is flagged or leads to one that is, through states in this turn or a later one.
std::vector<bool> NeededOutputs(const ir::Graph& body, std::vector<bool> needed);

// By output of the body: whether an adjoint flows through it, from the parts whose adjoints are given to the operands that are flagged. The
// flags of states grow.
std::vector<bool> FlowingOutputs(const ir::Scan& scan, std::vector<bool>& flagged, const std::map<int, ir::NodeId>& parts);

// What a scan computes as a recurrence, with placeholders of its own.
Recurrence Opened(ir::Builder& builder, const ir::Scan& scan);

// The scan closed again: the states of each group of outputs as a scan of their own, which reads those of groups before it; what is
// emitted outside. Gives what stands for each part, none for states that no group has and nothing of it reads; or nothing where it cannot be
// taken apart.
std::optional<std::vector<ir::NodeId>> Remade(ir::Builder& builder, const ir::Scan& scan, const std::vector<std::vector<size_t>>& groups);

// Scans without what nothing needs: states, inputs, and nodes of a body that no state leads to.
ir::Graph TidyScans(const ir::Graph& graph);

}  // namespace nnc::passes
