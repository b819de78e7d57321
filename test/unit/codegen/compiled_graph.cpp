#include "test/unit/codegen/compiled_graph.h"

#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "compiler/schedule/schedule.h"

namespace nnc::test {
namespace {

using reference::Context;
using reference::Tensor;
using schedule::Buffer;

// Memory that ends where a page begins that may not be touched: reading or writing past the end stops the test. Whatever is not
// written is not to be relied on: it is nan.
class Memory {
 public:
  explicit Memory(int64_t bytes, int64_t alignment = 4) {
    const auto page = static_cast<int64_t>(sysconf(_SC_PAGESIZE));
    const int64_t used = (bytes + alignment - 1) / alignment * alignment;
    size_ = static_cast<size_t>((used + page - 1) / page * page + page);
    base_ = static_cast<char*>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base_ + size_ - page, static_cast<size_t>(page), PROT_NONE);
    start_ = base_ + size_ - page - used;
    for (int64_t i = 0; i < used / 4; ++i) static_cast<float*>(get())[i] = std::numeric_limits<float>::quiet_NaN();
  }
  ~Memory() {
    if (base_) munmap(base_, size_);
  }
  Memory(Memory&& other) : base_(std::exchange(other.base_, nullptr)), start_(other.start_), size_(other.size_) {}
  void* get() const { return start_; }

 private:
  char* base_ = nullptr;
  char* start_ = nullptr;
  size_t size_ = 0;
};

int64_t Elements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  return count;
}

// Memory offset of the element with row-major number `element` of a tensor of the given shape.
int64_t OffsetOf(const std::vector<int64_t>& strides, const std::vector<int64_t>& shape, int64_t element) {
  int64_t offset = 0;
  for (size_t axis = shape.size(); axis-- > 0;) {
    offset += element % shape[axis] * strides[axis];
    element /= shape[axis];
  }
  return offset;
}

void Put(void* memory, ir::DType dtype, int64_t at, double value) {
  switch (dtype) {
    case ir::DType::F32: static_cast<float*>(memory)[at] = static_cast<float>(value); return;
    case ir::DType::U8: static_cast<uint8_t*>(memory)[at] = static_cast<uint8_t>(value); return;
    case ir::DType::I32: static_cast<int32_t*>(memory)[at] = static_cast<int32_t>(value); return;
  }
}

// A column whose rows the call gathers: chunks of four rows, the events of the context at their own numbers.
struct ColumnData {
  std::vector<Memory> chunks;
  std::vector<const void*> bases;
  nnc_column column{};

  ColumnData(const Tensor& tensor, ir::DType dtype, const std::vector<int64_t>& rows) {
    const int64_t row_elements = tensor.shape[0] == 0 ? 1 : Elements(tensor.shape) / tensor.shape[0];
    int64_t last = tensor.shape[0] - 1;
    for (int64_t row : rows) last = std::max(last, row);
    for (int64_t first = 0; first <= last; first += 4) {
      chunks.emplace_back(4 * row_elements * (dtype == ir::DType::U8 ? 1 : 4));
      bases.push_back(chunks.back().get());
    }
    for (int64_t i = 0; i < tensor.shape[0]; ++i) {
      const int64_t row = rows.empty() ? i : rows[static_cast<size_t>(i)];
      for (int64_t e = 0; e < row_elements; ++e) {
        Put(chunks[static_cast<size_t>(row / 4)].get(), dtype, row % 4 * row_elements + e,
            tensor.values[static_cast<size_t>(i * row_elements + e)]);
      }
    }
    column = {bases.data(), 2};
  }
};

class CompiledRun {
 public:
  CompiledRun(const ir::Graph& graph, const Context& context, int64_t room) : graph_(graph), context_(context) {
    schedule::Options options;
    for (const auto& [symbol, value] : context.extents) options.capacities[symbol] = value + room;
    options.shortest_list = 2;
    plan_ = schedule::Schedule(graph, options);
    plan_.name = "graph";
  }

