// The axes of outer turns in the body of an inner scan: where they run, and the body without them.
#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "compiler/ir/graph.h"

namespace nnc::passes {

inline bool Mentions(const ir::Affine& affine, int index) { return affine.Coefficient(index) != 0; }
inline bool Mentions(const ir::Access& access, int index) {
  return std::any_of(access.subscripts.begin(), access.subscripts.end(), [&](const ir::Affine& subscript) { return Mentions(subscript, index); });
}

// The comprehension without the flagged indices, which nothing mentions any more.
ir::Comp WithoutIndices(ir::Comp comp, const std::vector<bool>& dropped);
// Whether the index stands in the body as a number.
bool UsesNumber(const ir::Comp& comp, int index);
// The number of a turn, which was an index, as the read of a tensor without axes.
void ReadNumber(ir::Comp& comp, int turn, ir::NodeId number);

class TurnMarks {
 public:
  explicit TurnMarks(const ir::Graph& body) : body_(body), axis_(body.nodes.size(), -1) {}

  // By node of the body: the axis, or -1.
  int operator[](ir::NodeId node) const { return axis_[static_cast<size_t>(node)]; }
  // The same of the operand that an input of the body stands for: a slice has an axis more, in front.
  int OfOperand(size_t input) const;
  // False where the turns of the inner scan would run along that axis, too.
  bool SetOperand(size_t input, int axis);

  // Until nothing new is found; false if a node runs along two axes of turns, or mixes them.
  bool Spread();

  struct OneTurn {
    std::shared_ptr<ir::Graph> body;
    bool reads_number = false;  // its last input is the number of the outer turn, which all inner ones share
  };
  OneTurn Dropped() const;

 private:
  bool Set(ir::NodeId node, int axis);
  bool SpreadNode(ir::NodeId node);
  bool SpreadComp(ir::NodeId node, const ir::Comp& comp);
  bool SpreadScan(ir::NodeId node, const ir::Scan& scan);
  bool SpreadPart(ir::NodeId node, const ir::Part& part);
  bool IsSlice(size_t input) const { return body_[body_.inputs[input]].input().role == ir::Role::Slice; }
  std::optional<int> TurnIndex(ir::NodeId node, const ir::Comp& comp) const;
  bool ReadsNumber() const;

  const ir::Graph& body_;
  std::vector<int> axis_;
  std::map<ir::NodeId, TurnMarks> inner_;  // of the scans in the body
  bool fits_ = true;
};

}  // namespace nnc::passes
