// IDX files, plain or gzipped: read or refused; the header says what the whole holds.
#include "runtime/idx.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nnc::runtime;
  const auto path = nnc::fuzz::MemoryFile({reinterpret_cast<const char*>(data), size});
  try {
    const IdxHeader header = ReadIdxHeader(path);
    const Column column = ReadIdx(path, "image");
    if (column.type != header.type || column.shape != header.RowShape() || column.rows != header.extents[0])
      nnc::fuzz::Fail("the header promises another column");
    for (int64_t row = 0; row < column.rows; ++row)
      for (int64_t e = 0; e < column.width(); ++e)
        if (column.type == ElementType::U8 && column.Number(row, e) > 255) nnc::fuzz::Fail("a byte larger than 255");
  } catch (const DataError& error) {
    if (error.message.empty()) nnc::fuzz::Fail("a refusal says nothing");
  }
  return 0;
}
