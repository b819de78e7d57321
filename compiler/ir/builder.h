// The only way to add nodes during elaboration and differentiation. Every node made here is in one of the normal shapes,
// canonically numbered, interned (equal definitions give the same node), and simplified by rules that never change the
// meaning: constants folded, neutral elements dropped, zeros propagated, copies seen through, a sum of a product turned
// into a contraction, masks pulled out of products.
#pragma once
#include <memory>
#include <vector>

#include "compiler/ir/graph.h"

namespace nnc::ir {

// One argument of a scalar function or reduction: a node with one comprehension index per axis, or a leaf.
struct Operand {
  Scalar::Kind kind = Scalar::Kind::Literal;  // Access, Index, Literal or Extent
  NodeId node = kNoNode;
  std::vector<int> indices;  // Access: comprehension index of each axis of the node
  int index = 0;             // Index
  double literal = 0;
  Dim extent;

  static Operand Of(NodeId node, std::vector<int> indices);
  static Operand Of(int index);           // the index's own value
  static Operand Of(double literal);
  static Operand Of(Dim extent);          // the number of a size; a literal if constant
};

class Builder {
 public:
  explicit Builder(Graph& graph);  // the graph may hold nodes already; they are interned
  ~Builder();
  Graph& graph() { return graph_; }

  NodeId AddInput(Input input, Shape shape, Span span = {});
  NodeId AddRandom(Random random, Shape shape, Span span = {});
  // A variable that stands for the node: a new one, or that of a number.
  NodeId AddVariable(NodeId node);
  NodeId AddVariable(NodeId node, uint32_t number);
  NodeId AddDerivative(Derivative derivative, Shape shape);
  NodeId AddScan(Scan scan);
  NodeId AddPart(NodeId scan, int output);
  // An input that stands for something until it is known (passes/scans.h), outside of the signature.
  NodeId AddPlaceholder(Shape shape);

  // fn(arguments...) at every point of `extents`.
  NodeId Map(ScalarFn fn, std::vector<Operand> arguments, Shape extents);
  // A tensor filled with one operand: a literal, an index value, a broadcast, transpose or diagonal of a node.
  NodeId Fill(Operand value, Shape extents);
  // sum of a*b over the indices from `rank` on, subject to relations.
  NodeId Contract(Operand a, Operand b, std::vector<Dim> extents, int rank, std::vector<Affine> relations = {});
  // monoid over one operand. For ArgMax/ArgMin see Comp::arg_count.
  NodeId Reduce(Monoid monoid, Operand x, std::vector<Dim> extents, int rank, std::vector<Affine> relations = {},
                int arg_count = 0);

  // Conveniences on whole tensors with right-aligned (NumPy) broadcasting; shapes must fit (assert).
  NodeId Call(ScalarFn fn, std::vector<NodeId> arguments);
  NodeId Zeros(Shape shape) { return Fill(Operand::Of(0.0), std::move(shape)); }
  // The literal a node is filled with everywhere, if it is.
  bool IsLiteral(NodeId node, double* value) const;
  bool IsZero(NodeId node) const;

  // Adds a comprehension: through the rules above if it has a normal shape, as it stands (interned) if not.
  NodeId AddComp(const Comp& comp);

  // Without rules, nodes are made as they are asked for: only literals are folded. That is the graph as it is written, in which
  // every path is there that was written, and what tests compare the rules with.
  void UseRules(bool rules);
  bool UsesRules() const;

  // A node that is being differentiated by: no rule looks through it, so that what is built on it keeps reading it (`sum(w)` with
  // w = a*b is otherwise a contraction of a and b).
  void Protect(NodeId node);
  void Unprotect(NodeId node);
  bool IsProtected(NodeId node) const;

  // Place given to the nodes made from now on.
  void SetSpan(Span span) { span_ = span; }

  struct Impl;  // the rules (builder_impl.h)

 private:
  NodeId Intern(Node node);
  Graph& graph_;
  Span span_;
  std::unique_ptr<Impl> impl_;
};

// `formula` of the scalar table's derivative column, applied at every point of `extents`: variables a, b, c, y, g stand for
// the given operands.
NodeId ApplyFormula(Builder& builder, std::string_view formula, const Operand (&abc)[3], const Operand& y, const Operand& g,
                    const Shape& extents);

}  // namespace nnc::ir
