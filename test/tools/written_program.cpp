#include "test/tools/written_program.h"

#include <cstdio>
#include <deque>
#include <limits>
#include <set>

namespace nnc::test {

using Kind = WrittenExpr::Kind;

static constexpr int64_t kMostWork = 200'000;
static constexpr double kLargest = 1e6;

namespace {

std::string TextOf(const WrittenExpr& e, bool indexed);

std::string NameText(const std::string& name, int rank, bool indexed) {
  if (!indexed || rank == 0) return name;
  return name + (rank == 1 ? "[n]" : "[n, k]");
}

std::string BodyText(const std::vector<WrittenDefinition>& body, const std::string& margin) {
  std::string text;
  for (const WrittenDefinition& d : body) {
    text += margin + NameText(d.name, d.rank, d.indexed) + " = " + TextOf(*d.value, d.indexed) + "\n";
  }
  return text;
}

std::string LoopText(const WrittenLoop& loop) {
  std::string text = "repeat turn in 0.." + std::to_string(loop.turns) + " with ";
  for (size_t i = 0; i < loop.states.size(); ++i) {
    text += (i ? ", " : "") + loop.states[i].name + " = " + TextOf(*loop.states[i].value, false);
  }
  text += " {\n" + BodyText(loop.body, "        ");
  for (size_t i = 0; i < loop.states.size(); ++i) text += "        next " + loop.states[i].name + " = " + TextOf(*loop.next[i], false) + "\n";
  return text + "    }";
}

std::string TextOf(const WrittenExpr& e, bool indexed) {
  auto operand = [&](size_t i) { return TextOf(*e.operands[i], indexed); };
  auto call = [&](const std::string& name) {
    std::string text = name + "(";
    for (size_t i = 0; i < e.operands.size(); ++i) text += (i ? ", " : "") + operand(i);
    return text + ")";
  };
  switch (e.kind) {
    case Kind::Number: {
      char text[32];
      std::snprintf(text, sizeof text, "%.3f", e.number);
      return text;
    }
    case Kind::Name: return NameText(e.name, e.rank, indexed);
    case Kind::Negative: return "(-" + operand(0) + ")";
    case Kind::Sin: return call("sin");
    case Kind::Tanh: return call("tanh");
    case Kind::Exp: return call("exp");
    case Kind::Add: return "(" + operand(0) + " + " + operand(1) + ")";
    case Kind::Subtract: return "(" + operand(0) + " - " + operand(1) + ")";
    case Kind::Multiply: return "(" + operand(0) + " * " + operand(1) + ")";
    case Kind::Max: return call("max");
    case Kind::Min: return call("min");
    case Kind::Choose: return "(if " + operand(0) + " > " + operand(1) + " then " + operand(2) + " else " + operand(3) + ")";
    case Kind::LookUp: return e.operands[0]->name + "[n, if " + operand(1) + " > " + operand(2) + " then 1 else 0]";
    case Kind::Sigmoid: return call("sigmoid");
    case Kind::Complement: return "(1 - " + operand(0) + ")";
    case Kind::Log: return call("log");
    case Kind::XLogY: return call("xlogy");
    case Kind::Sum: return "sum(" + TextOf(*e.operands[0], false) + ")";
    case Kind::Mean: return "mean(" + TextOf(*e.operands[0], false) + ")";
    case Kind::RowSum: return call("sum[k]");
    case Kind::RowMax: return call("max[k]");
    case Kind::Grad: return "grad(" + operand(0) + ", " + e.name + ")";
    case Kind::RowGrad: return "grad(" + operand(0) + ", " + e.name + "[n, k])";
    case Kind::Along: return "along(" + operand(0) + ", " + e.name + ", " + operand(1) + ")";
    case Kind::Apply: return call(e.function->name);
    case Kind::Loop: return LoopText(*e.loop);
  }
  return "";
}

struct Environment;
struct Variable {  // what a name stands for: an expression, or an input's values
  const WrittenExpr* value = nullptr;
  const Environment* environment = nullptr;
  Written input;
};
struct Environment {
  std::map<std::string, const Variable*> names;
  const Environment* parent = nullptr;
  const Variable* Find(const std::string& name) const {
    const auto found = names.find(name);
    return found != names.end() ? found->second : parent->Find(name);
  }
};

// Values of variables with some of them moved by infinitesimals: to what a moved variable stands for, its own movement is added.
struct Known {
  Written value;
  std::set<const Variable*> reads;  // the variable itself, and all it is made of
};
struct Moved {
  std::map<const Variable*, Written> by;
  std::map<const Variable*, Known> known;
  int infinitesimals = 0;
};

class Interpreter {
 public:
  Meaning found;     // what was met on the way
  int64_t work = 0;  // expressions evaluated

