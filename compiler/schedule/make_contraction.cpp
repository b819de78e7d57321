#include <algorithm>
#include <cstdlib>
#include <optional>

#include "compiler/schedule/definitions.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Scalar;

static bool Carries(const Address& address, int loop) {
  return std::any_of(address.subscripts.begin(), address.subscripts.end(),
                     [&](const Affine& subscript) { return subscript.Coefficient(loop) != 0; });
}

static std::optional<LoopClass> ClassOf(int loop, bool parallel, const Address& a, const Address& b) {
  const bool in_a = Carries(a, loop), in_b = Carries(b, loop);
  if (!parallel) return in_a && in_b ? std::optional(LoopClass::Summed) : std::nullopt;
  if (in_a && in_b) return LoopClass::Batch;
  if (in_a) return LoopClass::Row;
  if (in_b) return LoopClass::Column;
  return std::nullopt;
}

// The sum of a product of two different reads, and nothing else.
static bool SumsProduct(const Kernel& kernel) {
  if (kernel.folded < 0 || kernel.monoid != ir::Monoid::Sum || !kernel.conditions.empty()) return false;
  if (kernel.body.size() != 3 || kernel.reads.size() != 2) return false;
  const Scalar& product = kernel.body[2];
  return kernel.body[0].kind == Scalar::Kind::Access && kernel.body[1].kind == Scalar::Kind::Access &&
         kernel.body[0].index != kernel.body[1].index && product.kind == Scalar::Kind::Call &&
         product.fn == ir::ScalarFn::Mul && product.arguments[0] != product.arguments[1];
}

static int64_t StrideOf(const Address& address, int loop, const ir::Graph& graph, const Capacities& capacities) {
  return std::abs(Linear(address, Strides(graph.ShapeOf(address.buffer), capacities)).Coefficient(loop));
}

// The parallel loop along which the stored elements are nearest to each other.
static int InnermostStored(const Kernel& kernel, const ir::Graph& graph, const Capacities& capacities) {
  int best = -1;
  int64_t best_stride = 0;
  for (int loop = 0; loop < kernel.rank; ++loop) {
    const int64_t stride = StrideOf(kernel.stores[0].target, loop, graph, capacities);
    if (best >= 0 && stride >= best_stride) continue;
    best = loop;
    best_stride = stride;
  }
  return best;
}

bool MakeContraction(Kernel& kernel, const ir::Graph& graph, const Capacities& capacities) {
  if (!SumsProduct(kernel)) return false;
  Address a = kernel.reads[static_cast<size_t>(kernel.body[0].index)];
  Address b = kernel.reads[static_cast<size_t>(kernel.body[1].index)];
  if (OriginOf(graph[a.buffer]) == Origin::Number || OriginOf(graph[b.buffer]) == Origin::Number) return false;
  const int innermost = InnermostStored(kernel, graph, capacities);
  if (innermost < 0) return false;
  if (!Carries(b, innermost)) std::swap(a, b);
  std::vector<LoopClass> classes;
  for (int loop = 0; loop < static_cast<int>(kernel.loops.size()); ++loop) {
    const std::optional<LoopClass> what = ClassOf(loop, loop < kernel.rank, a, b);
    if (!what) return false;
    classes.push_back(*what);
  }
  auto has = [&](LoopClass what) { return std::count(classes.begin(), classes.end(), what) > 0; };
  if (!has(LoopClass::Summed) || classes[static_cast<size_t>(innermost)] != LoopClass::Column) return false;
  // A single row is worth it only where its columns are read in order.
  if (!has(LoopClass::Row) && StrideOf(b, innermost, graph, capacities) != 1) return false;

  kernel.kind = Kernel::Kind::Contraction;
  kernel.classes = std::move(classes);
  kernel.reads = {std::move(a), std::move(b)};
  kernel.body[0].index = 0;
  kernel.body[1].index = 1;
  kernel.body[2].arguments[0] = 0;
  kernel.body[2].arguments[1] = 1;
  kernel.index_values.clear();
  return true;
}

}  // namespace nnc::schedule
