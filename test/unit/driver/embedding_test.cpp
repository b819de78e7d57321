#include "compiler/driver/embedding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "compiler/driver/field_names.h"

namespace nnc::driver {
namespace {

std::vector<FieldText> Columns(const std::vector<std::string>& names) {
  std::vector<FieldText> texts;
  for (const std::string& name : names) texts.push_back({name, name});
  return texts;
}

TEST(FieldNames, AreIdentifiersOfAnyText) {
  EXPECT_EQ(Identifier("pid"), "pid");
  EXPECT_EQ(Identifier("E/p [GeV]"), "E_p__GeV_");
  EXPECT_EQ(Identifier("3d"), "_3d");
  EXPECT_EQ(Identifier(""), "_");
  EXPECT_EQ(FieldNames(Columns({"E/p", "class", "int", "tof"}), {}), (std::vector<std::string>{"E_p", "class_", "int_", "tof"}));
}

TEST(FieldNames, AreDistinctWhereThreeCollide) {
  std::vector<std::string> names = FieldNames(Columns({"a.b", "a b", "a_b", "a-b"}), {});
  EXPECT_EQ(names[2], "a_b");
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 4u);
  for (const std::string& name : names) EXPECT_EQ(name.rfind("a_b", 0), 0u);
}

// A name that is made can be another column's own.
TEST(FieldNames, AreDistinctFromColumnsThatLookMade) {
  std::string made = FieldNames(Columns({"a.b", "a_b"}), {})[0];
  std::vector<std::string> names = FieldNames(Columns({"a.b", "a_b", made, "class", "class_"}), {});
  EXPECT_EQ(names[1], "a_b");
  EXPECT_EQ(names[2], made);
  EXPECT_EQ(names[4], "class_");
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 5u);
  // Nor does a third column take it that would be called like the other.
  std::string like = made;
  like[1] = ' ';
  names = FieldNames(Columns({"a.b", "a_b", made, like}), {});
  EXPECT_EQ(names[2], made);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 4u);
}

TEST(FieldNames, DependOnTheFileAlone) {
  std::vector<std::string> file = {"a.b", "a b", "a_b", "c d"};
  std::vector<std::string> all = FieldNames(Columns(file), file);
  std::vector<std::string> reversed = FieldNames(Columns({"c d", "a_b", "a b", "a.b"}), file);
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(all, reversed);
  for (size_t i = 0; i < file.size(); ++i) EXPECT_EQ(FieldNames(Columns({file[i]}), file).front(), all[i]);
  EXPECT_EQ(all[3], "c_d");
}

// A label's number or a comparison beside a column that is called as they would be.
TEST(FieldNames, TellMadeColumnsFromTheFiles) {
  std::vector<std::string> names = FieldNames({{"plane_class", "plane_class"}, {"plane_class", "encode(plane)"}}, {});
  EXPECT_EQ(names[0], "plane_class");
  EXPECT_NE(names[1], "plane_class");
}

TEST(Embedding, NamesTheStructuresMembers) {
  Embedding embedding{"m", "origin", {{"a", {}, "", true}, {"image", {28, 28}, ""}}, {{"y", {3}, "classes p, q, r"}}, 7, "refused", 0x0123456789abcdefu};
  std::string header = HeaderText(embedding);
  for (const char* line : {"const double* a;     /* n doubles */", "const float* image; /* n x 28 x 28 floats, row-major */", "float* y; /* n x 3 floats, row-major: classes p, q, r */",
                           "float values[7];", "#define m_predict m_predict_0123456789abcdef\n",
                           "int m_predict(const m_weights* weights, const m_input* in, const m_output* out, int64_t n,"})
    EXPECT_NE(header.find(line), std::string::npos) << line << "\n" << header;
}

TEST(Embedding, CommentsCannotBeEndedByADescription) {
  Embedding embedding{"m", "origin", {{"a", {}, "column `*/ int x; /*`"}}, {{"y", {}, ""}}, 1, "refused", 0};
  std::string header = HeaderText(embedding);
  EXPECT_EQ(header.find("*/ int x"), std::string::npos);
}

}  // namespace
}  // namespace nnc::driver