  Environment& NewEnvironment(const Environment* parent) {
    environments_.push_back({{}, parent});
    return environments_.back();
  }
  const Variable* NewVariable(const WrittenExpr* value, const Environment* environment) {
    variables_.push_back({value, environment, {}});
    return &variables_.back();
  }
  const Variable* NewInput(Written values) {
    variables_.push_back({nullptr, nullptr, std::move(values)});
    return &variables_.back();
  }
  void Define(const std::vector<WrittenDefinition>& body, Environment& environment) {
    for (const WrittenDefinition& d : body) environment.names[d.name] = NewVariable(d.value.get(), &environment);
  }

  Written ValueOf(const Variable* variable, Moved& moved) {
    if (const auto known = moved.known.find(variable); known != moved.known.end()) {
      reading_.insert(known->second.reads.begin(), known->second.reads.end());
      return known->second.value;
    }
    std::set<const Variable*> reading{variable};
    std::swap(reading, reading_);
    Written value = variable->value ? Evaluate(*variable->value, *variable->environment, moved) : variable->input;
    if (const auto by = moved.by.find(variable); by != moved.by.end()) {
      for (size_t i = 0; i < value.values.size(); ++i) value.values[i] = value.values[i] + by->second.values[i];
    }
    moved.known[variable] = {value, reading_};
    reading_.insert(reading.begin(), reading.end());
    return value;
  }

  // The derivative of y, evaluated anew, as `variable` moves along `direction`.
  Written Derivative(const WrittenExpr& y, const Environment& environment, const Variable* variable, const Written& direction, Moved& moved) {
    Moved more;
    more.by = moved.by;
    more.infinitesimals = moved.infinitesimals + 1;
    for (const auto& [other, known] : moved.known) {
      if (!known.reads.count(variable)) more.known.emplace(other, known);
    }
    const Jet e = Jet::Infinitesimal(moved.infinitesimals);
    Written& by = more.by.try_emplace(variable, Written{direction.rank, std::vector<Jet>(direction.values.size())}).first->second;
    for (size_t i = 0; i < by.values.size(); ++i) by.values[i] = by.values[i] + e * direction.values[i];
    Written result = Evaluate(y, environment, more);
    for (Jet& jet : result.values) jet = jet.Beside(moved.infinitesimals);
    return result;
  }

  Written Evaluate(const WrittenExpr& e, const Environment& environment, Moved& moved);

 private:
  static int Size(int rank) { return rank == 0 ? 1 : rank == 1 ? kRows : kRows * kColumns; }
  static const Jet& At(const Written& w, int rank, int i) {  // element i of a result of that rank
    return w.values[static_cast<size_t>(w.rank == rank ? i : w.rank == 0 ? 0 : i / kColumns)];
  }
  bool Greater(const Jet& a, const Jet& b, bool or_equal) {
    const double distance = std::fabs(a.Value() - b.Value());
    found.fragile = found.fragile || (distance != 0 && distance < 1e-7);
    found.tied = found.tied || distance == 0;
    return or_equal ? a.Value() >= b.Value() : a.Value() > b.Value();
  }
  static bool IsNan(const Jet& a) { return std::isnan(a.Value()); }
  Jet Element(Kind kind, const std::vector<Jet>& a);
  template <typename Function>
  Written Each(const std::vector<Written>& operands, const Function& function);
  Written TimesLog(const WrittenExpr& a, const WrittenExpr& p, const Environment& environment, Moved& moved);
  Written LogOf(const WrittenExpr& p, bool complement, const Environment& environment, Moved& moved);
  Written Gradient(const WrittenExpr& e, const Environment& environment, Moved& moved);
  Written Reduced(const WrittenExpr& e, const Written& x);
  Written LookedUp(const Written& table, const Written& a, const Written& b);
  Written Loop(const WrittenExpr& e, const Environment& environment, Moved& moved);

