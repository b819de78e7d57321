#include "test/tools/emitter.h"

namespace nnc::test {

using namespace ir;

Emitter::Emitter(Graph& graph, bool through_builder) : graph_(graph) {
  if (through_builder) builder_ = std::make_unique<Builder>(graph);
}
Emitter::~Emitter() = default;

NodeId Emitter::Push(Node node) {
  const NodeId id = static_cast<NodeId>(graph_.nodes.size());
  if (node.op() == Node::Op::Input) graph_.inputs.push_back(id);
  graph_.nodes.push_back(std::move(node));
  return id;
}

NodeId Emitter::Input(ir::Input input, Shape shape) {
  if (builder_) return builder_->AddInput(std::move(input), std::move(shape));
  Node node;
  node.shape = std::move(shape);
  node.content = std::move(input);
  return Push(std::move(node));
}

NodeId Emitter::Random(ir::Random random, Shape shape) {
  if (builder_) return builder_->AddRandom(random, std::move(shape));
  Node node;
  node.shape = std::move(shape);
  node.content = random;
  return Push(std::move(node));
}

static int AddLeaf(ir::Comp& comp, const Operand& operand) {
  Scalar leaf;
  leaf.kind = operand.kind;
  leaf.index = operand.index;
  leaf.literal = operand.literal;
  leaf.extent = operand.extent;
  if (operand.kind == Scalar::Kind::Access) {
    Access access;
    access.operand = operand.node;
    for (int index : operand.indices) access.subscripts.push_back(Affine::Index(index));
    leaf.index = static_cast<int>(comp.accesses.size());
    comp.accesses.push_back(std::move(access));
  }
  comp.body.push_back(leaf);
  return static_cast<int>(comp.body.size()) - 1;
}

static void AddCall(ir::Comp& comp, ScalarFn fn, const std::vector<Operand>& arguments) {
  Scalar call;
  call.kind = Scalar::Kind::Call;
  call.fn = fn;
  for (size_t i = 0; i < arguments.size(); ++i) call.arguments[i] = AddLeaf(comp, arguments[i]);
  comp.body.push_back(call);
}

NodeId Emitter::Comp(ir::Comp comp) {
  if (builder_) return builder_->AddComp(comp);
  Node node;
  node.shape.assign(comp.extents.begin(), comp.extents.begin() + comp.rank);
  node.content = std::move(comp);
  return Push(std::move(node));
}

NodeId Emitter::Scan(ir::Scan scan) {
  if (builder_) return builder_->AddScan(std::move(scan));
  Node node;
  node.content = std::move(scan);
  return Push(std::move(node));
}

NodeId Emitter::Part(NodeId scan, int output) {
  if (builder_) return builder_->AddPart(scan, output);
  Node node;
  node.shape = ShapeOfPart(graph_[scan].scan(), output);
  node.content = ir::Part{scan, output};
  return Push(std::move(node));
}

NodeId Emitter::Map(ScalarFn fn, std::vector<Operand> arguments, Shape extents) {
  if (builder_) return builder_->Map(fn, std::move(arguments), std::move(extents));
  ir::Comp comp;
  comp.rank = static_cast<int>(extents.size());
  comp.extents = std::move(extents);
  AddCall(comp, fn, arguments);
  return Comp(std::move(comp));
}

NodeId Emitter::Fill(Operand value, Shape extents) {
  if (builder_) return builder_->Fill(std::move(value), std::move(extents));
  const int rank = static_cast<int>(extents.size());
  return Reduce(Monoid::Sum, std::move(value), std::move(extents), rank, {});
}

NodeId Emitter::Contract(Operand a, Operand b, std::vector<Dim> extents, int rank, std::vector<Affine> relations) {
  if (builder_) return builder_->Contract(std::move(a), std::move(b), std::move(extents), rank, std::move(relations));
  ir::Comp comp;
  comp.extents = std::move(extents);
  comp.rank = rank;
  comp.monoid = Monoid::Sum;
  comp.relations = std::move(relations);
  AddCall(comp, ScalarFn::Mul, {a, b});
  return Comp(std::move(comp));
}

NodeId Emitter::Reduce(Monoid monoid, Operand x, std::vector<Dim> extents, int rank, std::vector<Affine> relations, int arg_count) {
  if (builder_) return builder_->Reduce(monoid, std::move(x), std::move(extents), rank, std::move(relations), arg_count);
  ir::Comp comp;
  comp.extents = std::move(extents);
  comp.rank = rank;
  comp.monoid = monoid;
  comp.relations = std::move(relations);
  comp.arg_count = arg_count;
  AddLeaf(comp, x);
  return Comp(std::move(comp));
}

}  // namespace nnc::test
