// Logarithms of probabilities in stable form: log of sigmoid, of 1 - sigmoid and of softmax never see 0 or 1.
// At construction, so that derivatives start from the stable form: the derivative of -softplus(-x) is sigmoid(-x).
#include "compiler/ir/builder_impl.h"

namespace nnc::ir {

// p read through squeezes and slices that never leave p: f(copy(x)) for p = copy(f(x)), one level of f.
// Gives the elementwise definition of what is read, its arguments copied likewise.
static bool PeekThroughCopies(Builder::Impl& impl, const Operand& operand, MapView* view, const Shape& extents) {
  if (impl.PeekMap(operand, view)) return true;
  FoldForm form;
  const int space = static_cast<int>(extents.size());
  if (!impl.PeekSum(operand, &form, space)) return false;
  form.extents.insert(form.extents.begin(), extents.begin(), extents.end());
  form.rank = space;
  if (!ExactlyOnePoint(form) || !impl.PeekMap(form.factors[0], view)) return false;
  for (int i = 0; i < view->arity; ++i) {
    if (form.Free(view->args[i])) continue;
    FoldForm copy = form;
    copy.factors = {view->args[i]};
    std::vector<int> all(extents.size());
    for (size_t k = 0; k < all.size(); ++k) all[k] = static_cast<int>(k);
    view->args[i] = impl.Resolve(Operand::Of(impl.Sum(std::move(copy)), std::move(all)));
  }
  return true;
}

std::optional<Operand> Builder::Impl::LogRules(Args& args, const Shape& extents) {
  MapView view;
  if (!PeekThroughCopies(*this, args[0], &view, extents)) return std::nullopt;
  if (view.fn == ScalarFn::Exp) return view.args[0];
  if (view.fn == ScalarFn::Sigmoid) {  // log(sigmoid(x)) = -softplus(-x)
    const Operand softplus = Apply(ScalarFn::Softplus, {Apply(ScalarFn::Neg, {view.args[0]}, extents)}, extents);
    return Apply(ScalarFn::Neg, {softplus}, extents);
  }
  MapView inner;
  if (view.fn == ScalarFn::Sub && IsLiteralValue(view.args[0], 1)) {  // log(1 - sigmoid(x)) = -softplus(x)
    if (!PeekThroughCopies(*this, view.args[1], &inner, extents) || inner.fn != ScalarFn::Sigmoid) return std::nullopt;
    return Apply(ScalarFn::Neg, {Apply(ScalarFn::Softplus, {inner.args[0]}, extents)}, extents);
  }
  if (view.fn == ScalarFn::Div) {  // log(exp(x) / s) = x - log(s), with x = z - max z in a softmax
    if (!PeekThroughCopies(*this, view.args[0], &inner, extents) || inner.fn != ScalarFn::Exp) return std::nullopt;
    return Apply(ScalarFn::Sub, {inner.args[0], Apply(ScalarFn::Log, {view.args[1]}, extents)}, extents);
  }
  return std::nullopt;
}

}  // namespace nnc::ir
