// Step graphs: loss, gradients, clipping, and the optimizer's equations for every weight.
#include <algorithm>

#include "compiler/ir/walk.h"
#include "compiler/passes/differentiate.h"
#include "compiler/sema/applications.h"
#include "compiler/sema/checks.h"
#include "compiler/sema/copies.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/flat_functions.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/reductions.h"
#include "compiler/sema/statements.h"
#include "compiler/sema/training.h"

namespace nnc::sema {

using ast::StmtKind;
using ir::Operand;

// Whether a value is a product with this one, seen through copies.
static bool IsFactor(const ir::Graph& graph, NodeId product, NodeId factor, std::set<NodeId>& met) {
  const NodeId origin = OriginOfNode(graph, product).node;
  if (origin == factor) return true;
  if (!met.insert(origin).second) return false;
  const ir::Comp* comp = origin == ir::kNoNode ? nullptr : graph[origin].if_comp();
  if (comp == nullptr || comp->monoid != ir::Monoid::None || comp->body.back().kind != ir::Scalar::Kind::Call || comp->body.back().fn != ScalarFn::Mul) return false;
  return std::any_of(comp->accesses.begin(), comp->accesses.end(), [&](const ir::Access& access) { return IsFactor(graph, access.operand, factor, met); });
}

// The loss of a batch: a mean over its events with their weights, or the scalar that was written.
Value TrainElaborator::ScalarLoss(Values& e, const Value& value, Span span) {
  Value loss = e.AsTensor(value, span);
  if (loss.IsPoison()) return loss;
  Shape shape = e.Positional(loss);
  for (size_t i = 0; i < program_.sources.size(); ++i) {
    const DataSource& data = program_.sources[i].data;
    if (shape.size() != 1 || !(shape[0] == Dim::Symbol(data.symbol))) continue;
    if (!data.has_weight) return Reductions(e).ReduceAll("mean", loss, span);
    std::string name = data.header.name + kMeanWeightSuffix;
    auto known = e.Building().inputs.find(name);
    if (known == e.Building().inputs.end())
      known = e.Building().inputs.emplace(name,
          e.Building().builder->AddInput({ir::Role::Fitted, ir::DType::F32, name, 0}, {}, span)).first;
    for (const std::string& field : data.weights)
      if (std::set<NodeId> met; e.Building().inputs.count(data.header.name + "." + field) != 0 && IsFactor(e.Building().graph, loss.node, e.Building().inputs.at(data.header.name + "." + field), met))
        e.Report(DiagnosticKind::WeightedTwice, span, "a loss for each event is averaged with the events' weights, and this one is multiplied by them already")
            .Help("leave `" + field + "` out of it; the weights in a loss of one number, as `sum(" + field + " * bce(p, y)) / sum(" + field + ")`, count once");
    Value weighted = e.Map(ScalarFn::Mul, {*Field(i, "weight", span, e.Building()), loss}, {span, span}, "weight");
    Value mean = Reductions(e).ReduceAll("mean", weighted, span);
    return e.Map(ScalarFn::Div, {mean, Value::OfTensor(known->second)}, {span, span}, "divide");
  }
  if (!shape.empty()) {
    e.Report(DiagnosticKind::NotAScalar, span, "the loss is one number, or one per event, and this is " + e.Describe(loss))
        .Help(std::string(shared_.sources.Text(span)).rfind("bce(", 0) == 0
                  ? "for classes of which one is right the loss is `cross_entropy`; for those that do not exclude each other `mean(bce(...))`"
                  : "reduce it, as in `mean(...)`");
    return {};
  }
  for (const auto& use : program_.sources) {
    if (!use.data.has_weight) continue;
    auto reaches = [&](const std::string& field) {
      const auto input = e.Building().inputs.find(use.data.header.name + "." + field);
      return input != e.Building().inputs.end() && e.Building().derivatives->Reaches(input->second, loss.node);
    };
    if (std::any_of(use.data.weights.begin(), use.data.weights.end(), reaches)) continue;
    e.Report(DiagnosticKind::UnusedEventWeights, span,
        "the events of `" + use.data.header.name + "` carry weights, and this loss does not use them")
        .Help("give a loss per event, f32[N], which is averaged with the weights; or multiply by `weight` yourself");
    return {};
  }
  return loss;
}

// Weights that the step may change, of models that have been applied.
static std::vector<NodeId> ListedWeights(const Construction& building, const ast::Stmt* step) {
  std::vector<NodeId> weights;
  for (const Variable& variable : building.variables) {
    bool listed = !step || step->updates.empty();
    if (step)
      for (const ast::NamedSpan& name : step->updates) listed |= variable.name.rfind(name.name + ".", 0) == 0;
    if (listed && variable.role == ir::Role::Weight) weights.push_back(building.inputs.at(variable.name));
  }
  return weights;
}

static void ReportNothingToTrain(Diagnostic& report, const Construction& building, const ast::Stmt* step, NodeId loss) {
  const std::vector<NodeId> listed = ListedWeights(building, step);
  const std::string flat = FlatFunctionBefore(building.graph, loss, {listed.begin(), listed.end()});
  if (!flat.empty()) report.message = "the loss depends on weights through `" + flat + "`, which has no derivative";
  report.Help(flat.empty() ? "apply a model in it" + std::string(step ? ", one that `updates` lists" : "") : FlatFunctionHelp(flat));
}

std::vector<NodeId> TrainElaborator::TrainedWeights(Values& e, const ast::Stmt* step, NodeId loss) {
  std::vector<NodeId> weights;
  const Construction& building = e.Building();
  loss = building.derivatives->Take(loss);
  if (step)
    for (const ast::NamedSpan& name : step->updates) {
      const ast::Decl* model = shared_.declarations.Find(name.name);
      if (model && model->kind == ast::DeclKind::Model) continue;
      std::vector<std::string> names;
      for (const std::string& known : shared_.declarations.Names())
        if (const ast::Decl* d = shared_.declarations.Find(known); d && d->kind == ast::DeclKind::Model) names.push_back(known);
      auto& report = e.Report(DiagnosticKind::UnknownName, name.span, "there is no model `" + name.name + "` to update");
      if (std::string near = ClosestName(name.name, names); !near.empty()) report.Help("did you mean `" + near + "`?");
    }
  for (NodeId node : ListedWeights(building, step))
    if (passes::DependsOn(building.graph, loss, node)) weights.push_back(node);
  return weights;
}

std::vector<NodeId> TrainElaborator::Clipped(Values& e, const std::vector<NodeId>& gradients, const ast::Stmt& clip, Scope& scope) {
  Span span = clip.value->span;
  if (Expressions(e).ReportTruth(*clip.value)) return gradients;
  Value limit = e.AsTensor(e.Evaluate(*clip.value, scope), span);
  if (limit.IsPoison()) return gradients;
  if (auto number = e.ConstantNumber(limit); number && !(*number > 0)) {
    e.Report(DiagnosticKind::OptionOutOfRange, span, "`clip` is the largest norm of the gradient, above 0");
    return gradients;
  }
  if (!e.Positional(limit).empty()) {
    e.Report(DiagnosticKind::NotAScalar, span,
        "`clip` is the largest norm of the gradient, one number, and this is " + e.Describe(limit));
    return gradients;
  }
  Value total;
  for (NodeId g : gradients) {
    Value value = Value::OfTensor(g);
    Value square = Reductions(e).ReduceAll("sum", e.Map(ScalarFn::Mul, {value, value}, {span, span}, "multiply"), span);
    total = total.IsPoison() ? square : e.Map(ScalarFn::Add, {total, square}, {span, span}, "add");
  }
  // scale = limit / max(norm, limit)
  Value norm = e.Map(ScalarFn::Sqrt, {total}, {span}, "clip");
  Value scale = e.Map(ScalarFn::Div, {limit, e.Map(ScalarFn::Max, {norm, limit}, {span, span}, "clip")}, {span, span}, "clip");
  std::vector<NodeId> clipped;
  for (NodeId g : gradients) clipped.push_back(e.Map(ScalarFn::Mul, {Value::OfTensor(g), scale}, {span, span}, "clip").node);
  return clipped;
}

namespace {

// An optimizer's equations for one weight, in the context of their body; states become inputs that the step overwrites.
class Equations {
 public:
  Equations(const Values& e, const Variable& weight, Shape shape, std::string prefix, TrainStep& result)
      : e_(e), weight_(weight), shape_(std::move(shape)), prefix_(std::move(prefix)), result_(result) {}

