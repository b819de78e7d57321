// How a value was made last: what an answer must be for a loss that takes probabilities. Known from the graph; a value that is made in
// another way (by a sum of one's own, say) is taken as it is.
#pragma once
#include <optional>
#include <string_view>

#include "compiler/ir/graph.h"

namespace nnc::sema {

enum class Head {
  Unknown,
  Linear,   // a sum with a weight: any number
  Sigmoid,  // each element by itself between 0 and 1
  Tanh,     // each element between -1 and 1
  Half,     // a sigmoid of what is not negative: each element from 0.5 to 1
  Positive, // each element from 0 on: relu, softplus, exp, abs
  Dropped,  // a sigmoid times a draw and a number, as dropout behind it makes
};

// Seen through copies: names, axes of one element, slices.
Head HeadOf(const ir::Graph& graph, ir::NodeId node);

// What a value of this make cannot leave, and the function that sees to it, if it is one; nothing for any number.
struct Reach {
  std::string_view function;
  double low, high;
};
std::optional<Reach> ReachOf(Head head);

// What a value rests on, known from the graph.
enum class Basis {
  Columns,  // the data alone
  Model,    // data, and weights or buffers
  Others,   // draws, or no data at all
};
Basis BasisOf(const ir::Graph& graph, ir::NodeId node);

// Why a library's function cannot take such a value, and what helps; null where it can.
struct HeadMismatch {
  std::string_view function, parameter;
  Head head;
  std::string_view message, help;
};
const HeadMismatch* FindHeadMismatch(std::string_view function, std::string_view parameter, Head head);

// Whether a function of the library weighs all weights of a model.
bool IsPenalty(std::string_view function);

}  // namespace nnc::sema
