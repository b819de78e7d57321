// Checks a plan against plan.h. Ranges of subscripts are checked at the largest sizes and with every symbol at 1; lives in the
// arena by following who owns each byte.
#include <algorithm>
#include <set>

#include "compiler/schedule/find_turns.h"
#include "compiler/schedule/plan_memory.h"
#include "compiler/schedule/schedule.h"
#include "compiler/schedule/solve_relations.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Dim;
using ir::Scalar;

namespace {

class KernelVerifier {
 public:
  KernelVerifier(const Plan& plan, const Kernel& kernel) : plan_(plan), kernel_(kernel) {}

  std::string Run() {
    if (kernel_.kind == Kernel::Kind::Scan) return RunScan();
    CheckLoops();
    CheckBody();
    for (const Address& read : kernel_.reads) CheckAddress(read, static_cast<int>(kernel_.loops.size()));
    for (const Store& store : kernel_.stores) CheckStore(store);
    if (kernel_.stores.empty()) Fail("nothing is stored");
    if (!what_.empty()) return what_;  // below, buffers and steps are taken to exist
    CheckReadsOfStored();
    if (kernel_.kind == Kernel::Kind::Contraction) CheckContraction();
    if (!kernel_.found.empty()) CheckFound();
    return what_;
  }

 private:
  // The body is a plan; what it binds has the shape of what it is linked to.
  std::string RunScan() {
    const Loop& loop = kernel_.loop;
    const std::string inside = Verify(*loop.body);
    if (!inside.empty()) return "in the body, " + inside;
    if (loop.links.size() != loop.body->bindings.size() || kernel_.stores.empty() || !kernel_.loops.empty()) return "the loop is not linked to its body";
    for (size_t l = 0; l < loop.links.size(); ++l) {
      const Loop::Link& link = loop.links[l];
      if (link.index < 0 || static_cast<size_t>(link.index) >= (link.stored ? kernel_.stores.size() - 1 : kernel_.reads.size())) return "a link to nothing";
      const Address& address = link.stored ? kernel_.stores[static_cast<size_t>(link.index)].target : kernel_.reads[static_cast<size_t>(link.index)];
      if (address.buffer < 0 || static_cast<size_t>(address.buffer) >= plan_.buffers.size()) return "a buffer that does not exist";
      const Buffer& buffer = BufferOf(address);
      if (buffer.place != Buffer::Place::Arena && buffer.place != Buffer::Place::Bound) return buffer.name + " is no array";
      if (buffer.dtype != ir::DType::F32) return buffer.name + " is no array of f32";
      const ir::Shape shape(buffer.shape.begin() + (link.moves && !buffer.shape.empty() ? 1 : 0), buffer.shape.end());
      if (!(shape == loop.body->bindings[l].shape)) return "the body's " + loop.body->bindings[l].name + " has another shape than " + buffer.name;
      if (link.alternates && (!link.moves || !link.stored)) return buffer.name + " has no states that take turns";
      if (!link.moves) continue;
      const Dim turns = link.alternates ? Dim(2) : loop.count + Dim(link.offset);
      if (link.offset < 0 || buffer.shape.empty() || !(buffer.shape[0] - turns).ProvablyNonNegative()) return buffer.name + " has too few turns";
      if (loop.body->bindings[l].output && !link.stored) return "the body stores into " + buffer.name + ", which is only read";
    }
    const Buffer& arena = BufferOf(kernel_.stores.back().target);
    return arena.capacity.size() == 1 && arena.capacity[0] * 4 >= loop.body->arena_bytes ? "" : "the arena of the body is too small";
  }

  void Fail(const std::string& what) {
    if (what_.empty()) what_ = what;
  }

  const Buffer& BufferOf(const Address& address) const { return plan_.buffers[static_cast<size_t>(address.buffer)]; }
  bool UsesOnly(const Affine& affine, int loops) const { return affine.terms.empty() || affine.terms.back().index < loops; }