  // The new weight, of the weight's shape; nothing after a mistake.
  Value Run(const ast::Decl& decl, Scope& scope) {
    const std::vector<ast::Stmt>& statements = decl.body->statements;
    const bool has_value = !statements.empty() && statements.back().kind == StmtKind::Expression;
    bool fine = true;
    for (size_t i = 0; i + (has_value ? 1 : 0) < statements.size(); ++i) {
      const ast::Stmt& stmt = statements[i];
      if (stmt.kind == StmtKind::State) fine &= AddStates(stmt, scope);
      else if (stmt.kind == StmtKind::Next) fine &= AddNext(stmt, scope);
      else Statements(e_).ExecuteStatement(stmt, scope);
    }
    const Value updated = has_value ? e_.AsTensor(e_.Evaluate(*statements.back().value, scope), statements.back().value->span) : Value();
    if (fine && !has_value) e_.Report(DiagnosticKind::NoValue, decl.name_span, "the optimizer `" + decl.name + "` has no value: its last line is the new weight");
    if (!fine || updated.IsPoison()) return {};
    if (BroadcastsTo(e_.Positional(updated), shape_)) return e_.Align(updated, {}, shape_);
    e_.Report(DiagnosticKind::ShapeMismatch, statements.back().span, "the weight `" + weight_.name + "` is " + e_.ShapeText(shape_) + ", and its new value " + e_.Describe(updated))
        .Help("the settings of an optimizer are single numbers, or numbers of the weight's shape");
    return {};
  }

