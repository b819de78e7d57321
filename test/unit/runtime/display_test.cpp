#include "runtime/number_text.h"
#include "runtime/names.h"
#include "runtime/progress.h"
#include "runtime/text_plot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

namespace nnc::runtime {
namespace {

// A stream in memory and a clock that is set by hand.
class ProgressLine : public testing::Test {
 protected:
  void SetUp() override { stream_ = open_memstream(&text_, &size_); }
  void TearDown() override {
    std::fclose(stream_);
    std::free(text_);
  }
  std::string Text() {
    std::fflush(stream_);
    return {text_, size_};
  }
  Progress::Clock Clock() {
    return [this] { return now_; };
  }
  char* text_ = nullptr;
  size_t size_ = 0;
  std::FILE* stream_ = nullptr;
  double now_ = 100;
};

TEST_F(ProgressLine, IsRedrawnInPlaceOnATerminal) {
  Progress progress(ProgressMode::Terminal, stream_, Clock());
  progress.Begin(20, 200);
  now_ += 0.01;
  progress.Step(1, 1, 256, 0.5);
  EXPECT_EQ(Text(), "");  // too soon
  now_ += 1.99;
  progress.Step(8, 76, 23744, 0.14321);
  EXPECT_EQ(Text(), "\repoch  8/20 [=======>            ]  38%  12k events/s  loss 0.1432  3.3 s left\x1b[K");
  std::vector<NamedValue> figures = {{"train.loss", 0.25}, {"valid.auc", 0.98765432}};
  progress.EpochDone(8, 2, figures);
  progress.End();
  EXPECT_TRUE(Text().ends_with("\r\x1b[Kepoch  8/20  2.0 s  train.loss 0.25  valid.auc 0.98765\n")) << Text();
}

TEST_F(ProgressLine, IsPlainElsewhere) {
  {
    Progress progress(ProgressMode::Lines, stream_, Clock());
    progress.Begin(2, 4);
    for (int epoch = 1; epoch <= 2; ++epoch) {
      now_ += 1;
      progress.Step(epoch, 2 * epoch, 10, 0.5);
      std::vector<NamedValue> figures = {{"train.loss", 0.5}};
      progress.EpochDone(epoch, now_ - 100, figures);
    }
    progress.End();
  }
  EXPECT_EQ(Text(), "epoch 1/2  1.0 s  train.loss 0.5\nepoch 2/2  2.0 s  train.loss 0.5\n");
}

TEST_F(ProgressLine, OfManyEpochsOnlySomeLeaveALine) {
  Progress progress(ProgressMode::Lines, stream_, Clock());
  progress.Begin(10000, 10000);
  for (int epoch = 1; epoch <= 5000; ++epoch) {  // stopped early
    now_ += 0.001;
    progress.EpochDone(epoch, now_ - 100, {});
  }
  progress.End();
  EXPECT_EQ(Text(), "epoch     1/10000  0.0 s\nepoch  2001/10000  2.0 s\nepoch  4001/10000  4.0 s\nepoch  5000/10000  5.0 s\n");
}

TEST_F(ProgressLine, IsSilentOnDemandAndPlainInAPipe) {
  Progress progress(ProgressMode::Silent, stream_, Clock());
  progress.Begin(1, 1);
  progress.Step(1, 1, 1, 1);
  progress.EpochDone(1, 1, {});
  progress.End();
  EXPECT_EQ(Text(), "");
  std::FILE* pipe = std::tmpfile();
  EXPECT_EQ(ProgressModeFor(pipe), ProgressMode::Lines);
  std::fclose(pipe);
}

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(TextPlot, LineGoesFromCornerToCorner) {
  std::vector<PlotSeries> series = {{"up", '*', {0, 10}, {1, 3}}};
  PlotOptions options;
  options.title = "title";
  options.x_label = "x";
  options.width = 11;
  options.height = 3;
  EXPECT_EQ(PlotLines(series, options),
            "  title   * up\n"
            "3 |        ***\n"
            "  |   *****\n"
            "1 |***\n"
            "  +-----------\n"
            "   0    x   10\n");
}

TEST(TextPlot, CurvesStayInsideTheirArea) {
  std::vector<double> epochs, train, valid;
  for (int i = 1; i <= 500; ++i) {
    epochs.push_back(i);
    train.push_back(1.0 / i);
    valid.push_back(i == 250 ? NAN : 1.0 / i + 0.01);
  }
  auto lines = Lines(PlotLearningCurve(epochs, train, valid));
  ASSERT_EQ(lines.size(), 17u);
  size_t widest = 0;
  for (const std::string& line : lines) widest = std::max(widest, line.size());
  EXPECT_LE(widest, 75u);
  EXPECT_NE(lines[16].find("log scale"), std::string::npos);
  EXPECT_NE(lines[1].find('o'), std::string::npos);   // begins at the top
  EXPECT_EQ(lines[14].back(), '*');                   // training ends lowest
}

TEST(TextPlot, EmptyAndConstantSeriesAreDrawnWithoutFault) {
  EXPECT_FALSE(PlotLearningCurve({}, {}, {}).empty());
  EXPECT_FALSE(PlotRoc({}, NAN).empty());
  std::vector<double> one = {1};
  EXPECT_NE(PlotLearningCurve(one, one, {}).find('*'), std::string::npos);
  EXPECT_FALSE(PlotResponse({}, {}, {}).empty());
}

TEST(TextPlot, RocOfAPerfectScoreHugsTheCorner) {
  std::vector<RocPoint> curve = {{2, 0, 0}, {1, 0, 1}, {0, 1, 1}};
  auto lines = Lines(PlotRoc(curve, 1));
  EXPECT_NE(lines[0].find("area 1 "), std::string::npos);
  EXPECT_NE(lines[1].find(std::string(44, '*')), std::string::npos);  // along the top
  EXPECT_EQ(lines[14].find('*'), lines[1].find('*'));                 // up the left side
}

TEST(TextPlot, ResponseShowsBothClasses) {
  std::vector<double> scores = {0.01, 0.01, 0.5, 0.5, 0.99};
  std::vector<double> labels = {0, 0, 0, 1, 1};
  auto lines = Lines(PlotResponse(scores, labels, {}));
  size_t left = lines[1].find('-');
  EXPECT_EQ(lines[1].find('+', left), left + 25);      // the positives' two bins are equally high
  EXPECT_EQ(lines[10][left + 25], '#');
  EXPECT_EQ(lines[10].back(), '+');
}

TEST(TextPlot, ConfusionMatrixShowsCountsAndShares) {
  ConfusionMatrix matrix{2, {90, 10, 2.5, 7.5}};
  std::vector<std::string> names = {"gamma", "hadron"};
  EXPECT_EQ(FormatConfusion(matrix, names),
            "  true \\ predicted\n"
            "            gamma   hadron    right\n"
            "   gamma       90       10     90 %\n"
            "  hadron      2.5      7.5     75 %\n");
  EXPECT_NE(FormatConfusion(ConfusionMatrix{2, {0, 0, 1, 1}}, {}).find("      -\n"), std::string::npos);
}

TEST(NumberText, UnitsStandBehindANumberOrBeforeIt) {
  const Notation energies{'.', 0, {{"GeV", 1}, {"MeV", 0.001}, {"E=", 1}}};
  EXPECT_EQ(ParseNumber("6.25 GeV", energies), 6.25);
  EXPECT_EQ(ParseNumber("6.25GeV", energies), 6.25);
  EXPECT_DOUBLE_EQ(*ParseNumber("368.4 MeV", energies), 0.3684);
  EXPECT_EQ(ParseNumber("-2", energies), -2);
  EXPECT_EQ(ParseNumber("E=-500 MeV", energies), -0.5);
  for (const char* wrong : {"GeV", "E=", "6 GeV GeV", "6 keV", "GeV 6 MeV GeV", "", " "}) EXPECT_FALSE(ParseNumber(wrong, energies)) << wrong;
  EXPECT_FALSE(ParseNumber("6 GeV"));
  EXPECT_EQ(ParseNumber("-$5", Notation{'.', 0, {{"$", 1}}}), -5);
  for (const char* wrong : {"--$5", "-$-5"}) EXPECT_FALSE(ParseNumber(wrong, Notation{'.', 0, {{"$", 1}}})) << wrong;
  const Notation others{',', '.', {{"%", 0.01}, {"S", -1}, {"V", 1}, {"mV", 0.001}, {"k", 1000}}};
  EXPECT_EQ(ParseNumber("62,9%", others), 0.629);
  EXPECT_EQ(ParseNumber("1.234,5 S", others), -1234.5);
  EXPECT_EQ(ParseNumber("3 mV", others), 0.003);
  EXPECT_EQ(ParseNumber("1,5k", others), 1500);
  EXPECT_FALSE(ParseNumber("1.5k", others));
}

TEST(NumberText, FortranAndTypesettersAreRead) {
  const Notation plain;
  EXPECT_EQ(ParseNumber("1.5D+03", plain), 1500);
  EXPECT_EQ(ParseNumber("-1.5d-1", plain), -0.15);
  EXPECT_EQ(ParseNumber("\u22121.5e\u22123", plain), -1.5e-3);
  EXPECT_EQ(ParseNumber("\u22121.5", plain), -1.5);
  EXPECT_EQ(ParseNumber("\u22122", plain), -2);
  EXPECT_EQ(ParseNumber("3.194426+5", plain), 319442.6);
  EXPECT_EQ(ParseNumber("-1.00000-10", plain), -1e-10);
  EXPECT_EQ(ParseNumber("5.237048-1", plain), 0.5237048);
  // Ranges, dates and numbers of parts are no numbers, and nothing is left out of what is none.
  for (const char* wrong : {"1.0-2.0", "1.2-3", "1.2345-3", "12.345678+5", "3.194426+5.", "3.194426+", "3.194426+1234", "3.194426+5-6", "3.19442e+5+1", ".194426+5", "3194426+5", "2020.12345-6"}) EXPECT_FALSE(ParseNumber(wrong, plain)) << wrong;
  for (const char* wrong : {"07d11", "1d5", "1.5-10", "1.5-103", "1.0-400", "1.5D", "1.5D+", "1.5e3D2", "-1.5-1-103", "\u2212", "\u2212-1", "\u2212inf", "\u2212\u22121", "\u2212nan", "2020-105"}) EXPECT_FALSE(ParseNumber(wrong, plain)) << wrong;
}

TEST(NumberText, ParsesWholeCellsOnly) {
  EXPECT_EQ(ParseNumber("1.5"), 1.5);
  EXPECT_EQ(ParseNumber("+.5"), 0.5);
  EXPECT_EQ(ParseNumber("-5."), -5);
  EXPECT_EQ(ParseNumber("0.1234567890123456789"), 0.1234567890123456789);
  EXPECT_EQ(ParseNumber("123456789012345678901234567890"), 123456789012345678901234567890.0);
  EXPECT_EQ(ParseNumber("1e-5"), 1e-5);
  EXPECT_EQ(ParseNumber("-0").value_or(1), 0);
  EXPECT_TRUE(std::signbit(*ParseNumber("-0")));
  for (const char* wrong : {"", ".", "-", "+", "1 2", "1,5", "0x10", "1e", "--1", "+-1", "abc"}) {
    EXPECT_FALSE(ParseNumber(wrong)) << wrong;
  }
  EXPECT_EQ(ParseInteger("-9223372036854775808"), INT64_MIN);
  EXPECT_FALSE(ParseInteger("9223372036854775808"));
}

// Short decimals take a path of their own; it has to agree with the general one to the last bit.
TEST(NumberText, ShortDecimalsAreCorrectlyRounded) {
  for (int64_t digits = 1; digits < 1000000; digits = digits * 13 / 7 + 1) {
    for (int places = 0; places <= 12; ++places) {
      std::string text = std::to_string(digits);
      if (static_cast<int>(text.size()) <= places) text.insert(0, static_cast<size_t>(places) - text.size() + 1, '0');
      size_t point = text.size() - static_cast<size_t>(places);
      if (places > 0) text = text.substr(0, point) + "." + text.substr(point);
      EXPECT_EQ(ParseNumber(text), std::strtod(text.c_str(), nullptr)) << text;
    }
  }
}

TEST(NumberText, TellsMissingFromText) {
  for (const char* missing : {"", " ", "NA", "n/a", "NaN", "-inf", "Infinity", "null", "None"}) EXPECT_TRUE(IsMissingText(missing)) << missing;
  for (const char* text : {"nab", "0", "information", "nanometre"}) EXPECT_FALSE(IsMissingText(text)) << text;
}

TEST(NumberText, DurationsAreForPeople) {
  EXPECT_EQ(ShortDuration(0.83), "0.8 s");
  EXPECT_EQ(ShortDuration(9.96), "10 s");
  EXPECT_EQ(ShortDuration(187), "3:07");
  EXPECT_EQ(ShortDuration(3753), "1:02:33");
  EXPECT_EQ(ShortDuration(NAN), "?");
}

TEST(Names, NearestIsSuggestedOnlyIfNear) {
  std::vector<std::string> names = {"energy", "entry", "time"};
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(NearestName("enrgy", names), "energy");
  EXPECT_EQ(NearestName("momentum", names), "");
  EXPECT_EQ(Suggestion("tme", names), "; did you mean `time`?");
  std::vector<std::string> letters = {"x", "y"};
  EXPECT_EQ(NearestName("z", letters), "");
}

TEST(Names, NearestTakesTwoEditsOfShortNamesAndAThirdOfLongOnes) {
  auto nearest = [](const char* name, std::vector<std::string> candidates) { return NearestName(name, candidates); };
  EXPECT_EQ(nearest("abcd", {"abxx"}), "abxx");
  EXPECT_EQ(nearest("abcd", {"axxx"}), "");
  EXPECT_EQ(nearest("abcdefghi", {"abcdefxyz"}), "abcdefxyz");
  EXPECT_EQ(nearest("abcdefghi", {"abcdexxyz"}), "");
  EXPECT_EQ(nearest("abcd", {"abxx", "abcx"}), "abcx");
  EXPECT_EQ(nearest("abcd", {"abcy", "abcx"}), "abcx") << "the first of the alphabet among equals";
  EXPECT_EQ(Suggestion("abcd", std::vector<std::string>{"abcx"}), "; did you mean `abcx`?");
  EXPECT_EQ(Suggestion("abcd", std::vector<std::string>{"zzzz"}), "");
}

TEST(NumberText, NumbersBeyondDoubleAreInfiniteOrZero) {
  const std::pair<const char*, double> cases[] = {{"1e400", INFINITY},  {"-1e400", -INFINITY}, {"1e-400", 0.0},        {"-1e-400", -0.0},
                                                  {"+1E400", INFINITY}, {"1E-400", 0.0},       {"123456789e301", INFINITY}, {"+.5", 0.5}};
  for (const auto& [text, wanted] : cases) {
    const auto value = ParseNumber(text);
    ASSERT_TRUE(value.has_value()) << text;
    EXPECT_EQ(*value, wanted) << text;
    EXPECT_EQ(std::signbit(*value), std::signbit(wanted)) << text;
  }
  EXPECT_EQ(ParseNumber("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_EQ(ParseNumber(std::string(400, '1')), INFINITY);
  for (const char* text : {"", "+", "-", ".", "1..2", "1e", "1e+", "++1", "+-1", "0x10", "1 2"}) EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
  for (const char* text : {"", "+", "1.0", "9223372036854775808", "1 "}) EXPECT_EQ(ParseInteger(text), std::nullopt) << text;
  EXPECT_EQ(ParseInteger("+9223372036854775807"), INT64_MAX);
}

TEST(NumberText, DigitsOfEveryLengthAreRead) {
  for (const char* text : {"0.1", "123456789012345", "1234567890123456", "0.000000000000001", "12345.678901234567", "-0.0", "4503599627370497.5"})
    EXPECT_EQ(ParseNumber(text), std::strtod(text, nullptr)) << text;
}

}  // namespace
}  // namespace nnc::runtime
