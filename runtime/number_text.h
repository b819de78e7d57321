// Numbers in text files, read and written independently of the locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

// The text without blanks around it.
std::string_view Trimmed(std::string_view text);
// How many bytes the blank takes that stands there; 0 where none does.
size_t BlankAt(std::string_view text, size_t at);

// A decimal integer with an optional sign, the whole text; empty if it is none or exceeds 64 bits.
std::optional<int64_t> ParseInteger(std::string_view text);

// What stands for a minus in text that is typeset: the minus sign, the en dash and its like.
inline constexpr std::string_view kTypesetMinus[] = {"\u2212", "\u2013", "\u2012", "\u2011", "\u2010", "\uFE63", "\uFF0D"};

// A decimal number, correctly rounded, the whole text; also inf, infinity and nan with optional sign, any case.
std::optional<double> ParseNumber(std::string_view text);
// What stands behind a number, or before it, and what the number is multiplied by for it: `GeV` 1000 where the others are in MeV.
struct CellUnit {
  std::string text;
  double worth = 1;
  bool operator==(const CellUnit&) const = default;
};
// How a file writes its numbers.
struct Notation {
  char decimal = '.';   // what a number's fraction begins with: '.' or ','; the other one is no part of a number
  char thousands = 0;   // what sets groups of three digits apart, as in 1,234.5; a blank stands for those that do not break, too. 0: nothing
  std::vector<CellUnit> units = {};  // a number has at most one before it, and one behind it
  bool operator==(const Notation&) const = default;
};
// The same in another notation than that of programs. With a point there may be what Fortran writes, 1.5D+03 and, of five or more
// digits behind it, 3.194426+5; and a minus may be that of typesetters, −.
std::optional<double> ParseNumber(std::string_view text, const Notation& notation);
// Whether the text is a whole number of digits in groups of three that the mark sets apart; none begins with 0.
bool IsGrouped(std::string_view text, char mark);
// With a blank for each that does not break.
std::string WithPlainBlanks(std::string_view text);

// Whether the bytes are UTF-8.
bool IsUtf8(std::string_view text);

// Whether a cell says that there is no value: empty, NA, N/A, null, None, nan, inf and the like.
bool IsMissingText(std::string_view text);

// The shortest text that reads back as the same value. "nan", "inf", "-inf" for those.
void AppendNumber(std::string& out, double value);
void AppendNumber(std::string& out, float value);
void AppendNumber(std::string& out, int64_t value);

// A figure for people: the given number of significant digits, without trailing zeros.
std::string ShortNumber(double value, int digits = 4);

// A duration for people: "0.8 s", "42 s", "3:07", "1:02:33".
std::string ShortDuration(double seconds);

}  // namespace nnc::runtime
