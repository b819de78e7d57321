#include "runtime/number_forms.h"

#include "runtime/csv_remarks.h"
#include "runtime/number_text.h"
#include "runtime/time_text.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <vector>

namespace nnc::runtime {

static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

static bool IsOfDigits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit); }

static std::string WithoutBlanks(std::string_view text) {
  std::string result;
  for (char c : text)
    if (c != ' ') result += c;
  return result;
}

// The text with each of the signs as its place in ASCII has it: ³ as 3.
static std::string WithPlainDigits(std::string_view text) {
  static constexpr std::string_view kRaised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹", "⁺", "⁻"};
  std::string result;
  while (!text.empty()) {
    const auto raised = std::find_if(std::begin(kRaised), std::end(kRaised), [&](std::string_view sign) { return text.starts_with(sign); });
    if (raised == std::end(kRaised)) return "";
    result += std::string_view("0123456789+-")[static_cast<size_t>(raised - std::begin(kRaised))];
    text.remove_prefix(raised->size());
  }
  return result;
}

// 7.8*^-4, 7.8x10^-4, 7.8 x 10^3, 7.8*10**3; or 7.8×10³.
static bool HasPower(std::string_view cell, const Notation& notation, bool raised) {
  const std::string text = WithoutBlanks(cell);
  for (std::string_view sign : {"*^", "x10^", "X10^", "*10^", "*10**", "×10^", "·10^", "x10", "X10", "×10", "·10"}) {
    const size_t at = text.find(sign);
    if (at == text.npos || at == 0 || !(IsDigit(text[at - 1]) || text[at - 1] == '.') || !ParseNumber(std::string_view(text).substr(0, at), notation)) continue;
    const std::string_view exponent = std::string_view(text).substr(at + sign.size());
    if (raised == IsDigit(sign.back()) && ParseInteger(raised ? WithPlainDigits(exponent) : std::string(exponent))) return true;
  }
  return false;
}

static bool HasPowerOfTen(std::string_view cell, const Notation& notation) { return HasPower(cell, notation, false); }
static bool HasRaisedPower(std::string_view cell, const Notation& notation) { return HasPower(cell, notation, true); }

// Three numbers to the base of 60 with these signs behind the first, the second and the third; a sign may stand before them.
static bool IsOfSixties(std::string_view text, std::string_view first, std::string_view second, std::string_view third) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (!text.ends_with(third)) return false;
  text.remove_suffix(third.size());
  const size_t one = text.find(first), two = one == text.npos ? text.npos : text.find(second, one + first.size());
  if (two == text.npos) return false;
  const std::string_view minutes = text.substr(one + first.size(), two - one - first.size()), seconds = text.substr(two + second.size());
  const bool fraction = seconds.size() == 2 || (seconds.size() > 3 && seconds[2] == '.' && IsOfDigits(seconds.substr(3)));
  return one <= 3 && IsOfDigits(text.substr(0, one)) && minutes.size() == 2 && IsOfDigits(minutes) && seconds.size() >= 2 && IsOfDigits(seconds.substr(0, 2)) && fraction;
}

static bool IsSigned(std::string_view text, const Notation&) { return IsOfSixties(text, ":", ":", ""); }
static bool HasBlanks(std::string_view text, const Notation&) { return IsOfSixties(text, " ", " ", ""); }
static bool IsOfDegrees(std::string_view text, const Notation&) { return IsOfSixties(text, "°", "'", "\"") || IsOfSixties(text, "°", "′", "″"); }

// 1’200: with another sign than a keyboard has.
static bool HasTypeset(std::string_view text, const Notation& notation) {
  constexpr std::string_view kSign = "’";
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    const bool sign = text.substr(at).starts_with(kSign);
    plain += sign ? '\'' : text[at];
    at += sign ? kSign.size() : 1;
  }
  return plain.size() != text.size() && ParseNumber(plain, Notation{notation.decimal, '\'', {}});
}

// 12:00:01.123 -> 512
static bool IsBehindTime(std::string_view text, const Notation& notation) {
  const size_t arrow = text.find(" -> ");
  return arrow != text.npos && TimeHint(Trimmed(text.substr(0, arrow)), {}) && ParseNumber(Trimmed(text.substr(arrow + 4)), notation);
}

