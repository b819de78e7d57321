#include "test/tools/scalar_check.h"

#include <cmath>
#include <cstdlib>
#include <vector>

namespace nnc::test {

namespace {

using Real = long double;

// The function said a second time, in other words where there are any, and where to test it.
struct Statement {
  std::string_view name;
  int arity;
  double low[3], high[3];  // of the arguments
  Real (*value)(Real a, Real b, Real c);
  bool builtin = true;
  bool flat = false;  // constant to every derivative, whatever its values do
};

Real Power(Real a, Real b) { return std::exp(b * std::log(a)); }
Real Floor(Real a) {
  const Real whole = static_cast<Real>(static_cast<long long>(a));
  return whole > a ? whole - 1 : whole;
}
Real HalfToEven(Real a) {
  const Real below = Floor(a), rest = a - below;
  if (rest != 0.5L) return rest < 0.5L ? below : below + 1;
  return Floor(below / 2) * 2 == below ? below : below + 1;
}

// By its Taylor series.
Real ErrorFunction(Real a) {
  Real power = a, sum = a;
  for (int n = 1; n < 60; ++n) {
    power *= -a * a / n;
    sum += power / (2 * n + 1);
  }
  return sum * 2 / std::sqrt(std::acos(Real(-1)));
}

#define NNC_VALUE(expression) [](Real a, Real b, Real c) -> Real { (void)a, (void)b, (void)c; return expression; }
const std::vector<Statement>& Statements() {
  static const std::vector<Statement> statements = {
      {"add", 2, {-3, -3}, {3, 3}, NNC_VALUE(b + a), false},
      {"sub", 2, {-3, -3}, {3, 3}, NNC_VALUE(-(b - a)), false},
      {"mul", 2, {-3, -3}, {3, 3}, NNC_VALUE(((a + b) * (a + b) - (a - b) * (a - b)) / 4), false},
      {"div", 2, {-3, 0.4}, {3, 3}, NNC_VALUE(a * (1 / b)), false},
      {"neg", 1, {-3}, {3}, NNC_VALUE(0 - a), false},
      {"pow", 2, {0.2, -3}, {3, 3}, NNC_VALUE(Power(a, b)), false},
      {"floordiv", 2, {-9, 0.7}, {9, 3}, NNC_VALUE(Floor(a / b)), false},
      {"mod", 2, {-9, 0.7}, {9, 3}, NNC_VALUE(a - b * Floor(a / b)), false},
      {"max", 2, {-3, -3}, {3, 3}, NNC_VALUE((a + b + std::fabs(a - b)) / 2)},
      {"min", 2, {-3, -3}, {3, 3}, NNC_VALUE((a + b - std::fabs(a - b)) / 2)},
      {"abs", 1, {-3}, {3}, NNC_VALUE(std::sqrt(a * a))},
      {"sign", 1, {-3}, {3}, NNC_VALUE(a == 0 ? 0 : a / std::fabs(a))},
      {"floor", 1, {-5}, {5}, NNC_VALUE(Floor(a))},
      {"ceil", 1, {-5}, {5}, NNC_VALUE(-Floor(-a))},
      {"round", 1, {-5}, {5}, NNC_VALUE(HalfToEven(a))},
      {"exp", 1, {-4}, {4}, NNC_VALUE(std::exp2(a / std::log(Real(2))))},
      {"expm1", 1, {-3}, {3}, NNC_VALUE(2 * std::sinh(a / 2) * std::exp(a / 2))},
      {"log", 1, {0.1}, {9}, NNC_VALUE(std::log2(a) * std::log(Real(2)))},
      {"log1p", 1, {-0.8}, {9}, NNC_VALUE(2 * std::atanh(a / (a + 2)))},
      {"xlogy", 2, {-3, 0.1}, {3, 9}, NNC_VALUE(a * std::log2(b) * std::log(Real(2)))},
      {"xlog1py", 2, {-3, -0.8}, {3, 9}, NNC_VALUE(2 * a * std::atanh(b / (b + 2)))},
      {"sqrt", 1, {0.1}, {9}, NNC_VALUE(Power(a, 0.5L))},
      {"sin", 1, {-4}, {4}, NNC_VALUE(2 * std::sin(a / 2) * std::cos(a / 2))},
      {"cos", 1, {-4}, {4}, NNC_VALUE(1 - 2 * std::sin(a / 2) * std::sin(a / 2))},
      {"tan", 1, {-1.3}, {1.3}, NNC_VALUE(std::sin(a) / std::cos(a))},
      {"atan", 1, {-4}, {4}, NNC_VALUE(std::asin(a / std::sqrt(1 + a * a)))},
      {"atan2", 2, {-3, 0.3}, {3, 3}, NNC_VALUE(2 * std::atan(a / (std::sqrt(a * a + b * b) + b)))},
      {"asin", 1, {-0.9}, {0.9}, NNC_VALUE(std::atan(a / std::sqrt(1 - a * a)))},
      {"acos", 1, {-0.9}, {0.9}, NNC_VALUE(2 * std::atan(std::sqrt((1 - a) / (1 + a))))},
      {"sinh", 1, {-3}, {3}, NNC_VALUE((std::exp(a) - std::exp(-a)) / 2)},
      {"cosh", 1, {-3}, {3}, NNC_VALUE((std::exp(a) + std::exp(-a)) / 2)},
      {"tanh", 1, {-3}, {3}, NNC_VALUE(1 - 2 / (std::exp(2 * a) + 1))},
      {"sigmoid", 1, {-5}, {5}, NNC_VALUE((1 + std::tanh(a / 2)) / 2)},
      {"softplus", 1, {-5}, {5}, NNC_VALUE(std::log(1 + std::exp(a)))},
      {"erf", 1, {-2}, {2}, NNC_VALUE(ErrorFunction(a))},
      {"eq", 2, {-3, -3}, {3, 3}, NNC_VALUE(!(a < b) && !(a > b)), false},
      {"ne", 2, {-3, -3}, {3, 3}, NNC_VALUE(a < b || a > b), false},
      {"lt", 2, {-3, -3}, {3, 3}, NNC_VALUE(b > a), false},
      {"le", 2, {-3, -3}, {3, 3}, NNC_VALUE(!(a > b)), false},
      {"gt", 2, {-3, -3}, {3, 3}, NNC_VALUE(b < a), false},
      {"ge", 2, {-3, -3}, {3, 3}, NNC_VALUE(!(b > a)), false},
      {"and", 2, {-3, -3}, {3, 3}, NNC_VALUE(a * b != 0), false},
      {"or", 2, {-3, -3}, {3, 3}, NNC_VALUE(a * a + b * b != 0), false},
      {"not", 1, {-3}, {3}, NNC_VALUE(1 - (a * a > 0)), false},
      {"select", 3, {-3, -3, -3}, {3, 3, 3}, NNC_VALUE(c + (b - c) * (a * a > 0)), false},
      {"stop", 1, {-3}, {3}, NNC_VALUE(a), false, true},
      {"quotient", 2, {-3, 0.4}, {3, 3}, NNC_VALUE(a * (1 / b)), false},
      {"sumrest", 3, {-3, -3, -3}, {3, 3, 3}, NNC_VALUE(a - c + b), false},
      {"productrest", 3, {-3, -3, -3}, {3, 3, 3}, NNC_VALUE(((a + b) * (a + b) - (a - b) * (a - b)) / 4 - c), false},
  };
  return statements;
}
#undef NNC_VALUE

const Statement* FindStatement(std::string_view name) {
  for (const Statement& statement : Statements()) {
    if (statement.name == name) return &statement;
  }
  return nullptr;
}

// The argument points: a low-discrepancy sequence, and for values also ties and zeros.
std::vector<FormulaValues> Points(const Statement& statement, bool with_ties) {
  std::vector<FormulaValues> points;
  for (int i = 1; i <= 60; ++i) {
    auto at = [&](int argument, double stride) {
      const double unit = std::fmod(i * stride, 1.0);
      return statement.low[argument] + unit * (statement.high[argument] - statement.low[argument]);
    };
    // The first of three arguments is a condition: one in three does not hold.
    const double a = statement.arity == 3 && i % 3 == 0 ? 0 : at(0, 0.7548776662466927);
    points.push_back({a, at(1, 0.5698402909980532), at(2, 0.3247179572447461)});
  }
  if (!with_ties) return points;
  for (double tie : {1.0, 0.5, 2.5, 0.75}) {
    bool inside = true;
    for (int argument = 0; argument < statement.arity; ++argument) {
      inside = inside && statement.low[argument] <= tie && tie <= statement.high[argument];
    }
    if (inside) points.push_back({tie, tie, tie - 0.5});
  }
  for (double zero_b : {0.0, 1.0}) {
    if (statement.low[0] <= 0 && statement.low[1] <= zero_b && zero_b <= statement.high[1]) points.push_back({0, zero_b, 2});
  }
  return points;
}

bool Near(double got, Real wanted, double tolerance) {
  return std::fabs(static_cast<Real>(got) - wanted) <= tolerance * (1 + std::fabs(wanted));
}

std::string At(const FormulaValues& p) {
  return " at (" + std::to_string(p.a) + ", " + std::to_string(p.b) + ", " + std::to_string(p.c) + ")";
}

// Exchanging the arguments exchanges the derivatives, at a tie, too.
bool DerivativesCommute(const ir::ScalarRow& row, const FormulaValues& p) {
  FormulaValues here = p, there = p;
  std::swap(there.a, there.b);
  here.y = there.y = row.evaluate(p.a, p.b, p.c);
  here.g = there.g = 1.7;
  auto value = [&](int argument, const FormulaValues& at) {
    return row.derivative[argument].empty() ? 0 : EvaluateFormula(row.derivative[argument], at);
  };
  return Near(value(0, here), value(1, there), 1e-12) && Near(value(1, here), value(0, there), 1e-12);
}

std::string CheckValues(const ir::ScalarRow& row, const Statement& statement) {
  bool commutes = row.arity == 2, truth = true;
  for (const FormulaValues& p : Points(statement, true)) {
    const double value = row.evaluate(p.a, p.b, p.c);
    if (!Near(value, statement.value(p.a, p.b, p.c), 1e-12)) return "evaluates to " + std::to_string(value) + At(p);
    truth = truth && (value == 0 || value == 1);
    commutes = commutes && std::isfinite(row.evaluate(p.b, p.a, p.c)) && Near(value, row.evaluate(p.b, p.a, p.c), 1e-12);
    commutes = commutes && DerivativesCommute(row, p);
  }
  if (commutes != row.commutative) return "the flag `commutative` is wrong";
  if (truth != row.truth) return "the flag `truth` is wrong";
  return "";
}

// Kinks and jumps: where the two one-sided slopes differ. A truncation error of the differences stays below the tolerance.
std::string CheckDerivative(const ir::ScalarRow& row, const Statement& statement, int argument) {
  constexpr Real kStep = 1e-5L;
  constexpr double kAdjoint = 1.7;
  int compared = 0;
  for (const FormulaValues& p : Points(statement, false)) {
    auto moved = [&](Real by) {
      return statement.value(p.a + (argument == 0 ? by : 0), p.b + (argument == 1 ? by : 0), p.c + (argument == 2 ? by : 0));
    };
    const Real right = (moved(kStep) - moved(0)) / kStep, left = (moved(0) - moved(-kStep)) / kStep;
    if (std::fabs(right - left) > 1e-2L * (1 + std::fabs(right))) continue;
    const Real slope = statement.flat ? 0 : (8 * (moved(kStep) - moved(-kStep)) - (moved(2 * kStep) - moved(-2 * kStep))) / (12 * kStep);
    FormulaValues values = p;
    values.y = static_cast<double>(moved(0));
    values.g = kAdjoint;
    const double formula = row.derivative[argument].empty() ? 0 : EvaluateFormula(row.derivative[argument], values);
    if (!Near(formula, slope * kAdjoint, 1e-7)) {
      return "derivative " + std::to_string(argument) + " is " + std::to_string(formula) + ", differences give " +
             std::to_string(static_cast<double>(slope * kAdjoint)) + At(p);
    }
    ++compared;
  }
  return compared < 40 ? "too few points for a derivative" : "";
}

// Strict recursive descent over fn(x, y, z), names and numbers.
class FormulaReader {
 public:
  FormulaReader(std::string_view text, const FormulaValues& values) : text_(text), values_(values) {}
  double Whole() {
    const double value = Value();
    return at_ == text_.size() ? value : std::nan("");
  }

