// Computing a producer where it is read instead of storing it. Copies (slices, paddings, transposes, broadcasts) and constants
// are read through wherever their readers allow; elementwise nodes move into their only reader if that evaluates them no
// more often; a few cheap operations on arrays that are stored anyway (a mask, 1 - y*y) are repeated in every reader instead
// of stored; what gives the turn of a loop moves to where the loop is (find_turns.h). Other operands of contractions stay bare reads.
#include <algorithm>
#include <optional>

#include "compiler/ir/walk.h"
#include "compiler/schedule/affine.h"
#include "compiler/schedule/body_writer.h"
#include "compiler/schedule/definitions.h"
#include "compiler/schedule/find_turns.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Dim;
using ir::NodeId;
using ir::Scalar;

namespace {

constexpr double kWorkSlack = 1.5;     // padding and strides may add some points
constexpr size_t kMaximumBody = 1000;  // steps of one kernel
constexpr int kCheapCalls = 3;         // what is sooner computed again than stored and read

// The affine functions that the loops of a pointwise producer stand for in a reader, and the guards of the read.
struct Substitution {
  std::vector<Affine> values;  // of each loop of the producer
  std::vector<int> loop_of;    // of each axis of the producer, -1 if it has one element
};

Substitution MakeSubstitution(const Address& address, const std::vector<int>& axis_of) {
  Substitution result{{}, std::vector<int>(address.subscripts.size(), -1)};
  for (size_t loop = 0; loop < axis_of.size(); ++loop) {
    result.values.push_back(address.subscripts[static_cast<size_t>(axis_of[loop])]);
    result.loop_of[static_cast<size_t>(axis_of[loop])] = static_cast<int>(loop);
  }
  return result;
}

bool IsGuarded(const Address& address) {
  return std::count(address.guarded.begin(), address.guarded.end(), true) > 0;
}

// A guarded axis of the outer read, seen through the copy `inner`: the axis of `inner` that leaves its range at least where
// the outer one does.
std::optional<size_t> GuardingAxis(const Address& inner, int loop, const Dim& outer_size, const ir::Shape& shape) {
  for (size_t t = 0; t < inner.subscripts.size(); ++t) {
    const Affine& subscript = inner.subscripts[t];
    if (subscript.terms.size() != 1 || subscript.terms[0].index != loop) continue;
    const Dim& c = subscript.constant;
    const int64_t coefficient = subscript.terms[0].coefficient;
    const bool covers = coefficient == 1    ? (-c).ProvablyNonNegative() && (outer_size + c - shape[t]).ProvablyNonNegative()
                        : coefficient == -1 ? (c - shape[t] + Dim(1)).ProvablyNonNegative() &&
                                                  (outer_size - c - Dim(1)).ProvablyNonNegative()
                                            : false;
    if (covers) return t;
  }
  return std::nullopt;
}

// The read of the copy's operand that stands for a read of the copy.
std::optional<Address> ReadThrough(const Definitions& definitions, const Address& outer, const std::vector<Dim>& loops) {
  std::vector<int> axis_of;
  const std::vector<Kernel>& producer = definitions[outer.buffer];
  if (!IsCopy(producer) || !IsPointwise(producer, &axis_of)) return std::nullopt;
  const Substitution substitution = MakeSubstitution(outer, axis_of);
  const Address& inner = producer[0].reads[static_cast<size_t>(producer[0].body[0].index)];
  const ir::Shape& shape = definitions.graph.ShapeOf(inner.buffer);
  Address result{inner.buffer, {}, inner.guarded};
  for (const Affine& subscript : inner.subscripts) result.subscripts.push_back(Substitute(subscript, substitution.values));
  for (size_t axis = 0; axis < outer.guarded.size(); ++axis) {
    if (!outer.guarded[axis]) continue;
    const int loop = substitution.loop_of[axis];
    if (loop < 0) return std::nullopt;
    const std::optional<size_t> guard = GuardingAxis(inner, loop, definitions.graph.ShapeOf(outer.buffer)[axis], shape);
    if (!guard) return std::nullopt;
    result.guarded[*guard] = true;
  }
  // Outside the outer range the other subscripts may be anywhere, too.
  for (size_t t = 0; t < shape.size(); ++t) {
    if (result.guarded[t] || IsGuarded(outer)) result.guarded[t] = !AlwaysInside(result.subscripts[t], loops, shape[t]);
  }
  return result;
}

// How many nodes read a node once copies are read through; more than one counts as two.
std::vector<int> CountReaders(const Definitions& definitions) {
  const ir::Graph& graph = definitions.graph;
  std::vector<int> count(graph.nodes.size(), 0);
  std::vector<NodeId> last(graph.nodes.size(), ir::kNoNode);
  for (const ir::Output& output : graph.outputs) count[static_cast<size_t>(output.node)] = 2;
  auto add = [&](NodeId operand, NodeId reader, int readers) {
    int& sum = count[static_cast<size_t>(operand)];
    if (readers == 1 && last[static_cast<size_t>(operand)] == reader) return;
    last[static_cast<size_t>(operand)] = reader;
    sum = std::min(2, sum + readers);
  };
  // The single reader of a copy is the reader of what it copies.
  std::vector<NodeId> reader_of(graph.nodes.size(), ir::kNoNode);
  for (size_t n = graph.nodes.size(); n-- > 0;) {
    const NodeId id = static_cast<NodeId>(n);
    if (count[n] == 0) continue;
    reader_of[n] = last[n];
    const bool view = definitions.views[n] != ir::kNoNode;
    const bool copy = IsCopy(definitions.kernels[n]);
    for (NodeId operand : ir::Operands(graph.nodes[n])) {
      if (view || OriginOf(graph.nodes[n]) == Origin::Turns) {
        add(operand, id, 2);
      } else if (copy) {
        add(operand, reader_of[n], count[n]);
      } else {
        add(operand, id, 1);
      }
    }
  }
  return count;
}

// At most a few cheap operations.
bool IsCheap(const Kernel& kernel) {
  int calls = 0;
  for (const Scalar& step : kernel.body) {
    if (step.kind == Scalar::Kind::Call && (!ir::IsCheap(step.fn) || ++calls > kCheapCalls)) return false;
  }
  return true;
}

// What stands behind a read once copies are read through.
Address Behind(const Definitions& definitions, Address read, const std::vector<Dim>& loops) {
  while (std::optional<Address> inner = ReadThrough(definitions, read, loops)) read = std::move(*inner);
  return read;
}

// The read is of a producer that gives the turn of one of the reader's loops.
bool ReadsTurn(const Definitions& definitions, const Address& read, const Kernel& reader) {
  std::vector<int> axis_of;
  const std::vector<Kernel>& producer = definitions[read.buffer];
  return !IsGuarded(read) && IsPointwise(producer, &axis_of) && FindsTurn(producer[0], axis_of, read, reader, 0);
}

// A contraction whose operands are arrays: no turn of its loops is found.
bool MakeDenseContraction(Kernel& kernel, const Definitions& definitions, const Capacities& capacities) {
  Kernel attempt = kernel;
  if (!MakeContraction(attempt, definitions.graph, capacities)) return false;
  for (const Address& operand : kernel.reads)
    if (ReadsTurn(definitions, Behind(definitions, operand, kernel.loops), kernel)) return false;
  kernel = std::move(attempt);
  return true;
}

// Nodes that have an array whatever is fused: inputs, outputs, operands of contractions.
std::vector<bool> FindArrays(const Definitions& definitions, const std::vector<int>& readers, const Capacities& capacities) {
  const ir::Graph& graph = definitions.graph;
  std::vector<bool> arrays(graph.nodes.size(), false);
  for (const ir::Output& output : graph.outputs) arrays[static_cast<size_t>(output.node)] = true;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    if (OriginOf(graph.nodes[n]) != Origin::Kernels) arrays[n] = true;
    if (readers[n] == 0) continue;
    for (Kernel kernel : definitions.kernels[n]) {
      if (kernel.kind == Kernel::Kind::Scan)
        for (const Address& read : kernel.reads) arrays[static_cast<size_t>(definitions.Base(read.buffer))] = true;
      if (!MakeDenseContraction(kernel, definitions, capacities)) continue;
      for (const Address& operand : kernel.reads) arrays[static_cast<size_t>(definitions.Base(Behind(definitions, operand, kernel.loops).buffer))] = true;
    }
  }
  return arrays;
}

