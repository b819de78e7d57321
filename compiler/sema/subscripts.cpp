// Subscripts: x[n, 2*i + p - pad, :, 0..4 else 0]. An access becomes a sum with at most one point: each axis that is not read by a
// bare index is tied to its expression by a relation.
#include <algorithm>

#include "compiler/ir/walk.h"
#include "compiler/sema/elaborator.h"
#include "compiler/sema/file_columns.h"
#include "compiler/sema/foreign_names.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::SubscriptKind;
using ir::Affine;
using ir::Operand;

std::pair<Dim, Dim> Elaborator::Bounds(const IndexExpr& index) const {
  Dim low = index.constant, high = index.constant;
  for (auto [id, coefficient] : index.terms) {
    const IndexTable::Info& info = building_.indices[id];
    Dim least = 0, most = info.extent - Dim(1);
    if (info.kind == IndexTable::Kind::Quotient) {
      auto [a, b] = Bounds(info.numerator);
      least = Dim::FloorDiv(a, Dim(info.divisor));
      most = Dim::FloorDiv(b, Dim(info.divisor));
    } else if (info.kind == IndexTable::Kind::Remainder) {
      most = Dim(info.divisor - 1);
    }
    low = low + (coefficient > 0 ? least : most) * Dim(coefficient);
    high = high + (coefficient > 0 ? most : least) * Dim(coefficient);
  }
  return {low, high};
}

bool Elaborator::ProvablyInside(const IndexExpr& index, const Dim& size) const {
  auto [low, high] = Bounds(index);
  return low.ProvablyNonNegative() && (size - Dim(1) - high).ProvablyNonNegative();
}

static std::string AxesText(size_t count) { return std::to_string(count) + (count == 1 ? " axis" : " axes"); }

// The first name in a subscript that nothing defines: a free index.
static const ast::Expr* UnknownNameIn(const ast::Expr& expr, Scope& scope, const std::function<bool(const std::string&)>& known) {
  if (expr.kind == ExprKind::Name) return scope.Find(expr.text) || known(expr.text) ? nullptr : &expr;
  if (expr.kind != ExprKind::Unary && expr.kind != ExprKind::Binary) return nullptr;
  for (const auto& operand : expr.operands)
    if (const ast::Expr* found = UnknownNameIn(*operand, scope, known)) return found;
  return nullptr;
}

