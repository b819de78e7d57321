#include "compiler/driver/embedding.h"

#include <gtest/gtest.h>

namespace nnc::driver {
namespace {

TEST(Embedding, MakesIdentifiersOfAnyText) {
  EXPECT_EQ(Identifier("pid"), "pid");
  EXPECT_EQ(Identifier("E/p [GeV]"), "E_p__GeV_");
  EXPECT_EQ(Identifier("3d"), "_3d");
  EXPECT_EQ(Identifier(""), "_");
}

TEST(Embedding, KeepsParametersApartFromEachOtherAndFromKeywords) {
  Embedding embedding{"m", "origin", {{"a b", {}, ""}, {"a_b", {}, ""}, {"int", {}, ""}, {"n", {}, ""}}, {{"y", {3}, ""}}, 1};
  std::string header = HeaderText(embedding);
  EXPECT_NE(header.find("int m_predict(const void* weights, const float* a_b, const float* a_b_, const float* int_, const float* n_, "
                        "float* y, int64_t n, void* workspace);"),
            std::string::npos)
      << header;
}

TEST(Embedding, ThreeNamesThatBecomeOneIdentifierStayApart) {
  Embedding embedding{"m", "origin", {{"a b", {}, ""}, {"a-b", {}, ""}, {"a.b", {}, ""}}, {{"a_b", {}, ""}}, 1};
  const std::string header = HeaderText(embedding);
  for (const char* name : {"float* a_b,", "float* a_b_,", "float* a_b__,", "float* a_b___,"}) EXPECT_NE(header.find(name), std::string::npos) << name << "\n" << header;
}

TEST(Embedding, CommentsCannotBeEndedByADescription) {
  Embedding embedding{"m", "origin", {{"a", {}, "column `*/ int x; /*`"}}, {{"y", {}, ""}}, 1};
  std::string header = HeaderText(embedding);
  EXPECT_EQ(header.find("*/ int x"), std::string::npos);
}

}  // namespace
}  // namespace nnc::driver
