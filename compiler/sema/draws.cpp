// Random numbers. A distribution is a formula over uniform numbers; a draw gives it axes. Where and for which instance a draw stands
// in the program identifies it, so that a derivative or a second elaboration sees the same numbers.
#include "compiler/sema/draws.h"

#include <algorithm>
#include <cmath>

#include "compiler/sema/applications.h"

namespace nnc::sema {

using ast::ExprKind;
using ast::SubscriptKind;

namespace {

struct DistributionRow {
  const char* name;
  const char* parameters[2];
  double defaults[2];  // NaN: must be given
  int uniforms;        // how many independent uniform numbers an element takes
};

constexpr DistributionRow kDistributions[] = {
    {"uniform", {"a", "b"}, {0, 1}, 1},                  // a + (b - a) u
    {"normal", {"mu", "s"}, {0, 1}, 2},                  // mu + s sqrt(-2 log(1 - u)) cos(2 pi v)  (Box and Muller 1958)
    {"bernoulli", {"p", nullptr}, {0.5, 0}, 1},          // u < p
    {"integers", {"a", "b"}, {0, NAN}, 1},               // a + floor((b - a) u)
    {"exponential", {"mean", nullptr}, {1, 0}, 1},       // -mean log(1 - u)
};

const DistributionRow* FindDistribution(const std::string& name) {
  for (const DistributionRow& row : kDistributions)
    if (name == row.name) return &row;
  return nullptr;
}

}  // namespace

bool IsDistribution(const std::string& name) { return FindDistribution(name) != nullptr; }

Value Draws::MakeDistribution(const std::string& name, const ast::Expr& expr, Scope& scope) {
  const DistributionRow& row = *FindDistribution(name);
  Value distribution = Value::OfText(Value::Kind::Distribution, name);
  std::vector<const ast::Argument*> given(2, nullptr);
  size_t position = 0;
  for (const ast::Argument& argument : expr.arguments) {
    size_t slot = argument.name.empty() ? position++ : 2;
    for (size_t i = 0; i < 2; ++i)
      if (row.parameters[i] && argument.name == row.parameters[i]) slot = i;
    if (slot >= 2 || !row.parameters[slot]) {
      Report(argument.name.empty() ? DiagnosticKind::TooManyArguments : DiagnosticKind::UnknownArgument, argument.value->span,
             "`" + name + "` takes " + row.parameters[0] + (row.parameters[1] ? std::string(" and ") + row.parameters[1] : ""));
      return Poison();
    }
    given[slot] = &argument;
  }
  for (size_t i = 0; i < 2 && row.parameters[i]; ++i) {
    if (given[i]) {
      distribution.items.push_back(Evaluate(*given[i]->value, scope));
      if (distribution.items.back().IsPoison()) return Poison();
    } else if (std::isnan(row.defaults[i])) {
      Report(DiagnosticKind::MissingArgument, expr.span, "`" + name + "` needs `" + row.parameters[i] + "`");
      return Poison();
    } else {
      distribution.items.push_back(Value::OfNumber(row.defaults[i]));
    }
  }
  return distribution;
}

// Uniform numbers with the axes of `shape`, drawn with axis `first` in front.
NodeId Draws::DrawEventsFirst(const ir::Random& random, const Shape& shape, size_t first, Span span) {
  if (first == 0) return building_.builder->AddRandom(random, shape, span);
  Shape drawn{shape[first]};
  std::vector<int> indices{static_cast<int>(first)};
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis == first) continue;
    drawn.push_back(shape[axis]);
    indices.push_back(static_cast<int>(axis));
  }
  return building_.builder->Fill(ir::Operand::Of(building_.builder->AddRandom(random, drawn, span), indices), shape);
}

Value Draws::Draw(const Value& distribution, const std::vector<int>& bound, const Shape& positional, const void* site,
    Span span) {
  const DistributionRow& row = *FindDistribution(distribution.text);
  // Each turn of a scan draws anew. Events first: a draw per event is keyed by the event's number.
  std::vector<int> axes = context_.turns;
  for (int id : bound)
    if (std::find(axes.begin(), axes.end(), id) == axes.end()) axes.push_back(id);
  bool per_row = building_.event >= 0;
  if (per_row) {
    axes.erase(std::remove(axes.begin(), axes.end(), building_.event), axes.end());
    axes.insert(axes.begin(), building_.event);
  }
  Shape shape = BoundExtents(axes);
  shape.insert(shape.end(), positional.begin(), positional.end());
  ir::Random random;
  random.source = building_.source;
  // In an evaluation, too, so that an event's draws do not depend on the events around it. In training every step draws anew.
  size_t event_axis = 0;
  if (!per_row && !building_.training) {
    while (event_axis < shape.size() && !IsEventAxis(shape[event_axis], &random.source)) ++event_axis;
    per_row = event_axis < shape.size();
    if (!per_row) event_axis = 0;
  }
  random.place = shared_.instances.Place(context_.applications, context_.owner, context_.definition, site);
  random.per_row = per_row;
  std::vector<Value> u;
  for (int word = 0; word < row.uniforms; ++word) {
    random.word = static_cast<uint8_t>(word);
    u.push_back(Value::OfTensor(DrawEventsFirst(random, shape, event_axis, span), axes));
  }
  auto number = [](double x) { return Value::OfNumber(x); };
  auto map = [&](ScalarFn fn, const Value& a, const Value& b) { return Map(fn, {a, b}, {span, span}, "draw from"); };
  auto map1 = [&](ScalarFn fn, const Value& a) { return Map(fn, {a}, {span}, "draw from"); };
  const std::vector<Value>& p = distribution.items;
  std::string name = distribution.text;
  Value result;
  if (name == "uniform" || name == "integers") {
    Value scaled = map(ScalarFn::Mul, map(ScalarFn::Sub, p[1], p[0]), u[0]);
    if (name == "integers") scaled = map1(ScalarFn::Floor, scaled);
    result = map(ScalarFn::Add, p[0], scaled);
  } else if (name == "bernoulli") {
    result = map(ScalarFn::Lt, u[0], p[0]);
  } else {
    Value log = map1(ScalarFn::Log, map(ScalarFn::Sub, number(1), u[0]));
    if (name == "exponential") {
      result = map1(ScalarFn::Neg, map(ScalarFn::Mul, p[0], log));
    } else {
      Value radius = map1(ScalarFn::Sqrt, map(ScalarFn::Mul, number(-2), log));
      Value angle = map1(ScalarFn::Cos, map(ScalarFn::Mul, number(2 * M_PI), u[1]));
      result = map(ScalarFn::Add, p[0], map(ScalarFn::Mul, p[1], map(ScalarFn::Mul, radius, angle)));
    }
  }
  return result;
}

