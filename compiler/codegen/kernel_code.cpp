// See kernel_code.h.
#include "compiler/codegen/kernel_code.h"

#include <cstdio>
#include <set>

namespace nnc::codegen {

using schedule::Buffer;
using schedule::Kernel;
using schedule::Plan;

// Buffers in order of first mention.
static std::vector<int> BuffersOf(const Kernel& kernel) {
  std::vector<int> buffers;
  auto mention = [&](int buffer) {
    if (std::find(buffers.begin(), buffers.end(), buffer) == buffers.end()) buffers.push_back(buffer);
  };
  for (const auto& read : kernel.reads) mention(read.buffer);
  for (const auto& store : kernel.stores) mention(store.target.buffer);
  return buffers;
}

static std::vector<ir::Dim> DimsOf(const Plan& plan, const Kernel& kernel) {
  std::vector<ir::Dim> dims = kernel.loops;
  auto address = [&](const schedule::Address& a) {
    for (const auto& subscript : a.subscripts) dims.push_back(subscript.constant);
    const auto& shape = plan.buffers[static_cast<size_t>(a.buffer)].shape;
    dims.insert(dims.end(), shape.begin(), shape.end());
  };
  for (const auto& read : kernel.reads) address(read);
  for (const auto& store : kernel.stores) address(store.target);
  for (const auto& value : kernel.index_values) dims.push_back(value.constant);
  for (const auto& value : kernel.arg_indices) dims.push_back(value.constant);
  for (const auto& extent : kernel.arg_extents) dims.push_back(extent);
  for (const auto& condition : kernel.conditions) {
    dims.push_back(condition.value.constant);
    dims.push_back(condition.extent);
  }
  for (const auto& step : kernel.body) dims.push_back(step.extent);
  return dims;
}

std::vector<Argument> ArgumentsOf(const Plan& plan, const Kernel& kernel, Level level) {
  std::vector<Argument> arguments;
  for (int buffer : BuffersOf(kernel)) arguments.push_back({Argument::Kind::Buffer, buffer, ""});
  std::set<std::string> symbols;
  for (const ir::Dim& dim : DimsOf(plan, kernel)) {
    for (const std::string& symbol : dim.Symbols()) symbols.insert(symbol);
  }
  for (const std::string& symbol : symbols) arguments.push_back({Argument::Kind::Symbol, 0, symbol});
  if (ScratchBytes(plan, kernel, level) > 0) arguments.push_back({Argument::Kind::Scratch, 0, ""});
  const bool gather = kernel.kind == Kernel::Kind::Gather;
  const bool random = kernel.kind == Kernel::Kind::Random;
  if (gather || (random && kernel.random.per_row)) {
    const int source = gather ? plan.buffers[static_cast<size_t>(kernel.reads[0].buffer)].source : kernel.random.source;
    arguments.push_back({Argument::Kind::Rows, source, ""});
    arguments.push_back({Argument::Kind::FirstRow, source, ""});
  }
  if (random) {
    if (!kernel.random.per_row) arguments.push_back({Argument::Kind::Step, 0, ""});
    arguments.push_back({Argument::Kind::Seed, 0, ""});
  }
  return arguments;
}

int64_t ScratchBytes(const Plan& plan, const Kernel& kernel, Level level) {
  return kernel.kind == Kernel::Kind::Contraction ? ContractionScratchBytes(plan, kernel, level) : 0;
}

// Whether two buffers may share memory.
static bool MayOverlap(const Plan& plan, int x, int y) {
  const Buffer& a = plan.buffers[static_cast<size_t>(x)];
  const Buffer& b = plan.buffers[static_cast<size_t>(y)];
  if (a.place != b.place) return false;
  if (a.place != Buffer::Place::Arena) return a.binding == b.binding;
  auto bytes = [](const Buffer& buffer) {
    int64_t count = buffer.dtype == ir::DType::U8 ? 1 : 4;
    for (int64_t extent : buffer.capacity) count *= extent;
    return count;
  };
  return a.offset < b.offset + bytes(b) && b.offset < a.offset + bytes(a);
}

static std::vector<bool> Alone(const Plan& plan, const std::vector<int>& buffers) {
  std::vector<bool> alone;
  for (int x : buffers) {
    bool overlaps = false;
    for (int y : buffers) overlaps = overlaps || (x != y && MayOverlap(plan, x, y));
    alone.push_back(!overlaps);
  }
  return alone;
}

namespace {

// Text of a kernel with its buffers numbered by first mention.
class KeyWriter {
 public:
  KeyWriter(const Plan& plan, const Kernel& kernel) : plan_(plan), kernel_(kernel), buffers_(BuffersOf(kernel)) {}