  void CheckLoops() {
    const int count = static_cast<int>(kernel_.loops.size());
    if (kernel_.rank < 0 || kernel_.rank > count) Fail("the rank exceeds the loops");
    if (kernel_.folded < 0 && kernel_.rank != count) Fail("folded loops without a fold");
    if (!kernel_.conditions.empty() && (kernel_.folded < 0 || kernel_.kind != Kernel::Kind::Loops)) Fail("conditions without a fold");
    const bool whole = kernel_.kind == Kernel::Kind::Gather || kernel_.kind == Kernel::Kind::Random;
    for (const Dim& extent : kernel_.loops) {
      if (!whole && (extent == Dim(1) || extent == Dim(0))) Fail("a loop of extent " + extent.ToString());
    }
    for (const Kernel::Condition& condition : kernel_.conditions) {
      if (!UsesOnly(condition.value, count)) Fail("a condition names a loop that does not exist");
    }
    const bool arg = ir::IsPlace(kernel_.monoid);
    if (arg != (kernel_.arg_count > 0) || static_cast<size_t>(kernel_.arg_count) != kernel_.arg_indices.size() ||
        kernel_.arg_indices.size() != kernel_.arg_extents.size()) {
      Fail("the argument indices do not fit the monoid");
    }
  }

  void CheckBody() {
    if (kernel_.folded >= static_cast<int>(kernel_.body.size())) Fail("the folded step does not exist");
    if ((kernel_.folded >= 0) != (kernel_.monoid != ir::Monoid::None)) Fail("a fold needs a monoid");
    for (int s = 0; s < static_cast<int>(kernel_.body.size()); ++s) {
      const Scalar& step = kernel_.body[static_cast<size_t>(s)];
      const bool epilogue = kernel_.folded >= 0 && s > kernel_.folded;
      const int loops = epilogue ? kernel_.rank : static_cast<int>(kernel_.loops.size());
      if (step.kind == Scalar::Kind::Access) CheckRead(step.index, loops);
      if (step.kind == Scalar::Kind::Index) {
        if (step.index < 0 || step.index >= static_cast<int>(kernel_.index_values.size())) return Fail("an index value that does not exist");
        if (!UsesOnly(kernel_.index_values[static_cast<size_t>(step.index)], loops)) Fail("an index value uses a loop out of reach");
      }
      if (step.kind != Scalar::Kind::Call) continue;
      for (int a = 0; a < 3; ++a) {
        const int argument = step.arguments[a];
        if ((argument >= 0) != (a < ir::Row(step.fn).arity) || argument >= s) Fail("step " + std::to_string(s) + " has wrong arguments");
        if (epilogue && argument >= 0 && argument < kernel_.folded) Fail("the epilogue refers to a step of the fold");
      }
    }
  }

  void CheckRead(int number, int loops) {
    if (number < 0 || number >= static_cast<int>(kernel_.reads.size())) return Fail("a read that does not exist");
    for (const Affine& subscript : kernel_.reads[static_cast<size_t>(number)].subscripts) {
      if (!UsesOnly(subscript, loops)) Fail("a read uses a loop out of reach");
    }
  }

  void CheckAddress(const Address& address, int loops) {
    if (address.buffer < 0 || address.buffer >= static_cast<int>(plan_.buffers.size())) return Fail("a buffer that does not exist");
    const Buffer& buffer = BufferOf(address);
    if (buffer.place == Buffer::Place::Column && kernel_.kind != Kernel::Kind::Gather) Fail("a column is read directly");
    const size_t rank = buffer.shape.size();
    if (address.subscripts.size() != rank || address.guarded.size() != rank) return Fail(buffer.name + " needs one subscript per axis");
    for (size_t axis = 0; axis < rank; ++axis) {
      if (!UsesOnly(address.subscripts[axis], loops)) return Fail("a subscript uses a loop out of reach");
      if (address.guarded[axis]) continue;
      CheckRange(address.subscripts[axis], buffer, axis, plan_.capacities);
      std::map<std::string, int64_t> ones = plan_.capacities;
      for (auto& [symbol, value] : ones) value = 1;
      CheckRange(address.subscripts[axis], buffer, axis, ones);
    }
  }

  void CheckRange(const Affine& subscript, const Buffer& buffer, size_t axis, const std::map<std::string, int64_t>& sizes) {
    // Exactly at these sizes: a loop may be longest where a subscript is not.
    auto value = [&](const Dim& dim) { return *dim.Evaluate([&](std::string_view symbol) -> std::optional<int64_t> { return sizes.at(std::string(symbol)); }); };
    int64_t low = value(subscript.constant), high = low;
    for (const Dim& extent : kernel_.loops) {
      if (value(extent) <= 0) return;
    }
    for (const Affine::Term& term : subscript.terms) {
      const int64_t reach = term.coefficient * (value(kernel_.loops[static_cast<size_t>(term.index)]) - 1);
      (reach < 0 ? low : high) += reach;
    }
    if (low < 0 || high >= value(buffer.shape[axis])) {
      Fail("axis " + std::to_string(axis) + " of " + buffer.name + " is read or stored from " + std::to_string(low) + " to " + std::to_string(high));
    }
  }

