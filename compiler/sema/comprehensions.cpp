// Comprehensions: y[n, o] = sum[i](x[n, i] * W[i, o]) + b[o].
#include "compiler/sema/comprehensions.h"

#include <algorithm>

#include "compiler/sema/reductions.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::SubscriptKind;
using ir::Operand;

// An index is bound once: not twice in one bracket, and not again inside what it is bound in.
bool Comprehensions::Fresh(const std::string& name, Span span, Scope& scope) {
  Scope::Entry* known = scope.Find(name);
  if (!known || known->value.kind != Value::Kind::Index || known->value.index.IsDim()) return true;
  Report(DiagnosticKind::Redefinition, span, "the index `" + name + "` is bound twice")
      .AddLabel(known->span, "first here")
      .AddLabel(span, "again here")
      .Help("give each its own name");
  return false;
}

// Whether the name is that of an index.
static bool Names(const std::string& name, int index, Scope& scope) {
  const Scope::Entry* known = scope.Find(name);
  if (!known || known->value.kind != Value::Kind::Index) return false;
  return known->value.index.terms.size() == 1 && known->value.index.terms[0].first == index;
}

// `i in a..b`: an index with a written range. Nothing if the range was refused, with a report.
std::optional<int> Comprehensions::BindRange(const ast::SubscriptItem& item, Scope& inner) {
  if (!Fresh(item.name, item.span, inner)) return std::nullopt;
  const size_t mistakes = Mistakes();
  Value begin = Evaluate(*item.range.begin, inner), end = Evaluate(*item.range.end, inner);
  if (begin.IsPoison() || end.IsPoison()) {
    // An access by an index that has no range yet: whatever it is, it is no whole number that is known here.
    if (Mistakes() == mistakes)
      Report(DiagnosticKind::TypeMismatch, (begin.IsPoison() ? item.range.begin : item.range.end)->span, "a range goes from one whole number to another, and this is read from a tensor");
    return std::nullopt;
  }
  for (const auto& [side, written] : {std::pair(&begin, item.range.begin.get()), std::pair(&end, item.range.end.get())})
    if (side->kind != Value::Kind::Index) {
      Report(DiagnosticKind::TypeMismatch, written->span,
          "a range goes from one whole number to another, and this is " + Describe(*side));
      return std::nullopt;
    }
  bool open = false;  // while the indices that it depends on have no range
  for (const IndexExpr* side : {&begin.index, &end.index})
    for (auto [id, coefficient] : side->terms)
      open |= building_.indices[id].kind == IndexTable::Kind::Plain && !building_.indices[id].known;
  if (open) {
    int id = building_.indices.Add(item.name, item.span);
    inner.Add(item.name, Value::OfIndex({{{id, 1}}, 0}), item.span, nullptr);
    return id;
  }
  Dim low = Bounds(begin.index).first, high = end.index.IsDim() ? end.index.constant : Bounds(end.index).second;
  Dim extent = high - low;
  if ((Dim(0) - extent).ProvablyNonNegative()) {
    Report(DiagnosticKind::DimensionNotPositive, item.span,
        "the range " + low.ToString() + ".." + high.ToString() + " is empty");
    return std::nullopt;
  }
  int id = building_.indices.AddKnown(item.name, extent, item.span);
  inner.Add(item.name, Value::OfIndex({{{id, 1}}, low}), item.span, nullptr);
  return id;
}

// Declares the indices of `[i, j in 0..4, ...]` in `inner`; gives their ids in order (those of `...` are found later), or nothing
// if one of them was refused: then nothing that uses them is worth elaborating. `turn`, the index of a scan, is declared already.
std::optional<std::vector<int>> Comprehensions::BindIndices(const ast::Subscripts& subscripts, Scope& inner, int turn) {
  std::vector<int> ids;
  bool fine = true;
  for (const auto& item : subscripts.items) {
    switch (item.kind) {
      case SubscriptKind::Ellipsis:
        inner.ellipsis = std::make_shared<Scope::Ellipsis>();
        break;
      case SubscriptKind::At: {
        if (item.value->kind != ExprKind::Name) {
          Report(DiagnosticKind::InvalidTarget, item.span, "an index is a name, as in `y[n, i]`");
          fine = false;
          break;
        }
        if (turn >= 0 && Names(item.value->text, turn, inner) && std::find(ids.begin(), ids.end(), turn) == ids.end()) {
          ids.push_back(turn);
          break;
        }
        if (!Fresh(item.value->text, item.span, inner)) {
          fine = false;
          break;
        }
        int id = building_.indices.Add(item.value->text, item.span);
        ids.push_back(id);
        inner.Add(item.value->text, Value::OfIndex({{{id, 1}}, 0}), item.span, nullptr);
        break;
      }
      case SubscriptKind::Index:
        if (auto id = BindRange(item, inner)) ids.push_back(*id);
        else fine = false;
        break;
      case SubscriptKind::All:
      case SubscriptKind::Slice:
        Report(DiagnosticKind::InvalidTarget, item.span, "an index with a name is needed here, as in `y[n, i]`");
        fine = false;
        break;
    }
  }
  if (!fine) return std::nullopt;
  return ids;
}

