#include <gtest/gtest.h>

#include "test/unit/syntax/parsed.h"

namespace nnc {
namespace {

TEST(Layout, LineEndsCountOnlyWhereAStatementIsComplete) {
  for (const char* text : {"a +\n    b", "a\n    + b", "(a\n    + b)", "(a +\n    b\n)", "a + # why\n\n    b", "a\r\n    + b"})
    EXPECT_EQ(ValueOf(text), "a + b") << text;
  EXPECT_EQ(ValueOf("if a\n    then b\n    else c"), "if a then b else c");
  EXPECT_EQ(ValueOf("if a then\n    b\nelse\n    c"), "if a then b else c");
  EXPECT_EQ(ValueOf("x\n    |> f\n    |> g"), "x |> f |> g");
  EXPECT_EQ(ValueOf("x |>\n    f"), "x |> f");
  EXPECT_EQ(ValueOf("a\n    and not\n    b"), "a and (not b)");
  EXPECT_EQ(ValueOf("f(\n    a,\n    b\n)"), "f(a, b)");
}

TEST(Layout, ASemicolonEndsAStatement) {
  EXPECT_EQ(ParsedBody("b = 1; c = 2;; d = 3;\n b + c + d").Tree(),
            "fn f()\n  define b = 1\n  define c = 2\n  define d = 3\n  value (b + c) + d\n");
  EXPECT_EQ(ParsedBody("b = 1 +; 2").Codes(), "E0101");
  EXPECT_EQ(ParsedBody("f(a; b)").Codes(), "E0101");
}

TEST(Layout, ABraceThatTouchesAWordConfigures) {
  EXPECT_EQ(ValueOf("dense{3}(x)"), "dense{3}(x)");
  EXPECT_EQ(Parsed("option a: dim = 1 in {1, 2}\n").Tree(), "option a: dim = 1 in {1, 2}\n");
  EXPECT_EQ(Parsed("data d = csv{\"f\"}{ x = y }\n").Tree(), "data d = csv{\"f\"}\n  define x = y\n");
  EXPECT_EQ(Parsed("fn f(x) -> f32[N]{ x }\n").Tree(), "fn f(x) -> f32[N]\n  value x\n");
}

TEST(Layout, ABlockMayOpenOnTheNextLineAndBeEmpty) {
  EXPECT_EQ(Parsed("fn f(x)\n{\n    x\n}\n").Tree(), "fn f(x)\n  value x\n");
  EXPECT_EQ(Parsed("fn f(x) {}\nfn g(x) {\n}\n").Tree(), "fn f(x)\nfn g(x)\n");
}

TEST(Layout, AFileNeedsNoLineEndAtItsEnd) {
  EXPECT_EQ(Parsed("option a: dim = 3").Tree(), "option a: dim = 3\n");
  EXPECT_EQ(Parsed("\xEF\xBB\xBFoption a: dim = 3").Tree(), "option a: dim = 3\n");
  EXPECT_EQ(Parsed("").Errors(), "");
  EXPECT_EQ(Parsed("# nothing").Errors(), "");
}

TEST(Layout, WordsAreReservedOnlyWhereTheyMeanSomething) {
  EXPECT_EQ(ParsedBody("state = data; batch = state * log(state)\n weight + batch").Tree(),
            "fn f()\n  define state = data\n  define batch = state * log(state)\n  value weight + batch\n");
  EXPECT_EQ(ParsedBody("state m = 0\n fit = m").Tree(), "fn f()\n  state m = 0\n  define fit = m\n");
  EXPECT_EQ(Parsed("train on on data, train { split = stop }").Tree(), "train on on data, train\n  define split = stop\n");
  EXPECT_EQ(Parsed("data sample = sample sample { x = 1 }").Tree(), "data sample = sample sample\n  define x = 1\n");
  EXPECT_EQ(Parsed("option log: f32 = 1 in 0.1..log log").Tree(), "option log: f32 = 1 in 0.1..log log\n");
  EXPECT_EQ(ParsedBody("split train 0.5, seed 0.5 seed seed").Tree(), "fn f()\n  split train 0.5, seed 0.5 seed seed\n");
}

TEST(Layout, CommentsWithTwoSignsDocumentTheDeclarationBelow) {
  Parsed parsed("## lost\n\n## one\n##two\nfn f() { 1 }\n# plain\nfn g() { 1 }\n  ## inside is nobody's\n");
  ASSERT_EQ(parsed.program.decls.size(), 2u);
  EXPECT_EQ(parsed.program.decls[0].doc, "one\ntwo");
  EXPECT_EQ(parsed.program.decls[1].doc, "");
}

TEST(Layout, ALostBracketIsFoundAtTheNextStatement) {
  Parsed parsed("fn f(a) {\n    x = g(a\n    y = (a]\n    z = a\n}\nfn h(b) {\n    b\n");
  EXPECT_EQ(parsed.Codes(), "E0102 E0102 E0109 E0102");
  EXPECT_EQ(parsed.Tree(), "fn f(a)\n  define x = g(a)\n  define y = a\n  define z = a\nfn h(b)\n  value b\n");
}

TEST(Layout, ABracketClosedByAnotherIsReportedAtItsOpening) {
  Parsed parsed = ParsedBody("y = f(a[i)\ny");
  EXPECT_EQ(parsed.Codes(), "E0102");
  EXPECT_NE(parsed.Errors().find("test.nn:2:8: error[E0102]: `[` is not closed"), std::string::npos) << parsed.Errors();
}

TEST(Layout, ADeclarationAtTheMarginClosesWhatIsOpen) {
  Parsed parsed("fn f(a) {\n    scan t in 0..3 {\n        x = a\nmodel M(x: f32[N]) -> f32[N] { x }\n");
  EXPECT_EQ(parsed.Codes(), "E0102 E0102");
  ASSERT_EQ(parsed.program.decls.size(), 2u);
  EXPECT_EQ(parsed.program.decls[1].name, "M");
}

}  // namespace
}  // namespace nnc
