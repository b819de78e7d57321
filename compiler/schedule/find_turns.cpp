#include "compiler/schedule/find_turns.h"

#include <algorithm>

#include "compiler/schedule/affine.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Dim;
using ir::Scalar;
using ir::ScalarFn;

namespace {

constexpr int64_t kWalked = 8;               // turns that are sooner walked than one is looked up
constexpr int64_t kExact = int64_t{1} << 24;  // whole numbers below it are numbers in single precision

// Whether the turns are so many that one is found. What is decided does not depend on how many events a batch or a block has.
bool HasManyTurns(const Dim& extent) { return !extent.IsConstant() || extent.Constant() > kWalked; }

class Equations {
 public:
  explicit Equations(const Kernel& kernel) : kernel_(kernel) {}

  // What holds wherever the step is not the identity.
  void Needed(int step, double identity) {
    const Scalar& s = kernel_.body[static_cast<size_t>(step)];
    if (s.kind == Scalar::Kind::Access) reads.push_back({s.index, identity});
    if (s.kind != Scalar::Kind::Call) return;
    if (s.fn == ScalarFn::Select) {
      const Scalar& otherwise = kernel_.body[static_cast<size_t>(s.arguments[2])];
      if (otherwise.kind != Scalar::Kind::Literal || otherwise.literal != identity) return;
      Holds(s.arguments[0]);
      return Needed(s.arguments[1], identity);
    }
    if (identity != 0) return;
    switch (s.fn) {
      case ScalarFn::Mul:
        Needed(s.arguments[0], 0);
        return Needed(s.arguments[1], 0);
      case ScalarFn::Div:
      case ScalarFn::Neg:
      case ScalarFn::Stop: return Needed(s.arguments[0], 0);
      default: return Holds(step);  // a truth is 0 where it does not hold
    }
  }

  std::vector<Equation> found;
  std::vector<NeededRead> reads;

 private:
  void Holds(int step) {
    const Scalar& s = kernel_.body[static_cast<size_t>(step)];
    if (s.kind == Scalar::Kind::Access) reads.push_back({s.index, 0});
    if (s.kind != Scalar::Kind::Call) return;
    if (s.fn == ScalarFn::And) {
      Holds(s.arguments[0]);
      return Holds(s.arguments[1]);
    }
    if (s.fn != ScalarFn::Eq) return;
    for (int side = 0; side < 2; ++side) {
      if (kernel_.body[static_cast<size_t>(s.arguments[side])].kind == Scalar::Kind::Index) found.push_back({s.arguments[side], s.arguments[1 - side]});
    }
  }

  const Kernel& kernel_;
};

// One kernel while its loops are marked.
class Finding {
 public:
  Finding(Kernel& kernel, const Capacities& capacities) : kernel_(kernel), capacities_(capacities) {
    for (size_t step = 0; step < kernel.body.size(); ++step) loops_of_.push_back(LoopsOf(static_cast<int>(step)));
  }

  void Run() {
    kernel_.found.assign(kernel_.loops.size(), -1);
    for (const Equation& equation : EquationsOf(kernel_, kernel_.folded, ir::Row(kernel_.monoid).identity)) {
      const Affine index = kernel_.index_values[static_cast<size_t>(kernel_.body[static_cast<size_t>(equation.index)].index)];
      for (const Affine::Term& term : index.terms) {
        if (MayFind(term, index, equation)) {
          Find(term, index, equation);
          break;
        }
      }
    }
    if (std::all_of(kernel_.found.begin(), kernel_.found.end(), [](int step) { return step < 0; })) kernel_.found.clear();
  }

 private:
  // Which loops a step depends on, by what its own accesses and indices say.
  std::vector<bool> LoopsOf(int number) const {
    std::vector<bool> loops(kernel_.loops.size(), false);
    auto add = [&](const Affine& affine) {
      for (const Affine::Term& term : affine.terms) loops[static_cast<size_t>(term.index)] = true;
    };
    const Scalar& step = kernel_.body[static_cast<size_t>(number)];
    if (step.kind == Scalar::Kind::Index) add(kernel_.index_values[static_cast<size_t>(step.index)]);
    if (step.kind == Scalar::Kind::Access) {
      for (const Affine& subscript : kernel_.reads[static_cast<size_t>(step.index)].subscripts) add(subscript);
    }
    if (step.kind != Scalar::Kind::Call) return loops;
    for (int argument : step.arguments) {
      for (size_t loop = 0; argument >= 0 && loop < loops.size(); ++loop) {
        if (loops_of_[static_cast<size_t>(argument)][loop]) loops[loop] = true;
      }
    }
    return loops;
  }

  // The same, with the loops that give the turns of those.
  std::vector<bool> AllLoops(std::vector<bool> loops) const {
    for (bool more = true; more;) {
      more = false;
      for (size_t loop = 0; loop < loops.size(); ++loop) {
        if (!loops[loop] || kernel_.found[loop] < 0) continue;
        const std::vector<bool>& behind = loops_of_[static_cast<size_t>(kernel_.found[loop])];
        for (size_t l = 0; l < loops.size(); ++l) {
          if (!behind[l] || loops[l]) continue;
          loops[l] = more = true;
        }
      }
    }
    return loops;
  }

  bool MayFind(const Affine::Term& term, const Affine& index, const Equation& equation) const {
    const size_t loop = static_cast<size_t>(term.index);
    const Dim& extent = kernel_.loops[loop];
    if (kernel_.found[loop] >= 0 || std::abs(term.coefficient) != 1) return false;
    if (kernel_.arg_count > 0 && term.index >= kernel_.rank) return false;  // the place of what is found there would not be counted
    if (!extent.ProvablyPositive() || !HasManyTurns(extent)) return false;
    if (capacities_(Highest(index, kernel_.loops)) >= kExact || capacities_(Dim(0) - Lowest(index, kernel_.loops)) >= kExact) return false;
    // What gives the turn depends on no loop whose turn depends on it: the value's loops, and those beside it in the index.
    std::vector<bool> behind = loops_of_[static_cast<size_t>(equation.value)];
    for (const Affine::Term& other : index.terms)
      if (other.index != term.index) behind[static_cast<size_t>(other.index)] = true;
    return !AllLoops(std::move(behind))[loop];
  }

