// Prints, for contractions of layer size, the time to compile and the speed in percent of the core's measured peak of fused
// multiply-adds. Medians of many calls; with an argument, only the cases whose name contains it;
// with the argument `compile`, only the time to compile when everything is warm.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/kernels/measure.h"
#include "compiler/codegen/codegen.h"

using namespace nnc;
using bench::Measure;
using bench::Now;
using schedule::LoopClass;

namespace {

#if defined(__x86_64__)
// Twelve independent chains: more than latency times two units asks for.
#define NNC_TWELVE(load, fma)                                                                                       \
  asm volatile(load "1:\n" fma("0") fma("1") fma("2") fma("3") fma("4") fma("5") fma("6") fma("7") fma("8") fma("9") \
                   fma("10") fma("11") "dec %0\n jnz 1b\n"                                                          \
               : "+r"(n)                                                                                            \
               :                                                                                                    \
               : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",    \
                 "xmm12", "cc")
#define NNC_WIDE(i) "vfmadd231ps %%zmm12, %%zmm12, %%zmm" i "\n"
#define NNC_NARROW(i) "vfmadd231ps %%ymm12, %%ymm12, %%ymm" i "\n"

void Wide(int64_t n) { NNC_TWELVE("vzeroall\n", NNC_WIDE); }
void Narrow(int64_t n) { NNC_TWELVE("vzeroall\n", NNC_NARROW); }
double PeakAvx512() { return 12.0 * 32 * 100000 / Measure([] { Wide(100000); }); }
double PeakAvx2() { return 12.0 * 16 * 100000 / Measure([] { Narrow(100000); }); }
#endif

double Peak(codegen::Level level) {
#if defined(__x86_64__)
  if (level == codegen::Level::Avx512) return PeakAvx512();
  if (level == codegen::Level::Avx2) return PeakAvx2();
#endif
  return 1;
}

struct Case {
  const char* name;
  int64_t m, n, k;
  bool a_turned, b_turned;  // stored [k, m]; stored [n, k]
  bool relu;                // bias and relu as epilogue
};

schedule::Plan PlanOf(const Case& c) {
  schedule::Plan plan;
  plan.name = "product";
  auto bound = [&](std::vector<int64_t> shape) {
    schedule::Buffer buffer;
    buffer.place = schedule::Buffer::Place::Bound;
    buffer.binding = static_cast<int>(plan.bindings.size());
    for (int64_t extent : shape) buffer.shape.emplace_back(extent);
    buffer.capacity = shape;
    buffer.strides.assign(shape.size(), 1);
    for (size_t axis = shape.size(); axis-- > 1;) buffer.strides[axis - 1] = buffer.strides[axis] * shape[axis];
    plan.bindings.push_back({"", ir::DType::F32, buffer.shape});
    plan.buffers.push_back(buffer);
    return static_cast<int>(plan.buffers.size()) - 1;
  };
  auto at = [](int buffer, std::vector<int> loops) {
    schedule::Address address;
    address.buffer = buffer;
    for (int loop : loops) address.subscripts.push_back(ir::Affine::Index(loop));
    address.guarded.assign(loops.size(), false);
    return address;
  };
  const int a = bound(c.a_turned ? std::vector<int64_t>{c.k, c.m} : std::vector<int64_t>{c.m, c.k});
  const int b = bound(c.b_turned ? std::vector<int64_t>{c.n, c.k} : std::vector<int64_t>{c.k, c.n});
  const int bias = bound({c.n});
  const int y = bound({c.m, c.n});
  schedule::Kernel kernel;
  kernel.kind = schedule::Kernel::Kind::Contraction;
  kernel.loops = {c.m, c.n, c.k};
  kernel.rank = 2;
  kernel.classes = {LoopClass::Row, LoopClass::Column, LoopClass::Summed};
  kernel.reads = {c.a_turned ? at(a, {2, 0}) : at(a, {0, 2}), c.b_turned ? at(b, {1, 2}) : at(b, {2, 1}), at(bias, {1})};
  auto access = [&](int index) {
    ir::Scalar step;
    step.kind = ir::Scalar::Kind::Access;
    step.index = index;
    kernel.body.push_back(step);
    return static_cast<int>(kernel.body.size()) - 1;
  };
  auto call = [&](ir::ScalarFn fn, int x, int z) {
    ir::Scalar step;
    step.kind = ir::Scalar::Kind::Call;
    step.fn = fn;
    step.arguments[0] = x;
    step.arguments[1] = z;
    kernel.body.push_back(step);
    return static_cast<int>(kernel.body.size()) - 1;
  };
  kernel.monoid = ir::Monoid::Sum;
  const int first = access(0), second = access(1);
  int value = kernel.folded = call(ir::ScalarFn::Mul, first, second);
  if (c.relu) {
    value = call(ir::ScalarFn::Add, value, access(2));
    kernel.body.emplace_back();  // literal 0
    value = call(ir::ScalarFn::Max, value, static_cast<int>(kernel.body.size()) - 1);
  } else {
    kernel.reads.pop_back();
  }
  kernel.stores = {{at(y, {0, 1}), value}};
  plan.kernels = {kernel};
  return plan;
}

void RunCase(const Case& c, codegen::Level level, double peak) {
  const schedule::Plan plan = PlanOf(c);
  double start = Now();
  codegen::Jit jit({level, true});
  const double setup = Now() - start;
  start = Now();
  jit.Add({&plan});
  const double compile = Now() - start;
  std::vector<void*> buffers;
  for (const auto& buffer : plan.buffers) {
    int64_t count = 1;
    for (int64_t extent : buffer.capacity) count *= extent;
    auto* data = static_cast<float*>(std::aligned_alloc(64, static_cast<size_t>((count * 4 + 63) / 64 * 64)));
    for (int64_t i = 0; i < count; ++i) data[i] = static_cast<float>(i % 7) * 0.125f;
    buffers.push_back(data);
  }
  nnc_call arguments{};
  arguments.buffers = buffers.data();
  const nnc_function function = jit.Find("product");
  const double seconds = Measure([&] { function(&arguments); });
  const double flops = 2.0 * static_cast<double>(c.m) * static_cast<double>(c.n) * static_cast<double>(c.k) / seconds;
  std::printf("%-26s %5ld x %4ld x %4ld  %9.2f us  %6.1f GFLOP/s  %5.1f %%   set-up %.1f ms, compile %.1f ms\n", c.name, (long)c.m,
              (long)c.n, (long)c.k, seconds * 1e6, flops * 1e-9, 100 * flops / peak, setup * 1e3, compile * 1e3);
  for (void* buffer : buffers) std::free(buffer);
}

}  // namespace

// Milliseconds to compile a case, once everything is warm.
void CompileCase(const Case& c, codegen::Level level) {
  const schedule::Plan plan = PlanOf(c);
  const double seconds = Measure([&] { codegen::Jit({level, true}).Add({&plan}); });
  std::printf("%-26s %5ld x %4ld x %4ld  compiled in %.2f ms\n", c.name, (long)c.m, (long)c.n, (long)c.k, seconds * 1e3);
}

int main(int count, char** arguments) {
  const std::string only = count > 1 ? arguments[1] : "";
  const Case cases[] = {
      {"dense, bias, relu", 64, 128, 784, false, false, true}, {"dense, bias, relu", 256, 64, 32, false, false, true},
      {"dense, bias, relu", 32, 16, 3, false, false, true},    {"dense, bias, relu", 64, 10, 128, false, false, true},
      {"square", 128, 128, 128, false, false, false},          {"square", 512, 512, 512, false, false, false},
      {"square", 1024, 1024, 1024, false, false, false},       {"weight gradient", 784, 128, 64, true, false, false},
      {"weight gradient", 128, 10, 64, true, false, false},    {"input gradient", 64, 784, 128, false, true, false},
      {"input gradient", 64, 128, 10, false, true, false},     {"input gradient", 256, 64, 64, false, true, false},
  };
  std::vector<codegen::Level> levels{codegen::HostLevel()};
  if (levels[0] == codegen::Level::Avx512) levels.push_back(codegen::Level::Avx2);
  for (codegen::Level level : levels) {
    const double peak = Peak(level);
    std::printf("%s: peak %.1f GFLOP/s\n", codegen::Name(level), peak * 1e-9);
    for (const Case& c : cases) {
      if (only == "compile") CompileCase(c, level);
      else if (std::string(c.name).find(only) != std::string::npos) RunCase(c, level, peak);
    }
  }
}
