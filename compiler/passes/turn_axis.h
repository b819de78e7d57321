// The axis of turns, put on the nodes of a scan's body (then it is computed for all turns at once) or taken off them.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "compiler/ir/builder.h"

namespace nnc::passes {

// The tensor with an axis at another place, the others in their order; the same in front of them.
ir::NodeId AxisMoved(ir::Builder& builder, ir::NodeId tensor, size_t from, size_t to);
inline ir::NodeId AxisInFront(ir::Builder& builder, ir::NodeId tensor, int axis) { return AxisMoved(builder, tensor, static_cast<size_t>(axis), 0); }

// Rebuilds nodes of a body in another graph. Nodes that read a tensor with an axis of turns get one, in front.
class TurnAdder {
 public:
  TurnAdder(const ir::Graph& from, ir::Builder& to, const ir::Dim& count)
      : from_(from), to_(to), count_(count), place_(from.nodes.size(), ir::kNoNode), turns_(from.nodes.size(), false) {}

  void Set(ir::NodeId node, ir::NodeId place, bool turns);
  // The node there; with an axis of turns in any case.
  ir::NodeId WithTurns(ir::NodeId node);

 private:
  ir::NodeId Visit(ir::NodeId node);
  void Add(ir::NodeId node);
  void AddComp(ir::NodeId node);
  void AddScan(ir::NodeId node);
  void AddPart(ir::NodeId node);
  std::vector<bool> InputsWithTurns(const ir::Scan& scan) const;
  ir::NodeId OperandWithTurns(const ir::Scan& scan, size_t input);

  const ir::Graph& from_;
  ir::Builder& to_;
  const ir::Dim count_;
  std::vector<ir::NodeId> place_;
  std::vector<bool> turns_;
};

// Where a turn's body finds what does not depend on its states.
class OuterTensors {
 public:
  virtual ~OuterTensors() = default;
  virtual bool InTurn(ir::NodeId node) const = 0;  // depends on a state
  virtual ir::Builder& Outer() = 0;
  virtual ir::NodeId Slice(ir::NodeId tensor, int axis) = 0;  // in the body: the turn's element along an axis of an outer tensor
  virtual ir::NodeId Whole(ir::NodeId tensor) = 0;            // in the body: an outer tensor
};

// Rebuilds nodes that are computed for all turns at once as those of one turn.
class TurnDropper {
 public:
  TurnDropper(const ir::Graph& from, ir::Builder& to, OuterTensors& outer, const ir::Dim& count)
      : from_(from), to_(to), outer_(outer), count_(count), place_(from.nodes.size(), ir::kNoNode), axis_(from.nodes.size(), -1) {}

  void Set(ir::NodeId node, ir::NodeId place, int axis);
  bool Has(ir::NodeId node) const { return place_[static_cast<size_t>(node)] != ir::kNoNode; }
  ir::NodeId Place(ir::NodeId node) const { return place_[static_cast<size_t>(node)]; }
  int Axis(ir::NodeId node) const { return axis_[static_cast<size_t>(node)]; }
  // A node whose operands were visited or do not depend on states; false if it mixes turns.
  bool Visit(ir::NodeId node);
  // A comprehension whose output index of that number runs through the turns.
  bool VisitAlong(ir::NodeId node, int turn);

 private:
  void TakeDiagonal(const ir::Comp& comp, ir::Access& access);
  bool VisitScan(ir::NodeId node);
  bool VisitPart(ir::NodeId node);
  std::optional<int> TurnIndex(const ir::Comp& comp) const;

  const ir::Graph& from_;
  ir::Builder& to_;
  OuterTensors& outer_;
  const ir::Dim count_;
  std::vector<ir::NodeId> place_;
  std::vector<int> axis_;  // of the turns, in the node for all turns
  std::map<ir::NodeId, std::vector<int>> part_axes_;  // the same, of the parts of an inner scan
};

}  // namespace nnc::passes
