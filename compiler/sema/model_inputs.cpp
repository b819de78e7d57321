// What models are given, seen where raw columns and models meet; and what is told where it cannot be meant.
#include <map>

#include "compiler/ir/walk.h"
#include "compiler/sema/columns_behind.h"
#include "compiler/sema/copies.h"
#include "compiler/sema/inlined.h"

namespace nnc::sema {

using ir::NodeId;

std::set<NodeId> MadeOf(const ir::Graph& graph, std::vector<NodeId> roots, const std::set<NodeId>& stops) {
  std::set<NodeId> met;
  while (!roots.empty()) {
    const NodeId id = roots.back();
    roots.pop_back();
    if (!met.insert(id).second || stops.count(id)) continue;
    const ir::Node& node = graph[id];
    if (node.op() == ir::Node::Op::Derivative) roots.insert(roots.end(), {node.derivative().y, node.derivative().direction});
    else for (NodeId operand : ir::Operands(node)) roots.push_back(operand);
  }
  return met;
}

// The files' columns among the nodes.
Columns TrainElaborator::FileColumns(const Inlined& inlined, const std::set<NodeId>& nodes) const {
  Columns columns;
  for (const DataState& state : inlined.states)
    for (const RawColumn& raw : state.raw) {
      auto input = inlined.building.inputs.find(raw.input);
      if (state.header.sample || input == inlined.building.inputs.end() || !nodes.count(input->second)) continue;
      for (const std::string& column : raw.FileColumns()) columns.insert(state.header.name + "." + column);
    }
  return columns;
}

// Fills in what models are given. A model may be applied many times: its arguments are made of few different sets of columns.
void TrainElaborator::FindGiven(Inlined& inlined) const {
  const ColumnsBehind behind(inlined.building.graph);
  inlined.behind_arguments = MadeOf(inlined.building.graph, inlined.arguments, {});
  std::set<size_t> sets;
  for (NodeId argument : inlined.arguments) sets.insert(behind.SetOf(argument));
  for (size_t set : sets) {
    inlined.given.push_back(FileColumns(inlined, behind.Columns(set)));
    inlined.all_given.insert(inlined.given.back().begin(), inlined.given.back().end());
  }
}

// The name is read by the expression.
static bool ReadsName(const ast::Expr& expr, const std::string& name) {
  bool reads = expr.kind == ast::ExprKind::Name && expr.text == name;
  ast::ForEachPart(expr, [&](const ast::Expr& part) { reads = reads || ReadsName(part, name); });
  return reads;
}

// A definition that hides a column of the file from a line below it, which reads `blamed` by its name, and that line.
static std::pair<const ast::Stmt*, const ast::Stmt*> Hiding(const DataState& state, const std::string& blamed) {
  if (!state.schema || !state.decl->body) return {};
  const std::vector<ast::Stmt>& lines = state.decl->body->statements;
  for (const ast::Stmt& line : lines) {
    if (line.kind != ast::StmtKind::Define || line.targets.size() != 1 || line.targets[0]->kind != ast::ExprKind::Name || !line.value || !ReadsName(*line.value, blamed)) continue;
    const std::string& name = line.targets[0]->text;
    if (std::none_of(state.schema->begin(), state.schema->end(), [&](const ColumnInfo& column) { return column.name == name; })) continue;
    for (const ast::Stmt* below = &line + 1; below != lines.data() + lines.size(); ++below)
      if (below->kind == ast::StmtKind::Define && below->value && ReadsName(*below->value, name)) return {&line, below};
  }
  return {};
}

// A label among a model's inputs makes the figures perfect and the model useless. It is seen where all that a loss reads beside the models'
// results is given to models, too, and is not just what one of them is to give back (an autoencoder's input, a function's points). And a
// column of event weights tells a simulation's classes apart.
void TrainElaborator::WarnOfLabelAmongInputs(const Inlined& inlined) {
  const ir::Graph& graph = inlined.building.graph;
  auto warn = [&](const std::string& column, Span loss, const std::string& what) {
    for (const DataState& state : inlined.states)
      for (const RawColumn& raw : state.raw) {
        const std::vector<std::string> names = raw.FileColumns();
        auto at = std::find_if(names.begin(), names.end(), [&](const auto& name) { return state.header.name + "." + name == column; });
        if (at == names.end()) continue;
        auto& report = e_.Report(DiagnosticKind::LabelAmongInputs, raw.span, "the column `" + *at + "` is given to the model, and " + what);
        if (loss.Valid()) report.AddLabel(raw.span, "read here").AddLabel(loss, "compared here");
        if (const auto [hiding, below] = Hiding(state, *at); hiding != nullptr) {
          const std::string name = "`" + hiding->targets[0]->text + "`", line = std::to_string(shared_.sources.Locate(hiding->span.file, hiding->span.begin).line);
          report.AddNote(below->span, name + " here is what line " + line + " defines; the file has a column " + name + ", too");
          report.Help("where the column of the file is meant, this line stands above the one that defines another " + name);
        } else {
          report.Help("leave it out of what the model takes, as in `x = all except " + *at + "`");
        }
        return;
      }
  };
  Columns weights;
  for (size_t i = 0; i < inlined.fields.size(); ++i)
    for (const Scope::Entry& entry : inlined.fields[i].entries)
      if (entry.name == "weight" && entry.value.IsTensor()) {
        weights.merge(FileColumns(inlined, MadeOf(graph, {entry.value.node}, {})));
        const Columns plain = FileColumns(inlined, {OriginOfNode(graph, entry.value.node).node});
        if (!plain.empty() && IsWithin(plain, inlined.all_given)) warn(*plain.begin(), {}, "it is the events' weight");
      }
  for (NodeId loss : inlined.losses) {
    Columns compared = FileColumns(inlined, MadeOf(graph, {loss}, inlined.results));
    for (const std::string& column : weights) compared.erase(column);
    const bool given_back = std::find(inlined.given.begin(), inlined.given.end(), compared) != inlined.given.end();
    if (!compared.empty() && !given_back && IsWithin(compared, inlined.all_given))
      warn(*compared.begin(), graph[loss].span, "its answer is compared with nothing else");
  }
}

// One source of both files, by which the classes of two are told: `csv{["s.csv", "b.csv"], file = origin}`.
static std::string InOneSource(const SourceHeader& first, const SourceHeader& second) {
  const auto is_one = [](const SourceHeader& source) { return source.format == "csv" && source.beside.empty() && source.files.size() == 1 && source.files[0].paths.size() == 1; };
  if (!is_one(first) || !is_one(second)) return "prepare them in one data block, or leave the preparation out";
  const std::string one = "\"" + first.files[0].paths[0] + "\"", other = "\"" + second.files[0].paths[0] + "\"";
  return "if they are classes of one data set, read both in one data block: `csv{[" + one + ", " + other + "], file = origin}`, with the label `y = origin == " + one + "`";
}

// Events of two sources that are shifted and scaled apart are made alike, and lose what tells the sources apart.
void TrainElaborator::WarnOfFittedApart(const Inlined& inlined) {
  const ir::Graph& graph = inlined.building.graph;
  const ColumnsBehind columns(graph), fits(graph, ir::Role::Fitted);
  const auto source_of = [&](NodeId node) {
    std::set<int> sources;
    for (NodeId column : node == ir::kNoNode ? std::set<NodeId>() : columns.Columns(columns.SetOf(node))) sources.insert(graph[column].input().source);
    return sources.size() == 1 ? *sources.begin() : -1;
  };
  const auto fitted = [&](NodeId node) { return fits.Columns(fits.SetOf(node)); };
  std::map<const ast::Decl*, const Application*> firsts;
  for (const Application& other : inlined.applications) {
    const Application& first = *firsts.emplace(other.model, &other).first->second;
    for (size_t i = 0; i < other.arguments.size(); ++i) {
      const NodeId a = first.arguments[i].first, b = other.arguments[i].first;
      const int source_a = source_of(a), source_b = source_of(b);
      if (source_a < 0 || source_b < 0 || source_a == source_b || IsWithin(fitted(a), fitted(b)) || IsWithin(fitted(b), fitted(a))) continue;
      const SourceHeader &x = inlined.states[static_cast<size_t>(source_a)].header, &y = inlined.states[static_cast<size_t>(source_b)].header;
      e_.Report(DiagnosticKind::FittedApart, other.span, "`" + other.model->name + "` is given events of `" + x.name + "` and of `" + y.name + "`, and each are prepared by figures of their own")
          .AddLabel(other.span, "events of `" + y.name + "`").AddLabel(first.span, "events of `" + x.name + "`")
          .Help(InOneSource(x, y));
      return;
    }
  }
}

}  // namespace nnc::sema
