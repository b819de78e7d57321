// Plans as functions: the kernels of each in order, called with their base pointers. Kernels that are equal, also across plans,
// are one function.
#pragma once
#include "compiler/codegen/kernel_code.h"

namespace nnc::codegen {

// Where a plan's run finds what is not its own.
struct Environment {
  llvm::Value* arena = nullptr;
  llvm::Value* scratch = nullptr;  // null: on the stack
  std::function<llvm::Value*(int binding)> buffer;
  llvm::Value* buffers = nullptr;  // an array of what `buffer` gives, if there is one
  std::function<llvm::Value*(const std::string& symbol)> symbol;
  std::function<llvm::Value*(int source)> rows;
  std::function<llvm::Value*(int source)> first_row;
  llvm::Value* step = nullptr;
  llvm::Value* optimizer_step = nullptr;
  llvm::Value* seed = nullptr;
};

// Scratch that the kernels of a plan share, in bytes.
int64_t ScratchBytes(const schedule::Plan& plan, Level level);

class Program {
 public:
  Program(llvm::Module& module, Level level) : code_(module, level) {}

  Code& code() { return code_; }
  // Makes `int NAME(const nnc_call*)` of the plan.
  void AddFunction(const schedule::Plan& plan);
  // Writes calls of the plan's kernels at the insertion point.
  void CallKernels(const schedule::Plan& plan, const Environment& environment);
  // Makes the functions of the plan's kernels without calling them: what CallKernels will call.
  void PrepareKernels(const schedule::Plan& plan);
  // Flush-to-zero on; returns the caller's mode, which RestoreMode takes.
  llvm::Value* FlushDenormals();
  void RestoreMode(llvm::Value* saved);

 private:
  llvm::Value* ArgumentValue(const schedule::Plan& plan, const Argument& argument, const Environment& environment);
  void CallTurns(const schedule::Plan& plan, const schedule::Kernel& kernel, const Environment& environment);
  void CallStretch(const schedule::Plan& plan, size_t first, size_t last, const Environment& environment);
  llvm::Function* KernelFunction(const schedule::Plan& plan, const schedule::Kernel& kernel);

  Code code_;
  std::map<std::string, llvm::Function*> kernels_;  // by key
};

}  // namespace nnc::codegen
