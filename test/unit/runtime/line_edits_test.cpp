// What a source changes in each line of its files, against the definition: the longest of the leftmost stretches that match, one behind the other, an
// empty one not right behind another; fields by counting characters.
#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "runtime/line_edits.h"

namespace nnc::runtime {

// The standard library's matcher finds the same stretches, in another way.
static std::string Defined(const std::string& line, const std::string& pattern, const std::string& by) {
  const std::regex regex(pattern, std::regex::extended);
  std::string result;
  size_t at = 0, kept = 0;
  bool any = false;
  while (at <= line.size()) {
    std::smatch match;
    if (!std::regex_search(line.begin() + static_cast<std::ptrdiff_t>(at), line.end(), match, regex, at > 0 ? std::regex_constants::match_prev_avail : std::regex_constants::match_default)) break;
    const size_t begin = at + static_cast<size_t>(match.position(0)), end = begin + static_cast<size_t>(match.length(0));
    if (begin < end || !any || begin != kept) {
      result += line.substr(kept, begin - kept);
      for (size_t i = 0; i < by.size(); ++i) {
        if (by[i] == '$') result += match.str(static_cast<size_t>(by[++i] - '0'));
        else result += by[i];
      }
      kept = end;
      any = true;
    }
    at = end > begin ? end : end + 1;
  }
  return result + line.substr(kept);
}

TEST(LineEdits, RandomPatternsMatchTheDefinition) {
  std::mt19937 random(7);
  const auto one = [&](const std::vector<std::string>& list) { return list[random() % list.size()]; };
  const std::vector<std::string> atoms = {"a", "b", ".", "[ab]", "[^a]", "(a)", "(ab|b)", "(a|)", "x"}, counts = {"", "", "*", "+", "?", "{2}"};
  int changed = 0, empty = 0, several = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string pattern = one({"", "", "", "^"});
    const int length = 1 + static_cast<int>(random() % 3);
    for (int i = 0; i < length; ++i) pattern += one(atoms) + one(counts);
    if (random() % 5 == 0) pattern += "$";
    std::string line;
    for (size_t i = 1 + random() % 8; i > 0; --i) line += one({"a", "b", "x", "-"});
    const std::string by = one({"", "-", "$0$0", "<$0>"});
    std::vector<int64_t> lines;
    const std::string edited = WithEditedLines(line + "\n" + line, {.replacements = {{pattern, by}}}, true, &lines), expected = Defined(line, pattern, by);
    ASSERT_EQ(edited, expected + "\n" + expected) << pattern << " by " << by << " in " << line;
    ASSERT_EQ(lines, std::vector<int64_t>{expected == line ? 0 : 2}) << pattern << " by " << by << " in " << line;
    changed += expected != line ? 1 : 0;
    empty += Defined(line, pattern, "").size() == line.size() && expected != line ? 1 : 0;
    several += Defined(line, pattern, "!").size() > line.size() + 1 ? 1 : 0;
  }
  EXPECT_GT(changed, 1000);
  EXPECT_GT(empty, 50);
  EXPECT_GT(several, 50);
}

TEST(LineEdits, FieldsAreCountedInCharacters) {
  std::mt19937 random(8);
  for (int round = 0; round < 1000; ++round) {
    CsvOptions options;
    std::string line = "#", expected = "#";  // else a line of blanks is none
    const size_t fields = 2 + random() % 4;
    for (size_t field = 0; field < fields; ++field) {
      const bool last = field + 1 == fields;
      std::string text;
      size_t width = field == 0 ? 1 : 0;
      for (size_t i = random() % 5; i > 0; --i, ++width) text += std::vector<std::string>{"1", ".", "ä", "€"}[random() % 4];
      const size_t before = field == 0 ? 0 : random() % 3, behind = random() % 3 + (width + before == 0 ? 1 : 0);
      options.widths.push_back(static_cast<int64_t>(width + before + behind));
      line += std::string(before, ' ') + text + std::string(last ? 0 : behind, ' ');
      expected += (field == 0 ? "" : std::string(1, kFieldSeparator)) + text;
    }
    ASSERT_EQ(WithEditedLines(line + "\r\n", options, true), expected + "\r\n");
  }
}

TEST(LineEdits, LinesKeepTheirNumbers) {
  const CsvOptions options{.replacements = {{"b", ""}, {"^a", "c"}}, .widths = {1, 2}, .skip = 1, .comments = {"//"}};
  std::vector<int64_t> changed;
  const std::string edited = WithEditedLines("\xEF\xBB\xBF" "ab\r\n\r\n// ab\rxyb\n\"bc", options, true, &changed);
  const std::string sign(1, kFieldSeparator);
  EXPECT_EQ(edited, "c" + sign + "\r\n\r\n// ab\rx" + sign + "y\n\"\"\"\"" + sign + "c");
  EXPECT_EQ(changed, (std::vector<int64_t>{2, 0}));
  EXPECT_EQ(WithEditedLines("ab\nab", options, false), "c" + sign + "\n");
}

}  // namespace nnc::runtime
