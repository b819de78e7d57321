// Names of columns as members of a C structure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::driver {

// A name that C and CMake accept, made from any text: what is no letter, digit or underscore becomes an underscore.
std::string Identifier(const std::string& text);

struct FieldText {
  std::string text;  // what the member would be called
  std::string key;   // what it stands for; the text itself where it is a column as it is. Keys are distinct
};

// A member's name for each text: an identifier, no word of C or C++, distinct. A column that is called by such an identifier keeps it; any
// other text is its Identifier if nothing else among the texts and `others` (the file's columns) would be called the same, otherwise that
// and a hash of its key. So names depend on the file's header alone: neither on the order of columns nor on which of them a model reads.
std::vector<std::string> FieldNames(const std::vector<FieldText>& texts, const std::vector<std::string>& others);

// FNV-1a, 64 bits.
uint64_t Hash(std::string_view text);

}  // namespace nnc::driver
