#include "compiler/sema/cell_units.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

namespace nnc::sema {

static std::string_view WithoutBlanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Where "MeV = 0.001" has its sign: blanks around it, or a number behind. Nothing for "hv=".
static size_t SignIn(std::string_view text) {
  const size_t sign = text.rfind('=');
  if (sign == std::string_view::npos) return sign;
  const std::string_view behind = WithoutBlanks(text.substr(sign + 1));
  double number = 0;
  const bool is_number = std::from_chars(behind.data(), behind.data() + behind.size(), number).ec == std::errc();
  return is_number || text.find(" = ") != std::string_view::npos ? sign : std::string_view::npos;
}

std::string AddUnit(const std::string& text, std::vector<CellFormat::Unit>& units) {
  const std::string_view whole = text;
  const size_t sign = SignIn(whole);
  CellFormat::Unit unit{std::string(WithoutBlanks(whole.substr(0, sign))), 1};
  auto find = [&](std::string_view name) { return std::find_if(units.begin(), units.end(), [&](const CellFormat::Unit& each) { return each.text == name; }); };
  if (unit.text.empty()) return "a unit is a text that stands beside numbers";
  const bool minus = unit.text.find('-') == 0 || unit.text.back() == '-' || unit.text.find("\u2212") == 0;
  if (minus || (unit.text.find_first_not_of("0123456789.,+ ") == std::string::npos && unit.text != "+")) return "`" + unit.text + "` is read as part of a number, and is no unit";
  if (find(unit.text) != units.end()) return "the unit `" + unit.text + "` is listed twice";
  if (sign != std::string::npos) {
    const std::string_view worth = WithoutBlanks(whole.substr(sign + 1));
    const auto read = std::from_chars(worth.data(), worth.data() + worth.size(), unit.worth);
    const std::string_view behind = worth.substr(static_cast<size_t>(read.ptr - worth.data())), base = WithoutBlanks(behind);
    const bool cut = !behind.empty() && std::string_view(",_'/").find(behind[0]) != std::string_view::npos;  // 1,5 and 1/3
    if (read.ec != std::errc() || !std::isfinite(unit.worth) || unit.worth == 0 || cut) return "`" + unit.text + "` is worth a number other than 0, written as in programs, and `" + std::string(worth) + "` begins with none";
    if (!base.empty()) {
      const auto known = find(base);
      if (known == units.end()) return "`" + std::string(base) + "` is no unit that stands before `" + unit.text + "` in the list";
      unit.worth *= known->worth;
    }
  }
  units.push_back(std::move(unit));
  return "";
}

}  // namespace nnc::sema
