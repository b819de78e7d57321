// What `nnc compile` writes beside the object: a plain C header and a CMake package.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nnc::driver {

struct EmbeddedArray {
  std::string name;               // of the structure's member
  std::vector<int64_t> shape;     // of one event
  std::string description;        // where it comes from, what it means
  bool doubles = false;           // its elements, otherwise floats
};

struct Embedding {
  std::string name;               // prefix of functions and types, name of files and target
  std::string origin;             // the training, for the header's comment
  std::vector<EmbeddedArray> inputs, outputs;  // in the order of the structures' members
  int64_t constants = 0;          // numbers in NAME_trained_weights
  std::string missing;            // what becomes of inputs that are not finite
  uint64_t layout = 0;            // of everything above and of the equations: what weights must be made for
  std::optional<int64_t> whole_batch = std::nullopt;  // the most events of a call, where a result depends on all of them
};

// Stands in each of the files, so that they are known as nnc's.
inline constexpr const char* kMadeBy = "Made by nnc";

std::string HeaderText(const Embedding& embedding);
std::string CMakePackageText(const Embedding& embedding);

}  // namespace nnc::driver
