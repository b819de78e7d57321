#include "runtime/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace nnc::runtime {

// Blanks in UTF-8: space, tab, the spaces at which no line breaks and the one of no width, which text processors and web pages set beside
// numbers, and the byte order mark, which stands in the middle where files were joined.
static constexpr std::string_view blanks[] = {" ", "\t", "\u00a0", "\u2007", "\u202f", "\u200b", "\ufeff"};

// A character of ASCII that is none and belongs to none.
static bool IsPlain(char c) { return c > ' ' && static_cast<unsigned char>(c) < 0x80; }

size_t BlankAt(std::string_view text, size_t at) {
  if (at >= text.size() || IsPlain(text[at])) return 0;
  for (std::string_view blank : blanks)
    if (text.substr(at).starts_with(blank)) return blank.size();
  return 0;
}

static size_t BlankBefore(std::string_view text) {
  if (text.empty() || IsPlain(text.back())) return 0;
  for (std::string_view blank : blanks)
    if (text.ends_with(blank)) return blank.size();
  return 0;
}

std::string_view Trimmed(std::string_view text) {
  while (const size_t blank = BlankAt(text, 0)) text.remove_prefix(blank);
  while (const size_t blank = BlankBefore(text)) text.remove_suffix(blank);
  return text;
}

static std::string_view WithoutPlus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+') text.remove_prefix(1);
  return text;
}

std::optional<int64_t> ParseInteger(std::string_view text) {
  text = WithoutPlus(text);
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Plain decimals of at most 15 digits and small exponents: the digits and the power of ten are both exact in double, so
// one division or multiplication rounds correctly (Clinger, "How to read floating point numbers accurately", 1990).
static std::optional<double> ParseShortDecimal(std::string_view text) {
  static constexpr std::array<double, 23> powers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  size_t at = 0;
  bool negative = !text.empty() && text[0] == '-';
  if (negative) ++at;
  uint64_t digits = 0;
  int count = 0;
  int fraction = 0;
  bool point = false;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    digits = digits * 10 + static_cast<uint64_t>(c - '0');
    fraction += point;
    if (++count > 15) return std::nullopt;
  }
  if (count == 0) return std::nullopt;
  double value = static_cast<double>(digits) / powers[static_cast<size_t>(fraction)];
  return negative ? -value : value;
}

// Too large or too small for a double: the nearest one is an infinity or zero.
static double BeyondRange(std::string_view text) {
  bool negative = text[0] == '-';
  if (negative) text.remove_prefix(1);
  size_t exponent = text.find_first_of("eE");
  bool tiny = exponent != text.npos ? text[exponent + 1] == '-' : text[0] == '0' || text[0] == '.';
  double value = tiny ? 0 : std::numeric_limits<double>::infinity();
  return negative ? -value : value;
}

std::optional<double> ParseNumber(std::string_view text) {
  text = WithoutPlus(text);
  if (auto value = ParseShortDecimal(text)) return value;
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    return BeyondRange(text);
  }
  if (error != std::errc()) return std::nullopt;
  return value;
}

bool IsGrouped(std::string_view text, char mark) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('0')) return false;
  size_t digits = 0, groups = 0;
  for (char c : text) {
    if (c == mark) {
      if (groups == 0 ? digits < 1 || digits > 3 : digits != 3) return false;
      ++groups;
      digits = 0;
    } else if (c >= '0' && c <= '9') {
      ++digits;
    } else {
      return false;
    }
  }
  return groups > 0 && digits == 3;
}

std::string WithPlainBlanks(std::string_view text) {
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    const size_t blank = text.substr(at).starts_with("\u00A0") ? 2 : text.substr(at).starts_with("\u202F") ? 3 : 0;
    plain += blank > 0 ? ' ' : text[at];
    at += std::max<size_t>(blank, 1);
  }
  return plain;
}

// Without what sets thousands apart; as it is where they are not.
static std::string Ungrouped(std::string_view text, const Notation& notation) {
  std::string plain = notation.thousands == ' ' ? WithPlainBlanks(text) : std::string(text);
  const size_t end = std::min(plain.find(notation.decimal), plain.size());
  std::string whole = plain.substr(0, end);
  if (!IsGrouped(whole, notation.thousands)) return plain;
  std::erase(whole, notation.thousands);
  return whole + plain.substr(end);
}

static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What Fortran writes, 1.5D+03, and what typesetters do, \u22121.5: as programs write it. "" for what is neither.
static std::string WithPlainSigns(std::string_view text) {
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    const auto minus = std::find_if(std::begin(kTypesetMinus), std::end(kTypesetMinus), [&](std::string_view sign) { return text.substr(at).starts_with(sign); });
    plain += minus != std::end(kTypesetMinus) ? '-' : text[at];
    at += minus != std::end(kTypesetMinus) ? minus->size() : 1;
  }
  if (const size_t letter = plain.find_first_of("dD"); letter != plain.npos && plain.find('.') < letter) plain[letter] = 'e';
  return plain != text && IsDigit(plain.back()) ? plain : "";
}

// 3.194426+5, as Fortran's fields of eleven characters and the libraries of nuclear data write it: where the exponent begins, 0 if none does.
// A digit stands before the point and five or more behind it: with less, as in 1.5-3, the two may be the ends of a range.
static size_t ExponentWithoutLetter(std::string_view text) {
  constexpr size_t kFewestDigits = 5, kMostOfExponent = 3;
  const size_t begin = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0, sign = text.find_first_of("+-", begin);
  if (sign == text.npos || sign < begin + 2 + kFewestDigits || text[begin + 1] != '.') return 0;
  const auto all_digits = [](std::string_view part) { return std::all_of(part.begin(), part.end(), IsDigit); };
  const std::string_view exponent = text.substr(sign + 1);
  const bool fits = !exponent.empty() && exponent.size() <= kMostOfExponent && all_digits(exponent);
  return fits && IsDigit(text[begin]) && all_digits(text.substr(begin + 2, sign - begin - 2)) ? sign : 0;
}

