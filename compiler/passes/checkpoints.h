// Recurrences that keep little for their derivative. A checkpointed scan keeps the states before its turns; what a turn computes, its derivative
// computes again, turn by turn, and adds up what it gives to tensors that all turns share. Where the turns are taken in runs, a scan over
// runs of a scan over the turns of one, it is the states between runs that are kept, and of one run at a time what its derivative needs:
// with runs as long as there are, that grows with the root of the number of turns (Griewank and Walther, ACM TOMS 26 (2000) 19).
#pragma once
#include <map>
#include <vector>

#include "compiler/ir/builder.h"

namespace nnc::passes {

// The states that MakeScan gave, of a checkpointed scan. What its turns read of nodes from `first` on, which the body made, is computed in
// them, where it need not be kept for all turns.
std::vector<ir::NodeId> WithCheckpoints(ir::Builder& builder, const std::vector<ir::NodeId>& states, ir::NodeId first);

// The states after the last turn of a checkpointed scan, with the turns taken in runs if their number is known.
std::vector<ir::NodeId> LastOfRuns(ir::Builder& builder, const std::vector<ir::NodeId>& states);

// As ScanAdjoint and ScanTangent (scan_derivative.h), of a checkpointed scan.
std::vector<ir::NodeId> CheckpointedAdjoint(ir::Builder& builder, ir::NodeId scan, const std::map<int, ir::NodeId>& parts, const std::vector<bool>& wanted, const ir::Shape& extra);
std::vector<ir::NodeId> CheckpointedTangent(ir::Builder& builder, ir::NodeId scan, const std::vector<ir::NodeId>& operands, const ir::Shape& extra);

}  // namespace nnc::passes
