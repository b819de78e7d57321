#include "compiler/passes/events.h"

#include <algorithm>
#include <cassert>
#include <map>

#include "compiler/ir/walk.h"

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

// Elements per event of an axis with c * N elements, or nothing.
static std::optional<int64_t> PerEvent(const Dim& size, std::string_view symbol) {
  if (!Mentions(size, symbol)) return std::nullopt;
  const std::optional<int64_t> factor = size.Substitute(symbol, Dim(1)).Evaluate([](std::string_view) { return std::nullopt; });
  if (!factor || *factor < 1 || !(size == Dim::Symbol(symbol) * Dim(*factor))) return std::nullopt;
  return factor;
}

// Arrays from outside, and draws by event number: axis 0 counts events.
static EventUse Rows(const Node& node, NodeId id, std::string_view symbol) {
  const int axes = AxesWith(node.shape, symbol);
  if (axes == 0) return {};
  if (axes == 1 && node.shape[0] == Dim::Symbol(symbol)) return {Kind::Own, 0, ir::kNoNode};
  return {Kind::Mixed, -1, id};
}

namespace {

// One comprehension: which of its axes runs over events, if each of its elements is made of one.
class CompUse {
 public:
  CompUse(const Graph& graph, NodeId id, std::string_view symbol, const std::vector<EventUse>& uses)
      : graph_(graph), id_(id), comp_(graph[id].comp()), symbol_(symbol), uses_(uses), same_(comp_.extents.size(), false) {}

  EventUse Find() {
    for (const ir::Access& access : comp_.accesses) {
      const EventUse& use = uses_[static_cast<size_t>(access.operand)];
      if (use.kind == Kind::Mixed) return use;
    }
    if (!FindAxis() || !TieIndices() || CountsOrNumbers()) return {Kind::Mixed, -1, id_};
    bool reads = false;
    for (const ir::Access& access : comp_.accesses) {
      for (const Affine& subscript : access.subscripts)
        if (Mentions(subscript.constant, symbol_)) return {Kind::Mixed, -1, id_};
      const EventUse& use = uses_[static_cast<size_t>(access.operand)];
      if (use.kind != Kind::Own) continue;
      reads = true;
      const Affine& subscript = access.subscripts[static_cast<size_t>(use.axis)];
      const Dim& size = graph_.ShapeOf(access.operand)[static_cast<size_t>(use.axis)];
      if (!subscript.IsBare() || !same_[static_cast<size_t>(subscript.BareIndex())] || !(Extent(subscript.BareIndex()) == size))
        return {Kind::Mixed, -1, id_};
    }
    if (!reads) return {};
    return {Kind::Own, axis_, ir::kNoNode};
  }

 private:
  const Dim& Extent(int index) const { return comp_.extents[static_cast<size_t>(index)]; }

  // The output's axis of events; false if there are several, or one that is no multiple of their number.
  bool FindAxis() {
    for (int index = 0; index < comp_.rank; ++index) {
      if (!Mentions(Extent(index), symbol_)) continue;
      if (axis_ >= 0 || !PerEvent(Extent(index), symbol_)) return false;
      axis_ = index;
    }
    if (axis_ >= 0) same_[static_cast<size_t>(axis_)] = true;
    return true;
  }

  // Marks the reduction indices that relations tie to the event of the output's axis; false if one runs over events and is free, or if
  // a relation says anything else of them.
  bool TieIndices() {
    for (const Affine& relation : comp_.relations) {
      if (Mentions(relation.constant, symbol_)) return false;
      std::vector<int> events;
      for (const Affine::Term& term : relation.terms)
        if (Mentions(Extent(term.index), symbol_)) events.push_back(term.index);
      if (events.empty()) continue;
      if (events.size() != 2 || events[0] != axis_ || !(IsTie(relation, events[0], events[1]) || IsTie(relation, events[1], events[0]))) return false;
      same_[static_cast<size_t>(events[1])] = true;
    }
    for (size_t index = 0; index < same_.size(); ++index)
      if (!same_[index] && Mentions(comp_.extents[index], symbol_)) return false;
    return true;
  }

