// Ranges of indices. An index that stands alone in a subscript takes that axis' size; one inside `2*i + p - pad` takes the largest
// range that keeps every such access inside. An access with a default outside says nothing.
#include <algorithm>
#include <deque>

#include "compiler/sema/builtins.h"
#include "compiler/sema/comprehensions.h"
#include "compiler/sema/reductions.h"
#include "compiler/sema/subscripts.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::SubscriptKind;

struct Comprehensions::RangeFinder {
  Values& self;
  struct Constraint {
    IndexExpr index;
    Dim size;
    Span span;
    std::string what;  // "axis 0 of f32[N, 3]"
    bool done = false;
  };
  struct Deferred {
    const ast::Expr* subscript;
    Scope* scope;
  };
  std::vector<Constraint> constraints{};
  std::vector<Deferred> deferred{};
  std::vector<Constraint> soft{};  // bare indices of accesses with a default
  std::deque<std::unique_ptr<Scope>> scopes{};
  std::set<int> open{};  // indices whose written range depends on one without range: they say nothing yet
  bool hopeless = false;
  std::map<int, std::pair<Span, std::string>> inferred{};  // by index: where its range came from

  IndexTable& Table() { return self.Building().indices; }

  static bool IsIndexArithmetic(const ast::Expr& expr) {
    switch (expr.kind) {
      case ExprKind::Name:
      case ExprKind::Integer: return true;
      case ExprKind::Unary: return expr.op == ast::Operator::Negate && IsIndexArithmetic(*expr.operands[0]);
      case ExprKind::Binary:
        if (expr.op != ast::Operator::Add && expr.op != ast::Operator::Subtract && expr.op != ast::Operator::Multiply &&
            expr.op != ast::Operator::FloorDivide && expr.op != ast::Operator::Modulo)
          return false;
        return IsIndexArithmetic(*expr.operands[0]) && IsIndexArithmetic(*expr.operands[1]);
      default: return false;
    }
  }

  bool KnownAll(const IndexExpr& index) {
    return std::all_of(index.terms.begin(), index.terms.end(), [&](const auto& term) {
      const IndexTable::Info& info = Table()[term.first];
      return info.kind == IndexTable::Kind::Plain ? info.known : KnownAll(info.numerator);
    });
  }

  bool MentionsUnknown(const ast::Expr& expr, Scope& scope) {
    if (expr.kind == ExprKind::Name) {
      Scope::Entry* entry = scope.Find(expr.text);
      return entry && entry->value.kind == Value::Kind::Index && !KnownAll(entry->value.index);
    }
    bool found = false;
    ast::ForEachPart(expr, [&](const ast::Expr& part) { found = found || MentionsUnknown(part, scope); });
    return found;
  }

  // The shape that is subscripted; nothing while it depends on an index without range.
  std::optional<Value> BaseOf(const ast::Expr& base, Scope& scope) {
    if (base.kind == ExprKind::Name) {
      Scope::Entry* entry = scope.Find(base.text);
      if (entry && entry->value.IsTensor()) return entry->value;
    }
    if (MentionsUnknown(base, scope)) return std::nullopt;
    Value value = self.Evaluate(base, scope);
    if (value.kind == Value::Kind::List && !value.items.empty() && value.items[0].kind == Value::Kind::Index)
      value = self.AsTensor(value, base.span);
    return self.AsTensor(value, base.span);
  }

  void Walk(const ast::Expr& expr, Scope& scope) {
    if (expr.kind == ExprKind::Apply) {
      const ast::Expr& callee = *expr.operands[0];
      if (callee.kind == ExprKind::Subscript && callee.operands[0]->kind == ExprKind::Name &&
          IsReduction(callee.operands[0]->text)) {
        scopes.push_back(std::make_unique<Scope>());
        Scope& inner = *scopes.back();
        inner.parent = &scope;
        if (!Comprehensions(self).BindIndices(callee.subscripts, inner)) {
          hopeless = true;
          return;
        }
        for (const auto& item : callee.subscripts.items)
          if (Scope::Entry* entry = item.kind == SubscriptKind::Index ? inner.FindHere(item.name) : nullptr)
            if (!KnownAll(entry->value.index)) open.insert(entry->value.index.terms[0].first);
        if (callee.subscripts.where) Walk(*callee.subscripts.where, inner);
        for (const auto& argument : expr.arguments) Walk(*argument.value, inner);
        return;
      }
      if (callee.kind == ExprKind::Name && callee.text == "along" && expr.arguments.size() == 3) Along(expr, scope);
    }
    if (expr.kind == ExprKind::Loop) return;
    if (expr.kind == ExprKind::Subscript) Subscript(expr, scope);
    for (const auto& operand : expr.operands) Walk(*operand, scope);
    for (const auto& argument : expr.arguments) Walk(*argument.value, scope);
    for (const auto& item : expr.subscripts.items)
      if (item.value) Walk(*item.value, scope);
    if (expr.subscripts.otherwise) Walk(*expr.subscripts.otherwise, scope);
  }

