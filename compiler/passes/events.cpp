#include "compiler/passes/events.h"

#include <algorithm>
#include <cassert>
#include <map>

namespace nnc::passes {

using ir::Affine;
using ir::Comp;
using ir::Dim;
using ir::Graph;
using ir::Node;
using ir::NodeId;
using ir::Scalar;
using Kind = EventUse::Kind;

static bool Mentions(const Dim& dim, std::string_view symbol) {
  if (dim.IsConstant()) return false;
  const std::vector<std::string> symbols = dim.Symbols();
  return std::find(symbols.begin(), symbols.end(), symbol) != symbols.end();
}

static int AxesWith(const ir::Shape& shape, std::string_view symbol) {
  return static_cast<int>(std::count_if(shape.begin(), shape.end(), [&](const Dim& size) { return Mentions(size, symbol); }));
}

// Arrays from outside, and draws by event number: axis 0 counts events.
static EventUse Rows(const Node& node, NodeId id, std::string_view symbol) {
  const int axes = AxesWith(node.shape, symbol);
  if (axes == 0) return {};
  if (axes == 1 && node.shape[0] == Dim::Symbol(symbol)) return {Kind::Own, 0, ir::kNoNode};
  return {Kind::Mixed, -1, id};
}

namespace {

// One comprehension: which of its indices runs over events, if each of its elements is made of one.
class CompUse {
 public:
  CompUse(const Graph& graph, NodeId id, std::string_view symbol, const std::vector<EventUse>& uses)
      : graph_(graph), id_(id), comp_(graph[id].comp), symbol_(symbol), uses_(uses) {}

  EventUse Find() {
    for (size_t i = 0; i < comp_.extents.size(); ++i) {
      if (!Mentions(comp_.extents[i], symbol_)) continue;
      if (static_cast<int>(i) >= comp_.rank || !CountsEvents(static_cast<int>(i))) return Mixed(id_);
    }
    for (const Affine& relation : comp_.relations)
      if (Mentions(relation.constant, symbol_)) return Mixed(id_);
    for (const Scalar& step : comp_.body) {
      if (step.kind == Scalar::Kind::Extent && Mentions(step.extent, symbol_)) return Mixed(id_);
      if (step.kind == Scalar::Kind::Index && CountsEvents(step.index)) return Mixed(id_);
    }
    int event = -1;
    for (const ir::Access& access : comp_.accesses) {
      const EventUse& use = uses_[static_cast<size_t>(access.operand)];
      if (use.kind == Kind::Mixed) return use;
      const std::optional<int> index = EventIndex(access, use);
      if (!index || (*index >= 0 && event >= 0 && event != *index)) return Mixed(id_);
      event = std::max(event, *index);
    }
    if (event < 0) return {};
    for (const Affine& relation : comp_.relations)
      if (relation.Coefficient(event) != 0) return Mixed(id_);
    if (AxesWith(graph_[id_].shape, symbol_) != 1) return Mixed(id_);
    return {Kind::Own, event, ir::kNoNode};
  }

 private:
  EventUse Mixed(NodeId culprit) const { return {Kind::Mixed, -1, culprit}; }
  bool CountsEvents(int index) const { return comp_.extents[static_cast<size_t>(index)] == Dim::Symbol(symbol_); }

  // The output index that an access has on its operand's axis of events; -1 if it reads no event; nothing if it is none.
  std::optional<int> EventIndex(const ir::Access& access, const EventUse& use) const {
    for (const Affine& subscript : access.subscripts)
      if (Mentions(subscript.constant, symbol_)) return std::nullopt;
    if (use.kind == Kind::None) return -1;
    const Affine& subscript = access.subscripts[static_cast<size_t>(use.axis)];
    if (!subscript.IsBare() || subscript.BareIndex() >= comp_.rank || !CountsEvents(subscript.BareIndex())) return std::nullopt;
    return subscript.BareIndex();
  }

