#include "test/tools/random_programs.h"

#include <algorithm>
#include <cmath>

#include "test/tools/random_generator.h"

namespace nnc::test {

using namespace ir;

Generator::Generator(uint64_t seed, const RandomOptions& options)
    : random_(seed), options_(options), emitter_(graph_, options.through_builder), rows_(Dim::Symbol("N")) {}

// The pool ------------------------------------------------------------------------------------------------------------

Generator::Place Generator::Add(NodeId id, Shape shape, double bound) {
  pool_.push_back({id, std::move(shape), bound, false});
  return pool_.size() - 1;
}

Generator::Place Generator::Pick() {
  std::vector<Place> unread;
  for (Place p = 0; p < pool_.size(); ++p) {
    if (!pool_[p].read) unread.push_back(p);
  }
  if (!unread.empty() && random_.Chance(0.6)) return random_.Of(unread);
  return static_cast<Place>(random_.Below(static_cast<int>(pool_.size())));
}

Dim Generator::RandomSize() {
  if (random_.Chance(0.25)) return rows_;
  return random_.Of(std::vector<int>{2, 2, 3, 3, 4, 5, 6, 1});
}

Generator::Place Generator::NewInput(Shape shape) {
  if (scans_around_ > 0) {  // what a body reads is given
    double bound = 0.75;
    const std::optional<Operand> given = Fitting(shape, &bound);
    const NodeId id = emitter_.Fill(given ? *given : Operand::Of(0.75), shape);
    return Add(id, std::move(shape), bound);
  }
  Input input;
  const bool rows = !shape.empty() && shape[0] == rows_;
  input.role = rows ? Role::Direct : Role::Weight;
  if (rows && random_.Chance(0.2)) {
    input.dtype = random_.Chance(0.5) ? DType::U8 : DType::I32;
    Feature("integer input");
  }
  input.name = (rows ? "x" : "w") + std::to_string(input_count_++);
  const double bound = input.dtype == DType::F32 ? 1.5 : 3;
  const NodeId id = emitter_.Input(std::move(input), shape);
  return Add(id, std::move(shape), bound);
}

Generator::Place Generator::Moderate(Place x) {
  const double bound = pool_[x].bound;
  if (bound <= 3) return x;
  if (random_.Chance(0.5)) return Map(ScalarFn::Tanh, x, 1);
  // A power of two, so that single precision loses nothing.
  const double scale = std::exp2(-std::ceil(std::log2(bound / 2)));
  return Map(ScalarFn::Mul, x, scale, bound * scale);
}

double Generator::Nominal(const Dim& size) const {
  return static_cast<double>(size.Evaluate([](std::string_view) { return std::optional<int64_t>(4); }).value());
}

bool Generator::Affordable(const std::vector<Dim>& extents, size_t rank) const {
  double points = 1, outputs = 1;
  for (size_t i = 0; i < extents.size(); ++i) {
    points *= Nominal(extents[i]);
    if (i < rank) outputs *= Nominal(extents[i]);
  }
  return rank <= 4 && extents.size() <= 8 && outputs <= 400 && points <= 12000;
}

// Folds ---------------------------------------------------------------------------------------------------------------

Affine Generator::Ordered::Renumber(const Affine& affine) const {
  Affine renumbered;
  renumbered.constant = affine.constant;
  for (const Affine::Term& term : affine.terms) renumbered.Add(number[static_cast<size_t>(term.index)], term.coefficient);
  return renumbered;
}

std::vector<int> Generator::Ordered::Renumber(const std::vector<int>& indices) const {
  std::vector<int> renumbered;
  for (int index : indices) renumbered.push_back(number[static_cast<size_t>(index)]);
  return renumbered;
}

Generator::Ordered Generator::Order(const Indices& indices) {
  std::vector<int> order;
  for (size_t i = 0; i < indices.extents.size(); ++i) order.push_back(static_cast<int>(i));
  if (random_.Chance(0.5)) {
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[static_cast<size_t>(random_.Below(static_cast<int>(i)))]);
  }
  std::stable_partition(order.begin(), order.end(), [&](int index) { return !indices.reduced[static_cast<size_t>(index)]; });
  Ordered ordered;
  ordered.number.resize(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    ordered.number[static_cast<size_t>(order[i])] = static_cast<int>(i);
    ordered.extents.push_back(indices.extents[static_cast<size_t>(order[i])]);
    ordered.rank += !indices.reduced[static_cast<size_t>(order[i])];
  }
  return ordered;
}

