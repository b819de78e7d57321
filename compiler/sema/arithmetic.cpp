// Arithmetic on values: constants fold, index expressions stay exact, tensors broadcast. A tensor's axes are first the indices it
// depends on, matched by identity, then positional ones, matched from the right as in NumPy.
#include <algorithm>
#include <cmath>

#include "compiler/ir/walk.h"
#include "compiler/sema/applications.h"
#include "compiler/sema/builtins.h"
#include "compiler/sema/columns.h"
#include "compiler/sema/file_columns.h"
#include "compiler/sema/foreign_names.h"
#include "compiler/sema/reductions.h"

namespace nnc::sema {

using ast::Operator;
using ir::Operand;

const char* VerbOf(Operator op) {
  switch (op) {
    case Operator::Add: return "add";
    case Operator::Subtract: return "subtract";
    case Operator::Multiply: return "multiply";
    case Operator::Divide:
    case Operator::FloorDivide:
    case Operator::Modulo: return "divide";
    case Operator::Power: return "raise";
    case Operator::MatrixMultiply: return "matrix-multiply";
    case Operator::Equal:
    case Operator::NotEqual:
    case Operator::Less:
    case Operator::LessEqual:
    case Operator::Greater:
    case Operator::GreaterEqual: return "compare";
    case Operator::And:
    case Operator::Or: return "combine";
    case Operator::Negate:
    case Operator::Not: return "negate";
  }
  return "combine";
}

static ScalarFn FunctionOf(Operator op) {
  switch (op) {
    case Operator::Add: return ScalarFn::Add;
    case Operator::Subtract: return ScalarFn::Sub;
    case Operator::Multiply:
    case Operator::MatrixMultiply: return ScalarFn::Mul;
    case Operator::Divide: return ScalarFn::Div;
    case Operator::FloorDivide: return ScalarFn::FloorDiv;
    case Operator::Modulo: return ScalarFn::Mod;
    case Operator::Power: return ScalarFn::Pow;
    case Operator::Equal: return ScalarFn::Eq;
    case Operator::NotEqual: return ScalarFn::Ne;
    case Operator::Less: return ScalarFn::Lt;
    case Operator::LessEqual: return ScalarFn::Le;
    case Operator::Greater: return ScalarFn::Gt;
    case Operator::GreaterEqual: return ScalarFn::Ge;
    case Operator::And: return ScalarFn::And;
    case Operator::Or: return ScalarFn::Or;
    case Operator::Negate: return ScalarFn::Neg;
    case Operator::Not: return ScalarFn::Not;
  }
  return ScalarFn::Add;
}

Shape Part::Positional(const Value& value) const {
  if (!value.IsTensor()) return {};
  const Shape& shape = building_.graph.ShapeOf(value.node);
  return Shape(shape.begin() + static_cast<std::ptrdiff_t>(value.bound.size()), shape.end());
}

Shape Values::BoundExtents(const std::vector<int>& bound) const {
  Shape extents;
  for (int id : bound) extents.push_back(building_.indices[id].extent);
  return extents;
}

// The value of an index expression as a tensor over the indices it mentions.
Value Values::NumberOfIndex(const IndexExpr& index) {
  if (index.IsDim())
    return Value::OfTensor(building_.builder->Fill(Operand::Of(index.constant), {}));
  Value sum;
  for (auto [id, coefficient] : index.terms) {
    const IndexTable::Info info = building_.indices[id];
    Value term;
    if (info.kind == IndexTable::Kind::Plain) {
      if (!info.known) return Poison();  // its range was reported
      term = Value::OfTensor(building_.builder->Fill(Operand::Of(0), {info.extent}), {id});
    } else {
      ScalarFn fn = info.kind == IndexTable::Kind::Quotient ? ScalarFn::FloorDiv : ScalarFn::Mod;
      term = Map(fn, {NumberOfIndex(info.numerator), Value::OfNumber(static_cast<double>(info.divisor))}, {{}, {}}, "divide");
    }
    if (coefficient != 1)
      term = Map(ScalarFn::Mul, {term, Value::OfNumber(static_cast<double>(coefficient))}, {{}, {}}, "multiply");
    sum = sum.IsPoison() ? term : Map(ScalarFn::Add, {sum, term}, {{}, {}}, "add");
  }
  if (!(index.constant == Dim(0))) sum = Map(ScalarFn::Add, {sum, Value::OfDim(index.constant)}, {{}, {}}, "add");
  return sum;
}

std::optional<double> Values::ConstantNumber(const Value& value) const {
  if (value.kind == Value::Kind::Number) return value.number;
  if (value.IsDim() && value.index.constant.IsConstant()) return static_cast<double>(value.index.constant.Constant());
  if (value.IsTensor() && value.bound.empty() && building_.graph.ShapeOf(value.node).empty()) {
    double literal;
    if (building_.builder->IsLiteral(ir::BehindNames(building_.graph, value.node), &literal)) return literal;
  }
  return std::nullopt;
}

// What a name stands for is a variable of its own, whatever else is equal to it. An input is one already where it is declared.
Value Values::AsVariable(Value value) {
  if (value.IsTensor()) value.node = building_.builder->AddVariable(value.node);
  return value;
}

// Where progress is known: a function of it, with its settings; one of the program itself that has none, `fn rate(t) { ... }`.
bool Values::IsSchedule(const Callable& callable) const {
  if (!context_.progress || !callable.decl || callable.decl->params.size() != 1) return false;
  return callable.configured || (callable.decl->config.empty() && !shared_.declarations.IsLibrary(*callable.decl));
}

Value Values::AsTensor(const Value& value, Span span) {
  switch (value.kind) {
    case Value::Kind::Tensor:
    case Value::Kind::Poison: return value;
    case Value::Kind::Number:
      return Value::OfTensor(building_.builder->Fill(Operand::Of(value.number), {}));
    case Value::Kind::Index: return NumberOfIndex(value.index);
    case Value::Kind::FileColumn: return FileColumns(*this).ColumnAsNumber(value.text, span);
    case Value::Kind::List: return ListAsTensor(value, span);
    case Value::Kind::Callable:
      if (IsSchedule(*value.callable))
        return Applications(*this).ApplyDecl(*value.callable, {{"", *context_.progress, span}}, span, value.callable->site);
      Report(DiagnosticKind::TypeMismatch, span, "a number is needed here, and this is " + Describe(value))
          .Help(value.callable->decl && value.callable->decl->params.empty() && !value.callable->decl->config.empty() ? "it is what weights begin with: `weight W: f32[K, K] ~ " + value.callable->decl->name + "{K, K}`"
                : context_.data && value.callable->builtin == "all" ? "columns are listed, as in `[a, b, c] |> standardize`; all but some are `(all except y) |> standardize`" : "apply it: `" + (value.callable->decl ? value.callable->decl->name : value.callable->builtin) + "(...)`");
      return Poison();
    case Value::Kind::Distribution:
      Report(DiagnosticKind::DistributionWithoutDraw, span, "the distribution `" + value.text + "` is used as a number")
          .Help("draw from it with `name ~ " + value.text + "(...)` or `" + value.text + "[N](...)`");
      return Poison();
    case Value::Kind::Text:
      if (context_.data && context_.data->schema && !Builtins(*this).IsBuiltin(value.text) && !shared_.declarations.Find(value.text)) {
        Report(DiagnosticKind::UnknownColumn, span, "no column is called `" + value.text + "`").Help(QuotedColumnHelp(value.text, *context_.data->schema));
        return Poison();
      }
      Report(DiagnosticKind::TypeMismatch, span, "a number is needed here, and this is " + Describe(value))
          .Help(QuotedHelp(value.text, Builtins(*this).IsBuiltin(value.text) || shared_.declarations.Find(value.text)));
      return Poison();
    case Value::Kind::Tuple:
      Report(DiagnosticKind::TypeMismatch, span, "a number is needed here, and this is " + Describe(value)).Help("a vector is written `[a, b, c]`");
      return Poison();
    case Value::Kind::Source:
    case Value::Kind::Weights:
      Report(DiagnosticKind::TypeMismatch, span, "a number is needed here, and this is " + Describe(value));
      return Poison();
  }
  return Poison();
}

// Reads away a positional axis of size 1.
Value Values::DropUnitAxis(const Value& value, size_t positional_axis) {
  std::vector<AxisItem> items(Positional(value).size());
  items[positional_axis].kind = AxisItem::Kind::At;
  return AccessAt(value, items, nullptr, value.origin, value.origin);
}

// Lists of weights are mapped one by one, and several together: the first with the first, of equal shapes.
Value Values::MapWeights(ScalarFn fn, const std::vector<Value>& arguments, const std::vector<Span>& spans, const char* verb) {
  auto is_list = [](const Value& v) { return v.kind == Value::Kind::Weights; };
  const size_t first = static_cast<size_t>(std::find_if(arguments.begin(), arguments.end(), is_list) - arguments.begin());
  Value mapped = arguments[first];
  for (size_t i = first + 1; i < arguments.size(); ++i) {
    if (!is_list(arguments[i])) continue;
    bool same = arguments[i].items.size() == mapped.items.size();
    for (size_t k = 0; same && k < mapped.items.size(); ++k)
      same = building_.graph.ShapeOf(arguments[i].items[k].node) == building_.graph.ShapeOf(mapped.items[k].node);
    if (same) continue;
    Report(DiagnosticKind::ShapeMismatch, spans[first],
        std::string("cannot ") + verb + " " + Describe(mapped) + " and " + Describe(arguments[i]) + ": lists meet one by one")
        .AddLabel(spans[first], Describe(mapped)).AddLabel(spans[i], Describe(arguments[i]));
    return Poison();
  }
  for (size_t k = 0; k < mapped.items.size(); ++k) {
    std::vector<Value> each = arguments;
    for (Value& argument : each)
      if (is_list(argument)) argument = Value(argument.items[k]);
    mapped.items[k] = Map(fn, each, spans, verb);
    if (mapped.items[k].IsPoison()) return Poison();
  }
  return mapped;
}

Value Values::Map(ScalarFn fn, const std::vector<Value>& arguments, const std::vector<Span>& spans, const char* verb) {
  for (const Value& argument : arguments)
    if (argument.kind == Value::Kind::Weights) return MapWeights(fn, arguments, spans, verb);
  if (auto number = NumberOf(fn, arguments)) return Value::OfNumber(*number);
  std::vector<Value> values;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Value& argument = arguments[i];
    bool leaf = argument.kind == Value::Kind::Number ||
                (argument.kind == Value::Kind::Index && (argument.index.IsDim() ||
                  (argument.index.IsBare() && building_.indices[argument.index.terms[0].first].kind == IndexTable::Kind::Plain)));
    values.push_back(leaf ? argument : AsTensor(argument, spans[i]));
    if (values.back().IsPoison()) return Poison();
  }
  const auto axes = BroadcastOf(values, spans, verb);
  if (!axes) return Poison();
  for (int id : axes->bound)
    if (!building_.indices[id].known) return Poison();  // its range was reported
  if (PairsUp(values, spans, axes->positional, verb)) return Poison();
  std::vector<Operand> operands;
  for (const Value& value : values) operands.push_back(BroadcastTo(value, *axes));
  Shape extents = BoundExtents(axes->bound);
  extents.insert(extents.end(), axes->positional.begin(), axes->positional.end());
  return Value::OfTensor(building_.builder->Map(fn, operands, extents), axes->bound);
}