// normal[N, 8], uniform[n, k](a, b): sizes give axes, indices one number per element.
Value Draws::DrawSubscripted(const std::string& name, const ast::Subscripts& subscripts, const ast::Expr* apply,
    const void* site,
                                  Span span, Scope& scope) {
  ast::Expr none;
  none.span = span;
  Value distribution = MakeDistribution(name, apply ? *apply : none, scope);
  if (distribution.IsPoison()) return distribution;
  std::vector<int> bound;
  Shape positional;
  for (const auto& item : subscripts.items) {
    if (item.kind == SubscriptKind::Ellipsis) {
      if (Scope::Ellipsis* ellipsis = scope.FindEllipsis()) {
        if (!ellipsis->known) {
          const Shape* dims = scope.FindEllipsisDims();
          if (!dims) {
            Report(DiagnosticKind::IndexRangeUnknown, item.span, "nothing says which axes `...` stands for");
            return Poison();
          }
          ellipsis->known = true;
          for (const Dim& dim : *dims) ellipsis->ids.push_back(building_.indices.AddKnown("...", dim, item.span));
        }
        bound.insert(bound.end(), ellipsis->ids.begin(), ellipsis->ids.end());
        continue;
      }
      if (const Shape* dims = scope.FindEllipsisDims()) positional.insert(positional.end(), dims->begin(), dims->end());
      continue;
    }
    if (item.kind != SubscriptKind::At) {
      Report(DiagnosticKind::TypeMismatch, item.span, "`" + name + "[...]` takes sizes or indices");
      return Poison();
    }
    Value size = Evaluate(*item.value, scope);
    if (size.IsPoison()) return size;
    if (size.IsDim()) {
      if (!MaySizeAxis(size.index.constant, item.span)) return Poison();
      positional.push_back(size.index.constant);
    } else if (size.kind == Value::Kind::Index && size.index.IsBare()) {
      if (!building_.indices[size.index.terms[0].first].known) return Poison();
      bound.push_back(size.index.terms[0].first);
    } else {
      Report(DiagnosticKind::TypeMismatch, item.span, "`" + name + "[...]` takes sizes or indices, and this is " + Describe(size));
      return Poison();
    }
  }
  return Draw(distribution, bound, positional, site, span);
}

// `name ~ expr`: the expression is a distribution, or an initialiser that gives one, or a whole tensor.
Value Draws::DrawInto(const ast::Expr& expr, const Shape& shape, const void* site, Scope& scope) {
  Value value = Evaluate(expr, scope);
  if (value.kind == Value::Kind::Callable && value.callable->decl && value.callable->decl->params.empty())
    value = Applications(*this).ApplyDecl(*value.callable, {}, expr.span, &expr);
  if (value.IsPoison()) return value;
  if (value.kind == Value::Kind::Distribution) return Draw(value, {}, shape, site, expr.span);
  if (value.kind == Value::Kind::Callable) {
    Report(DiagnosticKind::TypeMismatch, expr.span, "`~` needs a distribution or an initialiser, and this is " + Describe(value));
    return Poison();
  }
  Value tensor = AsTensor(value, expr.span);
  if (tensor.IsPoison() || shape.empty() || Positional(tensor) == shape || Positional(tensor).empty()) return tensor;
  return ReshapeTo(tensor, shape, expr.span);
}

Value Draws::Drawn(const ast::Expr& expr, const void* site, Scope& scope) {
  Value value = DrawInto(expr, {}, site, scope);
  const bool columns = context_.data && context_.data->draws_are_columns;  // what was drawn stands in a file
  if (value.IsPoison() || columns || (value.IsTensor() && HasDraw(building_.graph, value.node))) return value;
  Report(DiagnosticKind::TypeMismatch, expr.span, "`~` draws from a distribution, and nothing is drawn here")
      .Help("a value is given a name by `=`");
  return Poison();
}

}  // namespace nnc::sema
