// Metrics and the stop rule: what is computed with trained weights, `training` false.
#include <algorithm>
#include <cassert>

#include "compiler/ir/walk.h"
#include "compiler/passes/events.h"
#include "compiler/sema/checks.h"
#include "compiler/sema/conditions.h"
#include "compiler/sema/directions.h"
#include "compiler/sema/expressions.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/reductions.h"
#include "compiler/sema/training.h"

namespace nnc::sema {

using ast::ExprKind;

// The mean over events of a loss for each, with their weights; another one as it is.
Value TrainElaborator::EventMean(const Context& context, const Value& loss, Span span) {
  const Values e(shared_, context);
  const Shape shape = e.Positional(loss);
  int source = 0;
  if (shape.size() != 1 || !e.IsEventAxis(shape[0], &source)) return loss;
  Context weighted = context;
  weighted.weighted = true;
  return Reductions(shared_, weighted).HostReduce("mean", loss, 0, span);
}

static const ir::Node& InputCalled(const ir::Graph& graph, const std::string& name) {
  for (NodeId id : graph.inputs)
    if (graph[id].input().name == name) return graph[id];
  assert(false && "a reduction has an input");
  return graph.nodes.front();
}

// In an order in which each needs only values that earlier ones make.
static std::vector<HostReduction> InOrder(const ir::Graph& graph, std::vector<HostReduction> reductions) {
  std::set<std::string> open;
  for (const HostReduction& reduction : reductions) open.insert(reduction.input);
  auto ready = [&](const HostReduction& reduction) {
    bool needs = false;
    for (const ir::Output& output : graph.outputs)
      if (std::find(reduction.columns.begin(), reduction.columns.end(), output.name) != reduction.columns.end())
        ForEachNeeded(graph, output.node, [&](const ir::Node& node) { needs |= node.op() == ir::Node::Op::Input && open.count(node.input().name) != 0; });
    return !needs;
  };
  std::vector<HostReduction> ordered;
  while (!reductions.empty()) {
    auto next = std::find_if(reductions.begin(), reductions.end(), ready);
    assert(next != reductions.end() && "figures do not need each other");
    open.erase(next->input);
    ordered.push_back(std::move(*next));
    reductions.erase(next);
  }
  return ordered;
}

// What runs over events becomes the evaluation's function, what makes metrics of its values, the last outputs, their graphs.
void TrainElaborator::DivideAtEvents(ir::Graph graph, size_t values, const std::vector<std::string>& symbols) {
  std::vector<HostReduction>& reductions = program_.evaluation.reductions;
  for (const passes::EventTotal& total : passes::CutAtEvents(graph, symbols)) {
    HostReduction& reduction = reductions.emplace_back();
    reduction.input = total.input;
    reduction.columns = {total.output};
    reduction.source = static_cast<int>(total.symbol);
    reduction.total = total.monoid;
    reduction.shape = InputCalled(graph, total.input).shape;
    reduction.span = InputCalled(graph, total.input).span;
  }
  reductions = InOrder(graph, std::move(reductions));
  for (size_t i = 0; i < values; ++i) {
    const std::string name = "value." + std::to_string(i);
    auto value = std::find_if(graph.outputs.begin(), graph.outputs.end(), [&](const ir::Output& output) { return output.name == name; });
    ir::Graph whole = graph;
    whole.outputs = {{"value", value->node, ir::kNoNode}};
    whole.name = "metric";
    graph.outputs.erase(value);
    Metric& metric = program_.metrics[i];
    metric.graph = Pruned(whole);
    if (metric.better == Direction::Unknown) metric.better = BetterDirection(metric.graph, reductions, shared_.options.metrics);
  }
  program_.evaluation.graph = Pruned(graph);
}

// The conditions that were gathered, as a graph of their own.
void TrainElaborator::TakeConditions(Construction& building) {
  StatedConditions& stated = program_.stated.emplace_back();
  const std::vector<ir::Output> outputs = NamedConditions(building.conditions, stated.conditions);
  stated.graph = Pruned(Finished(building, outputs));
  stated.graph.name = "conditions";
}

// One figure of the evaluation; a loss for each event becomes its mean.
void TrainElaborator::AddFigure(Values& e, Figures& figures, const std::string& name, const Value& of, bool loss, Span span) {
  Value value = e.AsTensor(of, span);
  if (value.IsPoison()) return;
  if (name == "loss") value = EventMean(e.In(), value, span);
  if (!e.Positional(value).empty()) {
    e.Report(DiagnosticKind::NotAScalar, span, "a metric is one number, and this is " + e.Describe(value))
        .Help("reduce it, as in `mean(...)`");
    return;
  }
  Metric metric;
  metric.name = name;
  metric.span = span;
  if (loss) metric.better = Direction::Falling;
  program_.metrics.push_back(std::move(metric));
  figures.push_back(value.node);
}

// The training's loss, and with steps that of each.
void TrainElaborator::AddLosses(Values& e, Figures& figures, Scope& scope) {
  const Value loss = RunBlock(e, *decl_.body, scope);
  if (steps_.empty()) return AddFigure(e, figures, "loss", loss, true, settings_.loss->value->span);
  Value total;
  std::vector<std::pair<std::string, Value>> parts;
  for (const ast::Stmt* step : steps_) {
    Scope inner;
    inner.parent = &scope;
    Value part = e.AsTensor(RunBlock(e, *step->block, inner), step->span);
    if (part.IsPoison()) continue;
    part = EventMean(e.In(), part, step->span);
    parts.push_back({step->name + "_loss", part});
    total = total.IsPoison() ? part : e.Map(ScalarFn::Add, {total, part}, {step->span, step->span}, "add");
  }
  AddFigure(e, figures, "loss", total, true, decl_.name_span);
  for (const auto& [name, part] : parts) AddFigure(e, figures, name, part, true, decl_.name_span);
}

void TrainElaborator::AddMetrics(const Context& context, Figures& figures, Scope& scope) {
  Context weighted = context;
  weighted.weighted = true;
  Values e(shared_, weighted);
  std::set<std::string> names{"loss"};
  for (const ast::Stmt* stmt : metrics_) {
    if (names.insert(stmt->name).second) {
      AddFigure(e, figures, stmt->name, e.Evaluate(*stmt->value, scope), false, stmt->value->span);
      continue;
    }
    const bool loss = stmt->name == "loss";
    e.Report(DiagnosticKind::Redefinition, stmt->name_span, loss ? "`loss` is the training's own figure, evaluated without saying" : "the metric `" + stmt->name + "` is defined twice")
        .Help(loss ? "give the metric another name" : "");
  }
}

// Metrics whose truth, the last argument, is a field that names classes: their tables are called by these.
void TrainElaborator::NameClasses(const ir::Graph& graph) {
  for (HostReduction& reduction : program_.evaluation.reductions) {
    auto truth = std::find_if(graph.outputs.begin(), graph.outputs.end(), [&](const ir::Output& output) { return output.name == reduction.columns.back(); });
    const NodeId behind = truth == graph.outputs.end() ? ir::kNoNode : ir::BehindNames(graph, truth->node);
    if (behind == ir::kNoNode || graph[behind].op() != ir::Node::Op::Input) continue;
    for (const auto& use : program_.sources)
      for (const DataSource::Field& field : use.data.fields)
        if (use.data.header.name + "." + field.name == graph[behind].input().name) reduction.labels = field.labels;
  }
}

void TrainElaborator::BuildMetrics() {
  Construction building("evaluation", false);
  building.gathers_conditions = true;
  building.event_weights = [&](int source) {
    const DataSource& data = program_.sources[static_cast<size_t>(source)].data;
    return data.has_weight ? Field(static_cast<size_t>(source), "weight", data.header.span, building)->node : ir::kNoNode;
  };
  for (const auto& use : program_.sources) building.event_symbols.push_back(use.data.symbol);
  Context context = In(building, this);
  context.owner = "metric";
  context.host = &program_.evaluation;
  Values e(shared_, context);
  Scope scope;
  PrepareScope(scope);
  Figures figures;
  AddLosses(e, figures, scope);
  AddMetrics(context, figures, scope);
  for (const Variable& variable : building.variables)
    if (std::none_of(program_.variables.begin(), program_.variables.end(), [&](const Variable& v) { return v.name == variable.name; }))
      program_.variables.push_back(variable);
  TakeConditions(building);
  for (size_t i = 0; i < figures.size(); ++i) building.graph.outputs.push_back({"value." + std::to_string(i), figures[i], ir::kNoNode});
  Checks(e).CheckSizes(building.graph, decl_.name_span);
  Checks(e).CheckEventSizes(building.graph, decl_.name_span);
  NameClasses(building.graph);
  DivideAtEvents(Finished(building, program_.evaluation.reductions), figures.size(), building.event_symbols);
}

// Which way the figure of `stop` gets better: as it is said, or as it is known. False, and reported, if it is neither.
bool TrainElaborator::SetDirection(TrainProgram::Stop& stop) {
  const Metric& metric = *std::find_if(program_.metrics.begin(), program_.metrics.end(), [&](const Metric& m) { return m.name == stop.metric; });
  stop.better = stop_->trend == ast::Trend::StopsRising ? Direction::Rising : stop_->trend == ast::Trend::StopsFalling ? Direction::Falling : metric.better;
  // With steps, one model may be trained against another.
  const bool known = metric.better != Direction::Unknown && program_.steps.size() == 1;
  if (known && stop.better != metric.better) {
    const std::string way = metric.better == Direction::Rising ? "rising" : "falling";
    e_.Report(DiagnosticKind::DirectionUnknown, stop_->span, "`" + stop.metric + "` gets better by " + way + ", and this would keep the worst weights").Help("`stops " + way + "`, or `stalls`");
    return false;
  }
  if (stop.better != Direction::Unknown) return true;
  const std::string figure(shared_.sources.Text(stop_->value->span)), patience(shared_.sources.Text(stop_->patience->span));
  e_.Report(DiagnosticKind::DirectionUnknown, stop_->value->span, "nothing says whether `" + stop.metric + "` gets better by rising or by falling")
      .AddLabel(metric.span, "an expression of your own")
      .Help("write `stop when " + figure + " stops rising " + patience + "` if more is better, `... stops falling " + patience +
            "` if less is");
  return false;
}

// What helps where a training has no figure of that name.
static std::string FigureHelp(const std::string& name, const std::vector<std::string>& figures) {
  if (std::string near = ClosestName(name, figures); !near.empty()) return "did you mean `" + near + "`?";
  if (std::string help = ForeignHelp(name); help.find("`valid.") != help.npos || help.find("`train.") != help.npos) return help;
  std::string text = "its figures are ";
  for (const std::string& figure : figures) text += "`" + figure + "`, ";
  return text.substr(0, text.size() - 2) + "; `metric " + name + " = ...` makes another";
}

// Whether a part is divided off to validate.
bool TrainElaborator::IsValidated() const {
  if (program_.sources.empty()) return false;
  const SourceHeader& header = program_.sources[0].data.header;
  return std::any_of(header.split.begin(), header.split.end(), [](const auto& part) { return part.name == "valid"; }) ||
         std::any_of(header.files.begin(), header.files.end(), [](const auto& file) { return file.part == "valid"; });
}

bool TrainElaborator::KnowsFigure(const std::string& part, const std::string& metric, Span span) {
  std::vector<std::string> metrics;
  for (const Metric& known : program_.metrics) metrics.push_back(known.name);
  if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) {
    e_.Report(DiagnosticKind::UnknownMetric, span, "there is no metric `" + metric + "`").Help(FigureHelp(metric, metrics));
    return false;
  }
  if (part == "valid" && !IsValidated()) {
    e_.Report(DiagnosticKind::MissingSplit, span, "the data have no part `valid`").Help("add it, as in `split train 0.8, valid 0.2`");
    return false;
  }
  return true;
}