// What is known now stays a number.
std::optional<double> Values::NumberOf(ScalarFn fn, const std::vector<Value>& arguments) const {
  std::vector<double> known;
  for (const Value& argument : arguments)
    if (!argument.IsTensor())
      if (auto number = ConstantNumber(argument)) known.push_back(*number);
  if (known.size() != arguments.size()) return std::nullopt;
  known.resize(3, 0);
  return ir::Folded(fn, known[0], known[1], known[2]);
}

std::optional<Values::Broadcast> Values::BroadcastOf(const std::vector<Value>& values, const std::vector<Span>& spans, const char* verb) {
  Broadcast axes;
  auto add = [&](int id) {
    if (std::find(axes.bound.begin(), axes.bound.end(), id) == axes.bound.end()) axes.bound.push_back(id);
  };
  size_t widest = 0;
  for (const Value& value : values) {
    if (value.IsTensor()) {
      for (int id : value.bound) add(id);
      widest = std::max(widest, Positional(value).size());
    } else if (value.kind == Value::Kind::Index && !value.index.IsDim()) {
      add(value.index.terms[0].first);
    }
  }
  axes.positional.assign(widest, Dim(1));
  std::vector<size_t> from(widest, 0);  // the value that an axis' size is of
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i].IsTensor()) continue;
    const Shape shape = Positional(values[i]);
    for (size_t k = 0; k < shape.size(); ++k) {
      const size_t axis = widest - shape.size() + k;
      if (axes.positional[axis] == shape[k] || shape[k] == Dim(1)) continue;
      if (axes.positional[axis] == Dim(1)) {
        axes.positional[axis] = shape[k];
        from[axis] = i;
        continue;
      }
      ReportApart(values[from[axis]], values[i], spans[from[axis]], spans[i], axis, axes.positional[axis], shape[k], verb);
      return std::nullopt;
    }
  }
  return axes;
}