// The indices that `...` stands for, from the declared shape or from the surroundings; false if nothing says.
bool Comprehensions::KnowEllipsis(const ast::Expr& target, const Scope& scope, Scope& inner, const Shape* expected, size_t named, size_t before) {
  Scope::Ellipsis& ellipsis = *inner.ellipsis;
  if (expected && !ellipsis.known && expected->size() >= named) {
    ellipsis.known = true;
    for (size_t k = 0; k < expected->size() - named; ++k)
      ellipsis.ids.push_back(building_.indices.AddKnown("...", (*expected)[before + k], target.span));
  }
  if (const Shape* dims = scope.FindEllipsisDims(); dims && !ellipsis.known) {
    ellipsis.known = true;
    for (const Dim& dim : *dims) ellipsis.ids.push_back(building_.indices.AddKnown("...", dim, target.span));
  }
  return ellipsis.known;
}

Value Comprehensions::ReportNotOneNumber(const ast::Expr& target, const Value& body, Span span) {
  Report(DiagnosticKind::NotAScalar, span,
      "each element of `" + target.operands[0]->text + "` must be one number, and this is " + Describe(body))
      .Help("give every axis a subscript");
  return Poison();
}

// The subscripts as they are written, but for that index, which has a range.
std::string Comprehensions::WithRange(const ast::Subscripts& subscripts, const std::string& index) const {
  std::string text;
  for (const auto& item : subscripts.items) {
    const std::string written(shared_.sources.Text(item.span));
    text += (text.empty() ? "" : ", ") + (written == index ? index + " in 0..4" : written);
  }
  return text;
}

// The range of an index on the left: the result's declared shape fixes what the uses on the right leave open.
bool Comprehensions::KnowRange(int id, size_t axis, size_t axes, const ast::Expr& target, const ast::Expr& value, Scope& inner, const Shape* expected, size_t errors) {
  IndexTable::Info& info = building_.indices[id];
  if (info.known) return true;
  if (expected && expected->size() == axes) {
    info.known = true;
    info.extent = (*expected)[axis];
    return true;
  }
  if (!InferRanges(value, inner, true)) return false;
  if (building_.indices[id].known) return true;
  if (Mistakes() > errors) return false;
  Value body = AsTensor(Evaluate(value, inner), value.span);  // a mistake in there explains it better
  if (!Positional(body).empty()) ReportNotOneNumber(target, body, value.span);
  if (Mistakes() == errors)
    Report(DiagnosticKind::IndexRangeUnknown, building_.indices[id].span,
        "the range of the index `" + building_.indices[id].name + "` does not follow from its uses")
        .Help("write it, as in `" + target.operands[0]->text + "[" + WithRange(target.subscripts, building_.indices[id].name) + "]` for 4 values");
  return false;
}

Value Comprehensions::EvaluateIndexed(const ast::Expr& target, const ast::Expr& value, Scope& scope, const Shape* expected, int turn) {
  Scope inner;
  inner.parent = &scope;
  size_t errors = Mistakes();
  auto bound = BindIndices(target.subscripts, inner, turn);
  if (!bound) return Poison();
  const std::vector<int>& ids = *bound;
  if (!InferRanges(value, inner)) return Poison();
  size_t before = ids.size();  // indices before `...`
  if (inner.ellipsis) {
    const auto& items = target.subscripts.items;
    before = static_cast<size_t>(std::find_if(items.begin(), items.end(), [](const auto& item) { return item.kind == SubscriptKind::Ellipsis; }) - items.begin());
    if (!KnowEllipsis(target, scope, inner, expected, ids.size(), before)) {
      if (Mistakes() == errors)
        Report(DiagnosticKind::IndexRangeUnknown, target.span, "nothing on the right says which axes `...` stands for");
      return Poison();
    }
  }
  std::vector<int> order(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(before));
  if (inner.ellipsis) order.insert(order.end(), inner.ellipsis->ids.begin(), inner.ellipsis->ids.end());
  order.insert(order.end(), ids.begin() + static_cast<std::ptrdiff_t>(before), ids.end());
  for (size_t k = 0; k < order.size(); ++k)
    if (!KnowRange(order[k], k, order.size(), target, value, inner, expected, errors)) return Poison();
  // Ranges that came from the result may settle others.
  if (expected && !InferRanges(value, inner)) return Poison();
  Value body = AsTensor(Evaluate(value, inner), value.span);
  if (body.IsPoison()) return body;
  if (!Positional(body).empty()) return ReportNotOneNumber(target, body, value.span);
  std::vector<int> rest;
  for (int id : body.bound)
    if (std::find(order.begin(), order.end(), id) == order.end()) rest.push_back(id);
  std::vector<int> all = rest;
  all.insert(all.end(), order.begin(), order.end());
  Value result = Align(body, all, {});
  result.bound = rest;
  result.origin = target.span;
  return result;
}

