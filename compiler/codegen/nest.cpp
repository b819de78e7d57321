// See nest.h.
#include "compiler/codegen/nest.h"

#include <algorithm>
#include <cassert>

namespace nnc::codegen {

bool MemoryAccess::GuardDependsOn(int loop) const {
  return std::any_of(guards.begin(), guards.end(), [&](const Bound& guard) { return guard.value.DependsOn(loop); });
}

bool MemoryAccess::DependsOn(int loop) const { return offset.DependsOn(loop) || GuardDependsOn(loop); }

static Form OfAffine(const ir::Affine& affine, size_t loops, int64_t factor = 1) {
  Form form{std::vector<int64_t>(loops, 0), affine.constant * ir::Dim(factor)};
  for (const auto& term : affine.terms) form.per_loop[static_cast<size_t>(term.index)] += term.coefficient * factor;
  return form;
}

static void AddTo(Form& sum, const Form& form) {
  for (size_t i = 0; i < sum.per_loop.size(); ++i) sum.per_loop[i] += form.per_loop[i];
  sum.constant = sum.constant + form.constant;
}

static MemoryAccess OfAddress(const schedule::Plan& plan, const schedule::Address& address, size_t loops) {
  const schedule::Buffer& buffer = plan.buffers[static_cast<size_t>(address.buffer)];
  MemoryAccess access{address.buffer, Form{std::vector<int64_t>(loops, 0), 0}, {}};
  for (size_t axis = 0; axis < address.subscripts.size(); ++axis) {
    const ir::Affine& subscript = address.subscripts[axis];
    AddTo(access.offset, OfAffine(subscript, loops, buffer.strides[axis]));
    if (axis < address.guarded.size() && address.guarded[axis]) {
      access.guards.push_back({OfAffine(subscript, loops), buffer.shape[axis]});
    }
  }
  return access;
}

Nest MakeNest(const schedule::Plan& plan, const schedule::Kernel& kernel) {
  const size_t loops = kernel.loops.size();
  Nest nest;
  nest.loops = kernel.loops;
  nest.rank = kernel.rank;
  for (const auto& read : kernel.reads) nest.reads.push_back(OfAddress(plan, read, loops));
  for (const auto& store : kernel.stores) nest.stores.push_back(OfAddress(plan, store.target, loops));
  for (const auto& value : kernel.index_values) nest.index_values.push_back(OfAffine(value, loops));
  for (const auto& value : kernel.arg_indices) nest.arg_indices.push_back(OfAffine(value, loops));
  for (const auto& condition : kernel.conditions) {
    nest.conditions.push_back({OfAffine(condition.value, loops), condition.extent});
  }
  nest.found = kernel.found;
  return nest;
}

std::vector<std::vector<bool>> LoopsOfSteps(const Nest& nest, const std::vector<ir::Scalar>& body) {
  const size_t loops = nest.loops.size();
  std::vector<std::vector<bool>> depends(body.size(), std::vector<bool>(loops, false));
  auto add = [&](std::vector<bool>& to, const std::vector<bool>& from) {
    bool more = false;
    for (size_t loop = 0; loop < loops; ++loop) {
      more = more || (from[loop] && !to[loop]);
      to[loop] = to[loop] || from[loop];
    }
    return more;
  };
  for (bool more = true; more;) {
    more = false;
    for (size_t s = 0; s < body.size(); ++s) {
      std::vector<bool> on(loops, false);
      for (int loop = 0; loop < nest.Size(); ++loop) {
        if (body[s].kind == ir::Scalar::Kind::Access) on[static_cast<size_t>(loop)] = nest.reads[static_cast<size_t>(body[s].index)].DependsOn(loop);
        if (body[s].kind == ir::Scalar::Kind::Index) on[static_cast<size_t>(loop)] = nest.index_values[static_cast<size_t>(body[s].index)].DependsOn(loop);
      }
      for (int argument : body[s].arguments)
        if (body[s].kind == ir::Scalar::Kind::Call && argument >= 0) add(on, depends[static_cast<size_t>(argument)]);
      for (int loop = 0; loop < nest.Size(); ++loop)
        if (on[static_cast<size_t>(loop)] && nest.Finds(loop)) add(on, depends[static_cast<size_t>(nest.found[static_cast<size_t>(loop)])]);
      if (add(depends[s], on) && !nest.found.empty()) more = true;
    }
  }
  return depends;
}

// A loop in the lanes takes `lanes_of_last` points a turn; chains are counted in turns.
SumBlocks BlocksOf(const std::vector<ir::Dim>& loops, const std::vector<int>& order, int64_t lanes_of_last) {
  int64_t inside = 1;
  for (size_t i = order.size(); i-- > 0;) {
    const ir::Dim& extent = loops[static_cast<size_t>(order[i])];
    const int64_t points = i + 1 == order.size() ? lanes_of_last : 1;
    if (extent.IsConstant()) {
      const int64_t turns = (extent.Constant() + points - 1) / points;
      if (inside * std::max<int64_t>(1, turns) <= kLongestChain) {
        inside *= std::max<int64_t>(1, turns);
        continue;
      }
    }
    return {order[i], std::max<int64_t>(1, kLongestChain / inside) * points};
  }
  return {};
}

// Calls visit(form, mergeable) for every form; the forms of guards and conditions are not mergeable.
template <typename Visit>
static void ForEachForm(Nest& nest, const Visit& visit) {
  auto access = [&](MemoryAccess& a) {
    visit(a.offset, true);
    for (Bound& guard : a.guards) visit(guard.value, false);
  };
  for (auto& read : nest.reads) access(read);
  for (auto& store : nest.stores) access(store);
  for (auto& form : nest.index_values) visit(form, true);
  for (auto& form : nest.arg_indices) visit(form, false);
  for (auto& condition : nest.conditions) visit(condition.value, false);
}

static bool CanMerge(Nest& nest, int outer) {
  const int inner = outer + 1;
  if (inner == nest.rank || !nest.IsConstant(inner) || nest.Finds(outer) || nest.Finds(inner)) return false;
  const int64_t extent = nest.Extent(inner);
  bool can = true;
  ForEachForm(nest, [&](Form& form, bool mergeable) {
    const bool walks_as_one = mergeable && form[outer] == form[inner] * extent;
    const bool stands_still = form[outer] == 0 && form[inner] == 0;
    if (!walks_as_one && !stands_still) can = false;
  });
  return can;
}

void Flatten(Nest& nest) {
  for (int outer = nest.Size() - 2; outer >= 0; --outer) {
    if (!CanMerge(nest, outer)) continue;
    const auto at = static_cast<std::ptrdiff_t>(outer);
    nest.loops[static_cast<size_t>(outer)] = nest.loops[static_cast<size_t>(outer)] * nest.loops[static_cast<size_t>(outer) + 1];
    nest.loops.erase(nest.loops.begin() + at + 1);
    ForEachForm(nest, [&](Form& form, bool) { form.per_loop.erase(form.per_loop.begin() + at); });
    if (!nest.found.empty()) nest.found.erase(nest.found.begin() + at);
    if (outer < nest.rank) --nest.rank;
  }
}

bool IsMultiple(const ir::Dim& extent, int64_t factor) {
  const ir::Dim rest = ir::Dim::Modulo(extent, ir::Dim(factor));
  return rest.IsConstant() && rest.Constant() == 0;
}

namespace {

// Which loops sit in the lanes, by how the accesses walk along them.
class LaneChoice {
 public:
  LaneChoice(const Nest& nest, const std::vector<ir::Scalar>& body) : nest_(nest) {
    if (!nest.found.empty()) depends_ = LoopsOfSteps(nest, body);
  }

