#include "test/tools/interpret_plan.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "compiler/reference/random_numbers.h"
#include "compiler/schedule/solve_relations.h"

namespace nnc::test {

using ir::Affine;
using ir::Dim;
using ir::Monoid;
using ir::Scalar;
using schedule::Address;
using schedule::Buffer;
using schedule::Kernel;
using schedule::Plan;

namespace {

[[noreturn]] void Fail(const std::string& message) {
  std::fprintf(stderr, "plan interpreter: %s\n", message.c_str());
  std::abort();
}

class Interpreter {
 public:
  // `inside` a scan inputs are put in their places afterwards.
  Interpreter(const Plan& plan, const reference::Context& context, bool reversed, bool inside = false)
      : plan_(plan), context_(context), reversed_(reversed),
        arena_(static_cast<size_t>(plan.arena_bytes) / 4, std::numeric_limits<double>::quiet_NaN()),
        bound_(plan.bindings.size()) {
    for (const Buffer& buffer : plan.buffers) {
      if (buffer.binding < 0 || buffer.view_of >= 0) continue;
      int64_t elements = 1;
      for (int64_t size : buffer.capacity) elements *= size;
      std::vector<double>& memory = bound_[static_cast<size_t>(buffer.binding)];
      memory.assign(static_cast<size_t>(elements), std::numeric_limits<double>::quiet_NaN());
      const Plan::Binding& binding = plan.bindings[static_cast<size_t>(buffer.binding)];
      const auto given = context.inputs.find(binding.name);
      if (binding.input && given != context.inputs.end()) Fill(buffer, memory, given->second);
      else if (binding.input && !inside) Fail("no input is called " + binding.name);
    }
  }

  void Run() {
    for (size_t k = 0; k < plan_.kernels.size(); ++k) {
      kernel_number_ = k;
      RunKernel(plan_.kernels[k]);
    }
  }

  reference::Tensor Output(const std::string& name) const {
    for (const Buffer& buffer : plan_.buffers) {
      if (buffer.view_of >= 0 || buffer.binding < 0 || buffer.name != name) continue;
      reference::Tensor tensor;
      for (const Dim& size : buffer.shape) tensor.shape.push_back(Size(size));
      int64_t elements = 1;
      for (int64_t size : tensor.shape) elements *= size;
      for (int64_t e = 0; e < elements; ++e) {
        tensor.values.push_back(bound_[static_cast<size_t>(buffer.binding)][static_cast<size_t>(Offset(buffer, tensor.shape, e))]);
      }
      return tensor;
    }
    Fail("no buffer is called " + name);
  }

 private:
  int64_t Size(const Dim& dim) const {
    if (dim.IsConstant()) return dim.Constant();
    return *dim.Evaluate([this](std::string_view symbol) -> std::optional<int64_t> { return context_.extents.at(std::string(symbol)); });
  }

  // Memory offset of row-major element `number`.
  static int64_t Offset(const Buffer& buffer, const std::vector<int64_t>& shape, int64_t number) {
    int64_t offset = 0;
    for (size_t axis = shape.size(); axis-- > 0;) {
      offset += number % shape[axis] * buffer.strides[axis];
      number /= shape[axis];
    }
    return offset;
  }

  static void Fill(const Buffer& buffer, std::vector<double>& memory, const reference::Tensor& tensor) {
    for (size_t e = 0; e < tensor.values.size(); ++e) {
      memory[static_cast<size_t>(Offset(buffer, tensor.shape, static_cast<int64_t>(e)))] = tensor.values[e];
    }
  }

  int64_t Value(const Affine& affine) const {
    int64_t value = Size(affine.constant);
    for (const Affine::Term& term : affine.terms) value += term.coefficient * point_.at(static_cast<size_t>(term.index));
    return value;
  }

  // The element, or null where a guard keeps out.
  double* Element(const Address& address) {
    const Buffer& buffer = plan_.buffers.at(static_cast<size_t>(address.buffer));
    int64_t offset = 0;
    bool inside = true;
    for (size_t axis = 0; axis < buffer.shape.size(); ++axis) {
      const int64_t subscript = Value(address.subscripts[axis]);
      if (subscript < 0 || subscript >= Size(buffer.shape[axis])) {
        if (!address.guarded[axis]) {
          Fail("kernel " + std::to_string(kernel_number_) + ": subscript " + std::to_string(subscript) + " of " + buffer.name +
               " leaves axis " + std::to_string(axis));
        }
        inside = false;
      }
      offset += subscript * buffer.strides[axis];
    }
    if (!inside) return nullptr;
    if (buffer.place == Buffer::Place::Arena) return &arena_.at(static_cast<size_t>(buffer.offset / 4 + offset));
    return &bound_.at(static_cast<size_t>(buffer.binding)).at(static_cast<size_t>(offset));
  }

