#include "runtime/cell_units.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <vector>

namespace nnc::runtime {

namespace {

// A cell as a number and what stands around it.
struct Parted {
  std::string_view number, unit;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80; }

// A digit belongs to a unit as the power of a letter, cm2; D3 and e3 are powers of ten, and a minus is none.
bool MayBeUnit(std::string_view unit) {
  for (size_t at = 0; at < unit.size(); ++at)
    if (IsDigit(unit[at]) && !(at + 1 == unit.size() && at > 0 && IsLetter(unit[at - 1]))) return false;
  if (unit.size() == 2 && std::string_view("dDeE").find(unit[0]) != std::string_view::npos && IsDigit(unit[1])) return false;
  if (unit == "e+" || unit == "E+" || unit.find('-') != unit.npos) return false;
  for (std::string_view sign : kTypesetMinus)
    if (unit.find(sign) != unit.npos) return false;
  for (std::string_view power : {"\u00B2", "\u00B3", "\u00B9"})
    if (unit.starts_with(power)) return false;
  return !unit.empty() && unit.size() <= 16 && unit.find('"') == unit.npos && unit[0] != ',' && unit[0] != '.' && unit[0] != ':';
}

bool IsNumber(std::string_view text, const Notation& notation) {
  const char other = notation.decimal == '.' ? ',' : '.';
  return !text.empty() && (IsDigit(text.back()) || text.back() == notation.decimal) && (ParseNumber(text, notation) || ParseNumber(text, Notation{notation.decimal, other, {}}));
}

// hv=, $, [: what stands before a number and is no word, as in a label.
bool IsSign(std::string_view unit) {
  return !unit.empty() && (unit.back() == '=' || std::none_of(unit.begin(), unit.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }));
}

std::optional<Parted> PartedCell(std::string_view cell, const Notation& notation) {
  std::string_view text = Trimmed(cell);
  for (size_t end = text.size() - std::min<size_t>(text.size(), 1); end > 0; --end)
    if (IsNumber(Trimmed(text.substr(0, end)), notation)) {
      const Parted parted{Trimmed(text.substr(0, end)), Trimmed(text.substr(end))};
      return MayBeUnit(parted.unit) ? std::optional(parted) : std::nullopt;
    }
  if (text.starts_with('-')) text.remove_prefix(1);  // -$5
  for (size_t begin = 1; begin < text.size(); ++begin)
    if (const std::string_view number = Trimmed(text.substr(begin)), unit = Trimmed(text.substr(0, begin)); IsNumber(number, notation) && IsSign(unit))
      return MayBeUnit(unit) ? std::optional(Parted{number, unit}) : std::nullopt;
  return std::nullopt;
}

// By how much a unit is larger for what stands before it.
std::optional<std::string> Prefix(std::string_view prefix) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kPrefixes = {
      {{"n", "1e-9"}, {"u", "1e-6"}, {"\u00b5", "1e-6"}, {"m", "0.001"}, {"c", "0.01"}, {"k", "1000"}, {"M", "1e6"}, {"G", "1e9"}, {"T", "1e12"}}};
  for (auto [name, worth] : kPrefixes)
    if (prefix == name) return std::string(worth);
  return prefix.empty() ? std::optional<std::string>("1") : std::nullopt;
}

// A unit as a prefix and what it is of, with what it is divided by: M and eV/c. Nothing for another: min is no thousandth of an inch.
struct Prefixed {
  std::string_view prefix, base;
};

std::optional<Prefixed> PrefixedUnit(std::string_view unit) {
  static constexpr std::array<std::string_view, 19> kBases = {"eV", "m", "g", "s", "V", "A", "W", "J", "N", "C", "F", "H", "K", "T", "b", "Hz", "Pa", "mol", "bar"};
  const std::string_view whole = unit.substr(0, unit.find('/'));
  for (std::string_view base : kBases) {
    if (!whole.ends_with(base)) continue;
    const Prefixed found{whole.substr(0, whole.size() - base.size()), unit.substr(whole.size() - base.size())};
    if (Prefix(found.prefix)) return found;
  }
  return std::nullopt;
}

// The figure as people write it; only powers of ten come.
std::string Figure(double worth) { return ShortNumber(worth, 6); }