class Inlining {
 public:
  Inlining(Definitions& definitions, const Capacities& capacities)
      : definitions_(definitions), capacities_(capacities), readers_(CountReaders(definitions)),
        arrays_(FindArrays(definitions, readers_, capacities)) {}

  void Run() {
    for (size_t n = 0; n < definitions_.kernels.size(); ++n) {
      if (readers_[n] == 0) continue;
      points_ = 0;
      is_copy_ = IsCopy(definitions_.kernels[n]);
      for (const Kernel& kernel : definitions_.kernels[n]) points_ += capacities_.Points(kernel.loops);
      for (Kernel& kernel : definitions_.kernels[n]) kernel = Rewrite(kernel);
    }
  }

 private:
  // The pointwise producer of a read if it should be computed by the reader.
  const Kernel* Producer(const Address& address, std::vector<int>* axis_of, const Kernel& reader, const NeededRead* needed) const {
    const std::vector<Kernel>& producer = definitions_[address.buffer];
    if (!IsPointwise(producer, axis_of)) return nullptr;
    if (!HasCalls(producer[0])) return &producer[0];
    if (producer[0].reads.empty() && IsCheap(producer[0])) return &producer[0];
    if (!is_copy_ && (needed || (reader.folded < 0 && IsCheap(producer[0]))) && FindsTurn(producer[0], *axis_of, address, reader, needed ? needed->identity : 0)) return &producer[0];
    if (is_copy_ || (readers_[static_cast<size_t>(address.buffer)] != 1 && !IsSoonRepeated(address.buffer))) return nullptr;
    if (points_ > kWorkSlack * capacities_.Points(producer[0].loops)) return nullptr;
    return &producer[0];
  }