  // along(y, x, unit(d)): d runs over the last axis of x.
  void Along(const ast::Expr& expr, Scope& scope) {
    const ast::Expr& seed = *expr.arguments[2].value;
    if (seed.kind != ExprKind::Apply || seed.operands[0]->kind != ExprKind::Name || seed.operands[0]->text != "unit" ||
        seed.arguments.size() != 1 || !MadeOfIndices(*seed.arguments[0].value, scope))
      return;
    auto base = BaseOf(*expr.arguments[1].value, scope);
    if (!base || base->IsPoison() || self.Positional(*base).empty()) return;
    Value index = self.Evaluate(*seed.arguments[0].value, scope);
    if (index.kind != Value::Kind::Index || index.IsDim()) return;
    constraints.push_back({index.index, self.Positional(*base).back(), seed.span, "the last axis of " + self.Describe(*base)});
  }

  void Subscript(const ast::Expr& expr, Scope& scope) {
    const ast::Expr& base_expr = *expr.operands[0];
    if (base_expr.kind == ExprKind::Name && !scope.Find(base_expr.text) && Builtins(self).IsBuiltin(base_expr.text)) return;
    auto base = BaseOf(base_expr, scope);
    if (!base) {
      deferred.push_back({&expr, &scope});
      return;
    }
    if (base->IsPoison()) {
      hopeless = true;
      return;
    }
    Shape shape = self.Positional(*base);
    size_t ellipses = 0;
    for (const auto& item : expr.subscripts.items) ellipses += item.kind == SubscriptKind::Ellipsis;
    size_t written = expr.subscripts.items.size() - ellipses;
    if (ellipses > 1 || written > shape.size() || (!ellipses && written != shape.size())) {
      Subscripts(self).AxisItems(expr.subscripts, *base, expr.span, scope);  // reports
      hopeless = true;
      return;
    }
    size_t axis = 0;
    for (const auto& item : expr.subscripts.items) {
      if (item.kind == SubscriptKind::Ellipsis) {
        size_t count = shape.size() - written;
        if (Scope::Ellipsis* ellipsis = scope.FindEllipsis()) Match(*ellipsis, shape, axis, count, item.span, *base);
        axis += count;
        continue;
      }
      if (item.kind == SubscriptKind::At && IsIndexArithmetic(*item.value) && MadeOfIndices(*item.value, scope)) {
        size_t mistakes = self.Mistakes();
        Value value = IsAffine(*item.value, scope) ? self.Evaluate(*item.value, scope) : Value();
        if (value.kind != Value::Kind::Index) {
          Subscripts(self).AxisItems(expr.subscripts, *base, expr.span, scope);  // reports, unless an index without range hides the reason
          if (self.Mistakes() == mistakes)
            self.Report(DiagnosticKind::SubscriptNotAffine, item.span, "`//` and `%` in a subscript divide by a positive constant");
          hopeless = true;
          return;
        }
        if (std::any_of(value.index.terms.begin(), value.index.terms.end(),
            [&](const auto& term) { return open.count(term.first) > 0; })) {
          ++axis;
          continue;
        }
        if (expr.subscripts.otherwise) {
          if (value.index.IsBare()) soft.push_back({value.index, shape[axis], item.span, ""});
        } else if (!value.IsDim()) {
          constraints.push_back({value.index, shape[axis], item.span,
              "axis " + std::to_string(axis) + " of " + self.Describe(*base)});
        }
      }
      ++axis;
    }
  }

  void Match(Scope::Ellipsis& ellipsis, const Shape& shape, size_t axis, size_t count, Span span, const Value& base) {
    if (!ellipsis.known) {
      ellipsis.known = true;
      for (size_t k = 0; k < count; ++k) ellipsis.ids.push_back(Table().AddKnown("...", shape[axis + k], span));
      return;
    }
    for (size_t k = 0; k < count && k < ellipsis.ids.size(); ++k) {
      const Dim& extent = Table()[ellipsis.ids[k]].extent;
      if (extent == shape[axis + k]) continue;
      self.Report(DiagnosticKind::IndexRangeMismatch, span,
                  "`...` covers an axis of size " + extent.ToString() + " elsewhere, and of size " +
                      shape[axis + k].ToString() + " in " + self.Describe(base));
    }
  }

  bool SettleSoft() {
    bool changed = false;
    for (const Constraint& c : soft) {
      IndexTable::Info& info = Table()[c.index.terms[0].first];
      if (info.known || info.kind != IndexTable::Kind::Plain) continue;
      info.known = changed = true;
      info.extent = c.size;
    }
    return changed;
  }

  // The constraint's plain indices without range, with coefficients; false if it cannot give one.
  bool Reduce(Constraint& c) {
    while (c.index.IsBare() && Table()[c.index.terms[0].first].kind == IndexTable::Kind::Quotient) {
      const IndexTable::Info& info = Table()[c.index.terms[0].first];
      c.size = c.size * Dim(info.divisor);
      c.index = IndexExpr(info.numerator);
    }
    return std::all_of(c.index.terms.begin(), c.index.terms.end(), [&](const auto& term) {
      return Table()[term.first].kind == IndexTable::Kind::Plain;
    });
  }

