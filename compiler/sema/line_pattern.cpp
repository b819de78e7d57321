#include "compiler/sema/line_pattern.h"

#include <algorithm>
#include <cctype>
#include <regex.h>

namespace nnc::sema {

static constexpr size_t kLongest = 1000;  // of a pattern

static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

static bool IsPartOfSign(char c) { return static_cast<unsigned char>(c) >= 0x80; }

static bool HasLineEnd(const std::string& text) { return text.find_first_of("\r\n") != text.npos; }

// How often at most something is repeated that counts in braces ask for, one within the other; the matcher's size grows with it.
static double MostRepeated(const std::string& pattern) {
  double most = 1;
  for (size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '{') continue;
    double count = 0, larger = 1;
    for (++at; at < pattern.size() && (IsDigit(pattern[at]) || pattern[at] == ','); ++at) {
      count = pattern[at] == ',' ? 0 : 10 * count + (pattern[at] - '0');
      larger = std::max(larger, count);
    }
    most *= larger;
  }
  return most;
}

namespace {

// What a pattern asks for that bytes cannot give, or that may take forever.
struct Unsafe {
  bool refers = false;  // to what a group holds
  bool sets_of_signs = false;  // beyond ASCII: each is several bytes
  bool repeats_sign = false;
};

Unsafe UnsafeIn(const std::string& pattern) {
  Unsafe found;
  bool in_set = false;
  for (size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (in_set) {
      found.sets_of_signs = found.sets_of_signs || IsPartOfSign(c);
      const char kind = c == '[' && at + 1 < pattern.size() ? pattern[at + 1] : 0;
      if (kind == ':' || kind == '.' || kind == '=') at = std::min(pattern.find(std::string{kind, ']'}, at + 2), pattern.size() - 2) + 1;  // [:digit:]
      else if (c == ']') in_set = false;
    } else if (c == '\\') {
      ++at;
      found.refers = found.refers || (at < pattern.size() && IsDigit(pattern[at]));
    } else if (c == '[') {
      in_set = true;
      if (at + 1 < pattern.size() && pattern[at + 1] == '^') ++at;
      if (at + 1 < pattern.size() && pattern[at + 1] == ']') ++at;  // one that stands first belongs to the set
    } else {
      found.repeats_sign = found.repeats_sign || (IsPartOfSign(c) && at + 1 < pattern.size() && std::string_view("*+?{").find(pattern[at + 1]) != std::string_view::npos);
    }
  }
  return found;
}

}  // namespace

LinePattern::LinePattern(const std::string& pattern) {
  const Unsafe unsafe = UnsafeIn(pattern);
  if (pattern.empty()) wrong = "an empty pattern says nothing", cure = "`\"^\"` is the beginning of a line, and `\"$\"` its end";
  else if (HasLineEnd(pattern)) wrong = "lines are changed one by one, and a pattern has no line end", cure = "`skip` and `comment` leave lines out";
  else if (pattern.find('\0') != pattern.npos) wrong = "a pattern has no zero byte";
  else if (unsafe.refers) wrong = "a pattern does not refer to its own groups", cure = "`$1` stands for the first group in the text that stands instead";
  else if (unsafe.sets_of_signs) wrong = "a set in brackets has signs of ASCII alone", cure = "write the others as `(×|·)`";
  else if (unsafe.repeats_sign) wrong = "a sign beyond ASCII that is repeated stands in parentheses", cure = "as in `(°)*`";
  else if (pattern.size() > kLongest || MostRepeated(pattern) > static_cast<double>(kLongest)) wrong = "this pattern is too large: it has at most " + std::to_string(kLongest) + " characters, and counts in braces whose product is at most that";
  if (!wrong.empty()) return;
  regex_t compiled;
  if (const int code = regcomp(&compiled, pattern.c_str(), REG_EXTENDED); code != 0) {
    char text[200];
    regerror(code, &compiled, text, sizeof text);
    wrong = std::string("this is no pattern: ") + text;
    cure = "a sign that patterns use stands in brackets, as in `\"[(]\"` or `\"[.]\"`";
    return;
  }
  groups = compiled.re_nsub;
  regfree(&compiled);
}

std::string LinePattern::UnfitFor(const std::string& by) const {
  if (HasLineEnd(by) || by.find('\0') != by.npos) return "what stands instead is a part of one line";
  for (size_t at = 0; at + 1 < by.size(); ++at) {
    if (by[at] != '$') continue;
    ++at;
    if (IsDigit(by[at]) && static_cast<size_t>(by[at] - '0') > groups)
      return "`$" + std::string(1, by[at]) + "` is what the pattern's group " + by[at] + " holds, and it has " + (groups == 0 ? "none" : std::to_string(groups));
  }
  return "";
}

}  // namespace nnc::sema
