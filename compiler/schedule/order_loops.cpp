#include "compiler/schedule/order_loops.h"

#include <algorithm>
#include <numeric>

#include "compiler/schedule/affine.h"

namespace nnc::schedule {

using ir::Affine;

static constexpr int64_t kShort = 8;  // half a vector

// Loop k becomes loop position[k].
static void Reorder(Kernel& kernel, const std::vector<int>& position) {
  std::vector<Affine> values;
  for (int to : position) values.push_back(Affine::Index(to));
  auto rewrite = [&](std::vector<Affine>& affines) {
    for (Affine& affine : affines) affine = Substitute(affine, values);
  };
  for (Address& read : kernel.reads) rewrite(read.subscripts);
  for (Store& store : kernel.stores) rewrite(store.target.subscripts);
  rewrite(kernel.index_values);
  rewrite(kernel.arg_indices);
  for (Kernel::Condition& condition : kernel.conditions) condition.value = Substitute(condition.value, values);
  std::vector<ir::Dim> loops = kernel.loops;
  for (size_t k = 0; k < position.size(); ++k) loops[static_cast<size_t>(position[k])] = kernel.loops[k];
  kernel.loops = std::move(loops);
  std::vector<int> found = kernel.found;
  for (size_t k = 0; k < found.size(); ++k) found[static_cast<size_t>(position[k])] = kernel.found[k];
  kernel.found = std::move(found);
}

// The innermost loop if it is a short digit of a stored axis whose longest digit comes before it.
static int LongestDigitBefore(const Kernel& kernel) {
  const int last = kernel.rank - 1;
  if (last < 1 || kernel.stores.empty() || !kernel.loops[static_cast<size_t>(last)].IsConstant()) return -1;
  if (kernel.loops[static_cast<size_t>(last)].Constant() >= kShort) return -1;
  int longest = -1;
  for (const Affine& subscript : kernel.stores[0].target.subscripts) {
    if (subscript.Coefficient(last) == 0) continue;
    for (const Affine::Term& term : subscript.terms) {
      const ir::Dim& extent = kernel.loops[static_cast<size_t>(term.index)];
      if (term.index == last || (extent.IsConstant() && extent.Constant() < kShort)) continue;
      longest = term.index;
    }
  }
  return longest;
}

void OrderLoops(Plan& plan) {
  for (Kernel& kernel : plan.kernels) {
    if (kernel.kind != Kernel::Kind::Loops) continue;
    const int inner = LongestDigitBefore(kernel);
    if (inner < 0) continue;
    std::vector<int> position(kernel.loops.size());
    std::iota(position.begin(), position.end(), 0);
    for (int k = inner + 1; k < kernel.rank; ++k) --position[static_cast<size_t>(k)];
    position[static_cast<size_t>(inner)] = kernel.rank - 1;
    Reorder(kernel, position);
  }
}

}  // namespace nnc::schedule
