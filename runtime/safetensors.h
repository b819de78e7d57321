// Weights files in the safetensors format: a 64-bit little-endian header length, a JSON header naming each tensor with
// type, shape and byte range, then the packed bytes.
//
// Reading is strict, since files come from elsewhere: the ranges must tile the data exactly, sizes must match shapes, no
// name may occur twice. Every violation is a DataError MalformedData that names file and tensor.
#pragma once

#include "runtime/table.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::runtime {

// A tensor in somebody else's memory, row-major, packed.
struct TensorView {
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;  // empty for a scalar
  const void* data = nullptr;
};

struct StoredTensor {
  std::string name;
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
  AlignedBuffer data;
};

struct TensorFile {
  std::vector<StoredTensor> tensors;  // in the order of their bytes in the file
  std::map<std::string, std::string> metadata;

  const StoredTensor* Find(std::string_view name) const;
};

int64_t ElementCount(std::span<const int64_t> shape);

// Writes the file whole or not at all. Names are distinct and not "__metadata__". Throws DataError WriteFailed.
void WriteSafetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const std::map<std::string, std::string>& metadata);

TensorFile ReadSafetensors(const std::filesystem::path& path);

}  // namespace nnc::runtime