std::optional<std::vector<Elaborator::AxisItem>> Elaborator::AxisItems(const ast::Subscripts& subscripts, const Value& base,
                                                                       Span span, Scope& scope) {
  size_t axes = Positional(base).size();
  size_t written = 0, ellipses = 0;
  for (const auto& item : subscripts.items) (item.kind == SubscriptKind::Ellipsis ? ellipses : written) += 1;
  if (ellipses > 1 || written > axes || (ellipses == 0 && written != axes)) {
    Report(DiagnosticKind::AxisCountMismatch, span,
           std::to_string(written) + (written == 1 ? " subscript for " : " subscripts for ") + Describe(base) + ", which has " +
               std::to_string(axes) +
               (axes == 1 ? " axis" : " axes"))
        .Help(ellipses == 0 && written < axes ? "`:` keeps an axis whole, and `...` all that are not written, as in `x[0, ...]`" : "");
    return std::nullopt;
  }
  std::vector<AxisItem> result;
  for (const auto& item : subscripts.items) {
    AxisItem axis;
    axis.span = item.span;
    switch (item.kind) {
      case SubscriptKind::Ellipsis: {
        size_t count = axes - written;
        Scope::Ellipsis* ellipsis = scope.FindEllipsis();
        if (!ellipsis) {
          result.insert(result.end(), count, axis);
          continue;
        }
        if (!ellipsis->known) return std::nullopt;
        if (ellipsis->ids.size() > count) {
          Report(DiagnosticKind::AxisCountMismatch, item.span,
                 "`...` stands for " + AxesText(ellipsis->ids.size()) + " here, and " + Describe(base) + " leaves " +
                     std::to_string(count));
          return std::nullopt;
        }
        if (ellipsis->ids.size() < count) {
          Report(DiagnosticKind::AxisCountMismatch, item.span,
                 "`...` stands for " + AxesText(ellipsis->ids.size()) + " here, and " + Describe(base) + " has " +
                     std::to_string(count) + " of them");
          return std::nullopt;
        }
        for (int id : ellipsis->ids) {
          axis.kind = AxisItem::Kind::At;
          axis.index = {{{id, 1}}, 0};
          result.push_back(axis);
        }
        continue;
      }
      case SubscriptKind::All: break;
      case SubscriptKind::Index:
        Report(DiagnosticKind::SyntaxError, item.span,
            "an index gets its range on the left of `=` or in a reduction, not in an access");
        return std::nullopt;
      case SubscriptKind::Slice: {
        auto begin = EvaluateDim(*item.range.begin, scope), end = EvaluateDim(*item.range.end, scope);
        if (!begin || !end) return std::nullopt;
        axis.kind = AxisItem::Kind::Slice;
        axis.index = {{}, *begin};
        axis.size = *end - *begin;
        break;
      }
      case SubscriptKind::At: {
        auto known = [&](const std::string& name) { return BuiltinConstant(name) || shared_.declarations.Find(name) ||
            IsBuiltin(name) || context_.data; };
        if (const ast::Expr* free = UnknownNameIn(*item.value, scope, known)) {
          if (shared_.free_reported.insert(free->text).second)
            Report(DiagnosticKind::FreeIndex, free->span, "the index `" + free->text + "` is neither on the left nor reduced")
                .Help(!ForeignHelp(free->text).empty() ? ForeignHelp(free->text) : "reduce over it, as in `sum[" + free->text + "](...)`, or put it on the left");
          return std::nullopt;
        }
        if (MadeOfIndices(*item.value, scope) && !IsAffine(*item.value, scope)) {
          Report(DiagnosticKind::SubscriptNotAffine, item.span, "a subscript is a sum of indices times constants, and this is not")
              .Help("`//` and `%` by constants are possible too");
          return std::nullopt;
        }
        Value value = Evaluate(*item.value, scope);
        if (value.IsPoison()) return std::nullopt;
        if (value.IsTensor() && MadeOfIndices(*item.value, scope)) {
          Report(DiagnosticKind::SubscriptNotAffine, item.span, "`//` and `%` in a subscript divide by a positive constant");
          return std::nullopt;
        }
        bool reads = value.kind == Value::Kind::FileColumn;  // data or weights, rather than indices alone
        if (value.IsTensor())
          ForEachNeeded(building_.graph, value.node, [&](const ir::Node& node) { reads |= node.op() != ir::Node::Op::Comp; });
        if (value.IsTensor() && !reads) {
          Report(DiagnosticKind::SubscriptNotAffine, item.span, "a subscript is a sum of indices times constants, and this is not")
              .Help("`//` and `%` by constants are possible too; or choose with a condition, `sum[k](if k == ... then x[k] else 0)`");
          return std::nullopt;
        }
        if (reads) {
          Report(DiagnosticKind::LaterFeature, item.span,
              "a subscript that is read from data (indirect access) is not part of this version")
              .Help("for a one-hot choice write `sum[k](if k == " + std::string(shared_.sources.Text(item.span)) + " then x[k] else 0)`");
          return std::nullopt;
        }
        if (value.kind != Value::Kind::Index) {
          Report(DiagnosticKind::TypeMismatch, item.span,
              "a subscript is a whole number or an index expression, and this is " + Describe(value));
          return std::nullopt;
        }
        axis.kind = AxisItem::Kind::At;
        axis.index = value.index;
        break;
      }
    }
    result.push_back(axis);
  }
  return result;
}

namespace {

// Numbers the indices of one access and collects its relations.
struct AccessBuilder {
  const IndexTable& table;
  std::function<std::pair<Dim, Dim>(const IndexExpr&)> bounds;
  std::vector<int> bound;  // result's named axes
  std::vector<std::pair<int, int>> auxiliary;  // id of a quotient or remainder, comprehension index
  Shape extents{};
  std::vector<Affine> relations{};

