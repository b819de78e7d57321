// Plans written by hand, compiled and run on vectors of floats.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/codegen/codegen.h"
#include "compiler/schedule/plan.h"

namespace nnc::codegen {

using Floats = std::vector<float>;

inline std::vector<Level> HostLevels() {
  std::vector<Level> levels{Level::Baseline};
  if (HostLevel() >= Level::Avx2) levels.push_back(Level::Avx2);
  if (HostLevel() >= Level::Avx512) levels.push_back(Level::Avx512);
  return levels;
}

struct HandPlan {
  schedule::Plan plan;

  explicit HandPlan(std::string name = "test") { plan.name = std::move(name); }
  // A symbol with its largest value.
  void Symbol(const std::string& name, int64_t capacity);
  int Bound(const std::string& name, const ir::Shape& shape, ir::DType dtype = ir::DType::F32);
  int Arena(const std::string& name, const ir::Shape& shape);
  int Column(const std::string& name, const ir::Shape& shape, ir::DType dtype, int source = 0);
  schedule::Kernel& Kernel(schedule::Kernel::Kind kind, std::vector<ir::Dim> loops, int rank);

 private:
  int Add(schedule::Buffer buffer, const ir::Shape& shape);
};

// buffer[loop, loop, ...]
schedule::Address At(int buffer, const std::vector<int>& loops);
// Steps appended to a kernel's body; each gives the step's number.
int Read(schedule::Kernel& kernel, schedule::Address address);
int Literal(schedule::Kernel& kernel, double value);
int Call(schedule::Kernel& kernel, ir::ScalarFn fn, int a, int b = -1, int c = -1);
void Store(schedule::Kernel& kernel, schedule::Address target, int step);

// How to run: extents by symbol order, rows and first rows by source.
struct RunSettings {
  std::vector<int64_t> extents;
  std::vector<const int64_t*> rows;
  std::vector<int64_t> first_row;
  int64_t step = 1;
  uint64_t seed = 0;
};
int RunPlan(nnc_function function, const schedule::Plan& plan, const std::vector<void*>& buffers, const RunSettings& settings = {});
int CompileAndRun(const schedule::Plan& plan, Options options, const std::vector<void*>& buffers,
                  const RunSettings& settings = {});

}  // namespace nnc::codegen
