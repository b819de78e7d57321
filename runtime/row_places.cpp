#include "runtime/row_places.h"

#include <algorithm>
#include <iterator>

namespace nnc::runtime {

int64_t EventOfFile(const TablePart& part, int64_t row) {
  for (int64_t dropped : part.dropped) {
    if (dropped > row) break;
    ++row;
  }
  return row;
}

int64_t LineOf(const TablePart& part, int64_t event) {
  if (part.line_of_first_row == 0) return 0;
  const auto next = std::upper_bound(part.jumps.begin(), part.jumps.end(), event, [](int64_t number, const auto& jump) { return number < jump.first; });
  return next == part.jumps.begin() ? part.line_of_first_row + event : std::prev(next)->second + event - std::prev(next)->first;
}

DataPlace PlaceOfRow(const Table& table, int64_t row) {
  for (const TablePart& part : table.parts) {
    if (row < part.first || row >= part.first + part.count) continue;
    const int64_t event = EventOfFile(part, row - part.first);
    return {part.file, event + 1, LineOf(part, event)};
  }
  return {"", row + 1, 0};
}

DataPlace PlaceOfRowRead(const Table& table, int64_t row) {
  for (const TablePart& part : table.parts) {
    const int64_t read = part.count + static_cast<int64_t>(part.dropped.size());
    if (row < read) return {part.file, row + 1, LineOf(part, row)};
    row -= read;
  }
  return {"", row + 1, 0};
}

}  // namespace nnc::runtime
