// Files of other kinds than separated text, by how they begin.
#pragma once

#include "runtime/csv.h"

#include <string_view>

namespace nnc::runtime {

// Throws DataError MalformedData for the content of a ROOT, HDF5, FITS, ... file, of a page of HTML, of JSON, or of a table that is drawn with
// lines: what it is, and what makes a table of it.
void RequireSeparatedText(std::string_view content, const CsvOptions& options);

}  // namespace nnc::runtime
