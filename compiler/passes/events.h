// What of a graph depends on single events, on several, or on how many there are: the proof that events may be taken in blocks, in any
// order, or one at a time; and the division of a function over whole parts of the data into what may and what may not.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/graph.h"

namespace nnc::passes {

// How a node's elements depend on the events of one data source, whose number is the size `symbol`.
struct EventUse {
  enum class Kind : uint8_t {
    None,   // on no event, nor on how many there are
    Own,    // `axis` has k elements for each event, numbers k*n to k*n + k-1 for event n, and they depend on that event alone; no other
            // axis grows with the number of events
    Mixed,  // on several events, on how many there are, or on an event's place among the others
  };
  Kind kind = Kind::None;
  int axis = -1;                   // Own
  ir::NodeId culprit = ir::kNoNode;  // Mixed: the node where it begins
};

// Of every node. Proves, never guesses: what it cannot see through is Mixed.
std::vector<EventUse> EventUses(const ir::Graph& graph, std::string_view symbol);

// The node that keeps the outputs of a function of events from being functions of single events, or none: then every output that has
// an axis of events has it in front, and its element n depends on event n alone.
ir::NodeId MixesEvents(const ir::Graph& graph, std::string_view symbol);

// A value of all events together that nodes of the graph (or its outputs) read: input `input` in its place, and its definition as
// output `output`.
struct EventTotal {
  std::string input, output;
  // The source (a position in `symbols`) over whose blocks partial values may be taken and folded with `monoid`. None: the value needs
  // all events at once, and `symbol` is one of those whose events it reads.
  ir::Monoid monoid = ir::Monoid::None;
  size_t symbol = 0;
};

// Cuts a graph where values of single events become values of all: every node that has no axis of events and reads one that has
// becomes a Fitted input, "over events.K", and its definition the output "over events.K.of". Sizes that count events, as numbers in
// formulas, become Fitted inputs called kSizePrefix + size, so that a block of events knows how many there are in all.
// Expects normal form; node numbers change; totals are in topological order.
inline constexpr std::string_view kSizePrefix = "size ";
std::vector<EventTotal> CutAtEvents(ir::Graph& graph, std::span<const std::string> symbols);

}  // namespace nnc::passes
