// Machine code of loops whose turns are found: gathers, scatters, updates of what is found, at every level, against the reference evaluator.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "compiled_graph.h"
#include "hand_plan.h"
#include "test/tools/graphs.h"

namespace nnc::codegen {
namespace {

using reference::Context;
using reference::Tensor;

Tensor Numbers(std::vector<int64_t> shape, const std::function<double(int64_t)>& value) {
  Tensor tensor{std::move(shape), {}};
  int64_t count = 1;
  for (int64_t size : tensor.shape) count *= size;
  for (int64_t i = 0; i < count; ++i) tensor.values.push_back(value(i));
  return tensor;
}

// Whole numbers of which some lie outside of [0, size), one is no whole number and one no number.
double Place(int64_t i, int64_t size) {
  if (i == 3) return 2.5;
  if (i == 5) return std::nan("");
  return static_cast<double>((i * 7 + 11) % (size + 4)) - 2;
}

void Check(const std::string& text, const Context& context) {
  const ir::Graph graph = test::ReadGraph(text);
  const std::vector<Tensor> expected = reference::Evaluate(graph, context);
  for (Level level : HostLevels())
    for (bool lean : {true, false})
      for (int64_t room : {0, 5}) {
        const std::vector<Tensor> found = test::RunCompiled(graph, context, {level, lean}, room);
        EXPECT_LT(test::LargestDifference(expected, found), 1e-5) << Name(level) << lean << room << "\n" << text;
      }
}

TEST(FoundTurns, GatherRowsAndSingleElements) {
  for (int64_t n : {1, 7, 16, 37}) {
    Context context;
    context.extents["N"] = n;
    context.inputs["at"] = Numbers({n}, [](int64_t i) { return Place(i, 21); });
    context.inputs["T"] = Numbers({21, 19}, [](int64_t i) { return 0.25 * static_cast<double>(i); });
    context.inputs["v"] = Numbers({21}, [](int64_t i) { return 1 + static_cast<double>(i); });
    Check(R"(graph main
%0 = input direct f32 [N] "at"
%1 = input weight f32 [21, 19] "T"
%2 = input weight f32 [21] "v"
%3 = comp [u:21, n:N] : eq(u, %0[n])
%4 = comp [u:21, n:N, d:19] : select(%3[u, n], %1[u, d], 0)
%5 = comp [n:N, d:19] sum [u:21] : %4[u, n, d]
%6 = comp [u:21, n:N] : select(%3[u, n], %2[u], 0)
%7 = comp [n:N] sum [u:21] : %6[u, n]
%8 = comp [n:N, d:19] : mul(%5[n, d], %7[n])
%9 = comp [d:19] sum [n:N, u:21] : %4[u, n, d]
output "rows" %5
output "elements" %7
output "products" %8
output "sums" %9
)", context);
  }
}

TEST(FoundTurns, ScatterWithEveryMonoid) {
  for (const char* monoid : {"sum", "prod", "max", "min", "argmax", "argmin"}) {
    const std::string name = monoid, identity = name == "sum" ? "0" : name == "prod" ? "1" : name.ends_with("max") ? "-inf" : "inf";
    for (int64_t n : {1, 16, 45}) {
      Context context;
      context.extents["N"] = n;
      context.inputs["at"] = Numbers({n}, [](int64_t i) { return Place(i, 12); });
      context.inputs["g"] = Numbers({n, 18}, [](int64_t i) { return 0.5 + 0.01 * static_cast<double>(i % 97); });
      if (n == 45) context.inputs["g"].values[18 * 20] = name.starts_with("arg") ? std::nan("") : 0.5;
      Check("graph main\n%0 = input direct f32 [N] \"at\"\n%1 = input direct f32 [N, 18] \"g\"\n%2 = comp [u:12, n:N] : eq(%0[n], u)\n"
            "%3 = comp [u:12, n:N, d:18] : select(%2[u, n], %1[n, d], " + identity + ")\n%4 = comp [u:12, d:18] " + name + " [n:N] : %3[u, n, d]\n"
            "%5 = comp [u:12, n:N] : select(%2[u, n], %1[n, 0], " + identity + ")\n%6 = comp [u:12] " + name + " [n:N] : %5[u, n]\n"
            "%7 = comp [u:12, d:18] : max(-9, %4[u, d])\n%8 = comp [u:12, d:18] : min(9, %7[u, d])\n%9 = comp [u:12] : max(-9, %6[u])\n%10 = comp [u:12] : min(9, %9[u])\n"
            "output \"rows\" %8\noutput \"elements\" %10\n", context);
    }
  }
}

TEST(FoundTurns, FollowOneAnother) {
  Context context;
  context.extents["E"] = 23;
  context.inputs["from"] = Numbers({23}, [](int64_t i) { return static_cast<double>(i * 5 % 17); });
  context.inputs["to"] = Numbers({23}, [](int64_t i) { return static_cast<double>(i * 3 % 17); });
  context.inputs["p"] = Numbers({17}, [](int64_t i) { return static_cast<double>((i + 4) % 17); });
  context.inputs["x"] = Numbers({17, 5}, [](int64_t i) { return std::sin(static_cast<double>(i)); });
  Check(R"(graph main
%0 = input direct f32 [E] "from"
%1 = input direct f32 [E] "to"
%2 = input weight f32 [17] "p"
%3 = input weight f32 [17, 5] "x"
%4 = comp [e:E, w:17] : eq(w, %0[e])
%5 = comp [u:17, w:17] : eq(%2[w], u)
%6 = comp [e:E, w:17, u:17] : and(%4[e, w], %5[u, w])
%7 = comp [e:E, w:17, u:17, d:5] : select(%6[e, w, u], %3[u, d], 0)
%8 = comp [e:E, d:5] sum [w:17, u:17] : %7[e, w, u, d]
%9 = comp [v:17, e:E] : eq(v, %1[e])
%10 = comp [v:17, e:E, d:5] : select(%9[v, e], %8[e, d], 0)
%11 = comp [v:17, d:5] sum [e:E] : %10[v, e, d]
output "y" %8
output "sums" %11
)", context);
}

TEST(FoundTurns, UpdateEachElementOnce) {
  for (int64_t n : {1, 16, 40, 3000}) {
    Context context;
    context.extents["N"] = n;
    context.inputs["at"] = Numbers({n}, [](int64_t i) { return Place(i % 5 == 0 ? i : 40, 20); });
    context.inputs["g"] = Numbers({n, 3}, [](int64_t i) { return 0.01 * static_cast<double>(i % 13) - 0.05; });
    context.inputs["T"] = Numbers({20, 3}, [](int64_t i) { return 1 + 0.125 * static_cast<double>(i); });
    context.inputs["b"] = Numbers({20}, [](int64_t i) { return 2 - 0.125 * static_cast<double>(i); });
    Check(R"(graph main
%0 = input direct f32 [N] "at"
%1 = input direct f32 [N, 3] "g"
%2 = input weight f32 [20, 3] "T"
%3 = input weight f32 [20] "b"
%4 = comp [u:20, n:N] : eq(u, %0[n])
%5 = comp [u:20, n:N, d:3] : select(%4[u, n], %1[n, d], 0)
%6 = comp [u:20, d:3] sum [n:N] : %5[u, n, d]
%7 = comp [u:20, d:3] : mul(0.5, %6[u, d])
%8 = comp [u:20, d:3] : sub(%2[u, d], %7[u, d])
%9 = comp [u:20, n:N] : select(%4[u, n], %1[n, 0], 0)
%10 = comp [u:20] sum [n:N] : %9[u, n]
%11 = comp [u:20] : add(%3[u], %10[u])
output "T" %8 updates %2
output "b" %11 updates %3
)", context);
  }
}

// The same where what is found stands outside of further folded loops, by one number or by two.
TEST(FoundTurns, UpdateOnceWhateverIsFolded) {
  for (int64_t inner : {1, 5, 17, 40})
    for (const char* epilogue : {"sub(%2[u], %8[u])", "add(%8[u], %2[u])"}) {
      const std::string k = std::to_string(inner), last = epilogue;
      Context context;
      context.extents["N"] = 21;
      context.inputs["at"] = Numbers({21}, [](int64_t i) { return Place(i, 20); });
      context.inputs["x"] = Numbers({21, inner}, [](int64_t i) { return 0.01 * static_cast<double>(i % 13) - 0.05; });
      context.inputs["T"] = Numbers({20}, [](int64_t i) { return 1 + 0.125 * static_cast<double>(i); });
      context.inputs["M"] = Numbers({20, 12}, [](int64_t i) { return 0.25 * static_cast<double>(i % 7); });
      Check("graph main\n%0 = input direct f32 [N] \"at\"\n%1 = input direct f32 [N, " + k + "] \"x\"\n%2 = input weight f32 [20] \"T\"\n%3 = input weight f32 [20, 12] \"M\"\n"
            "%4 = comp [u:20, n:N] : eq(u, %0[n])\n"
            "%5 = comp [u:20, n:N, k:" + k + "] : select(%4[u, n], %1[n, k], 0)\n%6 = comp [u:20] sum [n:N, k:" + k + "] : %5[u, n, k]\n"
            "%7 = comp [u:20] : mul(0.5, %6[u])\n%8 = comp [u:20] : mul(%2[u], %7[u])\n%9 = comp [u:20] : " + last + "\n"
            "%10 = comp [v:12, n:N] : mod(%0[n], 12)\n%11 = comp [v:12, n:N] : eq(%10[v, n], v)\n%12 = comp [u:20, v:12, n:N] : and(%4[u, n], %11[v, n])\n"
            "%13 = comp [u:20, v:12, n:N, k:" + k + "] : select(%12[u, v, n], %1[n, k], 0)\n%14 = comp [u:20, v:12] sum [n:N, k:" + k + "] : %13[u, v, n, k]\n"
            "%15 = comp [u:20, v:12] : sub(%3[u, v], %14[u, v])\n"
            "output \"T\" %9 updates %2\noutput \"M\" %15 updates %3\n", context);
    }
}

// A histogram of millions, and sums of as many weights: to single precision, whatever the capacity, with the same bits at every level.
TEST(FoundTurns, AddMillionsWithoutLoss) {
  constexpr int64_t kEvents = 3'000'017;
  Context context;
  context.extents["N"] = kEvents;
  context.inputs["at"] = Numbers({kEvents}, [](int64_t i) { return static_cast<double>(i % 3 == 0 ? 7 : i % 11); });
  context.inputs["g"] = Numbers({kEvents}, [](int64_t i) { return 0.1F + 0.001F * static_cast<float>(i % 7); });
  const ir::Graph graph = test::ReadGraph(R"(graph main
%0 = input direct f32 [N] "at"
%1 = input direct f32 [N] "g"
%2 = comp [u:11, n:N] : eq(u, %0[n])
%3 = comp [u:11] sum [n:N] : %2[u, n]
%4 = comp [u:11, n:N] : select(%2[u, n], %1[n], 0)
%5 = comp [u:11] sum [n:N] : %4[u, n]
output "counts" %3
output "sums" %5
)");
  std::vector<double> counts(11), sums(11);
  for (int64_t i = 0; i < kEvents; ++i) {
    const auto at = static_cast<size_t>(context.inputs["at"].values[static_cast<size_t>(i)]);
    ++counts[at];
    sums[at] += static_cast<double>(static_cast<float>(context.inputs["g"].values[static_cast<size_t>(i)]));
  }
  std::vector<Tensor> first;
  for (Level level : HostLevels()) {
    const std::vector<Tensor> found = test::RunCompiled(graph, context, {level, true}, level == Level::Avx2 ? 1000 : 0);
    for (size_t u = 0; u < 11; ++u) {
      EXPECT_EQ(found[0].values[u], counts[u]);
      EXPECT_NEAR(found[1].values[u] / sums[u], 1, 1.2e-7);
    }
    if (first.empty()) first = found;
    EXPECT_EQ(first[1].values, found[1].values) << Name(level);
  }
}

}  // namespace
}  // namespace nnc::codegen
