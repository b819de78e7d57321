// LLVM's target machines and pass pipelines.
#pragma once
#include "compiler/codegen/codegen.h"
#include "compiler/codegen/llvm_ir.h"

namespace llvm {
class TargetMachine;
}

namespace nnc::codegen {

// Registers the x86 target once.
void InitializeTarget();
std::string HostTriple();
// Code for `level`; position-independent. Null and a message if the triple is not x86-64.
std::unique_ptr<llvm::TargetMachine> MakeTargetMachine(const std::string& triple, Level level, bool lean, std::string* error);
// The middle end: few passes, since the emitted code is already what is wanted; or LLVM's own O2.
void Optimize(llvm::Module& module, llvm::TargetMachine& machine, bool lean);
// Machine code as an object file or as assembly text.
std::string Compile(llvm::Module& module, llvm::TargetMachine& machine, bool assembly);

}  // namespace nnc::codegen
