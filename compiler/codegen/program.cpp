// See program.h.
#include "compiler/codegen/program.h"

#include <algorithm>
#include <cstddef>
#include <llvm/IR/IntrinsicsX86.h>

#include "runtime/abi.h"

namespace nnc::codegen {

using schedule::Buffer;
using schedule::Plan;

int64_t ScratchBytes(const Plan& plan, Level level) {
  int64_t bytes = 0;
  for (const auto& kernel : plan.kernels) {
    const bool scan = kernel.kind == schedule::Kernel::Kind::Scan;
    bytes = std::max(bytes, scan ? ScratchBytes(*kernel.loop.body, level) : ScratchBytes(plan, kernel, level));
  }
  return bytes;
}

llvm::Function* Program::KernelFunction(const Plan& plan, const schedule::Kernel& kernel) {
  llvm::Function*& function = kernels_[KeyOf(plan, kernel)];
  if (function) return function;
  const llvm::IRBuilderBase::InsertPointGuard guard(code_.b);
  std::string name = kernel.label.empty() ? "kernel" : kernel.label;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  function = EmitKernel(code_, plan, kernel, "nnc." + std::string(Name(code_.level)) + "." + name);
  return function;
}

void Program::PrepareKernels(const Plan& plan) {
  for (const auto& kernel : plan.kernels) {
    if (kernel.kind == schedule::Kernel::Kind::Scan) PrepareKernels(*kernel.loop.body);
    else KernelFunction(plan, kernel);
  }
}

llvm::Value* Program::ArgumentValue(const Plan& plan, const Argument& argument, const Environment& environment) {
  switch (argument.kind) {
    case Argument::Kind::Buffer: {
      const Buffer& buffer = plan.buffers[static_cast<size_t>(argument.index)];
      switch (buffer.place) {
        case Buffer::Place::Arena: return code_.Element(environment.arena, code_.Int(buffer.offset), 1);
        case Buffer::Place::Bound:
        case Buffer::Place::Column: return environment.buffer(buffer.binding);
        case Buffer::Place::Scalar: return code_.b.CreateSIToFP(environment.optimizer_step, code_.f32);
      }
      return nullptr;
    }
    case Argument::Kind::Symbol: return environment.symbol(argument.symbol);
    case Argument::Kind::Scratch: return environment.scratch;
    case Argument::Kind::Rows: return environment.rows(argument.index);
    case Argument::Kind::FirstRow: return environment.first_row(argument.index);
    case Argument::Kind::Step: return environment.step;
    case Argument::Kind::Seed: return environment.seed;
  }
  return nullptr;
}

static llvm::Value* Item(Code& code, llvm::Type* type, llvm::Value* array, int index) {
  return code.b.CreateAlignedLoad(type, code.Element(array, code.Int(index), 8), llvm::Align(8));
}

// A buffer with a place in memory, which is in the arena or bound.
static bool IsInMemory(const Plan& plan, const Argument& argument) {
  return argument.kind == Argument::Kind::Buffer && plan.buffers[static_cast<size_t>(argument.index)].place != Buffer::Place::Scalar;
}

void Program::CallKernels(const Plan& plan, const Environment& given) {
  Environment environment = given;
  const int64_t scratch = ScratchBytes(plan, code_.level);
  if (!environment.scratch && scratch > 0) environment.scratch = code_.Stack(scratch / 4);
  // In a function of very many calls LLVM's time grows with their square.
  constexpr size_t kStretch = 64;
  const bool turns = std::any_of(plan.kernels.begin(), plan.kernels.end(), [](const auto& kernel) { return kernel.kind == schedule::Kernel::Kind::Scan; });
  if (environment.buffers && plan.kernels.size() > 2 * kStretch && !turns) {
    for (size_t first = 0; first < plan.kernels.size(); first += kStretch) CallStretch(plan, first, std::min(first + kStretch, plan.kernels.size()), environment);
    return;
  }
  for (const auto& kernel : plan.kernels) {
    if (kernel.kind == schedule::Kernel::Kind::Scan) {
      CallTurns(plan, kernel, environment);
      continue;
    }
    llvm::Function* function = KernelFunction(plan, kernel);
    std::vector<llvm::Value*> values;
    for (const Argument& argument : ArgumentsOf(plan, kernel, code_.level)) {
      values.push_back(ArgumentValue(plan, argument, environment));
    }
    code_.b.CreateCall(function, values);
  }
}

// The kernels from `first` to before `last` in a function of their own, which finds buffers in the arena and by their bindings.
void Program::CallStretch(const Plan& plan, size_t first, size_t last, const Environment& environment) {
  std::vector<Argument> others;
  std::vector<llvm::Value*> given{environment.arena, environment.buffers};
  std::vector<llvm::Type*> types{code_.ptr, code_.ptr};
  for (size_t k = first; k < last; ++k)
    for (const Argument& argument : ArgumentsOf(plan, plan.kernels[k], code_.level)) {
      if (IsInMemory(plan, argument) || std::find(others.begin(), others.end(), argument) != others.end()) continue;
      others.push_back(argument);
      given.push_back(ArgumentValue(plan, argument, environment));
      types.push_back(given.back()->getType());
    }
  llvm::Function* stretch = code_.NewFunction(llvm::FunctionType::get(code_.b.getVoidTy(), types, false), plan.name + ".from_" + std::to_string(first), true);
  stretch->addFnAttr(llvm::Attribute::NoInline);
  code_.b.CreateCall(stretch, given);
  const llvm::IRBuilderBase::InsertPointGuard guard(code_.b);
  code_.b.SetInsertPoint(llvm::BasicBlock::Create(code_.context, "entry", stretch));
  Environment inside;
  inside.arena = stretch->getArg(0);
  inside.buffer = [&](int binding) { return Item(code_, code_.ptr, stretch->getArg(1), binding); };
  for (size_t k = first; k < last; ++k) {
    std::vector<llvm::Value*> values;
    for (const Argument& argument : ArgumentsOf(plan, plan.kernels[k], code_.level)) {
      const auto other = std::find(others.begin(), others.end(), argument);
      values.push_back(other == others.end() ? ArgumentValue(plan, argument, inside) : stretch->getArg(static_cast<unsigned>(2 + (other - others.begin()))));
    }
    code_.b.CreateCall(KernelFunction(plan, plan.kernels[k]), values);
  }
  code_.b.CreateRetVoid();
}

void Program::CallTurns(const Plan& plan, const schedule::Kernel& kernel, const Environment& environment) {
  const schedule::Loop& loop = kernel.loop;
  auto base = [&](const schedule::Address& address) { return ArgumentValue(plan, {Argument::Kind::Buffer, address.buffer, ""}, environment); };
  std::vector<llvm::Value*> bases;
  for (const schedule::Loop::Link& link : loop.links) {
    bases.push_back(base(link.stored ? kernel.stores[static_cast<size_t>(link.index)].target : kernel.reads[static_cast<size_t>(link.index)]));
  }
  Environment inside = environment;
  inside.arena = base(kernel.stores.back().target);
  llvm::Value* count = code_.Size(loop.count, environment.symbol);
  code_.Loop(count, 1, [&](llvm::Value* number) {
    llvm::Value* turn = loop.down ? code_.b.CreateSub(code_.b.CreateSub(count, code_.Int(1)), number) : number;
    inside.buffer = [&, turn](int binding) {
      const size_t l = static_cast<size_t>(binding);
      const schedule::Loop::Link& link = loop.links[l];
      if (!link.moves) return bases[l];
      const schedule::Address& address = link.stored ? kernel.stores[static_cast<size_t>(link.index)].target : kernel.reads[static_cast<size_t>(link.index)];
      const int64_t stride = plan.buffers[static_cast<size_t>(address.buffer)].strides[0];
      llvm::Value* element = code_.b.CreateAdd(turn, code_.Int(link.offset));
      if (link.alternates) element = code_.b.CreateAnd(loop.down ? element : code_.b.CreateSub(count, element), code_.Int(1));
      return code_.Element(bases[l], code_.b.CreateMul(element, code_.Int(stride)));
    };
    CallKernels(*loop.body, inside);
  });
}

llvm::Value* Program::FlushDenormals() {
  auto& b = code_.b;
  llvm::Value* saved = code_.Stack(1);
  llvm::Value* mode = code_.Stack(1);
  b.CreateIntrinsic(llvm::Intrinsic::x86_sse_stmxcsr, {}, {saved});
  // Flush to zero and denormals are zeros; exceptions masked, rounding to nearest.
  llvm::Value* old = b.CreateAlignedLoad(code_.i32, saved, llvm::Align(4));
  b.CreateAlignedStore(b.CreateOr(b.CreateAnd(old, b.getInt32(~0x6000u)), b.getInt32(0x9FC0)), mode, llvm::Align(4));
  b.CreateIntrinsic(llvm::Intrinsic::x86_sse_ldmxcsr, {}, {mode});
  return saved;
}

void Program::RestoreMode(llvm::Value* saved) {
  code_.b.CreateIntrinsic(llvm::Intrinsic::x86_sse_ldmxcsr, {}, {saved});
}

void Program::AddFunction(const Plan& plan) {
  auto& b = code_.b;
  auto* type = llvm::FunctionType::get(code_.i32, {code_.ptr}, false);
  llvm::Function* function = code_.NewFunction(type, plan.name, false);
  b.SetInsertPoint(llvm::BasicBlock::Create(code_.context, "entry", function));
  llvm::Value* call = function->getArg(0);
  auto field = [&](llvm::Type* field_type, size_t offset) {
    return b.CreateAlignedLoad(field_type, code_.Element(call, code_.Int(static_cast<int64_t>(offset)), 1), llvm::Align(8));
  };
  auto item = [&](llvm::Type* item_type, llvm::Value* array, int index) { return Item(code_, item_type, array, index); };
  std::map<std::string, llvm::Value*> extents;
  llvm::Value* good = b.getTrue();
  if (!plan.symbols.empty()) {
    llvm::Value* values = field(code_.ptr, offsetof(nnc_call, extents));
    for (size_t i = 0; i < plan.symbols.size(); ++i) {
      llvm::Value* value = item(code_.i64, values, static_cast<int>(i));
      llvm::Value* below = b.CreateSub(value, code_.Int(1));
      good = b.CreateAnd(good, b.CreateICmpULT(below, code_.Int(plan.capacities.at(plan.symbols[i]))));
      extents[plan.symbols[i]] = value;
    }
  }
  auto* run = llvm::BasicBlock::Create(code_.context, "run", function);
  auto* refuse = llvm::BasicBlock::Create(code_.context, "refuse", function);
  b.CreateCondBr(good, run, refuse);
  b.SetInsertPoint(refuse);
  b.CreateRet(b.getInt32(NNC_BAD_EXTENT));
  b.SetInsertPoint(run);
  llvm::Value* saved = FlushDenormals();
  Environment environment;
  environment.arena = field(code_.ptr, offsetof(nnc_call, arena));
  environment.buffers = field(code_.ptr, offsetof(nnc_call, buffers));
  environment.buffer = [&](int binding) { return item(code_.ptr, environment.buffers, binding); };
  environment.symbol = [&](const std::string& symbol) { return extents.at(symbol); };
  environment.rows = [&](int source) { return item(code_.ptr, field(code_.ptr, offsetof(nnc_call, rows)), source); };
  environment.first_row = [&](int source) { return item(code_.i64, field(code_.ptr, offsetof(nnc_call, first_row)), source); };
  environment.step = field(code_.i64, offsetof(nnc_call, step));
  environment.optimizer_step = field(code_.i64, offsetof(nnc_call, optimizer_step));
  environment.seed = field(code_.i64, offsetof(nnc_call, seed));
  CallKernels(plan, environment);
  RestoreMode(saved);
  b.CreateRet(b.getInt32(NNC_OK));
}

}  // namespace nnc::codegen
