#include "compiler/ir/graph.h"

#include <algorithm>
#include <bit>

namespace nnc::ir {

const char* Name(Role role) {
  switch (role) {
    case Role::Weight: return "weight";
    case Role::State: return "state";
    case Role::Buffer: return "buffer";
    case Role::Fitted: return "fitted";
    case Role::Column: return "column";
    case Role::Direct: return "direct";
    case Role::Step: return "step";
    case Role::Carried: return "carried";
    case Role::Slice: return "slice";
    case Role::Shared: return "shared";
  }
  return "";
}

const char* Name(DType dtype) {
  switch (dtype) {
    case DType::F32: return "f32";
    case DType::U8: return "u8";
    case DType::I32: return "i32";
  }
  return "";
}

int64_t Affine::Coefficient(int index) const {
  for (const Term& term : terms) {
    if (term.index == index) return term.coefficient;
  }
  return 0;
}

void Affine::Add(int index, int64_t coefficient) {
  auto at = std::lower_bound(terms.begin(), terms.end(), index, [](const Term& term, int i) { return term.index < i; });
  if (at == terms.end() || at->index != index) {
    if (coefficient != 0) terms.insert(at, {index, coefficient});
    return;
  }
  at->coefficient += coefficient;
  if (at->coefficient == 0) terms.erase(at);
}

Affine Affine::Plus(const Affine& other, int64_t factor) const {
  Affine sum = *this;
  for (const Term& term : other.terms) sum.Add(term.index, factor * term.coefficient);
  sum.constant = sum.constant + other.constant * Dim(factor);
  return sum;
}

static bool AllBare(const Comp& comp) {
  for (const Access& access : comp.accesses) {
    if (access.guarded) return false;
    for (const Affine& subscript : access.subscripts) {
      if (!subscript.IsBare()) return false;
    }
  }
  return true;
}

// One access (or leaf) and nothing else.
static bool IsReduceBody(const Comp& comp) {
  return comp.body.size() == 1 && comp.body[0].kind != Scalar::Kind::Call && comp.accesses.size() <= 1;
}

// mul of two accesses or leaves.
static bool IsContractionBody(const Comp& comp) {
  if (comp.monoid != Monoid::Sum || comp.body.empty()) return false;
  const Scalar& last = comp.body.back();
  return last.kind == Scalar::Kind::Call && last.fn == ScalarFn::Mul &&
         std::count_if(comp.body.begin(), comp.body.end(), [](const Scalar& s) { return s.kind == Scalar::Kind::Call; }) == 1;
}

// At most one call, which comes last, of leaves.
static bool IsElementwiseBody(const Comp& comp) {
  if (comp.monoid != Monoid::None || comp.body.empty() || !comp.relations.empty()) return false;
  if (comp.rank != static_cast<int>(comp.extents.size())) return false;
  const auto calls = std::count_if(comp.body.begin(), comp.body.end(), [](const Scalar& s) { return s.kind == Scalar::Kind::Call; });
  return calls == 0 ? comp.body.size() == 1 : calls == 1 && comp.body.back().kind == Scalar::Kind::Call;
}

CompForm Classify(const Comp& comp) {
  if (!AllBare(comp)) return CompForm::Fused;
  if (comp.monoid == Monoid::None) return IsElementwiseBody(comp) ? CompForm::Elementwise : CompForm::Fused;
  if (IsReduceBody(comp)) return CompForm::Reduce;
  return IsContractionBody(comp) ? CompForm::Contraction : CompForm::Fused;
}

bool Scalar::operator==(const Scalar& other) const {
  if (kind != other.kind || fn != other.fn || index != other.index) return false;
  if (!std::equal(arguments, arguments + 3, other.arguments)) return false;
  return std::bit_cast<uint64_t>(literal) == std::bit_cast<uint64_t>(other.literal) && extent == other.extent;
}

bool Scan::operator==(const Scan& other) const {
  if (down != other.down || checkpointed != other.checkpointed || !(count == other.count) || operands != other.operands) return false;
  return body == other.body || SameGraph(*body, *other.body);
}

bool SameNode(const Node& a, const Node& b) {
  return a.variable == b.variable && a.content == b.content && (a.op() == Node::Op::Input || a.shape == b.shape);
}

bool SameGraph(const Graph& a, const Graph& b) {
  if (a.nodes.size() != b.nodes.size() || a.inputs != b.inputs || a.outputs.size() != b.outputs.size()) return false;
  for (size_t n = 0; n < a.nodes.size(); ++n) {
    const Node &x = a.nodes[n], &y = b.nodes[n];
    if (!SameNode(x, y) || !(x.shape == y.shape)) return false;
    if (x.op() == Node::Op::Input && x.input().role != y.input().role) return false;
  }
  return std::equal(a.outputs.begin(), a.outputs.end(), b.outputs.begin(), [](const Output& x, const Output& y) {
    return x.name == y.name && x.node == y.node && x.updates == y.updates;
  });
}

Shape ShapeOfPart(const Scan& scan, int output) {
  const Output& of = scan.body->outputs[static_cast<size_t>(output)];
  Shape shape = scan.body->ShapeOf(of.node);
  shape.insert(shape.begin(), of.updates == kNoNode ? scan.count : scan.count + Dim(1));
  return shape;
}

}  // namespace nnc::ir
