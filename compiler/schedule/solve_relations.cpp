#include "compiler/schedule/solve_relations.h"

#include <algorithm>
#include <cassert>

#include "compiler/schedule/affine.h"
#include "compiler/schedule/relation_system.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Comp;
using ir::Dim;
using ir::Monoid;
using ir::Scalar;

int64_t Capacities::operator()(const Dim& dim) const {
  if (dim.IsConstant()) return dim.Constant();
  std::optional<int64_t> value = dim.Largest([&](std::string_view symbol) -> std::optional<int64_t> {
    auto found = symbols_.find(std::string(symbol));
    if (found == symbols_.end()) return std::nullopt;
    return found->second;
  });
  assert(value && "every symbol has a capacity");
  return *value;
}

double Capacities::Points(const std::vector<Dim>& extents) const {
  double points = 1;
  for (const Dim& extent : extents) points *= static_cast<double>((*this)(extent));
  return points;
}

// A sum of one access or of a product of two: a read of 0 contributes nothing.
static bool GuardsSuffice(const Comp& comp) {
  if (comp.monoid != Monoid::Sum) return false;
  const ir::CompForm shape = ir::Classify(comp);
  if (shape == ir::CompForm::Contraction) return true;
  return shape == ir::CompForm::Reduce && comp.body.back().kind == Scalar::Kind::Access;
}

// Applies the rules until no relation is left.
static std::vector<RelationSystem> SolveAll(const Comp& comp, const Capacities& capacities) {
  std::vector<RelationSystem> open{RelationSystem(comp)}, solved;
  // The tie-break of argmax is the order of its argument indices: those stay loops.
  const int first_index = ir::IsPlace(comp.monoid) ? comp.rank + comp.arg_count : comp.rank;
  while (!open.empty()) {
    RelationSystem system = std::move(open.back());
    open.pop_back();
    while (true) {
      system.Normalize();
      if (system.empty || system.relations.empty()) break;
      if (SplitQuotient(system)) continue;
      if (!ir::IsPlace(comp.monoid) && (ExpandRadix(system, open) || SplitPhases(system, capacities, open))) continue;
      if (SubstituteUnit(system, capacities, first_index)) continue;
      system.unsolved.push_back(std::move(system.relations.back()));
      system.relations.pop_back();
    }
    solved.push_back(std::move(system));
  }
  return solved;
}

namespace {

// A solved system as a kernel.
class Emission {
 public:
  Emission(const ir::Graph& graph, ir::NodeId node, const RelationSystem& system)
      : graph_(graph), comp_(graph[node].comp()), system_(system) {
    NumberLoops();
    Address target{node, {}, {}};
    for (int axis = 0; axis < comp_.rank; ++axis) {
      target.subscripts.push_back(values_[static_cast<size_t>(axis)]);
      target.guarded.push_back(false);
    }
    if (system.empty) {
      Scalar literal;
      literal.literal = ir::Row(comp_.monoid).empty();
      kernel_.loops.resize(static_cast<size_t>(kernel_.rank));
      kernel_.conditions.clear();
      kernel_.body.push_back(literal);
    } else {
      AddRanges();
      AddBody();
    }
    kernel_.stores.push_back({std::move(target), static_cast<int>(kernel_.body.size()) - 1});
  }

  Kernel Take() { return std::move(kernel_); }

 private:
  // Parallel variables first, each kind in the order of the indices that they stand for.
  void NumberLoops() {
    std::vector<int> order;
    for (size_t v = 0; v < system_.variables.size(); ++v) {
      if (system_.variables[v].alive) order.push_back(static_cast<int>(v));
    }
    auto key = [&](int v) { return std::tuple(!system_[v].parallel, system_[v].index, system_[v].position); };
    std::sort(order.begin(), order.end(), [&](int a, int b) { return key(a) < key(b); });
    std::vector<Affine> loop_of(system_.variables.size());
    for (int v : order) {
      if (system_[v].extent == Dim(1)) continue;
      loop_of[static_cast<size_t>(v)] = Affine::Index(static_cast<int>(kernel_.loops.size()));
      kernel_.loops.push_back(system_[v].extent);
      if (system_[v].parallel) ++kernel_.rank;
    }
    for (const Affine& value : system_.values) values_.push_back(Substitute(value, loop_of));
    for (const Affine& value : system_.unsolved) {
      kernel_.conditions.push_back({Substitute(value, loop_of), 1});
    }
  }

  // Which reduction indices may leave their range, and how that is noticed.
  void AddRanges() {
    inside_.assign(values_.size(), true);
    const bool guards_suffice = GuardsSuffice(comp_);
    for (size_t k = static_cast<size_t>(comp_.rank); k < values_.size(); ++k) {
      inside_[k] = AlwaysInside(values_[k], kernel_.loops, comp_.extents[k]);
      if (values_[k].IsBare() && kernel_.loops[static_cast<size_t>(values_[k].BareIndex())] == comp_.extents[k]) inside_[k] = true;
      if (!inside_[k] && !(guards_suffice && GuardedByRead(static_cast<int>(k)))) {
        kernel_.conditions.push_back({values_[k], comp_.extents[k]});
      }
    }
  }

