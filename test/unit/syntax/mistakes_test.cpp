#include <gtest/gtest.h>

#include "test/unit/syntax/parsed.h"

namespace nnc {
namespace {

// The messages, one a line, with their cures.
std::string Messages(const Parsed& parsed) {
  std::string text;
  for (const Diagnostic& d : parsed.diagnostics.All()) text += d.message + (d.help.empty() ? "" : "; " + d.help) + "\n";
  return text;
}

TEST(Mistakes, AreSaidInWords) {
  struct Case {
    const char *body, *message;
  };
  for (auto [body, message] : std::initializer_list<Case>{
           {"y = ", "expected an expression after `=`, found the end of the line\n"},
           {"y = a b", "expected an operator or the end of the line after `a`, found `b`\n"},
           {"f(a b)", "expected `,` or `)` after `a`, found `b`\n"},
           {"x[a b]", "expected `,` or `]` after `a`, found `b`\n"},
           {"f(, a)", "expected an argument or `)` after `(`, found `,`\n"},
           {"x[]y", "expected an operator or the end of the line after `]`, found `y`\n"},
           {"if a then b", "expected `else` after `b`, found the end of the line; a choice is written `if c then a else b`\n"},
           {"scan t in 3 { x }", "expected `..` after `3`, found `{`\n"},
           {"weight W = 3", "expected `:` after `W`, found `=`; it is written `weight W: f32[3, 4] = zeros`: the shape stands behind its name\n"},
           {"a ** b", "expected an expression after `*`, found `*`; powers are written `a^b`\n"},
           {"y = * a", "expected an expression after `=`, found `*`\n"},
           {"a * / b", "expected an expression after `*`, found `/`\n"},
           {"for = 3 then 4", "what `then` follows needs a length; say how long it lasts, as in `adam{1e-3} for 20 epochs then ...`\n"},
           {"f(a + b = 3)", "what stands before `=` in an argument must be the name of a parameter; compare with `==`\n"},
           {"a, b", "a list of expressions is no statement; several results are written in parentheses: `(a, b)`\n"},
           {"x[2 in 0..3]", "what stands before `in` must be the name of an index\n"},
           {"y = repeat l in 0..2 with h = x{\n    q = h\n    next h = q\n}\ny",
            "a `{` that touches a word configures it; to open a block, put a space between `x` and `{`\n"},
           {"\"a\\qb\"", "`\\q` has no meaning in a string; a backslash itself is written `\\\\`\n"},
           {"a, b ~ c", "`~` draws one name at a time\n"},
           {"f(x) = 2", "the left side of a definition must be a name; functions are declared outside, as in `fn f(x) { ... }`\n"},
           {"a[i], b = c", "the left side of a definition must be a name; several results are named without indices\n"},
       })
    EXPECT_EQ(Messages(ParsedBody(body)), message) << body;
}

TEST(Mistakes, OfSeveralLinesAreReportedInOneGoAndInOrder) {
  Parsed parsed("fn f(a) {\n    x = a b\n    y = (a\n    z = $\n    u = a < a < a\n    a\n}\nfnn g() { 1 }\nfn h(a) { a }\n");
  EXPECT_EQ(parsed.Codes(), "E0101 E0102 E0104 E0106 E0101");
  EXPECT_EQ(parsed.Tree(), "fn f(a)\n  define y = a\n  value a\nfn h(a)\n  value a\n") << "what is right is kept";
}

TEST(Mistakes, InABlockInsideAnExpressionStayThere) {
  Parsed parsed = ParsedBody("h = repeat l in 0..3 with h = x {\n    q = = 1\n    next h = h\n}\nh");
  EXPECT_EQ(parsed.Codes(), "E0101");
  EXPECT_EQ(parsed.Tree(), "fn f()\n  define h = repeat l in 0..3 with h = x\n    next h = h\n  value h\n");
}

TEST(Mistakes, AreCappedAtTwenty) {
  std::string body;
  for (int i = 0; i < 100; ++i) body += "x = a b\n";
  Parsed parsed = ParsedBody(body);
  EXPECT_EQ(parsed.diagnostics.ErrorCount(), 20u);
  EXPECT_NE(parsed.Errors().find("there may be more mistakes"), std::string::npos);
}

TEST(Mistakes, ChainedComparisonsAreNamed) {
  for (const char* body : {"a < b < c", "a == b == c", "a + 1 <= b * 2 != c"}) EXPECT_EQ(ParsedBody(body).Codes(), "E0106") << body;
  EXPECT_EQ(ParsedBody("(a < b) == (c < d)").Codes(), "");
  EXPECT_EQ(ParsedBody("a < b and b < c").Codes(), "");
}

TEST(Mistakes, AValueThatIsLostIsNamed) {
  EXPECT_EQ(ParsedBody("a\n- b").Codes(), "E0105");
  EXPECT_EQ(ParsedBody("f\n(b)").Codes(), "E0105");
  EXPECT_EQ(ParsedBody("a\nb").Codes(), "E0105");
  EXPECT_EQ(ParsedBody("scan t in 0..3 with h = a { next h = h }\nh").Codes(), "") << "a loop defines its states";
}

TEST(Mistakes, BracesWithTheWrongSpaceAreNamed) {
  for (const char* text : {"data t = sample n{\n    y ~ f(1)\n}\n", "data t = sample n{ y = 1 }\n", "train M on t{\n    loss = 1\n}\n",
                           "data d = csv {\"a\"}\n", "data d = csv {\"a\"} { x = y }\n", "fn f(x) { x |> dense {3} }\n",
                           "fn f(x) {\n    scan t in 0..3 with h = x{\n        next h = h\n        emit h\n    }\n}\n"})
    EXPECT_EQ(Parsed(text).Codes(), "E0107") << text << Parsed(text).Errors();
}

TEST(Mistakes, OfEncodingEndTheReading) {
  for (std::string text : {std::string("option a: dim = \xFF"), std::string("a\0b", 3), std::string("\xC0\xAF"), std::string("\xED\xA0\x80"),
                           std::string("\xF4\x90\x80\x80"), std::string("\xE2\x82"), std::string("\x80")})
    EXPECT_EQ(Parsed(text).Codes(), "E0108");
  EXPECT_EQ(Parsed("# \xF0\x9F\x98\x80 \xE2\x82\xAC \xC3\xA9\n").Codes(), "");
}

}  // namespace
}  // namespace nnc
