#include "test/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace nnc::fuzz {

void Fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

std::filesystem::path MemoryFile(std::string_view content) {
  static const int file = memfd_create("fuzzed", 0);
  if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, content.data(), content.size(), 0) != static_cast<ssize_t>(content.size()))
    Fail("no file in memory can be had");
  return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace nnc::fuzz