  bool GuardedByRead(int index) const {
    for (const ir::Access& access : comp_.accesses) {
      const ir::Shape& shape = graph_.ShapeOf(access.operand);
      for (size_t axis = 0; axis < shape.size(); ++axis) {
        const Affine& subscript = access.subscripts[axis];
        if (subscript.IsBare() && subscript.BareIndex() == index && shape[axis] == comp_.extents[static_cast<size_t>(index)]) return true;
      }
    }
    return false;
  }

  bool NeedsGuard(const ir::Access& access, const Affine& subscript) const {
    if (access.guarded) return true;
    for (const Affine::Term& term : subscript.terms) {
      if (!inside_[static_cast<size_t>(term.index)]) return true;
    }
    return false;
  }

  void AddBody() {
    for (const ir::Access& access : comp_.accesses) {
      Address address{access.operand, {}, {}};
      for (size_t axis = 0; axis < access.subscripts.size(); ++axis) {
        const Affine& subscript = access.subscripts[axis];
        address.subscripts.push_back(Substitute(subscript, values_));
        address.guarded.push_back(NeedsGuard(access, subscript) &&
                                  !AlwaysInside(address.subscripts.back(), kernel_.loops, graph_.ShapeOf(access.operand)[axis]));
      }
      kernel_.reads.push_back(std::move(address));
    }
    kernel_.index_values = values_;
    kernel_.body = comp_.body;
    const bool folds = static_cast<int>(kernel_.loops.size()) > kernel_.rank;
    if (!folds && !ir::IsPlace(comp_.monoid)) return ChooseByConditions();
    kernel_.folded = static_cast<int>(kernel_.body.size()) - 1;
    kernel_.monoid = comp_.monoid == Monoid::None ? Monoid::Sum : comp_.monoid;
    if (!ir::IsPlace(comp_.monoid)) return;
    kernel_.arg_count = comp_.arg_count;
    for (int r = comp_.rank; r < comp_.rank + comp_.arg_count; ++r) {
      kernel_.arg_indices.push_back(values_[static_cast<size_t>(r)]);
      kernel_.arg_extents.push_back(comp_.extents[static_cast<size_t>(r)]);
    }
  }

  int Step(Scalar step) {
    kernel_.body.push_back(std::move(step));
    return static_cast<int>(kernel_.body.size()) - 1;
  }
  int Call(ir::ScalarFn fn, int a, int b, int c = -1) {
    Scalar call;
    call.kind = Scalar::Kind::Call;
    call.fn = fn;
    call.arguments[0] = a, call.arguments[1] = b, call.arguments[2] = c;
    return Step(call);
  }
  int Number(const Dim& size) {
    Scalar number;
    if (size.IsConstant()) {
      number.literal = static_cast<double>(size.Constant());
    } else {
      number.kind = Scalar::Kind::Extent;
      number.extent = size;
    }
    return Step(number);
  }

  // A fold of one point or none is an elementwise choice between that point's value and the monoid's identity: others can fuse with it.
  void ChooseByConditions() {
    if (kernel_.conditions.empty()) return;
    const int value = static_cast<int>(kernel_.body.size()) - 1;
    int all = -1;
    for (const Kernel::Condition& condition : kernel_.conditions) {
      Scalar index;
      index.kind = Scalar::Kind::Index;
      index.index = static_cast<int>(kernel_.index_values.size());
      kernel_.index_values.push_back(condition.value);
      const int at = Step(index);
      const bool equation = condition.extent == Dim(1);
      int holds = Call(equation ? ir::ScalarFn::Eq : ir::ScalarFn::Ge, at, Number(0));
      if (!equation) holds = Call(ir::ScalarFn::And, holds, Call(ir::ScalarFn::Lt, at, Number(condition.extent)));
      all = all < 0 ? holds : Call(ir::ScalarFn::And, all, holds);
    }
    kernel_.conditions.clear();
    Scalar identity;
    identity.literal = ir::Row(comp_.monoid).empty();
    Call(ir::ScalarFn::Select, all, value, Step(identity));
  }

  const ir::Graph& graph_;
  const Comp& comp_;
  const RelationSystem& system_;
  std::vector<Affine> values_;  // of each index of the comprehension, over loops
  std::vector<bool> inside_;    // of each index: its value never leaves its range
  Kernel kernel_;
};

}  // namespace

static bool HasNoPoints(const Kernel& kernel) {
  return std::any_of(kernel.loops.begin(), kernel.loops.begin() + kernel.rank, [](const Dim& extent) { return extent == Dim(0); });
}

std::vector<Kernel> SolveRelations(const ir::Graph& graph, ir::NodeId node, const Capacities& capacities) {
  std::vector<Kernel> kernels;
  for (RelationSystem& system : SolveAll(graph[node].comp(), capacities)) {
    bool nothing = system.empty;
    for (const RelationSystem::Variable& variable : system.variables) {
      if (variable.alive && !variable.parallel && variable.extent == Dim(0)) nothing = true;
    }
    system.empty = nothing;
    Kernel kernel = Emission(graph, node, system).Take();
    if (!HasNoPoints(kernel)) kernels.push_back(std::move(kernel));
  }
  return kernels;
}

}  // namespace nnc::schedule