// What one of a unit is worth in another one, "" for none; nothing where that is not known.
std::optional<double> Worth(std::string_view unit, std::string_view base) {
  if (base.empty()) {
    if (unit == "%") return 0.01;
    return unit == "k" || unit == "M" ? ParseNumber(*Prefix(unit)) : std::nullopt;  // T and G may be tesla and gauss
  }
  if ((unit == "N" && base == "S") || (unit == "S" && base == "N") || (unit == "E" && base == "W") || (unit == "W" && base == "E")) return -1.0;
  const auto ours = PrefixedUnit(unit), theirs = PrefixedUnit(base);
  if (ours && theirs && ours->base == theirs->base) return *ParseNumber(*Prefix(ours->prefix)) / *ParseNumber(*Prefix(theirs->prefix));
  return std::nullopt;
}

// As the setting is written.
std::string Setting(const std::vector<std::string>& units) {
  std::string list;
  for (const std::string& unit : units) list += (list.empty() ? "\"" : ", \"") + unit + "\"";
  return "units = " + (units.size() == 1 ? list : "[" + list + "]");
}

// The units of a column, this cell's first, and whether numbers stand there alone, too.
struct UnitsOfColumn {
  std::vector<std::string> units;
  bool alone = false;
  size_t numbers = 0, with = 0;  // distinct ones alone, and with a unit
};

UnitsOfColumn UnitsOf(const Parted& first, const Notation& notation, std::span<const std::string> labels) {
  UnitsOfColumn found{{std::string(first.unit)}};
  for (const std::string& label : labels) {
    const bool alone = ParseNumber(label, notation).has_value();
    found.alone = found.alone || alone;
    const auto parted = alone ? std::nullopt : PartedCell(label, notation);
    found.numbers += alone ? 1 : 0;
    found.with += parted ? 1 : 0;
    if (!parted || std::find(found.units.begin(), found.units.end(), parted->unit) != found.units.end()) continue;
    found.units.emplace_back(parted->unit);
  }
  // Latitudes are positive in the north and longitudes in the east, whichever comes first.
  for (const auto& [positive, negative] : {std::pair{"N", "S"}, std::pair{"E", "W"}})
    if (const auto at = std::find(found.units.begin(), found.units.end(), positive); found.units[0] == negative && at != found.units.end()) std::iter_swap(found.units.begin(), at);
  return found;
}

}  // namespace

// As the setting lists it.
static std::string Listed(const CellUnit& unit) { return unit.text + (unit.worth == 1 ? "" : " = " + ShortNumber(unit.worth, 15)); }

// Several units, or one beside numbers without, or beside those that the source has: each says what it is worth.
static ForeignNumber Several(const UnitsOfColumn& column, const std::vector<CellUnit>& given) {
  auto is_given = [&](const std::string& unit) { return std::any_of(given.begin(), given.end(), [&](const CellUnit& each) { return each.text == unit; }); };
  std::string base = column.alone ? "" : column.units[0], ends;
  for (const std::string& unit : column.units)
    if (!column.alone && is_given(unit)) base = unit;
  std::vector<std::string> list;
  for (const CellUnit& unit : given) list.push_back(Listed(unit));
  const bool related = std::any_of(given.begin(), given.end(), [&](const CellUnit& each) { return Worth(base, each.text).has_value(); });
  if (related && !is_given(base)) base = "";  // they say what it is worth
  if (!base.empty() && !is_given(base)) list.push_back(base);
  bool known = true;
  for (size_t k = 0; k < column.units.size(); ++k) {
    const std::string& unit = column.units[k];
    ends += (ends.empty() ? "`" : k + 1 == column.units.size() && !column.alone ? " and `" : ", `") + unit + "`";
    if (unit == base || is_given(unit)) continue;
    std::optional<double> worth = Worth(unit, base);
    std::string of = base;
    for (size_t g = 0; g < given.size() && !worth; ++g)
      if ((worth = Worth(unit, given[g].text))) of = given[g].text;
    known = known && worth;
    list.push_back(unit + " = " + (worth ? Figure(*worth) : std::string("?")) + (of.empty() ? "" : " " + of));
  }
  const std::string have = "numbers of the column have " + ends + (column.alone ? " and nothing" : "") + " beside them: `" + Setting(list) + "` in the source's braces says what each is worth";
  if (known) return {have, Setting(list), list};
  if (!column.alone || column.units.size() > 1 || !given.empty()) return {have + ", with a number in place of `?`" + (column.alone ? "; flags that say nothing of its size have none: `" + Setting(column.units) + "`" : ""), ""};
  const std::string& unit = column.units[0];
  return {"numbers of the column have " + ends + " and nothing beside them: `" + Setting({unit}) + "` in the source's braces takes them for the same, `" + Setting({unit + " = ?"}) + "` with a number in place of `?` for others", ""};
}

