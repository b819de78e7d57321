// Preparations undone: an answer that a training compares with a prepared column, in the unit that the column had before.
//
// Which column that is stands in the graph: the one that the answer is subtracted from (or the other way round), as in (p - y)². How to undo
// its preparation does too: from the prepared column back to what was prepared, step by step, where each step has one operand that comes
// from the column, is a sum, a difference, a product or a quotient by something that is the same for all events, a logarithm or
// log(1 + x), and so has an inverse for every number.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "compiler/ir/builder.h"

namespace nnc::sema {

// A prepared column: what the preparation made of what.
struct Preparation {
  ir::NodeId result = ir::kNoNode;
  ir::NodeId argument = ir::kNoNode;
  ir::NodeId made = ir::kNoNode;  // what the result is where an event has rows: the result itself, but for values of rows
  std::string field;  // the column of the data block that holds the result
};

// What an answer is compared with, and where.
struct AnswersCompared {
  std::set<ir::NodeId> answers;  // the variables that stand for the answer
  std::vector<ir::NodeId> losses;
  std::vector<Preparation> preparations;
};

struct Undone {
  ir::NodeId node = ir::kNoNode;   // the answer, where anything was undone; of the same shape
  std::vector<std::string> fields;    // columns whose preparation was undone
  std::vector<std::string> prepared;  // columns that the answer is compared with whose preparation has no inverse: it stays in their unit
  bool whole = false;                 // every element was undone
};

// `answer` has the event as axis 0 and at most one axis more; of other shapes nothing is undone. Nodes are added to the builder's graph.
Undone UndoPreparation(ir::Builder& builder, ir::NodeId answer, const AnswersCompared& compared);

}  // namespace nnc::sema
