// Nodes as they are asked for. Literals are folded, a copy of a whole tensor is the tensor, and nothing else is looked through.
#include <numeric>

#include "compiler/ir/builder_impl.h"

namespace nnc::ir {

Operand Builder::Impl::Literals(Operand operand) const {
  double literal;
  if (operand.kind == Scalar::Kind::Access && self.IsLiteral(operand.node, &literal)) return Operand::Of(literal);
  return operand;
}

NodeId Builder::Impl::PlainMap(ScalarFn fn, std::vector<Operand> args, const Shape& extents) {
  double values[3] = {0, 0, 0};
  bool constant = true;
  for (size_t i = 0; i < args.size(); ++i) {
    args[i] = Literals(std::move(args[i]));
    constant = constant && args[i].kind == Scalar::Kind::Literal;
    values[i] = args[i].literal;
  }
  if (constant) return PlainFill(Operand::Of(ir::Folded(fn, values[0], values[1], values[2])), extents);
  return InternComp(Elementwise(fn, args, extents));
}

NodeId Builder::Impl::PlainFill(Operand value, const Shape& extents) {
  value = Literals(std::move(value));
  Comp comp;
  comp.extents = extents;
  comp.rank = static_cast<int>(extents.size());
  if (value.kind == Scalar::Kind::Access) {
    std::vector<int> all(extents.size());
    std::iota(all.begin(), all.end(), 0);
    if (value.indices == all) return value.node;
    comp.monoid = Monoid::Sum;
  }
  AddLeaf(comp, value);
  return InternComp(std::move(comp));
}

NodeId Builder::Impl::PlainFold(Monoid monoid, FoldForm form, int arg_count) {
  const bool map = form.Reductions() == 0 && form.relations.empty() && !IsPlace(monoid);
  if (map && form.factors.size() == 1) return PlainFill(form.factors[0], form.extents);
  if (map) return PlainMap(ScalarFn::Mul, std::move(form.factors), form.extents);
  for (Operand& factor : form.factors) {  // an index's own value or a number becomes a tensor to read
    if (factor.kind == Scalar::Kind::Access) continue;
    const bool index = factor.kind == Scalar::Kind::Index;
    const Shape shape = index ? Shape{form.extents[static_cast<size_t>(factor.index)]} : Shape{};
    const std::vector<int> axes = index ? std::vector<int>{factor.index} : std::vector<int>{};
    factor = Operand::Of(PlainFill(index ? Operand::Of(0) : factor, shape), axes);
  }
  return InternComp(Canonical(form, monoid, arg_count));
}

}  // namespace nnc::ir
