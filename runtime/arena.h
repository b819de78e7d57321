// Aligned memory for generated code: arenas, weights, data columns and outputs.
//
// Every block is aligned to NNC_ALIGNMENT bytes and padded to a multiple of it, so that full vector loads at the end of
// an array stay inside the block.
#pragma once

#include "runtime/abi.h"

#include <cstddef>
#include <memory>
#include <span>

namespace nnc::runtime {

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
  struct Free {
    void operator()(void* block) const;
  };
  std::unique_ptr<void, Free> data_;
  size_t size_ = 0;
};

}  // namespace nnc::runtime