Value Comprehensions::EvaluateReduction(const ast::Expr& expr, const std::string& name, const ast::Subscripts& subscripts,
                                    const ast::Expr& body, Scope& scope) {
  Scope inner;
  inner.parent = &scope;
  size_t errors = Mistakes();
  auto bound = BindIndices(subscripts, inner);
  if (!bound) return Poison();
  std::vector<int> ids = *bound;
  if (subscripts.items.empty()) {
    Report(DiagnosticKind::MissingArgument, expr.operands[0]->span, "`" + name + "[]` names no index")
        .Help("write `" + name + "(...)` for all axes");
    return Poison();
  }
  if (!InferRanges(body, inner)) return Poison();
  if (subscripts.where && !InferRanges(*subscripts.where, inner)) return Poison();
  if (inner.ellipsis && inner.ellipsis->known) ids.insert(ids.begin(), inner.ellipsis->ids.begin(), inner.ellipsis->ids.end());
  for (int id : ids) {
    if (building_.indices[id].known) continue;
    if (!InferRanges(body, inner, true)) return Poison();
    if (building_.indices[id].known) continue;
    const IndexTable::Info& info = building_.indices[id];
    if (Mistakes() == errors) {
      Evaluate(body, inner);  // a mistake in there explains it better
      if (Mistakes() == errors)
        Report(DiagnosticKind::IndexRangeUnknown, info.span,
            "the range of the index `" + info.name + "` does not follow from its uses")
            .Help("write it, as in `" + name + "[" + info.name + " in 0..4]` for 4 values");
    }
    return Poison();
  }
  Value value = AsTensor(Evaluate(body, inner), body.span);
  if (value.IsPoison()) return value;
  // Conditions: `where`, and ranges whose ends depend on other indices.
  std::vector<Value> conditions;
  if (subscripts.where) conditions.push_back(Evaluate(*subscripts.where, inner));
  for (const auto& item : subscripts.items) {
    if (item.kind != SubscriptKind::Index) continue;
    Value index = inner.FindHere(item.name)->value;
    Value begin = Evaluate(*item.range.begin, inner), end = Evaluate(*item.range.end, inner);
    if (!begin.IsDim()) conditions.push_back(Map(ScalarFn::Ge, {index, begin}, {item.span, item.span}, "compare"));
    if (!end.IsDim()) conditions.push_back(Map(ScalarFn::Lt, {index, end}, {item.span, item.span}, "compare"));
  }
  for (const Value& condition : conditions) {
    if (condition.IsPoison()) return condition;
    if (name == "mean") {
      Report(DiagnosticKind::TypeMismatch, expr.span, "`mean` has no `where`: divide one sum by another");
      return Poison();
    }
    value = Map(ScalarFn::Select, {condition, value, Value::OfNumber(IdentityOf(name))}, {expr.span, body.span, expr.span},
        "choose between");
  }
  Value result = Reductions(*this).Reduce(name, value, ids, expr.span);
  bool arg = name == "argmax" || name == "argmin";
  if (!arg || ids.size() != 1 || subscripts.items[0].kind != SubscriptKind::Index) return result;
  // The place of an extremum counts as its index does.
  const IndexExpr& index = inner.FindHere(subscripts.items[0].name)->value.index;
  if (index.constant == Dim(0)) return result;
  return Map(ScalarFn::Add, {result, Value::OfDim(index.constant)}, {expr.span, expr.span}, "add");
}

}  // namespace nnc::sema
