// From the graph as it is written to one without variables and derivatives.
//
// A derivative is taken where the value that is differentiated still reads the variable: while it is taken, the variable is opaque to
// every rule. All other variables are dissolved before, so that the value is in normal form and its logarithms are stable; those
// that an outer derivative is taken by stay until that one is taken. So which names matter to a derivative is known from the
// derivatives of the graph, and a name that nothing differentiates by changes nothing.
#pragma once
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/ir/builder.h"

namespace nnc::passes {

class DerivativeTaker {
 public:
  // Adds to the builder's graph, by its rules. May be kept while the graph as written grows.
  explicit DerivativeTaker(ir::Builder& builder) : builder_(builder), graph_(builder.graph()) { SetOf({}); }
  // For these nodes alone; others stay as they are written.
  DerivativeTaker(ir::Builder& builder, std::vector<bool> only) : DerivativeTaker(builder) { only_ = std::move(only); }

  // In what is differentiated, `input` is `node`, which came before it: a figure that the host computes otherwise.
  void Inside(ir::NodeId input, ir::NodeId node) { inside_[input] = node; }
  // True if a path of any kind leads from x, a variable or an input, to y in the graph as it is written: also one along which no
  // derivative flows.
  bool Reaches(ir::NodeId x, ir::NodeId y) const;

  // The node with all derivatives taken and all variables dissolved.
  ir::NodeId Take(ir::NodeId node) { return Take(node, kNone); }
  // The node with all derivatives taken and all variables dissolved but that of `variable` (or an input); and the variable there.
  std::pair<ir::NodeId, ir::NodeId> TakeKeeping(ir::NodeId node, ir::NodeId variable);

 private:
  // A set of variables that are kept: its number in `sets_`.
  using Kept = int;
  static constexpr Kept kNone = 0;
  static constexpr uint32_t kInside = 0xFFFFFFFF;  // among the variables: a derivative is being taken
  struct State {
    ir::NodeId node;
    Kept kept;
    bool operator==(const State&) const = default;
  };
  struct HashState {
    size_t operator()(const State& s) const { return static_cast<size_t>(s.node) * 0x9E3779B97F4A7C15ull + static_cast<size_t>(s.kept); }
  };

  Kept SetOf(std::vector<uint32_t> variables);
  Kept With(Kept kept, uint32_t variable);              // and inside a derivative
  bool Holds(Kept kept, uint32_t variable) const;
  // Of the variables kept, those that a path leads from to the node: nodes that read none of them are the same for all sets.
  Kept Restricted(Kept kept, ir::NodeId node);
  bool DependsOnVariable(ir::NodeId node, uint32_t variable);

  ir::NodeId Take(ir::NodeId node, Kept kept);
  ir::NodeId Placed(ir::NodeId node, Kept kept);        // or none
  ir::NodeId PlaceOf(const State& state) const;         // of a restricted set
  void Place(const State& state, ir::NodeId place);
  bool Need(ir::NodeId node, Kept kept);                // true if it is placed; otherwise it is put on the stack
  ir::NodeId Visit(ir::NodeId node, Kept kept);         // none if something is needed first
  ir::NodeId VisitInput(ir::NodeId node, Kept kept);
  ir::NodeId VisitComp(ir::NodeId node, Kept kept);
  ir::NodeId VisitOther(ir::NodeId node, Kept kept);
  ir::NodeId VisitVariable(ir::NodeId node, Kept kept);
  ir::NodeId VisitDerivative(ir::NodeId node, Kept kept);
  void Differentiate(ir::NodeId node, Kept kept, ir::NodeId y, ir::NodeId x, ir::NodeId direction);
  ir::NodeId Original(ir::NodeId variable);             // the first node of the variable's number: the name's own
  void Index();                                         // new nodes of the graph as written

  ir::Builder& builder_;
  const ir::Graph& graph_;
  std::vector<std::vector<uint32_t>> sets_;  // sorted
  std::map<std::vector<uint32_t>, Kept> numbers_;
  std::vector<ir::NodeId> plain_;  // where nothing is kept, by node
  std::unordered_map<State, ir::NodeId, HashState> placed_;  // elsewhere
  std::unordered_map<State, ir::NodeId, HashState> taken_;  // derivatives: the result while their variable is still kept
  std::vector<State> stack_;
  std::unordered_map<uint32_t, std::vector<bool>> depends_;  // by variable, then by node
  std::unordered_map<uint32_t, ir::NodeId> originals_;
  std::unordered_map<ir::NodeId, ir::NodeId> inside_;
  std::map<std::pair<ir::NodeId, ir::NodeId>, std::vector<ir::NodeId>> together_;  // reverse derivatives by y and direction
  size_t indexed_ = 0;
  std::optional<std::vector<bool>> only_;
};

}  // namespace nnc::passes
