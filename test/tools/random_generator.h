// The generator behind RandomGraph: a pool of tensors that grows by random operations. random_elementwise.cpp holds the scalar
// functions, random_relations.cpp what affine relations can say, random_scans.cpp recurrences, random_programs.cpp the rest.
#pragma once
#include <set>

#include "test/tools/emitter.h"
#include "test/tools/random_numbers.h"
#include "test/tools/random_programs.h"

namespace nnc::test {

class Generator {
 public:
  Generator(uint64_t seed, const RandomOptions& options);
  ir::Graph Run(Statistics& statistics);

 private:
  struct Tensor {
    ir::NodeId id = ir::kNoNode;
    ir::Shape shape;
    double bound = 1;  // of the absolute value
    bool read = false;
  };
  using Place = size_t;  // in the pool

  // The pool.
  Place Add(ir::NodeId id, ir::Shape shape, double bound);
  Place Pick();                        // any tensor, rather one that nothing reads yet
  Place NewInput(ir::Shape shape);
  ir::Dim RandomSize();
  Place Moderate(Place x);             // the same, scaled down if its bound is large
  const ir::Shape& ShapeOf(Place x) const { return pool_[x].shape; }
  void Feature(const std::string& name) { features_.insert(name); }

  // Operands.
  ir::Operand Whole(Place x);          // with indices 0, 1, ...
  ir::Operand At(Place x, std::vector<int> indices);
  std::optional<ir::Operand> Fitting(const ir::Shape& extents, double* bound);  // a tensor of the pool read over these indices
  Place Map(ir::ScalarFn fn, std::vector<ir::Operand> arguments, ir::Shape extents, double bound);
  Place Map(ir::ScalarFn fn, Place x, double bound) { return Map(fn, {Whole(x)}, ShapeOf(x), bound); }
  Place Map(ir::ScalarFn fn, Place x, double literal, double bound) {
    return Map(fn, {Whole(x), ir::Operand::Of(literal)}, ShapeOf(x), bound);
  }
  struct Argument {
    ir::Operand operand;
    double bound;
  };
  Argument SecondArgument(const ir::Shape& extents);  // tensor, literal, index or size

  // Elementwise.
  void Elementwise();
  void UnaryRow(ir::ScalarFn fn);
  void BinaryRow(ir::ScalarFn fn);
  void RestRow(ir::ScalarFn fn);
  void TruthRow(ir::ScalarFn fn);
  Place Positive(Place x);             // x*x + 0.3
  Place InsideUnit(Place x);           // 0.8 tanh(x)
  Place Condition(Place x);            // a truth value

  // Without relations.
  void Contraction();
  void Reduction();
  void Rearrangement();
  void Draw();
  void FusedNode();

  // A scan: its body is the work of another generator, which has states, slices and shared tensors for inputs.
  void Recurrence();
  struct Turn {
    ir::Graph body;
    std::vector<double> bounds;        // of the outputs
    std::set<std::string> features;
  };
  Turn RandomTurn(const std::vector<std::pair<ir::Input, ir::Shape>>& inputs, const std::vector<double>& bounds);
  ir::NodeId LastState(ir::NodeId part, const ir::Scan& scan);
  Place NextOf(Place state);           // a tensor of the state's shape that depends on it
  void Operation();

  // Indices that come from data.
  void Choice();
  Place WholeNumbers(int size);
  Place Chosen(const ir::Dim& size, Place numbers);

  // With relations.
  void Relation();
  void Convolution(bool transposed);
  void Pooling();
  void OneAxis();                      // slice, pad, reversal, upsampling
  void Flatten();
  void Delta();
  struct Window {
    ir::Dim out;
    int stride, dilation, taps, pad;
  };
  std::optional<Window> RandomWindow(const ir::Dim& size, bool transposed, bool always_inside);
  ir::Affine WindowRelation(const Window& window, int out, int tap, int in, bool transposed);
  int LongAxis(Place x);               // an axis of at least 2, or a symbolic one; -1 if none
  ir::Affine Signed(ir::Affine relation);  // the relation or its negative: both say the same

  // A fold with all its indices: renumbers them so that output indices come first, in random order.
  struct Indices {
    std::vector<ir::Dim> extents;
    std::vector<bool> reduced;
    int New(ir::Dim extent, bool is_reduced) {
      extents.push_back(std::move(extent));
      reduced.push_back(is_reduced);
      return static_cast<int>(extents.size()) - 1;
    }
  };
  struct Ordered {
    std::vector<ir::Dim> extents;
    int rank = 0;
    std::vector<int> number;           // new number of each index
    ir::Affine Renumber(const ir::Affine& affine) const;
    std::vector<int> Renumber(const std::vector<int>& indices) const;
    ir::Shape OutputShape() const { return {extents.begin(), extents.begin() + rank}; }
  };
  Ordered Order(const Indices& indices);
  bool Affordable(const std::vector<ir::Dim>& extents, size_t rank) const;
  Place Fold(ir::Monoid monoid, Place x, const std::vector<int>& subscripts, const Indices& indices, const std::vector<ir::Affine>& relations,
             double bound, std::vector<int> numbered = {});
  void Product(Place x, const std::vector<int>& x_subscripts, Place y, const std::vector<int>& y_subscripts, const Indices& indices,
               const std::vector<ir::Affine>& relations, double bound);
  double Nominal(const ir::Dim& size) const;

  void Finish();                       // outputs and loss

  RandomNumbers random_;
  RandomOptions options_;
  ir::Graph graph_;
  Emitter emitter_;
  std::vector<Tensor> pool_;
  std::set<std::string> features_;
  ir::Dim rows_;
  int input_count_ = 0;
  int scans_around_ = 0;               // this is the body of a scan
};

}  // namespace nnc::test
