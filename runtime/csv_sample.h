// The first rows of a separated file, taken apart by one separator, and the separator that they are taken apart by.
#pragma once

#include "runtime/csv.h"
#include "runtime/data_error.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nnc::runtime {

// The first rows, taken apart by one separator.
struct Sample {
  std::vector<std::string> first, second;  // cells of the first two rows
  int64_t first_line = 1;
  std::vector<size_t> counts;  // cells of each row
  std::vector<int64_t> lines;  // and its line
  std::vector<bool> numbers;   // and whether a cell of it is a number, ...
  std::vector<bool> names;     // ... or they may all be names
  std::vector<std::string> begins;  // its first cell
  bool failed = false;              // the rows cannot be read with this separator
  bool AllAlike() const {
    constexpr size_t kRows = 21;  // a header and twenty events
    return std::all_of(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(std::min(counts.size(), kRows)), [&](size_t count) { return count == counts.front(); });
  }
};

DataError Malformed(const CsvOptions& options, std::string message, int64_t line, Cure cure = {});

bool IsNumber(std::string_view cell, const CsvOptions& options);
bool AnyNumber(const std::vector<std::string>& cells, const CsvOptions& options);

// Nothing if the content ends before enough rows are complete and more of the file is to come.
std::optional<Sample> TakeSample(std::string_view content, char separator, const CsvOptions& options, bool whole);

// Gives the separator and the sample that it makes; nothing where the content is too short.
std::optional<std::pair<char, Sample>> FindSeparator(std::string_view content, const CsvOptions& options, bool whole);

}  // namespace nnc::runtime