  std::set<const Variable*> reading_;  // by what is being evaluated
  std::deque<Environment> environments_;
  std::deque<Variable> variables_;
};

Jet Interpreter::Element(Kind kind, const std::vector<Jet>& a) {
  switch (kind) {
    case Kind::Negative: return Jet(-1) * a[0];
    case Kind::Sigmoid: return Sigmoid(a[0]);
    case Kind::Complement: return Jet(1) + Jet(-1) * a[0];
    case Kind::Sin: return Sin(a[0]);
    case Kind::Tanh: return Tanh(a[0]);
    case Kind::Exp: return Exp(a[0]);
    case Kind::Add: return a[0] + a[1];
    case Kind::Subtract: return a[0] + Jet(-1) * a[1];
    case Kind::Multiply: return a[0] * a[1];
    case Kind::Max: return IsNan(a[0]) || Greater(a[0], a[1], true) ? a[0] : a[1];  // a tie goes to what stands first
    case Kind::Min: return IsNan(a[0]) || Greater(a[1], a[0], true) ? a[0] : a[1];
    case Kind::Choose: return Greater(a[0], a[1], false) ? a[2] : a[3];
    case Kind::Number: case Kind::Name: case Kind::Sum: case Kind::Mean: case Kind::RowSum: case Kind::RowMax: case Kind::Grad:
    case Kind::RowGrad: case Kind::Along: case Kind::Apply: case Kind::Loop: case Kind::Log: case Kind::XLogY: case Kind::LookUp: break;
  }
  return {};
}

// A function of the operands' elements at each place of the widest.
template <typename Function>
Written Interpreter::Each(const std::vector<Written>& operands, const Function& function) {
  int rank = 0;
  for (const Written& operand : operands) rank = std::max(rank, operand.rank);
  Written result{rank, {}};
  for (int i = 0; i < Size(rank); ++i) {
    std::vector<Jet> elements;
    for (const Written& operand : operands) elements.push_back(At(operand, rank, i));
    result.values.push_back(function(elements));
    found.fragile = found.fragile || (std::isfinite(result.values.back().Value()) && std::fabs(result.values.back().Value()) > kLargest);
  }
  return result;
}

// Made of sigmoids alone: what it is lies between 0 and 1.
static bool IsProbability(const WrittenExpr& e, const Environment& environment) {
  switch (e.kind) {
    case Kind::Name: {
      const Variable* variable = environment.Find(e.name);
      return variable->value != nullptr && IsProbability(*variable->value, *variable->environment);
    }
    case Kind::Sigmoid: return true;
    case Kind::Complement: return IsProbability(*e.operands[0], environment);
    case Kind::Max:
    case Kind::Min: return IsProbability(*e.operands[0], environment) && IsProbability(*e.operands[1], environment);
    case Kind::Choose: return IsProbability(*e.operands[2], environment) && IsProbability(*e.operands[3], environment);
    default: return false;
  }
}

// The logarithm of a probability, or of 1 minus it, from what the probability is made of: the number itself may be too close to 0 or 1.
Written Interpreter::LogOf(const WrittenExpr& p, bool complement, const Environment& environment, Moved& moved) {
  switch (IsProbability(p, environment) ? p.kind : Kind::Number) {
    case Kind::Name: {
      const Variable* variable = environment.Find(p.name);
      if (moved.by.count(variable)) break;
      reading_.insert(variable);
      return LogOf(*variable->value, complement, *variable->environment, moved);
    }
    case Kind::Sigmoid:
      return Each({Evaluate(*p.operands[0], environment, moved)}, [&](const std::vector<Jet>& x) {
        found.saturated = found.saturated || std::fabs(x[0].Value()) > 90;
        return Jet(-1) * Softplus(complement ? x[0] : Jet(-1) * x[0]);
      });
    case Kind::Complement: return LogOf(*p.operands[0], !complement, environment, moved);
    case Kind::Max:
    case Kind::Min: {
      const Kind kind = (p.kind == Kind::Max) != complement ? Kind::Max : Kind::Min;
      return Each({LogOf(*p.operands[0], complement, environment, moved), LogOf(*p.operands[1], complement, environment, moved)},
                  [&](const std::vector<Jet>& logs) { return Element(kind, logs); });
    }
    case Kind::Choose:
      return Each({Evaluate(*p.operands[0], environment, moved), Evaluate(*p.operands[1], environment, moved),
                   LogOf(*p.operands[2], complement, environment, moved), LogOf(*p.operands[3], complement, environment, moved)},
                  [&](const std::vector<Jet>& a) { return Element(Kind::Choose, a); });
    default: break;
  }
  return Each({Evaluate(p, environment, moved)}, [&](const std::vector<Jet>& a) {
    const Jet argument = complement ? Element(Kind::Complement, a) : a[0];
    if (argument.Value() == 0) return Jet(-std::numeric_limits<double>::infinity());
    found.fragile = found.fragile || argument.Value() < 1e-3;
    return Log(argument);
  });
}

// In each row the column that the comparison tells.
Written Interpreter::LookedUp(const Written& table, const Written& a, const Written& b) {
  Written result{2, {}};
  for (int i = 0; i < Size(2); ++i) result.values.push_back(At(table, 2, i / kColumns * kColumns + (Greater(At(a, 2, i), At(b, 2, i), false) ? 1 : 0)));
  return result;
}

Written Interpreter::Reduced(const WrittenExpr& e, const Written& x) {
  const bool rows = e.kind == Kind::RowSum || e.kind == Kind::RowMax;
  Written result{rows ? 1 : 0, std::vector<Jet>(rows ? kRows : 1)};
  for (int i = 0; i < (rows ? kRows * kColumns : Size(x.rank)); ++i) {
    Jet& sum = result.values[static_cast<size_t>(rows ? i / kColumns : 0)];
    const Jet& element = At(x, rows ? 2 : x.rank, i);
    if (e.kind != Kind::RowMax) sum = sum + element;
    else if (i % kColumns == 0 || (IsNan(element) && !IsNan(sum)) || Greater(element, sum, false)) sum = element;  // the first of equals
  }
  if (e.kind == Kind::Mean) result.values[0] = result.values[0] * Jet(1.0 / Size(x.rank));
  return result;
}

Written Interpreter::Gradient(const WrittenExpr& e, const Environment& environment, Moved& moved) {
  const Variable* variable = environment.Find(e.name);
  const Written at = ValueOf(variable, moved);
  Written result{at.rank, {}};
  for (size_t i = 0; i < at.values.size(); ++i) {
    Written direction{at.rank, std::vector<Jet>(at.values.size())};
    direction.values[i] = Jet(1);
    const Written change = Derivative(*e.operands[0], environment, variable, direction, moved);
    result.values.push_back(change.values[e.kind == Kind::RowGrad ? i / kColumns : 0]);
  }
  return result;
}

Written Interpreter::Loop(const WrittenExpr& e, const Environment& environment, Moved& moved) {
  const WrittenLoop& loop = *e.loop;
  std::vector<const Variable*> states;
  for (const WrittenDefinition& state : loop.states) states.push_back(NewVariable(state.value.get(), &environment));
  for (int turn = 0; turn < loop.turns; ++turn) {
    Environment& inner = NewEnvironment(&environment);
    for (size_t i = 0; i < states.size(); ++i) inner.names[loop.states[i].name] = states[i];
    Define(loop.body, inner);
    for (size_t i = 0; i < states.size(); ++i) states[i] = NewVariable(loop.next[i].get(), &inner);
  }
  return ValueOf(states[e.state], moved);
}

// a log p, and 0 where both are 0.
Written Interpreter::TimesLog(const WrittenExpr& a, const WrittenExpr& p, const Environment& environment, Moved& moved) {
  return Each({Evaluate(a, environment, moved), LogOf(p, false, environment, moved)}, [&](const std::vector<Jet>& both) {
    const bool zero = both[0].Value() == 0 && std::isinf(both[1].Value());
    found.zero_log = found.zero_log || zero;
    return zero ? Jet(0) : both[0] * both[1];
  });
}

Written Interpreter::Evaluate(const WrittenExpr& e, const Environment& environment, Moved& moved) {
  if (++work > kMostWork) return {e.rank, std::vector<Jet>(static_cast<size_t>(kRows * kColumns))};
  switch (e.kind) {
    case Kind::Number: return {0, {Jet(e.number)}};
    case Kind::Name: return ValueOf(environment.Find(e.name), moved);
    case Kind::Grad:
    case Kind::RowGrad: return Gradient(e, environment, moved);
    case Kind::Along: {
      const Variable* variable = environment.Find(e.name);
      const Written direction = Evaluate(*e.operands[1], environment, moved);
      return Derivative(*e.operands[0], environment, variable, direction, moved);
    }
    case Kind::Apply: {
      Environment& inner = NewEnvironment(nullptr);
      for (size_t i = 0; i < e.operands.size(); ++i) inner.names[e.function->parameters[i]] = NewVariable(e.operands[i].get(), &environment);
      Define(e.function->body, inner);
      return Evaluate(*e.function->value, inner, moved);
    }
    case Kind::Loop: return Loop(e, environment, moved);
    case Kind::Sum: case Kind::Mean: case Kind::RowSum:
    case Kind::RowMax: return Reduced(e, Evaluate(*e.operands[0], environment, moved));
    case Kind::LookUp: return LookedUp(Evaluate(*e.operands[0], environment, moved), Evaluate(*e.operands[1], environment, moved), Evaluate(*e.operands[2], environment, moved));
    case Kind::Log: return LogOf(*e.operands[0], false, environment, moved);
    case Kind::XLogY: return TimesLog(*e.operands[0], *e.operands[1], environment, moved);
    case Kind::Negative: case Kind::Sin: case Kind::Tanh: case Kind::Exp: case Kind::Add: case Kind::Subtract: case Kind::Multiply:
    case Kind::Max: case Kind::Min: case Kind::Choose: case Kind::Sigmoid: case Kind::Complement: break;
  }
  if (e.kind == Kind::Multiply && e.operands[1]->kind == Kind::Log) return TimesLog(*e.operands[0], *e.operands[1]->operands[0], environment, moved);
  std::vector<Written> operands;
  for (const WrittenPointer& operand : e.operands) operands.push_back(Evaluate(*operand, environment, moved));
  return Each(operands, [&](const std::vector<Jet>& elements) { return Element(e.kind, elements); });
}

WrittenPointer LoopState(const std::shared_ptr<const WrittenLoop>& loop, size_t state) {
  auto e = std::make_shared<WrittenExpr>();
  e->kind = Kind::Loop;
  e->loop = loop;
  e->state = state;
  return e;
}

}  // namespace

std::string Text(const WrittenProgram& program) {
  std::string text;
  for (const auto& function : program.functions) {
    text += "fn " + function->name + "(";
    for (size_t i = 0; i < function->parameters.size(); ++i) text += (i ? ", " : "") + function->parameters[i];
    text += ") {\n" + BodyText(function->body, "    ") + "    " + TextOf(*function->value, false) + "\n}\n";
  }
  text += "model T(";
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    text += (i ? ", " : "") + program.inputs[i] + ": f32[" + std::to_string(kRows) + ", " + std::to_string(kColumns) + "]";
  }
  text += ") {\n";
  for (const WrittenStatement& statement : program.body) {
    text += statement.loop ? "    " + LoopText(*statement.loop) + "\n" : BodyText({statement.definition}, "    ");
  }
  text += BodyText(program.results, "    ") + "    (";
  for (size_t i = 0; i < program.results.size(); ++i) text += (i ? ", " : "") + program.results[i].name;
  return text + ")\n}\n";
}

