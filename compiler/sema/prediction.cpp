// Prediction: the trained model applied to the data block's expressions instead of its finished columns, cut back to what it needs. On the
// same graph, where raw columns, models and losses meet, is seen what a model is given and what its answer is compared with.
#include <algorithm>
#include <tuple>

#include "compiler/ir/walk.h"
#include "compiler/passes/definition.h"
#include "compiler/passes/events.h"
#include "compiler/passes/pipeline.h"
#include "compiler/sema/class_axes.h"
#include "compiler/sema/columns_behind.h"
#include "compiler/sema/conditions.h"
#include "compiler/sema/copies.h"
#include "compiler/sema/data_block.h"
#include "compiler/sema/inlined.h"

namespace nnc::sema {


// The nodes that are made of data columns and of nothing random.
static std::vector<bool> MadeOfColumnsAlone(const ir::Graph& graph) {
  std::vector<bool> columns(graph.nodes.size()), draws(graph.nodes.size());
  for (size_t id = 0; id < graph.nodes.size(); ++id) {
    const ir::Node& node = graph.nodes[id];
    draws[id] = node.op() == ir::Node::Op::Random;
    columns[id] = node.op() == ir::Node::Op::Input && node.input().role == ir::Role::Column;
    for (NodeId operand : ir::Operands(node)) {
      draws[id] = draws[id] || draws[static_cast<size_t>(operand)];
      columns[id] = columns[id] || columns[static_cast<size_t>(operand)];
    }
  }
  for (size_t id = 0; id < columns.size(); ++id) columns[id] = columns[id] && !draws[id];
  return columns;
}

// Columns in the order of the file's header; where events are drawn, of the block's definitions. Of one column first its numbers, then its
// labels, then comparisons by their text. So the order does not depend on how the program uses them.
static void OrderColumns(std::vector<RawColumn>& raw, const std::optional<std::vector<ColumnInfo>>& schema) {
  std::map<std::string, size_t> places;
  if (schema)
    for (const ColumnInfo& column : *schema) places.emplace(column.name, places.size());
  auto place = [&](const RawColumn& column) {
    auto found = places.find(column.column);
    return std::tuple(found == places.end() ? places.size() : found->second, column.kind == RawColumn::Kind::Equals,
                      column.kind == RawColumn::Kind::Encode, column.text);
  };
  std::stable_sort(raw.begin(), raw.end(), [&](const RawColumn& a, const RawColumn& b) { return place(a) < place(b); });
}

// The data blocks, elaborated in place.
void TrainElaborator::InlineData(Inlined& inlined) {
  Construction& building = inlined.building;
  building.gathers_subscripts = true;
  inlined.fields.resize(program_.sources.size());
  inlined.states.resize(program_.sources.size());
  for (size_t i = 0; i < program_.sources.size(); ++i) {
    const DataSource& data = program_.sources[i].data;
    const ast::Decl* decl = shared_.declarations.Find(data.header.name);
    DataState& state = inlined.states[i];
    state.decl = decl;
    state.header = data.header;
    state.draws_are_columns = data.header.sample;
    building.event_symbols.push_back(data.symbol);
    building.source = static_cast<int>(i);
    building.event = building.indices.AddKnown("event", Dim::Symbol(data.symbol), decl->name_span);
    Context inside = In(building, nullptr);
    inside.data = &state;
    inside.host = &inlined.fits;
    Values e(shared_, inside);
    state.schema = DataBlock(e).SchemaOf(data.header);
    DataBlock(e).ElaborateDataBlock(*decl, inlined.fields[i]);
    for (Scope::Entry& entry : inlined.fields[i].entries)
      if (entry.value.kind == Value::Kind::FileColumn || entry.value.IsTensor()) {
        const Value value = e.AsTensor(entry.value, entry.span);
        if (value.IsPoison()) continue;
        entry.value = e.Align(value, {building.event}, e.Positional(value));
        entry.value.node = building.builder->AddVariable(entry.value.node);  // programs differentiate by columns
        building.doubles->RoundAt(entry.value.node);  // as a training reads them
      }
    building.event = -1;
  }
  building.source = 0;
  building.graph.outputs.clear();
}

// The training's blocks on these fields: models meet what they take and give.
void TrainElaborator::ApplyInline(Inlined& inlined) {
  inline_fields_ = &inlined.fields;
  const Values numbers(shared_, In(inlined.building, this));
  const ModelApplied observe = [&](const ast::Decl& model, const std::vector<Actual>& actuals, Value value, Span span) {
    ir::Builder& builder = *inlined.building.builder;
    Application application{&model, {}, {}, span};
    for (const Actual& actual : actuals) {
      if (actual.value.IsTensor()) inlined.arguments.push_back(actual.value.node);
      if (actual.value.IsTensor()) application.arguments.emplace_back(ir::BehindNames(builder.graph(), actual.value.node), std::nullopt);
      else application.arguments.emplace_back(ir::kNoNode, numbers.ConstantNumber(actual.value));
    }
    std::vector<Value*> values;
    if (value.kind != Value::Kind::Tuple) values.push_back(&value);
    else for (Value& item : value.items) values.push_back(&item);
    for (Value* each : values) {
      if (each->IsTensor()) inlined.results.insert(each->node = builder.AddVariable(each->node));
      application.results.push_back(*each);
    }
    inlined.applications.push_back(std::move(application));
    return value;
  };
  Context inside = In(inlined.building, this);
  inside.model_applied = &observe;
  const ClassesCompared compare = [&](NodeId answer, NodeId truth) { inlined.compared.push_back({answer, truth}); };
  inside.compared = &compare;
  Values e(shared_, inside);
  auto run = [&](const ast::Block& block, Scope& scope) {
    Value loss = RunBlock(e, block, scope);
    if (!loss.IsPoison()) loss = e.AsTensor(loss, loss.origin);
    if (loss.IsTensor()) inlined.losses.push_back(loss.node);
  };
  Scope scope;
  PrepareScope(scope);
  run(*decl_.body, scope);
  for (const ast::Stmt* step : steps_) {
    Scope inner;
    inner.parent = &scope;
    run(*step->block, inner);
  }
  inline_fields_ = nullptr;
}

// Prepared columns that a loss compares the answer with, but for those that are known to be undone, or not to be: their units are told. A
// column that models take is compared with only where they are to give it back.
std::vector<std::string> TrainElaborator::ComparedWith(const Inlined& inlined, const std::set<NodeId>& answers, const Undone& undone) const {
  const ir::Graph& graph = inlined.building.graph;
  std::vector<std::string> fields;
  for (NodeId loss : inlined.losses) {
    const std::set<NodeId> made_of = MadeOf(graph, {loss}, inlined.results);
    if (std::none_of(answers.begin(), answers.end(), [&](NodeId answer) { return made_of.count(answer) != 0; })) continue;
    const Columns compared = FileColumns(inlined, made_of);
    const bool given_back = std::find(inlined.given.begin(), inlined.given.end(), compared) != inlined.given.end();
    for (const Preparation& preparation : inlined.Preparations()) {
      auto known = [&](const std::vector<std::string>& names) { return std::find(names.begin(), names.end(), preparation.field) != names.end(); };
      if (!made_of.count(preparation.result) || known(undone.fields) || known(undone.prepared) || known(fields)) continue;
      if (given_back || !inlined.behind_arguments.count(preparation.result)) fields.push_back(preparation.field);
    }
  }
  return fields;
}

// Which application is predicted with: of the model that the training is called after, or of any. Those that read data columns and nothing
// random are narrowed down, as far as any are left: to what a loss reads by itself, to fields as they stand, to fields of files, to what no
// loss compares answers with. The first that remains; gives where one stands that remains beside it and gives something else.
Span TrainElaborator::ChooseAnswer(Inlined& inlined) const {
  const ir::Graph& graph = inlined.building.graph;
  const ast::Decl* of_name = shared_.declarations.Find(decl_.name);
  const bool named = of_name && of_name->kind == ast::DeclKind::Model;
  const std::vector<bool> usable = MadeOfColumnsAlone(graph);
  std::vector<const Application*> left;
  for (const Application& each : inlined.applications)
    if ((!named || each.model == of_name) && !each.results.empty() && each.results[0].IsTensor() && usable[static_cast<size_t>(each.results[0].node)]) left.push_back(&each);
  if (left.empty()) return {};
  const std::set<NodeId> read = MadeOf(graph, inlined.losses, inlined.results);
  std::set<NodeId> fields, of_files;
  for (size_t i = 0; i < inlined.fields.size(); ++i)
    for (const Scope::Entry& entry : inlined.fields[i].entries) {
      if (!entry.value.IsTensor()) continue;
      fields.insert(ir::BehindNames(graph, entry.value.node));
      if (!program_.sources[i].data.header.sample) of_files.insert(ir::BehindNames(graph, entry.value.node));
    }
  auto narrow = [&](auto holds) {
    std::vector<const Application*> kept;
    for (const Application* each : left)
      if (holds(*each)) kept.push_back(each);
    if (!kept.empty()) left = std::move(kept);
  };
  auto narrow_to = [&](auto of) {  // applications all of whose arguments are so
    narrow([&](const Application& each) {
      return std::all_of(each.arguments.begin(), each.arguments.end(), [&](const auto& argument) { return argument.first == ir::kNoNode || of(argument.first); });
    });
  };
  narrow([&](const Application& each) { return std::any_of(each.results.begin(), each.results.end(), [&](const Value& result) { return result.IsTensor() && read.count(result.node) != 0; }); });
  narrow_to([&](NodeId argument) { return fields.count(argument) != 0; });
  narrow_to([&](NodeId argument) { return of_files.count(argument) != 0; });
  const Columns compared = FileColumns(inlined, read);
  const ColumnsBehind behind(graph);
  std::map<size_t, bool> within;  // by set of columns
  narrow_to([&](NodeId argument) {
    const size_t set = behind.SetOf(argument);
    auto [known, fresh] = within.emplace(set, false);
    if (fresh) known->second = IsWithin(FileColumns(inlined, behind.Columns(set)), compared);
    return !known->second;
  });
  inlined.answer = left.front();
  const auto other = std::find_if(left.begin(), left.end(), [&](const Application* each) { return !each->IsLike(*left.front()); });
  return other == left.end() ? Span() : (*other)->span;
}

// Outputs beyond the labels are answers that training never sees.
void TrainElaborator::WarnOfOutputsWithoutLabel(const Inlined& inlined, const std::string& labels, const Dim& outputs, Span span) {
  for (const DataState& state : inlined.states)
    for (const RawColumn& raw : state.raw) {
      if (raw.kind != RawColumn::Kind::Encode || state.header.name + "." + raw.Dictionary() != labels || !shared_.options.schema || !state.schema) continue;
      auto count = shared_.options.schema->ClassCount(state.header, raw);
      if (!count || !outputs.IsConstant() || outputs.Constant() <= *count) return;
      e_.Report(DiagnosticKind::OutputsWithoutLabel, span, "`" + decl_.name + "` has " + outputs.ToString() + " outputs, and `" + raw.column + "` " +
          std::to_string(*count) + " labels: the others stand for none").AddLabel(raw.span, std::to_string(*count) + " labels");
      return;
    }
}

// The labels that the classes of a result stand for, the model's first, second, ...: those that losses compare it with, itself with labels
// themselves. "" where they differ.
std::string TrainElaborator::ClassesOf(const Inlined& inlined, size_t number) const {
  const ir::Graph& graph = inlined.building.graph;
  std::map<NodeId, std::string> inputs;
  for (const DataState& state : inlined.states) inputs.merge(LabelInputs(state, inlined.building));
  std::set<std::string> labels;
  for (const auto& [answer, truth] : inlined.compared) {
    const Origin origin = OriginOfNode(graph, answer, inlined.results);
    for (const Application& application : inlined.applications)
      if (application.model == inlined.answer->model && application.results[number].IsTensor() && application.results[number].node == origin.node &&
          origin.subscripts == passes::Iota(static_cast<int>(origin.subscripts.size())))
        labels.insert(LabelsOf(graph, truth, inputs));
  }
  return labels.size() == 1 ? *labels.begin() : "";
}

// One result of the model as an output of the prediction.
void TrainElaborator::AddOutput(Values& e, Inlined& inlined, size_t number, const Value& value, Prediction& prediction) {
  const std::string name = inlined.answer->results.size() > 1 ? decl_.name + "." + std::to_string(number) : decl_.name;
  Construction& building = inlined.building;
  const Shape shape = e.Positional(value);
  const std::set<NodeId> answers = inlined.Answers(number);
  const Undone undone = UndoPreparation(*building.builder, value.node, {answers, inlined.losses, inlined.Preparations()});
  building.graph.outputs.push_back({name, undone.node == ir::kNoNode ? value.node : undone.node, ir::kNoNode});
  prediction.outputs.push_back(name);
  prediction.units.push_back({undone.fields, undone.prepared, ComparedWith(inlined, answers, undone), {}, false, !undone.whole});
  std::map<std::string, int> preparations;  // of each field: several, where it is a list of prepared columns
  for (const Preparation& preparation : inlined.Preparations()) ++preparations[preparation.field];
  for (const std::string& field : prediction.units.back().compared) prediction.units.back().listed |= preparations[field] > 1;
  prediction.shapes.push_back(Shape(shape.begin() + 1, shape.end()));
  prediction.labels.push_back(shape.size() == 2 ? ClassesOf(inlined, number) : "");
  if (!prediction.labels.back().empty()) WarnOfOutputsWithoutLabel(inlined, prediction.labels.back(), shape[1], decl_.name_span);
}

// The subscripts behind the outputs that are read from data.
static void TakeSubscripts(Construction& building, Prediction& prediction) {
  std::vector<NodeId> outputs;
  for (const ir::Output& output : building.graph.outputs) outputs.push_back(output.node);
  const std::set<NodeId> behind = MadeOf(building.graph, outputs, {});
  std::erase_if(building.conditions, [&](const auto& condition) { return behind.count(condition.value) == 0 || !condition.size.IsConstant(); });
  for (const Construction::Condition& condition : building.conditions) {
    const Origin origin = OriginOfNode(building.graph, condition.value);
    const ir::Node* read = origin.node == ir::kNoNode ? nullptr : &building.graph[origin.node];
    const bool whole = read && read->op() == ir::Node::Op::Input && read->shape == building.graph.ShapeOf(condition.value) &&
                       origin.subscripts == passes::Iota(static_cast<int>(read->shape.size()));
    prediction.subscript_inputs.push_back(whole ? read->input().name : "");
    prediction.subscript_sizes.push_back(condition.size.Constant());
  }
  prediction.conditions = Pruned(Finished(building, NamedConditions(building.conditions, prediction.subscripts)));
}

void TrainElaborator::TakePrediction(Inlined& inlined, Span other) {
  const Context inside = In(inlined.building, this);
  Values e(shared_, inside);
  Prediction prediction;
  prediction.applied = inlined.answer->span;
  prediction.other = other;
  const std::vector<Value>& values = inlined.answer->results;
  for (size_t k = 0; k < values.size(); ++k) {
    Value value = e.AsTensor(values[k], decl_.name_span);
    const Shape shape = e.Positional(value);
    int source = -1;
    if (value.IsPoison() || shape.empty() || !e.IsEventAxis(shape[0], &source)) continue;
    AddOutput(e, inlined, k, value, prediction);
  }
  for (const Prediction::Unit& known : std::vector(prediction.units))  // one result's unit is known: the others are not in it
    for (Prediction::Unit& unit : prediction.units)
      std::erase_if(unit.compared, [&](const std::string& field) {
        const bool is_known = std::count(known.undone.begin(), known.undone.end(), field) + std::count(known.prepared.begin(), known.prepared.end(), field) > 0;
        if (is_known && std::count(unit.beside.begin(), unit.beside.end(), field) == 0) unit.beside.push_back(field);
        return is_known;
      });
  bool undone = std::any_of(prediction.units.begin(), prediction.units.end(), [](const auto& unit) { return !unit.undone.empty(); });
  for (Prediction::Unit& unit : prediction.units) unit.rest = unit.rest && undone;
  TakeSubscripts(inlined.building, prediction);
  prediction.function.graph = Pruned(Finished(inlined.building));
  bool usable = !prediction.outputs.empty();
  std::set<int> sources;
  std::set<std::string> names;
  for (const ir::Node& node : prediction.function.graph.nodes) usable &= node.op() != ir::Node::Op::Random;
  for (NodeId input : prediction.function.graph.inputs) {
    ir::Input& column = prediction.function.graph.nodes[static_cast<size_t>(input)].input();
    if (column.role != ir::Role::Column) continue;
    sources.insert(column.source);
    names.insert(column.name);
    column.role = ir::Role::Direct;
  }
  for (NodeId input : prediction.conditions.inputs) {
    ir::Input& column = prediction.conditions.nodes[static_cast<size_t>(input)].input();
    if (column.role == ir::Role::Column) column.role = ir::Role::Direct;
  }
  if (!usable || sources.size() != 1) return;
  prediction.source = *sources.begin();
  const DataState& state = inlined.states[static_cast<size_t>(prediction.source)];
  for (const RawColumn& raw : state.raw)
    if (names.count(raw.input)) prediction.raw.push_back(raw);
  OrderColumns(prediction.raw, state.schema);
  TellMixing(prediction.function.graph, program_.sources[static_cast<size_t>(prediction.source)].data.symbol);
  program_.prediction = std::move(prediction);
}

// An answer that changes with the other events of a batch or file is seldom meant. What is written knows its place; the passes see more.
void TrainElaborator::TellMixing(const ir::Graph& written, const std::string& symbol) {
  const NodeId mixing = passes::MixesEvents(written, symbol);
  if (mixing == ir::kNoNode || passes::MixesEvents(passes::Optimize(written), symbol) == ir::kNoNode) return;
  auto& report = e_.Report(DiagnosticKind::AnswersMix, decl_.name_span, "the model that is trained here mixes events: its answer for one depends on the others in a batch or file");
  if (written[mixing].span.Valid()) report.AddLabel(decl_.name_span, "trained here").AddLabel(written[mixing].span, "events are taken together");
  report.Help("`softmax`, `mean` and `sum` of one number an event run over the events; give them the elements of an event, or take what is the same for all in a `prepare`");
}

// Where a model that is given columns alone draws what its answer is made of.
void TrainElaborator::FindDraw(const Inlined& inlined) {
  const ir::Graph& graph = inlined.building.graph;
  const std::vector<bool> columns = MadeOfColumnsAlone(graph);
  for (const Application& each : inlined.applications) {
    const bool given = !each.arguments.empty() && std::all_of(each.arguments.begin(), each.arguments.end(), [&](const auto& argument) { return argument.first != ir::kNoNode && columns[static_cast<size_t>(argument.first)]; });
    if (!given || each.results.empty() || !each.results[0].IsTensor()) continue;
    ir::ForEachNeeded(graph, each.results[0].node, [&](const ir::Node& node) {
      if (node.op() == ir::Node::Op::Random) program_.draw = node.span;
    });
  }
}

void TrainElaborator::BuildPrediction() {
  Inlined inlined;
  InlineData(inlined);
  ApplyInline(inlined);
  FindGiven(inlined);
  std::set<std::string> inputs;  // raw columns behind what models take
  for (NodeId id : inlined.behind_arguments) {
    const ir::Node& node = inlined.building.graph[id];
    if (node.op() == ir::Node::Op::Input && node.input().role == ir::Role::Column) inputs.insert(node.input().name);
  }
  for (auto& use : program_.sources) use.data.inputs = inputs;
  WarnOfLabelAmongInputs(inlined);
  WarnOfFittedApart(inlined);
  const Span other = ChooseAnswer(inlined);
  if (inlined.answer) TakePrediction(inlined, other);
  else FindDraw(inlined);
}

}  // namespace nnc::sema
