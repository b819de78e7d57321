// Appends rows of figures to a CSV file as a training goes on: log.csv (one row per epoch) and steps.csv (one per step).
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace nnc::runtime {

class LogWriter {
 public:
  // Creates the file and writes the header. Throws DataError WriteFailed.
  LogWriter(const std::filesystem::path& path, std::span<const std::string> names);

  // One row: counts first (epoch, step), then figures, as many in all as there are names. Whole numbers are written as
  // such, others in the shortest spelling that reads back the same; not-a-number as an empty cell.
  void Row(std::span<const double> values);
  // Writes out what is buffered. Throws DataError WriteFailed if a row could not be written.
  void Flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
  size_t columns_;
};

// Writes row `row` (from 0) of a finished log anew. Throws DataError.
void ReplaceLogRow(const std::filesystem::path& path, int64_t row, std::span<const double> values);

}  // namespace nnc::runtime
