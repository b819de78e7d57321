// The plan: which loops run, in which order, over which buffers. Made from a graph in normal form by schedule.h, printed by
// `nnc emit --stage=plan`, turned into machine code by codegen. Nothing here knows a target's registers; nothing after it
// knows a graph.
#pragma once
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"

namespace nnc::schedule {

// A row-major array. Strides come from `capacity`: the shape with every symbol at its largest value.
// Two buffers may share memory: arena buffers whose lives do not overlap, and a buffer and its views. Within one kernel, the
// memory of a stored buffer is read only as Kernel::stores allows.
struct Buffer {
  enum class Place : uint8_t {
    Arena,   // at `offset` bytes in the call's arena, 64-byte aligned
    Bound,   // the pointer buffers[binding] of the call
    Column,  // buffers[binding] is an nnc_column of data source `source`; only Gather kernels read it
    Scalar,  // the call's step number as a value: no memory, no axes (Role::Step)
  };
  std::string name;
  ir::DType dtype = ir::DType::F32;  // others only where bound: read by Gather or by a Loops kernel that only copies
  ir::Shape shape;
  std::vector<int64_t> capacity;
  std::vector<int64_t> strides;  // in elements
  Place place = Place::Arena;
  int64_t offset = 0;
  int binding = -1;
  int source = 0;
  int view_of = -1;  // this is a reshape of another buffer (never itself a view): same place, offset and binding
};

// An element of a buffer as a function of the kernel's loop variables: address = sum of subscript * stride.
// Every subscript that is not guarded is inside its axis at every point of the kernel's loops, whether the point takes part
// or not. Read guards are exact: where any guarded subscript of a read is outside [0, size), the value read is 0.
struct Address {
  int buffer = -1;
  std::vector<ir::Affine> subscripts;  // per axis, over loop numbers; constants may be symbolic
  std::vector<bool> guarded;           // per axis: the subscript may leave [0, size)
};

// Store subscripts use parallel loops only, are never guarded, and map points to elements one to one. A kernel need not
// cover its buffer: several kernels may fill disjoint parts of one (`s*u + phase` for u up to a count).
struct Store {
  Address target;
  int step = -1;  // of the body
};

// What a loop of a contraction is, by the operands and the output that carry it. There is always a Column and a Summed
// loop; Row and Batch may be absent. The loop with the smallest stride in the stores is a Column.
enum class LoopClass : uint8_t {
  Batch,   // output, A and B
  Row,     // output and A
  Column,  // output and B
  Summed,  // A and B
};

// Points of a sum that are added in single precision one after the other; what is longer is taken in blocks, or keeps what rounding loses.
inline constexpr int64_t kLongestChain = 2048;

struct Plan;

// Runs a plan once for each turn of a scan. What the plan binds is an array of the outer plan, or an element of its axis 0 that moves
// with the turn: that of the turn itself, or the next one.
struct Loop {
  std::shared_ptr<const Plan> body;
  ir::Dim count;
  bool down = false;  // from the last turn to the first
  struct Link {       // of each binding of the body
    bool stored = false;  // buffer of stores[index].target, otherwise of reads[index]
    int index = 0;
    bool moves = false;   // element turn + offset of axis 0, otherwise the whole array
    int offset = 0;
    // The array has two elements, which take turns: that of a turn is as far from the last one's, which is element 0, as the turn is, by twos.
    bool alternates = false;
  };
  std::vector<Link> links;
  ir::TurnsSaved saving;  // what was weighed, for listings

  // The element that a link which moves means in a turn, of `turns` in all.
  int64_t ElementOf(const Link& link, int64_t turn, int64_t turns) const {
    const int64_t element = turn + link.offset;
    return !link.alternates ? element : (down ? element : turns - element) % 2;
  }
};

struct Kernel {
  enum class Kind : uint8_t {
    Gather,       // copies the call's rows of a column into an array (reads[0] to stores[0]), converting to F32;
                  // loops are the array's axes, axis 0 is the row
    Loops,        // a nest of loops over a scalar body, with or without a fold
    Contraction,  // steps 0 to `folded` are Access 0 (A), Access 1 (B), their product: sum over the Summed loops, then the
                  // epilogue. At least one Summed loop; A and B are F32 and may be guarded, strided or the same buffer
    Random,       // fills stores[0] (all of it, subscripts are the loops) with uniform numbers
    Scan,         // `loop`. Reads and stores name arrays as wholes: they have no subscripts. The last store is the body's arena
  };
  Kind kind = Kind::Loops;
  std::string label;  // what it computes, for listings