  std::vector<Tensor> Run(codegen::Options options) {
    codegen::Jit jit(options);
    jit.Add({&plan_});
    for (size_t i = 0; i < plan_.bindings.size(); ++i) Bind(i);
    const Memory arena(plan_.arena_bytes, NNC_ALIGNMENT);
    nnc_call call{};
    call.arena = arena.get();
    call.buffers = pointers_.data();
    std::vector<int64_t> extents;
    for (const auto& symbol : plan_.symbols) extents.push_back(context_.extents.at(symbol));
    call.extents = extents.data();
    const std::vector<const int64_t*> rows(8, context_.rows.empty() ? nullptr : context_.rows.data());
    const std::vector<int64_t> first_row(8, 0);
    call.rows = rows.data();
    call.first_row = first_row.data();
    call.step = call.optimizer_step = context_.step;
    call.seed = context_.seed;
    if (jit.Find("graph")(&call) != NNC_OK) return {};
    std::vector<Tensor> outputs;
    for (const auto& output : graph_.outputs) {
      const bool updates = output.updates != ir::kNoNode;
      outputs.push_back(Output(updates ? graph_[output.updates].input().name : output.name, graph_.ShapeOf(output.node), !updates));
    }
    return outputs;
  }

 private:
  const Buffer* BufferOf(size_t binding) const {
    for (const Buffer& buffer : plan_.buffers) {
      if (buffer.binding == static_cast<int>(binding) && buffer.view_of < 0) return &buffer;
    }
    return nullptr;
  }

  // Up to the last element that is there.
  int64_t Bytes(const Buffer& buffer) const {
    std::vector<int64_t> shape;
    for (const ir::Dim& dim : buffer.shape) {
      shape.push_back(*dim.Evaluate([&](std::string_view symbol) { return std::optional(context_.extents.at(std::string(symbol))); }));
    }
    const int64_t elements = Elements(shape);
    if (elements == 0) return 4;
    return (OffsetOf(buffer.strides, shape, elements - 1) + 1) * (buffer.dtype == ir::DType::U8 ? 1 : 4);
  }

  void Bind(size_t binding) {
    const auto& description = plan_.bindings[binding];
    const Buffer* buffer = BufferOf(binding);
    memory_.emplace_back(buffer ? Bytes(*buffer) : 4);
    pointers_.push_back(memory_.back().get());
    if (!description.input || !buffer) return;
    const Tensor& tensor = context_.inputs.at(description.name);
    if (description.column) {
      columns_.push_back(std::make_unique<ColumnData>(tensor, description.dtype, context_.rows));
      pointers_.back() = &columns_.back()->column;
      return;
    }
    for (int64_t e = 0; e < Elements(tensor.shape); ++e) {
      Put(pointers_.back(), description.dtype, OffsetOf(buffer->strides, tensor.shape, e), tensor.values[static_cast<size_t>(e)]);
    }
  }

  Tensor Output(const std::string& name, const ir::Shape& shape, bool written) const {
    Tensor tensor;
    for (const ir::Dim& dim : shape) {
      tensor.shape.push_back(*dim.Evaluate([&](std::string_view symbol) { return std::optional(context_.extents.at(std::string(symbol))); }));
    }
    for (size_t i = 0; i < plan_.bindings.size(); ++i) {
      if (plan_.bindings[i].name != name || (written && !plan_.bindings[i].output)) continue;
      const Buffer* buffer = BufferOf(i);
      for (int64_t e = 0; e < Elements(tensor.shape); ++e) {
        tensor.values.push_back(static_cast<double>(static_cast<const float*>(pointers_[i])[OffsetOf(buffer->strides, tensor.shape, e)]));
      }
      return tensor;
    }
    return tensor;
  }

  const ir::Graph& graph_;
  const Context& context_;
  schedule::Plan plan_;
  std::vector<Memory> memory_;
  std::vector<void*> pointers_;
  std::vector<std::unique_ptr<ColumnData>> columns_;
};

}  // namespace

std::vector<Tensor> RunCompiled(const ir::Graph& graph, const Context& context, codegen::Options options, int64_t room) {
  return CompiledRun(graph, context, room).Run(options);
}

double LargestDifference(const std::vector<Tensor>& expected, const std::vector<Tensor>& found) {
  const double infinite = std::numeric_limits<double>::infinity();
  if (expected.size() != found.size()) return infinite;
  double worst = 0;
  for (size_t t = 0; t < expected.size(); ++t) {
    if (expected[t].shape != found[t].shape || expected[t].values.size() != found[t].values.size()) return infinite;
    for (size_t i = 0; i < expected[t].values.size(); ++i) {
      const double a = expected[t].values[i], b = found[t].values[i];
      if (a == b || (std::isnan(a) && std::isnan(b))) continue;
      if (std::isnan(a) || std::isnan(b) || std::isinf(b)) return infinite;
      worst = std::max(worst, std::fabs(a - b) / (1 + std::fabs(a)));
    }
  }
  return worst;
}

}  // namespace nnc::test
