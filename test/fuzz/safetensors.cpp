// Weights files: what is read can be written, and is read again with the same tensors.
#include "runtime/safetensors.h"

#include <unistd.h>

#include <cstring>

#include "test/fuzz/fuzz.h"

namespace nnc::runtime {

static void Compare(const TensorFile& a, const TensorFile& b) {
  if (a.metadata != b.metadata || a.tensors.size() != b.tensors.size()) fuzz::Fail("what is written is read as another file");
  for (const StoredTensor& tensor : a.tensors) {
    const StoredTensor* other = b.Find(tensor.name);
    if (!other || other->type != tensor.type || other->shape != tensor.shape) fuzz::Fail("tensor `" + tensor.name + "` is another one when read again");
    const size_t bytes = static_cast<size_t>(ElementCount(tensor.shape)) * ElementSize(tensor.type);
    if (bytes != 0 && std::memcmp(tensor.data.data(), other->data.data(), bytes) != 0) fuzz::Fail("tensor `" + tensor.name + "` has other values");
  }
}

}  // namespace nnc::runtime

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nnc::runtime;
  static const std::filesystem::path written = std::filesystem::temp_directory_path() / ("fuzzed-" + std::to_string(getpid()) + ".safetensors");
  try {
    const TensorFile file = ReadSafetensors(nnc::fuzz::MemoryFile({reinterpret_cast<const char*>(data), size}));
    std::vector<TensorView> views;
    for (const StoredTensor& tensor : file.tensors) views.push_back({tensor.name, tensor.type, tensor.shape, tensor.data.data()});
    WriteSafetensors(written, views, file.metadata);
    Compare(file, ReadSafetensors(written));
    std::filesystem::remove(written);
  } catch (const DataError& error) {
    if (error.message.empty()) nnc::fuzz::Fail("a refusal says nothing");
  }
  return 0;
}
