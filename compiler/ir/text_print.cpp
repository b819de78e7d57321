// Prints graphs. Nodes are called by their number, indices i, j, k, ... by position; a step of a body that is used twice (or
// nests too deep to read) is named by `let`. What the text says is exactly what Read makes of it.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "compiler/ir/text.h"

namespace nnc::ir {

namespace {

using Names = std::vector<std::string>;

std::string Quoted(const std::string& text) {
  static const char* digits = "0123456789abcdef";
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += std::string("\\") + c;
    else if (c == '\n') quoted += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20) quoted += std::string("\\x") + digits[(c >> 4) & 15] + digits[c & 15];
    else quoted += c;
  }
  return quoted + "\"";
}

bool IsWord(const std::string& text) {
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (text.empty() || !is_letter(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::string Literal(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[40];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return std::string(buffer, end);
}

// i, j, k, ... without t (the names of steps) and without the names of sizes that the node mentions.
Names IndexNames(const Comp& comp) {
  std::set<std::string> taken;
  auto take = [&taken](const Dim& dim) {
    if (dim.IsConstant()) return;
    for (std::string& name : dim.Symbols()) taken.insert(std::move(name));
  };
  for (const Dim& extent : comp.extents) take(extent);
  for (const Affine& relation : comp.relations) take(relation.constant);
  for (const Scalar& step : comp.body) take(step.extent);
  for (const Access& access : comp.accesses) {
    for (const Affine& subscript : access.subscripts) take(subscript.constant);
  }
  Names names;
  const std::string letters = "ijklmnopqrsuvwxyz";
  for (size_t number = 0; names.size() < comp.extents.size(); ++number) {
    std::string name(1, letters[number % letters.size()]);
    if (number >= letters.size()) name += std::to_string(number / letters.size());
    if (!taken.count(name)) names.push_back(std::move(name));
  }
  return names;
}

void AppendTerm(std::string& text, int64_t coefficient, const std::string& name) {
  if (text.empty()) text += coefficient < 0 ? "-" : "";
  else text += coefficient < 0 ? " - " : " + ";
  const int64_t magnitude = coefficient < 0 ? -coefficient : coefficient;
  text += (magnitude == 1 ? "" : std::to_string(magnitude) + "*") + name;
}

void AppendSize(std::string& text, const Dim& size) {
  if (size == Dim(0)) return;
  const std::string printed = size.ToString();
  if (text.empty()) text += printed;
  else text += printed[0] == '-' ? " - " + printed.substr(1) : " + " + printed;
}

std::string Subscript(const Affine& affine, const Names& names) {
  std::string text;
  for (const Affine::Term& term : affine.terms) AppendTerm(text, term.coefficient, names[static_cast<size_t>(term.index)]);
  AppendSize(text, affine.constant);
  return text.empty() ? "0" : text;
}

// "lhs == rhs" with only positive terms on either side; lhs - rhs is the relation.
std::string Relation(const Affine& relation, const Names& names) {
  std::string left, right;
  for (const Affine::Term& term : relation.terms) {
    const std::string& name = names[static_cast<size_t>(term.index)];
    if (term.coefficient > 0) AppendTerm(left, term.coefficient, name);
    else AppendTerm(right, -term.coefficient, name);
  }
  if (relation.constant.ToString()[0] == '-') AppendSize(right, -relation.constant);
  else AppendSize(left, relation.constant);
  return (left.empty() ? "0" : left) + " == " + (right.empty() ? "0" : right);
}

// The value of a body as nested calls.
class BodyPrinter {
 public:
  BodyPrinter(const Comp& comp, const Names& names) : comp_(comp), names_(names), step_names_(comp.body.size()) {}

  std::string Text() {
    const std::vector<bool> named = StepsToName();
    std::string lets;
    for (size_t s = 0; s < comp_.body.size(); ++s) {
      if (!named[s]) continue;
      const std::string value = Step(s);
      step_names_[s] = "t" + std::to_string(let_count_++);
      lets += (lets.empty() ? "let " : ", ") + step_names_[s] + " = " + value;
    }
    const std::string value = Step(comp_.body.size() - 1);
    return lets.empty() ? value : lets + " in " + value;
  }

 private:
  std::vector<bool> StepsToName() const {
    constexpr int kMaximumNesting = 40;
    const size_t count = comp_.body.size();
    std::vector<int> uses(count, 0), height(count, 0);
    uses[count - 1] = 1;
    for (size_t s = count; s-- > 0;) {
      if (uses[s] == 0) continue;
      for (int argument : comp_.body[s].arguments) {
        if (argument >= 0) ++uses[static_cast<size_t>(argument)];
      }
    }
    std::vector<bool> named(count, false);
    for (size_t s = 0; s + 1 < count; ++s) {
      const Scalar& step = comp_.body[s];
      if (step.kind != Scalar::Kind::Call || uses[s] == 0) continue;
      for (int argument : step.arguments) {
        if (argument >= 0) height[s] = std::max(height[s], height[static_cast<size_t>(argument)] + 1);
      }
      named[s] = uses[s] > 1 || height[s] >= kMaximumNesting;
      if (named[s]) height[s] = 0;
    }
    return named;
  }

  std::string Step(size_t s) const {
    if (!step_names_[s].empty()) return step_names_[s];
    const Scalar& step = comp_.body[s];
    switch (step.kind) {
      case Scalar::Kind::Access: return Read(comp_.accesses[static_cast<size_t>(step.index)]);
      case Scalar::Kind::Index: return names_[static_cast<size_t>(step.index)];
      case Scalar::Kind::Literal: return Literal(step.literal);
      case Scalar::Kind::Extent: return "size(" + step.extent.ToString() + ")";
      case Scalar::Kind::Call: break;
    }
    std::string text = std::string(Row(step.fn).name) + "(";
    for (int i = 0; i < Row(step.fn).arity; ++i) text += (i ? ", " : "") + Step(static_cast<size_t>(step.arguments[i]));
    return text + ")";
  }

  std::string Read(const Access& access) const {
    std::string text = "%" + std::to_string(access.operand) + (access.guarded ? "?[" : "[");
    for (size_t axis = 0; axis < access.subscripts.size(); ++axis) {
      text += (axis ? ", " : "") + Subscript(access.subscripts[axis], names_);
    }
    return text + "]";
  }

  const Comp& comp_;
  const Names& names_;
  Names step_names_;
  int let_count_ = 0;
};

std::string Indices(const Comp& comp, const Names& names, size_t begin, size_t end, size_t bar) {
  std::string text = "[";
  for (size_t i = begin; i < end; ++i) {
    text += i == bar ? (i == begin ? "| " : " | ") : i == begin ? "" : ", ";
    text += names[i] + ":" + comp.extents[i].ToString();
  }
  return text + "]";
}

std::string CompText(const Comp& comp) {
  const Names names = IndexNames(comp);
  const size_t rank = static_cast<size_t>(comp.rank), count = comp.extents.size();
  std::string text = "comp " + Indices(comp, names, 0, rank, count);
  if (comp.monoid != Monoid::None) {
    const bool arg = IsPlace(comp.monoid);
    const size_t bar = arg ? rank + static_cast<size_t>(comp.arg_count) : count;
    text += " " + std::string(Row(comp.monoid).name) + " " + Indices(comp, names, rank, count, bar);
  }
  for (size_t r = 0; r < comp.relations.size(); ++r) text += (r ? ", " : " where ") + Relation(comp.relations[r], names);
  return text + " : " + BodyPrinter(comp, names).Text();
}

std::string InputText(const Node& node) {
  const Input& input = node.input();
  std::string text = std::string("input ") + Name(input.role) + " " + Name(input.dtype) + " " + ToString(node.shape);
  if (input.role == Role::Column) text += " source " + std::to_string(input.source);
  return text + " " + Quoted(input.name);
}

std::string RandomText(const Node& node) {
  const Random& random = node.random();
  std::string text = "random " + ToString(node.shape) + " place " + std::to_string(random.place) + " word " + std::to_string(random.word);
  if (random.per_row) text += " per row source " + std::to_string(random.source);
  return text;
}

// Only graphs as they are written have derivatives: they are shown, not read back.
std::string DerivativeText(const Derivative& derivative) {
  auto name = [](NodeId id) { return "%" + std::to_string(id); };
  return std::string("derivative ") + (derivative.forward ? "forward of " : "of ") + name(derivative.y) + " by " + name(derivative.x) +
         " along " + name(derivative.direction);
}

std::string GraphText(const Graph& graph, const std::string& margin);

// The body stands between braces, with numbers of its own.
std::string ScanText(const Scan& scan, const std::string& margin) {
  std::string text = std::string("scan ") + (scan.down ? "down " : "up ") + scan.count.ToString();
  if (scan.checkpointed) text += " checkpointed";
  for (size_t i = 0; i < scan.operands.size(); ++i) text += (i ? ", %" : " of %") + std::to_string(scan.operands[i]);
  return text + " {\n" + GraphText(*scan.body, margin + "  ") + margin + "}";
}

std::string NodeText(const Node& node, const std::string& margin) {
  switch (node.op()) {
    case Node::Op::Input: return InputText(node);
    case Node::Op::Comp: return CompText(node.comp());
    case Node::Op::Random: return RandomText(node);
    case Node::Op::Derivative: return DerivativeText(node.derivative());
    case Node::Op::Scan: return ScanText(node.scan(), margin);
    case Node::Op::Part: return "part " + std::to_string(node.part().output) + " of %" + std::to_string(node.part().scan);
  }
  return "";
}

// The nodes, the signature where it is not in their order, the outputs.
std::string GraphText(const Graph& graph, const std::string& margin) {
  std::string text;
  std::vector<NodeId> in_order;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    if (graph.nodes[n].op() == Node::Op::Input) in_order.push_back(static_cast<NodeId>(n));
    text += margin + "%" + std::to_string(n) + " = " + NodeText(graph.nodes[n], margin) + "\n";
  }
  if (in_order != graph.inputs) {
    text += margin + "signature";
    for (size_t i = 0; i < graph.inputs.size(); ++i) text += (i ? ", %" : " %") + std::to_string(graph.inputs[i]);
    text += "\n";
  }
  for (const Output& output : graph.outputs) {
    text += margin + "output " + Quoted(output.name) + " %" + std::to_string(output.node);
    if (output.updates != kNoNode) text += " updates %" + std::to_string(output.updates);
    text += "\n";
  }
  return text;
}

}  // namespace

std::string Print(const Graph& graph) {
  return "graph " + (IsWord(graph.name) ? graph.name : Quoted(graph.name)) + "\n" + GraphText(graph, "");
}

}  // namespace nnc::ir