static std::optional<double> ParseForeign(std::string_view text) {
  if (text.find('.') == text.npos && text.find('\xE2') == text.npos && text.find('\xEF') == text.npos) return std::nullopt;
  if (const size_t sign = ExponentWithoutLetter(text); sign != 0) return ParseNumber(std::string(text.substr(0, sign)) + "e" + std::string(text.substr(sign)));
  const std::string plain = WithPlainSigns(text);
  return plain.empty() ? std::nullopt : ParseNumber(plain);
}

// The number that stands alone.
static std::optional<double> ParseBare(std::string_view text, const Notation& notation) {
  std::string plain;
  if (notation.thousands != 0) text = plain = Ungrouped(text, notation);
  if (notation.decimal != '.' && text.find('.') != text.npos) return std::nullopt;
  if (notation.decimal != '.' && text.find(notation.decimal) != text.npos) {
    plain = text;
    std::replace(plain.begin(), plain.end(), notation.decimal, '.');
    text = plain;
  }
  const std::optional<double> value = ParseNumber(text);
  return value ? value : ParseForeign(text);
}

// 62.9 by 0.01 is 62.9 / 100, which rounds once.
static double Scaled(double value, double worth) {
  const double parts = 1 / worth;
  return std::fabs(worth) < 1 && parts == std::floor(parts) ? value / parts : value * worth;
}

// The number behind one of the units, before one, or between two.
static std::optional<double> ParseWithUnits(std::string_view text, const Notation& notation, bool cut_before) {
  for (const CellUnit& unit : notation.units) {
    const bool behind = text.ends_with(unit.text), minus = !behind && text.starts_with('-');  // -$5
    const std::string_view from = text.substr(minus ? 1 : 0);
    if (!behind && (cut_before || !from.starts_with(unit.text))) continue;
    const std::string_view rest = Trimmed(behind ? text.substr(0, text.size() - unit.text.size()) : from.substr(unit.text.size()));
    if (minus && rest.starts_with('-')) continue;
    std::optional<double> value = ParseBare(rest, notation);
    if (!value && !behind) value = ParseWithUnits(rest, notation, true);
    if (value) return Scaled(minus ? -*value : *value, unit.worth);
  }
  return std::nullopt;
}

std::optional<double> ParseNumber(std::string_view text, const Notation& notation) {
  if (auto value = ParseBare(text, notation)) return value;
  return notation.units.empty() ? std::nullopt : ParseWithUnits(Trimmed(text), notation, false);
}

static bool EqualIgnoringCase(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] + 32) : a[i];
    if (c != lower[i]) return false;
  }
  return true;
}

bool IsMissingText(std::string_view text) {
  text = Trimmed(text);
  if (text.empty()) return true;
  for (std::string_view word : {"na", "n/a", "null", "none"}) {
    if (EqualIgnoringCase(text, word)) return true;
  }
  if (text.size() > 1 && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  for (std::string_view word : {"nan", "inf", "infinity"}) {
    if (EqualIgnoringCase(text, word)) return true;
  }
  return false;
}

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    unsigned char lead = static_cast<unsigned char>(text[i++]);
    if (lead < 0x80) continue;
    size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - i < more) return false;
    uint32_t code = lead & (0x3FU >> more);
    for (; more > 0; --more) {
      unsigned char next = static_cast<unsigned char>(text[i++]);
      if ((next & 0xC0U) != 0x80) return false;
      code = code << 6 | (next & 0x3FU);
    }
    bool surrogate = code >= 0xD800 && code < 0xE000;
    if (surrogate || code > 0x10FFFF || (lead == 0xE0 && code < 0x800) || (lead == 0xF0 && code < 0x10000)) return false;
  }
  return true;
}

template <typename T>
static void AppendShortest(std::string& out, T value) {
  std::array<char, 64> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

void AppendNumber(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  AppendShortest(out, value);
}

void AppendNumber(std::string& out, float value) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  AppendShortest(out, value);
}

void AppendNumber(std::string& out, int64_t value) { AppendShortest(out, value); }

std::string ShortNumber(double value, int digits) {
  if (std::isnan(value)) return "nan";  // which C may print with a sign
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%.*g", digits, value);
  return text.data();
}

std::string ShortDuration(double seconds) {
  std::array<char, 64> text;
  if (!(seconds >= 0) || seconds > 1e9) return "?";
  int64_t whole = static_cast<int64_t>(seconds + 0.5);
  if (seconds < 9.95) {
    std::snprintf(text.data(), text.size(), "%.1f s", seconds);
  } else if (whole < 60) {
    std::snprintf(text.data(), text.size(), "%lld s", static_cast<long long>(whole));
  } else if (whole < 3600) {
    std::snprintf(text.data(), text.size(), "%lld:%02lld", static_cast<long long>(whole / 60), static_cast<long long>(whole % 60));
  } else {
    std::snprintf(text.data(), text.size(), "%lld:%02lld:%02lld", static_cast<long long>(whole / 3600),
                  static_cast<long long>(whole / 60 % 60), static_cast<long long>(whole % 60));
  }
  return text.data();
}

}  // namespace nnc::runtime
