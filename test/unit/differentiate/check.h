// A program under test: named inputs with values, a function of them, and the checks of its derivatives against central
// differences of the reference evaluator, the dot-product identity, and forward over reverse against reverse over reverse.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "compiler/ir/builder.h"
#include "compiler/reference/evaluate.h"

namespace nnc::test {

struct Variable {
  std::string name;
  std::vector<int64_t> shape;
  double low = -1, high = 1;           // values are drawn from here, by a fixed generator
  std::vector<double> values = {};     // unless given
};

using Build = std::function<ir::NodeId(ir::Builder& builder, const std::vector<ir::NodeId>& inputs)>;

struct Case {
  std::string name;
  std::vector<Variable> variables;
  Build build;
  int orders = 3;
  double tolerance = 2e-6;
};

// Runs every check; returns the number of live nodes at orders 0 to `orders`.
std::vector<size_t> CheckDerivatives(const Case& test);
// The same for a graph that exists: y as a function of `inputs`, which test.variables describe in this order.
std::vector<size_t> CheckDerivatives(const Case& test, ir::Graph graph, const std::vector<ir::NodeId>& inputs, ir::NodeId y);

// Values of nodes of a graph, through EliminateDead and once more through Optimize, which must agree.
std::vector<reference::Tensor> Values(const ir::Graph& graph, const std::vector<ir::NodeId>& nodes, const reference::Context& context);
// Sum of all elements of a * b, shapes equal.
ir::NodeId Dot(ir::Builder& builder, ir::NodeId a, ir::NodeId b);
ir::NodeId AddInput(ir::Builder& builder, const std::string& name, const std::vector<int64_t>& shape);
reference::Tensor Draw(const std::vector<int64_t>& shape, double low, double high, uint64_t seed);

}  // namespace nnc::test
