// See program.h.
#include "compiler/codegen/program.h"

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

void Program::CallKernels(const Plan& plan, const Environment& given) {
  Environment environment = given;
  const int64_t scratch = ScratchBytes(plan, code_.level);
  if (!environment.scratch && scratch > 0) environment.scratch = code_.Stack(scratch / 4);
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
  auto item = [&](llvm::Type* item_type, llvm::Value* array, int index) {
    return b.CreateAlignedLoad(item_type, code_.Element(array, code_.Int(index), 8), llvm::Align(8));
  };
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
  llvm::Value* buffers = field(code_.ptr, offsetof(nnc_call, buffers));
  Environment environment;
  environment.arena = field(code_.ptr, offsetof(nnc_call, arena));
  environment.buffer = [&](int binding) { return item(code_.ptr, buffers, binding); };
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
