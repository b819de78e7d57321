// Recurrences in random programs: one state or two, in both directions, with sliced and shared tensors, emitted values, and scans in scans.
#include <algorithm>

#include "test/tools/random_generator.h"

namespace nnc::test {

using namespace ir;

// The state and another tensor, in a function that does not grow.
Generator::Place Generator::NextOf(Place state) {
  const Shape shape = ShapeOf(state);
  double bound = 0;
  const std::optional<Operand> other = Fitting(shape, &bound);
  const Operand own = Whole(state);
  const Place sum = other ? Map(ScalarFn::Add, {own, *other}, shape, 1 + bound) : Map(ScalarFn::Add, {own, Operand::Of(0.25)}, shape, 2);
  if (random_.Chance(0.7)) return Map(ScalarFn::Tanh, sum, 1);
  return Map(ScalarFn::Mul, sum, 0.5, pool_[sum].bound / 2);
}

Generator::Turn Generator::RandomTurn(const std::vector<std::pair<Input, Shape>>& inputs, const std::vector<double>& bounds) {
  RandomOptions options = options_;
  options.fused = false;
  Generator inside(random_.Next(), options);
  inside.scans_around_ = scans_around_ + 1;
  std::vector<Place> states;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const NodeId id = inside.emitter_.Input(inputs[i].first, inputs[i].second);
    const Place place = inside.Add(id, inputs[i].second, bounds[i]);
    if (inputs[i].first.role == Role::Carried) states.push_back(place);
  }
  const int operations = random_.Between(1, 3);
  for (int operation = 0; operation < operations; ++operation) inside.Operation();
  if (random_.Chance(0.15)) inside.Choice();
  if (inside.scans_around_ <= 2 && random_.Chance(0.25)) inside.Recurrence();
  Turn turn;
  for (Place state : states) {
    const Place next = inside.NextOf(state);
    inside.graph_.outputs.push_back({"next " + inside.graph_[inside.pool_[state].id].input().name, inside.pool_[next].id, inside.pool_[state].id});
    turn.bounds.push_back(std::max(1.5, inside.pool_[next].bound));
  }
  if (random_.Chance(0.3)) {
    const Place emitted = inside.Pick();
    if (ShapeOf(0).size() < 4 && inside.ShapeOf(emitted).size() < 3) {
      inside.Feature("emitted");
      inside.graph_.outputs.push_back({"emitted", inside.pool_[emitted].id});
      turn.bounds.push_back(inside.pool_[emitted].bound);
    }
  }
  inside.graph_.name = "body";
  turn.body = std::move(inside.graph_);
  turn.features = std::move(inside.features_);
  return turn;
}

void Generator::Recurrence() {
  ir::Scan scan;
  scan.count = random_.Chance(0.15) ? rows_ : Dim(random_.Between(1, 4));
  scan.down = random_.Chance(0.4);
  std::vector<std::pair<Input, Shape>> inputs;
  std::vector<double> bounds;
  auto add = [&](Role role, Place place, Shape shape) {
    inputs.push_back({{role, DType::F32, Name(role) + std::to_string(inputs.size()), 0}, std::move(shape)});
    bounds.push_back(std::max(pool_[place].bound, role == Role::Carried ? 1.5 : 0));
    scan.operands.push_back(At(place, {}).node);
  };
  const int states = random_.Between(1, 2);
  for (int state = 0; state < states; ++state) {
    const Place start = Moderate(Pick());
    if (ShapeOf(start).size() > 2) return;
    add(Role::Carried, start, ShapeOf(start));
  }
  const int reads = random_.Between(0, 3);
  for (int read = 0; read < reads; ++read) {
    const Place place = Moderate(Pick());
    Shape shape = ShapeOf(place);
    const bool slice = !shape.empty() && shape[0] == scan.count && random_.Chance(0.8);
    if (slice) shape.erase(shape.begin());
    add(slice ? Role::Slice : Role::Shared, place, std::move(shape));
    if (slice) Feature("slice");
  }
  if (scans_around_ == 0 && random_.Chance(0.5)) {
    const Place turns = scan.count == rows_ ? NewInput({rows_, 2}) : NewInput({scan.count, random_.Between(2, 3)});
    add(Role::Slice, turns, {ShapeOf(turns)[1]});
    Feature("slice");
  }
  Turn turn = RandomTurn(inputs, bounds);
  const size_t outputs = turn.body.outputs.size();
  scan.body = std::make_shared<Graph>(std::move(turn.body));
  features_.insert(turn.features.begin(), turn.features.end());
  scan.checkpointed = scans_around_ == 0 && random_.Chance(0.25);
  if (scan.checkpointed) Feature("checkpointed");
  Feature(scan.down ? "scan down" : "scan up");
  if (states > 1) Feature("two states");
  if (scans_around_ > 0) Feature("scan in a scan");
  if (scans_around_ > 1) Feature("scan in a scan in a scan");
  if (!scan.count.IsConstant()) Feature("turns of unknown number");
  const NodeId id = emitter_.Scan(scan);
  for (size_t k = 0; k < outputs; ++k) {
    if (random_.Chance(0.2) && k + 1 < outputs) continue;
    const NodeId part = emitter_.Part(id, static_cast<int>(k));
    const bool state = scan.body->outputs[k].updates != kNoNode;
    const NodeId read = state && random_.Chance(0.4) ? LastState(part, scan) : part;
    Add(read, graph_.ShapeOf(read), turn.bounds[k]);
  }
}

// What nobody reads but at its end takes another room (schedule/scan_loops.h).
NodeId Generator::LastState(NodeId part, const ir::Scan& scan) {
  Feature("last state");
  const Shape shape = graph_.ShapeOf(part);
  const int rank = static_cast<int>(shape.size()) - 1;
  std::vector<Dim> extents(shape.begin() + 1, shape.end());
  extents.push_back(shape[0]);
  std::vector<int> indices{rank};
  for (int axis = 0; axis < rank; ++axis) indices.push_back(axis);
  Affine at = Affine::Index(rank);
  at.constant = scan.down ? Dim(0) : -scan.count;
  return emitter_.Reduce(Monoid::Sum, Operand::Of(part, std::move(indices)), std::move(extents), rank, {at});
}

}  // namespace nnc::test
