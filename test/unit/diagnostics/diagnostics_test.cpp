#include "compiler/diagnostics/diagnostics.h"

#include <gtest/gtest.h>

#include <set>

#include "compiler/diagnostics/explain.h"

namespace nnc {
namespace {

TEST(Kinds, HaveUniqueWellFormedCodes) {
  std::set<std::string_view> codes, names;
  for (const DiagnosticRow& row : AllDiagnosticRows()) {
    EXPECT_EQ(row.code.size(), 5u) << row.code;
    EXPECT_EQ(row.code[0], row.severity == Severity::Warning ? 'W' : 'E') << row.code;
    EXPECT_TRUE(codes.insert(row.code).second) << row.code << " is used twice";
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " is used twice";
    EXPECT_FALSE(row.title.empty()) << row.code;
    EXPECT_NE(row.title.back(), '.') << row.code;
  }
  EXPECT_EQ(Row(DiagnosticKind::ShapeMismatch).code, "E0203");
}

TEST(Explain, KnowsEveryKind) {
  for (const DiagnosticRow& row : AllDiagnosticRows()) {
    std::string text = ExplainText(row.code);
    EXPECT_EQ(text.rfind("# " + std::string(row.code) + ": ", 0), 0u) << row.code << " has no text that starts with its title";
    EXPECT_NE(text.find("```"), std::string::npos) << row.code << " has no example";
  }
}

TEST(Explain, AcceptsSmallLettersAndRefusesUnknownCodes) {
  EXPECT_EQ(ExplainText("e0203"), ExplainText("E0203"));
  EXPECT_EQ(ExplainText("E9999"), "");
  EXPECT_EQ(ExplainText(""), "");
}

TEST(Diagnostics, KeepsEqualReportsOnce) {
  Diagnostics diagnostics;
  diagnostics.Report(DiagnosticKind::UnknownName, {1, 0, 1}, "no `a`").AddNote("first");
  diagnostics.Report(DiagnosticKind::UnknownName, {1, 0, 1}, "no `a`").AddNote("again");
  diagnostics.Report(DiagnosticKind::UnknownName, {1, 4, 5}, "no `a`");
  ASSERT_EQ(diagnostics.All().size(), 2u);
  EXPECT_EQ(diagnostics.ErrorCount(), 2u);
  EXPECT_TRUE(diagnostics.HasErrors());
  ASSERT_EQ(diagnostics.All()[0].notes.size(), 1u);
  EXPECT_EQ(diagnostics.All()[0].notes[0].text, "first");
}

TEST(Diagnostics, WarningsAreNoErrors) {
  const auto& rows = AllDiagnosticRows();
  Diagnostics diagnostics;
  size_t errors = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    diagnostics.Report(static_cast<DiagnosticKind>(i), {}, "said");
    errors += rows[i].severity == Severity::Error;
    EXPECT_EQ(diagnostics.ErrorCount(), errors) << rows[i].code;
  }
  EXPECT_EQ(diagnostics.All().size(), rows.size());
}

TEST(ClosestName, TheNearestWinsAndFarOnesDoNotCount) {
  EXPECT_EQ(ClosestName("abcdef", {"abcxxx", "abcdxx", "abcdeg"}), "abcdeg");
  EXPECT_EQ(ClosestName("abcdef", {"abcdxx"}), "abcdxx") << "two edits of six";
  EXPECT_EQ(ClosestName("abcdef", {"abcxxx"}), "") << "three edits of six";
  EXPECT_EQ(ClosestName("abcdefghi", {"abcdefxxx"}), "abcdefxxx") << "three edits of nine";
  EXPECT_EQ(ClosestName("ab", {"ax"}), "") << "one letter of two";
  EXPECT_EQ(ClosestName("ab", {"ax", "AB"}), "AB");
  EXPECT_EQ(ClosestName("ab", {"xy"}), "");
  EXPECT_EQ(ClosestName("abc", {"abd", "abe"}), "abd") << "the first of equals";
}

TEST(ClosestName, FindsMisspellings) {
  const std::vector<std::string> names = {"optimizer", "epochs", "batch", "loss", "relu", "sigmoid"};
  EXPECT_EQ(ClosestName("optimiser", names), "optimizer");
  EXPECT_EQ(ClosestName("epoch", names), "epochs");
  EXPECT_EQ(ClosestName("bacth", names), "batch") << "two neighbours exchanged are one edit";
  EXPECT_EQ(ClosestName("ReLU", names), "relu");
  EXPECT_EQ(ClosestName("sigmiod", names), "sigmoid");
}

TEST(ClosestName, ProposesNothingFarFetched) {
  EXPECT_EQ(ClosestName("x", {"y", "z"}), "");
  EXPECT_EQ(ClosestName("X", {"y", "x"}), "x");
  EXPECT_EQ(ClosestName("weights", {"loss", "relu"}), "");
  EXPECT_EQ(ClosestName("loss", {"loss"}), "") << "the name itself is no cure";
  EXPECT_EQ(ClosestName("", {"a"}), "");
}

}  // namespace
}  // namespace nnc
