#include "compiler/reference/comprehension.h"

#include <cmath>
#include <limits>

namespace nnc::reference {

using ir::Monoid;
using ir::Scalar;

namespace {

// constant + sum of coefficient * index with numbers for sizes.
struct Line {
  int64_t constant = 0;
  std::vector<ir::Affine::Term> terms;

  int64_t At(const std::vector<int64_t>& point) const {
    int64_t value = constant;
    for (const ir::Affine::Term& term : terms) value += term.coefficient * point[static_cast<size_t>(term.index)];
    return value;
  }
};

struct Reading {
  const Tensor* tensor;
  std::vector<Line> subscripts;
  bool guarded;
};

// The fold of a monoid. For argmax and argmin `number` is that of the first best point.
struct Fold {
  double value = 0;
  double number = 0;
  bool empty = true;
};

class Enumeration {
 public:
  Enumeration(const ir::Comp& comp, const std::vector<Tensor>& values, const std::function<int64_t(const ir::Dim&)>& size)
      : comp_(comp), point_(comp.extents.size(), 0), steps_(comp.body.size(), 0), tests_(comp.extents.size() + 1) {
    auto line = [&](const ir::Affine& affine) { return Line{size(affine.constant), affine.terms}; };
    for (const ir::Dim& extent : comp.extents) extents_.push_back(size(extent));
    for (const ir::Scalar& step : comp.body) numbers_.push_back(step.kind == Scalar::Kind::Extent ? double(size(step.extent)) : step.literal);
    for (const ir::Access& access : comp.accesses) {
      Reading reading{&values[static_cast<size_t>(access.operand)], {}, access.guarded};
      for (const ir::Affine& subscript : access.subscripts) reading.subscripts.push_back(line(subscript));
      readings_.push_back(std::move(reading));
    }
    // A relation can be tested once its last index is known.
    for (const ir::Affine& relation : comp.relations) {
      const size_t last = relation.terms.empty() ? 0 : static_cast<size_t>(relation.terms.back().index) + 1;
      tests_[last].push_back(line(relation));
    }
  }

  Tensor Run() {
    Tensor result;
    result.shape.assign(extents_.begin(), extents_.begin() + comp_.rank);
    int64_t count = 1;
    for (int64_t extent : result.shape) count *= extent;
    result.values.reserve(static_cast<size_t>(count));
    Output(0, Holds(0), result);
    return result;
  }

 private:
  // All relations whose last index is number - 1.
  bool Holds(size_t number) const {
    for (const Line& test : tests_[number]) {
      if (test.At(point_) != 0) return false;
    }
    return true;
  }

  void Output(size_t level, bool possible, Tensor& result) {
    if (level == static_cast<size_t>(comp_.rank)) {
      Fold fold{ir::Row(comp_.monoid).identity};
      if (possible) Reduce(level, fold);
      result.values.push_back(ir::IsPlace(comp_.monoid) ? fold.number : fold.value);
      return;
    }
    for (int64_t i = 0; i < extents_[level]; ++i) {
      point_[level] = i;
      Output(level + 1, possible && Holds(level + 1), result);
    }
  }

  void Reduce(size_t level, Fold& fold) {
    if (level == extents_.size()) return Take(fold);
    int64_t begin = 0, end = extents_[level];
    if (!tests_[level + 1].empty()) {
      // The first relation determines this index from the earlier ones: solve it instead of trying all values.
      const Line& relation = tests_[level + 1].front();
      const int64_t coefficient = relation.terms.back().coefficient;
      point_[level] = 0;
      const int64_t rest = relation.At(point_);
      if (rest % coefficient != 0) return;
      const int64_t solution = -rest / coefficient;
      if (solution < 0 || solution >= end) return;
      begin = solution;
      end = solution + 1;
    }
    for (int64_t i = begin; i < end; ++i) {
      point_[level] = i;
      if (Holds(level + 1)) Reduce(level + 1, fold);
    }
  }

  void Take(Fold& fold) {
    const double value = Body();
    const bool first = fold.empty;
    fold.empty = false;
    const ir::MonoidRow& row = ir::Row(comp_.monoid);
    const ir::ScalarFn combine = row.combine;
    const bool extreme = combine == ir::ScalarFn::Max || combine == ir::ScalarFn::Min;
    if (comp_.monoid == Monoid::None) fold.value = value;
    else if (!extreme) fold.value = ir::Row(combine).evaluate(fold.value, value, 0);
    else if (first || (combine == ir::ScalarFn::Max ? value > fold.value : value < fold.value) || FirstNan(fold, value)) Win(fold, value);
  }

  static bool FirstNan(const Fold& fold, double value) { return std::isnan(value) && !std::isnan(fold.value); }

  void Win(Fold& fold, double value) const {
    int64_t number = 0;
    for (int r = comp_.rank; r < comp_.rank + comp_.arg_count; ++r) {
      number = number * extents_[static_cast<size_t>(r)] + point_[static_cast<size_t>(r)];
    }
    fold.value = value;
    fold.number = static_cast<double>(number);
  }

  double Read(const Reading& reading) const {
    int64_t offset = 0;
    for (size_t axis = 0; axis < reading.subscripts.size(); ++axis) {
      const int64_t subscript = reading.subscripts[axis].At(point_);
      const int64_t extent = reading.tensor->shape[axis];
      if (subscript < 0 || subscript >= extent) {
        if (reading.guarded) return 0;
        Fail("subscript " + std::to_string(subscript) + " outside an axis of " + std::to_string(extent));
      }
      offset = offset * extent + subscript;
    }
    return reading.tensor->values[static_cast<size_t>(offset)];
  }

  double Body() {
    for (size_t s = 0; s < steps_.size(); ++s) {
      const Scalar& step = comp_.body[s];
      switch (step.kind) {
        case Scalar::Kind::Access: steps_[s] = Read(readings_[static_cast<size_t>(step.index)]); break;
        case Scalar::Kind::Index: steps_[s] = static_cast<double>(point_[static_cast<size_t>(step.index)]); break;
        case Scalar::Kind::Literal:
        case Scalar::Kind::Extent: steps_[s] = numbers_[s]; break;
        case Scalar::Kind::Call: {
          double arguments[3] = {0, 0, 0};
          for (int i = 0; i < 3; ++i) {
            if (step.arguments[i] >= 0) arguments[i] = steps_[static_cast<size_t>(step.arguments[i])];
          }
          steps_[s] = ir::Row(step.fn).evaluate(arguments[0], arguments[1], arguments[2]);
          break;
        }
      }
    }
    return steps_.back();
  }

  const ir::Comp& comp_;
  std::vector<int64_t> extents_;
  std::vector<int64_t> point_;     // values of the indices
  std::vector<double> steps_;      // values of the body's steps
  std::vector<double> numbers_;    // literals and extents among them
  std::vector<Reading> readings_;  // by access
  std::vector<std::vector<Line>> tests_;  // [k + 1]: relations whose last index is k; [0]: without index
};

}  // namespace

Tensor EvaluateComp(const ir::Comp& comp, const std::vector<Tensor>& values, const std::function<int64_t(const ir::Dim&)>& size) {
  return Enumeration(comp, values, size).Run();
}

}  // namespace nnc::reference
