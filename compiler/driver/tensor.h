// Named arrays on the host: weights, buffers, optimizer state, fitted values.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/arena.h"

namespace nnc::driver {

// Single precision, row-major, aligned for compiled functions. Its address survives a move.
struct Tensor {
  std::vector<int64_t> shape;
  runtime::AlignedBuffer data;

  Tensor() = default;
  explicit Tensor(std::vector<int64_t> shape, double fill = 0);
  int64_t Count() const;
  std::span<float> values() { return data.as<float>().first(static_cast<size_t>(Count())); }
  std::span<const float> values() const { return data.as<float>().first(static_cast<size_t>(Count())); }
};
using Tensors = std::map<std::string, Tensor>;

// What the host computed in double precision (fits, metrics), by the name of the Fitted input that it is bound to.
struct HostValue {
  std::vector<int64_t> shape;
  std::vector<double> values;
};
using HostValues = std::map<std::string, HostValue>;

Tensor ToTensor(const HostValue& value);
// What ToTensor rounds off (passes/two_singles.h).
Tensor RestTensor(const HostValue& value);
HostValue ToHostValue(const Tensor& tensor);
inline HostValue Scalar(double value) { return {{}, {value}}; }

// "f32[3, 32]", for messages.
std::string ShapeText(const std::vector<int64_t>& shape);

}  // namespace nnc::driver
