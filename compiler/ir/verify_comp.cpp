// The invariants of one comprehension.
#include "compiler/ir/verify.h"

namespace nnc::ir {

namespace {

class CompCheck {
 public:
  CompCheck(const Graph& graph, NodeId id) : graph_(graph), id_(id), node_(graph[id]), comp_(node_.comp()), count_(static_cast<int>(comp_.extents.size())) {}

  std::string Run(bool normal_form) {
    for (auto check : {&CompCheck::Indices, &CompCheck::Relations, &CompCheck::Accesses, &CompCheck::Body}) {
      std::string what = (this->*check)();
      if (!what.empty()) return what;
    }
    return normal_form ? NormalForm() : "";
  }

 private:
  std::string Indices() {
    if (comp_.rank < 0 || comp_.rank > count_) return "the number of output indices does not fit";
    if (!(node_.shape == Shape(comp_.extents.begin(), comp_.extents.begin() + comp_.rank))) {
      return "the shape " + ToString(node_.shape) + " differs from the output indices";
    }
    for (const Dim& extent : comp_.extents) {
      if ((-extent).ProvablyPositive()) return "the extent " + extent.ToString() + " is negative";
    }
    if (comp_.monoid == Monoid::None && comp_.rank != count_) return "there are reduction indices without a reduction";
    if (comp_.monoid == Monoid::None && !comp_.relations.empty()) return "there are relations without a reduction";
    const bool arg = IsPlace(comp_.monoid);
    if (!arg && comp_.arg_count != 0) return "only argmax and argmin number their indices";
    if (comp_.arg_count < 0 || comp_.arg_count > count_ - comp_.rank) return "more indices are numbered than reduced";
    return arg ? Determined() : "";
  }

  // Reduction indices that argmax does not number must follow from relations or have one value only.
  std::string Determined() const {
    for (int index = comp_.rank + comp_.arg_count; index < count_; ++index) {
      bool related = comp_.extents[static_cast<size_t>(index)] == Dim(1);
      for (const Affine& relation : comp_.relations) related |= relation.Coefficient(index) != 0;
      if (!related) return "index " + std::to_string(index) + " is neither numbered nor determined by a relation";
    }
    return "";
  }

  std::string CheckAffine(const Affine& affine) const {
    int last = -1;
    for (const Affine::Term& term : affine.terms) {
      if (term.index < 0 || term.index >= count_) return "there is no index " + std::to_string(term.index);
      if (term.index <= last) return "the terms of an affine form are not sorted";
      if (term.coefficient == 0) return "an affine form has a zero coefficient";
      last = term.index;
    }
    return "";
  }

  std::string Relations() {
    for (size_t r = 0; r < comp_.relations.size(); ++r) {
      std::string what = CheckAffine(comp_.relations[r]);
      if (!what.empty()) return what;
      for (size_t other = 0; other < r; ++other) {
        if (comp_.relations[r] == comp_.relations[other]) return "a relation stands twice";
      }
    }
    return "";
  }

  std::string Accesses() {
    for (const Access& access : comp_.accesses) {
      if (access.operand < 0 || access.operand >= id_) return "the operand %" + std::to_string(access.operand) + " is not defined above";
      const Shape& shape = graph_.ShapeOf(access.operand);
      const std::string title = "the read of %" + std::to_string(access.operand) + " ";
      if (shape.size() != access.subscripts.size()) {
        return title + "has " + std::to_string(access.subscripts.size()) + " subscripts for " + std::to_string(shape.size()) + " axes";
      }
      for (size_t axis = 0; axis < shape.size(); ++axis) {
        std::string what = CheckAffine(access.subscripts[axis]);
        if (what.empty() && !access.guarded) what = CheckBounds(access.subscripts[axis], shape[axis]);
        if (!what.empty()) return title + "at axis " + std::to_string(axis) + ": " + what;
      }
    }
    return "";
  }

