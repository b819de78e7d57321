// Aligned memory for generated code: arenas, weights, data columns and outputs.
//
// Every block is aligned to NNC_ALIGNMENT bytes and padded to a multiple of it, so that full vector loads at the end of
// an array stay inside the block.
#pragma once

#include "runtime/abi.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace nnc::runtime {

// NNC_CHECK_BUFFERS=1 in the environment makes generated code's mistakes visible: pages that cannot be touched stand before and behind
// every AlignedBuffer, arenas are filled with what reads as not-a-number, and their buffers stand apart, with red zones between them
// that are looked at after each call.
bool ChecksBuffers();

// Bytes [begin, end) of an arena that belong to no buffer.
struct RedZone {
  int64_t begin = 0;
  int64_t end = 0;
};
void PoisonArena(void* arena, size_t bytes);
// The first byte of the zones that was written since PoisonArena, or -1.
int64_t FirstDamage(const void* arena, std::span<const RedZone> zones);

struct FreeBlock {
  void* mapping = nullptr;  // with its guard pages; null: from the heap
  size_t mapped = 0;
  void operator()(void* block) const;
};

// An owned, zeroed, aligned block of bytes. Movable; the address survives a move.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t bytes);

  void* data() { return data_.get(); }
  const void* data() const { return data_.get(); }
  size_t size() const { return size_; }

  template <typename T>
  std::span<T> as() {
    return {static_cast<T*>(data()), size_ / sizeof(T)};
  }
  template <typename T>
  std::span<const T> as() const {
    return {static_cast<const T*>(data()), size_ / sizeof(T)};
  }

 private:
  std::unique_ptr<void, FreeBlock> data_;
  size_t size_ = 0;
};

}  // namespace nnc::runtime
