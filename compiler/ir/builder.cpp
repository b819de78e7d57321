// Interning and the builder's entry points. Equal definitions give the same node; the hash covers everything but the place.
#include "compiler/ir/builder.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>

#include "compiler/ir/builder_impl.h"

namespace nnc::ir {

Operand Operand::Of(NodeId node, std::vector<int> indices) {
  Operand operand;
  operand.kind = Scalar::Kind::Access;
  operand.node = node;
  operand.indices = std::move(indices);
  return operand;
}

Operand Operand::Of(int index) {
  Operand operand;
  operand.kind = Scalar::Kind::Index;
  operand.index = index;
  return operand;
}

Operand Operand::Of(double literal) {
  Operand operand;
  operand.literal = literal;
  return operand;
}

Operand Operand::Of(Dim extent) {
  if (extent.IsConstant()) return Of(static_cast<double>(extent.Constant()));
  Operand operand;
  operand.kind = Scalar::Kind::Extent;
  operand.extent = std::move(extent);
  return operand;
}

static size_t Mix(size_t seed, size_t value) { return (seed ^ value) * 0x9E3779B97F4A7C15ull + (seed >> 29); }

static size_t HashAffine(size_t seed, const Affine& affine) {
  for (const Affine::Term& term : affine.terms) {
    seed = Mix(seed, static_cast<size_t>(term.index));
    seed = Mix(seed, static_cast<size_t>(term.coefficient));
  }
  return Mix(seed, affine.constant.Hash());
}

static size_t HashScalar(size_t seed, const Scalar& scalar) {
  seed = Mix(seed, static_cast<size_t>(scalar.kind) * 256 + static_cast<size_t>(scalar.fn));
  seed = Mix(seed, static_cast<size_t>(scalar.index));
  for (int argument : scalar.arguments) seed = Mix(seed, static_cast<size_t>(argument));
  seed = Mix(seed, std::bit_cast<uint64_t>(scalar.literal));
  return Mix(seed, scalar.extent.Hash());
}

static size_t HashComp(const Comp& comp) {
  size_t seed = Mix(static_cast<size_t>(comp.rank), static_cast<size_t>(comp.monoid) * 64 + static_cast<size_t>(comp.arg_count));
  for (const Dim& extent : comp.extents) seed = Mix(seed, extent.Hash());
  for (const Affine& relation : comp.relations) seed = HashAffine(seed, relation);
  for (const Access& access : comp.accesses) {
    seed = Mix(seed, static_cast<size_t>(access.operand) * 2 + access.guarded);
    for (const Affine& subscript : access.subscripts) seed = HashAffine(seed, subscript);
  }
  for (const Scalar& scalar : comp.body) seed = HashScalar(seed, scalar);
  return seed;
}

static size_t HashNode(const Node& node) {
  switch (node.op()) {
    case Node::Op::Input: return std::hash<std::string>()(node.input().name);
    case Node::Op::Comp: return Mix(HashComp(node.comp()), node.variable);
    case Node::Op::Derivative:
      return Mix(Mix(static_cast<size_t>(node.derivative().y), static_cast<size_t>(node.derivative().x)),
                 static_cast<size_t>(node.derivative().direction) * 2 + node.derivative().forward);
    case Node::Op::Random: {
      size_t seed = Mix(node.random().place, node.random().word * 2u + node.random().per_row);
      for (const Dim& extent : node.shape) seed = Mix(seed, extent.Hash());
      return Mix(seed, static_cast<size_t>(node.random().source));
    }
    case Node::Op::Scan: {
      size_t seed = Mix(node.scan().count.Hash(), node.scan().body->nodes.size() * 2 + node.scan().down);
      for (NodeId operand : node.scan().operands) seed = Mix(seed, static_cast<size_t>(operand));
      return seed;
    }
    case Node::Op::Part: return Mix(static_cast<size_t>(node.part().scan), static_cast<size_t>(node.part().output));
  }
  return 0;
}

Builder::Builder(Graph& graph) : graph_(graph), impl_(std::make_unique<Impl>(*this, graph)) {
  impl_->interned.reserve(graph.nodes.size() * 2 + 256);
  for (size_t id = 0; id < graph.nodes.size(); ++id) {
    impl_->interned.emplace(HashNode(graph.nodes[id]), static_cast<NodeId>(id));
    impl_->variables = std::max(impl_->variables, graph.nodes[id].variable);
  }
}

Builder::~Builder() = default;

NodeId Builder::Intern(Node node) {
  const size_t hash = HashNode(node);
  auto [begin, end] = impl_->interned.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    if (SameNode(graph_[it->second], node)) return it->second;
  }
  const NodeId id = static_cast<NodeId>(graph_.nodes.size());
  node.span = span_;
  graph_.nodes.push_back(std::move(node));
  impl_->interned.emplace(hash, id);
  return id;
}

