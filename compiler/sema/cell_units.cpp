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

std::string AddUnit(const std::string& text, std::vector<CellFormat::Unit>& units) {
  const size_t sign = text.rfind(" = ");
  const std::string_view whole = text;
  CellFormat::Unit unit{std::string(WithoutBlanks(whole.substr(0, sign))), 1};
  auto find = [&](std::string_view name) { return std::find_if(units.begin(), units.end(), [&](const CellFormat::Unit& each) { return each.text == name; }); };
  if (unit.text.empty()) return "a unit is a text that stands beside numbers";
  if (unit.text.find_first_not_of("0123456789.,+- ") == std::string::npos && unit.text != "+" && unit.text != "-") return "`" + unit.text + "` is read as part of a number, and is no unit";
  if (find(unit.text) != units.end()) return "the unit `" + unit.text + "` is listed twice";
  if (sign != std::string::npos) {
    const std::string_view worth = WithoutBlanks(whole.substr(sign + 3));
    const auto read = std::from_chars(worth.data(), worth.data() + worth.size(), unit.worth);
    if (read.ec != std::errc() || !std::isfinite(unit.worth) || unit.worth == 0) return "`" + unit.text + "` is worth a number other than 0, and `" + std::string(worth) + "` begins with none";
    if (const std::string_view base = WithoutBlanks(worth.substr(static_cast<size_t>(read.ptr - worth.data()))); !base.empty()) {
      const auto known = find(base);
      if (known == units.end()) return "`" + std::string(base) + "` is no unit that stands before `" + unit.text + "` in the list";
      unit.worth *= known->worth;
    }
  }
  units.push_back(std::move(unit));
  return "";
}

}  // namespace nnc::sema
