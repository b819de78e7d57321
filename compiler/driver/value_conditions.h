// Conditions that the program's functions state on values from the data (`where`), checked over all parts before anything is computed
// from them.
#pragma once
#include "compiler/driver/evaluation.h"
#include "compiler/driver/session.h"

namespace nnc::driver {

// Tells where the training part has what the model, by the function that it ends in, cannot answer.
void WarnOfReach(Session& session, const sema::TrainProgram& program, const Sources& sources);

// Says which condition on what the model answers does not hold in the training parts' first block, with these variables. False if all hold.
bool ExplainValues(Session& session, const sema::TrainProgram& program, const Sources& sources, const Tensors& variables);

// Tells that a condition does not hold, of an event that the text names.
Diagnostic& TellViolated(Session& session, const sema::ValueCondition& condition, const std::string& text);

// Over the parts of the sources, whose fields are materialised. Reports the first event that violates a condition, and is false then.
bool CheckValues(Session& session, const sema::TrainProgram& program, const Sources& sources);

// The same for the truths of metrics that judge classes, where they are functions of the data alone: a label that a metric cannot take.
bool CheckTruths(Session& session, const sema::TrainProgram& program, const Sources& sources);

}  // namespace nnc::driver