  int BestParallel() const {
    int best = -1;
    double best_cost = 0;
    for (int loop = nest_.rank - 1; loop >= 0; --loop) {
      if (nest_.Finds(loop)) continue;
      double cost = 1;
      for (const auto& read : nest_.reads) cost += Cost(read, loop, 10);
      for (const auto& store : nest_.stores) cost += Cost(store, loop, 16);
      const int64_t extent = nest_.IsConstant(loop) ? nest_.Extent(loop) : 64;
      const double used = static_cast<double>(extent) / static_cast<double>((extent + 15) / 16 * 16);
      cost /= used;
      if (best < 0 || cost < best_cost) {
        best = loop;
        best_cost = cost;
      }
    }
    return best;
  }

  // Folded lanes need a loop that memory is contiguous along, and are chosen from shapes of the fold alone: never from the extents
  // of parallel loops, which batches change.
  int BestFolded() const {
    int best = -1;
    for (int loop = nest_.Size() - 1; loop >= nest_.rank; --loop) {
      if (nest_.Finds(loop)) continue;
      if (best < 0 || Strided(loop) < Strided(best)) best = loop;
    }
    if (best < 0 || nest_.rank == 0) return best;
    for (int loop = 0; loop < nest_.rank; ++loop) {
      if (!nest_.Finds(loop) && Strided(loop) <= Strided(best)) return -1;
    }
    const bool is_short = nest_.IsConstant(best) && nest_.Extent(best) < 6;
    return is_short ? -1 : best;
  }

 private:
  // Cost of sixteen elements of an access along the lanes, in loads.
  double Cost(const MemoryAccess& access, int loop, double strided) const {
    const int64_t stride = access.offset[loop];
    for (int found = 0; found < nest_.Size(); ++found) {
      if (!nest_.Finds(found) || !access.offset.DependsOn(found)) continue;
      if (depends_[static_cast<size_t>(nest_.found[static_cast<size_t>(found)])][static_cast<size_t>(loop)]) return strided;
    }
    if (stride == 0 || stride == 1) return 1;
    return strided;
  }

  int Strided(int loop) const {
    int count = 0;
    for (const auto& read : nest_.reads) count += Cost(read, loop, 2) > 1;
    return count;
  }

  const Nest& nest_;
  std::vector<std::vector<bool>> depends_;  // where turns are found
};

}  // namespace

Lanes ChooseLanes(const Nest& nest, const schedule::Kernel& kernel) {
  const LaneChoice choice(nest, kernel.body);
  Lanes lanes;
  lanes.parallel = choice.BestParallel();
  if (kernel.folded >= 0) lanes.folded = choice.BestFolded();
  return lanes;
}

}  // namespace nnc::codegen
