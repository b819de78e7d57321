// Programs as they are written, and what they mean: text of a model whose names are variables, with derivatives by names, functions
// and loops; and their values from the definition, by numbers with infinitesimals (jet.h). Nothing of the compiler takes part.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "test/tools/jet.h"

namespace nnc::test {

// Of one number, [kRows] or [kRows, kColumns].
inline constexpr int kRows = 3, kColumns = 2;
struct Written {
  int rank = 0;
  std::vector<Jet> values;
};

struct WrittenExpr;
using WrittenPointer = std::shared_ptr<const WrittenExpr>;

struct WrittenDefinition {
  std::string name;
  WrittenPointer value;
  bool indexed = false;  // name[n, k] = ..., with every name in the value under its indices
  int rank = 2;
};

struct WrittenLoop {
  int turns = 1;
  std::vector<WrittenDefinition> states;  // and their start values
  std::vector<WrittenDefinition> body;
  std::vector<WrittenPointer> next;
};

struct WrittenFunction {
  std::string name;
  std::vector<std::string> parameters;
  std::vector<WrittenDefinition> body;
  WrittenPointer value;
};

struct WrittenExpr {
  enum class Kind {
    Number, Name, Negative, Sin, Tanh, Exp, Add, Subtract, Multiply, Max, Min,
    Choose,        // if a > b then c else d
    LookUp,        // a[n, if b > c then 1 else 0], of a name, in an indexed definition
    Sigmoid,
    Complement,    // 1 - a
    Log, XLogY,    // log(p) and xlogy(a, p) of a probability
    Sum, Mean,     // of everything
    RowSum, RowMax, // over k, in an indexed definition
    Grad,          // of a number by `name`
    RowGrad,       // grad(a[n], name[n, k]), in an indexed definition
    Along,         // along(a, name, b)
    Apply,         // function(a, b)
    Loop,          // the value of state `state`
  };
  Kind kind = Kind::Number;
  double number = 0;
  std::string name;
  std::vector<WrittenPointer> operands;
  std::shared_ptr<const WrittenFunction> function;
  std::shared_ptr<const WrittenLoop> loop;
  size_t state = 0;
  int rank = 0;  // of a name
};

// What stands in a model's body: definitions, or a loop that defines its states.
struct WrittenStatement {
  WrittenDefinition definition;
  std::shared_ptr<const WrittenLoop> loop;
};

struct WrittenProgram {
  std::vector<std::string> inputs;  // of the model T, each [kRows, kColumns]
  std::vector<std::shared_ptr<const WrittenFunction>> functions;
  std::vector<WrittenStatement> body;
  std::vector<WrittenDefinition> results;  // T's values
};

std::string Text(const WrittenProgram& program);

struct Meaning {
  std::vector<std::vector<double>> results;
  // Of the sum of all elements of all results: the derivative by each input.
  std::map<std::string, std::vector<double>> derivatives;
  bool fragile = false;  // a decision was near, or a number large: rounding may show
  bool tied = false;     // a decision between equal numbers
  bool saturated = false;  // a logarithm of a probability that is 0 or 1 in single precision
  bool zero_log = false;   // 0 log 0
  bool costly = false;   // given up: derivatives of derivatives of loops
};
Meaning MeaningOf(const WrittenProgram& program, const std::map<std::string, std::vector<double>>& inputs);

}  // namespace nnc::test
