#include "runtime/foreign_number.h"

#include "runtime/cell_units.h"
#include "runtime/data_error.h"
#include "runtime/names.h"
#include "runtime/number_forms.h"
#include "runtime/time_text.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace nnc::runtime {

static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

static std::string UnsignedNumber(const Notation& notation) {
  const std::string point = std::string("[") + notation.decimal + "]?";
  return "[0-9]*" + point + "[0-9]+" + point;
}

std::string NumberThatBeginsCell(const Notation& notation) { return std::string("(^|[") + (notation.decimal == ',' ? "" : ",") + ";|\t\" ])([-+]?" + UnsignedNumber(notation) + ")"; }

static std::string Replaced(std::string_view text, std::string_view from, std::string_view by) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const bool found = text.substr(at).starts_with(from);
    if (found) result += by;
    else result += text[at];
    at += found ? from.size() : 1;
  }
  return result;
}

static std::string Quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

// How a number is written where the decimal sign is another one: as the setting tells, or with thousands set apart.
static std::optional<ForeignNumber> OtherFraction(std::string_view text, const Notation& notation) {
  const char other = notation.decimal == '.' ? ',' : '.';
  if (std::count(text.begin(), text.end(), other) != 1 || text.find(notation.decimal) != text.npos) return std::nullopt;
  const std::string number = Replaced(text, ",", ".");
  if (!ParseNumber(number)) return std::nullopt;
  const std::string setting = std::string("decimal = \"") + other + "\"", thousands = std::string("thousands = \"") + other + "\"";
  const bool grouped = IsGrouped(text, other);
  const std::string without = Replaced(text, std::string(1, other), "");
  if (grouped && notation.decimal == '.')
    return ForeignNumber{"where the comma begins a fraction, " + Quoted(setting) + " in the source's braces reads " + Quoted(text) + " as " + number + "; where it sets thousands apart, " + Quoted(thousands) +
                             " reads " + without, ""};
  if (grouped) return ForeignNumber{"where the point sets thousands apart, " + Quoted("decimal = \",\", " + thousands) + " reads " + Quoted(text) + " as " + without + "; where it begins a fraction, leave `decimal` out", ""};
  return ForeignNumber{Quoted(setting) + " in the source's braces reads " + Quoted(text) + " as " + number, setting};
}

// 1,234.5   1.234,5   1 234   1'234
static std::optional<ForeignNumber> Thousands(std::string_view text, const Notation& notation) {
  const std::string plain = WithPlainBlanks(text);
  for (char mark : {',', '.', ' ', '\'', '_'}) {
    const char fraction = mark == ',' ? '.' : mark == '.' ? ',' : plain.find(',') != plain.npos ? ',' : '.';
    if (mark == notation.thousands || !ParseNumber(text, Notation{fraction, mark})) continue;
    const std::string whole = plain.substr(0, plain.find(fraction));
    if (!IsGrouped(whole, mark)) continue;
    const bool decimal = fraction != notation.decimal && (plain.find(fraction) != plain.npos || mark == notation.decimal);
    const std::string setting = (decimal ? std::string("decimal = \"") + fraction + "\", " : "") + "thousands = \"" + mark + "\"";
    std::string number = Replaced(plain, std::string(1, mark), "");
    std::replace(number.begin(), number.end(), ',', '.');
    return ForeignNumber{Quoted(setting) + " in the source's braces reads " + Quoted(text) + " as " + number, setting};
  }
  return std::nullopt;
}

// $1,084.65, where the unit is known
static std::optional<ForeignNumber> ThousandsWithUnit(std::string_view text, const Notation& notation) {
  if (notation.units.empty() || notation.thousands != 0) return std::nullopt;
  for (const char mark : {',', '.', ' ', '\'', '_'}) {
    if (mark == notation.decimal || text.find(mark) == text.npos || !ParseNumber(text, Notation{notation.decimal, mark, notation.units})) continue;
    const std::string setting = std::string("thousands = \"") + mark + "\"";
    return ForeignNumber{Quoted(setting) + " in the source's braces reads " + Quoted(text), setting};
  }
  return std::nullopt;
}

// 1.#QNAN, -1.#IND, 1.#INF00
static std::optional<ForeignNumber> WindowsNan(std::string_view text) {
  const size_t at = text.find(".#");
  if (at == text.npos || at + 2 >= text.size() || std::isalpha(static_cast<unsigned char>(text[at + 2])) == 0) return std::nullopt;
  return ForeignNumber{"programs on Windows write what is no number so: `missing = " + Literal(text) + "` in the source's braces takes it for a missing value", "missing = " + Literal(text)};
}