 private:
  bool AddStates(const ast::Stmt& stmt, Scope& scope) {
    bool fine = true;
    for (const ast::Binding& binding : stmt.bindings) {
      Variable state;
      state.role = ir::Role::State;
      state.name = prefix_ + binding.name + "." + weight_.name;
      state.shape = weight_.shape;
      const auto start = Expressions(e_).EvaluateNumber(*binding.value, scope);
      fine &= start.has_value();
      state.start = start.value_or(0);
      const NodeId node = e_.Building().builder->AddInput({ir::Role::State, ir::DType::F32, state.name, 0}, shape_, binding.span);
      e_.Building().inputs[state.name] = node;
      states_.push_back({binding.name, node});
      result_.states.push_back(state);
      Statements(e_).Define(binding.name, Value::OfTensor(node), binding.span, nullptr, scope);  // a state need not be used
    }
    return fine;
  }

  bool AddNext(const ast::Stmt& stmt, Scope& scope) {
    const auto state = std::find_if(states_.begin(), states_.end(), [&](const auto& known) { return known.first == stmt.name; });
    if (state == states_.end()) {
      e_.Report(DiagnosticKind::MisplacedStatement, stmt.span, "`next " + stmt.name + "` needs `state " + stmt.name + " = ...` above it");
      return false;
    }
    Value after = e_.AsTensor(e_.Evaluate(*stmt.value, scope), stmt.value->span);
    if (after.IsPoison()) return false;
    if (!BroadcastsTo(e_.Positional(after), shape_)) {
      e_.Report(DiagnosticKind::ShapeMismatch, stmt.value->span,
          "the state `" + stmt.name + "` is " + e_.ShapeText(shape_) + " as the weight `" + weight_.name + "`, and its next value " + e_.Describe(after));
      return false;
    }
    after = e_.Align(after, {}, shape_);
    scope.Add(stmt.name, after, stmt.name_span, nullptr, true);
    ir::Graph& graph = e_.Building().graph;
    graph.outputs.push_back({graph[state->second].input().name, after.node, state->second});
    return true;
  }

