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

TEST(Expressions, SpansOfNextCoverTheWord) {
  Parsed parsed = ParsedBody("1 + next  c");
  const ast::Expr& sum = *parsed.program.decls.at(0).body->statements.at(0).value;
  EXPECT_EQ(sum.operands[1]->kind, ast::ExprKind::NextName);
  EXPECT_EQ(parsed.sources.Text(sum.operands[1]->span), "next  c");
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

TEST(Format, WritesLoopsMembersAndStringsBack) {
  auto formatted = [](const std::string& text) {
    Parsed parsed = ParsedBody(text);
    EXPECT_EQ(parsed.Errors(), "") << text;
    return Format(*parsed.program.decls.at(0).body->statements.at(0).value);
  };
  EXPECT_EQ(formatted("(repeat l in 1..n + 1 with a = x, b = y + 1 { next a = b; next b = a })"), "repeat l in 1..n + 1 with a = x, b = y + 1 { ... }");
  for (const char* text : {"source.field", "f(true, false)", "\"a\\tb\\n\\\"c\\\\\"", "x[:, ..., 0..3]", "f{a = 1, b = [2, 3]}(x)"}) EXPECT_EQ(formatted(text), text);
}

TEST(Format, WritesTypes) {
  auto type_of = [](const std::string& type) {
    Parsed parsed("layer l{p: " + type + "}(x: f32[..., I, 2*K + 1]) -> f32 { x }");
    EXPECT_EQ(parsed.Errors(), "") << type;
    return Format(*parsed.program.decls.at(0).config.at(0).type);
  };
  for (const char* type : {"dim", "[dim]", "fn", "f32", "f32[3]", "f32[..., I, 2 * K + 1]"}) EXPECT_EQ(type_of(type), type);
}

TEST(Strings, KnowFourEscapesAndRefuseOthers) {
  auto text_of = [](const std::string& literal) { return std::move(ParsedBody(literal).program.decls.at(0).body->statements.at(0).value)->text; };
  EXPECT_EQ(text_of("\"a\\nb\\tc\\\"d\\\\e\""), "a\nb\tc\"d\\e");
  EXPECT_EQ(text_of("\"\""), "");
  Parsed wrong = ParsedBody("f(\"a\\qb\")");
  EXPECT_EQ(wrong.Codes(), "E0101");
  EXPECT_NE(wrong.Errors().find("`\\q` has no meaning in a string"), std::string::npos) << wrong.Errors();
}

// RFC 3629, table of well-formed sequences, at its edges.
TEST(Encoding, TakesUtf8AndNothingElse) {
  auto codes = [](const std::string& bytes) { return Parsed("# " + bytes + "\nfn f(x) { x }\n").Codes(); };
  for (const char* good : {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(codes(good), "") << good;
  for (const char* bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x7F", "\xC2\xC0", "\xE0\x9F\xBF", "\xE1\x80", "\xE1\x80\x7F", "\xE1\x7F\x80", "\xED\xA0\x80",
                          "\xF0\x8F\xBF\xBF", "\xF1\x80\x80", "\xF1\x80\x80\x7F", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
    EXPECT_EQ(codes(bad), "E0108");
  EXPECT_EQ(Parsed(std::string("fn f(x) { x }\n\0", 15)).Codes(), "E0108") << "a zero byte";
  EXPECT_EQ(Parsed("\xEF\xBB\xBF" "fn f(x) { x }\n").Codes(), "") << "a byte order mark";
}

}  // namespace
}  // namespace nnc
