// What `nnc compile` writes beside the object: a plain C header and a CMake package.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace nnc::driver {

struct EmbeddedArray {
  std::string name;               // as in the program or file
  std::vector<int64_t> shape;     // of one event
  std::string description;        // where an input comes from
};

struct Embedding {
  std::string name;               // prefix of functions, name of files and target
  std::string origin;             // the training, for the header's comment
  std::vector<EmbeddedArray> inputs, outputs;  // in the order of the function's parameters
  int64_t constants = 0;          // numbers in NAME_trained_weights
  std::string missing;            // what becomes of inputs that are not finite; empty: nothing to be said
};

// A name that C and CMake accept, made from any text.
std::string Identifier(const std::string& text);

std::string HeaderText(const Embedding& embedding);
std::string CMakePackageText(const Embedding& embedding);

}  // namespace nnc::driver
