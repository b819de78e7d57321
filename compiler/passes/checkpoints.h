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

// What may be read of a state.
struct StatesOfTurns {
  ir::NodeId part = ir::kNoNode;           // of the scan
  ir::NodeId last = ir::kNoNode;           // after the last turn
  ir::NodeId before = ir::kNoNode;         // before and after each turn, [count, state...]
  ir::NodeId after = ir::kNoNode;
};
std::vector<StatesOfTurns> AsTheyAre(ir::Builder& builder, const std::vector<ir::NodeId>& states);
// With the turns of a checkpointed scan taken in runs, if their number is known. What a state is before and after each turn is kept where
// `every` says so, and known only there.
std::vector<StatesOfTurns> InRuns(ir::Builder& builder, const std::vector<ir::NodeId>& states, const std::vector<bool>& every);

// As ScanAdjoint and ScanTangent (scan_derivative.h), of a checkpointed scan.
std::vector<ir::NodeId> CheckpointedAdjoint(ir::Builder& builder, ir::NodeId scan, const std::map<int, ir::NodeId>& parts, const std::vector<bool>& wanted, const ir::Shape& extra);
std::vector<ir::NodeId> CheckpointedTangent(ir::Builder& builder, ir::NodeId scan, const std::vector<ir::NodeId>& operands, const ir::Shape& extra);

}  // namespace nnc::passes
