// A normal-form node taken apart into operands, as differentiation and simplification look at it; and the bookkeeping of index
// spaces that both share.
#pragma once
#include <vector>

#include "compiler/ir/builder.h"

namespace nnc::passes {

struct Definition {
  ir::CompForm shape = ir::CompForm::Elementwise;
  ir::Monoid monoid = ir::Monoid::None;
  bool call = false;  // elementwise: fn(args), otherwise a fill with args[0]
  ir::ScalarFn fn{};
  std::vector<ir::Operand> args;  // a contraction has two, a reduce one
  std::vector<ir::Dim> extents;
  int rank = 0;
  int arg_count = 0;
  std::vector<ir::Affine> relations;

  ir::Shape OutputShape() const { return {extents.begin(), extents.begin() + rank}; }
  int Reductions() const { return static_cast<int>(extents.size()) - rank; }
};

Definition Define(const ir::Comp& comp);  // asserts a normal shape

std::vector<int> Iota(int count, int first = 0);

// True if the relations leave at most one value to each flagged index, all others given.
bool LeaveOneValue(const Definition& definition, std::vector<bool> flagged);
// Whether a fold takes at most one point: what it gives is a copy of what it reads, or its monoid's identity.
bool ReadsOnePoint(const Definition& definition);

// Every index i becomes names[i].
ir::Operand Rename(ir::Operand operand, const std::vector<int>& names);
ir::Affine Rename(const ir::Affine& affine, const std::vector<int>& names);
std::vector<ir::Affine> Rename(const std::vector<ir::Affine>& affines, const std::vector<int>& names);

// The nodes that `y` needs, itself included: flags by id, up to y.
std::vector<bool> Cone(const ir::Graph& graph, ir::NodeId y);

// The operands of `definition` through which a derivative can flow: argument `arg` of a function may have none.
bool Differentiable(const Definition& definition, size_t arg);

}  // namespace nnc::passes
