#include "runtime/lost_text.h"

#include "runtime/number_text.h"
#include "runtime/row_places.h"

namespace nnc::runtime {

void LostText::Add(const LostText& more) {
  if (cells == 0) text = more.text, where = more.where;
  cells += more.cells;
}

void LostText::Add(const std::map<std::string, LostText>& by_column, const std::string& column) {
  if (const auto found = by_column.find(column); found != by_column.end()) Add(found->second);
}

std::map<std::string, LostText> TextsAmong(const Table& table, std::span<const int64_t> rows) {
  std::map<std::string, LostText> found;
  for (const Column& column : table.columns) {
    if (!column.is_text) continue;
    for (const int64_t row : rows) {
      const std::string_view text = column.Text(row);
      if (IsMissingText(text) || ParseNumber(text, column.notation)) continue;
      DataPlace place = PlaceOfRow(table, row);
      place.column = column.name;
      found[column.name].Add({1, std::string(text), place});
    }
  }
  return found;
}

}  // namespace nnc::runtime