static constexpr struct {
  bool (*fits)(std::string_view text, const Notation& notation);
  std::string_view cure;  // the whole of it where no pattern reads such numbers, else what stands before it
  std::string_view pattern = "", by = "", behind = "";
} kForms[] = {
    {HasPowerOfTen, "exponents stand behind an `e`: ", "( *[*]\\^| *([xX*]|×|·) *10(\\^|[*][*])) *([+-]?[0-9]+)", "$1$2e$6", " writes all powers of ten so"},
    {HasRaisedPower, "exponents stand behind an `e`: ", " *([xX]|×|·) *10(⁺|⁻|⁰|¹|²|³|⁴|⁵|⁶|⁷|⁸|⁹)", "$1$2e$4", " writes all powers of ten so"},
    {IsSigned, "numbers to the base of 60 are not read: `perl -pe 's{\\b(\\d+):(\\d\\d):(\\d\\d(\\.\\d+)?)}{$1 * 3600 + $2 * 60 + $3}ge' old.csv > new.csv` writes the seconds, of time or of arc, for all of the file"},
    {HasBlanks, "numbers to the base of 60 are not read: `perl -pe 's{(?<![\\d.])(\\d{1,3}) (\\d\\d) (\\d\\d(\\.\\d+)?)(?![\\d.])}{$1 * 3600 + $2 * 60 + $3}ge' old.csv > new.csv` writes the seconds, of time or of arc, for all of the file"},
    {IsOfDegrees, "angles are read in degrees: `perl -pe 's{\"?([-+]?)(\\d+)°(\\d\\d)(?:\\x27|′)(\\d\\d(\\.\\d+)?)(?:\"\"?|″)\"?}{$1 . ($2 + $3 / 60 + $4 / 3600)}ge' old.csv > new.csv` writes them for all of the file"},
    {HasTypeset, "the sign between its digits is none of those that `thousands` takes: ", "([0-9])’", "$1", " takes it out of all numbers"},
    {IsBehindTime, "a time stands before the number: ", "^[^,;\t]* -> ", "", " takes it out of all lines"},
};

// The raised signs of the labels, and what they stand for.
static std::vector<std::string> RaisedIn(std::span<const std::string> labels) {
  std::vector<std::string> pairs;
  for (const auto& [raised, plain] : {std::pair{"⁺", "+"}, {"⁻", "-"}, {"⁰", "0"}, {"¹", "1"}, {"²", "2"}, {"³", "3"}, {"⁴", "4"}, {"⁵", "5"}, {"⁶", "6"}, {"⁷", "7"}, {"⁸", "8"}, {"⁹", "9"}})
    if (std::any_of(labels.begin(), labels.end(), [&](const std::string& label) { return label.find(raised) != label.npos; })) pairs.insert(pairs.end(), {raised, plain});
  return pairs;
}

std::optional<ForeignNumber> FindNumberForm(std::string_view cell, const Notation& notation, std::span<const std::string> labels) {
  for (const auto& form : kForms) {
    const auto fits = [&](const std::string& label) { return IsMissingText(label) || ParseNumber(label, notation) || form.fits(Trimmed(label), notation); };
    if (!form.fits(cell, notation) || !std::all_of(labels.begin(), labels.end(), fits)) continue;
    if (form.pattern.empty()) return ForeignNumber{std::string(form.cure), ""};
    const bool power = form.fits == HasPowerOfTen || form.fits == HasRaisedPower;
    std::vector<std::string> pairs = {(power ? NumberThatBeginsCell(notation) : "") + std::string(form.pattern), std::string(form.by)};
    if (form.fits == HasRaisedPower)
      for (std::string& each : RaisedIn(labels)) pairs.push_back(std::move(each));
    return ReadBy(std::string(form.cure), pairs, std::string(form.behind));
  }
  return std::nullopt;
}

std::optional<ForeignNumber> FindNumbersBehind(std::span<const std::string> labels) {
  constexpr std::string_view kSigns = "|#@:/";
  constexpr size_t kFewest = 8, kOften = 4;  // labels, and how many are alike without their numbers
  std::set<std::string> alone;
  std::string sign;
  for (const std::string& label : labels) {
    const size_t last = label.find_last_not_of("0123456789");
    if (IsMissingText(label)) continue;
    if (last == label.npos || last == 0 || last + 1 == label.size() || kSigns.find(label[last]) == kSigns.npos || (!sign.empty() && sign[0] != label[last])) return std::nullopt;
    sign = label[last];
    if (IsDigit(label[last - 1])) return std::nullopt;  // a date, or a time
    alone.insert(label.substr(0, last));
  }
  const auto has_letter = [](const std::string& text) { return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) != 0 || c >= 0x80; }); };
  if (labels.size() < kFewest || kOften * alone.size() > labels.size() || !std::all_of(alone.begin(), alone.end(), has_letter)) return std::nullopt;
  return ReadBy("a number stands behind each of its labels: ", {"([^0-9])[" + sign + "][0-9]+([ ,;|\t\"]|$)", "$1$2"}, " leaves the labels, as `" + *alone.begin() + "`");
}

std::optional<ForeignNumber> FindSeveralNumbers(std::string_view cell, const Notation& notation) {
  const size_t star = cell.find('*');
  const std::string one = "a cell holds one number, and `" + std::string(cell) + "` is ";
  if (star != cell.npos && IsOfDigits(cell.substr(0, star)) && ParseNumber(cell.substr(star + 1), notation))
    return ForeignNumber{one + std::string(cell.substr(0, star)) + " that are alike, as Fortran writes them: write a cell for each", ""};
  const std::vector<std::string> words = WordsOf(cell);
  if (words.size() < 2 || !std::all_of(words.begin(), words.end(), [&](const std::string& word) { return ParseNumber(word, notation).has_value(); })) return std::nullopt;
  return ForeignNumber{one + std::to_string(words.size()) + " that blanks separate: where rows have as many, `separator = \"blanks\"` makes cells of them; where they have different numbers of them, write a row for each", ""};
}

}  // namespace nnc::runtime
