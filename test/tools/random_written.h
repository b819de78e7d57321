// Random programs as text (written_program.h), from a seed: definitions, copies under another name, expressions written again where a
// name for them exists, functions of two parameters, loops, derivatives by names of order one and two, whole, row by row and along
// directions, decisions that tie, logarithms of probabilities that are 0 or 1 but for rounding. Equal seeds give equal programs.
#pragma once
#include <cstdint>

#include "test/tools/random_numbers.h"
#include "test/tools/statistics.h"
#include "test/tools/written_program.h"

namespace nnc::test {

struct WrittenOptions {
  bool derivatives = true;
  bool zero_logs = false;  // 0 log 0
  bool zeros = true;  // the number 0 among the factors: what is multiplied by it is 0, nan or not
};

WrittenProgram RandomWrittenProgram(uint64_t seed, Statistics& statistics, const WrittenOptions& options = {});

// Values for its inputs, among them equal ones, so that comparisons tie.
std::map<std::string, std::vector<double>> RandomWrittenInputs(const WrittenProgram& program, uint64_t seed);

}  // namespace nnc::test
