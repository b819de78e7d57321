// How a contraction is computed: which operand sits in the vector lanes, what is packed, the blocks and the register tile.
//
//   for batch, outer loops of the lanes' side, blocks of it        pack the lanes' operand:  [k][columns]
//     for outer loops of the other side, blocks of it              pack the other operand:   [row][k]
//       for chunks of the summed loops                             (several: partial sums in scratch)
//         for column tiles, row tiles                              micro-kernel, epilogue
//
// "Columns" are the points of the side in the lanes, "rows" those of the other, whatever the plan calls them: an element of the
// output is the same chain of fused multiply-adds over the summed loops in their order either way, in the same blocks (nest.h), so
// none of these choices changes a bit.
#pragma once
#include "compiler/codegen/codegen.h"
#include "compiler/codegen/nest.h"

namespace nnc::codegen {

struct Operand {
  int read = 0;             // of the nest
  std::vector<int> outer;   // its own loops that are walked one by one ...
  std::vector<int> group;   // ... and those that the epilogue walks as one index, outermost first; may be empty for rows
  bool packed = false;
  int64_t stride = 0;       // in elements, of the group's index where it is read: in place, or packed
  int64_t k_stride = 0;     // of the summed group's index
  int64_t block = 0;        // values of the group's outermost loop taken at a time; 0: all
  int64_t capacity = 1;     // points of a block at most
};

struct ContractionPlan {
  std::vector<int> batch;
  Operand rows, columns;
  std::vector<int> k_outer;  // summed loops walked one by one, with partial sums in scratch
  std::vector<int> k_group;  // those that the micro-kernel walks as one index
  int64_t k_block = 0;       // the only loop of k_group is cut into pieces of this size; 0: it is not
  int64_t k_capacity = 1;    // points of the summed group, or of a piece, at most
  SumBlocks blocks;          // passes continue the chain of their block; several blocks have totals in scratch
  bool packs_rows_once = false;  // before all loops of the columns

  int tile_rows = 1;
  int tile_vectors = 1;      // columns of a tile, in vectors
  bool inline_epilogue = true;

  // Offsets into scratch, in floats.
  int64_t packed_rows = 0, packed_columns = 0, partial = 0, totals = 0, tile = 0, scratch_floats = 0;
  int64_t partial_stride = 0;
  double cost = 0;  // estimated cycles

  bool ManyPasses() const { return !k_outer.empty() || k_block > 0; }
  bool ManyBlocks() const { return ManyPasses() && blocks.loop >= 0; }
};

ContractionPlan PlanContraction(const schedule::Plan& plan, const schedule::Kernel& kernel, Level level);

}  // namespace nnc::codegen