  bool SolveBare() {
    bool changed = false;
    for (Constraint& c : constraints) {
      if (c.done || !Reduce(c) || !c.index.IsBare()) continue;
      int id = c.index.terms[0].first;
      IndexTable::Info& info = Table()[id];
      c.done = true;
      if (!info.known) {
        info.known = changed = true;
        info.extent = c.size;
        inferred[id] = {c.span, c.what};
        continue;
      }
      auto from = inferred.find(id);
      if (info.extent == c.size || from == inferred.end()) continue;
      self.Report(DiagnosticKind::IndexRangeMismatch, c.span,
                  "the index `" + info.name + "` runs over " + info.extent.ToString() + " values of " + from->second.second +
                      " and " + c.size.ToString() + " of " + c.what)
          .AddLabel(from->second.first, info.extent.ToString() + ", " + from->second.second)
          .AddLabel(c.span, c.size.ToString() + ", " + c.what);
    }
    return changed;
  }

  bool SolveOne() {
    std::map<int, Dim> best;
    for (Constraint& c : constraints) {
      if (c.done || !Reduce(c)) continue;
      int unknown = -1, unknowns = 0;
      int64_t coefficient = 0;
      IndexExpr rest;
      rest.constant = c.index.constant;
      for (auto [id, k] : c.index.terms) {
        if (Table()[id].known) {
          rest.terms.push_back({id, k});
        } else {
          ++unknowns;
          unknown = id;
          coefficient = k;
        }
      }
      if (unknowns != 1) continue;
      auto [low, high] = self.Bounds(rest);
      Dim extent = coefficient > 0 ? Dim::FloorDiv(c.size - Dim(1) - high, Dim(coefficient)) + Dim(1)
          : Dim::FloorDiv(low, Dim(-coefficient)) + Dim(1);
      auto known = best.find(unknown);
      if (known == best.end() || (known->second - extent).ProvablyNonNegative()) best[unknown] = extent;
    }
    for (auto& [id, extent] : best) {
      if (extent.IsConstant() && extent.Constant() <= 0) {
        self.Report(DiagnosticKind::DimensionNotPositive, Table()[id].span,
            "no value of the index `" + Table()[id].name + "` keeps every access inside its tensor");
        extent = Dim(1);
      }
      Table()[id].known = true;
      Table()[id].extent = extent;
    }
    return !best.empty();
  }

  void Run() {
    for (bool changed = true; changed;) {
      changed = SolveBare() || SolveOne();
      if (changed) continue;
      std::vector<Deferred> waiting;
      waiting.swap(deferred);
      size_t before = constraints.size();
      for (const Deferred& d : waiting) Subscript(*d.subscript, *d.scope);
      changed = constraints.size() > before || deferred.size() < waiting.size();
    }
  }
};

// A sum of indices times constants, quotients and remainders by constants included; its names are indices or sizes.
bool IsAffine(const ast::Expr& expr, Scope& scope) {
  auto fixed = [&](const ast::Expr& factor) {
    std::vector<const ast::Expr*> stack{&factor};
    while (!stack.empty()) {
      const ast::Expr& e = *stack.back();
      stack.pop_back();
      if (Scope::Entry* entry = e.kind == ExprKind::Name ? scope.Find(e.text) : nullptr; entry && !entry->value.IsDim())
        return false;
      for (const auto& operand : e.operands) stack.push_back(operand.get());
    }
    return true;
  };
  if (expr.kind != ExprKind::Binary)
    return std::all_of(expr.operands.begin(), expr.operands.end(), [&](const auto& e) { return IsAffine(*e, scope); });
  const ast::Expr &a = *expr.operands[0], &b = *expr.operands[1];
  if (!IsAffine(a, scope) || !IsAffine(b, scope)) return false;
  if (expr.op == ast::Operator::Multiply) return fixed(a) || fixed(b);
  if (expr.op == ast::Operator::FloorDivide || expr.op == ast::Operator::Modulo) return fixed(b);
  return expr.op == ast::Operator::Add || expr.op == ast::Operator::Subtract || fixed(expr);
}

bool MadeOfIndices(const ast::Expr& expr, Scope& scope) {
  if (expr.kind == ExprKind::Name) {
    Scope::Entry* entry = scope.Find(expr.text);
    return entry && entry->value.kind == Value::Kind::Index;
  }
  if (expr.kind == ExprKind::NextName) return false;
  return std::all_of(expr.operands.begin(), expr.operands.end(), [&](const auto& e) { return MadeOfIndices(*e, scope); });
}

bool Comprehensions::InferRanges(const ast::Expr& expr, Scope& scope, bool last) {
  RangeFinder finder{*this};
  size_t known = shared_.diagnostics.All().size();
  finder.Walk(expr, scope);
  finder.Run();
  if (last && finder.SettleSoft()) finder.Run();
  for (; known < shared_.diagnostics.All().size(); ++known)
    finder.hopeless |= shared_.diagnostics.All()[known].kind == DiagnosticKind::IndexRangeMismatch;
  return !finder.hopeless;
}

}  // namespace nnc::sema
