#include "test/tools/random_written.h"

#include <algorithm>
#include <set>
#include <utility>

namespace nnc::test {

using Kind = WrittenExpr::Kind;

namespace {

// An expression with what must be known of it.
struct Made {
  WrittenPointer e;
  int rank = 0;
  std::set<std::string> reads;  // the names that a path leads from
  int order = 0;                // of derivatives in it
  std::set<std::string> mixed;  // those of which one row of it may read another
};

struct Name {
  std::string name;
  Made as;  // the name itself, as an expression
  bool used = false;
};

struct Scope {
  std::vector<Name> names;
  std::vector<Made> whole;  // expressions written before, without subscripts
};

constexpr int kMostOrders = 2;

class WrittenGenerator {
 public:
  WrittenGenerator(uint64_t seed, Statistics& statistics, const WrittenOptions& options) : random_(seed), statistics_(statistics), options_(options) {}
  WrittenProgram Run();

 private:
  Made Node(Kind kind, std::vector<Made> operands, int rank);
  Made Number(double number);
  Made Use(Scope& scope, size_t which);
  bool Pick(Scope& scope, int lowest, int highest, Made* made);
  Made Expression(Scope& scope, int rank, int depth, bool indexed);
  Made Broadcast(Scope& scope, int rank, int depth, bool indexed);
  Made Decision(Scope& scope, int rank, int depth, bool indexed);
  Made Probability(Scope& scope, int rank, int depth, bool indexed);
  Made Logarithm(Scope& scope, int rank, int depth, bool indexed);
  Made Unused(Scope& scope, size_t from, Made start);
  void Define(Scope& scope, Made value, bool indexed);
  void Statement(Scope& scope, bool top);
  bool Gradient(Scope& scope);
  bool RowGradient(Scope& scope);
  bool Along(Scope& scope);
  bool Apply(Scope& scope);
  void Loop(Scope& scope, bool top);
  Made ThatReads(Scope& scope, const Made& x, int rank);
  std::string NewName() { return "v" + std::to_string(names_++); }
  void Count(const char* feature) { statistics_.Count(feature); }

