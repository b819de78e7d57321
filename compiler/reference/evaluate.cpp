#include "compiler/reference/evaluate.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "compiler/ir/walk.h"
#include "compiler/reference/comprehension.h"
#include "compiler/reference/random_numbers.h"

namespace nnc::reference {

void Fail(const std::string& message) {
  std::fprintf(stderr, "reference evaluator: %s\n", message.c_str());
  std::abort();
}

namespace {

class Evaluator {
 public:
  Evaluator(const ir::Graph& graph, const Context& context) : graph_(graph), context_(context), values_(graph.nodes.size()) {}

  // Values of the given nodes; those of the nodes they need are kept.
  void Run(const std::vector<ir::NodeId>& wanted) {
    std::vector<bool> needed(graph_.nodes.size(), false);
    for (ir::NodeId id : wanted) needed[static_cast<size_t>(id)] = true;
    for (size_t n = graph_.nodes.size(); n-- > 0;) {
      if (!needed[n]) continue;
      for (ir::NodeId operand : ir::Operands(graph_.nodes[n])) needed[static_cast<size_t>(operand)] = true;
    }
    for (size_t n = 0; n < graph_.nodes.size(); ++n) {
      if (needed[n]) values_[n] = Value(graph_.nodes[n]);
    }
  }

  const Tensor& operator[](ir::NodeId id) const { return values_[static_cast<size_t>(id)]; }

 private:
  int64_t Size(const ir::Dim& dim) const {
    if (dim.IsConstant()) return dim.Constant();
    std::optional<int64_t> value = dim.Evaluate([this](std::string_view symbol) -> std::optional<int64_t> {
      auto found = context_.extents.find(std::string(symbol));
      if (found == context_.extents.end()) return std::nullopt;
      return found->second;
    });
    if (!value) Fail("the size " + dim.ToString() + " is not bound");
    return *value;
  }

  std::vector<int64_t> Sizes(const ir::Shape& shape) const {
    std::vector<int64_t> sizes;
    for (const ir::Dim& dim : shape) sizes.push_back(Size(dim));
    return sizes;
  }

  Tensor Value(const ir::Node& node) const {
    switch (node.op()) {
      case ir::Node::Op::Input: return Bound(node);
      case ir::Node::Op::Random: return Draw(node);
      case ir::Node::Op::Derivative: Fail("a derivative is left to take");
      case ir::Node::Op::Scan: return {};  // its parts have values
      case ir::Node::Op::Part: return OfScan(node.part());
      case ir::Node::Op::Comp:
        return EvaluateComp(node.comp(), values_, [this](const ir::Dim& dim) { return Size(dim); });
    }
    return {};
  }

  Tensor Bound(const ir::Node& node) const {
    auto found = context_.inputs.find(node.input().name);
    if (found == context_.inputs.end()) Fail("input \"" + node.input().name + "\" is not bound");
    if (found->second.shape != Sizes(node.shape)) Fail("input \"" + node.input().name + "\" has another shape than " + ToString(node.shape));
    return found->second;
  }

  // The parts of a scan, made turn by turn when the first of them is asked for.
  Tensor OfScan(const ir::Part& part) const {
    std::vector<Tensor>& parts = scans_[part.scan];
    if (parts.empty()) parts = RunScan(graph_[part.scan].scan());
    return parts[static_cast<size_t>(part.output)];
  }

  static int64_t Elements(const Tensor& tensor) {
    int64_t elements = 1;
    for (int64_t size : tensor.shape) elements *= size;
    return elements;
  }

  // Element t of axis 0.
  static Tensor Element(const Tensor& tensor, int64_t t) {
    Tensor element{{tensor.shape.begin() + 1, tensor.shape.end()}, {}};
    const int64_t size = Elements(element);
    element.values.assign(tensor.values.begin() + t * size, tensor.values.begin() + (t + 1) * size);
    return element;
  }

