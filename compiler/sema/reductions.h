// Sums, means, extrema of values over axes; over events on the host, where the context says so, with the events' weights.
#pragma once

#include "compiler/sema/values.h"

namespace nnc::sema {

class Reductions : public Values {
 public:
  using Values::Values;

  Value Reduce(const std::string& name, const Value& value, const std::vector<int>& over, Span span);
  Value ReduceAll(const std::string& name, const Value& value, Span span);
  Value ReduceNode(const std::string& name, const Value& value, std::vector<size_t> axes, Span span);
  // What a sum over the axis adds: the value, with the events' weights where the axis counts events that have some.
  Value WithWeights(const Value& value, size_t axis, Span span);
  Value HostReduce(const std::string& function, const Value& value, size_t axis, Span span);
  std::string EventWeights(int source);  // the output with the weights of a source's events, "" if they have none
  size_t HostAxis(const std::string& name, const Shape& shape, const std::vector<size_t>& axes) const;

 private:
  std::string RowCounts(size_t table);
  NodeId WeightsAlong(const Dim& extent) const;
  bool LosesWeights(const Value& value, const Dim& extent) const;
  Value Weighted(const Value& tensor, const std::vector<size_t>& axes, Value& count, Span span);
};

bool IsReduction(const std::string& name);
double IdentityOf(const std::string& name);  // of a reduction: what it is of no element

}  // namespace nnc::sema
