// Indices that a condition gives: which loops are walked, which turns are found; all values against the reference evaluator, and no turn that
// is not found matters (the interpreter walks them all).
#include <algorithm>
#include <gtest/gtest.h>

#include "compiler/schedule/find_turns.h"
#include "test/unit/schedule/planned.h"

namespace nnc::schedule {
namespace {

using test::Planned;

int Found(const Kernel& kernel) {
  return static_cast<int>(std::count_if(kernel.found.begin(), kernel.found.end(), [](int step) { return step >= 0; }));
}
int Found(const Plan& plan) {
  int count = 0;
  for (const Kernel& kernel : plan.kernels) count += Found(kernel);
  return count;
}
int Scatters(const Plan& plan) {
  return static_cast<int>(std::count_if(plan.kernels.begin(), plan.kernels.end(), [](const Kernel& kernel) { return kernel.IsScatter(); }));
}

// Rows of a table that numbers from 0 to 9 name.
std::string Lookup(const std::string& size, const std::string& rest) {
  return "graph main\n%0 = input direct f32 [N] \"x\"\n%1 = input weight f32 [" + size + ", 3] \"T\"\n" +
         "%2 = comp [n:N] : mul(5, %0[n])\n%3 = comp [n:N] : add(4.5, %2[n])\n%4 = comp [n:N] : floor(%3[n])\n"
         "%5 = comp [u:" + size + ", n:N] : eq(u, %4[n])\n" + rest;
}

TEST(FoundTurns, OfALookupAndItsAdjoint) {
  const Plan plan = Planned(Lookup("50", R"(%6 = comp [u:50, n:N, d:3] : select(%5[u, n], %1[u, d], 0)
%7 = comp [n:N, d:3] sum [u:50] : %6[u, n, d]
%8 = comp [u:50, n:N, d:3] : select(%5[u, n], %7[n, d], 0)
%9 = comp [u:50, d:3] sum [n:N] : %8[u, n, d]
output "y" %7
output "dT" %9
)"), {{"N", 20}});
  EXPECT_EQ(Found(plan), 2) << Print(plan);
  EXPECT_EQ(Scatters(plan), 1) << Print(plan);
  for (const Buffer& buffer : plan.buffers) EXPECT_LE(buffer.shape.size(), 2u) << "something of the size of all pairs is stored\n" << Print(plan);
}

TEST(FoundTurns, OfAProductWithAOneHotMatrix) {
  for (const char* size : {"8", "9"}) {
    const std::string text = Lookup(size, "%6 = comp [n:N, d:3] sum [u:" + std::string(size) + "] : mul(%5[u, n], %1[u, d])\n"
                                          "%7 = comp [u:" + size + ", d:3] sum [n:N] : mul(%5[u, n], %6[n, d])\noutput \"y\" %6\noutput \"dT\" %7\n");
    const Plan plan = Planned(text, {{"N", 20}});
    EXPECT_EQ(Found(plan), size == std::string("9") ? 2 : 0) << "few turns are walked\n" << Print(plan);
  }
}

TEST(FoundTurns, OfBothEndsOfEdges) {
  const Plan plan = Planned(R"(graph main
%0 = input direct i32 [E] "from"
%1 = input direct i32 [E] "to"
%2 = input weight f32 [12, 3] "x"
%3 = comp [v:12, e:E] : eq(%1[e], v)
%4 = comp [e:E, u:12] : eq(u, %0[e])
%5 = comp [e:E, u:12, d:3] : select(%4[e, u], %2[u, d], 0)
%6 = comp [e:E, d:3] sum [u:12] : %5[e, u, d]
%7 = comp [v:12, e:E, d:3] : select(%3[v, e], %6[e, d], 0)
%8 = comp [v:12, d:3] sum [e:E] : %7[v, e, d]
%9 = comp [v:12, e:E, u:12] : and(%3[v, e], %4[e, u])
%10 = comp [v:12, u:12] sum [e:E] : %9[v, e, u]
output "sums" %8
output "edges" %10
)", {{"E", 9}});
  EXPECT_EQ(Found(plan), 4) << Print(plan);
  EXPECT_EQ(Scatters(plan), 2) << Print(plan);
}

TEST(FoundTurns, OfAnIndexBesideOthers) {
  const Plan plan = Planned(R"(graph main
%0 = input direct i32 [N] "shift"
%1 = input weight f32 [10] "x"
%2 = comp [n:N, i:10] : add(i, %0[n])
%3 = comp [n:N, i:10, u:10] : eq(%2[n, i], u)
%4 = comp [n:N, i:10, u:10] : select(%3[n, i, u], %1[u], 0)
%5 = comp [n:N, i:10] sum [u:10] : %4[n, i, u]
%6 = comp [i:10, u:10] : sub(9, u)
%7 = comp [i:10, u:10] : max(%6[i, u], i)
%8 = comp [i:10, u:10] : eq(%7[i, u], u)
%9 = comp [i:10, u:10] : select(%8[i, u], %1[u], 0)
%10 = comp [i:10] sum [u:10] : %9[i, u]
output "shifted" %5
output "by itself" %10
)", {{"N", 5}});
  EXPECT_EQ(Found(plan), 1) << "no turn is found by what depends on it\n" << Print(plan);
}

TEST(FoundTurns, OfNothingThatIsNotTheIdentityElsewhere) {
  for (const char* choice : {"select(%5[u, n], %1[u, 0], 1)", "select(%5[u, n], 0, %1[u, 0])", "add(%5[u, n], %1[u, 0])", "or(%5[u, n], %1[u, 0])", "not(%5[u, n])"}) {
    const Plan plan = Planned(Lookup("20", "%6 = comp [u:20, n:N] : " + std::string(choice) + "\n%7 = comp [n:N] sum [u:20] : %6[u, n]\noutput \"y\" %7\n"), {{"N", 6}});
    EXPECT_EQ(Found(plan), 0) << Print(plan);
  }
  const std::string largest = "%6 = comp [u:20, n:N] : select(%5[u, n], %1[u, 0], 0)\n%7 = comp [n:N] max [u:20] : %6[u, n]\noutput \"y\" %7\n";
  EXPECT_EQ(Found(Planned(Lookup("20", largest), {{"N", 6}})), 0) << "0 is not what the largest of nothing is";
}

TEST(FoundTurns, OfTheLargestElementsOfSegments) {
  const Plan plan = Planned(Lookup("20", R"(%6 = comp [n:N, u:20] : eq(u, %4[n])
%7 = comp [n:N, u:20] : select(%6[n, u], %0[n], -inf)
%8 = comp [u:20] max [n:N] : %7[n, u]
%9 = comp [u:20] argmax [n:N] : %7[n, u]
%10 = comp [u:20] : max(-5, %8[u])
output "largest" %10
output "place" %9
)"), {{"N", 17}});
  EXPECT_EQ(Scatters(plan), 2) << Print(plan);
  for (const Buffer& buffer : plan.buffers) EXPECT_LE(buffer.shape.size(), 1u + (buffer.place != Buffer::Place::Arena)) << "all pairs are stored\n" << Print(plan);
}

// An update of what is found alone: the optimizer's equation leaves every other weight as it is.
std::string Update(const std::string& update) {
  return Lookup("30", R"(%6 = input direct f32 [N, 3] "dy"
%7 = comp [u:30, n:N, d:3] : select(%5[u, n], %6[n, d], 0)
%8 = comp [u:30, d:3] sum [n:N] : %7[u, n, d]
%9 = comp [u:30, d:3] : mul(0.125, %8[u, d])
)" + update);
}
int Updates(const Plan& plan) { return static_cast<int>(std::count_if(plan.kernels.begin(), plan.kernels.end(), TouchesFoundAlone)); }

TEST(FoundTurns, AreAllThatAPlainUpdateTouches) {
  EXPECT_EQ(Updates(Planned(Update("%10 = comp [u:30, d:3] : sub(%1[u, d], %9[u, d])\noutput \"T\" %10 updates %1\n"), {{"N", 12}})), 1);
  EXPECT_EQ(Updates(Planned(Update("%10 = comp [u:30, d:3] : add(%9[u, d], %1[u, d])\noutput \"T\" %10 updates %1\n"), {{"N", 12}})), 1);
}

TEST(FoundTurns, AreNotAllThatOtherUpdatesTouch) {
  for (const char* update : {
           "%10 = comp [u:30, d:3] : sub(%9[u, d], %1[u, d])\noutput \"T\" %10 updates %1\n",                              // the sign of all
           "%10 = comp [u:30, d:3] : mul(0.5, %1[u, d])\n%11 = comp [u:30, d:3] : sub(%10[u, d], %9[u, d])\noutput \"T\" %11 updates %1\n",  // all decay
           "%10 = comp [u:30, d:3] : sub(%1[u, d], %9[u, d])\noutput \"T\" %10 updates %1\noutput \"g\" %8\n",              // somebody reads the sums
           "%10 = comp [u:30, d:3] : sub(%1[u, d], %9[u, d])\noutput \"new\" %10\n",                                      // a result of its own
           "%10 = comp [u:30, d:3] : sub(%1[u, d], %9[u, d])\noutput \"T\" %10 updates %1\noutput \"also\" %10\n",
           "%10 = comp [u:30, d:3] : exp(%9[u, d])\n%11 = comp [u:30, d:3] : sub(%1[u, d], %10[u, d])\noutput \"T\" %11 updates %1\n"}) {
    const Plan plan = Planned(Update(update), {{"N", 12}});
    EXPECT_EQ(Updates(plan), 0) << Print(plan);
  }
}

TEST(FoundTurns, ThatBreakARuleAreRejected) {
  const Plan good = Planned(Lookup("50", R"(%6 = comp [u:50, n:N] : select(%5[u, n], %0[n], 0)
%7 = comp [u:50] sum [n:N] : %6[u, n]
output "y" %7
)"), {{"N", 20}});
  const auto at = static_cast<size_t>(std::find_if(good.kernels.begin(), good.kernels.end(), [](const Kernel& kernel) { return kernel.IsScatter(); }) - good.kernels.begin());
  ASSERT_LT(at, good.kernels.size());
  ASSERT_EQ(Verify(good), "");
  Plan plan = good;
  plan.kernels[at].found[1] = plan.kernels[at].found[0];
  EXPECT_NE(Verify(plan), "") << "no equation gives the other loop's turn";
  plan = good;
  plan.kernels[at].found.pop_back();
  EXPECT_NE(Verify(plan), "");
  plan = good;
  plan.kernels[at].found[0] = plan.kernels[at].folded + 1;
  EXPECT_NE(Verify(plan), "");
  plan = good;
  plan.kernels[at].monoid = ir::Monoid::Max;
  EXPECT_NE(Verify(plan), "") << "0 is not its identity";
}

TEST(FoundTurns, ArePrinted) {
  const Plan plan = Planned(Update("%10 = comp [u:30, d:3] : sub(%1[u, d], %9[u, d])\noutput \"T\" %10 updates %1\n"), {{"N", 12}});
  EXPECT_NE(Print(plan).find("scatter [i:30 at %4[k], j:3] sum [k:N] and update of what is found"), std::string::npos) << Print(plan);
}

}  // namespace
}  // namespace nnc::schedule