  static void Set(Tensor& tensor, int64_t t, const Tensor& element) {
    std::copy(element.values.begin(), element.values.end(), tensor.values.begin() + t * Elements(element));
  }

  std::vector<Tensor> RunScan(const ir::Scan& scan) const {
    const ir::Graph& body = *scan.body;
    const int64_t count = Size(scan.count);
    std::vector<Tensor> parts;
    for (size_t i = 0; i < body.outputs.size(); ++i) {
      parts.push_back({Sizes(ir::ShapeOfPart(scan, static_cast<int>(i))), {}});
      parts.back().values.resize(static_cast<size_t>(Elements(parts.back())));
    }
    Context turn = context_;
    auto carry = [&](size_t output, const Tensor& state) { turn.inputs[body[body.outputs[output].updates].input().name] = state; };
    for (size_t i = 0; i < body.inputs.size(); ++i) {
      const ir::Input& input = body[body.inputs[i]].input();
      const Tensor& operand = values_[static_cast<size_t>(scan.operands[i])];
      if (input.role != ir::Role::Slice) turn.inputs[input.name] = operand;
      for (size_t output = 0; output < body.outputs.size(); ++output)
        if (body.outputs[output].updates == body.inputs[i]) Set(parts[output], scan.down ? count : 0, operand);
    }
    for (int64_t number = 0; number < count; ++number) {
      const int64_t t = scan.down ? count - 1 - number : number;
      for (size_t i = 0; i < body.inputs.size(); ++i) {
        const ir::Input& input = body[body.inputs[i]].input();
        if (input.role == ir::Role::Slice) turn.inputs[input.name] = Element(values_[static_cast<size_t>(scan.operands[i])], t);
      }
      const std::vector<Tensor> results = Evaluate(body, turn);
      for (size_t output = 0; output < results.size(); ++output) {
        const bool state = body.outputs[output].updates != ir::kNoNode;
        Set(parts[output], state && !scan.down ? t + 1 : t, results[output]);
        if (state) carry(output, results[output]);
      }
    }
    return parts;
  }

  // The counter of a draw is written down at ir::Random.
  Tensor Draw(const ir::Node& node) const {
    const ir::Random& random = node.random();
    Tensor result{Sizes(node.shape), {}};
    int64_t rows = 1, elements = 1;
    for (size_t axis = 0; axis < result.shape.size(); ++axis) {
      (random.per_row && axis == 0 ? rows : elements) *= result.shape[axis];
    }
    for (int64_t row = 0; row < rows; ++row) {
      int64_t event = context_.step;
      if (random.per_row) event = context_.rows.empty() ? row : context_.rows.at(static_cast<size_t>(row));
      for (int64_t element = 0; element < elements; ++element) {
        const auto block = Philox({static_cast<uint32_t>(element), static_cast<uint32_t>(event), random.place, random.per_row ? 1u : 0u}, context_.seed);
        result.values.push_back(static_cast<double>(block[random.word] >> 8) * 0x1p-24);
      }
    }
    return result;
  }

  const ir::Graph& graph_;
  const Context& context_;
  std::vector<Tensor> values_;
  mutable std::map<ir::NodeId, std::vector<Tensor>> scans_;
};

}  // namespace

std::vector<Tensor> Evaluate(const ir::Graph& graph, const Context& context) {
  std::vector<ir::NodeId> wanted;
  for (const ir::Output& output : graph.outputs) wanted.push_back(output.node);
  Evaluator evaluator(graph, context);
  evaluator.Run(wanted);
  std::vector<Tensor> values;
  for (ir::NodeId id : wanted) values.push_back(evaluator[id]);
  return values;
}

Tensor EvaluateNode(const ir::Graph& graph, ir::NodeId node, const Context& context) {
  Evaluator evaluator(graph, context);
  evaluator.Run({node});
  return evaluator[node];
}

}  // namespace nnc::reference
