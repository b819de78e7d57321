// See target.h.
#include "compiler/codegen/target.h"

#include <llvm/IR/LegacyPassManager.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/Triple.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>

#include <cstdlib>
#include <mutex>
#include <optional>

#include "compiler/codegen/code.h"

namespace nnc::codegen {

Level HostLevel() {
  static const Level level = [] {
    const llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
    auto has = [&](std::initializer_list<const char*> names) {
      return std::all_of(names.begin(), names.end(), [&](const char* name) { return features.lookup(name); });
    };
    if (!has({"avx2", "fma", "bmi", "bmi2", "f16c", "lzcnt", "movbe"})) return Level::Baseline;
    return has({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}) ? Level::Avx512 : Level::Avx2;
  }();
  return level;
}

std::string AskedLevel() {
  const char* asked = std::getenv("NNC_CPU");
  return asked ? asked : "";
}

static std::optional<Level> FindLevel(const std::string& name) {
  for (Level level : {Level::Baseline, Level::Avx2, Level::Avx512}) {
    if (name == Name(level)) return level;
  }
  return std::nullopt;
}

std::string AskedLevelMisfit() {
  const std::string asked = AskedLevel();
  if (asked.empty()) return "";
  const std::optional<Level> level = FindLevel(asked);
  if (!level) return "NNC_CPU is `" + asked + "`, which names no instruction set";
  if (*level > HostLevel()) return "NNC_CPU is `" + asked + "`, which this machine does not have";
  return "";
}

Level ChosenLevel() {
  const std::optional<Level> asked = FindLevel(AskedLevel());
  return asked && *asked <= HostLevel() ? *asked : HostLevel();
}

void InitializeTarget() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    // The emitted loops advance their own pointers; strength reduction takes a sixth of the time to compile and makes worse
    // addresses of them.
    auto& registered = llvm::cl::getRegisteredOptions();
    if (auto found = registered.find("disable-lsr"); found != registered.end()) {
      static_cast<llvm::cl::opt<bool>*>(found->second)->setValue(true);
    }
  });
}

std::string HostTriple() { return llvm::sys::getDefaultTargetTriple(); }

std::unique_ptr<llvm::TargetMachine> MakeTargetMachine(const std::string& triple, Level level, bool lean, std::string* error) {
  InitializeTarget();
  const llvm::Triple parsed(triple);
  if (parsed.getArch() != llvm::Triple::x86_64) {
    *error = "no code can be made for target `" + triple + "`: only x86-64 is known";
    return nullptr;
  }
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, *error);
  if (!target) return nullptr;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  options.FunctionSections = false;
  const auto effort = lean ? llvm::CodeGenOptLevel::Less : llvm::CodeGenOptLevel::Default;
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, ProcessorOf(level), "", options, llvm::Reloc::PIC_, std::nullopt, effort));
}

void Optimize(llvm::Module& module, llvm::TargetMachine& machine, bool lean) {
  llvm::PassBuilder builder(&machine);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  if (!lean) {
    builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
    return;
  }
  llvm::ModulePassManager passes;
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(llvm::EarlyCSEPass()));
  passes.run(module, modules);
}

std::string Compile(llvm::Module& module, llvm::TargetMachine& machine, bool assembly) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  const auto type = assembly ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile;
  [[maybe_unused]] const bool failed = machine.addPassesToEmitFile(passes, stream, nullptr, type, true);
  assert(!failed && "x86 emits objects and assembly");
  passes.run(module);
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace nnc::codegen