// 3:0.25
static bool IsPair(std::string_view text) {
  const size_t colon = text.find(':');
  return colon != text.npos && colon > 0 && std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), IsDigit) &&
         ParseNumber(text.substr(colon + 1)) && text.find('.', colon) != text.npos;
}

// (0.76)   ($5)   (1,200)
static std::optional<ForeignNumber> InParentheses(std::string_view text, const Notation& notation) {
  if (!text.starts_with('(') || !text.ends_with(')')) return std::nullopt;
  const std::string_view number = Trimmed(text.substr(1, text.size() - 2));
  if (number.starts_with('-') || number.starts_with('+')) return std::nullopt;
  if (!ParseNumber(number, notation) && !Thousands(number, notation) && !OtherFraction(number, notation) && !FindUnits(number, notation, {})) return std::nullopt;
  const bool plain = number.find_first_not_of("0123456789.,") == number.npos;
  return ReadBy("accounts write what is negative in parentheses: ", {std::string("(^|[,;|\t\"]) *[(] *") + (plain ? "([0-9.,]+)" : "([^()0-9,;|\t\"]*[0-9][^()]*)") + " *[)]", "$1-$2"}, " reads " + Quoted("-" + std::string(number)));
}

// 1.234-105: Fortran leaves the letter out where the exponent has three digits; of fewer the cell may be a range.
static std::optional<ForeignNumber> WithoutLetter(std::string_view text, const Notation& notation) {
  const size_t sign = text.find_last_of("+-");
  if (sign == text.npos || sign == 0 || text.size() - sign > 4 || !IsDigit(text[sign - 1]) || !std::all_of(text.begin() + static_cast<std::ptrdiff_t>(sign) + 1, text.end(), IsDigit)) return std::nullopt;
  const std::string written = std::string(text.substr(0, sign)) + "e" + std::string(text.substr(sign));
  if (text.substr(0, sign).find(notation.decimal) == text.npos || !ParseNumber(written, notation)) return std::nullopt;
  return ForeignNumber{"if the cell is a number whose exponent has lost its letter, write " + Quoted(written) + " (" + ReplacedInLines({std::string("([0-9][") + notation.decimal + "][0-9]+)([+-][0-9]{1,3})", "$1e$2"}).hint + " does so in the whole file); if it is a range, write its ends into columns of their own", ""};
}

// ="339.2030"
static std::optional<ForeignNumber> Formula(std::string_view text) {
  if (!text.starts_with("=\"") || !text.ends_with('"') || text.size() < 3) return std::nullopt;
  return ReadBy("its cells are formulas of spreadsheets that hold texts: ", {"\"=\"\"([^\"]*)\"\"\"|=\"([^\"]*)\"", "$1$2"}, " leaves what is in the quotes");
}

static const std::string kListsAsRows =
    "`perl -ne 's/\\r?\\n$//; if ($. == 1) { ($s) = /([\\t;])/; $s ||= \",\"; print \"entry$s$_\\n\"; next } my @l = map { [grep { length } split /[\\s,;]+/] } /\\[(.*?)\\]/g; "
    "for my $i (0 .. $#{$l[0]}) { my $k = 0; (my $r = $_) =~ s/\"?\\[.*?\\]\"?/$l[$k++][$i]/ge; print $. - 1, \"$s$r\\n\" }' old.csv > new.csv`";

// [12.87, 19.06, 20.11]   (1.5; 2.5)   [0.5 1.5]
static std::optional<ForeignNumber> List(std::string_view text, const Notation& notation) {
  const bool brackets = text.size() > 2 && std::string_view("[({").find(text.front()) != text.npos && std::string_view("])}").find(text.back()) != text.npos;
  if (!brackets) return std::nullopt;
  const std::string_view inside = Trimmed(text.substr(1, text.size() - 2)), signs = inside.find(';') != inside.npos ? ";" : inside.find(',') != inside.npos ? "," : " ";
  size_t count = 0;
  for (size_t at = 0; at < inside.size(); ++count) {
    const size_t end = std::min(inside.find(signs, at), inside.size());
    if (!ParseNumber(Trimmed(inside.substr(at, end - at)), notation)) return std::nullopt;
    at = std::min(inside.find_first_not_of(std::string(signs) + " ", end), inside.size());
  }
  if (count < 2) return std::nullopt;
  return ForeignNumber{"a cell holds one number, and " + Quoted(text) + " is a list of " + std::to_string(count) + ": write a column for each of them; where lists have different lengths, write a row for each: " + kListsAsRows +
                           " does so for all lists in square brackets, with a first column `entry` that numbers the events, which `names` lists, too, and without events whose list is empty; `group = entry, each = [pt], most = 64, count = hits` in the source's braces reads several rows as an event: `pt` is the column of lists, and no list is longer than 64", ""};
}

