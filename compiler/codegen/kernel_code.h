// One kernel as a function: its arguments, and what emits each kind. Equal kernels (same structure, constants and strides; of contractions,
// capacities) have equal keys and are emitted once; they are called with other base pointers.
#pragma once
#include "compiler/codegen/code.h"
#include "compiler/codegen/nest.h"
#include "compiler/schedule/plan.h"

namespace nnc::codegen {

// What a caller passes for each argument of a kernel's function.
struct Argument {
  enum class Kind : uint8_t {
    Buffer,    // base pointer of buffer `index` (an nnc_column* for columns, a float for Place::Scalar)
    Symbol,    // i64: value of the named size `symbol`
    Scratch,   // pointer to the kernel's scratch, 64-byte aligned
    Rows,      // pointer to the row indices of data source `index`, or null
    FirstRow,  // i64
    Step,      // i64
    Seed,      // i64
  };
  Kind kind;
  int index = 0;
  std::string symbol;
  bool operator==(const Argument&) const = default;
};

std::vector<Argument> ArgumentsOf(const schedule::Plan& plan, const schedule::Kernel& kernel, Level level);
std::string KeyOf(const schedule::Plan& plan, const schedule::Kernel& kernel);
// Bytes of scratch that the kernel's function needs, a multiple of 64.
int64_t ScratchBytes(const schedule::Plan& plan, const schedule::Kernel& kernel, Level level);

// The inside of a kernel's function while it is being written.
struct KernelCode {
  Code& code;
  const schedule::Plan& plan;
  const schedule::Kernel& kernel;
  std::map<int, llvm::Value*> bases;  // by buffer
  std::map<std::string, llvm::Value*> symbols;
  llvm::Value* scratch = nullptr;
  llvm::Value* rows = nullptr;
  llvm::Value* first_row = nullptr;
  llvm::Value* step = nullptr;
  llvm::Value* seed = nullptr;

  const schedule::Buffer& BufferOf(int buffer) const { return plan.buffers[static_cast<size_t>(buffer)]; }
  llvm::Value* Size(const ir::Dim& dim);
};

llvm::Function* EmitKernel(Code& code, const schedule::Plan& plan, const schedule::Kernel& kernel, const std::string& name);

// The kinds.
void EmitLoops(KernelCode& kernel);
void EmitScatter(KernelCode& kernel);
void EmitGather(KernelCode& kernel);
void EmitRandom(KernelCode& kernel);
void EmitContraction(KernelCode& kernel);
int64_t ContractionScratchBytes(const schedule::Plan& plan, const schedule::Kernel& kernel, Level level);

}  // namespace nnc::codegen
