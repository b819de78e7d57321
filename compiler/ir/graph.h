// The tensor graph: one kind of node that computes, the comprehension, and the few things it cannot say (inputs, random numbers, recurrences).
//
//   %y = comp [i:64, j:32] sum [k:3] where ... : mul(%x[i, k], %W[k, j])
//
// A comprehension has output indices, reduction indices with a monoid, affine relations between the indices, and a scalar
// body over accesses. Its value at an output point is the monoid's fold of the body over all reduction points that satisfy
// every relation, in row-major order of the reduction indices; the empty fold is the monoid's identity. So a slice, a padding
// or a transpose is a sum with at most one point: an index that a relation places outside its range contributes nothing.
//
// Four normal shapes, on which differentiation works (Classify tells which a node has):
//   elementwise   one scalar function of bare accesses, indices and literals; no reduction, no relation
//   contraction   sum of the product of two bare accesses, with relations
//   reduce        any monoid over one bare access, with relations (copy, transpose, slice, pad, broadcast are sums of it)
//   fused         everything else: made by the passes that schedule, never differentiated
// An access is bare if each of its subscripts is one index (the same index may stand twice: a diagonal).
//
// A graph as it is written, before its derivatives are taken (passes/take_derivatives.h), holds two things more. A variable is a
// copy with a number: what a name stands for. No rule looks through it, and two names are two variables even where they are equal.
// A derivative is a node that says what is to be differentiated by which variable or input, and in which direction.
//
// A scan is a recurrence: a graph of its own, the body, is evaluated once for each turn t = 0, 1, ..., count-1 (or downwards), and carries
// states from turn to turn. The body's inputs are carried (a state before the turn; the operand is its start), slice (element t of the
// operand's axis 0) or shared (the operand as it is); its outputs are the states after the turn (they `update` a carried input) and
// what is emitted. The scan itself has no value: parts of it have. The part of a state holds it before the first turn and after
// each: element t is the state before turn t and t + 1 that after it (downwards t + 1 before, t after). Of an emitted value, element
// t is that of turn t. What needs no state stands outside of the body, and so does what no state needs (passes/scans.h), if
// the scan is not checkpointed.
//
// Nodes are immutable, numbered in topological order, and interned by the builder (builder.h). Indices have no names: they
// are numbered, output indices first, so that equal comprehensions are equal structures.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "compiler/ir/dim.h"
#include "compiler/ir/monoid.h"
#include "compiler/support/source.h"

namespace nnc::ir {

using NodeId = int32_t;
inline constexpr NodeId kNoNode = -1;

// constant + sum of coefficient * index; terms sorted by index, no zero coefficients.
struct Affine {
  struct Term {
    int index;
    int64_t coefficient;
    bool operator==(const Term&) const = default;
  };
  std::vector<Term> terms;
  Dim constant;

