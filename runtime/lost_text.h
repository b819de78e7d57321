// Text that stood in columns of numbers, in rows alone that are left out because they lack a value elsewhere: titles, units, sums, or a number that was
// misspelt. The rows are gone with it; it is told.
#pragma once

#include "runtime/data_error.h"
#include "runtime/table.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace nnc::runtime {

struct LostText {
  int64_t cells = 0;
  std::string text;  // of the first one
  DataPlace where;

  void Add(const LostText& more);
  void Add(const std::map<std::string, LostText>& by_column, const std::string& column);  // if it is there
};

// Of each column of text that has such cells in these rows: neither a number nor empty.
std::map<std::string, LostText> TextsAmong(const Table& table, std::span<const int64_t> rows);

}  // namespace nnc::runtime