  double Read(const Address& address) {
    if (plan_.buffers[static_cast<size_t>(address.buffer)].place == Buffer::Place::Scalar) return static_cast<double>(context_.step);
    const double* element = Element(address);
    return element ? *element : 0;
  }

  std::vector<double>& MemoryOf(const Buffer& buffer) { return buffer.place == Buffer::Place::Arena ? arena_ : bound_.at(static_cast<size_t>(buffer.binding)); }

  // Where a link of a scan begins in its buffer's memory.
  int64_t FirstOf(const schedule::Loop& loop, const schedule::Loop::Link& link, const Buffer& buffer, int64_t turn) {
    const int64_t first = buffer.place == Buffer::Place::Arena ? buffer.offset / 4 : 0;
    return link.moves ? first + loop.ElementOf(link, turn, Size(loop.count)) * buffer.strides[0] : first;
  }

  // Each turn on memory of its own, copied in and out.
  void RunScan(const Kernel& kernel) {
    const schedule::Loop& loop = kernel.loop;
    const int64_t count = Size(loop.count);
    reference::Context none;
    none.extents = context_.extents;
    for (int64_t number = 0; number < count; ++number) {
      const int64_t turn = loop.down ? count - 1 - number : number;
      Interpreter body(*loop.body, none, reversed_, true);
      for (bool out : {false, true}) {
        if (out) body.Run();
        for (size_t l = 0; l < loop.links.size(); ++l) {
          const schedule::Loop::Link& link = loop.links[l];
          const int number_of = (link.stored ? kernel.stores[static_cast<size_t>(link.index)].target : kernel.reads[static_cast<size_t>(link.index)]).buffer;
          const Buffer& buffer = plan_.buffers[static_cast<size_t>(number_of)];
          if (out && !loop.body->bindings[l].output) continue;
          std::vector<double>& memory = MemoryOf(buffer);
          const int64_t first = FirstOf(loop, link, buffer, turn);
          for (size_t e = 0; e < body.bound_[l].size(); ++e) {
            double& outer = memory.at(static_cast<size_t>(first) + e);
            if (out) outer = body.bound_[l][e];
            else body.bound_[l][e] = outer;
          }
        }
      }
    }
  }

  void RunKernel(const Kernel& kernel) {
    if (kernel.kind == Kernel::Kind::Scan) return RunScan(kernel);
    extents_.clear();
    for (const Dim& extent : kernel.loops) extents_.push_back(Size(extent));
    point_.assign(extents_.size(), 0);
    Parallel(kernel, 0);
  }

  void Parallel(const Kernel& kernel, int loop) {
    if (loop == kernel.rank) return Point(kernel);
    const int64_t extent = extents_[static_cast<size_t>(loop)];
    for (int64_t i = 0; i < extent; ++i) {
      point_[static_cast<size_t>(loop)] = reversed_ ? extent - 1 - i : i;
      Parallel(kernel, loop + 1);
    }
  }

  void Point(const Kernel& kernel) {
    if (kernel.kind == Kernel::Kind::Random) {
      *Element(kernel.stores[0].target) = Draw(kernel);
      return;
    }
    steps_.assign(kernel.body.size(), std::numeric_limits<double>::quiet_NaN());
    if (kernel.folded >= 0) {
      Begin(kernel.monoid);
      Fold(kernel, kernel.rank);
      steps_.assign(kernel.body.size(), std::numeric_limits<double>::quiet_NaN());
      steps_[static_cast<size_t>(kernel.folded)] = fold_;
    }
    Steps(kernel, kernel.folded + 1, static_cast<int>(kernel.body.size()) - 1);
    for (const schedule::Store& store : kernel.stores) {
      if (store.step < 0) continue;  // nothing is lost in double precision
      double* element = Element(store.target);
      *element = steps_[static_cast<size_t>(store.step)];
    }
  }

  void Begin(Monoid monoid) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    fold_ = monoid == Monoid::Prod ? 1 : monoid == Monoid::Max ? -kInfinity : monoid == Monoid::Min ? kInfinity : 0;
    empty_ = true;
  }

  void Fold(const Kernel& kernel, int loop) {
    if (loop == static_cast<int>(kernel.loops.size())) return Take(kernel);
    for (int64_t i = 0; i < extents_[static_cast<size_t>(loop)]; ++i) {
      point_[static_cast<size_t>(loop)] = i;
      Fold(kernel, loop + 1);
    }
  }