  static Affine Index(int index) { return {{{index, 1}}, 0}; }
  bool IsBare() const { return terms.size() == 1 && terms[0].coefficient == 1 && constant == Dim(0); }
  int BareIndex() const { return terms[0].index; }
  int64_t Coefficient(int index) const;
  void Add(int index, int64_t coefficient);  // keeps the order
  Affine Plus(const Affine& other, int64_t factor = 1) const;
  bool operator==(const Affine& other) const = default;
};

struct Access {
  NodeId operand = kNoNode;
  std::vector<Affine> subscripts;  // one per axis of the operand
  bool guarded = false;            // fused form only: reads 0 where a subscript is out of range
  bool operator==(const Access&) const = default;
};

// One step of a scalar body; arguments refer to earlier steps of the same body.
struct Scalar {
  enum class Kind : uint8_t {
    Access,   // value of accesses[index]
    Index,    // the value of comprehension index `index`
    Literal,  // literal
    Extent,   // the value of `extent` as a number
    Call,     // fn(arguments)
  };
  Kind kind = Kind::Literal;
  ScalarFn fn{};
  int index = 0;
  int arguments[3] = {-1, -1, -1};
  double literal = 0;
  Dim extent;
  bool operator==(const Scalar& other) const;  // literals by their bits: 0 and -0 differ, a NaN equals itself
};

struct Comp {
  std::vector<Dim> extents;  // of all indices, output indices first
  int rank = 0;              // how many of them are output indices
  Monoid monoid = Monoid::None;
  // ArgMax/ArgMin give the row-major number of the winning point over the first `arg_count` reduction indices (the others
  // are determined by relations); the first of equal points wins.
  int arg_count = 0;
  std::vector<Affine> relations;  // each == 0; sorted
  std::vector<Access> accesses;
  std::vector<Scalar> body;  // the last one is the value
  bool operator==(const Comp&) const = default;
};

enum class CompForm : uint8_t { Elementwise, Contraction, Reduce, Fused };
CompForm Classify(const Comp& comp);

// What an input is bound to when the graph runs. Bound buffers are 4-byte floats unless said otherwise.
enum class Role : uint8_t {
  Weight,  // trained
  State,   // of an optimizer
  Buffer,  // of a layer (running means)
  Fitted,  // value fitted by a preparation
  Column,  // axis 0 runs over events of data source `source`, gathered by row
  Direct,  // a plain array handed over by the caller (embedding, prediction: axis 0 in order)
  Step,    // scalar: number of the optimizer step, from 1
  Carried,  // of a scan's body: a state as the turn before left it
  Slice,    // of a scan's body: the turn's element of axis 0
  Shared,   // of a scan's body: the same in every turn
};
const char* Name(Role role);  // "weight", ...

enum class DType : uint8_t { F32, U8, I32 };  // storage of an input; values are numbers everywhere
const char* Name(DType dtype);

struct Input {
  Role role = Role::Direct;
  DType dtype = DType::F32;
  std::string name;  // unique in the graph: the saved path of a weight, the column's name
  int source = 0;    // Column: which data source
  bool operator==(const Input& other) const { return name == other.name; }
};

// Uniform numbers in [0, 1), counter-based: Philox 4x32-10 with the run's 64-bit seed as key (low word first) and the counter
// (element, row or step, place, stream). Per row: element number within the row, event number (low 32 bits), place, 1.
// Otherwise: row-major element number in the tensor, step (low 32 bits), place, 0. The number is (word >> 8) * 2^-24 of the
// block's word `word`. Equal nodes are the same draw.
struct Random {
  uint32_t place = 0;    // identifies the draw's place and instance in the program
  uint8_t word = 0;      // which of the four words of the block
  bool per_row = false;  // keyed by the event number of source `source` along axis 0, otherwise by step
  int source = 0;
  bool operator==(const Random&) const = default;
};

// The derivative of y at x: reverse, the sum over y of direction * dy/dx, where the direction has the shape [extra axes..., shape of y...];
// forward, the sum over x of dy/dx * direction, with a direction [extra axes..., shape of x...]. `x` is a variable or an input.
struct Derivative {
  NodeId y = kNoNode, x = kNoNode, direction = kNoNode;
  bool forward = false;
  bool operator==(const Derivative&) const = default;
};

struct Graph;

// What was weighed where a scan could keep for its derivative what its turns compute (passes/save_turns.cpp): no part of its meaning.
struct TurnsSaved {
  int values = 0;              // of a turn
  double saved = 0, again = 0;  // cost of writing and reading them, and of computing them again
  bool Pays() const { return saved < again; }
};

struct Scan {
  std::shared_ptr<const Graph> body;
  std::vector<NodeId> operands;  // for each input of the body, in the order of its signature
  Dim count;                     // of the turns
  bool down = false;             // the turns go from count-1 to 0
  // What a turn computes stays in it, and its derivative computes it again in a turn of its own, from the states before it: nothing is
  // kept of a turn but the states. Otherwise whatever states do not need stands outside of the body, for all turns at once.
  bool checkpointed = false;
  TurnsSaved saving{};
  bool operator==(const Scan& other) const;
};

// Output `output` of a scan's body, over the turns.
struct Part {
  NodeId scan = kNoNode;
  int output = 0;
  bool operator==(const Part&) const = default;
};

struct Node {
  using Content = std::variant<Comp, Input, Random, Derivative, Scan, Part>;
  enum class Op : uint8_t { Comp, Input, Random, Derivative, Scan, Part };
  template <Op op, class Kind>
  static constexpr bool kNames = std::is_same_v<std::variant_alternative_t<static_cast<size_t>(op), Content>, Kind>;
  static_assert(std::variant_size_v<Content> == 6 && kNames<Op::Comp, Comp> && kNames<Op::Input, Input> && kNames<Op::Random, Random> &&
                    kNames<Op::Derivative, Derivative> && kNames<Op::Scan, ir::Scan> && kNames<Op::Part, ir::Part>,
                "Op names the kinds in the order of Content");

  Content content;
  Shape shape;
  uint32_t variable = 0;  // not 0: the comp is a copy, and a variable of this number
  Span span;              // where in the program it came from, for messages and listings

  Op op() const { return static_cast<Op>(content.index()); }
  const Comp& comp() const { return std::get<Comp>(content); }
  const Input& input() const { return std::get<Input>(content); }
  const Random& random() const { return std::get<Random>(content); }
  const Derivative& derivative() const { return std::get<Derivative>(content); }
  const ir::Scan& scan() const { return std::get<ir::Scan>(content); }
  const ir::Part& part() const { return std::get<ir::Part>(content); }
  Comp& comp() { return std::get<Comp>(content); }
  Input& input() { return std::get<Input>(content); }
  Random& random() { return std::get<Random>(content); }
  ir::Scan& scan() { return std::get<ir::Scan>(content); }
  // The comprehension, or null for a node of another kind.
  const Comp* if_comp() const { return std::get_if<Comp>(&content); }
  Comp* if_comp() { return std::get_if<Comp>(&content); }
};

struct Output {
  std::string name;
  NodeId node = kNoNode;
  NodeId updates = kNoNode;  // the input that this overwrites once everybody has read it, or none
};

struct Graph {
  std::vector<Node> nodes;
  std::vector<NodeId> inputs;  // in order of the function's signature
  std::vector<Output> outputs;
  std::string name = "main";

  const Node& operator[](NodeId id) const { return nodes[static_cast<size_t>(id)]; }
  const Shape& ShapeOf(NodeId id) const { return nodes[static_cast<size_t>(id)].shape; }
};

// The same definition, places in the program aside. Inputs are the same by their names.
bool SameNode(const Node& a, const Node& b);
// Node for node the same definitions.
bool SameGraph(const Graph& a, const Graph& b);

// The shape of a part of the scan.
Shape ShapeOfPart(const Scan& scan, int output);

}  // namespace nnc::ir