// -1.001-0.178j   (1+2j)
static std::optional<ForeignNumber> Complex(std::string_view text, const Notation& notation) {
  const std::string_view whole = text;
  if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
  if (text.size() < 4 || std::string_view("ijIJ").find(text.back()) == text.npos) return std::nullopt;
  text.remove_suffix(1);
  for (size_t sign = text.find_last_of("+-"); sign != text.npos && sign > 0; sign = text.find_last_of("+-", sign - 1)) {
    if (!ParseNumber(Trimmed(text.substr(0, sign)), notation)) continue;
    std::string imaginary;
    for (char c : text.substr(sign))
      if (c != ' ') imaginary += c;
    if (ParseNumber(imaginary, notation))
      return ForeignNumber{"a cell holds one number, and " + Quoted(whole) + " is a complex one: write its parts into columns of their own, in Python `z.real` and `z.imag`", ""};
  }
  return std::nullopt;
}

// The signs that set groups of three digits apart in some label, where the source does not say one.
static std::string GroupSignsIn(std::span<const std::string> labels, const Notation& notation) {
  if (notation.thousands != 0) return std::string(1, notation.thousands);
  std::string found;
  for (const char sign : notation.decimal == ',' ? std::string_view(". '") : std::string_view(", '")) {
    const auto is_grouped = [&](const std::string& label) {
      const size_t at = label.find(sign);
      return at != label.npos && at > 0 && IsDigit(label[at - 1]) && at + 3 < label.size() && std::all_of(label.begin() + static_cast<std::ptrdiff_t>(at) + 1, label.begin() + static_cast<std::ptrdiff_t>(at) + 4, IsDigit);
    };
    if (std::any_of(labels.begin(), labels.end(), is_grouped)) found += sign;
  }
  return found;
}

// 185.47-: not 5- alone, which may be a mark.
static std::optional<ForeignNumber> MinusBehind(std::string_view text, const Notation& notation, std::span<const std::string> labels) {
  if (!text.ends_with('-')) return std::nullopt;
  const std::string_view number = Trimmed(text.substr(0, text.size() - 1));
  const bool fraction = number.find(notation.decimal) != number.npos, beside = std::any_of(labels.begin(), labels.end(), [&](const std::string& label) { return ParseNumber(label, notation).has_value(); });
  if (number.empty() || !IsDigit(number.back()) || !ParseNumber(number, notation) || number.starts_with('-') || !(fraction || beside)) return std::nullopt;
  const auto is_whole = [&](const std::string& label) { return label.ends_with('-') && label.find(notation.decimal) == label.npos; };
  const std::string digits = "[0-9" + GroupSignsIn(labels, notation) + "]", point = std::string("[") + notation.decimal + "]";
  const std::string whole = "[0-9]" + digits + "*", fractions = fraction && std::none_of(labels.begin(), labels.end(), is_whole) ? point + "[0-9]*" : "(" + point + "[0-9]*)?";  // 2- of another column may be a label
  return ReadBy("accounts write what is negative with the minus behind it: ", {"\\<(" + whole + fractions + ") *-([ ,;|\t\"]|$)", fractions[0] == '(' ? "-$1$3" : "-$1$2"}, " reads " + Quoted("-" + std::string(number)));
}

// 1D3: with a point it is read.
static std::optional<ForeignNumber> LetterOfFortran(std::string_view text, const Notation& notation) {
  const size_t letter = text.find_first_of("dD");
  if (letter == text.npos || letter == 0 || !IsDigit(text[letter - 1])) return std::nullopt;
  std::string written(text);
  written[letter] = 'e';
  if (!IsDigit(text.back()) || !ParseNumber(written, notation)) return std::nullopt;
  return ForeignNumber{"if the cell is a number with an exponent, write " + Quoted(written), ""};
}