  const Graph& graph_;
  const NodeId id_;
  const Comp& comp_;
  const std::string_view symbol_;
  const std::vector<EventUse>& uses_;
};

}  // namespace

std::vector<EventUse> EventUses(const Graph& graph, std::string_view symbol) {
  std::vector<EventUse> uses;
  uses.reserve(graph.nodes.size());
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    const NodeId id = static_cast<NodeId>(n);
    switch (node.op) {
      case Node::Op::Input: uses.push_back(Rows(node, id, symbol)); break;
      case Node::Op::Random:
        // A draw that is not keyed by the event's number is keyed by its place in the call.
        if (node.random.per_row || AxesWith(node.shape, symbol) == 0) uses.push_back(Rows(node, id, symbol));
        else uses.push_back({Kind::Mixed, -1, id});
        break;
      case Node::Op::Derivative: uses.push_back({Kind::Mixed, -1, id}); break;
      case Node::Op::Comp: uses.push_back(CompUse(graph, id, symbol, uses).Find()); break;
    }
  }
  return uses;
}

NodeId MixesEvents(const Graph& graph, std::string_view symbol) {
  const std::vector<EventUse> uses = EventUses(graph, symbol);
  for (const ir::Output& output : graph.outputs) {
    const EventUse& use = uses[static_cast<size_t>(output.node)];
    const ir::Shape& shape = graph.ShapeOf(output.node);
    if (use.kind == Kind::Mixed) return use.culprit;
    if (use.kind == Kind::Own && use.axis != 0) return output.node;
    const int axes = AxesWith(shape, symbol);
    if (axes > 1 || (axes == 1 && !(shape[0] == Dim::Symbol(symbol)))) return output.node;
  }
  return ir::kNoNode;
}

// Whether a node without axes of events is a fold over the events of one source, each of which contributes its own share.
static bool FoldsEvents(const Graph& graph, NodeId id, std::string_view symbol, const std::vector<EventUse>& uses) {
  const Comp& comp = graph[id].comp;
  const bool folds = comp.monoid == ir::Monoid::Sum || comp.monoid == ir::Monoid::Prod || comp.monoid == ir::Monoid::Max ||
                     comp.monoid == ir::Monoid::Min;
  int event = -1;
  for (size_t i = 0; i < comp.extents.size(); ++i) {
    if (!Mentions(comp.extents[i], symbol)) continue;
    if (event >= 0 || static_cast<int>(i) < comp.rank || !(comp.extents[i] == Dim::Symbol(symbol))) return false;
    event = static_cast<int>(i);
  }
  if (!folds || event < 0) return false;
  for (const Affine& relation : comp.relations)
    if (relation.Coefficient(event) != 0 || Mentions(relation.constant, symbol)) return false;
  for (const Scalar& step : comp.body)
    if ((step.kind == Scalar::Kind::Index && step.index == event) || (step.kind == Scalar::Kind::Extent && Mentions(step.extent, symbol)))
      return false;
  return std::all_of(comp.accesses.begin(), comp.accesses.end(), [&](const ir::Access& access) {
    const EventUse& use = uses[static_cast<size_t>(access.operand)];
    if (use.kind != Kind::Own) return use.kind == Kind::None;
    const Affine& subscript = access.subscripts[static_cast<size_t>(use.axis)];
    return subscript.IsBare() && subscript.BareIndex() == event;
  });
}

namespace {

class Cut {
 public:
  Cut(const Graph& graph, std::span<const std::string> symbols) : old_(graph), symbols_(symbols) {}

  std::vector<EventTotal> Run(Graph& result) {
    AddSizes();
    for (const Node& node : old_.nodes) {
      const NodeId id = Add(node);
      if (node.op != Node::Op::Comp || CountsEvents(node.shape) || !ReadsEvents(new_.nodes[static_cast<size_t>(id)])) continue;
      MakeTotal(id);
    }
    for (NodeId input : old_.inputs) new_.inputs.push_back(renamed_[static_cast<size_t>(input)]);
    new_.inputs.insert(new_.inputs.end(), added_.begin(), added_.end());
    for (const ir::Output& output : old_.outputs) {
      ir::Output moved = output;
      moved.node = renamed_[static_cast<size_t>(output.node)];
      if (output.updates != ir::kNoNode) moved.updates = renamed_[static_cast<size_t>(output.updates)];
      new_.outputs.push_back(std::move(moved));
    }
    AddDefinitions();
    new_.name = old_.name;
    result = std::move(new_);
    return std::move(totals_);
  }

