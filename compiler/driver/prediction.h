// A run's model applied to events: the columns it reads, encoded as in training, to its outputs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "compiler/driver/run_store.h"
#include "runtime/table.h"

namespace nnc::driver {

// The function's only symbol: the number of events of a call.
std::string EventSymbol(const sema::Prediction& prediction);
// Where the model makes an event's answer depend on other events, on how many there are or on its place among them; nothing if it is
// proven that it does not. (No place, Span{}, is one that the program's text does not have.)
std::optional<Span> WhereEventsMix(const sema::Prediction& prediction);
// What the function reads besides columns, by input name: weights, buffers, fitted values. Reports, and is empty-handed (false),
// where the run lacks one.
bool StoredInputs(Session& session, const OpenRun& run, const sema::Prediction& prediction, Tensors& inputs);

// The names of an output's elements, where they are classes of a column of labels.
std::vector<std::string> ClassesOf(const OpenRun& run, const sema::Prediction& prediction, size_t output);

// In whose unit an output is, where it is compared with a prepared column; "" otherwise.
std::string UnitText(const sema::Prediction::Unit& unit);
// Tells what is not plain of an answer, beside it: another unit than the columns' own, another application that it might be.
void TellAnswer(const Session& session, const sema::Prediction& prediction);

struct PredictionInput {
  std::vector<std::string> files;  // one for each of the source's tables that the model reads something of, in their order; "-": standard input
  std::vector<std::string> keep;   // distinct columns of the files that go before the answers, as they are spelled there
};
// Applies the model to the files' events: the kept columns, then the answers, and after each answer whose elements are classes with names the
// name of the greatest. Names are distinct. Reports, and gives nothing, on failure.
std::optional<std::vector<runtime::Column>> PredictFile(Session& session, const OpenRun& run, const sema::Prediction& prediction,
                                                        const PredictionInput& input);

}  // namespace nnc::driver
