#include "runtime/arena.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace nnc::runtime {

AlignedBuffer::AlignedBuffer(size_t bytes) : size_(bytes) {
  if (bytes > SIZE_MAX - NNC_ALIGNMENT) throw std::bad_alloc();
  size_t padded = bytes == 0 ? NNC_ALIGNMENT : (bytes + NNC_ALIGNMENT - 1) / NNC_ALIGNMENT * NNC_ALIGNMENT;
  data_.reset(std::aligned_alloc(NNC_ALIGNMENT, padded));
  if (!data_) throw std::bad_alloc();
  std::memset(data_.get(), 0, padded);
}

void AlignedBuffer::Free::operator()(void* block) const { std::free(block); }

}  // namespace nnc::runtime