 private:
  bool CountsEvents(const Dim& dim) const {
    return std::any_of(symbols_.begin(), symbols_.end(), [&](const std::string& symbol) { return Mentions(dim, symbol); });
  }
  bool CountsEvents(const ir::Shape& shape) const {
    return std::any_of(shape.begin(), shape.end(), [&](const Dim& size) { return CountsEvents(size); });
  }
  bool ReadsEvents(const Node& node) const {
    return std::any_of(node.comp.accesses.begin(), node.comp.accesses.end(),
                       [&](const ir::Access& access) { return CountsEvents(new_.ShapeOf(access.operand)); });
  }

  NodeId AddFitted(std::string name, ir::Shape shape, Span span) {
    Node node;
    node.op = Node::Op::Input;
    node.shape = std::move(shape);
    node.input = {ir::Role::Fitted, ir::DType::F32, std::move(name), 0};
    node.span = span;
    new_.nodes.push_back(std::move(node));
    added_.push_back(static_cast<NodeId>(new_.nodes.size()) - 1);
    return added_.back();
  }

  // Inputs for the sizes that stand in formulas.
  void AddSizes() {
    for (const Node& node : old_.nodes)
      for (const Scalar& step : node.comp.body)
        if (step.kind == Scalar::Kind::Extent && CountsEvents(step.extent) && sizes_.count(step.extent.ToString()) == 0)
          sizes_[step.extent.ToString()] = AddFitted(std::string(kSizePrefix) + step.extent.ToString(), {}, node.span);
  }

  // The node with its operands renamed and sizes read from their inputs.
  NodeId Add(const Node& node) {
    Node moved = node;
    for (ir::Access& access : moved.comp.accesses) access.operand = renamed_[static_cast<size_t>(access.operand)];
    for (Scalar& step : moved.comp.body) {
      if (step.kind != Scalar::Kind::Extent || !CountsEvents(step.extent)) continue;
      const NodeId size = sizes_.at(step.extent.ToString());
      step = Scalar{};
      step.kind = Scalar::Kind::Access;
      step.index = static_cast<int>(moved.comp.accesses.size());
      moved.comp.accesses.push_back({size, {}, false});
    }
    new_.nodes.push_back(std::move(moved));
    renamed_.push_back(static_cast<NodeId>(new_.nodes.size()) - 1);
    return renamed_.back();
  }

  void MakeTotal(NodeId id) {
    Node definition = new_.nodes[static_cast<size_t>(id)];
    new_.nodes.pop_back();
    const std::string name = "over events." + std::to_string(totals_.size());
    renamed_.back() = AddFitted(name, definition.shape, definition.span);
    totals_.push_back({name, name + ".of", ir::Monoid::None, 0});
    definitions_.push_back(std::move(definition));
  }

  // Behind all others, so that numbers stay topological.
  void AddDefinitions() {
    const size_t first = new_.nodes.size();
    for (Node& definition : definitions_) {
      new_.outputs.push_back({totals_[new_.nodes.size() - first].output, static_cast<NodeId>(new_.nodes.size()), ir::kNoNode});
      new_.nodes.push_back(std::move(definition));
    }
    for (size_t s = symbols_.size(); s-- > 0;) {
      const std::vector<EventUse> uses = EventUses(new_, symbols_[s]);
      for (size_t t = 0; t < totals_.size(); ++t) {
        const NodeId id = static_cast<NodeId>(first + t);
        if (totals_[t].monoid != ir::Monoid::None) continue;
        if (FoldsEvents(new_, id, symbols_[s], uses)) totals_[t].monoid = new_[id].comp.monoid;
        if (totals_[t].monoid != ir::Monoid::None || uses[static_cast<size_t>(id)].kind != Kind::None) totals_[t].symbol = s;
      }
    }
  }

  const Graph& old_;
  Graph new_;
  std::span<const std::string> symbols_;
  std::vector<NodeId> renamed_;         // by old number
  std::vector<NodeId> added_;           // inputs
  std::map<std::string, NodeId> sizes_;  // inputs, by size
  std::vector<EventTotal> totals_;
  std::vector<Node> definitions_;       // of the totals
};

}  // namespace

std::vector<EventTotal> CutAtEvents(Graph& graph, std::span<const std::string> symbols) {
  const Graph old = std::move(graph);
  return Cut(old, symbols).Run(graph);
}

}  // namespace nnc::passes