  RandomNumbers random_;
  Statistics& statistics_;
  WrittenOptions options_;
  WrittenProgram program_;
  std::vector<WrittenDefinition>* body_ = nullptr;  // of a function or loop; null in the model
  int names_ = 0;
};

Made WrittenGenerator::Node(Kind kind, std::vector<Made> operands, int rank) {
  auto e = std::make_shared<WrittenExpr>();
  e->kind = kind;
  Made made{nullptr, rank, {}, 0, {}};
  for (const Made& operand : operands) {
    e->operands.push_back(operand.e);
    made.reads.insert(operand.reads.begin(), operand.reads.end());
    made.order = std::max(made.order, operand.order);
    made.mixed.insert(operand.mixed.begin(), operand.mixed.end());
  }
  made.e = e;
  return made;
}

Made WrittenGenerator::Number(double number) {
  auto e = std::make_shared<WrittenExpr>();
  e->number = number;
  return {e, 0, {}, 0, {}};
}

Made WrittenGenerator::Use(Scope& scope, size_t which) {
  scope.names[which].used = true;
  return scope.names[which].as;
}

// A name of a rank in the range, rather a late one.
bool WrittenGenerator::Pick(Scope& scope, int lowest, int highest, Made* made) {
  std::vector<size_t> fitting;
  for (size_t i = 0; i < scope.names.size(); ++i) {
    const Made& as = scope.names[i].as;
    if (as.rank < lowest || as.rank > highest) continue;
    fitting.push_back(i);
    if (!scope.names[i].used) fitting.push_back(i);
  }
  if (fitting.empty()) return false;
  *made = Use(scope, random_.Of(fitting));
  return true;
}

Made WrittenGenerator::Decision(Scope& scope, int rank, int depth, bool indexed) {
  Made a = Expression(scope, rank, depth - 1, indexed), b = a;
  if (random_.Chance(0.3)) b = Number(random_.Of(std::vector<double>{-1, 0, 0.5}));
  else if (random_.Chance(0.6)) b = Expression(scope, rank, depth - 1, indexed);
  else if (random_.Chance(0.5)) b = Node(Kind::Multiply, {b, Node(Kind::Multiply, {b, b}, rank)}, rank);
  if (random_.Chance(0.5)) std::swap(a, b);
  Count("decision");
  switch (random_.Below(3)) {
    case 0: return Node(Kind::Max, {a, b}, rank);
    case 1: return Node(Kind::Min, {a, b}, rank);
    default: return Node(Kind::Choose, {a, b, Expression(scope, rank, depth - 1, indexed), Expression(scope, rank, depth - 1, indexed)}, rank);
  }
}

// Between 0 and 1, and often so close to them that no number tells.
Made WrittenGenerator::Probability(Scope& scope, int rank, int depth, bool indexed) {
  auto again = [&] { return Probability(scope, rank, depth - 1, indexed); };
  switch (depth <= 0 ? 5 : random_.Below(6)) {
    case 0: return Node(Kind::Complement, {again()}, rank);
    case 1: return Node(random_.Chance(0.5) ? Kind::Max : Kind::Min, {again(), again()}, rank);
    case 2: return Node(Kind::Choose, {Expression(scope, rank, 0, indexed), Number(0.5), again(), again()}, rank);
    default: {
      const Made steep = Number(random_.Of(std::vector<double>{1, 2, 40, 2000}));
      return Node(Kind::Sigmoid, {Node(Kind::Multiply, {steep, Expression(scope, rank, 1, indexed)}, rank)}, rank);
    }
  }
}

Made WrittenGenerator::Logarithm(Scope& scope, int rank, int depth, bool indexed) {
  Count("logarithm");
  if (options_.zero_logs && random_.Chance(0.3)) {  // 0 log 0 where the argument is 0
    const Made bounded = Node(Kind::Max, {Number(0), Expression(scope, rank, depth - 1, indexed)}, rank);
    const Made happened = Node(Kind::Choose, {bounded, Number(0), Number(1), Number(0)}, rank);
    const Made y = random_.Chance(0.5) ? happened : bounded;
    return Node(Kind::XLogY, {y, bounded}, rank);
  }
  const Made p = Probability(scope, rank, 2, indexed);
  if (random_.Chance(0.3)) return Node(Kind::Multiply, {Number(0.125), Node(Kind::Log, {p}, rank)}, rank);
  const Made truth = Node(Kind::Choose, {Expression(scope, rank, 0, indexed), Number(0), Number(0.25), Number(0)}, rank);
  return Node(Kind::XLogY, {truth, p}, rank);
}

// Under indices also a name of lower rank.
Made WrittenGenerator::Broadcast(Scope& scope, int rank, int depth, bool indexed) {
  Made made;
  if (indexed && rank > 0 && random_.Chance(0.5) && Pick(scope, 0, rank - 1, &made)) return made;
  return Expression(scope, rank, depth, indexed);
}

Made WrittenGenerator::Expression(Scope& scope, int rank, int depth, bool indexed) {
  Made made;
  if (rank == 1 && random_.Chance(0.5)) {
    const Made inner = Expression(scope, 2, depth - 1, indexed);
    return Node(random_.Chance(0.8) ? Kind::RowSum : Kind::RowMax, {inner}, 1);
  }
  if (!Pick(scope, rank, rank, &made)) {
    if (rank == 1) return Node(Kind::RowSum, {Expression(scope, 2, depth - 1, indexed)}, 1);
    if (rank == 0) {
      made = Node(Kind::Mean, {Expression(scope, 2, depth - 1, false)}, 0);
      made.mixed = made.reads;
    }
  }
  if (depth <= 0) return made;
  if (!indexed && random_.Chance(0.25)) {
    std::vector<Made> again;
    for (const Made& known : scope.whole) {
      if (known.rank == rank) again.push_back(known);
    }
    if (!again.empty()) {
      Count("written again");
      return Node(Kind::Multiply, {made, random_.Of(again)}, rank);
    }
  }
  if (indexed && rank == 2 && options_.derivatives && random_.Chance(0.08)) {
    Count("looked up");
    const Made compared = Expression(scope, 2, depth - 1, true);
    Made table;
    if (Pick(scope, 2, 2, &table)) return Node(Kind::LookUp, {table, compared, Number(random_.Of(std::vector<double>{0, 0.25}))}, 2);
  }
  switch (random_.Below(10)) {
    case 0: return Node(Kind::Sin, {Expression(scope, rank, depth - 1, indexed)}, rank);
    case 1: return Node(Kind::Tanh, {Expression(scope, rank, depth - 1, indexed)}, rank);
    case 2: return Node(Kind::Exp, {Node(Kind::Tanh, {made}, rank)}, rank);
    case 3: return Node(Kind::Negative, {Expression(scope, rank, depth - 1, indexed)}, rank);
    case 4: return Node(Kind::Add, {made, Broadcast(scope, rank, depth - 1, indexed)}, rank);
    case 5: return Node(Kind::Subtract, {Expression(scope, rank, depth - 1, indexed), made}, rank);
    case 6: return Node(Kind::Multiply, {Number(random_.Of(options_.zeros ? std::vector<double>{2, 0.5, -1, 0} : std::vector<double>{2, 0.5, -1})), made}, rank);
    case 7: return Decision(scope, rank, depth, indexed);
    case 8:
      if (options_.zeros) return Logarithm(scope, rank, depth, indexed);
      [[fallthrough]];
    default: return Node(Kind::Multiply, {made, Broadcast(scope, rank, depth - 1, indexed)}, rank);
  }
}

void WrittenGenerator::Define(Scope& scope, Made value, bool indexed) {
  const WrittenDefinition definition{NewName(), value.e, indexed, value.rank};
  if (body_) body_->push_back(definition);
  else program_.body.push_back({definition, nullptr});
  if (!indexed) scope.whole.push_back(value);
  auto e = std::make_shared<WrittenExpr>();
  e->kind = Kind::Name;
  e->name = definition.name;
  e->rank = value.rank;
  value.e = e;
  value.reads.insert(definition.name);
  scope.names.push_back({definition.name, value, false});
}

// A value that reads x for certain.
Made WrittenGenerator::ThatReads(Scope& scope, const Made& x, int rank) {
  std::vector<size_t> fitting;
  for (size_t i = 0; i < scope.names.size(); ++i) {
    const Made& as = scope.names[i].as;
    if (as.rank == rank && as.reads.count(x.e->name) && as.order < kMostOrders) fitting.push_back(i);
  }
  Made y = fitting.empty() || rank != x.rank ? x : Use(scope, random_.Of(fitting));
  if (rank == x.rank) y = Node(Kind::Multiply, {y, Expression(scope, rank, 2, false)}, rank);
  return y;
}

bool WrittenGenerator::Gradient(Scope& scope) {
  Made x;
  if (!options_.derivatives || !Pick(scope, 0, 2, &x)) return false;
  Made y = ThatReads(scope, x, x.rank == 1 ? 1 : x.rank);
  if (x.rank == 1) y = x;
  if (random_.Chance(0.5)) y = Node(Kind::Multiply, {y, random_.Chance(0.5) ? y : x}, x.rank);
  if (y.order >= kMostOrders) return false;
  if (x.rank > 0) y = Node(random_.Chance(0.7) ? Kind::Sum : Kind::Mean, {y}, 0);
  Made made = Node(Kind::Grad, {y}, x.rank);
  auto e = std::make_shared<WrittenExpr>(*made.e);
  e->name = x.e->name;
  made.e = e;
  made.order = y.order + 1;
  made.mixed = made.reads;
  Define(scope, made, false);
  Count("grad");
  return true;
}

bool WrittenGenerator::RowGradient(Scope& scope) {
  if (!options_.derivatives) return false;
  std::vector<std::pair<size_t, size_t>> pairs;
  for (size_t y = 0; y < scope.names.size(); ++y) {
    for (size_t x = 0; x < scope.names.size(); ++x) {
      const Made &a = scope.names[y].as, &b = scope.names[x].as;
      if (a.rank == 1 && b.rank == 2 && a.order < kMostOrders && a.reads.count(scope.names[x].name) && !a.mixed.count(scope.names[x].name)) pairs.push_back({y, x});
    }
  }
  if (pairs.empty()) return false;
  const auto [y, x] = random_.Of(pairs);
  Made made = Node(Kind::RowGrad, {Use(scope, y)}, 2);
  auto e = std::make_shared<WrittenExpr>(*made.e);
  e->name = Use(scope, x).e->name;
  made.e = e;
  made.order = scope.names[y].as.order + 1;
  Define(scope, made, true);
  Count("grad by rows");
  return true;
}

bool WrittenGenerator::Along(Scope& scope) {
  Made x, v;
  if (!options_.derivatives || !Pick(scope, 2, 2, &x) || !Pick(scope, 2, 2, &v)) return false;
  const Made y = ThatReads(scope, x, 2);
  if (y.order >= kMostOrders) return false;
  Made made = Node(Kind::Along, {y, v}, 2);
  auto e = std::make_shared<WrittenExpr>(*made.e);
  e->name = x.e->name;
  made.e = e;
  made.order = y.order + 1;
  made.mixed = made.reads;
  Define(scope, made, false);
  Count("along");
  return true;
}

// The value of a body: everything in it that nothing has used.
Made WrittenGenerator::Unused(Scope& scope, size_t from, Made value) {
  for (size_t i = from; i < scope.names.size(); ++i) {
    if (scope.names[i].used) continue;
    Made more = Use(scope, i);
    if (more.rank == 1) more = Node(Kind::Sum, {more}, 0);
    value = Node(Kind::Add, {value, Node(Kind::Multiply, {Number(0.25), more}, more.rank)}, 2);
    value.mixed = value.reads;
  }
  return value;
}

bool WrittenGenerator::Apply(Scope& scope) {
  Made a, b;
  if (body_ || !Pick(scope, 2, 2, &a) || !Pick(scope, 2, 2, &b)) return false;
  if (random_.Chance(0.5)) b = a;
  if (std::max(a.order, b.order) > 0) return false;
  auto function = std::make_shared<WrittenFunction>();
  function->name = "f" + std::to_string(program_.functions.size());
  Scope inner;
  for (int i = 0; i < 2; ++i) {
    function->parameters.push_back(NewName());
    auto e = std::make_shared<WrittenExpr>();
    e->kind = Kind::Name;
    e->name = function->parameters.back();
    e->rank = 2;
    inner.names.push_back({e->name, {e, 2, {e->name}, 0, {}}, true});
  }
  body_ = &function->body;
  for (int i = 0; i < 3; ++i) Statement(inner, false);
  Gradient(inner);
  Made value = Unused(inner, 0, Expression(inner, 2, 1, false));
  body_ = nullptr;
  function->value = value.e;
  program_.functions.push_back(function);
  Made made = Node(Kind::Apply, {a, b}, 2);
  auto e = std::make_shared<WrittenExpr>(*made.e);
  e->function = function;
  made.e = e;
  made.order = value.order;
  made.mixed = made.reads;
  Define(scope, made, false);
  Count(a.e == b.e ? "function of one name twice" : "function");
  return true;
}

void WrittenGenerator::Loop(Scope& scope, bool top) {
  auto loop = std::make_shared<WrittenLoop>();
  loop->turns = random_.Between(1, 2);
  Scope inner = scope;
  const size_t outer = scope.names.size();
  const int states = random_.Between(1, 2);
  std::set<std::string> all;                // read by any state
  std::vector<std::set<std::string>> reads;  // by each for certain, in every turn
  for (int i = 0; i < states; ++i) {
    Made start = random_.Chance(0.15) ? Number(options_.zeros ? 0 : 1) : Expression(inner, 2, random_.Below(2), false);
    if (start.rank == 0) {
      Made any;
      Pick(inner, 2, 2, &any);
      start = Node(Kind::Multiply, {start, any}, 2);
    }
    loop->states.push_back({NewName(), start.e, false, 2});
    reads.push_back(start.reads);
  }
  for (const Name& name : scope.names) all.insert(name.name);
  for (size_t i = 0; i < outer; ++i) scope.names[i].used = scope.names[i].used || inner.names[i].used;
  for (size_t i = 0; i < loop->states.size(); ++i) {
    const WrittenDefinition& state = loop->states[i];
    auto e = std::make_shared<WrittenExpr>();
    e->kind = Kind::Name;
    e->name = state.name;
    e->rank = 2;
    Made as{e, 2, reads[i], 0, all};
    as.reads.insert(state.name);
    inner.names.push_back({state.name, as, true});
  }
  const size_t first = inner.names.size();
  std::vector<WrittenDefinition>* saved = std::exchange(body_, &loop->body);
  for (int i = 0; i < 2; ++i) Statement(inner, false);
  if (!RowGradient(inner)) Gradient(inner);
  body_ = saved;
  int order = 0;
  for (int i = 0; i < states; ++i) {
    Made next = Node(Kind::Multiply, {Number(0.5), inner.names[outer + static_cast<size_t>(i)].as}, 2);
    next = i == 0 ? Unused(inner, first, next) : Node(Kind::Add, {next, Expression(inner, 2, 1, false)}, 2);
    if (random_.Chance(0.5)) next = Node(Kind::Tanh, {next}, 2);
    loop->next.push_back(next.e);
    reads[static_cast<size_t>(i)] = next.reads;
    order = std::max(order, next.order);
  }
  for (size_t i = 0; i < outer; ++i) scope.names[i].used = scope.names[i].used || inner.names[i].used;
  for (std::set<std::string>& names : reads) {
    std::erase_if(names, [&](const std::string& name) { return !all.count(name); });  // of the loop's own
  }
  Count("loop");
  if (states == 1 || !top) {
    auto e = std::make_shared<WrittenExpr>();
    e->kind = Kind::Loop;
    e->loop = loop;
    if (states == 1) {
      Define(scope, {e, 2, reads[0], order, all}, false);
      scope.whole.pop_back();
    }
    return;
  }
  program_.body.push_back({{}, loop});
  for (size_t i = 0; i < loop->states.size(); ++i) {
    const WrittenDefinition& state = loop->states[i];
    auto e = std::make_shared<WrittenExpr>();
    e->kind = Kind::Name;
    e->name = state.name;
    e->rank = 2;
    Made as{e, 2, reads[i], order, all};
    as.reads.insert(state.name);
    scope.names.push_back({state.name, as, false});
  }
}

void WrittenGenerator::Statement(Scope& scope, bool top) {
  switch (random_.Below(top ? 13 : 9)) {
    case 0: return Define(scope, Expression(scope, 2, 2, true), true);
    case 1: return Define(scope, Expression(scope, 1, 2, true), true);
    case 2: {
      Made made = Node(random_.Chance(0.5) ? Kind::Sum : Kind::Mean, {Expression(scope, 2, 2, false)}, 0);
      made.mixed = made.reads;
      return Define(scope, made, false);
    }
    case 3: {
      Made made;
      if (Pick(scope, 0, 2, &made)) Define(scope, made, false);
      Count("name of a name");
      return;
    }
    case 4:
    case 5:
      if (Gradient(scope)) return;
      break;
    case 6:
      if (RowGradient(scope)) return;
      break;
    case 7:
      if (Along(scope)) return;
      break;
    case 9:
    case 12:
      if (Apply(scope)) return;
      break;
    case 10:
    case 11: return Loop(scope, top);
    default: break;
  }
  Define(scope, Expression(scope, 2, 2, false), false);
}

WrittenProgram WrittenGenerator::Run() {
  Scope scope;
  for (const char* input : {"x", "z"}) {
    program_.inputs.push_back(input);
    auto e = std::make_shared<WrittenExpr>();
    e->kind = Kind::Name;
    e->name = input;
    e->rank = 2;
    scope.names.push_back({input, {e, 2, {input}, 0, {}}, true});
  }
  const int statements = random_.Between(3, 6);
  for (int i = 0; i < statements; ++i) Statement(scope, true);
  for (size_t i = 2; i < scope.names.size(); ++i) {
    if (scope.names[i].used) continue;
    const Made as = scope.names[i].as;
    program_.results.push_back({NewName(), Node(Kind::Multiply, {as, as}, as.rank).e, false, as.rank});
  }
  const Made first = scope.names[0].as;
  program_.results.push_back({NewName(), Expression(scope, 2, 1, false).e, false, 2});
  program_.results.push_back({NewName(), Node(Kind::Sin, {first}, 2).e, false, 2});
  return program_;
}

}  // namespace

WrittenProgram RandomWrittenProgram(uint64_t seed, Statistics& statistics, const WrittenOptions& options) {
  return WrittenGenerator(seed, statistics, options).Run();
}

std::map<std::string, std::vector<double>> RandomWrittenInputs(const WrittenProgram& program, uint64_t seed) {
  RandomNumbers random(seed + 77);
  std::map<std::string, std::vector<double>> inputs;
  for (const std::string& input : program.inputs) {
    for (int i = 0; i < kRows * kColumns; ++i) {
      const bool tie = random.Chance(0.4);
      const double number = tie ? random.Of(std::vector<double>{-1, 0, 0.5, 1}) : random.Uniform(-1.2, 1.2);
      inputs[input].push_back(static_cast<double>(static_cast<float>(number)));
    }
  }
  return inputs;
}

}  // namespace nnc::test
