// Random programs as text (written_program.h), from a seed: definitions, copies under another name, expressions written again where a
// name for them exists, functions of two parameters, loops, derivatives by names of order one and two, whole, row by row and along
// directions, decisions that tie. Equal seeds give equal programs.
#pragma once
#include <cstdint>

#include "test/tools/random_numbers.h"
#include "test/tools/statistics.h"
#include "test/tools/written_program.h"

namespace nnc::test {

WrittenProgram RandomWrittenProgram(uint64_t seed, Statistics& statistics);

// Values for its inputs, among them equal ones, so that comparisons tie.
std::map<std::string, std::vector<double>> RandomWrittenInputs(const WrittenProgram& program, uint64_t seed);

}  // namespace nnc::test