  bool IsSoonRepeated(NodeId node) const {
    if (arrays_[static_cast<size_t>(node)]) return false;
    const Kernel& kernel = definitions_[node][0];
    return IsCheap(kernel) && std::all_of(kernel.reads.begin(), kernel.reads.end(), [&](const Address& read) {
      return arrays_[static_cast<size_t>(definitions_.Base(read.buffer))];
    });
  }

  // A sum whose guarded read is of an elementwise producer tests its guards as conditions, so that the producer can move in.
  void GuardsToConditions(Kernel& kernel) {
    if (kernel.body.size() != 1 || kernel.body[0].kind != Scalar::Kind::Access || kernel.folded < 0) return;
    Address& read = kernel.reads[static_cast<size_t>(kernel.body[0].index)];
    std::vector<int> axis_of;
    if (!IsGuarded(read) || kernel.monoid != ir::Monoid::Sum || ReadThrough(definitions_, read, kernel.loops)) return;
    const NeededRead needed{kernel.body[0].index, 0};
    if (!Producer(read, &axis_of, kernel, &needed)) return;
    for (size_t axis = 0; axis < read.guarded.size(); ++axis) {
      if (!read.guarded[axis]) continue;
      kernel.conditions.push_back({read.subscripts[axis], definitions_.graph.ShapeOf(read.buffer)[axis]});
      read.guarded[axis] = false;
    }
  }

