// Runs a compiled function over many rows in blocks and collects what it writes per event.
#pragma once

#include "runtime/abi.h"
#include "runtime/table.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nnc::runtime {

// An output of the function: `width` values for each event of the call, or one set of `width` values per call.
struct EvaluatedOutput {
  std::string name;
  size_t buffer = 0;                    // its place in the function's buffers
  ElementType type = ElementType::F32;  // F32, F64, I32 or I64
  int64_t width = 1;
  bool per_event = true;
};

struct EvaluatedFunction {
  nnc_function function = nullptr;
  size_t arena_bytes = 0;
  std::vector<void*> buffers;      // in the order of the signature; the outputs' places are filled in here
  int64_t capacity = 0;            // the most events of one call
  std::vector<std::vector<int64_t>> other_sources;  // rows of further data sources, all of them in every call
  std::vector<int64_t> extents;    // symbolic extents after those of the sources
  std::vector<EvaluatedOutput> outputs;
  uint64_t seed = 0;
};

// One output over all events, row-major, in the order of the rows.
struct OutputValues {
  std::string name;
  int64_t rows = 0;  // events; calls for an output that is not per event
  int64_t width = 1;
  std::vector<double> values;
};

// `rows` are those of the function's first data source. The result has one entry per output, in their order. Throws
// std::runtime_error if the function refuses its input. Runs under flush-to-zero.
std::vector<OutputValues> Evaluate(const EvaluatedFunction& function, std::span<const int64_t> rows);

// The same for the rows 0 .. count-1.
std::vector<OutputValues> EvaluateAll(const EvaluatedFunction& function, int64_t count);

// As a column for write_csv; shape [width] if the width is not 1. `type` is the type to store.
Column ColumnOf(const OutputValues& values, ElementType type);

}  // namespace nnc::runtime
