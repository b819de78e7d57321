#include "compiler/schedule/collapse_loops.h"

#include <algorithm>
#include <optional>

namespace nnc::schedule {

using ir::Affine;
using ir::Dim;

namespace {

bool Uses(const Affine& affine, int loop) { return affine.Coefficient(loop) != 0; }

bool IsBareLoop(const Affine& affine, int loop) { return affine.IsBare() && affine.BareIndex() == loop; }

class Collapsing {
 public:
  explicit Collapsing(Plan& plan) : plan_(plan) {}

  void Run() {
    for (Kernel& kernel : plan_.kernels) {
      if (kernel.kind != Kernel::Kind::Loops && kernel.kind != Kernel::Kind::Contraction) continue;
      for (int loop = static_cast<int>(kernel.loops.size()) - 2; loop >= 0; --loop) {
        while (loop + 1 < static_cast<int>(kernel.loops.size()) && MayMerge(kernel, loop)) Merge(kernel, loop);
      }
    }
  }

 private:
  // The axis that `outer` runs over, with `outer + 1` right after it; -1 if neither occurs; nothing if they cannot merge.
  std::optional<int> MergedAxis(const Address& address, int outer, const Dim& inner_extent) const {
    int axis = -1;
    int uses = 0;
    for (size_t a = 0; a < address.subscripts.size(); ++a) {
      uses += Uses(address.subscripts[a], outer) + Uses(address.subscripts[a], outer + 1);
      if (IsBareLoop(address.subscripts[a], outer)) axis = static_cast<int>(a);
    }
    if (uses == 0) return -1;
    if (uses != 2 || axis < 0 || axis + 1 == static_cast<int>(address.subscripts.size())) return std::nullopt;
    const size_t inner = static_cast<size_t>(axis) + 1;
    if (!IsBareLoop(address.subscripts[inner], outer + 1) || address.guarded[inner] || address.guarded[inner - 1]) return std::nullopt;
    const Buffer& buffer = plan_.buffers[static_cast<size_t>(address.buffer)];
    if (!(buffer.shape[inner] == inner_extent) || buffer.place == Buffer::Place::Column) return std::nullopt;
    return axis;
  }

  bool MayMerge(const Kernel& kernel, int loop) const {
    const size_t l = static_cast<size_t>(loop);
    // The inner axis is dense only if its size is the capacity.
    if ((loop < kernel.rank) != (loop + 1 < kernel.rank) || !kernel.loops[l + 1].IsConstant()) return false;
    if (!kernel.classes.empty() && kernel.classes[l] != kernel.classes[l + 1]) return false;
    if (kernel.Finds(loop) || kernel.Finds(loop + 1)) return false;
    auto uses = [&](const Affine& affine) { return Uses(affine, loop) || Uses(affine, loop + 1); };
    if (std::any_of(kernel.index_values.begin(), kernel.index_values.end(), uses)) return false;
    if (std::any_of(kernel.arg_indices.begin(), kernel.arg_indices.end(), uses)) return false;
    for (const Kernel::Condition& condition : kernel.conditions) {
      if (uses(condition.value)) return false;
    }
    for (const Address& read : kernel.reads) {
      if (!MergedAxis(read, loop, kernel.loops[l + 1])) return false;
    }
    for (const Store& store : kernel.stores) {
      if (!MergedAxis(store.target, loop, kernel.loops[l + 1])) return false;
    }
    return true;
  }

  void Merge(Kernel& kernel, int loop) {
    const size_t l = static_cast<size_t>(loop);
    const Dim inner = kernel.loops[l + 1];
    std::vector<Affine> values;
    for (int k = 0; k < static_cast<int>(kernel.loops.size()); ++k) values.push_back(Affine::Index(k <= loop ? k : k - 1));
    for (Address& read : kernel.reads) MergeAxes(read, loop, inner, values);
    for (Store& store : kernel.stores) MergeAxes(store.target, loop, inner, values);
    for (Affine& value : kernel.index_values) Renumber(value, values);
    for (Affine& value : kernel.arg_indices) Renumber(value, values);
    for (Kernel::Condition& condition : kernel.conditions) Renumber(condition.value, values);
    kernel.loops[l] = kernel.loops[l] * inner;
    kernel.loops.erase(kernel.loops.begin() + loop + 1);
    if (!kernel.classes.empty()) kernel.classes.erase(kernel.classes.begin() + loop + 1);
    if (!kernel.found.empty()) kernel.found.erase(kernel.found.begin() + loop + 1);
    if (loop + 1 < kernel.rank) --kernel.rank;
  }

  static void Renumber(Affine& affine, const std::vector<Affine>& values) {
    for (Affine::Term& term : affine.terms) term.index = values[static_cast<size_t>(term.index)].BareIndex();
  }

  void MergeAxes(Address& address, int loop, const Dim& inner_extent, const std::vector<Affine>& values) {
    const int axis = *MergedAxis(address, loop, inner_extent);
    if (axis >= 0) {
      address.buffer = MergedView(address.buffer, axis);
      address.subscripts.erase(address.subscripts.begin() + axis + 1);
      address.guarded.erase(address.guarded.begin() + axis + 1);
    }
    for (Affine& subscript : address.subscripts) Renumber(subscript, values);
  }

  int MergedView(int number, int axis) {
    Buffer view = plan_.buffers[static_cast<size_t>(number)];
    const size_t a = static_cast<size_t>(axis);
    view.view_of = view.view_of < 0 ? number : view.view_of;
    view.shape[a] = view.shape[a] * view.shape[a + 1];
    view.capacity[a] *= view.capacity[a + 1];
    view.strides[a] = view.strides[a + 1];
    view.shape.erase(view.shape.begin() + axis + 1);
    view.capacity.erase(view.capacity.begin() + axis + 1);
    view.strides.erase(view.strides.begin() + axis + 1);
    for (size_t b = 0; b < plan_.buffers.size(); ++b) {
      const Buffer& other = plan_.buffers[b];
      if (static_cast<int>(b) == view.view_of && other.shape == view.shape) return static_cast<int>(b);
      if (other.view_of == view.view_of && other.shape == view.shape) return static_cast<int>(b);
    }
    plan_.buffers.push_back(std::move(view));
    return static_cast<int>(plan_.buffers.size()) - 1;
  }

  Plan& plan_;
};

}  // namespace

void CollapseLoops(Plan& plan) { Collapsing(plan).Run(); }

}  // namespace nnc::schedule
