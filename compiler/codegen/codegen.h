// Plans to machine code: just in time (Jit) or as an object file. The only folder that includes LLVM; its types stay in here.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/schedule/plan.h"
#include "runtime/abi.h"

namespace nnc::codegen {

// Instruction sets, chosen from CPUID feature flags (not from the CPU's name).
enum class Level : uint8_t { Baseline, Avx2, Avx512 };
Level HostLevel();
const char* Name(Level level);

struct Options {
  Level level = HostLevel();
  bool lean = true;  // few passes, quick to compile; otherwise the full pipeline
};

// Compiled functions that live as long as this. Plans added together share equal kernels. Thread-safe after Add returns.
class Jit {
 public:
  explicit Jit(Options options = {});
  ~Jit();
  // Compiles the plans; afterwards Find gives each by its name (names must be unique over the Jit's life).
  void Add(const std::vector<const schedule::Plan*>& plans);
  nnc_function Find(std::string_view name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// LLVM's text (optimised) and assembly of plans, for `nnc emit --stage=llvm|asm`.
std::string PrintLlvm(const std::vector<const schedule::Plan*>& plans, const Options& options);
std::string PrintAssembly(const std::vector<const schedule::Plan*>& plans, const Options& options);

// A dependency-free object for embedding. `plan` has the symbol N as axis 0 of its direct inputs and outputs, capacity =
// block of rows. The object defines, with PREFIX replaced:
//   int     PREFIX_predict(const void* weights, const float* x..., float* y..., int64_t n, void* workspace);
//   int64_t PREFIX_workspace_size(int64_t n);
//   const float PREFIX_trained_weights[];   the values of all weights and fitted values, concatenated in binding order
// `weights` may be null: then they are the trained ones. x... and y... are the other bindings in their order, aligned as floats;
// the workspace may have any alignment. Predicting fails only for negative n (NNC_BAD_EXTENT).
// for every level that the target has, chosen at load by CPUID.
struct ObjectRequest {
  const schedule::Plan* plan = nullptr;
  std::string prefix;
  std::map<std::string, std::vector<float>> constants;  // by binding name: weights, buffers, fitted values
  std::string triple;  // empty: the host's
};
struct ObjectResult {
  std::string object;  // bytes of the file
  std::string error;   // why not, "" if made
};
ObjectResult EmitObject(const ObjectRequest& request);

}  // namespace nnc::codegen
