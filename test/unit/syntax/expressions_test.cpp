#include <gtest/gtest.h>

#include "test/unit/syntax/parsed.h"

namespace nnc {
namespace {

TEST(Expressions, BindAsInMathematics) {
  EXPECT_EQ(ValueOf("a + b * c ^ d"), "a + (b * (c^d))");
  EXPECT_EQ(ValueOf("a - b - c"), "(a - b) - c");
  EXPECT_EQ(ValueOf("a / b * c"), "(a / b) * c");
  EXPECT_EQ(ValueOf("2 ^ 3 ^ 4"), "2^(3^4)");
  EXPECT_EQ(ValueOf("-a ^ 2"), "-(a^2)");
  EXPECT_EQ(ValueOf("2 ^ -b ^ 2"), "2^(-(b^2))");
  EXPECT_EQ(ValueOf("-a * b"), "(-a) * b");
  EXPECT_EQ(ValueOf("a @ b // c % d"), "((a @ b) // c) % d");
  EXPECT_EQ(ValueOf("a + b < c * d"), "(a + b) < (c * d)");
  EXPECT_EQ(ValueOf("not a == b and c or d"), "((not (a == b)) and c) or d");
}

TEST(Expressions, PipesBindWeakestAndApplyFromTheLeft) {
  EXPECT_EQ(ValueOf("a + b |> f |> g{2}"), "(a + b) |> f |> g{2}");
  Parsed parsed = ParsedBody("x |> f{3}");
  const ast::Expr& apply = *parsed.program.decls.at(0).body->statements.at(0).value;
  EXPECT_EQ(apply.kind, ast::ExprKind::Apply);
  EXPECT_TRUE(apply.piped);
  EXPECT_EQ(apply.operands[0]->kind, ast::ExprKind::Configure);
  ASSERT_EQ(apply.arguments.size(), 1u);
  EXPECT_EQ(apply.arguments[0].value->text, "x");
}

TEST(Expressions, ElseTakesAllThatFollows) {
  EXPECT_EQ(ValueOf("if a then b else c + 1"), "if a then b else (c + 1)");
  EXPECT_EQ(ValueOf("if a then b else if c then d else e"), "if a then b else (if c then d else e)");
  EXPECT_EQ(ValueOf("1 + if a then b else c"), "1 + (if a then b else c)");
}

TEST(Expressions, SubscriptsTakeRangesConditionsAndDefaults) {
  EXPECT_EQ(ValueOf("x[..., :, 0..3, i + 1]"), "x[..., :, 0..3, i + 1]");
  EXPECT_EQ(ValueOf("x[i - 1, j else 0]"), "x[i - 1, j else 0]");
  EXPECT_EQ(ValueOf("sum[e where dst[e] == v](m[e])"), "sum[e where dst[e] == v](m[e])");
  EXPECT_EQ(ValueOf("max[p in 0..P, q](x[p, q])"), "max[p in 0..P, q](x[p, q])");
  EXPECT_EQ(ValueOf("E[c[n, t], k]"), "E[c[n, t], k]");
}

TEST(Expressions, WideTablesListTheColumnsThatAreLeftOut) {
  EXPECT_EQ(ValueOf("all except label, \"dE/dx\" |> standardize"), "all except label, \"dE/dx\" |> standardize");
  Parsed parsed = ParsedBody("all except a, \"b c\"");
  const ast::Expr& expr = *parsed.program.decls.at(0).body->statements.at(0).value;
  EXPECT_EQ(expr.kind, ast::ExprKind::Apply);
  EXPECT_EQ(expr.operands[0]->text, "all except");
  ASSERT_EQ(expr.arguments.size(), 2u);
  EXPECT_EQ(expr.arguments[0].value->kind, ast::ExprKind::Name);
  EXPECT_EQ(expr.arguments[1].value->kind, ast::ExprKind::String);
  EXPECT_EQ(expr.arguments[1].value->text, "b c");
  EXPECT_EQ(ValueOf("all[i](x[i])"), "all[i](x[i])") << "`all` alone is a name";
}

TEST(Expressions, LiteralsKeepValueAndSpelling) {
  auto literal = [](const std::string& text) { return std::move(ParsedBody(text).program.decls.at(0).body->statements.at(0).value); };
  EXPECT_EQ(literal("100_000")->integer, 100000);
  EXPECT_EQ(literal("100_000")->text, "100_000");
  EXPECT_EQ(literal("9223372036854775807")->integer, INT64_MAX);
  EXPECT_EQ(literal("1e-3")->number, 1e-3);
  EXPECT_EQ(literal("1_0.5E+2")->number, 1050);
  EXPECT_EQ(literal("true")->integer, 1);
  EXPECT_EQ(literal("\"a\\\"b\\\\c\\n\"")->text, "a\"b\\c\n");
}

TEST(Expressions, SpansCoverTheirText) {
  Parsed parsed = ParsedBody("alpha + (beta * gamma[0])");
  const ast::Expr& sum = *parsed.program.decls.at(0).body->statements.at(0).value;
  EXPECT_EQ(parsed.sources.Text(sum.span), "alpha + (beta * gamma[0])");
  EXPECT_EQ(parsed.sources.Text(sum.operator_span), "+");
  EXPECT_EQ(parsed.sources.Text(sum.operands[1]->span), "(beta * gamma[0])");
  EXPECT_EQ(parsed.sources.Text(sum.operands[1]->operands[1]->span), "gamma[0]");
}

TEST(Expressions, SpansCountBytesBehindOtherLetters) {
  Parsed parsed("# é and 𝛽\nfn f() { alpha + beta }\n");
  const ast::Expr& sum = *parsed.program.decls.at(0).body->statements.at(0).value;
  EXPECT_EQ(parsed.sources.Text(sum.span), "alpha + beta");
}

TEST(Format, UsesTheFewestParentheses) {
  auto formatted = [](const std::string& text) {
    Parsed parsed = ParsedBody(text);
    return Format(*parsed.program.decls.at(0).body->statements.at(0).value);
  };
  for (const char* text : {"a + b * c", "(a + b) * c", "a - (b - c)", "a - b - c", "-a^2", "(-a)^2", "2^-b", "a^b^c", "(a^b)^c",
                           "not (a and b) or c", "(a == b) == c", "if a then b else c + 1", "(if a then b else c) + 1",
                           "(a |> f)[0]", "a + (b |> f)", "f(x)[i].g{2, k = 3}(y)", "next c[n, j]", "[[1, 2], []]", "(a, b)",
                           "all except a, b", "a < b and b < c", "1 - -1", "(scan t in 0..3 with h = x { ... })[0]"}) {
    std::string source = text;
    if (size_t dots = source.find("..."); dots != std::string::npos && source.starts_with("(scan"))
      source.replace(dots, 3, "next h = h");
    EXPECT_EQ(formatted(source), text);
  }
}

}  // namespace
}  // namespace nnc
