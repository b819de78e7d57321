// Jit over ORC: each Add is a module in a context of its own, compiled at once. Generated code calls nothing, so no symbol of
// the process is ever looked up.
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <mutex>

#include "compiler/codegen/program.h"
#include "compiler/codegen/target.h"

namespace nnc::codegen {
namespace {

template <typename T>
T Check(llvm::Expected<T> value) {
  if (value) return std::move(*value);
  llvm::report_fatal_error(llvm::Twine("code generation: ") + llvm::toString(value.takeError()));
}

void Check(llvm::Error error) {
  if (error) llvm::report_fatal_error(llvm::Twine("code generation: ") + llvm::toString(std::move(error)));
}

std::unique_ptr<llvm::TargetMachine> Machine(const Options& options) {
  std::string error;
  auto machine = MakeTargetMachine(HostTriple(), options.level, options.lean, &error);
  if (!machine) llvm::report_fatal_error(llvm::Twine(error));
  return machine;
}

std::unique_ptr<llvm::Module> MakeModule(llvm::LLVMContext& context, const std::vector<const schedule::Plan*>& plans,
                                         const Options& options, llvm::TargetMachine& machine) {
  auto module = std::make_unique<llvm::Module>(plans.empty() ? "nnc" : plans[0]->name, context);
  module->setDataLayout(machine.createDataLayout());
  module->setTargetTriple(machine.getTargetTriple().str());
  Program program(*module, options.level);
  for (const schedule::Plan* plan : plans) program.AddFunction(*plan);
#ifndef NDEBUG
  std::string message;
  llvm::raw_string_ostream stream(message);
  if (llvm::verifyModule(*module, &stream)) llvm::report_fatal_error(llvm::Twine("code generation: ") + message);
#endif
  Optimize(*module, machine, options.lean);
  return module;
}

}  // namespace

struct Jit::Impl {
  Options options;
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::orc::LLJIT> orc;
  mutable std::mutex mutex;
  std::map<std::string, nnc_function, std::less<>> functions;
};

Jit::Jit(Options options) : impl_(std::make_unique<Impl>()) {
  impl_->options = options;
  impl_->machine = Machine(options);
  llvm::orc::JITTargetMachineBuilder builder(impl_->machine->getTargetTriple());
  builder.setCPU(ProcessorOf(options.level));
  impl_->orc = Check(llvm::orc::LLJITBuilder()
                         .setJITTargetMachineBuilder(std::move(builder))
                         .setLinkProcessSymbolsByDefault(false)
                         .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
                         .create());
}

Jit::~Jit() = default;

void Jit::Add(const std::vector<const schedule::Plan*>& plans) {
  const std::lock_guard lock(impl_->mutex);
  llvm::LLVMContext context;
  auto module = MakeModule(context, plans, impl_->options, *impl_->machine);
  const std::string object = Compile(*module, *impl_->machine, false);
  Check(impl_->orc->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object)));
  for (const schedule::Plan* plan : plans) {
    impl_->functions[plan->name] = Check(impl_->orc->lookup(plan->name)).toPtr<nnc_function>();
  }
}

nnc_function Jit::Find(std::string_view name) const {
  const std::lock_guard lock(impl_->mutex);
  auto found = impl_->functions.find(name);
  return found == impl_->functions.end() ? nullptr : found->second;
}

std::string PrintLlvm(const std::vector<const schedule::Plan*>& plans, const Options& options) {
  auto machine = Machine(options);
  llvm::LLVMContext context;
  auto module = MakeModule(context, plans, options, *machine);
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, nullptr);
  return text;
}

std::string PrintAssembly(const std::vector<const schedule::Plan*>& plans, const Options& options) {
  auto machine = Machine(options);
  llvm::LLVMContext context;
  auto module = MakeModule(context, plans, options, *machine);
  return Compile(*module, *machine, true);
}

}  // namespace nnc::codegen