  void CheckStore(const Store& store) {
    CheckAddress(store.target, kernel_.rank);
    if (!what_.empty()) return;
    if (std::count(store.target.guarded.begin(), store.target.guarded.end(), true) > 0) Fail("a guarded store");
    if (kernel_.kind == Kernel::Kind::Random || IsBeside(store)) return;
    if (store.step < kernel_.folded || store.step >= static_cast<int>(kernel_.body.size()) || store.step < 0) Fail("a store of a step out of reach");
    if (BufferOf(store.target).place == Buffer::Place::Column || BufferOf(store.target).place == Buffer::Place::Scalar) Fail("a store to an input");
  }

  int Base(int buffer) const {
    const int base = plan_.buffers[static_cast<size_t>(buffer)].view_of;
    return base < 0 ? buffer : base;
  }

  void CheckReadsOfStored() {
    for (const Store& store : kernel_.stores) {
      for (size_t r = 0; r < kernel_.reads.size(); ++r) {
        const Address& read = kernel_.reads[r];
        if (Base(read.buffer) != Base(store.target.buffer)) continue;
        const bool same = read.buffer == store.target.buffer && read.subscripts == store.target.subscripts;
        if (!same || ReadInFold(static_cast<int>(r))) Fail("other elements of a stored buffer are read");
      }
    }
  }

  bool ReadInFold(int read) const {
    for (int s = 0; s <= kernel_.folded; ++s) {
      const Scalar& step = kernel_.body[static_cast<size_t>(s)];
      if (step.kind == Scalar::Kind::Access && step.index == read) return true;
    }
    return false;
  }

  // A found turn is that of a loop of a fold; a scatter ends with the fold, and what is only stored there is what rounding loses.
  void CheckFound() {
    if (kernel_.kind != Kernel::Kind::Loops || kernel_.folded < 0) Fail("turns are found in folds");
    if (kernel_.found.size() != kernel_.loops.size()) return Fail("every loop is walked or found");
    for (size_t loop = 0; loop < kernel_.found.size(); ++loop) {
      const int step = kernel_.found[loop];
      if (step < -1 || step > kernel_.folded) Fail("a turn is found by a step out of reach");
      if (step >= 0 && kernel_.arg_count > 0 && static_cast<int>(loop) >= kernel_.rank) Fail("a place is counted among turns that are found");
      if (step >= 0 && !IsEquated(static_cast<int>(loop))) Fail("no equation gives the turn of loop " + std::to_string(loop));
    }
    if (TouchesFoundAlone(kernel_)) CheckUpdate();
  }

  // The sums are stored first; every other store is its own element but for a multiple of the sum.
  void CheckUpdate() {
    if (kernel_.stores[0].step != kernel_.folded) return Fail("a scatter with an update keeps its sums");
    for (size_t s = 1; s < kernel_.stores.size(); ++s) {
      const Store& store = kernel_.stores[s];
      auto own = [&](const Scalar& step, int) {
        if (step.kind != Scalar::Kind::Access) return false;
        const Address& read = kernel_.reads[static_cast<size_t>(step.index)];
        return read.buffer == store.target.buffer && read.subscripts == store.target.subscripts;
      };
      auto sum = [&](const Scalar&, int number) { return number == kernel_.folded; };
      if (store.step >= 0 && !KeepsUntouched(kernel_, store.step, own, sum)) Fail("an update that changes what is not found");
    }
  }

  bool IsEquated(int loop) const {
    for (const Equation& equation : EquationsOf(kernel_, kernel_.folded, ir::Row(kernel_.monoid).identity)) {
      const Scalar& index = kernel_.body[static_cast<size_t>(equation.index)];
      if (kernel_.index_values[static_cast<size_t>(index.index)].Coefficient(loop) != 0) return true;
    }
    return false;
  }

  bool IsBeside(const Store& store) const { return kernel_.IsScatter() && kernel_.stores.size() > 1 && &store == &kernel_.stores.back() && store.step == -1; }

  static bool Carries(const Address& address, int loop) {
    return std::any_of(address.subscripts.begin(), address.subscripts.end(),
                       [&](const Affine& subscript) { return subscript.Coefficient(loop) != 0; });
  }

