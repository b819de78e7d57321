// Texts that are no programs, or extreme ones: no crash, no overflow of the stack, and an end in short time.
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "test/unit/syntax/parsed.h"

namespace nnc {
namespace {

std::string Repeat(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

TEST(Robustness, DeepNestingIsRefused) {
  for (std::string body : {Repeat("(", 30000) + "a" + Repeat(")", 30000), Repeat("(", 30000), Repeat("[", 300) + Repeat("]", 300),
                           Repeat("- ", 30000) + "a", Repeat("not ", 30000) + "a", Repeat("a^", 30000) + "a",
                           Repeat("if a then b else ", 30000) + "a", Repeat("f{", 30000), Repeat("if ", 30000)})
    EXPECT_EQ(ParsedBody(body).Codes(), "E0103") << body.substr(0, 20);
}

TEST(Robustness, NestingUpToTheLimitIsAccepted) {
  for (std::string body : {Repeat("(", 240) + "a" + Repeat(")", 240), Repeat("- ", 240) + "a", Repeat("a^", 240) + "a",
                           Repeat("if a then b else ", 240) + "a", Repeat("f(a * (", 120) + "a" + Repeat("))", 120),
                           Repeat("scan t in 0..3 {", 240) + "a" + Repeat("}", 240)})
    EXPECT_EQ(ParsedBody(body).Codes(), "") << body.substr(0, 20);
}

TEST(Robustness, LongChainsAreAcceptedUpToALimit) {
  for (std::string link : {" + a", " |> f", "[0]", ".b", " and a", "(x)"}) {
    EXPECT_EQ(ParsedBody("a" + Repeat(link, 900)).Codes(), "") << link;
    EXPECT_EQ(ParsedBody("a" + Repeat(link, 10000)).Codes(), "E0103") << link;
  }
}

TEST(Robustness, WideTextsAreNoProblem) {
  EXPECT_EQ(ParsedBody("[" + Repeat("1, ", 20000) + "1]").Codes(), "");
  EXPECT_EQ(ParsedBody(Repeat("a = 1\n", 5000)).Codes(), "");
}

TEST(Robustness, NoiseOfAnyKindEndsInDiagnostics) {
  std::mt19937 random(1);
  const std::vector<std::string> alphabets = {
      "abc(){}[]=+-*/ \n,|>", "(){}[]", "a{ \n}", "\n\t  a=", "\"\\\n a", "ab \n(", std::string("a\0\xFF\xC3 \n", 7)};
  for (const std::string& alphabet : alphabets) {
    for (int round = 0; round < 40; ++round) {
      std::string text;
      for (int i = 0; i < 400; ++i) text += alphabet[random() % alphabet.size()];
      Parsed parsed(text);
      EXPECT_LE(parsed.diagnostics.ErrorCount(), 20u);
      parsed.Errors();
      parsed.Tree();
    }
  }
}

TEST(Robustness, WordsOfTheLanguageInAnyOrderEndInDiagnostics) {
  std::mt19937 random(2);
  const std::vector<std::string> words = {
      "if ",  "then ",  "else ", "in ",  "and ", "not ",  "scan ", "repeat ", "next ", "emit ", "with ",  "where ", "import ", "option ",
      "model ", "layer ", "fn ",   "data ", "train ", "weight ", "state ", "fit ", "step ", "metric ", "stop ", "when ", "split ", "seed ",
      "on ",  "batch ", "for ",  "log ", "all ", "except ", "sample ", "a ",  "f",    "3 ",   "0.5 ", "\"s\" ", "(",   ")",      "[",
      "]",    "{",      "}",     " {",   "=",    "~",      ":",     ",",       "..",   "...",  ".",    "|> ",    "->",  "+",      "-",
      "\n",   "\n    ", ";",     "# c\n", "## d\n"};
  for (int round = 0; round < 3000; ++round) {
    std::string text = round % 2 ? "fn f(x) {\n" : "";
    for (int i = 0; i < 40; ++i) text += words[random() % words.size()];
    Parsed parsed(text);
    parsed.Errors();
    parsed.Tree();
    EXPECT_LE(parsed.diagnostics.ErrorCount(), 20u);
  }
}

TEST(Robustness, TenMegabytesAreReadInSeconds) {
  std::mt19937 random(3);
  auto seconds = [](std::string text) {
    auto start = std::chrono::steady_clock::now();
    Parsed parsed(std::move(text));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::string bytes(10'000'000, ' ');
  for (char& c : bytes) c = static_cast<char>(random());
  EXPECT_LT(seconds(bytes), 20);
  for (char& c : bytes) c = static_cast<char>(' ' + static_cast<unsigned char>(c) % 95);
  EXPECT_LT(seconds(bytes), 20);
  EXPECT_LT(seconds(std::string(10'000'000, '(')), 20);
}

TEST(Robustness, TwoThousandLinesTakeAFractionOfASecond) {
  std::string text;
  for (int i = 0; i < 400; ++i)
    text += "fn f" + std::to_string(i) +
            "(x: f32[N, C, H, W]) -> f32[N, C] {\n    y[n, c] = sum[i, j](x[n, c, i, j else 0] * K[c, i, j]) + b[c]\n"
            "    z = if y < 3 then exp(-(y - 1)^2 / (2 * s^2)) else log(y)\n    z |> dense{32} |> relu\n}\n";
  auto start = std::chrono::steady_clock::now();
  Parsed parsed(text);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_EQ(parsed.Errors(), "");
  EXPECT_LT(seconds, 5) << "even with sanitizers on a slow machine";
}

}  // namespace
}  // namespace nnc
