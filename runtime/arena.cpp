#include "runtime/arena.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace nnc::runtime {

static constexpr unsigned char kPoison = 0xFF;  // four of them are not-a-number

bool ChecksBuffers() {
  static const bool checks = [] {
    const char* value = std::getenv("NNC_CHECK_BUFFERS");
    return value != nullptr && *value != '\0' && std::strcmp(value, "0") != 0;
  }();
  return checks;
}

void PoisonArena(void* arena, size_t bytes) { std::memset(arena, kPoison, bytes); }

int64_t FirstDamage(const void* arena, std::span<const RedZone> zones) {
  const auto* bytes = static_cast<const unsigned char*>(arena);
  for (const RedZone& zone : zones)
    for (int64_t at = zone.begin; at < zone.end; ++at)
      if (bytes[at] != kPoison) return at;
  return -1;
}

// A block that ends where a page begins that cannot be touched, behind another such page; null if there is none to be had.
static void* MapGuarded(size_t bytes, void** mapping, size_t* mapped) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t inner = (bytes + page - 1) / page * page;
  *mapped = inner + 2 * page;
  *mapping = mmap(nullptr, *mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (*mapping == MAP_FAILED) return nullptr;
  char* first = static_cast<char*>(*mapping) + page;
  if (mprotect(first, inner, PROT_READ | PROT_WRITE) == 0) return first + (inner - bytes);
  munmap(*mapping, *mapped);
  return nullptr;
}

AlignedBuffer::AlignedBuffer(size_t bytes) : size_(bytes) {
  if (bytes > SIZE_MAX - NNC_ALIGNMENT) throw std::bad_alloc();
  size_t padded = bytes == 0 ? NNC_ALIGNMENT : (bytes + NNC_ALIGNMENT - 1) / NNC_ALIGNMENT * NNC_ALIGNMENT;
  FreeBlock free;
  void* guarded = ChecksBuffers() ? MapGuarded(padded, &free.mapping, &free.mapped) : nullptr;
  if (guarded != nullptr) {
    data_ = {guarded, free};
    return;
  }
  data_.reset(std::aligned_alloc(NNC_ALIGNMENT, padded));
  if (!data_) throw std::bad_alloc();
  std::memset(data_.get(), 0, padded);
}

void FreeBlock::operator()(void* block) const {
  if (mapping != nullptr) munmap(mapping, mapped);
  else std::free(block);
}

}  // namespace nnc::runtime