 private:
  void Skip(char c) {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == c)) ++at_;
  }

  double Value() {
    const size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '.' || text_[at_] == '-')) ++at_;
    const std::string word(text_.substr(begin, at_ - begin));
    if (at_ < text_.size() && text_[at_] == '(') return Call(word);
    if (word == "a") return values_.a;
    if (word == "b") return values_.b;
    if (word == "c") return values_.c;
    if (word == "y") return values_.y;
    if (word == "g") return values_.g;
    return std::atof(word.c_str());
  }

  double Call(const std::string& name) {
    std::optional<ir::ScalarFn> fn = ir::FindScalarFn(name);
    double arguments[3] = {0, 0, 0};
    int count = 0;
    ++at_;
    while (count < 3 && at_ < text_.size() && text_[at_] != ')') {
      arguments[count++] = Value();
      Skip(',');
    }
    Skip('\0');
    if (!fn || at_ == text_.size() || ir::Row(*fn).arity != count) return std::nan("");
    ++at_;
    return ir::Row(*fn).evaluate(arguments[0], arguments[1], arguments[2]);
  }

  std::string_view text_;
  const FormulaValues& values_;
  size_t at_ = 0;
};

}  // namespace

double EvaluateFormula(std::string_view formula, const FormulaValues& values) { return FormulaReader(formula, values).Whole(); }

std::string CheckScalarRow(const ir::ScalarRow& row) {
  const std::string name(row.name);
  const Statement* statement = FindStatement(row.name);
  if (!statement) return name + ": the checker has no independent statement of it";
  if (ir::FindScalarFn(row.name) != row.fn) return name + ": another function is found under the name";
  if (row.arity != statement->arity) return name + ": the arity is wrong";
  if (row.builtin != statement->builtin) return name + ": the flag `builtin` is wrong";
  if (row.doc.empty()) return name + ": there is no documentation";
  std::string what = CheckValues(row, *statement);
  for (int argument = 0; argument < 3 && what.empty(); ++argument) {
    if (argument < row.arity) what = CheckDerivative(row, *statement, argument);
    else if (!row.derivative[argument].empty()) what = "there is a derivative by an argument that does not exist";
  }
  return what.empty() ? "" : name + ": " + what;
}

}  // namespace nnc::test