  void CheckContraction() {
    if (kernel_.folded != 2 || kernel_.monoid != ir::Monoid::Sum || kernel_.reads.size() < 2) return Fail("a contraction sums one product");
    for (int operand = 0; operand < 2; ++operand) {
      if (BufferOf(kernel_.reads[static_cast<size_t>(operand)]).dtype != ir::DType::F32) Fail("an operand of a contraction is no array of f32");
    }
    if (kernel_.classes.size() != kernel_.loops.size()) return Fail("a contraction's loops have classes");
    bool column = false, summed = false;
    for (int loop = 0; loop < static_cast<int>(kernel_.loops.size()); ++loop) {
      const LoopClass what = kernel_.classes[static_cast<size_t>(loop)];
      column |= what == LoopClass::Column;
      summed |= what == LoopClass::Summed;
      const bool in_a = Carries(kernel_.reads[0], loop), in_b = Carries(kernel_.reads[1], loop);
      const bool fits = in_a == (what != LoopClass::Column) && in_b == (what != LoopClass::Row);
      if (!fits || (loop < kernel_.rank) == (what == LoopClass::Summed)) Fail("loop " + std::to_string(loop) + " has a wrong class");
    }
    if (!column || !summed) Fail("a contraction needs a column and a summed loop");
  }

  const Plan& plan_;
  const Kernel& kernel_;
  std::string what_;
};

// Buffers that are live together lie apart, and inside the arena.
std::string CheckArena(const Plan& plan) {
  const std::vector<Life> lives = Lives(plan);
  for (size_t a = 0; a < plan.buffers.size(); ++a) {
    const Buffer& first = plan.buffers[a];
    if (first.place != Buffer::Place::Arena || first.view_of >= 0 || lives[a].end < lives[a].begin) continue;
    if (first.offset % 64 != 0 || first.offset + Bytes(first) > plan.arena_bytes) return first.name + " lies outside the arena";
    for (size_t b = 0; b < a; ++b) {
      const Buffer& second = plan.buffers[b];
      if (second.place != Buffer::Place::Arena || second.view_of >= 0 || !lives[a].Overlaps(lives[b])) continue;
      if (first.offset < second.offset + Bytes(second) && second.offset < first.offset + Bytes(first)) {
        return first.name + " and " + second.name + " overlap";
      }
    }
  }
  return "";
}

// Arena buffers that have elements are stored before they are read.
std::string CheckFlow(const Plan& plan) {
  std::set<int> stored;
  for (const Kernel& kernel : plan.kernels) {
    for (const Address& read : kernel.reads) {
      const Buffer& buffer = plan.buffers[static_cast<size_t>(read.buffer)];
      const int base = buffer.view_of < 0 ? read.buffer : buffer.view_of;
      if (buffer.place == Buffer::Place::Arena && Bytes(buffer) > 0 && !stored.count(base)) return buffer.name + " is read before it is stored";
    }
    for (const Store& store : kernel.stores) {
      const int base = plan.buffers[static_cast<size_t>(store.target.buffer)].view_of;
      stored.insert(base < 0 ? store.target.buffer : base);
    }
  }
  return "";
}

std::string CheckBuffer(const Plan& plan, const Buffer& buffer) {
  if (buffer.capacity.size() != buffer.shape.size() || buffer.strides.size() != buffer.shape.size()) return "capacity and strides per axis";
  if (buffer.view_of < 0) return "";
  if (buffer.view_of >= static_cast<int>(plan.buffers.size())) return "view of nothing";
  const Buffer& base = plan.buffers[static_cast<size_t>(buffer.view_of)];
  if (base.view_of >= 0) return "view of a view";
  if (base.place != buffer.place || base.offset != buffer.offset || base.binding != buffer.binding) return "view elsewhere";
  return Bytes(base) == Bytes(buffer) ? "" : "view of another size";
}

}  // namespace

std::string Verify(const Plan& plan) {
  for (const Buffer& buffer : plan.buffers) {
    const std::string what = CheckBuffer(plan, buffer);
    if (!what.empty()) return "buffer " + buffer.name + ": " + what;
  }
  for (size_t k = 0; k < plan.kernels.size(); ++k) {
    const std::string what = KernelVerifier(plan, plan.kernels[k]).Run();
    if (!what.empty()) return "kernel " + std::to_string(k) + ": " + what;
  }
  const std::string what = CheckArena(plan);
  return what.empty() ? CheckFlow(plan) : what;
}

}  // namespace nnc::schedule
