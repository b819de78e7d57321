// The line that has the names by which the program calls columns, wherever it stands above the events: behind a sign of remarks, between bars, above
// lines of units, below those of an instrument.
#pragma once

#include "runtime/csv.h"
#include "runtime/data_error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

struct NamedHeader {
  int64_t line = 0;                // of the names
  int64_t first_event = 0;         // the first line below that has as many cells, a number among them, as the lines behind it have
  std::vector<std::string> names;  // of each cell
  char separator = ',';            // of the events' cells
  bool commas = false;             // these hold commas, which others may separate cells by
  bool cut = false;                // few rows have a last cell, of a name that is left out
  bool ends = false;               // rows end with a separator, and the names do not
  bool plain = false;              // the line above the events, which names them as it stands
  bool skipped = false;            // all lines through the events are comments already
};

// Nothing where the program lists names itself or says that there are none, where the first row has some of those that it mentions, or where no line
// has two: and as many names as the lines below have cells, unless its cells stand in it plainly. `content` has the file's first lines, as text (CsvText).
std::optional<NamedHeader> FindNamedHeader(std::string_view content, const CsvOptions& options);

// Throws where there is one, be it a `plain` one or not: the error says what leaves out the lines above the events, and what the columns are called.
void RequireNamedHeaderFirst(std::string_view content, const CsvOptions& options, bool plain = true);

}  // namespace nnc::runtime