// 0x1F
static std::optional<ForeignNumber> Hexadecimal(std::string_view text) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return std::nullopt;
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + 2, end, number, 16);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return ForeignNumber{"numbers have ten digits, and those that begin with `0x` have sixteen: `perl -pe 's/\\b0[xX][0-9a-fA-F]+\\b/hex $&/ge' old.csv > new.csv` writes all of the file with ten; what is only compared, or tells classes apart as by `onehot`, may stay as it is", ""};
}

// 1.5 +- 0.1   1.5±0.1   1.5(1)
static std::optional<ForeignNumber> WithUncertainty(std::string_view text, const Notation& notation) {
  for (std::string_view sign : {"+-", "+/-", "\u00b1", "("}) {
    const size_t at = text.find(sign);
    if (at == text.npos || at == 0 || !ParseNumber(Trimmed(text.substr(0, at)), notation)) continue;
    std::string_view behind = text.substr(at + sign.size());
    if (const size_t close = behind.find(')'); sign == "(" && close != behind.npos && (close + 1 == behind.size() || ParseNumber("1" + std::string(behind.substr(close + 1)), notation))) behind = behind.substr(0, close);
    if (!ParseNumber(Trimmed(behind), notation)) continue;
    const std::string one = "a cell holds one number, and " + Quoted(text) + " is one with its uncertainty: ", number = UnsignedNumber(notation), power = "([eEdD][-+]?[0-9]+)?";
    const std::string between = sign == "+-" ? "[+]-" : sign == "+/-" ? "[+]/-" : std::string(sign);
    if (sign == "(") return ReadBy(one, {NumberThatBeginsCell(notation) + " *[(]" + number + "[)]", "$1$2"}, " leaves all uncertainties out");
    return ReadBy(one, {NumberThatBeginsCell(notation) + power + "( *" + between + " *" + number + power + ")+", "$1$2$3"}, " leaves all uncertainties out");
  }
  return std::nullopt;
}

ForeignNumber ReadBy(const std::string& before, const std::vector<std::string>& replacements, const std::string& behind) {
  const Cure cure = before + ReplacedInLines(replacements) + behind;
  return ForeignNumber{cure.hint, cure.setting};
}

std::optional<ForeignNumber> FindForeignNumber(std::string_view cell, const Notation& notation, std::span<const std::string> labels, bool often) {
  const std::string_view text = Trimmed(cell);
  if (auto found = Formula(text)) return found;
  if (text.empty() || std::none_of(text.begin(), text.end(), IsDigit)) return std::nullopt;
  if (auto found = FindNumbersBehind(labels)) return found;
  if (auto found = Hexadecimal(text)) return found;
  if (auto found = OtherFraction(text, notation)) return found;
  if (auto found = WindowsNan(text)) return found;
  if (IsPair(text)) return ForeignNumber{"a pair of a place and its value, as libsvm writes them, is no cell: write a table with a column for each place", ""};
  if (auto found = WithUncertainty(text, notation)) return found;
  if (auto found = Complex(text, notation)) return found;
  if (auto found = InParentheses(text, notation)) return found;
  if (auto found = List(text, notation)) return found;
  if (auto found = MinusBehind(text, notation, labels)) return found;
  if (auto found = WithoutLetter(text, notation)) return found;
  if (auto found = LetterOfFortran(text, notation)) return found;
  const auto has_sign = [](std::string_view label) { return label.starts_with('-') || label.starts_with('+'); };  // no time has one
  if (auto found = has_sign(text) || std::any_of(labels.begin(), labels.end(), has_sign) || !TimeHint(text, labels) ? FindNumberForm(text, notation, labels) : std::nullopt) return found;
  if (auto hint = TimeHint(text, labels)) return ForeignNumber{*hint, ""};
  if (auto found = Thousands(text, notation)) return found;
  if (auto found = ThousandsWithUnit(text, notation)) return found;
  if (auto found = FindSeveralNumbers(text, notation)) return found;
  if (const size_t remark = text.find(" #"); remark != text.npos && remark > 0 && ParseNumber(Trimmed(text.substr(0, remark)), notation))
    return ReadBy("a remark stands on a line of its own: ", {"[ ,;\t]+#.*", ""}, " takes those behind numbers out");
  return FindUnits(text, notation, labels, often);
}

}  // namespace nnc::runtime