  // Extents; the first `rank` are parallel, outermost first, the others are folded, in row-major order. An extent may turn out
  // to be 0 at run time (opaque remainders): no parallel points, or an empty fold. No extent is the constant 1 or 0,
  // but for Gather and Random, whose loops are the axes of the array.
  std::vector<ir::Dim> loops;
  int rank = 0;
  // Loops: of each loop, the step of the fold that gives the one turn at which the folded step may differ from the monoid's identity, or
  // -1 (find_turns.h); empty where all are walked. Such a step depends on no loop that is found by it. Where a parallel loop is found
  // (a scatter) the epilogue, if there is one, changes nothing where the sum is 0, the first store is that of the sums, which nobody reads,
  // and elements that are not found are not written.
  std::vector<int> found;
  std::vector<LoopClass> classes;  // Contraction: of each loop

  // Reads are numbered by Scalar::Kind::Access, index values by Scalar::Kind::Index.
  std::vector<Address> reads;
  std::vector<ir::Affine> index_values;  // over loop numbers
  // Steps refer to earlier steps. With a fold, steps up to `folded` are evaluated at every point; those after it (the
  // epilogue) once per parallel point: there, step `folded` means the folded value, no other step up to it is referred to,
  // and reads and index values use parallel loops only. Without a fold (folded == -1) there are no folded loops.
  // A fold over no loops has one point (with `conditions`: one or none).
  std::vector<ir::Scalar> body;
  int folded = -1;
  ir::Monoid monoid = ir::Monoid::None;
  int arg_count = 0;  // ArgMax/ArgMin: > 0; the folded value is the row-major number of the winner over these ...
  std::vector<ir::Affine> arg_indices;  // ... index values (over loops), with ...
  std::vector<ir::Dim> arg_extents;     // ... these extents. Of equal points the first in row-major loop order wins
  // Loops with a fold only: a point takes part where every value lies in [0, extent); an equation has extent 1.
  struct Condition {
    ir::Affine value;
    ir::Dim extent;
  };
  std::vector<Condition> conditions;
  // Each element is stored once; parallel points may be taken in any order. A kernel may read a buffer that it stores (or the
  // same memory through a view) if it reads, outside the fold, exactly the element that the same point stores: all reads of
  // a point come before its stores. Several stores of one step are common.
  // The last store of a scatter whose sums are longer than kLongestChain, or that gives places, has no step: that array keeps what rounding
  // loses, or the element that is the largest so far.
  std::vector<Store> stores;
  ir::Random random;  // Random
  Loop loop;          // Scan

  bool Finds(int k) const { return !found.empty() && found[static_cast<size_t>(k)] >= 0; }
  bool IsScatter() const {
    return std::any_of(found.begin(), found.begin() + std::min<std::ptrdiff_t>(rank, std::ssize(found)), [](int step) { return step >= 0; });
  }
};

struct Plan {
  std::string name;
  std::vector<Buffer> buffers;
  std::vector<Kernel> kernels;  // in order of execution
  int64_t arena_bytes = 0;

  struct Binding {
    std::string name;
    ir::DType dtype;
    ir::Shape shape;
    bool column = false;  // an nnc_column
    bool input = false;   // read; outputs that update an input have no binding of their own
    bool output = false;  // written
    ir::Role role{};      // of an input
  };
  // Order of nnc_call::buffers: the graph's inputs but for the step number, then outputs that update nothing.
  std::vector<Binding> bindings;
  std::vector<std::string> symbols;  // order of nnc_call::extents: the batch of each data source, then the others
  std::map<std::string, int64_t> capacities;  // largest value of each symbol
};

}  // namespace nnc::schedule