Meaning MeaningOf(const WrittenProgram& program, const std::map<std::string, std::vector<double>>& inputs) {
  Interpreter interpreter;
  Environment& environment = interpreter.NewEnvironment(nullptr);
  Moved still;
  std::vector<WrittenPointer> made;
  for (const std::string& input : program.inputs) {
    Written value{2, {}};
    for (double number : inputs.at(input)) value.values.push_back(Jet(number));
    environment.names[input] = interpreter.NewInput(value);
  }
  for (const WrittenStatement& statement : program.body) {
    if (!statement.loop) {
      interpreter.Define({statement.definition}, environment);
      continue;
    }
    for (size_t i = 0; i < statement.loop->states.size(); ++i) {
      made.push_back(LoopState(statement.loop, i));
      environment.names[statement.loop->states[i].name] = interpreter.NewVariable(made.back().get(), &environment);
    }
  }
  interpreter.Define(program.results, environment);
  auto total = std::make_shared<WrittenExpr>();
  total->kind = Kind::Number;
  WrittenPointer sum = total;
  Meaning& meaning = interpreter.found;
  for (const WrittenDefinition& result : program.results) {
    auto name = std::make_shared<WrittenExpr>();
    name->kind = Kind::Name;
    name->name = result.name;
    auto part = std::make_shared<WrittenExpr>();
    part->kind = Kind::Sum;
    part->operands = {name};
    auto more = std::make_shared<WrittenExpr>();
    more->kind = Kind::Add;
    more->operands = {sum, part};
    sum = more;
    std::vector<double>& values = meaning.results.emplace_back();
    for (const Jet& jet : interpreter.ValueOf(environment.Find(result.name), still).values) values.push_back(jet.Value());
  }
  for (const std::string& input : program.inputs) {
    auto gradient = std::make_shared<WrittenExpr>();
    gradient->kind = Kind::Grad;
    gradient->name = input;
    gradient->operands = {sum};
    made.push_back(gradient);
    for (const Jet& jet : interpreter.Evaluate(*gradient, environment, still).values) meaning.derivatives[input].push_back(jet.Value());
  }
  meaning.costly = interpreter.work > kMostWork;
  return meaning;
}

}  // namespace nnc::test