void Values::ReportApart(const Value& left, const Value& right, Span left_span, Span right_span, size_t axis, const Dim& left_size, const Dim& right_size, const char* verb) {
  Report(DiagnosticKind::ShapeMismatch, left_span,
         std::string("cannot ") + verb + " " + Describe(left) + " and " + Describe(right) + ": axis " + std::to_string(axis) + " is " + left_size.ToString() + " on the left and " +
             right_size.ToString() + " on the right")
      .AddLabel(left_span, DescribeWithMaker(left))
      .AddLabel(right_span, DescribeWithMaker(right));
}

// The value read with these axes; its own of one element are stretched.
Operand Values::BroadcastTo(const Value& given, const Broadcast& axes) {
  if (given.kind == Value::Kind::Number) return Operand::Of(given.number);
  auto position = [&](int id) { return static_cast<int>(std::find(axes.bound.begin(), axes.bound.end(), id) - axes.bound.begin()); };
  if (given.kind == Value::Kind::Index) return given.index.IsDim() ? Operand::Of(given.index.constant) : Operand::Of(position(given.index.terms[0].first));
  const Shape shape = Positional(given);
  const size_t offset = axes.positional.size() - shape.size();
  auto stretched = [&](size_t k) { return shape[k] == Dim(1) && !(axes.positional[offset + k] == Dim(1)); };
  Value value = given;
  for (size_t k = shape.size(); k-- > 0;)
    if (stretched(k)) value = DropUnitAxis(value, k);
  std::vector<int> indices;
  for (int id : value.bound) indices.push_back(position(id));
  for (size_t k = 0; k < shape.size(); ++k)
    if (!stretched(k)) indices.push_back(static_cast<int>(axes.bound.size() + offset + k));
  return Operand::Of(value.node, indices);
}

