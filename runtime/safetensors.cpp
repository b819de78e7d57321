#include "runtime/safetensors.h"

#include "runtime/file_bytes.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <optional>
#include <set>

namespace nnc::runtime {

static_assert(std::endian::native == std::endian::little, "the format's bytes are copied as they are");

using Json = nlohmann::ordered_json;

static constexpr uint64_t max_header_bytes = 100'000'000;  // the format's own limit

namespace {
struct TypeName {
  ElementType type;
  std::string_view name;
};
constexpr TypeName type_names[] = {
    {ElementType::F64, "F64"}, {ElementType::F32, "F32"}, {ElementType::I64, "I64"}, {ElementType::I32, "I32"}, {ElementType::U8, "U8"},
};

// A tensor as the header describes it.
struct Described {
  std::string name;
  ElementType type;
  std::vector<int64_t> shape;
  uint64_t begin;
  uint64_t end;
};
}  // namespace

static std::string_view FormatName(ElementType type) {
  for (const TypeName& row : type_names) {
    if (row.type == type) return row.name;
  }
  return "";
}

const StoredTensor* TensorFile::Find(std::string_view name) const {
  for (const StoredTensor& tensor : tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

int64_t ElementCount(std::span<const int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  return count;
}

void WriteSafetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const std::map<std::string, std::string>& metadata) {
  // Larger elements first, so that each tensor is aligned to its element.
  std::vector<const TensorView*> order;
  for (const TensorView& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) { return ElementSize(a->type) > ElementSize(b->type); });

  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const TensorView* tensor : order) {
    assert(tensor->name != "__metadata__" && !header.contains(tensor->name));
    uint64_t bytes = static_cast<uint64_t>(ElementCount(tensor->shape)) * ElementSize(tensor->type);
    header[tensor->name] = {{"dtype", FormatName(tensor->type)}, {"shape", tensor->shape}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((NNC_ALIGNMENT - (8 + text.size()) % NNC_ALIGNMENT) % NNC_ALIGNMENT, ' ');
  std::string content(8, '\0');
  uint64_t length = text.size();
  std::memcpy(content.data(), &length, 8);
  content.reserve(8 + text.size() + offset);
  content += text;
  for (const TensorView* tensor : order) {
    size_t bytes = static_cast<size_t>(ElementCount(tensor->shape)) * ElementSize(tensor->type);
    content.append(static_cast<const char*>(tensor->data), bytes);
  }
  WriteFileAtomically(path, content);
}

namespace {

// Reads one file; remembers its name for messages.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path.string()), content_(ReadFileBytes(path)) {}

  TensorFile Read() {
    Json header = ParseHeader();
    TensorFile file;
    std::vector<Described> described;
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") file.metadata = ReadMetadata(entry);
      else described.push_back(Describe(name, entry));
    }
    std::stable_sort(described.begin(), described.end(),
                     [](const auto& a, const auto& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    RequireTiling(described);
    for (const Described& tensor : described) {
      StoredTensor stored{tensor.name, tensor.type, tensor.shape, AlignedBuffer(tensor.end - tensor.begin)};
      std::memcpy(stored.data.data(), content_.data() + data_at_ + tensor.begin, tensor.end - tensor.begin);
      file.tensors.push_back(std::move(stored));
    }
    return file;
  }

 private:
  DataError Fail(const std::string& message) const { return DataError(DataErrorKind::MalformedData, message, {path_}); }

  Json ParseHeader() {
    uint64_t length = 0;
    if (content_.size() < 8) throw Fail("this is not a safetensors file: it is shorter than 8 bytes");
    std::memcpy(&length, content_.data(), 8);
    if (length > max_header_bytes || length > content_.size() - 8) {
      throw Fail("this is not a safetensors file: its header would be " + std::to_string(length) + " bytes long");
    }
    data_at_ = 8 + length;
    std::string_view text(content_.data() + 8, length);
    std::set<std::string> names;
    std::optional<std::string> twice;
    auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
      bool name = event == Json::parse_event_t::key && depth == 1;
      if (name && !names.insert(value.get<std::string>()).second) twice = value.get<std::string>();
      return depth < 64;
    };
    Json header = Json::parse(text, watch, false);
    if (!header.is_object()) throw Fail("the header of the safetensors file is not a JSON object");
    if (twice) throw Fail("tensor `" + *twice + "` occurs twice in the header");
    return header;
  }

  std::map<std::string, std::string> ReadMetadata(const Json& entry) const {
    std::map<std::string, std::string> metadata;
    if (!entry.is_object()) throw Fail("the metadata in the header are not a JSON object");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) throw Fail("metadata `" + key + "` is not a string");
      metadata.emplace(key, value.get<std::string>());
    }
    return metadata;
  }

