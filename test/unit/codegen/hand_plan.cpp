#include "test/unit/codegen/hand_plan.h"

#include <cstdlib>

namespace nnc::codegen {

void HandPlan::Symbol(const std::string& name, int64_t capacity) {
  plan.symbols.push_back(name);
  plan.capacities[name] = capacity;
}

int HandPlan::Add(schedule::Buffer buffer, const ir::Shape& shape) {
  buffer.shape = shape;
  for (const ir::Dim& dim : shape) {
    buffer.capacity.push_back(
        *dim.Evaluate([&](std::string_view symbol) { return std::optional(plan.capacities.at(std::string(symbol))); }));
  }
  buffer.strides.assign(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;) buffer.strides[axis - 1] = buffer.strides[axis] * buffer.capacity[axis];
  if (buffer.place == schedule::Buffer::Place::Arena) {
    buffer.offset = plan.arena_bytes;
    int64_t elements = 1;
    for (int64_t extent : buffer.capacity) elements *= extent;
    plan.arena_bytes += (elements * 4 + 63) / 64 * 64;
  }
  plan.buffers.push_back(std::move(buffer));
  return static_cast<int>(plan.buffers.size()) - 1;
}

int HandPlan::Bound(const std::string& name, const ir::Shape& shape, ir::DType dtype) {
  schedule::Buffer buffer;
  buffer.name = name;
  buffer.dtype = dtype;
  buffer.place = schedule::Buffer::Place::Bound;
  buffer.binding = static_cast<int>(plan.bindings.size());
  plan.bindings.push_back({name, dtype, shape});
  return Add(std::move(buffer), shape);
}

int HandPlan::Arena(const std::string& name, const ir::Shape& shape) {
  schedule::Buffer buffer;
  buffer.name = name;
  return Add(std::move(buffer), shape);
}

int HandPlan::Column(const std::string& name, const ir::Shape& shape, ir::DType dtype, int source) {
  schedule::Buffer buffer;
  buffer.name = name;
  buffer.dtype = dtype;
  buffer.place = schedule::Buffer::Place::Column;
  buffer.binding = static_cast<int>(plan.bindings.size());
  buffer.source = source;
  plan.bindings.push_back({name, dtype, shape, true});
  return Add(std::move(buffer), shape);
}

schedule::Kernel& HandPlan::Kernel(schedule::Kernel::Kind kind, std::vector<ir::Dim> loops, int rank) {
  plan.kernels.emplace_back();
  plan.kernels.back().kind = kind;
  plan.kernels.back().loops = std::move(loops);
  plan.kernels.back().rank = rank;
  return plan.kernels.back();
}

schedule::Address At(int buffer, const std::vector<int>& loops) {
  schedule::Address address;
  address.buffer = buffer;
  for (int loop : loops) address.subscripts.push_back(ir::Affine::Index(loop));
  address.guarded.assign(loops.size(), false);
  return address;
}

static int AddStep(schedule::Kernel& kernel, ir::Scalar step) {
  kernel.body.push_back(step);
  return static_cast<int>(kernel.body.size()) - 1;
}

int Read(schedule::Kernel& kernel, schedule::Address address) {
  kernel.reads.push_back(std::move(address));
  ir::Scalar step;
  step.kind = ir::Scalar::Kind::Access;
  step.index = static_cast<int>(kernel.reads.size()) - 1;
  return AddStep(kernel, step);
}

int Literal(schedule::Kernel& kernel, double value) {
  ir::Scalar step;
  step.literal = value;
  return AddStep(kernel, step);
}

int Call(schedule::Kernel& kernel, ir::ScalarFn fn, int a, int b, int c) {
  ir::Scalar step;
  step.kind = ir::Scalar::Kind::Call;
  step.fn = fn;
  step.arguments[0] = a;
  step.arguments[1] = b;
  step.arguments[2] = c;
  return AddStep(kernel, step);
}

void Store(schedule::Kernel& kernel, schedule::Address target, int step) { kernel.stores.push_back({std::move(target), step}); }

int RunPlan(nnc_function function, const schedule::Plan& plan, const std::vector<void*>& buffers, const RunSettings& settings) {
  const size_t bytes = static_cast<size_t>(plan.arena_bytes + 63) / 64 * 64 + 64;
  void* arena = std::aligned_alloc(64, bytes);
  nnc_call call{};
  call.arena = arena;
  call.buffers = buffers.data();
  call.extents = settings.extents.data();
  call.rows = settings.rows.data();
  call.first_row = settings.first_row.data();
  call.step = settings.step;
  call.optimizer_step = settings.step;
  call.seed = settings.seed;
  const int status = function(&call);
  std::free(arena);
  return status;
}

int CompileAndRun(const schedule::Plan& plan, Options options, const std::vector<void*>& buffers, const RunSettings& settings) {
  Jit jit(options);
  jit.Add({&plan});
  return RunPlan(jit.Find(plan.name), plan, buffers, settings);
}

}  // namespace nnc::codegen
