// IDX files, the format of MNIST: two zero bytes, an element type, the number of axes, the extents as big-endian 32-bit
// integers, then the elements, big-endian and row-major. Gzipped or not.
#pragma once

#include "runtime/table.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace nnc::runtime {

struct IdxHeader {
  ElementType type = ElementType::U8;  // as read into memory: 8-bit unsigned stays U8, smaller signed integers become I32
  std::vector<int64_t> extents;        // of the whole file, rows first

  // One row's shape: the extents without the first.
  std::vector<int64_t> RowShape() const { return {extents.begin() + 1, extents.end()}; }
};

// Reads the header alone. Throws DataError FileNotFound or MalformedData (no IDX file, impossible extents).
IdxHeader ReadIdxHeader(const std::filesystem::path& path);

// The file as one column of the given name. Throws DataError MalformedData also if the file is shorter or longer than its
// header says.
Column ReadIdx(const std::filesystem::path& path, const std::string& name);

}  // namespace nnc::runtime