  std::string Write() {
    Add(static_cast<int64_t>(kernel_.kind), kernel_.rank, kernel_.folded, static_cast<int64_t>(kernel_.monoid), kernel_.arg_count);
    WriteBuffers();
    WriteCapacities();
    for (const ir::Dim& loop : kernel_.loops) Add(loop);
    for (auto loop_class : kernel_.classes) Add(static_cast<int64_t>(loop_class));
    for (int step : kernel_.found) Add(static_cast<int64_t>(step));
    for (const auto& read : kernel_.reads) Add(read);
    for (const auto& value : kernel_.index_values) Add(value);
    for (const auto& step : kernel_.body) Add(step);
    for (const auto& value : kernel_.arg_indices) Add(value);
    for (const auto& extent : kernel_.arg_extents) Add(extent);
    text_ += '?';
    for (const auto& condition : kernel_.conditions) {
      Add(condition.value);
      Add(condition.extent);
    }
    for (const auto& store : kernel_.stores) {
      Add(store.target);
      Add(store.step);
    }
    const ir::Random& random = kernel_.random;
    Add(random.place, random.word, random.per_row, random.source);
    return text_;
  }

 private:
  void WriteBuffers() {
    const std::vector<bool> alone = Alone(plan_, buffers_);
    for (size_t i = 0; i < buffers_.size(); ++i) {
      const Buffer& buffer = plan_.buffers[static_cast<size_t>(buffers_[i])];
      text_ += '{';
      // Code for the rows of a bound buffer may not read past those that are there; an arena has all its capacity.
      Add(static_cast<int64_t>(buffer.dtype), static_cast<int64_t>(buffer.place), alone[i], buffer.source);
      for (const ir::Dim& extent : buffer.shape) Add(extent);
      for (int64_t stride : buffer.strides) Add(stride);
      text_ += '}';
    }
  }

  // A contraction packs and blocks for the largest sizes, and its scratch is for these.
  void WriteCapacities() {
    if (kernel_.kind != Kernel::Kind::Contraction) return;
    for (const ir::Dim& dim : DimsOf(plan_, kernel_))
      for (const std::string& symbol : dim.Symbols()) Add(plan_.capacities.at(symbol));
  }

  template <typename... Numbers>
  void Add(int64_t first, Numbers... rest) {
    text_ += std::to_string(first) + " ";
    (Add(static_cast<int64_t>(rest)), ...);
  }
  void Add(const ir::Dim& dim) {
    text_ += '(';
    text_ += dim.ToString();
    text_ += ')';
  }
  void Add(const ir::Affine& affine) {
    for (const auto& term : affine.terms) Add(term.index, term.coefficient);
    Add(affine.constant);
  }
  void Add(const schedule::Address& address) {
    text_ += '[';
    Add(static_cast<int64_t>(std::find(buffers_.begin(), buffers_.end(), address.buffer) - buffers_.begin()));
    for (const auto& subscript : address.subscripts) Add(subscript);
    for (bool guarded : address.guarded) text_ += guarded ? 'g' : '.';
    text_ += ']';
  }
  void Add(const ir::Scalar& step) {
    char literal[40];
    std::snprintf(literal, sizeof literal, "%a", step.literal);
    text_ += ';';
    Add(static_cast<int64_t>(step.kind), static_cast<int64_t>(step.fn), step.index, step.arguments[0], step.arguments[1],
        step.arguments[2]);
    text_ += literal;
    Add(step.extent);
  }

