// The plan: which loops run, in which order, over which buffers. Made from a graph in normal form by schedule.h, printed by
// `nnc emit --stage=plan`, turned into machine code by codegen. Nothing here knows a target's registers; nothing after it
// knows a graph.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/ir/graph.h"

namespace nnc::schedule {

// A row-major array. Strides come from `capacity`: the shape with every symbol at its largest value.
struct Buffer {
  enum class Place : uint8_t {
    Arena,   // at `offset` bytes in the call's arena, 64-byte aligned
    Bound,   // the pointer buffers[binding] of the call
    Column,  // buffers[binding] is an nnc_column of data source `source`; only Gather kernels read it
    Scalar,  // the call's step number as a value: no memory (Role::Step)
  };
  std::string name;
  ir::DType dtype = ir::DType::F32;
  ir::Shape shape;
  std::vector<int64_t> capacity;
  std::vector<int64_t> strides;  // in elements
  Place place = Place::Arena;
  int64_t offset = 0;
  int binding = -1;
  int source = 0;
};

// An element of a buffer as a function of the kernel's loop variables.
struct Address {
  int buffer = -1;
  std::vector<ir::Affine> subscripts;  // per axis, over loop numbers
  std::vector<bool> guarded;           // per axis: the subscript may leave [0, size): such a read gives 0
};

struct Store {
  Address target;
  int step = -1;  // of the body
};

// What a loop of a contraction is, by the operands and the output that carry it.
enum class LoopClass : uint8_t {
  Batch,   // output, A and B
  Row,     // output and A
  Column,  // output and B
  Summed,  // A and B
};

struct Kernel {
  enum class Kind : uint8_t {
    Gather,       // copies the call's rows of a column into an array (reads[0] to stores[0]), converting to F32
    Loops,        // a nest of loops over a scalar body, with or without a fold
    Contraction,  // body is [Access 0, Access 1, mul, ...]: sum over the Summed loops, then the epilogue
    Random,       // fills stores[0] with uniform numbers
  };
  Kind kind = Kind::Loops;
  std::string label;  // what it computes, for listings

  std::vector<ir::Dim> loops;  // extents; the first `rank` are parallel, the others are folded
  int rank = 0;
  std::vector<LoopClass> classes;  // Contraction: of each loop

  // Reads are numbered by Scalar::Kind::Access, index values by Scalar::Kind::Index.
  std::vector<Address> reads;
  std::vector<ir::Affine> index_values;  // over loop numbers
  std::vector<ir::Scalar> body;
  // Steps up to `folded` are evaluated at every point; those after it once per parallel point, where step `folded` means the
  // folded value (and no other earlier step is referred to). -1: no fold.
  int folded = -1;
  ir::Monoid monoid = ir::Monoid::None;
  int arg_count = 0;                // ArgMax/ArgMin: the row-major number over these ...
  std::vector<ir::Affine> arg_indices;  // ... index values, with ...
  std::vector<ir::Dim> arg_extents;     // ... these extents
  // Further conditions for a point to take part (an affine value that must lie in [0, extent), or be divisible).
  struct Condition {
    ir::Affine value;
    ir::Dim extent;
  };
  std::vector<Condition> conditions;
  std::vector<Store> stores;  // each element is stored once; parallel points may be taken in any order
  ir::Random random;          // Random
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
  std::vector<Binding> bindings;      // order of nnc_call::buffers: the graph's inputs, then outputs that update nothing
  std::vector<std::string> symbols;   // order of nnc_call::extents
  std::map<std::string, int64_t> capacities;  // largest value of each symbol
};

}  // namespace nnc::schedule