// For argmax and argmin, `numbered` are the reduction indices that are numbered; they come first.
Generator::Place Generator::Fold(Monoid monoid, Place x, const std::vector<int>& subscripts, const Indices& indices,
                                 const std::vector<Affine>& relations, double bound, std::vector<int> numbered) {
  Ordered ordered = Order(indices);
  if (!numbered.empty()) {
    ordered.rank = 0;
    std::vector<int> order;
    for (size_t i = 0; i < indices.extents.size(); ++i) {
      if (!indices.reduced[i]) order.push_back(static_cast<int>(i)), ++ordered.rank;
    }
    order.insert(order.end(), numbered.begin(), numbered.end());
    for (size_t i = 0; i < indices.extents.size(); ++i) {
      if (std::find(order.begin(), order.end(), static_cast<int>(i)) == order.end()) order.push_back(static_cast<int>(i));
    }
    for (size_t i = 0; i < order.size(); ++i) {
      ordered.number[static_cast<size_t>(order[i])] = static_cast<int>(i);
      ordered.extents[i] = indices.extents[static_cast<size_t>(order[i])];
    }
  }
  std::vector<Affine> renumbered;
  for (const Affine& relation : relations) renumbered.push_back(ordered.Renumber(Signed(relation)));
  if (relations.size() > 1) Feature("two relations");
  Feature("monoid " + std::string(ir::Row(monoid).name));
  const Operand operand = At(x, ordered.Renumber(subscripts));
  const NodeId id = emitter_.Reduce(monoid, operand, ordered.extents, ordered.rank, std::move(renumbered), static_cast<int>(numbered.size()));
  return Add(id, ordered.OutputShape(), bound);
}

void Generator::Product(Place x, const std::vector<int>& x_subscripts, Place y, const std::vector<int>& y_subscripts, const Indices& indices,
                        const std::vector<Affine>& relations, double bound) {
  const Ordered ordered = Order(indices);
  std::vector<Affine> renumbered;
  for (const Affine& relation : relations) renumbered.push_back(ordered.Renumber(Signed(relation)));
  if (relations.size() > 1) Feature("two relations");
  Feature("contraction");
  Feature("monoid sum");
  const Operand a = At(x, ordered.Renumber(x_subscripts)), b = At(y, ordered.Renumber(y_subscripts));
  const NodeId id = emitter_.Contract(a, b, ordered.extents, ordered.rank, std::move(renumbered));
  Moderate(Add(id, ordered.OutputShape(), bound));
}

void Generator::Contraction() {
  const Place x = Moderate(Pick()), y = Moderate(random_.Chance(0.3) ? NewInput({RandomSize(), RandomSize()}) : Pick());
  const Shape x_shape = ShapeOf(x), y_shape = ShapeOf(y);
  if (x_shape.empty() || y_shape.empty()) return;
  Indices indices;
  std::vector<int> x_subscripts, y_subscripts;
  for (const Dim& size : x_shape) x_subscripts.push_back(indices.New(size, random_.Chance(0.25)));
  for (const Dim& size : y_shape) {
    int shared = -1;
    for (size_t i = 0; i < x_shape.size(); ++i) {
      if (x_shape[i] == size && random_.Chance(0.6)) shared = static_cast<int>(i);
    }
    if (shared < 0) {
      y_subscripts.push_back(indices.New(size, random_.Chance(0.25)));
      continue;
    }
    indices.reduced[static_cast<size_t>(shared)] = random_.Chance(0.6);
    y_subscripts.push_back(shared);
  }
  double bound = pool_[x].bound * pool_[y].bound;
  size_t rank = 0;
  for (size_t i = 0; i < indices.extents.size(); ++i) {
    if (indices.reduced[i]) bound *= Nominal(indices.extents[i]);
    else ++rank;
  }
  const Ordered trial = Order(indices);
  if (Affordable(trial.extents, rank)) Product(x, x_subscripts, y, y_subscripts, indices, {}, bound);
}

