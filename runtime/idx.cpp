#include "runtime/idx.h"

#include "runtime/file_bytes.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

namespace nnc::runtime {

namespace {
// The element types of the format, by their code in the third byte.
struct IdxType {
  int code;
  int bytes;
  ElementType read_as;
};
constexpr IdxType idx_types[] = {
    {0x08, 1, ElementType::U8},  {0x09, 1, ElementType::I32}, {0x0B, 2, ElementType::I32},
    {0x0C, 4, ElementType::I32}, {0x0D, 4, ElementType::F32}, {0x0E, 8, ElementType::F64},
};

struct Parsed {
  IdxHeader header;
  const IdxType* type = nullptr;
  size_t header_bytes = 0;
  size_t data_bytes = 0;
};
}  // namespace

static DataError Malformed(const std::filesystem::path& path, std::string message) {
  return DataError(DataErrorKind::MalformedData, std::move(message), {path.string()});
}

static uint64_t BigEndian(const char* bytes, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

static Parsed ParseHeader(std::string_view content, const std::filesystem::path& path) {
  if (content.size() < 4 || content[0] != 0 || content[1] != 0) {
    throw Malformed(path, "this is not an IDX file: it does not begin with two zero bytes, a type and a number of axes");
  }
  Parsed parsed;
  for (const IdxType& type : idx_types) {
    if (type.code == static_cast<unsigned char>(content[2])) parsed.type = &type;
  }
  if (!parsed.type) {
    int code = static_cast<unsigned char>(content[2]);
    throw Malformed(path, "this is not an IDX file: element type " + std::to_string(code) + " does not exist");
  }
  size_t axes = static_cast<unsigned char>(content[3]);
  if (axes == 0) throw Malformed(path, "the IDX header states no axes");
  parsed.header_bytes = 4 + 4 * axes;
  if (content.size() < parsed.header_bytes) throw Malformed(path, "the file ends within the IDX header");
  parsed.header.type = parsed.type->read_as;
  uint64_t elements = 1;
  for (size_t axis = 0; axis < axes; ++axis) {
    uint64_t extent = BigEndian(content.data() + 4 + 4 * axis, 4);
    parsed.header.extents.push_back(static_cast<int64_t>(extent));
    if (axis > 0 && extent == 0) throw Malformed(path, "axis " + std::to_string(axis) + " of the IDX header has extent 0");
    const uint64_t counted = std::max<uint64_t>(extent, 1);  // a row's size must be sane even if there is none
    if (elements > (uint64_t{1} << 40) / counted) throw Malformed(path, "the extents of the IDX header are impossibly large");
    elements *= counted;
  }
  if (parsed.header.extents[0] == 0) elements = 0;
  parsed.data_bytes = static_cast<size_t>(elements) * static_cast<size_t>(parsed.type->bytes);
  return parsed;
}

IdxHeader ReadIdxHeader(const std::filesystem::path& path) {
  return ParseHeader(ReadFileBytes(path, 4 + 4 * 255), path).header;
}

static void Convert(const char* from, size_t count, int code, Column& column) {
  if (code == 0x08) {
    std::memcpy(column.data.data(), from, count);
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    switch (code) {
      case 0x09: column.data.as<int32_t>()[i] = static_cast<int8_t>(from[i]); break;
      case 0x0B: column.data.as<int32_t>()[i] = static_cast<int16_t>(BigEndian(from + 2 * i, 2)); break;
      case 0x0C: column.data.as<int32_t>()[i] = static_cast<int32_t>(BigEndian(from + 4 * i, 4)); break;
      case 0x0D: column.data.as<float>()[i] = std::bit_cast<float>(static_cast<uint32_t>(BigEndian(from + 4 * i, 4))); break;
      case 0x0E: column.data.as<double>()[i] = std::bit_cast<double>(BigEndian(from + 8 * i, 8)); break;
    }
  }
}

Column ReadIdx(const std::filesystem::path& path, const std::string& name) {
  std::string content = ReadFileBytes(path);
  Parsed parsed = ParseHeader(content, path);
  size_t there = content.size() - parsed.header_bytes;
  if (there != parsed.data_bytes) {
    throw Malformed(path, "the IDX header promises " + std::to_string(parsed.data_bytes) + " bytes of data, the file has " +
                              std::to_string(there));
  }
  Column column(name, parsed.header.type, parsed.header.RowShape(), parsed.header.extents[0]);
  size_t count = parsed.data_bytes / static_cast<size_t>(parsed.type->bytes);
  Convert(content.data() + parsed.header_bytes, count, parsed.type->code, column);
  return column;
}

}  // namespace nnc::runtime