  void Mention(const IndexExpr& index) {
    for (auto [id, coefficient] : index.terms) {
      if (table[id].kind != IndexTable::Kind::Plain) Mention(table[id].numerator);
      else if (std::find(bound.begin(), bound.end(), id) == bound.end()) bound.push_back(id);
    }
  }
  int Add(Dim extent) {
    extents.push_back(std::move(extent));
    return static_cast<int>(extents.size()) - 1;
  }
  int IndexOf(int id) {
    const IndexTable::Info& info = table[id];
    if (info.kind == IndexTable::Kind::Plain)
      return static_cast<int>(std::find(bound.begin(), bound.end(), id) - bound.begin());
    for (auto [known, index] : auxiliary)
      if (known == id) return index;
    int quotient_id = info.kind == IndexTable::Kind::Quotient ? id : info.partner;
    int remainder_id = info.kind == IndexTable::Kind::Quotient ? info.partner : id;
    Affine tie = ToAffine(info.numerator);
    int quotient = Add(Dim::FloorDiv(bounds(info.numerator).second, Dim(info.divisor)) + Dim(1));
    int remainder = Add(Dim(info.divisor));
    auxiliary.push_back({quotient_id, quotient});
    auxiliary.push_back({remainder_id, remainder});
    tie.Add(quotient, -info.divisor);
    tie.Add(remainder, -1);
    relations.push_back(tie);
    return info.kind == IndexTable::Kind::Quotient ? quotient : remainder;
  }
  Affine ToAffine(const IndexExpr& index) {
    Affine affine;
    affine.constant = index.constant;
    for (auto [id, coefficient] : index.terms) affine.Add(IndexOf(id), coefficient);
    return affine;
  }
};

}  // namespace

Value Elaborator::AccessAt(const Value& base, const std::vector<AxisItem>& items, const Value* otherwise, Span span,
    Span base_span) {
  Shape shape = Positional(base);
  AccessBuilder access{building_.indices, [this](const IndexExpr& e) { return Bounds(e); }, base.bound, {}};
  for (const AxisItem& item : items) access.Mention(item.index);
  for (int id : access.bound)
    if (!building_.indices[id].known) return Poison();
  access.extents = BoundExtents(access.bound);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (items[axis].kind == AxisItem::Kind::Keep) access.extents.push_back(shape[axis]);
    if (items[axis].kind == AxisItem::Kind::Slice) access.extents.push_back(items[axis].size);
  }
  int rank = static_cast<int>(access.extents.size());
  int next_positional = static_cast<int>(access.bound.size());
  std::vector<int> indices;
  for (size_t b = 0; b < base.bound.size(); ++b) indices.push_back(static_cast<int>(b));
  std::vector<Value> inside;  // conditions for the access to be in range
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const AxisItem& item = items[axis];
    if (item.kind == AxisItem::Kind::Keep) {
      indices.push_back(next_positional++);
      continue;
    }
    if (item.kind == AxisItem::Kind::Slice) {
      Dim end = item.index.constant + item.size;
      if (!item.index.constant.ProvablyNonNegative() || !item.size.ProvablyNonNegative() ||
          !(shape[axis] - end).ProvablyNonNegative()) {
        Report(DiagnosticKind::IndexOutOfBounds, item.span,
               "the slice " + item.index.constant.ToString() + ".." + end.ToString() + " leaves axis " + std::to_string(axis) +
                   " of " + Describe(base) + ", which has size " + shape[axis].ToString());
        return Poison();
      }
      int u = access.Add(shape[axis]);
      Affine tie = Affine::Index(u);
      tie.Add(next_positional++, -1);
      tie.constant = tie.constant - item.index.constant;
      access.relations.push_back(tie);
      indices.push_back(u);
      continue;
    }
    if (context_.InTraining() && item.index.IsDim() && item.index.constant.IsConstant() && CountsEvents(shape[axis]))
      shared_.diagnostics.Report(DiagnosticKind::OneEvent, span, "this is one event of each batch or part, and the others have no say")
          .Help("in a training, `" + std::string(shared_.sources.Text(base_span)) + "` without a subscript is that of all events, the first axis");
    bool proved = ProvablyInside(item.index, shape[axis]);
    if (!proved && !otherwise) {
      auto [low, high] = Bounds(item.index);
      std::string size = "axis " + std::to_string(axis) + " of " + Describe(base) + " has size " + shape[axis].ToString();
      if (item.index.IsDim()) {
        Report(DiagnosticKind::IndexOutOfBounds, item.span, "the subscript is " + low.ToString() + ", and " + size)
            .AddLabel(base_span, Describe(base))
            .AddLabel(item.span, low.ToString())
            .Help("subscripts count from 0");
        return Poison();
      }
      std::string range = low.ToString() + ".." + (high + Dim(1)).ToString();
      Report(DiagnosticKind::IndexOutOfBounds, item.span, "the subscript runs over " + range + ", and " + size)
          .AddLabel(base_span, Describe(base))
          .AddLabel(item.span, range)
          .Help("give a value for outside, as in `[... else 0]`");
      return Poison();
    }
    if (!proved) {
      Value index = Value::OfIndex(item.index);
      inside.push_back(Map(ScalarFn::Ge, {index, Value::OfNumber(0)}, {item.span, item.span}, "compare"));
      inside.push_back(Map(ScalarFn::Lt, {index, Value::OfDim(shape[axis])}, {item.span, item.span}, "compare"));
    }
    bool bare = item.index.IsBare() && building_.indices[item.index.terms[0].first].kind == IndexTable::Kind::Plain &&
                building_.indices[item.index.terms[0].first].extent == shape[axis];
    if (bare) {
      indices.push_back(access.IndexOf(item.index.terms[0].first));
      continue;
    }
    Affine target = access.ToAffine(item.index);
    int u = access.Add(shape[axis]);
    Affine tie = Affine::Index(u).Plus(target, -1);
    access.relations.push_back(tie);
    indices.push_back(u);
  }
  Operand operand = Operand::Of(base.node, indices);
  NodeId node = access.relations.empty()
                    ? building_.builder->Fill(operand, access.extents)
                    : building_.builder->Reduce(ir::Monoid::Sum, operand, access.extents, rank, access.relations);
  Value result = Value::OfTensor(node, access.bound);
  result.origin = span;
  if (otherwise && !inside.empty()) {
    auto constant = ConstantNumber(*otherwise);
    if (!constant || *constant != 0) {
      Value condition = inside[0];
      for (size_t i = 1; i < inside.size(); ++i) condition = Map(ScalarFn::And, {condition, inside[i]}, {span, span}, "combine");
      result = Map(ScalarFn::Select, {condition, result, *otherwise}, {span, span, span}, "choose between");
    }
  }
  return result;
}