  Values e_;
  const Variable& weight_;
  const Shape shape_;
  const std::string prefix_;
  TrainStep& result_;
  std::vector<std::pair<std::string, NodeId>> states_;
};

}  // namespace

// One weight's update by the optimizer's equations.
bool TrainElaborator::Update(Values& outside, const Callable& optimizer, const Variable& weight, NodeId w, NodeId g, const std::string& prefix,
    TrainStep& result) {
  const ast::Decl& decl = *optimizer.decl;
  const Frame frame{&decl, optimizer.span, outside.In().frame};
  Context inside = outside.In();
  inside.frame = &frame;
  Values e(shared_, inside);
  Construction& building = e.Building();
  Scope scope;
  scope.parent = &shared_.globals;
  if (!Applications(e).BindConfig(optimizer, scope)) return false;
  if (decl.params.empty() || decl.params.size() > 3) {
    e.Report(DiagnosticKind::TypeMismatch, decl.name_span, "an optimizer takes (w, g) or (w, g, t): weight, gradient, number of the step");
    return false;
  }
  const NodeId given[] = {w, g, building.inputs.at("step")};
  for (size_t i = 0; i < decl.params.size(); ++i)
    scope.Add(decl.params[i].name, Value::OfTensor(given[i]), decl.params[i].span, nullptr);
  const Value updated = Equations(e, weight, building.graph.ShapeOf(w), prefix, result).Run(decl, scope);
  if (updated.IsPoison()) return false;
  building.graph.outputs.push_back({weight.name, updated.node, w});
  return true;
}

// What a phase's head says of its length; false if that is a mistake.
bool TrainElaborator::ReadLength(const ast::Stmt& setting, size_t number, Phase& phase) {
  if (setting.phases.empty() || !setting.phases[number].count) return true;
  phase.count = WholeNumber("the length of a phase", *setting.phases[number].count, 1);
  if (!phase.count) return false;
  const std::string& unit = setting.phases[number].unit;
  phase.in_epochs = unit != "steps";
  if (unit == "steps" || unit == "epochs" || unit.empty()) return true;
  e_.Report(DiagnosticKind::UnknownSetting, setting.phases[number].unit_span, "a phase counts `steps` or `epochs`, not `" + unit + "`");
  return false;
}

// The derivatives of the loss by the weights that are trained; none after a mistake.
std::vector<NodeId> TrainElaborator::Gradients(Values& e, const ast::Stmt* step, const Settings& settings, NodeId loss, const std::vector<NodeId>& weights, Scope& scope) {
  Construction& building = e.Building();
  if (weights.empty()) {
    auto& report = e.Report(DiagnosticKind::NothingToTrain, settings.loss->value->span, "the loss depends on no weight that this trains");
    ReportNothingToTrain(report, building, step, building.derivatives->Take(loss));
    return {};
  }
  NodeId seed = building.builder->Fill(Operand::Of(1.0), {});
  std::vector<NodeId> gradients;
  for (NodeId weight : weights)
    gradients.push_back(building.builder->AddDerivative({loss, weight, seed}, building.graph.ShapeOf(weight)));
  return settings.clip ? Clipped(e, gradients, *settings.clip, scope) : gradients;
}

// The optimizer's t, and for schedules the progress in epochs or steps.
Value TrainElaborator::Progress(Values& e, const Phase& phase, Span span) {
  Construction& building = e.Building();
  NodeId t = building.builder->AddInput({ir::Role::Step, ir::DType::F32, "step", 0}, {}, span);
  building.inputs["step"] = t;
  Value progress = e.Map(ScalarFn::Sub, {Value::OfTensor(t), Value::OfNumber(1)}, {{}, {}}, "subtract");
  if (!phase.in_epochs) return progress;
  NodeId per_epoch = building.builder->AddInput({ir::Role::Fitted, ir::DType::F32, kStepsPerEpoch, 0}, {}, span);
  return e.Map(ScalarFn::Div, {progress, Value::OfTensor(per_epoch)}, {{}, {}}, "divide");
}

// The phase's optimizer with its settings. `epochs` and `steps` are the phase's own length, where it has one:
// `adam{cosine{0.1, over = steps}} for 2000 steps`.
Value TrainElaborator::PhaseOptimizer(Values& e, const Phase& phase, const ast::Expr& expr, Scope& scope) {
  if (std::string(shared_.sources.Text(expr.span)).rfind("lbfgs", 0) == 0 && !shared_.declarations.Find("lbfgs")) {
    e.Report(DiagnosticKind::LaterFeature, expr.span, "the optimizer L-BFGS is not part of this version").Help("use `adam{...}`");
    return Value();
  }
  Scope inner;
  inner.parent = &scope;
  if (phase.count) inner.Add(phase.in_epochs ? "epochs" : "steps", Value::OfDim(Dim(*phase.count)), expr.span, nullptr);
  Value optimizer = e.Evaluate(expr, inner);
  const bool is_optimizer = optimizer.kind == Value::Kind::Callable && optimizer.callable->decl && optimizer.callable->decl->kind == ast::DeclKind::Optimizer;
  if (optimizer.IsPoison() || is_optimizer) return optimizer;
  e.Report(DiagnosticKind::TypeMismatch, expr.span, "an optimizer is needed here, and this is " + e.Describe(optimizer))
      .Help(optimizer.kind == Value::Kind::Text ? QuotedHelp(optimizer.text, shared_.declarations.Find(optimizer.text)) : "");
  return Value();
}

// The weights' new values, and what the phase leaves in buffers.
bool TrainElaborator::UpdateAll(Values& e, const Value& optimizer, const std::vector<NodeId>& weights, const std::vector<NodeId>& gradients, const std::string& prefix,
                                TrainStep& result) {
  Construction& building = e.Building();
  for (size_t i = 0; i < weights.size(); ++i) {
    const std::string& path = building.graph[weights[i]].input().name;
    auto variable = std::find_if(building.variables.begin(), building.variables.end(), [&](const Variable& v) { return v.name == path; });
    Variable copy = *variable;
    if (!Update(e, *optimizer.callable, copy, weights[i], gradients[i], prefix, result)) return false;
  }
  for (const auto& [path, value] : building.buffers_after)
    building.graph.outputs.push_back({path, value.node, building.inputs.at(path)});
  for (const Variable& variable : building.variables)
    if (std::none_of(program_.variables.begin(), program_.variables.end(), [&](const Variable& v) { return v.name == variable.name; }))
      program_.variables.push_back(variable);
  return true;
}

// Buffers that are made of a batch's events, where a batch has one: its mean is that event, and its variance 0.
void TrainElaborator::WarnOfBatchOfOne(Values& e) {
  const bool one = std::any_of(program_.sources.begin(), program_.sources.end(), [](const auto& use) { return use.batch == 1; });
  const Construction& building = e.Building();
  for (const auto& [path, after] : building.buffers_after) {
    bool events = false, others = false;  // over which a sum runs
    ForEachNeeded(building.graph, after.node, [&](const ir::Node& node) {
      const ir::Comp* comp = node.if_comp();
      if (comp == nullptr || comp->monoid == ir::Monoid::None) return;
      const auto reduced = comp->extents.begin() + comp->rank;
      if (std::none_of(reduced, comp->extents.end(), [&](const Dim& extent) { return e.CountsEvents(extent); })) return;
      events = true;
      others |= std::any_of(reduced, comp->extents.end(), [&](const Dim& extent) { return !e.CountsEvents(extent) && !(extent == Dim(1)); });
    });
    if (!one || !events || others) continue;
    e.Report(DiagnosticKind::BatchOfOne, settings_.batch ? settings_.batch->value->span : decl_.name_span, "`" + path + "` is made of the events of a batch, and each batch has one")
        .Help("take larger batches, as `batch = 32`; or `layer_norm`, which takes the numbers of one event together");
    return;
  }
}

// A state whose value no equation reads (a momentum of 0 times it) is none.
static ir::Graph WithoutUnreadStates(ir::Graph graph, std::vector<Variable>& states) {
  std::set<NodeId> read;
  for (const ir::Node& node : graph.nodes)
    for (NodeId operand : ir::Operands(node)) read.insert(operand);
  for (const ir::Output& output : graph.outputs)
    if (output.node != output.updates) read.insert(output.node);
  std::erase_if(graph.outputs, [&](const ir::Output& output) {
    if (output.updates == ir::kNoNode || graph[output.updates].input().role != ir::Role::State || read.count(output.updates) != 0) return false;
    std::erase_if(states, [&](const Variable& state) { return state.name == graph[output.updates].input().name; });
    return true;
  });
  return Pruned(graph);
}

// What a step states where it asks whether it is `training`: the evaluation need not meet it. A reach is a warning, and the evaluation's.
void TrainElaborator::TakeStepConditions(Construction& building) {
  std::erase_if(building.conditions, [](const auto& condition) { return condition.condition.kind == ValueCondition::Kind::Reach; });
  if (!building.conditions.empty()) TakeConditions(building);
}

bool TrainElaborator::BuildPhase(const ast::Stmt* step, const Settings& settings, size_t number, bool checkpoints, TrainStep& result) {
  const ast::Stmt& setting = *settings.optimizer;
  const ast::Expr& optimizer_expr = setting.phases.empty() ? *setting.value : *setting.phases[number].value;
  Phase phase;
  if (!ReadLength(setting, number, phase)) return false;
  Construction building("step" + (result.name.empty() ? "" : "." + result.name) + (number ? "." + std::to_string(number) : ""), true);
  for (const auto& use : program_.sources) building.event_symbols.push_back(use.data.symbol);
  building.gathers_conditions = number == 0 && !checkpoints;
  building.checkpoints = checkpoints;
  const Context inside = In(building, this);
  Values e(shared_, inside);
  Scope scope;
  PrepareScope(scope);
  Value loss = RunBlock(e, *decl_.body, scope);
  Scope inner;
  inner.parent = &scope;
  if (step) loss = RunBlock(e, *step->block, inner);
  if (loss.IsPoison()) return false;
  if (building.asks_training) TakeStepConditions(building);
  loss = ScalarLoss(e, loss, settings.loss->value->span);
  if (loss.IsPoison()) return false;
  size_t errors = e.Mistakes();
  const std::vector<NodeId> weights = TrainedWeights(e, step, loss.node);
  if (e.Mistakes() > errors) return false;
  const std::vector<NodeId> gradients = Gradients(e, step, settings, loss.node, weights, scope);
  if (gradients.empty()) return false;
  const Value progress = Progress(e, phase, optimizer_expr.span);
  Context scheduled = inside;
  scheduled.progress = &progress;
  Values update(shared_, scheduled);
  const Value optimizer = PhaseOptimizer(update, phase, optimizer_expr, scope);
  building.graph.outputs.push_back({"loss", loss.node, ir::kNoNode});
  const std::string prefix = "state." + (result.name.empty() ? "" : result.name + ".") + (number ? std::to_string(number) + "." : "");
  if (optimizer.IsPoison() || !UpdateAll(update, optimizer, weights, gradients, prefix, result)) return false;
  if (!checkpoints) WarnOfBatchOfOne(e);
  phase.graph = WithoutUnreadStates(Pruned(Finished(building)), result.states);
  Checks(e).CheckSizes(phase.graph, decl_.name_span);
  Checks(e).CheckEventSizes(phase.graph, decl_.name_span);
  if (e.Mistakes() > errors) return false;
  result.phases.push_back(std::move(phase));
  return true;
}

bool TrainElaborator::BuildStep(const ast::Stmt* step, const Settings& settings, TrainStep& result) {
  if (step) result.name = step->name;
  const size_t phases = std::max<size_t>(1, settings.optimizer->phases.size());
  for (size_t i = 0; i < phases; ++i) {
    if (!BuildPhase(step, settings, i, false, result)) return false;
    if (!shared_.options.checkpoints) continue;
    TrainStep again{result.name, {}, {}};
    if (!BuildPhase(step, settings, i, true, again)) return false;
    result.phases.back().checkpointed = std::move(again.phases.front().graph);
  }
  return true;
}

namespace {

// Names in a block, apart from those that stand in `weights(M)`.
struct Mentioned {
  std::set<std::string> applied, weighed;

