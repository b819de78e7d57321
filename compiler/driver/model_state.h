// What a training makes: weights and buffers, with the fits that belong to them; how they begin, and how they are stored.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/data_loader.h"
#include "compiler/driver/session.h"
#include "compiler/driver/tensor.h"
#include "compiler/sema/program.h"

namespace nnc::driver {

struct ModelState {
  Tensors variables;  // weights and buffers by saved name
  Fits fits;
};

// The initial values of all weights and buffers: one call of the compiled `init` graph under the seed.
Tensors InitialVariables(const sema::TrainProgram& program, uint64_t seed);

// Replaces the values of all weights (and of the buffers that the file has) by those of a safetensors file, and gives what was fitted with them, if it is a
// run's. Reports, and is false, where names or shapes differ.
bool ReadWeights(Session& session, const std::string& file, const sema::TrainProgram& program, Tensors& variables, Fits& fits);

// Tells where a column's labels are others than they were, or in another order: what stands for one of them then stands for another.
void WarnOfOtherLabels(Session& session, const std::string& file, const sema::TrainProgram& program, const Fits& before, const Fits& now);

// weights.safetensors: variables and fitted values as tensors; dictionaries and `schema` (DataFiles::Record) as metadata.
void WriteWeights(const std::string& file, const ModelState& state, const std::string& schema);

struct StoredModel {
  ModelState state;
  std::string schema;
};
// What WriteWeights wrote. Throws runtime::DataError.
StoredModel ReadStoredModel(const std::string& file);
// Reports, and is false, unless the variables are those of the program and finite, and what was fitted has the shapes that the program
// asks for and is finite, and every column of labels has its list.
bool CheckState(Session& session, const std::string& file, const sema::TrainProgram& program, const ModelState& state);

int64_t TrainableParameters(const sema::TrainProgram& program);

}  // namespace nnc::driver
