// Writes columns as a comma-separated file: one header line, LF line ends, numbers in the shortest spelling that reads
// back as the same value, text quoted where RFC 4180 asks for it. The file appears whole or not at all.
#pragma once

#include "runtime/table.h"

#include <filesystem>
#include <span>
#include <string>

namespace nnc::runtime {

// All columns have the same number of rows. A column of shape [K] becomes K columns name_0 ... name_{K-1} (row-major over
// its axes), or is called by its elements' names. Throws DataError WriteFailed.
void WriteCsv(const std::filesystem::path& path, std::span<const Column* const> columns);

// The names of the columns of a file that a column becomes.
std::vector<std::string> WrittenNames(const Column& column);

// The same as text.
std::string FormatCsv(std::span<const Column* const> columns);

}  // namespace nnc::runtime