Value Elaborator::EvaluateSubscript(const ast::Expr& expr, Scope& scope) {
  const ast::Expr& base_expr = *expr.operands[0];
  if (base_expr.kind == ExprKind::Name && !scope.Find(base_expr.text)) {
    const std::string& name = base_expr.text;
    if (IsDistribution(name)) return DrawSubscripted(name, expr.subscripts, nullptr, &expr, expr.span, scope);
    if (name == "zeros" || name == "ones") return Filled(name, expr, scope);
    if (IsReduction(name)) {
      Report(DiagnosticKind::NoValue, expr.span, "`" + name + "[...]` needs what it reduces, in parentheses");
      return Poison();
    }
  }
  // `events["energy"]`
  const bool quoted = expr.subscripts.items.size() == 1 && expr.subscripts.items[0].value && expr.subscripts.items[0].value->kind == ExprKind::String;
  const std::string own = quoted && context_.data && context_.data->schema ? OwnNameHelp(expr.subscripts.items[0].value->text, *context_.data->schema) : "";
  if (!own.empty()) {
    Report(DiagnosticKind::TypeMismatch, expr.span, "a subscript counts from 0, and this is text").Help(own);
    return Poison();
  }
  Value base = Evaluate(base_expr, scope);
  if (base.IsPoison()) return base;
  if (base.kind == Value::Kind::List && expr.subscripts.items.size() == 1 && expr.subscripts.items[0].kind == SubscriptKind::At) {
    Value index = Evaluate(*expr.subscripts.items[0].value, scope);
    if (index.IsPoison()) return index;
    if (index.IsDim() && index.index.constant.IsConstant()) {
      int64_t i = index.index.constant.Constant();
      if (i >= 0 && i < static_cast<int64_t>(base.items.size())) return base.items[static_cast<size_t>(i)];
      Report(DiagnosticKind::IndexOutOfBounds, expr.subscripts.items[0].span,
             "the list has " + std::to_string(base.items.size()) + (base.items.size() == 1 ? " element" : " elements") +
                 ", and this asks for number " + std::to_string(i) + ", counted from 0");
      return Poison();
    }
  }
  base = AsTensor(base, base_expr.span);
  if (base.IsPoison()) return base;
  Scope inner;
  inner.parent = &scope;
  auto items = AxisItems(expr.subscripts, base, expr.span, inner);
  if (!items) return Poison();
  if (expr.subscripts.where) {
    Report(DiagnosticKind::MisplacedStatement, expr.subscripts.where->span, "`where` stands in reductions, not in accesses");
    return Poison();
  }
  if (!expr.subscripts.otherwise) return AccessAt(base, *items, nullptr, expr.span, base_expr.span);
  Value otherwise = Evaluate(*expr.subscripts.otherwise, scope);
  if (otherwise.IsPoison()) return otherwise;
  return AccessAt(base, *items, &otherwise, expr.span, base_expr.span);
}

}  // namespace nnc::sema
