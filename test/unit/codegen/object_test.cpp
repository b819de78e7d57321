// Objects for embedding: what they define and ask for, and that a C program linked with one computes what the JIT computes.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "test/unit/codegen/hand_plan.h"

namespace nnc::codegen {
namespace {

using schedule::LoopClass;

// y[n, o] = tanh(sum over i of x[n, i] w[i, o] + bias[o]); blocks of 8 rows.
HandPlan Layer() {
  HandPlan hand("layer");
  hand.Symbol("N", 8);
  const ir::Dim rows = ir::Dim::Symbol("N");
  const int w = hand.Bound("w", {3, 5}), bias = hand.Bound("bias", {5}), x = hand.Bound("x", {rows, 3});
  const int y = hand.Bound("y", {rows, 5}), h = hand.Arena("h", {rows, 5});
  auto& plan = hand.plan;
  plan.bindings[0].input = plan.bindings[1].input = plan.bindings[2].input = true;
  plan.bindings[0].role = plan.bindings[1].role = ir::Role::Weight;
  plan.bindings[2].role = ir::Role::Direct;
  plan.bindings[3].output = true;
  auto& product = hand.Kernel(schedule::Kernel::Kind::Contraction, {rows, 5, 3}, 2);
  product.classes = {LoopClass::Row, LoopClass::Column, LoopClass::Summed};
  const int first = Read(product, At(x, {0, 2})), second = Read(product, At(w, {2, 1}));
  product.folded = Call(product, ir::ScalarFn::Mul, first, second);
  product.monoid = ir::Monoid::Sum;
  Store(product, At(h, {0, 1}), Call(product, ir::ScalarFn::Add, product.folded, Read(product, At(bias, {1}))));
  auto& activation = hand.Kernel(schedule::Kernel::Kind::Loops, {rows, 5}, 2);
  Store(activation, At(y, {0, 1}), Call(activation, ir::ScalarFn::Tanh, Read(activation, At(h, {0, 1}))));
  return hand;
}

Floats Weights() { return {0.5f, -1.f, 0.25f, 2.f, 0.75f, 1.5f, -0.5f, 1.f, -0.25f, 0.125f, 0.3f, 0.6f, -0.9f, 1.2f, -1.5f}; }
Floats Bias() { return {0.1f, 0.2f, -0.3f, 0.4f, -0.5f}; }

// x is refused where it is not finite.
ObjectRequest Request(const HandPlan& hand) {
  ObjectRequest request;
  request.plan = &hand.plan;
  request.prefix = "pid";
  request.layout = 0x0123456789abcdefu;
  request.inputs = {{"x", "x", 3, ObjectRequest::Check::Finite, 0}};
  request.outputs = {{"y", "y", 5}};
  request.constants = {{"w", Weights()}, {"bias", Bias()}};
  return request;
}

class Object : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("nnc_object_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    const HandPlan hand = Layer();
    const ObjectResult result = EmitObject(Request(hand));
    ASSERT_EQ("", result.error);
    std::ofstream(folder_ / "pid.o", std::ios::binary) << result.object;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Output(const std::string& command) {
    const std::string path = (folder_ / "output").string();
    const int status = std::system(("cd " + folder_.string() + " && " + command + " > " + path + " 2>&1").c_str());
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(0, status) << command << "\n" << text.str();
    return text.str();
  }

  std::filesystem::path folder_;
};

TEST_F(Object, DefinesItsInterfaceAndAsksForNothing) {
  EXPECT_EQ("pid_check\npid_error_text\npid_predict\npid_predict_0123456789abcdef\npid_trained_weights\npid_workspace_size\n",
            Output("nm --defined-only --extern-only -f just-symbols pid.o | sort"));
  EXPECT_EQ("", Output("nm --undefined-only pid.o | grep -v -w -e memset -e memcpy || true"));
}

TEST_F(Object, ComputesWhatTheJitComputes) {
  std::ofstream(folder_ / "main.c") << R"(
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
typedef struct { const float* x; } pid_input;
typedef struct { float* y; } pid_output;
typedef struct { int64_t event; const char* member; } pid_fault;
int pid_predict(const void* weights, const pid_input* in, const pid_output* out, int64_t n, void* workspace, pid_fault* fault);
int64_t pid_workspace_size(int64_t n);
int pid_check(const void* weights, int64_t bytes);
extern const struct { uint64_t layout; float values[20]; } pid_trained_weights;
int main(void) {
  enum { N = 21 };
  static float x[N * 3], y[N * 5];
  for (int i = 0; i < N * 3; ++i) x[i] = (float)(i % 13) * 0.25f - 1.5f;
  char* workspace = malloc((size_t)pid_workspace_size(N) + 1);
  pid_input in = {x};
  pid_output out = {y};
  pid_fault fault;
  char* aligned = workspace + 64 - (uintptr_t)workspace % 64;
  for (char* at = workspace; at < aligned; ++at) *at = 0x55;
  if (pid_predict(&pid_trained_weights, &in, &out, N, workspace + 1, &fault)) return 1;
  for (char* at = workspace; at < aligned; ++at) if (*at != 0x55) return 5;  /* arrays begin at a multiple of 64 bytes */
  for (int i = 0; i < N * 5; ++i) printf("%a\n", y[i]);
  if (pid_predict(&pid_trained_weights, &in, &out, -1, workspace, 0) == 0) return 2;
  if (pid_check(&pid_trained_weights, sizeof pid_trained_weights) != 0 || pid_trained_weights.layout != 0x0123456789abcdef) return 3;
  x[3 * 17 + 2] = 3e38f * 10;
  if (pid_predict(0, &in, &out, N, workspace, &fault) == 0 || fault.event != 17 || fault.member[0] != 'x') return 4;
  free(workspace);
  return 0;
}
)";
  const std::string printed = Output("cc -fPIE -pie main.c pid.o -lm -o main && ./main");
  const HandPlan hand = Layer();
  Jit jit;
  jit.Add({&hand.plan});
  Floats w = Weights(), bias = Bias(), x(21 * 3), y(21 * 5);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 13) * 0.25f - 1.5f;
  for (size_t start = 0; start < 21; start += 8) {
    RunSettings settings;
    settings.extents = {std::min<int64_t>(8, 21 - static_cast<int64_t>(start))};
    ASSERT_EQ(0, RunPlan(jit.Find("layer"), hand.plan, {w.data(), bias.data(), &x[start * 3], &y[start * 5]}, settings));
  }
  std::stringstream expected;
  for (float value : y) {
    char text[40];
    std::snprintf(text, sizeof text, "%a\n", static_cast<double>(value));
    expected << text;
  }
  EXPECT_EQ(expected.str(), printed);
}

TEST(ObjectRequests, AreRefusedWithTheReason) {
  const HandPlan hand = Layer();
  ObjectRequest request = Request(hand);
  request.constants.clear();
  EXPECT_EQ("no value is given for `w`", EmitObject(request).error);
  request.constants = {{"w", {1, 2}}, {"bias", Bias()}};
  EXPECT_EQ("`w` has 15 elements, the value given has 2", EmitObject(request).error);
  request.constants["w"] = Weights();
  request.outputs.clear();
  EXPECT_EQ("`y` has no field", EmitObject(request).error);
  request = Request(hand);
  request.triple = "aarch64-linux-gnu";
  EXPECT_NE("", EmitObject(request).error);
}

}  // namespace
}  // namespace nnc::codegen