// f32[N, 1] against f32[N] would give f32[N, N], every event with every other: never what is meant.
bool Values::PairsUp(const std::vector<Value>& values, const std::vector<Span>& spans, const Shape& result, const char* verb) {
  for (size_t a = 0; a < result.size(); ++a)
    for (size_t b = a + 1; b < result.size(); ++b) {
      if (result[a].IsConstant() || !(result[a] == result[b])) continue;
      const Value* first = nullptr;
      Span at;
      bool meant = false;
      for (size_t i = 0; i < values.size(); ++i) {
        Shape shape = Positional(values[i]);
        auto has = [&](size_t axis) {
          size_t offset = result.size() - shape.size();
          return axis >= offset && shape[axis - offset] == result[a];
        };
        meant |= has(a) && has(b);
        if (has(a) == has(b)) continue;
        if (!first) {
          first = &values[i];
          at = spans[i];
          continue;
        }
        if (meant) continue;
        Report(DiagnosticKind::ShapeMismatch, at,
               std::string("cannot ") + verb + " " + Describe(*first) + " and " + Describe(values[i]) + ": every one of " +
                   result[a].ToString() + " would meet every other")
            .AddLabel(at, Describe(*first) +
                (first->maker.empty() ? "" : ", from " + first->maker + " at " + shared_.sources.Describe(first->origin)))
            .AddLabel(spans[i], Describe(values[i]))
            .Help("drop an axis of size 1 with `squeeze`; for all pairs write them, as in `d[n, m] = a[n] - b[m]`");
        return true;
      }
    }
  return false;
}

bool BroadcastsTo(const Shape& from, const Shape& to) {
  if (from.size() > to.size()) return false;
  for (size_t k = 0; k < from.size(); ++k)
    if (!(from[k] == to[to.size() - from.size() + k]) && !(from[k] == Dim(1))) return false;
  return true;
}