  ElementType ReadType(const std::string& name, const Json& entry) const {
    if (!entry.contains("dtype") || !entry["dtype"].is_string()) throw Fail("tensor `" + name + "` has no dtype");
    std::string spelled = entry["dtype"].get<std::string>();
    for (const TypeName& row : type_names) {
      if (row.name == spelled) return row.type;
    }
    throw Fail("tensor `" + name + "` has element type " + spelled + ", which is not among F64, F32, I64, I32, U8");
  }

  std::vector<int64_t> ReadShape(const std::string& name, const Json& entry) const {
    if (!entry.contains("shape") || !entry["shape"].is_array()) throw Fail("tensor `" + name + "` has no shape");
    std::vector<int64_t> shape;
    uint64_t elements = 1;
    for (const Json& extent : entry["shape"]) {
      bool is_count = extent.is_number_unsigned() && extent.get<uint64_t>() <= INT64_MAX;
      if (!is_count) throw Fail("tensor `" + name + "` has an extent that is no count");
      uint64_t value = extent.get<uint64_t>();
      bool too_large = value != 0 && elements > content_.size() / value;
      if (too_large) throw Fail("tensor `" + name + "` has a shape larger than the file");
      elements *= value;
      shape.push_back(static_cast<int64_t>(value));
    }
    return shape;
  }

  Described Describe(const std::string& name, const Json& entry) const {
    if (!entry.is_object()) throw Fail("the header's entry of tensor `" + name + "` is not a JSON object");
    Described tensor{name, ReadType(name, entry), ReadShape(name, entry), 0, 0};
    auto offsets = entry.find("data_offsets");
    bool two = offsets != entry.end() && offsets->is_array() && offsets->size() == 2 && (*offsets)[0].is_number_unsigned() &&
               (*offsets)[1].is_number_unsigned();
    if (!two) throw Fail("tensor `" + name + "` has no data_offsets of two counts");
    tensor.begin = (*offsets)[0].get<uint64_t>();
    tensor.end = (*offsets)[1].get<uint64_t>();
    if (tensor.begin > tensor.end || tensor.end > content_.size() - data_at_) {
      throw Fail("the bytes of tensor `" + name + "` lie outside the file");
    }
    uint64_t expected = static_cast<uint64_t>(ElementCount(tensor.shape)) * ElementSize(tensor.type);
    if (tensor.end - tensor.begin != expected) {
      throw Fail("tensor `" + name + "` needs " + std::to_string(expected) + " bytes, its data_offsets span " +
                 std::to_string(tensor.end - tensor.begin));
    }
    return tensor;
  }

  void RequireTiling(const std::vector<Described>& tensors) const {
    uint64_t at = 0;
    for (const Described& tensor : tensors) {
      if (tensor.begin < at) throw Fail("the bytes of tensor `" + tensor.name + "` overlap another's");
      if (tensor.begin > at) throw Fail("the bytes before tensor `" + tensor.name + "` belong to no tensor");
      at = tensor.end;
    }
    if (at != content_.size() - data_at_) throw Fail("bytes follow the last tensor");
  }

  std::string path_;
  std::string content_;
  uint64_t data_at_ = 0;
};

}  // namespace

TensorFile ReadSafetensors(const std::filesystem::path& path) { return Reader(path).Read(); }

}  // namespace nnc::runtime
