// Rewrites that need to know the users of a node: a sum pushed into the only operand that carries its index, or split over the
// terms of a sum where that makes some term cheaper. Run over y before it is differentiated, and over whole graphs by Simplify.
#pragma once
#include <span>
#include <vector>

#include "compiler/passes/definition.h"

namespace nnc::passes {

// y in normal form, in the same graph; `variables`, those of a graph as it is written, and everything behind them stay as they are.
ir::NodeId Normalise(ir::Builder& builder, ir::NodeId y, std::span<const ir::NodeId> variables);

// Rebuilds nodes of one graph in another (or the same). `place[id]` is the new node of each one that was visited.
class Normaliser {
 public:
  Normaliser(const ir::Graph& from, ir::Builder& to) : from_(from), to_(to), place(from.nodes.size(), ir::kNoNode), users_(from.nodes.size(), 0) {}

  void CountUsers(const std::vector<bool>& needed);
  bool AnySumMoves(const std::vector<bool>& needed) const;
  void Visit(ir::NodeId id);  // its operands have been visited

  bool drop_stops = false;  // nothing is differentiated any more: `stop` is its operand

 private:
  using Axes = std::vector<bool>;
  bool SumMoves(const Definition& sum) const;
  bool Pushes(ir::NodeId id, const Axes& axes) const;
  bool PushesIntoArgument(const ir::Operand& arg, const Axes& axes) const;
  ir::NodeId SummedOver(ir::NodeId id, const Axes& axes);
  ir::NodeId PlainSum(ir::NodeId id, const Axes& axes);
  ir::Operand PlainSumOfDiagonal(const ir::Operand& arg, const Axes& axes, const std::vector<ir::Dim>& extents, const std::vector<int>& names);
  ir::Operand SummedArgument(const ir::Operand& arg, const Axes& axes, const std::vector<ir::Dim>& extents, const std::vector<int>& names, bool scaled);
  ir::NodeId Moved(const Definition& sum);

  const ir::Graph& from_;
  ir::Builder& to_;

 public:
  std::vector<ir::NodeId> place;

 private:
  std::vector<int> users_;
};

}  // namespace nnc::passes
