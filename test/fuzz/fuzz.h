// What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput: built with clang and -fsanitize=fuzzer it searches
// (scripts/fuzz.sh), linked with replay.cpp it takes the stored corpus. A target may refuse its input, never crash or hang.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace nnc::fuzz {

// Says what does not hold, and aborts.
[[noreturn]] void Fail(const std::string& what);

// A file in memory with this content, for readers that take a path. One at a time: the next one replaces it.
std::filesystem::path MemoryFile(std::string_view content);

}  // namespace nnc::fuzz