  const Plan& plan_;
  const Kernel& kernel_;
  const std::vector<int> buffers_;
  std::string text_;
};

}  // namespace

std::string KeyOf(const Plan& plan, const Kernel& kernel) { return KeyWriter(plan, kernel).Write(); }

static llvm::Type* TypeOf(Code& code, const Plan& plan, const Argument& argument) {
  switch (argument.kind) {
    case Argument::Kind::Buffer: {
      const bool scalar = plan.buffers[static_cast<size_t>(argument.index)].place == Buffer::Place::Scalar;
      return scalar ? code.f32 : static_cast<llvm::Type*>(code.ptr);
    }
    case Argument::Kind::Scratch:
    case Argument::Kind::Rows: return code.ptr;
    case Argument::Kind::Symbol:
    case Argument::Kind::FirstRow:
    case Argument::Kind::Step:
    case Argument::Kind::Seed: return code.i64;
  }
  return code.i64;
}

static void Bind(KernelCode& inside, const Argument& argument, llvm::Value* value) {
  switch (argument.kind) {
    case Argument::Kind::Buffer: inside.bases[argument.index] = value; return;
    case Argument::Kind::Symbol: inside.symbols[argument.symbol] = value; return;
    case Argument::Kind::Scratch: inside.scratch = value; return;
    case Argument::Kind::Rows: inside.rows = value; return;
    case Argument::Kind::FirstRow: inside.first_row = value; return;
    case Argument::Kind::Step: inside.step = value; return;
    case Argument::Kind::Seed: inside.seed = value; return;
  }
}

llvm::Function* EmitKernel(Code& code, const Plan& plan, const Kernel& kernel, const std::string& name) {
  const std::vector<Argument> arguments = ArgumentsOf(plan, kernel, code.level);
  std::vector<llvm::Type*> types;
  for (const Argument& argument : arguments) types.push_back(TypeOf(code, plan, argument));
  llvm::Function* function = code.NewFunction(llvm::FunctionType::get(code.b.getVoidTy(), types, false), name, true);
  // A call is nothing beside many reads, and among many kernels; in one function LLVM would take longer than in proportion.
  constexpr size_t kManyReads = 16, kManyKernels = 32;
  if (kernel.reads.size() > kManyReads || plan.kernels.size() > kManyKernels) function->addFnAttr(llvm::Attribute::NoInline);
  const std::vector<bool> alone = Alone(plan, BuffersOf(kernel));
  KernelCode inside{code, plan, kernel, {}, {}, nullptr, nullptr, nullptr, nullptr, nullptr};
  for (unsigned i = 0; i < arguments.size(); ++i) {
    if (types[i]->isPointerTy()) {
      const bool shared = arguments[i].kind == Argument::Kind::Buffer && !alone[i];
      if (!shared) function->addParamAttr(i, llvm::Attribute::NoAlias);
    }
    Bind(inside, arguments[i], function->getArg(i));
  }
  code.b.SetInsertPoint(llvm::BasicBlock::Create(code.context, "entry", function));
  switch (kernel.kind) {
    case Kernel::Kind::Gather: EmitGather(inside); break;
    case Kernel::Kind::Loops: kernel.IsScatter() ? EmitScatter(inside) : EmitLoops(inside); break;
    case Kernel::Kind::Contraction: EmitContraction(inside); break;
    case Kernel::Kind::Random: EmitRandom(inside); break;
    case Kernel::Kind::Scan: break;  // calls of other kernels (program.cpp)
  }
  code.b.CreateRetVoid();
  return function;
}

}  // namespace nnc::codegen