  Kernel Rewrite(Kernel kernel) {
    if (kernel.kind == Kernel::Kind::Scan) return kernel;
    if (MakeDenseContraction(kernel, definitions_, capacities_)) {
      for (int operand = 0; operand < 2; ++operand) ReadOperandThrough(kernel, operand);
      return kernel;
    }
    GuardsToConditions(kernel);
    Kernel rewritten = kernel;
    rewritten.reads.clear();
    rewritten.body.clear();
    rewritten.index_values.clear();
    BodyWriter writer(rewritten);
    std::vector<Affine> loops;
    for (size_t loop = 0; loop < kernel.loops.size(); ++loop) loops.push_back(Affine::Index(static_cast<int>(loop)));
    std::vector<int> steps;
    const std::vector<NeededRead> needed = ReadsNeeded(kernel);
    const int last = writer.Copy(kernel, 0, static_cast<int>(kernel.body.size()) - 1, loops, steps,
                                 [&](const Address& address) { return Read(writer, rewritten, address, Needed(kernel, needed, address)); });
    if (kernel.folded >= 0) rewritten.folded = FoldedStep(rewritten, last);
    for (Store& store : rewritten.stores) store.step = rewritten.folded >= 0 ? rewritten.folded : steps[static_cast<size_t>(store.step)];
    return rewritten;
  }

  // The folded step ends the body.
  static int FoldedStep(Kernel& kernel, int step) {
    kernel.body.resize(static_cast<size_t>(step) + 1);
    return step;
  }

  void ReadOperandThrough(Kernel& kernel, int operand) {
    while (true) {
      std::optional<Address> inner = ReadThrough(definitions_, kernel.reads[static_cast<size_t>(operand)], kernel.loops);
      if (!inner) return;
      Kernel attempt = kernel;
      attempt.kind = Kernel::Kind::Loops;
      attempt.reads[static_cast<size_t>(operand)] = std::move(*inner);
      // Operands must keep their sides: what was a row stays a row.
      if (!MakeContraction(attempt, definitions_.graph, capacities_) || attempt.classes != kernel.classes) return;
      kernel = std::move(attempt);
    }
  }

  static const NeededRead* Needed(const Kernel& kernel, const std::vector<NeededRead>& needed, const Address& address) {
    const auto found = std::find_if(needed.begin(), needed.end(), [&](const NeededRead& each) { return SameElement(kernel.reads[static_cast<size_t>(each.read)], address); });
    return found == needed.end() ? nullptr : &*found;
  }

  // `needed`, or null: without what is read there the fold around it is empty.
  int Read(BodyWriter& writer, Kernel& kernel, Address address, const NeededRead* needed) {
    if (std::optional<Address> inner = ReadThrough(definitions_, address, kernel.loops)) return Read(writer, kernel, *inner, needed);
    std::vector<int> axis_of;
    const Kernel* producer = IsGuarded(address) || kernel.body.size() > kMaximumBody ? nullptr : Producer(address, &axis_of, kernel, needed);
    if (!producer) {
      Recheck(kernel, address);
      return writer.Read(address);
    }
    const Substitution substitution = MakeSubstitution(address, axis_of);
    std::vector<int> steps;
    return writer.Copy(*producer, 0, producer->stores[0].step, substitution.values, steps,
                       [&](const Address& inner) { return Read(writer, kernel, inner, nullptr); });
  }

  // Guards only where needed; at points that conditions exclude, subscripts may be anywhere.
  void Recheck(const Kernel& kernel, Address& address) const {
    const ir::Shape& shape = definitions_.graph.ShapeOf(address.buffer);
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (!address.guarded[axis] && kernel.conditions.empty()) continue;
      address.guarded[axis] = !AlwaysInside(address.subscripts[axis], kernel.loops, shape[axis]);
    }
  }

  Definitions& definitions_;
  const Capacities& capacities_;
  std::vector<int> readers_;
  std::vector<bool> arrays_;
  double points_ = 0;     // of all kernels of the node being rewritten
  bool is_copy_ = false;  // it is a copy
};

}  // namespace

void InlineProducers(Definitions& definitions, const Capacities& capacities) {
  Inlining(definitions, capacities).Run();
}

}  // namespace nnc::schedule
