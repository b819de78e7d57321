// Which fields of data are classes of a column of labels.
#pragma once
#include <map>
#include <string>

#include "compiler/ir/graph.h"

namespace nnc::sema {

// The column of labels whose classes a value names: the numbers of its labels themselves, or, along the last axis, 1 or 0 where the class's
// number is that of the label or not, times and plus numbers so that it rises (label smoothing). "" for what is made of labels in another
// way. `labels` are inputs that hold numbers of labels, with what they are called.
std::string LabelsOf(const ir::Graph& graph, ir::NodeId value, const std::map<ir::NodeId, std::string>& labels);

}  // namespace nnc::sema