  void Take(const Kernel& kernel) {
    // Reads must be harmless at points that do not take part, too.
    Steps(kernel, 0, kernel.folded);
    for (const Kernel::Condition& condition : kernel.conditions) {
      const int64_t value = Value(condition.value);
      if (value < 0 || value >= Size(condition.extent)) return;
    }
    const double value = steps_[static_cast<size_t>(kernel.folded)];
    for (size_t loop = 0; loop < kernel.found.size(); ++loop) {
      const int step = kernel.found[loop];
      if (step < 0 || steps_[static_cast<size_t>(step)] == static_cast<double>(point_[loop])) continue;
      if (value != ir::Row(kernel.monoid).identity) Fail("kernel " + std::to_string(kernel_number_) + ": a turn that is not found matters");
    }
    switch (kernel.monoid) {
      case Monoid::None: Fail("a fold without a monoid");
      case Monoid::Sum: fold_ += value; break;
      case Monoid::Prod: fold_ *= value; break;
      case Monoid::Max: fold_ = empty_ || value > fold_ || std::isnan(value) ? value : fold_; break;
      case Monoid::Min: fold_ = empty_ || value < fold_ || std::isnan(value) ? value : fold_; break;
      case Monoid::ArgMax:
        if (empty_ || value > best_ || (std::isnan(value) && !std::isnan(best_))) Win(kernel, value);
        break;
      case Monoid::ArgMin:
        if (empty_ || value < best_ || (std::isnan(value) && !std::isnan(best_))) Win(kernel, value);
        break;
    }
    empty_ = false;
  }

  void Win(const Kernel& kernel, double value) {
    best_ = value;
    int64_t number = 0;
    for (size_t r = 0; r < kernel.arg_indices.size(); ++r) number = number * Size(kernel.arg_extents[r]) + Value(kernel.arg_indices[r]);
    fold_ = static_cast<double>(number);
  }

  void Steps(const Kernel& kernel, int first, int last) {
    for (int s = first; s <= last; ++s) {
      const Scalar& step = kernel.body[static_cast<size_t>(s)];
      double& result = steps_[static_cast<size_t>(s)];
      switch (step.kind) {
        case Scalar::Kind::Access: result = Read(kernel.reads.at(static_cast<size_t>(step.index))); break;
        case Scalar::Kind::Index: result = static_cast<double>(Value(kernel.index_values.at(static_cast<size_t>(step.index)))); break;
        case Scalar::Kind::Literal: result = step.literal; break;
        case Scalar::Kind::Extent: result = static_cast<double>(Size(step.extent)); break;
        case Scalar::Kind::Call: {
          double arguments[3] = {0, 0, 0};
          for (int a = 0; a < 3; ++a) {
            if (step.arguments[a] >= 0) arguments[a] = steps_[static_cast<size_t>(step.arguments[a])];
          }
          result = ir::Row(step.fn).evaluate(arguments[0], arguments[1], arguments[2]);
          break;
        }
      }
    }
  }

  double Draw(const Kernel& kernel) const {
    const ir::Random& random = kernel.random;
    int64_t event = context_.step;
    size_t axis = 0;
    if (random.per_row) {
      event = context_.rows.empty() ? point_[0] : context_.rows.at(static_cast<size_t>(point_[0]));
      axis = 1;
    }
    int64_t element = 0;
    for (; axis < extents_.size(); ++axis) element = element * extents_[axis] + point_[axis];
    const auto block = reference::Philox({static_cast<uint32_t>(element), static_cast<uint32_t>(event), random.place, random.per_row ? 1u : 0u}, context_.seed);
    return static_cast<double>(block[random.word] >> 8) * 0x1p-24;
  }

  const Plan& plan_;
  const reference::Context& context_;
  bool reversed_;
  std::vector<double> arena_;
  std::vector<std::vector<double>> bound_;
  size_t kernel_number_ = 0;
  std::vector<int64_t> extents_, point_;  // of the loops
  std::vector<double> steps_;
  double fold_ = 0, best_ = 0;
  bool empty_ = true;
};

}  // namespace

std::vector<reference::Tensor> InterpretPlan(const Plan& plan, const ir::Graph& graph, const reference::Context& context, bool reversed) {
  Interpreter interpreter(plan, context, reversed);
  interpreter.Run();
  std::vector<reference::Tensor> outputs;
  for (const ir::Output& output : graph.outputs) {
    outputs.push_back(interpreter.Output(output.updates == ir::kNoNode ? output.name : graph[output.updates].input().name));
  }
  return outputs;
}

int CountKernels(const Plan& plan, Kernel::Kind kind) {
  int count = 0;
  for (const Kernel& kernel : plan.kernels) count += kernel.kind == kind;
  return count;
}

}  // namespace nnc::test