  // c * loop + rest == value.
  void Find(const Affine::Term& term, const Affine& index, const Equation& equation) {
    Affine rest = index;
    rest.Add(term.index, -term.coefficient);
    int turn = equation.value;
    if (!IsConstant(rest, 0)) {
      Scalar number;
      if (rest.terms.empty() && rest.constant.IsConstant()) {
        number.literal = static_cast<double>(rest.constant.Constant());
      } else {
        number.kind = Scalar::Kind::Index;
        number.index = static_cast<int>(kernel_.index_values.size());
        kernel_.index_values.push_back(rest);
      }
      turn = Insert(Call(ScalarFn::Sub, turn, Insert(number)));
    }
    if (term.coefficient < 0) turn = Insert(Call(ScalarFn::Neg, turn, -1));
    kernel_.found[static_cast<size_t>(term.index)] = turn;
  }

  static Scalar Call(ScalarFn fn, int a, int b) {
    Scalar call;
    call.kind = Scalar::Kind::Call;
    call.fn = fn;
    call.arguments[0] = a, call.arguments[1] = b;
    return call;
  }

  // Before the folded step, which is the last one and which no other refers to.
  int Insert(const Scalar& step) {
    const int at = kernel_.folded++;
    kernel_.body.insert(kernel_.body.begin() + at, step);
    for (Store& store : kernel_.stores) store.step = kernel_.folded;
    loops_of_.insert(loops_of_.begin() + at, LoopsOf(at));
    return at;
  }

  Kernel& kernel_;
  const Capacities& capacities_;
  std::vector<std::vector<bool>> loops_of_;  // by step
};

}  // namespace

std::vector<Equation> EquationsOf(const Kernel& kernel, int step, double identity) {
  Equations equations(kernel);
  equations.Needed(step, identity);
  return std::move(equations.found);
}

std::vector<NeededRead> ReadsNeeded(const Kernel& kernel) {
  if (kernel.folded < 0) return {};
  Equations equations(kernel);
  equations.Needed(kernel.folded, ir::Row(kernel.monoid).identity);
  return std::move(equations.reads);
}

bool FindsTurn(const Kernel& producer, const std::vector<int>& axis_of, const Address& read, const Kernel& reader, double identity) {
  for (const Equation& equation : EquationsOf(producer, producer.stores[0].step, identity)) {
    const Affine& index = producer.index_values[static_cast<size_t>(producer.body[static_cast<size_t>(equation.index)].index)];
    for (const Affine::Term& term : index.terms) {
      const Affine& subscript = read.subscripts[static_cast<size_t>(axis_of[static_cast<size_t>(term.index)])];
      if (std::abs(term.coefficient) != 1 || !subscript.IsBare()) continue;
      if (HasManyTurns(reader.loops[static_cast<size_t>(subscript.BareIndex())])) return true;
    }
  }
  return false;
}

static bool Mentions(const Kernel& kernel, int step, const IsStep& sum) {
  const Scalar& s = kernel.body[static_cast<size_t>(step)];
  if (sum(s, step)) return true;
  return s.kind == Scalar::Kind::Call && std::any_of(std::begin(s.arguments), std::end(s.arguments), [&](int argument) { return argument >= 0 && Mentions(kernel, argument, sum); });
}

// The sum times, or over, what it has no part in; negative.
static bool IsMultipleOf(const Kernel& kernel, int step, const IsStep& sum) {
  const Scalar& s = kernel.body[static_cast<size_t>(step)];
  if (sum(s, step)) return true;
  if (s.kind != Scalar::Kind::Call) return false;
  auto times = [&](int multiple, int factor) { return IsMultipleOf(kernel, s.arguments[multiple], sum) && !Mentions(kernel, s.arguments[factor], sum); };
  switch (s.fn) {
    case ScalarFn::Mul: return times(0, 1) || times(1, 0);
    case ScalarFn::Div: return times(0, 1);
    case ScalarFn::Neg: return IsMultipleOf(kernel, s.arguments[0], sum);
    default: return false;
  }
}

bool KeepsUntouched(const Kernel& kernel, int step, const IsStep& own, const IsStep& sum) {
  const Scalar& s = kernel.body[static_cast<size_t>(step)];
  if (s.kind != Scalar::Kind::Call || (s.fn != ScalarFn::Sub && s.fn != ScalarFn::Add)) return false;
  auto is_own = [&](int argument) { return own(kernel.body[static_cast<size_t>(s.arguments[argument])], s.arguments[argument]); };
  if (is_own(0) && IsMultipleOf(kernel, s.arguments[1], sum)) return true;
  return s.fn == ScalarFn::Add && is_own(1) && IsMultipleOf(kernel, s.arguments[0], sum);
}

bool TouchesFoundAlone(const Kernel& kernel) { return kernel.IsScatter() && kernel.folded + 1 < static_cast<int>(kernel.body.size()); }

void FindTurns(Definitions& definitions, const Capacities& capacities) {
  for (std::vector<Kernel>& kernels : definitions.kernels) {
    for (Kernel& kernel : kernels) {
      if (kernel.kind != Kernel::Kind::Loops || kernel.folded < 0) continue;
      Finding(kernel, capacities).Run();
    }
  }
}

}  // namespace nnc::schedule