  // Whether a relation says fine == k * coarse + rest with 0 <= rest < k, so that both belong to one event.
  bool IsTie(const Affine& relation, int fine, int coarse) const {
    const std::optional<int64_t> many = PerEvent(Extent(fine), symbol_), few = PerEvent(Extent(coarse), symbol_);
    const int64_t sign = relation.Coefficient(fine), factor = -sign * relation.Coefficient(coarse);
    if (!many || !few || (sign != 1 && sign != -1) || factor < 1 || *many != factor * *few || !relation.constant.IsConstant()) return false;
    int64_t least = -sign * relation.constant.Constant(), most = least;
    for (const Affine::Term& term : relation.terms) {
      if (term.index == fine || term.index == coarse) continue;
      if (!Extent(term.index).IsConstant()) return false;
      const int64_t span = -sign * term.coefficient * (Extent(term.index).Constant() - 1);
      (span < 0 ? least : most) += span;
    }
    return least >= 0 && most < factor;
  }

  // Whether the body uses the number of events, or an event's own.
  bool CountsOrNumbers() const {
    return std::any_of(comp_.body.begin(), comp_.body.end(), [&](const Scalar& step) {
      if (step.kind == Scalar::Kind::Extent) return Mentions(step.extent, symbol_);
      return step.kind == Scalar::Kind::Index && Mentions(Extent(step.index), symbol_);
    });
  }

  const Graph& graph_;
  const NodeId id_;
  const Comp& comp_;
  const std::string_view symbol_;
  const std::vector<EventUse>& uses_;
  int axis_ = -1;
  std::vector<bool> same_;  // indices that stay with the event of the output's axis
};

}  // namespace

// Of a value that may be either.
static EventUse Joined(const EventUse& a, const EventUse& b, NodeId id) {
  if (a.kind == Kind::Mixed || b.kind == Kind::None) return a;
  if (b.kind == Kind::Mixed || a.kind == Kind::None) return b;
  return a.axis == b.axis ? a : EventUse{Kind::Mixed, -1, id};
}

// The same with the axis of turns in front (1) or taken away (-1).
static EventUse Shifted(EventUse use, int axes, NodeId id) {
  if (use.kind != Kind::Own) return use;
  use.axis += axes;
  return use.axis < 0 ? EventUse{Kind::Mixed, -1, id} : use;
}

static std::vector<EventUse> UsesIn(const Graph& graph, std::string_view symbol, const std::map<NodeId, EventUse>& given);

// Of the outputs of a scan's body: states depend on what they depended on in the turn before.
static std::vector<EventUse> ScanUses(const Graph& graph, NodeId id, std::string_view symbol, const std::vector<EventUse>& uses) {
  const ir::Scan& scan = graph[id].scan();
  const Graph& body = *scan.body;
  std::map<NodeId, EventUse> inputs;
  for (size_t i = 0; i < scan.operands.size(); ++i) {
    const bool slice = body[body.inputs[i]].input().role == ir::Role::Slice;
    inputs[body.inputs[i]] = Shifted(uses[static_cast<size_t>(scan.operands[i])], slice ? -1 : 0, id);
  }
  std::vector<EventUse> outputs;
  for (bool grows = true; grows;) {
    grows = false;
    const std::vector<EventUse> inside = UsesIn(body, symbol, inputs);
    outputs.clear();
    for (const ir::Output& output : body.outputs) {
      EventUse use = inside[static_cast<size_t>(output.node)];
      if (use.kind == Kind::Mixed || Mentions(scan.count, symbol)) use = {Kind::Mixed, -1, id};
      if (output.updates != ir::kNoNode) {
        EventUse& state = inputs[output.updates];
        const EventUse joined = Joined(state, use, id);
        grows = grows || joined.kind != state.kind;
        state = use = joined;
      }
      outputs.push_back(Shifted(use, 1, id));
    }
  }
  return outputs;
}

std::vector<EventUse> EventUses(const Graph& graph, std::string_view symbol) { return UsesIn(graph, symbol, {}); }

