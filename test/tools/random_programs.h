// Random well-shaped tensor programs from a seed: elementwise functions over broadcast, transposed and diagonal operands;
// contractions; strided, padded and dilated convolutions, their transposes, pooling; slices, pads, reversals, upsampling,
// flattening; reductions with every monoid; symbolic sizes; random draws; scans; indices that come from data. Equal seeds give equal programs.
#pragma once
#include <cstdint>

#include "compiler/reference/evaluate.h"
#include "test/tools/statistics.h"

namespace nnc::test {

struct RandomOptions {
  // Through ir::Builder with its rules, or the same program as plain nodes, no rule applied: both must mean the same.
  bool through_builder = true;
  bool fused = false;       // also nodes in fused form, with affine subscripts and guarded reads
  bool differentiable = false;  // nothing whose derivative is not the one of its values: no `stop`
  int operations = 8;
};

// Inputs are of role Direct (axis 0 symbolic) or Weight; outputs are named "y0", "y1", ... and the scalar "loss", which
// depends on every tensor that nothing else reads.
ir::Graph RandomGraph(uint64_t seed, Statistics& statistics, const RandomOptions& options = {});

// Inputs (numbers that a float holds exactly), sizes, seed and step for a graph. Of several choices the first tame one.
reference::Context RandomContext(const ir::Graph& graph, uint64_t seed);

// One or two elements of a floating input replaced.
reference::Context Replaced(const ir::Graph& graph, reference::Context context, double value, uint64_t seed);

// A padding zero may meet what stands beyond the edge: 0 times nan, where the definition reads nothing.
bool HasEdges(const ir::Graph& graph);

// All values are finite and moderate, and no decision (a comparison, a rounding, the winner of a maximum) changes when the
// inputs move a little: neither single precision nor a difference quotient crosses a kink.
bool IsTame(const ir::Graph& graph, const reference::Context& context);

}  // namespace nnc::test
