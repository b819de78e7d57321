#include "runtime/evaluate.h"

#include "runtime/arena.h"
#include "runtime/flush_denormals.h"

#include <algorithm>
#include <stdexcept>

namespace nnc::runtime {

template <typename T>
static void Append(std::vector<double>& values, const AlignedBuffer& block, size_t count) {
  auto data = block.as<T>().first(count);
  values.insert(values.end(), data.begin(), data.end());
}

static void AppendValues(std::vector<double>& values, const AlignedBuffer& block, ElementType type, size_t count) {
  switch (type) {
    case ElementType::F64: return Append<double>(values, block, count);
    case ElementType::F32: return Append<float>(values, block, count);
    case ElementType::I64: return Append<int64_t>(values, block, count);
    case ElementType::I32: return Append<int32_t>(values, block, count);
    case ElementType::U8: return Append<uint8_t>(values, block, count);
  }
}

// `rows` may be null: first row 0 and on.
static std::vector<OutputValues> EvaluateBlocks(const EvaluatedFunction& function, const int64_t* rows, int64_t count) {
  FlushDenormals flush;
  AlignedBuffer arena(function.arena_bytes);
  std::vector<void*> buffers = function.buffers;
  std::vector<AlignedBuffer> blocks;
  std::vector<OutputValues> results;
  for (const EvaluatedOutput& output : function.outputs) {
    int64_t events = output.per_event ? function.capacity : 1;
    blocks.emplace_back(static_cast<size_t>(events * output.width) * ElementSize(output.type));
    buffers[output.buffer] = blocks.back().data();
    results.push_back({output.name, 0, output.width, {}});
    if (output.per_event) results.back().values.reserve(static_cast<size_t>(count * output.width));
  }
  std::vector<const int64_t*> source_rows = {nullptr};
  std::vector<int64_t> first_rows = {0};
  std::vector<int64_t> extents = {0};
  for (const auto& other : function.other_sources) {
    source_rows.push_back(other.data());
    first_rows.push_back(0);
    extents.push_back(static_cast<int64_t>(other.size()));
  }
  extents.insert(extents.end(), function.extents.begin(), function.extents.end());

  nnc_call call{};
  call.arena = arena.data();
  call.buffers = buffers.data();
  call.rows = source_rows.data();
  call.first_row = first_rows.data();
  call.extents = extents.data();
  call.seed = function.seed;
  for (int64_t first = 0; first < count; first += function.capacity) {
    int64_t events = std::min(function.capacity, count - first);
    source_rows[0] = rows ? rows + first : nullptr;
    first_rows[0] = first;
    extents[0] = events;
    int status = function.function(&call);
    if (status == NNC_BAD_INDEX) throw std::runtime_error("a subscript read from the data lies outside its axis");
    if (status != NNC_OK) throw std::runtime_error("the compiled function refused its input");
    for (size_t i = 0; i < results.size(); ++i) {
      const EvaluatedOutput& output = function.outputs[i];
      int64_t written = output.per_event ? events : 1;
      AppendValues(results[i].values, blocks[i], output.type, static_cast<size_t>(written * output.width));
      results[i].rows += written;
    }
  }
  return results;
}

std::vector<OutputValues> Evaluate(const EvaluatedFunction& function, std::span<const int64_t> rows) {
  return EvaluateBlocks(function, rows.data(), static_cast<int64_t>(rows.size()));
}

std::vector<OutputValues> EvaluateAll(const EvaluatedFunction& function, int64_t count) {
  return EvaluateBlocks(function, nullptr, count);
}

Column ColumnOf(const OutputValues& values, ElementType type) {
  std::vector<int64_t> shape;
  if (values.width != 1) shape.push_back(values.width);
  Column column(values.name, ElementType::F64, shape, values.rows);
  std::copy(values.values.begin(), values.values.end(), column.values<double>().begin());
  return type == ElementType::F64 ? std::move(column) : Converted(column, type);
}

}  // namespace nnc::runtime