void Generator::Reduction() {
  static const std::vector<Monoid> monoids = {Monoid::Sum, Monoid::Sum, Monoid::Prod, Monoid::Max, Monoid::Min, Monoid::ArgMax, Monoid::ArgMin};
  Place x = Moderate(Pick());
  if (ShapeOf(x).empty()) return;
  const Monoid monoid = random_.Of(monoids);
  // Factors near 1.
  if (monoid == Monoid::Prod) x = Map(ScalarFn::Add, Map(ScalarFn::Mul, Map(ScalarFn::Sin, x, 1), 0.5, 0.5), 1, 1.5);
  Indices indices;
  std::vector<int> subscripts, reduced;
  double count = 1;
  const Shape shape = ShapeOf(x);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const bool is_reduced = random_.Chance(0.5) || (reduced.empty() && axis + 1 == shape.size());
    subscripts.push_back(indices.New(shape[axis], is_reduced));
    if (is_reduced) reduced.push_back(subscripts.back()), count *= Nominal(shape[axis]);
  }
  double bound = pool_[x].bound;
  const bool arg = monoid == Monoid::ArgMax || monoid == Monoid::ArgMin;
  if (monoid == Monoid::Sum || arg) bound = std::max(1.0, bound) * count;
  if (monoid == Monoid::Prod) {
    if (count > 20) return;
    bound = std::pow(bound, count);
  }
  Moderate(Fold(monoid, x, subscripts, indices, {}, bound, arg ? reduced : std::vector<int>{}));
}

// Broadcast, transpose, diagonal, index values.
void Generator::Rearrangement() {
  if (random_.Chance(0.3)) {
    const Shape extents = {RandomSize(), RandomSize()};
    Feature("index value");
    Map(ScalarFn::Mul, {Operand::Of(random_.Below(2)), Operand::Of(0.25)}, extents, 1.5);
    return;
  }
  Shape extents = ShapeOf(Pick());
  if (extents.size() < 4 && random_.Chance(0.5)) extents.insert(extents.begin() + random_.Below(static_cast<int>(extents.size()) + 1), RandomSize());
  double bound = 0;
  std::optional<Operand> value = Fitting(extents, &bound);
  if (value && Affordable(extents, extents.size())) Add(emitter_.Fill(*value, extents), extents, bound);
}

void Generator::Draw() {
  ir::Random random;
  random.place = static_cast<uint32_t>(random_.Below(1000));
  random.word = static_cast<uint8_t>(random_.Below(4));
  random.per_row = random_.Chance(0.5);
  Shape shape = {RandomSize()};
  if (random.per_row) shape.insert(shape.begin(), rows_);
  Feature(random.per_row ? "random per row" : "random per step");
  Add(emitter_.Random(random, shape), shape, 1);
}

