#include "compiler/diagnostics/render.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

class RenderTest : public testing::Test {
 protected:
  // The place of the first occurrence of `text` in a file.
  Span Find(uint32_t file, std::string_view text) const {
    size_t at = sources_.File(file).text.find(text);
    EXPECT_NE(at, std::string::npos);
    return {file, static_cast<uint32_t>(at), static_cast<uint32_t>(at + text.size())};
  }
  std::string Text(RenderStyle style = {}) const { return RenderAll(diagnostics_, sources_, style); }

  SourceManager sources_;
  Diagnostics diagnostics_;
};

TEST_F(RenderTest, DrawsEachLabelOnARowOfItsOwn) {
  uint32_t file = sources_.Add("net.nn", "\n\n\n\n\n\n\n    y = a + b\n");
  diagnostics_
      .Report(DiagnosticKind::ShapeMismatch, Find(file, "a + b"),
              "cannot add f32[N, 32] and f32[N, 64]: axis 1 is 32 on the left and 64 on the right")
      .AddLabel(Find(file, "b"), "f32[N, 64], from dense{64} at net.nn:7:14")
      .AddLabel(Find(file, "a"), "f32[N, 32], from dense{32} at net.nn:6:14")
      .AddNote(Find(file, "y"), "in model Wide, applied")
      .Help("make both layers equally wide");
  EXPECT_EQ(Text(),
            "net.nn:8:9: error[E0203]: cannot add f32[N, 32] and f32[N, 64]: axis 1 is 32 on the left and 64 on the right\n"
            "   8 |     y = a + b\n"
            "     |         ^ f32[N, 32], from dense{32} at net.nn:6:14\n"
            "     |             ^ f32[N, 64], from dense{64} at net.nn:7:14\n"
            "  note: in model Wide, applied at net.nn:8:5\n"
            "  help: make both layers equally wide\n");
}

TEST_F(RenderTest, UnderlinesThePlaceWithoutLabels) {
  uint32_t file = sources_.Add("a.nn", "x = foo(y)");
  diagnostics_.Report(DiagnosticKind::UnknownName, Find(file, "foo"), "no `foo`");
  EXPECT_EQ(Text(), "a.nn:1:5: error[E0301]: no `foo`\n   1 | x = foo(y)\n     |     ^~~\n");
}

TEST_F(RenderTest, ShowsOtherLinesInTheirOrderAndOtherFilesBelowTheirPath) {
  uint32_t file = sources_.Add("a.nn", "first\nsecond\n");
  uint32_t other = sources_.Add("b.nn", "third\n");
  diagnostics_.Report(DiagnosticKind::Redefinition, Find(file, "second"), "twice")
      .AddLabel(Find(other, "third"), "here")
      .AddLabel(Find(file, "first"), "there");
  EXPECT_EQ(Text(),
            "a.nn:2:1: error[E0302]: twice\n"
            "   1 | first\n"
            "     | ^~~~~ there\n"
            "   2 | second\n"
            "     | ^~~~~~\n"
            "     --> b.nn\n"
            "   1 | third\n"
            "     | ^~~~~ here\n");
}

TEST_F(RenderTest, AlignsBehindTabsAndLettersOfSeveralBytes) {
  uint32_t file = sources_.Add("a.nn", "\té = x");
  diagnostics_.Report(DiagnosticKind::UnknownName, Find(file, "x"), "no `x`");
  EXPECT_EQ(Text(), "a.nn:1:7: error[E0301]: no `x`\n   1 | \té = x\n     | \t    ^\n");
}

TEST_F(RenderTest, PointsBehindTheEndOfTheLine) {
  uint32_t file = sources_.Add("a.nn", "x =\ny");
  diagnostics_.Report(DiagnosticKind::SyntaxError, {file, 3, 3}, "more");
  EXPECT_EQ(Text(), "a.nn:1:4: error[E0101]: more\n   1 | x =\n     |    ^\n");
}

TEST_F(RenderTest, CutsLongLinesAroundThePlace) {
  uint32_t file = sources_.Add("a.nn", std::string(100'000, 'a') + "X" + std::string(100'000, 'b'));
  diagnostics_.Report(DiagnosticKind::UnknownName, Find(file, "X"), "no `X`");
  std::string text = Text();
  EXPECT_LT(text.size(), 600u);
  size_t line = text.find("   1 | ");
  size_t letter = text.find('X', line);
  size_t row = text.find('\n', letter) + 1;
  EXPECT_EQ(text.find('^', row) - row, letter - line);
}

TEST_F(RenderTest, OfALongLineLabelsOutOfSightAreLeftOut) {
  uint32_t file = sources_.Add("a.nn", "X" + std::string(100'000, 'a') + "Y\nshort Z\n");
  diagnostics_.Report(DiagnosticKind::UnknownName, Find(file, "X"), "no `X`").AddLabel(Find(file, "X"), "begin").AddLabel(Find(file, "Y"), "far");
  const std::string text = Text();
  EXPECT_NE(text.find("     | ^ begin\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("far"), std::string::npos) << text;
  EXPECT_NE(text.find("a...\n"), std::string::npos) << "what is cut is marked";
}

TEST_F(RenderTest, LongLinesAreCutAtTheEndToo) {
  uint32_t file = sources_.Add("a.nn", std::string(300, 'a') + "X" + std::string(20, 'b'));
  diagnostics_.Report(DiagnosticKind::UnknownName, Find(file, "X"), "no `X`");
  const std::string text = Text();
  EXPECT_NE(text.find("   1 | ..."), std::string::npos) << text;
  EXPECT_NE(text.find("X" + std::string(20, 'b') + "\n"), std::string::npos) << text;
}

TEST_F(RenderTest, SeveralLinesOfAnotherFileStandBelowOnePath) {
  uint32_t file = sources_.Add("a.nn", "first\n");
  uint32_t other = sources_.Add("b.nn", "third\nfourth\n");
  uint32_t last = sources_.Add("c.nn", "fifth\n");
  diagnostics_.Report(DiagnosticKind::Redefinition, Find(file, "first"), "often")
      .AddLabel(Find(last, "fifth"), "c")
      .AddLabel(Find(other, "fourth"), "b")
      .AddLabel(Find(other, "third"), "a");
  EXPECT_EQ(Text(),
            "a.nn:1:1: error[E0302]: often\n"
            "   1 | first\n"
            "     | ^~~~~\n"
            "     --> b.nn\n"
            "   1 | third\n"
            "     | ^~~~~ a\n"
            "   2 | fourth\n"
            "     | ^~~~~~ b\n"
            "     --> c.nn\n"
            "   1 | fifth\n"
            "     | ^~~~~ c\n");
}

TEST_F(RenderTest, HidesControlCharacters) {
  uint32_t file = sources_.Add("a.nn", "x\033[2J y");
  diagnostics_.Report(DiagnosticKind::UnknownName, Find(file, "y"), "no `y`");
  EXPECT_EQ(Text().find('\033'), std::string::npos);
}

TEST_F(RenderTest, NeedsNoPlace) {
  diagnostics_.Report(DiagnosticKind::UsageError, {}, "unknown command `foo`");
  EXPECT_EQ(Text(), "error[E0704]: unknown command `foo`\n");
}

TEST_F(RenderTest, ColoursOnRequest) {
  diagnostics_.Report(DiagnosticKind::UsageError, {}, "unknown command `foo`");
  EXPECT_NE(Text({.color = true}).find("\033[1;31m"), std::string::npos);
}

}  // namespace
}  // namespace nnc