// `valid.loss stalls 8`
bool TrainElaborator::ReadStall(TrainProgram::Stop& stop) {
  stop.patience = Expressions(e_).EvaluateInteger(*stop_->patience, shared_.globals);
  if (!stop.patience) return false;
  if (*stop.patience < 1) {
    e_.Report(DiagnosticKind::OptionOutOfRange, stop_->patience->span, "a training waits at least 1 epoch for a better figure, and this is " +
        std::to_string(*stop.patience));
    return false;
  }
  const ast::Expr& figure = *stop_->value;
  if (figure.kind == ExprKind::Member && figure.operands[0]->kind == ExprKind::Name) {
    stop.part = figure.operands[0]->text;
    stop.metric = figure.text;
    if (stop.part != "train" && stop.part != "valid" && stop.part != "test") {
      e_.Report(DiagnosticKind::MissingSplit, figure.span, "the parts of the data are train, valid and test");
      return false;
    }
  } else if (figure.kind == ExprKind::Name) {
    stop.part = IsValidated() ? "valid" : "train";
    stop.metric = figure.text;
  } else {
    e_.Report(DiagnosticKind::UnknownMetric, figure.span, "a figure stalls, as in `stop when valid.loss stalls 5`, and this is an expression")
        .Help("define it as a metric, `metric m = ...`, and name that");
    return false;
  }
  return KnowsFigure(stop.part, stop.metric, figure.span) && SetDirection(stop);
}