NodeId Builder::Impl::InternComp(Comp comp) {
  Node node;
  node.shape.assign(comp.extents.begin(), comp.extents.begin() + comp.rank);
  node.content = std::move(comp);
  return self.Intern(std::move(node));
}

NodeId Builder::AddInput(Input input, Shape shape, Span span) {
  [[maybe_unused]] const Shape shape_of_input = shape;  // names are unique: one name, one shape
  Node node;
  node.shape = std::move(shape);
  node.content = std::move(input);
  const size_t before = graph_.nodes.size();
  const NodeId id = Intern(std::move(node));
  assert(graph_.nodes.size() > before || graph_[id].shape == shape_of_input);
  if (graph_.nodes.size() > before) {
    graph_.inputs.push_back(id);
    if (span.Valid()) graph_.nodes.back().span = span;
  }
  return id;
}

NodeId Builder::AddRandom(Random random, Shape shape, Span span) {
  Node node;
  node.shape = std::move(shape);
  node.content = random;
  const size_t before = graph_.nodes.size();
  const NodeId id = Intern(std::move(node));
  if (graph_.nodes.size() > before && span.Valid()) graph_.nodes.back().span = span;
  return id;
}

NodeId Builder::AddVariable(NodeId node) { return AddVariable(node, impl_->variables + 1); }

NodeId Builder::AddVariable(NodeId node, uint32_t number) {
  impl_->variables = std::max(impl_->variables, number);
  Node variable;
  variable.shape = graph_.ShapeOf(node);
  variable.variable = number;
  variable.comp().extents = variable.shape;
  variable.comp().rank = static_cast<int>(variable.shape.size());
  variable.comp().monoid = Monoid::Sum;
  std::vector<int> all(variable.shape.size());
  std::iota(all.begin(), all.end(), 0);
  AddLeaf(variable.comp(), Operand::Of(node, std::move(all)));
  return Intern(std::move(variable));
}

NodeId Builder::AddDerivative(Derivative derivative, Shape shape) {
  Node node;
  node.shape = std::move(shape);
  node.content = derivative;
  return Intern(std::move(node));
}

NodeId Builder::AddScan(Scan scan) {
  assert(scan.operands.size() == scan.body->inputs.size());
  Node node;
  node.content = std::move(scan);
  return Intern(std::move(node));
}

NodeId Builder::AddPart(NodeId scan, int output) {
  Node node;
  node.shape = ShapeOfPart(graph_[scan].scan(), output);
  node.content = Part{scan, output};
  return Intern(std::move(node));
}

NodeId Builder::AddPlaceholder(Shape shape) {
  Node node;
  node.shape = std::move(shape);
  node.content = Input{Role::Carried, DType::F32, "placeholder " + std::to_string(graph_.nodes.size()), 0};
  return Intern(std::move(node));
}

void Builder::UseRules(bool rules) { impl_->rules = rules; }
bool Builder::UsesRules() const { return impl_->rules; }

NodeId Builder::Map(ScalarFn fn, std::vector<Operand> arguments, Shape extents) {
  assert(static_cast<int>(arguments.size()) == Row(fn).arity);
  return impl_->Map(fn, std::move(arguments), extents);
}

NodeId Builder::Fill(Operand value, Shape extents) { return impl_->Fill(std::move(value), extents); }

NodeId Builder::Contract(Operand a, Operand b, std::vector<Dim> extents, int rank, std::vector<Affine> relations) {
  return impl_->Sum({{std::move(a), std::move(b)}, std::move(extents), rank, std::move(relations)});
}

NodeId Builder::Reduce(Monoid monoid, Operand x, std::vector<Dim> extents, int rank, std::vector<Affine> relations, int arg_count) {
  FoldForm form{{std::move(x)}, std::move(extents), rank, std::move(relations)};
  if (monoid == Monoid::Sum) return impl_->Sum(std::move(form));
  return impl_->Fold(monoid, std::move(form), arg_count);
}