// `given` are the uses of some inputs, those of a scan's body.
static std::vector<EventUse> UsesIn(const Graph& graph, std::string_view symbol, const std::map<NodeId, EventUse>& given) {
  std::vector<EventUse> uses;
  std::map<NodeId, std::vector<EventUse>> scans;
  uses.reserve(graph.nodes.size());
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    const NodeId id = static_cast<NodeId>(n);
    switch (node.op()) {
      case Node::Op::Input: uses.push_back(given.count(id) != 0 ? given.at(id) : Rows(node, id, symbol)); break;
      case Node::Op::Scan:
        scans[id] = ScanUses(graph, id, symbol, uses);
        uses.push_back({});
        break;
      case Node::Op::Part: uses.push_back(scans.at(node.part().scan)[static_cast<size_t>(node.part().output)]); break;
      case Node::Op::Random:
        // A draw that is not keyed by the event's number is keyed by its place in the call.
        if (node.random().per_row || AxesWith(node.shape, symbol) == 0) uses.push_back(Rows(node, id, symbol));
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
  if (graph[id].op() != Node::Op::Comp) return false;
  const Comp& comp = graph[id].comp();
  const bool folds = comp.monoid == ir::Monoid::Sum || comp.monoid == ir::Monoid::Prod || comp.monoid == ir::Monoid::Max ||
                     comp.monoid == ir::Monoid::Min;
  int event = -1;
  for (size_t i = 0; i < comp.extents.size(); ++i) {
    if (!Mentions(comp.extents[i], symbol)) continue;
    if (event >= 0 || static_cast<int>(i) < comp.rank || !PerEvent(comp.extents[i], symbol)) return false;
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
      if (node.op() == Node::Op::Scan || CountsEvents(node.shape) || !ReadsEvents(new_.nodes[static_cast<size_t>(id)])) continue;
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
    const std::vector<NodeId> operands = ir::Operands(node);
    return std::any_of(operands.begin(), operands.end(), [&](NodeId operand) {
      return CountsEvents(new_.ShapeOf(operand)) || (new_[operand].op() == Node::Op::Scan && ReadsEvents(new_[operand]));
    });
  }

  NodeId AddFitted(std::string name, ir::Shape shape, Span span) {
    Node node;
    node.shape = std::move(shape);
    node.content = ir::Input{ir::Role::Fitted, ir::DType::F32, std::move(name), 0};
    node.span = span;
    new_.nodes.push_back(std::move(node));
    added_.push_back(static_cast<NodeId>(new_.nodes.size()) - 1);
    return added_.back();
  }

  // Inputs for the sizes that stand in formulas.
  void AddSizes() {
    for (const Node& node : old_.nodes) {
      if (node.op() != Node::Op::Comp) continue;
      for (const Scalar& step : node.comp().body)
        if (step.kind == Scalar::Kind::Extent && CountsEvents(step.extent) && sizes_.count(step.extent.ToString()) == 0)
          sizes_[step.extent.ToString()] = AddFitted(std::string(kSizePrefix) + step.extent.ToString(), {}, node.span);
    }
  }

  // The node with its operands renamed and sizes read from their inputs.
  NodeId Add(const Node& node) {
    Node moved = node;
    ir::RenameOperands(moved, [&](NodeId id) { return renamed_[static_cast<size_t>(id)]; });
    if (ir::Comp* comp = moved.if_comp()) ReadSizes(*comp);
    new_.nodes.push_back(std::move(moved));
    renamed_.push_back(static_cast<NodeId>(new_.nodes.size()) - 1);
    return renamed_.back();
  }

  void ReadSizes(ir::Comp& comp) {
    for (Scalar& step : comp.body) {
      if (step.kind != Scalar::Kind::Extent || !CountsEvents(step.extent)) continue;
      const NodeId size = sizes_.at(step.extent.ToString());
      step = Scalar{};
      step.kind = Scalar::Kind::Access;
      step.index = static_cast<int>(comp.accesses.size());
      comp.accesses.push_back({size, {}, false});
    }
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
        if (FoldsEvents(new_, id, symbols_[s], uses)) totals_[t].monoid = new_[id].comp().monoid;
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