// A chain of calls over affine reads; a read that may leave its axis is guarded.
void Generator::FusedNode() {
  const Place x = Moderate(Pick());
  const Shape shape = ShapeOf(x);
  Comp comp;
  Access access;
  access.operand = At(x, {}).node;
  double taps = 1;
  for (const Dim& size : shape) {
    comp.extents.push_back(size);
    Affine subscript = Affine::Index(static_cast<int>(comp.extents.size()) - 1);
    if (random_.Chance(0.5)) {
      subscript.constant = random_.Between(-2, 2);
      access.guarded = true;
    }
    access.subscripts.push_back(std::move(subscript));
  }
  comp.rank = static_cast<int>(comp.extents.size());
  if (!shape.empty() && random_.Chance(0.7)) {
    const int tap = static_cast<int>(comp.extents.size());
    comp.monoid = random_.Chance(0.5) ? Monoid::Sum : Monoid::Max;
    comp.extents.push_back(random_.Between(2, 3));
    access.subscripts[static_cast<size_t>(random_.Below(comp.rank))].Add(tap, random_.Between(1, 2));
    access.guarded = true;
    taps = 3;
  }
  auto call = [&](ScalarFn fn, int a, int b) {
    Scalar step;
    step.kind = Scalar::Kind::Call;
    step.fn = fn;
    step.arguments[0] = a;
    step.arguments[1] = b;
    comp.body.push_back(step);
  };
  comp.accesses.push_back(std::move(access));
  Scalar read, two;
  read.kind = Scalar::Kind::Access;
  two.literal = 2;
  comp.body = {read, two};
  call(ScalarFn::Sin, 0, -1);
  call(ScalarFn::Mul, 2, 1);
  call(ScalarFn::Add, 3, 2);
  Feature("fused");
  if (comp.accesses[0].guarded) Feature("guard");
  const Shape result(comp.extents.begin(), comp.extents.begin() + comp.rank);
  Add(emitter_.Comp(std::move(comp)), result, 3 * taps);
}

// Programs ------------------------------------------------------------------------------------------------------------

void Generator::Finish() {
  const size_t count = pool_.size();
  Place loss = count;
  for (Place p = 0; p < count; ++p) {
    if (pool_[p].read) continue;
    graph_.outputs.push_back({"y" + std::to_string(graph_.outputs.size()), pool_[p].id});
    Indices indices;
    std::vector<int> subscripts;
    double size = 1;
    const Shape shape = ShapeOf(p);
    for (const Dim& extent : shape) {
      subscripts.push_back(indices.New(extent, true));
      size *= Nominal(extent);
    }
    const Place total = shape.empty() ? p : Fold(Monoid::Sum, p, subscripts, indices, {}, pool_[p].bound * size);
    const Place part = Map(ScalarFn::Mul, total, std::exp2(-std::ceil(std::log2(size))), pool_[p].bound);
    loss = loss == count ? part : Map(ScalarFn::Add, {At(loss, {}), At(part, {})}, {}, 1);
  }
  graph_.outputs.push_back({"loss", pool_[loss].id});
}

void Generator::Operation() {
  const int choice = random_.Below(100);
  if (choice < 40) Elementwise();
  else if (choice < 55) Contraction();
  else if (choice < 66) Reduction();
  else if (choice < 92) Relation();
  else if (choice < 97 || scans_around_ > 0) Rearrangement();
  else Draw();
}

Graph Generator::Run(Statistics& statistics) {
  NewInput({rows_, random_.Between(2, 6)});
  NewInput({random_.Between(3, 7), random_.Between(2, 4)});
  if (random_.Chance(0.7)) NewInput({rows_, random_.Between(1, 3), random_.Between(3, 5)});
  if (random_.Chance(0.5)) NewInput({random_.Between(2, 5)});
  if (random_.Chance(0.3)) NewInput({});
  const size_t inputs = pool_.size();
  for (int operation = 0; operation < options_.operations || pool_.size() == inputs; ++operation) {
    Operation();
    if (random_.Chance(0.08)) Recurrence();
    if (random_.Chance(0.12)) Choice();
    if (options_.fused && random_.Chance(0.25)) FusedNode();
  }
  for (const Tensor& tensor : pool_) {
    for (const Dim& size : tensor.shape) {
      if (!size.IsConstant()) Feature("symbolic size");
    }
  }
  Finish();
  for (const std::string& feature : features_) statistics.Count(feature);
  statistics.Count("programs");
  graph_.name = "random";
  return std::move(graph_);
}

Graph RandomGraph(uint64_t seed, Statistics& statistics, const RandomOptions& options) { return Generator(seed, options).Run(statistics); }

}  // namespace nnc::test