  std::string CheckBounds(const Affine& subscript, const Dim& size) const {
    if (subscript.IsBare()) {
      const Dim& extent = comp_.extents[static_cast<size_t>(subscript.BareIndex())];
      if (extent == size || (size - extent).ProvablyNonNegative()) return "";
      return "an index of extent " + extent.ToString() + " does not fit an axis of " + size.ToString();
    }
    Dim low = subscript.constant, high = subscript.constant;
    for (const Affine::Term& term : subscript.terms) {
      const Dim reach = Dim(term.coefficient) * (comp_.extents[static_cast<size_t>(term.index)] - Dim(1));
      (term.coefficient < 0 ? low : high) = (term.coefficient < 0 ? low : high) + reach;
    }
    if (low.ProvablyNonNegative() && (size - Dim(1) - high).ProvablyNonNegative()) return "";
    return "subscripts from " + low.ToString() + " to " + high.ToString() + " are not proved to lie in an axis of " + size.ToString();
  }

  std::string Body() {
    if (comp_.body.empty()) return "the body is empty";
    for (size_t s = 0; s < comp_.body.size(); ++s) {
      std::string what = CheckStep(comp_.body[s], static_cast<int>(s));
      if (!what.empty()) return "step " + std::to_string(s) + ": " + what;
    }
    return "";
  }

  std::string CheckStep(const Scalar& step, int place) const {
    switch (step.kind) {
      case Scalar::Kind::Access:
        return step.index >= 0 && step.index < static_cast<int>(comp_.accesses.size()) ? "" : "there is no such access";
      case Scalar::Kind::Index: return step.index >= 0 && step.index < count_ ? "" : "there is no such index";
      case Scalar::Kind::Literal:
      case Scalar::Kind::Extent: return "";
      case Scalar::Kind::Call: break;
    }
    if (static_cast<int>(step.fn) >= kScalarFnCount) return "there is no such scalar function";
    for (int i = 0; i < 3; ++i) {
      const int argument = step.arguments[i];
      const bool wanted = i < Row(step.fn).arity;
      if (wanted && (argument < 0 || argument >= place)) return "an argument is missing or not computed before";
      if (!wanted && argument != -1) return "there are too many arguments";
    }
    return "";
  }

  bool IsReduction(const Affine& subscript) const {
    for (const Affine::Term& term : subscript.terms) {
      if (term.index >= comp_.rank) return true;
    }
    return false;
  }

  bool UsesReduction(const Scalar& leaf) const {
    if (leaf.kind == Scalar::Kind::Index) return leaf.index >= comp_.rank;
    if (leaf.kind != Scalar::Kind::Access) return false;
    for (const Affine& subscript : comp_.accesses[static_cast<size_t>(leaf.index)].subscripts) {
      if (IsReduction(subscript)) return true;
    }
    return false;
  }

  std::string NormalForm() const {
    const CompForm shape = Classify(comp_);
    if (shape == CompForm::Fused) return "the node has none of the normal shapes";
    for (const Access& access : comp_.accesses) {
      for (size_t axis = 0; axis < access.subscripts.size(); ++axis) {
        const Dim& extent = comp_.extents[static_cast<size_t>(access.subscripts[axis].BareIndex())];
        if (!(extent == graph_.ShapeOf(access.operand)[axis])) return "an index covers only a part of an axis of %" + std::to_string(access.operand);
      }
    }
    if (shape != CompForm::Contraction) return "";
    for (const Scalar& step : comp_.body) {
      if (step.kind != Scalar::Kind::Call && !UsesReduction(step)) return "a contraction carries a factor free of its reduction indices";
    }
    return "";
  }

  const Graph& graph_;
  const NodeId id_;
  const Node& node_;
  const Comp& comp_;
  const int count_;
};

}  // namespace

std::string CheckComp(const Graph& graph, NodeId id, bool normal_form) { return CompCheck(graph, id).Run(normal_form); }

}  // namespace nnc::ir