// hv=55.5V
static std::optional<ForeignNumber> OnBothSides(std::string_view cell, const Notation& notation) {
  const std::string_view text = Trimmed(cell);
  for (size_t end = 1; end < text.size(); ++end)
    if (const std::string_view before = Trimmed(text.substr(0, end)); IsSign(before) && MayBeUnit(before))
      if (const auto behind = PartedCell(text.substr(end), notation); behind && ParseNumber(behind->number, notation) && IsDigit(behind->number[0]))
        return ForeignNumber{"`" + Setting({std::string(before), std::string(behind->unit)}) + "` in the source's braces reads " + "`" + std::string(text) + "` as " + std::string(behind->number), ""};
  return std::nullopt;
}

// 7.8e, 7.8e+, 7.8E-
static ForeignNumber CutOff() { return {"the number is cut off in its exponent: correct the cell, or take its line out", ""}; }

// With its sign, which no unit has.
static bool IsCutOff(std::string_view text, const Notation& notation) {
  const bool sign = text.size() > 2 && (text.ends_with('+') || text.ends_with('-')) && std::string_view("eEdD").find(text[text.size() - 2]) != text.npos;
  return sign && IsNumber(text.substr(0, text.size() - 2), notation);
}

std::optional<ForeignNumber> FindUnits(std::string_view cell, const Notation& notation, std::span<const std::string> labels, bool often) {
  constexpr size_t kMost = 6, kFewestNumbers = 8;
  const Notation plain{notation.decimal, notation.thousands, {}};
  if (IsCutOff(Trimmed(cell), plain)) return CutOff();
  const auto parted = PartedCell(cell, plain);
  if (!parted) {
    const Notation other{notation.decimal == '.' ? ',' : '.', 0, notation.units};
    const bool fraction = cell.find(other.decimal) != cell.npos && cell.find(notation.decimal) == cell.npos;
    if (const auto there = fraction ? PartedCell(cell, Notation{other.decimal, 0, {}}) : std::nullopt; there && ParseNumber(there->number, other)) {
      const std::optional<ForeignNumber> found = FindUnits(cell, other, labels, often);
      if (!found) return std::nullopt;
      const std::string decimal = std::string("decimal = \"") + other.decimal + "\"";
      return ForeignNumber{"`" + decimal + "` in the source's braces reads the number; " + found->hint, found->setting.empty() ? "" : decimal + ", " + found->setting, found->units};
    }
    return OnBothSides(cell, plain);
  }
  const UnitsOfColumn column = UnitsOf(*parted, plain, labels);
  if (column.units.size() > kMost) return std::nullopt;
  const std::string text(Trimmed(cell)), unit(parted->unit);
  if (column.alone && (unit == "e" || unit == "E") && IsDigit(text[text.size() - 2])) return CutOff();
  const std::string label = unit == "%" ? "" : "if `" + text + "` is a label, compare it or number it, as by `onehot`; ";
  if (column.alone || column.units.size() > 1 || !notation.units.empty()) {
    const ForeignNumber several = Several(column, notation.units);
    const bool odd = several.setting.empty() && column.with == 1 && !often && column.numbers >= kFewestNumbers;
    const std::string correct = odd ? "no other number of the column has `" + unit + "` beside it: correct the cell, or take its line out of the file if it is no event; otherwise " : "";
    return ForeignNumber{label + correct + several.hint, several.setting, several.units};
  }
  Notation with = plain;
  if (!ParseNumber(parted->number, plain)) with.thousands = notation.decimal == '.' ? ',' : '.';
  const std::string thousands = with == plain ? "" : std::string("thousands = \"") + with.thousands + "\", ";
  const std::string setting = thousands + Setting({unit});
  with.units = {{unit, 1}};
  return ForeignNumber{label + "`" + setting + "` in the source's braces reads `" + text + "` as " + ShortNumber(ParseNumber(text, with).value_or(0), 12), setting, {unit}};
}

}  // namespace nnc::runtime