// The figures that a condition to stop may name, as inputs of its graph.
class TrainElaborator::FiguresByName : public Fields {
 public:
  explicit FiguresByName(TrainElaborator& training) : training_(training) {}

  std::optional<Value> Find(const std::string& part, const std::string& metric, Span span, Construction& building) override {
    if (!training_.KnowsFigure(part, metric, span)) return Value();
    const std::string name = part + "." + metric;
    if (!building.inputs.count(name))
      building.inputs[name] = building.builder->AddInput({ir::Role::Fitted, ir::DType::F32, name, 0}, {}, span);
    return Value::OfTensor(building.inputs[name]);
  }

 private:
  TrainElaborator& training_;
};

// `valid.loss < 0.1`: a condition on figures alone.
bool TrainElaborator::ReadCondition(TrainProgram::Stop& stop) {
  Construction building("stop", false);
  FiguresByName figures(*this);
  const Context context = In(building, &figures);
  Values e(shared_, context);
  Scope scope;
  scope.parent = &shared_.globals;
  for (const char* part : {"train", "valid", "test"}) scope.Add(part, Value::OfText(Value::Kind::Source, part), stop.span, nullptr);
  scope.provider = [&](const std::string& name, Span span, bool last, Construction& in) -> std::optional<Value> {
    if (last || std::none_of(program_.metrics.begin(), program_.metrics.end(), [&](const Metric& metric) { return metric.name == name; })) return std::nullopt;
    return figures.Find(IsValidated() ? "valid" : "train", name, span, in);
  };
  const Value condition = e.AsTensor(e.Evaluate(*stop_->value, scope), stop.span);
  if (condition.IsPoison()) return false;
  building.graph.outputs.push_back({"stop", condition.node, ir::kNoNode});
  stop.condition = Pruned(Finished(building));
  const bool others = std::any_of(stop.condition.nodes.begin(), stop.condition.nodes.end(), [](const ir::Node& node) {
    return node.op() == ir::Node::Op::Random || (node.op() == ir::Node::Op::Input && node.input().role != ir::Role::Fitted);
  });
  if (!others && !stop.condition.inputs.empty()) return true;
  e.Report(DiagnosticKind::UnknownMetric, stop.span, std::string("a training stops by its figures, and this ") + (others ? "needs weights or draws" : "has none"))
      .Help(others ? "define it as a metric, `metric m = ...`, and name that" : "as in `stop when valid.loss < 0.1`; a training as long as a number of epochs is `epochs = 20`");
  return false;
}

bool TrainElaborator::BuildStop() {
  if (!stop_) return true;
  TrainProgram::Stop stop;
  stop.span = stop_->value->span;
  if (!(stop_->patience ? ReadStall(stop) : ReadCondition(stop))) return false;
  program_.stop = std::move(stop);
  return true;
}

}  // namespace nnc::sema
