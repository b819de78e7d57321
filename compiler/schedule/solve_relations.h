// A node as loops. The affine relations of a comprehension are solved: indices that others determine become affine
// subscripts, and what cannot be proved in range becomes a guard or a condition. In the kernels made here (and by the passes
// up to the placing of buffers) Address::buffer is the id of a graph node.
//
//   substitution      an index with coefficient 1 or -1 is replaced by the rest of its relation
//   splitting         W*(a - q) + (r - b) == 0 with |r - b| < W gives a == q and r == b (quotients and remainders)
//   mixed radix       output u == c*i + r with r < c: loops over (i, r), the store is solved (upsampling, flatten)
//   phases            output u == s*i + d*p + c: one dense kernel for each residue of u modulo s (strided input gradients)
//   condition         everything else: loops over all points and tests the relation
#pragma once
#include <map>
#include <string>
#include <vector>

#include "compiler/schedule/plan.h"

namespace nnc::schedule {

// The largest value of each symbol, for estimates and sizes.
class Capacities {
 public:
  explicit Capacities(const std::map<std::string, int64_t>& symbols) : symbols_(symbols) {}
  int64_t operator()(const ir::Dim& dim) const;
  double Points(const std::vector<ir::Dim>& extents) const;  // their product
  const std::map<std::string, int64_t>& Symbols() const { return symbols_; }

 private:
  const std::map<std::string, int64_t>& symbols_;
};

// Kernels that together store every element of the comprehension once, in no particular order.
std::vector<Kernel> SolveRelations(const ir::Graph& graph, ir::NodeId node, const Capacities& capacities);

}  // namespace nnc::schedule
