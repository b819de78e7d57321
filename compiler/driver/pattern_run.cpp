#include "compiler/driver/pattern_run.h"

#include <vector>

#include "compiler/driver/executable.h"
#include "compiler/driver/slice.h"
#include "runtime/number_text.h"
#include "runtime/table.h"

namespace nnc::driver {

static void Fill(runtime::AlignedBuffer& buffer, ir::DType dtype, int64_t count, int64_t number) {
  for (int64_t e = 0; e < count; ++e) {
    int64_t mixed = 7 * e + 3 * number;
    size_t at = static_cast<size_t>(e);
    switch (dtype) {
      case ir::DType::F32: buffer.as<float>()[at] = static_cast<float>(mixed % 11 - 5) / 8; break;
      case ir::DType::U8: buffer.as<uint8_t>()[at] = static_cast<uint8_t>(mixed % 3); break;
      case ir::DType::I32: buffer.as<int32_t>()[at] = static_cast<int32_t>(mixed % 3); break;
    }
  }
}

static std::string Line(const ir::Output& output, const ir::Graph& graph, const float* values, int64_t count) {
  std::string line = output.name + " " + ir::ToString(graph.ShapeOf(output.node)) + ":";
  for (int64_t e = 0; e < count; ++e) {
    line += " ";
    runtime::AppendNumber(line, values[e]);
  }
  return line + "\n";
}

std::string RunOnPattern(const ir::Graph& graph, const std::map<std::string, int64_t>& sizes) {
  CompileRequest request{graph, graph.name, {}};
  request.capacities = sizes;
  Call call(Compile({request}).front());
  const schedule::Plan& plan = call.executable().plan;
  for (const auto& [symbol, extent] : request.capacities) call.SetExtent(symbol, extent);
  call.SetStep(1, 1);
  std::map<std::string, runtime::AlignedBuffer> buffers;
  std::vector<std::unique_ptr<runtime::BoundColumn>> columns;
  int64_t number = 0;
  for (const schedule::Plan::Binding& binding : plan.bindings) {
    int64_t count = Capacity(plan, binding);
    auto& buffer = buffers[binding.name] = runtime::AlignedBuffer(static_cast<size_t>(count) * Bytes(binding.dtype));
    if (binding.input) Fill(buffer, binding.dtype, count, number++);
    const void* bound = buffer.data();
    if (binding.column) {
      columns.push_back(std::make_unique<runtime::BoundColumn>(bound));
      bound = columns.back()->abi();
    }
    call.Bind(binding.name, bound);
  }
  call.Run();
  std::string text;
  for (const ir::Output& output : graph.outputs) {
    std::string name = output.updates == ir::kNoNode ? output.name : graph[output.updates].input().name;
    const schedule::Plan::Binding* binding = call.executable().Find(name);
    text += Line(output, graph, buffers.at(name).as<const float>().data(), Capacity(plan, *binding));
  }
  return text;
}

}  // namespace nnc::driver
