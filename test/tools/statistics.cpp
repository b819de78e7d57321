#include "test/tools/statistics.h"

#include "compiler/ir/graph.h"

namespace nnc::test {

int64_t Statistics::Of(const std::string& feature) const {
  auto found = counts_.find(feature);
  return found == counts_.end() ? 0 : found->second;
}

std::string Statistics::Report() const {
  std::string report;
  for (const auto& [feature, count] : counts_) report += "  " + feature + ": " + std::to_string(count) + "\n";
  return report;
}

std::string Statistics::Missing(int64_t minimum) const {
  std::string missing;
  auto demand = [&](const std::string& feature) {
    if (Of(feature) < minimum) missing += feature + ": " + std::to_string(Of(feature)) + " of " + std::to_string(minimum) + "\n";
  };
  for (const char* feature :
       {"relation convolution", "relation transposed convolution", "relation slice", "relation pad", "relation reversal", "relation upsampling",
        "relation flatten", "relation delta", "relation diagonal", "relation pooling", "stride 1", "stride 2", "stride 3", "dilation 2",
        "guard", "broadcast", "transpose", "contraction", "symbolic size", "random per row", "random per step", "index value", "size value",
        "integer input", "two relations"}) {
    demand(feature);
  }
  for (ir::Monoid monoid : {ir::Monoid::Sum, ir::Monoid::Prod, ir::Monoid::Max, ir::Monoid::Min, ir::Monoid::ArgMax, ir::Monoid::ArgMin}) {
    demand("monoid " + std::string(ir::Row(monoid).name));
  }
  for (const ir::ScalarRow& row : ir::AllScalarRows()) demand("scalar " + std::string(row.name));
  return missing;
}

std::string Statistics::MissingDerivatives(int64_t minimum) const {
  std::string missing;
  for (int order = 1; order <= 3; ++order) {
    const std::string feature = "derivative of order " + std::to_string(order);
    if (Of(feature) < minimum) missing += feature + ": " + std::to_string(Of(feature)) + " of " + std::to_string(minimum) + "\n";
  }
  return missing;
}

}  // namespace nnc::test
