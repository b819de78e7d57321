// Adds nodes to a graph either through ir::Builder or exactly as asked for.
#pragma once
#include <memory>

#include "compiler/ir/builder.h"

namespace nnc::test {

class Emitter {
 public:
  Emitter(ir::Graph& graph, bool through_builder);
  ~Emitter();

  ir::NodeId Input(ir::Input input, ir::Shape shape);
  ir::NodeId Random(ir::Random random, ir::Shape shape);
  ir::NodeId Map(ir::ScalarFn fn, std::vector<ir::Operand> arguments, ir::Shape extents);
  ir::NodeId Fill(ir::Operand value, ir::Shape extents);
  ir::NodeId Contract(ir::Operand a, ir::Operand b, std::vector<ir::Dim> extents, int rank, std::vector<ir::Affine> relations);
  ir::NodeId Reduce(ir::Monoid monoid, ir::Operand x, std::vector<ir::Dim> extents, int rank, std::vector<ir::Affine> relations, int arg_count = 0);
  ir::NodeId Comp(ir::Comp comp);
  ir::NodeId Scan(ir::Scan scan);
  ir::NodeId Part(ir::NodeId scan, int output);

 private:
  ir::NodeId Push(ir::Node node);
  ir::Graph& graph_;
  std::unique_ptr<ir::Builder> builder_;
};

}  // namespace nnc::test