  explicit Mentioned(const ast::Block& block) {
    for (const ast::Stmt& stmt : block.statements)
      if (stmt.value) Visit(*stmt.value);
  }

 private:
  void Visit(const ast::Expr& expr) {
    const bool weights = expr.kind == ast::ExprKind::Apply && expr.operands[0]->kind == ast::ExprKind::Name && expr.operands[0]->text == "weights";
    if (weights && expr.arguments.size() == 1) {
      weighed.insert(expr.arguments[0].value->text);
      return;
    }
    if (expr.kind == ast::ExprKind::Name) applied.insert(expr.text);
    ast::ForEachPart(expr, [&](const ast::Expr& part) { Visit(part); });
  }
};

}  // namespace

// The order in which steps are elaborated: as they are written, but that one which takes the weights of a model waits for one that applies it.
std::vector<size_t> TrainElaborator::StepOrder() const {
  const Mentioned shared(*decl_.body);
  std::vector<Mentioned> steps;
  for (const ast::Stmt* step : steps_) steps.emplace_back(*step->block);
  std::vector<size_t> order, waiting;
  for (size_t i = 0; i < steps.size(); ++i) waiting.push_back(i);
  auto ready = [&](size_t step) {
    return std::all_of(steps[step].weighed.begin(), steps[step].weighed.end(), [&](const std::string& model) {
      auto applies = [&](size_t other) { return steps[other].applied.count(model) != 0; };
      return shared.applied.count(model) != 0 || applies(step) || std::any_of(order.begin(), order.end(), applies) ||
             std::none_of(waiting.begin(), waiting.end(), applies);
    });
  };
  while (!waiting.empty()) {
    auto next = std::find_if(waiting.begin(), waiting.end(), ready);
    if (next == waiting.end()) next = waiting.begin();  // they wait for each other, which is told
    order.push_back(*next);
    waiting.erase(next);
  }
  return order;
}

bool TrainElaborator::BuildSteps() {
  if (steps_.empty()) return BuildStep(nullptr, settings_, program_.steps.emplace_back());
  program_.steps.resize(steps_.size());
  bool fine = true;
  for (size_t i : StepOrder()) {
    Settings settings = step_settings_[i];
    if (!settings.clip) settings.clip = settings_.clip;  // one for all steps that set none
    fine &= BuildStep(steps_[i], settings, program_.steps[i]);
  }
  return fine;
}

}  // namespace nnc::sema