// Reads an argument of lower rank or with axes of size 1 in the index space of the broadcast result.
static Operand Broadcast(Builder& builder, NodeId node, const Shape& result) {
  const Shape shape = builder.graph().ShapeOf(node);
  assert(shape.size() <= result.size());
  const int shift = static_cast<int>(result.size() - shape.size());
  std::vector<int> kept;      // result index of each kept axis
  std::vector<Dim> extents;   // kept axes, then the dropped ones
  std::vector<int> indices(shape.size());
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const Dim& wanted = result[axis + static_cast<size_t>(shift)];
    if (!(shape[axis] == wanted)) {
      assert(shape[axis] == Dim(1));
      continue;
    }
    indices[axis] = static_cast<int>(kept.size());
    kept.push_back(static_cast<int>(axis) + shift);
    extents.push_back(wanted);
  }
  if (kept.size() == shape.size()) return Operand::Of(node, std::move(kept));
  const int rank = static_cast<int>(kept.size());
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == result[axis + static_cast<size_t>(shift)]) continue;
    indices[axis] = static_cast<int>(extents.size());
    extents.push_back(1);
  }
  const NodeId squeezed = builder.Reduce(Monoid::Sum, Operand::Of(node, std::move(indices)), std::move(extents), rank);
  return Operand::Of(squeezed, std::move(kept));
}

NodeId Builder::Call(ScalarFn fn, std::vector<NodeId> arguments) {
  Shape result;
  for (NodeId argument : arguments) {
    const Shape& shape = graph_.ShapeOf(argument);
    if (shape.size() > result.size()) result.insert(result.begin(), shape.size() - result.size(), Dim(1));
    const size_t shift = result.size() - shape.size();
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      Dim& size = result[axis + shift];
      if (size == Dim(1)) size = shape[axis];
      assert(size == shape[axis] || shape[axis] == Dim(1));
    }
  }
  std::vector<Operand> operands;
  for (NodeId argument : arguments) operands.push_back(Broadcast(*this, argument, result));
  return Map(fn, std::move(operands), std::move(result));
}

// The operand that one step of a normal body stands for.
static Operand LeafOf(const Comp& comp, const Scalar& scalar) {
  switch (scalar.kind) {
    case Scalar::Kind::Access: {
      const Access& access = comp.accesses[static_cast<size_t>(scalar.index)];
      std::vector<int> indices;
      for (const Affine& subscript : access.subscripts) indices.push_back(subscript.BareIndex());
      return Operand::Of(access.operand, std::move(indices));
    }
    case Scalar::Kind::Index: return Operand::Of(scalar.index);
    case Scalar::Kind::Literal: return Operand::Of(scalar.literal);
    case Scalar::Kind::Extent: return Operand::Of(scalar.extent);
    case Scalar::Kind::Call: break;
  }
  assert(false && "a call is no leaf");
  return {};
}

NodeId Builder::AddComp(const Comp& comp) {
  const CompForm shape = Classify(comp);
  if (shape == CompForm::Fused) return impl_->InternComp(comp);
  std::vector<Operand> operands;
  const Scalar& last = comp.body.back();
  if (last.kind == Scalar::Kind::Call) {
    for (int i = 0; i < Row(last.fn).arity; ++i) operands.push_back(LeafOf(comp, comp.body[static_cast<size_t>(last.arguments[i])]));
  } else {
    operands.push_back(LeafOf(comp, last));
  }
  if (shape == CompForm::Contraction) return Contract(operands[0], operands[1], comp.extents, comp.rank, comp.relations);
  if (shape == CompForm::Reduce) return Reduce(comp.monoid, operands[0], comp.extents, comp.rank, comp.relations, comp.arg_count);
  if (last.kind == Scalar::Kind::Call) return Map(last.fn, std::move(operands), comp.extents);
  return Fill(std::move(operands[0]), comp.extents);
}

bool Builder::IsLiteral(NodeId node, double* value) const {
  const Node& n = graph_[node];
  if (n.op() != Node::Op::Comp || n.comp().monoid != Monoid::None || n.comp().body.size() != 1) return false;
  if (n.comp().body[0].kind != Scalar::Kind::Literal) return false;
  *value = n.comp().body[0].literal;
  return true;
}

bool Builder::IsZero(NodeId node) const {
  double value = 1;
  return IsLiteral(node, &value) && value == 0;
}

void Builder::Protect(NodeId node) { impl_->opaque.insert(node); }
void Builder::Unprotect(NodeId node) { impl_->opaque.erase(node); }
bool Builder::IsProtected(NodeId node) const { return impl_->opaque.count(node) != 0; }

}  // namespace nnc::ir