// Broadcasts and permutes to exactly these axes.
Value Values::Align(const Value& value, const std::vector<int>& bound, const Shape& positional) {
  Value tensor = AsTensor(value, value.origin);
  if (tensor.IsPoison()) return tensor;
  Shape shape = Positional(tensor);
  size_t offset = positional.size() - shape.size();
  for (size_t k = shape.size(); k-- > 0;)
    if (shape[k] == Dim(1) && !(positional[offset + k] == Dim(1))) {
      // The axis is read at 0 and broadcast: the axes before it keep their places.
      Value dropped = DropUnitAxis(tensor, k);
      Shape rest = Positional(dropped);
      std::vector<int> indices;
      for (size_t b = 0; b < dropped.bound.size(); ++b) indices.push_back(static_cast<int>(b));
      Shape extents = BoundExtents(dropped.bound);
      for (size_t a = 0; a < shape.size(); ++a) {
        extents.push_back(a == k ? positional[offset + k] : shape[a]);
        if (a != k) indices.push_back(static_cast<int>(dropped.bound.size() + a));
      }
      tensor = Value::OfTensor(building_.builder->Fill(Operand::Of(dropped.node, indices), extents), dropped.bound);
      shape = Positional(tensor);
    }
  std::vector<int> indices;
  for (int id : tensor.bound)
    indices.push_back(static_cast<int>(std::find(bound.begin(), bound.end(), id) - bound.begin()));
  for (size_t k = 0; k < shape.size(); ++k) indices.push_back(static_cast<int>(bound.size() + offset + k));
  Shape extents = BoundExtents(bound);
  extents.insert(extents.end(), positional.begin(), positional.end());
  Value aligned = Value::OfTensor(building_.builder->Fill(Operand::Of(tensor.node, indices), extents), bound);
  aligned.origin = value.origin;
  aligned.maker = value.maker;
  return aligned;
}

Value Values::MatrixProduct(const Value& a0, const Value& b0, Span a_span, Span b_span) {
  Value a = AsTensor(a0, a_span), b = AsTensor(b0, b_span);
  if (a.IsPoison() || b.IsPoison()) return Poison();
  Shape left = Positional(a), right = Positional(b);
  if (left.empty() || right.empty() || right.size() > 2) {
    Report(DiagnosticKind::AxisCountMismatch, a_span,
        "`@` multiplies a matrix or vector by a matrix or vector, not " + Describe(a) + " by " + Describe(b))
        .AddLabel(a_span, Describe(a)).AddLabel(b_span, Describe(b));
    return Poison();
  }
  const Dim& inner = left.back();
  if (!(inner == right[0])) {
    Report(DiagnosticKind::ShapeMismatch, a_span,
           "cannot matrix-multiply " + Describe(a) + " and " + Describe(b) + ": the last axis on the left is " + inner.ToString() +
               " and the first on the right is " + right[0].ToString())
        .AddLabel(a_span, Describe(a)).AddLabel(b_span, Describe(b));
    return Poison();
  }
  a = Reductions(*this).WithWeights(a, building_.graph.ShapeOf(a.node).size() - 1, a_span);
  if (a.IsPoison()) return Poison();
  std::vector<int> bound = a.bound;
  for (int id : b.bound)
    if (std::find(bound.begin(), bound.end(), id) == bound.end()) bound.push_back(id);
  Shape extents = BoundExtents(bound);
  size_t named = extents.size();
  extents.insert(extents.end(), left.begin(), left.end() - 1);
  if (right.size() == 2) extents.push_back(right[1]);
  int rank = static_cast<int>(extents.size());
  extents.push_back(inner);
  auto position = [&](int id) { return static_cast<int>(std::find(bound.begin(), bound.end(), id) - bound.begin()); };
  std::vector<int> a_indices, b_indices;
  for (int id : a.bound) a_indices.push_back(position(id));
  for (size_t k = 0; k + 1 < left.size(); ++k) a_indices.push_back(static_cast<int>(named + k));
  a_indices.push_back(rank);
  for (int id : b.bound) b_indices.push_back(position(id));
  b_indices.push_back(rank);
  if (right.size() == 2) b_indices.push_back(rank - 1);
  return Value::OfTensor(building_.builder->Contract(Operand::Of(a.node, a_indices), Operand::Of(b.node, b_indices), extents,
      rank), bound);
}

// Whole numbers that are no longer exact as such become numbers.
static bool Overflows(Operator op, const Value& a, const Value& b) {
  if (!a.IsDim() || !b.IsDim() || !a.index.constant.IsConstant() || !b.index.constant.IsConstant()) return false;
  double x = static_cast<double>(a.index.constant.Constant()), y = static_cast<double>(b.index.constant.Constant());
  double result = op == Operator::Add ? x + y : op == Operator::Subtract ? x - y : op == Operator::Multiply ? x * y : 0;
  return std::fabs(result) > 9e15;
}

