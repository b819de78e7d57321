// A run's model applied to events: the columns it reads, encoded as in training, to its outputs.
#pragma once
#include <string>
#include <vector>

#include "compiler/driver/run_store.h"
#include "runtime/table.h"

namespace nnc::driver {

// The function's only symbol: the number of events of a call.
std::string EventSymbol(const sema::Prediction& prediction);
// What the function reads besides columns, by input name: weights, buffers, fitted values. Reports, and is empty-handed (false),
// where the run lacks one.
bool StoredInputs(Session& session, const OpenRun& run, const sema::Prediction& prediction, Tensors& inputs);

// Applies the model to a file's events. Reports, and gives nothing, on failure.
std::optional<std::vector<runtime::Column>> PredictFile(Session& session, const OpenRun& run, const sema::Prediction& prediction,
                                                        const std::string& file);

}  // namespace nnc::driver
