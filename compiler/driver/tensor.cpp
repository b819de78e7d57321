#include "compiler/driver/tensor.h"

#include <algorithm>

#include "runtime/safetensors.h"
#include "runtime/table.h"

namespace nnc::driver {

Tensor::Tensor(std::vector<int64_t> shape_of_it, double fill)
    : shape(std::move(shape_of_it)), data(static_cast<size_t>(runtime::ElementCount(shape)) * sizeof(float)) {
  if (fill != 0) std::fill(values().begin(), values().end(), static_cast<float>(fill));
}

int64_t Tensor::Count() const { return runtime::ElementCount(shape); }

Tensor ToTensor(const HostValue& value) {
  Tensor tensor(value.shape);
  std::transform(value.values.begin(), value.values.end(), tensor.values().begin(),
                 [](double number) { return static_cast<float>(number); });
  return tensor;
}

Tensor RestTensor(const HostValue& value) {
  Tensor tensor(value.shape);
  std::transform(value.values.begin(), value.values.end(), tensor.values().begin(), runtime::RestOfSingle);
  return tensor;
}

HostValue ToHostValue(const Tensor& tensor) {
  return {tensor.shape, {tensor.values().begin(), tensor.values().end()}};
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  std::string text = "f32";
  for (size_t axis = 0; axis < shape.size(); ++axis) text += (axis == 0 ? "[" : ", ") + std::to_string(shape[axis]);
  return shape.empty() ? text : text + "]";
}

}  // namespace nnc::driver