// Of sizes and index expressions what is one again.
std::optional<Value> Values::BinaryOfIndices(Operator op, const Value& a, const Value& b, Span b_span) {
  bool small = b.IsDim() && b.index.constant.IsConstant();
  switch (op) {
    case Operator::Add: return Value::OfIndex(a.index.Plus(b.index));
    case Operator::Subtract: return Value::OfIndex(a.index.Plus(b.index, -1));
    case Operator::Multiply:
      if (a.IsDim() && b.IsDim()) return Value::OfDim(a.index.constant * b.index.constant);
      if (small) return Value::OfIndex(a.index.Times(b.index.constant.Constant()));
      if (a.IsDim() && a.index.constant.IsConstant()) return Value::OfIndex(b.index.Times(a.index.constant.Constant()));
      break;
    case Operator::FloorDivide:
    case Operator::Modulo:
      if (small && b.index.constant.Constant() == 0) {
        Report(DiagnosticKind::DimensionNotPositive, b_span, "division by zero");
        return Poison();
      }
      if (a.IsDim() && b.IsDim())
        return Value::OfDim(op == Operator::FloorDivide ? Dim::FloorDiv(a.index.constant, b.index.constant)
                                                        : Dim::Modulo(a.index.constant, b.index.constant));
      if (small && b.index.constant.Constant() > 0) {
        int quotient = building_.indices.Quotient(a.index, b.index.constant.Constant());
        int id = op == Operator::FloorDivide ? quotient : building_.indices[quotient].partner;
        return Value::OfIndex({{{id, 1}}, 0});
      }
      break;
    case Operator::Power:
      if (a.IsDim() && small && a.index.constant.IsConstant() && b.index.constant.Constant() >= 0) {
        double power = std::pow(static_cast<double>(a.index.constant.Constant()),
            static_cast<double>(b.index.constant.Constant()));
        if (std::fabs(power) < 9e15) return Value::OfDim(Dim(static_cast<int64_t>(power)));
      }
      break;
    case Operator::Divide: case Operator::MatrixMultiply: case Operator::Negate:
    case Operator::Equal: case Operator::NotEqual: case Operator::Less: case Operator::LessEqual:
    case Operator::Greater: case Operator::GreaterEqual: case Operator::Not: case Operator::And: case Operator::Or: break;
  }
  return std::nullopt;
}

Value Values::Binary(Operator op, const Value& a, const Value& b, Span a_span, Span b_span, Span span) {
  if (Overflows(op, a, b))
    return Binary(op, Value::OfNumber(*ConstantNumber(a)), Value::OfNumber(*ConstantNumber(b)), a_span, b_span, span);
  if (a.kind == Value::Kind::Index && b.kind == Value::Kind::Index)
    if (const auto index = BinaryOfIndices(op, a, b, b_span)) return *index;
  if (op == Operator::Equal || op == Operator::NotEqual) {
    const Value* column = a.kind == Value::Kind::FileColumn ? &a : b.kind == Value::Kind::FileColumn ? &b : nullptr;
    const Value* text = a.kind == Value::Kind::Text ? &a : b.kind == Value::Kind::Text ? &b : nullptr;
    if (text && !column) {
      auto& report = Report(DiagnosticKind::TypeMismatch, span, "text can only be compared with a column of a data file");
      if (const Value& other = text == &a ? b : a; other.kind == Value::Kind::Text && context_.data && context_.data->schema)
        report.Help("no column is called `" + a.text + "`: " + QuotedColumnHelp(a.text, *context_.data->schema));
      return Poison();
    }
    if (text) {
      Value equal = FileColumns(*this).CompareColumn(column->text, text->text, span);
      return op == Operator::Equal ? equal : Map(ScalarFn::Not, {equal}, {span}, "compare");
    }
  }
  if (op == Operator::MatrixMultiply) return MatrixProduct(a, b, a_span, b_span);
  ScalarFn fn = FunctionOf(op);
  auto x = ConstantNumber(a), y = ConstantNumber(b);
  if (x && y) {
    double folded = ir::Folded(fn, *x, *y, 0);
    bool whole = a.IsDim() && b.IsDim() && ir::Row(fn).truth;
    return whole ? Value::OfDim(Dim(static_cast<int64_t>(folded))) : Value::OfNumber(folded);
  }
  return Map(fn, {a, b}, {a_span, b_span}, VerbOf(op));
}

}  // namespace nnc::sema
