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
// The environment variable NNC_CPU: the level that code is made for instead of the machine's own, "" if it is not set. What it says
// wrongly (no level's name, or one that the machine lacks), or "".
std::string AskedLevel();
std::string AskedLevelMisfit();
Level ChosenLevel();  // the asked one, else the machine's

struct Options {
  Level level = ChosenLevel();
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

// What the functions of an embedded object return: the value is the row's number. Headers and messages are made of these rows.
struct ObjectStatus {
  const char* name;  // the enumerator, after the prefix
  const char* text;
};
inline constexpr ObjectStatus kObjectStatuses[] = {
    {"ok", "no error"},
    {"bad_count", "the number of events is negative, or more than one call takes"},
    {"missing_array", "a pointer is null: a structure's, a column's, a result's or the workspace's"},
    {"wrong_weights", "these are not weights of this model: its columns, shapes or equations are others, or a weight is not finite"},
    {"not_finite", "an input is infinite, not a number, or a number that stands for a missing one"},
    {"bad_class", "a class number, a subscript or a number of rows is not whole, or out of its range"},
};
enum ObjectStatusCode : int { kObjectOk, kObjectBadCount, kObjectMissingArray, kObjectWrongWeights, kObjectNotFinite, kObjectBadClass };

// A dependency-free object for embedding. `plan` has the symbol N as axis 0 of its direct inputs and outputs, capacity =
// block of rows. The object defines, with PREFIX replaced:
//   int         PREFIX_predict(const PREFIX_weights*, const PREFIX_input*, const PREFIX_output*, int64_t n, void* workspace, PREFIX_fault*);
//   int64_t     PREFIX_workspace_size(int64_t n);
//   int         PREFIX_check(const void* weights, int64_t bytes);
//   const char* PREFIX_error_text(int code);
//   const PREFIX_weights PREFIX_trained_weights;
// PREFIX_predict is also defined as PREFIX_predict_LAYOUT, LAYOUT in 16 hexadecimal digits, which a header may call instead, so that a
// program compiled with another layout's header does not link.
// The structures: _input and _output are one pointer to floats for each field, in the request's order. _weights is the layout (64 bits) and
// then the values of all weights and fitted values as floats, in binding order. _fault is the event (64 bits) and a
// field's name, or "".
// Weights and fault may be null: the trained weights, nothing to be told. Arrays are aligned as floats, the workspace in any way.
// Before anything is written all inputs are checked as their fields say, for n > 0.
// There is code for every level that the target has, chosen at the first call by CPUID.
struct ObjectRequest {
  enum class Check : uint8_t { None, Finite, Class };
  struct Field {
    std::string binding;     // of the plan; an input that the plan has no need of is only checked
    std::string name;        // in faults
    int64_t width = 1;       // numbers of one event
    Check check = Check::None;
    int64_t classes = 0;     // Class: how many
    std::vector<double> missing = {};  // Finite: numbers that say that there is none, and are refused like those that are not finite
    // Not "": the caller's array holds doubles. `binding` takes each rounded to single, this binding what that leaves.
    std::string rest = {};
    int counted_by = -1;  // the input, of one number an event, that says how many of the numbers count; what stands behind them is not looked at
  };
  const schedule::Plan* plan = nullptr;
  // If there are subscripts that are computed from what a caller passes: has one output of a number an event, 0 where one of them lies outside
  // its axis. It is run before `plan`; of the first such event the function returns bad_class, with no member's name.
  const schedule::Plan* subscripts = nullptr;
  std::string prefix;
  uint64_t layout = 0;
  std::vector<Field> inputs, outputs;
  std::map<std::string, std::vector<float>> constants;  // by binding name: weights, buffers, fitted values
  std::string triple;  // empty: the host's
  Level highest = Level::Avx512;  // of those that the object chooses from
  bool one_block = false;  // a call takes at most one block of rows, and refuses more
};
struct ObjectResult {
  std::string object;  // bytes of the file
  std::string error;   // why not, "" if made
};
ObjectResult EmitObject(const ObjectRequest& request);
// NAME_0123456789abcdef.
std::string LayoutName(const std::string& name, uint64_t layout);

}  // namespace nnc::codegen
